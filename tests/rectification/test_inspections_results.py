"""Results of field checks: problems made once, sheets in and out."""

import openpyxl
import pytest
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
from ledgers.shapes import shape_of
from rectification.actions.inspections_checklists import save_questions
from rectification.actions.inspections_checks import save_lines
from rectification.actions.inspections_items import items_from_lines
from rectification.models import (
    CheckLine,
    Inspection,
    ItemOrigin,
    RectificationItem,
)
from tests import world
from tests.rectification.inspecting import (
    NOW,
    act,
    answer,
    checklist,
    field_check,
    inspection,
    kind,
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
