"""The only clock. Days are days of China (Asia/Shanghai); the TODAY variable fixes them."""

from __future__ import annotations

import datetime as dt
from zoneinfo import ZoneInfo

from django.conf import settings

CHINA = ZoneInfo("Asia/Shanghai")


def today() -> dt.date:
    """The current day in China, or the day that the TODAY variable names."""
    return settings.TODAY or dt.datetime.now(CHINA).date()


def now() -> dt.datetime:
    """The current moment, aware; on a fixed day its real time of day."""
    moment = dt.datetime.now(CHINA)
    if settings.TODAY:
        moment = dt.datetime.combine(settings.TODAY, moment.timetz())
    return moment
