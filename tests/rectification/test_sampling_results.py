"""What a sample says: estimates beside the reported figures, findings, problems."""

import datetime as dt

import pytest
from django.db import connection

from common.ledger import registry
from common.scope import acting_as, whole
from compliance.actions import recompute
from compliance.models import Finding
from ledgers import actions as ledger_actions
from rectification.actions.inspections_items import items_from_households
from rectification.actions.sampling import (
    publish,
)
from rectification.actions.sampling_findings import KIND, settle_all_findings, settle_findings
from rectification.models import ProblemClass, Sample
from rectification.queries.sampling_results import differences, redraw_of, results_of
from tests.rectification.drawing import drawn, found, three_homes, visits
from tests.rectification.inspecting import NOW, refused, team

pytestmark = pytest.mark.django_db


@pytest.fixture
def people(db, clock):
    clock(NOW)
    return team()


@pytest.fixture
def homes(people):
    return three_homes(people)


class TestResults:
    @pytest.fixture
    def surveyed(self, people, homes) -> Sample:
        """Half of each stratum: in the first county one reported job is not there, one household is absent."""
        sample = drawn(people.province, size=10)
        by_county = {}
        for visit in visits(sample, reserve=False):
            by_county.setdefault(visit.place_region // 10**6, []).append(visit)
        first, second = by_county[522326], by_county[522327]
        with_jobs = [visit for visit in first if visit.reported_employed]
        for visit in first + second:
            seen = 0 if visit == with_jobs[0] else visit.reported_persons
            if visit != first[-1] or visit == with_jobs[0]:
                found(people.province, visit, employed_seen=seen, satisfaction="mostly")
        return sample

    def test_estimates_stand_beside_the_reported_figures(self, people, surveyed):
        with acting_as(people.province):
            results = {result.key: result for result in results_of(surveyed)}
        employed = results["employed"]
        assert [line.stratum.key for line in employed.strata] == ["522326000000/-/-", "522327000000/-/-"]
        assert employed.overall.reported == pytest.approx(15 / 20)
        assert results["living"].overall.reported == 1 and results["living"].overall.estimate.value == 1
        assert results["satisfied"].overall.reported is None and results["satisfied"].overall.within is None
        by_hand = sum(line.population / 20 * line.estimate.value for line in employed.strata)
        assert employed.overall.estimate.value == pytest.approx(by_hand)
        assert employed.overall.estimate.drawn == 10
        assert results["persons"].overall.estimate.method == "normal"

    def test_only_differences_are_listed(self, people, surveyed):
        with acting_as(people.province):
            rows = list(differences(surveyed))
        assert [(row.employed_agrees, row.living_agrees) for row in rows] == [("differ", "agree")]

    def test_findings_open_close_and_repeat(self, people, surveyed):
        by = people.province
        with acting_as(by):
            assert refused(settle_findings, surveyed, by=by) == {("", "not_published")}
            publish(surveyed, by=by, on=NOW)
            # Publishing itself opens them.
            assert settle_findings(surveyed, by=by, on=NOW) == (0, 0)
            [visit] = differences(surveyed)
        with acting_as(people.county):
            finding = Finding.objects.get(rule=KIND)
            assert (finding.subject, finding.region, finding.ledger) == (visit.code, visit.place_region, "households")
            assert finding.evidence == {
                "sample": surveyed.pk,
                "living": "yes",
                "reported_employed": 1,
                "employed_seen": 0,
            }
            page_rows = registry["findings"].rows(people.county).filter(rule=KIND)
            assert page_rows.count() == 1
        # The county puts its figures right: the job has ended.
        with acting_as(people.county), connection.cursor() as cursor:
            cursor.execute(
                "UPDATE employment_employment SET end_date = %s WHERE person_id IN"
                " (SELECT id FROM households_person WHERE household_id = %s)",
                [NOW - dt.timedelta(1), visit.household_id],
            )
            recompute([visit.household_id], on=NOW)
        with whole():
            assert settle_all_findings(on=NOW + dt.timedelta(1)) == (0, 1)
            assert settle_all_findings(on=NOW + dt.timedelta(1)) == (0, 0)
            finding.refresh_from_db()
        assert finding.closed_on == NOW + dt.timedelta(1)

    def test_a_corrected_sheet_closes_its_finding(self, people, surveyed):
        by = people.province
        with acting_as(by):
            publish(surveyed, by=by, on=NOW)
            [visit] = differences(surveyed)
            assert Finding.objects.get(rule=KIND).closed_on is None
        found(by, visit, employed_seen=1)
        with acting_as(by):
            assert Finding.objects.get(rule=KIND).closed_on == NOW
        found(by, visit, employed_seen=0)
        with acting_as(by):
            assert Finding.objects.filter(rule=KIND, closed_on=None).count() == 1
            ledger_actions.void(registry["samples"], [surveyed.pk], "方案有误", by, NOW)
            assert not Finding.objects.filter(rule=KIND, closed_on=None).exists()

    def test_differences_become_problems_once(self, people, homes):
        by = people.drc
        sample = drawn(by, size=8)
        for visit in visits(sample, reserve=False):
            found(by, visit, employed_seen=0)
        kind = ProblemClass.objects.get(region=0, code="N1")
        with acting_as(by):
            rows = [visit.pk for visit in differences(sample)]
            assert refused(items_from_households, sample, rows, by=by, values={"problem_class": kind}) == {
                ("", "not_published")
            }
            publish(sample, by=by, on=NOW)
            assert refused(items_from_households, sample, rows, by=by, values={}) == {("problem_class", "required")}
            made = items_from_households(sample, rows, by=by, values={"problem_class": kind}, on=NOW)
            again = items_from_households(sample, rows, by=by, values={"problem_class": kind}, on=NOW)
        assert [item.pk for item in made] == [item.pk for item in again] and len(made) == len(rows)
        assert made[0].origin.sample == sample and made[0].state == "draft"
        visit = next(v for v in visits(sample) if v.pk == rows[0])
        assert visit.code in made[0].description
        with whole():
            assert visit.household.head_name not in made[0].description
            assert made[0].region == visit.place_region // 10**6 * 10**6

    def test_a_voided_sample_stays_readable_and_is_counted_no_more(self, people, surveyed):
        with acting_as(people.province):
            ledger_actions.void(registry["samples"], [surveyed.pk], "方案有误", people.province, NOW)
            assert not registry["samples"].rows(people.province).exists()
            assert redraw_of(surveyed).equal
            assert settle_all_findings(on=NOW) == (0, 0)
