import pytest

from common.excel.headings import ExpectedColumn, data_rows, find_headings, match_sheets, row_kind
from common.excel.limits import WorkbookError
from common.excel.reading import SheetRows, Workbook, read_workbook
from tests.common.excel import hostile
from tests.common.excel.expected import COLUMNS

NAMES = (
    ExpectedColumn("head", "姓名", group="户主", required=True),
    ExpectedColumn("code", "户编号", synonyms=("家庭编号",), required=True),
    ExpectedColumn("name", "姓名", group="家庭成员", required=True),
    ExpectedColumn("wage", "月工资（元）"),
)


def sheet_of(*rows, merges=()):
    """Rows of values from Excel row 1 on; empty tuples are blank rows."""
    return SheetRows("表", True, [(number, row) for number, row in enumerate(rows, 1) if row], list(merges))


def test_one_row_of_headings_with_synonyms_units_and_noise():
    found = find_headings(sheet_of(("花名册",), ("家庭 编号*", "姓\n名：", "月工资")), NAMES)
    assert found.columns == {0: "code", 1: "head", 2: "wage"}
    assert [column.key for column in found.missing] == ["name"]
    assert (found.first_row, found.last_row, found.preamble) == (2, 2, ["花名册"])


def test_groups_tell_equal_headings_apart():
    rows = ("花名册",), ("家庭成员", None, "户主", None), ("姓名", "月工资(元)", "姓名", "户编号")
    for merges in ((), [(2, 0, 2, 1), (2, 2, 2, 3)]):
        found = find_headings(sheet_of(*rows, merges=merges), NAMES)
        assert found.columns == {0: "name", 1: "wage", 2: "head", 3: "code"}
        assert (found.first_row, found.last_row) == (2, 3)


def test_unknown_duplicate_and_marks_columns():
    found = find_headings(sheet_of(("户编号", "属相", "姓名", "户编号", "核对结果")), NAMES)
    assert found.unknown == [(1, "属相")]
    assert found.duplicates == [(3, "户编号")]
    assert found.marks_column == 4
    assert found.texts[3] == "户编号"


def test_what_is_no_data():
    heading = ("序号", "户编号", "姓名", "月工资（元）", "核对结果")
    found = find_headings(sheet_of(("花名册",), heading), (ExpectedColumn(None, "序号"), *NAMES))
    kinds = {
        "data": [(1, "5223", "李明", 3), (None, None, "小计生", 1), ("注意", "1", "张三")],
        "blank": [(7, None, None, None), (None, None, None, None, "错"), (None, "", None)],
        "total": [("合 计", "2户", "3人", 9), (None, "总计："), (2, "合计", 9), ("小计（户）", 2), ("本页小计", 1)],
        "note": [("注：一人一行",), ("备注：无",), ("说明1、从实填写",), ("注1. 一人一行",)],
        "signature": [("填表人：", None, "审核人："), ("单位负责人（签字）：",)],
        "page": [("第 3 页 共 9 页",)],
        "heading": [heading, ("花名册",), ("序号", "户编号", "姓名")],
        "sample": [("示例", "5223", "李明", 3), ("示例：5223",)],
    }
    blank = kinds.pop("blank")
    for kind, rows in kinds.items():
        for row in rows:
            assert row_kind(row, found) == kind, row
    assert row_kind(blank[0], found) == row_kind(blank[1], found) == "blank"


def test_data_rows_have_every_key():
    sheet = sheet_of(("户编号", "姓名", "月工资"), ("1", "李明"), (), ("合计",), ("2", None, 5))
    rows = list(data_rows(sheet, find_headings(sheet, NAMES)))
    assert rows == [(2, {"code": "1", "head": "李明", "wage": None}), (5, {"code": "2", "head": None, "wage": 5})]


def test_a_table_of_another_kind_is_refused(tmp_path):
    hostile.wrong_kind(tmp_path / "stock.xlsx")
    book = read_workbook(tmp_path / "stock.xlsx")
    assert find_headings(book.sheets[0], COLUMNS) is None
    with pytest.raises(WorkbookError, match="户编号") as refusal:
        match_sheets(book, COLUMNS)
    assert refusal.value.code == "wrong_kind"


def test_sheets_of_another_kind_are_left_out():
    notes, table = sheet_of(("填写说明",), ("一人一行",)), sheet_of(("户编号", "姓名"), ("1", "李明"))
    assert [sheet for sheet, _ in match_sheets(Workbook([notes, table]), NAMES)] == [table]


def test_unknown_headings_are_listed(tmp_path):
    hostile.unknown_headings(tmp_path / "unknown.xlsx")
    ((_, headings),) = match_sheets(read_workbook(tmp_path / "unknown.xlsx"), COLUMNS)
    assert headings.unknown == [(11, "证件"), (12, "属相")]
    assert [column.key for column in headings.missing] == ["身份证号", "性别"]
