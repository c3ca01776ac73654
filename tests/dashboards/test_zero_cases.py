"""A household of the zero-employment list is given to somebody, with a next step and its day."""

import pytest

from common.scope import acting_as
from compliance.models import ZeroCase
from tests import world

pytestmark = pytest.mark.django_db


@pytest.fixture
def case(homes, wangmo):
    with acting_as(wangmo):
        return ZeroCase.objects.visible_to(wangmo).filter(closed_on=None).order_by("pk").first()


@pytest.fixture
def helper(db):
    return world.user("helper", "township", world.WANGMO_TOWNSHIP)


def url(case) -> str:
    return f"/compliance/zero/{case.pk}/assign/"


def test_a_case_is_assigned_with_step_and_day(sign_in, case, helper, wangmo):
    answer = sign_in(wangmo).post(
        url(case), {"assigned_to": helper.pk, "next_step": "推荐公益岗位", "next_step_on": "20260715"}
    )
    assert (answer.status_code, answer["Location"]) == (302, "/ledgers/zero-households/")
    with acting_as(wangmo):
        case.refresh_from_db()
    assert (case.assigned_to, case.next_step, str(case.next_step_on)) == (helper, "推荐公益岗位", "2026-07-15")


def test_only_people_of_the_county_are_offered(sign_in, case, helper, wangmo, ceheng, province):
    page = sign_in(wangmo).get(url(case)).content.decode()
    assert f'<option value="{helper.pk}"' in page
    assert f'<option value="{ceheng.pk}"' not in page
    assert f'<option value="{province.pk}"' not in page


@pytest.mark.parametrize(
    "values",
    [
        {"assigned_to": ""},
        {"next_step": ""},
        {"next_step_on": ""},
        {"next_step_on": "2026-06-29"},
        {"next_step_on": "30 Feb"},
        {"assigned_to": "999999"},
    ],
)
def test_what_is_missing_or_wrong_is_said_at_its_field(sign_in, case, helper, wangmo, values):
    given = {"assigned_to": helper.pk, "next_step": "走访", "next_step_on": "2026-07-01"} | values
    answer = sign_in(wangmo).post(url(case), given)
    assert answer.status_code == 422
    assert f'href="#id_{next(iter(values))}"' in answer.content.decode()
    with acting_as(wangmo):
        case.refresh_from_db()
    assert case.assigned_to is None


@pytest.mark.parametrize("role", ["city", "auditor"])
def test_those_who_look_on_see_the_case_and_change_nothing(sign_in, case, helper, role):
    client = sign_in(world.user("reader", role, 522300000000))
    answer = client.get(url(case))
    assert answer.status_code == 200
    assert "id_next_step" not in answer.content.decode()
    given = {"assigned_to": helper.pk, "next_step": "走访", "next_step_on": "2026-07-01"}
    assert client.post(url(case), given).status_code == 403


def test_a_role_that_does_not_read_the_list_is_refused(sign_in, case):
    assert sign_in(world.user("reader", "department", 522300000000)).get(url(case)).status_code == 403


def test_another_countys_case_is_not_found(sign_in, case, ceheng):
    assert sign_in(ceheng).get(url(case)).status_code == 404
