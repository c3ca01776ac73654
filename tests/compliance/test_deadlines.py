"""Deadlines are set and cleared by actions: the next step of a zero-employment case is the first of them."""

import datetime as dt

import pytest

from alerts.models import Deadline
from common.scope import acting_as
from compliance.actions import assign_zero_case
from compliance.models import ZeroCase
from employment.actions import save_employments
from households.models import Person
from tests import world

pytestmark = pytest.mark.django_db


def test_the_next_step_sets_one_deadline_moves_it_and_the_verdict_clears_it(clock):
    day = clock("2022-03-01")
    county = world.user("wangmo", "county", world.WANGMO)
    household = world.household(county, world.settlement(county))
    with acting_as(county):
        case = ZeroCase.objects.get(household=household)
        assign_zero_case(case, county, "推荐岗位", dt.date(2022, 3, 10), by=county)
        assign_zero_case(case, county, "再次走访", dt.date(2022, 3, 20), by=county)
        deadline = Deadline.objects.get()
        assert (deadline.due_on, deadline.responsible, deadline.set_on) == (dt.date(2022, 3, 20), county, day)
        save_employments([{"person": Person.objects.get(household=household), **world.job()}], by=county)
        assert Deadline.objects.get().cleared_on == day
        assert ZeroCase.objects.get().closed_on == day
