"""Inspections in the browser: a field check on a phone, with a photograph, without a network, after the sign-in ran out; a
sample drawn, visited, told and drawn again; and every page of the two on both widths."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from django.conf import settings as django_settings
from playwright.sync_api import Page, expect

from common.scope import acting_as, whole
from employment.actions import Block, save_roster
from ledgers.attachments.models import Attachment
from rectification.actions.inspections import save_plans
from rectification.actions.sampling import save_samples
from rectification.actions.sampling_visits import save_visits
from rectification.models import ItemOrigin, ProblemClass, Sample, SampleHousehold
from tests import world
from tests.e2e.conftest import enter_as
from tests.e2e.kept import KEPT, until_kept
from tests.e2e.test_accessibility import Sweep, finish
from tests.e2e.words import zh
from tests.ledgers import attachment_files as make
from tests.ledgers.attachment_files import WANGMO_GPS
from tests.rectification.inspecting import NOW, act, answer, checklist, field_check, inspection, team

PHONE = {"width": 390, "height": 844}
SIDEWAYS = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
SEED = "双色球2026066期 03 11 17 22 28 31+09"


@pytest.fixture(autouse=True)
def folder(settings, tmp_path) -> Path:
    settings.MEDIA_ROOT = tmp_path / "files"
    return settings.MEDIA_ROOT


@pytest.fixture
def people(transactional_db, clock):
    clock(NOW)
    return team()


def narrow(page: Page) -> None:
    assert page.evaluate(SIDEWAYS) <= 0


def test_a_field_check_on_a_phone(as_user, live_server, people, tmp_path):
    by = people.drc
    home = world.settlement(people.county, name="平洞社区")
    found = act(inspection(by), "start", by)
    asked = checklist(by)
    picture = tmp_path / "现场.jpg"
    picture.write_bytes(make.jpeg((1600, 1200), taken="2026:06:10 10:20:30", gps=WANGMO_GPS))

    page = as_user(by)
    page.set_viewport_size(PHONE)
    page.goto(f"{found.address}checks/new/")
    page.locator("[name=settlement]").select_option(home.code)
    page.locator("[name=checklist]").select_option(str(asked.pk))
    narrow(page)
    page.get_by_role("button", name=zh("Begin")).click()
    expect(page).to_have_url(re.compile(r"/inspections/checks/\d+/fill/$"))
    fill = page.url
    narrow(page)
    first, second, third = (page.locator(".ask").nth(n) for n in range(3))
    first.get_by_label("否", exact=True).check()
    second.locator("[name^=answer]").fill("1")
    page.locator("#files-title").scroll_into_view_if_needed()

    # A photograph comes with its place and time, and what is typed stays.
    page.locator("main input[type=file]").set_input_files(picture)
    page.get_by_role("button", name=zh("Attach"), exact=True).click()
    shot = page.locator(".shot")
    expect(shot).to_contain_text("2026-06-10 10:20")
    expect(shot).to_contain_text("25.17847° N, 106.09119° E")
    expect(first.get_by_label("否", exact=True)).to_be_checked()
    narrow(page)

    # Without a network the device keeps what is typed; with one again it goes to the server as a draft.
    page.context.set_offline(True)
    third.locator("[name^=answer]").fill("停车位不足")
    until_kept(page, lambda kept: "停车位不足" in kept)
    page.context.set_offline(False)
    expect(page.locator("[data-kept-state]")).to_have_text(re.compile(zh("Draft kept %(when)s").split("%")[0]))

    # The sign-in ran out: the form gives way to the sign-in page, and what was typed last is offered afterwards.
    page.context.clear_cookies(name=django_settings.SESSION_COOKIE_NAME)
    page.on("dialog", lambda dialog: dialog.accept())
    page.locator("[name=summary]").fill("总体较好")
    expect(page).to_have_url(re.compile(r"/login/\?next="))
    enter_as(page, live_server, by)
    page.goto(fill)
    page.get_by_role("button", name=zh("Put it into the form")).click()
    expect(page.locator("[name=summary]")).to_have_value("总体较好")
    expect(third.locator("[name^=answer]")).to_have_value("停车位不足")
    page.get_by_role("button", name=zh("Complete"), exact=True).click()
    expect(page.locator("#messages")).to_contain_text(zh("The field check is complete."))
    expect(page.locator("main")).to_contain_text("停车位不足")
    expect(page.locator(".shot")).to_have_count(1)
    assert page.evaluate(KEPT) == "[]"
    narrow(page)

    # What is not as expected becomes problems, once.
    page.get_by_role("link", name=zh("Results to problems")).click()
    expect(page.locator("tbody tr")).to_have_count(2)
    narrow(page)
    page.locator("[name=problem_class]").select_option(str(ProblemClass.objects.get(region=0, code="N1").pk))
    page.get_by_role("button", name=zh("One problem for each result")).click()
    expect(page).to_have_url(re.compile(f"/ledgers/rectification-items/.*of_inspection={found.pk}"))
    page.goto(f"{found.address}items/")
    expect(page.locator("main")).to_contain_text(zh("There is no result to make a problem of"))
    with whole():
        assert ItemOrigin.objects.filter(inspection=found).count() == 2
        kept = Attachment.objects.get()
    assert (kept.ledger, kept.region) == ("inspection-checks", home.region)


def households(people, home, number: int) -> None:
    """So many households of one member, of every third nobody works."""
    blocks = [
        Block(
            {"code": f"52232660{n:05d}", "settlement": home},
            [world.member()],
            [[world.job(NOW.replace(year=2024))] if n % 3 else []],
        )
        for n in range(number)
    ]
    with acting_as(people.county):
        save_roster(blocks, by=people.county, on=NOW)


def test_a_sample_is_drawn_visited_told_and_drawn_again(as_user, people):
    by = people.drc
    home = world.settlement(people.county, name="平洞社区")
    households(people, home, 30)
    found = act(inspection(by, counties="望谟县"), "start", by)
    with acting_as(by):
        row = {"title": "随机入户", "inspection": found, "frame_on": NOW, "size": 6, "strata": "none"}
        sample = save_samples([row | {"divisions": "望谟县"}], by=by, on=NOW).objects[0]
        [plan] = save_plans([{"year": 2026, "title": "2026年计划"}], by=by, on=NOW).objects
    page = as_user(by)
    page.goto(f"{sample.address}?count=1")
    expect(page.locator("main")).to_contain_text(re.compile(r"30\s*户"))
    for act_, told in (("Commit the seed", SEED), ("Draw", ""), ("Publish", "")):
        page.locator("main a[data-confirm]", has_text=zh(act_)).first.click()
        dialog = page.get_by_role("dialog")
        if told:
            dialog.locator("[name=public_text]").fill(told)
        dialog.get_by_role("button", name=zh(act_), exact=True).click()
        expect(page.locator("#messages")).to_contain_text(zh(act_))
    with whole():
        assert (Sample.objects.get().state, Sample.objects.get().seed) == ("published", SEED)
        drawn = list(SampleHousehold.objects.filter(reserve=False).order_by("rank"))
        sheets = SampleHousehold.objects.count()

    # On paper: a sheet a page, the drawn ones and those in line.
    page.goto(f"{sample.address}sheets/")
    expect(page.locator(".sheet").first).to_contain_text(drawn[0].code)
    assert len(re.findall(rb"/Type /Page\b", page.pdf(prefer_css_page_size=True))) == sheets == 8

    # On a phone: one is filled in by hand, the others come from sheets; one differs from what is reported.
    page.set_viewport_size(PHONE)
    page.goto(f"{drawn[0].address}fill/")
    narrow(page)
    page.get_by_label("已入户").check()
    page.locator("[name=living][value=yes]").check()
    page.locator("[name=employed_seen]").fill("0" if drawn[0].reported_employed else "1")
    page.locator("[name=satisfaction][value=mostly]").check()
    page.get_by_role("button", name=zh("Save"), exact=True).click()
    expect(page.locator("main")).to_contain_text("不一致")
    narrow(page)
    told = {"result": "found", "visited_on": NOW, "living": "yes", "satisfaction": "satisfied"}
    with acting_as(by):
        rows = [{"id": visit.pk, **told, "employed_seen": visit.reported_persons} for visit in drawn[1:]]
        save_visits(rows, by=by, on=NOW)

    page.set_viewport_size({"width": 1366, "height": 768})
    page.goto(f"{sample.address}results/")
    living = page.locator("tbody tr").first
    expect(living).to_contain_text("100.00%")
    expect(living).to_contain_text(re.compile(r"\d\d\.\d\d% – 100\.00%"))  # an interval though all agree
    expect(page.locator("[aria-labelledby=differences] tbody tr")).to_have_count(1)
    page.goto(f"{sample.address}redraw/")
    expect(page.locator("[aria-labelledby=outcome] .tag")).to_have_text(zh("equal"))

    record = field_check(found, by, home, checklist(by))
    answer(record, by, "否", "5", "无")
    sweep = Sweep(page)
    sweep.open(
        plan.address,
        found.address,
        f"{found.address}items/",
        record.address,
        f"{record.address}fill/",
        sample.address,
        f"{sample.address}results/",
        f"{sample.address}redraw/",
        f"{sample.address}sheets/",
        drawn[0].address,
        f"{drawn[0].address}fill/",
    )
    finish(sweep, 11)
