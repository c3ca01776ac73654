"""The ladder of stages: when a deadline reminds, how loud, and how far up it is told.

A stage is a number of days from the due day: -3 is three days ahead, 0 the day itself, 7 seven days late. Reminders come
30, 15, 7, 3 and 1 days ahead and on the day; late stages after 1, 3, 7, 15 and 30 days and then every 30. Levels: blue
ahead, yellow from 7 days before up to the day, orange when late, red from 7 days late. Told as well: the county from 3
days late, the city from 7, the province from 15. What divisions may set otherwise, by date, are AlertParameters; a day
that they name is a stage of its own, so that a level or a division is reached on exactly that day.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from divisions.models import Parameter
from divisions.queries import Segment, segments, stored_parameters

AHEAD = (30, 15, 7, 3, 1, 0)
LATE = (1, 3, 7, 15, 30)
THEN_EVERY = 30
COUNTY, CITY, PROVINCE = 3, 2, 1


@dataclass(frozen=True)
class AlertParameters:
    """Days that a division may set (names of divisions.Parameter); the defaults are the national ones."""

    alert_yellow_days: int = 7  # yellow from so many days before the due day
    alert_red_days: int = 7  # red from so many days late
    alert_county_days: int = 3  # the county is told from so many days late
    alert_city_days: int = 7
    alert_province_days: int = 15


DEFAULTS = AlertParameters()


@dataclass(frozen=True)
class Stage:
    """A step of the ladder: days from the due day, its level, and the highest division told (None: only those named)."""

    days: int
    level: str
    escalated: int | None


def level_of(days: int, parameters: AlertParameters = DEFAULTS) -> str:
    """The level so many days from the due day (below zero: ahead of it)."""
    if days >= max(1, parameters.alert_red_days):
        return "red"
    if days > 0:
        return "orange"
    return "yellow" if days >= -parameters.alert_yellow_days else "blue"


def escalated_to(days: int, parameters: AlertParameters = DEFAULTS) -> int | None:
    """The highest division that is told so many days from the due day."""
    for level, from_days in (
        (PROVINCE, parameters.alert_province_days),
        (CITY, parameters.alert_city_days),
        (COUNTY, parameters.alert_county_days),
    ):
        if days >= from_days:
            return level
    return None


def stages(parameters: AlertParameters, latest: int) -> list[Stage]:
    """All stages in order, as far as `latest` days late."""
    days = {*(-number for number in AHEAD), *LATE, *range(LATE[-1], latest + 1, THEN_EVERY)}
    days |= {-parameters.alert_yellow_days, max(1, parameters.alert_red_days)}
    days |= {parameters.alert_county_days, parameters.alert_city_days, parameters.alert_province_days}
    return [Stage(number, level_of(number, parameters), escalated_to(number, parameters)) for number in sorted(days)]


def stored() -> list[Parameter]:
    """What divisions have set, on any day: read once for all days of a run."""
    return stored_parameters(DEFAULTS)


def segments_on(on: dt.date, told: Sequence[Parameter] | None = None) -> list[Segment[AlertParameters]]:
    return segments(DEFAULTS, on, told)
