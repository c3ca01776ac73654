"""Storing what was checked: one transaction, through the actions, level by level."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from itertools import chain

from common.changes import writing
from common.ledger import Ledger, registry
from common.problems import Problem
from ledgers import actions
from ledgers.checking import clean_rows
from ledgers.imports.checking import Checked
from ledgers.imports.progress import Progress, no_collection
from ledgers.imports.reading import Row
from ledgers.shapes import Shape

BLOCKS_AT_ONCE = 1000


@no_collection()
def store(
    checked: Checked, shape: Shape, *, by, progress: Progress, on: dt.date | None = None, source: str = ""
) -> None:
    """Write the blocks that are new or changed; what follows from them is computed once, at the end.

    Cancelling (between two sets) or any refusal raises, and the caller's transaction is rolled back whole.
    """
    blocks = checked.to_write
    progress.phase("storing", len(blocks))
    with writing(by=by, on=on, source=source):
        _lock_in_order(shape.outer, blocks)
        for start in range(0, len(blocks), BLOCKS_AT_ONCE):
            rows: Sequence[Row] = blocks[start : start + BLOCKS_AT_ONCE]
            for ledger, parent in shape.levels:
                _store_level(ledger, parent, rows, by=by, on=on, source=source)
                rows = list(chain.from_iterable(row.children for row in rows))
            progress.advance(min(start + BLOCKS_AT_ONCE, len(blocks)))
        progress.phase("following", 0)


def _lock_in_order(ledger: Ledger, blocks: Sequence[Row]) -> None:
    """All stored outer rows at once and by id, as every action locks: in the file's order two imports could wait for
    each other."""
    ids = [row.stored.pk for row in blocks if row.stored is not None]
    list(ledger.model.objects.filter(pk__in=ids).order_by("pk").select_for_update(no_key=True).values_list("pk"))


def _store_level(ledger: Ledger, parent: str, rows: Sequence[Row], *, by, on, source) -> None:
    """Unchanged rows are passed by; their stored objects serve the rows below."""
    to_write = [row for row in rows if row.stored is None or row.changes]
    if not to_write:
        return
    values = []
    for row in to_write:
        told = row.clean if row.stored is None else {"id": row.stored.pk, **row.changes}
        if parent in told:
            told = {**told, parent: row.parent.instance}
        values.append(told)
    saved = actions.save(ledger, values, by=by, on=on, source=source, act="import")
    for row, instance in zip(to_write, saved.objects, strict=True):
        row.instance = instance


def owner_ledger(shape: Shape) -> Ledger | None:
    """The ledger of what the sheets' names refer to: settlements, for the roster."""
    if shape.sheet_column is None:
        return None
    model = shape.sheet_column.reference.model
    return next(ledger for ledger in registry if ledger.model is model)


def check_owners(shape: Shape, told: dict[str, dict], user) -> tuple[list[dict], list[Problem]]:
    """Clean rows for the unknown names of sheets, each with the values that complete it; and what is wrong with them.

    Nothing is required of what is not told: the action gives the new row its key.
    """
    ledger = owner_ledger(shape)
    name = shape.sheet_column.reference.also[0]
    return clean_rows(
        ledger, [{**values, name: own} for own, values in told.items()], user, partial=True, stored=[None] * len(told)
    )


def create_owners(shape: Shape, rows: list[dict], *, by, on: dt.date | None = None, source: str = "") -> None:
    actions.save(owner_ledger(shape), rows, by=by, on=on, source=source, act="import")
