"""The steps of a risk case as data: found > verified > measures > risk removed > observation, in this order alone.

A household without labour cannot work its way out: its risk is never simply removed, it is caught by the safety net and
stays under watch (`watch`), from which it can still be removed once somebody there can work.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from divisions.queries import Segment, segments
from households.models.risks import FALLBACK

STANDING_ENDS = ("1", "2", FALLBACK)  # ways in which the household lives on


@dataclass(frozen=True)
class RiskParameters:
    """What a division may set (names of divisions.Parameter); the defaults are the national reading of R-056, R-057 and
    R-194, whose texts give no numbers."""

    risk_income_drop: int = 30  # per cent, against the same period of the year before; exactly as much is no sharp fall
    risk_expenditure_rise: int = 30
    risk_window_months: int = 12  # how long a period is told of
    risk_verify_days: int = 15
    risk_measure_days: int = 10
    risk_stable_months: int = 6
    risk_observe_months: int = 6
    visit_red_days: int = 30
    visit_yellow_days: int = 90
    visit_green_days: int = 180


DEFAULTS = RiskParameters()
Segments = list[Segment[RiskParameters]]


def parameters_on(on: dt.date) -> Segments:
    """What holds on the day, by stretches of division codes."""
    return segments(DEFAULTS, on)


def parameters_at(region: int, found: Segments) -> RiskParameters:
    """What holds at a place."""
    return next(segment.parameters for segment in found if segment.lo <= region < segment.hi)


@dataclass(frozen=True)
class Act:
    """An act on a case: from which states, to which one ("" leaves it), and the column that holds its day."""

    key: str
    states: tuple[str, ...]
    to: str
    day: str
    asks: tuple[str, ...] = ()


ACTS = {
    act.key: act
    for act in [
        Act("verify", ("found",), "verified", "verified_on", ("monitor_type", "cause", "second_cause", "cadre")),
        Act("dismiss", ("found",), "dismissed", "", ("text",)),
        Act("measure", ("verified", "measures", "watch"), "measures", "first_measure_on", ("measures", "cadre")),
        Act("above", ("measures", "watch"), "", "above_since"),
        Act("remove", ("measures", "watch"), "removed", "removed_on", ("end_way",)),
        Act("observe", ("removed",), "observation", "observed_on", ("text",)),
    ]
}
# In which order the columns of a sheet tell the steps.
ORDER = ("verify", "measure", "above", "remove", "observe")
