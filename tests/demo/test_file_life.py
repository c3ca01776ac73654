"""The generated events tell what the generated members' dates tell, stand in history, and can be undone."""

import time

import pytest
from django.db import connections

from accounts.models import User
from common import scope
from households.actions.life_undoing import undo
from households.codes import life as codes
from households.models import HouseholdEvent, Membership, Person, TransferRequest
from relocation.demo import accounts, file_life, load
from relocation.demo.plan import COUNTY_DEMO, make_plan
from tests.demo.test_load import ON, silent

NEIGHBOUR = 522327000000
pytestmark = pytest.mark.django_db(transaction=True, databases=["default", "owner"])


def test_events_of_the_county(clock):
    clock(ON)
    accounts.make_accounts()
    counties = load.counties_of([load.GUIZHOU])
    by_code = {county.code: county for county in counties}
    totals = COUNTY_DEMO[NEIGHBOUR]
    plans = [plan for code in (file_life.COUNTY, NEIGHBOUR) for plan in make_plan([by_code[code]], totals, 3, counties)]
    load.load(plans, on=ON, seed=3, say=silent)
    load.judge(ON, silent)
    began = time.monotonic()
    file_life.load(ON, 3, silent)
    assert time.monotonic() - began < 2
    file_life.load(ON, 3, silent)
    user = User.objects.get(username="county")
    with scope.acting_as(user):
        events = {kind: HouseholdEvent.objects.filter(kind=kind) for kind in (codes.DEATH, codes.MARRIED_IN)}
        assert events[codes.DEATH].count() == Person.objects.exclude(died_on=None).count() > 0
        assert events[codes.MARRIED_IN].count() == Membership.objects.exclude(joined_on=None).count() > 0
        assert HouseholdEvent.objects.filter(kind=codes.BIRTH).exists()
        assert set(HouseholdEvent.objects.values_list("recorded_by__username", flat=True)) == {"county"}
        request = TransferRequest.objects.get()
        assert (request.state, request.partner // 10**6, request.asked_by) == (codes.ASKED, NEIGHBOUR // 10**6, user)
        event = events[codes.DEATH].first()
        undo(event, "误报", by=user)
        assert Person.objects.get(pk=event.person_id).died_on is None
    with connections["owner"].cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM households_householdevent v"
            " LEFT JOIN households_householdevent_event e ON e.id = v.id WHERE e.id IS NULL"
        )
        assert cursor.fetchone()[0] == 0
