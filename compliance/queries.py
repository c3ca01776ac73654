"""Figures from the counters, for any stretch of codes; and the figures of another day, computed without storing."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal

from django.db.models import Count, F, IntegerField, Sum
from django.db.models.functions import Coalesce

from common import scope
from common.scope import LEVEL_DIGITS, Range, level_of
from compliance import statement
from compliance.actions import chunks
from compliance.counters import amounts
from compliance.models import Counter
from compliance.profiles import COUNTED, FLAGS, PROFILES, VERDICT_CODES, Profile
from compliance.running import rows_of
from settlements.models import TIER_FLOORS

Figures = dict[str, int]
_SUMS = {column: Coalesce(Sum(column), 0, output_field=IntegerField()) for column in COUNTED}


@dataclass(frozen=True)
class Rate:
    """Households that meet a profile, of those that it counts. `percent` has two decimals, None with nobody to count."""

    numerator: int
    denominator: int

    @property
    def percent(self) -> Decimal | None:
        if not self.denominator:
            return None
        return (Decimal(100 * self.numerator) / self.denominator).quantize(Decimal("0.01"), ROUND_HALF_UP)


def rate(figures: Mapping[str, int], profile: Profile) -> Rate:
    return Rate(figures[f"m_{profile.column}"], figures[f"d_{profile.column}"])


def rates(figures: Mapping[str, int]) -> dict[str, Rate]:
    """The rate of every profile, by its id."""
    return {profile.id: rate(figures, profile) for profile in PROFILES.values()}


def figures(ranges: Iterable[Range]) -> Figures:
    """Sums of all counters over the ranges, by column of COUNTED."""
    return Counter.objects.within(ranges).aggregate(**_SUMS)


def by_child(region: int, ranges: Iterable[Range] = scope.WHOLE) -> dict[int, Figures]:
    """Figures of the divisions directly below `region` (0: the provinces) that have settlements, by code in order.

    A township has none below it; `ranges` cuts to what the reader may see.
    """
    digits = LEVEL_DIGITS.get(level_of(region) + 1)
    if digits is None or level_of(region) >= 4:
        return {}
    size = 10 ** (12 - digits)
    rows = Counter.objects.under(region).within(ranges).annotate(child=F("region") / size * size)
    return _keyed(rows, "child")


def by_tier(ranges: Iterable[Range]) -> dict[str, Figures]:
    """Figures by tier of the settlement, '' for dispersed households; `settlements` is their number."""
    found = _keyed(_standing(ranges), "settlement__tier", settlements=Count("pk"))
    order = [tier for tier, _ in TIER_FLOORS] + [""]
    return {tier: found[tier] for tier in order if tier in found}


def by_location(ranges: Iterable[Range]) -> dict[str, Figures]:
    """Figures of urban and rural settlements; `settlements` is their number."""
    return _keyed(_standing(ranges), "settlement__location", settlements=Count("pk"))


def by_settlement(ranges: Iterable[Range]):
    """A queryset of values, one row a standing settlement: id, code, name, tier, location, placement, region, COUNTED."""
    names = ["code", "name", "tier", "location", "placement"]
    return (
        _standing(ranges)
        .values("region", *COUNTED, id=F("settlement_id"), **{name: F(f"settlement__{name}") for name in names})
        .order_by("region", "id")
    )


def _standing(ranges: Iterable[Range]):
    return Counter.objects.within(ranges).filter(settlement__voided_at=None)


def _keyed(rows, key: str, **more) -> dict:
    found = rows.values(key).annotate(**_SUMS, **more).order_by(key)
    return {row.pop(key): row for row in found}


def figures_on(on: dt.date, region: int = 0) -> Figures:
    """The same sums for another day and a region (0: the nation), computed and not stored; the scope is the caller's."""
    total = dict.fromkeys(COUNTED, 0)
    for selection in chunks(region, on):
        for policy in statement.policies(on):
            sql = statement.reporting(policy.within(region), selection, amounts("c"))
            for column, number in zip(COUNTED, rows_of(sql, policy, selection)[0], strict=True):
                total[column] += int(number)  # PostgreSQL adds bigints up to a numeric
    return total


def report(on: dt.date, found: Mapping[str, int]) -> dict:
    """Figures in the shape that `compute_verdicts --json` prints."""
    return {
        "on": on.isoformat(),
        "households": found["households"],
        "codes": {code: found[f"n_{code}"] for code in VERDICT_CODES},
        "flags": {flag: found[f"f_{flag}"] for flag in FLAGS if flag != "cross_county"},
        "profiles": {
            key: {
                "numerator": value.numerator,
                "denominator": value.denominator,
                "rate": None if value.percent is None else float(value.percent),
            }
            for key, value in rates(found).items()
        },
        "labourers": found["labourers"],
        "employed_persons": found["employed_persons"],
    }
