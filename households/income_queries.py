"""Readings of income and risk, for any number of households at once."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass

from django.db.models import OuterRef, QuerySet, Subquery

from households.models import Household, Income, RiskCase, RiskLevel, RiskSignal
from households.risk_states import parameters_at, parameters_on

GREEN = ("green", "none")


def level_of(ids: Iterable[int], on: dt.date) -> dict[int, tuple[str, str]]:
    """{household id: (level, reason)}: `level` is a code of the list `risk_color` (red, yellow, green), `reason` one of
    `risk_reason`, as they were stored last; households that are not judged yet are green. One query, whatever the number.

    The level of today is kept by every change and by the night (compliance.watching); `on` is the day on which it is
    asked, and a level that began after it is told as green: earlier ones stand in the table's history.
    """
    found = dict.fromkeys(ids, GREEN)
    stored = RiskLevel.objects.filter(pk__in=list(found), since__lte=on).values_list("pk", "level", "reason")
    return found | {household: (level, reason) for household, level, reason in stored}


def visit_cycle(ids: Iterable[int], on: dt.date) -> dict[int, int]:
    """{household id: days between two visits}, by the household's level and the parameters that its division has in force
    on the day (visit_red_days 30, visit_yellow_days 90, visit_green_days 180 where none sets them otherwise). Three
    queries, whatever the number of households; ids of households outside the scope are left out.
    """
    levels = level_of(ids, on)
    segments = parameters_on(on)
    regions = Household.objects.filter(pk__in=list(levels)).values_list("pk", "region")
    return {
        household: getattr(parameters_at(region, segments), f"visit_{levels[household][0]}_days")
        for household, region in regions
    }


def with_latest_income(cases: QuerySet) -> QuerySet:
    """Cases with `latest_per_head`, the net income a head of the latest period of their household."""
    latest = Income.objects.filter(household=OuterRef("household"), voided_at=None).order_by("-ends_on", "period")
    return cases.annotate(latest_per_head=Subquery(latest.values("per_head")[:1]))


@dataclass
class Standing:
    """What the page of a household says of income and risk."""

    incomes: list[Income]
    signals: list[RiskSignal]
    cases: list[RiskCase]
    level: str
    reason: str
    cycle: int


def standing_of(household: Household, on: dt.date) -> Standing:
    incomes = Income.objects.filter(household=household, voided_at=None).order_by("-ends_on", "period")[:8]
    signals = RiskSignal.objects.filter(household=household, voided_at=None, ended_on=None).order_by("-opened_on", "id")
    cases = RiskCase.objects.filter(household=household, voided_at=None).order_by("-found_on", "-id")[:5]
    level, reason = level_of([household.pk], on)[household.pk]
    return Standing(
        list(incomes), list(signals), list(cases), level, reason, visit_cycle([household.pk], on)[household.pk]
    )


def without_income(ids: Iterable[int], year: int) -> set[int]:
    """Households of which nothing of the year is entered (R-055: an income record per year)."""
    ids = set(ids)
    return ids - set(
        Income.objects.filter(household__in=ids, year=year, voided_at=None).values_list("household_id", flat=True)
    )
