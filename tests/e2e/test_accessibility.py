"""Every page with its empty and its error state: no violation found by axe, no sideways scroll on a desk's screen and at
320 px (a screen enlarged to 400 %), and what is printed comes out as a PDF."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable
from dataclasses import dataclass

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.core.files.uploadedfile import SimpleUploadedFile
from playwright.sync_api import Page, expect

from accounts.models import User
from common.ledger import registry
from common.scope import acting_as
from compliance.models import ZeroCase
from households.models import Person
from jobs import actions, runner
from ledgers.imports.sessions import start
from tests import world
from tests.e2e.conftest import enter_as
from tests.imports import workbooks

TODAY = dt.date(2026, 6, 30)
LONG_AGO = dt.date(2024, 1, 1)
AXE = Axe().axe_script
RULES = {"wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"}
FIND = """async ([part, tags]) => {
  const found = await axe.run(part, {runOnly: {type: 'tag', values: tags}, resultTypes: ['violations']});
  return found.violations.flatMap(v => v.nodes.map(n => `${v.id}: ${n.target.join(' ')} ${n.html.slice(0, 160)}`));
}"""
# What a page is made of: lists come of one template, and one whose parts were all judged before tells axe nothing new.
PARTS = """() => [...document.querySelectorAll('main *')].map(e => `${e.tagName} ${e.className} ${e.type || ''}`)"""
SIDEWAYS = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
DESK, NARROW = {"width": 1366, "height": 768}, {"width": 320, "height": 640}


class Sweep:
    """Looks at one state after the other and keeps what is wrong, so that one run tells everything."""

    def __init__(self, page: Page):
        self.page = page
        self.wrong: list[str] = []
        self.seen = 0

    def look(self, name: str, part: str = "html") -> None:
        """Judge the page as it stands, on both widths; `part` of it where the rest is that of a page seen before."""
        self.page.evaluate(AXE)
        self.wrong += [f"{name}: {fault}" for fault in self.page.evaluate(FIND, [part, sorted(RULES)])]
        self.measure(name)

    def measure(self, name: str) -> None:
        """Judge no more than how wide the page is."""
        for size in (NARROW, DESK):
            self.page.set_viewport_size(size)
            if (over := self.page.evaluate(SIDEWAYS)) > 0:
                self.wrong.append(f"{name}: {over} px wider than {size['width']} px")
        self.seen += 1

    def open(self, *addresses: str) -> None:
        for address in addresses:
            self.page.goto(address)
            self.look(address)

    def fault(self, address: str, act: Callable[[Page], None]) -> None:
        """Open a form and send it as `act` does; it must come back with an error summary that has the focus."""
        self.page.goto(address)
        act(self.page)
        expect(self.page.locator("[data-error-summary]").first).to_be_focused()
        self.look(f"{address} with faults")


def save(page: Page) -> None:
    page.locator("main button[data-save]:visible").last.click()


def submit(page: Page) -> None:
    page.locator("main form button.btn-primary, main form button.btn-danger").last.click()


@dataclass
class Filled:
    """A county with something on every page: addresses of records and of jobs."""

    county: User
    settlement: str
    household: str
    person: int
    case: int
    job: str
    review: str


@pytest.fixture
def filled(county, clock, tmp_path, monkeypatch) -> Filled:
    clock(TODAY)
    monkeypatch.setattr(actions, "wake", lambda job_id: None)  # jobs are run here, or stay queued
    home = world.settlement(county, name="平洞社区")
    world.household(county, home, [world.member("韦大山"), world.member("罗小妹", "02", sex="2")],
                    [[world.job(LONG_AGO, dt.date(2026, 7, 10))], []], code="522326000001")  # fmt: skip
    world.household(county, home, [world.member("罗老三")], code="522326000002")
    file = workbooks.roster(tmp_path / "roster.xlsx", [
        workbooks.home("522326000010") | workbooks.person(world.id_number(LONG_AGO.replace(year=1980))) | workbooks.work(),
        workbooks.home("522326000011") | workbooks.person("529999198005051230"),
    ])  # fmt: skip
    checked = start(county, "county-roster", SimpleUploadedFile("花名册.xlsx", file.read_bytes()))
    runner.run(checked.pk)
    with acting_as(county):
        case = ZeroCase.objects.get(closed_on=None).pk
        person = Person.objects.get(name="罗小妹").pk
    return Filled(
        county,
        home.code,
        "522326000001",
        person,
        case,
        f"/jobs/{checked.pk}/",
        f"/ledgers/county-roster/import/{checked.pk}/",
    )


def finish(sweep: Sweep, at_least: int) -> None:
    assert sweep.seen >= at_least
    assert not sweep.wrong, "\n".join(sweep.wrong)


def test_pages_of_those_who_enter(as_user, filled):
    page = as_user(filled.county)
    sweep = Sweep(page)
    sweep.open(
        "/inbox/", f"/dashboard/?region={world.WANGMO}", f"/settlements/{filled.settlement}/",
        f"/households/{filled.household}/", f"/households/{filled.household}/edit/", "/households/new/",
        f"/households/{filled.household}/members/{filled.person}/leave/", f"/compliance/zero/{filled.case}/assign/",
        f"/households/{filled.household}/life/split/", f"/transfers/ask/?household={filled.household}", "/outgoing/",
        f"/ledgers/households/{filled.household}/", f"/ledgers/households/{filled.household}/history/",
        f"/ledgers/households/{filled.household}/void/", "/ledgers/settlements/new/",
        f"/ledgers/settlements/{filled.settlement}/edit/", "/ledgers/county-roster/", "/ledgers/county-roster/import/",
        "/ledgers/county-roster/export/", "/ledgers/persons/export/", filled.review, f"{filled.review}?tab=warnings",
        "/jobs/", "/password/",
    )  # fmt: skip
    sweep.fault("/households/new/", save)
    sweep.fault(f"/households/{filled.household}/members/{filled.person}/leave/", save)
    sweep.fault(f"/compliance/zero/{filled.case}/assign/", save)
    sweep.fault(f"/households/{filled.household}/life/split/", save)
    sweep.fault("/ledgers/settlements/new/", save)
    sweep.fault(filled.review, submit)
    sweep.fault("/ledgers/persons/export/", lambda page: (page.locator("[name=clear]").check(), submit(page)))

    page.goto("/households/new/")
    page.locator("[name=origin_division]").press_sequentially("望谟")
    expect(page.locator(".combo-list [role=option]").first).to_be_visible()
    sweep.look("the search for divisions, open")
    page.keyboard.press("Escape")
    page.keyboard.press("F1")
    expect(page.get_by_role("dialog")).to_be_visible()
    sweep.look("the list of keys, open")
    finish(sweep, 33)


def test_lists_and_their_empty_and_faulty_states(as_user, filled):
    sweep = Sweep(as_user(filled.county))
    readable = [ledger.key for ledger in registry if ledger.key not in ("users", "code-items")]
    sweep.open("/ledgers/")
    judged: set[str] = set()
    for key in readable:
        answer = sweep.page.goto(f"/ledgers/{key}/")
        if answer.status != 200:
            continue
        if (parts := set(sweep.page.evaluate(PARTS))) <= judged:
            sweep.measure(f"/ledgers/{key}/")
        else:
            sweep.look(f"/ledgers/{key}/", part="main")
        judged |= parts
    sweep.open(
        "/ledgers/households/?head_name=nobody",
        "/ledgers/households/?moved_in_on_from=abc",
        "/ledgers/households/?verdict=zero&sort=-code",
    )
    finish(sweep, 10)


def test_pages_of_those_who_look_on_and_who_administer(as_user, filled, province, live_server):
    page = as_user(province)
    sweep = Sweep(page)
    sweep.open(
        "/dashboard/",
        "/dashboard/?region=522300000000&profile=all-any",
        f"/households/{filled.household}/",
        "/dashboard/?region=610000000000",
        "/ledgers/county-roster/import/",
    )
    enter_as(page, live_server, world.user("xianyang", "drc", world.XIANYANG))
    sweep.open("/dashboard/", "/ledgers/households/", "/jobs/", "/ledgers/zero-households/")
    enter_as(page, live_server, world.user("newcomer", "township", world.CEHENG_TOWNSHIP))
    sweep.open("/inbox/")
    enter_as(page, live_server, world.user("nowhere", "county"))
    sweep.open("/dashboard/", "/ledgers/households/")
    admin = world.user("admin", "admin", 0)
    enter_as(page, live_server, admin)
    sweep.open("/accounts/users/", "/accounts/users/new/", f"/accounts/users/{admin.pk}/", "/dashboard/?region=0")
    sweep.fault("/accounts/users/new/", submit)
    page.goto(f"/accounts/users/{province.pk}/")
    page.locator(f"form[action='/accounts/users/{province.pk}/password/'] button").click()
    expect(page.locator(".secret")).to_be_visible()
    sweep.look("a new password")
    page.context.clear_cookies()
    sweep.open("/login/")
    page.locator("[name=username]").fill("admin")
    page.locator("[name=password]").fill("wrong")
    submit(page)
    expect(page.get_by_role("alert")).to_be_visible()
    sweep.look("/login/ refused")
    finish(sweep, 20)


def test_what_is_not_found_says_so(page, county, live_server):
    """Not the watched page: it would call the answer a fault."""
    sweep = Sweep(enter_as(page, live_server, county))
    assert page.goto("/households/999999/").status == 404
    sweep.look("404")
    finish(sweep, 1)


def test_english_pages_are_as_accessible(as_user, filled):
    page = as_user(filled.county)
    page.goto("/inbox/")
    page.get_by_role("button", name="English").click()
    expect(page.locator("html")).to_have_attribute("lang", "en")
    sweep = Sweep(page)
    sweep.open(
        f"/dashboard/?region={world.WANGMO}",
        "/ledgers/households/",
        f"/households/{filled.household}/",
        "/households/new/",
        filled.review,
    )
    assert not re.search(r"[\u4e00-\u9fff]", page.locator("nav.menu").inner_text())
    finish(sweep, 5)


def test_household_and_settlement_are_printed(as_user, filled):
    page = as_user(filled.county)
    for address, most in [(f"/households/{filled.household}/", 6), (f"/settlements/{filled.settlement}/", 2)]:
        page.goto(address)
        document = page.pdf(prefer_css_page_size=True)
        assert document.startswith(b"%PDF-")
        pages = len(re.findall(rb"/Type /Page\b", document))
        assert 1 <= pages <= most, f"{address} takes {pages} sheets"
