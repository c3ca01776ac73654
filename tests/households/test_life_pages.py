"""The pages of events: each opens, is carried out once, tells of others who were faster, and proposes before it writes."""

from __future__ import annotations

import datetime as dt
import re
import uuid

import pytest
from django.test import Client

from common.scope import acting_as
from households.actions.life_rows import Told
from households.actions.life_splitting import merge
from households.models import Household, HouseholdEvent
from households.views.life import ACTS
from ledgers.attachments.models import Attachment
from tests import world
from tests.employment.conftest import form_of
from tests.households.living import TODAY, people
from tests.ledgers.attachment_files import pdf, upload

pytestmark = pytest.mark.django_db


def client_of(user) -> Client:
    client = Client()
    client.force_login(user)
    return client


@pytest.fixture
def county(clock):
    clock(TODAY)
    return world.user("wangmo", "county", world.WANGMO)


@pytest.fixture
def family(county):
    members = [
        world.member("韦大山", birth=dt.date(1968, 1, 2)),
        world.member("罗小妹", "02", dt.date(1970, 4, 5), sex="2"),
        world.member("韦小山", "03", dt.date(1992, 9, 1)),
    ]
    return world.household(county, world.settlement(county), members, [[world.job()], [], []], address="1栋101")


def test_who_may_open_the_forms(county, family):
    city, neighbour = world.user("city", "city", 522300000000), world.user("ceheng", "county", world.CEHENG)
    pages = [
        f"/households/{family.code}/transfer/",
        f"/transfers/ask/?household={family.code}",
        *(f"/households/{family.code}/life/{key}/" for key in ACTS),
    ]
    for user, status in ((county, {200}), (city, {403}), (neighbour, {404})):
        client = client_of(user)
        assert {client.get(page).status_code for page in pages} == status
    assert "life/split" not in client_of(city).get(f"/households/{family.code}/").content.decode()


def test_what_a_transfer_cannot_do_without_is_marked_and_asked_for(county, family):
    client = client_of(county)
    for page, needed in (
        (f"/households/{family.code}/transfer/", ["division"]),
        (f"/transfers/ask/?household={family.code}", ["number", "relation"]),
        ("/transfers/ask/", ["code", "settlement"]),
    ):
        form = client.get(page).context["form"]
        marked = [field.name for field in form.visible_fields() if field.field.required]
        assert marked == [*needed, "day", "reason"], page
        told = (
            {"form_id": uuid.uuid4(), "household": family.code} if "household=" in page else {"form_id": uuid.uuid4()}
        )
        answer = client.post(page, told)
        assert answer.status_code == 422 and needed[0] in answer.context["form"].errors, page


def test_the_summary_names_the_field_that_is_missing(county, family):
    client, base = client_of(county), f"/households/{family.code}/life"
    for key, told, words in (
        ("birth", {"day": "2026-6-1"}, "姓名："),
        ("leave", {"kind": "moved", "day": "2026-6-1"}, "请选择人员"),
    ):
        answer = client.post(f"{base}/{key}/", {"form_id": uuid.uuid4(), **told})
        assert answer.status_code == 422
        assert any(words in error["message"] for error in answer.context["errors"]), answer.context["errors"]
        assert "已不属本户" not in answer.content.decode()


def test_a_form_sent_twice_is_carried_out_once_and_keeps_its_document(county, family, tmp_path, settings):
    settings.MEDIA_ROOT = str(tmp_path)
    client, page = client_of(county), f"/households/{family.code}/life/flat/"
    sent = {
        "form_id": str(uuid.uuid4()),
        "address": "2栋202",
        "day": "20260610",
        "reason": "换房",
        "document": "换房协议",
    }
    content = pdf("换房")
    for _time in range(2):
        answer = client.post(page, {**sent, "files": upload("换房协议.pdf", content)})
        assert (answer.status_code, answer["Location"]) == (302, f"/households/{family.code}/")
    with acting_as(county):
        event = HouseholdEvent.objects.get()
        assert Household.objects.get(pk=family.pk).address == "2栋202"
        assert (event.reason, event.document, Attachment.objects.get().subject_id) == ("换房", "换房协议", event.pk)
    shown = client.get(f"/ledgers/household-events/{event.pk}/").content.decode()
    assert "换房协议.pdf" in shown
    assert client.get(f"/api/v1/household-events/{event.pk}/").json()["document"] == "换房协议"
    assert client.post("/api/v1/household-events/", {}, "application/json").status_code == 405
    # On paper an event ends with what was recorded: what leads on from the page is left out as a whole.
    line = client.get(f"/households/{family.code}/print/").content.decode().split("换房协议")[1].split("</div>")[0]
    assert re.fullmatch(r'<span class="noprint"> · <a .*</a></span>', line), line
    late = client.post(page, {**sent, "form_id": str(uuid.uuid4()), "address": "3栋303", "version": family.version})
    assert late.status_code == 422 and "他人已先修改本户" in late.content.decode()


def test_relations_are_proposed_before_anything_is_written(county, family):
    client, page = client_of(county), f"/households/{family.code}/life/head/"
    known = people()
    sent = {"form_id": str(uuid.uuid4()), "proposed_for": "", "head": known["韦小山"].pk, "day": "20260610"}
    first = client.post(page, sent)
    assert first.status_code == 200
    form = first.context["form"]
    proposed = {row["person"].name: row["field"].value() for row in form.relations}
    assert proposed == {"韦大山": "11", "罗小妹": "12", "韦小山": "01"}
    with acting_as(county):
        assert not HouseholdEvent.objects.exists()
    sent |= {"proposed_for": form.data["proposed_for"]}
    sent |= {f"relation_{known[name].pk}": code for name, code in {**proposed, "罗小妹": "28"}.items()}
    assert client.post(page, sent).status_code == 302
    assert {name: person.relation for name, person in people().items()} == {**proposed, "罗小妹": "28"}


def test_a_household_that_has_ended_is_only_read(county, family):
    """Its page tells where the members went, offers no change, and the addresses of its forms lead back to it."""
    with acting_as(county):
        other = world.household(county, family.settlement, [world.member("王大")], address="2栋202")
    client, page = client_of(county), f"/households/{family.code}/"
    edits = [f"{page}edit/", f"/ledgers/households/{family.code}/edit/", f"/ledgers/households/{family.code}/void/"]
    opened = form_of(client.get(edits[0]))
    with acting_as(county):
        merge(other, family, Told(dt.date(2026, 6, 10)), by=county)
    shown = client.get(page).content.decode()
    for offer in (
        "/edit/",
        "/void/",
        "/old-houses/new/",
        "/land-rights/new/",
        "/attachments/",
        "data-upload",
        "/birth/",
    ):
        assert offer not in shown, offer
    for address in (*edits, f"{page}life/birth/"):
        answer = client.get(address, follow=True)
        assert answer.redirect_chain == [(page, 302)], address
        told = answer.content.decode()
        assert "本户已无成员" in told and f'href="/households/{other.code}/"' in told
    # What was typed meanwhile is still there to be read, and nothing is stored.
    late = client.post(edits[0], opened | {"address": "9栋909"})
    assert late.status_code == 409 and "9栋909" in late.content.decode()
    assert client.post(edits[2], {"reason": "错"}).status_code == 302
    with acting_as(county):
        ended = Household.objects.get(pk=family.pk)
        assert ended.ended and ended.address == "1栋101" and not ended.voided_at
