"""Everybody of the demo signs in and lands where the work is; the language is switched; signing out ends it."""

from __future__ import annotations

import re

import pytest
from django.conf import settings
from playwright.sync_api import Page, expect

from common.ledger import registry
from relocation.demo.accounts import ACCOUNTS, make_accounts
from tests.e2e.words import zh

START_PAGES = {
    "county": "/inbox/", "township": "/inbox/", "department": "/inbox/", "city": "/dashboard/",
    "province": "/dashboard/", "drc": "/dashboard/", "auditor": "/dashboard/", "xianyang": "/dashboard/",
    "integrator": "/api/v1/", "admin": "/accounts/users/",
}  # fmt: skip


@pytest.fixture
def accounts(transactional_db) -> None:
    make_accounts()


def sign_in(page: Page, username: str, password: str) -> None:
    page.get_by_label("用户名").fill(username)
    page.get_by_label("密码").fill(password)
    page.get_by_role("button", name=zh("Sign in")).click()


def test_every_account_lands_on_its_start_page(watched, accounts):
    assert {account.username for account in ACCOUNTS} == set(START_PAGES)
    for account in ACCOUNTS:
        watched.context.clear_cookies()
        watched.goto("/")
        expect(watched).to_have_url(re.compile(r"/login/\?next=/$"))
        sign_in(watched, account.username, settings.DEMO_PASSWORD)
        expect(watched).to_have_url(re.compile(rf"{START_PAGES[account.username]}$"))
        if account.role != "integrator":
            expect(watched.locator(".bar-person")).to_contain_text(account.name)


def test_a_wrong_password_is_told_and_the_form_stays(watched, accounts):
    watched.goto("/login/")
    sign_in(watched, "county", "not the password")
    expect(watched.get_by_role("alert")).to_contain_text("用户名")
    expect(watched.get_by_label("用户名")).to_have_value("county")


def test_the_language_is_switched_and_back_and_signing_out_ends_it(watched, accounts):
    watched.goto("/ledgers/households/?sort=-code")
    sign_in(watched, "county", settings.DEMO_PASSWORD)
    expect(watched).to_have_url(re.compile(r"/ledgers/households/\?sort=-code$"))
    expect(watched.locator("html")).to_have_attribute("lang", "zh-CN")
    watched.get_by_role("button", name="English").click()
    expect(watched.locator("html")).to_have_attribute("lang", "en")
    expect(watched).to_have_url(re.compile(r"/ledgers/households/\?sort=-code$"))
    expect(watched.get_by_role("heading", level=1)).to_have_text("Households")
    watched.get_by_role("button", name="中文").click()
    expect(watched.get_by_role("heading", level=1)).to_have_text(str(registry["households"].title))
    watched.get_by_role("button", name=zh("Log out")).click()
    expect(watched).to_have_url(re.compile(r"/login/$"))
    watched.goto("/inbox/")
    expect(watched).to_have_url(re.compile(r"/login/\?next=/inbox/$"))
