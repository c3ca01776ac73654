"""Sampled households: check sheets and replacements."""

import datetime as dt

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction

from common.ledger import registry
from common.scope import acting_as, whole
from compliance.models import Verdict
from ledgers import actions as ledger_actions
from rectification.actions.inspections_checks import Answer
from rectification.actions.sampling import (
    frames_of,
    publish,
)
from rectification.actions.sampling_visits import check_visits, fill_in, replace, save_answers, save_visits
from rectification.models import Sample, SampleHousehold, SampleStratum
from rectification.queries.sampling_drawing import ranked
from rectification.queries.sampling_results import redraw_of, results_of
from tests import world
from tests.rectification.drawing import SEED, drawn, found, three_homes, visits
from tests.rectification.inspecting import NOW, checklist, refused, team

pytestmark = pytest.mark.django_db


@pytest.fixture
def people(db, clock):
    clock(NOW)
    return team()


@pytest.fixture
def homes(people):
    return three_homes(people)


class TestVisits:
    def test_what_was_found_is_held_against_what_is_reported(self, people, homes):
        sample = drawn(people.province, size=20)
        with_job = next(v for v in visits(sample) if v.reported_employed)
        without = next(v for v in visits(sample) if not v.reported_employed)
        for visit, seen, expected in [
            (with_job, 1, "agree"),
            (with_job, 0, "differ"),
            (without, 0, "agree"),
            (without, 2, "differ"),
        ]:
            assert found(people.province, visit, employed_seen=seen).employed_agrees == expected
        assert found(people.province, with_job, living="no").living_agrees == "differ"
        assert found(people.province, with_job, living="").living_agrees == ""

    @pytest.mark.parametrize(
        ("values", "field"),
        [
            ({"result": "absent", "living": "yes", "visited_on": NOW}, "result"),
            ({"living": "yes"}, "result"),
            ({"result": "found"}, "visited_on"),
        ],
    )
    def test_answers_belong_to_a_household_that_was_found(self, people, homes, values, field):
        visit = visits(drawn(people.province))[0]
        with acting_as(people.province), pytest.raises(ValidationError) as fault:
            save_visits([{"id": visit.pk, **values}], by=people.province)
        assert field in fault.value.message_dict

    def test_the_database_holds_it_too(self, people, homes):
        visit = visits(drawn(people.province))[0]
        with acting_as(people.province), pytest.raises(IntegrityError), transaction.atomic():
            SampleHousehold.objects.filter(pk=visit.pk).update(living="yes")

    def test_what_is_refused(self, people, homes):
        sample = drawn(people.province)
        visit, reserve = visits(sample, reserve=False)[0], visits(sample, reserve=True)[0]
        by = people.province

        def faults(**row):
            with acting_as(by):
                return {(field, code) for _i, field, _v, code, _m in check_visits([row], by)}

        assert faults(sample=sample, code="522326899999") == {("code", "not_drawn")}
        assert faults(id=reserve.pk, result="found") == {("code", "in_line")}
        assert faults(id=visit.pk, visited_on=NOW + dt.timedelta(1)) == {("visited_on", "future_date")}
        assert faults(id=visit.pk, code=reserve.code) == {("code", "no_change")}
        with acting_as(by):
            assert refused(ledger_actions.void, registry["sample-households"], [visit.pk], "误", by) == {("", "in_use")}

    def test_counties_read_theirs_once_it_is_published_and_write_nothing(self, people, homes):
        sample = drawn(people.province)
        for user in (people.county, people.other, people.city):
            with acting_as(user):
                assert not SampleHousehold.objects.exists() and not Sample.objects.visible_to(user).exists()
        with acting_as(people.province):
            publish(sample, by=people.province, on=NOW)
        for user, county in ((people.county, world.WANGMO), (people.other, world.CEHENG)):
            with acting_as(user):
                mine = SampleHousehold.objects.visible_to(user)
                assert mine.exists() and {v.place_region // 10**6 * 10**6 for v in mine} == {county}
                assert Sample.objects.visible_to(user).get().shown_seed == SEED
                assert refused(save_visits, [{"id": mine.first().pk, "note": "x"}], by=user) == {("sample", "not_now")}
                assert sorted(frames_of(sample)) == ["522326000000/-/-", "522327000000/-/-"]

    def test_further_questions(self, people, homes):
        asked = checklist(people.province, [("是否知晓政策", "yes_no", ""), ("户均培训次数", "number", "")])
        sample = drawn(people.province, checklist=asked)
        visit = visits(sample, reserve=False)[0]
        with acting_as(people.province):
            values = {"result": "found", "visited_on": NOW, "employed_seen": 1}
            told = {1: Answer("是"), 2: Answer("很多", "", "记不清")}
            assert refused(fill_in, visit, values, told, by=people.province) == {("question-2", "bad_number")}
            visit.refresh_from_db()
            assert visit.result == ""
            fill_in(visit, values, {**told, 2: Answer("2")}, by=people.province, on=NOW)
            assert [(a.position, a.answer) for a in visit.answers.order_by("position")] == [(1, "yes"), (2, "2")]
            results = {result.key: result for result in results_of(sample)}
            visit.refresh_from_db()
            row = {"visit": visit, "position": 1, "question": "是否知晓政策", "answer": "no"}
            save_answers([row], by=people.province, on=NOW)
            assert [a.answer for a in visit.answers.order_by("position")] == ["no", "2"]
        assert results["question-1"].overall.estimate.value == 1
        assert results["question-2"].overall.estimate.value == 2


class TestReplacing:
    def absent(self, by, visit, result="absent"):
        with acting_as(by):
            return save_visits([{"id": visit.pk, "result": result, "visited_on": NOW}], by=by, on=NOW).objects[0]

    def test_in_the_order_of_the_draw(self, people, homes):
        by = people.province
        sample = drawn(by, strata="none", size=4, reserve_percent=50)
        line = visits(sample, reserve=True)
        given = []
        for visit, result in zip(visits(sample, reserve=False)[:3], ("absent", "moved", "refused"), strict=True):
            gone = self.absent(by, visit, result)
            with acting_as(by):
                given.append(replace(gone, by=by, on=NOW))
                assert replace(gone, by=by, on=NOW) == given[-1]  # asked twice, the same one
                assert given[-1].replaces == gone and not given[-1].reserve
        assert [row.rank for row in given] == [5, 6, 7]
        assert [row.code for row in given[:2]] == [row.code for row in line]
        # The third was not in line: it is the next of the frame, as the redraw finds it.
        with whole():
            assert given[2].code == ranked(SEED, SampleStratum.objects.get(sample=sample).frame.codes.split("\n"))[6]
            verdict = Verdict.objects.get(household=given[2].household)
            assert (given[2].reported_verdict, given[2].reported_persons) == (verdict.code, verdict.employed_persons)
            assert redraw_of(sample).equal

    def test_only_one_that_was_not_found_is_replaced(self, people, homes):
        by = people.province
        sample = drawn(by)
        visit = visits(sample, reserve=False)[0]
        for prepare in (lambda: visit, lambda: found(by, visit)):
            row = prepare()
            with acting_as(by):
                assert refused(replace, row, by=by) == {("result", "not_replaced")}

    def test_the_result_of_a_replaced_one_stays(self, people, homes):
        by = people.province
        sample = drawn(by)
        gone = self.absent(by, visits(sample, reserve=False)[0])
        with acting_as(by):
            replace(gone, by=by, on=NOW)
            assert refused(save_visits, [{"id": gone.pk, "result": "found"}], by=by) == {("result", "replaced")}

    def test_a_stratum_that_is_used_up_says_so(self, people):
        by = people.province
        home = world.settlement(people.county)
        for _n in range(2):
            world.household(people.county, home, on=NOW)
        sample = drawn(by, size=2)
        gone = self.absent(by, visits(sample)[0])
        with acting_as(by):
            assert refused(replace, gone, by=by) == {("", "exhausted")}
