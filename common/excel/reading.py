"""Reading an uploaded workbook: every visible sheet's rows as typed values."""

from dataclasses import dataclass, field

from python_calamine import CalamineError, CalamineWorkbook

from .limits import USUAL, WorkbookError
from .package import open_package

EXACT_INTEGERS = 1e15  # Excel keeps 15 digits; a longer number has lost some


@dataclass
class SheetRows:
    """`rows`: (Excel row number, values by column index), blank rows left out; none for a hidden sheet.

    A value is None, text as it stands, int, float, bool, date, datetime, time or timedelta. A whole number is an int up to
    15 digits; a float beyond that tells that digits are lost. A formula is its last value; an error (`#N/A`) and a formula
    that was never calculated (`=A1+B1`) are text.
    `merges`: (first row, first column index, last row, last column index); the value stands in the first cell alone.
    """

    title: str
    visible: bool
    rows: list = field(default_factory=list)
    merges: list = field(default_factory=list)


@dataclass
class Workbook:
    sheets: list
    template: str | None = None  # key and version of the template that the file was made from

    @property
    def visible(self):
        return [sheet for sheet in self.sheets if sheet.visible]

    @property
    def hidden(self):
        return [sheet for sheet in self.sheets if not sheet.visible]


def read_workbook(path, limits=USUAL):
    """Reads the workbook at `path` whole. Macros and links to other files are left alone.

    Raises WorkbookError; its codes are the keys of limits.MESSAGES.
    """
    return read_package(open_package(path, limits))


def read_package(package):
    """The Workbook of a file that open_package() has let through."""
    with package.readable() as readable, open(readable, "rb") as file:
        try:
            book = CalamineWorkbook.from_filelike(file)
            sheets = [
                read_sheet(book, scan) if scan.visible else SheetRows(scan.title, False) for scan in package.sheets
            ]
        except CalamineError as error:
            raise WorkbookError("damaged") from error
    if not any(sheet.rows for sheet in sheets):
        raise WorkbookError("no_sheet")
    return Workbook(sheets, package.template)


def read_sheet(book, scan):
    source = book.get_sheet_by_name(scan.title)
    rows = []
    replaced_rows = {row for row, _ in scan.replaced}
    for number, values in enumerate(source.iter_rows(), (source.start or (0, 0))[0] + 1):
        values = [
            None if value == "" else plain(value) if type(value) is float or type(value) is str else value
            for value in values
        ]
        if number in replaced_rows:
            for column in range(len(values)):
                values[column] = scan.replaced.get((number, column), values[column])
        if any(value is not None for value in values):
            rows.append((number, tuple(values)))
    merges = [(top + 1, left, bottom + 1, right) for (top, left), (bottom, right) in source.merged_cell_ranges or ()]
    return SheetRows(scan.title, True, rows, merges)


def plain(value):
    if type(value) is float:
        return int(value) if value.is_integer() and abs(value) < EXACT_INTEGERS else value
    if type(value) is str and (not value or value.isspace()):
        return None
    return value
