"""Who sees which rows: half-open ranges [lo, hi) of 12-digit division codes.

Two walls. `visible_to(user)` adds the exact ranges to a query; the database's row-level security holds the hull of
the ranges in two settings of the transaction. No scope set: no rows.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, nullcontext
from contextvars import ContextVar
from dataclasses import dataclass

from django.db import connections, models, transaction
from django.db.models import Q

CODE_LIMIT = 10**12
Range = tuple[int, int]
WHOLE: tuple[Range, ...] = ((0, CODE_LIMIT),)
NOTHING: tuple[Range, ...] = ()

# Digits that a division code fixes at each level: province 2, city 4, county 6, township 9, village 12.
LEVEL_DIGITS = {1: 2, 2: 4, 3: 6, 4: 9, 5: 12}


def code_range(code: int) -> Range:
    """The range that a division covers: 522326000000 -> (522326000000, 522327000000); 0 is the nation."""
    if code == 0:
        return WHOLE[0]
    for digits in LEVEL_DIGITS.values():
        size = 10 ** (12 - digits)
        if code % size == 0:
            return (code, code + size)
    raise ValueError(f"not a division code: {code}")


def level_of(code: int) -> int:
    """1 province to 5 village; 0 is the nation."""
    if code == 0:
        return 0
    return next(level for level, digits in LEVEL_DIGITS.items() if code % 10 ** (12 - digits) == 0)


def ancestor(code: int, level: int) -> int:
    """The code of the division at `level` that holds `code`; level 0 is the nation (0)."""
    if level == 0:
        return 0
    size = 10 ** (12 - LEVEL_DIGITS[level])
    return code - code % size


def in_ranges(ranges: Iterable[Range], path: str = "region") -> Q:
    """A condition on `path` for the exact ranges; no ranges hold no rows."""
    condition = Q(pk__in=[])
    for index, (lo, hi) in enumerate(ranges):
        part = Q(**{f"{path}__gte": lo, f"{path}__lt": hi})
        condition = part if index == 0 else condition | part
    return condition


def contains(ranges: Iterable[Range], code: int) -> bool:
    return any(lo <= code < hi for lo, hi in ranges)


class ScopedQuerySet(models.QuerySet):
    """Rows that carry `region`, or reach it by the path that the model names in `scope_path`."""

    def visible_to(self, user) -> ScopedQuerySet:
        return self.within(user.ranges)

    def within(self, ranges: Iterable[Range]) -> ScopedQuerySet:
        return self.filter(in_ranges(ranges, self.model.scope_path))

    def under(self, code: int) -> ScopedQuerySet:
        """Rows of one division and all below it."""
        return self.within([code_range(code)])


@dataclass(frozen=True)
class Acting:
    """Whose hands the transaction's work is in: what row-level security and history read."""

    ranges: tuple[Range, ...] = NOTHING
    actor: int | None = None
    request: str = ""
    source: str = ""
    using: str = "default"

    def hull(self) -> Range:
        if not self.ranges:
            return (0, 0)
        return (min(lo for lo, _ in self.ranges), max(hi for _, hi in self.ranges))


NOBODY = Acting()
_acting: ContextVar[Acting] = ContextVar("acting", default=NOBODY)
_afterwards: ContextVar[list[Callable[[], None]] | None] = ContextVar("afterwards", default=None)


def current() -> Acting:
    return _acting.get()


def _tell_database(acting: Acting, using: str) -> None:
    lo, hi = acting.hull()
    with connections[using].cursor() as cursor:
        cursor.execute(
            "SELECT set_config('app.lo', %s, true), set_config('app.hi', %s, true), set_config('app.actor', %s, true),"
            " set_config('app.request', %s, true), set_config('app.source', %s, true)",
            [str(lo), str(hi), str(acting.actor or ""), acting.request, acting.source],
        )


@contextmanager
def _outermost() -> Iterator[None]:
    token = _afterwards.set([])
    try:
        yield
    finally:
        acts = _afterwards.get()
        _afterwards.reset(token)
        for act in acts:
            act()


def when_ended(act: Callable[[], None]) -> None:
    """Call `act` once the outermost transaction has ended, committed or not: for what the database does not undo itself.

    It asks the database what stayed, as savepoints inside may have been undone alone. Where the transaction was begun
    by something else than `acting`, nobody calls it.
    """
    if (acts := _afterwards.get()) is not None:
        acts.append(act)


@contextmanager
def acting(
    ranges: Iterable[Range], *, actor: int | None = None, request: str = "", source: str = "", using: str = "default"
) -> Iterator[None]:
    """One transaction (or a part of one) in the named hands; what was set before is set again afterwards."""
    mine = Acting(tuple(ranges), actor, request, source, using)
    before = _acting.get()
    connection = connections[using]
    nested = connection.in_atomic_block
    # The same hands as around it, on the same connection: the database knows them already.
    told = nested and mine == before
    with nullcontext() if nested else _outermost(), transaction.atomic(using=using):
        token = _acting.set(mine)
        if not told:
            _tell_database(mine, using)
        try:
            yield
            # An outermost transaction ends here, and a rollback puts the settings back by itself.
            if nested and not told and not connection.needs_rollback:
                _tell_database(before, using)
        finally:
            _acting.reset(token)


@contextmanager
def acting_as(user, *, request: str = "", source: str = "", using: str = "default") -> Iterator[None]:
    """As `acting`, with the user's ranges and name."""
    with acting(user.ranges, actor=user.pk, request=request, source=source, using=using):
        yield


def reachable(model: type[models.Model]) -> ScopedQuerySet:
    """The model's rows within the exact ranges that the work is done in: what an action may find and change.

    The second wall holds the hull alone, in which the counties between two scopes lie as well.
    """
    return model.objects.within(current().ranges)


def take_over(user, *, request: str = "", using: str = "default") -> None:
    """Put the running transaction into the hands of a user known only now (a token read inside the view)."""
    mine = Acting(tuple(user.ranges), user.pk, request or current().request, current().source, using)
    _acting.set(mine)
    _tell_database(mine, using)


@contextmanager
def whole(*, source: str = "", using: str = "default") -> Iterator[None]:
    """The whole nation, for nightly work and commands without `--as`; keeps the actor, if there is one."""
    with acting(WHOLE, actor=current().actor, request=current().request, source=source, using=using):
        yield
