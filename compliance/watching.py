"""Risk is watched with the verdict's eyes: whether anybody in a household can work is what its verdict says."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable

from django.db.models import Max, Min

from common import scope
from common.changes import Changes, writing
from compliance.models import Verdict
from households.actions import lock_households
from households.actions.risk_watch import CHUNK, touched_by, watch
from households.models import Household


def _without_labour(ids: Iterable[int]) -> set[int]:
    return set(Verdict.objects.filter(pk__in=ids, code="no_labour").values_list("pk", flat=True))


def follow_risks(changes: Changes) -> None:
    """Signals, cases and levels of the households touched, once their verdicts are known: a step of what follows a change."""
    ids = touched_by(changes)
    watch(ids, _without_labour(ids), on=changes.on)


def watch_all(on: dt.date) -> int:
    """The night's work over all households, in pieces that each are a transaction of their own; says how many there were.

    A night that comes late, or twice, ends in the same.
    """
    with scope.whole(source="risks"):
        first, last = Household.objects.aggregate(first=Min("pk"), last=Max("pk")).values()
    seen = 0
    for start in range(first or 0, (last or -1) + 1, CHUNK):
        with scope.whole(source="risks"), writing(on=on):
            ids = list(
                Household.objects.filter(pk__range=(start, start + CHUNK - 1), voided_at=None).values_list(
                    "pk", flat=True
                )
            )
            lock_households(ids)
            watch(ids, _without_labour(ids), on=on)
            seen += len(ids)
    return seen
