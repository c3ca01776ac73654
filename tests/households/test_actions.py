"""The only writers of households: what they store, refuse, and leave behind."""

import datetime as dt

import pytest
from django.db import connections

from common.problems import Conflict, Refused
from common.scope import acting_as
from employment.actions import save_employments
from employment.models import Employment
from households.actions import leave_household, save_households, save_persons, void_households, void_persons
from households.models import Household, Membership, Person, Placement
from tests import world

pytestmark = pytest.mark.django_db


@pytest.fixture
def county():
    return world.user("wangmo", "county", world.WANGMO)


@pytest.fixture
def home(county):
    return world.settlement(county)


def events(table: str, pk: int) -> list[tuple]:
    with connections["default"].cursor() as cursor:
        cursor.execute(f'SELECT event_op, event_by FROM "{table}_event" WHERE id = %s ORDER BY event_id', [pk])
        return cursor.fetchall()


def test_a_roster_block_becomes_household_members_jobs_and_spells(county, home):
    found = world.household(
        county, home, [world.member("田娜"), world.member("田强", "03")], [[world.job()], []], origin_township="乐旺镇"
    )
    with acting_as(county):
        stored = Household.objects.get(pk=found.pk)
        assert (stored.head_name, stored.region, stored.origin_division) == ("田娜", home.region, 522326103000)
        assert Person.objects.filter(household=stored).count() == 2
        assert Employment.objects.get(person__household=stored).region == home.region
        assert Membership.objects.filter(household=stored, joined_on=None, left_on=None).count() == 2
        assert Placement.objects.get(household=stored).settlement_id == home.pk
        assert events("households_household", stored.pk)[0] == ("I", county.pk)


def test_sex_and_birth_date_come_from_the_number(county, home):
    found = world.household(county, home, [world.member(birth=dt.date(2000, 2, 29), sex="2")])
    with acting_as(county):
        person = Person.objects.get(household=found)
    assert (person.sex, person.birth_date) == ("2", dt.date(2000, 2, 29))


def test_saving_the_same_again_writes_nothing(county, home):
    found = world.household(county, home)
    with acting_as(county):
        person = Person.objects.get(household=found)
        saved = save_persons([{"household": found, "name": person.name, "id_number": person.id_number}], by=county)
        assert (saved.new, saved.changed, saved.unchanged) == (0, 0, 1)
        assert len(events("households_person", person.pk)) == 1


@pytest.mark.parametrize(
    ("relations", "code"), [(["03"], "no_head"), (["01", "01"], "two_heads"), (["01", "02", "02"], "two_spouses")]
)
def test_families_without_one_head_are_refused_whole(county, home, relations, code):
    with pytest.raises(Refused) as refused:
        world.household(county, home, [world.member(f"人{i}", relation) for i, relation in enumerate(relations)])
    assert [problem.code for problem in refused.value.problems] == [code]
    with acting_as(county):
        assert not Household.objects.exists()


def test_two_who_change_the_same_version_conflict(county, home):
    found = world.household(county, home)
    with acting_as(county):
        row = Household.objects.get(pk=found.pk)
        save_households([{"id": row.pk, "version": row.version, "address": "1栋101"}], by=county)
        with pytest.raises(Conflict) as conflict:
            save_households([{"id": row.pk, "version": row.version, "address": "1栋102"}], by=county)
        assert conflict.value.current == {"id": row.pk, "version": row.version + 1, "address": "1栋101"}
        assert Household.objects.get(pk=row.pk).address == "1栋101"


def test_moving_to_another_settlement_takes_the_members_along_and_ends_the_stay(county, home):
    found = world.household(county, home, jobs=[[world.job()]])
    other = world.settlement(county, 522326002000)
    day = dt.date(2021, 5, 6)
    with acting_as(county):
        save_households([{"id": found.pk, "settlement": other}], by=county, on=day)
        assert Household.objects.get(pk=found.pk).region == other.region
        for model in (Person, Membership, Employment):
            assert set(model.objects.values_list("region", flat=True)) == {other.region}, model
        stays = Placement.objects.filter(household=found).order_by("id").values_list("settlement", "to_on", "from_on")
        assert list(stays) == [(home.pk, day, None), (other.pk, None, day)]


def test_leaving_ends_the_spell_and_a_head_cannot_leave_the_rest_without_one(county, home):
    found = world.household(county, home, [world.member("田娜"), world.member("田强", "03")])
    with acting_as(county):
        head, son = Person.objects.filter(household=found).order_by("relation")
        leave_household([son.pk], left_on=dt.date(2021, 1, 5), reason="marriage", by=county)
        spell = Membership.objects.get(person=son)
        assert (spell.left_on, spell.reason) == (dt.date(2021, 1, 5), "marriage")
        with pytest.raises(Refused):
            save_persons([{"id": head.pk, "relation": "03"}], by=county)


def test_what_was_entered_by_mistake_is_voided_with_a_reason_and_its_number_is_free_again(county, home):
    member = world.member()
    found = world.household(county, home, [member])
    with acting_as(county):
        assert void_households([found.pk], reason="重复录入", by=county) == 1
        stored = Household.objects.get(pk=found.pk)
        assert (stored.void_reason, stored.voided_by) == ("重复录入", county)
    again = world.household(county, home, [member])
    with acting_as(county):
        assert Person.objects.filter(voided_at=None).get().household_id == again.pk


def test_voiding_the_only_head_of_several_is_refused(county, home):
    found = world.household(county, home, [world.member("田娜"), world.member("田强", "03")])
    with acting_as(county):
        head = Person.objects.get(household=found, relation="01")
        with pytest.raises(Refused):
            void_persons([head.pk], reason="误录", by=county)


def test_a_job_that_ends_on_its_first_day_is_a_job(county, home):
    day = dt.date(2020, 6, 30)
    found = world.household(county, home)
    with acting_as(county):
        person = Person.objects.get(household=found)
        saved = save_employments([{"person": person, **world.job(day, day)}], by=county)
        assert saved.objects[0].end_date == day
