"""A problem in the browser: entered, given out, put right with evidence, verified above, closed and printed; and what
every page of it looks like to axe and on a narrow screen."""

from __future__ import annotations

import datetime as dt
import re
import shutil
import subprocess
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from common.scope import acting_as, whole
from rectification.actions.accountability import call_to_account
from rectification.models import ItemMove, RectificationItem
from tests import world
from tests.e2e.conftest import enter_as
from tests.e2e.test_accessibility import Sweep, finish, save
from tests.e2e.words import zh
from tests.ledgers import attachment_files as make
from tests.rectification.conftest import NOW, People, account, act, bring_to, problem

LIST = "/ledgers/rectification-items/"


@pytest.fixture
def people(transactional_db, clock, settings, tmp_path) -> People:
    settings.MEDIA_ROOT = tmp_path / "files"
    clock(NOW)
    bureau = account("bureau", "department", world.WANGMO, "望谟县住房和城乡建设局")
    city = account("city", "city", 522300000000, "黔西南州生态移民局")
    province = account("province", "province", 520000000000, "贵州省生态移民局")
    made = {
        "county": account("county", "county", world.WANGMO, "望谟县生态移民局"),
        "drc": account("drc", "drc", 520000000000, "贵州省发展和改革委员会"),
    }
    rest = dict.fromkeys(("township", "auditor", "other"), bureau)
    return People(bureau=bureau, city=city, province=province, bureau_unit=bureau.unit, **made, **rest)


@pytest.fixture
def files(tmp_path) -> list[Path]:
    contents = {
        "整改后.jpg": make.jpeg((1600, 1200), taken="2026:03:09 10:20:30", gps=make.WANGMO_GPS),
        "验收单.pdf": make.pdf(),
    }
    for name, content in contents.items():
        (tmp_path / name).write_bytes(content)
    return [tmp_path / name for name in contents]


def form(page: Page, key: str):
    """The form of an act, opened."""
    details = page.locator("details.act", has=page.locator(f"#act-{key}"))
    if not details.evaluate("details => details.open"):
        details.locator("summary").click()
    return page.locator(f"#act-{key}")


def do(page: Page, key: str, *, choice: str = "", **told: str) -> None:
    sent = form(page, key)
    if choice:
        sent.get_by_role("radio", name=choice, exact=True).check()
    for name, value in told.items():
        sent.locator(f"[name={name}]").fill(value)
    sent.locator("button").last.click()


def state(page: Page) -> str:
    return page.locator(".state-line .tag, .state-line [class*=tag]").first.inner_text()


def pages_of(printed: bytes, path: Path) -> tuple[int, str]:
    """How many pages a PDF has, and its text where pdftotext is installed ('' where not)."""
    assert printed.startswith(b"%PDF-")
    path.write_bytes(printed)
    text = ""
    if shutil.which("pdftotext"):
        text = subprocess.run(["pdftotext", "-layout", path, "-"], capture_output=True, text=True, check=True).stdout
    return len(re.findall(rb"/Type /Page\b", printed)), text


def test_a_problem_from_entry_to_closing(as_user, people, files, live_server, clock, tmp_path):
    world.settlement(people.county, name="平洞社区")
    page = as_user(people.county)
    page.goto(f"{LIST}new/")
    for name, value in {
        "found_on": "20260302", "division": "522326000000", "place_names": "平洞社区", "description": "三号楼外墙渗水",
        "target": "外墙不再渗水", "measures": "重做防水层", "deadline_on": "2026-06-30",
    }.items():  # fmt: skip
        page.locator(f"[name={name}]").fill(value)
    page.locator("[name=source]").select_option("04")
    page.locator("[name=problem_class]").select_option(index=1)
    page.locator("[name=lead_unit]").select_option(label="望谟县住房和城乡建设局")
    save(page)
    page.goto("/rectification/522326-2026-0001/")
    do(page, "register")
    expect(page.locator("#messages")).to_contain_text("已登记")
    do(page, "assign", opinion="请于时限内整改")
    expect(page.locator(".state-line")).to_contain_text("已交办")
    # What the county may not do is not offered; why, stands there.
    expect(page.locator("#act-accept")).to_have_count(0)
    page.get_by_text(zh("Acts of others in this state, and why they are not yours")).click()
    expect(page.locator("#acts")).to_contain_text("望谟县住房和城乡建设局")

    enter_as(page, live_server, people.bureau)
    page.goto("/rectification/522326-2026-0001/")
    form(page, "accept")
    page.locator("#act-accept button").last.dblclick()
    expect(page.locator(".state-line")).to_contain_text("已签收")
    with whole():
        assert ItemMove.objects.filter(act="accept").count() == 1
    do(page, "start", opinion="已组织现场勘查")
    expect(page.locator(".state-line")).to_contain_text("整改中")
    # It cannot be applied for yet, and the page says what it waits for.
    expect(page.locator("#act-submit")).to_have_count(0)
    expect(page.locator("#acts")).to_contain_text("点位")
    page.locator("#places input[type=checkbox]").check()
    page.locator("#places input[type=text]").fill("防水层已重做")
    page.locator("#places button").click()
    expect(page.locator("#places")).to_contain_text("已完成")
    expect(page.locator("#places")).to_contain_text("防水层已重做")
    do(page, "submit", effect="", completed_on="2026-03-09")
    expect(page.locator("[data-error-summary]").first).to_be_focused()
    form(page, "submit").locator("input[type=file]").set_input_files(files)
    do(page, "submit", effect="复查无渗水", completed_on="2026-03-09", caption="防水层重做后")
    expect(page.locator(".state-line")).to_contain_text("已申请销号")
    expect(page.locator(".timeline .thumb")).to_have_count(2)
    expect(page.locator("#attachments, [aria-labelledby=evidence]").first).to_contain_text("25.17847° N")
    expect(page.locator("#acts")).to_contain_text(zh("Nothing is open to you in this state."))

    # Two reviewers at once: the second one is told, and what was written is still there.
    enter_as(page, live_server, people.city)
    page.goto("/rectification/522326-2026-0001/")
    decision = form(page, "verify-return")
    decision.get_by_role("radio", name="核查通过").check()
    decision.locator("[name=opinion]").fill("市级现场核查属实")
    with whole():
        item = RectificationItem.objects.get()
    act(item, "return", people.province, opinion="照片看不清")
    act(item, "submit", people.bureau)
    decision.locator("button").last.click()
    expect(page.locator("main")).to_contain_text("province")
    expect(page.locator("#act-verify-return [name=opinion]")).to_have_value("市级现场核查属实")
    expect(page.locator(".state-line")).to_contain_text("已申请销号")
    page.locator("#act-verify-return button").last.click()  # looked at again, sent again
    expect(page.locator(".state-line")).to_contain_text("已核查")
    expect(page.locator("#act-close-return, #act-close")).to_have_count(0)  # the notice runs
    expect(page.locator("#acts")).to_contain_text("公示期至 2026-03-14 结束")
    clock(NOW + dt.timedelta(5))
    page.reload()
    do(page, "close-return", choice="销号")
    expect(page.locator(".state-line")).to_contain_text("已销号")
    expect(page.locator("main")).to_contain_text("XH522326-2026-0001")

    page.get_by_role("link", name=zh("Closing sheet")).click()
    expect(page.locator(".paper")).to_contain_text("2026-03-14")
    number, text = pages_of(page.pdf(prefer_css_page_size=True), tmp_path / "closing.pdf")
    assert number == 1
    assert not text or all(
        word in text for word in ("XH522326-2026-0001", "市级现场核查属实", "2026-03-14", "验收单.pdf")
    )
    page.goto("/rectification/522326-2026-0001/dossier/")
    page.wait_for_function("[...document.images].every(image => image.naturalWidth > 0)")
    printed = page.pdf(prefer_css_page_size=True)
    number, text = pages_of(printed, tmp_path / "dossier.pdf")
    assert 1 <= number <= 4 and b"/Subtype /Image" in printed
    assert not text or all(word in text for word in ("照片看不清", "防水层已重做", "复查无渗水", "整改后.jpg"))
    page.emulate_media(media="print")
    expect(page.locator("nav.menu")).to_be_hidden()
    page.emulate_media(media="screen")


def test_many_at_once_name_count_and_effect_first(as_user, people):
    ready = [bring_to(people, "submitted") for _number in range(2)]
    mine = bring_to(people, "in_progress")
    page = as_user(people.city)
    page.goto(LIST)
    for box in page.locator("tbody input[name=selected]").all():
        box.check()
    page.locator("select[name=act]").select_option("return")
    page.get_by_role("button", name=re.compile("对所选")).click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("2")
    expect(page.locator("main")).to_contain_text("已退回")
    expect(page.locator("[aria-labelledby=staying]")).to_contain_text(mine.number)
    with whole():
        assert not ItemMove.objects.filter(act="return").exists()  # nothing is done yet
    page.locator("[name=opinion]").fill("佐证材料不全")
    page.locator("#confirm button").click()
    expect(page.locator("p.notice[role=status]")).to_contain_text("2")
    with whole():
        assert {one.item_id for one in ItemMove.objects.filter(act="return")} == {one.pk for one in ready}


@pytest.fixture
def filled(people) -> dict[str, RectificationItem]:
    """A problem in several states, twins, a relapse, a record of accountability, units that help."""
    world.settlement(people.county, name="平洞社区")
    made = {key: bring_to(people, key) for key in ("assigned", "submitted", "closed", "false_found")}
    made["red"] = bring_to(people, "verified", kind="R3")
    made["late"] = bring_to(
        people, "in_progress", found_on=dt.date(2026, 1, 5), deadline_on=dt.date(2026, 2, 5), place_names="平洞社区"
    )
    made["twin"] = problem(people)
    made["relapse"] = problem(people, relapse_of=made["closed"], found_on=NOW)
    with acting_as(people.city):
        told = {"kind": "criticism", "day": NOW, "content": "整改超期，予以通报"}
        record = call_to_account(
            made["late"], by=people.city, addressees=[(people.bureau_unit, "王工")], on=NOW, **told
        )
    made["record"] = record
    return made


def test_pages_are_accessible_and_keep_within_the_screen(as_user, people, filled, live_server):
    page = as_user(people.county)
    sweep = Sweep(page)
    at = {key: one.address for key, one in filled.items()}
    sweep.open(
        LIST, f"{LIST}new/", f"{LIST}?number=522326-2026-9999", at["twin"], at["late"], at["closed"],
        f"{at['assigned']}units/", "/rectification/twins/", f"{at['twin']}merge/", f"{at['closed']}dossier/",
    )  # fmt: skip
    sweep.fault(f"{at['twin']}merge/?into={filled['assigned'].number}", save)
    enter_as(page, live_server, people.drc)
    sweep.open(
        at["submitted"], at["red"], at["false_found"], f"{at['submitted']}closing/", f"{at['red']}notice/", at["record"],
        "/rectification/progress/", "/rectification/progress/?until=2020-01-01",
    )  # fmt: skip
    sweep.fault(f"{at['late']}accountability/new/", save)
    sweep.fault(at["submitted"], lambda page: page.locator("#act-verify-return button").last.click())
    page.goto(LIST)
    for box in page.locator("tbody input[name=selected]").all():
        box.check()
    page.locator("select[name=act]").select_option("verify")
    page.get_by_role("button", name=re.compile("对所选")).click()
    expect(page.locator("#confirm")).to_be_visible()
    sweep.look("bulk")
    page.locator("#confirm button").click()
    expect(page.locator("[data-error-summary]").first).to_be_visible()
    sweep.look("bulk with faults")
    page.locator("[name=opinion]").fill("核查属实")
    page.locator("#confirm button").click()
    expect(page.locator("p.notice[role=status]")).to_be_visible()
    sweep.look("bulk, done")
    finish(sweep, 24)
