"""Photographs and documents of a settlement in the browser: sent, refused, withdrawn, printed; also without scripts."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from common.ledger import registry
from common.scope import acting_as
from ledgers.attachments.actions import attach, withdraw
from ledgers.attachments.models import Attachment
from tests import world
from tests.e2e.test_accessibility import Sweep, finish
from tests.e2e.words import zh
from tests.ledgers import attachment_files as make
from tests.ledgers.attachment_files import WANGMO_GPS, upload

WATCH_BAR = """() => {
  window.shown = 0;
  window.loads = (window.loads || 0) + 1;
  const bar = document.querySelector('.upload progress');
  new MutationObserver(() => { if (!bar.hidden) window.shown += 1; }).observe(bar, {attributes: true});
}"""


@pytest.fixture(autouse=True)
def folder(settings, tmp_path) -> Path:
    settings.MEDIA_ROOT = tmp_path / "files"
    return settings.MEDIA_ROOT


@pytest.fixture
def home(county):
    return world.settlement(county, name="平洞社区")


@pytest.fixture
def files(tmp_path) -> dict[str, Path]:
    """A photograph, a document and a web page that calls itself a photograph, to be chosen from the disk."""
    contents = {
        "现场照片.jpg": make.jpeg((1600, 1200), taken="2026:03:01 10:20:30", gps=WANGMO_GPS, orientation=6),
        "会议纪要.pdf": make.pdf(),
        "坏照片.jpg": b"<html><script>alert(1)</script></html>",
    }
    for name, content in contents.items():
        (tmp_path / name).write_bytes(content)
    return {name: tmp_path / name for name in contents}


def send(page: Page, *paths: Path, caption: str = "") -> None:
    page.locator("main input[type=file]").set_input_files(paths)
    page.locator("main [name=caption]").fill(caption)
    page.get_by_role("button", name=zh("Attach"), exact=True).click()


def test_files_are_sent_refused_and_withdrawn(as_user, county, home, files):
    page = as_user(county)
    page.goto(f"/settlements/{home.code}/")
    page.evaluate(WATCH_BAR)
    send(page, files["现场照片.jpg"], files["会议纪要.pdf"], caption="修好的水管")
    expect(page.locator("#messages")).to_contain_text("已上传 2 个文件")
    shots = page.locator(".shot")
    expect(shots).to_have_count(2)
    assert page.evaluate("window.loads") == 1  # the page was not loaded anew
    assert page.evaluate("window.shown") > 0
    expect(page.locator(".upload progress")).to_be_hidden()
    expect(shots.first).to_contain_text("拍摄于 2026-03-01 10:20")
    expect(shots.first).to_contain_text("25.17847° N, 106.09119° E")
    image = shots.first.locator("img")
    image.scroll_into_view_if_needed()
    page.wait_for_function("document.querySelector('.shot img').naturalWidth > 0")
    assert image.evaluate("image => [image.naturalWidth, image.naturalHeight]") == [240, 320]

    page.locator(".attach summary").click()
    send(page, files["坏照片.jpg"], files["会议纪要.pdf"])
    summary = page.locator("#attachments [data-error-summary]")
    expect(summary).to_be_focused()
    expect(summary).to_contain_text("坏照片.jpg: 网页和 SVG")
    expect(summary).to_contain_text("会议纪要.pdf: 该文件已经上传过")
    expect(shots).to_have_count(2)
    expect(page).to_have_url(re.compile(rf"/settlements/{home.code}/$"))

    shots.nth(1).get_by_role("link", name=re.compile(zh("Withdraw"))).click()
    dialog = page.get_by_role("dialog")
    dialog.locator("[name=reason]").fill("传错了")
    dialog.get_by_role("button", name=zh("Withdraw the file")).click()
    expect(page.locator("#messages")).to_contain_text("已撤回")
    expect(page).to_have_url(re.compile(rf"/settlements/{home.code}/$"))
    expect(shots.nth(1)).to_have_class(re.compile("is-off"))
    expect(shots.nth(1)).to_contain_text("传错了")
    with acting_as(county):
        assert [one.withdrawal_reason for one in Attachment.objects.order_by("id")] == ["", "传错了"]

    page.goto(f"/ledgers/settlements/{home.code}/history/")
    expect(page.locator(".timeline")).to_contain_text("修好的水管")
    with page.expect_download() as waiting:
        page.goto(f"/ledgers/settlements/{home.code}/attachments/")
        shots.nth(1).get_by_role("link").first.click()
    assert waiting.value.suggested_filename == "会议纪要.pdf"


def test_a_photograph_opens_by_itself_and_runs_nothing(as_user, county, home):
    with acting_as(county):
        [found] = attach(registry["settlements"], home, [upload("a.jpg", make.jpeg())], by=county)
    page = as_user(county)
    page.goto(found.url)
    assert page.evaluate("document.images[0].naturalWidth") == 640


def test_without_scripts_the_same(as_user_without_script, county, home, files):
    page = as_user_without_script(county)
    page.goto(f"/settlements/{home.code}/")
    send(page, files["坏照片.jpg"], files["会议纪要.pdf"], caption="会议")
    expect(page.locator("[data-error-summary]")).to_contain_text("坏照片.jpg: 网页和 SVG")
    expect(page).to_have_title(re.compile(f"^{zh('Error:')}"))
    expect(page.locator("main [name=caption]")).to_have_value("会议")
    send(page, files["会议纪要.pdf"], caption="会议")
    expect(page).to_have_url(re.compile(rf"/settlements/{home.code}/$"))
    expect(page.locator("#messages")).to_contain_text("已上传 1 个文件")
    expect(page.locator(".shot")).to_contain_text("会议纪要.pdf")
    page.locator(".shot").get_by_role("link", name=re.compile(zh("Withdraw"))).click()
    page.locator("[name=reason]").fill("传错了")
    page.get_by_role("button", name=zh("Withdraw the file")).click()
    expect(page).to_have_url(re.compile(rf"/settlements/{home.code}/$"))
    expect(page.locator(".shot")).to_contain_text("传错了")


@pytest.fixture
def filled(county, home) -> list[Attachment]:
    """Eight files of every look; the first is used elsewhere too, the last is withdrawn."""
    content = make.jpeg((1600, 1200), taken="2026:03:01 10:20:30", gps=WANGMO_GPS)
    sent = [
        upload("现场照片.jpg", content),
        upload("会议纪要.pdf", make.pdf()),
        upload(f"{'很长的文件名' * 15}.docx", make.docx()),
        upload("竖.png", make.picture(size=(300, 1200))),
        *(upload(f"第{n}张.jpg", make.jpeg((800, 600))) for n in range(4)),
    ]
    with acting_as(county):
        found = attach(registry["settlements"], home, sent, by=county, captions=["修好的水管", "", "", "一根电线杆"])
        other = world.settlement(county, name="兴旺社区")
        attach(registry["settlements"], other, [upload("x.jpg", content)], by=county)
        withdraw(found[-1], "拍错地方", county)
    return found


def test_pages_are_accessible_on_both_widths(as_user, county, province, home, filled):
    page = as_user(county)
    sweep = Sweep(page)
    files = f"/ledgers/settlements/{home.code}/attachments/"
    sweep.open(
        f"/settlements/{home.code}/",
        f"/ledgers/settlements/{home.code}/",
        f"/ledgers/settlements/{home.code}/history/",
        files,
        f"{filled[0].url}elsewhere/",
        f"{filled[0].url}withdraw/?next={files}",
    )
    page.goto(files)
    page.locator(".attach summary").click()
    page.get_by_role("button", name=zh("Attach"), exact=True).click()
    expect(page.locator("[data-error-summary]")).to_be_focused()
    sweep.look("files with faults")
    page.locator(".shot").nth(1).get_by_role("link", name=re.compile(zh("Withdraw"))).click()
    expect(page.get_by_role("dialog")).to_be_visible()
    sweep.look("withdrawing in a dialog")
    finish(sweep, 8)


def test_thumbnails_are_printed_three_in_a_row(as_user, county, home, filled):
    page = as_user(county)
    page.goto(f"/ledgers/settlements/{home.code}/attachments/")
    page.emulate_media(media="print")
    tops = page.locator(".shot").evaluate_all(
        "shots => shots.map(shot => Math.round(shot.getBoundingClientRect().top))"
    )
    assert [tops.count(top) for top in sorted(set(tops))] == [3, 3, 2]
    expect(page.locator(".attach")).to_be_hidden()
    printed = page.pdf(prefer_css_page_size=True)
    assert printed.count(b"/Subtype /Image") >= 6  # also those that were never scrolled to
