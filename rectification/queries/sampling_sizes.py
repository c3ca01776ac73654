"""How many households a sample needs, and how many of them each stratum gives: exact arithmetic, no database."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from statistics import NormalDist


class CannotAllocate(Exception):
    """Why no allocation fits; `code` is stable, `least` the smallest size that would do where there is one."""

    def __init__(self, code: str, least: int | None = None):
        self.code = code
        self.least = least
        super().__init__(code)


def z_of(confidence: str | int) -> float:
    """The two-sided normal quantile: 95 -> 1.95996."""
    return NormalDist().inv_cdf(0.5 + int(confidence) / 200)


@dataclass(frozen=True)
class Needed:
    """The size for a wanted precision, with what it was made from: n0 without the finite population, n with it."""

    population: int
    z: float
    rate: Decimal
    margin: Decimal
    design_effect: Decimal
    n0: float
    size: int


def size_needed(
    population: int,
    *,
    margin: Decimal,
    confidence: str,
    rate: Decimal = Decimal(50),
    design_effect: Decimal = Decimal(1),
) -> Needed:
    """n0 = deff z² p (1 - p) / e²; n = N n0 / (N + n0 - 1), rounded up. Margin and rate are per cents."""
    z = z_of(confidence)
    share = float(rate) / 100
    n0 = float(design_effect) * z * z * share * (1 - share) / (float(margin) / 100) ** 2
    # A rate of 0 or 100 % would need nobody: one household at least is asked.
    n0 = max(n0, 1.0)
    size = 0 if population == 0 else math.ceil(round(population * n0 / (population + n0 - 1), 9))
    return Needed(population, z, rate, margin, design_effect, n0, max(min(size, population), min(1, population)))


def allocate(populations: Mapping[str, int], size: int, *, how: str = "proportional", least: int = 0) -> dict[str, int]:
    """Parts of `size` for each stratum: in proportion to its households, or equal; never more than it has, never fewer
    than `least` (or all that it has); the sum is exact (largest remainder, ties by key).

    Raises CannotAllocate: empty (no households), too_large (more than there are), too_small (the strata's least alone is
    more).
    """
    keys = sorted(key for key, number in populations.items() if number > 0)
    total = sum(populations[key] for key in keys)
    if not keys:
        raise CannotAllocate("empty")
    if size > total:
        raise CannotAllocate("too_large", total)
    lowest = {key: min(least, populations[key]) for key in keys}
    if sum(lowest.values()) > size:
        raise CannotAllocate("too_small", sum(lowest.values()))
    weight = {key: populations[key] if how == "proportional" else 1 for key in keys}
    shares = _shares(keys, weight, lowest, populations, size)
    parts = {key: math.floor(share) for key, share in shares.items()}
    left = size - sum(parts.values())
    by_remainder = sorted(keys, key=lambda key: (parts[key] - shares[key], key))
    for key in by_remainder[:left]:
        parts[key] += 1
    return {key: parts.get(key, 0) for key in populations}


def _shares(
    keys: Sequence[str], weight: Mapping[str, int], lowest: Mapping[str, int], highest: Mapping[str, int], size: int
) -> dict[str, Fraction]:
    """weight times one factor, held between the bounds, so that the sum is `size`.

    The sum grows with the factor and bends only where a stratum reaches a bound, so the factor lies between two of those
    places and is found by a straight line between them.
    """

    def held(factor: Fraction) -> dict[str, Fraction]:
        return {key: min(max(factor * weight[key], Fraction(lowest[key])), Fraction(highest[key])) for key in keys}

    edges = sorted({Fraction(bound[key], weight[key]) for key in keys for bound in (lowest, highest)} | {Fraction(0)})
    low, high = 0, len(edges) - 1
    while high - low > 1:
        middle = (low + high) // 2
        if sum(held(edges[middle]).values()) <= size:
            low = middle
        else:
            high = middle
    below, above = (sum(held(edges[index]).values()) for index in (low, high))
    if above == below:
        return held(edges[low])
    return held(edges[low] + (edges[high] - edges[low]) * (size - below) / (above - below))


def reserves_of(size: int, population: int, percent: int) -> int:
    """Replacements kept in line for a stratum: a share of its part, at least one where any are left."""
    if not size or not percent:
        return 0
    return min(population - size, max(1, math.ceil(size * percent / 100)))
