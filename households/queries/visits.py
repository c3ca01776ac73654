"""Readings of visits: when each household is due for the next one, and which are overdue."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable

from django.db.models import (
    Case,
    DateField,
    DurationField,
    Expression,
    ExpressionWrapper,
    F,
    IntegerField,
    OuterRef,
    Q,
    QuerySet,
    Subquery,
    Value,
    When,
)
from django.db.models.functions import Cast, Coalesce

from common import clock
from common.models import STANDING
from households.models import Household, RiskLevel, Visit, VisitStep
from households.queries.households import lived_in
from households.risk_states import DEFAULTS, parameters_on
from ledgers.attachments.models import Attachment

GREEN = "green"


def _days(on: dt.date) -> Expression:
    """The visit cycle of a household in days, by its level and by what its division has set (R-194)."""
    cases = []
    for segment in parameters_on(on):
        place = Q(region__gte=segment.lo, region__lt=segment.hi)
        for level in ("red", "yellow", GREEN):
            days = getattr(segment.parameters, f"visit_{level}_days")
            cases.append(When(place & Q(visit_level=level), then=Value(days)))
    return Case(*cases, default=Value(DEFAULTS.visit_green_days), output_field=IntegerField())


def with_next_visit(rows: QuerySet, on: dt.date) -> QuerySet:
    """Households, each with `visit_level` (red, yellow, green; who is not judged yet is green), `visit_days`, `last_visit`
    and `next_visit`, the day by which it is to be visited again. Who was never visited is due one cycle after moving in, or
    at once where that day is not known."""
    last = Visit.objects.filter(STANDING, household=OuterRef("pk"), visited_on__lte=on).order_by("-visited_on")
    level = RiskLevel.objects.filter(household=OuterRef("pk"), since__lte=on)
    one_day = Cast(Value("1 day"), DurationField())
    found = rows.annotate(
        visit_level=Coalesce(Subquery(level.values("level")[:1]), Value(GREEN)),
        last_visit=Subquery(last.values("visited_on")[:1], output_field=DateField()),
    ).annotate(visit_days=_days(on))
    counted_from = Coalesce("last_visit", "moved_in_on")
    due = Cast(ExpressionWrapper(counted_from + F("visit_days") * one_day, output_field=DateField()), DateField())
    return found.annotate(next_visit=Coalesce(due, Value(on), output_field=DateField()))


def visit_cycle(ids: Iterable[int], on: dt.date) -> dict[int, int]:
    """{household id: days between two visits} by level and division."""
    rows = with_next_visit(Household.objects.filter(pk__in=list(ids)), on)
    return dict(rows.values_list("pk", "visit_days"))


def by_visit(rows: QuerySet, value: str, on: dt.date | None = None) -> QuerySet:
    """Households that are overdue for a visit, due within 15 days, visited in time, or were never visited."""
    on = on or clock.today()
    found = with_next_visit(rows, on).filter(lived_in())
    if value == "never":
        return found.filter(last_visit=None)
    if value == "overdue":
        return found.filter(next_visit__lt=on)
    soon = on + dt.timedelta(DUE_SOON)
    return (
        found.filter(next_visit__gte=on, next_visit__lte=soon) if value == "soon" else found.filter(next_visit__gte=on)
    )


DUE_SOON = 15


def next_visit_of(household: Household, on: dt.date) -> Household:
    """The household with what `with_next_visit` adds."""
    return with_next_visit(Household.objects.filter(pk=household.pk), on).get()


def visits_of(household: Household, limit: int) -> tuple[list[Visit], int]:
    """The last visits, each with `listed_steps` and `photographs`, and how many there are."""
    found = Visit.objects.filter(STANDING, household=household)
    visits = list(found.select_related("author").order_by("-visited_on", "-pk")[:limit])
    steps = VisitStep.objects.filter(STANDING, visit__in=visits).select_related("unit").order_by("due_on", "pk")
    by_visit_id: dict[int, list[VisitStep]] = {}
    for step in steps:
        by_visit_id.setdefault(step.visit_id, []).append(step)
    pictures: dict[int, list[Attachment]] = {}
    for picture in Attachment.objects.filter(
        ledger="visits", subject_id__in=[visit.pk for visit in visits], kind="photograph", withdrawn_at=None
    ):
        pictures.setdefault(picture.subject_id, []).append(picture)
    for visit in visits:
        visit.listed_steps = by_visit_id.get(visit.pk, [])
        visit.photographs = pictures.get(visit.pk, [])
    return visits, len(visits) if len(visits) < limit else found.count()


def open_steps_of(household: Household) -> list[VisitStep]:
    found = VisitStep.objects.filter(STANDING, household=household, done_on=None)
    return list(found.select_related("unit").order_by("due_on", "pk"))


def missing_visits(ids: Iterable[int], on: dt.date) -> dict[int, tuple[dt.date | None, dt.date]]:
    """{household id: (last visit or None, the day on which the next was due)} of those overdue."""
    rows = by_visit(Household.objects.filter(pk__in=list(ids)), "overdue", on)
    return {pk: (last, due) for pk, last, due in rows.values_list("pk", "last_visit", "next_visit")}
