"""One worksheet of the official frame as XML: title, unit line, two-row heading, rows, totals, note, signature, print set-up."""

from array import array
from dataclasses import dataclass, field
from itertools import chain, groupby

from .cells import column_cells, is_number, string_cell, xml_text
from .printing import PAPER, SIDE_MARGIN, Lines, pages_across, row_heights, text_width
from .scanning import column_letters

NAMESPACES = (
    'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main" '
    'xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships"'
)
LAST_ROW = 1_048_576
ROWS_BELOW_DATA = 4  # totals, note, an empty row, signature
TOTAL_LABEL, PART_TOTAL_LABEL = "合计", "本表合计"
FUNCTIONS = {"sum": 9, "count": 3}  # of SUBTOTAL: they follow the filter
PROMPT_LENGTH = 255
TEMPLATE_LAST_ROW = 5000  # so far down its drop-downs reach


@dataclass(frozen=True)
class ColumnSpec:
    """A column to write. `kind`: text, date, int, decimal or money; a value that its kind cannot hold is written as text.

    `choices` become a drop-down. `total`: None, `sum` or `count` (of filled cells), shown with `total_unit` (624户).
    A `merged` column has one cell for all rows of a RowBlock. `width` in characters of Latin script.
    """

    key: str
    heading: str
    group: str = ""
    width: float = 12
    kind: str = "text"
    choices: tuple = ()
    total: str | None = None
    total_unit: str = ""
    merged: bool = False
    required: bool = False


@dataclass(frozen=True)
class SheetSpec:
    """A sheet to write. `name` is made legal and unique; the title stays whole."""

    title: str
    name: str
    columns: tuple
    unit_line: str = ""
    signature_line: str = ""
    note: str = ""
    paper: str = "A4"
    landscape: bool = True
    frozen_columns: int = 0


@dataclass(frozen=True)
class RowBlock:
    """Rows that belong together: a household's persons. Values of merged columns are taken from the first."""

    rows: list


@dataclass
class Template:
    """What an empty form has beside its frame: `hints` by column key, shown when a cell is chosen, and one sample row."""

    hints: dict = field(default_factory=dict)
    sample: tuple = ()


class SheetWriter:
    """Writes one sheet to `write(text)`. Call head(), rows() any number of times, tail(); then `rows_written` holds."""

    def __init__(self, write, spec, styles, choice_ranges, template=None):
        self.write, self.spec, self.styles, self.template = write, spec, styles, template
        self.choice_ranges = choice_ranges  # choices -> address of the cells that list them
        self.letters = [column_letters(index) for index in range(len(spec.columns))]
        self.cells = [column_cells(column.kind, styles) for column in spec.columns]
        self.merged = [index for index, column in enumerate(spec.columns) if column.merged]
        self.merges = []
        self.block_starts, self.block_ends = array("I"), array("I")
        self.totals = {index: 0 for index, column in enumerate(spec.columns) if column.total}
        self.next_row = 1
        widths = [column.width for column in spec.columns]
        self.lines = {index: Lines(widths[index]) for index, column in enumerate(spec.columns) if column.kind == "text"}
        self.pages = pages_across(widths, spec.frozen_columns, spec.paper, spec.landscape)
        self.first_page = self.pages.starts[1] if self.pages.several else len(widths)  # columns on it
        references = "".join(f'<c r="{letters}%d"%s' for letters in self.letters)
        self.row_form = f'<row r="%d"%s>{references}</row>'

    @property
    def rows_written(self):
        return self.next_row - self.first_row

    @property
    def room(self):
        """How many rows still fit into the sheet."""
        return LAST_ROW - ROWS_BELOW_DATA - self.next_row + 1

    def head(self):
        spec = self.spec
        self.write(f'<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n<worksheet {NAMESPACES}>')
        if not self.pages.several:
            self.write('<sheetPr><pageSetUpPr fitToPage="1"/></sheetPr>')
        lines = 1 + bool(spec.unit_line) + bool(self.template and spec.note)
        self.heading_row = lines + 1
        self.first_row = self.heading_row + 1 + any(column.group for column in spec.columns)
        self.write(self.view_xml(self.first_row + bool(self.template and self.template.sample)))
        self.write('<sheetFormatPr defaultRowHeight="15"/><cols>')
        for number, column in enumerate(spec.columns, 1):
            style = self.styles.column(column.kind)
            self.write(f'<col min="{number}" max="{number}" width="{column.width}" style="{style}" customWidth="1"/>')
        self.write("</cols><sheetData>")
        self.line(spec.title, self.styles.title(), 30)
        if spec.unit_line:
            self.line(spec.unit_line, self.styles.line(), 20)
        if self.template and spec.note:
            self.line(spec.note, self.styles.line())
        self.headings()
        if self.template and self.template.sample:
            self.sample_row()

    def view_xml(self, first_row):
        frozen = self.spec.frozen_columns
        across = f' xSplit="{frozen}"' if frozen else ""
        pane = "bottomRight" if frozen else "bottomLeft"
        corner = f"{column_letters(frozen)}{first_row}"
        return (
            f'<sheetViews><sheetView workbookViewId="0"><pane{across} ySplit="{first_row - 1}" topLeftCell="{corner}" '
            f'activePane="{pane}" state="frozen"/><selection pane="{pane}" activeCell="{corner}" sqref="{corner}"/>'
            "</sheetView></sheetViews>"
        )

    def line(self, text, style, height=None):
        """A row that is one cell across the table, as far as its first page goes."""
        columns = self.spec.columns[: self.first_page]
        if height is None:
            width = sum(column.width for column in columns)
            height = 16 * sum(1 + int(text_width(part) // width) for part in text.split("\n"))
        row, last = self.next_row, self.letters[len(columns) - 1]
        self.write(f'<row r="{row}" ht="{height}" customHeight="1"><c r="A{row}"{string_cell(text, style)}</row>')
        if len(columns) > 1:
            self.merges.append(f"A{row}:{last}{row}")
        self.next_row += 1

    def headings(self):
        columns, top = self.spec.columns, self.next_row
        styles = [self.styles.heading(column.required) for column in columns]
        height = 16 * max(1 + int(text_width(column.heading) // max(column.width - 1, 1)) for column in columns)
        if self.first_row - top == 2:
            group_cells = [
                string_cell(column.group, self.styles.heading()) if column.group else string_cell(column.heading, style)
                for column, style in zip(columns, styles, strict=True)
            ]
            self.single_row(group_cells, 20)
            index = 0
            numbered = enumerate(columns)  # a group that goes on overleaf has its name there again
            for (group, _page), members in groupby(
                numbered, key=lambda told: (told[1].group, self.pages.page_of(told[0]))
            ):
                last = index + len(list(members)) - 1
                if not group:
                    self.merges += (f"{letters}{top}:{letters}{top + 1}" for letters in self.letters[index : last + 1])
                elif last > index:
                    self.merges.append(f"{self.letters[index]}{top}:{self.letters[last]}{top}")
                index = last + 1
        lowest = [
            f' s="{style}"/>' if self.next_row > top and not column.group else string_cell(column.heading, style)
            for column, style in zip(columns, styles, strict=True)
        ]
        self.single_row(lowest, height)

    def single_row(self, cells, height=None):
        size = f' ht="{height}" customHeight="1"' if height else ""
        row = self.next_row
        content = "".join(f'<c r="{letters}{row}"{cell}' for letters, cell in zip(self.letters, cells, strict=True))
        self.write(f'<row r="{row}"{size}>{content}</row>')
        self.next_row += 1

    def sample_row(self):
        values = list(self.template.sample)
        cells = [
            column_cells(column.kind, self.styles, sample=True).column([value])[0]
            for column, value in zip(self.spec.columns, values, strict=True)
        ]
        first = f"示例：{values[0]}" if self.spec.columns[0].kind == "text" and values[0] else "示例"
        cells[0] = string_cell(first, self.styles.data("text", sample=True))
        self.single_row(cells)
        self.first_row += 1

    def rows(self, rows, blocks=()):
        """Writes rows of values. `blocks`: (index of the first row in `rows`, number of rows) of each RowBlock of several."""
        if not rows:
            return
        columns = list(zip(*rows, strict=True))
        spans = {}
        if blocks and self.merged:
            self.merge_blocks(columns, blocks)
            spans = dict.fromkeys(self.merged, dict(blocks))
        for index, total in self.totals.items():
            self.totals[index] = total + subtotal(self.spec.columns[index].total, columns[index])
        cells = [cells.column(values) for cells, values in zip(self.cells, columns, strict=True)]
        numbers = range(self.next_row, self.next_row + len(rows))
        heights = row_heights(columns, self.lines, spans)
        row_form = self.row_form
        interleaved = zip(numbers, heights, *chain.from_iterable((numbers, column) for column in cells), strict=True)
        self.write("".join([row_form % row for row in interleaved]))
        self.next_row += len(rows)

    def merge_blocks(self, columns, blocks):
        for index in self.merged:
            values = list(columns[index])
            for start, count in blocks:
                values[start + 1 : start + count] = [None] * (count - 1)
            columns[index] = values
        for start, count in blocks:
            self.block_starts.append(self.next_row + start)
            self.block_ends.append(self.next_row + start + count - 1)

    def tail(self, continued=False):
        """Ends the sheet. `continued`: the table goes on, or began, on another sheet."""
        last_data_row = self.next_row - 1
        if not self.template:
            self.closing_rows(last_data_row, continued)
        self.write("</sheetData>")
        self.filter_range = self.filter_over(last_data_row)
        if self.filter_range:
            self.write(f'<autoFilter ref="{self.filter_range}"/>')
        self.write_merges()
        self.write_validations(TEMPLATE_LAST_ROW if self.template else max(last_data_row, self.first_row))
        self.write(self.page_xml())
        self.write("</worksheet>")

    def closing_rows(self, last_data_row, continued):
        if self.totals and self.rows_written:
            self.total_row(last_data_row, PART_TOTAL_LABEL if continued else TOTAL_LABEL)
        if self.spec.note:
            self.line(self.spec.note, self.styles.line())
        if self.spec.signature_line:
            self.next_row += 1
            self.line(self.spec.signature_line, self.styles.line(), 20)

    def filter_over(self, last_data_row):
        """A filter would show a merged cell's first row alone, so such tables have none."""
        if self.merged or self.template:
            return None
        heading_row = self.first_row - 1
        return f"A{heading_row}:{self.letters[-1]}{max(last_data_row, heading_row)}"

    def total_row(self, last, label):
        labelled = next((index for index in range(len(self.letters)) if index not in self.totals), None)
        cells = []
        for index, column in enumerate(self.spec.columns):
            if index in self.totals:
                kind = "int" if column.total == "count" or column.kind in ("text", "date") else column.kind
                style = self.styles.total(kind, column.total_unit)
                letters = self.letters[index]
                formula = f"SUBTOTAL({FUNCTIONS[column.total]},{letters}{self.first_row}:{letters}{last})"
                cells.append(f' s="{style}"><f>{formula}</f><v>{self.totals[index]}</v></c>')
            elif index == labelled:
                cells.append(string_cell(label, self.styles.total("text")))
            else:
                cells.append(f' s="{self.styles.total("text")}"/>')
        self.single_row(cells, 20)

    def write_merges(self):
        self.write("<mergeCells>")
        self.write("".join(f'<mergeCell ref="{merge}"/>' for merge in self.merges))
        for start, end in zip(self.block_starts, self.block_ends, strict=True):
            self.write(
                "".join(
                    f'<mergeCell ref="{self.letters[index]}{start}:{self.letters[index]}{end}"/>'
                    for index in self.merged
                )
            )
        self.write("</mergeCells>")

    def write_validations(self, last_row):
        hints = self.template.hints if self.template else {}
        rules = []
        for letters, column in zip(self.letters, self.spec.columns, strict=True):
            hint = str(hints.get(column.key, ""))[:PROMPT_LENGTH]
            if not hint and not column.choices:
                continue
            kind = ' type="list" showErrorMessage="1"' if column.choices else ""
            formula = f"<formula1>{self.choice_ranges(column.choices)}</formula1>" if column.choices else ""
            prompt = f' showInputMessage="1" prompt="{xml_text(hint)}"' if hint else ""
            rules.append(
                f'<dataValidation{kind} allowBlank="1"{prompt} sqref="{letters}{self.first_row}:{letters}{last_row}">'
                f"{formula}</dataValidation>"
            )
        if rules:
            self.write(f'<dataValidations count="{len(rules)}">{"".join(rules)}</dataValidations>')

    def page_xml(self):
        orientation = "landscape" if self.spec.landscape else "portrait"
        pages = self.pages
        scale = f'scale="{pages.scale}" pageOrder="overThenDown"' if pages.several else 'fitToWidth="1" fitToHeight="0"'
        breaks = "".join(f'<brk id="{start}" max="{LAST_ROW - 1}" man="1"/>' for start in pages.starts[1:])
        count = len(pages.starts) - 1
        return (
            '<printOptions horizontalCentered="1"/>'
            f'<pageMargins left="{SIDE_MARGIN}" right="{SIDE_MARGIN}" top="0.5" bottom="0.6" header="0.3" footer="0.3"/>'
            f'<pageSetup paperSize="{PAPER[self.spec.paper]}" orientation="{orientation}" {scale}/>'
            "<headerFooter><oddFooter>&amp;L&amp;A&amp;C第 &amp;P 页，共 &amp;N 页</oddFooter></headerFooter>"
            + (f'<colBreaks count="{count}" manualBreakCount="{count}">{breaks}</colBreaks>' if breaks else "")
        )

    @property
    def title_rows(self):
        """Rows that are repeated on each printed page."""
        heading_rows = 1 + any(column.group for column in self.spec.columns)
        return f"{self.heading_row}:{self.heading_row + heading_rows - 1}"

    @property
    def title_columns(self):
        """Columns that are repeated on each printed page, or None."""
        return f"A:{self.letters[self.pages.repeated - 1]}" if self.pages.repeated else None


def subtotal(function, values):
    if function == "count":
        return sum(value is not None and value != "" for value in values)
    total = sum(value if type(value) is int else float(value) for value in values if is_number(value))
    return round(total, 6) if isinstance(total, float) else total
