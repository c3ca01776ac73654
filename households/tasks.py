"""Background work of households."""

from __future__ import annotations

from celery import shared_task

from common import scope
from households.actions.duplicates import find_duplicates as look_in_scope
from households.models import Household


def counties() -> list[int]:
    """Counties that have households, as division codes; found by their edges, not by counting households."""
    found, lowest = [], 0
    with scope.whole():
        while (region := _next_region(lowest)) is not None:
            found.append(region - region % 10**6)
            lowest = found[-1] + 10**6
    return found


def _next_region(lowest: int) -> int | None:
    rows = Household.objects.filter(region__gte=lowest, voided_at=None)
    return rows.order_by("region").values_list("region", flat=True).first()


@shared_task
def find_duplicates() -> int:
    """The night's search, a county at a time; a night that is left out is made good by the next."""
    found = 0
    for county in counties():
        with scope.acting([scope.code_range(county)], source="find_duplicates"):
            found += look_in_scope(source="find_duplicates")
    return found
