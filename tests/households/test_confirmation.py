"""Confirmation of files: who confirms and who decides, and that no later change goes unseen, however it is made."""

import datetime as dt
import re

import pytest
from django.apps import apps
from django.core.exceptions import PermissionDenied
from django.db import connections, models
from django.test import Client

from accounts.roles import can
from common.problems import Refused
from common.scope import acting_as
from employment.actions import save_employments
from households.actions import (
    decide,
    leave_household,
    save_confirmations,
    save_households,
    save_persons,
    void_confirmations,
)
from households.models import (
    Confirmation,
    Duplicate,
    Household,
    HouseholdEvent,
    Membership,
    Person,
    RiskCase,
    RiskLevel,
    RiskSignal,
    TransferRequest,
    Visit,
    VisitStep,
)
from households.queries.confirmation import current_of, state_counts, with_file_state
from tests import world
from tests.households.file_world import TODAY, Place, codes_of

pytestmark = pytest.mark.django_db

# Tables with rows of a household that are no facts of its file: what follows it up, what is computed of it, and what
# others check at it. Everything else that names a household or a person must be watched.
NOT_OF_THE_FILE = {
    Visit, VisitStep, Confirmation, RiskCase, RiskSignal, RiskLevel, HouseholdEvent, Duplicate, TransferRequest,
    *(m for m in apps.get_models() if m._meta.app_label in ("compliance", "rectification")),
}  # fmt: skip


@pytest.fixture
def place(clock):
    clock(TODAY)
    return Place()


def confirm(place, by, *households, day=TODAY, **values):
    with acting_as(by):
        rows = [{"household": h, "confirmed_on": day, **values} for h in households or (place.settled,)]
        return save_confirmations(rows, by=by).objects


def state(place, household=None) -> str:
    with acting_as(place.county):
        return with_file_state(Household.objects.filter(pk=(household or place.settled).pk)).get().file_state


def client_of(user) -> Client:
    client = Client()
    client.force_login(user)
    return client


def test_a_township_confirms_the_county_accepts_and_a_later_change_shows(place):
    assert state(place) == "none"
    [first] = confirm(place, place.township, remark="入户核对")
    assert (first.level, first.state, first.region) == ("4", "confirmed", place.settled.region)
    assert state(place) == "confirmed"
    with acting_as(place.county):
        decide([first.pk], "accept", by=place.county)
    assert state(place) == "accepted"
    with acting_as(place.county):
        save_households([{"id": place.settled.pk, "address": "3栋201"}], by=place.county)
        current = current_of(place.settled)
        assert (current.now, current.changed_in) == ("changed", ["households_household"])
    page = client_of(place.county).get(f"/households/{place.settled.code}/").content.decode()
    assert "核实后有变更" in page
    # Confirmed anew: the former confirmation stays, and is not the last word.
    [second] = confirm(place, place.county)
    with acting_as(place.county):
        assert (second.level, current_of(place.settled).pk, state(place)) == ("3", second.pk, "confirmed")
        assert Confirmation.objects.get(pk=first.pk).current is False
        void_confirmations([second.pk], reason="录错户", by=place.county)
    assert state(place) == "none"


def person(place) -> Person:
    return Person.objects.get(household=place.settled)


WAYS = {
    "a member changes": lambda place: save_persons([{"id": person(place).pk, "phone": "13800000009"}], by=place.county),
    "a member comes": lambda place: save_persons(
        [{"household": place.settled, **world.member("韦小秀", "03")}], by=place.county
    ),
    "a job begins": lambda place: save_employments([{"person": person(place), **world.job()}], by=place.county),
    "a spell by hand": lambda place: Membership.objects.filter(household=place.settled).update(joined_on=TODAY),
    "a row by SQL": lambda place: _sql(
        "UPDATE households_person SET remark = 'x' WHERE household_id = %s", place.settled.pk
    ),
    "a plan is made": lambda place: place.plan(place.settled),
}


def _sql(statement: str, *values):
    with connections["default"].cursor() as cursor:
        cursor.execute(statement, values)


@pytest.mark.parametrize("way", WAYS)
def test_no_change_goes_unseen_however_it_is_made(place, way):
    confirm(place, place.township, place.settled, place.dispersed)
    with acting_as(place.county):
        WAYS[way](place)
    assert (state(place), state(place, place.dispersed)) == ("changed", "confirmed")


def test_what_changes_nothing_or_only_follows_up_leaves_the_file_confirmed(place):
    confirm(place, place.township)
    with acting_as(place.county):
        save_households([{"id": place.settled.pk, "address": place.settled.address}], by=place.county)
        Person.objects.filter(household=place.settled).update(remark="")
    place.visit(household=place.settled)
    assert state(place) == "confirmed"


def test_a_person_who_leaves_touches_both_sides_of_the_change(place):
    with acting_as(place.county):
        save_persons([{"household": place.settled, **world.member("韦二", "03")}], by=place.county)
        second = Person.objects.get(name="韦二")
    confirm(place, place.township, place.settled, place.dispersed)
    with acting_as(place.county):
        leave_household([second.pk], left_on=TODAY, reason="marriage", by=place.county)
    assert (state(place), state(place, place.dispersed)) == ("changed", "confirmed")
    confirm(place, place.township)
    with acting_as(place.county):
        row = {"id": second.pk, "household": place.dispersed, "relation": "10", "joined_on": TODAY}
        save_persons([row], by=place.county)
    assert (state(place), state(place, place.dispersed)) == ("changed", "changed")


def test_every_table_of_a_household_is_watched():
    """A new table of the file needs `Watched` in its migration, or a place among those that are no part of it."""
    kept = {Household, Person}
    wanted = {
        model
        for model in apps.get_models()
        if model not in NOT_OF_THE_FILE
        and (
            model is Household
            or any(isinstance(f, models.ForeignKey) and f.related_model in kept for f in model._meta.fields)
        )
    }
    with connections["default"].cursor() as cursor:
        cursor.execute("SELECT tgrelid::regclass::text FROM pg_trigger WHERE tgname LIKE '%\\_outdates\\_update'")
        watched = {row[0] for row in cursor.fetchall()}
    assert {model._meta.db_table for model in wanted} - watched == set()
    assert len(watched) >= 7


@pytest.mark.parametrize(
    ("confirmer", "decider", "allowed"),
    [
        ("township", "township", False),
        ("township", "county", True),
        ("township", "city", True),
        ("township", "auditor", False),
        ("county", "county", False),
        ("county", "city", True),
    ],
)
def test_the_level_above_decides(place, confirmer, decider, allowed):
    [found] = confirm(place, getattr(place, confirmer))
    by = getattr(place, decider)
    with acting_as(by):
        if allowed:
            decide([found.pk], "return", reason="住房面积不符", by=by)
        else:
            with pytest.raises((PermissionDenied, Refused)):
                decide([found.pk], "return", reason="住房面积不符", by=by)
    assert state(place) == ("returned" if allowed else "confirmed")


def test_a_decision_needs_a_reason_to_return_and_a_file_that_has_not_changed_to_accept(place):
    [found] = confirm(place, place.township)
    for act, reason, fault in (("return", " ", ("reason", "required")), ("", "x", ("act", "required"))):
        with acting_as(place.county), pytest.raises(Refused) as refused:
            decide([found.pk], act, reason=reason, by=place.county)
        assert codes_of(refused) == {fault}
    with acting_as(place.county):
        save_households([{"id": place.settled.pk, "address": "5栋"}], by=place.county)
        with pytest.raises(Refused) as refused:
            decide([found.pk], "accept", by=place.county)
        assert codes_of(refused) == {("", "changed")}
        decide([found.pk], "return", reason="已变更", by=place.county)
        with pytest.raises(Refused) as refused:
            decide([found.pk], "return", reason="再退", by=place.county)
        assert codes_of(refused) == {("", "not_now")}


def test_who_may_confirm_and_that_nobody_confirms_tomorrow(place):
    other = world.user("ceheng", "county", world.CEHENG)
    for by in (place.city, place.auditor):
        assert not can(by, "write", "confirmations")
        with pytest.raises(PermissionDenied):
            confirm(place, by)
    with pytest.raises(Refused):
        confirm(place, other)
    with pytest.raises(Refused) as refused:
        confirm(place, place.township, day=dt.date(2026, 7, 1))
    assert codes_of(refused) == {("confirmed_on", "future_date")}
    above = world.user("above", "county", 520000000000)
    with pytest.raises(PermissionDenied):
        confirm(place, above)


def test_pages_confirm_many_decide_many_and_rates_open_into_the_households(place):
    township, county = client_of(place.township), client_of(place.county)
    base = f"/households/{place.settled.code}/"
    asked = township.get(f"{base}confirm/").content.decode()
    assert "首次走访" in asked  # what the file still lacks is told first
    assert township.post(f"{base}confirm/", {"confirmed_on": "2026-7-1"}).status_code == 422
    assert township.post(f"{base}confirm/", {"confirmed_on": "2026-6-30"}).status_code == 302
    assert county.post(f"{base}confirmation/", {"act": "return"}).status_code == 422
    assert county.post(f"{base}confirmation/", {"act": "accept"}).status_code == 302
    assert county.post(f"{base}confirmation/", {"act": "accept"}).status_code == 403
    everything = {"act": "confirm-files", "scope": "all", "query": "placement=dispersed"}
    page = township.post("/confirmations/confirm/", everything).content.decode()
    picked = re.findall(r'name="selected" value="(\d+)"', page)
    assert picked == [str(place.dispersed.pk)]
    sent = {"selected": picked, "do": "1", "confirmed_on": "2026-6-29"}
    assert township.post("/confirmations/confirm/", sent).status_code == 302
    assert (state(place), state(place, place.dispersed)) == ("accepted", "confirmed")
    with acting_as(place.county):
        waiting = Confirmation.objects.get(household=place.dispersed)
        counts = state_counts(Household.objects.all(), "settlement_id")
    sent = {"selected": [waiting.pk], "do": "1", "act": "return", "reason": "缺照片"}
    assert county.post("/confirmations/decide/", sent).status_code == 302
    assert state(place, place.dispersed) == "returned"
    assert {key: found["valid"] for key, found in counts.items()} == {place.home.pk: 1, place.group.pk: 1}
    rates = county.get("/confirmations/").content.decode()
    for link in re.findall(r'href="(/ledgers/households/[^"]*)">1<', rates):
        listed = county.get("/api/v1/households/?" + link.replace("&amp;", "&").partition("?")[2]).json()["results"]
        assert len(listed) == 1, link
    assert "100.00%" in rates and "0.00%" in rates
    settlement = county.get(f"/settlements/{place.home.code}/").content.decode()
    assert f"settlement={place.home.code}&amp;confirmation=accepted" in settlement
