"""A household in the browser: its page, its form with mouse and with keys alone, members who leave, faults told."""

from __future__ import annotations

import datetime as dt
import re

import pytest
from playwright.sync_api import Page, expect

from common.scope import acting_as
from employment.models import Employment
from households.actions import save_households
from households.models import Household, Person
from tests import world

TODAY = dt.date(2026, 6, 30)
LONG_AGO = dt.date(2024, 1, 1)


@pytest.fixture
def home(county, clock):
    """A settlement with four households that have labour, three of them employed."""
    clock(TODAY)
    made = world.settlement(county, name="平洞社区")
    for _n in range(2):
        world.household(county, made, [world.member("常在业")], [[world.job(LONG_AGO)]])
    world.household(county, made, [world.member("未就业")])
    return made


@pytest.fixture
def household(county, home) -> Household:
    """A couple, he with a job."""
    members = [world.member("韦大山"), world.member("罗小妹", "02", dt.date(1987, 4, 5), sex="2")]
    return world.household(county, home, members, [[world.job(LONG_AGO)], []], code="522326000001")


def told(page: Page) -> str:
    """What the answer to a save says."""
    return " | ".join(page.locator("#messages .notice").all_inner_texts())


def test_the_parts_of_the_file_are_reached_from_a_line_that_stays_in_view(as_user, county, household):
    page = as_user(county)
    for size in ({"width": 1366, "height": 768}, {"width": 390, "height": 844}):
        page.set_viewport_size(size)
        page.goto(f"/households/{household.code}/")
        parts = page.get_by_role("navigation", name="档案各部分")
        links = parts.get_by_role("link").evaluate_all("all => all.map(one => one.getAttribute('href'))")
        heads = page.locator("main .panel-head h2").evaluate_all("all => all.map(one => '#' + one.id)")
        assert links == heads
        parts.get_by_role("link", name="走访记录").click()
        visits, bar = page.locator("#panel-visits").bounding_box(), parts.bounding_box()
        assert bar["height"] < 60 and bar["y"] + bar["height"] <= visits["y"] < size["height"] - 40
        page.evaluate("scrollTo(0, 0)")
        enter = page.get_by_role("link", name="录入走访").first.bounding_box()
        assert enter["y"] + enter["height"] < size["height"] / 2


def test_the_employer_is_read_while_it_is_typed(as_user, county, household):
    page = as_user(county)
    page.set_viewport_size({"width": 1366, "height": 768})
    page.goto(f"/households/{household.code}/edit/")
    assert page.locator("[name=members-0-job_employer]").bounding_box()["width"] >= 98
    assert page.evaluate("document.documentElement.scrollWidth") <= 1366


def test_a_member_added_and_a_job_ended_tell_verdict_counts_and_rate(as_user, county, household):
    page = as_user(county)
    page.goto(f"/households/{household.code}/")
    expect(page.get_by_role("heading", level=1)).to_contain_text("韦大山")
    expect(page.locator("main")).to_contain_text("稳定就业")
    expect(page.locator("main")).to_contain_text("75.0000% (3 / 4)")

    page.locator("main").get_by_role("link", name="编辑户").click()
    page.locator("[data-add-row]").click()
    for name, value in {"name": "韦小山", "id_number": world.id_number(dt.date(2005, 9, 1))}.items():
        page.locator(f"[name=members-2-{name}]").fill(value)
    page.locator("[name=members-2-relation]").select_option(label="之子")
    page.locator("[name=members-2-labour_capability]").select_option(label="普通劳动力")
    page.get_by_role("button", name="保存", exact=True).click()
    expect(page).to_have_url(re.compile(rf"/households/{household.code}/$"))
    expect(page.get_by_role("rowheader", name="韦小山").first).to_be_visible()

    page.goto(f"/households/{household.code}/edit/")
    page.locator("[name=members-0-job_end_date]").fill("2026年6月29日")
    page.get_by_role("button", name="保存", exact=True).click()
    expect(page).to_have_url(re.compile(rf"/households/{household.code}/$"))
    answer = told(page)
    assert "稳定就业 → 零就业" in answer
    assert re.search(r"平洞社区.*一人以上就业家庭.*3 → 2", answer)
    assert re.search(r"平洞社区.*零就业户.*1 → 2", answer)
    assert "75.0000% (3 / 4) → 50.0000% (2 / 4)" in answer
    assert "贵州省" in answer
    expect(page.locator("main")).to_contain_text("50.0000% (2 / 4)")
    with acting_as(county):
        assert Employment.objects.get(person__household=household).end_date == dt.date(2026, 6, 29)


def test_a_member_leaves_and_another_dies(as_user, county, household):
    page = as_user(county)
    page.goto(f"/households/{household.code}/edit/")
    page.get_by_role("row").filter(has=page.locator("[name=members-1-name]")).locator("a[href$='/leave/']").click()
    page.get_by_role("button", name="保存", exact=True).click()
    expect(page.locator("[data-error-summary]")).to_be_focused()
    page.locator("[name=kind]").select_option("marriage")
    page.locator("[name=day]").fill("20260601")
    page.get_by_role("button", name="保存", exact=True).click()
    expect(page).to_have_url(re.compile(rf"/households/{household.code}/$"))
    expect(page.get_by_role("listitem").filter(has_text="罗小妹 –")).to_contain_text("2026-06-01")
    with acting_as(county):
        widower = Person.objects.get(name="韦大山")
    page.goto(f"/households/{household.code}/members/{widower.pk}/leave/")
    page.locator("[name=kind]").select_option("died")
    page.locator("[name=day]").fill("2026-06-30")
    page.get_by_role("button", name="保存", exact=True).click()
    expect(page).to_have_url(re.compile(rf"/households/{household.code}/$"))
    assert "3 / 4) → " in told(page)


def focused(page: Page) -> str:
    return page.evaluate("document.activeElement.name || document.activeElement.textContent.trim()")


def type_on(page: Page, answers: dict[str, str]) -> None:
    """Answer field after field with keys alone, Enter leading on; the fields are named in the order of the form.

    A field that is not among the answers is passed; of a list, the answer's word is reached with the arrow keys.
    """
    left = dict(answers)
    for _step in range(60):
        name = focused(page)
        if name in left:
            value = left.pop(name)
            if page.evaluate("document.activeElement.tagName") == "SELECT":
                while page.evaluate("document.activeElement.selectedOptions[0].textContent.trim()") != value:
                    before = page.evaluate("document.activeElement.selectedIndex")
                    page.keyboard.press("ArrowDown")
                    assert page.evaluate("document.activeElement.selectedIndex") > before, f"{name} has no {value}"
            else:
                page.keyboard.type(value)
        if not left:
            return
        page.keyboard.press("Enter")
    raise AssertionError(f"never came to {list(left)}, stands at {focused(page)}")


def test_a_household_of_two_is_entered_with_keys_alone(as_user, county, home):
    page = as_user(county)
    page.goto(f"/households/new/?settlement={home.code}")
    good = world.id_number(dt.date(1984, 2, 29))
    bad = good[:-1] + ("0" if good[-1] != "0" else "1")
    assert focused(page) == "code"
    type_on(page, {
        "code": "522326000777", "address": "3栋201", "moved_in_on": "2018.5.3", "phone": "13800000000",
        "members-0-name": "岑春花", "members-0-relation": "户主", "members-0-id_number": bad,
        "members-0-labour_capability": "普通劳动力", "members-0-job_channel": "县内务工",
        "members-0-job_employer": "某电子厂", "members-0-job_monthly_wage": "3,500",
        "members-0-job_start_date": "20240101",
        "members-1-name": "岑小花", "members-1-relation": "之女",
        "members-1-id_number": world.id_number(dt.date(2018, 1, 1), sex="2"),
    })  # fmt: skip
    page.keyboard.press("Control+s")
    summary = page.locator("[data-error-summary]")
    expect(summary).to_be_focused()
    expect(summary.get_by_role("link")).to_have_count(1)
    expect(summary).to_contain_text("身份证号")
    assert page.title().startswith("错误")
    assert page.locator("[name=members-1-name]").input_value() == "岑小花"
    assert page.locator("[name=address]").input_value() == "3栋201"
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    assert focused(page) == "members-0-id_number"
    page.keyboard.press("Control+a")
    page.keyboard.type(good)
    page.keyboard.press("Control+s")
    expect(page).to_have_url(re.compile(r"/households/522326000777/$"))
    expect(page.get_by_role("heading", level=1)).to_contain_text("岑春花")
    expect(page.locator("main")).to_contain_text("稳定就业")
    with acting_as(county):
        stored = Household.objects.get(code="522326000777")
        assert (stored.settlement_id, stored.moved_in_on) == (home.pk, dt.date(2018, 5, 3))
        assert list(Person.objects.filter(household=stored).order_by("birth_date").values_list("name", flat=True)) == [
            "岑春花", "岑小花"]  # fmt: skip


def test_enter_in_a_division_box_without_a_match_only_closes_its_list(as_user, county, household):
    page = as_user(county)
    page.goto(f"/households/{household.code}/edit/")
    box = page.locator("[name=origin_division]")
    box.fill("不存在的地方")
    expect(page.get_by_role("listbox")).to_be_visible()
    page.keyboard.press("Enter")
    expect(page.get_by_role("listbox")).to_be_hidden()
    assert focused(page) == "origin_township"
    box.fill("乐旺镇")
    page.locator("[role=option]").first.wait_for()
    box.press("Enter")
    expect(box).to_have_value("522326103000")
    expect(page.locator("output.picked[for=id_origin_division]")).to_have_text(
        "贵州省 黔西南布依族苗族自治州 望谟县 乐旺镇"
    )
    page.get_by_role("button", name="保存", exact=True).last.click()
    page.goto(f"/households/{household.code}/edit/")
    expect(page.locator("output.picked[for=id_origin_division]")).to_have_text(
        "贵州省 黔西南布依族苗族自治州 望谟县 乐旺镇"
    )


def test_a_removed_row_comes_back_and_keys_move_in_the_grid(as_user, county, home):
    page = as_user(county)
    page.goto(f"/households/new/?settlement={home.code}")
    page.locator("[name=members-0-name]").focus()
    page.keyboard.type("甲")
    page.keyboard.press("Alt+ArrowDown")
    assert focused(page) == "members-1-name"
    page.keyboard.press("Control+d")
    expect(page.locator("[name=members-1-name]")).to_have_value("甲")
    page.keyboard.press("Alt+Delete")
    expect(page.locator("[name=members-1-name]")).to_be_hidden()
    page.get_by_role("button", name="撤销").click()
    expect(page.locator("[name=members-1-name]")).to_be_visible()
    page.keyboard.press("Alt+n")
    assert focused(page) == "members-2-name"
    page.keyboard.press("F1")
    expect(page.get_by_role("dialog")).to_be_visible()
    page.keyboard.press("Escape")
    assert focused(page) == "members-2-name"


def test_somebody_else_saved_meanwhile(as_user, county, household):
    page = as_user(county)
    page.goto(f"/households/{household.code}/edit/")
    with acting_as(county):
        save_households([{"id": household.pk, "address": "5栋502"}], by=county)
    page.locator("[name=address]").fill("1栋101")
    page.get_by_role("button", name="保存", exact=True).click()
    expect(page.locator("[data-error-summary]")).to_be_focused()
    assert page.locator("[name=address]").input_value() == "1栋101"
    with acting_as(county):
        assert Household.objects.get(pk=household.pk).address == "5栋502"


def test_clear_numbers_of_others_need_a_reason(as_user, province, household):
    page = as_user(province)
    page.goto(f"/households/{household.code}/")
    number = page.locator("td.nums").first
    expect(number).to_contain_text("*")
    page.locator("[name=reason]").fill("核实举报")
    page.get_by_role("button", name="显示完整信息").click()
    expect(page.locator("td.nums").first).not_to_contain_text("*")
