"""The statement against the oracle, on thousands of households; and the days that pass."""

import datetime as dt
from contextlib import contextmanager

import pytest
from django.db import connection, transaction
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from common import scope
from compliance import counters, tick
from compliance.actions import recompute, recompute_all
from compliance.models import Counter, DayTick, Verdict
from compliance.profiles import COUNTED
from divisions.models import Parameter
from tests.compliance.families import homes
from tests.compliance.oracle import Rules, judge
from tests.compliance.store import store

DAYS = st.one_of(
    st.dates(dt.date(2019, 1, 1), dt.date(2026, 12, 31)),
    st.sampled_from(
        [
            dt.date(2020, 2, 28),
            dt.date(2020, 2, 29),
            dt.date(2020, 3, 1),
            dt.date(2021, 2, 28),
            dt.date(2021, 8, 30),
            dt.date(2021, 8, 31),
            dt.date(2024, 2, 29),
            dt.date(2020, 12, 31),
        ]
    ),
)
SEEDS = st.integers(0, 2**32)
drawn = settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


@contextmanager
def undone():
    """The database as it was, once an example of a property is over."""
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


def told(households, found, on, rules=None):
    """What the store says beside what the oracle says, where they differ."""
    stored = {row["household_id"]: row for row in Verdict.objects.values()}
    pairs = []
    for household, home in zip(households, found, strict=True):
        expected, row = judge(home, on, rules), stored.get(household.pk)
        actual = row and {name: row[name] for name in expected} if expected else row
        if actual != expected:
            pairs.append((home, actual, expected))
    return pairs


def assert_counters_add_up():
    """Counters are the sums over the verdicts; settlements without any have zeros."""
    with connection.cursor() as cursor:
        cursor.execute(counters.grouped())
        sums = {row[0]: dict(zip(COUNTED, row[1:], strict=True)) for row in cursor.fetchall()}
    for row in Counter.objects.values("settlement_id", *COUNTED):
        key = row.pop("settlement_id")
        assert row == sums.get(key, dict.fromkeys(COUNTED, 0)), key


@drawn
@given(seed=SEEDS, on=DAYS)
def test_statement_says_what_the_definitions_say(seed, on, place, official):
    with undone():
        found = homes(seed, 400, on)
        households = store(found, place, official)
        recompute([household.pk for household in households], on=on)
        assert told(households, found, on) == []
        assert_counters_add_up()
        assert recompute_all(on=on)[1] == 0
        assert recompute([household.pk for household in households], on=on) == 0


@drawn
@given(seed=SEEDS, on=DAYS)
def test_parameters_of_a_division(seed, on, place, official):
    """What a county sets leads in that county and nowhere else."""
    with undone():
        own = {
            "stable_months": 3,
            "labour_ability_max": 3,
            "labour_age_from": 18,
            "labour_age_to": 55,
            "expiring_days": 7,
        }
        for name, value in own.items():
            Parameter.objects.create(name=name, region=place.region // 10**6 * 10**6, value=value, valid_from=on)
        found = homes(seed, 200, on)
        households = store(found, place, official)
        recompute([household.pk for household in households], on=on)
        assert told(households, found, on, Rules(**own)) == []


@settings(drawn, max_examples=3)
@example(seed=228, on=dt.date(2020, 2, 28))  # two jobs at once, and six months that become shorter
@given(seed=SEEDS, on=DAYS)
def test_days_that_pass_touch_only_what_is_due(seed, on, place, official):
    """From day to day the verdicts are right everywhere although only those due are looked at."""
    with undone():
        found = homes(seed, 60, on)
        households = store(found, place, official)
        recompute([household.pk for household in households], on=on)
        for number in range(1, 46):
            day = on + dt.timedelta(number)
            checked, _ = tick.run(day)
            assert told(households, found, day) == [], day
            assert checked < len(found)
        assert_counters_add_up()
        assert recompute_all(on=day)[1] == 0


def test_a_week_without_a_beat(place, official):
    """The days that were missed are made up for, each on which something was due; a second run finds nothing to do."""
    on = dt.date(2020, 6, 30)
    found = homes(1, 300, on)
    households = store(found, place, official)
    recompute([household.pk for household in households], on=on)
    tick.run(on)
    late = on + dt.timedelta(9)
    _, changed = tick.run(late)
    assert changed
    assert told(households, found, late) == []
    assert len({row.since for row in Verdict.objects.filter(on__gt=on)}) > 3
    assert 3 < DayTick.objects.filter(finished_at__isnull=False).count() <= 10
    assert tick.run(late)[1] == 0


def test_clock_set_back(place, official):
    on = dt.date(2020, 6, 30)
    found = homes(2, 200, on)
    households = store(found, place, official)
    recompute([household.pk for household in households], on=on + dt.timedelta(40))
    tick.run(on + dt.timedelta(40))
    tick.run(on)
    assert told(households, found, on) == []
    assert list(DayTick.objects.values_list("on", flat=True)) == [on]


@pytest.mark.parametrize("stretch", [1, 50])
def test_all_in_chunks(stretch, place, official, monkeypatch):
    monkeypatch.setattr("compliance.actions.CHUNK", stretch)
    on = dt.date(2020, 6, 30)
    found = homes(3, 120, on)
    households = store(found, place, official)
    checked, changed = recompute_all(on=on)
    assert checked == changed == sum(judge(home, on) is not None for home in found)
    assert told(households, found, on) == []
    with scope.whole():
        assert recompute_all(on=on, region=522326000000) == (checked, 0)
        assert recompute_all(on=on, region=610000000000) == (0, 0)
