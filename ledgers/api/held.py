"""What a payload says against what is held: a value that nobody sets, or a version that somebody else has left behind.

What was read may be sent back whole: what only the system sets is passed over as long as it says what is held.
"""

from __future__ import annotations

from collections.abc import Sequence

import orjson
from django.db import models
from django.utils.translation import gettext as _

from common.ledger import Ledger
from common.problems import Conflict, Problem
from common.values import shown
from ledgers.api.representation import BY_ID, api_columns, as_json, shape
from ledgers.checking import is_blank
from ledgers.conflicts import differences
from ledgers.presenting import values_of
from ledgers.queries import read_page


def set_by_nobody(ledger: Ledger, payloads: Sequence[dict], rows: Sequence[dict], user) -> list[Problem]:
    """A problem for each value that would change what only the system sets of a stored row."""
    columns = [column for column in api_columns(ledger) if column.computed]
    headings = {column.name: ledger.heading(column) for column in columns}
    told = {
        index: names
        for index, (payload, row) in enumerate(zip(payloads, rows, strict=True))
        if row.get("id") and (names := payload.keys() & {*headings, "id"})
    }
    if not told:
        return []
    stored = ledger.readable(user).filter(pk__in={rows[index]["id"] for index in told})
    page = read_page(stored, columns, BY_ID, len(told)).rows
    held = {item["id"]: orjson.loads(as_json(item)) for item in shape(ledger, page, columns)}
    found = []
    for index, names in told.items():
        now = held.get(rows[index]["id"], {})
        for name in sorted(names):
            mine, theirs = payloads[index][name], now.get(name)
            if mine == theirs or is_blank(mine) and is_blank(theirs) or str(mine) == str(theirs):
                continue
            message = _(
                "“%(name)s” is worked out by the system and is not set. Leave it out, or send back what stands."
            )
            found.append(Problem(index, name, shown(mine), "read_only", message % {"name": headings.get(name, name)}))
    return found


def left_behind(ledger: Ledger, payloads: Sequence[dict], rows: Sequence[dict], user) -> list[tuple[int, Conflict]]:
    """(row, conflict) of each row that was read at a version which is no longer the stored one."""
    told = {row["id"]: index for index, row in enumerate(rows) if row.get("id") and row.get("version") is not None}
    stored = ledger.within(user).in_bulk(told) if told else {}
    return [
        (told[pk], _conflict(ledger, user, row, payloads[told[pk]], rows[told[pk]]["version"]))
        for pk, row in stored.items()
        if rows[told[pk]]["version"] != row.version
    ]


def _conflict(ledger: Ledger, user, stored: models.Model, payload: dict, version: int) -> Conflict:
    message = _("“%(theirs)s” stands here since then, “%(mine)s” was sent. Read the record again and decide.")
    problems = [
        Problem(0, item.column, item.mine, "conflict", message % {"theirs": item.theirs, "mine": item.mine})
        for item in differences(ledger, user, stored, version, payload)
    ]
    return Conflict(values_of(ledger, stored, payload), stored.version, problems)
