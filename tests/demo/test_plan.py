"""Totals are divided without a remainder, at every scale."""

from dataclasses import fields

import pytest
from hypothesis import given
from hypothesis import strategies as st

from relocation.demo.plan import COUNTY_DEMO, GUIZHOU, SLOTS, Totals, apportion, batches, make_plan
from tests.demo.places import guizhou

# Settlements of the sample rosters; the demo makes none of them.
SAMPLE_NAMES = {"蟠桃园社区", "平洞社区", "新丰安置点", "乐旺安置点", "石头寨小型安置点"}


def sums(plans) -> Totals:
    concentrated = [plan for plan in plans if plan.placement == "concentrated"]
    urban = [plan for plan in plans if plan.location == "urban"]

    def total(name, among=plans):
        return sum(getattr(plan, name) for plan in among)

    return Totals(
        len(concentrated), len(urban), total("people"), total("people", urban), total("households"),
        total("labour_households"), total("employed_households"), total("employed_persons"),
        total("cross_county_people"), len(plans) - len(concentrated),
    )  # fmt: skip


@given(st.lists(st.floats(0.01, 1000), min_size=1, max_size=30), st.integers(0, 100_000), st.integers(0, 5))
def test_apportioning_leaves_nothing_over(weights, total, least):
    total += least * len(weights)
    parts = apportion(total, weights, least)
    assert sum(parts) == total
    assert min(parts) >= least


@pytest.mark.parametrize("divisor", [1, 10, 100])
def test_province_adds_up_to_the_published_figures(divisor):
    totals = GUIZHOU.scaled(divisor)
    assert sums(make_plan(guizhou(), totals, seed=1)) == totals


def test_published_figures_are_those_of_the_policy():
    assert (GUIZHOU.settlements, GUIZHOU.urban_settlements) == (946, 701)
    assert (GUIZHOU.people, GUIZHOU.urban_people, GUIZHOU.cross_county_people) == (1_880_000, 1_790_000, 230_000)
    assert (GUIZHOU.labour_households, GUIZHOU.employed_households, GUIZHOU.employed_persons) == (
        403_200,
        385_419,
        822_500,
    )
    assert round(100 * GUIZHOU.employed_households / GUIZHOU.labour_households, 2) == 95.59


@pytest.mark.parametrize("code", COUNTY_DEMO)
def test_county_demo_adds_up(code):
    counties = guizhou()
    own = [county for county in counties if county.code == code]
    assert sums(make_plan(own, COUNTY_DEMO[code], 3, counties)) == COUNTY_DEMO[code]


def test_settlements_lie_in_townships_under_names_of_their_own():
    counties = guizhou()
    plans = make_plan(counties, GUIZHOU, seed=2)
    townships = {code for county in counties for code, _name in county.townships}
    assert {plan.region for plan in plans} <= townships
    assert len({plan.code for plan in plans}) == len({(plan.region, plan.name) for plan in plans}) == len(plans)
    assert not SAMPLE_NAMES & {plan.name for plan in plans}
    assert all(plan.code.startswith(str(plan.region)[:6]) for plan in plans)
    assert all(plan.county // 10**6 != origin // 10**6 for plan in plans for origin, _name in plan.far_origins)


def test_plan_follows_from_its_seed():
    counties, totals = guizhou(), GUIZHOU.scaled(50)
    assert make_plan(counties, totals, 5) == make_plan(counties, totals, 5)
    assert make_plan(counties, totals, 5) != make_plan(counties, totals, 6)


def test_batches_have_keys_and_numbers_of_their_own():
    plans = make_plan(guizhou(), GUIZHOU, seed=1)
    found = batches(plans)
    assert [plan for batch in found for plan in batch.settlements] == plans
    slots = [slot for batch in found for slot in batch.slots]
    assert len(slots) == len(set(slots)) <= SLOTS
    last = found[-1]
    assert last.first_household + sum(plan.households for plan in last.settlements) - 1 == GUIZHOU.households


def test_household_numbers_do_not_overlap_within_a_county():
    taken = set()
    for plan in make_plan(guizhou(), GUIZHOU.scaled(10), seed=1):
        numbers = {(plan.county, plan.first_number + i) for i in range(plan.households)}
        assert not numbers & taken
        taken |= numbers


def test_every_total_is_scaled():
    assert all(getattr(GUIZHOU.scaled(10), f.name) == round(getattr(GUIZHOU, f.name) / 10) for f in fields(Totals))
