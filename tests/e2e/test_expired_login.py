"""A sign-in that has run out while a page was open leads to the sign-in page, whole, and never into a part of the page."""

from __future__ import annotations

import re

from django.conf import settings
from playwright.sync_api import expect


def test_a_checked_field_leads_to_the_sign_in_page(as_user, county):
    page = as_user(county)
    page.goto("/ledgers/settlements/new/")
    page.context.clear_cookies(name=settings.SESSION_COOKIE_NAME)
    page.on("dialog", lambda dialog: dialog.accept())  # the browser asks about what was typed and is not saved
    page.locator("[name=name]").fill("平洞社区")
    page.locator("[name=name]").press("Tab")
    expect(page).to_have_url(re.compile(r"/login/\?next=.*settlements.*new"))
    expect(page.locator("form.login")).to_have_count(1)


def test_a_job_that_is_waited_for_leads_to_the_sign_in_page(as_user, county):
    page = as_user(county)
    page.goto("/ledgers/county-roster/export/")
    page.locator("main button.btn-primary").click()
    expect(page.locator("[data-poll]")).to_have_count(1)
    page.context.clear_cookies(name=settings.SESSION_COOKIE_NAME)
    expect(page).to_have_url(re.compile(r"/login/\?next=/jobs/"))
    expect(page.locator("form.login")).to_have_count(1)
