"""Pages of the responsibility list: numbers that open into their rows, acts offered and refused, the annex, inboxes."""

import datetime as dt
import io

import pytest
from openpyxl import load_workbook

from alerts.inbox import SOURCES
from common.ledger import registry
from common.problems import Refused
from common.scope import acting_as, whole
from ledgers.actions import save
from ledgers.checking import clean_rows
from rectification.actions.tasks import Told, move
from rectification.models.tasks import ResponsibilityList, ResponsibilityTask, TaskMove
from tests import world
from tests.rectification import offices

pytestmark = pytest.mark.usefixtures("english")

ON = dt.date(2026, 3, 10)


@pytest.fixture
def loaded(city):
    return offices.load(dt.date(2021, 6, 1)).list


def task_of(number: str) -> ResponsibilityTask:
    with whole():
        return ResponsibilityTask.objects.select_related("unit", "post").get(number=number)


class TestBoard:
    def test_every_number_opens_into_so_many_rows(self, city, loaded):
        with acting_as(city.lead):
            move(task_of("XY-05-1").pk, "submit", Told("完成", evidence="报告"), by=city.lead)
        client = offices.client_of(city.lead)
        page = client.get("/responsibility/?region=610400000000")
        assert len(page.context["departments"]) == 25
        followed = 0
        for department in page.context["departments"]:
            for cell in department["cells"]:
                if cell["number"]:
                    assert client.get(cell["url"]).context["pager"]["count"] == cell["number"], cell
                    followed += 1
        for card in page.context["cards"]:
            assert client.get(card["url"]).context["pager"]["count"] == card["value"], card
        orphans = page.context["orphans"]
        assert client.get(orphans["url"]).context["pager"]["count"] == orphans["number"] == 48
        assert followed > 60

    @pytest.mark.parametrize(
        ("person", "region", "status"),
        [
            ("lead", "", 200),
            ("lead", "610400000000", 200),
            ("province", "610400000000", 200),
            ("auditor", "610000000000", 200),
            ("teacher", "610400000000", 200),
            ("lead", "610000000000", 404),
            ("lead", "522326000000", 404),
            ("lead", "610499999999", 404),
            ("lead", "abc", 404),
        ],
    )
    def test_who_sees_which(self, city, person, region, status):
        address = "/responsibility/" + (f"?region={region}" if region else "")
        assert offices.client_of(city.everybody[person]).get(address).status_code == status

    def test_nothing_is_said_to_be_there(self, city):
        page = offices.client_of(city.lead).get("/responsibility/")
        assert page.context["departments"] == [] and "There are no tasks in this area yet" in page.content.decode()


class TestTask:
    def test_it_shows_allowed_acts_and_why_not_the_others(self, city, task):
        page = offices.client_of(city.teacher).get(f"/responsibility/{task.pk}/")
        assert [act.key for act in page.context["allowed"]] == ["report", "submit"]
        assert {one.act.key: one.reason for one in page.context["refused"]}["redate"].startswith(
            "Your role does not keep"
        )
        page = offices.client_of(city.lead).get(f"/responsibility/{task.pk}/")
        assert {"redate", "assign"} <= {act.key for act in page.context["allowed"]}
        assert (
            offices.client_of(offices.user("far", "county", world.WANGMO))
            .get(f"/responsibility/{task.pk}/")
            .status_code
            == 404
        )

    def test_reports_and_reviews_stand_in_the_timeline(self, city, task):
        client = offices.client_of(city.teacher)
        address = f"/responsibility/{task.pk}/submit/"
        form = client.get(address).context["form"]
        sent = {"form_id": form.initial["form_id"], "version": form.initial["version"]}
        answer = client.post(address, sent)
        assert answer.status_code == 422 and set(answer.context["form"].errors) == {"text", "evidence"}
        assert client.post(address, {**sent, "text": "全部完成", "evidence": "验收报告"}).status_code == 302
        with acting_as(city.lead):
            move(task.pk, "return", Told("缺照片"), by=city.lead)
        events = client.get(f"/responsibility/{task.pk}/").context["events"]
        assert [(event["who"], event["said"]) for event in events] == [
            ("lead", "缺照片"),
            ("teacher", "全部完成 · Evidence: 验收报告"),
        ]
        assert client.get(f"/responsibility/{task.pk}/accept/").url == f"/responsibility/{task.pk}/"
        assert client.get(f"/responsibility/{task.pk}/nonsense/").status_code == 404

    def test_a_new_deadline_by_the_form(self, city, loaded):
        task = task_of("XY-10-1")
        client = offices.client_of(city.lead)
        address = f"/responsibility/{task.pk}/redate/"
        sent = {
            "form_id": client.get(address).context["form"].initial["form_id"],
            "version": task.version,
            "text": "会议确定",
        }
        assert client.post(address, {**sent, "deadline": "20260230"}).status_code == 422
        assert client.post(address, {**sent, "deadline": "2026-12-31"}).status_code == 302
        assert task_of("XY-10-1").deadline_on == dt.date(2026, 12, 31)
        [event] = client.get(f"/responsibility/{task.pk}/").context["events"]
        assert event["changes"] == [{"label": "To be done by", "old": "", "new": "2026-12-31"}]

    @pytest.mark.parametrize(
        ("values", "word"),
        [
            ({"deadline_on": ON}, "due today"),
            ({"deadline_on": dt.date(2026, 3, 9)}, "1 days late"),
            ({"deadline_on": dt.date(2026, 3, 9), "counts_from": ON}, "past, to be confirmed or dated anew"),
            ({"deadline_on": None}, "not set yet"),
            ({"state": "submitted", "submitted_on": ON, "deadline_on": ON}, "submitted in time"),
            ({"state": "submitted", "submitted_on": ON, "deadline_on": dt.date(2026, 3, 9)}, "submitted late"),
            ({"state": "done", "completed_on": ON, "deadline_on": ON}, "done in time"),
            ({"state": "done", "completed_on": ON, "deadline_on": dt.date(2026, 3, 9)}, "done, late"),
        ],
    )
    def test_the_countdown_in_words(self, city, task, values, word):
        with whole():
            ResponsibilityTask.objects.filter(pk=task.pk).update(**{"counts_from": dt.date(2026, 1, 1), **values})
        [days] = offices.client_of(city.lead).get(f"/responsibility/{task.pk}/").context["days"]
        assert days["word"] == word

    def test_people_follow_the_post(self, city, task):
        post = offices.post(city.education)
        offices.holds(city.teacher, post, ON - dt.timedelta(9))
        people = lambda: offices.client_of(city.lead).get(f"/responsibility/{task.pk}/").context["people"]  # noqa: E731
        assert people() == [city.teacher]
        offices.holds(city.deputy, post, ON, ON, substitute=True)
        assert people() == [city.deputy]


class TestAnnex:
    def sheet(self, user, laid: ResponsibilityList):
        answer = offices.client_of(user).get(f"/responsibility/annex/{laid.pk}/")
        assert answer.status_code == 200
        return load_workbook(io.BytesIO(answer.content)).active

    def test_it_has_the_form_of_the_document(self, city, loaded):
        sheet = self.sheet(city.lead, loaded)
        assert sheet["A1"].value == "咸阳市易地扶贫搬迁后续扶持责任清单"
        assert [cell.value for cell in sheet[2]] == ["序号", "部门", "职责", "重点任务", "完成时限"]
        assert sheet.max_row == 2 + 48
        numbers = [row[0].value for row in sheet.iter_rows(min_row=3) if row[0].value is not None]
        assert numbers == list(range(1, 26))
        merged = {str(area) for area in sheet.merged_cells.ranges}
        # The seven tasks of the human resources bureau: number, department, duty and time limit stand once.
        first = next(row[1].row for row in sheet.iter_rows(min_row=3) if row[1].value == "市人社局")
        assert {f"{letter}{first}:{letter}{first + 6}" for letter in "ABCE"} <= merged
        assert sheet.cell(first + 5, 4).value == "6、加强后续就业服务。"
        assert sheet.cell(first, 5).value.startswith("任务1、7在2020年底前完成")
        power = next(row for row in sheet.iter_rows(min_row=3) if row[0].value == 23)
        assert power[1].value == "国电、地电咸阳分公司"  # as the document prints it
        assert sheet.print_title_rows == "$2:$2" and sheet.page_setup.orientation == "landscape"
        assert all(sheet.row_dimensions[row].height >= 21 for row in range(3, sheet.max_row + 1))

    def test_days_that_were_moved_are_said_as_they_are_now(self, city):
        laid = offices.load(dt.date(2026, 1, 1), shift=6).list
        sheet = self.sheet(city.lead, laid)
        limits = {row[1].value: row[4].value for row in sheet.iter_rows(min_row=3) if row[1].value}
        assert limits["市教育局"] == "2026年12月31日前完成"
        assert limits["市财政局"] == "2026年12月31日前取得显著成效，2031年12月31日前基本完成"
        assert limits["市民政局"] == "任务1、2：长期坚持；任务3：2026年12月31日前基本完成"
        assert limits["市自然资源局"].startswith("任务1：未定；")

    def test_a_text_is_never_a_formula(self, city, loaded):
        with whole():
            ResponsibilityTask.objects.filter(number="XY-01-1").update(text="=1+1")
        cell = self.sheet(city.lead, loaded)["D3"]
        assert (cell.value, cell.data_type) == ("=1+1", "s")

    @pytest.mark.parametrize(
        ("person", "status"), [("lead", 200), ("province", 200), ("teacher", 200), ("auditor", 403)]
    )
    def test_who_may_take_it_out(self, city, loaded, person, status):
        client = offices.client_of(city.everybody[person])
        assert client.get(f"/responsibility/annex/{loaded.pk}/").status_code == status
        assert (
            offices.client_of(offices.user("far", "county", world.WANGMO))
            .get(f"/responsibility/annex/{loaded.pk}/")
            .status_code
            == 404
        )


class TestInbox:
    def lines(self, user, key: str = "tasks") -> list[str]:
        source = next(source for source in SOURCES if source.key == key)
        with acting_as(user):
            number, tasks = source.find(user, ON, 50)
        assert number == len(tasks)
        return [task.text for task in tasks]

    def test_the_lead_department_is_asked_for_the_missing_deadline(self, city, loaded):
        lines = self.lines(city.lead)
        assert len(lines) == 2 and "XY-10-1" in lines[0] and "has no deadline" in lines[0]
        # Nineteen days have passed since the list was laid down; those before are one line.
        assert lines[1].startswith("23 tasks lie before")
        assert self.lines(city.province) == self.lines(city.teacher) == self.lines(city.auditor) == []

    def test_submissions_wait_for_those_who_may_review_and_returns_for_the_unit(self, city, task):
        with acting_as(city.teacher):
            move(task.pk, "submit", Told("完成", evidence="报告"), by=city.teacher)
        assert len(self.lines(city.lead)) == len(self.lines(city.province)) == 1
        assert self.lines(city.teacher) == self.lines(city.reviewer) == []
        with acting_as(city.lead):
            move(task.pk, "return", Told("缺照片"), by=city.lead)
        assert self.lines(city.lead) == []
        assert len(self.lines(city.teacher)) == len(self.lines(city.deputy)) == 1
        assert self.lines(city.health) == []

    def test_orders_wait_for_the_one_side_and_then_for_the_other(self, city):
        from tests.rectification.test_orders import do, issue

        order = issue(city)
        assert len(self.lines(city.teacher, "orders")) == 1 and self.lines(city.lead, "orders") == []
        do(city.teacher, order, "receive")
        do(city.teacher, order, "reply")
        assert self.lines(city.teacher, "orders") == [] and len(self.lines(city.lead, "orders")) == 1

    def test_the_page_shows_them(self, city, loaded):
        page = offices.client_of(city.lead).get("/inbox/?show=tasks")
        assert page.status_code == 200 and "XY-10-1" in page.content.decode()


class TestLedger:
    def test_rows_by_sheet(self, city, loaded):
        """The annex's headings and ours: unit by name, duty by its words, the number by itself."""
        raw = {
            "unit": "市教育局",
            "duty": "负责易地扶贫搬迁安置社区的教育资源配置和落实教育扶贫政策。",
            "text": "新增一项任务",
            "deadline_on": "2026年6月30日",
            "milestone": "基本完成",
        }
        ledger = registry["responsibility-tasks"]
        with acting_as(city.lead):
            rows, problems = clean_rows(ledger, [raw], city.lead)
            assert not problems
            task = save(ledger, rows, by=city.lead).objects[0]
            assert (task.number, task.milestone, task.duty.position) == ("610400-2026-001", "basic", 5)
            rows, problems = clean_rows(ledger, [{"unit": "市教育局", "number": task.number, "text": "改"}], city.lead)
            assert save(ledger, rows, by=city.lead).changed == 1

    @pytest.mark.parametrize(
        ("values", "field", "code"),
        [
            ({"unit": "没有的单位"}, "unit", "unknown_reference"),
            ({"unit": ""}, "unit", "required"),
            ({"text": ""}, "text", "required"),
            ({"long_term": True, "deadline_on": "2026-06-30"}, "deadline_on", "conflict"),
            ({"interim_on": "2026-12-31", "deadline_on": "2026-06-30"}, "interim_on", "order"),
            ({"next_review_on": "2026-12-31"}, "next_review_on", "conflict"),
            ({"milestone": "差不多"}, "milestone", "unknown_code"),
        ],
    )
    def test_what_does_not_hold_together(self, city, values, field, code):
        with acting_as(city.lead):
            _rows, problems = clean_rows(
                registry["responsibility-tasks"], [{"unit": "市教育局", "text": "x", **values}], city.lead
            )
        assert (field, code) in {(problem.field, problem.code) for problem in problems}

    def test_a_unit_above_the_area_gets_no_task_from_below(self, city):
        above = offices.unit("陕西省教育厅", offices.SHAANXI)
        with acting_as(city.lead), pytest.raises(Refused, match="outside the area"):
            offices.task(city.lead, above)

    def test_member_history_and_api(self, city, task):
        with acting_as(city.teacher):
            move(task.pk, "report", Told("已摸底", percent=30, evidence="台账"), by=city.teacher)
        client = offices.client_of(city.lead)
        for way in ("", "history/", "edit/"):
            assert client.get(f"/ledgers/responsibility-tasks/{task.pk}/{way}").status_code == 200, way
        row = client.get(f"/api/v1/responsibility-tasks/{task.pk}/").json()
        assert (row["latest"], row["proof"], row["unit"], row["state"]) == ("已摸底", "台账", "市教育局", "in_progress")
        with whole():
            report = TaskMove.objects.get()
        answer = client.get(f"/api/v1/task-reports/{report.pk}/").json()
        assert (answer["task"], answer["percent"], answer["by"]) == (task.number, 30, "teacher")

    def test_a_report_is_taken_back_by_its_author_alone(self, city, task):
        with acting_as(city.teacher):
            report = move(task.pk, "report", Told("误报"), by=city.teacher)
        ledger = registry["task-reports"]
        with acting_as(city.deputy), pytest.raises(Refused, match="of your own"):
            ledger.void([report.pk], reason="误报", by=city.deputy)
        with acting_as(city.teacher):
            assert ledger.void([report.pk], reason="误报", by=city.teacher) == 1
        events = offices.client_of(city.lead).get(f"/responsibility/{task.pk}/").context["events"]
        assert "Taken back: 误报" in events[0]["said"]
