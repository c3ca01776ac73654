"""The rows of an export as streams: values in official words, a few thousand at a time from a server-side cursor."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from itertools import islice

from django.db import models

from common import codes
from common.clock import CHINA
from common.excel.writing import RowBlock
from common.ledger import Ledger
from common.terms import official
from divisions.queries import names_of
from ledgers.masking import is_sensitive, mask
from ledgers.shapes import Shape, ShapeColumn

ROWS_AT_ONCE = 2000


class Words:
    """Turns stored values of some columns into what the sheet says. `clear`: sensitive columns are not masked."""

    def __init__(self, columns: Sequence[ShapeColumn], clear: bool, on: dt.date):
        self.on = on
        self.names: dict[int, str] = {}
        kinds = [column.ledger.kind(column.column) for column in columns]
        self.divisions = [index for index, kind in enumerate(kinds) if kind == "division"]
        self.converters = [
            (index, convert)
            for index, (column, kind) in enumerate(zip(columns, kinds, strict=True))
            if (convert := self.converter(column, kind, clear)) is not None
        ]

    def converter(self, column: ShapeColumn, kind: str, clear: bool) -> Callable | None:
        ledger, declared = column.ledger, column.column
        if is_sensitive(declared) and not clear:
            return lambda value: mask(ledger, declared, value) or None
        if list_id := ledger.list_of(declared):
            labels = {code: item.zh for code, item in codes.code_list(list_id).items.items()}
            return lambda value: labels.get(str(value), value) if value not in (None, "") else None
        if kind == "division":
            return lambda value: None if value is None else self.names.get(value) or str(value)
        if kind == "bool":
            return {True: "是", False: "否"}.get
        model_field = ledger.model_field(declared)
        if in_words := getattr(model_field, "in_words", None):
            return lambda value: (
                None if value is None else official(told) if (told := in_words(value)) != value else value
            )
        if isinstance(model_field, models.DateTimeField):
            return lambda value: value and f"{value.astimezone(CHINA):%Y-%m-%d %H:%M}"
        return None

    def of(self, rows: Sequence[tuple], skip: int) -> list[list]:
        """Values without the `skip` keys in front of each row."""
        if self.divisions:
            wanted = {row[skip + index] for row in rows for index in self.divisions} - self.names.keys() - {None}
            if wanted:
                self.names |= names_of(wanted, self.on)
        found = []
        for row in rows:
            values = list(row[skip:])
            for index, convert in self.converters:
                values[index] = convert(values[index])
            found.append(values)
        return found


def chunks(rows: Iterator, size: int = ROWS_AT_ONCE) -> Iterator[list]:
    while chunk := list(islice(rows, size)):
        yield chunk


def plain_rows(
    queryset: models.QuerySet, columns: Sequence[ShapeColumn], *, clear: bool, on: dt.date
) -> Iterator[list]:
    words = Words(columns, clear, on)
    paths = [column.column.path for column in columns]
    for chunk in chunks(queryset.values_list(*paths).iterator(chunk_size=ROWS_AT_ONCE)):
        yield from words.of(chunk, 0)


class Composite:
    """The blocks of a composite sheet: outermost rows of one queryset with all standing rows below them."""

    def __init__(self, shape: Shape, user, *, clear: bool, on: dt.date):
        self.shape, self.user = shape, user
        self.columns = [shape.at(depth) for depth in range(len(shape.levels))]
        self.words = [Words(columns, clear, on) for columns in self.columns]
        # Where the values of each level stand among the sheet's columns.
        self.places = [[shape.columns.index(column) for column in columns] for columns in self.columns]
        self.width = len(shape.columns)

    def blocks(self, outer: models.QuerySet) -> Iterator[RowBlock]:
        number = 0
        paths = [column.column.path for column in self.columns[0]]
        rows = outer.order_by("pk").values_list("pk", *paths).iterator(chunk_size=ROWS_AT_ONCE)
        for chunk in chunks(rows):
            below = self.below(1, [row[0] for row in chunk])
            for row, values in zip(chunk, self.words[0].of(chunk, 1), strict=True):
                number += 1
                yield RowBlock(list(self.lines(number, values, below.get(row[0], ()))))

    def below(self, depth: int, parents: list) -> dict[int, list]:
        """Rows of a level by the key of what they hang on: [(values, rows below)]."""
        if depth == len(self.shape.levels):
            return {}
        ledger: Ledger = self.shape.levels[depth][0]
        link = self.shape.levels[depth][1]
        paths = [column.column.path for column in self.columns[depth]]
        only = self.shape.declared.levels[depth].only
        rows = list(
            ledger.rows(self.user)
            .filter(only, **{f"{link}__in": parents})
            .order_by("pk")
            .values_list("pk", f"{link}_id", *paths)
        )
        below = self.below(depth + 1, [row[0] for row in rows]) if rows else {}
        found = defaultdict(list)
        for row, values in zip(rows, self.words[depth].of(rows, 2), strict=True):
            found[row[1]].append((values, below.get(row[0], ())))
        return found

    def lines(self, number: int, values: list, members) -> Iterator[list]:
        """The sheet's rows of a block. Cells of an inner level that goes on over several rows stand on the first."""
        first = [None] * self.width
        self.put(first, 0, values)
        lines = self.spread(1, first, members)
        numbered = self.shape.declared.numbered
        for line in lines:
            self.put(line, 0, values)
            yield [number, *line] if numbered else line

    def spread(self, depth: int, line: list, members) -> list[list]:
        if not members:
            return [line]
        lines = []
        for index, (values, below) in enumerate(members):
            own = line if index == 0 else [None] * self.width
            self.put(own, depth, values)
            lines += self.spread(depth + 1, own, below)
        return lines

    def put(self, line: list, depth: int, values: list) -> None:
        for place, value in zip(self.places[depth], values, strict=True):
            line[place] = value
