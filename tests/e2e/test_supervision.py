"""Supervision in a browser: the responsibility list and its annex, a task proved and accepted, a round with a missing
entry, a decision that becomes a task, an order from a problem to its close; all pages judged by axe on both widths."""

from __future__ import annotations

import datetime as dt
import io
import re
from dataclasses import dataclass
from pathlib import Path

import pytest
from openpyxl import load_workbook
from playwright.sync_api import Page, expect

from common.ledger import registry
from common.scope import acting_as, whole
from ledgers.actions import save as store
from rectification.actions import cadres, dispatch, meetings
from rectification.models import ItemMove
from rectification.models.meetings import MeetingDecision, MeetingQuarter
from rectification.models.orders import SupervisionOrder
from rectification.models.tasks import ResponsibilityList, ResponsibilityTask
from tests import world
from tests.e2e.conftest import enter_as
from tests.e2e.test_accessibility import Sweep, finish, save
from tests.e2e.words import zh
from tests.ledgers import attachment_files as make
from tests.rectification import offices
from tests.rectification.conftest import People, account, bring_to

ON = dt.date(2026, 3, 10)
MARCH = dt.date(2026, 3, 1)
QIANXINAN = 522300000000


@pytest.fixture(autouse=True)
def folder(settings, tmp_path) -> Path:
    settings.MEDIA_ROOT = tmp_path / "files"
    return settings.MEDIA_ROOT


@dataclass
class County:
    """A county with its bureau and the city above; a task, a round, a meeting, and a problem being put right."""

    people: People
    task: int
    round: int
    meeting: int
    item: object


@pytest.fixture
def made(transactional_db, clock) -> County:
    clock(ON)
    bureau = account("bureau", "department", world.WANGMO, "望谟县住房和城乡建设局")
    county = account("county", "county", world.WANGMO, "望谟县生态移民局")
    city = account("city", "city", QIANXINAN, "黔西南州生态移民局")
    people = People(county, county, bureau, city, city, city, city, city, bureau.unit)
    with acting_as(county):
        task = offices.task(county, bureau.unit, text="完成安置住房渗水维修")
        other = offices.task(county, offices.unit("望谟县教育局", world.WANGMO), dt.date(2026, 3, 1), on=MARCH)
        row = {"division": world.WANGMO, "month": dt.date(2026, 2, 1), "kind": "3"}
        [round_] = dispatch.save_dispatches([row], by=county, on=MARCH).objects
        told = {"division": world.WANGMO, "kind": "1", "day": ON, "chair": "召集人", "subject": "研究住房维修"}
        [meeting] = meetings.save_meetings([told], by=county, on=ON).objects
    assert other.pk
    return County(people, task.pk, round_.pk, meeting.pk, bring_to(people, "in_progress"))


def fill(page: Page, **values: str) -> None:
    for name, value in values.items():
        field = page.locator(f"main [name={name}]").last
        if field.evaluate("element => element.tagName") == "SELECT":
            field.select_option(label=value)
        else:
            field.fill(value)
    save(page)


def test_a_task_is_proved_and_accepted_and_a_round_lists_what_is_missing(as_user, live_server, made, tmp_path):
    page = as_user(made.people.bureau)
    page.goto(f"/responsibility/{made.task}/")
    page.get_by_role("link", name="提交完成审核").click()
    save(page)
    summary = page.locator("[data-error-summary]")
    expect(summary).to_be_focused()
    expect(summary).to_contain_text("请上传佐证材料")
    photograph = tmp_path / "整改后.jpg"
    photograph.write_bytes(make.jpeg((800, 600)))
    page.locator("main [name=files]").set_input_files(photograph)
    fill(page, text="渗水全部修好，复查无渗漏", caption="三号楼外墙")
    expect(page.locator("#messages")).to_contain_text("已提交")
    shot = page.locator(".shot")
    expect(shot).to_contain_text("三号楼外墙")
    expect(page.locator(".timeline")).to_contain_text("整改后.jpg")
    expect(page.locator("main")).to_contain_text("附件以审核时为准")

    # The round of February was due on 5 March: the bureau enters late, the other unit stays on the list.
    page.goto("/ledgers/dispatch-entries/?state=missing")
    expect(page.locator("table.data tbody tr")).to_have_count(2)
    page.locator("table.data tbody tr", has_text="住房").locator("a").first.click()
    fill(page, progress="维修完成三栋", problems="雨季施工慢", next_steps="抢晴天施工")
    expect(page.locator("main")).to_contain_text("逾期填报")

    enter_as(page, live_server, made.people.city)
    page.goto("/inbox/?show=tasks")
    page.get_by_role("link", name=re.compile("渗水维修")).click()
    page.get_by_role("link", name="审核通过").click()
    save(page)
    with whole():
        assert ResponsibilityTask.objects.get(pk=made.task).state == "done"
    enter_as(page, live_server, made.people.county)
    page.goto(f"/dispatch/{made.round}/")
    rows = page.locator("table.data tbody tr")
    expect(rows.filter(has_text="教育局")).to_contain_text("未填报")
    expect(rows.filter(has_text="住房")).to_contain_text("维修完成三栋")
    page.get_by_role("link", name=re.compile("未填报")).first.click()
    expect(page.locator("table.data tbody tr")).to_have_count(1)


def test_a_decision_without_owner_and_day_is_refused_and_an_order_goes_its_way(as_user, live_server, made):
    people = made.people
    page = as_user(people.county)
    page.goto(f"/meetings/{made.meeting}/decide/")
    fill(page, text="汛期前完成外墙维修")
    summary = page.locator("[data-error-summary]")
    expect(summary).to_be_focused()
    expect(summary).to_contain_text(
        zh("A decision needs an owner: name the responsible unit. Without one it cannot become a task.")
    )
    expect(summary).to_contain_text(
        zh("A decision needs a day by which it is done. Without one it cannot become a task.")
    )
    fill(page, unit=people.bureau_unit.name, due_on="20260531")
    with whole():
        decision = MeetingDecision.objects.select_related("task").get()
    expect(page.locator(f"#decision-{decision.pk}")).to_contain_text(decision.task.number)
    page.get_by_role("link", name=decision.task.number).click()
    expect(page.locator("main")).to_contain_text("2026-05-31")

    page.goto(made.item.address)
    page.get_by_role("link", name=zh("Issue a supervision order")).click()
    expect(page.locator("main [name=title]")).to_have_value(re.compile(made.item.number))
    fill(page, requirement="一周内整改到位", limit_on="20260320")
    with whole():
        order = SupervisionOrder.objects.get()
    assert (order.unit_id, order.subject_id) == (people.bureau_unit.pk, made.item.pk)
    page.locator("summary", has_text=zh("Why other acts are not open to you")).click()
    expect(page.locator("main")).to_contain_text(
        zh("Nobody has acknowledged receipt yet: an order is closed after receipt and reply.")
    )
    enter_as(page, live_server, people.bureau)
    page.goto(f"/orders/{order.pk}/")
    page.get_by_role("link", name="签收").click()
    save(page)
    page.get_by_role("link", name="回复办理情况").click()
    fill(page, text="已完成维修", evidence="验收单")
    enter_as(page, live_server, people.county)
    page.goto(f"/orders/{order.pk}/close/")
    save(page)
    expect(page.locator("main")).to_contain_text("已办结")
    page.goto(f"/orders/{order.pk}/sheet/")
    assert page.pdf(prefer_css_page_size=True).startswith(b"%PDF-")
    expect(page.locator(".sheet")).to_contain_text("已完成维修")
    page.goto(made.item.address)
    expect(page.locator("main")).to_contain_text(order.number)
    with whole():
        assert not ItemMove.objects.filter(item=made.item, act="close").exists()  # the problem goes its own way


def test_the_list_its_annex_and_every_page_of_supervision(as_user, live_server, made):
    people = made.people
    offices.load(dt.date(2026, 1, 1), shift=6)
    lead = offices.user("lead", "drc", of=offices.unit("市发改委", kind="drc"))
    with whole():
        laid, task = ResponsibilityList.objects.get(), ResponsibilityTask.objects.get(number="XY-09-5").pk
    page = as_user(lead)
    page.goto("/responsibility/")
    expect(page.locator("table.data tbody tr")).to_have_count(25)
    assert len(re.findall(rb"/Type /Page\b", page.pdf(prefer_css_page_size=True))) <= 2
    with page.expect_download() as download:
        page.get_by_role("link", name=re.compile(zh("Annex as a workbook"))).click()
    sheet = load_workbook(io.BytesIO(Path(download.value.path()).read_bytes())).active
    assert sheet["A1"].value == laid.title and sheet.max_row == 2 + 48

    sweep = Sweep(page)
    sweep.open("/responsibility/", f"/responsibility/{task}/", f"/responsibility/{task}/redate/")
    sweep.fault(f"/responsibility/{task}/submit/", save)
    group, secondment, quarter = _more(people)
    enter_as(page, live_server, people.county)
    with whole():
        entry = dispatch.DispatchEntry.objects.filter(dispatch=made.round).first().pk
    sweep.open(
        f"/dispatch/{made.round}/", f"/dispatch/{made.round}/units/", f"/dispatch/entries/{entry}/",
        f"/meetings/{made.meeting}/", f"/meetings/{made.meeting}/attendance/", f"/meetings/quarters/{quarter}/",
        "/ledgers/supervision-orders/", f"/ledgers/cross-county-groups/{group}/", f"/ledgers/secondments/{secondment}/",
        "/cadres/", "/ledgers/rectification-items/?orphan=1",
    )  # fmt: skip
    sweep.fault(f"/meetings/{made.meeting}/decide/", save)
    sweep.fault("/orders/new/", save)
    sweep.fault(f"/secondments/{secondment}/extend/", save)
    with acting_as(people.county):
        row = {"unit": people.bureau_unit, "title": "催办", "requirement": "报进展", "limit_on": dt.date(2026, 3, 31)}
        order = store(registry["supervision-orders"], [row], by=people.county).objects[0].pk
    sweep.open(f"/orders/{order}/", f"/orders/{order}/sheet/")
    finish(sweep, 20)


def _more(people: People) -> tuple[int, int, int]:
    """A group of two counties, a secondment, a class and a quarter."""
    county = people.county
    home = world.settlement(county, name="平洞社区")
    with acting_as(county):
        leaders = {"origin_leader": "韦某某", "origin_leader_post": "副县长"}
        leaders |= {"destination_leader": "罗某某", "destination_leader_post": "副县长"}
        row = {"origin": world.CEHENG, "destination": world.WANGMO, "name": "册亨—望谟组", "formed_on": ON, **leaders}
        group = store(registry["cross-county-groups"], [row], by=county).objects[0].pk
        row = {"name": "王某某", "unit": county.unit, "settlement": home, "from_on": ON, "to_on": ON.replace(year=2027)}
        secondment = cadres.save_secondments([row], by=county, on=ON).objects[0].pk
        row = {"division": world.WANGMO, "title": "培训班", "starts_on": ON, "ends_on": ON, "organiser": "县委组织部"}
        store(registry["cadre-trainings"], [{**row, "of_county": 3}], by=county)
    with whole():
        told = {"region": world.WANGMO, "year": 2026, "quarter": 1}
        quarter = MeetingQuarter.objects.create(due_on=dt.date(2026, 3, 31), **told).pk
    return group, secondment, quarter
