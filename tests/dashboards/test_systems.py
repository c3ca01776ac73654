"""Every named system is listed, and each address that is said to serve one answers."""

import io
import json

import pytest
from django.conf import settings
from django.core.management import call_command
from django.test import Client

from dashboards.systems import SERVED_BY
from tests import world

pytestmark = pytest.mark.django_db


def test_the_command_lists_every_system_once():
    output = io.StringIO()
    call_command("list_systems", "--json", stdout=output)
    listed = json.loads(output.getvalue())
    named = json.loads((settings.BASE_DIR / "reference" / "systems.json").read_text("utf-8"))["systems"]
    assert [system["id"] for system in listed] == [system["id"] for system in named]
    assert all(set(system) == {"id", "name", "served_by"} for system in listed)
    assert {system["id"] for system in listed if system["served_by"]} == set(SERVED_BY)


def test_each_address_answers():
    client = Client()
    client.force_login(world.user("look", "drc", 520000000000))
    for address in sorted({one for addresses in SERVED_BY.values() for one in addresses}):
        assert client.get(address, follow=True).status_code == 200, address
