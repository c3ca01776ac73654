"""Official workbooks written as a stream: whatever the number of rows, a thousand of them are in memory.

openpyxl writes the frame of the package (styles, properties, names, the hidden lists of choices); the worksheets, which are
all that grows, are written here.
"""

import io
import os
import re
import zipfile
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import chain
from pathlib import Path

from openpyxl import Workbook

from .scanning import column_letters
from .sheet import ColumnSpec, RowBlock, SheetSpec, SheetWriter, Template
from .styles import Styles

__all__ = ["ColumnSpec", "Properties", "RowBlock", "SheetSpec", "legal_sheet_name", "write_template", "write_workbook"]

ROWS_AT_ONCE = 1000
BLANK_TEMPLATE_ROWS = 200
CHOICES_SHEET = "选项"
LONGEST_SHEET_NAME = 31
FORBIDDEN_IN_NAMES = re.compile(r"[\[\]:*?/\\\x00-\x1f]+")


@dataclass(frozen=True)
class Properties:
    """What the file says of itself: who exported it and when, from what and with which filters."""

    creator: str
    created: datetime
    title: str = ""
    description: str = ""
    template: str | None = None


def write_workbook(path, sheets, properties, progress=None):
    """Writes `sheets`, pairs of (SheetSpec, iterable of value tuples or RowBlocks), to `path`; returns the number of rows.

    A table that is longer than a sheet goes on in a further one. `progress(rows_done)` is called every thousand rows; what
    it raises ends the writing. Nothing stands at `path` until the file is whole.
    """
    with PackageWriter(path, properties) as package:
        for spec, rows in sheets:
            package.table(spec, rows, progress)
    return package.rows_written


def write_template(path, spec, properties, hints=None, sample=()):
    """Writes an empty form of the table to `path`: the frame with its note above the heading, drop-downs, `hints` by column
    key, shown when a cell is chosen, and `sample`, a tuple of values shown in grey that an import leaves out."""
    blank = (None,) * len(spec.columns)
    with PackageWriter(path, properties) as package:
        package.table(spec, [blank] * BLANK_TEMPLATE_ROWS, template=Template(hints or {}, tuple(sample)))


class PackageWriter:
    def __init__(self, path, properties):
        self.path = Path(path)
        self.partial = self.path.with_name(self.path.name + ".part")
        self.properties = properties
        self.book = Workbook()
        self.book.remove(self.book.active)
        self.styles = Styles(self.book)
        self.names = {CHOICES_SHEET}
        self.choices = {}
        self.rows_written = 0

    def __enter__(self):
        self.archive = zipfile.ZipFile(self.partial, "w", zipfile.ZIP_DEFLATED, compresslevel=1)
        return self

    def __exit__(self, kind, error, trace):
        try:
            if kind is None:
                self.write_frame()
            self.archive.close()
            if kind is None:
                os.replace(self.partial, self.path)
        finally:
            self.partial.unlink(missing_ok=True)

    def table(self, spec, rows, progress=None, template=None):
        rest, continued = chunks(rows), False
        while rest is not None:
            rest, continued = self.sheet(spec, rest, continued, progress, template)

    def sheet(self, spec, chunks_left, continued, progress, template):
        """Writes as many of the chunks as fit. Returns what is left of them, or None, and whether there is more than one sheet."""
        frame = self.book.create_sheet(legal_sheet_name(spec.name, self.names))
        number = len(self.book.worksheets) - 1  # the helping sheet of the styles comes first and goes in the end
        left = None
        with self.archive.open(f"xl/worksheets/sheet{number}.xml", "w", force_zip64=True) as out:
            writer = SheetWriter(lambda text: out.write(text.encode()), spec, self.styles, self.choice_range, template)
            writer.head()
            for rows, blocks in chunks_left:
                if len(rows) > writer.room:
                    rows, blocks, left = split(rows, blocks, writer.room, chunks_left)
                    if not rows and not writer.rows_written:
                        raise ValueError("a block of rows is longer than a sheet")
                writer.rows(rows, blocks)
                if template is None:
                    self.rows_written += len(rows)
                if progress:
                    progress(self.rows_written)
                if left is not None:
                    break
            continued = continued or left is not None
            writer.tail(continued)
        frame.print_title_rows = writer.title_rows
        if writer.title_columns:
            frame.print_title_cols = writer.title_columns
        if writer.filter_range:
            frame.auto_filter.ref = writer.filter_range
        return left, continued

    def choice_range(self, choices):
        """The address of the hidden cells that list `choices`."""
        letters = self.choices.setdefault(tuple(choices), len(self.choices))
        return f"'{CHOICES_SHEET}'!${column_letters(letters)}$1:${column_letters(letters)}${len(choices)}"

    def write_frame(self):
        if not self.names - {CHOICES_SHEET}:
            raise ValueError("a workbook needs a sheet")
        self.styles.discard()
        if self.choices:
            sheet = self.book.create_sheet(CHOICES_SHEET)
            sheet.sheet_state = "hidden"
            for column, choices in enumerate(self.choices, 1):
                for row, choice in enumerate(choices, 1):
                    cell = sheet.cell(row, column, str(choice))
                    cell.data_type = "s"  # a choice that begins with = is no formula
        properties = self.book.properties
        properties.creator = properties.lastModifiedBy = self.properties.creator
        created = self.properties.created
        properties.created = created.astimezone(UTC).replace(tzinfo=None) if created.tzinfo else created
        properties.title, properties.description = self.properties.title, self.properties.description
        properties.identifier = self.properties.template
        self.book.active = 0
        frame = io.BytesIO()
        self.book.save(frame)
        written = set(self.archive.namelist())
        with zipfile.ZipFile(frame) as parts:
            for name in parts.namelist():
                if name not in written:
                    self.archive.writestr(name, parts.read(name))


def chunks(rows):
    """(list of value tuples, [(index, count) of each block of several rows]), about a thousand rows each. A block stays whole."""
    values, blocks = [], []
    for item in rows:
        if isinstance(item, RowBlock):
            if len(item.rows) > 1:
                blocks.append((len(values), len(item.rows)))
            values += item.rows
        else:
            values.append(item)
        if len(values) >= ROWS_AT_ONCE:
            yield values, blocks
            values, blocks = [], []
    if values:
        yield values, blocks


def split(rows, blocks, room, later):
    """(rows that fit, their blocks, the rest before `later`); a block that does not fit whole goes to the rest."""
    for start, count in blocks:
        if start < room < start + count:
            room = start
    kept = [(start, count) for start, count in blocks if start < room]
    moved = [(start - room, count) for start, count in blocks if start >= room]
    return rows[:room], kept, chain([(rows[room:], moved)], later)


def legal_sheet_name(name, taken):
    """`name` as Excel allows it: at most 31 UTF-16 units, none of []:*?/\\, unlike every name in `taken`, to which it is added."""
    base = FORBIDDEN_IN_NAMES.sub(" ", name).strip(" '") or "Sheet"
    if base.casefold() == "history":  # Excel keeps this one for itself
        base += "_"
    used = {other.casefold() for other in taken}
    number, candidate = 1, shortened(base, "")
    while candidate.casefold() in used:
        number += 1
        candidate = shortened(base, f" ({number})")
    taken.add(candidate)
    return candidate


def shortened(base, ending):
    units = (base + ending).encode("utf-16-le")
    if len(units) > 2 * LONGEST_SHEET_NAME:
        base = (
            base.encode("utf-16-le")[: 2 * (LONGEST_SHEET_NAME - len(ending))]
            .decode("utf-16-le", "ignore")
            .rstrip(" '")
        )
    return base + ending
