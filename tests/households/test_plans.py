"""One household, one plan: who needs one, what it holds, what is due by it."""

import datetime as dt

import pytest
from django.core.exceptions import ValidationError
from django.test import Client

from alerts.models import Deadline
from common.ledger import registry
from common.problems import Refused
from common.scope import acting_as
from households.actions import save_households, save_measures, save_plans, void_plans
from households.models import Household, HouseholdPlan, PlanMeasure
from households.sections import incomplete, missing_of
from ledgers.checking import clean_rows
from tests import world
from tests.households.file_world import TODAY, Place, codes_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def place(clock):
    clock(TODAY)
    return Place()


def due(place, kind="plan-measure-due"):
    with acting_as(place.county):
        return list(Deadline.objects.filter(kind=kind).order_by("pk").values_list("subject_id", "due_on", "cleared_on"))


def listed(place, key="households", by=None, **filters) -> list:
    user = by or place.county
    client = Client()
    client.force_login(user)
    answer = client.get(f"/api/v1/{key}/", filters)
    assert answer.status_code == 200, answer.content
    return answer.json()["results"]


def test_dispersed_households_without_a_plan_are_listed_until_they_have_one(place):
    assert [row["code"] for row in listed(place, plan="missing")] == [place.dispersed.code]
    with acting_as(place.county):
        both = [place.dispersed.pk, place.settled.pk]
        assert {"plan", "visits"} <= set(missing_of(both, TODAY)[place.dispersed.pk])
        assert "plan" not in missing_of(both, TODAY)[place.settled.pk]
    plan = place.plan()
    assert listed(place, plan="missing") == []
    assert [row["code"] for row in listed(place, plan="yes")] == [place.dispersed.code]
    with acting_as(place.county):
        assert missing_of([place.dispersed.pk], TODAY)[place.dispersed.pk]["plan"]  # no measures yet
        assert list(incomplete(Household.objects.all(), "plan")) == [place.dispersed]
    place.measure()
    with acting_as(place.county):
        assert not incomplete(Household.objects.all(), "plan").exists()
        save_plans([{"id": plan.pk, "ended_on": TODAY}], by=place.county)
    assert [row["code"] for row in listed(place, plan="missing")] == [place.dispersed.code]


def test_a_household_has_one_plan_at_a_time(place):
    place.plan()
    with pytest.raises(Refused) as refused:
        place.plan(made_on=dt.date(2026, 2, 1))
    assert codes_of(refused) == {("household", "two_plans")}
    raw = {"household": place.dispersed.code, "made_on": "2026-7-1", "cadre": "甲", "difficulty": "病"}
    with acting_as(place.county):
        _rows, problems = clean_rows(registry["household-plans"], [raw], place.county)
    assert {p.code for p in problems} == {"two_plans", "future_date"}


@pytest.mark.parametrize(
    ("values", "field", "code"),
    [
        ({"owner": ""}, "owner", "no_owner"),
        ({"state": "done"}, "done_on", "no_day"),
        ({"state": "dropped", "done_on": dt.date(2026, 6, 1)}, "done_on", "not_done"),
    ],
)
def test_a_measure_has_an_owner_and_says_when_it_was_done(place, values, field, code):
    place.plan()
    with pytest.raises(ValidationError) as refused:
        place.measure(**values)
    assert [(name, errors[0].code) for name, errors in refused.value.error_dict.items()] == [(field, code)]
    with acting_as(place.county):
        assert not PlanMeasure.objects.exists()


def test_measures_need_a_plan_and_carry_deadlines_that_end_with_them(place):
    with pytest.raises(Refused) as refused:
        place.measure()
    assert codes_of(refused) == {("household", "no_plan")}
    plan = place.plan()
    first, second = place.measure(), place.measure(measure="技能培训", due_on=dt.date(2026, 8, 31))
    july, august = dt.date(2026, 7, 31), dt.date(2026, 8, 31)
    assert due(place) == [(first.pk, july, None), (second.pk, august, None)]
    with acting_as(place.county):
        save_measures([{"id": first.pk, "done_on": TODAY, "effect": "已上岗"}], by=place.county)
        assert PlanMeasure.objects.get(pk=first.pk).state == "done"
    assert due(place)[0] == (first.pk, july, TODAY)
    with acting_as(place.county):
        # The household moves: the plan's rows and what is due by them go with it.
        other = world.settlement(place.county, 522326002000)
        save_households([{"id": place.dispersed.pk, "settlement": other}], by=place.county)
        assert PlanMeasure.objects.get(pk=second.pk).region == other.region
        assert Deadline.objects.get(subject_id=second.pk, kind="plan-measure-due").region == other.region
        void_plans([plan.pk], reason="重复录入", by=place.county)
        assert not PlanMeasure.objects.filter(voided_at=None).exists()
    assert due(place)[1] == (second.pk, august, TODAY)


def test_the_ledger_tells_what_l_29_asks_and_who_may_write_it(place):
    place.plan()
    place.measure()
    place.measure(measure="技能培训", owner="李老师", due_on=dt.date(2026, 8, 31))
    place.visit()
    [row] = listed(place, "household-plans")
    told = {name: row[name] for name in ("head_name", "people", "measures", "due_on", "visited_on", "difficulty")}
    assert told == {
        "head_name": "罗平", "people": 2, "measures": "安排公益岗位；技能培训", "due_on": "2026-07-31",
        "visited_on": "2026-06-01", "difficulty": "无稳定收入",
    }  # fmt: skip
    client = Client()
    client.force_login(place.auditor)
    assert client.get("/ledgers/household-plans/").status_code == 200
    assert client.post("/ledgers/household-plans/new/", {}).status_code == 403
    with acting_as(place.county):
        assert HouseholdPlan.objects.count() == 1
