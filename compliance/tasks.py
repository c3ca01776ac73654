"""Background work of compliance."""

from celery import shared_task

from common import clock
from compliance import tick


@shared_task
def day_tick() -> None:
    """Begin the day; started by the beat shortly after midnight, and harmless whenever it runs."""
    tick.run(clock.today())
