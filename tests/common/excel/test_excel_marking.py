import json
from pathlib import Path

import pytest
from openpyxl import load_workbook
from openpyxl.comments import Comment

from common.excel import marking
from common.excel.headings import data_rows, match_sheets
from common.excel.limits import USUAL
from common.excel.marking import COMMENT_START, FAULT_COLOUR, editable_copy, mark_workbook
from common.excel.package import open_package
from common.excel.reading import read_package, read_workbook
from tests.common.excel import hostile
from tests.common.excel.expected import COLUMNS

DATA = Path(__file__).parents[2] / "data"
ROSTER = DATA / "county-roster-a.xlsx"
SHEET = "蟠桃园社区"


def table(path):
    """({sheet: its data rows}, {sheet: its headings})"""
    matches = match_sheets(read_workbook(path), COLUMNS)
    rows = {sheet.title: list(data_rows(sheet, headings)) for sheet, headings in matches}
    return rows, {sheet.title: headings for sheet, headings in matches}


def loaded(path):
    """As openpyxl has it, without its minute of drawing borders around merged cells."""
    package = open_package(path, USUAL)
    return editable_copy(package, read_package(package))


def is_marked(cell):
    return cell.fill.fgColor.rgb == FAULT_COLOUR and cell.comment is not None


def test_the_roster_marked_by_its_truth(tmp_path):
    errors = json.loads((DATA / "county-roster-a.truth.json").read_text("utf-8"))["errors"]
    rows, headings = table(ROSTER)
    problems = []
    for error in errors:
        texts = headings[error["sheet"]].texts
        column = next(index for index, text in texts.items() if text == error["column"])
        problems.append((error["sheet"], error["row"], column, error["kind"]))
    mark_workbook(ROSTER, tmp_path / "marked.xlsx", problems, headings)

    marked_rows, marked_headings = table(tmp_path / "marked.xlsx")
    assert marked_rows == rows
    assert marked_headings[SHEET].marks_column == 24 and not marked_headings[SHEET].unknown
    before, after = loaded(ROSTER), loaded(tmp_path / "marked.xlsx")
    for sheet, row, column, kind in problems:
        assert is_marked(after[sheet].cell(row, column + 1))
        assert after[sheet].cell(row, 25).value == kind
    assert after["Sheet6"].sheet_state == "hidden"
    merges = {str(merged) for merged in after[SHEET].merged_cells.ranges}
    assert merges - {str(merged) for merged in before[SHEET].merged_cells.ranges} == {"Y3:Y4"}
    assert after[SHEET]["L14"].number_format == before[SHEET]["L14"].number_format


def marked(tmp_path, problems, source=None, name="marked.xlsx"):
    source = source or tmp_path / "roster.xlsx"
    if not source.exists():
        hostile.roster(source)
    mark_workbook(source, tmp_path / name, problems, table(source)[1])
    return load_workbook(tmp_path / name)[SHEET]


def test_messages_meet_in_the_row_and_in_the_first_merged_cell(tmp_path):
    problems = [
        (SHEET, 6, 1, "户编号重复"),
        (SHEET, 6, 11, "号码有误"),
        (SHEET, 6, 11, "=重复"),
        (SHEET, 6, None, "整户不能导入"),
        (SHEET, 4, 12, "未知的列"),
    ]
    sheet = marked(tmp_path, problems)
    assert is_marked(sheet["B5"]) and not is_marked(sheet["B6"])
    assert sheet["L6"].comment.text == COMMENT_START + "号码有误\n=重复"
    assert sheet["Y6"].value == "户编号重复\n号码有误\n=重复\n整户不能导入"
    assert is_marked(sheet["M4"]) and sheet["Y3"].value == "核对结果"


def test_marks_are_replaced(tmp_path):
    marked(tmp_path, [(SHEET, 5, 11, "第一次"), (SHEET, 6, 11, "第一次")])
    sheet = marked(tmp_path, [(SHEET, 6, 12, "第二次")], tmp_path / "marked.xlsx", "again.xlsx")
    assert not is_marked(sheet["L5"]) and not is_marked(sheet["L6"]) and sheet["L5"].fill.fill_type is None
    assert is_marked(sheet["M6"]) and sheet["Y5"].value is None and sheet["Y6"].value == "第二次"
    assert sheet.max_column == 25
    assert table(tmp_path / "again.xlsx")[0] == table(tmp_path / "roster.xlsx")[0]


def test_the_users_comments_notes_and_panes_stay(tmp_path):
    def change(sheet):
        sheet["L5"].comment = Comment("已核实", "李四")
        sheet["Z9"] = "旁注"
        sheet.freeze_panes = "C5"

    hostile.roster(tmp_path / "roster.xlsx", change)
    sheet = marked(tmp_path, [(SHEET, 5, 11, "有误")])
    assert sheet["L5"].comment.text == "已核实" and sheet.freeze_panes == "C5"
    assert sheet["Z9"].value == "旁注" and sheet["AA5"].value == "有误"


@pytest.mark.parametrize(
    "make", [hostile.formulas, hostile.float_ids, hostile.formula_like_texts], ids=lambda make: make.__name__
)
def test_it_can_be_imported_unopened(make, tmp_path):
    make(tmp_path / "roster.xlsx")
    marked(tmp_path, [(SHEET, 5, 19, "有误")])
    assert table(tmp_path / "marked.xlsx")[0] == table(tmp_path / "roster.xlsx")[0]


def test_formulas_stay_formulas(tmp_path):
    hostile.formulas(tmp_path / "roster.xlsx")
    assert marked(tmp_path, [])["G5"].value == "=40+40"


def test_a_number_in_a_date_cell_stays_a_number(tmp_path):
    def change(sheet):
        sheet["V5"] = 20200101
        sheet["V5"].number_format = "yyyy-mm-dd"

    hostile.roster(tmp_path / "roster.xlsx", change)
    with pytest.warns(UserWarning, match="outside the limits"):
        marked(tmp_path, [(SHEET, 5, 21, "有误")])
    assert table(tmp_path / "marked.xlsx")[0][SHEET][0][1]["就业起始时间"] == 20200101


def test_a_workbook_too_large_for_its_styles_comes_back_plain(tmp_path, monkeypatch):
    monkeypatch.setattr(marking, "MOST_CELLS", 10)
    sheet = marked(tmp_path, [(SHEET, 6, 1, "有误")])
    assert is_marked(sheet["B5"]) and sheet["Y6"].value == "有误"
    assert table(tmp_path / "marked.xlsx")[0] == table(tmp_path / "roster.xlsx")[0]


def test_formatted_empty_rows_are_left_out(tmp_path):
    hostile.formatted_empty_rows(tmp_path / "roster.xlsx")
    assert marked(tmp_path, [(SHEET, 5, 11, "有误")]).max_row < 20
