"""Field checks: checklists, answers and what follows from them, problems made once, sheets in and out, the phone form."""

import datetime as dt
import re

import openpyxl
import pytest
from django.core.exceptions import ValidationError
from django.test import Client

from common.ledger import registry
from common.problems import Refused
from common.scope import acting_as, whole
from ledgers import actions as ledger_actions
from ledgers.exports.writing import Asked, export
from ledgers.imports.checking import check as check_import
from ledgers.imports.progress import Silent
from ledgers.imports.reading import read_source
from ledgers.imports.storing import store
from ledgers.models import Draft
from ledgers.shapes import shape_of
from rectification.actions.inspections import save_inspections
from rectification.actions.inspections_checklists import save_checklists, save_questions
from rectification.actions.inspections_checks import Answer, fill_in, save_checks, save_lines
from rectification.actions.inspections_items import items_from_lines
from rectification.models import (
    CheckLine,
    Checklist,
    Inspection,
    InspectionCheck,
    InspectionPlan,
    ItemOrigin,
    ProblemClass,
    RectificationItem,
)
from rectification.models.inspections_checklists import clean_answer, clean_expected, outcome_of
from tests import world
from tests.rectification.inspecting import NOW, act, answer, checklist, field_check, inspection, lines, team

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


def refused(call, *arguments, **named) -> set[tuple[str, str]]:
    with pytest.raises(Refused) as found:
        call(*arguments, **named)
    return {(problem.field, problem.code) for problem in found.value.problems}


def kind(code: str = "N1") -> ProblemClass:
    return ProblemClass.objects.get(region=0, code=code)


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


class TestProblems:
    @pytest.fixture
    def failed(self, people, under_way, home):
        """Two settlements of one county and one of another, each with two failed lines."""
        asked = checklist(people.drc)
        other = world.settlement(people.other, world.CEHENG_TOWNSHIP, name="高峰社区")
        second = world.settlement(people.county, 522326101000, name="打易新村")
        found = []
        for place in (home, second, other):
            record = field_check(under_way, people.drc, place, asked)
            found += [line for line in answer(record, people.drc, "否", "1", "无") if line.outcome == "failed"]
        assert len(found) == 6
        return found

    def made(self, people, rows, **named) -> list[RectificationItem]:
        with acting_as(people.drc):
            return items_from_lines(
                [line.pk for line in rows], by=people.drc, values={"problem_class": kind()}, on=NOW, **named
            )

    def test_each_line_becomes_one_item(self, people, under_way, failed):
        items = self.made(people, failed)
        assert len(items) == 6
        item = items[0]
        assert (item.source, item.region, item.state, item.found_on) == ("10", world.WANGMO, "draft", NOW)
        assert (item.place_names, item.document_no, item.batch) == ("平洞社区", "黔发改函〔2026〕8号", "第二批")
        assert item.description.startswith("是否有物业服务，")
        with whole():
            assert CheckLine.objects.get(pk=failed[0].pk).item == item
            assert ItemOrigin.objects.get(item=item).inspection == under_way

    def test_together_they_become_one_for_each_county(self, people, failed):
        items = self.made(people, failed, together=True)
        assert sorted((item.region, item.place_names) for item in items) == [
            (world.WANGMO, "平洞社区、打易新村"),
            (world.CEHENG, "高峰社区"),
        ]
        with whole():
            assert items[0].places.count() == 2

    @pytest.mark.parametrize("together", [False, True])
    def test_doing_it_twice_makes_nothing_twice(self, people, failed, together):
        first = self.made(people, failed, together=together)
        second = self.made(people, failed, together=not together)
        with whole():
            assert RectificationItem.objects.count() == len(first)
        assert {item.pk for item in first} == {item.pk for item in second}

    def test_lines_that_are_new_join_those_that_stand(self, people, failed):
        first = self.made(people, failed[:2])
        both = self.made(people, failed[:3])
        assert len(both) == 3 and {item.pk for item in first} < {item.pk for item in both}

    def test_a_voided_item_can_be_made_again(self, people, failed):
        [item] = self.made(people, failed[:1])
        with acting_as(people.drc):
            ledger_actions.void(registry["rectification-items"], [item.pk], "描述有误", people.drc)
        [again] = self.made(people, failed[:1])
        assert again.pk != item.pk

    def test_what_is_as_expected_is_no_problem(self, people, under_way, home):
        record = field_check(under_way, people.drc, home, checklist(people.drc))
        passed = answer(record, people.drc, "是", "5", "无")
        with pytest.raises(Refused) as stands:
            self.made(people, passed[:1])
        assert [p.code for p in stands.value.problems] == ["no_problem"]

    def test_the_class_comes_from_the_checklist_or_is_asked_for(self, people, under_way, home):
        asked = checklist(people.drc)
        with acting_as(people.drc):
            question = asked.questions.get(position=1)
            save_questions([{"id": question.pk, "problem_class": kind("N2")}], by=people.drc, on=NOW)
        record = field_check(under_way, people.drc, home, asked)
        first, second, _third = answer(record, people.drc, "否", "1", "无")
        with acting_as(people.drc):
            assert refused(items_from_lines, [first.pk, second.pk], by=people.drc) == {("problem_class", "required")}
            [item] = items_from_lines([first.pk], by=people.drc, on=NOW)
        assert item.problem_class == kind("N2")

    def test_a_line_on_the_ledger_is_corrected_there(self, people, failed):
        self.made(people, failed[:1])
        with acting_as(people.drc):
            assert refused(save_lines, [{"id": failed[0].pk, "answer": "yes"}], by=people.drc) == {
                ("answer", "on_ledger")
            }
            save_lines([{"id": failed[0].pk, "note": "补充说明"}], by=people.drc, on=NOW)

    def test_figures_count_and_open_into_their_rows(self, people, under_way, failed):
        self.made(people, failed, together=True)
        for user, number in ((people.drc, 2), (people.county, 1), (people.other, 1), (people.auditor, 2)):
            client = Client(headers={"accept-language": "zh-hans"})
            client.force_login(user)
            with acting_as(user):
                row = registry["inspections"].rows(user).get(pk=under_way.pk)
            assert (row.problems_found, row.problems_closed) == (number, 0)
            rows = client.get(f"/api/v1/rectification-items/?of_inspection={under_way.pk}").json()["results"]
            assert len(rows) == number
            assert (
                f'"/ledgers/rectification-items/?of_inspection={under_way.pk}"'
                in client.get(under_way.address).content.decode()
            )

    def test_an_inspection_is_not_closed_over_open_problems(self, people, under_way, failed):
        self.made(people, failed[:1])
        act(under_way, "feed_back", people.drc)
        with pytest.raises(Refused) as stands:
            act(under_way, "close", people.drc)
        assert stands.value.problems[0].code == "not_now"

    def test_who_enters_no_problems_makes_none(self, people, home):
        found = act(inspection(people.province), "start", people.province)
        record = field_check(found, people.province, home, checklist(people.province))
        failed = [line for line in answer(record, people.province, "否", "1", "无") if line.outcome == "failed"]
        client = Client()
        client.force_login(people.province)
        assert client.post(f"{found.address}items/", {"selected": [failed[0].pk]}).status_code == 403


class TestSheets:
    def test_results_go_out_and_come_back_filled_in(self, people, under_way, home, tmp_path):
        record = field_check(under_way, people.drc, home, checklist(people.drc))
        path = tmp_path / "results.xlsx"
        shape = shape_of("inspection-results")
        with acting_as(people.drc):
            assert export(Asked(shape, {"of_inspection": str(under_way.pk)}), people.drc, path, Silent()) == 3
        book = openpyxl.load_workbook(path)
        sheet = book.active
        heading = next(row for row in sheet.iter_rows() if any(cell.value == "核查结果" for cell in row))
        column = {str(cell.value): cell.column for row in sheet.iter_rows(max_row=heading[0].row + 1) for cell in row}
        for row in sheet.iter_rows():
            told = {"是否有物业服务": "否", "社区工作者人数": 5, "群众反映的问题": "电梯停运"}
            question = next((cell.value for cell in row if cell.value in told), None)
            if question:
                sheet.cell(row[0].row, column["核查结果"]).value = told[question]
        book.save(path)
        with acting_as(people.drc):
            source = read_source(path, shape)
            checked = check_import(source, shape, people.drc, Silent())
            assert [problem.message for problem in checked.errors] == []
            assert (checked.new, checked.changed) == (0, 3)
            store(checked, shape, by=people.drc, progress=Silent(), on=NOW)
        assert [(line.answer, line.outcome) for line in lines(record)] == [
            ("no", "failed"),
            ("5", "passed"),
            ("电梯停运", ""),
        ]


class TestPages:
    @pytest.fixture
    def client(self, people):
        found = Client(headers={"accept-language": "zh-hans"})
        found.force_login(people.drc)
        return found

    def test_a_check_is_begun_filled_in_and_completed(self, people, client, under_way, home):
        asked = checklist(people.drc)
        answer_ = client.post(f"{under_way.address}checks/new/", {"settlement": home.code, "checklist": asked.pk})
        assert answer_.status_code == 302
        with whole():
            record = InspectionCheck.objects.get()
        assert answer_["Location"] == f"{record.address}fill/"
        assert (record.visited_on, record.checkers, record.author) == (NOW, "drc", people.drc)
        page = client.get(f"{record.address}fill/").content.decode()
        form_id = re.search(r'name="form_id" value="([^"]+)"', page)[1]
        first, second, third = lines(record)
        form = {
            "form_id": form_id,
            "visited_on": "20260609",
            "visited_at": "9:05",
            "checkers": "张三、李四",
            "summary": "总体较好",
            f"answer-{first.pk}": "no",
            f"note-{first.pk}": "合同已到期",
            f"answer-{second.pk}": "很多",
            f"skip-{third.pk}": "1",
        }
        wrong = client.post(f"{record.address}fill/", {**form, "complete": "1"})
        assert wrong.status_code == 422
        text = wrong.content.decode()
        assert f'href="#line-{second.pk}"' in text and "合同已到期" in text and 'value="很多"' in text
        done = client.post(f"{record.address}fill/", {**form, f"answer-{second.pk}": "3", "complete": "1"})
        assert (done.status_code, done["Location"]) == (302, record.address)
        with whole():
            record.refresh_from_db()
        assert (record.state, record.visited_at, str(record.visited_on)) == ("complete", "09:05", "2026-06-09")
        assert [(line.answer, line.outcome) for line in lines(record)] == [
            ("no", "failed"),
            ("3", "passed"),
            ("", "not_applicable"),
        ]
        # The same form sent a second time leads to the same place and writes nothing.
        twice = client.post(
            f"{record.address}fill/", {**form, f"answer-{first.pk}": "yes", f"answer-{second.pk}": "3", "complete": "1"}
        )
        assert twice["Location"] == record.address and lines(record)[0].answer == "no"
        assert "合同已到期" in client.get(record.address).content.decode()

    def test_a_draft_is_kept_offered_and_restored(self, people, client, under_way, home):
        record = field_check(under_way, people.drc, home, checklist(people.drc))
        first = lines(record)[0]
        page = client.get(f"{record.address}fill/").content.decode()
        form_id = re.search(r'name="form_id" value="([^"]+)"', page)[1]
        kept = client.post(
            f"{record.address}draft/", {"form_id": form_id, f"answer-{first.pk}": "no", f"note-{first.pk}": "无人值守"}
        )
        assert kept.status_code == 200 and Draft.objects.filter(form_id=form_id).exists()
        page = client.get(f"{record.address}fill/").content.decode()
        assert "?restore=1" in page and "无人值守" not in page
        page = client.get(f"{record.address}fill/?restore=1").content.decode()
        assert "无人值守" in page and f'name="answer-{first.pk}" value="no" checked' in page
        assert client.post(f"{record.address}draft/", {"form_id": form_id, "discard": "1"}).status_code == 302
        assert "?restore=1" not in client.get(f"{record.address}fill/").content.decode()

    def test_failed_lines_are_chosen_and_sent_to_the_ledger(self, people, client, under_way, home):
        record = field_check(under_way, people.drc, home, checklist(people.drc))
        failed = [line for line in answer(record, people.drc, "否", "1", "无") if line.outcome == "failed"]
        page = client.get(f"{under_way.address}items/?record={record.pk}").content.decode()
        assert page.count('name="selected"') == 2
        nothing = client.post(f"{under_way.address}items/", {"problem_class": kind().pk})
        assert nothing.status_code == 422
        late = {"selected": [failed[0].pk], "problem_class": kind().pk, "deadline_on": "2020-01-01"}
        assert client.post(f"{under_way.address}items/", late).status_code == 422
        form = {
            "selected": [line.pk for line in failed],
            "problem_class": kind().pk,
            "deadline_on": "20260930",
            "together": "1",
        }
        answer_ = client.post(f"{under_way.address}items/", form)
        assert answer_["Location"] == f"/ledgers/rectification-items/?of_inspection={under_way.pk}"
        with whole():
            [item] = RectificationItem.objects.all()
        assert str(item.deadline_on) == "2026-09-30"
        assert item.number in client.get(record.address).content.decode()
        assert 'name="selected"' not in client.get(f"{under_way.address}items/").content.decode()

    def test_who_may_open_the_form(self, people, under_way, home):
        record = field_check(under_way, people.drc, home, checklist(people.drc))
        codes = {}
        for name, user in vars(people).items():
            client = Client()
            client.force_login(user)
            codes[name] = (
                client.get(record.address).status_code,
                client.get(f"{record.address}fill/").status_code,
                client.get(f"{under_way.address}checks/new/").status_code,
            )
        # Of the same level and in another unit one corrects what is not secret.
        assert codes == {
            "drc": (200, 200, 200),
            "province": (200, 200, 200),
            "colleague": (200, 200, 200),
            "auditor": (200, 403, 403),
            "city": (200, 403, 403),
            "county": (200, 403, 403),
            "township": (200, 403, 403),
            "other": (404, 404, 403),
        }

    def test_plan_inspection_and_acts(self, people, client):
        client.post("/ledgers/inspection-plans/new/", {"year": "2026", "title": "年度计划", "least": "4", "unit": ""})
        found = inspection(people.drc, kind="supervision", month=6)
        page = client.get(found.address).content.decode()
        assert f"{found.address}act/start/" in page and "2026-06-30" in page
        assert client.get(f"{found.address}act/start/").status_code == 200
        assert client.post(f"{found.address}act/start/", {"day": "2026-06-01"})["Location"] == found.address
        assert client.post(f"{found.address}act/start/", {}).status_code == 422
        assert client.post(f"{found.address}act/publish/", {}).status_code == 404
        answer_ = client.post(f"{found.address}act/feed_back/", {"day": "2026-06-02", "findings": "情况良好"})
        assert answer_.status_code == 302
        with whole():
            found.refresh_from_db()
        assert (found.state, str(found.from_on), str(found.fed_back_on)) == ("fed_back", "2026-06-01", "2026-06-02")
        with whole():
            plan = InspectionPlan.objects.get()
        page = client.get(plan.address).content.decode()
        assert "R-242" in page
