"""Incomes: who they are divided by, what they are compared with, and when they signal a risk."""

import datetime as dt
from decimal import Decimal

import pytest

from common.ledger import registry
from common.scope import acting_as
from households.actions import leave_household
from households.models import Income, Person
from ledgers.actions import save
from ledgers.checking import clean_rows
from tests import world

pytestmark = pytest.mark.django_db
TODAY = "2026-06-30"


@pytest.fixture
def county(clock):
    clock(TODAY)
    return world.user("wangmo", "county", world.WANGMO)


@pytest.fixture
def home(county):
    return world.settlement(county)


def family(by, home, people: int = 2):
    members = [world.member("田娜")] + [world.member(f"田强{n}", "03") for n in range(people - 1)]
    return world.household(by, home, members)


def enter(by, household, year: int, period: str = "0", **amounts) -> Income:
    raw = {"household": household.code, "year": year, "period": period, **amounts}
    with acting_as(by):
        rows, problems = clean_rows(registry["incomes"], [raw], by)
        assert not problems, problems
        [income] = save(registry["incomes"], rows, by=by).objects
        return Income.objects.get(pk=income.pk)


def test_net_income_is_divided_by_those_who_belong_on_the_last_day(county, home):
    found = family(county, home, 3)
    enter(county, found, 2024, wages="30000", transfers=6000, minimum_living=1000, business=5000, business_outlay=2000)
    with acting_as(county):
        son = Person.objects.filter(household=found, relation="03").first()
        leave_household([son.pk], left_on=dt.date(2025, 12, 31), reason="marriage", by=county)
    now = enter(county, found, 2025, wages=39000)
    assert (now.net_income, now.members, now.per_head) == (39000, 2, 19500)
    assert (now.previous_per_head, now.change) == (13000, 50)
    with acting_as(county):
        assert Income.objects.get(year=2024).members == 3
        leave_household(
            [Person.objects.filter(household=found, memberships__left_on=None, relation="03").get().pk],
            left_on=dt.date(2024, 5, 1), reason="other", by=county,
        )  # fmt: skip
        before, after = Income.objects.order_by("year")
    assert (before.members, before.per_head, after.members, after.per_head) == (2, 19500, 1, 39000)
    assert after.change == Decimal(100)


def test_pages_answer(client, county, home):
    found = family(county, home)
    enter(county, found, 2025, wages=10000)
    client.force_login(county)
    for address in (f"/households/{found.code}/", f"/settlements/{home.code}/"):
        assert client.get(address).status_code == 200, address
    for ledger in registry:
        assert client.get(f"/ledgers/{ledger.key}/").status_code in (200, 403), ledger.key
        if ledger.entry and ledger.key in ("incomes", "risk-cases", "risk-signals", "insurances", "disabilities"):
            assert client.get(f"/ledgers/{ledger.key}/new/").status_code in (200, 403), ledger.key
