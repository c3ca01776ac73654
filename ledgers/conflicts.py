"""Somebody else saved meanwhile: what differs between what was typed and what is stored now, field by field, and what the
user chose for each.

A form keeps the version that it was opened with until every difference has been chosen. So a draft of it, or a browser
that went away in between, can never let one side win unseen.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from django.db import models

from accounts.models import User
from common.ledger import Column, Ledger
from common.values import shown
from ledgers import history
from ledgers.checking import clean_rows
from ledgers.masking import fits, looks_masked
from ledgers.presenting import Presenter, values_of

MINE, THEIRS = "mine", "theirs"


@dataclass(frozen=True)
class Difference:
    """A field (by its name in the form) for which two values claim to hold. The side that did change stands chosen."""

    name: str
    column: str
    label: object
    mine: str
    theirs: str
    take_theirs: bool
    typed: str  # what stands in the field, so that typing on after the choice was offered counts as choosing one's own


def differences(
    ledger: Ledger, user, stored: models.Model, version, raw: Mapping[str, str], prefix: str = ""
) -> list[Difference]:
    """What `raw` (typed over the row as it was at `version`) and the stored row say differently.

    Where the user left a field as it was shown and the other one changed it, theirs stands chosen, else one's own.
    """
    number = str(version)
    base = history.state_at(ledger, stored.pk, int(number)) if number.isdecimal() and len(number) < 10 else None
    columns = [column for column in ledger.written if column.name in raw]
    now = values_of(ledger, stored, raw)
    mine, keys, faulty = _understood(ledger, user, stored, base, raw, columns)
    present = Presenter(ledger, user, columns)
    present.prepare([mine, now])
    found = []
    for column in columns:
        name, attribute = column.name, ledger.model_field(column).attname
        if name not in faulty and mine[name] == now[name]:
            continue
        theirs_changed = base is None or base[attribute] != getattr(stored, attribute)
        touched = base is None or name in faulty or keys.get(name, mine[name]) != base[attribute]
        found.append(
            Difference(
                prefix + name,
                name,
                ledger.heading(column),
                shown(raw[name]) if name in faulty else present.text(column, mine[name]),
                present.text(column, now[name]),
                theirs_changed and not touched,
                raw[name],
            )
        )
    return found


def _understood(
    ledger: Ledger, user, stored, base: dict | None, raw, columns: list[Column]
) -> tuple[dict, dict, set[str]]:
    """Typed values by column (references by the key that is typed), the primary keys of what is referred to, and the
    columns that cannot be understood. A masked value means the one that was masked when the form was opened."""
    mine, keys, faulty, told = {}, {}, set(), {}
    for column in columns:
        text = raw[column.name]
        if not looks_masked(column, text):
            told[column.name] = text
            continue
        attribute = ledger.model_field(column).attname
        known = [state[attribute] for state in (base, vars(stored)) if state is not None]
        meant = next((value for value in known if value and fits(ledger, column, text, value)), None)
        if meant is None:
            faulty.add(column.name)
        else:
            mine[column.name] = meant
    rows, _problems = clean_rows(ledger, [told], user, partial=True, stored=[stored], set_checks=False)
    for name in told:
        if name not in rows[0]:
            faulty.add(name)
            continue
        reference, value = ledger.by_name[name].reference, rows[0][name]
        if reference and value is not None:
            keys[name], value = value.pk, getattr(value, reference.by)
        mine[name] = value
    return mine, keys, faulty


def chosen(
    data: Mapping[str, str], found: Iterable[Difference], version_field: str, version: int
) -> dict[str, str] | None:
    """{column: MINE or THEIRS} where the user has chosen for every difference, knowing the version that is stored now;
    None where something is still to be chosen."""
    found = list(found)
    if found and data.get(f"seen_{version_field}") != str(version):
        return None
    choices = {}
    for item in found:
        choice = data.get(f"choose_{item.name}")
        if choice not in (MINE, THEIRS):
            return None
        typed_since = data.get(f"typed_{item.name}", item.typed) != item.typed
        choices[item.column] = MINE if typed_since else choice
    return choices


@dataclass(frozen=True)
class Change:
    """Who wrote a row last, and when."""

    who: str
    when: dt.datetime


def last_change(ledger: Ledger, pk: int) -> Change | None:
    """The latest event of a row in the reader's scope."""
    states = history.states_of(ledger, pk)
    if not states:
        return None
    author = User.objects.filter(pk=states[-1]["event_by"]).first()
    return Change(str(author or history.SYSTEM), states[-1]["event_at"])
