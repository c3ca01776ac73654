"""The ledger of problems as list, form, sheet and API: computed columns are there wherever a row is read."""

import datetime as dt

import pytest
from django.test import Client

from tests.rectification.conftest import DEADLINE, NOW, act, bring_to

pytestmark = pytest.mark.django_db


def signed_in(user) -> Client:
    client = Client()
    client.force_login(user)
    return client


@pytest.mark.parametrize(
    ("day", "late", "level"),
    [
        (DEADLINE - dt.timedelta(8), None, ""),
        (DEADLINE - dt.timedelta(7), None, "yellow"),
        (DEADLINE, None, "yellow"),
        (DEADLINE + dt.timedelta(1), 1, "orange"),
        (DEADLINE + dt.timedelta(6), 6, "orange"),
        (DEADLINE + dt.timedelta(7), 7, "red"),
    ],
)
def test_lateness_is_computed_on_the_day(people, clock, day, late, level):
    item = bring_to(people, "in_progress")
    clock(day)
    client = signed_in(people.county)
    row = client.get(f"/api/v1/rectification-items/{item.pk}/").json()
    assert (row["days_late"], row["level"], row["evidence"]) == (late, level, 0)
    [listed] = client.get("/api/v1/rectification-items/").json()["results"]
    assert listed["days_late"] == late
    found = client.get(f"/api/v1/rectification-items/?overdue={1 if late else 0}").json()["results"]
    assert [one["number"] for one in found] == [item.number]


def test_what_has_been_applied_for_is_not_late(people, clock):
    item = bring_to(people, "submitted")
    clock(DEADLINE + dt.timedelta(30))
    client = signed_in(people.county)
    assert client.get("/api/v1/rectification-items/?overdue=1").json()["results"] == []
    assert client.get(f"/api/v1/rectification-items/{item.pk}/").json()["evidence"] == 1


def test_the_pages_answer(people):
    item = bring_to(people, "in_progress")
    client = signed_in(people.county)
    assert item.number in client.get("/ledgers/rectification-items/").content.decode()
    assert client.get(f"/ledgers/rectification-items/{item.pk}/").status_code == 200
    assert client.get("/ledgers/rectification-items/new/").status_code == 200
    assert signed_in(people.other).get(f"/ledgers/rectification-items/{item.pk}/").status_code == 404
    assert signed_in(people.other).get("/api/v1/rectification-items/").json()["results"] == []


def test_the_state_is_not_written_from_outside(people):
    item = bring_to(people, "assigned")
    client = signed_in(people.county)

    def patched(**values):
        return client.patch(f"/api/v1/rectification-items/{item.pk}/", values, content_type="application/json")

    refused = patched(state="closed", remark="补充")
    assert refused.status_code == 400
    assert [(e["field"], e["code"]) for e in refused.json()["errors"]] == [("state", "read_only")]
    answer = patched(state="assigned", remark="补充")  # what was read may be sent back
    assert answer.status_code == 200 and answer.json()["state"] == "assigned" and answer.json()["remark"] == "补充"
    act(item, "accept", people.bureau, on=NOW)
    assert client.get(f"/api/v1/rectification-items/{item.pk}/").json()["state"] == "accepted"
