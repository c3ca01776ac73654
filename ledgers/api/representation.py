"""Rows as the API shows them: values straight to JSON, sensitive ones masked, members with what hangs on them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable
from decimal import Decimal
from itertools import pairwise

import orjson
from django.db import models
from django.http import HttpResponse

from accounts import roles
from common.ledger import Column, Ledger, Privacy, registry
from common.terms import term
from ledgers.masking import is_sensitive, mask
from ledgers.presenting import division_code
from ledgers.queries import Order, read_page

BY_ID = Order(("id",))
RECORD_COLUMNS = (
    Column("version", Privacy.INTERNAL, heading=term("version", "版本"), kind="int"),
    Column("voided_at", Privacy.INTERNAL, heading=term("voided at", "作废时间"), kind="datetime", computed=True),
    Column("void_reason", Privacy.INTERNAL, heading=term("reason of voiding", "作废原因"), computed=True),
)


def json_answer(content, status: int = 200, **headers) -> HttpResponse:
    return HttpResponse(as_json(content), status=status, content_type="application/json", headers=headers)


def as_json(content) -> bytes:
    return orjson.dumps(content, default=_plain)


def _plain(value):
    if isinstance(value, Decimal):
        return float(value)
    return str(value)  # words of the declarations, which are bilingual


def shape(ledger: Ledger, rows: Iterable[dict], columns: Iterable[Column] | None = None) -> list[dict]:
    """Rows of `read_page` (with these columns) as JSON objects: `id` first, division codes as text, sensitive values
    masked."""
    change = _changes(ledger, ledger.columns if columns is None else columns)
    shaped = []
    for row in rows:
        item = {"id": row["id"], **row}
        for name, convert in change.items():
            item[name] = convert(item[name])
        shaped.append(item)
    return shaped


def _changes(ledger: Ledger, columns: Iterable[Column]) -> dict[str, Callable]:
    found: dict[str, Callable] = {}
    for column in columns:
        if is_sensitive(column):
            found[column.name] = _masker(ledger, column)
        elif ledger.kind(column) == "division":
            found[column.name] = lambda value: None if value is None else division_code(value)
    return found


def _masker(ledger: Ledger, column: Column) -> Callable:
    return lambda value: mask(ledger, column, value)


def children_of(ledger: Ledger) -> list[tuple[Ledger, str]]:
    """(child ledger, its column that names the parent) by the composite sheets: households have persons, and so on."""
    found: dict[str, tuple[Ledger, str]] = {}
    for sheet in registry.sheets.values():
        for above, level in pairwise(sheet.levels):
            if above.ledger == ledger.key:
                found.setdefault(level.ledger, (registry[level.ledger], level.parent))
    return list(found.values())


def parent_columns(ledger: Ledger) -> set[str]:
    """The columns by which rows of this ledger hang on others in a composite sheet."""
    return {
        level.parent for sheet in registry.sheets.values() for level in sheet.levels if level.ledger == ledger.key
    } - {""}


def with_children(ledger: Ledger, queryset: models.QuerySet, user) -> list[dict]:
    """The rows of a queryset (small), each with the rows that hang on it under their ledger's key, and theirs."""
    rows = read_page(queryset, api_columns(ledger), BY_ID, queryset.count() or 1).rows
    items = shape(ledger, rows)
    for child, parent in children_of(ledger):
        if not roles.can(user, "read", child.key):
            continue
        attribute = child.model._meta.get_field(child.by_name[parent].field or parent).attname
        mine = child.rows(user).filter(**{f"{attribute}__in": [item["id"] for item in items]})
        owners = dict(mine.values_list("pk", attribute))
        grouped = defaultdict(list)
        for item in with_children(child, mine, user):
            grouped[owners[item["id"]]].append(item)
        for item in items:
            item[child.key] = grouped[item["id"]]
    return items


def api_columns(ledger: Ledger) -> list[Column]:
    """What the API shows of a row."""
    return [*ledger.columns, *record_columns(ledger)]


def record_columns(ledger: Ledger) -> list[Column]:
    """What a row tells beyond its columns: the version to send back, and whether it was voided."""
    names = {model_field.name for model_field in ledger.model._meta.concrete_fields}
    return [column for column in RECORD_COLUMNS if column.name in names]
