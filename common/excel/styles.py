"""The looks of an official table, registered with openpyxl, which writes them; rows refer to them by number."""

from openpyxl.styles import Alignment, Border, Font, PatternFill, Side

BODY_FONT, TITLE_FONT = "宋体", "黑体"
THIN = Side(style="thin", color="FF808080")
FRAME = Border(left=THIN, right=THIN, top=THIN, bottom=THIN)
HEADING_FILL = PatternFill("solid", fgColor="FFE7EDF5")
FORMATS = {"text": "@", "date": "yyyy-mm-dd", "int": "0", "decimal": "0.00", "money": "#,##0.00"}
HORIZONTAL = {"text": "left", "date": "center", "int": "right", "decimal": "right", "money": "right"}


class Styles:
    """Numbers of cell styles within one workbook."""

    def __init__(self, book):
        self.sheet = book.create_sheet()
        self.numbers = {}

    def discard(self):
        """Takes the helping sheet out of the workbook; the styles stay."""
        self.sheet.parent.remove(self.sheet)

    def number(self, **looks):
        """The number of the style with these attributes of an openpyxl cell."""
        key = repr(sorted(looks.items()))
        if key not in self.numbers:
            cell = self.sheet.cell(len(self.numbers) + 1, 1)
            for name, look in looks.items():
                setattr(cell, name, look)
            self.numbers[key] = cell.style_id
        return self.numbers[key]

    def data(self, kind, sample=False):
        return self.number(
            font=Font(name=BODY_FONT, size=10, italic=sample, color="FF808080" if sample else None),
            border=FRAME,
            number_format=FORMATS[kind],
            alignment=body_alignment(kind),
        )

    def column(self, kind):
        """For cells that nobody has written yet: what is typed there stays text, or becomes a date."""
        return self.number(
            font=Font(name=BODY_FONT, size=10), number_format=FORMATS[kind], alignment=body_alignment(kind)
        )

    def quoted(self):
        """Text that begins like a formula: with the mark that a typist's leading apostrophe leaves."""
        return self.number(
            font=Font(name=BODY_FONT, size=10),
            border=FRAME,
            number_format="@",
            alignment=body_alignment("text"),
            quotePrefix=True,
        )

    def total(self, kind, unit=""):
        number_format = f'0"{unit}"' if unit else FORMATS[kind]
        return self.number(
            font=Font(name=BODY_FONT, size=10, bold=True),
            border=FRAME,
            number_format=number_format,
            alignment=body_alignment(kind),
        )

    def title(self):
        return self.number(
            font=Font(name=TITLE_FONT, size=16, bold=True), alignment=Alignment(horizontal="center", vertical="center")
        )

    def heading(self, required=False):
        return self.number(
            font=Font(name=TITLE_FONT, size=10, bold=True, color="FFC00000" if required else None),
            border=FRAME,
            fill=HEADING_FILL,
            alignment=Alignment(horizontal="center", vertical="center", wrap_text=True),
        )

    def line(self):
        """The unit line, notes and the signature line."""
        return self.number(font=Font(name=BODY_FONT, size=10), alignment=Alignment(vertical="center", wrap_text=True))


def body_alignment(kind):
    wrap = kind == "text"
    return Alignment(horizontal=HORIZONTAL[kind], vertical="center", wrap_text=wrap, shrink_to_fit=not wrap)
