"""Problems from the inspection's own workbook: what is good comes in, each fault is told with its remedy, all at once.

Form, sheet and API judge the same samples alike, and what was exported comes in again as it is.
"""

from __future__ import annotations

import datetime as dt
import html
import json
import re
import uuid

import pytest
from django.test import Client
from openpyxl import Workbook, load_workbook

from accounts.models import ApiToken
from common.scope import acting_as, whole
from ledgers.checking import clean_rows
from ledgers.shapes import shape_of
from rectification.ledgers.items import items as ledger
from rectification.models import ItemMove, ProblemClass, RectificationItem
from tests import world
from tests.exports.conftest import exported  # noqa: F401 - fixture
from tests.imports.conftest import imported as importing  # noqa: F401 - fixture
from tests.rectification.conftest import act, again, bring_to

pytestmark = pytest.mark.django_db

# As offices of development and reform head their own list of leads (L-17), with the settlements that it names.
LEADS = [
    "编号", "问题线索性质", "类别", "归属", "概要", "主要情况", "整改责任单位", "整改时限(月)", "整改情况（月）", "存在问题",
    "下步措施", "整改完成情况", "牵头单位", "涉及安置点",
]  # fmt: skip
GOOD = {"类别": "就业帮扶", "归属": "望谟县", "整改责任单位": "望谟县住房和城乡建设局", "整改时限(月)": 3}
TOLD = ("--told", "source=04", "--told", "found_on=2026-03-02", "--told", "document_no=发改振兴〔2026〕1号")


@pytest.fixture
def imported(importing):  # noqa: F811
    def run(file, *options, by: str = "county") -> tuple[int, dict]:
        return importing(file, *options, key="rectification-items", by=by)

    return run


@pytest.fixture
def places(people):
    return [world.settlement(people.county, name=name) for name in ("平洞社区", "蟠桃社区")]


def workbook(path, headings: list[str], rows: list[dict]):
    """A sheet as offices lay it out: title, who fills it in, heading in row 3, rows from row 4 on."""
    book = Workbook()
    sheet = book.active
    sheet.title = "问题清单"
    sheet.append(["易地扶贫搬迁后续扶持问题线索台账"])
    sheet.append(["填报单位（盖章）：望谟县发展和改革局"])
    sheet.append(headings)
    for row in rows:
        assert set(row) <= set(headings)
        sheet.append([row.get(heading) for heading in headings])
    book.save(path)
    return path


def class_name() -> str:
    return ProblemClass.objects.get(region=0, code="N1").name


def test_the_inspections_own_workbook(people, places, imported, tmp_path):
    good = GOOD | {"类别": class_name()}
    rows = [
        good
        | {
            "编号": "3-1",
            "主要情况": "外墙渗水",
            "概要": "渗水",
            "下步措施": "重做防水层",
            "涉及安置点": "平洞社区、蟠桃社区",
        },
        good | {"编号": "3-2", "主要情况": "照明损坏", "整改时限(月)": "2026年6月底前"},
        good | {"编号": "3-3", "主要情况": "学位不足", "整改时限(月)": "2026.9.30", "涉及安置点": "蟠桃社区"},
        good | {"编号": "3-4", "主要情况": "时限过早", "整改时限(月)": "2026-03-01"},
        good | {"编号": "3-5", "主要情况": "外县单位", "整改责任单位": "册亨县生态移民局"},
        good | {"编号": "3-6", "主要情况": "类别不明", "类别": "没有这一类"},
        good | {"编号": "3-7", "主要情况": "点位不明", "涉及安置点": "平洞社区、没有的社区"},
        good | {"编号": "3-8", "主要情况": "外县问题", "归属": "册亨县", "整改责任单位": "黔西南州生态移民局"},
        good | {"编号": "3-9"},
        good | {"编号": "3-2", "主要情况": "照明损坏"},
        good | {"编号": "3-11", "主要情况": "两处都错", "类别": "没有这一类", "整改时限(月)": "很久"},
    ]
    file = workbook(tmp_path / "leads.xlsx", LEADS, rows)
    code, answer = imported(file, *TOLD)
    assert code == 1 and not RectificationItem.objects.exists()
    told = [(one["row"], one["column"], one["value"], one["code"]) for one in answer["errors"]]
    assert told == [
        (7, "整改时限(月)", "2026-03-01", "deadline_too_early"),
        (8, "整改责任单位", "册亨县生态移民局", "unknown_reference"),
        (9, "类别", "没有这一类", "unknown_reference"),
        (10, "涉及安置点", "平洞社区、没有的社区", "unknown_settlement"),
        (11, "归属", "册亨县", "out_of_scope"),
        (12, "主要情况", "", "required"),
        (13, "主要情况", "照明损坏", "duplicate"),
        (14, "类别", "没有这一类", "unknown_reference"),
        (14, "整改时限(月)", "很久", "bad_date"),
    ]
    assert all(
        "。" in one["message"] or "，" in one["message"] for one in answer["errors"]
    )  # what is wrong and what to do
    # What the ledger has no place for is told too, and not lost in silence.
    assert [one["column"] for one in answer["warnings"] if one["code"] == "unknown_column"] == [
        "问题线索性质", "整改情况（月）", "存在问题", "整改完成情况", "牵头单位",
    ]  # fmt: skip

    code, answer = imported(file, *TOLD, "--valid-only")
    assert (code, answer["new"], answer["refused"]) == (0, 3, 8)
    with acting_as(people.county):
        found = list(RectificationItem.objects.order_by("number"))
        assert [
            (one.number, one.source_no, one.deadline_on, one.state, one.measures, one.document_no) for one in found
        ] == [
            ("522326-2026-0001", "3-1", dt.date(2026, 6, 2), "draft", "重做防水层", "发改振兴〔2026〕1号"),
            ("522326-2026-0002", "3-2", dt.date(2026, 6, 30), "draft", "", "发改振兴〔2026〕1号"),
            ("522326-2026-0003", "3-3", dt.date(2026, 9, 30), "draft", "", "发改振兴〔2026〕1号"),
        ]
        # One problem in two settlements, each with its own state.
        assert [(one.settlement_id, one.state) for one in found[0].places.all()] == [(p.pk, "open") for p in places]
        assert [one.by_id for one in ItemMove.objects.filter(act="enter")] == [people.county.pk] * 3

    code, answer = imported(file, *TOLD, "--valid-only")  # the same file once more enters nothing
    assert (code, answer["new"], answer["changed"], answer["unchanged"]) == (0, 0, 0, 3)
    # The neighbouring county takes from the file what is its own.
    code, answer = imported(file, "--told", "source=04", "--told", "found_on=2026-03-02", "--valid-only", by="other")
    assert answer["new"] == 1 and {one["code"] for one in answer["errors"] if one["column"] == "归属"} == {
        "out_of_scope"
    }


def test_without_a_paper_a_file_read_twice_is_noticed(people, places, imported, tmp_path):
    rows = [GOOD | {"类别": class_name(), "编号": "1", "主要情况": "外墙渗水"}]
    file = workbook(tmp_path / "leads.xlsx", LEADS, rows)
    assert imported(file, *TOLD[:4])[0] == 0
    code, answer = imported(file, *TOLD[:4])
    assert code == 1 and [one["code"] for one in answer["errors"]] == ["duplicate"]
    assert "522326-2026-0001" in answer["errors"][0]["message"]


def test_what_the_whole_file_is_told_must_be_right_itself(people, imported, tmp_path):
    file = workbook(tmp_path / "leads.xlsx", LEADS, [GOOD | {"主要情况": "外墙渗水"}])
    code, answer = imported(file, "--told", "source=99", "--told", "found_on=2026-13-01")
    assert code == 1 and {one["code"] for one in answer["errors"]} == {"unknown_code", "impossible_date"}
    code, answer = imported(file)
    assert code == 1 and {one["column"] for one in answer["errors"]} >= {"问题来源", "检查（反馈）时间"}


# --- The same verdict on every way in ---------------------------------------------------------------------------------

BASE = {
    "source": "04", "found_on": "2026-03-02", "division": "522326000000", "problem_class": "N1", "description": "外墙渗水",
    "deadline_on": "2026-06-30", "lead_unit": "望谟县住房和城乡建设局",
}  # fmt: skip
SAMPLES = [
    ({}, []),
    ({"deadline_on": "3个月", "place_names": "平洞社区，蟠桃社区"}, []),
    ({"supervising_unit": "贵州省发展和改革委员会", "responsible_name": "王工"}, []),
    ({"deadline_on": "2026-03-01"}, ["deadline_too_early"]),
    ({"deadline_on": "2026-02-30"}, ["impossible_date"]),
    ({"found_on": "2026-03-11"}, ["future_date"]),
    ({"found_on": ""}, ["required"]),
    ({"lead_unit": "册亨县生态移民局"}, ["unknown_reference"]),
    ({"lead_unit": "王母街道办事处"}, ["unit_outside"]),
    ({"problem_class": "没有这一类"}, ["unknown_reference"]),
    ({"problem_class": ""}, ["required"]),
    ({"place_names": "没有的社区"}, ["unknown_settlement"]),
    ({"division": "522327000000"}, ["out_of_scope", "unit_outside"]),
    ({"division": "没有的县"}, ["unknown_reference"]),
    ({"source": "外星人"}, ["unknown_code"]),
    ({"description": ""}, ["required"]),
    ({"description": "很" * 2001}, ["too_long"]),
    ({"responsible_phone": "12"}, ["bad_phone"]),
    ({"relapse_of": "522326-2026-9999"}, ["unknown_reference"]),
]


def sample(index: int) -> dict:
    """Every sample is a problem of its own."""
    return BASE | {"source_no": str(index + 1)} | SAMPLES[index][0]


def test_form_sheet_and_api_judge_alike(people, places, imported, tmp_path):
    user, client, expected = people.county, Client(), []
    client.force_login(user)
    headers = {"authorization": f"Token {ApiToken.make(user, 'test')}"}
    with acting_as(user):
        for index, (_change, codes) in enumerate(SAMPLES):
            _rows, problems = clean_rows(ledger, [sample(index)], user)
            told = sorted((one.code, one.message) for one in problems)
            assert [code for code, _message in told] == codes, SAMPLES[index]
            expected.append(told)

    shape = shape_of("rectification-items")
    headings = {column.column.name: column.heading for column in shape.columns}
    names = [name for name in headings if name in BASE or any(name in change for change, _codes in SAMPLES)]
    rows = [{headings[name]: value for name, value in sample(index).items()} for index in range(len(SAMPLES))]
    file = workbook(tmp_path / "own.xlsx", ["来源编号", *(headings[name] for name in names)], rows)
    _code, answer = imported(file, "--check-only")
    by_row: dict[int, list] = {}
    for one in answer["errors"]:
        by_row.setdefault(one["row"], []).append((one["code"], one["message"]))
    assert [sorted(by_row.get(4 + index, [])) for index in range(len(SAMPLES))] == expected

    for index, told in enumerate(expected):
        row = sample(index)
        answer = client.post("/ledgers/rectification-items/new/", {"form_id": str(uuid.uuid4()), **row})
        lists = re.findall(r'<ul class="errorlist">(.*?)</ul>', answer.content.decode(), re.DOTALL)
        said = [html.unescape(one) for part in lists for one in re.findall(r"<li>(.*?)</li>", part, re.DOTALL)]
        assert (answer.status_code, sorted(said)) == (422 if told else 302, sorted(m for _c, m in told)), row
        row["source_no"] = f"api-{index}"
        answer = Client().post(
            "/api/v1/rectification-items/", json.dumps(row), content_type="application/json", headers=headers
        )
        found = [] if answer.status_code == 201 else answer.json()["errors"]
        assert sorted((one["code"], one["message"]) for one in found) == told, row
    with acting_as(user):
        assert RectificationItem.objects.count() == 2 * sum(not told for told in expected)


def test_what_was_exported_comes_in_again_unchanged(people, places, imported, exported, tmp_path):  # noqa: F811
    item = bring_to(people, "in_progress", place_names="平洞社区、蟠桃社区", responsible_phone="13800138000")
    draft = bring_to(people, "draft", supervising_unit=people.drc.unit, source_no="7")
    file = exported("rectification-items")
    with whole():
        before = [one.version for one in RectificationItem.objects.order_by("pk")]
    code, answer = imported(file)
    assert (code, answer["errors"]) == (0, [])
    assert (answer["new"], answer["changed"], answer["unchanged"]) == (0, 0, 2)
    with whole():
        assert [one.version for one in RectificationItem.objects.order_by("pk")] == before
        assert again(item).responsible_phone == "13800138000"

    # One cell changed: that one row changes, and what the unit works on is not rewritten by a sheet.
    book = load_workbook(file)
    sheet = book.worksheets[0]
    [heading] = [row for row in sheet.iter_rows() if any(cell.value == "整改目标" for cell in row)]
    target = next(cell.column for cell in heading if cell.value == "整改目标")
    for row in sheet.iter_rows(min_row=heading[0].row + 1):
        if any(str(cell.value).startswith("522326-") for cell in row):
            row[target - 1].value = "全部整改到位"
    book.save(tmp_path / "changed.xlsx")
    code, answer = imported(tmp_path / "changed.xlsx", "--valid-only")
    assert [(one["column"], one["code"]) for one in answer["errors"]] == [("整改目标", "no_longer_draft")]
    assert answer["changed"] == 1 and again(draft).target == "全部整改到位" and again(item).target == "外墙不再渗水"
    act(item, "report", people.bureau)
