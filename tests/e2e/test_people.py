"""People in the browser: found by a key from any page, photographs of both homes, the grid, a cadre who leaves, a duplicate."""

from __future__ import annotations

import datetime as dt
import os
import re

from playwright.sync_api import expect

from common.scope import acting_as
from households.actions.duplicates import find_duplicates
from households.actions.grids import save_grids, save_links
from households.models import CadreLink, Duplicate
from tests import world
from tests.e2e.test_accessibility import Sweep, submit
from tests.ledgers import attachment_files as make

BORN = dt.date(1985, 3, 2)


def picture(page, name: str) -> None:
    """For whoever wants to see the pages: a folder named in the environment gets them."""
    if folder := os.environ.get("PICTURES"):
        page.screenshot(path=f"{folder}/b-people-{name}.png", full_page=True)


def test_people_are_found_and_their_household_is_followed(as_user, county, settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path / "files"
    home = world.settlement(county, name="平洞社区")
    with acting_as(county):
        [street] = save_grids([{"name": "平洞街道", "level": "1", "division": home.region}], by=county).objects
        [building] = save_grids([{"name": "3栋", "level": "4", "parent": street}], by=county).objects
    found = world.household(
        county, home, [world.member("韦大山", phone="13812340001")], address="3栋2单元501室", grid=building
    )
    world.household(county, home, [{"name": "韦大山", "relation": "01", "birth_date": BORN, "sex": "1"}])
    with acting_as(county):
        link = {"household": found, "name": "王干部", "employer": "县教育局", "from_on": dt.date(2020, 1, 1)}
        save_links([link], by=county)
        find_duplicates(by=county)
        pair = Duplicate.objects.select_related("person").get()
    page = as_user(county)
    sweep = Sweep(page)
    page.goto("/calendar/")
    page.keyboard.press("/")
    expect(page.locator("#bar-find")).to_be_focused()
    page.keyboard.type("138 1234 0001")
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile(f"/households/{found.code}/$"))
    expect(page.locator("section[aria-labelledby=panel-grid]")).to_contain_text("王干部")
    sweep.look("household")
    picture(page, "household")
    page.locator("section[aria-labelledby=panel-attachments] [name=group]").select_option("old-home")
    page.locator("section[aria-labelledby=panel-attachments] [type=file]").set_input_files(
        {"name": "旧房.jpg", "mimeType": "image/jpeg", "buffer": make.jpeg()}
    )
    page.locator("section[aria-labelledby=panel-attachments] button.btn-primary").click()
    expect(page.locator("main")).to_contain_text("旧房照片")
    page.goto("/find/")
    page.locator("#find-q").fill("韦大")
    submit(page)
    expect(page.locator("main tbody tr")).to_have_count(2)
    sweep.look("found")
    picture(page, "find")
    page.locator("#find-q").fill("无此人")
    submit(page)
    expect(page.locator("main .notice")).to_be_visible()
    sweep.look("not found")
    sweep.open(f"/grids/{street.code}/")
    picture(page, "grid")
    page.get_by_role("link", name="1", exact=True).first.click()
    expect(page.locator("main tbody tr")).to_have_count(1)
    sweep.fault("/cadre-links/change/", submit)
    picture(page, "cadre")
    page.locator("[name=leaving]").select_option(index=1)
    page.locator("[name=name]").fill("赵干部")
    page.locator("[name=day]").fill("20200601")
    page.locator("[name=reason]").fill("轮岗")
    submit(page)
    expect(page.locator("main tbody")).to_contain_text("赵干部")
    sweep.fault(f"/duplicates/{pair.pk}/", submit)
    picture(page, "duplicate")
    page.locator("[name=decision]").select_option("same")
    page.locator("[name=keep]").select_option("this" if pair.person.household_id == found.pk else "other")
    page.locator("[name=whole]").check()
    page.locator("[name=reason]").fill("核对户口簿，系重复建档")
    submit(page)
    expect(page.locator("main tbody")).to_contain_text("同一人")
    sweep.open("/duplicates/search/", f"/duplicates/{pair.pk}/")
    picture(page, "decided")
    assert not sweep.wrong, "\n".join(sweep.wrong)
    with acting_as(county):
        assert CadreLink.objects.get(to_on=None).name == "赵干部"
