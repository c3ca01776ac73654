"""Who sees which part of a household's file: the rights in its ledgers, on the page, on paper and on the settlement's page."""

import datetime as dt
import re

import pytest
from django.test import Client

from common.ledger import registry
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


ASKED = {
    "households": [
        "risk_level=red",
        "risk_reason=1",
        "monitored=1",
        "confirmation=valid",
        "incomplete=any",
        "visit=overdue",
        "plan=missing",
        "aid=minimum",
        "without_income=2025",
    ],
    "persons": ["covered=medical:0", "pensionable=1"],
}


@pytest.mark.parametrize("role, may", [("county", True), ("auditor", True), ("department", False)])
def test_a_ledger_is_narrowed_and_shown_by_what_its_reader_may_know(clock, role, may):
    clock(dt.date(2026, 3, 31))
    by = world.user("by", "county", world.WANGMO)
    found = world.household(by, world.settlement(by), [world.member("岑甲")], [[world.job()]])
    reader = Client()
    reader.force_login(world.user("reader", role, world.WANGMO))
    for key, queries in ASKED.items():
        for query in queries:
            answer = reader.get(f"/api/v1/{key}/?{query}")
            told = answer.json().get("errors", [])
            unknown = [error["code"] for error in told if error["code"] == "unknown_filter"]
            assert bool(unknown) != may, query
            if not may:
                assert reader.get(f"/ledgers/{key}/?{query}").status_code == 422, query
    member = reader.get(f"/api/v1/households/{found.code}/").json()
    assert ({"risk_level", "risk_reason"} <= set(member)) == may
    listed = reader.get("/ledgers/households/").content.decode()
    assert ("/confirmations/" in listed) == may and ("visit=overdue" in listed) == may


def test_every_ledger_that_a_part_names_is_there():
    named = {
        (ledger.key, part.ledger)
        for ledger in registry
        for part in (*ledger.columns, *ledger.filters, *ledger.panels, *ledger.acts)
        if part.ledger
    }
    assert named and all(key in registry for _ledger, key in named), named
