"""Entry in the browser: a household by keys alone, drafts, a lost network, two officials at once, the quick-entry table with
a pasted block, signing out; each also looked at by axe."""

from __future__ import annotations

import datetime as dt
import re

import pytest
from playwright.sync_api import Page, expect

from common.scope import acting_as
from employment.actions import save_employments
from employment.models import Employment
from households.actions import save_households, save_persons
from households.models import Household, Person
from ledgers.models import Draft
from tests import world
from tests.e2e.conftest import enter_as
from tests.e2e.kept import KEPT, until_kept
from tests.e2e.test_accessibility import Sweep

TODAY = dt.date(2026, 6, 30)
PASTE = """([id, text]) => {
  const data = new DataTransfer();
  data.setData('text/plain', text);
  const field = document.getElementById(id);
  field.focus();
  field.dispatchEvent(new ClipboardEvent('paste', {clipboardData: data, bubbles: true, cancelable: true}));
}"""


@pytest.fixture
def home(county, clock):
    clock(TODAY)
    return world.settlement(county, name="平洞社区")


@pytest.fixture
def family(county, home) -> Household:
    members = [world.member("韦大山"), world.member("罗小妹", "02", dt.date(1987, 4, 5), sex="2")]
    jobs = [[world.job(dt.date(2024, 1, 1), employer="甲厂")], []]
    return world.household(county, home, members, jobs, code="522326000001", address="1栋101")


def clean(sweep: Sweep) -> None:
    assert not sweep.wrong, "\n".join(sweep.wrong)


def focused(page: Page) -> str:
    return page.evaluate("document.activeElement.name || document.activeElement.textContent.trim()")


class Hands:
    """Nothing but keys; each is counted."""

    def __init__(self, page: Page):
        self.page, self.count = page, 0

    def press(self, key: str) -> None:
        self.page.keyboard.press(key)
        self.count += 1

    def answer(self, told: dict[str, str]) -> None:
        """Field after field, Enter leading on; of a list, the word is reached by typing its first letters as a user does."""
        left = dict(told)
        while left:
            name = focused(self.page)
            if name in left:
                value = left.pop(name)
                if self.page.evaluate("document.activeElement.tagName") == "SELECT":
                    self.choose(name, value)
                else:
                    self.page.keyboard.type(value)
                    self.count += len(value)
            if left:
                self.press("Enter")
            assert self.count < 1000, f"never came to {list(left)}, stands at {focused(self.page)}"

    def choose(self, name: str, word: str) -> None:
        shown = "document.activeElement.selectedOptions[0].textContent.trim()"
        while self.page.evaluate(shown) != word:
            before = self.page.evaluate("document.activeElement.selectedIndex")
            self.press("ArrowDown")
            assert self.page.evaluate("document.activeElement.selectedIndex") > before, f"{name} has no {word}"


def test_a_household_of_four_with_two_jobs_is_entered_without_the_mouse(as_user, county, home):
    page = as_user(county)
    page.goto(f"/households/new/?settlement={home.code}")
    page.evaluate(
        "['mousedown','pointerdown','touchstart'].forEach(k => addEventListener(k, () => { document.title = 'MOUSE'; }, true))"
    )
    numbers = [world.id_number(dt.date(1984, 2, 28)), world.id_number(dt.date(1986, 5, 1), "2")]
    numbers += [world.id_number(dt.date(2012, 1, 1)), world.id_number(dt.date(2015, 1, 1), "2")]
    wrong = numbers[0][:-1] + ("0" if numbers[0][-1] != "0" else "1")
    hands = Hands(page)
    assert focused(page) == "code"
    hands.answer({
        "code": "522326000777", "address": "3栋201", "moved_in_on": "20180503", "phone": "13800000000",
        "members-0-name": "岑大明", "members-0-relation": "户主", "members-0-id_number": wrong,
        "members-0-labour_capability": "普通劳动力", "members-0-job_channel": "县内务工",
        "members-0-job_employer": "电子厂", "members-0-job_monthly_wage": "3500", "members-0-job_start_date": "20240101",
    })  # fmt: skip
    # The check digit has been told at the field while entering went on.
    expect(page.locator("#id_members-0-id_number_error")).not_to_be_empty()
    expect(page.locator("#id_members-0-id_number")).to_have_attribute("aria-invalid", "true")
    hands.answer({
        "members-1-name": "罗春", "members-1-relation": "配偶", "members-1-id_number": numbers[1],
        "members-1-labour_capability": "普通劳动力", "members-1-job_channel": "县内务工",
        "members-1-job_employer": "服装厂", "members-1-job_start_date": "20250101",
    })  # fmt: skip
    for row, name in ((2, "岑小明"), (3, "岑小花")):
        hands.press("Alt+n")
        relation = "之子" if row == 2 else "之女"
        told = {"name": name, "relation": relation, "id_number": numbers[row]}
        hands.answer({f"members-{row}-{field}": value for field, value in told.items()})
    for _row in range(3):
        hands.press("Alt+ArrowUp")
    assert focused(page) == "members-0-id_number"
    hands.press("Control+a")
    hands.answer({"members-0-id_number": numbers[0]})
    hands.press("Control+Enter")
    # The next one: the settlement stays, the focus is in the first field, what the saved one changed is told.
    expect(page).to_have_url(re.compile(rf"/households/new/\?settlement={home.code}$"))
    expect(page.locator("#messages")).to_contain_text("岑大明 522326000777")
    expect(page.locator("#messages")).to_contain_text(re.compile("平洞社区.*搬迁户.*→ 1"))
    assert focused(page) == "code" and page.locator("[name=settlement]").input_value() == home.code
    assert "MOUSE" not in page.title()
    assert hands.count < 280, hands.count
    with acting_as(county):
        stored = Household.objects.get(code="522326000777")
        assert Person.objects.filter(household=stored).count() == 4
        assert Employment.objects.filter(person__household=stored).count() == 2
    until_kept(page, lambda kept: kept == "[]")


def test_what_was_typed_outlives_browser_network_and_sign_in(as_user, county, family, live_server, new_context):
    page = as_user(county)
    address = f"/households/{family.code}/edit/"
    page.goto(address)
    page.locator("[data-add-row]").click()
    page.locator("[name=members-2-name]").fill("韦小山")
    page.locator("[name=address]").fill("2栋202")
    expect(page.locator("[data-kept-state]")).to_contain_text("草稿已自动保存")
    page.close()  # the server has it

    # Another browser: offered, not put in by itself.
    context = new_context()
    page = enter_as(context.new_page(), live_server, county)
    page.goto(address)
    expect(page.locator("[name=members-2-name]")).to_have_count(0)
    page.locator("#draft-offer a").click()
    expect(page.locator("[name=members-2-name]")).to_have_value("韦小山")
    expect(page.locator("[name=address]")).to_have_value("2栋202")

    # No network: the device keeps it, and sends it once there is one.
    context.set_offline(True)
    page.locator("[name=remark]").fill("断网时填写")
    until_kept(page, lambda kept: "断网时填写" in kept)
    context.set_offline(False)
    until_kept(page, lambda kept: kept == "[]")
    with acting_as(county):
        assert "断网时填写" in Draft.objects.get().data

    # The sign-in ran out while typing: signed in again, the device offers it.
    context.clear_cookies(name="sessionid")
    page.on("dialog", lambda dialog: dialog.accept())
    page.locator("[name=origin_village]").fill("拉浪村")
    expect(page).to_have_url(re.compile(r"/login/\?next="))
    assert "拉浪村" in page.evaluate(KEPT)
    enter_as(page, live_server, county)
    page.goto(address)
    page.locator("[data-kept-restore]").click()
    expect(page).to_have_url(re.compile(r"restore=1"))
    expect(page.locator("[name=origin_village]")).to_have_value("拉浪村")
    expect(page.locator("[name=members-2-name]")).to_have_value("韦小山")

    # Signing out from any page leaves nothing on the device, and Back shows nothing.
    context.set_offline(True)
    page.locator("[name=remark]").fill("不得留下")
    until_kept(page, lambda kept: "不得留下" in kept)
    context.set_offline(False)
    page.locator("form[action='/logout/'] button").click()
    expect(page.locator("form.login")).to_be_visible()
    assert page.evaluate(KEPT) == "[]"
    assert page.evaluate("localStorage.length") == 0
    assert "不得留下" not in page.evaluate("JSON.stringify(sessionStorage)")
    page.go_back()
    expect(page.locator("form.login")).to_be_visible()
    assert "不得留下" not in page.content()


def test_two_officials_at_one_household_choose_field_by_field(as_user, county, family):
    other = world.user("李四", "county", world.WANGMO)
    page = as_user(county)
    page.goto(f"/households/{family.code}/edit/")
    with acting_as(other):
        wife = Person.objects.get(household=family, relation="02")
        save_households([{"id": family.pk, "address": "5栋502"}], by=other)
        save_persons([{"id": wife.pk, "job_intention": "1"}], by=other)
        save_persons([world.member("韦新", "03", dt.date(2020, 1, 1)) | {"household": family}], by=other)
    page.locator("[name=address]").fill("2栋202")
    page.locator("[name=members-1-name]").fill("罗大妹")
    page.keyboard.press("Control+s")
    expect(page.locator("[data-error-summary]")).to_be_focused()
    conflicts = page.locator("#conflicts")
    expect(conflicts).to_contain_text("李四于")
    expect(conflicts).to_contain_text("韦新已由他人录入本户")
    expect(page.locator("[name=choose_address][value=mine]")).to_be_checked()
    expect(page.locator("[name=choose_members-1-job_intention][value=theirs]")).to_be_checked()
    expect(page.locator("[name=members-2-name]")).to_have_value("韦新")
    sweep = Sweep(page)
    page.evaluate("scrollTo(0, document.body.scrollHeight)")  # where no field lies half below the bar of buttons
    sweep.look("conflict")
    page.locator("[name=choose_address][value=theirs]").check()
    page.keyboard.press("Control+s")
    expect(page).to_have_url(re.compile(rf"/households/{family.code}/$"))
    with acting_as(county):
        wife.refresh_from_db()
        family.refresh_from_db()
        assert (family.address, wife.name, wife.job_intention) == ("5栋502", "罗大妹", "1")
        assert Person.objects.filter(household=family).count() == 3
    # The form in rest and with faults, the draft offered.
    page.goto(f"/households/{family.code}/edit/")
    sweep.look("form")
    page.locator("[name=phone]").fill("12")
    page.locator("[name=remark]").focus()
    expect(page.locator("#id_phone_error")).not_to_be_empty()
    expect(page.locator("[data-kept-state]")).to_contain_text("草稿已自动保存")
    page.reload()
    sweep.look("draft offered")
    clean(sweep)


def test_quick_entry_by_keys_and_by_a_pasted_block(as_user, county, home, family):
    with acting_as(county):
        husband, wife = Person.objects.filter(household=family).order_by("pk")
    world.household(county, home, [world.member("岑一"), world.member("岑二", "03")], code="522326000002")
    with acting_as(county):
        third, fourth = Person.objects.filter(household__code="522326000002").order_by("pk")
    page = as_user(county)
    page.goto(f"/settlements/{home.code}/")
    page.get_by_role("link", name="就业快速登记").click()
    expect(page.locator("tr[data-row]")).to_have_count(3)  # those without a job
    sweep = Sweep(page)
    sweep.look("quick entry")

    # A row is saved when the focus leaves it; the cell above is copied, the same column of the next row is one key away.
    def cell(person, name):
        return page.locator(f"#id_p{person.pk}-{name}")

    def state(person):
        return page.locator(f"#row-{person.pk} [data-state]")

    cell(wife, "channel").select_option(label="县内务工")
    cell(wife, "employer").fill("电子厂")
    expect(state(wife)).to_have_text("未保存")
    cell(wife, "start_date").fill("20260105")
    cell(wife, "employer").focus()
    page.keyboard.press("Alt+ArrowDown")
    expect(state(wife)).to_have_text("已保存")
    expect(page.locator("#effects")).to_contain_text("1 → 2")
    page.keyboard.press("Control+d")
    expect(cell(third, "employer")).to_have_value("电子厂")
    cell(fourth, "employer").focus()
    expect(state(third)).to_have_text("有误")  # channel and start are missing, told at their cells
    expect(page.locator(f"#id_p{third.pk}-start_date_error")).not_to_be_empty()

    # A block of two rows: one wrong cell, one column too many. Undone and pasted again, corrected, saved.
    block = '公益岗位\t社区\t望谟\t1200\t2026/1/1\t至今\t备注\n县内务工\t"丙厂\n二车间"\t望谟\t面议\t2026.2.1\n'
    page.evaluate(PASTE, [f"id_p{third.pk}-channel", block])
    report = page.locator("#pasted")
    expect(report).to_contain_text("第3行岑二")
    expect(report).to_contain_text("面议")
    expect(report).to_contain_text("“备注”")
    expect(cell(fourth, "monthly_wage")).to_have_attribute("aria-invalid", "true")
    expect(cell(third, "start_date")).to_have_value("2026-01-01")
    sweep.look("pasted")
    report.get_by_role("button", name="撤销").click()
    expect(cell(third, "employer")).to_have_value("电子厂")
    expect(cell(fourth, "monthly_wage")).to_have_value("")
    page.evaluate(PASTE, [f"id_p{third.pk}-channel", block])
    expect(report).to_contain_text("面议")
    page.keyboard.press("Control+s")
    expect(page.locator("[data-error-summary]")).to_be_focused()
    expect(page.locator("#messages")).to_contain_text("已保存1行")
    expect(state(third)).to_have_text("已保存")
    sweep.look("quick entry with faults")
    cell(fourth, "monthly_wage").fill("3000")
    page.keyboard.press("Control+s")
    expect(page.locator("#messages")).to_contain_text("已保存1行")
    with acting_as(county):
        found = Employment.objects.filter(person__in=[wife, third, fourth]).order_by("person")
        assert list(found.values_list("employer", "monthly_wage")) == [
            ("电子厂", None), ("社区", 1200), ("丙厂 二车间", 3000),
        ]  # fmt: skip
    page.goto(f"/settlements/{home.code}/quick/")
    expect(page.locator("main")).to_contain_text("暂无人员")
    expect(page.locator("#draft-offer")).to_have_count(0)

    # Another saved the row meanwhile: told in the row, which comes back as it was chosen.
    page.goto(f"/settlements/{home.code}/quick/?show=all")
    with acting_as(county):
        job = Employment.objects.get(person=husband)
        save_employments([{"id": job.pk, "employer": "乙厂", "workplace": "册亨"}], by=county)
    cell(husband, "employer").fill("丙厂")
    cell(wife, "employer").focus()
    expect(state(husband)).to_have_text("他人已修改")
    sweep.look("conflict in a row")
    page.locator(f"#p{husband.pk}-mine").check()
    expect(state(husband)).to_have_text("已保存")
    expect(cell(husband, "workplace")).to_have_value("册亨")
    with acting_as(county):
        job.refresh_from_db()
        assert (job.employer, job.workplace) == ("丙厂", "册亨")
    clean(sweep)


def test_without_scripts_both_forms_save(as_user_without_script, county, home, family):
    page = as_user_without_script(county)
    page.goto(f"/households/{family.code}/edit/")
    page.get_by_role("button", name="添加成员").click()
    page.locator("[name=members-2-name]").fill("韦小山")
    page.locator("[name=members-2-relation]").select_option(label="之子")
    page.locator("[name=members-2-id_number]").fill(world.id_number(dt.date(2012, 1, 1)))
    page.locator(".form-bar [data-save]").click()
    expect(page).to_have_url(re.compile(rf"/households/{family.code}/$"))
    page.goto(f"/settlements/{home.code}/quick/")
    with acting_as(county):
        wife = Person.objects.get(household=family, relation="02")
    page.locator(f"#id_p{wife.pk}-channel").select_option(label="县内务工")
    page.locator(f"#id_p{wife.pk}-employer").fill("电子厂")
    page.locator(".form-bar [data-save]").click()
    expect(page.locator("[data-error-summary]")).to_contain_text("罗小妹")
    page.locator(f"#id_p{wife.pk}-start_date").fill("2026-01-05")
    page.locator(".form-bar [data-save]").click()
    expect(page.locator("#messages")).to_contain_text("已保存1行")
    with acting_as(county):
        assert Employment.objects.get(person=wife).employer == "电子厂"
        assert Person.objects.filter(household=family).count() == 3


def test_the_settlement_is_found_by_keys(as_user, county, home):
    page = as_user(county)
    page.goto("/households/new/")
    page.locator("[name=settlement]").focus()
    page.keyboard.type("平洞")
    expect(page.get_by_role("option", name=re.compile("平洞社区"))).to_be_visible()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    expect(page.locator("[name=settlement]")).to_have_value(home.code)
    expect(page.locator("output.picked[for=id_settlement]")).to_have_text(re.compile("平洞社区$"))
    assert focused(page) == "relocation_kind"
    page.locator("[name=settlement]").fill("5223")
    expect(page.locator("output.picked[for=id_settlement]")).to_have_text("")  # no name beside another code
