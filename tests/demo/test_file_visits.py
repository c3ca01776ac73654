"""What is done at the files of the county's generated households: plausible, quick, and the same for the same seed."""

import time

import pytest
from django.db import connections
from django.db.models import Count

from alerts.models import Deadline
from common import scope
from households.models import Confirmation, Household, HouseholdPlan, PlanMeasure, Visit, VisitStep
from households.queries.confirmation import state_counts
from households.queries.plans import by_plan
from households.queries.visits import by_visit
from relocation.demo import accounts, file_visits, load
from relocation.demo.plan import COUNTY_DEMO, make_plan
from tests.demo.test_load import ON, silent

pytestmark = pytest.mark.django_db(transaction=True, databases=["default", "owner"])


def test_plans_visits_and_confirmations_of_the_county(clock):
    clock(ON)
    accounts.make_accounts()
    county = next(c for c in load.counties_of([load.GUIZHOU]) if c.code == file_visits.COUNTY)
    plans = make_plan([county], COUNTY_DEMO[file_visits.COUNTY], 3, load.counties_of([load.GUIZHOU]))
    load.load(plans, on=ON, seed=3, say=silent)
    began = time.monotonic()
    number = file_visits.load(ON, 3, silent)
    took = time.monotonic() - began
    assert number > 10_000 and took < 10
    print(f"{number} rows in {took:.2f} s")
    assert file_visits.load(ON, 3, silent) == 0
    with scope.whole():
        homes = Household.objects.filter(voided_at=None)
        total = homes.count()
        counts = {key: sum(c[key] for c in state_counts(homes, "settlement_id").values()) for key in ("all", "valid")}
        assert counts["all"] == total and 0.75 < counts["valid"] / total < 0.9
        assert 0.02 < by_visit(homes, "overdue", ON).count() / total < 0.3
        dispersed = homes.filter(settlement__placement="dispersed").count()
        assert dispersed and 0 < by_plan(homes, "missing").count() < dispersed / 5
        assert not HouseholdPlan.objects.annotate(n=Count("measures")).filter(n=0).exists()
        open_ones = VisitStep.objects.filter(done_on=None).count() + PlanMeasure.objects.exclude(state="done").count()
        assert (
            Deadline.objects.filter(cleared_on=None, ledger__in=("visit-steps", "plan-measures")).count() == open_ones
        )
        assert not Visit.objects.filter(visited_on__gt=ON).exists() and Confirmation.objects.exists()
        for obj in (*VisitStep.objects.all()[:50], *PlanMeasure.objects.all()[:50], *Visit.objects.all()[:50]):
            obj.clean()
    with connections["owner"].cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM households_visit v LEFT JOIN households_visit_event e ON e.id = v.id WHERE e.id IS NULL"
        )
        assert cursor.fetchone()[0] == 0
