"""Estimates from a sample with their intervals: plain arithmetic with the standard library.

One stage: the stratified estimator; each stratum weighs by its households in the frame, its variance carries the finite
population correction. Two stages: the ratio estimator with the variance between drawn counties and that within them. A
proportion gets Wilson's interval on the effective number of answers (so that it stays within 0 and 1, and has a width when
all answers agree); a mean gets the normal interval. Strata with fewer than two answers are joined with the next one, those
without any answer too: whoever is not reached is taken to be like the stratum's neighbours.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby

from rectification.queries.sampling_sizes import z_of

WILSON, NORMAL = "wilson", "normal"


@dataclass(frozen=True)
class Answers:
    """The answers of one stratum: its households in the frame, the number drawn, and a value for each that answered.

    `psu` is the county, drawn in a first stage where there was one.
    """

    key: str
    population: int
    drawn: int
    values: tuple[float, ...]
    psu: int = 0


@dataclass(frozen=True)
class Estimate:
    """`low` to `high` is the interval; None where there are too few answers to tell one."""

    value: float | None
    low: float | None
    high: float | None
    answered: int
    drawn: int
    method: str
    variance: float | None = None

    @property
    def response_rate(self) -> float | None:
        return self.answered / self.drawn if self.drawn else None

    def holds(self, reported: float | None) -> bool | None:
        """Whether a reported figure lies within the interval, to the millionth; None where one of the two is missing."""
        if reported is None or self.low is None:
            return None
        return self.low - 1e-6 <= reported <= self.high + 1e-6


@dataclass(frozen=True)
class _Cell:
    """One or several strata that are treated as one."""

    population: int
    values: tuple[float, ...]
    psu: int

    @property
    def n(self) -> int:
        return len(self.values)

    @property
    def mean(self) -> float:
        return sum(self.values) / self.n

    @property
    def spread(self) -> float:
        """s², nothing for a single answer."""
        if self.n < 2:
            return 0.0
        return sum((value - self.mean) ** 2 for value in self.values) / (self.n - 1)

    @property
    def correction(self) -> float:
        """What the finite population leaves of the variance: nothing when all have answered."""
        return max(0.0, 1 - self.n / self.population)


def joined(strata: Sequence[Answers]) -> list[_Cell]:
    """Cells with at least two answers (or all the households that there are), neighbours joined within a county, and
    counties joined where one alone has too few."""
    cells: list[_Cell] = []
    for _psu, group in groupby(sorted(strata, key=lambda s: (s.psu, s.key)), key=lambda s: s.psu):
        cells += _join([_Cell(s.population, s.values, s.psu) for s in group])
    return _join(cells)


def _join(cells: Sequence[_Cell]) -> list[_Cell]:
    found: list[_Cell] = []
    for cell in cells:
        if found and not _enough(found[-1]):
            last = found.pop()
            found.append(_Cell(last.population + cell.population, last.values + cell.values, cell.psu))
        else:
            found.append(cell)
    if len(found) > 1 and not _enough(found[-1]):
        last, before = found.pop(), found.pop()
        found.append(_Cell(before.population + last.population, before.values + last.values, before.psu))
    return found


def _enough(cell: _Cell) -> bool:
    return cell.n >= 2 or 0 < cell.n == cell.population


def stratified(strata: Sequence[Answers], confidence: str = "95", *, proportion: bool = True) -> Estimate:
    """The estimate of a proportion (values 0 and 1) or a mean over all strata."""
    answered, drawn = sum(len(s.values) for s in strata), sum(s.drawn for s in strata)
    method = WILSON if proportion else NORMAL
    cells = joined([s for s in strata if s.population])
    if not answered:
        return Estimate(None, None, None, 0, drawn, method)
    total = sum(cell.population for cell in cells)
    value = sum(cell.population * cell.mean for cell in cells) / total
    if not all(map(_enough, cells)):
        return Estimate(value, None, None, answered, drawn, method)
    variance = sum((c.population / total) ** 2 * c.correction * c.spread / c.n for c in cells)
    if not proportion:
        return _normal(value, variance, confidence, answered, drawn)
    kish = _kish([(cell.population / cell.n, cell.n) for cell in cells])
    return _wilson(value, variance, kish, 1 - answered / total, confidence, answered, drawn)


def two_stage(strata: Sequence[Answers], counties: int, confidence: str = "95", *, proportion: bool = True) -> Estimate:
    """The same for households in counties drawn first out of `counties`; `strata` are those of the drawn counties."""
    answered, drawn = sum(len(s.values) for s in strata), sum(s.drawn for s in strata)
    method = WILSON if proportion else NORMAL
    by_county: dict[int, list[_Cell]] = {}
    for s in strata:
        if s.population:
            by_county.setdefault(s.psu, []).append(_Cell(s.population, s.values, s.psu))
    psus = {county: _join(cells) for county, cells in by_county.items()}
    psus = {county: cells for county, cells in psus.items() if any(cell.n for cell in cells)}
    if not answered:
        return Estimate(None, None, None, 0, drawn, method)
    m = len(psus)
    weight = sum(cell.population for cells in psus.values() for cell in cells)
    totals = {county: sum(c.population * c.mean for c in cells if c.n) for county, cells in psus.items()}
    value = sum(totals.values()) / weight
    if m < 2 and m < counties or not all(_enough(c) for cells in psus.values() for c in cells):
        return Estimate(value, None, None, answered, drawn, method)
    # How far each county's total is from what the overall value would give it, in parts of the whole.
    parts = [(totals[county] - value * sum(c.population for c in cells)) / weight for county, cells in psus.items()]
    middle = sum(parts) / m
    between = (1 - m / counties) * m / (m - 1) * sum((part - middle) ** 2 for part in parts) if m > 1 else 0.0
    within = sum((c.population / weight) ** 2 * c.correction * c.spread / c.n for cells in psus.values() for c in cells)
    variance = between + m / counties * within
    if not proportion:
        return _normal(value, variance, confidence, answered, drawn)
    kish = _kish([(cell.population / cell.n, cell.n) for cells in psus.values() for cell in cells])
    left = 1 - answered / (weight * counties / m)
    return _wilson(value, variance, kish, left, confidence, answered, drawn)


def _kish(weights: Sequence[tuple[float, int]]) -> float:
    """The effective number of answers that unequal weights leave: (sum w)² / sum w²."""
    total = sum(weight * n for weight, n in weights)
    return total * total / sum(weight * weight * n for weight, n in weights)


def _normal(value: float, variance: float, confidence: str, answered: int, drawn: int) -> Estimate:
    half = z_of(confidence) * math.sqrt(variance)
    return Estimate(value, value - half, value + half, answered, drawn, NORMAL, variance)


def _wilson(
    value: float, variance: float, kish: float, left: float, confidence: str, answered: int, drawn: int
) -> Estimate:
    """Wilson's interval with the number of answers that would give this variance under simple random sampling.

    Where all answers of every stratum agree the variance says nothing: then the weights alone give the number, and what
    the finite population leaves (`left`) enlarges it; where nobody is left, the value is known.
    """
    if left <= 0:
        return Estimate(value, value, value, answered, drawn, WILSON, 0.0)
    spread = value * (1 - value)
    effective = spread / variance if variance > 0 and spread > 0 else kish / left
    z = z_of(confidence)
    z2n = z * z / effective
    centre = (value + z2n / 2) / (1 + z2n)
    half = z * math.sqrt(spread / effective + z2n / (4 * effective)) / (1 + z2n)
    low, high = max(0.0, centre - half), min(1.0, centre + half)
    # At the ends the bound is the value itself, free of rounding.
    return Estimate(value, 0.0 if value == 0 else low, 1.0 if value == 1 else high, answered, drawn, WILSON, variance)
