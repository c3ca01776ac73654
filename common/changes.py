"""Work as units: one transaction, one author, and at its end what follows from it.

Actions say which rows they touched (`publish`); who listens, and in which order, is told once by the project
(relocation/pipeline.py). Lower apps so reach what higher ones compute without importing them.
"""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field

from common import clock, scope


@dataclass
class Changes:
    """What one unit of work has touched so far: topic -> ids (`households`, `settlements`).

    `displaced` are those among them that may lie in another region than before.
    """

    on: dt.date
    touched: dict[str, set[int]] = field(default_factory=lambda: defaultdict(set))
    displaced: dict[str, set[int]] = field(default_factory=lambda: defaultdict(set))

    def publish(self, topic: str, ids: Iterable[int], *, in_place: bool = False) -> None:
        """`in_place` where the work leaves region and place alone, as acts do: nothing needs to follow it there."""
        found = set(ids)
        self.touched[topic] |= found
        if not in_place:
            self.displaced[topic] |= found


Step = Callable[[Changes], None]
_steps: list[Step] = []
_open: ContextVar[Changes | None] = ContextVar("open_changes", default=None)


def set_pipeline(steps: Iterable[Step]) -> None:
    """The list of what follows a change, in order; called once at start-up."""
    _steps[:] = steps


@contextmanager
def writing(*, by=None, on: dt.date | None = None, source: str = "") -> Iterator[Changes]:
    """A unit of work by a user (None: the system, in the scope already set). Units nest: the outermost one ends it."""
    outer = _open.get()
    if outer is not None:
        yield outer
        return
    unit = Changes(on or clock.today())
    ranges = by.ranges if by is not None else scope.current().ranges
    actor = by.pk if by is not None else scope.current().actor
    token = _open.set(unit)
    try:
        here = scope.current()
        with scope.acting(ranges, actor=actor, request=here.request, source=source or here.source):
            yield unit
            for step in _steps:
                step(unit)
    finally:
        _open.reset(token)
