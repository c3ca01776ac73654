"""From a workbook to a tree of raw rows: households with their members with their jobs, each at its place in the file."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from django.db import models
from django.utils.translation import gettext as _

from common.excel.headings import Headings, data_rows, match_sheets
from common.excel.reading import read_workbook
from common.problems import Problem
from ledgers.imports.progress import no_collection
from ledgers.shapes import Shape, ShapeColumn

TITLE_NAME = re.compile(r"[（(]([^（）()]+)[）)]\s*$")
SHEET_NUMBER = re.compile(r"\s*[（(]\d+[）)]\s*$")


@dataclass(slots=True, eq=False)
class Row:
    """One row of one level. `raw` are the cells that are filled, `clean` what they mean; `stored` the row that is
    changed, `changes` what differs from it, `instance` the stored or the unsaved object that rows below refer to."""

    depth: int
    sheet: Sheet
    number: int
    raw: dict
    parent: Row | None = None
    children: list[Row] = field(default_factory=list)
    clean: dict = field(default_factory=dict)
    stored: models.Model | None = None
    changes: dict = field(default_factory=dict)
    instance: models.Model | None = None
    refused: bool = False

    @property
    def root(self) -> Row:
        row = self
        while row.parent is not None:
            row = row.parent
        return row

    def family(self) -> Iterator[Row]:
        yield self
        for child in self.children:
            yield from child.family()


@dataclass(eq=False)
class Sheet:
    """A sheet that holds the table. `names` are what it may be called by: the sheet's name, the name in its title."""

    title: str
    headings: Headings
    names: list[str]
    refused: bool = False

    def heading(self, key: str, otherwise: str) -> str:
        index = self.headings.index(key)
        return otherwise if index is None else self.headings.texts.get(index, otherwise)


@dataclass
class Source:
    """What was read: the outermost rows with all below them, how many rows each level has, and what was left aside."""

    blocks: list[Row]
    counts: list[int]
    sheets: list[Sheet]
    problems: list[Problem]
    hidden: list[str]
    skipped: list[str]


@no_collection()
def read_source(path: Path, shape: Shape, told: Collection[str] = ()) -> Source:
    """Read the workbook; columns that are `told` for the whole file need not stand in it.

    Raises WorkbookError for a file that is no such workbook.
    """
    workbook = read_workbook(path)
    matches = match_sheets(workbook, shape.expected(told))
    source = Source([], [0] * len(shape.levels), [], [], [sheet.title for sheet in workbook.hidden], [])
    matched = set()
    for sheet_rows, headings in matches:
        matched.add(sheet_rows.title)
        sheet = Sheet(sheet_rows.title, headings, _names(sheet_rows.title, headings.preamble))
        source.sheets.append(sheet)
        source.problems += _heading_problems(sheet, shape)
        _read_rows(sheet_rows, sheet, shape, source)
    source.skipped = [sheet.title for sheet in workbook.visible if sheet.title not in matched]
    return source


def _names(title: str, preamble: list[str]) -> list[str]:
    """A sheet's name is cut at 31 characters and numbered where it would stand twice; its title line is not."""
    names = [title, SHEET_NUMBER.sub("", title)]
    told = TITLE_NAME.search(preamble[0]) if preamble else None
    if told and told[1].startswith(names[1].rstrip("…")[:20]):
        names.insert(0, told[1])
    return list(dict.fromkeys(names))


def _heading_problems(sheet: Sheet, shape: Shape) -> Iterator[Problem]:
    row = sheet.headings.last_row
    for column in sheet.headings.missing:
        sheet.refused = True
        yield Problem(
            row,
            column.key,
            "",
            "missing_column",
            _("The column “%(heading)s” is missing. Add it, or fill in the template.") % {"heading": column.heading},
            sheet.title,
            column.heading,
        )
    for _index, heading in sheet.headings.duplicates:
        sheet.refused = True
        yield Problem(
            row,
            "",
            heading,
            "duplicate_column",
            _("The column “%(heading)s” is there twice. Delete one of the two.") % {"heading": heading},
            sheet.title,
            heading,
        )
    for _index, heading in sheet.headings.unknown:
        yield Problem(
            row,
            "",
            heading,
            "unknown_column",
            _("The column “%(heading)s” is not known; its values are not imported.") % {"heading": heading},
            sheet.title,
            heading,
            warning=True,
        )


def _read_rows(sheet_rows, sheet: Sheet, shape: Shape, source: Source) -> None:
    levels = []
    for depth in range(len(shape.levels)):
        columns = [c for c in shape.at(depth) if sheet.headings.index(c.key) is not None]
        # A remark beside the groups says something about a row, not that it is there.
        telling = [c.key for c in columns if c.group or depth == 0]
        names = [(c.key, c.column.name) for c in columns if not c.read_only or _tells_row(c)]
        levels.append((telling, names))
    current: list[Row | None] = [None] * len(levels)
    for number, cells in data_rows(sheet_rows, sheet.headings):
        told = [any(cells[key] is not None for key in telling) for telling, _names in levels]
        for depth, (_telling, names) in enumerate(levels):
            if not told[depth]:
                continue
            raw = {name: cells[key] for key, name in names if cells[key] is not None}
            above = current[depth]
            if above is not None and raw and any(told[depth + 1 :]) and _continues(above.raw, raw):
                continue  # the outer cells are repeated on every row instead of merged
            row = Row(depth, sheet, number, raw)
            current[depth:] = [row] + [None] * (len(levels) - depth - 1)
            source.counts[depth] += 1
            if depth == 0:
                source.blocks.append(row)
            elif current[depth - 1] is None:
                source.problems.append(_orphan(row, shape))
            else:
                row.parent = current[depth - 1]
                row.parent.children.append(row)


def _tells_row(column: ShapeColumn) -> bool:
    """A key that the system gives: it is never set by a sheet, but tells which stored row is meant."""
    return column.column.computed and column.column.name in column.ledger.natural_key


def _continues(above: dict, raw: dict) -> bool:
    return all(above.get(name) == value for name, value in raw.items())


def _orphan(row: Row, shape: Shape) -> Problem:
    column = next(c for c in shape.at(row.depth - 1) if not c.read_only)
    heading = row.sheet.heading(column.key, column.heading)
    return Problem(
        row.number,
        column.key,
        "",
        "no_parent",
        _("Nothing in or above this row says what it belongs to. Fill in “%(heading)s”.") % {"heading": heading},
        row.sheet.title,
        heading,
    )
