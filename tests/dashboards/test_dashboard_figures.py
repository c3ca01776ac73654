"""Every figure opens into exactly its rows: at each level, for each reader, before and after an edit and over midnight."""

import datetime as dt

import pytest

from common.scope import acting_as
from compliance import tick
from employment.actions import save_employments
from households.models import Household, Person
from tests import world
from tests.dashboards.crawling import disagreements, figures, links

pytestmark = pytest.mark.django_db


def leads_on(href: str) -> bool:
    """Whether a page of figures is behind it; quick entry is a form."""
    return href.startswith(("/dashboard/", "/settlements/")) and "/quick/" not in href


def walk(client, user, start: str) -> dict[str, int]:
    """Opens every page below a dashboard; number of figures checked by address."""
    client.force_login(user)
    checked, waiting = {}, [start]
    while waiting:
        url = waiting.pop()
        if url in checked:
            continue
        answer = client.get(url)
        assert answer.status_code == 200, url
        assert disagreements(answer, user) == [], url
        checked[url] = len(figures(answer))
        waiting += [href for href, _text in links(answer) if leads_on(href)]
    return checked


STARTS = {"province": "520000000000", "city": "522300000000", "wangmo": "522326000000"}


@pytest.mark.parametrize("reader", STARTS)
def test_every_figure_of_every_level_opens_into_its_rows(reader, request, client, homes):
    checked = walk(client, request.getfixturevalue(reader), f"/dashboard/?region={STARTS[reader]}")
    assert min(checked.values()) > 12
    assert sum(url.startswith("/settlements/") for url in checked) == (3 if reader == "wangmo" else 4)


@pytest.mark.parametrize("profile", ["labour-stable", "wish-any", "registered-wish-stable", "all-any"])
def test_every_profile_opens_into_its_rows(profile, client, homes, province):
    client.force_login(province)
    answer = client.get(f"/dashboard/?region=522300000000&profile={profile}")
    assert disagreements(answer, province) == []


def test_figures_follow_an_edit_at_once(client, homes, province, wangmo):
    client.force_login(wangmo)
    url = f"/dashboard/?region={world.WANGMO}"
    before = dict(figures(client.get(url)))
    zero = f"/ledgers/households/?verdict=zero&division={world.WANGMO}"
    with acting_as(wangmo):
        jobless = Person.objects.filter(name="零一").first()
        save_employments([{"person": jobless, **world.job(dt.date(2024, 1, 1))}], by=wangmo)
    answer = client.get(url)
    after = dict(figures(answer))
    assert int(after[zero]) == int(before[zero]) - 1
    assert disagreements(answer, wangmo) == []
    walk(client, province, "/dashboard/?region=520000000000")


def test_figures_follow_the_day(client, homes, ending, wangmo, clock, today):
    client.force_login(wangmo)
    url = f"/dashboard/?region={world.WANGMO}"
    zero = f"/ledgers/households/?verdict=zero&division={world.WANGMO}"
    before = dict(figures(client.get(url)))
    tomorrow = clock(today + dt.timedelta(1))
    tick.run(tomorrow)
    after = dict(figures(client.get(url)))
    assert int(after[zero]) == int(before[zero]) + 1
    walk(client, wangmo, url)


def test_a_rate_of_nobody_is_a_dash(client, homes, wangmo):
    world.settlement(wangmo, name="空社区")
    client.force_login(wangmo)
    page = client.get(f"/dashboard/?region={world.WANGMO}").content.decode()
    row = page[page.index("空社区") :].split("</tr>")[0]
    assert "—" in row
    assert "%" not in row


def test_the_settlements_own_page_says_what_was_declared_and_what_is_counted(client, homes, wangmo):
    client.force_login(wangmo)
    page = client.get(f"/settlements/{homes['first'].code}/").content.decode()
    with acting_as(wangmo):
        counted = Household.objects.filter(settlement=homes["first"]).count()
    assert f"{counted - 9:+d}" in page
    assert "小微型" in page
