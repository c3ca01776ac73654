"""Finding people, and people who stand in the system twice: what is told across counties, and that merging loses nothing."""

import datetime as dt

import pytest
from django.core.exceptions import PermissionDenied
from django.core.management import call_command
from django.test import Client

from common import citizen_id
from common.ledger import registry
from common.problems import Refused
from common.scope import acting_as
from employment.models import Employment
from households.actions.duplicates import decide, find_duplicates, find_similar_documents
from households.models import (
    Disability,
    DoctorContract,
    Duplicate,
    Household,
    HukouState,
    Insurance,
    MinimumLiving,
    Person,
    Schooling,
    TemporaryRelief,
)
from households.models.safety import MEDICAL
from households.tasks import find_duplicates as nightly
from ledgers.actions import save
from tests import world
from tests.households.wealth import told as entered
from tests.imports.conftest import county, imported  # noqa: F401 - fixtures

BORN = dt.date(1985, 3, 2)
RESIDENT, EMPLOYEE = MEDICAL


@pytest.fixture
def ceheng(county):  # noqa: F811
    return world.user("ceheng", "county", world.CEHENG)


@pytest.fixture
def home(county):  # noqa: F811
    return world.settlement(county, name="平洞社区")


@pytest.fixture
def away(ceheng):
    return world.settlement(ceheng, world.CEHENG_TOWNSHIP, name="高洛社区")


def ask(user, text: str):
    client = Client()
    client.force_login(user)
    return client.post("/find/", {"q": text})


def test_people_are_found_by_whatever_is_known_of_them(county, ceheng, home, away, caplog):  # noqa: F811
    head = world.member("欧阳娜", phone="13812340001")
    found = world.household(
        county, home, [head, world.member("欧阳强", "03")], address="3栋2单元501室", registry_number="9901123456"
    )
    world.household(county, home, [world.member("欧阳明")], address="4栋2单元501室", phone="13812340002")
    far = world.household(ceheng, away, [world.member("欧阳远")], phone="13812340003")
    with acting_as(county):
        person = Person.objects.get(name="欧阳强")
        save(registry["persons"], [{"id": person.pk, "registry_number": "990112345602"}], by=county)
        title = {"household": found, "area": 50, "issued_on": dt.date(2020, 1, 1)}
        title["certificate_number"] = "黔（2020）望谟县不动产权第0000001号"
        save(registry["titles"], [title], by=county)
        card = f"{person.id_number}43"
        save(
            registry["disabilities"],
            [{"person": person, "certificate": card, "issued_on": dt.date(2020, 1, 1)}],
            by=county,
        )
    one = f"/households/{found.code}/"
    for text in (card, "黔（2020）望谟县不动产权第0000001号", "黔(2020)望谟县不动产权第0000001号",
                 head["id_number"], found.code, "13812340001", "9901123456", "990112345602",
                 "3栋2单元", "平洞社区 3栋",
                 " 欧阳 强 ", "138-1234-0001"):  # fmt: skip
        answer = ask(county, text)
        assert (answer.status_code, answer.get("Location")) == (302, one), text
    page = ask(county, "欧阳").content.decode()
    assert page.count("欧阳娜") and "欧阳明" in page and "欧阳远" not in page
    for text in (far.code, "13812340003", "欧阳远", "无此人", "", "9栋9单元"):
        answer = ask(county, text)
        assert answer.status_code == 200 and f"/households/{far.code}/" not in answer.content.decode(), text
    with acting_as(ceheng):
        number = Person.objects.get(name="欧阳远").id_number
    page = ask(county, number).content.decode()
    assert "册亨县" in page and far.code not in page and "欧阳远" not in page
    assert number not in caplog.text and head["id_number"] not in caplog.text
    client = Client()
    assert client.post("/find/", {"q": "欧阳"}).status_code == 302  # to sign in
    client.force_login(world.user("none", "county"))
    assert "欧阳" not in client.post("/find/", {"q": "欧阳娜"}).content.decode().replace('value="欧阳娜"', "")


def twins(county, ceheng, home, away):  # noqa: F811
    here = world.household(county, home, [world.member("田娜"), world.member("田强", "03", phone="13812340009")])
    there = world.household(
        ceheng, away, [world.member("何某"), {"name": "田强", "relation": "21", "birth_date": BORN, "sex": "1"}]
    )
    return here, there


def pairs(user) -> list[Duplicate]:
    with acting_as(user):
        return list(Duplicate.objects.visible_to(user).select_related("person").order_by("pk"))


def test_a_pair_across_counties_tells_each_side_its_own(county, ceheng, home, away):  # noqa: F811
    here, there = twins(county, ceheng, home, away)
    with acting_as(county):
        assert find_duplicates(by=county) == 1
        assert find_duplicates(by=county) == 0
    [mine] = pairs(county)
    assert (mine.person.household_id, mine.other_code, mine.reasons) == (here.pk, there.code, "name_birth")
    assert pairs(ceheng) == []
    nightly()
    assert len(pairs(county)) == len(pairs(ceheng)) == 1
    client = Client()
    client.force_login(county)
    page = client.get(f"/duplicates/{mine.pk}/").content.decode()
    assert there.code in page and "何某" not in page and "册亨县" in page
    assert f"/duplicates/{mine.pk}/" in client.get(f"/households/{here.code}/").content.decode()
    with acting_as(county):
        for told, code in (
            ({"decision": "different", "reason": ""}, "required"),
            ({"decision": "same", "reason": "核对户口簿"}, "required"),
            ({"decision": "same", "reason": "核对户口簿", "keep": "this"}, "out_of_scope"),
            ({"decision": "same", "reason": "核对户口簿", "keep": "other", "whole": True}, "out_of_scope"),
        ):
            with pytest.raises(Refused) as refusal:
                decide(mine, by=county, **told)
            assert code in {problem.code for problem in refusal.value.problems}
    auditor = world.user("auditor", "auditor", world.WANGMO)
    with acting_as(auditor), pytest.raises(PermissionDenied):
        decide(mine, decision="different", reason="同名", by=auditor)
    form = {"form_id": "5a7c9d3e-0000-4000-8000-00000000000c", "decision": "different", "reason": "同名同日出生"}
    assert client.post(f"/duplicates/{mine.pk}/", form).status_code == 302
    assert f"<dt>核查人</dt><dd>{county.display_name}</dd>" in client.get(f"/duplicates/{mine.pk}/").content.decode()
    for user in (county, ceheng):
        [row] = pairs(user)
        assert (row.decision, row.reason, row.decided_by_id) == ("different", "同名同日出生", county.pk)
    nightly()
    assert [row.decision for row in pairs(county)] == ["different"]


def test_giving_up_the_own_entry_for_that_of_another_county(county, ceheng, home, away):  # noqa: F811
    here, there = twins(county, ceheng, home, away)
    nightly()
    [row] = pairs(ceheng)
    with acting_as(ceheng):
        decide(row, decision="same", keep="other", reason="户口已迁望谟", by=ceheng)
        gone = Person.objects.get(household=there, name="田强")
        assert gone.voided_at and here.code in gone.void_reason
    with acting_as(county):
        kept = Person.objects.get(household=here, name="田强")
        assert kept.voided_at is None and kept.id_number
    assert gone.merged_into_id == kept.pk
    assert [row.decision for row in pairs(county)] == ["same"]


def test_two_entries_of_one_household_become_one_with_jobs_and_both_codes(county, home):  # noqa: F811
    number = world.id_number(BORN)
    old = world.household(
        county,
        home,
        [
            {"name": "田娜", "relation": "01", "birth_date": BORN, "sex": "1", "education": "3"},
            world.member("田宝", "03", dt.date(2010, 1, 1), labour_capability="5"),
        ],
        [[world.job(employer="甲厂")], []],
        phone="13812340001",
    )
    new = world.household(county, home, [{"name": "田娜", "relation": "01", "id_number": number}])
    with acting_as(county):
        assert find_duplicates(by=county) == 1
        [row] = pairs(county)
        keep = "this" if row.person.household_id == new.pk else "other"
        decide(row, decision="same", keep=keep, whole=True, reason="重复建档", by=county)
        kept = Person.objects.get(id_index__isnull=False, name="田娜")
        assert (kept.household_id, kept.education) == (new.pk, "3")
        assert Employment.objects.get(employer="甲厂").person_id == kept.pk
        assert Person.objects.get(name="田宝").household_id == new.pk
        lost = Household.objects.get(pk=old.pk)
        assert lost.voided_at and lost.merged_into_id == new.pk
        assert Household.objects.get(pk=new.pk).phone == "13812340001"
        find_duplicates(by=county)
        assert [pair.decision for pair in pairs(county)] == ["same"]
    client = Client()
    client.force_login(county)
    assert ask(county, old.code).get("Location") == f"/households/{old.code}/"
    assert f'href="/households/{new.code}/"' in client.get(f"/households/{old.code}/").content.decode()
    assert f'href="/households/{old.code}/"' in client.get(f"/households/{new.code}/").content.decode()


def test_people_with_different_numbers_are_not_merged_until_the_wrong_number_is_deleted(county, home):  # noqa: F811
    first = world.household(county, home, [world.member("田娜"), world.member("田强", "03")])
    second = world.household(county, home, [world.member("何敏"), world.member("田强", "03", sex="1")])
    with acting_as(county):
        assert find_duplicates(by=county) == 1
    [pair] = pairs(county)
    keep = "this" if pair.person.household_id == first.pk else "other"
    client = Client()
    client.force_login(county)
    client.cookies["django_language"] = "en"
    form = {"decision": "same", "keep": keep, "reason": "核对户口簿"}
    for number, whole in enumerate(({}, {"whole": "on"})):
        form_id = f"5a7c9d3e-0000-4000-8000-00000000001{number}"
        answer = client.post(f"/duplicates/{pair.pk}/", form | whole | {"form_id": form_id})
        assert answer.status_code == 422 and "first delete the wrong number" in answer.content.decode()
    with acting_as(county):
        wrong = Person.objects.get(household=second, name="田强")
        assert not wrong.voided_at
        save(registry["persons"], [{"id": wrong.pk, "id_number": None}], by=county)
    answer = client.post(f"/duplicates/{pair.pk}/", form | {"form_id": form_id}, follow=True)
    told = f"田强 of household {second.code} was merged into the entry in household {first.code}"
    assert told in answer.content.decode()
    with acting_as(county):
        wrong.refresh_from_db()
        assert wrong.voided_at and Person.objects.get(household=first, name="田强").voided_at is None


def test_a_merge_of_households_keeps_namesakes_with_different_numbers(county, home):  # noqa: F811
    unnumbered = {"name": "田娜", "relation": "01", "birth_date": BORN, "sex": "1"}
    first = world.household(county, home, [world.member("田娜"), world.member("田强", "03")])
    world.household(county, home, [unnumbered, world.member("田强", "03")])
    with acting_as(county):
        find_duplicates(by=county)
        pair = next(row for row in pairs(county) if row.person.name == "田娜")
        keep = "this" if pair.person.household_id == first.pk else "other"
        decide(pair, decision="same", keep=keep, whole=True, reason="重复建档", by=county)
        assert Person.objects.filter(household=first, name="田强", voided_at=None).count() == 2


def test_a_slip_in_a_number_and_a_pair_that_is_no_longer_one(county, home):  # noqa: F811
    first = world.id_number(BORN)
    order = f"{(int(first[14:17]) + 2) % 1000:03d}"
    slip = first[:14] + order
    slip += citizen_id.check_character(slip)
    differs = sum(a != b for a, b in zip(first, slip, strict=True))
    world.household(county, home, [{"name": "田娜", "relation": "01", "id_number": first}])
    world.household(county, home, [{"name": "田那", "relation": "01", "id_number": slip}])
    world.household(county, home, [{"name": "何人", "relation": "01", "birth_date": BORN, "sex": "1"}])
    world.household(county, home, [{"name": "何人", "relation": "01", "birth_date": BORN, "sex": "1"}])
    with acting_as(county):
        assert find_similar_documents(by=county) == (1 if differs <= 2 else 0)
        assert find_similar_documents(by=county) == 0
        assert find_duplicates(by=county) == 1
        person = Person.objects.filter(name="何人").first()
        save(registry["persons"], [{"id": person.pk, "name": "何仁"}], by=county)
        find_duplicates(by=county)
        pair = Duplicate.objects.exclude(reasons="document").get()
        assert pair.decision == "gone"
        save(registry["persons"], [{"id": person.pk, "name": "何人"}], by=county)
        find_duplicates(by=county)
        pair.refresh_from_db()
        assert pair.decision == "open"


@pytest.mark.parametrize("whole", [False, True])
def test_what_hangs_on_a_merged_entry_goes_along_and_every_ledger_comes_back_unchanged(
    county,  # noqa: F811
    home,
    imported,  # noqa: F811
    tmp_path,
    whole,
):
    unnumbered = {"name": "田娜", "relation": "01", "birth_date": BORN, "sex": "1"}
    old = world.household(county, home, [world.member("田娜", birth=BORN)], [[world.job(employer="甲厂")]])
    new = world.household(county, home, [unnumbered], [[world.job(employer="乙厂")]])
    day = dt.date(2019, 9, 1)
    with acting_as(county):
        lost, kept = (Person.objects.get(household=household) for household in (old, new))
        insurance = {"payer": "self", "year": 2020, "kind": RESIDENT}
        for key, row in (
            ("insurances", {**insurance, "person": lost}),
            ("insurances", {**insurance, "person": kept, "kind": EMPLOYEE}),
            ("insurances", {**insurance, "person": lost, "year": 2019}),
            ("disabilities", {"person": lost, "certificate": f"{lost.id_number}43", "issued_on": day}),
            ("schooling", {"person": lost, "grade": "高中一年级", "school": "望谟民族中学", "from_on": day}),
            ("doctor-contracts", {"household": old, "person": lost, "doctor": "罗医生", "from_on": day}),
            ("hukou-states", {"person": lost, "state": "已迁入", "from_on": day}),
            ("minimum-living", {"household": old, "kind": "minimum", "people": 1, "from_on": day, "amount": 400}),
            ("temporary-relief", {"household": old, "day": day, "reason": "重病", "amount": 500}),
        ):
            entered(county, key, row)
        find_duplicates(by=county)
        [pair] = pairs(county)
        keep = "this" if pair.person_id == kept.pk else "other"
        decide(pair, decision="same", keep=keep, whole=whole, reason="重复建档", by=county)
        standing = {
            row.__class__.__name__: row
            for model in (Disability, Schooling, DoctorContract, HukouState)
            for row in model.objects.filter(person=kept, voided_at=None)
        }
        assert set(standing) == {"Disability", "Schooling", "DoctorContract", "HukouState"}
        assert standing["DoctorContract"].household_id == new.pk
        held = {(row.person_id, row.year, row.kind, row.voided_at is None) for row in Insurance.objects.all()}
        assert held == {
            (kept.pk, 2019, RESIDENT, True),
            (kept.pk, 2020, EMPLOYEE, True),
            (lost.pk, 2020, RESIDENT, False),  # stays readable with the entry that was given up
        }
        holder = new if whole else old
        for model in (MinimumLiving, TemporaryRelief):
            assert model.objects.get(voided_at=None).household_id == holder.pk
        assert set(Employment.objects.values_list("person", flat=True)) == {kept.pk}
    for key, rows in {
        "insurances": 2, "disabilities": 1, "schooling": 1, "doctor-contracts": 1, "hukou-states": 1, "employments": 2,
        "minimum-living": 1, "temporary-relief": 1, "persons": 1,
    }.items():  # fmt: skip
        file = tmp_path / f"{key}.xlsx"
        call_command("export_ledger", key, "--as", county.username, "--out", str(file))
        code, answer = imported(file, key=key, by=county.username)
        assert (code, answer["errors"], answer["unchanged"], answer["changed"]) == (0, [], rows, 0), key


def test_documents_are_compared_across_counties_too(county, ceheng, home, away):  # noqa: F811
    here = world.household(county, home, [world.member("田强", birth=BORN)])
    there = world.household(ceheng, away, [world.member("田强", birth=BORN)])
    nightly()
    [mine], [theirs] = pairs(county), pairs(ceheng)
    for user, pair in ((county, mine), (ceheng, theirs)):
        with acting_as(user), pytest.raises(Refused) as refusal:
            decide(pair, decision="same", keep="other", reason="核对户口簿", by=user)
        assert [problem.code for problem in refusal.value.problems] == ["documents_differ"]
        assert (there if user == county else here).code in refusal.value.problems[
            0
        ].message  # by its household; who it is stays the other county's
    with acting_as(ceheng):
        wrong = Person.objects.get(household=there)
        save(registry["persons"], [{"id": wrong.pk, "id_number": None}], by=ceheng)
        decide(theirs, decision="same", keep="other", reason="证件号录错", by=ceheng)
        assert Person.objects.get(household=there).voided_at
