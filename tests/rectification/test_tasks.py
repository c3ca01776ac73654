"""Acts on tasks: who may do what in which state, what it changes, and what is refused in which words."""

import datetime as dt
import threading

import pytest
from django.db import connection, connections, transaction

from alerts.models import Deadline
from common import scope
from common.problems import Refused
from common.scope import acting_as, whole
from rectification.actions.tasks import Told, move
from rectification.actions.tasks_entry import next_number, save_reports, save_tasks, void_tasks
from rectification.models.tasks import ResponsibilityTask, TaskMove
from rectification.queries.tasks import acts_for, late, level_over, orphans, overdue, review_begins, why_not
from rectification.task_states import TASK_ACTS
from tests import world
from tests.rectification import offices

pytestmark = pytest.mark.usefixtures("english")

ON = dt.date(2026, 3, 10)
DUE = dt.date(2026, 12, 31)
TOLD = {
    "report": Told("已完成前期摸底", percent=40),
    "submit": Told("全部完成", evidence="咸教函〔2026〕8号"),
    "accept": Told(),
    "return": Told("佐证材料不全"),
    "stage": Told("取得显著成效"),
    "review": Told("持续推进"),
    "confirm": Told("查阅档案", day=dt.date(2020, 12, 1)),
    "reopen": Told("复查发现未完成"),
}


def do(user, task, key, told=None, on=ON, version=None):
    with acting_as(user):
        return move(task.pk, key, told or TOLD[key], by=user, on=on, version=version)


def now(task) -> ResponsibilityTask:
    with whole():
        return ResponsibilityTask.objects.get(pk=task.pk)


def open_deadlines(task) -> dict[str, tuple]:
    with whole():
        rows = Deadline.objects.filter(ledger="responsibility-tasks", subject_id=task.pk, cleared_on=None)
        return {row.kind: (row.due_on, row.paused_on) for row in rows}


# Who may do what: a row a person, a column an act in a state in which it can be done. The submission is the teacher's.
PERMISSIONS = {
    "lead": "report submit accept return stage review redate reopen",
    "colleague": "report submit accept return stage review redate reopen",
    "teacher": "report submit",
    "deputy": "report submit",
    "health": "",
    "reviewer": "",
    "province": "accept return stage review reopen",
    "auditor": "",
}
STATE_FOR = {
    "report": "in_progress",
    "submit": "in_progress",
    "accept": "submitted",
    "return": "submitted",
    "stage": "in_progress",
    "review": "long_term",
    "redate": "in_progress",
    "reopen": "done",
}


@pytest.mark.parametrize("act", STATE_FOR)
@pytest.mark.parametrize("person", PERMISSIONS)
def test_who_may_do_what(city, task, person, act):
    user, state = city.everybody[person], STATE_FOR[act]
    task.state, task.submitted_by, task.submitted_on = state, city.teacher, ON
    task.interim_on = dt.date(2026, 6, 30)
    task.long_term = state == "long_term"
    task.next_review_on = dt.date(2026, 12, 31) if task.long_term else None
    task.completed_on = ON if state == "done" else None
    with whole():
        task.save()
    with acting_as(user):
        reason = why_not(now(task), TASK_ACTS[act], user, ON)
    assert (reason == "") is (act in PERMISSIONS[person].split()), reason
    told = Told("x", deadline=DUE) if act == "redate" else TOLD[act]
    before = now(task)
    if reason:
        with pytest.raises(Refused) as refusal:
            do(user, task, act, told)
        assert refusal.value.problems[0].code in ("not_allowed", "unknown_row")
        assert now(task).version == before.version
        with whole():
            assert not TaskMove.objects.exists()
    else:
        made = do(user, task, act, told)
        assert (made.by_id, made.before, now(task).version) == (user.pk, state, before.version + 1)


@pytest.mark.parametrize("act", TASK_ACTS)
@pytest.mark.parametrize("state", ["open", "in_progress", "submitted", "returned", "done", "long_term"])
def test_an_act_is_done_in_its_states_alone(city, task, act, state):
    """The province may decide, the lead department may lead, and both may report; the rest is the state's to say."""
    task.state, task.interim_on = state, dt.date(2026, 6, 30)
    task.deadline_on, task.counts_from = (dt.date(2025, 1, 1), ON) if act == "confirm" else (DUE, ON)
    task.long_term, task.next_review_on = state == "long_term", DUE
    task.completed_on = ON if state == "done" else None
    user = city.lead
    reason = why_not(task, TASK_ACTS[act], user, ON)
    assert (reason == "") is (state in TASK_ACTS[act].sources), reason


def test_the_way_of_a_task_with_its_deadline(city, task):
    assert open_deadlines(task) == {"task-due": (DUE, None)}
    do(city.teacher, task, "report")
    assert (now(task).state, now(task).progress) == ("in_progress", 40)
    do(city.teacher, task, "submit", on=dt.date(2026, 11, 30))
    assert open_deadlines(task) == {"task-due": (DUE, dt.date(2026, 11, 30))}  # reminds of nothing meanwhile
    do(city.lead, task, "return", on=dt.date(2026, 12, 2))
    assert open_deadlines(task) == {"task-due": (DUE, None)}
    assert now(task).submitted_on is None
    do(city.deputy, task, "submit", on=dt.date(2026, 12, 20))
    do(city.lead, task, "accept", on=dt.date(2027, 1, 5))
    done = now(task)
    # Done on the day of the submission, not when somebody found the time to look at it.
    assert (done.state, done.completed_on, open_deadlines(task)) == ("done", dt.date(2026, 12, 20), {})
    do(city.province, task, "reopen", on=dt.date(2027, 1, 6))
    assert open_deadlines(task) == {"task-due": (DUE, None)}
    with whole():
        moves = TaskMove.objects.filter(task=task).order_by("pk").values_list("act", "before", "after", "unit_name")
        assert list(moves) == [
            ("report", "open", "in_progress", "市教育局"),
            ("submit", "in_progress", "submitted", "市教育局"),
            ("return", "submitted", "returned", "市发改委"),
            ("submit", "returned", "submitted", "市教育局"),
            ("accept", "submitted", "done", "市发改委"),
            ("reopen", "done", "in_progress", ""),
        ]


@pytest.mark.parametrize(
    ("on", "state", "submitted", "is_late"),
    [
        (DUE, "open", None, False),  # “年底前” counts its last day
        (dt.date(2027, 1, 1), "open", None, True),
        (dt.date(2027, 1, 1), "in_progress", None, True),
        (dt.date(2027, 1, 1), "returned", None, True),
        (dt.date(2027, 1, 1), "submitted", DUE, False),  # the unit did its part in time
        (dt.date(2027, 1, 2), "submitted", dt.date(2027, 1, 1), True),
        (dt.date(2027, 1, 2), "done", DUE, False),
    ],
)
def test_late_is_computed(city, task, on, state, submitted, is_late):
    with whole():
        ResponsibilityTask.objects.update(
            state=state, submitted_on=submitted, completed_on=submitted if state == "done" else None
        )
        assert ResponsibilityTask.objects.filter(late(on)).exists() is is_late
        assert ResponsibilityTask.objects.filter(overdue(on)).exists() is is_late


@pytest.mark.parametrize(
    ("act", "told", "fields"),
    [
        ("report", Told(), {"text"}),
        ("report", Told("x", percent=101), {"percent"}),
        ("report", Told("x" * 1001), {"text"}),
        ("submit", Told("x"), {"evidence"}),
        ("submit", Told(), {"text", "evidence"}),
        ("redate", Told("x"), {"deadline"}),
        ("redate", Told("x", deadline=DUE, long_term=True), {"deadline"}),
        ("redate", Told("", deadline=ON - dt.timedelta(1)), {"text", "deadline"}),
        ("assign", Told("x"), {"post"}),
    ],
)
def test_what_is_missing_is_told_all_at_once_and_nothing_is_stored(city, task, act, told, fields):
    with pytest.raises(Refused) as refusal:
        do(city.lead, task, act, told)
    assert {problem.field for problem in refusal.value.problems} == fields
    assert now(task).version == task.version
    with whole():
        assert not TaskMove.objects.exists()


def test_a_day_is_set_or_taken_away(city):
    with acting_as(city.lead):
        task = offices.task(city.lead, city.education, None)
        assert why_not(task, TASK_ACTS["submit"], city.teacher, ON).startswith("The task has no deadline")
    assert open_deadlines(task) == {}
    do(city.lead, task, "redate", Told("会议确定", deadline=ON))
    assert open_deadlines(task) == {"task-due": (ON, None)}
    made = do(city.lead, task, "redate", Told("改为长期", long_term=True))
    assert made.changes["deadline_on"] == ["2026-03-10", None]
    assert (now(task).state, open_deadlines(task)) == ("long_term", {"task-review-due": (DUE, None)})
    do(city.lead, task, "redate", Told("又定时限", deadline=DUE))
    assert (now(task).state, open_deadlines(task)) == ("open", {"task-due": (DUE, None)})


@pytest.mark.parametrize(
    ("reviews", "next_due"),
    [
        ([dt.date(2026, 12, 10)], dt.date(2027, 12, 31)),
        ([dt.date(2026, 12, 31)], dt.date(2027, 12, 31)),
        ([dt.date(2027, 2, 1)], dt.date(2027, 12, 31)),  # late: the next is this year's
        ([dt.date(2028, 2, 1)], dt.date(2028, 12, 31)),  # a year was missed altogether
        ([dt.date(2026, 12, 10), dt.date(2027, 1, 1)], dt.date(2028, 12, 31)),
    ],
)
def test_yearly_reviews(city, reviews, next_due):
    with acting_as(city.lead):
        task = offices.task(city.lead, city.education, None, long_term=True)
    assert (task.state, task.next_review_on) == ("long_term", DUE)
    for day in reviews:
        do(city.lead, task, "review", on=day)
    assert open_deadlines(task) == {"task-review-due": (next_due, None)}
    assert review_begins(now(task)) == dt.date(next_due.year, 1, 1)


def test_a_year_is_reviewed_once(city):
    with acting_as(city.lead):
        task = offices.task(city.lead, city.education, None, long_term=True)
    do(city.lead, task, "review", on=dt.date(2026, 12, 10))
    with pytest.raises(Refused, match="can be entered from 2027-01-01 on"):
        do(city.lead, task, "review", on=DUE)


def test_four_eyes(city, task):
    # What the lead department submits on behalf, neither its author nor the author's office accepts.
    do(city.lead, task, "submit")
    for user, words in [(city.lead, "yourself"), (city.colleague, "own unit"), (city.reviewer, "higher level")]:
        with pytest.raises(Refused, match=words):
            do(user, task, "accept")
    do(city.province, task, "accept")
    with acting_as(city.lead):
        own = offices.task(city.lead, city.drc)
    do(city.lead, own, "submit")
    with pytest.raises(Refused, match="own unit"):
        do(city.colleague, own, "accept")
    do(city.province, own, "accept")
    assert now(own).state == "done"


def test_a_stage_and_the_past(city):
    with acting_as(city.lead):
        task = offices.task(city.lead, city.education, interim_on=dt.date(2026, 6, 30), interim_milestone="notable")
        old = offices.task(city.lead, city.education, dt.date(2020, 12, 31))
    assert open_deadlines(task)["task-stage-due"] == (dt.date(2026, 6, 30), None)
    do(city.lead, task, "stage", on=dt.date(2026, 6, 30))
    assert set(open_deadlines(task)) == {"task-due"}
    with pytest.raises(Refused, match="confirmed on 2026-06-30"):
        do(city.lead, task, "stage")
    assert open_deadlines(old) == {}
    with whole():
        assert not ResponsibilityTask.objects.filter(overdue(ON), pk=old.pk).exists()
    with pytest.raises(Refused, match="future"):
        do(city.lead, old, "confirm", Told("x", day=ON + dt.timedelta(1)))
    do(city.lead, old, "confirm")
    assert (now(old).state, now(old).completed_on) == ("done", dt.date(2020, 12, 1))
    with pytest.raises(Refused, match="not in the past"):
        do(city.lead, task, "confirm")


def test_a_task_passes_with_its_post(city, task):
    post = offices.post(city.education)
    outsider = offices.user("outsider", "department")

    def is_orphan(on) -> bool:
        with whole():
            return orphans(ResponsibilityTask.objects.filter(pk=task.pk), on).exists()

    assert is_orphan(ON)
    offices.holds(outsider, post, ON, ON + dt.timedelta(30))
    assert not is_orphan(ON) and not is_orphan(ON + dt.timedelta(30)) and is_orphan(ON + dt.timedelta(31))
    with acting_as(outsider):
        assert acts_for(outsider, city.education, ON)
        assert not acts_for(outsider, city.education, ON + dt.timedelta(31))
        assert not acts_for(outsider, city.drc, ON)
    do(outsider, task, "report", on=ON)
    with pytest.raises(Refused, match="own people"):
        do(outsider, task, "report", on=ON + dt.timedelta(31))
    other = offices.post(city.drc)
    with pytest.raises(Refused, match="not of 市教育局"):
        do(city.lead, task, "assign", Told(post=other))
    second = offices.post(city.education, "分管负责人")
    do(city.lead, task, "assign", Told(post=second))
    with whole():
        assert Deadline.objects.get(subject_id=task.pk, cleared_on=None).post_id == second.pk


def test_levels(city):
    wide = world.user("wide", "province", offices.SHAANXI, offices.CITY)
    nation = world.user("nation", "drc", 0)
    assert [level_over(user, offices.CITY) for user in (city.lead, city.province, wide, nation)] == [2, 1, 1, 0]
    assert level_over(city.lead, world.WANGMO) is None


def test_a_government_is_spoken_for_by_its_local_staff(city):
    government = offices.unit("望谟县人民政府", world.WANGMO, "government")
    bureau = offices.unit("望谟县教育局", world.WANGMO)
    clerk = offices.user("clerk", "county", world.WANGMO)
    above = offices.user("above", "county", 522300000000)
    with acting_as(clerk):
        assert acts_for(clerk, government, ON) and not acts_for(clerk, bureau, ON)
    with acting_as(above):
        assert not acts_for(above, government, ON)


class TestEntry:
    def test_numbers_run_by_place_and_year(self, city):
        with acting_as(city.lead):
            made = [offices.task(city.lead, city.education) for _n in range(2)]
            assert [task.number for task in made] == ["610400-2026-001", "610400-2026-002"]
            two = save_tasks([{"unit": city.drc, "text": t} for t in "甲乙"], by=city.lead).objects
            assert [task.number for task in two] == ["610400-2026-003", "610400-2026-004"]
            assert next_number(offices.CITY, 2027) == "610400-2027-001"
            assert {task.region for task in two} == {offices.CITY}

    def test_settled_days_stay(self, city, task):
        do(city.teacher, task, "submit")
        with acting_as(city.lead), pytest.raises(Refused, match="its days stay"):
            save_tasks([{"id": task.pk, "deadline_on": dt.date(2027, 1, 1)}], by=city.lead)
        with acting_as(city.lead):
            save_tasks([{"id": task.pk, "note": "补充"}], by=city.lead)
        assert now(task).note == "补充"

    def test_another_unit_takes_its_post_along(self, city, task):
        with acting_as(city.lead):
            save_tasks([{"id": task.pk, "unit": city.drc}], by=city.lead)
        moved = now(task)
        assert (moved.unit_id, moved.post_id) == (city.drc.pk, offices.post(city.drc).pk)

    def test_voided_tasks_remind_of_nothing(self, city, task):
        with acting_as(city.lead):
            assert void_tasks([task.pk], reason="重复", by=city.lead) == 1
        assert open_deadlines(task) == {}
        with pytest.raises(Refused, match="voided"):
            do(city.teacher, task, "report")

    def test_reports_by_sheet_stay_as_they_were_made(self, city, task):
        row = {"task": task, "text": "第一次报送", "percent": 30, "evidence": ""}
        with acting_as(city.teacher):
            saved = save_reports([row], by=city.teacher)
            assert (saved.new, now(task).progress) == (1, 30)
            again = save_reports([row | {"id": saved.objects[0].pk}], by=city.teacher)
            assert (again.new, again.unchanged) == (0, 1)
            with pytest.raises(Refused, match="stays as it was made"):
                save_reports([row | {"id": saved.objects[0].pk, "text": "改"}], by=city.teacher)
        with acting_as(city.health), pytest.raises(Refused, match="own people"):
            save_reports([row], by=city.health)


class TestAtOnce:
    def test_a_second_sending_of_the_same_form_does_nothing(self, city, task):
        client = offices.client_of(city.teacher)
        page = client.get(f"/responsibility/{task.pk}/report/")
        form = page.context["form"]
        data = {"form_id": form.initial["form_id"], "version": task.version, "text": "一次", "percent": "10"}
        for _n in range(2):
            answer = client.post(f"/responsibility/{task.pk}/report/", data)
            assert answer.status_code == 302 and answer.url == f"/responsibility/{task.pk}/"
        with whole():
            assert TaskMove.objects.count() == 1

    def test_a_form_opened_before_somebody_else_acted_is_refused(self, city, task):
        version = task.version
        do(city.teacher, task, "report")
        with pytest.raises(Refused, match="Somebody else has acted"):
            do(city.deputy, task, "report", version=version)


@pytest.mark.django_db(transaction=True)
def test_two_reviewers_at_once_have_one_outcome(city, task):
    do(city.teacher, task, "submit")
    ready, outcomes = threading.Barrier(2), []

    def review(user, key):
        try:
            with transaction.atomic():
                connection.ensure_connection()
                ready.wait(10)
                do(user, task, key)
            outcomes.append(key)
        except Refused as refusal:
            outcomes.append(refusal.problems[0].message)
        finally:
            connections.close_all()

    threads = [
        threading.Thread(target=review, args=pair) for pair in [(city.lead, "accept"), (city.province, "return")]
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    won = [outcome for outcome in outcomes if outcome in ("accept", "return")]
    assert len(outcomes) == 2 and len(won) == 1
    assert now(task).state == ("done" if won == ["accept"] else "returned")
    with whole():
        assert list(TaskMove.objects.exclude(act="submit").values_list("act", flat=True)) == won
    assert scope.current() is scope.NOBODY
