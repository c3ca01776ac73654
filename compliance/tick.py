"""Time passes too: the beginning of a day brings the verdicts up to date that time alone can have changed.

May run twice, late, at once in several processes, or after a week's outage, always with the same result: days are taken
one after another from the last one that was finished, as far as anything is due on them, each in a transaction of its
own, and of each day only the households whose `recheck_on` has come.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator

from django.db import connection
from django.db.models import Min, Q

from common import clock, scope
from compliance.actions import DAY_LOCK, recompute, recompute_all
from compliance.models import DayTick, Verdict
from divisions.models import Parameter
from divisions.queries import verdict_segments
from households.actions.transfers import carry_out_due
from households.models import Household

LONGEST_GAP = dt.timedelta(62)
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
    """Bring all verdicts up to the day; says how many were checked and how many changed. Who goes to another county on a
    day that has come goes then.

    A day before days that have begun (a clock set back) recomputes everything as of that day.
    """
    if DayTick.objects.filter(on__gt=on).exists():
        return _go_back(on)
    checked = changed = 0
    last = DayTick.objects.filter(finished_at__isnull=False, on__lt=on).order_by("-on").first()
    before = last.on if last else on - dt.timedelta(1)
    for day in _days_due(before, on):
        _begin(day)
        found = recompute_all(on=day) if verdict_segments(day) != verdict_segments(before) else _recheck(before, day)
        _end(day, found)
        before, checked, changed = day, checked + found[0], changed + found[1]
    carry_out_due(on)
    return checked, changed


def _days_due(last: dt.date, on: dt.date) -> Iterator[dt.date]:
    """The days after `last` on which something can change by itself; the day itself in any case.

    Days on which nothing is due are passed over, and what lies more than two months back is taken in one step: the
    verdicts are the same, told as changed on the day on which the system came back to them.
    """
    day = max(last, on - LONGEST_GAP)
    while day < on:
        day = min(on, _next_due(day))
        if day < on:
            yield day
    yield on


def _next_due(after: dt.date) -> dt.date:
    """The first day after `after` on which a verdict may change, a household comes to life, or a parameter does."""
    with scope.whole(source="tick"):
        days = [
            Verdict.objects.aggregate(day=Min("recheck_on"))["day"],
            Household.objects.filter(verdict=None, voided_at=None, memberships__joined_on__gt=after).aggregate(
                day=Min("memberships__joined_on")
            )["day"],
            Household.objects.filter(verdict=None, voided_at=None, memberships__person__birth_date__gt=after).aggregate(
                day=Min("memberships__person__birth_date")
            )["day"],
            Parameter.objects.filter(valid_from__gt=after).aggregate(day=Min("valid_from"))["day"],
            Parameter.objects.filter(valid_to__gt=after).aggregate(day=Min("valid_to"))["day"],
        ]
    return max(min((day for day in days if day), default=dt.date.max), after + dt.timedelta(1))


def _begin(day: dt.date) -> None:
    """From the end of this transaction on, changes are judged on the new day; those under way are waited for."""
    with scope.whole(source="tick"):
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [DAY_LOCK])
        DayTick.objects.get_or_create(on=day)


def _recheck(before: dt.date, day: dt.date) -> tuple[int, int]:
    with scope.whole(source="tick"):
        due = set(Verdict.objects.filter(recheck_on__lte=day).values_list("pk", flat=True)) | _coming_to_life(
            before, day
        )
        return len(due), recompute(due, on=day) if due else 0


def _coming_to_life(before: dt.date, day: dt.date) -> set[int]:
    """Households without a verdict, because nobody lived there yet, that somebody has joined or was born into since."""
    since = (before + dt.timedelta(1), day)
    comes = Q(memberships__joined_on__range=since) | Q(memberships__person__birth_date__range=since)
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
