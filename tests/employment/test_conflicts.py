"""Two officials at one household: no value, typed or stored, is lost unless somebody chose so."""

import datetime as dt

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from common.scope import acting_as
from employment.actions import save_employments, void_employments
from employment.models import Employment
from households.actions import leave_household, save_households, save_persons, void_persons
from households.models import Person
from tests import world
from tests.employment.conftest import client, form_of, text

# Form field -> (the record, its column, the value at first, what may be typed or stored instead)
FIELDS = {
    "address": ("family", "address", "1栋101", ["2栋202", ""]),
    "remark": ("family", "remark", "", ["困难户", "已核"]),
    "members-0-name": ("head", "name", "韦大山", ["韦大川"]),
    "members-0-job_intention": ("head", "job_intention", "", ["1", "2"]),
    "members-1-school": ("wife", "school", "", ["99"]),
    "members-0-job_employer": ("job", "employer", "甲厂", ["乙厂", "丙厂"]),
    "members-0-job_monthly_wage": ("job", "monthly_wage", "", ["3000", "4000"]),
}
SAVERS = {"family": save_households, "head": save_persons, "wife": save_persons, "job": save_employments}
changes = st.fixed_dictionaries(
    {}, optional={name: st.sampled_from([first, *others]) for name, (_r, _c, first, others) in FIELDS.items()}
)


def clean(column: str, value: str):
    return (int(value) if value else None) if column == "monthly_wage" else value


def write(place, values: dict[str, str]) -> None:
    """Store values by their name in the form, as the second official."""
    with acting_as(place.two):
        for name, value in values.items():
            record, column, *_rest = FIELDS[name]
            SAVERS[record]([{"id": getattr(place, record).pk, column: clean(column, value)}], by=place.two)


@given(
    mine=changes,
    theirs=changes,
    choices=st.fixed_dictionaries({name: st.sampled_from(["mine", "theirs"]) for name in FIELDS}),
)
@settings(max_examples=12, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
def test_nothing_is_lost_that_nobody_gave_up(place, stored, mine, theirs, choices):
    write(place, {name: first for name, (_r, _c, first, _o) in FIELDS.items()})
    official = client(place.one)
    form = form_of(official.get(place.edit))
    typed = {name: form[name] for name in FIELDS} | mine
    write(place, theirs)
    now = {name: first for name, (_r, _c, first, _o) in FIELDS.items()} | theirs
    differing = {name for name in FIELDS if typed[name] != now[name]}
    touched = {FIELDS[name][0] for name in FIELDS if now[name] != FIELDS[name][2]}
    if "head" in touched and "members-0-name" in theirs:
        touched.add("family")  # the household is called by its head
    asked = {name for name in differing if FIELDS[name][0] in touched}

    answer = official.post(place.edit, form | mine)
    if asked:
        assert answer.status_code == 409
        again = form_of(answer)
        # Every difference is asked about, both values can be read, the side that did change stands chosen.
        assert {name for name in FIELDS if f"choose_{name}" in again} == asked
        for name in asked:
            assert again[name] == typed[name]
            own = typed[name] != FIELDS[name][2]
            assert again[f"choose_{name}"] == ("mine" if own else "theirs")
        assert {name: stored_value(place, stored, name) for name in FIELDS} == now  # nothing was written
        again |= {f"choose_{name}": choices[name] for name in asked}
        answer = official.post(place.edit, again)
    assert answer.status_code == 302, text(answer)
    wanted = {name: now[name] if name in asked and choices[name] == "theirs" else typed[name] for name in FIELDS}
    assert {name: stored_value(place, stored, name) for name in FIELDS} == wanted


def stored_value(place, stored, name: str) -> str:
    record, column, *_rest = FIELDS[name]
    value = getattr(stored(getattr(place, record)), column)
    return "" if value is None else str(value)


def test_a_choice_holds_for_what_was_seen_alone(place, stored):
    """A third save, or typing on after the choice was offered, is no choice for the other side."""
    official = client(place.one)
    form = form_of(official.get(place.edit)) | {"address": "2栋202"}
    write(place, {"address": "3栋303"})
    offered = form_of(official.post(place.edit, form)) | {"choose_address": "theirs"}
    write(place, {"address": "4栋404"})
    answer = official.post(place.edit, offered)
    assert answer.status_code == 409 and "4栋404" in text(answer) and stored(place.family).address == "4栋404"
    typed_on = form_of(answer) | {"choose_address": "theirs", "address": "5栋505"}
    assert official.post(place.edit, typed_on).status_code == 302
    assert stored(place.family).address == "5栋505"


def test_who_changed_it_is_told(place):
    official = client(place.one)
    form = form_of(official.get(place.edit)) | {"members-1-name": "罗大妹"}
    with acting_as(place.two):
        save_persons([{"id": place.wife.pk, "name": "罗二妹"}], by=place.two)
    page = text(official.post(place.edit, form))
    assert "家庭成员：罗二妹" in page and "two于" in page and "罗大妹" in page


def test_a_member_who_came_meanwhile_stays_and_stands_in_the_form(place):
    official = client(place.one)
    form = form_of(official.get(place.edit)) | {"address": "2栋202"}
    write(place, {"address": "3栋303"})
    with acting_as(place.two):
        save_persons([world.member("韦新", "03", dt.date(2020, 2, 2), household=place.family)], by=place.two)
    answer = official.post(place.edit, form)
    again = form_of(answer)
    assert answer.status_code == 409 and again["members-3-name"] == "韦新" and "已由他人录入本户" in text(answer)
    assert official.post(place.edit, again).status_code == 302
    with acting_as(place.one):
        assert Person.objects.filter(household=place.family, voided_at=None).count() == 4


def test_the_same_member_entered_by_both_is_one_and_asked_about(place):
    newborn = world.member("韦新", "03", dt.date(2020, 2, 2))
    official = client(place.one)
    form = form_of(official.get(place.edit))
    row = {"name": "韦欣", "relation": "03", "id_number": newborn["id_number"], "labour_capability": "", "school": ""}
    form |= {f"members-3-{name}": value for name, value in row.items()} | {"members-TOTAL_FORMS": "4"}
    with acting_as(place.two):
        save_persons([newborn | {"household": place.family, "labour_capability": ""}], by=place.two)
    answer = official.post(place.edit, form)
    assert answer.status_code == 409
    again = form_of(answer)
    assert again["choose_members-3-name"] == "mine" and "choose_members-3-id_number" not in again
    assert official.post(place.edit, again).status_code == 302
    with acting_as(place.one):
        assert Person.objects.get(name="韦欣", household=place.family).version == 2


@pytest.mark.parametrize(("typed", "choice"), [(False, ""), (True, "theirs"), (True, "mine")])
def test_a_member_who_left_meanwhile(place, typed, choice):
    official = client(place.one)
    form = form_of(official.get(place.edit))
    if typed:
        form["members-2-school"] = "99"
    with acting_as(place.two):
        leave_household([place.son.pk], left_on=dt.date(2026, 6, 1), reason="moved", by=place.two)
    answer = official.post(place.edit, form)
    if typed:
        assert answer.status_code == 409 and "已不在本户" in text(answer)
        answer = official.post(place.edit, form_of(answer) | {"choose_members-2-version": choice})
    assert answer.status_code == 302, text(answer)
    with acting_as(place.one):
        son = Person.objects.get(pk=place.son.pk)
        back = son.memberships.filter(left_on=None).exists()
    assert (back, son.school) == ((True, "99") if choice == "mine" else (False, ""))


@pytest.mark.parametrize("choice", ["mine", "theirs"])
def test_a_job_that_was_voided_meanwhile(place, choice):
    official = client(place.one)
    form = form_of(official.get(place.edit)) | {"members-0-job_monthly_wage": "3500"}
    with acting_as(place.two):
        void_employments([place.job.pk], reason="误录", by=place.two)
    answer = official.post(place.edit, form)
    assert answer.status_code == 409 and "作为误录作废" in text(answer)
    answer = official.post(place.edit, form_of(answer) | {"choose_members-0-job_version": choice})
    assert answer.status_code == 302, text(answer)
    with acting_as(place.one):
        wages = list(Employment.objects.filter(voided_at=None).values_list("monthly_wage", flat=True))
    assert wages == ([3500] if choice == "mine" else [])


def test_a_voided_member_typed_over_is_entered_again_with_the_whole_number(place):
    official = client(place.one)
    form = form_of(official.get(place.edit)) | {"members-2-school": "99"}
    number = place.son.id_number
    with acting_as(place.two):
        void_persons([place.son.pk], reason="误录", by=place.two)
    again = form_of(official.post(place.edit, form)) | {"choose_members-2-version": "mine"}
    answer = official.post(place.edit, again)
    assert answer.status_code == 422  # a masked number of nobody
    assert official.post(place.edit, form_of(answer) | {"members-2-id_number": number}).status_code == 302
    with acting_as(place.one):
        assert Person.objects.get(household=place.family, name="韦小山", voided_at=None).school == "99"


def test_a_masked_number_that_was_corrected_meanwhile_is_not_put_back(place, stored):
    official = client(place.one)
    form = form_of(official.get(place.edit)) | {"members-2-name": "韦小川"}
    number = world.id_number(dt.date(2012, 1, 1))
    with acting_as(place.two):
        save_persons([{"id": place.son.pk, "id_number": number}], by=place.two)
    answer = official.post(place.edit, form)
    again = form_of(answer)
    assert answer.status_code == 409 and again["choose_members-2-id_number"] == "theirs"
    assert number not in text(answer)
    assert official.post(place.edit, again).status_code == 302
    assert (stored(place.son).id_number, stored(place.son).name) == (number, "韦小川")


def test_a_new_household_does_not_change_a_stored_one(place, stored):
    official = client(place.one)
    form = form_of(official.get(f"/households/new/?settlement={place.home.code}"))
    form |= {"code": place.family.code, "address": "9栋", "members-0-name": "甲", "members-0-relation": "01"}
    form |= {"members-0-id_number": world.id_number(dt.date(1990, 1, 1))}
    answer = official.post("/households/new/", form)
    assert answer.status_code == 422 and "该户编号已存在" in text(answer)
    assert stored(place.family).address == "1栋101"
