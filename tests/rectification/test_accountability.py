"""Calling to account 问责: from an overdue, returned or false item alone, by a level above; who reads it, and who has."""

from __future__ import annotations

import datetime as dt

import pytest
from django.core.exceptions import PermissionDenied
from django.db import IntegrityError, connection, transaction

from alerts.inbox import SOURCES
from common.problems import Refused
from common.scope import acting_as, whole
from rectification.actions.accountability import call_to_account, confirm_reading, void_records
from rectification.actions.items import set_co_units
from rectification.models import AccountabilityAddressee, AccountabilityRecord
from rectification.queries.accountability import READING_DAYS
from tests import world
from tests.rectification.conftest import DEADLINE, NOTICE_ENDS, NOW, account, act, bring_to
from tests.rectification.offices import client_of
from tests.rectification.test_items import codes, open_deadlines, refusal

pytestmark = pytest.mark.django_db

LATE = DEADLINE + dt.timedelta(3)
REFERRAL = {"kind": "referral", "document_no": "黔纪移〔2026〕3号", "referred_to": "黔西南州纪委监委"}


def issue(people, item, by, on=LATE, **told) -> AccountabilityRecord:
    told = {"kind": "criticism", "day": on, "content": "整改不力，予以通报批评", **told}
    addressees = told.pop("addressees", [(people.bureau_unit, "王工")])
    with acting_as(by):
        return call_to_account(item, by=by, on=on, addressees=addressees, **told)


@pytest.fixture
def overdue(people, clock):
    item = bring_to(people, "in_progress")
    clock(LATE)
    return item


@pytest.mark.parametrize(
    ("state", "on", "cause"),
    [
        ("in_progress", LATE, "overdue"),
        ("in_progress", DEADLINE, None),
        ("accepted", LATE, "overdue"),
        ("submitted", LATE, None),
        ("paused", LATE, None),
        ("returned", NOW, "returned"),
        ("closed", LATE, None),
        ("false_found", LATE, "false"),
        ("draft", LATE, None),
    ],
)
def test_from_what_a_record_can_come(people, clock, state, on, cause):
    item = bring_to(people, state)
    clock(on)
    if cause is None:
        assert codes(refusal(issue, people, item, people.city, on)) == {("", "not_allowed")}
        assert client_of(people.city).get(f"{item.address}accountability/new/").status_code == 403
        return
    record = issue(people, item, people.city, on)
    assert (record.cause, record.on, record.issuing_unit_id) == (cause, on, people.city.unit_id)
    with whole(), connection.cursor() as cursor:
        cursor.execute("SELECT event_by FROM rectification_accountabilityrecord_event WHERE id = %s", [record.pk])
        assert cursor.fetchall() == [(people.city.pk,)]


@pytest.mark.parametrize("name", ["county", "township", "bureau", "auditor", "other", "city", "province", "drc"])
def test_who_may_issue(people, overdue, name):
    """A level above the unit that answers, with a unit of its own."""
    user = getattr(people, name)
    if name in ("city", "province", "drc"):
        assert issue(people, overdue, user).author == user
        return
    with pytest.raises((Refused, PermissionDenied)), transaction.atomic():
        issue(people, overdue, user)
    with whole():
        assert not AccountabilityRecord.objects.exists()
    answer = client_of(user).get(f"{overdue.address}accountability/new/")
    assert answer.status_code == (404 if name in ("other", "township") else 403)


def test_what_is_wrong_is_told_at_once(people, overdue):
    wrong = {"kind": "", "day": LATE + dt.timedelta(1), "content": "", "addressees": [(people.city.unit, "")]}
    assert codes(refusal(issue, people, overdue, people.city, **wrong)) == {
        ("kind", "required"),
        ("day", "future_date"),
        ("content", "required"),
        ("addressees", "unit_outside"),
    }
    early = {"day": dt.date(2026, 3, 1), "addressees": []}
    assert codes(refusal(issue, people, overdue, people.city, **early)) == {
        ("day", "out_of_range"),
        ("addressees", "required"),
    }
    # What is only late is not referred: that is for what was false.
    assert ("kind", "not_allowed") in codes(refusal(issue, people, overdue, people.city, **REFERRAL))
    with whole():
        assert not AccountabilityRecord.objects.exists()


def test_a_false_rectification_is_referred_by_its_deadline(people, clock):
    item = bring_to(people, "false_found")
    clock(LATE)
    due = {"rectification-referral": NOTICE_ENDS + dt.timedelta(10), "rectification-due": DEADLINE}
    assert open_deadlines(item) == due
    issue(people, item, people.province, kind="talk", content="约谈主要负责人")
    assert open_deadlines(item) == due  # a talk is no referral
    lacking = {"kind": "referral", "day": NOTICE_ENDS - dt.timedelta(1)}
    assert codes(refusal(issue, people, item, people.province, **lacking)) == {
        ("document_no", "required"),
        ("referred_to", "required"),
        ("day", "out_of_range"),
    }
    record = issue(people, item, people.province, **REFERRAL)
    assert set(open_deadlines(item)) == {"rectification-due"}
    with acting_as(people.province), pytest.raises(IntegrityError), transaction.atomic():
        AccountabilityRecord.objects.filter(pk=record.pk).update(document_no="")
    # Taken back, it is due again; and only who issued it takes it back.
    with acting_as(people.drc):
        assert codes(refusal(void_records, [record.pk], reason="误发", by=people.drc)) == {("kind", "not_allowed")}
    with acting_as(people.province):
        assert void_records([record.pk], reason="文号有误", by=people.province) == 1
    assert set(open_deadlines(item)) == set(due)


# Who reads a record that the city issued to the county's bureau.
READERS = {"bureau", "city", "province", "drc", "auditor"}


def test_disclosure_by_role(people, overdue):
    record = issue(people, overdue, people.city)
    jobs = account("jobs", "department", world.WANGMO, "望谟县人力资源和社会保障局")
    for name, user in {**vars(people), "jobs": jobs}.items():
        if name == "bureau_unit":
            continue
        client = client_of(user)
        page, seen = client.get(record.address), name in READERS
        assert page.status_code == (
            200 if seen else 404 if name in ("county", "township", "other") else page.status_code
        )
        assert seen == ("整改不力" in page.content.decode()), name
        with acting_as(user):
            assert AccountabilityRecord.objects.visible_to(user).exists() == seen, name
        listed = client.get("/api/v1/accountability-records/")
        assert bool(listed.status_code == 200 and listed.json()["results"]) == seen, name
        item_page = client.get(overdue.address)
        assert (record.address in item_page.content.decode()) == seen, name


def test_reading_is_confirmed_once_and_waited_for(people, overdue, clock):
    with acting_as(people.drc):
        set_co_units(overdue, [(people.county.unit, "李主任")], by=people.drc)
    record = issue(
        people, overdue, people.city, addressees=[(people.bureau_unit, "王工"), (people.county.unit, "李主任")]
    )
    [source] = [one for one in SOURCES if one.key == "accountability"]
    with acting_as(people.bureau):
        number, tasks = source.find(people.bureau, LATE, 10)
        assert number == 1 and tasks[0].url == record.address
    later = clock(LATE + dt.timedelta(READING_DAYS + 1))
    with acting_as(people.city):
        number, tasks = source.find(people.city, later, 10)
        assert number == 2
    client = client_of(people.bureau)
    assert "Confirm reading" in client.get(record.address).content.decode()
    for _click in range(2):
        assert client.post(f"{record.address}confirm/", follow=True).status_code == 200
    with whole():
        mine, other = AccountabilityAddressee.objects.order_by("pk")
        assert (mine.read_by_id, other.read_at) == (people.bureau.pk, None)
        first = mine.read_at
    colleague = account("colleague", "department", world.WANGMO, people.bureau_unit.name)
    with acting_as(colleague):
        assert confirm_reading(record, by=colleague).read_at == first
    for name in ("city", "province", "auditor"):
        with acting_as(getattr(people, name)), pytest.raises(PermissionDenied):
            confirm_reading(record, by=getattr(people, name))
    page = client_of(people.city).get(record.address).content.decode()
    assert f"unread for {READING_DAYS + 1} days" in page and "bureau" in page


def test_the_form(people, overdue):
    client = client_of(people.city)
    url = f"{overdue.address}accountability/new/"
    page = client.get(url).content.decode()
    assert "Cause: overdue." in page
    form_id = page.split('name="form_id" value="')[1].split('"')[0]
    sent = {
        "form_id": form_id, "kind": "talk", "day": LATE.isoformat(), "content": "", "addressees": [people.bureau_unit.pk],
        f"persons_{people.bureau_unit.pk}": "王工",
    }  # fmt: skip
    refused = client.post(url, sent)
    assert refused.status_code == 422 and "王工" in refused.content.decode()
    done = client.post(url, sent | {"content": "约谈"})
    again = client.post(url, sent | {"content": "约谈"})  # a double click
    assert done.status_code == again.status_code == 302 and done.url == again.url
    with whole():
        [record] = AccountabilityRecord.objects.all()
        assert [(one.unit_id, one.persons) for one in record.addressees.all()] == [(people.bureau_unit.pk, "王工")]
    assert record.address == done.url
    act(overdue, "report", people.bureau, on=LATE)  # the problem goes on
