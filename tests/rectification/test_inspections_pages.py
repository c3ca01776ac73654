"""Pages of inspections: the phone form with its drafts, the plan of the year."""

import re

import pytest
from django.test import Client

from common.scope import whole
from ledgers.models import Draft
from rectification.models import (
    Inspection,
    InspectionCheck,
    InspectionPlan,
    RectificationItem,
)
from rectification.views import inspections_checks
from tests import world
from tests.rectification.inspecting import NOW, act, answer, checklist, field_check, inspection, kind, lines, team

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

    def test_where_settlements_are_too_many_to_choose_from_one_is_written(
        self, people, client, under_way, home, monkeypatch
    ):
        world.settlement(people.county, name="兴旺社区")
        monkeypatch.setattr(inspections_checks, "MOST_SETTLEMENTS", 1)
        assert "安置点名称或编码" in client.get(f"{under_way.address}checks/new/").content.decode()
        wrong = client.post(f"{under_way.address}checks/new/", {"settlement": "无此社区"})
        assert wrong.status_code == 422
        client.post(f"{under_way.address}checks/new/", {"settlement": "平洞社区"})
        with whole():
            assert InspectionCheck.objects.get().settlement == home

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
