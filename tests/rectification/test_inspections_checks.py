"""Field checks: checklists, answers and what follows from them."""

import datetime as dt

import pytest
from django.core.exceptions import ValidationError

from common.ledger import registry
from common.problems import Refused
from common.scope import acting_as
from ledgers import actions as ledger_actions
from rectification.actions.inspections import save_inspections
from rectification.actions.inspections_checklists import save_checklists, save_questions
from rectification.actions.inspections_checks import Answer, fill_in, save_checks, save_lines
from rectification.models import (
    CheckLine,
    Checklist,
    Inspection,
    InspectionCheck,
)
from rectification.models.inspections_checklists import clean_answer, clean_expected, outcome_of
from tests import world
from tests.rectification.inspecting import (
    NOW,
    act,
    answer,
    checklist,
    field_check,
    inspection,
    lines,
    refused,
    team,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def people(db, clock):
    clock(NOW)
    return team()


@pytest.fixture
def under_way(people) -> Inspection:
    """An open inspection by the DRC, which may enter problems too."""
    return act(inspection(people.drc, report="黔发改函〔2026〕8号", batch="第二批"), "start", people.drc)


@pytest.fixture
def home(people):
    return world.settlement(people.county, name="平洞社区")


class TestQuestions:
    @pytest.mark.parametrize(
        ("asked", "expected", "told", "outcome"),
        [
            ("yes_no", "yes", "yes", "passed"),
            ("yes_no", "yes", "no", "failed"),
            ("yes_no", "no", "no", "passed"),
            ("yes_no", "", "no", ""),
            ("yes_no", "yes", "", ""),
            ("number", ">=3", "3", "passed"),
            ("number", ">=3", "2.9", "failed"),
            ("number", ">3", "3", "failed"),
            ("number", "<=3", "3", "passed"),
            ("number", "<3", "3", "failed"),
            ("number", "=3", "3", "passed"),
            ("number", "1-3", "3", "passed"),
            ("number", "1-3", "0.5", "failed"),
            ("number", "≥0", "0", "passed"),
            ("text", "", "无", ""),
            ("text", "有", "有", "passed"),
        ],
    )
    def test_an_answer_is_held_against_what_is_expected(self, asked, expected, told, outcome):
        assert outcome_of(asked, clean_expected(asked, expected), told) == outcome

    @pytest.mark.parametrize(
        ("asked", "raw", "clean"),
        [
            ("yes_no", "是", "yes"),
            ("yes_no", "否", "no"),
            ("yes_no", "×", "no"),
            ("number", "3.50", "3.5"),
            ("number", "１２", "12"),
            ("number", "1,200", "1200"),
            ("text", "随便", "随便"),
            ("number", "", ""),
        ],
    )
    def test_answers_as_they_are_written(self, asked, raw, clean):
        assert clean_answer(asked, raw) == clean

    @pytest.mark.parametrize(("asked", "raw"), [("yes_no", "也许"), ("number", "三个"), ("number", "many")])
    def test_what_is_no_answer(self, asked, raw):
        with pytest.raises(ValidationError):
            clean_answer(asked, raw)

    @pytest.mark.parametrize(("asked", "raw"), [("yes_no", ">=1"), ("number", "很多"), ("number", ">= ")])
    def test_what_is_no_expectation(self, asked, raw):
        with pytest.raises(ValidationError):
            clean_expected(asked, raw)

    def test_a_shared_checklist_is_read_below_and_changed_at_home(self, people):
        own, shared = checklist(people.province), checklist(people.province, reach="shared")
        for user in (people.city, people.county, people.township):
            with acting_as(user):
                assert list(Checklist.objects.visible_to(user)) == [shared]
                assert [c.pk for c in Checklist.objects.all()] == [shared.pk]
                assert shared.questions.count() == 3 and not own.questions.exists()
        with acting_as(people.county):
            assert refused(
                save_questions, [{"checklist": shared, "position": 9, "question": "x"}], by=people.county
            ) == {("checklist", "out_of_scope")}
            assert refused(save_checklists, [{"id": shared.pk, "name": "x"}], by=people.county) >= {
                ("name", "out_of_scope")
            }
            with pytest.raises(Refused):
                ledger_actions.void(registry["checklists"], [shared.pk], "误", people.county)
        with acting_as(people.other):
            assert list(Checklist.objects.visible_to(people.other)) == [shared]

    def test_a_number_twice_is_told(self, people):
        made = checklist(people.province)
        rows = [{"checklist": made, "position": 9, "question": q} for q in ("甲", "乙")]
        with acting_as(people.province):
            assert refused(save_questions, rows, by=people.province) == {("position", "duplicate")}


class TestChecks:
    def test_what_was_asked_is_copied(self, people, under_way, home):
        asked = checklist(people.drc)
        record = field_check(under_way, people.drc, home, asked)
        with acting_as(people.drc):
            question = asked.questions.get(position=1)
            save_questions([{"id": question.pk, "question": "改过的问题"}], by=people.drc, on=NOW)
        assert [line.question for line in lines(record)] == ["是否有物业服务", "社区工作者人数", "群众反映的问题"]
        assert [line.expected for line in lines(record)] == ["yes", ">=3", ""]

    def test_numbers_run_through_the_inspection(self, people, under_way, home):
        first, second = (field_check(under_way, people.drc, home) for _n in range(2))
        third = field_check(under_way, people.drc, home, number=7)
        fourth = field_check(under_way, people.drc, home)
        assert [row.number for row in (first, second, third, fourth)] == [1, 2, 7, 8]
        again = field_check(under_way, people.drc, home, number=7, summary="补充")
        assert (again.pk, again.version) == (third.pk, 2)

    def test_a_check_lies_where_its_subject_lies(self, people, under_way, home):
        household = world.household(people.county, home, on=NOW)
        record = field_check(under_way, people.drc, None, household=household)
        assert (record.region, record.place_region, record.veiled) == (home.region, home.region, False)
        assert record.subject_name == f"{household.head_name} {household.code}"

    def test_a_county_not_named_is_covered_once_something_was_checked_there(self, people, home):
        found = act(inspection(people.drc, counties="册亨县"), "start", people.drc)
        field_check(found, people.drc, home)
        with acting_as(people.county):
            assert Inspection.objects.visible_to(people.county).get() == found
        with acting_as(people.drc):
            save_inspections([{"id": found.pk, "counties": "安龙县"}], by=people.drc, on=NOW)
            assert set(found.places.values_list("division", flat=True)) == {world.WANGMO, 522328000000}

    @pytest.mark.parametrize(
        ("values", "fault"),
        [
            ({"visited_on": NOW + dt.timedelta(1)}, ("visited_on", "future_date")),
            ({"settlement": "far"}, ("settlement", "out_of_area")),
        ],
    )
    def test_what_is_refused(self, people, under_way, home, values, fault):
        if values.get("settlement"):
            other = act(inspection(people.county, kind="self_check", counties=""), "start", people.county)
            far = world.settlement(people.other, world.CEHENG_TOWNSHIP)
            with acting_as(people.county):
                row = {"inspection": other, "settlement": far, "visited_on": NOW}
                assert refused(save_checks, [row], by=people.county) == {fault}
            return
        with acting_as(people.drc):
            row = {"inspection": under_way, "settlement": home, "visited_on": NOW, **values}
            assert refused(save_checks, [row], by=people.drc) == {fault}

    def test_a_household_of_another_settlement_is_told(self, people, under_way, home):
        elsewhere = world.household(people.county, world.settlement(people.county), on=NOW)
        with acting_as(people.drc), pytest.raises(ValidationError) as found:
            save_checks(
                [{"inspection": under_way, "settlement": home, "household": elsewhere, "visited_on": NOW}],
                by=people.drc,
            )
        assert "household" in found.value.message_dict

    def test_nothing_is_recorded_before_or_after(self, people, home):
        found = inspection(people.drc)
        row = {"settlement": home, "visited_on": NOW}
        with acting_as(people.drc):
            assert refused(save_checks, [{"inspection": found, **row}], by=people.drc) == {("inspection", "not_now")}
        for key in ("start", "feed_back", "close"):
            act(found, key, people.drc)
        with acting_as(people.drc):
            assert refused(save_checks, [{"inspection": found, **row}], by=people.drc) == {("inspection", "not_now")}

    def test_those_who_are_inspected_read_and_do_not_write(self, people, under_way, home):
        record = field_check(under_way, people.drc, home, checklist(people.drc))
        answer(record, people.drc, "是", "4", "无")
        for user in (people.county, people.township):
            with acting_as(user):
                assert InspectionCheck.objects.visible_to(user).get() == record
                line = CheckLine.objects.visible_to(user).first()
                assert refused(save_checks, [{"id": record.pk, "summary": "x"}], by=user) == {("inspection", "not_now")}
                assert refused(save_lines, [{"id": line.pk, "answer": "no"}], by=user) == {("record", "not_now")}
                for key, pk in (("inspection-checks", record.pk), ("inspection-results", line.pk)):
                    with pytest.raises(Refused):
                        ledger_actions.void(registry[key], [pk], "误", user)
        with acting_as(people.other):
            assert not InspectionCheck.objects.exists()

    def test_completing_asks_for_every_answer(self, people, under_way, home):
        record = field_check(under_way, people.drc, home, checklist(people.drc))
        first, second, third = lines(record)
        with acting_as(people.drc):
            told = {first.pk: Answer("是"), second.pk: Answer("三个"), third.pk: Answer("", "not_applicable")}
            assert refused(fill_in, record, told, by=people.drc, complete=True) == {
                (f"line-{second.pk}", "bad_number"),
            }
            told[second.pk] = Answer("")
            assert refused(fill_in, record, told, by=people.drc, complete=True) == {(f"line-{second.pk}", "required")}
            fill_in(record, told, by=people.drc, complete=False, on=NOW)
            record.refresh_from_db()
        assert record.state == "begun"
        assert [(line.answer, line.outcome) for line in lines(record)] == [
            ("yes", "passed"),
            ("", ""),
            ("", "not_applicable"),
        ]
        answer(record, people.drc, "是", "3", Answer("", "not_applicable"))
        with acting_as(people.drc):
            record.refresh_from_db()
        assert record.state == "complete"

    def test_the_inspector_may_call_a_problem_what_answers_do_not_say(self, people, under_way, home):
        record = field_check(under_way, people.drc, home, checklist(people.drc))
        found = answer(record, people.drc, "是", "3", Answer("电梯经常停运", "failed", "居民多人反映"))
        assert [line.outcome for line in found] == ["passed", "passed", "failed"]
        assert found[2].note == "居民多人反映"
