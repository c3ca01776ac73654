"""The schema is complete, committed, and fits what the API answers."""

import json
from pathlib import Path

import pytest
from django.core.management import call_command
from django.test import Client
from jsonschema import Draft202012Validator

from common.ledger import registry

COMMITTED = Path(__file__).resolve().parents[2] / "docs" / "api" / "schema.json"
COMMAND = "manage.py spectacular --format openapi-json --file docs/api/schema.json --fail-on-warn"


@pytest.fixture(scope="module")
def schema(tmp_path_factory, django_db_setup) -> dict:
    file = tmp_path_factory.mktemp("schema") / "schema.json"
    call_command("spectacular", format="openapi-json", file=str(file), fail_on_warn=True)
    return json.loads(file.read_text())


def test_the_committed_schema_is_the_present_one(schema):
    assert json.loads(COMMITTED.read_text()) == schema, f"If the change is meant, run: {COMMAND}"


def test_every_ledger_is_described(schema):
    for ledger in registry:
        described = schema["paths"][f"/api/v1/{ledger.key}/"]
        assert ("post" in described) is ledger.entry
        assert {"get"} <= schema["paths"][f"/api/v1/{ledger.key}/{{member}}/"].keys()
        parameters = {parameter["name"] for parameter in described["get"]["parameters"]}
        assert {"limit", "cursor", "sort"} <= parameters


def test_the_schema_is_served(world):
    client = Client()
    client.force_login(world.a.user)
    answer = client.get("/api/v1/schema/?format=json")
    assert answer.status_code == 200 and answer.json()["openapi"].startswith("3.1")


def test_answers_fit_the_schema(world, schema):
    client = Client()
    client.force_login(world.a.user)
    for key, member in (
        ("households", "52232690001"),
        ("persons", world.a.persons[0].pk),
        ("employments", world.a.employments[0].pk),
        ("settlements", "522326A0001"),
    ):
        for way, path in ((f"{key}/", f"/api/v1/{key}/"), (f"{key}/{member}/", f"/api/v1/{key}/{{member}}/")):
            answer = client.get(f"/api/v1/{way}")
            described = schema["paths"][path]["get"]["responses"]["200"]["content"]["application/json"]["schema"]
            validator = Draft202012Validator(described | {"components": schema["components"]})
            faults = [
                f"{'/'.join(map(str, fault.path))}: {fault.message}" for fault in validator.iter_errors(answer.json())
            ]
            assert not faults, (way, faults[:5])
