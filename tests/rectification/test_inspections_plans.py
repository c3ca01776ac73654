"""Yearly plans: how a year stands, and the finding when fewer than four campaigns are planned or carried out (R-242)."""

import datetime as dt

import pytest
from django.test import Client

from common.problems import Refused
from common.rule import rules
from common.scope import acting_as
from compliance.models import Finding
from compliance.rule_engine import evaluate
from rectification.actions.inspections import save_inspections, save_plans
from rectification.models import Inspection, InspectionPlan
from rectification.queries.inspections import progress_of, settlements_visited
from rectification.tasks import settle_findings
from tests import world
from tests.rectification.inspecting import NOW, PROVINCE, act, field_check, inspection, refused, team

pytestmark = pytest.mark.django_db


@pytest.fixture
def people(db, clock):
    clock(NOW)
    return team()


class TestPlans:
    @pytest.fixture
    def plan(self, people) -> InspectionPlan:
        with acting_as(people.province):
            return save_plans([{"year": 2026, "title": "2026年督查检查计划"}], by=people.province, on=NOW).objects[0]

    def test_one_a_year_and_unit(self, people, plan):
        assert (plan.least, plan.unit, plan.region) == (4, people.province.unit, PROVINCE)
        with acting_as(people.colleague):
            saved = save_plans([{"year": 2026, "title": "改"}], by=people.colleague, on=NOW)
        assert (saved.new, saved.changed) == (0, 1)
        with acting_as(people.city), pytest.raises(Refused):
            save_plans([{"id": plan.pk, "title": "x"}], by=people.city, on=NOW)

    def test_how_the_year_stands_by_quarter(self, people, plan):
        def campaign(month, kind="supervision", **values):
            return inspection(people.province, kind=kind, plan=plan, month=month, counties="望谟县", **values)

        first = campaign(3, from_on=dt.date(2026, 3, 2), to_on=dt.date(2026, 3, 6))
        act(first, "start", people.province)
        campaign(8, kind="survey")
        campaign(9, kind="patrol")  # planned, and no campaign
        act(campaign(10), "cancel", people.province, reason="并入年底检查")
        with acting_as(people.province):
            progress = progress_of(plan, people.province, NOW)
        assert (progress.campaigns_planned, progress.campaigns_done, progress.all_planned) == (2, 1, 3)
        assert (progress.missing_from_plan, progress.missing) == (2, 3)
        told = [(q.ends_on, q.expected, q.planned, q.done, q.ahead, q.missing) for q in progress.quarters]
        assert told == [
            (dt.date(2026, 3, 31), 1, 1, 1, False, 0),
            (dt.date(2026, 6, 30), 2, 1, 1, True, 1),  # only one planned by then
            (dt.date(2026, 9, 30), 3, 2, 1, True, 1),
            (dt.date(2026, 12, 31), 4, 2, 1, True, 2),
        ]
        with acting_as(people.province):
            later = progress_of(plan, people.province, dt.date(2026, 7, 1))
        assert (later.quarters[1].ahead, later.quarters[1].missing) == (False, 1)

    def test_fewer_than_four_campaigns_are_a_finding(self, people, plan):
        rule = rules["R-242"]

        def campaign(title: str, **values) -> Inspection:
            return inspection(people.province, kind="supervision", title=title, counties="望谟县", **values)

        done = [campaign(f"第{n}次", from_on=dt.date(2026, 3, n), to_on=dt.date(2026, 3, n)) for n in (1, 2)]
        for one in done:
            act(one, "start", people.province)
        campaign("第3次")
        campaign("暗访", way="secret")  # it would tell of itself
        assert evaluate(rule, on=NOW) == (1, 0, 0)
        with acting_as(people.drc):
            finding = Finding.objects.get(rule="R-242")
        assert (finding.ledger, finding.subject, finding.region) == ("inspection-plans", str(plan.pk), PROVINCE)
        assert finding.evidence == {"year": 2026, "planned": 3, "done": 2, "due": 1}
        client = Client(headers={"accept-language": "zh-hans"})
        client.force_login(people.drc)
        assert f"/ledgers/inspection-plans/{plan.pk}/" in client.get("/ledgers/findings/?rule=R-242").content.decode()
        campaign("第4次")
        settle_findings()  # what each night does
        with acting_as(people.drc):
            assert Finding.objects.get(rule="R-242").closed_on == NOW
        # Four planned are not enough once the quarters are over.
        assert evaluate(rule, on=dt.date(2026, 7, 1)) == (0, 0, 0)
        assert evaluate(rule, on=dt.date(2026, 10, 1)) == (1, 0, 0)

    @pytest.mark.parametrize(("least", "expected"), [(1, [1, 1, 1, 1]), (4, [1, 2, 3, 4]), (6, [2, 3, 5, 6])])
    def test_what_is_expected_by_each_quarter(self, people, plan, least, expected):
        with acting_as(people.province):
            plan = save_plans([{"id": plan.pk, "least": least}], by=people.province, on=NOW).objects[0]
            assert [q.expected for q in progress_of(plan, people.province, NOW).quarters] == expected

    def test_a_plan_of_another_year_is_told(self, people, plan):
        with acting_as(people.province):
            rows = [{"year": 2025, "title": "检查", "kind": "visit", "plan": plan}]
            assert refused(save_inspections, rows, by=people.province) == {("plan", "other_plan")}

    def test_settlements_visited_in_the_year(self, people):
        found = inspection(people.province)
        act(found, "start", people.province)
        homes = [world.settlement(people.county) for _n in range(3)]
        household = world.household(people.county, homes[1], on=NOW)
        field_check(found, people.province, homes[0])
        field_check(found, people.province, None, household=household)
        with acting_as(people.province):
            assert settlements_visited(world.WANGMO, 2026, people.province) == (2, 3)
            assert settlements_visited(world.WANGMO, 2025, people.province) == (0, 3)
            assert settlements_visited(world.CEHENG, 2026, people.province) == (0, 0)
