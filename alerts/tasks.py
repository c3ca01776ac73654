"""Background work of alerts."""

from __future__ import annotations

from celery import shared_task

from alerts import nightwork
from alerts.delivery import deliver
from common import clock


@shared_task
def check_deadlines() -> None:
    """The night's check; started by the beat after the day has begun, and harmless whenever it runs."""
    nightwork.check(clock.today())
    deliver()


@shared_task
def send_pending() -> None:
    """Every minute: what waits to be sent, and the night's check where the beat was down."""
    nightwork.make_up(clock.today())
    deliver()
