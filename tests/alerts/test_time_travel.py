"""Two years of days: runs each night, doubled runs, and weeks without any give the same alerts, whatever people do
meanwhile."""

from __future__ import annotations

import datetime as dt
import random
from collections import defaultdict

import pytest
from django.db import transaction
from django.db.models import Q
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from accounts.models import Post, User
from accounts.post_actions import put_on_post
from alerts import engine
from alerts.actions import clear_deadlines, pause_deadlines, set_deadline
from alerts.models import Alert, Deadline
from common.scope import acting_as, whole
from divisions.models import Parameter
from tests import due, world
from tests.due import DAY

pytestmark = pytest.mark.django_db
FIRST = dt.date(2025, 1, 1)
TWO_YEARS = 730


class World:
    """People and posts of a county, and a plan of what they do on which day, drawn from a seed."""

    def __init__(self, seed: int, days: int, subjects: int):
        draw = random.Random(seed)
        self.days = days
        self.county = world.user("county", "county", world.WANGMO)
        self.people = [world.user(f"person{n}", "department", world.WANGMO) for n in range(4)]
        office = due.unit()
        User.objects.filter(pk=self.people[3].pk).update(unit=office)
        self.posts = [due.post(f"科室{n}", of=office) for n in range(3)]
        due.holds(self.posts[0], self.people[0], FIRST - 100 * DAY)
        with whole():
            self.parameter = Parameter.objects.create(
                name="alert_red_days", value=5, region=world.WANGMO, valid_from=FIRST + 40 * DAY, source="test"
            )
        binding = [
            {"responsible": self.people[0]},
            {"post": self.posts[0]},
            {"post": self.posts[1]},
            {"unit": office},
            {"post": self.posts[2], "unit": office},
            {},
        ]
        self.acts = defaultdict(list)
        for subject in range(subjects):
            day = draw.randrange(0, max(1, days - 30))
            due_on = FIRST + (day + draw.randrange(-5, 90)) * DAY
            bound = draw.choice(binding)
            self.acts[day].append(("set", subject, due_on, bound))
            for _step in range(draw.randrange(0, 5)):
                day += draw.randrange(0, 30)
                kind = draw.choice(["move", "pause", "return", "clear", "rebind"])
                if kind == "move":
                    due_on += draw.randrange(-10, 60) * DAY
                if kind == "rebind":
                    bound = draw.choice(binding)
                self.acts[day].append((kind, subject, due_on, bound))
                if kind == "clear":
                    break
        for post in self.posts:
            day = draw.randrange(0, 20)
            while day < days:
                person, ahead, substitute = draw.choice(self.people), draw.randrange(0, 9), draw.random() < 0.4
                until = FIRST + (day + ahead + draw.randrange(1, 15)) * DAY if substitute else None
                self.acts[day].append(("post", post, person, FIRST + (day + ahead) * DAY, until, substitute))
                day += draw.randrange(15, 80)

    def act(self, number: int) -> None:
        on = FIRST + number * DAY
        for kind, *told in self.acts.get(number, ()):
            if kind == "post":
                self._post(*told, on=on)
            else:
                self._deadline(kind, *told, on=on)

    def _post(self, post: Post, person: User, from_on, to_on, substitute, *, on) -> None:
        held = post.holdings.filter(Q(from_on__gte=from_on) | Q(user=person, to_on=None), substitute=False)
        if not substitute and held.exists():
            return
        put_on_post(post, person, from_on, to_on=to_on, substitute=substitute, by=self.county, on=on)

    def _deadline(self, kind: str, subject: int, due_on, bound, *, on) -> None:
        if kind == "pause":
            pause_deadlines(due.KEY, due.LEDGER, [subject], on=on)
        elif kind == "clear":
            clear_deadlines(due.KEY, due.LEDGER, [subject], on=on)
        else:
            set_deadline(
                due.KEY, due.LEDGER, subject, region=world.WANGMO_TOWNSHIP, address="/x/", due_on=due_on,
                params={"number": subject}, on=on, **bound,
            )  # fmt: skip

    def outcome(self, runs: dict[int, int]) -> tuple[list, list]:
        """The tables after all days, with so many runs on each day, a last one in any case; nothing of it stays."""
        with transaction.atomic():
            for number in range(self.days):
                for _run in range(runs.get(number, 0)):
                    engine.run(FIRST + number * DAY)
                with acting_as(self.county):
                    self.act(number)
            engine.run(FIRST + self.days * DAY)
            with whole():
                found = rows()
            transaction.set_rollback(True)
        return found


def rows() -> tuple[list, list]:
    alerts = Alert.objects.values_list(
        "subject_id", "armed_on", "due_on", "stage", "level", "escalated", "opened_on", "ended_on", "receiver",
        "unit__name", "region",
    )  # fmt: skip
    deadlines = Deadline.objects.values_list(
        "subject_id", "set_on", "due_on", "armed_on", "paused_on", "cleared_on", "reach"
    )
    return sorted(alerts, key=str), sorted(deadlines, key=str)


def nightly(days: int) -> dict[int, int]:
    return dict.fromkeys(range(days), 1)


def compare(seed: int, days: int, subjects: int, schedules: dict[str, dict[int, int]]) -> int:
    made = World(seed, days, subjects)
    expected = made.outcome(nightly(days))
    for name, runs in schedules.items():
        found = made.outcome(runs)
        for table, wanted in zip(found, expected, strict=True):
            lacking = [row for row in wanted if row not in table]
            extra = [row for row in table if row not in wanted]
            assert (lacking, extra) == ([], []), name
    return len(expected[0])


def test_two_years_of_nights_doubled_nights_and_weeks_without_any():
    number = compare(
        seed=1,
        days=TWO_YEARS,
        subjects=40,
        schedules={
            "doubled nights, and each third week without any": {
                day: 1 + (day % 5 == 0) for day in range(TWO_YEARS) if day // 7 % 3
            },
            "never before the end": {},
        },
    )
    assert number > 300


@settings(max_examples=3, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.integers(0, 10**6), st.sets(st.integers(0, 69)))
def test_any_nights_may_be_missed(db, seed, nights):
    with transaction.atomic():
        compare(seed, 70, 12, {"some nights": dict.fromkeys(nights, 1)})
        transaction.set_rollback(True)
