"""The same samples through form, API and validator: the same verdict, the same codes, the same words."""

import html
import json
import re
import uuid

import pytest
from django.test import Client
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from accounts.models import ApiToken
from common import scope
from common.ledger import registry
from ledgers.checking import clean_rows
from tests.ledgers.world import id_number

PERSON = {"name": "王五", "relation": "03", "id_number": id_number("19901231", 12), "labour_capability": "1"}
SAMPLES = [
    ({}, []),
    ({"name": " 王  五 "}, []),
    ({"relation": "儿子"}, []),
    ({"id_number": "529901 19901231 012" + id_number("19901231", 12)[-1]}, []),
    ({"name": ""}, ["missing_name"]),
    ({"name": "…"}, ["bad_name"]),
    ({"relation": ""}, ["required"]),
    ({"relation": "邻居的邻居"}, ["unknown_code"]),
    ({"id_number": "529901199012310121"}, ["check_digit"]),
    ({"id_number": "529901199013310121"}, ["check_digit"]),
    ({"id_number": "1234"}, ["bad_id"]),
    ({"id_number": ""}, ["required", "required"]),
    ({"id_number": "", "birth_date": "1990-12-31", "sex": "女"}, []),
    ({"id_number": "", "birth_date": "2031-01-01", "sex": "女"}, ["future_date"]),
    ({"id_number": "", "birth_date": "2031-01-01"}, ["future_date", "required"]),
    ({"sex": "男"}, ["sex_mismatch"]),
    ({"sex": "男", "birth_date": "1990-12-30"}, ["birth_mismatch", "sex_mismatch"]),
    ({"household": "52232799999", "died_on": "1980-01-01"}, ["death_before_birth", "unknown_reference"]),
    ({"birth_date": "1990-12-30"}, ["birth_mismatch"]),
    ({"birth_date": "1990-02-30"}, ["impossible_date"]),
    ({"phone": "12"}, ["bad_phone"]),
    ({"phone": "138-1234-1234", "remark": "x" * 200}, []),
    ({"remark": "x" * 201}, ["too_long"]),
    ({"relation": "01"}, ["two_heads"]),
    ({"died_on": "1980-01-01"}, ["death_before_birth"]),
    ({"household": "52232799999"}, ["unknown_reference"]),
    ({"id_number": "529901********0121"}, ["masked_value"]),
]


@pytest.fixture
def ways(world):
    return Ways(world)


class Ways:
    """Three ways in, each giving what was refused, sorted."""

    def __init__(self, world):
        self.user = world.a.user
        self.base = {"household": world.a.households[0].code, **PERSON}
        self.client = Client()
        self.client.force_login(self.user)
        self.headers = {"authorization": f"Token {ApiToken.make(self.user, 'test')}"}

    def by_validator(self, row: dict) -> list[tuple[str, str]]:
        with scope.acting_as(self.user):
            _rows, problems = clean_rows(registry["persons"], [row], self.user)
        return sorted((problem.code, problem.message) for problem in problems)

    def by_api(self, row: dict) -> list[tuple[str, str]]:
        answer = Client().post(
            "/api/v1/persons/", json.dumps(row), content_type="application/json", headers=self.headers
        )
        if answer.status_code in (200, 201):
            return []
        assert answer.status_code == 400, answer.content
        return sorted((error["code"], error["message"]) for error in answer.json()["errors"])

    def by_form(self, row: dict) -> list[str]:
        """Messages alone: a page shows no codes."""
        answer = self.client.post("/ledgers/persons/new/", {"form_id": str(uuid.uuid4()), **row})
        if answer.status_code == 302:
            return []
        assert answer.status_code == 422
        found = re.findall(r'<ul class="errorlist">(.*?)</ul>', answer.content.decode(), re.DOTALL)
        return sorted(
            html.unescape(message) for part in found for message in re.findall(r"<li>(.*?)</li>", part, re.DOTALL)
        )


@pytest.mark.parametrize(("change", "codes"), SAMPLES, ids=[str(change)[:40] for change, _codes in SAMPLES])
def test_form_api_and_validator_agree(ways, change, codes):
    row = ways.base | change
    told = ways.by_validator(row)
    assert [code for code, _message in told] == codes
    assert ways.by_form(row) == sorted(message for _code, message in told)
    assert ways.by_api(row) == told  # an accepted row is stored by now, and accepted again as what it is


raw_values = st.one_of(
    st.text(max_size=12),
    st.sampled_from(["", " ", "01", "户主", "男", "是", "1990-12-31", "20200230", "3500元", "至今", "*", "１２"]),
)
columns = st.sampled_from(
    # A head who has died is no second head.
    [column.name for column in registry["persons"].written if column.name not in ("household", "relation", "died_on")]
)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(change=st.dictionaries(columns, raw_values, max_size=4))
def test_whatever_is_typed(ways, change):
    row = ways.base | change | {"relation": "01"}  # a second head, so that nothing is ever stored
    told = ways.by_validator(row)
    assert told
    assert ways.by_api(row) == told
    assert ways.by_form(row) == sorted(message for _code, message in told)
