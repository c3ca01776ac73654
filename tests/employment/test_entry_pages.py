"""The household form: drafts, fields checked as one goes, sent twice, who may."""

from __future__ import annotations

import datetime as dt

import pytest

from common.scope import acting_as
from employment.models import Employment
from employment.sections import missing_jobs, states_of
from households.actions import save_households, save_persons
from households.models import Household
from ledgers.models import Draft
from tests import world
from tests.employment.conftest import client, form_of, text

NEW = "/households/new/"


def new_row(number: int, **values) -> dict[str, str]:
    return {f"members-{number}-{name}": value for name, value in values.items()}


def test_a_draft_holds_members_and_jobs_and_comes_back_when_asked(place):
    official = client(place.one)
    form = form_of(official.get(place.edit)) | {"address": "2栋202", "members-TOTAL_FORMS": "4"}
    form |= new_row(3, name="韦新", relation="03", job_employer="丙厂", job_start_date="20260101")
    assert "草稿已自动保存" in text(official.post(f"{place.edit}draft/", form))
    opened = official.get(place.edit)
    assert "韦新" not in text(opened) and "draft-offer" in text(opened)
    restored = form_of(official.get(f"{place.edit}?restore=1"))
    assert {name: restored[name] for name in form if name != "csrfmiddlewaretoken"} == {
        name: value for name, value in form.items() if name != "csrfmiddlewaretoken"
    }
    # Somebody else's drafts are nobody's business.
    assert "draft-offer" not in text(client(place.two).get(place.edit))
    draft = Draft.objects.get()
    official.post(f"{place.edit}draft/", {"discard": "1", "form_id": str(draft.form_id)})
    assert not Draft.objects.exists()


def test_a_draft_over_an_old_version_tells_who_changed_it_and_asks(place, stored):
    official = client(place.one)
    form = form_of(official.get(place.edit)) | {"address": "2栋202"}
    official.post(f"{place.edit}draft/", form)
    with acting_as(place.two):
        save_households([{"id": place.family.pk, "address": "3栋303"}], by=place.two)
        save_persons([{"id": place.son.pk, "school": "99"}], by=place.two)
    page = text(official.get(place.edit))
    assert "草稿保存后他人已作修改" in page and "two于" in page and "家庭成员：韦小山" in page
    answer = official.post(place.edit, form_of(official.get(f"{place.edit}?restore=1")))
    assert answer.status_code == 409
    # A draft kept of the choice does not choose: restored and sent, it asks again.
    again = form_of(answer) | {"choose_members-2-school": "theirs"}
    official.post(f"{place.edit}draft/", again)
    restored = form_of(official.get(f"{place.edit}?restore=1"))
    assert official.post(place.edit, restored).status_code == 409
    assert stored(place.family).address == "3栋303" and stored(place.son).school == "99"


def test_a_saved_form_leaves_no_draft_and_sent_twice_is_saved_once(place):
    official = client(place.one)
    form = form_of(official.get(f"{NEW}?settlement={place.home.code}")) | {"code": "522326000002"}
    form |= new_row(0, name="甲一", relation="01", id_number=world.id_number(dt.date(1990, 1, 1)))
    official.post("/households/new/draft/", form)
    first, second = (official.post(NEW, form | {"next": "1"}) for _time in range(2))
    assert first.status_code == second.status_code == 302 and first.url == second.url
    assert first.url == f"{NEW}?settlement={place.home.code}"
    page = official.get(first.url)
    assert "甲一 522326000002" in text(page) and 'data-kept-done="household:"' in text(page)
    assert "draft-offer" not in text(page) and form_of(page)["settlement"] == place.home.code
    with acting_as(place.one):
        assert Household.objects.filter(code="522326000002").count() == 1
    assert Draft.objects.get().data is None


def test_a_refused_form_is_a_draft(place):
    """Sent before the form was kept, refused, closed: everything is offered when the form is opened again."""
    official = client(place.one)
    form = form_of(official.get(NEW)) | {"code": "522326000003", "remark": "补录"} | new_row(0, name="甲一")
    assert official.post(NEW, form).status_code == 422
    assert "draft-offer" in text(official.get(NEW))
    restored = form_of(official.get(f"{NEW}?restore=1"))
    assert (restored["code"], restored["remark"], restored["members-0-name"]) == ("522326000003", "补录", "甲一")
    home = official.get("/ledgers/homes/new/")
    assert official.post("/ledgers/homes/new/", form_of(home) | {"address": "9栋909"}).status_code == 422
    assert form_of(official.get("/ledgers/homes/new/?restore=1"))["address"] == "9栋909"
    quick = f"/settlements/{place.home.code}/quick/"
    rows = form_of(official.get(quick), "quick")
    wage = f"p{place.wife.pk}-monthly_wage"
    assert wage in rows
    assert official.post(quick, rows | {wage: "面议"}).status_code == 422
    assert "面议" in text(official.get(f"{quick}?restore=1"))


@pytest.mark.parametrize(
    ("field", "value", "words"),
    [
        ("members-1-id_number", "529999198704050001", "身份证号"),  # the check digit
        ("members-0-job_end_date", "2023-12-31", "2024-01-01"),  # before the start
        ("members-0-job_monthly_wage", "面议", "面议"),
        ("members-1-relation", "01", "户主"),  # a second head
        ("phone", "1380000", "1380000"),
        ("moved_in_on", "2018-13-01", "2018-13-01"),
        ("housing_area", "-3", "-3"),
        ("housing_area", "0", "面积应大于0"),
        ("housing_area", "1000", "小数点"),
        ("moved_in_on", "2029-05-03", "晚于今天"),
        ("members-0-job_start_date", "1970-01-01", "1985-03-02"),  # before the birth of a person whose number is masked
        ("members-0-job_start_date", "2029-01-01", "一年以后"),
    ],
)
def test_one_field_is_checked_as_saving_checks_it(place, field, value, words):
    official = client(place.one)
    form = form_of(official.get(place.edit)) | {field: value}
    answer = text(official.post(f"{place.edit}check/", form | {"check": field}))
    own = answer.split('<div class="field-error"')[0]
    assert "errorlist" in own and words in own
    other = text(official.post(f"{place.edit}check/", form | {"check": "address"}))
    assert "errorlist" not in other.split('<div class="field-error"')[0]
    assert official.post(place.edit, form).status_code == 422


def test_the_check_of_a_date_also_speaks_for_the_other_one(place):
    official = client(place.one)
    form = form_of(official.get(place.edit)) | {"members-0-job_end_date": "2025-12-31"}
    form["members-0-job_start_date"] = "2026-01-01"
    answer = text(official.post(f"{place.edit}check/", form | {"check": "members-0-job_start_date"}))
    other = answer.split('id="id_members-0-job_end_date_error"')[1].split("</div>")[0]
    assert "hx-swap-oob" in other and "errorlist" in other
    assert "members-0-job_workplace" not in answer  # nothing stands there yet


def test_while_one_is_entering_nothing_is_asked_for_that_comes_later(place):
    official = client(place.one)
    form = form_of(official.get(NEW)) | new_row(0, name="甲一", relation="02")
    assert "errorlist" not in text(official.post("/households/new/check/", form | {"check": "members-0-relation"}))
    assert official.post(NEW, form).status_code == 422
    assert official.post("/households/new/check/", form | {"check": "nonsense"}).status_code == 404


def test_a_person_of_another_household_is_told_at_the_field(place):
    other = world.household(place.one, place.home, [number := world.member("乙二")])
    official = client(place.one)
    form = form_of(official.get(place.edit)) | {"members-TOTAL_FORMS": "4"}
    form |= new_row(3, name="乙二", relation="03", id_number=number["id_number"])
    answer = text(official.post(f"{place.edit}check/", form | {"check": "members-3-id_number"}))
    assert other.code in answer.split('<div class="field-error"')[0]


@pytest.mark.parametrize("address", ["", "check/", "draft/"])
def test_who_may_not(place, address):
    reader = client(world.user("reader", "province", 520000000000))
    neighbour = client(world.user("neighbour", "county", world.CEHENG))
    send = {"check": "address", "address": "9栋", "form_id": "7d444840-9dc0-11d1-b245-5ffdce74fad2"}
    assert reader.post(f"{place.edit}{address}", send).status_code == 403
    assert neighbour.post(f"{place.edit}{address}", send).status_code == 404
    assert not Draft.objects.exists()
    with acting_as(place.one):
        assert Household.objects.get().address == "1栋101"


def test_nothing_of_a_form_stays_in_the_browsers_cache(place):
    official = client(place.one)
    for address in (place.edit, NEW, place.quick, f"/ledgers/employments/{place.job.pk}/edit/"):
        assert "no-store" in official.get(address)["Cache-Control"], address


def test_the_section_of_employment_tells_what_is_left(place, django_assert_num_queries):
    other = world.household(
        place.one, place.home, [world.member("丙三")], [[world.job(workplace="望谟", monthly_wage=3000)]]
    )
    with acting_as(place.one):
        with django_assert_num_queries(3):  # parameters, people and jobs, however many households
            found = missing_jobs([place.family.pk, other.pk], place.on)
        # The son is no labourer; the wife has neither a job nor a word on her wish.
        assert found == {place.family.pk: ["罗小妹：就业情况或就业意愿", "韦大山的就业记录：就业地点、月工资（元）"]}
        save_persons([{"id": place.wife.pk, "job_intention": "2"}], by=place.one)
        Employment.objects.filter(pk=place.job.pk).update(workplace="望谟", monthly_wage=3000)
        [state] = [state for state in states_of(place.family.pk, place.on, place.one) if state["title"] == "就业情况"]
        assert (state["tone"], state["missing"]) == ("good", [])


def test_completeness_stands_on_the_page_and_beside_the_form(place):
    official = client(place.one)
    for address in (place.edit, f"/households/{place.family.code}/"):
        page = text(official.get(address))
        assert "罗小妹：就业情况或就业意愿" in page and "缺2项" in page


def test_the_settlement_is_offered_from_the_users_area_and_named_beside_its_code(place):
    official = client(place.one)
    world.settlement(world.user("other", "county", world.CEHENG), world.CEHENG_TOWNSHIP, name="平安社区")
    found = official.get("/settlements/search", {"q": "平"}).json()["results"]
    assert [(one["code"], one["name"]) for one in found] == [(place.home.code, "平洞社区")]
    assert found[0]["path"] and official.get("/settlements/search").json()["results"] == found
    assert official.get("/settlements/search", {"q": place.home.code[:6]}).json()["results"] == found
    page = official.get(f"{NEW}?settlement={place.home.code}")
    assert 'data-lookup="/settlements/search"' in text(
        page
    ) and '<output class="picked" for="id_settlement">平洞社区' in text(page)


def test_what_a_household_cannot_do_without_is_marked(place):
    page = client(place.one).get(NEW)
    assert [field.name for field in page.context["form"].visible_fields() if field.field.required] == [
        "code",
        "settlement",
    ]
    head = text(page).split("<table", 1)[1].split("</thead>", 1)[0]
    assert head.count("（必填）") == 2, head  # name and relation
