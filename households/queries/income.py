"""Readings of income and risk, for any number of households at once."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass

from django.db.models import DateField, Func, IntegerField, OuterRef, QuerySet, Subquery, Value
from django.db.models.functions import Coalesce

from common import clock
from households.models import Household, Income, RiskCase, RiskLevel, RiskSignal
from households.queries.visits import visit_cycle

GREEN = ("green", "none")


class WholeMonths(Func):
    """The whole months from the second day up to the first one, counted as limits are: a month after the 31st is the last
    of a shorter month (common.dates.add_months)."""

    output_field = IntegerField()

    def as_sql(self, compiler, connection, **_context):
        (until, until_params), (since, since_params) = map(compiler.compile, self.source_expressions)
        months = (
            f"((extract(year FROM {until}) - extract(year FROM {since})) * 12"
            f" + extract(month FROM {until}) - extract(month FROM {since}))::int"
        )
        told = (*until_params, *since_params, *until_params, *since_params)
        sql = f"({months} - ({since} + make_interval(months => {months}) > {until})::int)"
        return sql, (*told, *since_params, *told, *until_params)


def level_of(ids: Iterable[int], on: dt.date) -> dict[int, tuple[str, str]]:
    """{household id: (level, reason)}: `level` is a code of the list `risk_color` (red, yellow, green), `reason` one of
    `risk_reason`, as they were stored last; households that are not judged yet are green. One query, whatever the number.

    The level of today is kept by every change and by the night (compliance.watching); `on` is the day on which it is
    asked, and a level that began after it is told as green: earlier ones stand in the table's history.
    """
    found = dict.fromkeys(ids, GREEN)
    stored = RiskLevel.objects.filter(pk__in=list(found), since__lte=on).values_list("pk", "level", "reason")
    return found | {household: (level, reason) for household, level, reason in stored}


def with_latest_income(cases: QuerySet) -> QuerySet:
    """Cases with `latest_per_head`, the net income a head of the latest period of their household, and `stable_months`, the
    whole months for which it has been above the line, until the risk was removed or today."""
    latest = Income.objects.filter(household=OuterRef("household"), voided_at=None).order_by("-ends_on", "period")
    until = Coalesce("removed_on", Value(clock.today()), output_field=DateField())
    return cases.annotate(
        latest_per_head=Subquery(latest.values("per_head")[:1]), stable_months=WholeMonths(until, "above_since")
    )


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
