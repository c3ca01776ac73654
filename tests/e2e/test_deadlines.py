"""Inbox, month view, own settings and posts in a browser: with keys alone, without scripts, printed, and judged by axe."""

from __future__ import annotations

import datetime as dt
import re

import pytest
from playwright.sync_api import expect

from accounts.models import User
from alerts import engine
from alerts.models import AlertReceipt
from common.scope import whole
from tests import due, world
from tests.e2e.test_accessibility import Sweep, finish, save
from tests.e2e.words import zh

TODAY = dt.date(2026, 9, 30)


@pytest.fixture
def busy(county, clock) -> User:
    """A county official with things due: late, near and ahead, to the person, the post and the unit."""
    clock(TODAY)
    office = due.unit()
    User.objects.filter(pk=county.pk).update(unit=office)
    county = User.objects.get(pk=county.pk)
    chief = due.post(of=office)
    due.holds(chief, county, dt.date(2026, 1, 1))
    set_on = TODAY - dt.timedelta(60)
    due.due(1, TODAY - dt.timedelta(10), on=set_on, responsible=county)
    due.due(2, TODAY - dt.timedelta(2), on=set_on, post=chief)
    due.due(3, TODAY, on=set_on, unit=office)
    for number in range(4, 11):
        due.due(number, dt.date(2026, 10, 9), on=set_on, responsible=county)
    due.due(11, dt.date(2026, 10, 28), on=set_on, responsible=county)
    due.due(12, dt.date(2026, 10, 3), on=set_on, post=due.post("副科长"))
    engine.run(TODAY)
    return county


def test_pages_are_accessible_and_keep_within_the_screen(as_user, busy):
    page = as_user(busy)
    with whole():
        chief = due.Post.objects.get(name="科长").pk
        holding = due.PostHolding.objects.get().pk
    sweep = Sweep(page)
    sweep.open(
        "/inbox/", "/inbox/?show=unit", "/inbox/?show=area", "/inbox/?show=jobs", "/inbox/?show=upkeep",
        "/calendar/", "/calendar/?month=2026-10", "/calendar/?month=2026-10&whose=area",
        "/calendar/?month=2027-03&whose=unit", "/settings/", "/ledgers/deadlines/", "/ledgers/deadlines/?orphan=1",
        "/ledgers/deadlines/?time=overdue&level=red", "/ledgers/alerts/", "/ledgers/posts/", "/ledgers/posts/?vacant=1",
        f"/ledgers/posts/{chief}/", "/ledgers/posts/new/", "/ledgers/post-holdings/", "/ledgers/post-holdings/new/",
        f"/ledgers/post-holdings/{holding}/", f"/accounts/posts/{chief}/hand-over/",
    )  # fmt: skip
    sweep.fault("/settings/", lambda page: (page.locator("[name=email]").fill("nobody"), save(page)))
    sweep.fault(f"/accounts/posts/{chief}/hand-over/", save)
    sweep.fault("/ledgers/posts/new/", save)
    finish(sweep, 25)


def test_administrators_pages_are_accessible(as_user, clock, settings, transactional_db):
    clock(dt.date(2026, 12, 1))
    settings.WEBHOOK_ADDRESSES = "any"
    page = as_user(world.user("admin", "admin", 0))
    sweep = Sweep(page)
    sweep.open("/inbox/", "/ledgers/calendar-days/", "/ledgers/calendar-days/new/", "/ledgers/webhooks/new/")
    page.goto("/ledgers/webhooks/new/")
    page.locator("[name=name]").fill("省级平台")
    page.locator("[name=division]").fill("520000000000")
    page.locator("[name=address]").fill("http://127.0.0.1:9/hook")
    page.locator("[name=secret]").fill("a-secret-of-many-characters")
    save(page)
    expect(page.get_by_role("heading", name="省级平台")).to_be_visible()
    sweep.look("a webhook")
    sweep.open("/ledgers/webhooks/")
    sweep.fault("/ledgers/webhooks/new/", save)
    finish(sweep, 7)


def test_words_are_read_in_lines_on_a_phone(as_user, busy):
    page = as_user(busy)
    page.set_viewport_size({"width": 390, "height": 844})
    page.goto("/inbox/")
    words = page.locator(".by-row tbody a").first
    box = words.bounding_box()
    assert box["width"] > 150 and box["height"] < 80, box
    first = page.get_by_role("button", name="确认").nth(1).bounding_box()
    assert first["x"] + first["width"] <= 390
    page.goto("/ledgers/deadlines/")
    heights = page.locator(".data thead th").evaluate_all("all => all.map(one => one.getBoundingClientRect().height)")
    assert max(heights) < 45, heights


def test_inbox_by_keys_alone(as_user, busy):
    page = as_user(busy)
    page.goto("/inbox/")
    lines = page.locator("tbody tr")
    expect(lines).to_have_count(13)
    expect(lines.first).to_contain_text("红色督办")
    expect(page.locator("nav.menu a[href='/inbox/']")).to_have_attribute("aria-current", "page")
    button = lines.first.get_by_role("button")
    for _press in range(80):
        page.keyboard.press("Tab")
        if button.evaluate("element => element === document.activeElement"):
            break
    page.keyboard.press("Enter")
    expect(page.get_by_role("status").first).to_contain_text("1")
    with whole():
        assert AlertReceipt.objects.filter(user=busy, acknowledged_at__isnull=False).count() == 1
    assert not AlertReceipt.objects.filter(user=busy, read_at=None).exists()


def test_the_month_leads_to_what_is_due(as_user_without_script, busy):
    page = as_user_without_script(busy)
    page.goto("/calendar/")
    expect(page.locator(".is-today")).to_contain_text("30")
    page.get_by_role("link", name=zh("Next month")).click()
    expect(page).to_have_url(re.compile("month=2026-10"))
    holiday = page.locator("td", has=page.locator("time[datetime='2026-10-01']"))
    expect(holiday).to_have_class(re.compile("is-off"))
    expect(holiday).to_contain_text(zh("National Day"))
    worked = page.locator("td", has=page.locator("time[datetime='2026-10-10']"))
    expect(worked).to_have_class(re.compile("is-work"))
    expect(worked).to_contain_text(zh("%(name)s, worked") % {"name": zh("National Day")})
    full = page.locator("td", has=page.locator("time[datetime='2026-10-09']"))
    expect(full.locator("li:not(.month-more)")).to_have_count(5)
    full.locator(".month-more a").click()
    expect(page.locator("table.data tbody tr")).to_have_count(7)
    page.go_back()
    page.get_by_role("link", name=re.compile("事项 11 ")).click()
    expect(page).to_have_url(re.compile("number=11"))


def test_the_month_is_a_list_on_a_narrow_screen_and_a_table_on_paper(as_user, busy, tmp_path):
    page = as_user(busy)
    page.goto("/calendar/?month=2026-10")
    document = page.pdf(prefer_css_page_size=True)
    assert document.startswith(b"%PDF-") and len(re.findall(rb"/Type /Page\b", document)) <= 2
    page.set_viewport_size({"width": 320, "height": 640})
    expect(page.locator("td", has=page.locator("time[datetime='2026-10-09']"))).to_be_visible()
    expect(page.locator("td", has=page.locator("time[datetime='2026-10-08']"))).to_be_hidden()
    expect(page.locator(".month thead")).to_be_hidden()


def test_a_post_is_handed_over(as_user, busy):
    page = as_user(busy)
    world.user("next", "county", world.WANGMO)
    with whole():
        chief = due.Post.objects.get(name="科长").pk
    page.goto(f"/ledgers/posts/{chief}/")
    page.get_by_role("link", name=zh("Hand over")).or_(page.get_by_role("link", name="岗位交接")).first.click()
    page.locator("[name=user]").select_option(label="next")
    page.locator("[name=from_on]").fill("20261001")
    save(page)
    expect(page.locator("[aria-labelledby=panel-holdings] tbody tr")).to_have_count(2)
    expect(page.locator("[aria-labelledby=panel-holdings] tbody tr").last).to_contain_text("2026-09-30")


def test_the_calendar_address_is_shown_once_and_revoked(as_user, busy):
    page = as_user(busy)
    page.goto("/settings/")
    page.get_by_role("button", name=zh("Make an address")).click()
    address = page.locator(".secret code").inner_text()
    path = address[address.index("/calendar/") :]
    assert "BEGIN:VEVENT" in page.request.get(path).text()
    page.goto("/settings/")
    expect(page.locator(".secret")).to_have_count(0)
    page.get_by_role("button", name=zh("Revoke the address")).click()
    assert page.request.get(path).status == 404
