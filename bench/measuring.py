"""Honest comparing on a shared machine: product and baseline take turns, and the median of their paired ratios counts."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from statistics import median

from common import clock


@dataclass(frozen=True)
class Figure:
    """One line of output: `ratio` is value by baseline, whatever the unit: below 1 is good for times, above 1 for rates."""

    name: str
    value: float
    unit: str
    baseline: float
    ratio: float

    def rounded(self) -> dict:
        return {
            "name": self.name,
            "value": _short(self.value),
            "unit": self.unit,
            "baseline": _short(self.baseline),
            "ratio": _short(self.ratio),
        }


def _short(number: float) -> float:
    return float(f"{number:.4g}")


Turn = Callable[[], float]


def seconds(work: Callable[[], object]) -> float:
    """How long it takes."""
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


def compare(name: str, product: Turn, baseline: Turn, *, pairs: int, unit: str = "ms", scale: float = 1000) -> Figure:
    """Run both in turns; each gives what it measured (seconds, milliseconds ..., times `scale` in `unit`)."""
    found = [(product() * scale, baseline() * scale) for _turn in range(pairs)]
    return _figure(name, unit, found)


def compare_rates(
    name: str, product: Turn, baseline: Turn, *, rows: int, of_baseline: int, pairs: int, unit: str
) -> Figure:
    """Run both in turns; each gives the seconds that `rows`, or the baseline's fewer, took."""
    return _figure(name, unit, [(rows / product(), of_baseline / baseline()) for _turn in range(pairs)])


def _figure(name: str, unit: str, found: list[tuple[float, float]]) -> Figure:
    return Figure(
        name, median(a for a, _b in found), unit, median(b for _a, b in found), median(a / b for a, b in found)
    )


def today():
    return clock.today()
