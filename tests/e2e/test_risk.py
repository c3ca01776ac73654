"""A household at risk as work: a fall in income is entered, its case is carried on step by step, and the file shows it."""

from __future__ import annotations

import datetime as dt
import re

import pytest
from playwright.sync_api import expect

from common.scope import acting_as
from tests import world
from tests.e2e.words import zh
from tests.households.wealth import enter, line

TODAY = dt.date(2026, 6, 30)


@pytest.fixture
def household(county, clock):
    clock(TODAY)
    found = world.household(county, world.settlement(county), [world.member("韦大山")], code="522326000001")
    line(county, 2024, 7000)
    enter(county, found, 2024, wages=30000)
    return found


def test_from_a_fall_in_income_to_help(as_user, county, household):
    page = as_user(county)
    page.goto("/households/522326000001/")
    panel = page.locator("section[aria-labelledby=panel-income]")
    expect(panel).to_contain_text("30,000")
    expect(page.locator("section[aria-labelledby=panel-safety]")).to_contain_text(zh("no basic medical insurance"))
    panel.get_by_role("link", name=zh("Enter income")).click()
    expect(page.locator("[name=household]")).to_have_value("522326000001")
    page.locator("[name=year]").fill("2025")
    page.locator("[name=wages]").fill("9000")
    page.locator("button[data-save]").first.click()
    expect(page.locator("[data-error-summary]")).to_contain_text("收入须注明所属期间")
    page.locator("[name=period]").select_option("0")
    page.locator("button[data-save]").first.click()
    expect(page.locator("main")).to_contain_text("-70.00")

    page.goto("/households/522326000001/")
    expect(panel).to_contain_text("收入骤减")
    panel.locator("a[href*='/risks/']").click()
    page.locator("a[href$='/verify/']").click()
    page.locator("button[data-save]").click()
    expect(page.locator("[data-error-summary]")).to_be_focused()
    page.locator("[name=monitor_type]").select_option("3")
    page.locator("[name=cause]").select_option("07")
    page.locator("button[data-save]").click()
    expect(page).to_have_url(re.compile(r"/risks/\d+/$"))
    expect(page.locator("main")).to_contain_text("2026-07-10")  # ten days to the first measure
    page.locator("a[href$='/measure/']").click()
    page.locator("[name=measures]").fill("推荐社区公益岗位")
    page.locator("[name=cadre]").fill("王干部")
    page.locator("button[data-save]").click()
    expect(page.locator(".timeline li")).to_have_count(3)
    page.locator("a[href$='/remove/']").click()
    page.locator("[name=end_way]").select_option("1")
    page.locator("button[data-save]").click()
    expect(page.locator("[data-error-summary]")).to_contain_text("收入达标起始时间")
    for width in (320, 1366):
        page.set_viewport_size({"width": width, "height": 768})
        assert page.evaluate("document.documentElement.scrollWidth") <= width, width
    page.goto("/ledgers/households/?risk_level=red")
    expect(page.locator("main table.data tbody tr")).to_have_count(1)
    with acting_as(county):
        assert household.risk_cases.get().state == "measures"
