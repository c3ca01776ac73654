"""What a transfer between counties leaves behind, how the side that gave away asks it back, and what the pages name."""

from __future__ import annotations

import datetime as dt
import uuid
from decimal import Decimal

import pytest
from django.test import Client

from alerts.queries import inbox
from common.ledger import registry
from common.problems import Refused
from common.scope import acting_as, whole
from households.actions import save_households
from households.actions.grids import save_grids
from households.actions.homes import save_homes, save_hukou
from households.actions.life_moving import move_to_settlement
from households.actions.life_rows import Told
from households.actions.life_undoing import undo
from households.actions.transfers import accept, refuse
from households.actions.transfers_asking import ask_back, offer_household
from households.codes import life as codes
from households.models import Home, Household, TransferRequest
from households.models.grids import STREET
from households.queries.homes import counts, hukou_of
from households.sections import missing_of
from tests import world
from tests.households.living import DAY, TODAY, people, state
from tests.households.test_life_transfers import (  # noqa: F401 - fixtures
    WHY,
    asked,
    codes_of,
    family,
    host,
    mine,
    theirs,
)

pytestmark = pytest.mark.django_db


def test_facts_of_the_former_flat_stay_behind_and_come_back_with_the_undo(mine, theirs, host, family):  # noqa: F811
    old = dt.date(2019, 5, 1)
    with acting_as(theirs):
        [grid] = save_grids([{"name": "者楼街道", "level": STREET, "region": family.region}], by=theirs).objects
        flat = {"address": "3栋2单元501室", "housing_area": 75, "moved_in_on": old, "planned_move_in_on": old}
        save_households([{"id": family.pk, "grid": grid, **flat}], by=theirs)
        title = {"applied_on": old, "first_registered_on": old, "issued_on": old}
        title |= {"certificate_number": "黔（2020）册亨县不动产权第0000001号"}
        save_homes([{"household": family, "handed_over_on": old, **title}], by=theirs)
        states = {"韦大山": "1", "韦小山": "3", "韦小妹": "4"}
        save_hukou(
            [{"person": people()[name], "state": code, "from_on": old} for name, code in states.items()], by=theirs
        )
    before = state()
    with acting_as(theirs):
        request = offer_household(family, world.WANGMO, WHY, by=theirs)
    with acting_as(mine):
        accept(request.pk, settlement=host.settlement, by=mine)
        found = Household.objects.get(pk=family.pk)
        known = ("address", "building", "unit", "room", "housing_area", "moved_in_on", "planned_move_in_on", "grid")
        assert {name: getattr(found, name) for name in known if getattr(found, name)} == {}
        with whole():  # it stays with the county that keeps its title
            [former] = Home.objects.filter(household=family)
        assert (former.to_on, former.area, former.certificate_number[-4:]) == (DAY, 75, "001号")
        assert counts(Home.objects.all(), TODAY)["issued"] == 0
        now = hukou_of([person.pk for person in people().values()], TODAY)
        assert {one.person.name: (one.state, one.from_on) for one in now.values()} == {
            "韦大山": ("4", DAY),
            "韦小山": ("4", DAY),
            "韦小妹": ("4", old),
        }
        missing = missing_of([family.pk], TODAY)[family.pk]
        assert {"入住时间", "楼栋", "所属网格"} <= set(missing["people"]) and missing["home"]
        [lived] = registry["households"].rows(mine).filter(pk=family.pk)
        assert lived.lived_two_years is None
        [grid] = save_grids([{"name": "平洞街道", "level": STREET, "region": host.region}], by=mine).objects
        save_households([{"id": family.pk, "grid": grid}], by=mine)
        save_hukou([{"person": people()["韦大山"], "state": "1", "from_on": TODAY}], by=mine)
        back = ask_back(request, Told(TODAY, "协商退回"), by=mine)
    with acting_as(theirs):
        accept(back.pk, by=theirs)
    after = state()
    assert {name: rows for name, rows in after.items() if name != "hukou"} == {
        name: rows for name, rows in before.items() if name != "hukou"
    }


def test_who_moves_within_the_county_keeps_the_hukou_and_what_is_told_of_the_new_flat(mine, host):  # noqa: F811
    old, person = dt.date(2019, 5, 1), people()["岑甲"]
    with acting_as(mine):
        save_households([{"id": host.pk, "address": "1栋101室", "housing_area": 75, "moved_in_on": old}], by=mine)
        save_hukou([{"person": person, "state": "1", "from_on": old}], by=mine)
    before = state()
    with acting_as(mine):
        other = world.settlement(mine, 522326002000)
        event = move_to_settlement(host, other, Told(DAY), address="2栋202室", area="96.5", by=mine)
        found = Household.objects.get(pk=host.pk)
        assert (found.address, found.building, found.room) == ("2栋202室", "2栋", "202室")
        assert (found.housing_area, found.moved_in_on) == (Decimal("96.5"), DAY)
        assert hukou_of([person.pk], TODAY)[person.pk].from_on == old
        assert Home.objects.get(household=host, to_on=None).area == Decimal("96.5")
        undo(event, "误报", by=mine)
    assert state() == before


@pytest.mark.parametrize("whole_household", [True, False])
def test_the_side_that_gave_away_asks_for_the_undo(mine, theirs, host, family, whole_household):  # noqa: F811
    before = state()
    if whole_household:
        with acting_as(theirs):
            request = offer_household(family, world.WANGMO, WHY, by=theirs)
        with acting_as(mine):
            accept(request.pk, settlement=host.settlement, by=mine)
    else:
        request = asked(mine, host)
        with acting_as(theirs):
            accept(request.pk, by=theirs)
    giver, taker, stranger = Client(), Client(), Client()
    giver.force_login(theirs)
    taker.force_login(mine)
    stranger.force_login(world.user("xianyang", "county", world.XIANYANG))
    address = f"/transfers/{request.pk}/back/"
    pages = [f"/transfers/{request.pk}/", "/outgoing/", *([f"/outgoing/{family.code}/"] if whole_household else [])]
    for page in pages:
        assert address in giver.get(page).content.decode(), page
    assert address in taker.get(pages[0]).content.decode()
    assert stranger.get(address).status_code == 404
    auditor = Client()
    auditor.force_login(world.user("auditor", "auditor", world.CEHENG))
    assert address not in auditor.get(pages[0]).content.decode() and auditor.get(address).status_code == 403
    sent = {"form_id": str(uuid.uuid4()), "reason": ""}
    assert giver.post(address, sent).status_code == 422
    sent = {"form_id": str(uuid.uuid4()), "reason": "误登记跨县转移"}
    answer = giver.post(address, sent)
    with whole():
        back = TransferRequest.objects.get(undoes=request)
    assert (answer.status_code, answer["Location"]) == (302, f"/transfers/{back.pk}/")
    assert (back.state, back.due_on) == (codes.ASKED, TODAY + dt.timedelta(15))
    assert (back.region // 10**6, back.partner // 10**6) == (522327, 522326)
    for page in pages:
        assert address not in giver.get(page).content.decode(), page
    for user, kind in ((mine, "transfer-answer"), (theirs, "transfer-awaited")):
        with acting_as(user):
            assert [alert.kind for alert in inbox(user, TODAY)] == [kind]
    with acting_as(theirs), pytest.raises(Refused) as refused:
        accept(back.pk, by=theirs)
    assert codes_of(refused) == [("", "other_side")]
    with acting_as(mine):
        refuse(back.pk, "已落实住房", by=mine)
    assert "未撤销" in giver.get("/inbox/").content.decode()
    with acting_as(theirs):
        back = ask_back(request, Told(TODAY, "再次商请"), by=theirs)
    with acting_as(mine):
        accept(back.pk, by=mine)
    assert state() == before
    with acting_as(theirs), pytest.raises(Refused) as refused:
        ask_back(request, Told(TODAY, "再次商请"), by=theirs)
    assert codes_of(refused) == [("", "undone")]


def test_pages_of_transfers_name_counties_and_households(mine, theirs, host, family):  # noqa: F811
    with acting_as(theirs):
        request = offer_household(family, world.WANGMO_TOWNSHIP, WHY, by=theirs)
    client = Client()
    client.force_login(mine)
    [row] = client.get("/api/v1/transfers/").json()["results"]
    assert (row["asking"], row["answering"]) == (f"{world.CEHENG:012d}", f"{world.WANGMO:012d}")
    listed = client.get("/ledgers/transfers/").content.decode()
    assert ">册亨县<" in listed and ">望谟县<" in listed
    page = client.get(f"/transfers/{request.pk}/").content.decode()
    assert "<dt>搬迁户</dt>" in page and "户基本情况" not in page
    client.force_login(theirs)
    crumbs = client.get("/outgoing/").content.decode()
    assert "搬迁户台账</a>" in crumbs and "户数" not in crumbs
