"""Entering, changing and voiding records in the browser."""

import uuid

import pytest
from django.test import Client

from common import scope
from households.models import Person
from ledgers.models import Draft
from tests.ledgers.world import id_number, make_user


@pytest.fixture
def county(world) -> Client:
    client = Client()
    client.force_login(world.a.user)
    return client


def text(response) -> str:
    return response.content.decode()


def new_person(world, **values) -> dict:
    return {
        "form_id": str(uuid.uuid4()),
        "household": world.a.households[0].code,
        "name": "王五",
        "relation": "03",
        "id_number": id_number("19901231", 12),
        "labour_capability": "1",
        **values,
    }


def people(world) -> list[str]:
    with scope.acting_as(world.a.user):
        return sorted(
            Person.objects.filter(voided_at=None, household=world.a.households[0]).values_list("name", flat=True)
        )


def person_form(person, **values) -> dict:
    return {
        "form_id": str(uuid.uuid4()),
        "household": "52232690001",
        "name": person.name,
        "relation": person.relation,
        "id_number": person.id_number,
        "labour_capability": "1",
        "job_intention": "1",
        "version": "1",
        **values,
    }


def test_a_new_record(world, county):
    page = text(county.get("/ledgers/persons/new/?household=52232690001"))
    assert 'value="52232690001"' in page and "data-entry" in page
    answer = county.post("/ledgers/persons/new/", new_person(world))
    assert answer.status_code == 302 and answer.url == "/households/52232690001/"
    assert "王五" in people(world)


def test_saving_and_entering_the_next(world, county):
    answer = county.post("/ledgers/persons/new/", new_person(world, save_next="1"))
    assert answer.url == "/ledgers/persons/new/"


def test_refusal_shows_the_whole_form_with_every_fault(world, county):
    answer = county.post("/ledgers/persons/new/", new_person(world, name="", id_number="123"))
    page = text(answer)
    assert answer.status_code == 422
    assert page.count("data-error-summary") == 1 and 'href="#id_name"' in page and 'href="#id_id_number"' in page
    assert 'value="123"' in page
    assert "王五" not in people(world)


def test_sent_twice_is_written_once(world, county):
    data = new_person(world)
    first, second = (county.post("/ledgers/persons/new/", data) for _time in range(2))
    assert first.url == second.url and second.status_code == 302
    assert people(world).count("王五") == 1


def test_a_stored_key_is_not_overwritten_by_a_new_record(world, county):
    answer = county.post(
        "/ledgers/households/new/", {"code": "52232690001", "settlement": "522326A0001", "remark": "新"}
    )
    assert answer.status_code == 422


def test_changing_one_field_keeps_the_rest(world, county):
    person = world.a.persons[0]
    answer = county.post(f"/ledgers/persons/{person.pk}/edit/", person_form(person, name="张改"))
    assert answer.status_code == 302
    with scope.acting_as(world.a.user):
        person.refresh_from_db()
    assert (person.name, person.version) == ("张改", 2)


def test_a_conflict_is_shown_field_by_field(world, county):
    person = world.a.persons[0]
    address = f"/ledgers/persons/{person.pk}/edit/"
    county.post(address, person_form(person, name="张改"))
    late = person_form(person, remark="迟到的修改")
    answer = county.post(address, late)
    page = text(answer)
    assert answer.status_code == 409
    assert "张改" in page and "迟到的修改" in page
    # The name was changed by the other one only, the remark by this one only: those stand chosen.
    assert 'name="choose_name" value="theirs" checked' in page
    assert 'name="choose_remark" value="mine" checked' in page
    # The form keeps the version that it was opened with: a draft of it shows the choice again.
    assert 'name="version" value="1"' in page and 'name="seen_version" value="2"' in page
    choice = {"choose_name": "theirs", "choose_remark": "mine"}
    assert county.post(address, {**late, **choice}).status_code == 409
    assert county.post(address, {**late, **choice, "seen_version": "1"}).status_code == 409
    assert county.post(address, {**late, "choose_name": "theirs", "seen_version": "2"}).status_code == 409
    answer = county.post(address, {**late, **choice, "seen_version": "2"})
    assert answer.status_code == 302
    with scope.acting_as(world.a.user):
        person.refresh_from_db()
    assert (person.name, person.remark) == ("张改", "迟到的修改")


def test_one_field_is_checked_while_typing(world, county):
    data = new_person(world, id_number="529901198001010011", check="id_number")
    assert "errorlist" in text(county.post("/ledgers/persons/check/", data))
    assert "errorlist" not in text(county.post("/ledgers/persons/check/", {**data, "check": "name"}))
    assert county.post("/ledgers/persons/check/", {"check": "nonsense"}).status_code == 404


def test_voiding_asks_for_a_reason(world, county):
    job = world.a.employments[0]
    address = f"/ledgers/employments/{job.pk}/void/"
    assert county.get(address).status_code == 200
    assert county.post(address, {"reason": " "}).status_code == 422
    assert county.post(address, {"reason": "录入错误"}).status_code == 302
    page = text(county.get(f"/ledgers/employments/{job.pk}/"))
    assert "录入错误" in page
    assert "某厂" not in text(county.get("/ledgers/employments/"))
    assert (
        county.get(address).status_code == 404 and county.get(f"/ledgers/employments/{job.pk}/edit/").status_code == 404
    )


def test_history_tells_who_changed_what(world, county):
    person = world.a.persons[0]
    county.post(f"/ledgers/persons/{person.pk}/edit/", person_form(person, name="张改", job_intention="2"))
    page = text(county.get(f"/ledgers/persons/{person.pk}/history/"))
    assert "<del>张一乙</del>" in page and "<ins>张改</ins>" in page and "county-a" in page


def test_drafts_are_kept_encrypted_offered_and_forgotten(world, county):
    data = {**new_person(world), "member": ""}
    county.post("/ledgers/persons/draft/", data)
    with scope.acting_as(world.a.user):
        draft = Draft.objects.get()
    assert data["id_number"] in draft.data
    page = text(county.get("/ledgers/persons/new/"))
    assert "draft-offer" in page and "王五" not in page
    assert "王五" in text(county.get("/ledgers/persons/new/?restore=1"))
    other = Client()
    other.force_login(make_user("colleague", "county", 522326_000000))
    assert "draft-offer" not in text(other.get("/ledgers/persons/new/"))
    county.post("/ledgers/persons/new/", data)
    assert "draft-offer" not in text(county.get("/ledgers/persons/new/"))


def test_whoever_may_not_write_meets_no_form(world):
    client = Client()
    client.force_login(make_user("reviewer", "province", 520000_000000))
    person = world.a.persons[0].pk
    for address in ("/ledgers/persons/new/", f"/ledgers/persons/{person}/edit/", f"/ledgers/persons/{person}/void/"):
        assert client.get(address).status_code == 403 and client.post(address).status_code == 403
    page = text(client.get("/ledgers/persons/"))
    assert "/ledgers/persons/new/" not in page and "/ledgers/persons/import/" not in page
    assert "/ledgers/persons/export/" in page
