"""The main job: a county's workbook as it is, its faults, its settlements, the import, the figures, the corrected copy."""

from __future__ import annotations

import json
import re
from pathlib import Path

from openpyxl import load_workbook
from openpyxl.worksheet.merge import MergedCellRange
from playwright.sync_api import Page, expect

from common import citizen_id
from tests import world
from tests.e2e.words import zh

DATA = Path(__file__).resolve().parent.parent / "data"
ROSTER = DATA / "county-roster-a.xlsx"
TRUTH = json.loads((DATA / "county-roster-a.truth.json").read_text("utf-8"))
WHOLE, VALID = TRUTH["counts"]["whole_file"], TRUTH["counts"]["without_refused_households"]
IMPORT = "/ledgers/county-roster/import/"
WORK_MS = 180_000  # what a job may take on a machine with other things to do


def upload(page: Page, path: Path) -> None:
    """Send a workbook and wait until it has been checked."""
    page.goto(IMPORT)
    page.locator("input[type=file]").set_input_files(path)
    page.get_by_role("button", name=zh("Upload and check")).click()
    page.wait_for_url(re.compile(rf"{IMPORT}[0-9a-f-]+/$"), timeout=WORK_MS)


def figures(page: Page) -> dict[str, int]:
    """The numbers of the cards by their label."""
    cards = page.locator(".kpis .kpi")
    labels, values = cards.locator(".kpi-label").all_inner_texts(), cards.locator(".kpi-value").all_inner_texts()
    return {label: int(re.sub(r"\D", "", value)) for label, value in zip(labels, values, strict=True)}


def faults(page: Page) -> set[tuple[str, int, str]]:
    """(sheet, row, column) of every fault in the table."""
    rows = page.locator("main table.data tbody tr").evaluate_all(
        "rows => rows.map(r => [...r.cells].map(c => c.textContent.trim()))"
    )
    return {(row[0], int(row[1]), row[2]) for row in rows}


def confirm(page: Page) -> None:
    """Agree to the import of what is valid, see its progress, and wait until it is stored."""
    page.locator("input[name=mode][value=valid]").check()
    page.get_by_role("button", name=zh("Confirm and import")).click()
    page.wait_for_url(re.compile(r"/jobs/[0-9a-f-]+/$|/import/[0-9a-f-]+/$"))
    if "/jobs/" in page.url:  # else it was quicker than the page
        expect(
            page.locator("progress").or_(page.get_by_role("link", name=zh("Import another workbook")))
        ).to_be_visible()
    expect(page.get_by_role("heading", level=1)).to_have_text(zh("Imported"), timeout=WORK_MS)


def complete_settlements(page: Page) -> None:
    """The five settlements that nobody knows yet: township by its code or by search, placement, location."""
    for number, sheet in enumerate(TRUTH["sheets"]):
        owner = page.get_by_role("group", name=sheet["settlement"])
        township = owner.locator(f"[name=owner{number}-division]")
        if number == 0:
            township.press_sequentially("蟠桃")
            page.get_by_role("option", name="蟠桃街道").click()
            expect(township).to_have_value(re.compile(r"^522326\d{6}$"))
        else:
            township.fill("522326101000")
        owner.locator(f"[name=owner{number}-placement]").select_option("concentrated")
        owner.locator(f"[name=owner{number}-location]").select_option("urban" if number < 2 else "rural")


def corrected(marked: Path, path: Path) -> list[str]:
    """Put some of the faults right in the marked workbook, leaving everything else of it as it is; their households."""
    book = load_workbook(marked)
    done = []
    for error in TRUTH["errors"]:
        sheet = book[error["sheet"]]
        column = next(cell.column for row in sheet["A3:AZ4"] for cell in row if cell.value == error["column"])
        cell = sheet.cell(error["row"], column)
        if error["kind"] == "check_digit":
            cell.value = cell.value.strip()[:17] + citizen_id.check_character(cell.value.strip()[:17])
        elif error["kind"] == "missing_name":
            cell.value = "韦补名"
        elif error["kind"] == "wage_text":
            cell.value = 3000
        else:
            continue
        done.append(error["household"])
    book.save(path)
    return done


def test_from_the_workbook_to_the_countys_figures(as_user, county, clock, celery_worker_process, tmp_path, monkeypatch):
    clock(TRUTH["on"])
    worker = celery_worker_process(concurrency=2)
    page = as_user(county)

    upload(page, ROSTER)
    found = figures(page)
    assert list(found.values())[:3] == [WHOLE["households"], WHOLE["persons"], WHOLE["jobs"]], found
    assert found[zh("Refused")] == len(TRUTH["errors"])
    assert faults(page) == {(e["sheet"], e["row"], e["column"]) for e in TRUTH["errors"]}

    page.get_by_role("button", name=zh("Confirm and import")).click()  # the settlements are not complete
    expect(page.locator("[data-error-summary]")).to_be_focused()
    complete_settlements(page)

    expect(page.locator("main").get_by_role("link", name=zh("Download"), exact=True)).to_be_visible(timeout=WORK_MS)
    with page.expect_download() as waiting:
        page.locator("main").get_by_role("link", name=zh("Download"), exact=True).click()
    marked = tmp_path / "marked.xlsx"
    waiting.value.save_as(marked)

    confirm(page)
    assert figures(page)[zh("New")] == VALID["households"]

    page.goto(f"/dashboard/?region={world.WANGMO}")
    shown = page.locator("main").inner_text()
    assert f"{VALID['rate']}%" in shown
    cards = figures(page)
    assert cards["搬迁户"] == VALID["households"]
    assert cards["劳动力"] == VALID["labourers"]
    assert cards["已就业人数"] == VALID["employed_persons"]
    assert cards["有劳动力家庭"] == VALID["with_labour"]
    assert cards["一人以上就业家庭"] == VALID["employed_households"]
    assert cards["零就业户"] == VALID["zero"]
    assert cards["无就业意愿户"] == VALID["unwilling"]

    # Drawing the borders of merged cells anew takes openpyxl ten seconds, and the correction does not need them.
    monkeypatch.setattr(MergedCellRange, "format", lambda merged: None)
    again = tmp_path / "again.xlsx"
    households = corrected(marked, again)
    assert len(households) > 5
    upload(page, again)
    found = figures(page)
    assert (found[zh("New")], found[zh("Unchanged")]) == (len(households), VALID["households"])
    assert found[zh("Refused")] == len(TRUTH["errors"]) - len(households)
    confirm(page)
    page.goto(f"/households/{households[0]}/")
    expect(page.get_by_role("heading", level=1)).to_contain_text(households[0])
    assert worker.process.poll() is None
