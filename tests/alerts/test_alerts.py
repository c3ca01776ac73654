"""Alerts as such: one a subject and day, reopened when the reason comes back, told to those who act."""

import datetime as dt

import pytest

from alerts.actions import Due, acknowledge, mark_read, settle
from alerts.kinds import KINDS, Kind, declare
from alerts.models import Alert
from alerts.queries import counts, inbox
from common.ledger import registry
from common.scope import acting_as, whole
from common.terms import term
from tests import world

ON = dt.date(2026, 6, 30)
KIND = "job-expiring"


def due(subject: int, days: int = 10, region: int = world.WANGMO_TOWNSHIP) -> Due:
    return Due(subject, region, ON + dt.timedelta(days), f"/households/{subject}/", {"household": str(subject)})


def told(subjects, found, on=ON):
    with whole():
        settle(KIND, "households", subjects, found, on=on)
        rows = Alert.objects.order_by("subject_id", "due_on")
        return [(row.subject_id, (row.due_on - ON).days, row.ended_on) for row in rows]


@pytest.mark.django_db
class TestSettling:
    def test_repeated_settling_changes_nothing(self):
        assert told([1, 2], [due(1), due(2)]) == told([1, 2], [due(1), due(2)]) == [(1, 10, None), (2, 10, None)]

    def test_only_the_subjects_named_are_settled(self):
        told([1, 2], [due(1), due(2)])
        assert told([1], []) == [(1, 10, ON), (2, 10, None)]

    def test_another_day_is_another_alert(self):
        told([1], [due(1)])
        assert told([1], [due(1, 20)]) == [(1, 10, ON), (1, 20, None)]
        assert told([1], [due(1)]) == [(1, 10, None), (1, 20, ON)]

    def test_a_subject_that_moved_takes_its_alert_along(self):
        told([1], [due(1)])
        told([1], [due(1, region=world.CEHENG_TOWNSHIP)])
        with whole():
            assert Alert.objects.get().region == world.CEHENG_TOWNSHIP


@pytest.mark.django_db
def test_read_and_acknowledged():
    county = world.user("county", "county", world.WANGMO)
    colleague = world.user("colleague", "county", world.WANGMO)
    told([1, 2], [due(1, 3), due(2, 1)])
    with acting_as(county):
        pressing, other = inbox(county)
        assert (pressing.subject_id, pressing.read_at) == (2, None)
        mark_read([other], by=county)
        acknowledge(pressing, by=county)
        assert [bool(a.read_at and a.acknowledged_at) for a in inbox(county)] == [True, False]
    with acting_as(colleague):
        assert [bool(a.read_at or a.acknowledged_at) for a in inbox(colleague)] == [False, False]


@pytest.mark.django_db
def test_others_see_counts():
    told([1, 2], [due(1), due(2, region=world.CEHENG_TOWNSHIP)])
    for role, region, number in [
        ("city", 522300000000, 2),
        ("auditor", world.WANGMO, 1),
        ("county", world.XIANYANG, 0),
    ]:
        user = world.user(role, role, region)
        with acting_as(user):
            assert list(inbox(user)) == [] and sum(counts(user).values()) == number


@pytest.mark.django_db
def test_ledger_reads_in_words():
    county = world.user("county", "county", world.WANGMO)
    told([1], [due(1)])
    with acting_as(county):
        [row] = registry["alerts"].rows(county).values_list("words", "due_on")
    assert row == (str(KINDS[KIND].title), ON + dt.timedelta(10))


def test_a_kind_is_declared_once():
    with pytest.raises(Exception, match="declared twice"):
        declare(Kind(KIND, term("again", "再次"), "", frozenset()))
