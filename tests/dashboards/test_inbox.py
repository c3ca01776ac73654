"""What is to be done, for whom, and how late it is."""

import datetime as dt

import pytest

from common.scope import acting_as
from compliance import tick
from compliance.actions import assign_zero_case
from compliance.models import ZeroCase
from tests import world
from tests.dashboards.crawling import links

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def english(client):
    client.cookies["django_language"] = "en"


def page(client, url="/inbox/") -> str:
    answer = client.get(url)
    assert answer.status_code == 200
    return answer.content.decode()


def test_nothing_to_do_is_said(sign_in, wangmo, today):
    assert "There is nothing to do" in page(sign_in(wangmo))


def test_a_job_that_ends_soon_is_in_the_inbox_of_county_and_township_and_of_nobody_else(
    sign_in, homes, wangmo, ceheng, city
):
    township = world.user("township", "township", world.WANGMO_TOWNSHIP)
    elsewhere = world.user("elsewhere", "township", 522326101000)
    for user, there in ((wangmo, True), (township, True), (elsewhere, False), (ceheng, False), (city, False)):
        assert ("2026-07-10" in page(sign_in(user))) is there, user


def test_an_alert_is_acknowledged_once_and_stays_until_its_reason_is_gone(sign_in, homes, wangmo):
    client = sign_in(wangmo)
    text = page(client)
    assert 'name="alert"' in text
    key = text.split('name="alert" value="')[1].split('"')[0]
    answer = client.post("/inbox/acknowledge/", {"alert": key}, follow=True)
    assert "Acknowledged: 1" in answer.content.decode()
    assert "2026-07-10" in answer.content.decode()
    assert f'name="alert" value="{key}"' not in answer.content.decode()


def test_nobody_acknowledges_the_alerts_of_another_area(sign_in, homes, wangmo, ceheng):
    key = page(sign_in(wangmo)).split('name="alert" value="')[1].split('"')[0]
    answer = sign_in(ceheng).post("/inbox/acknowledge/", {"selected": [key, "x"]}, follow=True)
    assert "Acknowledged: " not in answer.content.decode()
    assert f'name="alert" value="{key}"' in page(sign_in(wangmo))


def assigned(case: ZeroCase, user, day: dt.date):
    with acting_as(user):
        return assign_zero_case(case, user, "上门走访", day, by=user)


def test_assigned_cases_are_sorted_by_lateness_with_the_alerts(sign_in, homes, wangmo, clock, today):
    with acting_as(wangmo):
        open_cases = ZeroCase.objects.visible_to(wangmo).filter(closed_on=None).select_related("household")
        first, second = open_cases.order_by("pk")
    assigned(first, wangmo, today + dt.timedelta(30))
    assigned(second, wangmo, today + dt.timedelta(1))
    tick.run(clock(today + dt.timedelta(3)))
    found = [
        text for href, text in links(sign_in(wangmo).get("/inbox/")) if "/assign/" in href or "/households/" in href
    ]
    assert [second.household.code in found[0], "2026-07-10" in found[1], first.household.code in found[2]] == [True] * 3
    assert "2 days late" in page(sign_in(wangmo))


def test_cases_of_nobody_are_counted(sign_in, homes, wangmo):
    assert "2 households without any job are assigned to nobody" in page(sign_in(wangmo), "/inbox/?show=zero")


def test_an_unknown_part_is_not_found(sign_in, wangmo, today):
    assert sign_in(wangmo).get("/inbox/?show=everything").status_code == 404
