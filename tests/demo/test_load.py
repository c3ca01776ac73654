"""Loading: what is stored, and that nothing escapes history, verdicts, counters and keys."""

import datetime as dt
import io

import pytest
from django.core.management import CommandError, call_command
from django.db import connections
from django.db.models import Count, Sum

from common import scope
from compliance.actions import recompute_all
from compliance.models import Counter, Verdict
from households.models import Household, Person
from relocation.demo import load
from relocation.demo.generate import COLUMNS
from relocation.demo.plan import COUNTY_DEMO, GUIZHOU, Totals, make_plan
from settlements.models import Settlement, tier_of

pytestmark = pytest.mark.django_db(transaction=True, databases=["default", "owner"])
ON = dt.date(2026, 3, 31)


def query(statement):
    with connections["owner"].cursor() as cursor:
        cursor.execute(statement)
        return cursor.fetchall()


def figures() -> dict:
    """What the counters add up to, in the words of the totals."""
    with scope.whole():
        concentrated = Counter.objects.filter(settlement__placement="concentrated")
        urban = concentrated.filter(settlement__location="urban")
        sums = Counter.objects.aggregate(
            people=Sum("people"),
            households=Sum("households"),
            labour_households=Sum("d_labour_any"),
            employed_households=Sum("m_labour_any"),
            employed_persons=Sum("employed_persons"),
            cross_county_people=Sum("cross_county_people"),
        )
        return sums | {
            "settlements": concentrated.count(),
            "urban_settlements": urban.count(),
            "urban_people": urban.aggregate(people=Sum("people"))["people"],
            "dispersed_groups": Counter.objects.filter(settlement__placement="dispersed").count(),
        }


def silent(*args):
    """Progress is not looked at here."""


def test_small_province_is_exact_and_whole(clock):
    clock(ON)
    totals = GUIZHOU.scaled(100)
    plans = make_plan(load.counties_of([load.GUIZHOU]), totals, seed=7)
    load.load(plans, on=ON, seed=7, say=silent)
    assert load.judge(ON, silent) == totals.households
    assert figures() == vars(totals)
    for table in COLUMNS:
        rows, events = (query(f"SELECT count(*) FROM {name}")[0][0] for name in (table, f"{table}_event"))
        assert rows == events > 0, table
    assert query("SELECT DISTINCT event_op, event_source FROM households_person_event") == [("I", "load_demo")]
    with scope.whole():
        tiers = Settlement.objects.values_list("tier", "counter__people", "placement")
        assert all(tier == tier_of(people, placement) for tier, people, placement in tiers)
        codes = dict(Verdict.objects.values_list("code").annotate(Count("pk")))
        assert min(codes.get(code, 0) for code in ("expiring", "stable", "employed", "unwilling", "zero")) > 0
        assert codes["stable"] > codes["employed"] > codes["expiring"]
        # Keys go on after the loaded ones.
        last = Person.objects.order_by("-pk").first()
        assert query("SELECT nextval(pg_get_serial_sequence('households_person', 'id'))")[0][0] == last.pk + 1
        assert last.id_number is None or 529900 <= int(last.id_number[:6]) <= 529998
    # A full recomputation finds nothing to correct.
    assert recompute_all(on=ON) == (totals.households, 0)


def test_indexes_and_references_are_put_back(clock, monkeypatch):
    clock(ON)
    catalogue = (
        "SELECT indexdef FROM pg_indexes WHERE schemaname = 'public' UNION ALL"
        " SELECT conrelid::regclass || pg_get_constraintdef(oid) FROM pg_constraint ORDER BY 1"
    )
    before = query(catalogue)
    monkeypatch.setattr(load, "BIG", 0)
    plans = make_plan(load.counties_of([load.GUIZHOU]), Totals(3, 2, 900, 700, 215, 190, 181, 390, 120), seed=1)
    load.load(plans, on=ON, seed=1, say=silent)
    assert query(catalogue) == before
    assert load.judge(ON, silent) == 215


def test_a_failing_load_leaves_nothing(monkeypatch):
    plans = make_plan(load.counties_of([load.GUIZHOU]), Totals(3, 2, 900, 700, 215, 190, 181, 390), seed=1)

    def fail(using):
        raise RuntimeError("the connection broke")

    monkeypatch.setattr(load, "_set_sequences", fail)
    with pytest.raises(RuntimeError):
        load.load(plans, on=ON, seed=1, say=silent)
    assert load.generated_households() == 0
    assert query("SELECT count(*) FROM households_person_event") == [(0,)]


def test_command_loads_the_county_once(clock):
    clock(ON)
    call_command("load_demo", scale="county", stdout=io.StringIO())
    wanted = {code: totals.households for code, totals in COUNTY_DEMO.items()}
    with scope.whole():
        assert {code: Household.objects.under(code).count() for code in wanted} == wanted
        assert Household.objects.under(522326004000).exists()
        assert Settlement.objects.filter(placement="dispersed", tier="").count() == 2
    again = io.StringIO()
    call_command("load_demo", scale="county", stdout=again)
    assert "is there already" in again.getvalue()
    with pytest.raises(CommandError, match="of another scale"):
        call_command("load_demo", scale="province", stdout=io.StringIO())


def test_nation_needs_the_divisions_of_all_provinces():
    with pytest.raises(load.CannotLoad, match="Load those of the other provinces first"):
        load.plan_for("nation", 1)


@pytest.mark.parametrize("day", ["2016-12-31", "2091-01-01"])
def test_days_without_a_demo_are_refused(day):
    with pytest.raises(CommandError, match="choose a day"):
        call_command("load_demo", on=dt.date.fromisoformat(day), stdout=io.StringIO())


@pytest.mark.slow
def test_province_reproduces_the_published_figures(clock):
    clock("2019-12-31")
    call_command("load_demo", scale="province", stdout=io.StringIO())
    found = figures()
    assert found == vars(GUIZHOU)
    assert round(100 * found["employed_households"] / found["labour_households"], 2) == 95.59
