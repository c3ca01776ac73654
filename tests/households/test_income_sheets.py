"""Sheets of income, risk and safety net: with the headings of officials, and back again unchanged."""

import pytest
from django.core.management import call_command
from openpyxl import load_workbook

from common.scope import acting_as
from households.models import Insurance, RiskCase
from tests import world
from tests.households.wealth import enter, family, line, told
from tests.imports.conftest import county, imported  # noqa: F401 - fixtures

INCOME_HEADINGS = [
    "年度", "户编号", "户主", "家庭人口", "工资性收入（元）", "生产经营性收入（元）", "财产性收入（元）", "转移性收入（元）",
    "其中：低保金（元）", "生产经营性支出（元）", "纯收入（元）", "人均纯收入（元）", "上年人均纯收入（元）", "增幅（%）",
    "核算人", "核算时间", "户主确认",
]  # fmt: skip
RISK_HEADINGS = [
    "户编号", "户主", "安置点", "监测对象类型", "风险类型", "风险等级（红黄绿）", "发现渠道", "发现时间", "识别认定时间",
    "人均纯收入（元）", "帮扶措施", "首条措施时间", "帮扶责任人", "风险消除时间", "消除方式", "备注",
]  # fmt: skip


@pytest.fixture
def household(county):  # noqa: F811
    found = family(county, world.settlement(county))
    line(county, 2019, 4000)
    enter(county, found, 2018, wages=20000, confirmed="是", worked_by="王干部")
    enter(county, found, 2019, wages=9000, transfers="1200.50", minimum_living=600, rigid_medical=800)
    with acting_as(county):
        case = RiskCase.objects.get(household=found)
        head = found.persons.get(relation="01")
    steps = {"verified_on": "2020-06-30", "monitor_type": "1", "cause": "07"}
    told(county, "risk-cases", {"id": case.pk, **steps})
    told(county, "insurances", {"person": head.pk, "year": 2020, "kind": "1", "payer": "subsidised", "subsidy": 250})
    told(county, "disabilities", {"person": head.pk, "certificate": f"{head.id_number}43", "issued_on": "2019-01-01"})
    return found


@pytest.mark.parametrize(
    ("key", "headings"),
    [("incomes", INCOME_HEADINGS), ("risk-cases", RISK_HEADINGS), ("insurances", []), ("disabilities", [])],
)
def test_what_is_exported_is_imported_unchanged(county, household, imported, tmp_path, key, headings):  # noqa: F811
    path = tmp_path / f"{key}.xlsx"
    call_command("export_ledger", key, "--as", "county", "--out", str(path), verbosity=0)
    cells = {cell.value for row in load_workbook(path).worksheets[0].iter_rows() for cell in row}
    assert set(headings) <= cells
    code, answer = imported(path, key=key)
    assert code == 0, answer
    assert (answer["new"], answer["changed"], answer["refused"]) == (0, 0, 0)
    assert answer["unchanged"] == {"incomes": 2}.get(key, 1)


def test_the_sheet_of_another_office_names_people_by_their_number(county, household, imported, tmp_path):  # noqa: F811
    path = tmp_path / "template.xlsx"
    call_command("export_ledger", "insurances", "--as", "county", "--out", str(path), verbosity=0)
    book = load_workbook(path)
    sheet = book.worksheets[0]
    with acting_as(county):
        son = household.persons.get(relation="03")
    [[row, column]] = [
        (cell.row, cell.column)
        for line_ in sheet.iter_rows()
        for cell in line_
        if str(cell.value).startswith("人员编号")
    ]
    sheet.cell(row + 1, column).value = son.id_number
    book.save(path)
    code, answer = imported(path, key="insurances")
    assert (code, answer["new"]) == (0, 1), answer
    with acting_as(county):
        assert Insurance.objects.get(person=son).kind == "1"
