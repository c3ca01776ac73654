"""The night over 100,000 open deadlines: all of them followed, those that have come due told, and whom they reach found,
against the plain way of a loop that reads, judges and stores one deadline after the other."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator

from django.db import connection, transaction

from accounts.models import User
from alerts import engine
from alerts.engine import ladder
from alerts.models import Alert, Deadline, DeadlineRun
from bench import databases
from bench.measuring import Figure, compare, seconds
from common import clock, scope

MANY, FEW = 100_000, 1_000
KINDS = ("task-due", "task-stage-due", "order-due")
LEDGER = "bench"
SPREAD = 400  # days over which they are due: 100 behind the day of the night, 300 ahead
BEHIND = 100
DAY = dt.timedelta(1)


def measure() -> Iterator[Figure]:
    """A night after one that was finished: what is due on the day is told, and all others are looked at."""
    with databases.copy_of(databases.settings.database_of("county")):
        _fill(clock.today())
        if not _night(clock.today()):  # what has come due before: not measured
            raise RuntimeError("nothing was told: the deadlines do not reach what is measured")
        days = iter(clock.today() + n * DAY for n in range(1, 100))
        yield compare(
            "deadlines",
            lambda: seconds(lambda: _night(next(days))),
            lambda: seconds(lambda: _by_loop(clock.today() + DAY)) * (MANY / FEW),
            pairs=3,
            unit="s",
            scale=1,
        )


def _night(on: dt.date) -> int:
    return engine.run(on).followed.total


def _fill(on: dt.date) -> None:
    """Open deadlines of people, posts' units and areas, spread over settlements' places and over days."""
    with scope.whole(source="bench"), connection.cursor() as cursor:
        people = list(User.objects.filter(is_active=True, role="county").values_list("pk", flat=True))
        cursor.execute(
            """
            WITH place AS (SELECT region, row_number() OVER (ORDER BY id) - 1 AS n, count(*) OVER () AS all_of_them
                           FROM settlements_settlement WHERE voided_at IS NULL)
            INSERT INTO alerts_deadline (region, kind, ledger, subject_id, address, due_on, responsible_id, unit_id, params,
              set_on, armed_on, reach)
            SELECT p.region, (%(kinds)s::text[])[1 + i %% 3], %(ledger)s, i, '/x/' || i, %(on)s::date - %(behind)s + i %% %(spread)s,
              CASE WHEN i %% 3 = 0 THEN (%(people)s::bigint[])[1 + i %% %(number)s] END,
              CASE WHEN i %% 3 = 1 THEN (SELECT unit_id FROM accounts_user WHERE unit_id IS NOT NULL ORDER BY id LIMIT 1) END,
              jsonb_build_object('number', i, 'unit', 'x', 'text', 'x', 'title', 'x'),
              %(on)s::date - 200, %(on)s::date - 200, 'nobody'
            FROM generate_series(1, %(many)s) AS i JOIN place p ON p.n = i %% p.all_of_them""",
            {
                "kinds": list(KINDS),
                "ledger": LEDGER,
                "on": on,
                "behind": BEHIND,
                "spread": SPREAD,
                "people": people,
                "number": len(people),
                "many": MANY,
            },
        )
        DeadlineRun.objects.all().delete()
    databases.analyse_copy()


def _by_loop(on: dt.date) -> None:
    """The plain way, for so few: read a deadline, its open alert and its people; end and open alerts; nothing of it stays."""
    with scope.whole(source="bench"):
        for deadline in Deadline.objects.filter(cleared_on=None, ledger=LEDGER).order_by("pk")[:FEW]:
            _one(deadline, on)
        transaction.set_rollback(True)


def _one(deadline: Deadline, on: dt.date) -> None:
    late = (on - deadline.due_on).days
    passed = [step for step in ladder.stages(ladder.DEFAULTS, max(late, 0)) if step.days <= late]
    told = Alert.objects.filter(deadline=deadline, ended_on=None).first()
    receivers = User.objects.filter(pk=deadline.responsible_id, is_active=True)
    if not receivers and deadline.unit_id:
        receivers = User.objects.filter(unit=deadline.unit_id, is_active=True)
    names = "、".join(user.display_name for user in receivers)
    if passed and (told is None or told.stage < passed[-1].days):
        step = passed[-1]
        if told is not None:
            told.ended_on = on
            told.save(update_fields=["ended_on"])
        Alert.objects.create(
            region=deadline.region, kind=deadline.kind, ledger=deadline.ledger, subject_id=deadline.subject_id,
            address=deadline.address, params=deadline.params, due_on=deadline.due_on, deadline=deadline,
            armed_on=deadline.armed_on, stage=step.days, level=step.level, escalated=step.escalated, opened_on=on,
            receiver=names[:200], unit_id=deadline.unit_id,
        )  # fmt: skip
