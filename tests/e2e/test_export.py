"""Ledgers leave as the workbooks that offices pass on: asked for, watched, downloaded, opened."""

from __future__ import annotations

import datetime as dt
import re
from pathlib import Path

import pytest
from openpyxl import load_workbook
from playwright.sync_api import Page, expect

from tests import world
from tests.e2e.words import zh

TODAY = dt.date(2026, 6, 30)
WORK_MS = 120_000
HOUSEHOLDS = 12


@pytest.fixture
def drc(county, clock):
    """Staff of the province's development and reform commission; a county of theirs has households."""
    clock(TODAY)
    home = world.settlement(county, name="平洞社区")
    for n in range(HOUSEHOLDS):
        world.household(county, home, [world.member(f"户主{n}"), world.member(f"儿{n}", "03", dt.date(2015, 1, 1))],
                        [[world.job(dt.date(2024, 1, 1))], []], housing_area=80)  # fmt: skip
    return world.user("drc", "drc", 520000000000)


def exported(page: Page, path: Path):
    """Start the export of the page, see its progress, download its file; the first sheet."""
    page.locator("main").get_by_role("button", name=zh("Export"), exact=True).click()
    expect(page).to_have_url(re.compile(r"/jobs/[0-9a-f-]+/$"))
    expect(page.locator("progress").or_(page.locator("a[download]"))).to_be_visible()
    download = page.locator("main a[download][href$='/files/result/']")
    expect(download).to_be_visible(timeout=WORK_MS)
    with page.expect_download() as waiting:
        download.click()
    assert waiting.value.suggested_filename.endswith(".xlsx")
    waiting.value.save_as(path)
    return load_workbook(path).worksheets[0]


def test_the_ledger_and_the_roster_in_the_official_frame(as_user, drc, celery_worker_process, tmp_path):
    celery_worker_process()
    page = as_user(drc)
    page.goto("/ledgers/households/?division=522326000000")
    page.locator(".page-actions").get_by_role("link", name=zh("Export")).click()
    expect(page.locator("main")).to_contain_text("望谟县")
    sheet = exported(page, tmp_path / "households.xlsx")

    assert sheet["A1"].value == "望谟县搬迁户台账"
    assert "填报日期：2026年6月30日" in sheet["A2"].value
    headings = {str(area) for area in sheet.merged_cells.ranges}
    assert any(re.fullmatch(r"[A-Z]+3:[A-Z]+3", area) for area in headings), headings  # a group over its columns
    assert "A3:A4" in headings, headings  # one over two rows
    assert sheet.freeze_panes == "C5"
    assert (sheet.page_setup.orientation, int(sheet.page_setup.paperSize)) == ("landscape", 8)
    assert sheet.print_title_rows == "$3:$4"
    cells = [[cell.value for cell in row] for row in sheet.iter_rows(min_row=5)]
    assert sum(str(row[0]).startswith("522326") for row in cells) == HOUSEHOLDS
    assert any("SUBTOTAL" in str(value) for row in cells for value in row)
    assert any(str(row[0]).startswith("填表人") for row in cells)

    page.goto("/ledgers/county-roster/export/")
    sheet = exported(page, tmp_path / "roster.xlsx")
    assert sheet.title == "平洞社区"
    assert "搬迁户花名册" in sheet["A1"].value
    texts = [str(cell.value) for row in sheet.iter_rows() for cell in row]
    assert sum(text.startswith("529999") for text in texts) >= 2 * HOUSEHOLDS
    assert not any(re.fullmatch(r"529999\d{11}[\dX]", text) for text in texts)  # masked for those who look on
    # Both are kept where everybody looks for them.
    page.goto("/jobs/")
    expect(page.locator("main .job a[download]")).to_have_count(2)


def test_whole_numbers_need_a_purpose(as_user, county, drc):
    page = as_user(county)
    page.goto("/ledgers/persons/export/")
    page.locator("[name=clear]").check()
    page.locator("main").get_by_role("button", name=zh("Export"), exact=True).click()
    expect(page.locator("[data-error-summary]")).to_be_focused()
    expect(page.locator("[name=clear]")).to_be_checked()
