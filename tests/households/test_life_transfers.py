"""Transfers between two counties: nobody moves by silence, both see no more than they may, and both counts are right."""

from __future__ import annotations

import datetime as dt
import json

import pytest
from django.core.exceptions import PermissionDenied
from django.test import Client

from alerts.engine import nightly
from alerts.models import Alert
from alerts.queries import inbox
from common.ledger import registry
from common.problems import Refused
from common.scope import acting_as, whole
from compliance.actions import recompute_all
from divisions.models import Parameter
from employment.models import Employment
from households.actions.life import left
from households.actions.life_rows import Told
from households.actions.life_undoing import undo
from households.actions.transfers import accept, carry_out_due, refuse, withdraw
from households.actions.transfers_asking import ask_back, ask_for_household, ask_for_person, offer_household
from households.codes import life as codes
from households.models import Household, HouseholdEvent, Membership, Person, TransferRequest
from households.queries.transfers import members_when_leaving, outgoing
from ledgers.checking import clean_rows
from tests import world
from tests.households.living import DAY, LAST_MONTH, TODAY, acting, at_once, figures, people, state

pytestmark = pytest.mark.django_db
NUMBER = world.id_number(dt.date(1992, 9, 1))


@pytest.fixture
def mine(clock):
    clock(TODAY)
    return world.user("wangmo", "county", world.WANGMO)


@pytest.fixture
def theirs():
    return world.user("ceheng", "county", world.CEHENG)


@pytest.fixture
def host(mine):
    """The household here to which somebody is to come."""
    return world.household(mine, world.settlement(mine, name="平洞社区"), [world.member("岑甲")])


@pytest.fixture
def family(theirs):
    """Theirs: a father who heads it, his son with a job (whose number is known), and his daughter."""
    members = [
        world.member("韦大山", birth=dt.date(1968, 1, 2)),
        {**world.member("韦小山", "03"), "id_number": NUMBER},
        world.member("韦小妹", "04", dt.date(1995, 5, 5), sex="2"),
    ]
    home = world.settlement(theirs, world.CEHENG_TOWNSHIP, name="者楼社区")
    return world.household(theirs, home, members, [[], [world.job()], []])


WHY = Told(DAY, "投靠亲属", "望公户〔2026〕2号")


def codes_of(refused) -> list[tuple[str, str]]:
    return [(problem.field, problem.code) for problem in refused.value.problems]


def asked(mine, host) -> TransferRequest:
    with acting_as(mine):
        return ask_for_person(host, NUMBER, "28", WHY, by=mine)


def test_claiming_a_person_of_another_county_is_refused_with_the_offer_of_a_request(mine, host, family):
    raw = {"household": host.code, "name": "韦小山", "relation": "28", "id_number": NUMBER, "labour_capability": "1"}
    with acting_as(mine):
        _rows, problems = clean_rows(registry["persons"], [raw], mine)
    assert [(p.field, p.code) for p in problems] == [("id_number", "duplicate_person")]
    assert "/transfers/ask/" in problems[0].message and "522327" in problems[0].message
    client = Client()
    client.force_login(mine)
    answer = client.post("/api/v1/persons/", json.dumps(raw), "application/json")
    assert answer.status_code == 400 and "/transfers/ask/" in answer.json()["errors"][0]["message"]
    form = {
        "name": "岑甲",
        "relation": "01",
        "id_number": "",
        "id": people()["岑甲"].pk,
        "version": people()["岑甲"].version,
    }
    page = client.post(
        f"/households/{host.code}/edit/",
        {
            "settlement": host.settlement.code,
            "version": host.version,
            "relocation_kind": "1",
            "members-TOTAL_FORMS": 2,
            "members-INITIAL_FORMS": 1,
            **{f"members-0-{name}": value for name, value in form.items()},
            **{f"members-1-{name}": raw[name] for name in ("name", "relation", "id_number", "labour_capability")},
        },
    )
    assert page.status_code == 422
    assert 'action="/transfers/ask/"' in page.content.decode() and NUMBER in page.content.decode()


def test_a_person_goes_on_the_agreed_day_with_jobs_and_spells_and_both_counties_count_right(mine, theirs, host, family):
    before, past = state(), {region: figures(LAST_MONTH, region) for region in (world.WANGMO, world.CEHENG)}
    request = asked(mine, host)
    assert state() == before
    assert (request.name, request.household_code) == ("韦小山", family.code)
    assert request.number_masked != NUMBER and NUMBER[6:14] not in request.number_masked
    with acting_as(mine), pytest.raises((Refused, PermissionDenied)):
        accept(request.pk, by=mine)
    with acting_as(theirs):
        accept(request.pk, answer="同意", by=theirs)
    moved = people()["韦小山"]
    assert (moved.household_id, moved.relation, moved.region) == (host.pk, "28", host.region)
    with whole():
        assert set(Employment.objects.values_list("region", flat=True)) == {host.region}
        spells = Membership.objects.filter(person=moved).order_by("pk").values_list("household", "joined_on", "left_on")
        assert list(spells) == [(family.pk, None, DAY), (host.pk, DAY, None)]
    assert {region: figures(LAST_MONTH, region) for region in past} == past
    assert figures(TODAY, world.WANGMO)[:4] == (1, 2, 2, 1)
    assert figures(TODAY, world.CEHENG)[:4] == (1, 2, 2, 0)
    with whole():
        assert recompute_all(on=TODAY)[1] == 0
    with acting_as(theirs):
        assert not Person.objects.filter(pk=moved.pk).exists()
        [gone] = outgoing(theirs.ranges, TODAY)
        assert (gone.who, gone.code, gone.left_on, gone.person) == ("韦小山", family.code, DAY, moved.pk)
        event = HouseholdEvent.objects.get(household=family)
        assert (event.kind, event.recorded_by) == (codes.TRANSFERRED_AWAY, theirs)
        with pytest.raises(Refused) as refused:
            undo(event, "登记错误", by=theirs)
        assert codes_of(refused) == [("", "transfer")]
        back = ask_back(request, Told(TODAY, "投靠未成"), by=theirs)
    with acting_as(mine):
        assert outgoing(mine.ranges, TODAY) == []
        accept(back.pk, by=mine)
        assert HouseholdEvent.objects.get(household=host, kind=codes.UNDONE).recorded_by == mine
    assert state() == before


def test_a_household_goes_whole_and_stays_readable_to_the_county_it_left(mine, theirs, host, family):
    before, past = state(), {region: figures(LAST_MONTH, region) for region in (world.WANGMO, world.CEHENG)}
    with acting_as(theirs):
        event = left(family, people()["韦小妹"].pk, Told(DAY), by=theirs)
        undo(event, "误报", by=theirs)
        with pytest.raises(Refused) as refused:
            offer_household(family, 522327000000, WHY, by=theirs)
        assert codes_of(refused) == [("division", "own_area")]
        request = offer_household(family, world.WANGMO, WHY, by=theirs)
    with acting_as(mine):
        with pytest.raises(Refused) as refused:
            accept(request.pk, by=mine)
        assert codes_of(refused) == [("settlement", "required")]
        accept(request.pk, settlement=host.settlement, by=mine)
        found = Household.objects.get(pk=family.pk)
        assert (found.code, found.region, found.settlement_id) == (family.code, host.region, host.settlement_id)
        assert HouseholdEvent.objects.filter(household=family).count() == 3
    assert {region: figures(LAST_MONTH, region) for region in past} == past
    assert (figures(TODAY, world.WANGMO)[:2], figures(TODAY, world.CEHENG)[:2]) == ((2, 4), (0, 0))
    with acting_as(theirs):
        assert not Household.objects.exists() and not Person.objects.exists()
        [gone] = outgoing(theirs.ranges, TODAY)
        assert (gone.code, gone.settlement, gone.left_on, gone.to_region) == (family.code, "者楼社区", DAY, host.region)
        assert [member["name"] for member in members_when_leaving(gone)] == ["韦大山", "韦小山", "韦小妹"]
    with acting_as(mine):
        assert outgoing(mine.ranges, TODAY) == []
        assert members_when_leaving(gone) == []
    for user, sees in ((theirs, 200), (mine, 404)):
        client = Client()
        client.force_login(user)
        assert client.get(f"/outgoing/{family.code}/").status_code == sees
        assert client.get(f"/households/{family.code}/").status_code == (404 if sees == 200 else 200)
        assert client.get("/outgoing/").status_code == 200
    bureau = Client()
    bureau.force_login(world.user("bureau", "department", world.CEHENG))
    for address in ("/outgoing/", f"/outgoing/{family.code}/"):
        assert bureau.get(address).status_code == 403
    with acting_as(mine):
        back = ask_back(request, Told(TODAY, "协商退回"), by=mine)
    with acting_as(theirs):
        accept(back.pk, by=theirs)
        assert outgoing(theirs.ranges, TODAY) == []
    assert state() == before


def test_the_head_leaves_only_with_another_in_the_place(mine, theirs, host, family):
    known = people()
    with acting_as(mine):
        request = ask_for_person(host, known["韦大山"].id_number, "11", WHY, by=mine)
    with acting_as(theirs):
        with pytest.raises(Refused) as refused:
            accept(request.pk, by=theirs)
        assert codes_of(refused) == [("successor", "no_head")]
        accept(request.pk, successor=known["韦小山"].pk, by=theirs)
        assert {p.name: p.relation for p in family.persons.all()} == {"韦小山": "01", "韦小妹": "21"}
        assert Household.objects.get(pk=family.pk).head_name == "韦小山"
    # Who stayed is shown without whom the other county keeps now.
    client = Client()
    client.force_login(theirs)
    for address in (f"/households/{family.code}/", f"/households/{family.code}/print/", "/ledgers/households/"):
        page = client.get(address)
        assert page.status_code == 200 and "韦小山" in page.content.decode(), address


def test_the_answer_has_a_limit_both_are_told_and_silence_accepts_nothing(mine, theirs, host, family, clock):
    Parameter.objects.create(
        name="transfer_answer_days", region=world.CEHENG, value=10, valid_from=dt.date(2026, 1, 1), source="州户籍规定"
    )
    request = asked(mine, host)
    assert request.due_on == TODAY + dt.timedelta(10)
    for user, kind in ((theirs, "transfer-answer"), (mine, "transfer-awaited")):
        with acting_as(user):
            assert [alert.kind for alert in inbox(user, TODAY)] == [kind]
            assert NUMBER not in str(inbox(user, TODAY)[0].message)
    city = world.user("qianxinan", "city", 522300000000)
    late = clock(request.due_on + dt.timedelta(8))
    with whole():
        nightly.run(late)
        carry_out_due(late)
        assert set(Alert.objects.filter(ended_on=None).values_list("level", "escalated")) == {("red", 2)}
    with acting_as(city):
        assert {alert.kind for alert in inbox(city, late)} == {"transfer-answer", "transfer-awaited"}
    # Both sides are told that it is late, each with what it may do about it; an answer still counts, and so does a withdrawal.
    for user, kind, act in ((theirs, "transfer-answer", "answer"), (mine, "transfer-awaited", "withdraw")):
        with acting_as(user):
            [alert] = inbox(user, late)
            assert (alert.kind, alert.level) == (kind, "red")
        client = Client()
        client.force_login(user)
        assert f"/transfers/{request.pk}/" in client.get("/inbox/").content.decode()
        page = client.get(f"/transfers/{request.pk}/").content.decode()
        assert ">逾期<" in page and f"/transfers/{request.pk}/{act}/" in page
        assert "韦小山" in client.get("/ledgers/transfers/?late=1").content.decode()
    assert people()["韦小山"].household_id == family.pk
    with acting_as(theirs):
        refuse(request.pk, "本人不同意", by=theirs)
    with whole():
        assert not Alert.objects.filter(ended_on=None).exists()
        stored = TransferRequest.objects.get()
        assert (stored.state, stored.answer, stored.answered_by) == (codes.REFUSED, "本人不同意", theirs)
    client = Client()
    client.force_login(mine)
    assert "本人不同意" in client.get("/inbox/").content.decode()


def test_a_day_to_come_is_waited_for(mine, theirs, host, family, clock):
    day = TODAY + dt.timedelta(5)
    with acting_as(mine):
        request = ask_for_household(family.code, host.settlement, Told(day, "投靠亲属"), by=mine)
    with acting_as(theirs):
        accept(request.pk, by=theirs)
        assert Household.objects.filter(pk=family.pk).exists()
    assert carry_out_due(TODAY) == 0
    clock(day)
    assert (carry_out_due(day), carry_out_due(day)) == (1, 0)
    with acting_as(mine):
        assert Household.objects.get(pk=family.pk).settlement_id == host.settlement_id
        assert HouseholdEvent.objects.get().recorded_by == theirs


def test_what_cannot_be_asked(mine, theirs, host, family):
    here = people()["岑甲"].id_number
    with acting_as(mine):
        for number, relation, expected in (
            ("", "28", [("number", "required")]),
            ("522326", "28", [("number", "bad_length")]),
            (world.id_number(dt.date(2000, 1, 1)), "28", [("number", "unknown_person")]),
            (here, "28", [("number", "own_area")]),
            (NUMBER, "01", [("relation", "required")]),
        ):
            with pytest.raises(Refused) as refused:
                ask_for_person(host, number, relation, WHY, by=mine)
            assert [field for field, _code in codes_of(refused)] == [field for field, _code in expected], number
        with pytest.raises(Refused) as refused:
            ask_for_person(host, NUMBER, "28", Told(None, ""), by=mine)
        assert codes_of(refused) == [("day", "required"), ("reason", "required")]
        first = ask_for_person(host, NUMBER, "28", WHY, by=mine)
        with pytest.raises(Refused) as refused:
            ask_for_person(host, NUMBER, "28", WHY, by=mine)
        assert codes_of(refused) == [("", "open_already")]
        withdraw(first.pk, "填错", by=mine)
        again = ask_for_person(host, NUMBER, "28", WHY, by=mine)
    third = world.user("xianyang", "county", world.XIANYANG)
    township = world.user("zhelou", "township", world.CEHENG_TOWNSHIP)
    with acting_as(third), pytest.raises(Refused):
        refuse(again.pk, "无关", by=third)
    with acting_as(township), pytest.raises(PermissionDenied):
        refuse(again.pk, "不同意", by=township)
    with acting_as(theirs):
        refuse(again.pk, "不同意", by=theirs)
        with pytest.raises(Refused) as refused:
            accept(again.pk, by=theirs)
        assert codes_of(refused) == [("", "answered")]


@pytest.mark.django_db(transaction=True)
def test_two_answers_at_once_move_nobody_twice(mine, theirs, host, family):
    request = asked(mine, host)
    outcomes = at_once(
        lambda: acting(theirs, lambda: accept(request.pk, by=theirs)),
        lambda: acting(theirs, lambda: refuse(request.pk, "不同意", by=theirs)),
    )
    assert sorted(type(outcome).__name__ for outcome in outcomes) == ["Refused", "TransferRequest"]
    with whole():
        stored = TransferRequest.objects.get()
        moved = people()["韦小山"].household_id == host.pk
        assert moved is (stored.state == codes.ACCEPTED)
        assert Membership.objects.filter(person__name="韦小山", left_on=None).count() == 1
        assert recompute_all(on=TODAY)[1] == 0
