"""The night's work over all deadlines: one transaction, one at a time, and a row that says that the day is done."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from django.db import connection

from alerts.engine import ladder, statements
from alerts.engine.following import SOURCE, Followed, advance
from alerts.models import DeadlineRun
from common import clock, scope

# Held until commit by the one run that is under way; actions do not wait for it.
RUN_LOCK = 522327


@dataclass
class Night:
    """What a run did: the day finished before it, and what it opened and ended."""

    on: dt.date
    before: dt.date | None
    followed: Followed

    @property
    def missed(self) -> int:
        """Days between the last finished one and this one: what was made up."""
        return max(0, (self.on - self.before).days - 1) if self.before else 0


def run(on: dt.date) -> Night:
    """Follow every open deadline up to the day. Run again it finds nothing to do; at once with another, it waits."""
    with scope.whole(source=SOURCE):
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [RUN_LOCK])
            # Behind row-level security the planner takes any table to hold a few rows, and would join 100,000 deadlines
            # to their alerts one by one.
            cursor.execute("SET LOCAL enable_nestloop = off")
        before = DeadlineRun.objects.order_by("-on").values_list("on", flat=True).first()
        followed = advance(on, before)
        _set_levels(on)
        stored, made = DeadlineRun.objects.get_or_create(
            on=on, defaults={"opened": followed.total, "ended": followed.ended, "finished_at": clock.now()}
        )
        if not made:
            stored.opened += followed.total
            stored.ended += followed.ended
            stored.finished_at = clock.now()
            stored.save()
        with connection.cursor() as cursor:
            cursor.execute("SET LOCAL enable_nestloop = on")
    return Night(on, before, followed)


def is_done(on: dt.date) -> bool:
    return DeadlineRun.objects.filter(on=on).exists()


def _set_levels(on: dt.date) -> None:
    """The level of alerts behind which no deadline stands goes with the days."""
    with connection.cursor() as cursor:
        for segment in ladder.segments_on(on):
            steps = ladder.stages(segment.parameters, 0)
            cursor.execute(
                statements.SET_LEVEL,
                {
                    "lo": segment.lo,
                    "hi": segment.hi,
                    "ids": None,
                    "on": on,
                    "stages": [step.days for step in steps],
                    "levels": [step.level for step in steps],
                },
            )
