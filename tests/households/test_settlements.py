"""Settlements: codes are given where none is told, tiers stand on their boundaries, inhabited ones stay where they are."""

import pytest

from common.ledger import registry
from common.problems import Refused
from common.scope import acting_as
from ledgers.checking import clean_rows
from settlements.actions import save_settlements, void_settlements
from settlements.models import Settlement, tier_of
from tests import world

pytestmark = pytest.mark.django_db


@pytest.fixture
def county():
    return world.user("wangmo", "county", world.WANGMO)


@pytest.mark.parametrize(
    ("people", "tier"),
    [
        (0, "small"),
        (799, "small"),
        (800, "medium"),
        (2_999, "medium"),
        (3_000, "large"),
        (9_999, "large"),
        (10_000, "mega"),
    ],
)
def test_the_lower_bound_belongs_to_the_higher_tier(people, tier):
    assert tier_of(people, "concentrated") == tier
    assert tier_of(people, "dispersed") == ""


def test_a_code_is_given_and_not_given_twice(county):
    first, second = world.settlement(county), world.settlement(county)
    assert (first.code, second.code) == ("522326A0001", "522326A0002")
    with acting_as(county):
        clean, problems = clean_rows(registry["settlements"], [{"name": "新社区", "division": "王母街道"}], county)
        assert problems == []
        assert save_settlements(clean, by=county).objects[0].code == "522326A0003"


def test_a_settlement_lies_in_a_township(county):
    with acting_as(county):
        _clean, problems = clean_rows(registry["settlements"], [{"name": "县城", "division": "522326000000"}], county)
    assert [(p.field, p.code) for p in problems] == [("division", "bad_division")]


def test_an_inhabited_settlement_keeps_its_township_and_is_not_voided(county):
    home = world.settlement(county)
    world.household(county, home)
    with acting_as(county):
        with pytest.raises(Refused):
            save_settlements([{"code": home.code, "division": 522326002000}], by=county)
        with pytest.raises(Refused):
            void_settlements([home.pk], reason="误录", by=county)
        empty = save_settlements([{"name": "空点", "division": 522326002000}], by=county).objects[0]
        assert void_settlements([empty.pk], reason="误录", by=county) == 1
        assert Settlement.objects.get(pk=empty.pk).void_reason == "误录"
