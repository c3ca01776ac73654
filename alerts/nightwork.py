"""What each night does about deadlines, in order: follow them up to the day, make the digests. Sending comes after."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from alerts import engine, workdays
from alerts.delivery import compose
from alerts.engine.nightly import is_done
from alerts.models import Digest, WebhookDelivery


@dataclass
class Checked:
    """What a check did; `unknown_year` is the year whose holidays somebody must enter."""

    night: engine.Night
    digests: list[Digest]
    deliveries: list[WebhookDelivery]
    unknown_year: int | None


def check(on: dt.date) -> Checked:
    """May run twice, late or after an outage: the alerts are those that timely nights would have given."""
    night = engine.run(on)
    digests, deliveries = compose(on)
    return Checked(night, digests, deliveries, workdays.unknown_year(on))


def make_up(on: dt.date) -> None:
    """The day's check, if no night has done it."""
    if not is_done(on):
        check(on)
