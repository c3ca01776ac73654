"""Takes the pictures of docs/screenshots from a running demo; run by hand when the pages have changed.

    DEMO=county script/server                                       # in another terminal
    python -m tests.e2e.screenshots http://localhost:8000 PASSWORD   # in the project's environment

PASSWORD is the one of the demo accounts. The pictures show the demo county and, for the review of an import, the test
roster, which is looked at and dropped again: nothing is stored. Pillow, where it is installed, makes the files small.
"""

from __future__ import annotations

import importlib.util
import re
import shutil
import sys
from pathlib import Path

from playwright.sync_api import Page, sync_playwright

ROOT = Path(__file__).resolve().parents[2]
FOLDER = ROOT / "docs" / "screenshots"
COLOURS = 128
WAIT_MS = 120_000


def sign_in(page: Page, password: str) -> None:
    page.goto("/login/")
    page.locator("[name=username]").fill("county")
    page.locator("[name=password]").fill(password)
    page.locator("form.login button").click()
    page.wait_for_url("**/inbox/")


def take(page: Page, name: str) -> None:
    page.wait_for_load_state("networkidle")  # charts are drawn
    page.evaluate("document.activeElement.blur()")
    file = FOLDER / f"{name}.png"
    page.screenshot(path=file)
    if importlib.util.find_spec("PIL"):
        from PIL import Image

        Image.open(file).convert("RGB").quantize(COLOURS, dither=Image.Dither.NONE).save(file, optimize=True)
    print(f"{file.relative_to(ROOT)}: {file.stat().st_size // 1024} KB")


def import_review(page: Page) -> None:
    page.goto("/ledgers/county-roster/import/")
    page.locator("input[type=file]").set_input_files(ROOT / "tests" / "data" / "county-roster-a.xlsx")
    page.locator("form[enctype] button").click()
    page.wait_for_url(re.compile(r"/import/[0-9a-f-]+/$"), timeout=WAIT_MS)
    page.locator("main a[download][href$='/files/result/']").wait_for(timeout=WAIT_MS)  # the marked workbook is there


def household_file(page: Page, household: str) -> None:
    """The file below the verdict, the form, the card; and the table in which a settlement's jobs are entered."""
    page.locator(".parts a[href='#panel-home']").click()
    take(page, "file")
    page.goto(f"{household}edit/")
    take(page, "entry")
    page.goto(f"{household}card/")
    take(page, "card")
    page.locator("nav[aria-label] a[href^='/settlements/']").first.click()
    page.locator("main a[href$='/quick/']").first.click()
    take(page, "quick")


def pictures(page: Page) -> None:
    page.goto("/dashboard/?region=522326000000")
    take(page, "dashboard")
    page.locator("main table a[href^='/settlements/']").first.click()
    take(page, "settlement")
    page.goto("/ledgers/households/?verdict=zero")
    take(page, "households")
    page.locator("main table.data tbody a[href^='/households/']").first.click()
    take(page, "household")
    household_file(page, page.url)
    page.goto("/rectification/progress/?region=522326000000")
    take(page, "zero-clearing")
    page.goto("/ledgers/rectification-items/?state=submitted")
    page.locator("main table.data tbody a[href^='/rectification/']").first.click()
    take(page, "problem")
    page.goto("/inbox/")
    take(page, "inbox")
    import_review(page)
    take(page, "import-review")
    page.locator("form[action$='/cancel/'] button").click()


def main() -> None:
    address, password = sys.argv[1:3]
    FOLDER.mkdir(parents=True, exist_ok=True)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox"])
        page = browser.new_page(base_url=address, locale="zh-CN", viewport={"width": 1366, "height": 768})
        page.set_default_timeout(WAIT_MS)
        sign_in(page, password)
        pictures(page)
        browser.close()


if __name__ == "__main__":
    main()
