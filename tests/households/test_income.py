"""Incomes: who they are divided by, what they are compared with, and what is refused in whose words."""

import datetime as dt
import json
from decimal import Decimal

import pytest
from django.core.exceptions import PermissionDenied
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from accounts.models import ApiToken
from common.ledger import registry
from common.problems import Refused
from common.scope import acting_as
from households.actions import leave_household, save_households
from households.actions.income import settle_incomes
from households.actions.risk_facts import facts_of
from households.models import Income, Person, Threshold
from ledgers.actions import void
from ledgers.checking import clean_rows
from tests import world
from tests.households.wealth import enter, family, line, refusals, told

pytestmark = pytest.mark.django_db


@pytest.fixture
def county(clock):
    clock("2026-06-30")
    return world.user("wangmo", "county", world.WANGMO)


@pytest.fixture
def home(county):
    return world.settlement(county)


def test_net_income_is_divided_by_those_who_belong_on_the_last_day(county, home):
    found = family(county, home, 3)
    enter(county, found, 2024, wages="30000", transfers=6000, minimum_living=1000, business=5000, business_outlay=2000)
    with acting_as(county):
        first, second = Person.objects.filter(household=found, relation="03").order_by("pk")
        leave_household([first.pk], left_on=dt.date(2025, 12, 31), reason="marriage", by=county)
    now = enter(county, found, 2025, wages=39000)
    assert (now.net_income, now.members, now.per_head) == (39000, 2, 19500)
    assert (now.previous_per_head, now.change) == (13000, 50)
    assert (now.worked_by, now.worked_on) == ("wangmo", dt.date(2026, 6, 30))
    with acting_as(county):
        assert Income.objects.get(year=2024).members == 3
        # Told late that the other had left long before: both years are counted anew in the same act.
        leave_household([second.pk], left_on=dt.date(2024, 5, 1), reason="other", by=county)
        before, after = Income.objects.order_by("year")
        assert (before.members, before.per_head, after.members, after.per_head) == (2, 19500, 1, 39000)
        assert after.change == Decimal(100)
        void(registry["incomes"], [before.pk], "重复录入", county)
        after.refresh_from_db()
        assert (after.previous_per_head, after.change) == (None, None)


@pytest.mark.parametrize(
    ("told_", "found"),
    [
        ({"year": 2025, "wages": 1}, [(0, "period", "required")]),
        ({"period": "全年", "wages": 1}, [(0, "year", "required")]),
        ({"year": 2025, "period": "二季度"}, [(0, "wages", "required")]),
        ({"year": 2025, "period": "0", "wages": -1}, [(0, "wages", "out_of_range")]),
        ({"year": 2026, "period": "3", "wages": 1}, [(0, "year", "future")]),
        ({"year": 2026, "period": "2", "wages": 0}, []),
        (
            {"year": 2025, "period": "0", "transfers": 100, "minimum_living": 101},
            [(0, "minimum_living", "part_exceeds_whole")],
        ),
        ({"year": 2025, "period": "0", "wages": 1, "worked_on": "2026-07-01"}, [(0, "worked_on", "future")]),
        ({"year": 2025, "period": "五季度", "wages": 1}, [(0, "period", "unknown_code")]),
    ],
)
def test_what_an_income_must_say(county, home, told_, found):
    code = family(county, home).code
    assert refusals(county, "incomes", {"household": code, **told_}) == found


def test_form_sheet_and_api_refuse_an_income_without_months_in_the_same_words(county, home, client):
    found = family(county, home)
    raw = {"household": found.code, "year": "2025", "wages": "9000"}
    with acting_as(county):
        [problem] = clean_rows(registry["incomes"], [raw], county)[1]
    client.force_login(county)
    page = client.post("/ledgers/incomes/new/", {**raw, "period": ""})
    assert page.status_code == 422
    token = ApiToken.make(county, "t")
    answer = Client().post(
        "/api/v1/incomes/", json.dumps(raw), "application/json", headers={"authorization": f"Token {token}"}
    )
    assert answer.status_code == 400
    [told_] = answer.json()["errors"]
    assert (told_["field"], told_["code"]) == ("period", "required") == (problem.field, problem.code)
    assert told_["message"] == problem.message
    assert str(page.context["form"].errors["period"][0]) == problem.message, page.content.decode()[-500:]
    answer = Client().post(
        "/api/v1/incomes/",
        json.dumps({**raw, "period": "1"}),
        "application/json",
        headers={"authorization": f"Token {token}"},
    )
    assert answer.status_code == 201, answer.json()
    assert (answer.json()["net_income"], answer.json()["members"]) == (9000, 2)


def test_of_lines_the_latest_year_and_then_the_smallest_division_leads(county, home):
    found = family(county, home)
    enter(county, found, 2025, wages=20000)
    with acting_as(county):
        on = dt.date(2026, 6, 30)

        def lines():
            return [one.line for one in facts_of([found.pk], on).incomes[found.pk]]

        assert lines() == [None]
        Threshold.objects.create(division=520000000000, upto=530000000000, year=2024, amount=7000, source="省")
        assert lines() == [7000]
        line(county, 2023, 9000)
        assert lines() == [7000]
        line(county, 2024, 7500)
        assert lines() == [7500]
        Threshold.objects.create(division=520000000000, upto=530000000000, year=2026, amount=9900, source="省")
        assert lines() == [7500]


def test_a_county_sets_its_own_line_and_not_the_provinces(county, home):
    with acting_as(county):
        theirs = Threshold.objects.create(division=520000000000, upto=530000000000, year=2024, amount=7000, source="省")
        with pytest.raises(Refused) as refused:
            registry["thresholds"].save([{"id": theirs.pk, "amount": 1000}], by=county)
    assert refused.value.problems[0].code == "out_of_scope"
    raw = {"division": 520000000000, "year": 2025, "amount": 8000, "source": "文件"}
    assert (0, "division", "out_of_scope") in refusals(county, "thresholds", raw)
    township = {**raw, "division": world.WANGMO_TOWNSHIP}
    assert (0, "division", "bad_division") in refusals(county, "thresholds", township)
    [mine] = told(county, "thresholds", {**raw, "division": world.WANGMO})
    assert mine.upto == world.WANGMO + 10**6
    with acting_as(county), pytest.raises(Refused) as refused:
        void(registry["thresholds"], [mine.pk], "误录", county)
    assert refused.value.problems[0].code == "not_voidable"


def test_counting_heads_takes_one_statement_for_any_number_and_rows_follow_their_household(county, home):
    homes = [family(county, home) for _n in range(4)]
    for found in homes:
        enter(county, found, 2025, wages=20000)
    with acting_as(county):
        for ids in ([homes[0].pk], [h.pk for h in homes]):
            with CaptureQueriesContext(connection) as queries:
                settle_incomes(ids)
            assert len(queries) == 1
        other = world.settlement(county, 522326002000)
        save_households([{"id": homes[0].pk, "settlement": other}], by=county)
        assert Income.objects.get(household=homes[0]).region == other.region
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT event_op, event_by FROM households_income_event WHERE household_id = %s ORDER BY event_id",
                [homes[0].pk],
            )
            assert set(cursor.fetchall()) == {("I", county.pk), ("U", county.pk)}
    neighbour = world.user("ceheng", "county", world.CEHENG)
    with acting_as(neighbour):
        assert not Income.objects.exists()
    auditor = world.user("auditor", "auditor", world.WANGMO)
    assert refusals(auditor, "incomes", {"household": homes[1].code, "year": 2024, "period": "0", "wages": 1}) == []
    with acting_as(auditor), pytest.raises(PermissionDenied):
        told(auditor, "incomes", {"household": homes[1].code, "year": 2024, "period": "0", "wages": 1})
