"""A visit at the door on a phone, with a photograph, an agreed step and a network that goes away; the file and the card
on paper."""

from __future__ import annotations

import datetime as dt
import re

from playwright.sync_api import expect

from common.scope import acting_as
from households.actions import record_visit, save_measures, save_plans
from households.models import Visit, VisitStep
from ledgers.attachments.models import Attachment
from tests import world
from tests.e2e.test_accessibility import Sweep, finish
from tests.ledgers import attachment_files as make

TODAY = dt.date(2026, 6, 30)
PHONE = {"width": 390, "height": 844}

# Whether this device has kept the step and the photograph.
KEPT = """() => new Promise((done) => { const opening = indexedDB.open("kept-forms", 1);
  opening.onsuccess = () => { const all = opening.result.transaction("forms").objectStore("forms").getAll();
    all.onsuccess = () => { opening.result.close();
      done(all.result.some((kept) => kept.values.some(([name, value]) => name === "step-0-step" && value))); }; }; })"""


def sides(pdf: bytes) -> int:
    return len(re.findall(rb"/Type\s*/Page\b", pdf))


def test_a_visit_on_a_phone_and_the_papers_of_the_household(as_user, county, clock, settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path
    clock(TODAY)
    home = world.settlement(county, name="分散安置", placement="dispersed")
    household = world.household(
        county, home, [world.member("韦大山"), world.member("韦小山", "03", dt.date(2015, 5, 5))],
        moved_in_on=dt.date(2019, 6, 1), address="2栋301",
    )  # fmt: skip
    page = as_user(county)
    page.set_viewport_size(PHONE)
    page.goto(f"/households/{household.code}/")
    page.get_by_role("link", name="录入走访").first.click()
    page.locator("[name=found]").fill("老人慢病用药，希望就近取药")
    expect(page.locator("[data-kept-state]")).to_contain_text("草稿")

    # The network goes away; what is typed and the photograph stay on the phone.
    page.context.set_offline(True)
    photograph = {
        "name": "门口.jpg",
        "mimeType": "image/jpeg",
        "buffer": make.jpeg(taken="2026:06:30 09:01:00", gps={1: "N", 2: (25, 10, 30), 3: "E", 4: (106, 6, 0)}),
    }
    page.locator("[name=files]").set_input_files(photograph)
    page.locator("[name=step-0-step]").fill("办理慢病门诊待遇")
    for _try in range(100):
        if page.evaluate(KEPT):
            break
        page.wait_for_timeout(100)
    page.context.set_offline(False)
    page.goto(f"/households/{household.code}/visits/new/")
    page.locator("[data-kept-restore]").click()
    expect(page.locator("[name=step-0-step]")).to_have_value("办理慢病门诊待遇")
    assert page.locator("[name=files]").evaluate("box => box.files.length") == 1

    # A step without a date or an owner is refused in words, and nothing is lost.
    page.get_by_role("button", name="保存走访记录").click()
    summary = page.locator("[data-error-summary]")
    expect(summary).to_contain_text("请填写责任人")
    expect(page.locator("[name=files]")).to_have_js_property("value", "C:\\fakepath\\门口.jpg")
    expect(summary).to_contain_text("请填写办结时限")
    assert page.locator("[name=files]").evaluate("box => box.files.length") == 1
    expect(page.locator("[data-kept-files]")).to_have_count(0)
    expect(page.locator("[data-kept-offer]")).to_be_hidden()
    sweep = Sweep(page)
    sweep.look("a visit with faults")
    page.set_viewport_size(PHONE)
    page.locator("[name=step-0-owner]").fill("王干部")
    page.locator("[name=step-0-due_on]").fill("20260715")
    page.get_by_role("button", name="保存走访记录").click()
    expect(page.locator("#messages")).to_contain_text("走访已记录")
    expect(page.locator("main")).to_contain_text("王干部, 2026-07-15前")
    with acting_as(county):
        visit = Visit.objects.get()
        assert (visit.found, VisitStep.objects.get().due_on) == ("老人慢病用药，希望就近取药", dt.date(2026, 7, 15))
        kept = Attachment.objects.get(subject_id=visit.pk, ledger="visits")
        assert kept.taken_at is not None and float(kept.latitude) == 25.175
        save_plans(
            [{
                "household": household, "made_on": dt.date(2026, 1, 5), "cadre": "王干部", "cadre_phone": "13800000001",
                "difficulty": "缺技术",
            }],
            by=county,
        )  # fmt: skip
        for number in range(9):  # more than a card holds
            row = {"household": household, "measure": f"技能培训第{number}期", "owner": "李老师", "due_on": TODAY}
            save_measures([row], by=county)
        for day in range(1, 4):
            told = {"household": household, "visited_on": dt.date(2026, 5, day), "visitors": "王干部", "found": "良好"}
            record_visit(told, [], by=county)
    page.goto(f"/households/{household.code}/visits/new/")
    expect(page.locator("[data-kept-offer]")).to_be_hidden()

    base = f"/households/{household.code}/"
    sweep.open(
        base, f"{base}visits/new/", f"{base}steps/{step_of(county)}/", f"{base}confirm/", f"{base}print/",
        f"{base}card/", "/confirmations/", "/ledgers/household-plans/", "/ledgers/visits/", "/ledgers/visit-steps/",
        f"/settlements/{home.code}/",
    )  # fmt: skip
    for address, most in ((f"{base}print/", 5), (f"{base}card/", 1)):
        page.goto(address)
        svg = page.locator("svg.qr")
        expect(svg).to_be_visible()
        pdf = page.pdf(prefer_css_page_size=True)
        (tmp_path / "paper.pdf").write_bytes(pdf)
        assert 1 <= sides(pdf) <= most, (address, sides(pdf))
    expect(page.locator(".card-sheet")).to_contain_text("13800000001")
    finish(sweep, 12)


def step_of(county) -> int:
    with acting_as(county):
        return VisitStep.objects.get(step="办理慢病门诊待遇").pk
