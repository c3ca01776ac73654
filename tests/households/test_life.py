"""Events in the life of a household: what each writes, refuses and moves, and that it can be taken back."""

from __future__ import annotations

import datetime as dt

import pytest

from common.problems import Refused
from common.scope import acting_as, whole
from compliance.models import Counter, Verdict
from compliance.queries import figures_on
from employment.models import Employment
from households import life_codes as codes
from households.actions.life import born, change_flat, change_head, died, joined, left
from households.actions.life_moving import move_to_settlement
from households.actions.life_rows import Told
from households.actions.life_undoing import undo
from households.models import Household, HouseholdEvent, Membership, Person, Placement
from tests import world

pytestmark = pytest.mark.django_db
TODAY = dt.date(2026, 6, 30)
DAY = dt.date(2026, 6, 10)
LAST_MONTH = dt.date(2026, 5, 31)


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


def people(county) -> dict[str, Person]:
    with acting_as(county):
        return {person.name: person for person in Person.objects.all()}


def state() -> dict:
    """Everything that an undo must give back: members, spells, relations, verdicts, counters, flats and stays."""
    with whole():
        return {
            "people": sorted(
                Person.objects.filter(voided_at=None).values_list("name", "household", "relation", "died_on", "region")
            ),
            "spells": sorted(
                Membership.objects.filter(person__voided_at=None).values_list(
                    "person", "household", "joined_on", "left_on", "region"
                ),
                key=str,
            ),
            "homes": sorted(
                Household.objects.filter(voided_at=None).values_list(
                    "pk", "head_name", "settlement", "address", "region", "housing_area"
                ),
                key=str,
            ),
            "stays": sorted(
                Placement.objects.filter(household__voided_at=None).values_list(
                    "household", "settlement", "from_on", "to_on"
                ),
                key=str,
            ),
            "verdicts": sorted(Verdict.objects.values_list("household", "code", "people", "settlement")),
            "counters": sorted(
                Counter.objects.values_list("settlement", "households", "people", "n_stable", "n_zero", "labourers")
            ),
            "jobs": sorted(Employment.objects.values_list("pk", "region")),
        }


def figures(on: dt.date) -> tuple:
    with whole():
        found = figures_on(on)
    return tuple(found[name] for name in ("households", "people", "labourers", "n_stable", "n_zero", "n_no_labour"))


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
    known = people(county)
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
    if name == "settlement":  # the settlement itself stays
        again["counters"] = [row for row in again["counters"] if row[1:] != (0,) * 5]
        before["counters"] = [row for row in before["counters"] if row[1:] != (0,) * 5]
    assert again == before
    assert figures(LAST_MONTH) == past
    with acting_as(county), pytest.raises(Refused) as refused:
        undo(event, "再撤", by=county)
    assert [problem.code for problem in refused.value.problems] == ["undone"]
