"""Visits: entered at the door, with steps that have a date and an owner; who is overdue for one."""

import datetime as dt
import re
import uuid

import openpyxl
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connections
from django.test import Client

from alerts.models import Deadline
from common.ledger import registry
from common.problems import Refused
from common.scope import acting_as, whole
from divisions.models import Parameter
from households.actions import save_households, save_steps, void_households, void_visits
from households.models import Household, Visit, VisitStep
from households.queries.visits import by_visit, visit_cycle, with_next_visit
from ledgers.attachments.models import Attachment
from ledgers.checking import clean_rows
from ledgers.exports.writing import Asked, export
from ledgers.imports.progress import Silent
from ledgers.models import Draft
from ledgers.shapes import shape_of
from tests import world
from tests.households.file_world import TODAY, Place, codes_of
from tests.ledgers import attachment_files as make

pytestmark = pytest.mark.django_db


@pytest.fixture
def place(clock, settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path
    clock(TODAY)
    return Place()


def client_of(user) -> Client:
    client = Client()
    client.force_login(user)
    return client


def at_the_door(place, by=None, **values):
    """Send the form; the answer and its text."""
    address = f"/households/{place.settled.code}/visits/new/"
    data = {
        "form_id": str(uuid.uuid4()),
        "visited_on": "2026-6-29",
        "visited_at": "9:05",
        "manner": "home",
        "visitors": "王干部",
        "met": "韦秀",
        "found": "住房安全，老人慢病用药",
        "agreed": "帮助办理慢病卡",
        "step-0-step": "办理慢病卡",
        "step-0-owner": "王干部",
        "step-0-due_on": "20260715",
        **values,
    }
    answer = client_of(by or place.township).post(address, {k: v for k, v in data.items() if v is not None})
    return answer, answer.content.decode()


def test_a_visit_at_the_door_is_kept_with_its_step_photograph_and_deadline(place):
    picture = SimpleUploadedFile("门口.jpg", make.jpeg(taken="2026:06:29 09:01:00"), "image/jpeg")
    answer, _text = at_the_door(place, files=picture)
    assert answer.status_code == 302 and answer.url.startswith(f"/households/{place.settled.code}/")
    with acting_as(place.township):
        visit = Visit.objects.get()
        assert (visit.visited_on, visit.visited_at, visit.author, visit.region) == (
            dt.date(2026, 6, 29), "09:05", place.township, place.settled.region,
        )  # fmt: skip
        step = VisitStep.objects.get()
        assert (step.visit, step.owner, step.due_on, step.done_on) == (visit, "王干部", dt.date(2026, 7, 15), None)
        kept = Attachment.objects.get(ledger="visits", subject_id=visit.pk)
        assert (kept.kind, kept.uploaded_by, kept.taken_at is not None) == ("photograph", place.township, True)
        due = Deadline.objects.get(kind="visit-step-due")
        assert (due.subject_id, due.due_on, due.region) == (step.pk, step.due_on, step.region)
        with connections["default"].cursor() as cursor:
            cursor.execute("SELECT event_op, event_by, event_source FROM households_visit_event")
            assert cursor.fetchall() == [("I", place.township.pk, "form")]
    page = client_of(place.township).get(f"/households/{place.settled.code}/").content.decode()
    assert "办理慢病卡" in page and "住房安全" in page
    address = f"/households/{place.settled.code}/steps/{step.pk}/"
    client = client_of(place.township)
    refused = client.post(address, {"done_on": "2026-6-30", "outcome": ""})
    assert refused.status_code == 422 and "办理结果" in refused.content.decode()
    assert client.post(address, {"done_on": "2026-6-30", "outcome": "已办妥"}).status_code == 302
    with acting_as(place.township):
        step.refresh_from_db()
        assert (step.done_on, step.outcome) == (TODAY, "已办妥")
        assert Deadline.objects.get(pk=due.pk).cleared_on == TODAY


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"step-0-due_on": ""}, "请填写办结时限"),
        ({"step-0-owner": " "}, "请填写责任人"),
        ({"step-0-step": ""}, "：此项必填"),
        ({"step-0-due_on": "2026-6-1"}, "早于"),
        ({"visited_on": "2026-7-1"}, "晚于今天"),
        ({"visited_at": "25:00"}, "14:30"),
        ({"found": ""}, "走访情况：此项必填"),
    ],
)
def test_what_is_missing_or_wrong_is_refused_in_words_and_nothing_is_lost(place, changed, message):
    answer, text = at_the_door(place, **changed)
    assert answer.status_code == 422
    summary = re.search(r'class="error-summary".*?</div>', text, re.S)[0]
    assert message in summary, summary
    assert "老人慢病用药" in text or "found" in changed
    with whole():
        assert not Visit.objects.exists() and not VisitStep.objects.exists()


def test_the_card_says_of_a_step_that_its_day_is_over(place, clock):
    at_the_door(place)
    address, client = f"/households/{place.settled.code}/card/", client_of(place.county)
    assert "逾期" not in client.get(address).content.decode()
    clock(dt.date(2026, 7, 16))
    assert "<li>2026-07-15 <strong>逾期</strong> · 办理慢病卡" in client.get(address).content.decode()


def test_the_card_promises_no_visit_on_a_day_that_is_over(place, clock):
    address, client = f"/households/{place.settled.code}/card/", client_of(place.county)

    def said() -> str:
        return client.get(address).content.decode()

    with whole():
        Household.objects.filter(pk=place.settled.pk).update(moved_in_on=None)
    assert "下次走访时间由帮扶责任人与您另行约定" in said()
    at_the_door(place)
    assert re.search(r"帮扶责任人将于202[67]-[-0-9]+前再次走访", said())
    clock(dt.date(2027, 6, 1))
    assert re.search(r"帮扶责任人原定于202[67]-[-0-9]+前走访，现已逾期", said()) and "再次走访" not in said()


def test_a_refused_visit_does_not_blame_its_photograph_and_asks_for_it_again(place):
    picture = SimpleUploadedFile("门口.jpg", make.jpeg(), "image/jpeg")
    answer, text = at_the_door(place, found="", files=picture)
    assert answer.status_code == 422 and len(answer.context["errors"]) == 1, answer.context["errors"]
    assert "请重新选择文件" in text
    assert "请重新选择文件" not in at_the_door(place, found="")[1]


def test_a_file_that_is_no_photograph_refuses_the_whole_visit(place):
    answer, text = at_the_door(place, files=SimpleUploadedFile("门口.jpg", b"no picture", "image/jpeg"))
    assert answer.status_code == 422 and "门口.jpg" in text
    with whole():
        assert not Visit.objects.exists() and not Deadline.objects.exists()


def test_who_may_not_enter_a_visit(place):
    assert at_the_door(place, by=place.auditor)[0].status_code == 403
    assert at_the_door(place, by=place.city)[0].status_code == 403
    other = world.user("ceheng", "county", world.CEHENG)
    assert at_the_door(place, by=other)[0].status_code == 404


def test_files_and_deadlines_follow_a_household_that_moves_and_end_with_one_that_is_voided(place):
    at_the_door(place, files=SimpleUploadedFile("门口.jpg", make.jpeg(), "image/jpeg"))
    other = world.settlement(place.county, 522326002000)
    with acting_as(place.county):
        save_households([{"id": place.settled.pk, "settlement": other}], by=place.county)
        for model in (Visit, VisitStep, Attachment, Deadline):
            assert set(model.objects.values_list("region", flat=True)) == {other.region}, model
        void_households([place.settled.pk], reason="重复建档", by=place.county)
        assert Deadline.objects.get(kind="visit-step-due").cleared_on == TODAY


def test_drafts_are_kept_offered_and_forgotten_and_a_form_sent_twice_counts_once(place):
    client, form_id = client_of(place.township), str(uuid.uuid4())
    base = f"/households/{place.settled.code}/visits/"
    kept = client.post(f"{base}draft/", {"form_id": form_id, "found": "门锁着", "step-1-step": "再访"})
    assert "草稿" in kept.content.decode()
    assert "门锁着" not in client.get(f"{base}new/").content.decode()
    restored = client.get(f"{base}new/?restore=1").content.decode()
    assert "门锁着" in restored and "再访" in restored and form_id in restored
    for _time in range(2):
        assert at_the_door(place, form_id=form_id)[0].status_code == 302
    with acting_as(place.township):
        assert Visit.objects.count() == 1
    assert Draft.objects.get(user=place.township).data is None


def test_steps_belong_to_a_visit_on_record_and_fall_with_it(place):
    row = {"household": place.settled, "agreed_on": dt.date(2026, 6, 1), "step": "办卡", "owner": "甲", "due_on": TODAY}
    with acting_as(place.county), pytest.raises(Refused) as refused:
        save_steps([row], by=place.county)
    assert codes_of(refused) == {("agreed_on", "no_visit")}
    visit = place.visit(household=place.settled)
    with acting_as(place.county):
        raw = {"household": place.settled.code, "agreed_on": "2026-6-1", "step": "办卡"}
        _rows, problems = clean_rows(registry["visit-steps"], [raw], place.county)
        assert {(p.field, p.code) for p in problems} == {("owner", "missing_name"), ("due_on", "required")}
        step = save_steps([row], by=place.county).objects[0]
        assert step.visit_id == visit.pk
        void_visits([visit.pk], reason="录错户", by=place.county)
        assert VisitStep.objects.get(pk=step.pk).void_reason == "录错户"
        assert Deadline.objects.get(subject_id=step.pk, kind="visit-step-due").cleared_on == TODAY


@pytest.mark.parametrize(
    ("last", "expected"),
    [
        (None, {"overdue", "never"}),  # moved in years ago, never visited
        (dt.date(2026, 1, 1), {"in_time", "soon"}),  # 180 days after: the day itself
        (dt.date(2025, 12, 31), {"overdue"}),  # one day late
        (dt.date(2026, 1, 17), {"in_time"}),
        (dt.date(2026, 1, 16), {"in_time", "soon"}),
    ],
)
def test_who_is_overdue_for_a_visit(place, last, expected):
    if last:
        place.visit(last, household=place.settled)
    with acting_as(place.county):
        only = Household.objects.filter(pk=place.settled.pk)
        found = {key for key in ("overdue", "soon", "in_time", "never") if by_visit(only, key, TODAY).exists()}
    assert found == expected


def test_a_division_sets_its_own_cycle_from_a_day_on(place):
    Parameter.objects.create(
        name="visit_green_days", region=world.WANGMO, value=60, valid_from=dt.date(2026, 6, 1), source="县级规定"
    )
    other = world.user("ceheng", "county", world.CEHENG)
    there = world.household(other, world.settlement(other, world.CEHENG_TOWNSHIP))
    place.visit(dt.date(2026, 4, 15), household=place.settled)
    ids = [place.settled.pk, there.pk]
    with whole():
        assert visit_cycle(ids, TODAY) == {place.settled.pk: 60, there.pk: 180}
        assert visit_cycle(ids, dt.date(2026, 5, 31)) == {place.settled.pk: 180, there.pk: 180}
        home = with_next_visit(Household.objects.filter(pk=place.settled.pk), TODAY).get()
        assert (home.last_visit, home.next_visit) == (dt.date(2026, 4, 15), dt.date(2026, 6, 14))
        # Never visited, and nobody knows since when: due at once.
        assert with_next_visit(Household.objects.filter(pk=there.pk), TODAY).get().next_visit == TODAY


def test_the_visits_say_of_a_household_that_it_was_never_visited_instead_of_a_day_long_past(place):
    with acting_as(place.county):
        save_households([{"id": place.settled.pk, "moved_in_on": dt.date(2017, 12, 4)}], by=place.county)
    page = client_of(place.county).get(f"/households/{place.settled.code}/").content.decode()
    assert "<dt>下次走访期限</dt><dd>从未走访 " in page


def test_visits_go_out_as_a_sheet_and_only_within_the_area(place, tmp_path):
    place.visit(household=place.settled)
    other = world.user("ceheng", "county", world.CEHENG)
    for user, rows in ((place.county, 1), (other, 0)):
        path = tmp_path / f"{user.username}.xlsx"
        with acting_as(user):
            assert export(Asked(shape_of("visits")), user, path, Silent()) == rows
        cells = [cell.value for row in openpyxl.load_workbook(path).active.iter_rows() for cell in row]
        assert cells.count("家中老人身体好转") == rows
