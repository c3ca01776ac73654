"""A home's page in the browser: certificate entered, a step of the old house with its photograph, the figures that follow."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

from playwright.sync_api import expect

from common.scope import acting_as
from households.actions.origin import save_old_houses
from tests import world
from tests.e2e.test_accessibility import Sweep, finish, submit
from tests.e2e.words import zh
from tests.ledgers import attachment_files as make


def test_title_and_old_house_are_followed_up_on_the_household_s_page(as_user, county, settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path / "files"
    home = world.settlement(county, name="平洞社区")
    found = world.household(
        county, home, address="1栋101室", housing_area=Decimal(25), moved_in_on=dt.date(2019, 5, 1),
        origin_division=522326103000,
    )  # fmt: skip
    with acting_as(county):
        save_old_houses([{"household": found.code, "kind": "1", "agreed_on": dt.date(2019, 3, 1)}], by=county)
    ceheng = world.user("ceheng", "county", world.CEHENG)
    far = world.household(
        ceheng, world.settlement(ceheng, world.CEHENG_TOWNSHIP), origin_division=522326103000, address="3栋301室"
    )
    page = as_user(county)
    page.goto(f"/households/{found.code}/")
    panel = page.locator("section[aria-labelledby=panel-home]")
    expect(panel).to_contain_text("未办理")
    panel.get_by_role("link", name=zh("Title registration")).click()
    page.locator("[name=certificate_number]").fill("黔(2020)望谟县不动产权第0000009号")
    page.locator("[name=issued_on]").fill("20200301")
    page.keyboard.press("Control+s")
    expect(page.locator("#messages")).to_contain_text("0000009")
    page.goto(f"/households/{found.code}/")
    expect(panel).to_contain_text("黔（2020）望谟县不动产权第0000009号")
    expect(panel).to_contain_text("已发证到户")

    left = page.locator("section[aria-labelledby=panel-origin]")
    left.get_by_role("link", name=zh("Next step, or change")).click()
    page.locator("[name=demolished_on]").fill("20190801")
    page.keyboard.press("Control+s")
    expect(page.locator("[data-error-summary]")).to_contain_text("请先填写“收回”时间")
    page.locator("[name=vacated_on]").fill("20190601")
    page.locator("[name=taken_back_on]").fill("20190701")
    page.keyboard.press("Control+s")
    expect(page.locator("#messages")).to_contain_text(found.code)
    page.goto(f"/households/{found.code}/")
    expect(left).to_contain_text("拆除 2019-08-01")
    left.get_by_role("link", name=zh("Photographs of the steps")).click()
    photograph = tmp_path / "拆除后.jpg"
    photograph.write_bytes(make.jpeg((800, 600), taken="2019:08:01 10:20:30"))
    page.locator("main input[type=file]").set_input_files(photograph)
    page.locator("main [name=group]").select_option("demolished")
    page.get_by_role("button", name=zh("Attach"), exact=True).click()
    expect(page.locator(".shot")).to_contain_text("拍摄于 2019-08-01 10:20")

    sweep = Sweep(page)
    sweep.open(
        f"/households/{found.code}/",
        f"/households/{found.code}/life/flat/",
        f"/settlements/{home.code}/",
        f"/homes/?region={world.WANGMO}",
        f"/old-houses/?region={world.WANGMO}",
        "/old-houses/outgoing/",
    )
    page.get_by_role("link", name=far.code).click()
    expect(page.locator("main")).to_contain_text("3栋301室")
    sweep.look("a household that lives in another county")
    sweep.fault(f"/households/{found.code}/life/flat/", submit)
    finish(sweep, 8)
