"""A streaming look through one worksheet's XML: how far its values reach, which cells hold errors, where empty rows begin.

The usual form (`<c r="A1" ...>`, as Excel, WPS, LibreOffice and the Python writers give it) is searched by regular
expressions at about the speed of unpacking; any other form goes through an XML parser, ten times slower.
"""

import re
from dataclasses import dataclass, field
from html import unescape
from xml.parsers import expat

from .limits import MEBIBYTE, WorkbookError

LONGEST_ROW = 16 * MEBIBYTE
WORTH_TRIMMING = 8 * MEBIBYTE
REFERENCE = re.compile(r"([A-Za-z]{1,3})([0-9]{1,7})$")
ERROR_CELL = re.compile(rb'<c r="([A-Za-z]+[0-9]+)"[^>]* t="e"[^>]*>(?:(?!</c>).)*?<v>([^<]*)</v>', re.DOTALL)
UNCALCULATED_CELL = re.compile(
    rb'<c r="([A-Za-z]+[0-9]+)"((?:(?! t="str")[^>])*)><f[^>]*>([^<]*)</f>(?:<v\s*/>|<v></v>)?</c>'
)


@dataclass
class SheetScan:
    """`replaced` has texts for the cells that the parser would give as blanks, by (row, column index): error values, and
    formulas that were never calculated. Between `last_value_end` and `rows_end`, bytes of the part, no cell has a value.
    `values`: cells with one; `cells`: with or without one, in the rows that hold any."""

    title: str
    visible: bool
    part: str
    replaced: dict = field(default_factory=dict)
    values: int = 0
    cells: int = 0
    last_value_end: int = 0
    rows_end: int = 0

    @property
    def worth_trimming(self):
        return 0 < self.last_value_end < self.rows_end - WORTH_TRIMMING


class UnusualForm(Exception):
    """The sheet is not written in the form that the regular expressions know."""


def scan_sheet(chunks, sheet, limits):
    """Fills `sheet`. `chunks()` opens the part anew and gives its bytes.

    Raises WorkbookError where a value lies outside the limits, expat.ExpatError for broken XML."""
    try:
        search_sheet(chunks(), sheet, limits)
    except UnusualForm:
        sheet.replaced.clear()
        sheet.values = sheet.cells = sheet.last_value_end = sheet.rows_end = 0
        parse_sheet(chunks(), sheet, limits)


def search_sheet(chunks, sheet, limits):
    far_row = b"[0-9]{%d,7}" % len(str(limits.rows))
    far_column = b"[A-Za-z]{%d,3}" % (1 if limits.columns < 26 else 2)
    far_value = re.compile(
        rb'<c r="(?:(' + far_column + rb")([0-9]+)|([A-Za-z])(" + far_row + rb'))"[^>]*(?<!/)>(?!</c>)'
    )
    buffer, offset, started, ended = b"", 0, False, False
    for chunk in chunks:
        if ended:
            continue  # to the end, for size and checksum
        buffer += chunk
        if not started:
            start = buffer.find(b"<row")
            if start < 0:
                break
            if not buffer.startswith((b"<", b"\xef\xbb\xbf<")) or b"<!DOCTYPE" in buffer[:start]:
                raise UnusualForm
            buffer, offset, started = buffer[start:], start, True
        end = buffer.find(b"</sheetData>")
        ended = end >= 0
        if not ended:
            end = buffer.rfind(b"<row")
            if end <= 0:
                if len(buffer) > LONGEST_ROW:
                    raise WorkbookError("damaged")
                continue
        search_rows(buffer[:end], offset, sheet, far_value, limits)
        buffer, offset = buffer[end:], offset + end
        sheet.rows_end = offset
    if not ended:
        raise UnusualForm  # without rows among them; the XML parser tells what is wrong, if anything


def search_rows(block, offset, sheet, far_value, limits):
    """Looks at whole rows, which begin at `offset` in the part."""
    if block.count(b"</") == block.count(b"</row>"):
        return  # no element holds anything
    cells = block.count(b"<c")
    if cells != block.count(b'<c r="') or b":c" in block:
        raise UnusualForm
    sheet.cells += cells
    last = block.rfind(b"</c>")
    if last < 0:
        return
    sheet.last_value_end = offset + last + len(b"</c>")
    sheet.values += block.count(b"</c>")
    for wide, row, narrow, far in far_value.findall(block):
        check_position((wide or narrow).decode(), int(row or far), sheet, limits)
    if b' t="e"' in block:
        for reference, text in ERROR_CELL.findall(block):
            sheet.replaced[position(reference.decode())] = text.decode()
    if b"</f>" in block:
        for reference, _, formula in UNCALCULATED_CELL.findall(block):
            sheet.replaced[position(reference.decode())] = "=" + unescape(formula.decode())


def parse_sheet(chunks, sheet, limits):
    parser = expat.ParserCreate()
    row, column, cell, texts = 0, -1, {}, {}

    def start(name, attributes):
        nonlocal row, column, cell, texts
        name = name.rpartition(":")[2]
        if name == "row":
            row, column = int(attributes.get("r", row + 1)), -1
        elif name == "c":
            cell, texts, column = attributes, {}, column + 1
            sheet.cells += 1
            if "r" in attributes:
                row, column = position(attributes["r"])
        elif name in ("v", "is", "f") and row:
            texts[name] = ""
            if name != "f":
                check_position(column_letters(column), row, sheet, limits)

    def text(characters):
        if texts:
            last = next(reversed(texts))
            texts[last] += characters

    def end(name):
        nonlocal texts
        if name.rpartition(":")[2] != "c":
            return
        sheet.values += bool(texts)
        if cell.get("t") == "e":
            sheet.replaced[row, column] = texts.get("v", "")
        elif texts.get("f") and not texts.get("v") and cell.get("t") != "str":
            sheet.replaced[row, column] = "=" + texts["f"]
        texts = {}

    def doctype(*_):
        raise WorkbookError("damaged")

    parser.StartElementHandler, parser.EndElementHandler = start, end
    parser.CharacterDataHandler, parser.StartDoctypeDeclHandler = text, doctype
    for chunk in chunks:
        parser.Parse(chunk)
    parser.Parse(b"", True)


def check_position(letters, row, sheet, limits):
    if row > limits.rows:
        raise WorkbookError("too_many_rows", sheet=sheet.title, row=row, limit=limits.rows)
    if column_index(letters) >= limits.columns:
        raise WorkbookError("too_many_columns", sheet=sheet.title, cell=f"{letters}{row}", limit=limits.columns)


def position(reference):
    """`"B7"` -> (7, 1): the Excel row number and the column index from 0. Raises WorkbookError for another text."""
    match = REFERENCE.match(reference)
    if not match:
        raise WorkbookError("damaged")
    return int(match[2]), column_index(match[1])


def column_index(letters):
    """`"A"` -> 0, `"AA"` -> 26."""
    index = 0
    for letter in letters.upper():
        index = index * 26 + ord(letter) - 64
    return index - 1


def column_letters(index):
    """0 -> `"A"`, 26 -> `"AA"`."""
    letters = ""
    index += 1
    while index:
        index, letter = divmod(index - 1, 26)
        letters = chr(65 + letter) + letters
    return letters


def without_empty_rows(chunks, sheet):
    """The part's bytes without those between its last value and the end of its rows."""
    offset = 0
    for chunk in chunks:
        kept = chunk[: max(0, sheet.last_value_end - offset)]
        if offset <= sheet.last_value_end < offset + len(chunk):
            kept += b"</row>"
        kept += chunk[max(0, sheet.rows_end - offset) :]
        offset += len(chunk)
        if kept:
            yield kept
