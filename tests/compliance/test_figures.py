"""Figures open into exactly the rows that they count, by every profile and flag; and the command that reports them."""

import datetime as dt
import json
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.models import User
from common import scope
from common.ledger import registry
from compliance.actions import recompute
from compliance.models import Counter
from compliance.profiles import FLAGS, PROFILES, VERDICT_CODES
from compliance.queries import by_child, by_location, by_settlement, by_tier, figures, figures_on, rates, report
from households.actions import save_households
from households.models import Household
from ledgers.filters import select
from tests import world
from tests.compliance.families import homes
from tests.compliance.oracle import Home, Member, judge
from tests.compliance.store import settlement, store

ON = dt.date(2020, 6, 30)


@pytest.fixture
def full(place, official, clock):
    """Some hundred households at random in two settlements; gives them as the oracle knows them."""
    clock(ON)
    far = settlement(522327001000, location="rural")
    known = [(place, homes(11, 80, ON, coming_moves=False)), (far, homes(12, 50, ON, coming_moves=False))]
    households = [h for home, found in known for h in store(found, home, official)]
    recompute([h.pk for h in households], on=ON)
    User.objects.filter(pk=official.pk).update(role="province")
    official.scopes.update(region=522300000000)
    return User.objects.get(pk=official.pk)


def rows(key: str, user, **filters) -> int:
    selection = select(registry[key], {name: str(value) for name, value in filters.items()}, user)
    assert selection.problems == []
    return selection.apply(registry[key].rows(user)).count()


def test_every_counter_opens_into_its_rows(full):
    found = figures(full.ranges)
    assert found["households"] and found["stable_persons"] and found["n_unwilling"]
    told = {
        "households": rows("households", full, living=1),
        "people": rows("persons", full, living=1),
        "cross_county_people": rows("persons", full, living=1, cross_county=1),
        "labourers": rows("persons", full, labourer=1),
        "employed_persons": rows("persons", full, employed=1),
        "stable_persons": rows("persons", full, stable=1),
        **{f"n_{code}": rows("households", full, verdict=code) for code in VERDICT_CODES},
        **{f"f_{flag}": rows("households", full, **{flag: 1}) for flag in FLAGS},
        **{f"d_{p.column}": rows("households", full, profile=p.id) for p in PROFILES.values()},
        **{f"m_{p.column}": rows("households", full, profile=p.id, met=1) for p in PROFILES.values()},
    }
    assert told == found
    assert rows("households", full, met=1) == found["m_labour_any"]
    assert rows("households", full, profile="wish-any", met=0) == found["d_wish_any"] - found["m_wish_any"]
    # The address may name them in any order.
    assert rows("households", full, met=0, profile="all-any") == found["d_all_any"] - found["m_all_any"]


def test_narrowed_by_place_and_kind_of_settlement(full, place):
    for narrower, ranges in [
        ({"division": "522326"}, [scope.code_range(522326000000)]),
        ({"settlement": place.code}, [scope.code_range(place.region)]),
        ({"location": "rural"}, [scope.code_range(522327000000)]),
    ]:
        found = figures(ranges)
        assert rows("persons", full, labourer=1, **narrower) == found["labourers"]
        assert rows("households", full, has_wish=1, **narrower) == found["f_has_wish"]
    assert rows("persons", full, living=1, tier="small") == figures(full.ranges)["people"]


def test_who_leaves_tomorrow_is_listed_today(official, place, clock):
    clock(ON)
    [household] = store([Home([Member(dt.date(1990, 1, 1), spells=[(None, ON + dt.timedelta(1))])])], place, official)
    recompute([household.pk], on=ON)
    assert rows("persons", official, labourer=1) == figures(scope.WHOLE)["labourers"] == 1


def test_zero_households_is_the_work_list(full):
    found = figures(full.ranges)["n_zero"]
    assert found and rows("zero-households", full) == found
    assert rows("zero-households", full, assigned=0) == found
    assert rows("zero-households", full, assigned=1) == rows("zero-households", full, late=1) == 0


def test_figures_by_part_add_up(full):
    whole = figures(full.ranges)
    parts = by_child(522300000000)
    assert list(parts) == [522326000000, 522327000000]
    for split in (parts, by_tier(full.ranges), by_location(full.ranges)):
        assert sum(part["people"] for part in split.values()) == whole["people"]
    assert [row["people"] for row in by_settlement(full.ranges)] == [part["people"] for part in parts.values()]
    assert by_child(522326001000) == {}
    assert figures([(610000000000, 620000000000)])["households"] == 0
    assert rates(dict.fromkeys(whole, 0))["labour-any"].percent is None


def test_figures_are_one_query(full):
    ranges = full.ranges
    with CaptureQueriesContext(connection) as queries:
        figures(ranges)
    assert len(queries) == 1


def test_another_day_is_reported_and_nothing_stored(full):
    before = list(Counter.objects.order_by("pk").values())
    day = ON + dt.timedelta(45)
    found = figures_on(day)
    judged = [
        judge(home, day)
        for seed, number in ((11, 80), (12, 50))
        for home in homes(seed, number, ON, coming_moves=False)
    ]
    judged = [one for one in judged if one]
    assert found["households"] == len(judged)
    assert found["labourers"] == sum(one["labourers"] for one in judged)
    assert found["n_stable"] == sum(one["code"] == "stable" for one in judged)
    assert figures_on(ON) == figures(scope.WHOLE)
    assert list(Counter.objects.order_by("pk").values()) == before


def test_a_household_is_reported_where_it_was(db, clock):
    """A household that moved to another county belongs, on a day before, to the former one."""
    clock(ON)
    mover = world.user("mover", "integrator", 520000000000)
    first, second = world.settlement(mover), world.settlement(mover, world.CEHENG_TOWNSHIP)
    household = world.household(mover, first)
    clock(ON + dt.timedelta(10))
    with scope.acting_as(mover):
        save_households([{"id": household.pk, "settlement": second}], by=mover)
    with scope.whole():
        days = [
            figures_on(ON + dt.timedelta(n), region)["households"]
            for n in (9, 10)
            for region in (world.WANGMO, world.CEHENG)
        ]
        assert days == [1, 0, 0, 1]
        assert Household.objects.get(pk=household.pk).verdict.region == world.CEHENG_TOWNSHIP


def run(*arguments: str) -> str:
    out = StringIO()
    call_command("compute_verdicts", *arguments, stdout=out)
    return out.getvalue()


def test_command(full):
    assert run("--all").strip().endswith("checked, 0 changed")
    told = json.loads(run("--all", "--json"))
    assert told == {**report(ON, figures(scope.WHOLE)), "checked": told["households"], "changed": 0}
    assert told["profiles"]["labour-any"]["rate"] == float(rates(figures(scope.WHOLE))["labour-any"].percent)
    county = json.loads(run("--region", "522326", "--json"))
    assert 0 < county["households"] < told["households"]
    other = json.loads(run("--on", "2020-05-31", "--json"))
    assert other["on"] == "2020-05-31" and "changed" not in other
    assert "nothing stored" in run("--on", "2020-05-31")


@pytest.mark.parametrize("arguments", [("--on", "2020-02-30"), ("--region", "52x"), ("--region", "999999")])
def test_command_refuses_nonsense(arguments, db):
    with pytest.raises(CommandError):
        run(*arguments)
