"""Which stored row a row of a form, sheet or payload means: by id, natural key, or second key; asked of the store as sets."""

from __future__ import annotations

import copy
from collections import defaultdict
from collections.abc import Sequence

from django.core.exceptions import ValidationError
from django.db import models

from common.fields import BlindIndexField
from common.ledger import Ledger
from common.values import as_text
from ledgers.masking import fits
from ledgers.references import LONGEST_ID

Stored = list[models.Model | None]


def find_stored(
    ledger: Ledger,
    raw_rows: Sequence[dict],
    rows: Sequence[dict],
    user,
    masked: dict[tuple[int, str], str],
    in_sheet: bool = False,
) -> tuple[Stored, list[int]]:
    """The stored row of each row or None, and the indexes of rows whose `id` leads nowhere.

    `rows` are clean as far as they are clean; `masked` holds masked raw values by (index, column name). `in_sheet`: the
    rows come from a sheet, which need not have a column for every part of the second key (the roster: birth date).
    """
    ids = {index: _id(raw["id"]) for index, raw in enumerate(raw_rows) if raw.get("id") not in (None, "")}
    by_id = ledger.within(user).filter(ledger.standing).in_bulk([key for key in ids.values() if key]) if ids else {}
    unknown = [index for index, key in ids.items() if key not in by_id]
    found = natural_matches(ledger, rows, user)
    if len(ledger.natural_key) == 1 and ledger.by_name[ledger.natural_key[0]].computed:
        _match_by_given_key(ledger, raw_rows, user, found)
    for index, key in ids.items():
        found[index] = by_id.get(key)
    lacking = [index for index, match in enumerate(found) if match is None and index not in ids]
    if ledger.second_key and lacking:
        _match_by_second_key(ledger, rows, user, masked, found, lacking, in_sheet)
    return found, unknown


def _id(raw) -> int | None:
    text = str(raw)
    return int(text) if text.isdecimal() and len(text) <= LONGEST_ID else None


def _attribute(ledger: Ledger, name: str) -> str:
    return ledger.by_name[name].field or name


def _blind_index_of(model: type[models.Model], attribute: str) -> BlindIndexField | None:
    return next(
        (f for f in model._meta.concrete_fields if isinstance(f, BlindIndexField) and f.source == attribute), None
    )


def natural_matches(ledger: Ledger, rows: Sequence[dict], user) -> Stored:
    """The standing row with the same natural key, for each row that tells all of it."""
    found: Stored = [None] * len(rows)
    names = ledger.natural_key
    if len(names) == 1 and (index_field := _blind_index_of(ledger.model, _attribute(ledger, names[0]))):
        keys = {index: index_field.value_for(row[names[0]]) for index, row in enumerate(rows) if row.get(names[0])}
        attributes = [index_field.attname]
        keys = {index: (key,) for index, key in keys.items()}
    else:
        attributes = [ledger.model._meta.get_field(_attribute(ledger, name)).attname for name in names]
        keys = {index: key for index, row in enumerate(rows) if (key := _key(row, names)) is not None}
    if not keys:
        return found
    # One column narrows the search (a reference where there is one); the rest of the key is compared here.
    narrow = next((a for a in attributes if a.endswith("_id")), attributes[0])
    position = attributes.index(narrow)
    candidates = ledger.within(user).filter(
        ledger.standing, **{f"{narrow}__in": {key[position] for key in keys.values()}}
    )
    stored = {tuple(getattr(row, attribute) for attribute in attributes): row for row in candidates}
    for index, key in keys.items():
        found[index] = stored.get(key)
    return found


def _key(row: dict, names: Sequence[str]) -> tuple | None:
    values = []
    for name in names:
        value = row.get(name)
        if isinstance(value, models.Model):
            value = value.pk
        if value is None:
            return None
        values.append(value)
    return tuple(values)


def _match_by_given_key(ledger: Ledger, raw_rows: Sequence[dict], user, found: Stored) -> None:
    """A key that the system gives is never clean, as nobody sets it; a sheet still tells by it which row is meant."""
    name = ledger.natural_key[0]
    keys = {index: as_text(raw[name]).strip() for index, raw in enumerate(raw_rows) if raw.get(name)}
    if not keys:
        return
    attribute = _attribute(ledger, name)
    rows = ledger.within(user).filter(ledger.standing, **{f"{attribute}__in": set(keys.values())})
    stored = {str(getattr(row, attribute)): row for row in rows}
    for index, key in keys.items():
        found[index] = stored.get(key)


def _match_by_second_key(ledger, rows, user, masked, found: Stored, lacking: list[int], in_sheet: bool) -> None:
    """A row is the one standing row that agrees in all that it tells of the second key, and with its masked values.

    A row with a natural key that nobody has is the standing one that has none yet (a newborn gets its ID number).
    """
    first, *others = ledger.second_key
    attribute = ledger.model._meta.get_field(_attribute(ledger, first)).attname
    natural = ledger.natural_key[0]
    parents = {index: _key(rows[index], [first]) for index in lacking}
    parents = {index: key[0] for index, key in parents.items() if key is not None}
    if not parents:
        return
    candidates = defaultdict(list)
    for row in ledger.within(user).filter(ledger.standing, **{f"{attribute}__in": set(parents.values())}):
        candidates[getattr(row, attribute)].append(row)
    for index, parent in parents.items():
        told = {_attribute(ledger, name): rows[index][name] for name in others if rows[index].get(name)}
        hidden = [(column, masked[index, column.name]) for column in ledger.written if (index, column.name) in masked]
        if len(told) < len(others) and not hidden and not (in_sheet and told):
            continue
        key = rows[index].get(natural)
        if natural in rows[index]:
            told[_attribute(ledger, natural)] = None if key else key  # told to be blank: the stored one must be so too
        fitting = [
            row
            for row in candidates[parent]
            if all(getattr(row, name) == value for name, value in told.items())
            and all(fits(ledger, column, raw, getattr(row, column.field or column.name)) for column, raw in hidden)
            and (not key or _may_get(row, _attribute(ledger, natural), key))
        ]
        if len(fitting) == 1:
            found[index] = fitting[0]


def _may_get(row: models.Model, attribute: str, value) -> bool:
    """Whether what is stored of a row agrees with a key that it would get (sex and birth date with an ID number)."""
    probe = copy.copy(row)
    setattr(probe, attribute, value)
    try:
        probe.clean()
    except ValidationError:
        return False
    return True
