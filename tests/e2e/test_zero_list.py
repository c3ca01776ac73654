"""The zero-employment list as work: a household is given to a person with a next step, and leaves when somebody works."""

from __future__ import annotations

import datetime as dt
import re

import pytest
from playwright.sync_api import expect

from tests import world
from tests.e2e.words import zh

TODAY = dt.date(2026, 6, 30)
LIST = "/ledgers/zero-households/"


@pytest.fixture
def cases(county, clock):
    clock(TODAY)
    home = world.settlement(county, name="平洞社区")
    world.household(county, home, [world.member("韦大山")], code="522326000001")
    world.household(county, home, [world.member("罗老三")], code="522326000002")
    world.user("helper", "township", world.WANGMO_TOWNSHIP)


def test_a_case_is_assigned_and_leaves_the_list_with_its_verdict(as_user, county, cases):
    page = as_user(county)
    page.goto("/inbox/")
    page.locator("main a[href*='zero-households']").first.click()
    rows = page.locator("main table.data tbody tr")
    expect(rows).to_have_count(2)

    rows.filter(has_text="韦大山").get_by_role("link", name="522326000001").click()
    page.locator("main a[href*='/compliance/zero/']").click()
    page.locator("button[data-save]").click()
    expect(page.locator("[data-error-summary]")).to_be_focused()
    expect(page.locator("[data-error-summary]").get_by_role("link")).to_have_count(3)
    page.locator("[name=assigned_to]").select_option(index=next(
        i for i, label in enumerate(page.locator("[name=assigned_to] option").all_inner_texts()) if "helper" in label
    ))  # fmt: skip
    page.locator("[name=next_step]").fill("推荐社区公益岗位")
    page.locator("[name=next_step_on]").fill("20260715")
    page.locator("[name=next_step]").focus()
    expect(page.locator("[name=next_step_on]")).to_have_value("2026-07-15")
    page.locator("button[data-save]").click()
    expect(page).to_have_url(re.compile(rf"{LIST}$"))
    expect(rows.filter(has_text="韦大山")).to_contain_text("推荐社区公益岗位")
    expect(rows.filter(has_text="韦大山")).to_contain_text("2026-07-15")
    page.locator("[name=assigned]").select_option("0")
    page.get_by_role("button", name=zh("Query")).click()
    expect(rows).to_have_count(1)
    expect(rows).to_contain_text("罗老三")

    page.goto("/households/522326000001/edit/")
    page.locator("[name=members-0-job_channel]").select_option("30")
    page.locator("[name=members-0-job_employer]").fill("平洞社区居委会")
    page.locator("[name=members-0-job_start_date]").fill("2026-06-01")
    page.locator("button[data-save]:visible").last.click()
    expect(page).to_have_url(re.compile(r"/households/522326000001/$"))
    page.goto(LIST)
    expect(rows).to_have_count(1)
    expect(rows).to_contain_text("罗老三")


def test_the_person_finds_it_in_the_inbox(as_user, county, cases):
    page = as_user(county)
    page.goto("/households/522326000002/")
    page.locator("main a[href*='/compliance/zero/']").click()
    page.locator("[name=assigned_to]").select_option(label=next(
        label for label in page.locator("[name=assigned_to] option").all_inner_texts() if label.startswith("county")
    ))  # fmt: skip
    page.locator("[name=next_step]").fill("入户走访")
    page.locator("[name=next_step_on]").fill("2026-07-03")
    page.locator("button[data-save]").click()
    expect(page).to_have_url(re.compile(rf"{LIST}$"))
    page.goto("/inbox/")
    mine = page.locator("main tbody tr").filter(has_text="522326000002")
    expect(mine).to_contain_text("2026-07-03")
    mine.get_by_role("link").click()
    expect(page.locator("[name=next_step]")).to_have_value("入户走访")
