"""Who sees which dashboard, and what the pages say where there is nothing to show."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from tests import world
from tests.dashboards.crawling import links

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("role", "page"),
    [
        ("county", "/inbox/"),
        ("township", "/inbox/"),
        ("department", "/inbox/"),
        ("city", "/dashboard/"),
        ("province", "/dashboard/"),
        ("drc", "/dashboard/"),
        ("auditor", "/dashboard/"),
        ("admin", "/accounts/users/"),
        ("integrator", "/api/v1/"),
    ],
)
def test_the_start_page_follows_the_role(role, page, sign_in):
    assert sign_in(world.user("somebody", role, 520000000000)).get("/")["Location"] == page


def test_a_visitor_is_asked_to_sign_in(client):
    for url in ("/", "/dashboard/", "/inbox/"):
        assert client.get(url)["Location"].startswith("/login/")


def test_without_a_region_the_own_one_is_shown(sign_in, homes, city):
    answer = sign_in(city).get("/dashboard/")
    assert answer.status_code == 200
    assert "黔西南" in answer.content.decode()


def test_somebody_with_two_areas_chooses(sign_in, homes):
    both = world.user("both", "county", world.WANGMO, world.CEHENG)
    offered = {href for href, _text in links(sign_in(both).get("/dashboard/"))}
    assert offered == {f"/dashboard/?region={world.WANGMO}", f"/dashboard/?region={world.CEHENG}"}


@pytest.mark.parametrize("region", ["520000000000", "522300000000", "522327000000", "610000000000", "0"])
def test_a_division_outside_the_area_is_refused_in_words(sign_in, homes, wangmo, region):
    answer = sign_in(wangmo).get(f"/dashboard/?region={region}")
    assert answer.status_code == 403
    assert "望谟县" in answer.content.decode()  # where to go instead


@pytest.mark.parametrize("region", ["522399000000", "abc", "52232", "-1", "999999999999"])
def test_what_is_no_division_is_not_found(sign_in, homes, wangmo, region):
    assert sign_in(wangmo).get("/dashboard/", {"region": region}).status_code == 404


def test_an_unknown_profile_is_not_found(sign_in, homes, wangmo):
    assert sign_in(wangmo).get(f"/dashboard/?region={world.WANGMO}&profile=any").status_code == 404


def test_the_settlement_of_another_county_is_not_found(sign_in, homes, wangmo):
    assert sign_in(wangmo).get(f"/settlements/{homes['other'].code}/").status_code == 404


def test_another_countys_figures_are_in_no_sum(sign_in, homes, wangmo, ceheng):
    page = sign_in(ceheng).get("/dashboard/").content.decode()
    assert "高峰社区" in page
    assert "平洞社区" not in page


def test_the_profile_is_named_with_its_rate(sign_in, homes, province):
    page = sign_in(province).get("/dashboard/?profile=registered-wish-stable").content.decode()
    assert "建档立卡有劳动力且有就业意愿家庭，一人以上稳定就业" in page
    assert "R-172" in page


def test_without_data_the_page_says_what_to_do(sign_in, wangmo, province, today):
    assert "/ledgers/county-roster/import/" in sign_in(wangmo).get("/dashboard/").content.decode()
    page = sign_in(province).get("/dashboard/").content.decode()
    assert "/ledgers/county-roster/import/" not in page
    assert 'class="empty"' in page


def test_the_number_of_statements_does_not_grow_with_the_data(sign_in, homes, province, wangmo):
    client = sign_in(province)
    client.get("/dashboard/?region=522300000000")
    with CaptureQueriesContext(
        connection,
    ) as few:
        client.get("/dashboard/?region=522300000000")
    for n in range(5):
        world.settlement(wangmo, name=f"新社区{n}")
    with CaptureQueriesContext(connection) as many:
        client.get("/dashboard/?region=522300000000")
    assert len(few) == len(many)
    counting = [query for query in many if "compliance_counter" in query["sql"]]
    assert len(counting) == 1
    # Session, user, scopes, scope settings, path, names and sums: nothing is asked twice, the inbox not at all.
    assert len(many) <= 12, [query["sql"][:90] for query in many]
