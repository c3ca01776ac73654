"""Events in the life of a household: what each writes, refuses and moves, and that it can be taken back."""

from __future__ import annotations

import datetime as dt

import pytest
from django.core.exceptions import PermissionDenied

from common.problems import Conflict, Refused
from common.scope import acting_as
from employment.actions import save_employments
from households.actions import save_households, save_persons
from households.actions.life import born, change_flat, change_head, died, joined, left, returned
from households.actions.life_moving import move_to_settlement
from households.actions.life_rows import Told
from households.actions.life_undoing import undo
from households.codes import life as codes
from households.models import Household, HouseholdEvent, Membership
from tests import world
from tests.households.living import DAY, LAST_MONTH, TODAY, figures, people, state

pytestmark = pytest.mark.django_db


@pytest.fixture
def county(clock):
    clock(TODAY)
    return world.user("wangmo", "county", world.WANGMO)


@pytest.fixture
def home(county):
    return world.settlement(county)


@pytest.fixture
def family(county, home):
    """A couple, he with a job, with a grown son and his wife and child."""
    members = [
        world.member("韦大山", birth=dt.date(1968, 1, 2)),
        world.member("罗小妹", "02", dt.date(1970, 4, 5), sex="2"),
        world.member("韦小山", "03", dt.date(1992, 9, 1)),
        world.member("黄阿娇", "05", dt.date(1993, 3, 8), sex="2"),
        world.member("韦天天", "07", dt.date(2018, 5, 5), labour_capability="4"),
    ]
    return world.household(county, home, members, [[world.job()], [], [], [], []], address="1栋101")


BABY = {"name": "韦新新", "relation": "08", "sex": "2", "birth_date": "2026-06-10"}


def bride() -> dict:
    return {
        "name": "岑新人",
        "relation": "28",
        "id_number": world.id_number(dt.date(1999, 1, 1)),
        "labour_capability": "1",
    }


def to_another_settlement(household, known, by, why):
    return move_to_settlement(household, world.settlement(by, 522326002000), why, by=by)


# The act on (household, people, user, what is told), its kind, and (households, people, labourers) from its day on.
ACTS = {
    "birth": (lambda h, p, by, why: born(h, BABY, why, by=by), codes.BIRTH, (1, 6, 4)),
    "death": (lambda h, p, by, why: died(h, p["罗小妹"].pk, why, by=by), codes.DEATH, (1, 4, 3)),
    "head dies": (
        lambda h, p, by, why: died(h, p["韦大山"].pk, why, head=p["罗小妹"].pk, by=by),
        codes.DEATH,
        (1, 4, 3),
    ),
    "married out": (
        lambda h, p, by, why: left(h, p["黄阿娇"].pk, why, kind=codes.MARRIED_OUT, by=by),
        codes.MARRIED_OUT,
        (1, 4, 3),
    ),
    "moved out": (
        lambda h, p, by, why: left(h, p["韦大山"].pk, why, head=p["韦小山"].pk, by=by),
        codes.LEFT,
        (1, 4, 3),
    ),
    "married in": (lambda h, p, by, why: joined(h, bride(), why, by=by), codes.MARRIED_IN, (1, 6, 5)),
    "head": (lambda h, p, by, why: change_head(h, p["韦小山"].pk, why, by=by), codes.HEAD_CHANGED, (1, 5, 4)),
    "flat": (lambda h, p, by, why: change_flat(h, "2栋202", "96.5", why, by=by), codes.FLAT, (1, 5, 4)),
    "settlement": (to_another_settlement, codes.SETTLEMENT, (1, 5, 4)),
}


@pytest.mark.parametrize("name", ACTS)
def test_an_event_leaves_earlier_days_alone_and_is_undone(county, family, name):
    act, kind, now = ACTS[name]
    known = people()
    why = Told(DAY, "按户口簿", "望公户〔2026〕1号")
    before, past = state(), figures(LAST_MONTH)
    with acting_as(county):
        event = act(family, known, county, why)
        stored = HouseholdEvent.objects.get()
        assert (stored.kind, stored.day, stored.reason, stored.document) == (kind, DAY, "按户口簿", "望公户〔2026〕1号")
        assert (stored.recorded_by, stored.recorded_on, stored.household_id) == (county, TODAY, family.pk)
    after = state()
    assert after != before
    assert figures(LAST_MONTH) == past
    assert figures(TODAY)[:3] == now
    assert figures(DAY)[:3] == now
    with acting_as(county):
        with pytest.raises(Refused) as refused:
            undo(event, "", by=county)
        assert [problem.code for problem in refused.value.problems] == ["required"]
        taken = undo(event, "登记错误", by=county)
        assert (taken.kind, taken.reason, taken.undoes, taken.recorded_by) == (codes.UNDONE, "登记错误", event, county)
        assert HouseholdEvent.objects.get(pk=event.pk).undone_on == TODAY
    again = state()
    assert again == before
    assert figures(LAST_MONTH) == past
    with acting_as(county), pytest.raises(Refused) as refused:
        undo(event, "再撤", by=county)
    assert [problem.code for problem in refused.value.problems] == ["undone"]


@pytest.mark.parametrize(
    ("day", "code"),
    [
        (None, "required"),
        (TODAY + dt.timedelta(1), "future_date"),
        (dt.date(2018, 5, 4), "before_birth"),
        (TODAY, ""),
        (dt.date(2018, 5, 5), ""),
    ],
)
def test_the_day_has_come_and_lies_in_the_life_of_the_person(county, family, day, code):
    child = people()["韦天天"]
    with acting_as(county):
        if not code:
            assert left(family, child.pk, Told(day), by=county).day == day
            return
        with pytest.raises(Refused) as refused:
            left(family, child.pk, Told(day), by=county)
        assert [problem.code for problem in refused.value.problems] == [code]
        assert not HouseholdEvent.objects.exists()


def test_a_step_out_of_order_is_refused_in_words_that_name_the_remedy(county, family):
    known = people()
    with acting_as(county):
        left(family, known["韦小山"].pk, Told(DAY), by=county)
        cases = {
            "no_member": lambda: left(family, known["韦小山"].pk, Told(DAY), by=county),
            "order": lambda: returned(family, known["韦小山"].pk, Told(DAY - dt.timedelta(1)), by=county),
            "no_head": lambda: died(family, known["韦大山"].pk, Told(DAY), by=county),
            "same_head": lambda: change_head(family, known["韦大山"].pk, Told(DAY), by=county),
            "same": lambda: change_flat(family, "1栋101", None, Told(DAY), by=county),
            "required": lambda: returned(family, known["罗小妹"].pk, Told(DAY), by=county),
        }
        for code, act in cases.items():
            with pytest.raises(Refused) as refused:
                act()
            assert [problem.code for problem in refused.value.problems] == [code]
        returned(family, known["韦小山"].pk, Told(TODAY), by=county)
        with pytest.raises(Refused) as refused:
            left(family, known["韦小山"].pk, Told(TODAY - dt.timedelta(1)), by=county)
        assert [problem.code for problem in refused.value.problems] == ["before_joined"]
        spells = Membership.objects.filter(person=known["韦小山"]).order_by("pk").values_list("joined_on", "left_on")
        assert list(spells) == [(None, DAY), (TODAY, None)]


def test_who_builds_on_an_event_must_be_undone_first(county, family):
    known = people()
    with acting_as(county):
        gone = left(family, known["韦小山"].pk, Told(DAY), by=county)
        back = returned(family, known["韦小山"].pk, Told(TODAY), by=county)
        with pytest.raises(Refused) as refused:
            undo(gone, "登记错误", by=county)
        assert [problem.code for problem in refused.value.problems] == ["later_event"]
        assert (
            "返回 2026-06-30" in refused.value.problems[0].message or "moved back" in refused.value.problems[0].message
        )
        undo(back, "登记错误", by=county)
        undo(gone, "登记错误", by=county)
        born(family, BABY, Told(None), by=county)
        baby = HouseholdEvent.objects.get(kind=codes.BIRTH)
        save_employments([{"person": baby.person, **world.job(TODAY)}], by=county)
        with pytest.raises(Refused) as refused:
            undo(baby, "登记错误", by=county)
        assert [problem.code for problem in refused.value.problems] == ["built_on"]


def test_a_bride_leaves_one_household_of_the_area_for_another(county, home, family):
    number = world.id_number(dt.date(1999, 1, 1), "2")
    parents = world.household(
        county, home, [{**world.member("岑家女"), "id_number": number}, world.member("岑父", "11")]
    )
    before = state()
    raw = {"name": "岑家女", "relation": "28", "id_number": number}
    with acting_as(county):
        with pytest.raises(Refused) as refused:
            joined(family, raw, Told(DAY), by=county)
        assert [(p.field, p.code) for p in refused.value.problems] == [("head_left", "no_head")]
        event = joined(family, raw, Told(DAY), head_left=people()["岑父"].pk, by=county)
        assert event.other == parents
        assert Household.objects.get(pk=parents.pk).head_name == "岑父"
        assert people()["岑家女"].household_id == family.pk
        undo(event, "婚事未成", by=county)
    assert state() == before


def test_what_is_entered_another_way_is_an_event_all_the_same(county, home, family):
    known = people()
    other = world.settlement(county, 522326002000)
    before = state()
    with acting_as(county):
        save_households([{"id": family.pk, "settlement": other}], by=county)
        save_persons([{"id": known["罗小妹"].pk, "died_on": DAY}], by=county)
        moved, dead = HouseholdEvent.objects.order_by("pk")
        assert [(e.kind, e.day) for e in (moved, dead)] == [(codes.SETTLEMENT, TODAY), (codes.DEATH, DAY)]
        undo(dead, "误报", by=county)
        undo(moved, "误报", by=county)
    assert state() == before


def test_who_may_not(county, family):
    child = people()["韦天天"]
    for role, region in (("city", 522300000000), ("auditor", 520000000000), ("department", world.WANGMO)):
        looker = world.user(role, role, region)
        with acting_as(looker), pytest.raises(PermissionDenied):
            left(family, child.pk, Told(DAY), by=looker)
    neighbour = world.user("ceheng", "county", world.CEHENG)
    with acting_as(neighbour), pytest.raises(Refused) as refused:
        left(family, child.pk, Told(DAY), by=neighbour)
    assert [problem.code for problem in refused.value.problems] == ["unknown_row"]


def test_two_officials_at_once(county, family):
    with acting_as(county):
        version = Household.objects.get(pk=family.pk).version
        change_flat(family, "2栋202", None, Told(DAY), version=version, by=county)
        with pytest.raises(Conflict):
            change_flat(family, "3栋303", None, Told(DAY), version=version, by=county)
