"""Every number of every level is followed in the browser and opens into exactly as many rows, as province, city and county;
those of a county again after an edit, and across midnight."""

from __future__ import annotations

import datetime as dt
import re

import pytest
from playwright.sync_api import Page, expect

from compliance import tick
from tests import world

TODAY = dt.date(2026, 6, 30)
LONG_AGO, LATELY = dt.date(2024, 1, 1), dt.date(2026, 5, 1)
NANMING, NANMING_TOWNSHIP = 520102000000, 520102016000

# Gathers the numbers of the page shown: links of the main part that lead into a ledger, charts and cards included.
NUMBERS = """() => {
  const figures = [...document.querySelectorAll('main a[href*="/ledgers/"]')]
    .map(a => [a.getAttribute('href'), a.textContent.trim()]).filter(([, text]) => /^[0-9]/.test(text));
  document.querySelectorAll('main [data-chart]').forEach(chart => {
    const data = JSON.parse(document.getElementById(chart.dataset.source).textContent);
    (data.links || []).forEach((href, i) => href.includes('/ledgers/')
      && figures.push([href, String(data.series[0].data[i])]));
  });
  return figures;
}"""

# Opens addresses in the browser's own session, a few at once, and reads off each list the count that it tells and the
# rows that it shows; an empty list shows no table at all.
ROWS = """async (addresses) => {
  const found = {}, waiting = [...addresses];
  const follow = async () => {
    for (let address = waiting.shift(); address; address = waiting.shift()) {
      const answer = await fetch(address, {credentials: 'same-origin'});
      const page = new DOMParser().parseFromString(await answer.text(), 'text/html');
      const told = page.querySelector('.table-foot .muted');
      const empty = page.querySelector('.empty');
      found[address] = answer.ok ? [told ? told.textContent : (empty ? '' : null),
                                    page.querySelectorAll('main table.data tbody tr').length] : [answer.status, 0];
    }
  };
  await Promise.all([follow(), follow(), follow(), follow()]);
  return found;
}"""


@pytest.fixture
def homes(county, clock):
    """Two counties of one city, one of another; every verdict, an empty settlement, a dispersed group, one job that ends
    today."""
    clock(TODAY)
    neighbour, capital = world.user("ceheng", "county", world.CEHENG), world.user("nanming", "county", NANMING)
    first = world.settlement(county, name="平洞社区")
    scattered = world.settlement(county, 522326102000, name="分散户", placement="dispersed", location="rural")
    world.settlement(county, name="空社区")
    world.household(
        county, first, [world.member("稳一"), world.member("稳二", "02", sex="2")], [[world.job(LONG_AGO)], []]
    )
    world.household(county, first, [world.member("零一")], code="522326000100")
    world.household(county, first, [world.member("新一")], [[world.job(LATELY)]])
    world.household(county, first, [world.member("末一")], [[world.job(LONG_AGO, TODAY)]])
    world.household(county, first, [world.member("不一", job_intention="2")])
    world.household(county, first, [world.member("老一", birth=dt.date(1950, 1, 1))])
    world.household(county, scattered, [world.member("散一")], [[world.job(LONG_AGO)]], relocation_kind="2")
    world.household(
        neighbour, world.settlement(neighbour, world.CEHENG_TOWNSHIP, name="高峰社区"), [world.member("册一")],
        [[world.job(LONG_AGO)]], origin_division=world.WANGMO,
    )  # fmt: skip
    world.household(capital, world.settlement(capital, NANMING_TOWNSHIP, name="水口社区"), [world.member("南一")])
    return first


class Reader:
    """Somebody who opens dashboards and follows their numbers; a list is opened once and holds for `self.counts`."""

    def __init__(self, page: Page):
        self.page = page
        self.counts: dict[str, int] = {}

    def follow(self, start: str) -> dict[str, int]:
        """Open every page below `start`; gives how many numbers each had. Each must open into as many rows as it says."""
        followed: dict[str, int] = {}
        waiting = [start]
        while waiting:
            address = waiting.pop()
            if address in followed:
                continue
            self.page.goto(address)
            numbers = self.page.evaluate(NUMBERS)
            self._open(
                {href for href, _text in numbers} | {_whole(href) for href, text in numbers if text.endswith("%")}
            )
            wrong = [(href, text, self.counts[href]) for href, text in numbers if not self._agrees(href, text)]
            assert not wrong, f"{address}: {wrong}"
            followed[address] = len(numbers)
            hrefs = self.page.locator("main a").evaluate_all("links => links.map(a => a.getAttribute('href') || '')")
            waiting += [
                href
                for href in hrefs
                if href.startswith(("/dashboard/?region=", "/settlements/")) and "/quick/" not in href
            ]
        return followed

    def _open(self, addresses: set[str]) -> None:
        for address, (told, shown) in self.page.evaluate(ROWS, sorted(addresses - self.counts.keys())).items():
            assert isinstance(told, str), f"{address} answered {told}"
            numbers = [int(n.replace(",", "")) for n in re.findall(r"[\d,]+", told)] or [0]
            assert max(numbers) == shown, f"{address} tells {told} and shows {shown} rows"
            self.counts[address] = shown

    def _agrees(self, href: str, text: str) -> bool:
        if text.endswith("%"):
            return text == f"{100 * self.counts[href] / self.counts[_whole(href)]:.2f}%"
        return int(text.replace(",", "")) == self.counts[href]


def _whole(href: str) -> str:
    """The rows among which those behind a rate are counted: the profile's whole denominator."""
    return href.replace("&met=1", "")


STARTS = {"province": "520000000000", "city": "522300000000", "county": "522326000000"}
OF_COUNTY = f"/dashboard/?region={world.WANGMO}"
SETTLEMENTS = {"province": 5, "city": 4, "county": 3}


def reader_of(role: str, as_user, request) -> Reader:
    if role == "city":
        return Reader(as_user(world.user("city", "city", 522300000000)))
    return Reader(as_user(request.getfixturevalue(role)))


@pytest.mark.parametrize("role", STARTS)
def test_every_number_of_every_level_opens_into_its_rows(role, as_user, homes, request):
    reader = reader_of(role, as_user, request)
    followed = reader.follow(f"/dashboard/?region={STARTS[role]}")
    assert sum(address.startswith("/settlements/") for address in followed) == SETTLEMENTS[role]
    assert min(followed.values()) > 12
    # And one of each page as a hand does it.
    for address in list(followed)[:2]:
        reader.page.goto(address)
        number = (
            reader.page.locator("main a[href*='/ledgers/households/']").filter(has_text=re.compile(r"^[1-9]\d*$")).first
        )
        expected = int(number.inner_text())
        number.click()
        expect(reader.page).to_have_url(re.compile(r"/ledgers/households/"))
        expect(reader.page.locator("main table.data tbody tr")).to_have_count(expected)


def test_numbers_follow_an_edit_and_midnight(as_user, homes, county, province, clock):
    page = as_user(county)
    zero = page.locator(f"main .kpi a[href='/ledgers/households/?verdict=zero&division={world.WANGMO}']")
    page.goto(OF_COUNTY)
    expect(zero).to_have_text("1")

    page.goto("/households/522326000100/edit/")
    page.locator("[name=members-0-job_channel]").select_option("12")
    page.locator("[name=members-0-job_employer]").fill("某厂")
    page.locator("[name=members-0-job_start_date]").fill("2024-01-01")
    page.locator("button[data-save]:visible").last.click()
    expect(page).to_have_url(re.compile(r"/households/522326000100/$"))
    page.goto(OF_COUNTY)
    expect(zero).to_have_text("0")
    Reader(as_user(province)).follow(OF_COUNTY)

    tick.run(clock(TODAY + dt.timedelta(1)))  # as the beat does after midnight
    page = as_user(world.user("city", "city", 522300000000))
    page.goto(OF_COUNTY)
    expect(zero).to_have_text("1")
    expect(page.get_by_role("heading", level=1)).to_contain_text("2026-07-01")
    Reader(page).follow(OF_COUNTY)


def test_the_first_read_of_a_day_begins_it(as_user, homes, county, clock):
    page = as_user(county)
    page.goto(OF_COUNTY)
    zero = page.locator(f"main .kpi a[href='/ledgers/households/?verdict=zero&division={world.WANGMO}']")
    expect(zero).to_have_text("1")
    clock(TODAY + dt.timedelta(1))
    page.reload()
    expect(zero).to_have_text("2")
