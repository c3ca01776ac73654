"""Makers of workbooks that an upload must survive. Each writes one file to `path`; FILES names those that are refused, with the code."""

import shutil
import struct
import zipfile
from pathlib import Path

from openpyxl import Workbook

FILES_FOLDER = Path(__file__).parent / "files"
GROUPS = (("户基本情况", "A3:I3"), ("家庭成员情况", "J3:Q3"), ("就业情况", "R3:W3"), ("备注", "X3:X4"))
HEADINGS = (  # noqa: SIM905
    "序号 户编号 户主姓名 迁出乡镇 迁出村 楼栋房号 住房面积(㎡) 入住时间 联系电话 姓名 与户主关系 身份证号 性别 民族 "
    "在校情况 劳动能力 就业意愿 就业渠道 就业单位 就业地点 月工资（元） 就业起始时间 就业终止时间"
).split()
HOUSEHOLD = (1, "522326000001", "罗明", "乐旺镇", "新屯村", "1栋1单元101", 80, "2018-05-03", "17100000000")
PEOPLE = (
    ("罗明", "户主", "529999198001011236", "男", "苗族", "否", "普通劳动力", "是"),
    ("石娟", "配偶", "529999198203040028", "女", "布依族", "否", "普通劳动力", "是"),
)
JOB = ("省外务工", "浙江宁波某电子厂", "浙江省宁波市", 3500, "2020-01-01", "至今")
FIRST_ROW = 5
ID_COLUMN = 12


def roster(path, change=None, sheet_name="蟠桃园社区"):
    """A sound roster of one household, two persons and one job, in the shape that counties send. `change(sheet)` spoils it."""
    book = Workbook()
    sheet = book.active
    sheet.title = sheet_name
    sheet["A1"], sheet["A2"] = f"望谟县易地扶贫搬迁户花名册（{sheet_name}）", "填报单位：望谟县发展和改革局"
    sheet.merge_cells("A1:X1")
    for group, cells in GROUPS:
        sheet[cells.split(":")[0]] = group
        sheet.merge_cells(cells)
    for column, heading in enumerate(HEADINGS, 1):
        sheet.cell(4, column, heading)
    for row, values in enumerate((HOUSEHOLD + PEOPLE[0] + JOB, (None,) * 9 + PEOPLE[1]), FIRST_ROW):
        for column, value in enumerate(values, 1):
            sheet.cell(row, column, value)
    for column in range(1, 10):
        sheet.merge_cells(start_row=FIRST_ROW, end_row=FIRST_ROW + 1, start_column=column, end_column=column)
    sheet.cell(FIRST_ROW + 2, 1, "合计")
    if change:
        change(sheet)
    book.save(path)


def rewrite(path, part, change):
    """Replaces the content of one part of the package by `change(content)`."""
    with zipfile.ZipFile(path) as archive:
        contents = {name: archive.read(name) for name in archive.namelist()}
    contents[part] = change(contents[part])
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in contents.items():
            archive.writestr(name, content)


SHEET = "xl/worksheets/sheet1.xml"


def add_rows(path, rows):
    """Appends row XML, an iterable of bytes, to the first sheet, streaming."""
    roster(path)
    with zipfile.ZipFile(path) as archive:
        contents = {name: archive.read(name) for name in archive.namelist()}
    head, tail = contents.pop(SHEET).split(b"</sheetData>")
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        for name, content in contents.items():
            archive.writestr(name, content)
        with archive.open(SHEET, "w", force_zip64=True) as out:
            out.write(head)
            for row in rows:
                out.write(row)
            out.write(b"</sheetData>" + tail)


def empty(path):
    Path(path).write_bytes(b"")


def picture(path):
    Path(path).write_bytes(b"\x89PNG\r\n\x1a\n" + bytes(200))


def csv(path):
    Path(path).write_bytes("姓名,身份证号\n罗明,529999198001011236\n".encode("gb18030"))


def html(path):
    Path(path).write_text("<html><body><table><tr><td>姓名</td></tr></table></body></html>", "utf-8")


def encrypted(path):
    shutil.copy(FILES_FOLDER / "encrypted.xlsx", path)


def old_xls(path):
    shutil.copy(FILES_FOLDER / "old.xls", path)


def open_document(path):
    shutil.copy(FILES_FOLDER / "open_document.ods", path)


def document(path):
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("[Content_Types].xml", "<Types/>")
        archive.writestr("word/document.xml", "<document/>")


def truncated(path):
    roster(path)
    content = Path(path).read_bytes()
    Path(path).write_bytes(content[: len(content) * 2 // 3])


def flipped_bytes(path):
    """The zip is whole, the sheet's compressed content is not."""
    roster(path)
    with zipfile.ZipFile(path) as archive:
        info = archive.getinfo(SHEET)
    content = bytearray(Path(path).read_bytes())
    middle = info.header_offset + 60 + info.compress_size // 2
    content[middle : middle + 40] = bytes(40)
    Path(path).write_bytes(content)


def broken_xml(path):
    roster(path)
    rewrite(path, SHEET, lambda content: content.replace(b"</sheetData>", b""))


def entities(path):
    """Entities that unfold a thousandfold."""
    roster(path)
    doctype = b'<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;">]><worksheet'
    rewrite(path, SHEET, lambda content: content.replace(b"<worksheet", doctype, 1))


def zip_bomb(path):
    """300 MiB of blanks in 300 KiB."""
    add_rows(path, [b" " * (1 << 20)] * 300)


def lying_bomb(path):
    """The same, but the zip directory says that the part has a thousand bytes."""
    zip_bomb(path)
    with zipfile.ZipFile(path) as archive:
        size = archive.getinfo(SHEET).file_size
    content = Path(path).read_bytes()
    true, false = struct.pack("<I", size), struct.pack("<I", 1000)
    directory = content.rindex(b"PK\x01\x02")
    Path(path).write_bytes(content[:directory] + content[directory:].replace(true, false))


def stray_value(path):
    """A value in the last row that Excel has."""
    add_rows(path, [b'<row r="1048576"><c r="A1048576"><v>1</v></c></row>'])


def far_right(path):
    add_rows(path, [b'<row r="9"><c r="XFD9"><v>1</v></c></row>'])


def hidden_prefix(path):
    """A far value in a form that other programs than Excel write."""
    add_rows(path, [b"<row r='1048576'><c r='XFD1048576'><v>1</v></c></row>"])


def nothing_visible(path):
    def change(sheet):
        sheet.sheet_state = "hidden"
        sheet.parent.create_sheet("空表")

    roster(path, change)


FILES = {  # maker: the code of the refusal
    empty: "empty_file",
    picture: "not_a_workbook",
    document: "not_a_workbook",
    csv: "csv",
    html: "html",
    encrypted: "encrypted",
    old_xls: "old_xls",
    open_document: "open_document",
    truncated: "damaged",
    flipped_bytes: "damaged",
    broken_xml: "damaged",
    entities: "damaged",
    zip_bomb: "too_large",
    lying_bomb: "damaged",
    stray_value: "too_many_rows",
    far_right: "too_many_columns",
    hidden_prefix: "too_many_rows",
    nothing_visible: "no_sheet",
}


def formatted_empty_rows(path, rows=1_000_000, columns=1):
    """A sound roster with formatted, empty rows below it, as whole-column formatting leaves them."""
    letters = [chr(65 + column) for column in range(columns)]

    def blocks():
        for start in range(FIRST_ROW + 3, rows + 1, 10_000):
            yield "".join(
                f'<row r="{row}" spans="1:24" s="1" customFormat="1">{"".join(f"""<c r="{c}{row}" s="0"/>""" for c in letters)}</row>'
                for row in range(start, min(start + 10_000, rows + 1))
            ).encode()

    add_rows(path, blocks())


def unknown_headings(path):
    """Two headings that nobody knows, and none for the ID number."""

    def change(sheet):
        sheet.cell(4, 13, "属相")
        sheet.cell(4, ID_COLUMN, "证件")

    roster(path, change)


def wrong_kind(path):
    """A workbook, but of a table of another kind."""
    book = Workbook()
    book.active.append(["物资名称", "规格型号", "入库数量"])
    book.active.append(["水泥", "425", 20])
    book.save(path)


def float_ids(path):
    """The ID number as Excel keeps it when it is typed as a number: with three digits lost."""
    roster(path, lambda sheet: sheet.cell(FIRST_ROW, ID_COLUMN, 529999198001011236.0))


def formulas(path):
    """A number, a text and a date by formula with their values beside them, an error, and a formula never calculated."""

    def change(sheet):
        sheet["G5"], sheet["S5"], sheet["H5"] = "=40+40", '="宁波"&"电子厂"', "=DATE(2018,5,3)"
        sheet["H5"].number_format = "yyyy-mm-dd"
        sheet["T5"], sheet["U5"] = "=VLOOKUP(1,A1:B1,2)", "=1000+500"

    roster(path, change)
    values = {
        b"G5": b"<v>80</v>",
        b"H5": b"<v>43223</v>",
        b"S5": "<v>宁波电子厂</v>".encode(),
        b"T5": b"<v>#N/A</v>",
    }
    kinds = {b"S5": b' t="str"', b"T5": b' t="e"'}

    def calculated(content):
        for reference, value in values.items():
            start = content.index(b'<c r="' + reference + b'"')
            end = content.index(b"</c>", start)
            cell = content[start:end].replace(b"<v />", value).replace(b"<v/>", value).replace(b"<v></v>", value)
            cell = cell.replace(b'"' + reference + b'"', b'"' + reference + b'"' + kinds.get(reference, b""))
            content = content[:start] + cell + content[end:]
        return content

    rewrite(path, SHEET, calculated)


def formula_like_texts(path):
    """Texts that a spreadsheet would take for formulas if they were written as such."""
    roster(path, lambda sheet: [text_cell(sheet, row, 19, text) for row, text in ((5, "=1+1"), (6, "@SUM(A1)"))])


def text_cell(sheet, row, column, text):
    cell = sheet.cell(row, column, text)
    cell.data_type = "s"
