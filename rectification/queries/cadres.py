"""Readings of cadres: who is at work, whose term ends soon, training by year."""

from __future__ import annotations

import datetime as dt

from django.db.models import Count, F, Q, QuerySet, Sum
from django.db.models.functions import ExtractYear

from rectification.models.cadres import CadreTraining

AT_WORK = Q(ended_on=None)
LEVELS = ("of_province", "of_city", "of_county", "of_township")


def ending_within(on: dt.date, days: int) -> Q:
    """Still at work, with a term that ends within so many days of the day, or is over."""
    return AT_WORK & Q(to_on__lte=on + dt.timedelta(days))


def by_year(rows: QuerySet[CadreTraining]) -> list[dict]:
    """Classes and people of each year by the day on which a class began, the latest first."""
    return list(
        rows.values(year=ExtractYear("starts_on"))
        .annotate(
            classes=Count("pk"),
            **{f"sum_{level}": Sum(level) for level in LEVELS},
            people=Sum(F("of_province") + F("of_city") + F("of_county") + F("of_township")),
        )
        .order_by("-year")
    )
