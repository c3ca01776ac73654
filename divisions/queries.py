"""Readings of divisions and dated parameters."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, fields, replace
from typing import Generic, TypeVar

from common import scope
from divisions.models import Division, Parameter


def division_at(code: int, on: dt.date) -> Division | None:
    """The division with this code as it is called on the day."""
    return Division.objects.in_force(on).filter(code=code).first()


def names_of(codes, on: dt.date) -> dict[int, str]:
    return dict(Division.objects.in_force(on).filter(code__in=set(codes)).values_list("code", "name"))


def path_of(code: int, on: dt.date) -> list[Division]:
    """From the province down to the division itself."""
    codes = [scope.ancestor(code, level) for level in range(1, scope.level_of(code) + 1)]
    return list(Division.objects.in_force(on).filter(code__in=codes).order_by("level"))


@dataclass(frozen=True)
class VerdictParameters:
    """What a division may set for the verdict; the defaults are the national ones, each with its source."""

    stable_months: int = 6  # domain reading of 稳定就业: six months within the last twelve
    labour_ability_max: int = 2  # 1 ordinary and 2 skilled labour; 3 counts weak labour too
    labour_age_from: int = 16
    labour_age_to: int = 60
    expiring_days: int = 30


P = TypeVar("P")


@dataclass(frozen=True)
class Segment(Generic[P]):
    """A stretch of codes [lo, hi) in which one set of parameters holds."""

    lo: int
    hi: int
    parameters: P


def verdict_segments(on: dt.date) -> list[Segment[VerdictParameters]]:
    return segments(VerdictParameters(), on)


def stored_parameters(defaults: object) -> list[Parameter]:
    """What any division has set, or ever set, for these parameters: for readings of several days at once."""
    return list(Parameter.objects.filter(name__in=[field.name for field in fields(defaults)]))


def segments(defaults: P, on: dt.date, stored: Sequence[Parameter] | None = None) -> list[Segment[P]]:
    """Disjoint stretches that cover every code, each with the parameters in force on the day.

    `defaults` is a dataclass whose fields are the names of parameters. The smallest division that names a parameter
    leads, so segments are cut at the borders of all of them.
    """
    rows = [
        (scope.code_range(row.region), row.name, row.value)
        for row in (stored_parameters(defaults) if stored is None else stored)
        if row.valid_from <= on and (row.valid_to is None or row.valid_to > on)
    ]
    borders = sorted({0, scope.CODE_LIMIT, *(edge for (lo, hi), _, _ in rows for edge in (lo, hi))})
    found: list[Segment] = []
    # Widest first, so that a narrower division overwrites it.
    rows.sort(key=lambda row: row[0][0] - row[0][1])
    for lo, hi in zip(borders, borders[1:], strict=False):
        values = {name: value for (low, high), name, value in rows if low <= lo and hi <= high}
        parameters = replace(defaults, **values)
        if found and found[-1].parameters == parameters:
            found[-1] = replace(found[-1], hi=hi)
        else:
            found.append(Segment(lo, hi, parameters))
    return found


def turning_days(stored: Sequence[Parameter], after: dt.date, until: dt.date) -> list[dt.date]:
    """The days after `after`, up to `until`, on which any of these parameters begins or ceases to be in force."""
    days = {day for row in stored for day in (row.valid_from, row.valid_to) if day}
    return sorted(day for day in days if after < day <= until)


def parameter_at(name: str, region: int, on: dt.date, default: int) -> int:
    """What the smallest division that holds `region` sets for a parameter on the day; `default` where none does."""
    above = [scope.ancestor(region, level) for level in range(scope.level_of(region) + 1)]
    found = (
        Parameter.objects.filter(name=name, region__in=above, valid_from__lte=on)
        .exclude(valid_to__lte=on)
        .order_by("-region", "-valid_from")
        .values_list("value", flat=True)
        .first()
    )
    return default if found is None else found
