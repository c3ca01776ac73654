"""The demo county's households and people in full, and how long filling them takes."""

import datetime as dt
import time

import pytest

from common.scope import whole
from households.models import CadreLink, Grid, GridManager, Household, Person
from relocation.demo import file_people, load
from relocation.demo.plan import COUNTY_DEMO
from tests.demo.test_load import silent

ON = dt.date(2020, 6, 30)


@pytest.mark.django_db(databases=["default", "owner"], transaction=True)
def test_every_generated_household_has_its_facts_grid_and_cadre(clock):
    clock(ON)
    plans = [plan for plan in load.plan_for("county", 7) if plan.region // 10**6 == 522326][:6]
    assert plans and COUNTY_DEMO
    load.load(plans, on=ON, seed=7, say=silent)
    begun = time.monotonic()
    file_people.load(ON, 7, silent)
    spent = time.monotonic() - begun
    file_people.load(ON, 7, silent)  # a second time changes nothing
    with whole():
        homes = Household.objects.filter(region__gte=522326000000, region__lt=522327000000)
        total, people = homes.count(), Person.objects.filter(household__in=homes).count()
        assert 0.95 < homes.filter(grid__level="5").count() / homes.exclude(building="").count() <= 1
        assert homes.filter(household_kind="").count() == homes.filter(task_year=None).count() == 0
        assert set(Grid.objects.values_list("level", flat=True)) == {"1", "2", "3", "4", "5"}
        assert GridManager.objects.count() == Grid.objects.count()
        assert 0.9 < CadreLink.objects.filter(to_on=None).count() / total <= 1
        party = Person.objects.filter(political_status="1").count() / people
        assert 0.005 < party < 0.06
        assert Person.objects.exclude(id_valid_to=None).count() > 0.9 * people
        assert not Person.objects.filter(id_valid_to__lt=ON).exists()
    print(f"{spent:.2f} s for {total} households, {people} people")
    assert spent < 4 * max(1, people / 25_000), f"{spent:.1f} s for {total} households"
