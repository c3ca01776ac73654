"""The grid, its managers, and cadres linked with households: spells, counts that open, who may not."""

import datetime as dt
import re

import pytest
from django.core.exceptions import PermissionDenied
from django.test import Client

from common.ledger import registry
from common.problems import Refused
from common.scope import acting_as
from households.actions.grids import hand_over
from households.models import CadreLink, Grid, GridManager, Household
from ledgers.actions import save, void
from ledgers.checking import clean_rows
from tests import world
from tests.imports.conftest import county  # noqa: F401 - fixture

DAY = dt.date(2020, 6, 30)


@pytest.fixture
def home(county):  # noqa: F811
    return world.settlement(county, name="平洞社区")


def enter(key: str, by, *rows: dict):
    with acting_as(by):
        clean, problems = clean_rows(registry[key], list(rows), by)
        assert not problems, problems
        return save(registry[key], clean, by=by).objects


def refused(key: str, by, row: dict) -> set[str]:
    with acting_as(by):
        clean, problems = clean_rows(registry[key], [row], by)
        if problems:
            return {problem.code for problem in problems}
        try:
            save(registry[key], clean, by=by)
        except Refused as refusal:
            return {problem.code for problem in refusal.problems}
    return set()


@pytest.fixture
def tree(county):  # noqa: F811
    [street] = enter(
        "grids", county, {"name": "平洞街道", "level": "街道", "division": f"{world.WANGMO_TOWNSHIP:012d}"}
    )
    [community] = enter("grids", county, {"name": "平洞社区", "level": "社区", "parent": street.code})
    [building] = enter("grids", county, {"name": "3栋", "level": "楼栋", "parent": community.code})
    return street, community, building


def test_a_tree_of_five_levels_with_counts_that_open(county, home, tree):  # noqa: F811
    street, community, building = tree
    assert (street.code, building.region) == ("522326W0001", world.WANGMO_TOWNSHIP)
    first = world.household(county, home, grid=building)
    world.household(county, home, grid=community)
    world.household(county, home)
    client = Client()
    client.force_login(county)
    page = client.get(f"/grids/{street.code}/").content.decode()
    assert f'<a href="/ledgers/households/?under_grid={street.code}">2</a>' in page
    listed = client.get(f"/ledgers/households/?under_grid={building.code}").content.decode()
    assert first.code in listed and listed.count('href="/households/52') == 1
    # A level no deeper than its parent, a building without a parent, a grid in use, a grid of another township.
    assert refused("grids", county, {"name": "x", "level": "社区", "parent": building.code}) == {"bad_level"}
    assert refused("grids", county, {"name": "x", "level": "楼栋"}) == {"required"}
    assert refused("grids", county, {"name": "x", "level": "街道", "division": "522326000000"}) == {"bad_division"}
    with acting_as(county), pytest.raises(Refused):
        void(registry["grids"], [building.pk], "错录", county)
    far = world.settlement(county, 522326103000, name="乐旺社区")
    assert refused("households", county, {"code": first.code, "settlement": far.code, "grid": building.code}) == {
        "other_place"
    }
    enter("households", county, {"code": first.code, "settlement": far.code})
    with acting_as(county):
        assert Household.objects.get(pk=first.pk).grid_id is None
    other = world.user("ceheng", "county", world.CEHENG)
    client.force_login(other)
    assert client.get(f"/grids/{street.code}/").status_code == 404


def test_a_grid_below_and_its_managers_are_entered_from_the_page(county, tree):  # noqa: F811
    street, community, _building = tree
    client = Client(headers={"accept-language": "zh-hans"})
    client.force_login(county)
    below = re.search(r'href="(/ledgers/grids/new/[^"]*)"', client.get(f"/grids/{street.code}/").content.decode())[1]
    form = client.get(below.replace("&amp;", "&")).context["form"]
    assert (form["parent"].value(), form["level"].value()) == (street.code, community.level)
    for name, days in (("王一", {"from_on": "2019-01-01", "to_on": "2019-06-01"}), ("李二", {"from_on": "2019-06-01"})):
        enter("grid-managers", county, {"grid": street.code, "duty": "网格长", "name": name, **days})
    page = client.get(f"/grids/{street.code}/").content.decode()
    assert "2019-06-01起" in page and "王一 2019-01-01 – 2019-06-01" in page


def test_grids_below_follow_one_that_is_moved(county, tree):  # noqa: F811
    street, community, building = tree
    enter("grid-managers", county, {"grid": building.code, "name": "韦长", "duty": "楼栋长", "from_on": "2020-01-01"})
    [other] = enter("grids", county, {"name": "乐旺镇", "level": "街道", "division": "522326103000"})
    enter("grids", county, {"code": community.code, "parent": other.code})
    with acting_as(county):
        assert Grid.objects.get(pk=building.pk).region == 522326103000
        assert GridManager.objects.get(grid=building).region == 522326103000


def test_one_cadre_at_a_time_and_all_households_handed_over_at_once(county, home, tree):  # noqa: F811
    homes = [world.household(county, home) for _n in range(3)]
    cadre = {"name": "王干部", "employer": "县教育局", "phone": "13912345678"}
    for found in homes:
        enter("cadre-links", county, {"household": found.code, "from_on": "2020-01-01", **cadre})
    enter("cadre-links", county, {"household": homes[0].code, "name": "李干部", "from_on": "2020-03-01"})
    with acting_as(county):
        earlier = CadreLink.objects.get(household=homes[0], name="王干部")
    assert earlier.to_on == dt.date(2020, 3, 1)
    row = {"household": homes[0].code, "name": "张干部", "from_on": "2020-02-01"}
    assert refused("cadre-links", county, row) == {"overlap"}
    assert refused("cadre-links", county, row | {"from_on": "2020-06-01", "to_on": "2020-05-01"}) == {"order"}
    client = Client()
    client.force_login(county)
    page = client.get("/cadre-links/change/").content.decode()
    assert "王干部" in page
    with acting_as(county):
        key = CadreLink.objects.filter(name="王干部", to_on=None).order_by("-pk").first().pk
    form = {"form_id": "5a7c9d3e-0000-4000-8000-00000000000a", "leaving": key, "name": "赵干部", "employer": "县税务局",
            "phone": "13900000000", "day": "2020-06-15", "reason": ""}  # fmt: skip
    assert client.post("/cadre-links/change/", form).status_code == 422
    form |= {"reason": "轮岗", "form_id": "5a7c9d3e-0000-4000-8000-00000000000b"}
    answer = client.post("/cadre-links/change/", form, follow=True)
    assert "王干部帮扶的2户已改由赵干部帮扶" in answer.content.decode()
    with acting_as(county):
        new = CadreLink.objects.filter(name="赵干部", to_on=None, from_on=dt.date(2020, 6, 15))
        assert {link.household_id for link in new} == {homes[1].pk, homes[2].pk}
        ended = CadreLink.objects.filter(name="王干部", to_on=dt.date(2020, 6, 15))
        assert {link.end_reason for link in ended} == {"轮岗"}
        keys = list(new.values_list("pk", flat=True))
    with acting_as(county), pytest.raises(Refused):
        hand_over(keys, to={}, nobody=True, day=dt.date(2020, 7, 1), reason="离任", by=county)
    with acting_as(county), pytest.raises(Refused):
        hand_over(keys, to={}, nobody=True, day=dt.date(2020, 6, 15), reason="离任", by=county)
    auditor = world.user("auditor", "auditor", world.WANGMO)
    with acting_as(auditor), pytest.raises(PermissionDenied):
        hand_over(keys, to={}, day=DAY, reason="离任", by=auditor)
    shown = client.get(f"/households/{homes[1].code}/").content.decode()
    assert "赵干部" in shown and "轮岗" in shown


def test_links_end_without_a_successor_only_where_that_is_said(county, home):  # noqa: F811
    for _n in range(2):
        found = world.household(county, home)
        enter("cadre-links", county, {"household": found.code, "name": "王干部", "from_on": "2020-01-01"})
    with acting_as(county):
        key = CadreLink.objects.order_by("-pk").first().pk
    client = Client()
    client.force_login(county)
    form = {"form_id": "5a7c9d3e-0000-4000-8000-00000000000d", "leaving": key, "day": "2020-06-15", "reason": "离任"}
    for told in ({}, {"name": "赵干部", "nobody": "on"}):
        assert client.post("/cadre-links/change/", form | told).status_code == 422
    with acting_as(county):
        assert CadreLink.objects.filter(to_on=None).count() == 2
    answer = client.post("/cadre-links/change/", form | {"nobody": "on"}, follow=True)
    assert "王干部帮扶的2户目前无帮扶干部" in answer.content.decode()
    with acting_as(county):
        assert not CadreLink.objects.filter(to_on=None).exists()


def test_links_go_with_the_household(county, home):  # noqa: F811
    found = world.household(county, home)
    enter("cadre-links", county, {"household": found.code, "name": "王干部", "from_on": "2020-01-01"})
    support = {"household": found.code, "year": "2019年", "project": "油茶种植", "amount": "1,500元"}
    [kept] = enter("industry-supports", county, support)
    assert enter("industry-supports", county, support | {"amount": "1600"})[0].pk == kept.pk
    assert refused("industry-supports", county, support | {"year": "2012"}) == {"out_of_range"}
    far = world.settlement(county, 522326103000, name="乐旺社区")
    enter("households", county, {"code": found.code, "settlement": far.code})
    with acting_as(county):
        assert CadreLink.objects.get(household=found).region == 522326103000
        assert found.industry_supports.get(amount=1600).region == 522326103000
