"""Who sees which part of a household's file: the rights in its ledgers, on the page, on paper and on the settlement's page."""

import datetime as dt
import re

import pytest
from django.test import Client

from tests import world

pytestmark = pytest.mark.django_db
FILE = {"plan", "visits", "confirmation", "grid", "home", "origin", "income", "safety", "life"}
ALWAYS = {"verdict", "people", "jobs", "completeness", "figures"}
SETTLEMENT = {"confirmation", "homes", "safety"}


def panels(client: Client, address: str) -> set[str]:
    answer = client.get(address)
    assert answer.status_code == 200
    return set(re.findall(r'id="panel-([a-z-]+)"', answer.content.decode()))


@pytest.mark.parametrize(
    "role, sees", [("county", True), ("township", True), ("city", True), ("auditor", True), ("department", False)]
)
def test_a_part_of_the_file_is_for_those_who_read_its_ledger(clock, role, sees):
    clock(dt.date(2026, 3, 31))
    by = world.user("by", "county", world.WANGMO)
    home = world.settlement(by)
    found = world.household(by, home, [world.member("岑甲")], [[world.job()]])
    reader = Client()
    reader.force_login(world.user("reader", role, world.WANGMO))
    address = f"/households/{found.code}/"
    for page in (address, f"{address}print/"):
        shown = panels(reader, page)
        assert shown >= ALWAYS
        assert shown & FILE == (FILE if sees else set()), page
    assert panels(reader, f"/settlements/{home.code}/") & SETTLEMENT == (SETTLEMENT if sees else set())
    assert reader.get(f"{address}card/").status_code == (200 if sees else 403)
    assert (f"{address}card/" in reader.get(address).content.decode()) == sees
