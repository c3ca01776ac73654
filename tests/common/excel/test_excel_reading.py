import zipfile
from collections import Counter
from datetime import date
from pathlib import Path

import pytest
from openpyxl import Workbook

from common.excel.headings import data_rows, match_sheets, row_kind
from common.excel.limits import Limits, WorkbookError
from common.excel.reading import read_workbook
from tests.common.excel import hostile
from tests.common.excel.expected import COLUMNS

ROSTER = Path(__file__).parents[2] / "data" / "county-roster-a.xlsx"


def test_the_roster_is_read_whole():
    book = read_workbook(ROSTER)
    assert [sheet.title for sheet in book.hidden] == ["Sheet6"]
    assert book.hidden[0].rows == []
    counts = {}
    for sheet, headings in match_sheets(book, COLUMNS):
        assert (headings.first_row, headings.last_row, headings.last_column) == (3, 4, 23)
        assert not headings.unknown and not headings.missing and not headings.duplicates
        kinds = Counter(row_kind(values, headings) for number, values in sheet.rows if number > headings.last_row)
        assert (kinds["total"], kinds["note"], kinds["signature"]) == (1, 1, 1)
        counts[sheet.title] = len(list(data_rows(sheet, headings)))
    assert counts == {
        "蟠桃园社区": 2323,
        "平洞社区": 1242,
        "新丰安置点": 637,
        "乐旺安置点": 236,
        "石头寨小型安置点": 80,
    }


def test_cells_keep_their_types():
    sheet = read_workbook(ROSTER).visible[0]
    rows = dict(sheet.rows)
    assert rows[5][1] == "522326000001" and rows[5][8] == 17129804604 and rows[6][0] is None
    assert type(rows[126][11]) is float  # an ID number that has lost digits
    assert any(type(value) is date for row in rows.values() for value in row)
    assert (5, 1, 6, 1) in sheet.merges


@pytest.mark.parametrize("make", hostile.FILES, ids=lambda make: make.__name__)
def test_a_refusal_has_its_code_and_says_what_to_do(make, tmp_path):
    path = tmp_path / "upload.xlsx"
    make(path)
    with pytest.raises(WorkbookError) as refusal:
        read_workbook(path)
    assert refusal.value.code == hostile.FILES[make]
    assert "%(" not in refusal.value.messages[0]


def test_size_limits(tmp_path):
    path = tmp_path / "roster.xlsx"
    hostile.roster(path)
    for limits, code in (
        (Limits(file_bytes=1000), "file_too_large"),
        (Limits(unpacked_bytes=5000), "too_large"),
        (Limits(rows=5), "too_many_rows"),
        (Limits(columns=10), "too_many_columns"),
        (Limits(cells=20), "too_many_cells"),
    ):
        with pytest.raises(WorkbookError) as refusal:
            read_workbook(path, limits)
        assert refusal.value.code == code


def test_a_million_formatted_empty_rows_are_no_rows(tmp_path):
    path = tmp_path / "empty_rows.xlsx"
    hostile.formatted_empty_rows(path)
    (sheet,) = read_workbook(path).sheets
    assert [number for number, _ in sheet.rows] == [1, 2, 3, 4, 5, 6, 7]


def test_formulas_are_their_values(tmp_path):
    path = tmp_path / "formulas.xlsx"
    hostile.formulas(path)
    row = dict(read_workbook(path).sheets[0].rows)[5]
    assert (row[6], row[7], row[18], row[19], row[20]) == (80, date(2018, 5, 3), "宁波电子厂", "#N/A", "=1000+500")


def test_an_unusual_form_of_xml_is_read_alike(tmp_path):
    usual, unusual = tmp_path / "usual.xlsx", tmp_path / "unusual.xlsx"
    for path in (usual, unusual):
        hostile.formulas(path)
    hostile.rewrite(unusual, hostile.SHEET, lambda content: content.replace(b'<c r="', b'<c\n  r="'))
    assert read_workbook(usual).sheets == read_workbook(unusual).sheets


def test_numbers_of_up_to_fifteen_digits_are_whole(tmp_path):
    book = Workbook()
    book.active.append([522326000001, 529999198001011236, 12.5, True, "   ", "'529999"])
    book.save(tmp_path / "numbers.xlsx")
    ((_, row),) = read_workbook(tmp_path / "numbers.xlsx").sheets[0].rows
    assert row == (522326000001, pytest.approx(529999198001011236), 12.5, True, None, "'529999")
    assert [type(value) for value in row[:4]] == [int, float, float, bool]


def test_two_parts_of_one_name_are_refused(tmp_path):
    path = tmp_path / "twice.xlsx"
    hostile.roster(path)
    with zipfile.ZipFile(path, "a") as archive:
        archive.writestr("xl/worksheets/Sheet1.xml", "<worksheet/>")
    with pytest.raises(WorkbookError, match="damaged"):
        read_workbook(path)


@pytest.mark.slow
def test_a_million_rows_of_formatted_cells(tmp_path):
    path = tmp_path / "cells.xlsx"
    hostile.formatted_empty_rows(path, rows=1_048_576, columns=24)
    assert len(read_workbook(path).sheets[0].rows) == 7
