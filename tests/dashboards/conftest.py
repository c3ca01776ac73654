"""Two counties of one city with households of every verdict, tier and placement that the dashboards tell apart."""

import datetime as dt

import pytest

from common.scope import acting_as
from settlements.actions import save_settlements
from tests import world

TODAY = dt.date(2026, 6, 30)
LONG_AGO, LATELY = dt.date(2024, 1, 1), dt.date(2026, 5, 1)


@pytest.fixture
def today(clock):
    return clock(TODAY)


@pytest.fixture
def province(db):
    return world.user("province", "province", 520000000000)


@pytest.fixture
def city(db):
    return world.user("city", "city", 522300000000)


@pytest.fixture
def wangmo(db):
    return world.user("wangmo", "county", world.WANGMO)


@pytest.fixture
def ceheng(db):
    return world.user("ceheng", "county", world.CEHENG)


@pytest.fixture
def homes(wangmo, ceheng, today):
    """Two settlements and a dispersed group in one county, one settlement in the other."""
    first = world.settlement(wangmo, name="平洞社区", declared_households=9, declared_people=12)
    second = world.settlement(wangmo, 522326101000, name="打易新村", location="rural")
    scattered = world.settlement(wangmo, 522326102000, name="分散户", placement="dispersed", location="rural")
    other = world.settlement(ceheng, world.CEHENG_TOWNSHIP, name="高峰社区")
    for home in (first, second):
        world.household(
            wangmo, home, [world.member("稳一"), world.member("稳二", "02", sex="2")], [[world.job(LONG_AGO)], []]
        )
        world.household(wangmo, home, [world.member("零一")])
    world.household(wangmo, first, [world.member("新一")], [[world.job(LATELY)]])
    world.household(wangmo, first, [world.member("到一")], [[world.job(LONG_AGO, dt.date(2026, 7, 10))]])
    world.household(wangmo, first, [world.member("不一", job_intention="2")])
    world.household(
        wangmo,
        first,
        [world.member("老一", birth=dt.date(1950, 1, 1)), world.member("孙一", "04", dt.date(2016, 1, 1))],
    )
    world.household(wangmo, scattered, [world.member("散一")], [[world.job(LONG_AGO)]], relocation_kind="2")
    for n in range(3):
        world.household(ceheng, other, [world.member(f"册{n}")], [[world.job(LONG_AGO)]], origin_division=world.WANGMO)
    world.household(ceheng, other, [world.member("册零")])
    return {"first": first, "second": second, "scattered": scattered, "other": other}


@pytest.fixture
def ending(homes, wangmo, today):
    """A household whose last job ends today: from tomorrow on nobody there is employed."""
    return world.household(wangmo, homes["first"], [world.member("末一")], [[world.job(LONG_AGO, TODAY)]])


@pytest.fixture
def sign_in(client):
    def signed(user):
        client.force_login(user)
        return client

    return signed


def empty_settlement(user, name="空社区"):
    with acting_as(user):
        return save_settlements(
            [{"name": name, "division": world.WANGMO_TOWNSHIP, "placement": "concentrated", "location": "urban"}],
            by=user,
        ).objects[0]
