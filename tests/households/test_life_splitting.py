"""A household splits and merges: who leads whom, which code the new one has, and that the one undoes the other."""

from __future__ import annotations

import datetime as dt

import pytest
from django.test import Client
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from common.problems import Refused
from common.scope import acting_as
from compliance.actions import recompute_all
from divisions.models import Parameter
from households.actions.life_rows import Told
from households.actions.life_splitting import merge, split
from households.actions.life_undoing import undo
from households.codes import life as codes
from households.kinship import proposed
from households.models import Household, Membership
from households.queries.confirmation import state_counts
from tests import world
from tests.households.living import DAY, LAST_MONTH, TODAY, acting, at_once, figures, people, state

pytestmark = pytest.mark.django_db
OLD, YOUNG = dt.date(1968, 1, 2), dt.date(1992, 9, 1)


@pytest.fixture
def county(clock):
    clock(TODAY)
    return world.user("wangmo", "county", world.WANGMO)


def made(county, code: str = ""):
    members = [
        world.member("韦大山", birth=OLD),
        world.member("罗小妹", "02", OLD, sex="2"),
        world.member("韦小山", "03", YOUNG),
        world.member("黄阿娇", "05", YOUNG, sex="2"),
        world.member("韦天天", "07", dt.date(2018, 5, 5), labour_capability="4"),
    ]
    values = {"code": code} if code else {}
    return world.household(county, world.settlement(county), members, [[world.job()], [], [], [], []], **values)


YOUNG_ONES = ("韦小山", "黄阿娇", "韦天天")


def test_a_split_gives_a_household_of_its_own_and_is_undone(county):
    family = made(county, "522326000041")
    world.household(county, family.settlement, code="522326000077")
    known, before, past = people(), state(), figures(LAST_MONTH)
    with acting_as(county):
        event = split(
            family,
            [known[name].pk for name in YOUNG_ONES],
            known["韦小山"].pk,
            Told(DAY, "子女成家"),
            address="2栋202",
            area="60",
            by=county,
        )
        new = event.other
        assert (new.code, new.head_name, new.settlement_id, new.address) == (
            "522326000078",
            "",
            family.settlement_id,
            "2栋202",
        )
        assert Household.objects.get(pk=new.pk).head_name == "韦小山"
        assert {p.name: p.relation for p in new.persons.all()} == {"韦小山": "01", "黄阿娇": "02", "韦天天": "03"}
        assert recompute_all(on=TODAY)[1] == 0
        assert (figures(LAST_MONTH), figures(DAY)[:3]) == (past, (3, 6, 5))
        undo(event, "登记错误", by=county)
        assert Household.objects.get(pk=new.pk).void_reason == "登记错误"
    assert state() == before
    assert figures(LAST_MONTH) == past


@pytest.mark.parametrize(
    ("leaving", "head", "rest_head", "fault"),
    [
        ((), None, None, ("leaving", "required")),
        (YOUNG_ONES, None, None, ("head", "no_head")),
        (YOUNG_ONES, "罗小妹", None, ("head", "no_head")),
        (("韦大山",), "韦大山", None, ("rest_head", "no_head")),
        (("韦大山",), "韦大山", "韦大山", ("rest_head", "no_head")),
        (("韦大山", "罗小妹", *YOUNG_ONES), "韦大山", None, ("leaving", "no_head")),
    ],
)
def test_nobody_is_left_without_a_head(county, leaving, head, rest_head, fault):
    family = made(county)
    known = people()
    with acting_as(county):
        with pytest.raises(Refused) as refused:
            split(
                family,
                [known[name].pk for name in leaving],
                head and known[head].pk,
                Told(DAY),
                rest_head=rest_head and known[rest_head].pk,
                by=county,
            )
        assert fault in [(problem.field, problem.code) for problem in refused.value.problems]
        assert Household.objects.count() == 1


def test_the_head_splits_off_and_both_have_one(county):
    family = made(county)
    known = people()
    with acting_as(county):
        event = split(
            family,
            [known["韦大山"].pk, known["罗小妹"].pk],
            known["韦大山"].pk,
            Told(DAY),
            rest_head=known["黄阿娇"].pk,
            by=county,
        )
        assert {p.name: p.relation for p in family.persons.all()} == {"黄阿娇": "01", "韦小山": "02", "韦天天": "03"}
        assert {p.name: p.relation for p in event.other.persons.all()} == {"韦大山": "01", "罗小妹": "02"}


def test_codes_follow_the_rule_of_the_county(county):
    family = made(county, "522326000041")
    Parameter.objects.create(
        name="household_number_digits",
        region=world.WANGMO,
        value=8,
        valid_from=dt.date(2026, 1, 1),
        source="县编码规则",
    )
    known = people()
    with acting_as(county):
        event = split(family, [known["罗小妹"].pk], known["罗小妹"].pk, Told(DAY), by=county)
        assert event.other.code == "52232600000001"


@settings(max_examples=6, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.sets(st.sampled_from(("罗小妹", *YOUNG_ONES)), min_size=1), st.booleans())
def test_split_then_merge_gives_back_the_household(county, leaving, same_day):
    family = made(county)
    with acting_as(county):
        mine = {p.name: p for p in family.persons.all()}
        before = state()
        members = set(Membership.objects.filter(left_on=None).values_list("person", "household"))
        first = sorted(leaving)[0]
        event = split(family, [mine[name].pk for name in leaving], mine[first].pk, Told(DAY), by=county)
        merge(family, event.other, Told(DAY if same_day else TODAY), by=county)
        assert set(Membership.objects.filter(left_on=None).values_list("person", "household")) == members
        after = state()
        for part in ("people", "verdicts", "counters", "jobs"):
            assert after[part] == before[part], part
        assert recompute_all(on=TODAY)[1] == 0


def test_a_merge_closes_the_other_household_and_is_undone(county):
    family = made(county)
    neighbours = world.household(
        county,
        world.settlement(county, 522326002000),
        [world.member("岑甲"), world.member("岑乙", "02", sex="2")],
        [[world.job()], []],
    )
    known, before, past = people(), state(), figures(LAST_MONTH)
    with acting_as(county):
        event = merge(family, neighbours, Told(DAY), relations={known["岑甲"].pk: "21"}, by=county)
        assert (event.kind, event.household, event.other) == (codes.MERGED, family, neighbours)
        assert people()["岑甲"].relation == "21"
    assert (figures(LAST_MONTH), figures(DAY)[:2]) == (past, (1, 7))
    assert {region for _job, region in state()["jobs"]} == {family.region}
    with acting_as(county):
        with pytest.raises(Refused) as refused:
            merge(family, family, Told(DAY), by=county)
        assert [problem.code for problem in refused.value.problems] == ["same"]
        undo(event, "登记错误", by=county)
    assert state() == before


def test_a_household_that_was_merged_away_is_read_says_where_it_went_and_counts_no_more(county):
    home, other = made(county), made(county)
    with acting_as(county):
        before = state_counts(Household.objects.all(), "settlement_id")
        merge(home, other, Told(DAY), by=county)
        after = state_counts(Household.objects.all(), "settlement_id")
    assert sum(each["all"] for each in before.values()) - sum(each["all"] for each in after.values()) == 1
    client = Client()
    client.force_login(county)
    client.cookies["django_language"] = "en"
    page = client.get(f"/households/{other.code}/").content.decode()
    assert f'Its former members live in: <a href="/households/{home.code}/">' in page
    assert "A further job for" not in page
    assert "Edit the household to add them" not in page and "Next visit by" not in page
    for offered in ("edit/", "visits/new/", "confirm/", "life/split/", "life/flat/", "transfer/"):
        assert f"/households/{other.code}/{offered}" not in page, offered
    assert f"/households/{other.code}/edit/" not in page and f"/households/{home.code}/edit/" in (
        client.get(f"/households/{home.code}/").content.decode()
    )


@pytest.mark.parametrize(
    ("head", "expected"),
    [
        ("罗小妹", {"韦大山": "02", "韦小山": "03", "黄阿娇": "05", "韦天天": "07"}),
        ("韦小山", {"韦大山": "11", "罗小妹": "12", "黄阿娇": "02", "韦天天": "03"}),
        ("黄阿娇", {"韦大山": "15", "罗小妹": "16", "韦小山": "02", "韦天天": "03"}),
        ("韦天天", {"韦大山": "17", "罗小妹": "18", "韦小山": "11", "黄阿娇": "12"}),
    ],
)
def test_relations_are_proposed(county, head, expected):
    made(county)
    known = people()
    found = proposed(known.values(), known[head])
    assert {name: found[known[name].pk] for name in expected} == expected
    assert found[known[head].pk] == "01"


@pytest.mark.django_db(transaction=True)
def test_two_splits_at_once_get_two_codes_and_the_same_member_goes_once(county):
    first, second = made(county), made(county)
    with acting_as(county):
        mine = {p.name: p.pk for p in first.persons.all()}
        theirs = {p.name: p.pk for p in second.persons.all()}

    def one(home, known, name):
        return lambda: acting(county, lambda: split(home, [known[name]], known[name], Told(DAY), by=county))

    outcomes = at_once(one(first, mine, "韦小山"), one(first, mine, "韦小山"), one(second, theirs, "韦小山"))
    kinds = [type(outcome).__name__ for outcome in outcomes]
    assert sorted(kinds[:2]) == ["HouseholdEvent", "Refused"] and kinds[2] == "HouseholdEvent"
    with acting_as(county):
        assert Household.objects.count() == 4
        assert Membership.objects.filter(person=mine["韦小山"], left_on=None).count() == 1
        assert recompute_all(on=TODAY)[1] == 0
