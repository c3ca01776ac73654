"""Time passes too: the beginning of a day brings the verdicts up to date that time alone can have changed.

May run twice, late, at once in several processes, or after a week's outage, always with the same result: days are taken
one after another from the last one that was finished, each in a transaction of its own, and of each day only the
households whose `recheck_on` has come.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator

from django.db import connection
from django.db.models import Q

from common import clock, scope
from compliance.actions import DAY_LOCK, recompute, recompute_all
from compliance.models import DayTick, Verdict
from divisions.queries import verdict_segments
from households.models import Household

# The last day that this process knows to be finished; spares the query.
_finished: dt.date | None = None


def ensure(on: dt.date) -> None:
    """Begin the day unless that has been done; cheap when it has. Call it outside of any request's transaction."""
    global _finished
    if _finished == on:
        return
    if not DayTick.objects.filter(on=on, finished_at__isnull=False).exists():
        run(on)
    _finished = on


def run(on: dt.date) -> tuple[int, int]:
    """Bring all verdicts up to the day; says how many were checked and how many changed.

    A day before days that have begun (a clock set back) recomputes everything as of that day.
    """
    if DayTick.objects.filter(on__gt=on).exists():
        return _go_back(on)
    checked = changed = 0
    for day in _days_until(on):
        _begin(day)
        found = recompute_all(on=day) if _rules_changed(day) else _recheck(day)
        _end(day, found)
        checked, changed = checked + found[0], changed + found[1]
    return checked, changed


def _days_until(on: dt.date) -> Iterator[dt.date]:
    """The days after the last finished one; the day itself at least, so that a second run looks again."""
    last = DayTick.objects.filter(finished_at__isnull=False, on__lt=on).order_by("-on").first()
    first = last.on + dt.timedelta(1) if last else on
    return (first + dt.timedelta(days) for days in range((on - first).days + 1))


def _begin(day: dt.date) -> None:
    """From the end of this transaction on, changes are judged on the new day; those under way are waited for."""
    with scope.whole(source="tick"):
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [DAY_LOCK])
        DayTick.objects.get_or_create(on=day)


def _rules_changed(day: dt.date) -> bool:
    """Whether other parameters hold from this day on than on the day before."""
    return verdict_segments(day) != verdict_segments(day - dt.timedelta(1))


def _recheck(day: dt.date) -> tuple[int, int]:
    with scope.whole(source="tick"):
        due = set(Verdict.objects.filter(recheck_on__lte=day).values_list("pk", flat=True)) | _coming_to_life(day)
        return len(due), recompute(due, on=day) if due else 0


def _coming_to_life(day: dt.date) -> set[int]:
    """Households without a verdict, because nobody lived there yet, that somebody joins or is born into."""
    comes = Q(memberships__joined_on=day) | Q(memberships__person__birth_date=day)
    return set(Household.objects.filter(comes, verdict=None, voided_at=None).values_list("pk", flat=True))


def _go_back(on: dt.date) -> tuple[int, int]:
    with scope.whole(source="tick"):
        DayTick.objects.filter(on__gt=on).delete()
    _begin(on)
    found = recompute_all(on=on, thoroughly=True)
    _end(on, found)
    return found


def _end(day: dt.date, found: tuple[int, int]) -> None:
    DayTick.objects.filter(on=day).update(checked=found[0], changed=found[1], finished_at=clock.now())
