"""The list of Xianyang from its file: 48 tasks of 25 departments, counted from a day on, or dated anew."""

import csv
import datetime as dt
import io

import pytest
from django.core.management import CommandError, call_command

from accounts.models import Post
from alerts.models import Deadline
from common.problems import Refused
from common.scope import acting_as, whole
from divisions.models import Unit
from rectification.actions.tasks_loading import COLUMNS, read_list
from rectification.models.tasks import Duty, ResponsibilityList, ResponsibilityTask
from rectification.queries.tasks import NEEDS_DEADLINE, PAST
from tests.rectification import offices

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("english")]


def days() -> dict[str, dict[str, dt.date]]:
    """Open deadlines by kind and task number."""
    found: dict[str, dict[str, dt.date]] = {}
    for deadline in Deadline.objects.filter(cleared_on=None):
        found.setdefault(deadline.kind, {})[deadline.params["number"]] = deadline.due_on
    return found


def state() -> list:
    return [
        list(model.objects.order_by("pk").values())
        for model in (ResponsibilityList, Duty, ResponsibilityTask, Post, Unit, Deadline)
    ]


def test_the_file_as_of_2020():
    loaded = offices.load()
    assert (loaded.new, loaded.departments, loaded.past, loaded.needs_deadline, loaded.long_term) == (48, 25, 0, 1, 5)
    with whole():
        assert ResponsibilityTask.objects.count() == 48
        assert Unit.objects.filter(region=offices.CITY).count() == 25
        found = days()
        # One has no deadline, five are long term.
        assert len(found["task-due"]) == 42
        assert found["task-due"]["XY-04-1"] == dt.date(2020, 3, 31)
        assert set(found["task-review-due"].values()) == {dt.date(2020, 12, 31)}
        assert sorted(found["task-review-due"]) == ["XY-07-1", "XY-07-2", "XY-09-6", "XY-10-3", "XY-22-1"]
        assert set(found["task-stage-due"].values()) == {dt.date(2020, 12, 31)}
        assert "XY-10-1" not in {number for kind in found.values() for number in kind}
        lacking = ResponsibilityTask.objects.get(NEEDS_DEADLINE)
        assert (lacking.number, lacking.deadline_on, lacking.state) == ("XY-10-1", None, "open")
        strict = ResponsibilityTask.objects.get(number="XY-08-1")
        assert (strict.deadline_on, strict.strict_on, strict.stage_target) == (
            dt.date(2025, 12, 31),
            dt.date(2024, 12, 31),
            "取得显著成效",
        )
        target = ResponsibilityTask.objects.get(number="XY-25-1")
        assert (target.strict_on, target.stage_target) == (None, "2020年底前,确保搬迁群众“两不愁三保障”目标实现")
        assert {t.post.unit_id == t.unit_id for t in ResponsibilityTask.objects.select_related("post")} == {True}
        # The annex prints a slip; the office is called by its name.
        power = Duty.objects.select_related("unit").get(position=23)
        assert (power.department, power.unit.name) == ("国电、地电咸阳分公司", "国网、地电咸阳分公司")


def test_a_second_run_changes_nothing_whatever_has_been_done_since():
    offices.load()
    drc = offices.user("lead", "drc")
    with acting_as(drc):
        ResponsibilityTask.objects.filter(number="XY-05-1").update(text="改过的任务")
    with whole():
        before = state()
    again = offices.load()
    assert (again.new, again.moved, again.unchanged) == (0, 0, 48)
    later = offices.load(dt.date(2026, 1, 1))
    assert later.list.counts_from == offices.START
    with whole():
        assert state() == before


def test_what_was_due_before_the_day_is_past_and_reminds_of_nothing():
    loaded = offices.load(dt.date(2021, 6, 1))
    with whole():
        past = set(ResponsibilityTask.objects.filter(PAST).values_list("number", flat=True))
        assert len(past) == loaded.past == 23
        found = days()
        assert not past & set(found["task-due"])
        assert set(found["task-due"].values()) == {dt.date(2025, 12, 31)}
        assert "task-stage-due" not in found
        assert set(found["task-review-due"].values()) == {dt.date(2021, 12, 31)}


@pytest.mark.parametrize(
    ("options", "years"),
    [
        ({"shift": 6}, 6),
        ({"shift": 0}, 0),
        ({"shift_to": dt.date(2026, 3, 31)}, 6),
        ({"shift_to": dt.date(2026, 4, 1)}, 7),
        ({"shift_to": dt.date(2019, 1, 1)}, 0),
    ],
)
def test_dated_anew(options, years):
    loaded = offices.load(dt.date(2026, 1, 1), **options)
    assert loaded.list.shifted_years == years
    with whole():
        task = ResponsibilityTask.objects.get(number="XY-08-1")
        assert [d.year for d in (task.deadline_on, task.interim_on, task.strict_on)] == [
            2025 + years,
            2020 + years,
            2024 + years,
        ]
        assert ResponsibilityTask.objects.get(number="XY-04-1").deadline_on == dt.date(2020 + years, 3, 31)
        assert ResponsibilityTask.objects.get(number="XY-10-1").deadline_on is None


def test_dates_of_a_stored_list_are_moved_once_and_settled_tasks_stay():
    offices.load(dt.date(2026, 1, 1))
    with whole():
        ResponsibilityTask.objects.filter(number="XY-05-1").update(state="done", completed_on=dt.date(2020, 12, 1))
        ResponsibilityTask.objects.filter(number="XY-06-1").update(deadline_on=dt.date(2026, 6, 30))
    moved = offices.load(dt.date(2026, 1, 1), shift=6)
    assert (moved.new, moved.moved) == (0, 40)
    with whole():
        dates = dict(ResponsibilityTask.objects.values_list("number", "deadline_on"))
        assert dates["XY-05-1"] == dt.date(2020, 12, 31) and dates["XY-06-1"] == dt.date(2026, 6, 30)
        assert dates["XY-02-1"] == dt.date(2026, 12, 31)
        assert days()["task-due"]["XY-02-1"] == dt.date(2026, 12, 31)
    assert offices.load(dt.date(2026, 1, 1), shift=6).moved == 0


def test_the_lead_department_is_the_one_that_is_known():
    known = offices.unit("咸阳市发展和改革委员会", kind="drc")
    offices.load()
    with whole():
        assert set(ResponsibilityTask.objects.filter(number__startswith="XY-04").values_list("unit", flat=True)) == {
            known.pk
        }


def test_the_command_says_what_it_did(clock):
    clock("2020-01-01")
    said = io.StringIO()
    call_command("load_responsibility_list", offices.XIANYANG_LIST, region="610400", as_of="2020年1月1日", stdout=said)
    assert "48 tasks of 25 departments" in said.getvalue() and "48 new" in said.getvalue()
    said = io.StringIO()
    call_command(
        "load_responsibility_list", offices.XIANYANG_LIST, region="610400000000", as_of="2021-01-01", stdout=said
    )
    assert "0 new" in said.getvalue() and "counts from 2020-01-01; that day stays" in said.getvalue()


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"region": "6104"}, "not a division code"),
        ({"region": "659999"}, "no division"),
        ({"region": "610400", "as_of": "2020-02-30"}, "no such day"),
        ({"region": "610400", "redate": -1}, "0 to 100"),
    ],
)
def test_the_command_refuses_in_words(options, words):
    with pytest.raises(CommandError, match=words):
        call_command("load_responsibility_list", offices.XIANYANG_LIST, **options)


def test_a_file_with_faults_is_refused_whole_with_all_of_them(tmp_path):
    good = dict.fromkeys(COLUMNS, "") | {"no": "1", "task_no": "1", "department": "甲", "duty": "乙", "task": "丙"}
    lines = [
        good | {"task_id": "A-1", "deadline_normalised": "2020-13-01"},
        good | {"task_id": "A-2", "milestone": "soon", "no": "one"},
        good | {"task_id": ""},
        good | {"task_id": "A-3"},
        good | {"task_id": "A-3"},
    ]
    path = tmp_path / "list.csv"
    with path.open("w", newline="", encoding="utf-8-sig") as file:
        writer = csv.DictWriter(file, COLUMNS)
        writer.writeheader()
        writer.writerows(lines)
    with pytest.raises(Refused) as refusal:
        read_list(path)
    assert [(p.row, p.field, p.code) for p in refusal.value.problems] == [
        (2, "deadline_normalised", "bad_date"),
        (3, "no", "bad_number"),
        (3, "milestone", "unknown_code"),
        (4, "task_id", "required"),
        (6, "task_id", "duplicate"),
    ]
    path.write_text("a,b\n1,2\n")
    with pytest.raises(Refused) as refusal:
        read_list(path)
    assert len(refusal.value.problems) == len(COLUMNS)
    with pytest.raises(CommandError, match="cannot be read"):
        call_command("load_responsibility_list", tmp_path / "nowhere.csv", region="610400")
