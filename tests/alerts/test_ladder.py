"""When a deadline reminds, how loud, and how far up: the ladder as a table, walked day by day in the database."""

from __future__ import annotations

import datetime as dt
import io

import pytest
from django.core.management import CommandError, call_command
from django.db import IntegrityError, transaction

from alerts import engine
from alerts.actions import clear_deadlines, pause_deadlines
from alerts.engine import ladder
from alerts.kinds import declare_deadline
from alerts.models import Alert, Deadline, DeadlineRun
from common.scope import whole
from divisions.models import Parameter
from tests import due, world
from tests.due import DAY, told

pytestmark = pytest.mark.django_db
DUE = dt.date(2026, 5, 1)


def at(days: int) -> dt.date:
    return DUE + days * DAY


@pytest.fixture
def county(db):
    return world.user("county", "county", world.WANGMO)


def walk(first: dt.date, last: dt.date) -> None:
    day = first
    while day <= last:
        engine.run(day)
        day += DAY


# Days from the due day: level, and the highest division told.
STAGES = [
    (-30, "blue", None), (-15, "blue", None), (-7, "yellow", None), (-3, "yellow", None), (-1, "yellow", None),
    (0, "yellow", None), (1, "orange", None), (3, "orange", 3), (7, "red", 2), (15, "red", 1), (30, "red", 1),
    (60, "red", 1), (90, "red", 1),
]  # fmt: skip


def test_the_ladder_is_this_table():
    assert [(step.days, step.level, step.escalated) for step in ladder.stages(ladder.DEFAULTS, 90)] == STAGES


def test_every_stage_is_told_on_its_day_and_ends_with_the_next(county):
    due.due(1, DUE, on=at(-60), responsible=county)
    walk(at(-60), at(95))
    ends = [at(stage) for stage, _level, _told in STAGES[1:]] + [None]
    assert told() == [(stage, level, at(stage), end) for (stage, level, _told), end in zip(STAGES, ends, strict=True)]
    with whole():
        assert list(Alert.objects.order_by("stage").values_list("escalated", flat=True)) == [t for _s, _l, t in STAGES]
        assert set(Alert.objects.values_list("receiver", flat=True)) == {"county"}


@pytest.mark.parametrize(
    ("set_days", "stage"),
    [(-31, None), (-30, -30), (-29, -30), (-14, -15), (-8, -15), (-7, -7), (-2, -3), (0, 0), (2, 1), (6, 3), (45, 30)],
)
def test_a_deadline_set_late_gets_the_one_stage_that_holds(county, set_days, stage):
    due.due(1, DUE, on=at(set_days), responsible=county)
    expected = [] if stage is None else [(stage, ladder.level_of(stage), at(set_days), None)]
    assert told() == expected
    engine.run(at(set_days))
    assert told() == expected


def test_what_is_near_is_told_at_once_and_once(county):
    first = due.due(1, DUE, on=at(-3), responsible=county)
    again = due.due(1, DUE, on=at(-3), responsible=county)
    assert first.pk == again.pk and told() == [(-3, "yellow", at(-3), None)]


def test_another_day_arms_anew_and_ends_what_was_told(county):
    due.due(1, DUE, on=at(-10), responsible=county)
    walk(at(-10), at(-3))
    due.due(1, at(20), on=at(-2), responsible=county)
    assert told(due_on=DUE) == [
        (-15, "blue", at(-10), at(-7)),
        (-7, "yellow", at(-7), at(-3)),
        (-3, "yellow", at(-3), at(-2)),
    ]
    assert told(due_on=at(20)) == [(-30, "blue", at(-2), None)]
    walk(at(-2), at(5))
    assert told(due_on=at(20))[-1] == (-15, "blue", at(5), None)


def test_another_person_alone_does_not_arm_anew(county):
    due.due(1, DUE, on=at(-3), responsible=county)
    other = world.user("other", "county", world.WANGMO)
    due.due(1, DUE, on=at(-2), responsible=other)
    assert told() == [(-3, "yellow", at(-3), None)]
    with whole():
        assert Alert.objects.get().receiver == "other"


def test_a_pause_ends_and_a_return_tells_again(county):
    due.due(1, DUE, on=at(-20), responsible=county)
    walk(at(-20), at(-7))
    with whole():
        assert pause_deadlines(due.KEY, due.LEDGER, [1], on=at(-6)) == 1
    walk(at(-6), at(2))
    assert [row[0] for row in told()] == [-30, -15, -7] and told()[-1][3] == at(-6)
    due.due(1, DUE, on=at(2), responsible=county)
    assert told()[-1] == (1, "orange", at(2), None)
    with whole():
        assert pause_deadlines(due.KEY, due.LEDGER, [1], on=at(2)) == 1
        assert pause_deadlines(due.KEY, due.LEDGER, [1], on=at(2)) == 0
    due.due(1, DUE, on=at(2), responsible=county)  # returned on the same day: the same alert, not a second one
    assert told()[-1] == (1, "orange", at(2), None) and len(told()) == 4


def test_clearing_ends_and_a_new_one_begins_anew(county):
    old = due.due(1, DUE, on=at(-3), responsible=county)
    with whole():
        assert clear_deadlines(due.KEY, due.LEDGER, [1, 2], on=at(-2)) == 1
    walk(at(-2), at(3))
    assert told() == [(-3, "yellow", at(-3), at(-2))]
    new = due.due(1, at(10), on=at(3), responsible=county)
    assert new.pk != old.pk and told(deadline=new.pk) == [(-7, "yellow", at(3), None)]


def test_alerts_whose_deadline_was_ended_behind_the_engines_back_end_with_the_night(county):
    made = due.due(1, DUE, on=at(-3), responsible=county)
    with whole():
        Deadline.objects.filter(pk=made.pk).update(cleared_on=at(-2))
    assert engine.run(at(-1)).followed.ended == 1
    assert told() == [(-3, "yellow", at(-3), at(-2))]


def test_the_database_keeps_one_alert_a_stage_and_one_open_a_deadline(county):
    made = due.due(1, DUE, on=at(-3), responsible=county)
    with whole():
        row = Alert.objects.get(deadline=made)
        row.pk, row.ended_on = None, at(0)
        with pytest.raises(IntegrityError, match="alert_once_a_stage"), transaction.atomic():
            row.save(force_insert=True)
        row.stage, row.ended_on = -1, None
        with pytest.raises(IntegrityError, match="alert_open_once_a_deadline"), transaction.atomic():
            row.save(force_insert=True)


def test_a_kind_that_is_not_declared_or_lacks_a_word_is_refused_at_once():
    with pytest.raises(KeyError, match="no-such-kind"):
        due.due(1, DUE, on=at(0), kind="no-such-kind")
    kind = due.DEADLINE_KINDS[due.KEY]
    with pytest.raises(KeyError, match="number"):
        kind.check({})
    assert kind.sentence({}, DUE) == "事项 … 应于 2026-05-01 前办结。"
    with pytest.raises(Exception, match="declared twice"):
        declare_deadline(kind)


def parameter(name: str, value: int, region: int, valid_from=dt.date(2020, 1, 1), valid_to=None) -> None:
    with whole():
        Parameter.objects.create(
            name=name, value=value, region=region, valid_from=valid_from, valid_to=valid_to, source="test"
        )


def test_divisions_set_levels_and_escalation_for_a_time(county):
    """A county tells itself after 2 days and is red from 5; from the fourth day late the province has red from 4."""
    parameter("alert_county_days", 2, world.WANGMO)
    parameter("alert_red_days", 5, world.WANGMO)
    parameter("alert_red_days", 4, 520000000000, at(4))
    due.due(1, DUE, on=at(-1), responsible=county)
    due.due(2, DUE, on=at(-1), region=world.CEHENG_TOWNSHIP)
    walk(at(-1), at(7))
    assert [row[:3] for row in told(region=world.WANGMO_TOWNSHIP)] == [
        (-1, "yellow", at(-1)), (0, "yellow", at(0)), (1, "orange", at(1)), (2, "orange", at(2)), (3, "orange", at(3)),
        (5, "red", at(5)), (7, "red", at(7)),
    ]  # fmt: skip
    assert [row[:3] for row in told(region=world.CEHENG_TOWNSHIP)] == [
        (-1, "yellow", at(-1)), (0, "yellow", at(0)), (1, "orange", at(1)), (3, "orange", at(3)), (4, "red", at(4)),
        (7, "red", at(7)),
    ]  # fmt: skip
    with whole():
        first = Alert.objects.filter(region=world.WANGMO_TOWNSHIP, escalated=3).order_by("stage").first()
        assert first.stage == 2


def test_a_ladder_that_becomes_stricter_tells_on_that_day_and_not_before(county):
    due.due(1, DUE, on=at(-1), responsible=county)
    parameter("alert_red_days", 4, 0, at(6))
    engine.run(at(5))
    engine.run(at(10))
    assert told()[-3:] == [(3, "orange", at(3), at(6)), (4, "red", at(6), at(7)), (7, "red", at(7), None)]


def test_the_last_day_finished_is_kept(county):
    due.due(1, DUE, on=at(-3), responsible=county)
    assert (engine.run(at(-2)).missed, engine.run(at(1)).missed, engine.run(at(1)).missed) == (0, 2, 0)
    rows = list(DeadlineRun.objects.order_by("on").values_list("on", "opened", "ended"))
    assert rows == [(at(-2), 0, 0), (at(1), 3, 3)]
    assert engine.run(at(0)).followed.total == 0  # a clock set back tells nothing again


def test_the_administrator_sets_a_days_ladder_by_command(db, clock):
    on = clock(dt.date(2026, 3, 10))
    said = io.StringIO()
    for value in (6, 5):  # set again for the same day, the last value holds
        call_command(
            "set_parameter",
            "alert_county_days",
            value,
            region="522326",
            begins="2026-03-10",
            source="县方案",
            stdout=said,
        )
    assert "alert_county_days is 5 in 522326 from 2026-03-10 on." in said.getvalue()
    inside = next(one for one in ladder.segments_on(on) if one.lo <= world.WANGMO < one.hi)
    assert (inside.parameters.alert_county_days, ladder.escalated_to(4, inside.parameters)) == (5, None)
    assert ladder.segments_on(on - dt.timedelta(1))[0].parameters.alert_county_days == 3
    said = io.StringIO()
    call_command("set_parameter", stdout=said)
    assert "alert_county_days: 3\n  5 in 522326000000 from 2026-03-10 (县方案)" in said.getvalue()
    for wrong, words in [
        ({"name": "alert_town_days", "value": 1}, "There is no parameter"),
        ({"name": "alert_city_days", "value": -1}, "whole number"),
        ({"name": "alert_city_days", "value": 1, "region": "659999"}, "no division"),
        ({"name": "alert_city_days", "value": 1, "source": " "}, "--source"),
        ({"name": "alert_city_days", "value": 1, "until": "2026-03-10"}, "end before it begins"),
    ]:
        with pytest.raises(CommandError, match=words):
            options = {"source": "x"} | wrong
            call_command("set_parameter", options.pop("name"), options.pop("value"), **options)
