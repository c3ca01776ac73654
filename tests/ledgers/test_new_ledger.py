"""The promise: a model and a ledger in at most 30 lines get every way in and out, and no other file is touched."""

import inspect
import json
from pathlib import Path

import pytest
from django.test import Client

from accounts.models import ApiToken
from common import scope
from tests.ledgers.new_ledger import declared
from tests.ledgers.world import make_user


@pytest.fixture(scope="module")
def ledger(django_db_setup, django_db_blocker):
    with django_db_blocker.unblock(), declared() as made:
        yield made


@pytest.fixture
def client(world, ledger) -> Client:
    client = Client()
    client.force_login(world.a.user)
    return client


def text(response) -> str:
    return response.content.decode()


def dig(client: Client, world, name: str = "村口井", **values):
    return client.post(
        "/ledgers/wells/new/",
        {
            "settlement": world.a.settlement.code,
            "name": name,
            "depth": "12.5",
            "dug_on": "2019年3月5日",
            "keeper_phone": "139 0859 0001",
            **values,
        },
    )


@pytest.fixture
def well(world, client, ledger):
    assert dig(client, world).status_code == 302
    with scope.acting_as(world.a.user):
        return ledger.model.objects.get()


def test_thirty_lines(ledger):
    lines = Path(inspect.getfile(ledger.model)).read_text().splitlines()
    declaration = [line for line in lines if line.strip() and not line.startswith(("from ", "import ", '"""'))]
    assert len(declaration) <= 30


def test_form(world, client, well, ledger):
    assert 'name="keeper_phone"' in text(client.get("/ledgers/wells/new/"))
    assert (str(well.dug_on), well.keeper_phone, str(well.depth)) == ("2019-03-05", "13908590001", "12.5")
    assert well.region == world.a.settlement.region
    answer = dig(client, world, name="", depth="deep")
    assert answer.status_code == 422 and 'href="#id_depth"' in text(answer) and 'href="#id_name"' in text(answer)
    assert dig(client, world, depth="3").status_code == 422  # that well is stored already
    form = {"settlement": world.a.settlement.code, "name": "村口井", "depth": "13", "version": "1"}
    assert client.post(f"/ledgers/wells/{well.pk}/edit/", form).status_code == 302
    assert client.post(f"/ledgers/wells/{well.pk}/edit/", form | {"depth": "14"}).status_code == 409


def test_scoped_list(world, client, well):
    page = text(client.get("/ledgers/wells/?name=村&depth_from=10&dug_on_from=2019-1-1&sort=-name"))
    assert "村口井" in page and "12.5" in page
    neighbour = Client()
    neighbour.force_login(world.b.user)
    assert "村口井" not in text(neighbour.get("/ledgers/wells/"))
    for way in ("", "history/", "edit/", "void/"):
        assert neighbour.get(f"/ledgers/wells/{well.pk}/{way}").status_code == 404
    assert dig(neighbour, world).status_code == 422


def test_second_wall(world, well, ledger):
    with scope.acting_as(world.b.user):
        assert ledger.model.objects.count() == 0
    with scope.acting_as(world.a.user):
        assert ledger.model.objects.count() == 1


def test_masking(world, well):
    auditor = Client()
    auditor.force_login(make_user("auditor", "auditor", 520000_000000))
    for way in (
        "/ledgers/wells/",
        f"/ledgers/wells/{well.pk}/",
        f"/ledgers/wells/{well.pk}/history/",
        "/api/v1/wells/",
    ):
        page = text(auditor.get(way))
        assert "13908590001" not in page and "139****0001" in page, way


def test_history_and_void(world, client, well):
    assert client.post(f"/ledgers/wells/{well.pk}/void/", {"reason": "填错了"}).status_code == 302
    assert "村口井" not in text(client.get("/ledgers/wells/"))
    assert "填错了" in text(client.get(f"/ledgers/wells/{well.pk}/history/"))
    assert dig(client, world, depth="3").status_code == 302  # the name is free again


def test_api(world, client, well):
    headers = {"authorization": f"Token {ApiToken.make(world.a.user, 'test')}"}

    def send(method, address, body):
        return Client().generic(method, address, json.dumps(body), content_type="application/json", headers=headers)

    body = {"settlement": world.a.settlement.code, "name": "新井", "depth": 7, "keeper_phone": "13908590002"}
    made = send("POST", "/api/v1/wells/", [body]).json()[0]
    assert made["name"] == "新井" and made["depth"] == 7
    address = f"/api/v1/wells/{made['id']}/"
    assert send("PATCH", address, {"depth": "8.5"}).json()["depth"] == 8.5
    assert send("PATCH", address, {"depth": -1}).json()["errors"][0]["code"] == "out_of_range"
    assert send("DELETE", address, {"reason": "twice"}).status_code == 204
    assert [row["name"] for row in client.get("/api/v1/wells/?depth_from=12").json()["results"]] == ["村口井"]
    schema = client.get("/api/v1/schema/?format=json").json()
    assert (
        "/api/v1/wells/{member}/" in schema["paths"]
        and "keeper_phone" in schema["components"]["schemas"]["Wells"]["properties"]
    )
