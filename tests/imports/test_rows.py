"""What single cells and rows of a roster mean."""

from __future__ import annotations

import datetime as dt

import pytest
from openpyxl import load_workbook

from common import citizen_id
from common.scope import acting_as
from employment.models import Employment
from households.models import Household, Person
from tests.imports.workbooks import GROUPS, HEADINGS, add_sheet, edit, home, person, roster, work
from tests.world import CEHENG, CEHENG_TOWNSHIP, WANGMO_TOWNSHIP, household, id_number, member, settlement, user

BORN = dt.date(1980, 5, 5)


@pytest.fixture
def place(county):
    return settlement(county, WANGMO_TOWNSHIP, "幸福社区")


def codes(answer) -> list[tuple]:
    return [(error["row"], error["column"], error["code"]) for error in answer["errors"]]


def test_further_jobs_and_members_continue_what_stands_above(county, place, imported, tmp_path):
    number, child = id_number(BORN), id_number(dt.date(2010, 1, 1), "2")
    file = roster(
        tmp_path / "a.xlsx",
        [
            home() | person(number) | work("2018-01-01", 就业终止时间="2018-12-31"),
            work("2019-01-01"),
            {},
            person(child, "甲二", "之女", 劳动能力=None),
            home("522326000002") | person(id_number(BORN)) | work(),
            home("522326000002") | person(id_number(BORN, "2"), "乙", "配偶"),  # household cells repeated, not merged
            {"户编号": "合计", "户主姓名": "2户"},
        ],
    )
    code, answer = imported(file)
    assert (code, answer["errors"]) == (0, [])
    assert [answer[k] for k in ("households", "persons", "employments", "new")] == [2, 4, 3, 2]
    with acting_as(county):
        assert Employment.objects.filter(person__household__code="522326000001").count() == 2
        assert Household.objects.get(code="522326000002").persons.count() == 2


def test_a_blank_cell_keeps_and_a_missing_member_is_kept_and_told(county, place, imported, tmp_path):
    head, wife = id_number(BORN), id_number(BORN, "2")
    first = roster(
        tmp_path / "a.xlsx",
        [home(住房面积=None) | {"住房面积(㎡)": 80} | person(head) | work(), person(wife, "甲二", "配偶")],
    )
    assert imported(first)[0] == 0
    second = roster(
        tmp_path / "b.xlsx",
        [home(楼栋房号="1栋101") | {"身份证号": head, "姓名": "甲一"} | work(**{"月工资（元）": 3000})],
    )
    code, answer = imported(second)
    assert (code, answer["errors"], answer["changed"]) == (0, [], 1)
    assert answer["kept"] == [{"key": "522326000001", "name": "甲二"}]
    with acting_as(county):
        stored = Household.objects.get()
        assert (stored.housing_area, stored.address) == (80, "1栋101")
        assert Person.objects.get(name="甲一").relation == "01"
        assert Employment.objects.get().monthly_wage == 3000


def test_a_masked_number_matches_by_household_name_and_mask(county, place, imported, tmp_path):
    number = id_number(BORN)
    assert imported(roster(tmp_path / "a.xlsx", [home() | person(number)]))[0] == 0
    masked = roster(tmp_path / "b.xlsx", [home() | person(citizen_id.mask(number), 民族="苗族")])
    code, answer = imported(masked)
    assert answer["errors"] == []
    assert (code, answer["changed"]) == (0, 1)
    with acting_as(county):
        assert Person.objects.get().id_number == number
    other = roster(tmp_path / "c.xlsx", [home() | person(citizen_id.mask(number), "别名")])
    code, answer = imported(other)
    assert code == 1
    assert [error["column"] for error in answer["errors"]] == ["身份证号"]


@pytest.mark.parametrize(
    ("born", "sex", "same"),
    [(dt.date(2020, 6, 1), "2", True), (dt.date(2020, 6, 2), "2", False), (dt.date(2020, 6, 1), "1", False)],
)
def test_a_newborn_gets_its_number(county, place, imported, tmp_path, born, sex, same):
    newborn = {"name": "小丁", "relation": "03", "sex": "2", "birth_date": dt.date(2020, 6, 1)}
    stored = household(county, place, [member("甲一"), newborn], code="522326000001")
    number = id_number(born, sex)
    code, answer = imported(roster(tmp_path / "a.xlsx", [home(stored.code) | person(number, "小丁", "之女")]))
    assert (code, answer["errors"], answer["changed"]) == (0, [], 1)
    assert [one["name"] for one in answer["kept"]] == (["甲一"] if same else ["甲一", "小丁"])
    with acting_as(county):
        numbers = [one.id_number for one in Person.objects.filter(name="小丁").order_by("pk")]
    assert numbers == ([number] if same else [None, number])


def test_a_person_stands_once_in_the_file_and_in_the_store(county, place, imported, tmp_path):
    number = id_number(BORN)
    file = roster(
        tmp_path / "a.xlsx",
        [home() | person(number), home("522326000002") | person(id_number(BORN)), person(number, "甲三", "之子")],
    )
    code, answer = imported(file, "--valid-only")
    assert codes(answer) == [(7, "身份证号", "duplicate_person")]
    assert (code, answer["new"], answer["refused"]) == (0, 1, 1)
    later = roster(tmp_path / "b.xlsx", [home("522326000003") | person(number)])
    code, answer = imported(later)
    assert (code, codes(answer)) == (1, [(5, "身份证号", "duplicate_person")])


def test_households_of_another_county_are_refused(county, place, imported, tmp_path):
    neighbour = user("neighbour", "county", CEHENG)
    settlement(neighbour, CEHENG_TOWNSHIP, "邻县社区")
    theirs = roster(tmp_path / "a.xlsx", [home("522327000001") | person(id_number(BORN))], "邻县社区")
    assert imported(theirs, by="neighbour")[0] == 0
    ours = roster(tmp_path / "b.xlsx", [home("522327000001") | person(id_number(BORN))])
    code, answer = imported(ours)
    assert (code, codes(answer)) == (1, [(5, "户编号", "out_of_scope")])
    with acting_as(neighbour):
        assert Household.objects.get().settlement.name == "邻县社区"


def test_an_unknown_column_warns_and_a_missing_one_refuses_the_sheet(county, place, imported, tmp_path):
    rows = [home(是否脱贫="是") | person(id_number(BORN))]
    more = roster(tmp_path / "a.xlsx", rows, headings=[*HEADINGS, "是否脱贫"])
    code, answer = imported(more, "--check-only")
    assert (code, [w["code"] for w in answer["warnings"]]) == (0, ["unknown_column"])
    assert answer["warnings"][0]["column"] == "是否脱贫"


@pytest.mark.parametrize("lacking", ["身份证号", "户编号", "姓名", "与户主关系"])
def test_a_missing_column_is_told_once_with_the_faults_of_filled_cells(county, place, imported, tmp_path, lacking):
    rows = [home() | person(id_number(BORN), 劳动能力="一般般"), person(id_number(BORN), "甲二", "配偶")]
    kept = [pair for pair in zip(HEADINGS, GROUPS, strict=True) if pair[0] != lacking]
    headings, groups = zip(*kept, strict=True)
    code, answer = imported(roster(tmp_path / "b.xlsx", rows, headings=headings, groups=groups))
    assert (code, codes(answer)) == (1, [(4, lacking, "missing_column"), (5, "劳动能力", "unknown_code")])
    assert (answer["refused"], answer["new"], answer["unknown_settlements"]) == (answer["households"], 0, [])


def test_a_township_imports_its_part_of_the_countys_roster(county, place, imported, tmp_path):
    """What lies outside its area is refused, household by household, and asks for no settlements."""
    elsewhere = settlement(county, WANGMO_TOWNSHIP + 1000, "别处社区")
    household(county, elsewhere, [member("丙")], code="522326000009")
    user("township", "township", WANGMO_TOWNSHIP)
    book = load_workbook(roster(tmp_path / "a.xlsx", [home("522326000001") | person(id_number(BORN))]))
    masked = citizen_id.mask(id_number(BORN))
    add_sheet(book, "别处社区", [home("522326000009") | person(masked, "丙")])
    book.save(tmp_path / "a.xlsx")
    code, answer = imported(tmp_path / "a.xlsx", "--valid-only", by="township")
    assert (code, codes(answer)) == (0, [(5, "户编号", "out_of_scope")])
    assert "管辖范围以外" in answer["errors"][0]["message"]
    assert (answer["new"], answer["refused"], answer["unknown_settlements"]) == (1, 1, [])


def test_what_belongs_to_nothing_is_told(county, place, imported, tmp_path):
    file = roster(tmp_path / "a.xlsx", [person(id_number(BORN)), home() | person(id_number(BORN))])
    code, answer = imported(file)
    assert (code, codes(answer)) == (1, [(5, "户编号", "no_parent")])
    assert answer["new"] == 1


def test_formulas_are_read_as_values_and_other_sheets_left_aside(county, place, imported, tmp_path):
    from openpyxl import Workbook

    book = Workbook()
    book.active["A1"] = "说明"
    add_sheet(book, "幸福社区", [home() | person(id_number(BORN), "=不是公式") | {"备注": "+86"}])
    hidden = book.create_sheet("草稿")
    hidden["A1"], hidden.sheet_state = "内部", "hidden"
    book.save(tmp_path / "a.xlsx")
    code, answer = imported(tmp_path / "a.xlsx", "--check-only")
    assert answer["hidden_sheets"] == ["草稿"]
    assert (answer["households"], answer["persons"]) == (1, 1)


def test_a_fault_stores_nothing_of_anybody(county, place, imported, tmp_path):
    file = roster(
        tmp_path / "a.xlsx", [home() | person(id_number(BORN)), home("522326000002") | person("529999198005051230")]
    )
    code, answer = imported(file)
    assert code == 1
    assert answer["errors"][0]["code"] == "check_digit"
    with acting_as(county):
        assert not Household.objects.exists()


def test_roles_that_may_not_import_are_refused(county, place, imported, tmp_path):
    from django.core.management import CommandError

    user("drc", "drc", 520000000000)
    file = roster(tmp_path / "a.xlsx", [home() | person(id_number(BORN))])
    with pytest.raises(CommandError):
        imported(file, by="drc")


@pytest.mark.parametrize(
    "heading,value", [("月工资（元）", "面议"), ("就业起始时间", "2019-02-30"), ("劳动能力", "一般般")]
)
def test_the_marked_cell_is_the_faulty_one(county, place, imported, tmp_path, heading, value):
    file = roster(tmp_path / "a.xlsx", [home() | person(id_number(BORN)) | work()])
    code, answer = imported(edit(file, tmp_path / "b.xlsx", {("幸福社区", 5, heading): value}))
    assert (code, answer["errors"][0]["column"], answer["errors"][0]["value"]) == (1, heading, value)
