"""Households and people in full: documents of every kind, L-01 to L-03 in and out, places made whole."""

import datetime as dt
import json

import pytest
from django.core.management import call_command
from django.db import connection
from django.test import Client
from openpyxl import Workbook, load_workbook

from accounts.models import ApiToken
from common.ledger import registry
from common.scope import acting_as
from households.models import Household, Person
from households.panels.people import missing_people
from households.places import parts_of
from households.sections import missing_of
from ledgers.actions import save
from ledgers.checking import clean_rows
from tests import world
from tests.imports.conftest import county, imported  # noqa: F401 - fixtures

NUMBER = world.id_number(dt.date(1990, 2, 3))
BORN = {"birth_date": "1990-02-03", "sex": "1"}
DOCUMENTS = [
    ({"id_number": NUMBER}, "1", ""),
    ({"id_number": NUMBER + "43"}, "2", ""),
    ({"id_number": NUMBER + "43B1"}, "2", ""),
    ({"id_number": NUMBER, "document_type": "残疾人证"}, "1", ""),  # the number leads
    ({"id_number": "E12345678", "document_type": "护照", **BORN}, "4", ""),
    ({"id_number": "p520123456", "document_type": "出生医学证明", **BORN}, "3", ""),
    ({"id_number": "H1234567801", "document_type": "港澳居民来往内地通行证", **BORN}, "5", ""),
    ({"id_number": "12345678", "document_type": "台胞证", **BORN}, "6", ""),
    ({"id_number": NUMBER, "document_type": "外国人永久居留身份证"}, "8", ""),
    ({"id_number": "", **BORN}, "", ""),  # a newborn
    ({"id_number": "", "birth_date": "1990-02-03"}, None, "required"),
    ({"id_number": "E12345678", **BORN}, None, "bad_id"),
    ({"id_number": "E12345678", "document_type": "身份证", **BORN}, None, "bad_id"),
    ({"id_number": "E12345678", "document_type": "护照"}, None, "required"),
    ({"id_number": NUMBER, "document_type": "护照"}, None, "document_mismatch"),
    ({"id_number": NUMBER + "83"}, None, "bad_id"),
    ({"id_number": NUMBER[:17], "document_type": "护照"}, None, "bad_id"),
    ({"id_number": NUMBER, "id_valid_from": "2020-01-01", "id_valid_to": "2019-12-31"}, None, "order"),
    ({"id_number": NUMBER, "id_valid_from": "2020-07-01"}, None, "future_date"),
    ({"id_number": NUMBER, "registry_number": "1234"}, None, "bad_registry_number"),
]


@pytest.fixture
def home(county):  # noqa: F811
    return world.settlement(county, name="平洞社区")


@pytest.fixture
def family(county, home):  # noqa: F811
    return world.household(county, home, origin_division=522326103000, address="3栋2单元501室")


def by_api(user, row: dict) -> list[str]:
    answer = Client().post(
        "/api/v1/persons/",
        json.dumps(row),
        content_type="application/json",
        headers={"authorization": f"Token {ApiToken.make(user, 'test')}"},
    )
    return [] if answer.status_code in (200, 201) else sorted(e["code"] for e in answer.json()["errors"])


def by_form(user, row: dict) -> int:
    client = Client()
    client.force_login(user)
    return client.post("/ledgers/persons/new/", {**row, "form_id": "5a7c9d3e-0000-4000-8000-000000000001"}).status_code


@pytest.mark.parametrize(("told", "kind", "fault"), DOCUMENTS)
def test_documents_on_every_way_in(county, family, told, kind, fault):  # noqa: F811
    row = {"household": family.code, "name": "田小", "relation": "03", **told}
    with acting_as(county):
        clean, problems = clean_rows(registry["persons"], [row], county)
    assert {problem.code for problem in problems} == ({fault} if fault else set())
    if fault:
        assert set(by_api(county, row)) == {fault}
        assert by_form(county, row) == 422
        return
    assert clean[0].get("document_type", "") == kind
    assert by_form(county, row) == 302
    with acting_as(county):
        stored = Person.objects.get(household=family, name="田小")
    assert (stored.document_type, stored.birth_date, stored.sex) == (kind, dt.date(1990, 2, 3), "1")
    assert by_api(county, row) == []  # the same person again
    with acting_as(county):
        assert Person.objects.filter(household=family).count() == 2


def test_a_passport_is_unique_in_the_nation_masked_and_stored_encrypted(county, family, home):  # noqa: F811
    row = {"household": family.code, "name": "田小", "relation": "03", "id_number": "E12345678", "document_type": "4"}
    assert by_api(county, row | BORN) == []
    other = world.household(county, home)
    assert by_api(county, row | BORN | {"household": other.code}) == ["duplicate_person"]
    ceheng = world.user("ceheng", "county", world.CEHENG)
    far = world.household(ceheng, world.settlement(ceheng, world.CEHENG_TOWNSHIP))
    assert by_api(ceheng, row | BORN | {"household": far.code}) == ["duplicate_person"]
    client = Client()
    client.force_login(county)
    page = client.get(f"/households/{family.code}/").content.decode()
    assert "E12345678" not in page and "E1*******" in page
    with acting_as(county), connection.cursor() as cursor:
        cursor.execute("SELECT id_number FROM households_person WHERE name = '田小'")
        assert b"E12345678" not in bytes(cursor.fetchone()[0])


@pytest.mark.parametrize(
    ("address", "parts"),
    [
        ("3栋2单元501室", ("3栋", "2单元", "501室")),
        ("A区12号楼一单元302", ("A区12号楼", "一单元", "302")),
        ("3-2-501", ("3", "2", "501")),
        ("7幢1103", ("7幢", "", "1103")),
        ("老街口", ("", "", "")),
    ],
)
def test_the_parts_of_a_flat(address, parts):
    assert tuple(parts_of(address).values()) == parts


def test_places_are_made_whole(county, family):  # noqa: F811
    assert (family.building, family.unit, family.room) == ("3栋", "2单元", "501室")
    assert (family.origin_city, family.origin_county) == ("黔西南布依族苗族自治州", "望谟县")
    with acting_as(county):
        save(registry["households"], [{"id": family.pk, "code": family.code, "room": "502室"}], by=county)
        assert Household.objects.get(pk=family.pk).address == "3栋2单元502室"
        save(registry["households"], [{"id": family.pk, "code": family.code, "address": "5栋1单元101室"}], by=county)
        assert Household.objects.get(pk=family.pk).building == "5栋"
        row = {"code": family.code, "origin_division": "522326103000", "origin_county": "册亨县"}
        _rows, problems = clean_rows(registry["households"], [row], county)
        assert [problem.code for problem in problems] == ["disagrees"]
        row = {"code": family.code, "poverty_exit": "未脱贫", "poverty_exit_year": "2018"}
        _rows, problems = clean_rows(registry["households"], [row], county)
        assert [problem.code for problem in problems] == ["disagrees"]
        named = {"id": family.pk, "code": family.code, "origin_division": None, "origin_county": "册亨县"}
        save(registry["households"], [named], by=county)
        assert Household.objects.get(pk=family.pk).origin_division == 522327000000


def workbook(path, headings: list[str], rows: list[dict], above: int = 2):
    book = Workbook()
    for number in range(above):
        book.active.append([f"表头{number}"])
    book.active.append(headings)
    for row in rows:
        book.active.append([row.get(heading) for heading in headings])
    book.save(path)
    return path


L01 = ["安置点编号", "户主", "家庭编号", "楼栋房号", "年度搬迁任务", "搬迁类型", "迁出地市级", "迁出地县级", "迁出地详细地址",
       "迁出地类型", "家庭受益户人口", "住房面积", "自筹资金", "搬迁入住时间", "实际入住时间", "是否实际入住满两年", "脱贫情况",
       "联系电话", "备注"]  # fmt: skip
L02 = ["人员编号", "家庭编号", "姓名", "性别", "身份证明号码", "身份证签发机关", "身份证有效期始", "身份证有效期止", "与户主关系",
       "民族", "出生日期", "政治面貌", "文化程度", "在校生情况", "健康情况", "劳动技能情况", "是否会讲普通话", "是否现役军人",
       "联系电话"]  # fmt: skip
L03 = ["人口编号", "姓名", "户编号", "省", "市", "县", "证件类型", "证件号码", "性别", "出生日期", "民族", "户联系电话",
       "成员联系电话", "年度", "与户主关系", "文化程度", "在校生状况", "劳动技能", "健康状况", "政治面貌", "是否会讲普通话",
       "是否国外务工", "户主姓名", "户主证件号码", "识别标准"]  # fmt: skip


def test_county_sheets_and_the_registry_s_export_come_in_go_out_and_come_back(county, home, imported, tmp_path):  # noqa: F811
    code = "522326800001"
    households = [
        {
            "安置点编号": home.code, "户主": "田娜", "家庭编号": code, "楼栋房号": "3栋2单元501室", "年度搬迁任务": "2018年",
            "搬迁类型": "建档立卡搬迁户", "迁出地市级": "黔西南布依族苗族自治州", "迁出地县级": "册亨县", "迁出地详细地址": "某村一组",
            "迁出地类型": "其他", "住房面积": "100㎡", "自筹资金": "10,000元", "搬迁入住时间": "2018-05", "实际入住时间": "2018-06-30",
            "脱贫情况": "脱贫", "联系电话": "13812341234", "备注": "无",
        }
    ]  # fmt: skip
    answer = imported(workbook(tmp_path / "1.xlsx", L01, households), key="households")
    assert answer[0] == 0, answer
    # Without members the household has no head; the members follow.
    people = [
        {
            "人员编号": "990112345601", "家庭编号": code, "姓名": "田娜", "性别": "男", "身份证明号码": NUMBER,
            "身份证签发机关": "望谟县公安局", "身份证有效期始": "2019-01-01", "身份证有效期止": "长期", "与户主关系": "户主",
            "民族": "布依族", "政治面貌": "群众", "文化程度": "初中", "健康情况": "健康", "劳动技能情况": "普通劳动力",
            "是否会讲普通话": "会", "是否现役军人": "否", "联系电话": "13812341234",
        },
        {"家庭编号": code, "姓名": "田宝", "性别": "女", "出生日期": "2020-05-01", "与户主关系": "之女", "民族": "布依族"},
    ]  # fmt: skip
    answer = imported(workbook(tmp_path / "2.xlsx", L02, people), key="persons")
    assert (answer[0], answer[1]["new"]) == (0, 2), answer
    with acting_as(county):
        stored = Household.objects.get(code=code)
        assert (stored.origin_division, stored.task_year, stored.self_paid) == (522327000000, 2018, 10000)
        assert (stored.planned_move_in_on, stored.moved_in_on) == (dt.date(2018, 5, 1), dt.date(2018, 6, 30))
        assert (stored.poverty_exit, stored.building, stored.head_name) == ("1", "3栋", "田娜")
        head = Person.objects.get(name="田娜")
        assert head.id_valid_to == dt.date(9999, 12, 31)
        save(registry["households"], [{"id": stored.pk, "code": code, "registry_number": "9901123456"}], by=county)
    export = [
        {
            "人口编号": "990112345601", "姓名": "田娜", "户编号": "9901123456", "省": "贵州省", "证件类型": "居民身份证",
            "证件号码": NUMBER, "出生日期": "19900203", "年度": "2020", "与户主关系": "户主", "文化程度": "高中",
            "健康状况": "长期慢性病", "是否国外务工": "否", "识别标准": "国家标准", "户联系电话": "13812341234",
        },
        {
            "姓名": "田爷", "户编号": "9901123456", "证件类型": "残疾人证", "年度": "2020", "识别标准": "国家标准",
            "证件号码": world.id_number(dt.date(1950, 1, 1)) + "42", "与户主关系": "之父", "户联系电话": "13812341234",
        },
        {"姓名": "何人", "户编号": "9901000000", "证件号码": world.id_number(dt.date(1960, 1, 1)), "与户主关系": "户主"},
    ]  # fmt: skip
    path = workbook(tmp_path / "3.xlsx", L03, export)
    code_, told = imported(path, "--valid-only", key="registry-people")
    assert code_ == 0 and [e["code"] for e in told["errors"]] == ["unknown_reference"], told
    with acting_as(county):
        assert Household.objects.get(code=code).recognition_standard == "1"
        head.refresh_from_db()
        assert (head.education, head.health, head.works_abroad) == ("4", "2", "0")
        assert Person.objects.get(name="田爷").document_type == "2"
    for key in ("households", "persons", "registry-people"):
        out = tmp_path / f"{key}.xlsx"
        call_command("export_ledger", key, "--as", "county", "--out", str(out), verbosity=0)
        status, answer = imported(out, key=key)
        assert (status, answer["new"], answer["changed"], answer["errors"]) == (0, 0, 0, []), (key, answer)
    cells = {cell.value for row in load_workbook(tmp_path / "persons.xlsx").active.iter_rows() for cell in row}
    assert {"长期", "居民身份证", "残疾人证", "高中"} <= cells


def test_the_section_names_what_is_missing_without_a_query_for_each(
    county,  # noqa: F811
    home,
    django_assert_num_queries,
):
    first = world.household(county, home, [world.member("田甲"), world.member("田乙", "03")])
    second = world.household(county, home)
    with acting_as(county), django_assert_num_queries(3):
        found = missing_people([first.pk, second.pk], dt.date(2020, 6, 30))
    assert {"帮扶干部", "所属网格", "户属性"} <= set(found[first.pk])
    assert any(word.startswith("田乙") for word in found[first.pk])
    with acting_as(county):
        assert "people" in missing_of([first.pk], dt.date(2020, 6, 30))[first.pk]
