"""The page of a problem and its acts: who sees and may what, messages, double clicks, drafts, places, units, papers."""

import uuid

import pytest

from common.scope import whole
from rectification.models import ItemMove
from rectification.states import STATES
from tests import world
from tests.rectification.conftest import NOTICE_ENDS, act, again, bring_to, problem

pytestmark = pytest.mark.django_db


@pytest.fixture
def sign_in(client):
    def signed(user):
        client.force_login(user)
        return client

    return signed


def test_every_state_has_its_page(people, sign_in):
    client = sign_in(people.city)
    for state in STATES:
        if state == "merged":
            continue
        item = bring_to(people, state)
        answer = client.get(item.address)
        assert answer.status_code == 200, state
        page = answer.content.decode()
        assert str(STATES[state].label) in page
        assert "外墙渗水" in page
    assert client.get(f"{item.address}dossier/").status_code == 200


def test_many_at_once_ask_the_scope_again(people, sign_in):
    """What a page named is tried within the reader's reach; a double click does it once; a stale version stays behind."""
    mine, moved = bring_to(people, "draft"), bring_to(people, "draft")
    far = problem(people, by=people.other, division=world.CEHENG, lead_unit=people.other.unit)
    act(moved, "register", people.county)
    client = sign_in(people.county)
    named = ",".join(f"{one.pk}:1" for one in (mine, moved, far))
    sent = {"act": "register", "items": named, "form_id": str(uuid.uuid4()), "back": "https://elsewhere.example/"}
    page = client.post("/rectification/bulk/do/", sent).content.decode()
    assert mine.number in page and moved.number in page and far.number not in page
    assert 'href="https://elsewhere.example/' not in page
    assert client.post("/rectification/bulk/do/", sent).status_code == 302
    with whole():
        registered = list(ItemMove.objects.filter(act="register").values_list("item", flat=True))
    assert sorted(registered) == sorted([mine.pk, moved.pk]) and again(far).state == "draft"
    assert sign_in(people.auditor).post("/rectification/bulk/do/", sent).status_code == 403
    assert sign_in(people.county).post("/rectification/bulk/do/", sent | {"act": "find_false"}).status_code == 404


def test_both_numbers_lead_to_the_one(people, sign_in):
    item, into = bring_to(people, "registered"), problem(people)
    client = sign_in(people.county)
    page = client.get(f"{item.address}merge/?into={into.number}").content.decode()
    form_id = page.split('name="form_id" value="')[1].split('"')[0]
    sent = {"act": "merge", "acts": "merge", "into": into.number, "form_id": form_id, "version": item.version}
    assert client.post(f"{item.address}merge/", sent).status_code == 422  # no reason told
    for _click in range(2):
        assert client.post(f"{item.address}merge/", sent | {"opinion": "重复录入"}).url == into.address
    assert client.get(item.address).url == into.address
    own = client.get(f"{item.address}?own=1")
    assert own.status_code == 200 and into.number in own.content.decode()
    assert item.number in client.get(into.address).content.decode()
    assert client.get(f"{item.address}dossier/").status_code == 200
    assert sign_in(people.other).get(item.address).status_code == 404
    assert sign_in(people.bureau).get(f"{into.address}merge/").status_code == 403


def test_papers_come_with_their_states_and_hide_residents(people, sign_in):
    home = world.settlement(people.county, name="平洞社区")
    world.household(people.county, home, [world.member("韦大山")])
    item = bring_to(people, "assigned", place_names="平洞社区", description="韦大山家漏水，电话13800138000")
    client = sign_in(people.county)
    assert [client.get(f"{item.address}{paper}/").status_code for paper in ("closing", "notice", "dossier")] == [
        404,
        404,
        200,
    ]
    closed = bring_to(people, "closed", description="韦大山家漏水，电话13800138000")
    notice = client.get(f"{closed.address}notice/").content.decode()
    assert "韦大山" not in notice and "13800138000" not in notice and "韦＊＊" in notice
    sheet = client.get(f"{closed.address}closing/").content.decode()
    assert closed.closing_number in sheet and str(closed.notice_to) in sheet and str(NOTICE_ENDS) in sheet
    for user in (people.other, people.township):
        assert sign_in(user).get(f"{closed.address}closing/").status_code == 404
