"""The life of a household in the browser: it splits, the split is undone, and a person goes to another county."""

from __future__ import annotations

import datetime as dt
import re

import pytest
from playwright.sync_api import Page, expect

from common.scope import acting_as, whole
from households.models import Household, Person, TransferRequest
from tests import world
from tests.households.living import TODAY, people, state

NUMBER = world.id_number(dt.date(1992, 9, 1))


def save(page: Page) -> None:
    page.get_by_role("button", name="保存", exact=True).click()


def told(page: Page) -> str:
    return " | ".join(page.locator("#messages .notice").all_inner_texts())


@pytest.fixture
def family(county, clock):
    """A couple, he with a job, with a grown son, his wife and their child."""
    clock(TODAY)
    members = [
        world.member("韦大山", birth=dt.date(1968, 1, 2)),
        world.member("罗小妹", "02", dt.date(1970, 4, 5), sex="2"),
        {**world.member("韦小山", "03"), "id_number": NUMBER},
        world.member("黄阿娇", "05", dt.date(1993, 3, 8), sex="2"),
        world.member("韦天天", "07", dt.date(2018, 5, 5), labour_capability="4"),
    ]
    home = world.settlement(county, name="平洞社区")
    return world.household(county, home, members, [[world.job()], [], [], [], []], code="522326000041")


def test_a_split_its_undo_and_a_transfer_between_two_counties(as_user, county, family):
    neighbour = world.user("ceheng", "county", world.CEHENG)
    host = world.household(
        neighbour, world.settlement(neighbour, world.CEHENG_TOWNSHIP, name="者楼社区"), [world.member("岑甲")]
    )
    before = state()
    page = as_user(county)
    page.goto(f"/households/{family.code}/")
    events = page.locator("section[aria-labelledby=panel-life]")
    events.get_by_role("link", name="分户").click()
    for name in ("韦小山", "黄阿娇", "韦天天"):
        page.get_by_role("checkbox", name=re.compile(name)).check()
    page.locator("[name=day]").fill("20260610")
    page.locator("[name=reason]").fill("子女成家")
    save(page)
    expect(page.locator("[data-error-summary]")).to_contain_text("新户没有户主")
    page.locator("[name=head]").select_option(label="韦小山（之子）")
    page.locator("[name=address]").fill("2栋202")
    save(page)
    relations = page.locator("section[aria-labelledby=relations]")
    expect(relations).to_be_visible()
    assert [row.input_value() for row in relations.locator("select").all()] == ["01", "02", "03"]
    name, select = relations.locator("tbody th").first, relations.locator("tbody select").first
    middles = [box["y"] + box["height"] / 2 for box in (name.bounding_box(), select.bounding_box())]
    assert abs(middles[0] - middles[1]) < 4, middles
    assert name.evaluate("cell => parseFloat(getComputedStyle(cell).paddingLeft)") >= 12
    with acting_as(county):
        assert Household.objects.count() == 1
    save(page)
    expect(page).to_have_url(re.compile(rf"/households/{family.code}/$"))
    answer = told(page)
    assert "新户编号为522326000042" in answer
    assert re.search(r"平洞社区.*户.*1 → 2", answer)
    expect(events).to_contain_text("分户")
    expect(events).to_contain_text("子女成家")
    page.goto("/households/522326000042/")
    expect(page.get_by_role("heading", level=1)).to_contain_text("韦小山")

    page.goto(f"/households/{family.code}/")
    events.get_by_role("link", name="撤销").click()
    page.locator("[name=reason]").fill("登记错误")
    page.get_by_role("button", name="撤销变动").click()
    expect(page).to_have_url(re.compile(rf"/households/{family.code}/$"))
    assert re.search(r"平洞社区.*户.*2 → 1", told(page))
    expect(events).to_contain_text("登记错误")
    assert state() == before

    page = as_user(neighbour)
    page.goto(f"/households/{host.code}/")
    events.get_by_role("link", name="申请外县人员转入").click()
    page.locator("[name=number]").fill(NUMBER)
    page.locator("[name=relation]").select_option(label="其他")
    page.locator("[name=reason]").fill("投靠亲属")
    page.get_by_role("button", name="提交申请").click()
    expect(page.locator("main")).to_contain_text("待对方答复")
    expect(page.locator("main")).to_contain_text("韦小山")
    assert NUMBER not in page.content()

    page = as_user(county)
    page.goto("/inbox/")
    page.locator("main").get_by_role("link", name=re.compile("册亨县.*522326000041")).first.click()
    page.locator("main").get_by_role("link", name="答复申请").click()
    page.get_by_role("radio", name="同意").check()
    save(page)
    expect(page.locator("main")).to_contain_text("已同意")
    page.goto("/outgoing/")
    expect(page.get_by_role("row").filter(has_text="韦小山")).to_contain_text("册亨县")
    page = as_user(neighbour)
    page.goto(f"/households/{host.code}/")
    expect(page.get_by_role("rowheader", name="韦小山").first).to_be_visible()
    with whole():
        assert TransferRequest.objects.get().moved_on == TODAY
        assert Person.objects.get(name="韦小山").household_id == host.pk
    assert people()["韦小山"].region == host.region
