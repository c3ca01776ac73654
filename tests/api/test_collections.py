"""The REST API: reading, writing, refusing."""

import datetime as dt
import json

import pytest
from django.test import Client

from accounts.models import ApiToken
from common import scope
from common.scope import acting_as
from households.models import Household, Person
from tests.ledgers.world import id_number, make_user


class Api:
    """A program with a token."""

    def __init__(self, user):
        self.client = Client()
        self.headers = {"authorization": f"Token {ApiToken.make(user, 'test')}", "accept-language": "en"}

    def __call__(self, method: str, address: str, body=None, **headers):
        answer = self.client.generic(
            method,
            f"/api/v1/{address}",
            b"" if body is None else body if isinstance(body, bytes) else json.dumps(body),
            content_type="application/json",
            headers=self.headers | headers,
        )
        answer.data = json.loads(answer.content) if answer.content and "json" in answer["content-type"] else None
        return answer


@pytest.fixture
def api(world) -> Api:
    return Api(world.a.user)


def errors(answer):
    return [(error["row"], error["field"], error["code"]) for error in answer.data["errors"]]


def family(world, code="52232690010", **values) -> dict:
    return {
        "code": code,
        "settlement": world.a.settlement.code,
        "address": "1栋101",
        **values,
        "persons": [
            {
                "name": "周一",
                "relation": "01",
                "id_number": id_number("19700203", 31),
                "labour_capability": "1",
                "employments": [
                    {"channel": "10", "employer": "某厂", "start_date": "2020-01-01", "monthly_wage": 3500}
                ],
            },
            {
                "name": "周二",
                "relation": "儿子",
                "id_number": id_number("20000203", 33),
                "labour_capability": "1",
                "employments": [],
            },
        ],
    }


def test_index(api):
    answer = api("GET", "")
    assert answer.data["collections"]["households"].endswith("/api/v1/households/")


def test_reading_needs_a_known_token(world):
    assert Client().get("/api/v1/households/").status_code == 401
    answer = Client().get("/api/v1/households/", headers={"authorization": "Token nonsense"})
    assert answer.status_code == 401 and answer["content-type"] == "application/problem+json"


def test_list_and_member(world, api):
    answer = api("GET", "households/?limit=1")
    assert answer.status_code == 200 and answer.data["previous"] is None
    [row] = answer.data["results"]
    assert row["code"] == "52232690001" and row["moved_in_on"] == "2018-05-01" and row["division"].isdecimal()
    following = Client().get(answer.data["next"], headers=api.headers).json()
    assert [row["code"] for row in following["results"]] == ["52232690002"] and following["next"] is None
    assert Client().get(following["previous"], headers=api.headers).json()["results"] == [row]
    member = api("GET", "households/52232690001/").data
    assert member["code"] == "52232690001" and member["version"] >= 1
    assert member["persons"][0]["name"] == "张一乙"
    assert member["persons"][0]["employments"][0]["employer"] == "某厂"


def test_filters(world, api):
    assert len(api("GET", "persons/?name=张一").data["results"]) == 1
    refused = api("GET", "persons/?colour=red")  # nothing was to be stored, so nothing is said of storing
    assert refused.status_code == 400 and refused.data["detail"] == "查询条件有误，请更正后重新查询。"
    assert errors(api("GET", "persons/?colour=red&limit=5000")) == [(0, "colour", "unknown_filter")]
    for query in ("limit=0", "limit=1001", "limit=x", "cursor=x", "cursor=W10", "sort=remark", "birth_date_from=x"):
        answer = api("GET", f"persons/?{query}")
        assert answer.status_code == 400 and answer["content-type"] == "application/problem+json", query


def test_every_page_of_many(world, api):
    rows = [{"code": f"522326{number:05d}", "settlement": world.a.settlement.code} for number in range(70)]
    assert api("POST", "households/", rows).status_code == 201
    seen, address = [], "households/?limit=7&sort=-code"
    while address:
        page = api("GET", address).data
        seen += [row["code"] for row in page["results"]]
        address = page["next"] and page["next"].split("/api/v1/")[1]
    assert len(seen) == len(set(seen)) == 72 and seen == sorted(seen, reverse=True)


def test_a_household_with_persons_and_jobs(world, api):
    answer = api("POST", "households/", family(world))
    assert answer.status_code == 201, errors(answer)
    assert answer.data["head_name"] == "周一" and len(answer.data["persons"]) == 2
    assert answer.data["persons"][0]["employments"][0]["monthly_wage"] == 3500
    assert answer.data["persons"][0]["birth_date"] == "1970-02-03"


def test_what_was_read_can_be_sent_back(world, api):
    member = api("GET", "households/52232690001/").data
    for method, address in (("POST", "households/"), ("PATCH", "households/52232690001/")):
        answer = api(method, address, member)
        assert answer.status_code == 200, errors(answer)
        assert answer.data == member


def test_masked_values_sent_back_mean_unchanged(world):
    clerk = Api(make_user("clerk", "department", 522326_000000))
    number = world.a.persons[0].id_number
    person = clerk("GET", f"persons/{world.a.persons[0].pk}/").data
    assert person["id_number"] == number[:6] + "*" * 8 + number[-4:]
    api = Api(world.a.user)
    answer = api("PATCH", f"persons/{person['id']}/", {**person, "remark": "x"})
    assert answer.status_code == 200, errors(answer)
    assert answer.data["id_number"] == person["id_number"]
    with acting_as(world.a.user):
        assert Person.objects.get(pk=person["id"]).id_number == number


def test_all_or_nothing_with_every_fault(world, api):
    bad = family(world)
    bad["persons"][1] |= {"name": "", "colour": "red"}
    bad["persons"][0]["employments"][0]["end_date"] = "2019-01-01"
    bad["persons"][0]["employments"].append("nonsense")
    answer = api("POST", "households/", [family(world, "52232690011"), bad])
    assert answer.status_code == 400
    assert (1, "persons.0.employments", "bad_type") in errors(answer)
    bad["persons"][0]["employments"].pop()
    answer = api("POST", "households/", [{"code": "52232690011", "settlement": "nowhere"}, bad])
    assert {
        (0, "settlement", "unknown_reference"),
        (1, "persons.1.name", "missing_name"),
        (1, "persons.1.colour", "unknown_column"),
        (1, "persons.0.employments.0.end_date", "end_before_start"),
    } <= set(errors(answer))
    with scope.acting_as(world.a.user):
        assert Household.objects.filter(code__startswith="5223269001").count() == 0


def test_read_only_ignored_unknown_refused(world, api):
    body = {
        "code": "52232690020",
        "settlement": world.a.settlement.code,
        "head_name": "谁",
        "version": None,
        "id": None,
    }
    assert api("POST", "households/", body).status_code == 201
    assert errors(api("POST", "households/", body | {"colour": 1})) == [(0, "colour", "unknown_column")]


def test_patch_and_conflict(world, api):
    answer = api("PATCH", "households/52232690001/", {"address": "9栋909", "version": 1})
    version = api("GET", "households/52232690001/").data["version"]
    answer = api("PATCH", "households/52232690001/", {"address": "9栋909", "version": version})
    assert answer.status_code == 200 and answer.data["address"] == "9栋909" and answer.data["version"] == version + 1
    answer = api("PATCH", "households/52232690001/", {"address": "8栋", "version": version})
    assert answer.status_code == 409 and answer.data["version"] == version + 1
    assert answer.data["current"]["address"] == "9栋909"


def test_what_nobody_sets_is_refused_by_name(world, api):
    answer = api("PATCH", "households/52232690001/", {"head_name": "谁", "id": 1, "colour": 1, "address": "9栋909"})
    assert answer.status_code == 400
    assert errors(answer) == [(0, "colour", "unknown_column"), (0, "head_name", "read_only"), (0, "id", "read_only")]
    assert "户主姓名" in answer.data["errors"][1]["message"]
    answer = api(
        "PATCH", "households/52232690001/", {"persons": [{"id": world.a.persons[0].pk, "household_code": "x"}]}
    )
    assert {error["field"] for error in answer.data["errors"]} == {"persons.0.household_code"}
    member = api("GET", "households/52232690001/").data
    assert member["address"] != "9栋909"
    assert api("PATCH", "households/52232690001/", {"head_name": member["head_name"]}).status_code == 200


def test_a_stale_write_is_refused_with_what_differs(world, api):
    address = f"persons/{world.a.persons[0].pk}/"
    read = api("GET", address)
    assert read["ETag"] == f'"{read.data["version"]}"'
    other = api("PATCH", address, {"remark": "theirs", "version": read.data["version"]})
    assert other.status_code == 200 and other["ETag"] == f'"{read.data["version"] + 1}"'
    mine = {"remark": "mine", "name": read.data["name"]}
    for answer, status in (
        (api("PATCH", address, mine | {"version": read.data["version"]}), 409),
        (api("PATCH", address, mine, **{"if-match": read["ETag"]}), 412),
    ):
        assert answer.status_code == status and answer.data["version"] == other.data["version"]
        assert errors(answer) == [(0, "remark", "conflict")]
        assert "theirs" in answer.data["errors"][0]["message"] and "mine" in answer.data["errors"][0]["message"]
    assert api("DELETE", address, **{"if-match": read["ETag"], "x-reason": "twice"}).status_code == 412
    nested = {"persons": [{"id": world.a.persons[0].pk, "version": read.data["version"], "remark": "mine"}]}
    answer = api("PATCH", f"households/{read.data['household']}/", nested)
    assert answer.status_code == 409 and errors(answer) == [(0, "persons.0.remark", "conflict")]
    assert errors(api("PATCH", address, mine, **{"if-match": "x"})) == [(0, "version", "bad_number")]
    assert api("GET", address).data["remark"] == "theirs"
    assert api("PATCH", address, mine, **{"if-match": other["ETag"]}).status_code == 200


def test_every_fault_of_a_record_though_its_place_is_unknown(world, api):
    body = {"code": "52232690077", "settlement": "X", "housing_area": 0, "moved_in_on": "2030-01-01"}
    assert {field for _row, field, _code in errors(api("POST", "households/", body))} == {
        "settlement", "housing_area", "moved_in_on",
    }  # fmt: skip


def test_void(world, api):
    address = f"employments/{world.a.employments[0].pk}/"
    assert errors(api("DELETE", address)) == [(0, "reason", "required")]
    assert api("DELETE", address, {"reason": "entered by mistake"}).status_code == 204
    assert api("GET", address).data["void_reason"] == "entered by mistake"
    assert api("GET", "employments/").data["results"] == []
    assert errors(api("PATCH", address, {"remark": "x"})) == [(0, "", "voided")]
    person = world.a.persons[1]
    assert api("DELETE", "households/52232690002/", **{"x-reason": "twice"}).status_code == 204
    with scope.acting_as(world.a.user):
        assert Person.objects.get(pk=person.pk).voided_at is not None


def test_bad_input_is_never_a_server_error(world, api):
    bodies = [
        b"",
        b"{",
        b"\xff\xfe",
        b"[" * 100_000,
        b'{"code": NaN}',
        b"1",
        b"null",
        b'"x"',
        b"[]",
        b"[1]",
        b'{"code": 1e400}',
        b'{"code": 123456789012345678901234567890, "settlement": "x"}',
        b'{"code": "522326\\u0000", "settlement": "522326A0001"}',
        b'{"code": "\\ud800", "settlement": 1}',
        json.dumps({"code": "5" * 100_000, "settlement": {"a": 1}}).encode(),
        b'{"id": 99999999999999999999, "settlement": "x"}',
        b'{"id": -1}',
        b'{"id": [1], "version": {}}',
        b'{"persons": {"a": 1}, "code": "52232690020"}',
        b'{"persons": [[]]}',
    ]
    for body in bodies:
        answer = api("POST", "households/", body)
        assert answer.status_code == 400, (body[:60], answer.status_code)
        assert answer["content-type"] == "application/problem+json"
    for address in (
        "households/%00/",
        "households/%F0%9F/",
        "persons/99999999999999999999/",
        "persons/x/",
        "persons/-1/",
        "nonsense/",
    ):
        assert api("GET", address).status_code == 404, address
    assert api("PUT", "households/52232690001/", {}).status_code == 405
    assert (
        api.client.post("/api/v1/households/", "a=b", content_type="text/plain", headers=api.headers).status_code == 415
    )
    for person in ({"person": 10**30}, {"person": "9" * 5000}, {"monthly_wage": 10**30}, {"start_date": 10**12}):
        assert api("POST", "employments/", person).status_code == 400, person


def test_an_unknown_address_is_a_problem_and_not_a_page(world, api):
    for address in ("nonsense/", "nonsense/1/", "households/52232690001/nonsense/", "../v2/households/"):
        answer = api("GET", address)
        assert (answer.status_code, answer["content-type"]) == (404, "application/problem+json"), address
        assert answer.data["status"] == 404 and answer.data["detail"] == "此地址没有内容。"
    anonymous = Client().post("/api/v1/nonsense/", {})
    assert (anonymous.status_code, anonymous["content-type"]) == (404, "application/problem+json")
    assert Client().get("/api/v1/households")["location"] == "/api/v1/households/"
    page = Client().get("/nonsense/")
    assert page.status_code == 404 and page["content-type"].startswith("text/html")


def test_a_fault_of_our_own_is_a_problem_too(world, api, monkeypatch):
    def broken(*arguments):
        raise RuntimeError("a fault of our own")

    monkeypatch.setattr("ledgers.api.views.read_page", broken)
    api.client.raise_request_exception = False
    answer = api("GET", "households/")
    assert (answer.status_code, answer["content-type"]) == (500, "application/problem+json")
    assert answer.data["detail"].startswith("本次操作未保存任何内容") and "a fault" not in answer.content.decode()


def test_a_read_only_ledger_is_not_written(world, api):
    assert api("GET", "divisions/?code=522326").data["results"][0]["code"] == "522326000000"
    assert api("POST", "divisions/", {}).status_code in (403, 405)


def test_the_neighbours_rows_do_not_exist(world, api):
    theirs = world.b
    for key, row in (
        ("households", theirs.households[0].code),
        ("persons", theirs.persons[0].pk),
        ("employments", theirs.employments[0].pk),
        ("settlements", theirs.settlement.code),
    ):
        for method in ("GET", "PATCH", "DELETE"):
            assert api(method, f"{key}/{row}/", {"remark": "x", "reason": "x"}).status_code == 404, (method, key)
        assert all("522327" not in json.dumps(item) for item in api("GET", f"{key}/").data["results"]), key
    assert errors(api("POST", "households/", {"code": "52232690030", "settlement": theirs.settlement.code})) == [
        (0, "settlement", "unknown_reference")
    ]
    assert (0, "code", "out_of_scope") in errors(
        api("POST", "households/", {"code": theirs.households[0].code, "settlement": world.a.settlement.code})
    )
    assert errors(api("POST", "employments/", {"id": theirs.employments[0].pk, "remark": "x"}))[0] == (
        0,
        "id",
        "unknown_row",
    )
    assert api("GET", "persons/?region=522327").data["results"] == []


def test_dates_and_codes(world, api):
    row = api("GET", "persons/").data["results"][0]
    assert row["relation"] == "01" and dt.date.fromisoformat(row["birth_date"])
