"""What each night does about deadlines, in order: what falls due by the calendar, follow all up to the day, make the
digests. Sending comes after."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from django.db import connection

from alerts import engine, workdays
from alerts.delivery import compose
from alerts.engine.following import SOURCE
from alerts.engine.nightly import is_done
from alerts.models import Digest, WebhookDelivery
from common import scope

STEPS_LOCK = 522328
# What higher apps owe by the calendar (rounds of a month, meetings of a quarter): it sets deadlines. May be repeated.
Step = Callable[[dt.date], object]
_steps: list[Step] = []


def set_steps(steps: Sequence[Step]) -> None:
    """Called once, when the project starts."""
    _steps[:] = steps


@dataclass
class Checked:
    """What a check did; `unknown_year` is the year whose holidays somebody must enter."""

    night: engine.Night
    digests: list[Digest]
    deliveries: list[WebhookDelivery]
    unknown_year: int | None


def check(on: dt.date) -> Checked:
    """May run twice, late or after an outage: the alerts are those that timely nights would have given."""
    with scope.whole(source=SOURCE):
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [STEPS_LOCK])  # one at a time
        for step in _steps:
            step(on)
    night = engine.run(on)
    digests, deliveries = compose(on)
    return Checked(night, digests, deliveries, workdays.unknown_year(on))


def make_up(on: dt.date) -> None:
    """The day's check, if no night has done it."""
    if not is_done(on):
        check(on)
