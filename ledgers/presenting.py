"""Values as people read them: codes in words, divisions by name, sensitive ones masked."""

from __future__ import annotations

import datetime as dt
from collections.abc import Container, Iterable, Sequence
from decimal import Decimal

from django.db import models
from django.utils.translation import gettext as _

from common import clock, codes
from common.ledger import Column, Ledger
from divisions.queries import names_of
from ledgers.masking import shown_as

WIDTHS = {"date": "w-date", "int": "w-num", "decimal": "w-num", "code": "w-tag", "division": "w-name"}
NUMBERS = ("int", "decimal")


class Presenter:
    """Turns stored values of one ledger into words for one user; `prepare` fetches all division names at once."""

    def __init__(self, ledger: Ledger, user, columns: Sequence[Column] | None = None):
        self.ledger = ledger
        self.user = user
        self.columns = list(ledger.columns if columns is None else columns)
        self.kinds = {column.name: ledger.kind(column) for column in self.columns}
        self._lists = {
            column.name: codes.code_list(list_id) for column in self.columns if (list_id := ledger.list_of(column))
        }
        self._in_words = {
            column.name: in_words
            for column in ledger.columns
            if (in_words := getattr(ledger.model_field(column), "in_words", None))
        }
        self._names: dict[int, str] = {}

    def prepare(self, rows: Iterable[dict]) -> None:
        """Look up the names of the divisions in these rows (dicts by column name), once for all."""
        names = [name for name, kind in self.kinds.items() if kind == "division"]
        if not names:
            return
        wanted = {row[name] for row in rows for name in names if row.get(name)} - self._names.keys()
        if wanted:
            self._names |= names_of(wanted, clock.today())

    def text(self, column: Column, value) -> str:
        """The words for one value; nothing is an empty text."""
        if value is None or value == "":
            return ""
        value = shown_as(self.ledger, column, value)
        if column.name in self._lists:
            return self._lists[column.name].label(str(value))
        kind = self.kinds[column.name]
        if kind == "division":
            return self._names.get(value) or division_code(value)
        if isinstance(value, bool):
            return _("yes") if value else _("no")
        if kind in NUMBERS and isinstance(value, int | Decimal):
            return f"{value:,}" if column.grouped else str(value)
        if column.name in self._in_words:
            return str(self._in_words[column.name](value))
        if isinstance(value, dt.datetime):
            return f"{value.astimezone(clock.CHINA):%Y-%m-%d %H:%M}"
        return str(value)

    def align(self, column: Column) -> str:
        return "num" if self.kinds[column.name] in NUMBERS else ""

    def width_class(self, column: Column) -> str:
        if column.name.endswith("id_number"):
            return "w-id"
        if column.name in ("name", "head_name", "person_name"):
            return "w-name"
        if column.filter == "exact" or column.name.endswith("code"):
            return "w-code"
        return WIDTHS.get(self.kinds[column.name], "")


def division_code(code: int | None) -> str:
    """A division code as it is written: 12 digits; the nation is 0."""
    return "" if code is None else str(code)


def values_of(ledger: Ledger, row: models.Model, names: Container[str] | None = None) -> dict[str, object]:
    """The stored values of one instance by column name, for the columns that the instance itself holds (or `names` of them)."""
    found = {}
    for column in ledger.written:
        if names is not None and column.name not in names:
            continue
        value = getattr(row, column.field or column.name)
        if column.reference and value is not None:
            value = getattr(value, column.reference.by)
        found[column.name] = value
    return found
