"""The county's own workbook: every fault and nothing else, the same counts, and the way back after correction."""

from __future__ import annotations

import datetime as dt

from openpyxl import load_workbook

from common.excel.marking import mark_workbook
from common.scope import acting_as
from employment.models import Employment
from households.models import Household, Person
from ledgers.imports.checking import check
from ledgers.imports.progress import Silent
from ledgers.imports.reading import read_source
from ledgers.shapes import shape_of
from settlements.models import Settlement
from tests.imports.conftest import ROSTER
from tests.imports.workbooks import edit_book
from tests.world import id_number

STREET = "522326001000"


def checked(path, user):
    shape = shape_of("county-roster")
    source = read_source(path, shape)
    with acting_as(user):
        return check(source, shape, user, Silent())


def test_finds_every_fault_and_nothing_else(county, truth):
    found = checked(ROSTER, county)
    told = [(p.sheet, p.row, p.column, p.code) for p in found.errors]
    assert told == [(e["sheet"], e["row"], e["column"], e["kind"]) for e in truth["errors"]]
    refused = [str(block.raw["code"]) for block in found.source.blocks if block.refused]
    assert sorted(refused) == sorted(error["household"] for error in truth["errors"])
    assert found.source.hidden == ["Sheet6"]


def test_counts_and_stores_what_is_valid(county, truth, imported):
    whole, valid = truth["counts"]["whole_file"], truth["counts"]["without_refused_households"]
    code, answer = imported(ROSTER, "--check-only")
    assert code == 1
    assert [answer[k] for k in ("households", "persons", "employments")] == [
        whole["households"],
        whole["persons"],
        whole["jobs"],
    ]
    assert (answer["new"], answer["changed"], answer["refused"]) == (valid["households"], 0, 25)
    assert answer["unknown_settlements"] == [sheet["settlement"] for sheet in truth["sheets"]]
    assert not Household.objects.exists()

    code, answer = imported(ROSTER, "--valid-only")
    assert code == 1  # nobody knows the settlements
    code, answer = imported(ROSTER, "--valid-only", "--create-settlements", "--division", STREET)
    assert code == 0
    with acting_as(county):
        assert Household.objects.count() == valid["households"]
        assert Person.objects.count() == valid["persons"]
        assert Employment.objects.count() == valid["jobs"]
        places = Settlement.objects.values_list("name", "placement", "location", "region")
        assert set(places) == {(s["settlement"], "concentrated", "urban", int(STREET)) for s in truth["sheets"]}

    code, answer = imported(ROSTER, "--valid-only")
    assert (code, answer["new"], answer["changed"], answer["unchanged"]) == (0, 0, 0, valid["households"])


def test_marked_workbook_is_imported_as_it_is_after_correction(county, truth, imported, tmp_path):
    found = checked(ROSTER, county)
    headings = {sheet.title: sheet.headings for sheet in found.source.sheets}
    problems = [(p.sheet, p.row, headings[p.sheet].index(p.field), p.message) for p in found.problems]
    marked = tmp_path / "marked.xlsx"
    mark_workbook(ROSTER, marked, problems, headings)

    again = checked(marked, county)
    assert [(p.sheet, p.row, p.column, p.code) for p in again.errors] == [
        (p.sheet, p.row, p.column, p.code) for p in found.errors
    ]

    book = load_workbook(marked)
    changes = {}
    for error in truth["errors"]:
        sheet, row = book[error["sheet"]], error["row"]
        changes[error["sheet"], row, error["column"]] = corrected(sheet, row, error["kind"])
        if error["kind"] == "sex_mismatch":
            other = "女" if sheet.cell(row, 13).value == "男" else "男"
            changes[error["sheet"], row, error["column"]] = other
    right = edit_book(book, tmp_path / "right.xlsx", changes)
    code, answer = imported(right, "--create-settlements", "--division", STREET)
    assert answer["errors"] == []
    assert (code, answer["new"], answer["refused"]) == (0, truth["counts"]["whole_file"]["households"], 0)


def corrected(sheet, row: int, kind: str):
    if kind in ("check_digit", "float_id", "duplicate_person"):
        return id_number(dt.date(1980, 5, 5), "1" if sheet.cell(row, 13).value == "男" else "2")
    return {
        "unknown_code": "普通劳动力",
        "no_head": "户主",
        "two_heads": "之子",
        "end_before_start": None,
        "missing_name": "甲一",
        "impossible_date": "2019-01-01",
        "wage_text": 3000,
        "sex_mismatch": None,
    }[kind]
