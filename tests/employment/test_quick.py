"""Employment quick entry: rows saved one by one and together, two officials at one row, blocks, drafts, who may."""

from __future__ import annotations

import datetime as dt

import pytest
from django.db import connection

from common.scope import acting_as
from divisions.models import Parameter
from employment.actions import save_employments, void_employments
from employment.models import Employment
from households.models import Person
from ledgers.models import Draft
from tests import world
from tests.employment.conftest import client, form_of, text


def row_of(official, place, person, show: str = "all") -> dict[str, str]:
    form = form_of(official.get(f"{place.quick}?show={show}"), "quick")
    return {name: value for name, value in form.items() if name.startswith(f"p{person.pk}-")} | {"row": str(person.pk)}


def typed(person, **values) -> dict[str, str]:
    return {f"p{person.pk}-{name}": value for name, value in values.items()}


def jobs(place, person) -> list[tuple]:
    with acting_as(place.one):
        rows = Employment.objects.filter(person=person, voided_at=None).order_by("start_date")
        return list(rows.values_list("channel", "employer", "monthly_wage", "start_date", "end_date"))


def writings(place) -> int:
    with acting_as(place.one), connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM employment_employment_event")
        return cursor.fetchone()[0]


def test_who_is_listed(place):
    official = client(place.one)
    for show, names in {
        "unemployed": ["罗小妹"],
        "labour": ["韦大山", "罗小妹"],
        "all": ["韦大山", "罗小妹", "韦小山"],
        "nonsense": ["罗小妹"],
    }.items():
        page = text(official.get(f"{place.quick}?show={show}"))
        assert [name for name in ("韦大山", "罗小妹", "韦小山") if f">{name}</a>" in page] == names, show
    assert "就业快速登记" in text(official.get(f"/settlements/{place.home.code}/"))


@pytest.mark.parametrize("most, names", [(1, []), (2, ["罗小妹"]), (3, ["韦大山", "罗小妹"])])
def test_who_can_work_follows_the_parameter_of_the_county_as_the_verdict_does(place, most, names):
    day = dt.date(2020, 1, 1)
    Parameter.objects.create(
        region=place.home.region // 10**6 * 10**6, name="labour_ability_max", value=most, valid_from=day
    )
    with acting_as(place.one):
        Person.objects.filter(pk=place.wife.pk).update(labour_capability="2")
        Person.objects.filter(pk=place.head.pk).update(labour_capability="3")
    shown = text(client(place.one).get(f"{place.quick}?show=labour"))
    assert [name for name in ("韦大山", "罗小妹", "韦小山") if f">{name}</a>" in shown] == names


def test_a_row_is_saved_when_it_is_left_with_author_and_effect(place):
    official = client(place.two)
    row = row_of(official, place, place.wife) | typed(
        place.wife, channel="县内务工", employer="电子厂", monthly_wage="３５００元", start_date="2026年1月5日"
    )
    answer = official.post(f"{place.quick}row/", row)
    assert answer.status_code == 200 and "已保存" in text(answer)
    assert jobs(place, place.wife) == [("12", "电子厂", 3500, dt.date(2026, 1, 5), None)]
    with acting_as(place.one), connection.cursor() as cursor:
        cursor.execute("SELECT event_by, event_source FROM employment_employment_event ORDER BY event_id DESC LIMIT 1")
        assert cursor.fetchone() == (place.two.pk, "form")
    assert "本次保存的变化" in text(answer) and "整改成效" not in text(answer)
    assert "已就业人数" in text(answer) and "1 → 2" in text(answer)
    # The answer carries the keys of what is stored now: typing on corrects it, sending the same again changes nothing.
    before = writings(place)
    assert "已登记" in text(official.post(f"{place.quick}row/", row_of(official, place, place.wife)))
    assert official.post(f"{place.quick}row/", row).status_code == 200 and writings(place) == before


def test_a_wrong_row_is_told_cell_by_cell_and_not_saved(place):
    official = client(place.one)
    row = row_of(official, place, place.head) | typed(place.head, end_date="2023-01-01", monthly_wage="面议")
    answer = official.post(f"{place.quick}row/", row)
    page = text(answer)
    assert answer.status_code == 422 and "有误" in page
    for name in ("monthly_wage", "end_date"):
        assert "errorlist" in page.split(f'id="id_p{place.head.pk}-{name}_error"')[1].split("</div>")[0]
    assert jobs(place, place.head) == [("12", "甲厂", None, dt.date(2024, 1, 1), None)]


def test_only_changed_rows_are_saved_and_a_wrong_one_holds_up_no_other(place):
    official = client(place.one)
    form = form_of(official.get(f"{place.quick}?show=all"), "quick")
    before = writings(place)
    answer = official.post(f"{place.quick}?show=all", form, follow=True)
    assert "没有改动的行" in text(answer) and writings(place) == before
    form |= typed(place.head, workplace="望谟县城") | typed(place.wife, channel="12", start_date="昨天")
    answer = official.post(f"{place.quick}?show=all", form)
    page = text(answer)
    assert answer.status_code == 422 and "已保存1行" in page and "data-error-summary" in page
    assert f'href="#id_p{place.wife.pk}-start_date"' in page and "昨天" in page
    assert writings(place) == before + 1 and jobs(place, place.wife) == []
    again = form_of(answer, "quick") | typed(place.wife, start_date="2026-06-01")
    answer = official.post(f"{place.quick}?show=unemployed", again)
    assert answer.status_code == 302 and answer.url == f"{place.quick}?show=unemployed"
    assert "已保存1行" in text(official.get(answer.url)) and len(jobs(place, place.wife)) == 1


def test_a_job_that_is_over_makes_room_for_the_next(place):
    official = client(place.one)
    row = row_of(official, place, place.head) | typed(place.head, end_date="2026-06-29")
    assert official.post(f"{place.quick}row/", row).status_code == 200
    row = row_of(official, place, place.head, "unemployed")
    assert row[f"p{place.head.pk}-employer"] == "" and row[f"p{place.head.pk}-job_id"] == ""
    assert "曾在甲厂" in text(official.get(place.quick))
    row |= typed(place.head, channel="12", employer="乙厂", start_date="2026-06-30")
    assert official.post(f"{place.quick}row/", row).status_code == 200
    assert [job[1] for job in jobs(place, place.head)] == ["甲厂", "乙厂"]


@pytest.mark.parametrize(("choice", "stored"), [("mine", ("丙厂", 4000)), ("theirs", ("乙厂", 4000))])
def test_another_changed_the_job_meanwhile(place, choice, stored):
    """Mine means what I changed; what only the other one changed stays in either case."""
    official = client(place.one)
    row = row_of(official, place, place.head)
    with acting_as(place.two):
        save_employments([{"id": place.job.pk, "employer": "乙厂", "monthly_wage": 4000}], by=place.two)
    untouched = official.post(f"{place.quick}row/", row)
    assert untouched.status_code == 200 and "已登记" in text(untouched)
    row |= typed(place.head, employer="丙厂")
    answer = official.post(f"{place.quick}row/", row)
    page = text(answer)
    assert answer.status_code == 422 and "他人已修改" in page and "two于" in page
    assert "您填写的为丙厂，现存的为乙厂" in page
    assert [job[1:3] for job in jobs(place, place.head)] == [("乙厂", 4000)]
    seen = page.split(f'name="p{place.head.pk}-seen" value="')[1].split('"')[0]
    wrong = official.post(f"{place.quick}row/", row | typed(place.head, choose=choice, seen="0"))
    assert wrong.status_code == 422  # a choice for another version is none
    answer = official.post(f"{place.quick}row/", row | typed(place.head, choose=choice, seen=seen))
    assert answer.status_code == 200 and answer["HX-Retarget"] == f"#row-{place.head.pk}"
    assert [job[1:3] for job in jobs(place, place.head)] == [stored]


@pytest.mark.parametrize("choice", ["mine", "theirs"])
def test_another_entered_a_job_for_the_same_person_meanwhile(place, choice):
    official = client(place.one)
    row = row_of(official, place, place.wife) | typed(
        place.wife, channel="12", employer="丙厂", start_date="2026-06-01"
    )
    with acting_as(place.two):
        save_employments([world.job(dt.date(2026, 5, 1), employer="乙厂") | {"person": place.wife}], by=place.two)
    answer = official.post(f"{place.quick}row/", row)
    assert answer.status_code == 422 and [job[1] for job in jobs(place, place.wife)] == ["乙厂"]
    seen = text(answer).split(f'name="p{place.wife.pk}-seen" value="')[1].split('"')[0]
    assert official.post(f"{place.quick}row/", row | typed(place.wife, choose=choice, seen=seen)).status_code == 200
    assert [job[1] for job in jobs(place, place.wife)] == (["乙厂", "丙厂"] if choice == "mine" else ["乙厂"])


def test_a_job_voided_meanwhile_asks_whoever_typed_over_it_alone(place):
    official = client(place.one)
    row = row_of(official, place, place.head)
    with acting_as(place.two):
        void_employments([place.job.pk], reason="误录", by=place.two)
    assert "未就业" in text(official.post(f"{place.quick}row/", row))
    answer = official.post(f"{place.quick}?show=all", row | typed(place.head, monthly_wage="3000"))
    assert answer.status_code == 409 and "作为误录作废" in text(answer)
    again = form_of(answer, "quick") | typed(place.head, choose="mine")
    assert official.post(f"{place.quick}?show=all", again).status_code == 302
    assert [job[1:3] for job in jobs(place, place.head)] == [("甲厂", 3000)]


def pasted(official, place, block: str, column: str = "channel", people=None) -> dict:
    people = people or [place.head, place.wife, place.son]
    return official.post(
        f"{place.quick}paste/", {"text": block, "column": column, "person": [p.pk for p in people], "first": "1"}
    ).json()


def test_a_block_is_read_as_an_import_reads_it_and_checked_cell_by_cell(place):
    official = client(place.one)
    told = pasted(
        official,
        place,
        '县内务工\t\'乙厂\t"望谟\n县城"\t３，５００元\t2024.1.5\t至今\n不知道\t丙厂\t\t面议\t45000\t\t多余\n',
    )
    cells = {cell["id"].removeprefix("id_p"): (cell["value"], bool(cell["error"])) for cell in told["cells"]}
    first, second = f"{place.head.pk}-", f"{place.wife.pk}-"
    assert {name.removeprefix(first): value for name, (value, wrong) in cells.items() if name.startswith(first)} == {
        "channel": "12", "employer": "乙厂", "workplace": "望谟 县城", "monthly_wage": "3500", "start_date": "2024-01-05", "end_date": "",
    }  # fmt: skip
    assert {name.removeprefix(second): value for name, value in cells.items() if name.startswith(second)} == {
        "channel": ("不知道", True), "employer": ("丙厂", False), "workplace": ("", False), "monthly_wage": ("面议", True),
        "start_date": ("45000", True), "end_date": ("", False),
    }  # fmt: skip
    report = told["report"]
    assert "第2行罗小妹，月工资（元）“面议”" in report and "“多余”" in report and "1个单元格未填入" in report
    assert len(jobs(place, place.head)) == 1 and jobs(place, place.wife) == []  # nothing is saved by pasting


def test_what_finds_no_place_is_told(place):
    official = client(place.one)
    told = pasted(official, place, "甲\n乙\n丙\n丁\n", "employer")
    assert [cell["value"] for cell in told["cells"]] == ["甲", "乙", "丙"] and "“丁”" in told["report"]
    told = pasted(official, place, "就业单位\t就业地点\n甲\t乙\n", "employer")
    assert [cell["value"] for cell in told["cells"]] == ["甲", "乙"] and "第一行为表头" in told["report"]
    # An end before the start that stands in the table, though only the end is pasted.
    told = pasted(official, place, "2020-01-01", "end_date")
    assert told["cells"][0]["error"] and told["cells"][0]["value"] == "2020-01-01"
    assert official.post(f"{place.quick}paste/", {"text": "甲", "column": "person"}).status_code == 404


def test_a_draft_of_the_table_brings_its_rows_back_over_their_versions(place):
    official = client(place.one)
    form = form_of(official.get(f"{place.quick}?show=all"), "quick")
    official.post(f"{place.quick}draft/", form)
    assert "draft-offer" not in text(official.get(place.quick)) and not Draft.objects.exists()  # nothing was typed
    form |= typed(place.head, employer="丙厂") | typed(place.wife, employer="丁厂")
    official.post(f"{place.quick}draft/", form)
    with acting_as(place.two):
        save_employments([{"id": place.job.pk, "employer": "乙厂"}], by=place.two)
    assert "draft-offer" in text(official.get(place.quick))
    answer = official.get(f"{place.quick}?restore=1")
    restored = form_of(answer, "quick")
    assert restored[f"p{place.head.pk}-employer"] == "丙厂" and restored[f"p{place.wife.pk}-employer"] == "丁厂"
    assert "未保存" in text(answer)
    assert official.post(place.quick, restored).status_code == 409
    assert [job[1] for job in jobs(place, place.head)] == ["乙厂"]


def test_who_may_not(place):
    reader = client(world.user("reader", "province", 520000000000))
    neighbour = client(world.user("neighbour", "county", world.CEHENG))
    for address in ("", "row/", "paste/", "draft/"):
        send = {"row": place.wife.pk, "text": "甲", "column": "employer", "person": place.wife.pk}
        send |= typed(place.wife, channel="12", employer="电子厂", start_date="2026-01-05")
        assert reader.post(f"{place.quick}{address}", send).status_code == 403
        assert neighbour.post(f"{place.quick}{address}", send).status_code == 404
    # A person of another settlement is not reached through one's own.
    home = world.settlement(world.user("other", "county", world.CEHENG), world.CEHENG_TOWNSHIP)
    own = neighbour.post(f"/settlements/{home.code}/quick/row/", send)
    assert own.status_code == 404 and jobs(place, place.wife) == []


def test_many_people_come_in_pages(place, django_assert_max_num_queries):
    for start in range(0, 60, 30):
        members = [world.member(f"成员{n}", "01" if n == start else "03") for n in range(start, start + 30)]
        world.household(place.one, place.home, members)
    official = client(place.one)
    with django_assert_max_num_queries(40):
        first = official.get(place.quick)
    assert text(first).count("data-row=") == 50
    following = text(first).split('rel="next" href="')[1].split('"')[0].replace("&amp;", "&")
    second = text(official.get(following))
    assert second.count("data-row=") == 11
    assert official.get(f"{place.quick}?cursor=nonsense").status_code == 404
    # Rows that were saved leave the list, and the next page still goes on after the last one shown.
    form = form_of(first, "quick")
    [*_others, last] = [name for name in form if name.endswith("-channel")]
    form |= {last.replace("channel", "start_date"): "昨天"}
    answer = text(official.post(place.quick, form))
    following = answer.split('rel="next" href="')[1].split('"')[0].replace("&amp;", "&")
    assert text(official.get(following)).count("data-row=") == 11
