"""The generated files of the county's households: every part filled, sound in every row, near the figures that are published,
in history, and not done twice."""

from dataclasses import replace

import pytest
from django.db import connections
from django.db.models import Count

from accounts.models import User
from alerts.models import Deadline
from common import scope
from common.ledger import registry
from households import models as files
from households.actions.income import settle_incomes
from households.actions.life_undoing import undo
from households.codes import life as codes
from households.models import Household, Membership, Person
from households.queries.confirmation import state_counts
from households.queries.homes import counts
from households.queries.origin import land_progress, progress
from households.queries.plans import by_plan
from households.queries.visits import by_visit
from relocation.demo import accounts, household_file, load
from relocation.demo.plan import COUNTY_DEMO, make_plan
from tests import world
from tests.demo.test_load import ON, silent

WANGMO, NEIGHBOUR = 522326000000, 522327000000
pytestmark = pytest.mark.django_db(transaction=True, databases=["default", "owner"])
# Every kind of row that the files consist of, with the least number of rows for 300 households.
FILLED = {
    "Grid": 10, "GridManager": 10, "CadreLink": 250, "IndustrySupport": 50, "Income": 500, "Insurance": 2000,
    "MinimumLiving": 10, "TemporaryRelief": 2, "Schooling": 100, "DoctorContract": 150, "Disability": 10, "RiskCase": 1,
    "RiskLevel": 250, "Home": 300, "HukouState": 900, "OldHouse": 300, "QuotaProject": 2, "QuotaUse": 2, "LandRight": 800,
    "LandIncome": 100, "HouseholdEvent": 20, "TransferRequest": 1, "Visit": 400, "VisitStep": 50, "Confirmation": 200,
}  # fmt: skip


@pytest.fixture
def county(clock):
    """300 households of the demo county and as many of a neighbour, with their files."""
    clock(ON)
    accounts.make_accounts()
    counties = load.counties_of([load.GUIZHOU])
    by_code = {county.code: county for county in counties}
    totals = COUNTY_DEMO[NEIGHBOUR]
    plans = [
        *make_plan([by_code[WANGMO]], replace(totals, dispersed_groups=1), 2, counties),
        *make_plan([by_code[NEIGHBOUR]], totals, 2, counties),
    ]
    load.load(plans, on=ON, seed=2, files=True, say=silent)
    load.judge(ON, silent)
    with scope.whole():
        before = {
            row.pk: (row.members, row.per_head, row.previous_per_head, row.change) for row in files.Income.objects.all()
        }
        settle_incomes(Household.objects.values_list("pk", flat=True))
        assert before == {
            row.pk: (row.members, row.per_head, row.previous_per_head, row.change) for row in files.Income.objects.all()
        }
    household_file.follow(ON, silent)


def test_every_part_is_filled_sound_and_in_history(county):
    with scope.whole():
        numbers = {name: getattr(files, name).objects.count() for name in FILLED}
        assert {name: n for name, n in numbers.items() if n < FILLED[name]} == {}
        for name in set(FILLED) - {"RiskLevel", "TransferRequest", "HouseholdEvent"}:
            for row in getattr(files, name).objects.order_by("pk")[::41]:
                row.clean()
        household_file.follow(ON, silent)  # a second time stores nothing
        assert {name: getattr(files, name).objects.count() for name in FILLED} == numbers
    with connections["owner"].cursor() as cursor:
        for model in (Household, Person, *(getattr(files, name) for name in set(FILLED) - {"RiskLevel"})):
            table = model._meta.db_table
            cursor.execute(f"SELECT count(*) FROM {table} t LEFT JOIN {table}_event e USING (id) WHERE e.id IS NULL")
            assert cursor.fetchone() == (0,), table
        cursor.execute("SELECT count(*) FROM households_person_event WHERE event_op = 'U'")
        assert cursor.fetchone()[0] < 20  # stored in full at once


def test_rates_are_near_the_published_figures(county):
    everything = world.user("all", "auditor", 0)
    with scope.whole():
        homes = Household.objects.filter(voided_at=None)
        total, people = homes.count(), Person.objects.count()
        told = counts(files.Home.objects.all(), ON)
        assert told["homes"] == told["handed_over"] == told["accepted"] == total
        assert 0.84 < told["issued"] / told["handed_over"] < 0.96
        assert told["stale"] < 0.08 * total and told["over_area"] < 0.03 * total
        assert registry["findings"].model.objects.filter(rule="home-area", closed_on=None).count() == told["over_area"]
        whole, _parts = progress(520000000000, everything, ON)
        assert 0.85 < whole.counts["demolished"] / whole.counts["due"] < 1
        assert 0.85 < whole.counts["reclaimed"] / whole.counts["demolished"] < 1
        overdue = files.OldHouse.objects.filter(demolished_on=None, keep_ground="", transition_until__lt=ON).count()
        assert overdue < 0.02 * total  # an inbox that can be read
        lands = land_progress(files.LandRight.objects.all())
        assert 0.85 < lands["used"] / lands["holding"] < 1
        assert homes.filter(household_kind="").count() == homes.filter(task_year=None).count() == 0
        assert homes.filter(grid__level="5").count() > 0.95 * total
        assert set(files.Grid.objects.values_list("level", flat=True)) == {"1", "2", "3", "4", "5"}
        assert files.GridManager.objects.count() == files.Grid.objects.count()
        assert Person.objects.exclude(id_valid_to=None).count() > 0.9 * people
        assert not Person.objects.filter(id_valid_to__lt=ON).exists()
        confirmed = sum(each["valid"] for each in state_counts(homes, "settlement_id").values())
        assert 0.7 < confirmed / total < 0.92
        assert 0.02 < by_visit(homes, "overdue", ON).count() / total < 0.3
        dispersed = homes.filter(settlement__placement="dispersed").count()
        assert by_plan(homes, "missing").count() <= dispersed / 5
        assert not files.HouseholdPlan.objects.annotate(n=Count("measures")).filter(n=0).exists()
        open_ones = files.VisitStep.objects.filter(done_on=None).count()
        open_ones += files.PlanMeasure.objects.exclude(state="done").count()
        due = Deadline.objects.filter(cleared_on=None, ledger__in=("visit-steps", "plan-measures"))
        assert due.count() == open_ones
        assert not files.Visit.objects.filter(visited_on__gt=ON).exists()


def test_events_tell_what_the_members_dates_tell_and_can_be_undone(county):
    user = User.objects.get(username="county")
    with scope.acting_as(user):
        events = {kind: files.HouseholdEvent.objects.filter(kind=kind) for kind in (codes.DEATH, codes.MARRIED_IN)}
        assert events[codes.DEATH].count() == Person.objects.exclude(died_on=None).count() > 0
        assert events[codes.MARRIED_IN].count() == Membership.objects.exclude(joined_on=None).count() > 0
        assert set(files.HouseholdEvent.objects.values_list("recorded_by__username", flat=True)) == {"county"}
        request = files.TransferRequest.objects.get()
        assert (request.state, request.partner // 10**6, request.asked_by) == (codes.ASKED, NEIGHBOUR // 10**6, user)
        event = events[codes.DEATH].first()
        undo(event, "误报", by=user)
        assert Person.objects.get(pk=event.person_id).died_on is None
