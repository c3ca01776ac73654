from tests.e2e.conftest import *
from tests.e2e.test_roster_import import *
def test_dbg(as_user, county, clock, celery_worker_process, tmp_path, live_server, browser):
    clock("2020-06-30")
    worker = celery_worker_process(concurrency=2)
    page = as_user(county)
    page.on("console", lambda m: print("CONSOLE", m.text, flush=True))
    page.goto(IMPORT)
    page.locator("input[type=file]").set_input_files(ROSTER)
    page.get_by_role("button", name=zh("Upload and check")).click()
    page.wait_for_timeout(4000)
    for i in range(20):
        page.wait_for_timeout(2000)
        print(i, page.url[-20:], page.locator("main .tag").first.inner_text()); print(worker.log.read_text()[-300:])
