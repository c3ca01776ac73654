"""What a device keeps of forms that did not reach the server."""

from playwright.sync_api import Page

KEPT = """async () => {
  const open = indexedDB.open('kept-forms', 1);
  open.onupgradeneeded = () => open.result.createObjectStore('forms');
  await new Promise(done => { open.onsuccess = done; });
  const all = open.result.transaction('forms').objectStore('forms').getAll();
  await new Promise(done => { all.onsuccess = done; });
  open.result.close();
  return JSON.stringify(all.result);
}"""


def until_kept(page: Page, holds) -> None:
    """Wait until what the device keeps is as told. (A promise would count as true to `wait_for_function`.)"""
    for _step in range(100):
        if holds(page.evaluate(KEPT)):
            return
        page.wait_for_timeout(100)
    raise AssertionError(page.evaluate(KEPT))
