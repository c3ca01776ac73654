"""Real Chromium on the live server: pages of signed-in people, watched for errors, and small worlds to walk in."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.conf import settings
from django.test import Client
from playwright.sync_api import Page, expect

from accounts.models import User
from compliance import tick
from tests import world

PATIENCE_MS = 60_000
expect.set_options(timeout=PATIENCE_MS)


def pytest_collection_modifyitems(items):
    for item in items:
        if "/e2e/" in str(item.path):
            item.add_marker(pytest.mark.e2e)


@pytest.fixture(autouse=True)
def day_begins_anew(monkeypatch):
    """The database is new for each test, so what this process remembers of the day's beginning is not true of it."""
    monkeypatch.setattr(tick, "_finished", None)


def enter_as(page: Page, live_server, user: User) -> Page:
    """Sign the page's browser in as the user without the form; the page stays where it is."""
    client = Client()
    client.force_login(user)
    cookie = client.cookies[settings.SESSION_COOKIE_NAME].value
    page.context.add_cookies([{"name": settings.SESSION_COOKIE_NAME, "value": cookie, "url": live_server.url}])
    return page


@pytest.fixture(scope="session")
def base_url(live_server) -> str:
    """Pages are asked for by their path alone."""
    return live_server.url


@pytest.fixture
def as_user(watched, live_server) -> Callable[[User], Page]:
    """`as_user(user)`: the watched page, signed in as this user from now on."""
    watched.set_default_timeout(PATIENCE_MS)
    return lambda user: enter_as(watched, live_server, user)


@pytest.fixture
def as_user_without_script(new_context, live_server) -> Callable[[User], Page]:
    """`as_user_without_script(user)`: a page of a browser whose scripts are switched off."""

    def opened(user: User) -> Page:
        page = new_context(java_script_enabled=False).new_page()
        page.set_default_timeout(PATIENCE_MS)
        return enter_as(page, live_server, user)

    return opened


@pytest.fixture
def county(transactional_db) -> User:
    return world.user("county", "county", world.WANGMO)


@pytest.fixture
def province(transactional_db) -> User:
    return world.user("province", "province", 520000000000)
