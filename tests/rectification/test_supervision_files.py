"""Papers that prove: files of tasks, orders, entries and meetings; orders from a problem or an alert; who holds what."""

import datetime as dt

import pytest
from django.core.exceptions import PermissionDenied

from accounts.models import User
from alerts import engine
from alerts.models import Alert
from common.ledger import registry
from common.problems import Refused
from common.scope import acting_as, whole
from ledgers.actions import save
from ledgers.attachments.actions import attach
from ledgers.attachments.queries import why_not_attach
from ledgers.models import Attachment
from rectification.actions import dispatch, meetings
from rectification.actions.orders import Told as OrderTold
from rectification.actions.orders import move as move_order
from rectification.actions.tasks import Told, move
from rectification.models.dispatch import DispatchEntry
from rectification.models.orders import SupervisionOrder
from rectification.models.tasks import ResponsibilityTask, TaskMove
from tests import world
from tests.ledgers import attachment_files as make
from tests.ledgers.attachment_files import upload
from tests.rectification import offices
from tests.rectification.conftest import bring_to
from tests.rectification.test_orders import issue

pytestmark = pytest.mark.usefixtures("english", "folder")

ON = dt.date(2026, 3, 10)


@pytest.fixture
def folder(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path / "files"
    return settings.MEDIA_ROOT


def kept(ledger: str) -> list[tuple]:
    with whole():
        rows = Attachment.objects.filter(ledger=ledger).order_by("pk")
        return list(rows.values_list("subject_id", "group", "name", "caption", "region"))


class TestTasks:
    def test_a_submission_brings_its_files(self, city, task):
        client = offices.client_of(city.teacher)
        address = f"/responsibility/{task.pk}/submit/"
        form = client.get(address).context["form"]
        sent = {"form_id": form.initial["form_id"], "version": form.initial["version"], "text": "已全部完成"}
        files = [upload("验收报告.pdf", make.pdf()), upload("现场.jpg", make.jpeg())]
        assert client.post(address, {**sent, "caption": "教学楼", "files": files}).status_code == 302
        assert kept("responsibility-tasks") == [
            (task.pk, "submit", "验收报告.pdf", "教学楼", offices.CITY),
            (task.pk, "submit", "现场.jpg", "教学楼", offices.CITY),
        ]
        with whole():
            # Left blank, the words of the evidence are the names of its files.
            assert TaskMove.objects.get().evidence == "验收报告.pdf、现场.jpg"
        page = offices.client_of(city.lead).get(f"/responsibility/{task.pk}/").content.decode()
        assert "evidence of completion" in page and "现场.jpg" in page

    @pytest.mark.parametrize(
        ("file", "words"),
        [(upload("空.pdf", b""), "0 bytes"), (upload("程序.pdf", b"MZ" + b"\0" * 99), "Programs are never")],
    )
    def test_what_is_no_evidence_leaves_the_task_as_it_was(self, city, task, file, words):
        client = offices.client_of(city.teacher)
        address = f"/responsibility/{task.pk}/submit/"
        form_id = client.get(address).context["form"].initial["form_id"]
        answer = client.post(address, {"form_id": form_id, "text": "完成", "files": [file]})
        assert answer.status_code == 422
        [error] = answer.context["errors"]
        assert words in error["message"] and error["field_id"] == "id_files"
        with whole():
            assert ResponsibilityTask.objects.get(pk=task.pk).state == "open" and not TaskMove.objects.exists()
        assert kept("responsibility-tasks") == []

    def test_who_may_attach_and_when(self, city, task):
        ledger = registry["responsibility-tasks"]

        def asked(state: str) -> set[str]:
            with whole():
                ResponsibilityTask.objects.filter(pk=task.pk).update(
                    state=state, completed_on=ON if state == "done" else None
                )
                found = ResponsibilityTask.objects.select_related("unit").get(pk=task.pk)
                return {name for name, user in city.everybody.items() if not why_not_attach(ledger, found, user)}

        own = {"teacher", "deputy", "lead", "colleague"}
        assert [asked(state) for state in ("open", "in_progress", "returned")] == [own] * 3
        assert asked("submitted") == asked("done") == set()
        asked("open")
        with acting_as(city.health), pytest.raises(PermissionDenied, match="own people"):
            attach(ledger, task, [upload("a.pdf", make.pdf())], by=city.health)


def test_a_reply_to_an_order_brings_its_files(city):
    order = issue(city)
    ledger = registry["supervision-orders"]
    with acting_as(city.teacher):
        assert "issuing side" in why_not_attach(ledger, order, city.teacher)
        order = move_order(order.pk, "receive", OrderTold(), by=city.teacher, on=ON)
        with pytest.raises(Refused, match="Attach the evidence"):
            move_order(order.pk, "reply", OrderTold("已整改"), by=city.teacher, on=ON)
        told = OrderTold("已整改", files=[upload("整改照片.jpg", make.jpeg())], caption="整改后")
        order = move_order(order.pk, "reply", told, by=city.teacher, on=ON)
    assert (order.state, order.evidence) == ("replied", "整改照片.jpg")
    assert kept("supervision-orders") == [(order.pk, "reply", "整改照片.jpg", "整改后", offices.CITY)]
    assert all(why_not_attach(ledger, order, user) for user in city.everybody.values())
    assert "整改照片.jpg" in offices.client_of(city.lead).get(f"/orders/{order.pk}/").content.decode()


def test_an_entry_takes_files_of_its_own_unit_until_the_round_is_closed(city, task):
    with acting_as(city.lead):
        row = {"division": offices.CITY, "month": dt.date(2026, 3, 1), "kind": "3"}
        [round_] = dispatch.save_dispatches([row], by=city.lead, on=ON).objects
    with whole():
        entry = DispatchEntry.objects.select_related("unit").get(dispatch=round_)
    ledger = registry["dispatch-entries"]
    with acting_as(city.teacher):
        attach(ledger, entry, [upload("台账.xlsx", make.xlsx())], by=city.teacher)
    assert "a unit writes its own alone" in why_not_attach(ledger, entry, city.lead)
    assert "台账.xlsx" in offices.client_of(city.lead).get(f"/dispatch/entries/{entry.pk}/").content.decode()
    with acting_as(city.lead):
        dispatch.close(round_.pk, by=city.lead)
    with whole():
        entry.refresh_from_db()
    assert "was closed" in why_not_attach(ledger, entry, city.teacher)


def test_minutes_lie_with_the_county_that_keeps_the_group(city):
    origin, other = (
        offices.user(name, "county", region) for name, region in (("o", world.WANGMO), ("d", 520402000000))
    )
    row = {"name": "望谟—西秀组", "origin": world.WANGMO, "destination": 520402000000, "formed_on": dt.date(2025, 1, 1)}
    row |= {"origin_leader": "甲某某", "origin_leader_post": "副县长"}
    row |= {"destination_leader": "乙某某", "destination_leader_post": "副区长"}
    with acting_as(origin):
        group = save(registry["cross-county-groups"], [row], by=origin).objects[0]
        told = {"division": world.WANGMO, "kind": "1", "day": ON, "chair": "甲", "subject": "对接", "group": group}
        [meeting] = meetings.save_meetings([told], by=origin, on=ON).objects
        attach(registry["meetings"], meeting, [upload("纪要.pdf", make.pdf())], by=origin, group="minutes")
    address = f"/meetings/{meeting.pk}/"
    assert "纪要.pdf" in offices.client_of(origin).get(address).content.decode()
    # The other county reads the meeting; the paper it asks for.
    page = offices.client_of(other).get(address).content.decode()
    assert "对接" in page and "纪要.pdf" not in page and "kept by the other county" in page
    with acting_as(other), pytest.raises(PermissionDenied, match="other county"):
        attach(registry["meetings"], meeting, [upload("b.pdf", make.pdf())], by=other)


class TestOrders:
    def test_from_a_problem(self, people):
        item = bring_to(people, "in_progress")
        client = offices.client_of(people.county)
        page = client.get(f"/rectification/{item.number}/")
        link = f"/orders/new/?ledger=rectification-items&record={item.pk}"
        assert page.context["may_order"] and link.replace("&", "&amp;") in page.content.decode()
        initial = client.get(link).context["form"].initial
        assert initial["unit"] == people.bureau_unit.pk and initial["title"] == f"{item.number} {item.title}"
        sent = {**initial, "requirement": "限期整改", "limit_on": "2026-03-31", "level": "red"}
        answer = client.post(link, sent)
        assert answer.status_code == 302
        with whole():
            order = SupervisionOrder.objects.get()
        assert (order.subject_ledger, order.subject_id, order.subject_address) == (
            "rectification-items", item.pk, item.address,
        )  # fmt: skip
        assert order.number in client.get(item.address).content.decode()
        assert not offices.client_of(people.bureau).get(item.address).context["may_order"]

    def test_from_an_alert(self, city, clock):
        with acting_as(city.lead):
            task = offices.task(city.lead, city.education, dt.date(2026, 3, 20))
        clock("2026-03-25")
        engine.run(dt.date(2026, 3, 25))
        with whole():
            alert = Alert.objects.get(ended_on=None)
        client = offices.client_of(city.lead)
        assert "issue a supervision order" in client.get("/ledgers/alerts/?state=open").content.decode()
        assert client.post("/orders/from-alert/", {"act": "order", "scope": "selected"}).url == "/ledgers/alerts/"
        link = client.post("/orders/from-alert/", {"act": "order", "selected": [alert.pk], "query": "state=open"}).url
        initial = client.get(link).context["form"].initial
        assert (initial["unit"], initial["post"]) == (city.education.pk, task.post_id) and task.number in initial[
            "title"
        ]
        sent = {**initial, "requirement": "说明原因", "limit_on": "2026-04-01", "level": "orange"}
        assert client.post(link, sent).status_code == 302
        with whole():
            order = SupervisionOrder.objects.get()
        assert (order.subject_ledger, order.subject_id, order.subject_address) == (
            "alerts", alert.pk, f"/responsibility/{task.pk}/",
        )  # fmt: skip


def test_problems_that_nobody_holds_are_listed(people):
    held, adrift = bring_to(people, "in_progress"), bring_to(people, "assigned", description="另一问题")
    client = offices.client_of(people.drc)

    def listed() -> set:
        answer = client.get("/ledgers/rectification-items/?orphan=1")
        return {item for item in (held.number, adrift.number) if item in answer.content.decode()}

    assert listed() == set()
    User.objects.filter(pk=people.bureau.pk).update(is_active=False)
    assert listed() == set()  # the county acts for a unit that has no account
    User.objects.filter(pk=people.county.pk).update(is_active=False)
    assert listed() == {held.number, adrift.number}
    with whole():
        type(held).objects.filter(pk=held.pk).update(responsible=people.city)
    assert listed() == {adrift.number}
    [line] = [one for one in client.get("/responsibility/").context["adrift"] if "rectification-items" in one["url"]]
    assert line["number"] == 1 and client.get(line["url"]).context["pager"]["count"] == 1


def test_an_entry_counts_the_units_problems(people):
    bring_to(people, "in_progress")
    bring_to(people, "submitted", description="已报验")
    bring_to(people, "closed", description="已销号")
    with whole():
        figures = dispatch.figures_of(people.bureau_unit, dt.date(2026, 7, 1))
    # The day has passed for both; what is being decided is not late.
    assert (figures["open_items"], figures["overdue_items"]) == (2, 1)


def test_a_report_by_sheet_or_api_names_its_evidence(city, task):
    with acting_as(city.teacher), pytest.raises(Refused, match="Attach the evidence"):
        move(task.pk, "submit", Told("完成"), by=city.teacher, on=ON)


@pytest.mark.parametrize(
    ("limit", "expected"),
    [
        ("3个工作日", dt.date(2026, 3, 13)),
        ("3月底", dt.date(2026, 3, 31)),
        ("20260320", dt.date(2026, 3, 20)),
        ("5天前", None),
    ],
)
def test_the_limit_of_an_order_in_days_or_words(city, limit, expected):
    client = offices.client_of(city.lead)
    sent = {"unit": city.education.pk, "title": "学位", "requirement": "核实", "limit_on": limit, "level": "yellow"}
    answer = client.post("/orders/new/", sent)
    assert answer.status_code == (302 if expected else 422)
    with whole():
        assert list(SupervisionOrder.objects.values_list("limit_on", flat=True)) == ([expected] if expected else [])
