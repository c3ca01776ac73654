"""Bringing deadlines up to a day: the stages that have come are told, each as of its own day, and the last one is open.

What was told stands in the alerts themselves, so that a night may come late, twice or not at all. Where some division's
ladder changes in between, the days before are told by the old one.
"""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from django.db import connection
from django.db.models import Count, Min, Q

from alerts.engine import ladder, statements
from alerts.kinds import DEADLINE_KINDS
from alerts.models import Alert, Deadline, DeadlineRun
from common import scope
from divisions.models import Parameter
from divisions.queries import turning_days

SOURCE = "deadlines"


@dataclass
class Followed:
    """What was opened, by (kind, level), and how many alerts ended."""

    opened: Counter = field(default_factory=Counter)
    ended: int = 0

    @property
    def total(self) -> int:
        return sum(self.opened.values())


def follow(deadlines: Iterable[int], on: dt.date, *, changing: bool = False) -> Followed:
    """Bring these deadlines up to the day, or to a later one that a night has finished: actions call it before they
    change a deadline (`changing`, unless they clear it) and again afterwards.

    It is the system's own work: who is told may stand outside the area of whoever acts.
    """
    ids = sorted(set(deadlines))
    if not ids:
        return Followed()
    with scope.whole(source=scope.current().source):
        last = DeadlineRun.objects.order_by("-on").values_list("on", flat=True).first()
        return advance(max(on, last or on), last, ids, changing=changing)


def advance(on: dt.date, last: dt.date | None, ids: list[int] | None = None, *, changing: bool = False) -> Followed:
    """From the last day that a night has finished up to the day; `ids` None: all deadlines.

    Of deadlines that change in a moment, and are followed again, whom they reach is worked out for open alerts alone:
    those may end now, and keep it.
    """
    selected = Deadline.objects.filter(cleared_on=None)
    if ids is not None:
        selected = selected.filter(pk__in=ids)
    runs = Q(paused_on=None)
    first = selected.aggregate(
        open=Count("pk"),
        due=Min("due_on", filter=runs),
        armed=Min("armed_on", filter=runs),
        **{name: Count(f"{name}_id") for name in statements.BOUND},
    )
    found = Followed()
    with connection.cursor() as cursor:
        # Once, as of the last day: what was moved meanwhile ends on the day on which it was moved.
        cursor.execute(statements.END_STALE, {"lo": 0, "hi": scope.CODE_LIMIT, "ids": ids, "on": on})
        found.ended += cursor.rowcount
    if first["due"] is not None:
        # Single deadlines may have been set as of a day before the last night, and all of them before the first one.
        begin = min((day for day in (last, first["armed"] if ids or not last else None) if day), default=on)
        set_by_divisions, since = ladder.stored(), None
        for turn in turning_days(set_by_divisions, begin, on):
            _step(turn - dt.timedelta(1), since, ids, first["due"], set_by_divisions, found)
            since = turn
        _step(on, since, ids, first["due"], set_by_divisions, found)
    if first["open"] and not (changing and not Alert.objects.filter(deadline__in=ids, ended_on=None).exists()):
        _tell_whom(on, ids, frozenset(name for name in statements.BOUND if first[name]))
    return found


def _step(
    on: dt.date,
    since: dt.date | None,
    ids: list[int] | None,
    earliest: dt.date,
    set_by_divisions: Sequence[Parameter],
    found: Followed,
) -> None:
    """One day with one ladder; `since` is the day on which the ladder became what it is."""
    late = (on - earliest).days
    with connection.cursor() as cursor:
        for segment in _segments(on, ids, set_by_divisions):
            steps = ladder.stages(segment.parameters, late)
            if late < steps[0].days:
                continue  # not even the first of the deadlines has come near
            told = {
                "ids": ids,
                "on": on,
                "lo": segment.lo,
                "hi": segment.hi,
                "since": since or dt.date.min,
                "first": steps[0].days,
                "stages": [step.days for step in steps],
                "levels": [step.level for step in steps],
                "escalated": [step.escalated for step in steps],
                **concerned(),
            }
            cursor.execute(statements.LOCK_DUE, told)
            if not cursor.fetchone()[0]:
                continue
            cursor.execute(statements.OPEN_DUE, told)
            rows = cursor.fetchall()
            found.opened.update({(kind, level): number for kind, level, number, _passed, _before in rows})
            found.ended += sum(passed for _kind, _level, _number, passed, _before in rows) + (rows[0][4] if rows else 0)


def _tell_whom(on: dt.date, ids: list[int] | None, bound: frozenset[str]) -> None:
    told = {"lo": 0, "hi": scope.CODE_LIMIT, "ids": ids, "on": on, **concerned()}
    with connection.cursor() as cursor:
        cursor.execute(statements.set_told(bound), told)


def _segments(on: dt.date, ids: list[int] | None, set_by_divisions: Sequence[Parameter]):
    """The stretches of codes with ladders of their own; for single deadlines those in which one of them lies."""
    found = ladder.segments_on(on, set_by_divisions)
    if ids is None or len(found) == 1:
        return found
    regions = sorted(Deadline.objects.filter(pk__in=ids).values_list("region", flat=True))
    return [segment for segment in found if any(segment.lo <= region < segment.hi for region in regions)]


def concerned() -> dict[str, list[str]]:
    """Kinds of deadlines and the roles that they concern, as two columns."""
    pairs = [(kind.key, role) for kind in DEADLINE_KINDS.values() for role in sorted(kind.roles)]
    return {"kinds": [kind for kind, _role in pairs], "roles": [role for _kind, role in pairs]}
