"""The user's own workbook given back with its faults marked beside the cells, ready to be corrected and imported again."""

import re
import zipfile
from bisect import bisect_right
from collections import defaultdict
from datetime import date, time, timedelta
from functools import partial
from html import escape

from openpyxl import Workbook, load_workbook
from openpyxl.cell import MergedCell
from openpyxl.comments import Comment
from openpyxl.styles import Alignment, Font, PatternFill
from openpyxl.utils import get_column_letter
from openpyxl.utils.datetime import to_excel
from openpyxl.worksheet.cell_range import CellRange

from .cells import FORBIDDEN
from .headings import MARKS_HEADING
from .limits import USUAL
from .package import open_package
from .reading import read_package

AUTHOR = "核对"
COMMENT_START = "核对：\n"  # LibreOffice forgets the author
FAULT_COLOUR = "FFFFC7CD"  # a shade that no palette offers: older marks are known by it
FAULT_FILL = PatternFill("solid", fgColor=FAULT_COLOUR)
MARKS_WIDTH = 60
MOST_COMMENTS = 3000  # a sheet; further faults are filled and stand in the marks column
MOST_CELLS = 1_500_000  # openpyxl needs some 400 bytes for each, empty or not
LARGEST_MERGE = 10_000
FORMULA_CELL = re.compile(
    r'<c r="([A-Z]+[0-9]+)"([^>]*)>(<f[^>]*>[^<]*</f>|<f[^>]*/>)<v ?/></c>|'
    r'<c r="([A-Z]+[0-9]+)"([^>]*)>(<f[^>]*>[^<]*</f>|<f[^>]*/>)<v></v></c>'
)


def mark_workbook(source, target, problems, headings, limits=USUAL):
    """Writes to `target` the workbook at `source` with `problems` marked; older marks are taken out.

    `problems`: (sheet title, Excel row number, column index from 0 or None, message); `headings`: the Headings by sheet title.
    A faulty cell, or the first of its merged range, is filled and has a comment; the column 核对结果 to the right of the
    table has all messages of the row. Styles, merged cells, formulas and the rest stay; macros do not. A workbook that
    openpyxl cannot load, or that would take too much memory, is given back as its plain values.

    Raises WorkbookError as read_workbook() does.
    """
    package = open_package(source, limits)
    values = read_package(package)
    book = editable_copy(package, values)
    by_sheet = defaultdict(list)
    for sheet, row, column, message in problems:
        by_sheet[sheet].append((row, column, FORBIDDEN.sub("", str(message))))
    contents = {sheet.title: dict(sheet.rows) for sheet in values.visible}
    for title, found in headings.items():
        remove_marks(book[title], found)
    for title, faults in by_sheet.items():
        mark_cells(book[title], faults)
        if title in headings:
            mark_rows(book[title], faults, headings[title], contents[title])
    formulas = {title: restore_values(book[title], rows) for title, rows in contents.items()}
    book.save(target)
    if any(formulas.values()):
        keep_calculated(target, book, formulas)


def editable_copy(package, values):
    if sum(sheet.cells for sheet in package.sheets) <= MOST_CELLS:
        try:
            with package.without_merges() as (bare, merges):
                book = load_workbook(bare, rich_text=True)
            for title, ranges in merges.items():
                book[title].merged_cells.ranges.update(map(CellRange, ranges))  # add() compares each with all
            return book
        except (ValueError, TypeError, KeyError, IndexError, AttributeError):
            pass  # how openpyxl fails on parts that it takes for invalid (filters, names, styles of other programs)
    return plain_copy(values)


def plain_copy(values):
    book = Workbook()
    book.remove(book.active)
    for sheet in values.visible:
        target = book.create_sheet(sheet.title)
        for number, row in sheet.rows:
            for column, value in enumerate(row, 1):
                if value is not None:
                    put(target.cell(number, column), value)
        last = sheet.rows[-1][0] if sheet.rows else 0
        for top, left, bottom, right in sheet.merges:
            if bottom <= last and (bottom - top + 1) * (right - left + 1) <= LARGEST_MERGE:
                target.merge_cells(start_row=top, start_column=left + 1, end_row=bottom, end_column=right + 1)
    return book


def put(cell, value):
    """Sets a value; text that begins with = stays text."""
    cell.value = value
    if isinstance(value, str):
        cell.data_type = "s"


def remove_marks(sheet, headings):
    for row in sheet.iter_rows():
        for cell in row:
            if cell.comment and cell.comment.text.startswith(COMMENT_START):
                cell.comment = None
            if cell.has_style and cell.fill.fgColor.rgb == FAULT_COLOUR:
                cell.fill = PatternFill()
    if headings.marks_column is not None:
        for (cell,) in sheet.iter_rows(
            min_row=headings.last_row + 1, min_col=headings.marks_column + 1, max_col=headings.marks_column + 1
        ):
            cell.value = None


def mark_cells(sheet, faults):
    messages = defaultdict(list)
    first_cell = first_cells(sheet, {column for _, column, _ in faults if column is not None})
    for row, column, message in faults:
        if column is not None:
            messages[first_cell(row, column)].append(message)
    for number, ((row, column), texts) in enumerate(messages.items()):
        cell = sheet.cell(row, column + 1)
        cell.fill = FAULT_FILL
        if number < MOST_COMMENTS and cell.comment is None:  # the user's own comment stays
            text = COMMENT_START + "\n".join(texts)
            cell.comment = Comment(text, AUTHOR, width=280, height=40 + 20 * (1 + len(text) // 18 + text.count("\n")))


def first_cells(sheet, columns):
    """A function from (row, column index) to the first cell of the merged range there, for cells of these columns."""
    ranges = defaultdict(list)
    for merged in sheet.merged_cells.ranges:
        for column in columns:
            if merged.min_col <= column + 1 <= merged.max_col:
                ranges[column].append((merged.min_row, merged.max_row, merged.min_col - 1))
    for spans in ranges.values():
        spans.sort()

    def first_cell(row, column):
        spans = ranges[column]
        index = bisect_right(spans, (row, float("inf"), 0)) - 1
        if index >= 0 and row <= spans[index][1]:
            return spans[index][0], spans[index][2]
        return row, column

    return first_cell


def mark_rows(sheet, faults, headings, rows):
    column = headings.marks_column
    if column is None:
        column = free_column(sheet, headings, rows)
        heading = sheet.cell(headings.first_row, column + 1, MARKS_HEADING)
        heading.font, heading.alignment = Font(bold=True), Alignment(horizontal="center", vertical="center")
        if headings.last_row > headings.first_row:
            sheet.merge_cells(
                start_row=headings.first_row, end_row=headings.last_row, start_column=column + 1, end_column=column + 1
            )
        sheet.column_dimensions[get_column_letter(column + 1)].width = MARKS_WIDTH
    messages = defaultdict(dict)
    for row, _, message in faults:
        if row > headings.last_row:
            messages[row][message] = True
    for row, texts in messages.items():
        cell = sheet.cell(row, column + 1)
        put(cell, "\n".join(texts))
        cell.alignment = Alignment(wrap_text=True, vertical="center")


def free_column(sheet, headings, rows):
    """The first column to the right of the heading and of everything in the sheet's rows."""
    last = headings.last_column
    for row in rows.values():
        last = max(last, max((index for index, value in enumerate(row) if value is not None), default=0))
    return (
        max(
            [last, *(merged.max_col - 1 for merged in sheet.merged_cells.ranges if merged.max_row <= headings.last_row)]
        )
        + 1
    )


def restore_values(sheet, rows):
    """{reference: calculated value} of the formulas, which openpyxl does not write beside them.

    A number that is too large for the date format that it stands in (20180503) is put back, where openpyxl has an error."""
    formulas = {}
    for row in sheet.iter_rows():
        for cell in row:
            if isinstance(cell, MergedCell):
                continue
            if cell.value is None:
                cell.data_type = "n"  # an empty text cell would be written without its text element
            if cell.data_type not in ("f", "e"):
                continue
            values = rows.get(cell.row, ())
            value = values[cell.column - 1] if cell.column <= len(values) else None
            if cell.data_type == "f":
                if value is not None:
                    formulas[cell.coordinate] = value
            elif isinstance(value, (int, float)):
                cell.value = value
    return formulas


def keep_calculated(path, book, formulas):
    """Puts the calculated values beside the formulas of the saved workbook, so that it can be imported unopened."""
    parts = {
        f"xl/worksheets/sheet{number}.xml": formulas.get(sheet.title) for number, sheet in enumerate(book.worksheets, 1)
    }
    with zipfile.ZipFile(path) as archive:
        contents = {name: archive.read(name) for name in archive.namelist()}
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in contents.items():
            values = parts.get(name)
            if values:
                content = FORMULA_CELL.sub(partial(with_value, values), content.decode()).encode()
            archive.writestr(name, content)


def with_value(values, match):
    reference, attributes, formula = [part for part in match.groups() if part is not None]
    value = values.get(reference)
    if value is None or (isinstance(value, str) and value.startswith("=")):  # never calculated
        return match[0]
    attributes = re.sub(r' t="[a-z]+"', "", attributes)
    if isinstance(value, bool):
        kind, value = ' t="b"', int(value)
    elif isinstance(value, str):
        kind, value = ' t="e"' if value.startswith("#") else ' t="str"', escape(value)
    else:
        kind, value = "", to_excel(value) if isinstance(value, (date, time, timedelta)) else value
    return f'<c r="{reference}"{attributes}{kind}>{formula}<v>{value}</v></c>'
