"""Where scripts are switched off, people still enter, are told their faults, query lists and read the dashboard."""

from __future__ import annotations

import datetime as dt
import re

import pytest
from playwright.sync_api import expect

from tests import world
from tests.e2e.words import zh

TODAY = dt.date(2026, 6, 30)


@pytest.fixture
def home(county, clock):
    clock(TODAY)
    made = world.settlement(county, name="平洞社区")
    world.household(county, made, [world.member("韦大山")], [[world.job(dt.date(2024, 1, 1))]], code="522326000001")
    world.household(county, made, [world.member("罗老三")], code="522326000002")
    return made


def test_a_household_is_entered_and_faults_are_told(as_user_without_script, county, home):
    page = as_user_without_script(county)
    page.goto(f"/households/new/?settlement={home.code}")
    page.locator("[name=code]").fill("522326000777")
    page.locator("[name=address]").fill("3栋201")
    page.locator("[name=members-0-name]").fill("岑春花")
    page.locator("[name=members-0-relation]").select_option(label="户主")
    page.locator("[name=members-0-id_number]").fill("529999198402290011")
    page.locator("[name=address]").press("Enter")  # the first button of a form takes it: it must be the one that saves
    summary = page.locator("[data-error-summary]")
    expect(summary).to_contain_text("身份证号")
    summary.get_by_role("link").first.click()
    expect(page).to_have_url(re.compile(r"#id_members-0-id_number$"))
    expect(page.locator("[name=address]")).to_have_value("3栋201")
    page.locator("[name=members-0-id_number]").fill(world.id_number(dt.date(1984, 2, 29)))
    page.locator("main").get_by_role("button", name=zh("Save"), exact=True).click()
    expect(page).to_have_url(re.compile(r"/households/522326000777/(#.*)?$"))
    expect(page.get_by_role("heading", level=1)).to_contain_text("岑春花")


def test_a_member_is_added_to_a_household(as_user_without_script, county, home):
    page = as_user_without_script(county)
    page.goto("/households/522326000002/edit/")
    page.get_by_role("button", name=zh("Add a member")).click()
    page.locator("[name=members-1-name]").fill("罗小妹")
    page.locator("[name=members-1-relation]").select_option(label="配偶")
    page.locator("[name=members-1-id_number]").fill(world.id_number(dt.date(1990, 2, 3), sex="2"))
    page.locator("main").get_by_role("button", name=zh("Save"), exact=True).click()
    expect(page).to_have_url(re.compile(r"/households/522326000002/$"))
    expect(page.locator("main")).to_contain_text("罗小妹")


def test_a_list_is_queried_sorted_and_paged(as_user_without_script, county, home):
    page = as_user_without_script(county)
    page.goto("/ledgers/households/")
    rows = page.locator("main table.data tbody tr")
    expect(rows).to_have_count(2)
    page.locator("form[data-filter] [name=verdict]").select_option("zero")
    page.get_by_role("button", name=zh("Query")).click()
    expect(rows).to_have_count(1)
    expect(rows).to_contain_text("罗老三")
    page.locator("a.chip").click()
    expect(rows).to_have_count(2)
    page.locator("thead a", has_text="户编号").click()
    page.locator("thead a", has_text="户编号").click()
    expect(rows.first).to_contain_text("522326000002")


def test_the_dashboard_is_read_from_its_tables(as_user_without_script, county, home):
    page = as_user_without_script(county)
    page.goto(f"/dashboard/?region={world.WANGMO}")
    expect(page.locator("main .chart").first).to_be_hidden()
    page.locator("main figure summary").first.click()
    page.locator("main figure table a", has_text="1").first.click()
    expect(page.locator("main table.data tbody tr")).to_have_count(1)
    page.goto(f"/dashboard/?region={world.WANGMO}")
    page.locator("[name=profile]").select_option("all-any")
    page.get_by_role("button", name=zh("Show"), exact=True).click()
    expect(page.locator("main")).to_contain_text("50.00%")


def test_a_workbook_is_sent_and_its_job_page_refreshes_itself(as_user_without_script, county, home, tmp_path):
    page = as_user_without_script(county)
    page.goto("/ledgers/county-roster/export/")
    page.locator("main").get_by_role("button", name=zh("Export"), exact=True).click()
    expect(page).to_have_url(re.compile(r"/jobs/[0-9a-f-]+/$"))
    assert page.locator("meta[http-equiv=refresh]").count() == 1
