"""What follows a change, in the same transaction: verdict, counters, zero cases, tier, alerts; and that it holds."""

import datetime as dt
import threading

import pytest
from django.db import connection, connections

from alerts.models import Alert
from alerts.queries import MINE, count_alerts, counts, inbox
from common.problems import Refused
from common.scope import acting_as, whole
from compliance import tick
from compliance.actions import assign_zero_case, recompute_all
from compliance.models import Counter, DayTick, Verdict, ZeroCase
from employment.actions import save_employments, void_employments
from employment.models import Employment
from households.actions import leave_household, save_households, save_persons, void_households
from households.models import Household, Person
from settlements.models import Settlement, tier_of
from tests import world
from tests.compliance.test_statement import assert_counters_add_up

TODAY = dt.date(2026, 6, 30)
LONG_AGO, LATELY = dt.date(2024, 1, 1), dt.date(2026, 5, 1)


@pytest.fixture
def today(clock):
    return clock(TODAY)


@pytest.fixture
def county(db, today):
    return world.user("county", "county", world.WANGMO)


@pytest.fixture
def home(county):
    return world.settlement(county)


def verdict(household) -> Verdict:
    with whole():
        return Verdict.objects.get(pk=household.pk)


def assert_nothing_is_stale(on=TODAY):
    with whole():
        assert recompute_all(on=on, thoroughly=True)[1] == 0
        assert_counters_add_up()
        for settlement in Settlement.objects.select_related("counter"):
            assert settlement.tier == tier_of(settlement.counter.people, settlement.placement)


def open_cases() -> list[ZeroCase]:
    with whole():
        return list(ZeroCase.objects.filter(closed_on=None))


def test_an_edit_changes_verdict_counter_and_list_at_once(county, home):
    household = world.household(county, home, [world.member(), world.member("乙一", "02", sex="2")])
    assert verdict(household).code == "zero"
    assert [case.household_id for case in open_cases()] == [household.pk]
    with acting_as(county):
        person = Person.objects.filter(household=household).first()
        save_employments([{"person": person, **world.job(LATELY)}], by=county)
        counter = Counter.objects.get(pk=home.pk)
    assert verdict(household).code == "employed"
    assert (counter.n_zero, counter.n_employed, counter.people, counter.m_labour_any) == (0, 1, 2, 1)
    assert open_cases() == []
    assert_nothing_is_stale()


def test_a_sequence_of_edits_leaves_nothing_stale(county, home):
    other = world.settlement(county, 522326101000, placement="dispersed")
    households = [
        world.household(
            county, home, [world.member(), world.member("乙一", "02", sex="2")], [[world.job(LONG_AGO)], []]
        ),
        world.household(county, home, [world.member(job_intention="2")]),
        world.household(county, other, [world.member()], [[world.job(LATELY, dt.date(2026, 7, 5))]]),
    ]
    with acting_as(county):
        first, second, third = households
        people = {p.pk: p for p in Person.objects.filter(household=first)}
        spouse = next(p for p in people.values() if p.relation == "02")
        edits = [
            lambda: leave_household([spouse.pk], left_on=TODAY, reason="moved", by=county),
            lambda: save_households([{"id": first.pk, "settlement": other}], by=county),
            lambda: save_persons([{"id": Person.objects.get(household=second).pk, "job_intention": ""}], by=county),
            lambda: void_employments(
                list(Employment.objects.filter(person__household=first).values_list("pk", flat=True)),
                reason="entered twice",
                by=county,
            ),
            lambda: save_employments(
                [{"id": Employment.objects.get(person__household=third).pk, "end_date": None}], by=county
            ),
            lambda: save_persons([{"id": Person.objects.get(household=third).pk, "died_on": TODAY}], by=county),
            lambda: void_households([second.pk], reason="entered twice", by=county),
        ]
        for edit in edits:
            edit()
            assert_nothing_is_stale()
        assert Employment.objects.get(person__household=first).region == other.region
        assert list(Verdict.objects.values_list("pk", flat=True)) == [first.pk]


def test_tier_follows_the_people(county, home, monkeypatch):
    monkeypatch.setattr("settlements.models.TIER_FLOORS", [("large", 3), ("medium", 2), ("small", 0)])
    for tier in ("small", "medium", "large"):
        household = world.household(county, home)
        with acting_as(county):
            assert Settlement.objects.get(pk=home.pk).tier == tier
    with acting_as(county):
        void_households([household.pk], reason="entered twice", by=county)
        assert Settlement.objects.get(pk=home.pk).tier == "medium"
        with connection.cursor() as cursor:
            cursor.execute("SELECT DISTINCT tier FROM settlements_settlement_event WHERE id = %s", [home.pk])
            assert {row[0] for row in cursor.fetchall()} == {"small", "medium", "large"}


class TestZeroCases:
    def test_a_case_is_given_to_somebody_with_a_step_and_its_day(self, county, home):
        world.household(county, home)
        [case] = open_cases()
        with acting_as(county):
            given = assign_zero_case(case, county, "推荐公益岗位", TODAY, by=county)
        assert (given.assigned_to, given.next_step, given.next_step_on) == (county, "推荐公益岗位", TODAY)

    def test_what_is_missing_is_told_at_once(self, county, home):
        world.household(county, home)
        [case] = open_cases()
        with acting_as(county), pytest.raises(Refused) as refused:
            assign_zero_case(case, None, "", TODAY - dt.timedelta(1), by=county)
        assert {(p.field, p.code) for p in refused.value.problems} == {
            ("assigned_to", "required"),
            ("next_step", "required"),
            ("next_step_on", "past_date"),
        }

    def test_nobody_from_elsewhere(self, county, home):
        world.household(county, home)
        [case] = open_cases()
        stranger = world.user("ceheng", "county", world.CEHENG)
        with acting_as(county), pytest.raises(Refused):
            assign_zero_case(case, stranger, "走访", TODAY, by=county)


class TestAlerts:
    @pytest.fixture
    def household(self, county, home):
        return world.household(county, home, jobs=[[world.job(LONG_AGO, dt.date(2026, 7, 10))]])

    def test_one_alert_in_the_inboxes_of_township_and_county(self, county, household):
        township = world.user("township", "township", world.WANGMO_TOWNSHIP)
        others = [world.user("province", "province", 520000000000), world.user("ceheng", "county", world.CEHENG)]
        for _ in range(3):
            tick.run(TODAY)
        for user in (county, township):
            with acting_as(user):
                [alert] = inbox(user)
                assert (alert.subject_id, alert.due_on) == (household.pk, dt.date(2026, 7, 10))
                assert household.code in alert.message and count_alerts(user, TODAY, MINE) == 1
        for user in others:
            with acting_as(user):
                assert list(inbox(user)) == [] and count_alerts(user, TODAY, MINE) == 0
        with acting_as(others[0]):
            assert counts(others[0]) == {"job-expiring": 1}

    def test_extending_the_job_ends_it_and_shortening_it_opens_it_again(self, county, household):
        with acting_as(county):
            job = Employment.objects.get()
            for end, is_open in [
                (dt.date(2026, 12, 31), False),
                (dt.date(2026, 7, 10), True),
                (dt.date(2026, 7, 12), True),
            ]:
                save_employments([{"id": job.pk, "end_date": end}], by=county)
                assert list(Alert.objects.filter(ended_on=None).values_list("due_on", flat=True)) == [end] * is_open
            assert Alert.objects.count() == 2

    def test_time_opens_and_ends_it(self, county, home, clock):
        world.household(county, home, jobs=[[world.job(LONG_AGO, dt.date(2026, 8, 10))]])
        seen = {}
        for day in (dt.date(2026, 7, 11), dt.date(2026, 7, 12), dt.date(2026, 8, 10), dt.date(2026, 8, 11)):
            tick.run(clock(day))
            with whole():
                seen[day.isoformat()[5:]] = Alert.objects.filter(ended_on=None).count()
        assert seen == {"07-11": 0, "07-12": 1, "08-10": 1, "08-11": 0}
        assert_nothing_is_stale(dt.date(2026, 8, 11))


class TestDays:
    def test_the_first_read_of_a_day_begins_it(self, client, county, home, clock, today):
        household = world.household(county, home, jobs=[[world.job(LONG_AGO, TODAY)]])
        tick.ensure(TODAY)
        clock(TODAY + dt.timedelta(1))
        client.get("/login/")
        assert verdict(household).code == "zero"
        assert DayTick.objects.get(on=TODAY + dt.timedelta(1)).finished_at

    def test_an_edit_after_midnight_by_a_clock_of_before(self, county, home):
        """Work that began on the old day is judged on the new one, once that has begun."""
        tick.run(TODAY + dt.timedelta(1))
        household = world.household(county, home, jobs=[[world.job(LONG_AGO, TODAY)]], on=TODAY)
        assert (verdict(household).code, verdict(household).on) == ("zero", TODAY + dt.timedelta(1))

    def test_somebody_joins_an_empty_household(self, county, home):
        household = world.household(county, home, [world.member(joined_on=TODAY + dt.timedelta(2))])
        with whole():
            assert not Verdict.objects.exists()
        tick.run(TODAY)
        tick.run(TODAY + dt.timedelta(2))
        assert verdict(household).code == "zero"


@pytest.mark.django_db(transaction=True)
def test_concurrent_edits_end_in_the_verdict_of_a_full_recomputation(today):
    """Two connections give and take jobs in the same households, in different orders; no deadlock, nothing stale."""
    county = world.user("county", "county", world.WANGMO)
    homes = [world.settlement(county), world.settlement(county, 522326101000)]
    households = [
        world.household(county, homes[number % 2], [world.member(), world.member("乙一", "02", sex="2")])
        for number in range(6)
    ]
    with whole():
        people = {h.pk: list(Person.objects.filter(household=h).order_by("pk")) for h in households}
    faults = []

    def work(who: int):
        order = households if who == 0 else households[::-1]
        try:
            for round_ in range(4):
                with acting_as(county):
                    rows = [
                        {
                            "person": people[h.pk][who],
                            "channel": "12",
                            "employer": "同一家厂",
                            "start_date": LATELY,
                            "end_date": TODAY if (round_ + who) % 2 else TODAY - dt.timedelta(1),
                        }
                        for h in order
                    ]
                    save_employments(rows, by=county)
        except Exception as error:  # noqa: BLE001  whatever fails in a thread is the test's to tell
            faults.append(error)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=work, args=(who,)) for who in (0, 1)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert faults == []
    assert_nothing_is_stale()
    with whole():
        assert Household.objects.filter(verdict__employed=True).count() == 6
