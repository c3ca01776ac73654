"""The page of a problem and its acts: who sees and may what, messages, double clicks, drafts, places, units, papers."""

import html
import re

import pytest

from rectification.states import STATES
from tests.rectification.conftest import bring_to

pytestmark = pytest.mark.django_db

PDF = b"%PDF-1.4\n1 0 obj\n<< /Type /Catalog >>\nendobj\ntrailer << /Root 1 0 R >>\n%%EOF\n"


@pytest.fixture
def sign_in(client):
    def signed(user):
        client.force_login(user)
        return client

    return signed


def hidden(page: str, key: str) -> dict[str, str]:
    """The hidden values of the form of an act (or of two), as a browser would send them."""
    form = re.search(rf'<form[^>]*id="act-{key}".*?</form>', page, re.S)
    assert form, f"no form {key}"
    fields = re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)"', form[0])
    return {name: html.unescape(value) for name, value in fields}


def forms(page: str) -> list[str]:
    return re.findall(r'<form[^>]*id="act-([a-z_-]+)"', page)


def test_every_state_has_its_page(people, sign_in):
    client = sign_in(people.city)
    for state in STATES:
        if state == "merged":
            continue
        item = bring_to(people, state)
        answer = client.get(item.address)
        assert answer.status_code == 200, state
        page = answer.content.decode()
        assert str(STATES[state].label) in page
        assert "外墙渗水" in page
    assert client.get(f"{item.address}dossier/").status_code == 200
