"""Role by act: every way in asks the same question of the same table."""

import json

import pytest
from django.test import Client

from accounts import roles
from accounts.models import ApiToken
from common.ledger import registry
from tests.ledgers.world import make_user

KEYS = [ledger.key for ledger in registry if ledger.entry]


@pytest.mark.parametrize("role", sorted(roles.ROLES))
def test_pages_and_api_follow_the_table(world, role):
    user = make_user(role, role, 522326_000000)
    client = Client()
    client.force_login(user)
    headers = {"authorization": f"Token {ApiToken.make(user, 'test')}"}

    def api(method: str, address: str) -> int:
        return (
            Client()
            .generic(method, f"/api/v1/{address}", json.dumps({}), content_type="application/json", headers=headers)
            .status_code
        )

    for key in KEYS:
        may_read, may_write = (roles.can(user, act, key) for act in ("read", "write"))
        # Some of those who may write work on what they are given, and enter nothing.
        enters = may_write and (registry[key].enters is None or registry[key].enters(user))
        assert (client.get(f"/ledgers/{key}/").status_code == 200) is may_read, key
        assert (api("GET", f"{key}/") == 200) is may_read, key
        assert (client.get(f"/ledgers/{key}/new/").status_code == 200) is enters, key
        assert client.post(f"/ledgers/{key}/new/", {}).status_code == (422 if enters else 403), key
        assert api("POST", f"{key}/") == (400 if may_write else 403), key
        member = {
            "settlements": world.a.settlement.code,
            "households": world.a.households[0].code,
            "persons": world.a.persons[0].pk,
            "employments": world.a.employments[0].pk,
        }.get(key)
        if member is None:
            continue
        assert (client.get(f"/ledgers/{key}/{member}/").status_code == 200) is may_read, key
        assert (client.get(f"/ledgers/{key}/{member}/history/").status_code == 200) is may_read, key
        assert client.get(f"/ledgers/{key}/{member}/edit/").status_code == (200 if may_write else 403), key
        assert api("PATCH", f"{key}/{member}/") == (200 if may_write else 403), key
        assert api("DELETE", f"{key}/{member}/") == (400 if may_write else 403), key  # no reason given


def test_nobody_without_signing_in(world):
    for address in ("/ledgers/", "/ledgers/households/", "/ledgers/households/new/", "/divisions/search?q=w"):
        answer = Client().get(address)
        assert answer.status_code == 302 and answer.url.startswith("/login/"), address
    assert Client().get("/api/v1/households/").status_code == 401
