"""Exports in the official frame, and the way back: what was exported is imported unchanged."""

from __future__ import annotations

import datetime as dt

import pytest
from django.core.management import CommandError
from openpyxl import load_workbook

from accounts.models import Disclosure
from common import citizen_id
from common.scope import acting_as, whole
from households.models import Person
from tests.world import CEHENG, WANGMO, household, job, member, settlement, user

PROVINCE = 520000000000


@pytest.fixture
def world(county):
    """Two settlements, three households: one with two members and three jobs, one with a newborn without ID number and
    a member who has died."""
    first, second = settlement(county, name="幸福社区"), settlement(county, name="新村安置点", location="rural")
    wife = member("乙", "02", dt.date(1986, 1, 1), sex="2", ethnic_group="05", remark="=1+1")
    jobs = [[job(dt.date(2018, 1, 1), dt.date(2018, 12, 31)), job(dt.date(2019, 1, 1), monthly_wage=3500)], [job()]]
    household(
        county,
        first,
        [member("甲", phone="13812341234"), wife],
        jobs,
        address="1栋101",
        housing_area=80,
        moved_in_on=dt.date(2018, 5, 3),
        phone="13812341234",
    )
    household(county, first)
    newborn = {"name": "丁", "relation": "03", "sex": "2", "birth_date": dt.date(2020, 6, 1), "labour_capability": "5"}
    household(county, second, [member("丙", school="13"), member("戊", "11", died_on=dt.date(2020, 5, 1)), newborn])
    return county


def texts(sheet) -> list[list]:
    return [[cell.value for cell in row] for row in sheet.iter_rows()]


@pytest.mark.parametrize("role", ["county", "province"])
def test_the_roster_comes_back_unchanged(world, exported, imported, role):
    """In the clear by the county itself, masked by the province."""
    if role == "province":
        user("province", "province", PROVINCE)
    path = exported("county-roster", by=role)
    book = load_workbook(path)
    assert book.sheetnames == ["幸福社区", "新村安置点"]
    with acting_as(world):
        number = Person.objects.get(name="甲").id_number
    cells = [cell for row in book["幸福社区"].iter_rows() for cell in row if cell.column == 12 and cell.row > 4]
    told = {cell.value for cell in cells if cell.value}
    assert (number if role == "county" else citizen_id.mask(number)) in told
    code, answer = imported(path)
    assert answer["errors"] == []
    assert [answer[k] for k in ("households", "persons", "employments")] == [3, 5, 3]
    assert (code, answer["new"], answer["changed"], answer["unchanged"]) == (0, 0, 0, 3)
    assert answer["kept"] == []


@pytest.mark.parametrize("key", ["households", "persons", "employments", "settlements"])
def test_each_ledger_comes_back_unchanged(world, exported, imported, key):
    code, answer = imported(exported(key), key=key)
    assert answer["errors"] == []
    assert (code, answer["new"], answer["changed"]) == (0, 0, 0)
    assert answer["unchanged"] == {"households": 3, "persons": 6, "employments": 3, "settlements": 2}[key]


def test_the_official_frame(world, exported):
    sheet = load_workbook(exported("county-roster"))["幸福社区"]
    assert sheet["A1"].value == "望谟县易地扶贫搬迁户花名册（幸福社区）"
    assert "填报日期：2020年6月30日" in sheet["A2"].value and "单位：人、平方米、元/月" in sheet["A2"].value
    assert sheet["A3"].value == "户基本情况" and sheet["L4"].value == "身份证号"
    merged = {str(found) for found in sheet.merged_cells.ranges}
    assert {"A3:I3", "B5:B7"} <= merged
    assert sheet["L5"].data_type == "s" and len(sheet["L5"].value) == 18
    assert (sheet["J5"].value, sheet["J6"].value, sheet["J7"].value) == ("甲", None, "乙")
    assert (sheet["R6"].value is not None, sheet["N7"].value) == (
        True,
        "苗族" if sheet["N7"].value == "苗族" else sheet["N7"].value,
    )
    assert sheet["H5"].is_date and sheet["H5"].value.date() == dt.date(2018, 5, 3)
    assert sheet.freeze_panes is not None
    assert (sheet.page_setup.orientation, int(sheet.page_setup.paperSize)) == ("landscape", 8)
    assert sheet.print_title_rows == "$3:$4"
    rows = texts(sheet)
    assert any("SUBTOTAL" in str(value) for row in rows for value in row)
    assert any(str(row[0]).startswith("填表人") for row in rows)
    remark = next(cell for row in sheet.iter_rows() for cell in row if cell.value == "=1+1")
    assert remark.data_type == "s"


def test_scope_and_filters(world, exported):
    neighbour = user("neighbour", "county", CEHENG)
    household(neighbour, settlement(neighbour, 522327001000, "邻县社区"))
    assert load_workbook(exported("county-roster")).sheetnames == ["幸福社区", "新村安置点"]
    user("drc", "drc", PROVINCE)
    assert "邻县社区" in load_workbook(exported("county-roster", by="drc")).sheetnames
    only = load_workbook(exported("county-roster", "--filter", "region=522327000000", by="drc", name="only"))
    assert only.sheetnames == ["邻县社区"]
    some = load_workbook(exported("households", "--filter", "settlement=新村安置点")).worksheets[0]
    assert sum(str(row[0]).startswith("522326") for row in texts(some)) == 1
    with pytest.raises(CommandError, match="unknown"):
        exported("households", "--filter", "unknown=1")
    with pytest.raises(CommandError):
        exported("households", by="nobody")


def test_whole_numbers_are_recorded_and_others_masked(world, exported):
    exported("persons")
    with whole():
        told = Disclosure.objects.order_by("-id").first()
    assert (told.ledger, told.rows, told.region) == ("persons", 6, WANGMO)
    user("drc", "drc", PROVINCE)
    values = [value for row in texts(load_workbook(exported("persons", by="drc")).worksheets[0]) for value in row]
    assert any(str(value).startswith("529999") and "*" in str(value) for value in values)
    assert not any(str(value).startswith("529999") and "*" not in str(value) for value in values)


def test_an_empty_export_is_a_workbook_too(county, exported):
    assert load_workbook(exported("county-roster")).worksheets[0]["A1"].value == "望谟县易地扶贫搬迁户花名册"
    assert load_workbook(exported("persons")).worksheets
