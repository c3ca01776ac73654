"""Background work of compliance."""

from celery import shared_task

from common import clock
from compliance import tick, watching


@shared_task
def day_tick() -> None:
    """Begin the day; started by the beat shortly after midnight, and harmless whenever it runs."""
    tick.run(clock.today())


@shared_task
def watch_risks() -> None:
    """The night's look at the risk of every household; harmless whenever it runs."""
    watching.watch_all(clock.today())
