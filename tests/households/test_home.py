"""Homes and titles: what follows from a household's own row, areas on the standard, stages, certificates once in the nation."""

import datetime as dt
from decimal import Decimal

import pytest
from django.test import Client

from alerts.models import Deadline
from common.ledger import registry
from common.problems import Refused
from common.scope import acting_as
from households.actions import save_households, save_persons
from households.actions.homes import save_homes, save_hukou
from households.actions.life import change_flat
from households.actions.life_rows import Told
from households.actions.life_undoing import undo
from households.models import Home, Household, HouseholdEvent, HukouState, Person
from households.queries.homes import counts
from ledgers.actions import void
from ledgers.checking import clean_rows
from tests import world

pytestmark = pytest.mark.django_db
DAY = dt.date(2021, 6, 1)


@pytest.fixture
def county(clock):
    clock(DAY)
    return world.user("wangmo", "county", world.WANGMO)


@pytest.fixture
def home(county):
    return world.settlement(county)


def lives(county, home, people: int = 1, **values) -> Household:
    members = [world.member(), *(world.member(f"乙{n}", "03", dt.date(2001, 1, 1 + n)) for n in range(people - 1))]
    told = {"address": "1栋101室", "housing_area": Decimal(25 * people), "moved_in_on": dt.date(2019, 5, 1)}
    return world.household(county, home, members, **told | values)


def row_of(ledger: str, user, raw: dict, **more):
    with acting_as(user):
        rows, problems = clean_rows(registry[ledger], [raw], user, **more)
    return rows[0], [(p.field, p.code) for p in problems if not p.warning], [p.code for p in problems if p.warning]


def test_a_household_that_tells_of_its_flat_has_a_home_and_both_stay_the_same(county, home):
    found = lives(county, home)
    with acting_as(county):
        stored = Home.objects.get(household=found)
        assert (stored.address, stored.area, stored.occupied_on) == ("1栋101室", 25, dt.date(2019, 5, 1))
        save_homes([{"household": found, "area": Decimal("30.50"), "address": "2栋202室"}], by=county)
        assert Household.objects.get(pk=found.pk).housing_area == Decimal("30.50")
        save_households([{"id": found.pk, "address": "3栋303室"}], by=county)
        assert Home.objects.get(household=found).address == "3栋303室"
        event = change_flat(found, "9栋901室", "40", Told(dt.date(2021, 5, 1), "换房"), by=county)
        old, new = Home.objects.filter(household=found).order_by("pk")
        assert (old.address, old.to_on, old.end_reason) == ("3栋303室", dt.date(2021, 5, 1), "换房")
        assert (new.address, new.from_on, new.to_on, new.title_state) == ("9栋901室", dt.date(2021, 5, 1), None, "0")
        with pytest.raises(Refused):
            change_flat(found, "8栋801室", "40", Told(dt.date(2021, 4, 1)), by=county)
        undo(event, "登记错误", by=county)
        old.refresh_from_db()
        assert (old.to_on, old.end_reason, old.voided_at) == (None, "", None)
        assert Home.objects.get(household=found, to_on=None, voided_at=None) == old


def test_the_page_says_whom_the_area_of_a_home_counts(county, home):
    found = world.household(county, home, housing_area=Decimal("80.00"))
    client = Client()
    client.force_login(county)
    for told, words in (
        ({"handed_over_on": dt.date(2019, 5, 1)}, "按1人计，标准25㎡ · 2019-05-01在户人口"),
        ({"allotted_people": 4}, "按4人计，标准25㎡ · 按分配人口"),
    ):
        with acting_as(county):
            save_homes([{"household": found, **told}], by=county)
        assert words in client.get(f"/households/{found.code}/").content.decode()


def test_who_moves_to_another_settlement_and_flat_begins_a_new_home_there(county, home):
    found, stays = lives(county, home), lives(county, home, address="5栋501室")
    other = world.settlement(county, 522326002000)
    with acting_as(county):
        save_households([{"id": found.pk, "settlement": other, "address": "7栋701室"}], by=county, on=DAY)
        old, new = Home.objects.filter(household=found).order_by("pk")
        assert (old.to_on, old.region, new.region, new.address) == (DAY, home.region, other.region, "7栋701室")
        undo(HouseholdEvent.objects.get(household=found), "登记错误", by=county)
        assert Home.objects.get(household=found, to_on=None, voided_at=None) == old
        # The same flat in another settlement: the settlement was put right, the home is the same.
        save_households([{"id": stays.pk, "settlement": other}], by=county, on=DAY)
        assert Home.objects.get(household=stays).region == other.region


@pytest.mark.parametrize(
    ("people", "area", "over"), [(1, "25", 0), (1, "25.01", 1), (3, "75", 0), (3, "75.01", 1), (3, "74.99", 0)]
)
def test_area_against_the_standard(county, home, people, area, over):
    found = lives(county, home, people, housing_area=Decimal(area))
    with acting_as(county):
        assert counts(Home.objects.all(), DAY)["over_area"] == over
        # Who was born after the hand-over gets no flat of that hand-over.
        save_homes([{"household": found, "handed_over_on": dt.date(2019, 5, 1)}], by=county)
        save_persons(
            [{"household": found, "name": "新生", "relation": "03", "sex": "1", "birth_date": dt.date(2020, 1, 1)}],
            by=county,
        )
        assert counts(Home.objects.all(), DAY)["over_area"] == over
        save_homes([{"household": found, "allotted_people": people + 1}], by=county)
        assert counts(Home.objects.all(), DAY)["over_area"] == 0


@pytest.mark.parametrize(
    ("told", "faults"),
    [
        ({"area": "0"}, [("area", "bad_area")]),
        ({"area": "1000"}, [("area", "bad_area")]),
        ({"area": "999.99"}, []),
        ({"area": "-3"}, [("area", "bad_area")]),
        ({"handed_over_on": "2021-06-02"}, [("handed_over_on", "future_date")]),
        ({"handed_over_on": "2021-06-01", "occupied_on": "2021-06"}, []),
        ({"handed_over_on": "2021-06-01", "occupied_on": "2021-05"}, [("occupied_on", "order")]),
        ({"acceptance": "合格"}, [("accepted_on", "required")]),
    ],
)
def test_what_a_home_cannot_be(county, home, told, faults):
    found = lives(county, home, moved_in_on=None)
    _row, problems, _warnings = row_of("homes", county, {"household": found.code, **told})
    assert problems == faults


@pytest.mark.parametrize(
    ("told", "faults", "state"),
    [
        ({}, [], "0"),
        ({"applied_on": "2021-01-04"}, [], "1"),
        ({"applied_on": "2021-01-04", "first_registered_on": "2021-01-04"}, [], "2"),
        ({"obstacle": "用地手续未完善"}, [], "9"),
        ({"certificate_number": "黔(2021)望谟县不动产权第0000001号"}, [("issued_on", "required")], None),
        ({"issued_on": "2021-02-01"}, [("certificate_number", "required")], None),
        (
            {"certificate_number": "黔(2021) 望谟县不动产权第0000001号", "issued_on": "2021-02-01", "obstacle": "其他"},
            [],
            "3",
        ),
        (
            {"first_registered_on": "2021-02-02", "applied_on": "2021-02-03"},
            [("first_registered_on", "step_order")],
            None,
        ),
        ({"received_on": "2021-02-02", "received_by": "田娜"}, [("received_on", "step_missing")], None),
    ],
)
def test_the_state_of_a_title_follows_from_its_stages(county, home, told, faults, state):
    found = lives(county, home)
    row, problems, _warnings = row_of("titles", county, {"household": found.code, **told})
    assert problems == faults
    if state is not None:
        with acting_as(county):
            save_homes([row], by=county)
            stored = Home.objects.get(household=found)
        assert stored.title_state == state
        assert stored.certificate_number in ("", "黔（2021）望谟县不动产权第0000001号")
        assert not (stored.certificate_number and stored.obstacle)


def test_a_certificate_used_twice_names_the_other_household_as_far_as_it_may_be_seen(county, home):
    mine, other = lives(county, home), lives(county, home)
    ceheng = world.user("ceheng", "county", world.CEHENG)
    far = lives(ceheng, world.settlement(ceheng, world.CEHENG_TOWNSHIP))
    number = "黔（2021）不动产权第7号"
    told = {"certificate_number": number, "issued_on": dt.date(2021, 2, 1)}
    with acting_as(county):
        save_homes([{"household": mine, **told}], by=county)
        save_homes([{"household": mine, **told}], by=county)  # the same again is no second use
    for user, household, words in ((county, other, mine.code), (ceheng, far, "522326")):
        with acting_as(user):
            _rows, problems = clean_rows(registry["titles"], [{"household": household.code, **told}], user)
        assert [p.code for p in problems] == ["duplicate_certificate"] and words in problems[0].message
        assert (mine.code in problems[0].message) is (user == county)


def test_a_case_that_stands_still_is_due_and_listed(county, home, clock):
    found = lives(county, home)
    with acting_as(county):
        save_homes([{"household": found, "applied_on": dt.date(2021, 1, 4)}], by=county)
        due = Deadline.objects.get(kind="title-stale", cleared_on=None)
        assert due.due_on == dt.date(2021, 1, 4) + dt.timedelta(180)
    for day, listed in ((due.due_on, 0), (due.due_on + dt.timedelta(1), 1)):
        clock(day)
        with acting_as(county):
            assert counts(Home.objects.all(), day)["stale"] == listed
    with acting_as(county):
        save_homes([{"household": found, "certificate_number": "黔第9号", "issued_on": dt.date(2021, 3, 1)}], by=county)
        assert not Deadline.objects.filter(kind="title-stale", cleared_on=None).exists()
        # A title that was entered by mistake is taken back; the home stays, and the number is free for its own.
        home_id = Home.objects.get(household=found).pk
        assert void(registry["titles"], [home_id], "录到了别户", county) == 1
        stored = Home.objects.get(pk=home_id)
        assert (stored.title_state, stored.certificate_number, stored.issued_on, stored.voided_at) == (
            "0",
            "",
            None,
            None,
        )
        assert "录到了别户" in stored.remark


def test_hukou_states_follow_one_another(county, home):
    found = lives(county, home)
    with acting_as(county):
        person = Person.objects.get(household=found)
        for state, day in (("4", dt.date(2019, 5, 1)), ("1", dt.date(2021, 1, 1)), ("3", dt.date(2020, 1, 1))):
            save_hukou([{"person": person, "state": state, "from_on": day}], by=county)
        spells = list(HukouState.objects.order_by("from_on").values_list("state", "from_on__year", "to_on__year"))
    assert spells == [("4", 2019, 2020), ("3", 2020, 2021), ("1", 2021, None)]
    other = world.settlement(county, 522326002000)
    with acting_as(county):
        save_households([{"id": found.pk, "settlement": other}], by=county)
        assert set(HukouState.objects.values_list("region", flat=True)) == {other.region}
    assert row_of("hukou-states", county, {"person": str(person.pk), "state": "1", "from_on": "1980-1-1"})[1] == [
        ("from_on", "before_birth")
    ]
