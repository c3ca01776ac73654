"""List, member, form and history pages, as a browser meets them."""

import json
import re
from pathlib import Path

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from common.ledger import registry
from tests.ledgers.world import make_user, write

COUNTS = Path(__file__).with_name("query_counts.json")


@pytest.fixture
def as_user():
    def sign_in(user) -> Client:
        client = Client(headers={"accept-language": "zh-hans"})
        client.force_login(user)
        return client

    return sign_in


@pytest.fixture
def county(world, as_user):
    return as_user(world.a.user)


def text(response) -> str:
    return response.content.decode()


def test_every_list_page_shows_its_own_rows_only(world, county):
    for key in ("settlements", "households", "persons", "employments"):
        page = text(county.get(f"/ledgers/{key}/"))
        assert "<table" in page, key
        assert "5223279" not in page and "522327A" not in page, key
    assert "52232690001" in text(county.get("/ledgers/households/"))


def test_index_and_sheet(county):
    page = text(county.get("/ledgers/"))
    assert "/ledgers/households/" in page and "/ledgers/county-roster/" in page
    assert "/ledgers/county-roster/import/" in text(county.get("/ledgers/county-roster/"))
    assert county.get("/ledgers/nonsense/").status_code == 404


def test_filters_narrow_and_stand_in_the_address(county):
    page = text(county.get("/ledgers/persons/?name=张一"))
    assert "张一" in page and "张二" not in page
    assert 'class="chip" href="/ledgers/persons/"' in page
    assert "张二" in text(county.get("/ledgers/persons/?birth_date_from=1979-1-1&birth_date_to=19800101"))
    assert "张二" not in text(county.get("/ledgers/persons/?birth_date=1979-12-31"))
    assert "52232690001" in text(county.get("/ledgers/households/?settlement=安置点522326"))
    assert "52232690001" in text(county.get("/ledgers/households/?division=522326"))
    assert "52232690001" not in text(county.get("/ledgers/households/?division=522327"))
    assert "52232690001" in text(county.get("/ledgers/persons/?region=望谟县"))


def test_a_filter_that_is_not_understood_shows_no_rows(county):
    for query in ("colour=red", "birth_date_from=yesterday", "relation=99", "division=999999", "sort=remark", "at=xx"):
        response = county.get(f"/ledgers/persons/?{query}")
        assert response.status_code == 422, query
        assert "张一" not in text(response) and 'role="alert"' in text(response), query


def test_three_empty_states(world, county, as_user):
    assert "没有" in text(county.get("/ledgers/persons/?name=不存在")) or "fits these filters" in text(
        county.get("/ledgers/persons/?name=不存在")
    )
    nowhere = as_user(make_user("nowhere", "county"))
    assert "No area" in text(nowhere.get("/ledgers/persons/")) or "区域" in text(nowhere.get("/ledgers/persons/"))
    fresh = as_user(make_user("fresh", "county", 522328_000000))
    assert "/ledgers/persons/import/" in text(fresh.get("/ledgers/persons/"))


def test_sensitive_columns_are_masked_on_every_page_for_everybody(world, as_user):
    number = world.a.persons[0].id_number
    auditor = make_user("auditor", "auditor", 520000_000000)
    for reader in (as_user(world.a.user), as_user(auditor)):
        for address in (
            "/ledgers/persons/",
            f"/ledgers/persons/{world.a.persons[0].pk}/",
            f"/ledgers/persons/{world.a.persons[0].pk}/history/",
        ):
            page = text(reader.get(address))
            assert number not in page and number[:6] + "*" * 8 in page, address


def test_columns_and_views_are_kept(county):
    county.post("/ledgers/households/columns/", {"columns": ["code", "phone"], "query": "placement=concentrated"})
    page = text(county.get("/ledgers/households/"))
    assert "139****0001" in page and "2018-05-01" not in page
    answer = county.post(
        "/ledgers/households/views/", {"name": "集中安置", "query": "placement=concentrated&sort=code"}
    )
    assert "placement=concentrated" in answer.url and "view=" in answer.url
    page = text(county.get(answer.url))
    assert "集中安置" in page and "139****0001" in page
    key = re.search(r"view=(\d+)", answer.url)[1]
    county.post(f"/ledgers/households/views/{key}/delete/")
    assert "集中安置" not in text(county.get("/ledgers/households/"))


def test_paging_is_complete_and_stable(world, county):
    write(
        world.a.user,
        "households",
        [{"code": f"5223268{number:04d}", "settlement": world.a.settlement} for number in range(120)],
    )
    for sort in ("", "code", "-code", "head_name", "-head_name"):
        seen, address = [], f"/ledgers/households/?sort={sort}"
        while address:
            page = text(county.get(address))
            seen += re.findall(r'href="/households/(\d+)/"', page)
            found = re.search(r'rel="next" href="([^"]+)"', page)
            address = found and found[1].replace("&amp;", "&")
        assert len(seen) == len(set(seen)) == 122, sort
        if sort.endswith("code"):
            assert seen == sorted(seen, reverse=sort.startswith("-"))
    last = page
    back = re.search(r'rel="prev" href="([^"]+)"', last)[1].replace("&amp;", "&")
    assert re.findall(r'href="/households/(\d+)/"', text(county.get(back))) == seen[50:100]


def test_find_by_number_puts_no_number_in_an_address(world, county):
    answer = county.post("/ledgers/persons/find/", {"number": f" {world.a.persons[0].id_number} "})
    assert answer.status_code == 302 and "/households/52232690001/" in answer.url
    answer = county.post("/ledgers/persons/find/", {"number": world.b.persons[0].id_number})
    assert answer.url == "/ledgers/persons/"


def test_other_counties_do_not_exist(world, county):
    for address in (
        f"/ledgers/households/{world.b.households[0].code}/",
        f"/ledgers/persons/{world.b.persons[0].pk}/",
        f"/ledgers/persons/{world.b.persons[0].pk}/history/",
        f"/ledgers/persons/{world.b.persons[0].pk}/edit/",
        f"/ledgers/persons/{world.b.persons[0].pk}/void/",
        "/ledgers/persons/999999999999999999999/",
    ):
        assert county.get(address).status_code == 404, address


def test_query_counts(world, county):
    """The number of queries of each page is recorded; a change of it is seen and decided."""
    recorded = json.loads(COUNTS.read_text()) if COUNTS.exists() else {}
    person = world.a.persons[0].pk
    found = {}
    for address in (
        "/ledgers/households/",
        "/ledgers/persons/",
        "/ledgers/employments/",
        "/ledgers/settlements/",
        "/ledgers/divisions/",
        "/ledgers/persons/{person}/",
        "/ledgers/persons/{person}/history/",
        "/ledgers/persons/new/",
        "/ledgers/persons/{person}/edit/",
        "/api/v1/households/",
        "/api/v1/households/52232690001/",
        "/divisions/search?q=wm",
    ):
        county.get(address.format(person=person))  # the first answer fills caches
        with CaptureQueriesContext(
            connection,
        ) as queries:
            assert county.get(address.format(person=person)).status_code == 200
        found[address] = len(queries)
    if not recorded:
        COUNTS.write_text(json.dumps(found, indent=1) + "\n")
    assert found == recorded or not recorded, "delete query_counts.json and run again if the new counts are right"


def test_division_search(county):
    for query in ("望谟", "5223", "wm", "WMX"):
        results = county.get(f"/divisions/search?q={query}").json()["results"]
        assert any(item["code"] == "522326000000" for item in results), query
        assert all(item["path"].endswith(item["name"]) for item in results)
    assert county.get("/divisions/search?q=").json() == {"results": []}


def test_registry_pages_answer(county):
    for ledger in registry:
        assert county.get(f"/ledgers/{ledger.key}/").status_code in (200, 403), ledger.key
