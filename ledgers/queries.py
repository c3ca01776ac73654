"""Reading a ledger in pages: keyset pages by row comparison, capped counts, values without model instances."""

from __future__ import annotations

import base64
import binascii
import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

import orjson
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import F
from django.db.models.fields.tuple_lookups import Tuple, TupleGreaterThan, TupleLessThan
from django.utils.translation import gettext_lazy

from common.ledger import Column, Ledger

COUNT_CAP = 10_000


@dataclass(frozen=True)
class Order:
    """Sorting of a list: paths all in one direction, ending in the key, so that no two rows are equal."""

    paths: tuple[str, ...]
    descending: bool = False
    name: str = ""

    @property
    def parameter(self) -> str:
        return f"-{self.name}" if self.descending else self.name


def order_of(ledger: Ledger, parameter: str) -> Order:
    """The order that `sort=name` or `sort=-name` asks for, else the ledger's own."""
    name = parameter.removeprefix("-")
    if not name:
        return Order(ledger.sort)
    column = ledger.by_name.get(name)
    if column is None or not column.sort:
        raise ValidationError(
            gettext_lazy("This list cannot be sorted by “%(name)s”."), "unknown_sort", {"name": name[:40]}
        )
    return Order((column.path, "id"), parameter.startswith("-"), name)


@dataclass
class Page:
    """Rows as dicts by column name, with `id`, and the cursors of the neighbouring pages ('' where there is none)."""

    rows: list[dict]
    next: str = ""
    previous: str = ""


def read_page(queryset: models.QuerySet, columns: Sequence[Column], order: Order, size: int, cursor: str = "") -> Page:
    """One page of at most `size` rows after (or, for a cursor that begins with `-`, before) the cursor's row."""
    backwards = cursor.startswith("-")
    if cursor:
        last = decode_cursor(queryset.model, order, cursor.removeprefix("-"))
        compare = TupleLessThan if backwards != order.descending else TupleGreaterThan
        queryset = queryset.filter(compare(Tuple(*map(F, order.paths)), last))
    sign = "-" if backwards != order.descending else ""
    paths = [*(column.path for column in columns), *order.paths, "id"]
    width, names = len(columns), [column.name for column in columns]
    found = list(
        queryset.order_by(*(sign + path for path in order.paths)).values_list(*dict.fromkeys(paths))[: size + 1]
    )
    position = {path: index for index, path in enumerate(dict.fromkeys(paths))}
    keys = [position[path] for path in order.paths]
    more, found = len(found) > size, found[:size]
    if backwards:
        found.reverse()
    places = [position[path] for path in paths[:width]]
    key = position["id"]
    rows = [dict(zip(names, [row[place] for place in places], strict=True), id=row[key]) for row in found]
    page = Page(rows)
    if found:
        first, last = ([row[index] for index in keys] for row in (found[0], found[-1]))
        if more if backwards else cursor:
            page.previous = "-" + encode_cursor(first)
        if cursor if backwards else more:
            page.next = encode_cursor(last)
    return page


def encode_cursor(values: Sequence) -> str:
    """The sort values of a row as text of an address."""
    return base64.urlsafe_b64encode(orjson.dumps(list(values), default=str)).decode().rstrip("=")


def decode_cursor(model: type[models.Model], order: Order, cursor: str) -> tuple:
    """The sort values of a cursor. Raises bad_cursor for anything that this order did not give out."""
    fault = ValidationError(
        gettext_lazy("This page address is damaged. Start again from the first page."), "bad_cursor"
    )
    try:
        values = orjson.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
    except (ValueError, binascii.Error) as error:
        raise fault from error
    if not isinstance(values, list) or len(values) != len(order.paths):
        raise fault
    return tuple(
        _sort_value(field_at(model, path), value, fault) for path, value in zip(order.paths, values, strict=True)
    )


def _sort_value(model_field: models.Field, value, fault: ValidationError):
    kinds = {models.DateField: dt.date.fromisoformat, models.DecimalField: Decimal}
    try:
        for kind, read in kinds.items():
            if isinstance(model_field, kind) and isinstance(value, str):
                return read(value)
    except ArithmeticError as error:
        raise fault from error
    except ValueError as error:
        raise fault from error
    if isinstance(model_field, models.IntegerField):
        if isinstance(value, int) and abs(value) < 2**63:
            return value
    elif isinstance(value, str) and "\0" not in value:
        return value
    raise fault


def field_at(model: type[models.Model], path: str) -> models.Field:
    """The model field that a path of names leads to."""
    *through, last = path.split("__")
    for name in through:
        model = model._meta.get_field(name).related_model
    return model._meta.get_field(last)


def capped_count(queryset: models.QuerySet, cap: int = COUNT_CAP) -> tuple[int, bool]:
    """(number, whether there are more than the cap)."""
    found = queryset.order_by()[: cap + 1].count()
    return min(found, cap), found > cap


def listed_columns(ledger: Ledger, chosen: Sequence[str] = ()) -> list[Column]:
    """The columns of the list page: those the user chose, in the ledger's order, else the declared ones."""
    wanted = set(chosen) & set(ledger.by_name) or {column.name for column in ledger.columns if column.listed}
    return [column for column in ledger.columns if column.name in wanted]
