"""Readings of dispatch: which units owe an entry, which are missing, the figures that an entry brings along."""

from __future__ import annotations

import calendar
import datetime as dt
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from decimal import Decimal

from django.db.models import F, Q, QuerySet
from django.utils.translation import gettext as _

from accounts.models import User
from accounts.roles import can
from common import clock, scope
from common.dates import add_months
from compliance.profiles import DEFAULT_PROFILE, PROFILES
from compliance.queries import figures, rate
from divisions.models import Parameter, Unit
from divisions.queries import parameter_at
from rectification.models import RectificationItem
from rectification.models.dispatch import VERTICAL, Dispatch, DispatchEntry
from rectification.models.tasks import ResponsibilityTask
from rectification.queries.lateness import COUNTED
from rectification.queries.lateness import overdue as overdue_item
from rectification.queries.tasks import OPEN, acts_for, overdue
from rectification.states import OPEN as OPEN_STATES

DISPATCHES, ENTRIES = "dispatches", "dispatch-entries"
DUE_DAY = 5  # of the following month; a province may set another (the day is a choice of this system)
# R-238 “实行每月一次横向调度” is Guizhou's; another place takes it over, or a place drops it, by the parameter.
MONTHLY_IN, MONTHLY = 520000000000, "monthly_dispatch"

Number = int | Decimal | None
Figure = Callable[[Unit, dt.date], Number]


def places_of(rule_scope: int, name: str, on: dt.date) -> list[int]:
    """The divisions that keep a rule on the day: that of its document, and those that took it over by the parameter."""
    rows = Parameter.objects.filter(name=name, valid_from__lte=on).exclude(valid_to__lte=on)
    told = dict(rows.values_list("region", "value"))
    return sorted({place for place, value in ({rule_scope: 1} | told).items() if value})


def due_day(region: int, month: dt.date, on: dt.date) -> dt.date:
    """When the entries of a month are due: on a day of the next month, or its last where it has no such day."""
    following = add_months(month.replace(day=1), 1)
    day = parameter_at("dispatch_due_day", region, on, DUE_DAY)
    return following.replace(day=min(max(day, 1), calendar.monthrange(following.year, following.month)[1]))


def units_owing(region: int, kind: str) -> list[Unit]:
    """Units with open tasks: of the level itself, or (vertical) of the divisions below."""
    lo, hi = scope.code_range(region)
    where = Q(region__gt=lo, region__lt=hi) if kind == VERTICAL else Q(region=region)
    tasks = ResponsibilityTask.objects.filter(OPEN, voided_at=None, region__gte=lo, region__lt=hi)
    return list(Unit.objects.filter(where, pk__in=tasks.values("unit")).order_by("region", "pk"))


MISSING = Q(entered_on=None)


def missing(on: dt.date) -> Q:
    """Entries that are owed and were due before the day."""
    return MISSING & Q(due_on__lt=on)


def states(on: dt.date) -> dict[str, Q]:
    """The conditions of entries, by name: each entry meets exactly one."""
    return {
        "entered": Q(entered_on__lte=F("due_on")),
        "late": Q(entered_on__gt=F("due_on")),
        "owed": MISSING & Q(due_on__gte=on),
        "missing": missing(on),
    }


def why_not_enter(entry: DispatchEntry, user: User, on: dt.date) -> str:
    """Why the user may not make this entry; '' where it may be made."""
    if entry.voided_at:
        return _("This round was voided.")
    if not can(user, "write", ENTRIES):
        return _("Your role makes no entries.")
    if not scope.contains(user.ranges, entry.region):
        return _("The unit lies outside your area.")
    if not acts_for(user, entry.unit, on):
        return _("This entry is %(unit)s's: a unit writes its own alone.") % {"unit": entry.unit.name}
    if entry.closed_on:
        return _(
            "The round was closed on %(day)s. Ask whoever opened it to open it again, or report in the next month."
        ) % {"day": entry.closed_on}
    return ""


def why_not_attach(entry: DispatchEntry, user: User) -> str:
    """Why the user may add no files to the entry and withdraw none; '' where the entry itself may be made."""
    return why_not_enter(entry, user, clock.today())


def _open_tasks(unit: Unit, on: dt.date) -> int:
    return ResponsibilityTask.objects.filter(OPEN, unit=unit, voided_at=None).count()


def _overdue_tasks(unit: Unit, on: dt.date) -> int:
    return ResponsibilityTask.objects.filter(overdue(on), unit=unit, voided_at=None).count()


def _items(unit: Unit) -> QuerySet[RectificationItem]:
    """Problems that the unit leads and that are not closed; drafts are nobody's yet."""
    return RectificationItem.objects.filter(COUNTED, lead_unit=unit, state__in=OPEN_STATES, voided_at=None)


def _open_items(unit: Unit, on: dt.date) -> int:
    return _items(unit).count()


def _overdue_items(unit: Unit, on: dt.date) -> int:
    return _items(unit).filter(overdue_item(on)).count()


def _rate(unit: Unit, on: dt.date) -> Number:
    """The rate of the unit's place by the usual policy profile, from the counters."""
    return rate(figures([scope.code_range(unit.region)]), PROFILES[DEFAULT_PROFILE]).percent


# What an entry brings along, by its column: enter once, compute the rest.
FIGURES: dict[str, Figure] = {
    "open_tasks": _open_tasks,
    "overdue_tasks": _overdue_tasks,
    "open_items": _open_items,
    "overdue_items": _overdue_items,
    "rate": _rate,
}


def figures_of(unit: Unit, on: dt.date) -> dict[str, Number]:
    return {column: figure(unit, on) for column, figure in FIGURES.items()}


@dataclass
class Summary:
    """A round in numbers."""

    total: int
    entered: int
    late: int
    owed: int
    missing: int


def summary(entries: Iterable[DispatchEntry], on: dt.date) -> Summary:
    entries = list(entries)
    made = [entry for entry in entries if entry.entered_on]
    late = sum(entry.late for entry in made)
    absent = sum(entry.due_on < on for entry in entries if not entry.entered_on)
    return Summary(len(entries), len(made), late, len(entries) - len(made) - absent, absent)


def entries_of(dispatch: Dispatch) -> QuerySet[DispatchEntry]:
    return (
        DispatchEntry.objects.filter(dispatch=dispatch, voided_at=None)
        .select_related("unit", "entered_by")
        .order_by("region", "unit__name")
    )


def before(entry: DispatchEntry) -> DispatchEntry | None:
    """What the unit entered the last time, for whoever continues it."""
    return (
        DispatchEntry.objects.filter(unit=entry.unit, kind=entry.kind, month__lt=entry.month, voided_at=None)
        .exclude(entered_on=None)
        .order_by("-month")
        .first()
    )
