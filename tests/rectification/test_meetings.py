"""Meetings, decisions that become tasks, quarters without a meeting, and groups of two counties read from both sides."""

import datetime as dt

import pytest
from django.db import DatabaseError, IntegrityError, connection, transaction

from alerts.models import Deadline
from common.ledger import registry
from common.problems import Refused
from common.scope import acting_as, whole
from divisions.models import Parameter
from ledgers.actions import save
from ledgers.checking import clean_rows
from ledgers.history import history_of
from rectification.actions import meetings as actions
from rectification.actions.tasks import Told, move
from rectification.models.meetings import (
    CrossCountyGroup,
    Meeting,
    MeetingAttendance,
    MeetingDecision,
    MeetingQuarter,
)
from rectification.models.tasks import ResponsibilityTask
from rectification.queries.meetings import missing, quarter_days, quarter_of
from tests import world
from tests.rectification import offices

pytestmark = pytest.mark.usefixtures("english")

ON = dt.date(2026, 3, 10)


def meet(by, day=ON, on=None, **values) -> Meeting:
    row = {"division": offices.CITY, "kind": "1", "day": day, "chair": "张主任", "subject": f"研究{day}", **values}
    with acting_as(by):
        return actions.save_meetings([row], by=by, on=on or max(day, ON)).objects[0]


def decide(by, meeting, unit, due_on=dt.date(2026, 6, 30), **values) -> MeetingDecision:
    row = {"meeting": meeting, "text": "完成验收", "unit": unit, "due_on": due_on, **values}
    with acting_as(by):
        return actions.save_decisions([row], by=by, on=ON).objects[0]


@pytest.mark.parametrize(
    ("day", "quarter", "days"),
    [
        (dt.date(2026, 1, 1), (2026, 1), (dt.date(2026, 1, 1), dt.date(2026, 3, 31))),
        (dt.date(2026, 3, 31), (2026, 1), (dt.date(2026, 1, 1), dt.date(2026, 3, 31))),
        (dt.date(2026, 4, 1), (2026, 2), (dt.date(2026, 4, 1), dt.date(2026, 6, 30))),
        (dt.date(2024, 2, 29), (2024, 1), (dt.date(2024, 1, 1), dt.date(2024, 3, 31))),
        (dt.date(2026, 12, 31), (2026, 4), (dt.date(2026, 10, 1), dt.date(2026, 12, 31))),
    ],
)
def test_quarters(day, quarter, days):
    assert quarter_of(day) == quarter and quarter_days(*quarter) == days


class TestDecisions:
    def test_with_owner_and_day_it_is_a_task(self, city):
        offices.post(city.education)
        meeting = meet(city.lead)
        decision = decide(city.lead, meeting, city.education)
        with whole():
            task = ResponsibilityTask.objects.get(decision=decision)
            assert decision.task == task
            assert (task.text, task.unit, task.deadline_on, task.post.name, task.region) == (
                "完成验收",
                city.education,
                dt.date(2026, 6, 30),
                "责任人",
                offices.CITY,
            )
            assert task.origin == "2026年第1季度联席会议（2026-03-10）"
            assert Deadline.objects.get(subject_id=task.pk, cleared_on=None).due_on == dt.date(2026, 6, 30)
        page = offices.client_of(city.lead).get(f"/meetings/{meeting.pk}/")
        assert [line["task"] for line in page.context["decisions"]] == [task]
        assert (
            f"/meetings/{meeting.pk}/"
            in offices.client_of(city.teacher).get(f"/responsibility/{task.pk}/").content.decode()
        )

    @pytest.mark.parametrize(
        ("values", "field", "words"),
        [
            ({"unit": None}, "unit", "needs an owner"),
            ({"due_on": None}, "due_on", "needs a day"),
            ({"due_on": ON - dt.timedelta(1)}, "due_on", "before the meeting"),
        ],
    )
    def test_without_them_it_is_refused(self, city, values, field, words):
        meeting = meet(city.lead)
        with pytest.raises(Refused, match=words) as refusal:
            decide(city.lead, meeting, **{"unit": city.education, **values})
        assert [problem.field for problem in refusal.value.problems] == [field]
        with whole():
            assert not MeetingDecision.objects.exists() and not ResponsibilityTask.objects.exists()

    def test_both_are_told_at_once_on_the_page(self, city):
        meeting = meet(city.lead)
        client = offices.client_of(city.lead)
        address = f"/meetings/{meeting.pk}/decide/"
        form_id = client.get(address).context["form"].initial["form_id"]
        answer = client.post(address, {"form_id": form_id, "text": "完成验收"})
        assert answer.status_code == 422 and set(answer.context["form"].errors) == {"unit", "due_on"}
        data = {"form_id": form_id, "text": "完成验收", "unit": city.education.pk, "due_on": "2026-06-30"}
        assert [client.post(address, data).status_code for _n in range(2)] == [302, 302]
        with whole():
            assert MeetingDecision.objects.count() == 1

    def test_a_unit_outside_the_area_is_refused(self, city):
        with pytest.raises(Refused, match="outside the area"):
            decide(city.lead, meet(city.lead), offices.unit("望谟县教育局", world.WANGMO))

    def test_changing_it_changes_its_task_until_that_is_settled(self, city):
        decision = decide(city.lead, meet(city.lead), city.education)
        with acting_as(city.lead):
            actions.save_decisions([{"id": decision.pk, "due_on": dt.date(2026, 7, 31)}], by=city.lead, on=ON)
            assert ResponsibilityTask.objects.get().deadline_on == dt.date(2026, 7, 31)
        with acting_as(city.teacher):
            move(decision.task_id, "submit", Told("完成", evidence="报告"), by=city.teacher, on=ON)
        with acting_as(city.lead):
            with pytest.raises(Refused, match="its days stay"):
                actions.save_decisions([{"id": decision.pk, "due_on": dt.date(2026, 8, 31)}], by=city.lead, on=ON)
            with pytest.raises(Refused, match="being worked on"):
                actions.void_decisions([decision.pk], reason="误录", by=city.lead)
            with pytest.raises(Refused, match="being worked on"):
                actions.void_meetings([decision.meeting_id], reason="误录", by=city.lead)

    def test_voiding_takes_the_untouched_task_along(self, city):
        decision = decide(city.lead, meet(city.lead), city.education)
        with acting_as(city.lead):
            actions.void_meetings([decision.meeting_id], reason="误录", by=city.lead, on=ON)
        with whole():
            assert ResponsibilityTask.objects.get().voided_at and MeetingDecision.objects.get().voided_at
            assert not Deadline.objects.filter(cleared_on=None, kind="task-due").exists()

    def test_the_ledger_has_the_columns_of_the_form(self, city):
        meeting = meet(city.lead)
        decide(city.lead, meeting, city.education, next_step="每周调度")
        with acting_as(city.lead):
            actions.set_attendance(
                meeting.pk, [(city.education, "present", ""), (city.drc, "absent", "")], by=city.lead
            )
            [row] = registry["meeting-decisions"].rows(city.lead).values("attending", "done", "meeting__period")
            assert row == {"attending": "市教育局", "done": "Not begun", "meeting__period": "2026年第1季度"}

    def test_attendance_is_kept_once_a_unit(self, city):
        meeting = meet(city.lead)
        with acting_as(city.lead):
            actions.set_attendance(meeting.pk, [(city.education, "absent", "")], by=city.lead)
            actions.set_attendance(meeting.pk, [(city.education, "deputy", "赵科长")], by=city.lead)
            [row] = MeetingAttendance.objects.all()
            assert (row.state, row.name) == ("deputy", "赵科长")
            with pytest.raises(Refused, match="sent a deputy"):
                actions.set_attendance(meeting.pk, [(city.drc, "deputy", "")], by=city.lead)

    def test_a_meeting_in_the_future_has_not_been_held(self, city):
        with pytest.raises(Refused, match="lies in the future"):
            meet(city.lead, dt.date(2026, 3, 11), on=ON)


class TestQuarters:
    """R-133 holds in Xianyang; the window's last day belongs to it."""

    def open(self, *days) -> list[int]:
        with whole():
            return [actions.open_quarters(day) for day in days]

    def due(self) -> dict:
        with whole():
            rows = Deadline.objects.filter(kind="joint-meeting-due", cleared_on=None)
            return {row.params["quarter"]: row.due_on for row in rows}

    def test_they_begin_with_the_present_one_and_gaps_are_made_up(self, db):
        assert self.open(ON, ON, dt.date(2026, 3, 31), dt.date(2026, 4, 1)) == [1, 0, 0, 1]
        assert self.open(dt.date(2027, 1, 5)) == [3]
        with whole():
            found = MeetingQuarter.objects.order_by("due_on").values_list("year", "quarter")
            assert list(found) == [(2026, 1), (2026, 2), (2026, 3), (2026, 4), (2027, 1)]
            assert MeetingQuarter.objects.filter(missing(dt.date(2027, 1, 5))).count() == 4

    @pytest.mark.parametrize(("on", "is_missing"), [(dt.date(2026, 3, 31), False), (dt.date(2026, 4, 1), True)])
    def test_the_last_day_is_not_missing_yet(self, db, on, is_missing):
        self.open(ON)
        assert self.due() == {"2026年第1季度": dt.date(2026, 3, 31)}
        with whole():
            assert MeetingQuarter.objects.filter(missing(on)).exists() is is_missing

    @pytest.mark.parametrize(
        ("day", "values", "counts"),
        [
            (dt.date(2026, 1, 1), {}, True),
            (dt.date(2026, 3, 31), {}, True),
            (dt.date(2026, 4, 1), {}, False),
            (dt.date(2025, 12, 31), {}, False),
            (ON, {"kind": "2"}, False),
            (ON, {"division": 610402000000}, False),
        ],
    )
    def test_which_meeting_counts(self, city, day, values, counts):
        self.open(ON)
        meet(city.lead, day, on=dt.date(2026, 4, 2), **values)
        assert (self.due() == {}) is counts

    def test_a_voided_or_moved_meeting_opens_the_quarter_again(self, city):
        self.open(ON)
        meeting = meet(city.lead)
        assert self.due() == {}
        with acting_as(city.lead):
            actions.save_meetings([{"id": meeting.pk, "day": dt.date(2025, 12, 30)}], by=city.lead, on=ON)
        assert list(self.due()) == ["2026年第1季度"]
        second = meet(city.lead)
        assert self.due() == {}
        with acting_as(city.lead):
            actions.void_meetings([second.pk], reason="误录", by=city.lead, on=ON)
        assert list(self.due()) == ["2026年第1季度"]

    def test_a_reason_stands_in_for_a_meeting(self, city):
        """“原则上每季度召开一次”."""
        self.open(ON)
        with whole():
            quarter = MeetingQuarter.objects.get()
        with acting_as(city.lead):
            with pytest.raises(Refused, match="Say why"):
                actions.record_reason(quarter.pk, " ", by=city.lead, on=ON)
            actions.record_reason(quarter.pk, "防汛应急，推迟至下季度", by=city.lead, on=ON)
        assert self.due() == {}
        meet(city.lead)
        with acting_as(city.lead), pytest.raises(Refused, match="was held on"):
            actions.record_reason(quarter.pk, "x", by=city.lead, on=ON)
        page = offices.client_of(city.auditor).get(f"/meetings/quarters/{quarter.pk}/")
        assert page.status_code == 200 and '<form method="post" data-entry' not in page.content.decode()

    def test_another_place_takes_the_rule_over(self, city):
        Parameter.objects.create(
            name="quarterly_joint_meeting", region=world.WANGMO, value=1, valid_from=ON, source="县方案"
        )
        self.open(ON)
        with whole():
            assert set(MeetingQuarter.objects.values_list("region", flat=True)) == {offices.CITY, world.WANGMO}


@pytest.fixture
def pair(city):
    """Two counties of different cities, an official of each, one of neither, and their group."""
    origin = offices.user("origin", "county", world.WANGMO)
    destination = offices.user("destination", "county", 520402000000)
    neither = offices.user("neither", "county", world.CEHENG)
    row = {
        "name": "望谟—西秀联席领导小组",
        "origin": world.WANGMO,
        "destination": 520402000000,
        "origin_leader": "甲副县长",
        "origin_leader_post": "副县长",
        "destination_leader": "乙副区长",
        "destination_leader_post": "副区长",
        "formed_on": dt.date(2025, 1, 1),
    }
    with acting_as(origin):
        group = save(registry["cross-county-groups"], [row], by=origin).objects[0]
    return origin, destination, neither, group


class TestGroups:
    @pytest.mark.parametrize(
        ("values", "field", "code"),
        [
            ({"destination": "522326"}, "destination", "same_county"),
            ({"destination": "522300"}, "destination", "bad_division"),
            ({"origin": "522326001000"}, "origin", "bad_division"),
            ({"origin_leader": ""}, "origin_leader", "required"),
            ({"destination_leader": ""}, "destination_leader", "missing_name"),
            ({"dissolved_on": "2024-12-31"}, "dissolved_on", "order"),
        ],
    )
    def test_what_is_refused(self, pair, values, field, code):
        origin, _destination, _neither, group = pair
        row = {
            "name": "新组",
            "origin": "522326",
            "destination": "520403",
            "origin_leader": "甲",
            "origin_leader_post": "副县长",
            "destination_leader": "乙",
            "destination_leader_post": "副区长",
            "formed_on": "2025-01-01",
        }
        with acting_as(origin):
            _rows, problems = clean_rows(registry["cross-county-groups"], [row | values], origin)
        assert (field, code) in {
            (p.field, p.code if p.code != "missing_name" or field != "origin_leader" else "required") for p in problems
        }

    def test_a_pair_has_one_group_in_force(self, pair):
        origin, _destination, _neither, group = pair
        row = {
            name: getattr(group, name)
            for name in ("origin_leader", "origin_leader_post", "destination_leader", "destination_leader_post")
        }
        row |= {
            "name": "第二组",
            "origin": group.region,
            "destination": group.partner,
            "formed_on": dt.date(2026, 1, 1),
        }
        with acting_as(origin):
            with pytest.raises(Refused, match="Another record"):
                save(registry["cross-county-groups"], [row], by=origin)
            save(registry["cross-county-groups"], [{"id": group.pk, "dissolved_on": dt.date(2025, 12, 31)}], by=origin)
            assert save(registry["cross-county-groups"], [row], by=origin).new == 1
        with pytest.raises(IntegrityError), acting_as(origin), transaction.atomic():
            CrossCountyGroup.objects.filter(pk=group.pk).update(partner=group.region)

    def test_both_counties_read_it_and_what_hangs_on_it(self, pair):
        origin, destination, neither, group = pair
        meeting = meet(origin, group=group, division=world.WANGMO)
        assert (meeting.region, meeting.partner) == (group.region, group.partner)
        bureau = offices.unit("望谟县教育局", world.WANGMO)
        with acting_as(origin):
            actions.set_attendance(meeting.pk, [(bureau, "present", "")], by=origin)
        decision = decide(origin, meeting, bureau)
        tables = [CrossCountyGroup, Meeting, MeetingAttendance, MeetingDecision]
        for user, sees in [(origin, True), (destination, True), (neither, False)]:
            client = offices.client_of(user)
            with acting_as(user):
                for model in tables:
                    # The first wall and the second, each by itself.
                    assert model.objects.visible_to(user).exists() is sees, (user, model)
                    assert model.objects.exists() is sees, (user, model)
                    with connection.cursor() as cursor:
                        for table in (model._meta.db_table, f"{model._meta.db_table}_event"):
                            cursor.execute(f"SELECT count(*) FROM {table}")
                            assert (cursor.fetchone()[0] > 0) is sees, (user, table)
                assert bool(history_of(registry["meetings"], meeting.pk, user)) is sees
            for address in (f"/meetings/{meeting.pk}/", f"/ledgers/cross-county-groups/{group.pk}/"):
                assert client.get(address).status_code == (200 if sees else 404), (user, address)
            for region in ("522326000000", "520402000000"):
                page = client.get(f"/ledgers/cross-county-groups/?region={region}").content.decode()
                assert (group.name in page) is sees, (user, region)
        # The other county reads the decision; the task itself is of the owner's county.
        page = offices.client_of(destination).get(f"/meetings/{meeting.pk}/")
        assert [line["task"] for line in page.context["decisions"]] == [None]
        assert offices.client_of(destination).get(f"/responsibility/{decision.task_id}/").status_code == 404
        assert offices.client_of(destination).get("/ledgers/meeting-decisions/").status_code == 200

    def test_the_second_wall_keeps_strangers_from_writing(self, pair):
        origin, destination, neither, group = pair
        with acting_as(neither), connection.cursor() as cursor:
            cursor.execute("UPDATE rectification_crosscountygroup SET name = 'x'")
            assert cursor.rowcount == 0
        with acting_as(destination), connection.cursor() as cursor:
            cursor.execute("UPDATE rectification_crosscountygroup SET name = 'x'")
            assert cursor.rowcount == 1
            with pytest.raises(DatabaseError, match="row-level security"), transaction.atomic():
                cursor.execute(
                    "UPDATE rectification_crosscountygroup SET region = %s, partner = %s", [world.CEHENG, world.WANGMO]
                )

    def test_the_policy_stands_on_either_place(self):
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT tablename, qual FROM pg_policies WHERE schemaname = 'public' AND qual LIKE %s", ["%partner%"]
            )
            found = dict(cursor.fetchall())
        names = ["crosscountygroup", "meeting", "meetingattendance", "meetingdecision", "secondment"]
        tables = ["households_transferrequest", *(f"rectification_{name}" for name in names)]
        assert set(found) == {f"{table}{end}" for table in tables for end in ("", "_event")}
        assert all("region" in condition for condition in found.values())

    def test_a_joint_meeting_of_a_group_is_not_the_citys(self, city):
        with whole():
            actions.open_quarters(ON)
        first, second = 610402000000, 610403000000
        row = {
            "name": "两区小组",
            "origin": first,
            "destination": second,
            "origin_leader": "甲",
            "origin_leader_post": "副区长",
            "destination_leader": "乙",
            "destination_leader_post": "副区长",
            "formed_on": ON,
        }
        with acting_as(city.lead):
            group = save(registry["cross-county-groups"], [row], by=city.lead).objects[0]
        meet(city.lead, group=group)
        with whole():
            assert MeetingQuarter.objects.get().meeting is None


PERMISSIONS = {"lead": True, "reviewer": True, "province": True, "teacher": False, "auditor": False}


@pytest.mark.parametrize("person", PERMISSIONS)
def test_who_may_record_meetings(city, person):
    user = city.everybody[person]
    client = offices.client_of(user)
    meeting = meet(city.lead)
    expected = 200 if PERMISSIONS[person] else 403
    for address in (
        "/ledgers/meetings/new/",
        "/ledgers/cross-county-groups/new/",
        f"/meetings/{meeting.pk}/attendance/",
        f"/meetings/{meeting.pk}/decide/",
    ):
        assert client.get(address).status_code == expected, address
    assert client.get(f"/meetings/{meeting.pk}/").status_code == 200
    decision = decide(city.lead, meeting, city.education)
    assert client.get(f"/meetings/decisions/{decision.pk}/").url == f"/meetings/{meeting.pk}/#decision-{decision.pk}"
