import itertools
import shutil
import subprocess
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from openpyxl import load_workbook

from common.excel import sheet as sheet_module
from common.excel.headings import ExpectedColumn, data_rows, match_sheets
from common.excel.reading import read_workbook
from common.excel.writing import (
    ColumnSpec,
    Properties,
    RowBlock,
    SheetSpec,
    legal_sheet_name,
    write_template,
    write_workbook,
)

PROPERTIES = Properties("张三", datetime(2020, 6, 30, 8, tzinfo=UTC), "花名册", "安置点=全部")
COLUMNS = (
    ColumnSpec("code", "户编号", "户基本情况", 16, merged=True, total="count", total_unit="户"),
    ColumnSpec("area", "住房面积(㎡)", "户基本情况", 12, "decimal", merged=True),
    ColumnSpec("name", "姓名", "家庭成员", required=True),
    ColumnSpec("id", "身份证号", "家庭成员", 20),
    ColumnSpec("sex", "性别", "家庭成员", 6, choices=("男", "女")),
    ColumnSpec("since", "起始时间", "就业", 12, "date"),
    ColumnSpec("wage", "月工资", "就业", 12, "money", total="sum"),
    ColumnSpec("note", "备注", width=20),
)
SPEC = SheetSpec(
    "望谟县花名册",
    "蟠桃园",
    COLUMNS,
    "单位：元",
    "填表人：    审核人：",
    "注：一人一行。",
    paper="A3",
    frozen_columns=1,
)
BLOCKS = [
    RowBlock(
        [
            ("522326000001", 80.5, "罗明", "529999198001011236", "男", date(2020, 1, 1), 3500, "甲\n乙"),
            (None, None, "石娟", "529999198203040028", "女", None, Decimal("2100.5"), None),
        ]
    ),
    ("522326000002", 60, "王 五", "52999919820304002X", "男", date(1899, 1, 1), None, "=1+1"),
]
FLAT = [("a", 1, "罗明", "1", "男", date(2020, 1, 1), 1, None)]
EXPECTED = [ExpectedColumn(column.key, column.heading, column.group) for column in COLUMNS]


def written(path, rows=BLOCKS, spec=SPEC, **options):
    assert write_workbook(path, [(spec, rows)], PROPERTIES, **options)
    return load_workbook(path)


def test_frame(tmp_path):
    book = written(tmp_path / "out.xlsx")
    assert book.sheetnames == ["蟠桃园", "选项"] and book["选项"].sheet_state == "hidden"
    sheet = book["蟠桃园"]
    assert [sheet.cell(row, 1).value for row in range(1, 11)] == [
        "望谟县花名册",
        "单位：元",
        "户基本情况",
        "户编号",
        "522326000001",
        None,
        "522326000002",
        "=SUBTOTAL(3,A5:A7)",
        "注：一人一行。",
        None,
    ]
    assert sheet["A11"].value == "填表人：    审核人："
    assert sheet["H3"].value == "备注" and sheet["B8"].value == "合计" and sheet["G8"].value == "=SUBTOTAL(9,G5:G7)"
    merges = {str(merged) for merged in sheet.merged_cells.ranges}
    assert merges == {"A1:H1", "A2:H2", "A3:B3", "C3:E3", "F3:G3", "H3:H4", "A5:A6", "B5:B6", "A9:H9", "A11:H11"}
    assert sheet.freeze_panes == "B5" and sheet.print_title_rows == "$3:$4"
    setup = sheet.page_setup
    assert (int(setup.paperSize), setup.orientation, setup.fitToWidth, setup.fitToHeight) == (8, "landscape", 1, 0)
    assert sheet.sheet_properties.pageSetUpPr.fitToPage
    (rule,) = sheet.data_validations.dataValidation
    assert (str(rule.sqref), rule.formula1) == ("E5:E7", "'选项'!$A$1:$A$2")
    properties = book.properties
    assert (properties.creator, properties.title, properties.description) == ("张三", "花名册", "安置点=全部")
    assert properties.created == datetime(2020, 6, 30, 8)


def test_flat_tables_have_a_filter_and_calculated_totals(tmp_path):
    columns = tuple(ColumnSpec(column.key, column.heading, kind=column.kind, total=column.total) for column in COLUMNS)
    spec = SheetSpec("台账", "台账", columns)
    book = written(tmp_path / "out.xlsx", [*FLAT, *FLAT], spec)
    assert book["台账"].auto_filter.ref == "A2:H4" and book["台账"].freeze_panes == "A3"
    values = load_workbook(tmp_path / "out.xlsx", data_only=True)["台账"]
    assert (values["A5"].value, values["G5"].value) == (2, 2)


def test_a_row_is_as_high_as_its_wrapped_text(tmp_path):
    columns = (
        ColumnSpec("code", "户编号", width=15),
        ColumnSpec("address", "地址", width=12),
        ColumnSpec("n", "数", kind="int"),
    )
    rows = [
        ("522326000001", "平洞街道", 1),
        ("522326000002", "望谟县平洞街道蟠桃园社区", 2),
        ("522326000003", "甲\n乙\n丙", 3),
    ]
    spec = SheetSpec("台账", "台账", columns)
    sheet = written(tmp_path / "out.xlsx", rows, spec)["台账"]
    assert [sheet.row_dimensions[row].height for row in (3, 4, 5)] == [None, 3 * 17, 3 * 17]


def test_a_merged_cell_spreads_its_lines_over_its_rows(tmp_path):
    columns = (ColumnSpec("address", "地址", width=12, merged=True), ColumnSpec("name", "姓名", width=10))
    address = "望谟县平洞街道蟠桃园"
    block = RowBlock([(address, "罗明"), (None, "石娟")])
    sheet = written(tmp_path / "out.xlsx", [block, (address, "王五")], SheetSpec("台账", "台账", columns))["台账"]
    assert [sheet.row_dimensions[row].height for row in (3, 4, 5)] == [None, None, 2 * 17]


def test_a_wide_table_is_printed_on_several_readable_pages(tmp_path):
    columns = tuple(ColumnSpec(f"c{n}", f"第{n}列", "住房" if n > 1 else "", 15) for n in range(36))
    spec = SheetSpec("望谟县搬迁户台账", "台账", columns, "单位：元", paper="A3", frozen_columns=2)
    sheet = written(tmp_path / "out.xlsx", [tuple("值" for _ in columns)] * 3, spec)["台账"]
    setup, starts = sheet.page_setup, [page.id for page in sheet.col_breaks.brk]
    assert 60 <= setup.scale <= 100 and setup.pageOrder == "overThenDown"
    assert not (sheet.sheet_properties.pageSetUpPr and sheet.sheet_properties.pageSetUpPr.fitToPage)
    assert len(starts) == 2 and (sheet.print_title_rows, sheet.print_title_cols) == ("$3:$4", "$A:$B")
    merges = {(merged.min_row, merged.min_col, merged.max_col) for merged in sheet.merged_cells.ranges}
    first = starts[0]
    assert {(1, 1, first), (2, 1, first)} <= merges  # title and unit line stand whole on the first page
    assert (3, 3, first) in merges and (3, first + 1, starts[1]) in merges  # each page names the group
    assert sheet.cell(3, first + 1).value == "住房"


def test_cell_types_and_formula_guard(tmp_path):
    texts = [
        "=1+1",
        "+1",
        "-1",
        "@x",
        "\t=1",
        "a&b<c>\"'",
        "_x0041_",
        "\x00\x07行\ud800",
        " 空 格 ",
        "第一\r\n第二",
        "007",
        "好" * 40_000,
    ]
    rows = [(text, None, None, None, None, None, None, None) for text in texts]
    sheet = written(tmp_path / "out.xlsx", rows)["蟠桃园"]
    cells = [sheet.cell(row, 1) for row in range(5, 5 + len(texts))]
    assert {cell.data_type for cell in cells} <= {"s", "inlineStr"} and {cell.number_format for cell in cells} == {"@"}
    assert [cell.quotePrefix for cell in cells[:6]] == [True] * 5 + [False]
    read = [values[0] for _, values in read_workbook(tmp_path / "out.xlsx").visible[0].rows][4 : 4 + len(texts)]
    assert read == [*texts[:7], "行", " 空 格 ", "第一\n第二", "007", "好" * 32_766 + "…"]


def test_values_that_their_kind_cannot_hold_are_text(tmp_path):
    rows = [
        ("x", 10**15, "a", 522326000001, True, "2018年5月", float("nan"), None),
        ("x", "80㎡", "a", 1.5, None, datetime(2020, 1, 1, 9), "面议", datetime(2020, 1, 1, 9)),
        ("x", -2, "a", None, None, date(1899, 12, 31), True, date(2020, 1, 1)),
    ]
    written(tmp_path / "out.xlsx", rows)
    read = [values for _, values in read_workbook(tmp_path / "out.xlsx").visible[0].rows][4:7]
    assert read == [
        ("x", "1000000000000000", "a", "522326000001", "True", "2018年5月", "nan", None),
        ("x", "80㎡", "a", "1.5", None, date(2020, 1, 1), "面议", "2020-01-01 09:00"),
        ("x", -2, "a", None, None, "1899-12-31", "True", "2020-01-01"),
    ]


def test_what_is_written_is_read_back(tmp_path):
    written(tmp_path / "out.xlsx")
    ((sheet, headings),) = match_sheets(read_workbook(tmp_path / "out.xlsx"), EXPECTED)
    assert not headings.unknown and headings.preamble == ["望谟县花名册", "单位：元"]
    rows = [tuple(row.values()) for _, row in data_rows(sheet, headings)]
    assert rows[0] == BLOCKS[0].rows[0] and rows[1] == (*BLOCKS[0].rows[1][:6], 2100.5, None)
    assert rows[2] == (*BLOCKS[1][:5], "1899-01-01", None, "=1+1")


def test_a_block_has_its_merged_values_once(tmp_path):
    block = RowBlock([("1", 80, "甲", None, None, None, None, None), ("1", 80, "乙", None, None, None, None, None)])
    sheet = written(tmp_path / "out.xlsx", [block])["蟠桃园"]
    assert [sheet["A5"].value, sheet["A6"].value, sheet["C6"].value] == ["1", None, "乙"]
    assert load_workbook(tmp_path / "out.xlsx", data_only=True)["蟠桃园"]["A7"].value == 1


def test_a_long_table_goes_on_in_further_sheets_between_blocks(tmp_path, monkeypatch):
    monkeypatch.setattr(sheet_module, "LAST_ROW", 18)  # ten rows of data
    block = RowBlock([BLOCKS[0].rows[0], BLOCKS[0].rows[1], BLOCKS[0].rows[1]])
    done = []
    book = written(tmp_path / "out.xlsx", [block] * 7, progress=done.append)
    assert book.sheetnames == ["蟠桃园", "蟠桃园 (2)", "蟠桃园 (3)", "选项"]
    assert [book[name]["B14"].value for name in book.sheetnames[:2]] == ["本表合计"] * 2
    assert book["蟠桃园 (3)"]["B8"].value == "本表合计"
    assert done[-1] == 21
    rows = [
        data_rows(sheet, headings) for sheet, headings in match_sheets(read_workbook(tmp_path / "out.xlsx"), EXPECTED)
    ]
    assert len(list(itertools.chain(*rows))) == 21
    with pytest.raises(ValueError, match="longer than a sheet"):
        write_workbook(tmp_path / "too_long.xlsx", [(SPEC, [RowBlock(list(block.rows) * 4)])], PROPERTIES)
    assert not (tmp_path / "too_long.xlsx").exists()


def test_cancelling_leaves_nothing_behind(tmp_path):
    def cancel(done):
        raise InterruptedError

    with pytest.raises(InterruptedError):
        write_workbook(tmp_path / "out.xlsx", [(SPEC, BLOCKS)], PROPERTIES, cancel)
    assert list(tmp_path.iterdir()) == []


def test_no_rows(tmp_path):
    assert write_workbook(tmp_path / "out.xlsx", [(SPEC, [])], PROPERTIES) == 0
    assert load_workbook(tmp_path / "out.xlsx")["蟠桃园"]["A5"].value == "注：一人一行。"


def test_sheet_names():
    taken = set()
    names = [
        legal_sheet_name(name, taken)
        for name in ("a/b:c", "A/B*C", "'点'", "", "History", "安" * 40, "安" * 40, "😀" * 20)
    ]
    assert names == ["a b c", "A B C (2)", "点", "Sheet", "History_", "安" * 31, "安" * 27 + " (2)", "😀" * 15]


def test_template(tmp_path):
    path = tmp_path / "template.xlsx"
    properties = Properties("系统", datetime(2020, 6, 30, tzinfo=UTC), template="county-roster 3")
    sample = ("522326000001", 80, "王小明", "529999198001011236", "男", date(2018, 5, 1), 3000, None)
    write_template(path, SPEC, properties, {"id": "18位，不要以数字输入"}, sample)
    book = read_workbook(path)
    assert book.template == "county-roster 3"
    ((sheet, headings),) = match_sheets(book, EXPECTED)
    assert list(data_rows(sheet, headings)) == [] and headings.last_row == 5
    page = load_workbook(path)["蟠桃园"]
    assert page["A3"].value == "注：一人一行。" and page["A6"].value == "示例：522326000001"
    rules = {str(rule.sqref): rule for rule in page.data_validations.dataValidation}
    assert rules["D7:D5000"].prompt == "18位，不要以数字输入" and rules["E7:E5000"].type == "list"
    assert page.column_dimensions["D"].number_format == "@" and page["D7"].number_format == "@"


@pytest.mark.slow
@pytest.mark.skipif(not shutil.which("soffice"), reason="LibreOffice is not installed")
def test_libreoffice_opens_it(tmp_path):
    write_workbook(tmp_path / "out.xlsx", [(SPEC, BLOCKS)], PROPERTIES)
    subprocess.run(
        [
            "soffice",
            f"-env:UserInstallation=file://{tmp_path}/profile",
            "--headless",
            "--convert-to",
            "csv:Text - txt - csv (StarCalc):44,34,76",
            "--outdir",
            tmp_path,
            tmp_path / "out.xlsx",
        ],
        check=True,
        capture_output=True,
        timeout=120,
    )
    lines = (tmp_path / "out.csv").read_text("utf-8").splitlines()
    assert lines[4].startswith("522326000001,80.50,罗明,529999198001011236,男,2020-01-01")
    assert any(line.startswith("2户,合计") for line in lines)
