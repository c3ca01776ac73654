"""Readings of plans and inspections: the year's plan held against R-242, settlements visited, who may take part."""

from __future__ import annotations

import calendar
import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from django.db.models import Q

from accounts.models import User
from common.models import STANDING
from common.scope import code_range
from rectification.models import Inspection, InspectionCheck, InspectionPlan
from rectification.models.inspections_lists import CAMPAIGNS
from settlements.models import Settlement

MOST_ACCOUNTS = 200
DONE_STATES = ("under_way", "fed_back", "closed")


@dataclass(frozen=True)
class Quarter:
    """What a plan is up to at the end of a quarter: campaigns expected by R-242, planned and carried out so far."""

    number: int
    ends_on: dt.date
    expected: int
    planned: int
    done: int
    ahead: bool

    @property
    def missing(self) -> int:
        """Campaigns not carried out, of a quarter that is over; not even planned, of one that lies ahead."""
        return max(0, self.expected - (self.planned if self.ahead else self.done))


@dataclass(frozen=True)
class PlanProgress:
    """How a year stands: campaigns (R-242) and inspections of all kinds."""

    least: int
    campaigns_planned: int
    campaigns_done: int
    all_planned: int
    all_done: int
    quarters: tuple[Quarter, ...]

    @property
    def missing_from_plan(self) -> int:
        return max(0, self.least - self.campaigns_planned)

    @property
    def missing(self) -> int:
        return max(0, self.least - self.campaigns_done)


def of_plan(plan: InspectionPlan, user) -> list[Inspection]:
    """The plan's inspections that the user may see, in the order in which they are due."""
    rows = Inspection.objects.visible_to(user).filter(STANDING, plan=plan).select_related("unit")
    return sorted(rows, key=lambda row: (row.from_on or row.due_on or dt.date.max, row.pk))


def done_on(inspection: Inspection) -> dt.date | None:
    """The day on which it counts as carried out: that on which it ended, or began where no end is told."""
    return (inspection.to_on or inspection.from_on) if inspection.state in DONE_STATES else None


def quarter_ends(year: int) -> list[dt.date]:
    return [dt.date(year, month, calendar.monthrange(year, month)[1]) for month in (3, 6, 9, 12)]


def progress_of(plan: InspectionPlan, user, on: dt.date) -> PlanProgress:
    """Campaigns of the plan's region and year, whichever of its units organises them, beside what R-242 asks for."""
    rows = [
        row
        for row in Inspection.objects.visible_to(user).filter(STANDING, region=plan.region, year=plan.year)
        if row.state != "cancelled" and row.kind != "self_check"
    ]
    campaigns = [row for row in rows if row.kind in CAMPAIGNS]

    def done(found: Sequence[Inspection], by: dt.date) -> int:
        return sum(1 for row in found if (day := done_on(row)) and day <= min(by, on))

    def planned(found: Sequence[Inspection], by: dt.date) -> int:
        return sum(1 for row in found if (row.from_on or row.due_on or dt.date(plan.year, 12, 31)) <= by)

    year_ends = dt.date(plan.year, 12, 31)
    quarters = []
    for number, ends in enumerate(quarter_ends(plan.year), start=1):
        expected = -(-plan.least * number // 4)
        quarters.append(
            Quarter(number, ends, expected, planned(campaigns, ends), done(campaigns, ends), ahead=ends >= on)
        )
    return PlanProgress(
        plan.least,
        len(campaigns),
        done(campaigns, year_ends),
        len(rows),
        done(rows, year_ends),
        tuple(quarters),
    )


def settlements_visited(region: int, year: int, user) -> tuple[int, int]:
    """R-058: settlements of a region in which something was checked on the spot in the year, and how many there are."""
    settlements = Settlement.objects.visible_to(user).under(region).filter(STANDING, placement="concentrated")
    checks = InspectionCheck.objects.visible_to(user).filter(STANDING, visited_on__year=year)
    visited = checks.filter(settlement__isnull=False).order_by().values("settlement")
    at_households = checks.filter(settlement=None).order_by().values("household__settlement")
    return settlements.filter(Q(pk__in=visited) | Q(pk__in=at_households)).count(), settlements.count()


def accounts_for(inspection: Inspection) -> list[User]:
    """Active accounts that reach the organiser's area and may enter field checks: who can take part."""
    lo, _hi = code_range(inspection.region)
    above = User.objects.filter(is_active=True).exclude(role__in=("admin", "auditor", "department", "integrator"))
    found = above.filter(scopes__region__isnull=False).prefetch_related("scopes").select_related("unit").distinct()
    reaching = [
        user
        for user in found.order_by("display_name", "pk")
        if any(low <= lo < high for low, high in (code_range(s.region) for s in user.scopes.all()))
    ]
    return reaching[:MOST_ACCOUNTS]
