"""Photographs and documents of a settlement: sent on its page and through the API, shown, withdrawn, in its history."""

import datetime as dt
import hashlib
import io
import json
import re
import stat
from pathlib import Path

import pytest
from django.core.exceptions import PermissionDenied
from django.db import IntegrityError, connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext
from jsonschema import Draft202012Validator
from PIL import Image

from accounts.models import ApiToken, Disclosure
from common import changes, scope
from common.clock import CHINA
from common.ledger import Ledger, registry
from common.problems import Refused
from divisions.models import Unit
from ledgers.attachments import actions
from ledgers.attachments.models import Attachment
from ledgers.attachments.queries import of_subject, same_elsewhere
from ledgers.history import history_of
from relocation import pipeline
from relocation.settings import BASE_DIR
from tests.ledgers import attachment_files as make
from tests.ledgers.attachment_files import WANGMO_GPS, upload
from tests.ledgers.world import make_user, write

HOME = "/ledgers/settlements/522326A0001/"
FILES = f"{HOME}attachments/"


@pytest.fixture(autouse=True)
def store(settings, tmp_path) -> Path:
    settings.MEDIA_ROOT = tmp_path
    return tmp_path / "attachments"


@pytest.fixture
def settlements(monkeypatch) -> Ledger:
    """The ledger; what a test changes of its declaration is put back."""
    ledger = registry["settlements"]
    for name in ("attach_check", "attachment_visible", "attachment_groups", "personal_attachments"):
        monkeypatch.setattr(ledger, name, getattr(ledger, name))
    return ledger


@pytest.fixture
def client(world) -> Client:
    client = Client(headers={"accept-language": "zh-hans"})
    client.force_login(world.a.user)
    return client


def client_of(user) -> Client:
    client = Client()
    client.force_login(user)
    return client


def attach(county, *files, **options) -> list[Attachment]:
    """Files on the county's settlement, by its official."""
    ledger, by = registry["settlements"], county.user
    with scope.acting_as(by):
        return actions.attach(ledger, county.settlement, files, by=by, **options)


def text(response) -> str:
    return response.content.decode()


def test_what_is_kept_of_a_photograph(world, store):
    unit = Unit.objects.create(name="望谟县发展和改革局", region=522326_000000, kind="drc")
    world.a.user.unit = unit
    content = make.jpeg((1600, 1200), taken="2020:03:01 10:20:30", gps=WANGMO_GPS, orientation=6)
    [found] = attach(world.a, upload("现场\\照片.jpg", content), group="act-5", captions=["水管已修好"])
    with scope.acting_as(world.a.user):
        found = Attachment.objects.get(pk=found.pk)
    assert (found.ledger, found.subject_id, found.region) == (
        "settlements",
        world.a.settlement.pk,
        world.a.settlement.region,
    )
    assert (found.name, found.caption, found.group) == ("照片.jpg", "水管已修好", "act-5")
    assert (found.kind, found.media_type, found.size) == ("photograph", "image/jpeg", len(content))
    assert (found.width, found.height) == (1200, 1600)
    assert found.taken_at.isoformat() == "2020-03-01T02:20:30+00:00"
    assert found.place == "25.17847° N, 106.09119° E"
    assert (found.uploaded_by, found.unit) == (world.a.user, unit)
    assert found.uploaded_at.astimezone(CHINA).date() == dt.date(2020, 6, 30)

    assert found.sha256 == hashlib.sha256(content).hexdigest()
    assert found.full_path.read_bytes() == content
    assert found.full_path.parent == store / found.sha256[:2]
    kept = sorted(path for path in store.rglob("*") if path.is_file())
    assert kept == [found.full_path, found.thumbnail_path]
    assert {stat.S_IMODE(path.stat().st_mode) for path in kept} == {0o600}
    assert {stat.S_IMODE(path.stat().st_mode) for path in store.rglob("*") if path.is_dir()} == {0o700}


def test_history_is_written_by_the_database(world):
    [found] = attach(world.a, upload("a.pdf", make.pdf()))
    with scope.acting_as(world.a.user), connection.cursor() as cursor:
        actions.withdraw(found, "传错了", world.a.user)
        cursor.execute(
            "SELECT event_op, event_by, withdrawal_reason FROM ledgers_attachment_event WHERE id = %s ORDER BY event_id",
            [found.pk],
        )
        assert cursor.fetchall() == [("I", world.a.user.pk, ""), ("U", world.a.user.pk, "传错了")]


def test_the_same_content_twice_is_refused_with_where_it_is(world):
    content = make.pdf()
    attach(world.a, upload("第一次.pdf", content), upload("b.pdf", make.pdf()))
    with pytest.raises(Refused) as refused:
        attach(world.a, upload("第二次.pdf", content), upload("c.pdf", make.pdf()))
    [problem] = refused.value.problems
    assert (problem.row, problem.value, problem.code) == (0, "第二次.pdf", "duplicate")
    assert "第一次.pdf" in problem.message and "county-a" in problem.message and "2020-06-30" in problem.message
    with scope.acting_as(world.a.user):
        assert Attachment.objects.count() == 2


def test_a_withdrawn_file_may_be_sent_again(world):
    content = make.pdf()
    [first] = attach(world.a, upload("a.pdf", content))
    with scope.acting_as(world.a.user):
        actions.withdraw(first, "传错了", world.a.user)
    [second] = attach(world.a, upload("a.pdf", content))
    assert second.path != first.path and first.full_path.exists()


def test_withdrawing_needs_a_reason_and_happens_once(world):
    [found] = attach(world.a, upload("a.pdf", make.pdf()))
    with scope.acting_as(world.a.user):
        for reason, code in (("  ", "required"), ("长" * 201, "too_long")):
            with pytest.raises(Refused) as refused:
                actions.withdraw(found, reason, world.a.user)
            assert [p.code for p in refused.value.problems] == [code]
        actions.withdraw(found, "长" * 200, world.a.user)
        with pytest.raises(Refused) as refused:
            actions.withdraw(found, "再次", world.a.user)
        assert [p.code for p in refused.value.problems] == ["withdrawn"]
        stored = Attachment.objects.get()
    assert (stored.withdrawn_by, stored.withdrawal_reason) == (world.a.user, "长" * 200)
    assert stored.full_path.exists()


@pytest.mark.parametrize(
    "change",
    [
        {"size": 0},
        {"latitude": 25},
        {"latitude": 91, "longitude": 106},
        {"latitude": 25, "longitude": -181},
        {"withdrawal_reason": "无人"},
    ],
)
def test_the_database_itself_keeps_the_rules(world, change):
    [found] = attach(world.a, upload("a.pdf", make.pdf()))
    with scope.acting_as(world.a.user), pytest.raises(IntegrityError), transaction.atomic():
        Attachment.objects.filter(pk=found.pk).update(**change)


def test_who_may_attach(world, settlements):
    county = world.a
    province = world.user("province", 520000_000000)
    by = {"county": county.user, "province": province, "auditor": world.user("auditor", 522326_000000)}
    for role, user in by.items():
        with scope.acting_as(user):
            if role == "county":
                actions.attach(settlements, county.settlement, [upload("a.pdf", make.pdf())], by=user)
            else:
                with pytest.raises(PermissionDenied):
                    actions.attach(settlements, county.settlement, [upload("a.pdf", make.pdf())], by=user)
    # The ledger's own check goes before the role.
    settlements.attach_check = lambda row, user: "" if user == province else "只有省级可以上传。"
    with scope.acting_as(province):
        actions.attach(settlements, county.settlement, [upload("a.pdf", make.pdf())], by=province)
    with scope.acting_as(county.user), pytest.raises(PermissionDenied, match="只有省级"):
        actions.attach(settlements, county.settlement, [upload("a.pdf", make.pdf())], by=county.user)
    page = text(client_of(county.user).get(HOME))
    assert "只有省级可以上传。" in page and 'type="file"' not in page
    assert client_of(county.user).post(FILES, {"files": upload("a.pdf", make.pdf())}).status_code == 403


def test_a_ledger_without_attachments_takes_none(world, client):
    person = world.a.persons[0]
    with scope.acting_as(world.a.user), pytest.raises(PermissionDenied):
        actions.attach(registry["persons"], person, [upload("a.pdf", make.pdf())], by=world.a.user)
    assert client.get(f"/ledgers/persons/{person.pk}/attachments/").status_code == 404
    assert "attachments" not in text(client.get(f"/ledgers/persons/{person.pk}/"))


def test_nothing_is_attached_to_a_voided_record(world, client, settlements):
    [empty] = write(world.a.user, "settlements", [{"name": "误录", "division": world.a.settlement.region}])
    with scope.acting_as(world.a.user):
        settlements.void([empty.pk], reason="误录", by=world.a.user)
    address = f"/ledgers/settlements/{empty.code}/attachments/"
    assert "已作废" in text(client.get(address))
    assert client.post(address, {"files": upload("a.pdf", make.pdf())}).status_code == 403


def test_a_ledger_of_places_only_may_have_attachments():
    divisions = registry["divisions"]
    with pytest.raises(Exception, match="no region"):
        Ledger("x", divisions.title, divisions.model, divisions.columns, ("code",), attachments=True)


def test_sending_on_the_page(world, client):
    answer = client.post(
        FILES,
        {"files": [upload("a.jpg", make.jpeg()), upload("b.pdf", make.pdf())], "caption": "修好的水管", "next": HOME},
    )
    assert (answer.status_code, answer.url) == (302, HOME)
    page = text(client.get(HOME))
    with scope.acting_as(world.a.user):
        photograph, document = Attachment.objects.all()
    assert "已上传 2 个文件" in page
    assert f'src="/attachments/{photograph.pk}/thumbnail/"' in page
    assert f'src="/attachments/{document.pk}/thumbnail/"' not in page
    assert photograph.sha256[:12] in page and f'title="{photograph.sha256}"' in page
    assert page.count("修好的水管") >= 2 and "county-a" in page
    # The settlement's own page and the page of its files show the same.
    for address in ("/settlements/522326A0001/", FILES):
        assert f'src="/attachments/{photograph.pk}/thumbnail/"' in text(client.get(address))


@pytest.mark.parametrize("told", ["", "https://evil.example/", "//evil.example/", "javascript:alert(1)", "\\\\evil"])
def test_sending_leads_nowhere_else(world, client, told):
    answer = client.post(FILES, {"files": upload("a.pdf", make.pdf()), "next": told})
    assert (answer.status_code, answer.url) == (302, FILES)


def test_faults_are_told_on_the_page_and_nothing_is_kept(world, client, store):
    answer = client.post(
        FILES,
        {
            "files": [upload("好.pdf", make.pdf()), upload("坏.jpg", b""), upload("网页.html", b"<html></html>")],
            "caption": "说明",
            "next": HOME,
        },
    )
    page = text(answer)
    assert answer.status_code == 422
    assert "坏.jpg: 文件为空" in page and "网页.html: 网页和 SVG" in page and "好.pdf:" not in page
    assert 'value="说明"' in page and f'name="next" value="{HOME}"' in page
    assert "data-error-summary" in page
    assert not store.exists() or not [path for path in store.rglob("*") if path.is_file()]
    with scope.acting_as(world.a.user):
        assert not Attachment.objects.exists()
    assert "请至少选择一个文件" in text(client.post(FILES, {}))


def test_a_file_is_sent_out_safely(world, client):
    content, paper = make.jpeg(), make.pdf()
    photograph, document = attach(world.a, upload("现场.jpg", content), upload("会议纪要3.5", paper))
    answer = client.get(photograph.url)
    assert b"".join(answer.streaming_content) == content
    assert answer["Content-Type"] == "image/jpeg"
    assert answer["Content-Disposition"].startswith("inline; filename*=utf-8''%E7%8E%B0")
    second = client.get(document.url)
    assert b"".join(second.streaming_content) == paper
    assert second["Content-Type"] == "application/pdf"
    assert second["Content-Disposition"].startswith("attachment;") and second["Content-Disposition"].endswith("3.5.pdf")
    thumbnail = client.get(f"{photograph.url}thumbnail/")
    small = Image.open(io.BytesIO(b"".join(thumbnail.streaming_content)))
    assert (thumbnail["Content-Type"], small.size) == ("image/jpeg", (320, 240))
    for one in (answer, second, thumbnail):
        assert {"default-src 'none'", "sandbox"} <= set(one["Content-Security-Policy"].split("; "))
        assert one["X-Content-Type-Options"] == "nosniff"
        assert one["Cache-Control"] == "private, no-store"
    assert client.get(f"{document.url}thumbnail/").status_code == 404
    photograph.full_path.unlink()
    assert client.get(photograph.url).status_code == 404


def test_addresses_of_no_file(client):
    for pk in ("0", "999999999", "9" * 30):
        for end in ("", "thumbnail/", "elsewhere/", "withdraw/"):
            assert client.get(f"/attachments/{pk}/{end}").status_code == 404, (pk, end)
    assert Client().get("/attachments/1/").status_code == 302
    assert client.post("/attachments/1/").status_code == 405


def test_withdrawing_on_the_page(world, client):
    [found] = attach(world.a, upload("a.jpg", make.jpeg()))
    address = f"/attachments/{found.pk}/withdraw/"
    assert f'href="{address}?next={HOME}"' in text(client.get(HOME))
    assert f'name="next" value="{HOME}"' in text(client.get(f"{address}?next={HOME}"))
    assert "请填写撤回原因" in text(client.post(address, {"reason": " "}))
    answer = client.post(address, {"reason": "拍错地方", "next": HOME})
    assert (answer.status_code, answer.url) == (302, HOME)
    page = text(client.get(HOME))
    assert "已撤回" in page and "拍错地方" in page and "is-off" in page and address not in page
    assert client.get(found.url).status_code == 200
    assert client.get(address).status_code == 404
    reviewer = client_of(world.user("province", 520000_000000))
    assert reviewer.get(found.url).status_code == 200
    [other] = attach(world.a, upload("b.jpg", make.jpeg()))
    assert reviewer.post(f"/attachments/{other.pk}/withdraw/", {"reason": "x"}).status_code == 403


def test_the_history_tab_has_the_files(world, client):
    attach(world.a, upload("a.jpg", make.jpeg()), upload("b.pdf", make.pdf()), captions=["修好的水管"])
    with scope.acting_as(world.a.user):
        actions.withdraw(Attachment.objects.last(), "传错了", world.a.user)
        events = history_of(registry["settlements"], world.a.settlement.pk, world.a.user)
    told = [event for event in events if event.files]
    assert sorted([file["name"] for file in event.files] for event in told) == [["b.pdf"], ["修好的水管", "b.pdf"]]
    assert {event.said for event in told} == {"", "传错了"}
    page = text(client.get(f"{HOME}history/"))
    assert "上传文件" in page and "撤回文件" in page and "修好的水管" in page and 'href="/attachments/' in page


def test_groups_sort_the_files_and_are_offered(world, client, settlements):
    settlements.attachment_groups = lambda row: [("before", "整改前"), ("after", "整改后")]
    for group, name in (("after", "后"), ("before", "前"), ("", "其他"), ("act-7", "旧")):
        attach(world.a, upload(f"{name}.pdf", make.pdf()), group=group)
    page = text(client.get(FILES))
    places = [
        page.index(words)
        for words in ("其他.pdf</a>", "旧.pdf</a>", "整改前</h3>", "前.pdf</a>", "整改后</h3>", "后.pdf</a>")
    ]
    assert places == sorted(places)
    assert '<option value="before">整改前</option>' in page
    assert client.post(FILES, {"files": upload("x.pdf", make.pdf()), "group": "before"}).status_code == 302
    answer = client.post(FILES, {"files": upload("y.pdf", make.pdf()), "group": "act-7"})
    assert answer.status_code == 422 and "没有这个环节" in text(answer)
    for group in ("Before", "a b", "x" * 41, "../x"):
        with pytest.raises(Refused):
            attach(world.a, upload("z.pdf", make.pdf()), group=group)


def test_files_of_a_hidden_row_are_not_there(world, client, settlements):
    [found] = attach(world.a, upload("密.jpg", make.jpeg()))
    settlements.attachment_visible = lambda row, user: user != world.a.user
    assert "密.jpg" not in text(client.get(HOME)) and "密.jpg" not in text(client.get(f"{HOME}history/"))
    for address in (FILES, found.url, f"{found.url}thumbnail/", "/api/v1/settlements/522326A0001/attachments/"):
        assert client.get(address).status_code == 404, address
    assert client_of(world.user("province", 520000_000000)).get(found.url).status_code == 200


def test_the_same_file_elsewhere_is_counted_and_told_within_ones_area(world):
    content = make.jpeg()
    [mine] = attach(world.a, upload("水管.jpg", content))
    [second_home] = write(world.a.user, "settlements", [{"name": "二号点", "division": world.a.settlement.region}])
    with scope.acting_as(world.a.user):
        assert same_elsewhere(mine, world.a.user).count == 0
        actions.attach(registry["settlements"], second_home, [upload("x.jpg", content)], by=world.a.user)
    [theirs] = attach(world.b, upload("y.jpg", content))
    with scope.acting_as(world.a.user):
        found = same_elsewhere(mine, world.a.user)
        assert (found.count, found.hidden, [use.subject.name for use in found.seen]) == (2, 1, ["二号点"])
        assert [one.also_at for one in of_subject(registry["settlements"], world.a.settlement, world.a.user)] == [2]
    page = text(client_of(world.a.user).get(f"{mine.url}elsewhere/"))
    assert "二号点" in page and "522327" not in page and "county-b" not in page
    assert f'href="{mine.url}elsewhere/"' in text(client_of(world.a.user).get(HOME))
    with scope.acting_as(world.b.user):
        actions.withdraw(theirs, "传错了", world.b.user)
    city = world.user("city", 522300_000000)
    with scope.acting_as(city):
        assert (same_elsewhere(mine, city).count, same_elsewhere(mine, city).hidden) == (1, 0)


def test_files_follow_a_row_that_moves(world):
    county = world.a
    with scope.acting_as(county.user), connection.cursor() as cursor:
        cursor.execute(
            "SELECT min(code) FROM divisions_division WHERE code > %s AND level = 4", [county.settlement.region]
        )
        [(township,)] = cursor.fetchall()
    [empty] = write(county.user, "settlements", [{"name": "会搬的", "division": county.settlement.region}])
    with scope.acting_as(county.user):
        [moving] = actions.attach(registry["settlements"], empty, [upload("a.pdf", make.pdf())], by=county.user)
    [staying] = attach(county, upload("b.pdf", make.pdf()))
    changes.set_pipeline([*pipeline.STEPS, actions.follow_rows])
    try:
        write(county.user, "settlements", [{"id": empty.pk, "division": township}])
    finally:
        pipeline.install()
    with scope.acting_as(county.user):
        assert Attachment.objects.get(pk=moving.pk).region == township
        assert Attachment.objects.get(pk=staying.pk).region == county.settlement.region
        assert actions.move_attachments(registry["settlements"], [empty.pk]) == 0


class Api:
    def __init__(self, user):
        self.client = Client(headers={"authorization": f"Token {ApiToken.make(user, 'test')}", "accept-language": "en"})
        self.base = "/api/v1/settlements/522326A0001/attachments/"

    def list(self) -> list[dict]:
        return self.client.get(self.base).json()["results"]


@pytest.fixture
def api(world) -> Api:
    return Api(world.a.user)


def test_the_api_sends_lists_fetches_and_withdraws(world, api):
    content = make.jpeg(taken="2020:03:01 10:20:30", gps=WANGMO_GPS)
    answer = api.client.post(
        api.base, {"files": [upload("a.jpg", content), upload("b.pdf", make.pdf())], "captions": ["水管", "纪要"]}
    )
    assert answer.status_code == 201
    first, second = answer.json()
    assert api.list() == [first, second]
    assert (first["caption"], second["caption"]) == ("水管", "纪要")
    assert (first["sha256"], first["size"]) == (hashlib.sha256(content).hexdigest(), len(content))
    assert (first["latitude"], first["longitude"], first["also_at"]) == (25.178472, 106.091194, 0)
    assert first["taken_at"].startswith("2020-03-01T")
    address = re.sub(r"^https?://[^/]+", "", first["download"])
    assert b"".join(api.client.get(address).streaming_content) == content
    assert api.client.delete(address).status_code == 400
    answer = api.client.delete(address, json.dumps({"reason": "传错了"}), content_type="application/json")
    assert answer.status_code == 204
    assert api.list()[0]["withdrawal_reason"] == "传错了"
    assert api.client.get(address, headers={"accept": "image/jpeg"}).status_code == 200


def test_answers_of_the_api_fit_its_schema(world, api):
    attach(
        world.a, upload("a.jpg", make.jpeg(taken="2020:03:01 10:20:30", gps=WANGMO_GPS)), upload("b.pdf", make.pdf())
    )
    schema = json.loads((BASE_DIR / "docs" / "api" / "schema.json").read_text())
    path = schema["paths"]["/api/v1/settlements/{member}/attachments/"]
    for answer, described in (
        (api.client.get(api.base), path["get"]["responses"]["200"]),
        (api.client.post(api.base, {"files": upload("c.pdf", make.pdf())}), path["post"]["responses"]["201"]),
        (api.client.post(api.base, {"files": upload("d.pdf", b"")}), path["post"]["responses"]["400"]),
    ):
        [content] = described["content"].values()
        validator = Draft202012Validator(content["schema"] | {"components": schema["components"]})
        assert [fault.message for fault in validator.iter_errors(answer.json())] == []
    # A ledger without attachments has no such collection.
    assert "/api/v1/divisions/{member}/attachments/" not in schema["paths"]


def test_the_api_refuses(world, api):
    answer = api.client.post(api.base, {"files": [upload("a.svg", b"<svg/>"), upload("b.pdf", b"")]})
    assert answer.status_code == 400 and answer["content-type"] == "application/problem+json"
    assert [(e["row"], e["field"], e["code"]) for e in answer.json()["errors"]] == [
        (0, "files", "web_page"),
        (1, "files", "empty"),
    ]
    assert api.client.post(api.base).json()["errors"][0]["code"] == "required"
    assert api.client.post(api.base, "{}", content_type="application/json").status_code == 415
    answer = api.client.post(api.base, {"files": upload("a.pdf", make.pdf()), "group": "x"})
    assert [e["code"] for e in answer.json()["errors"]] == ["bad_group"]
    assert api.list() == []
    assert api.client.get(f"{api.base}{'9' * 30}/").status_code == 404
    assert Client().get(api.base).status_code == 401
    reviewer = Api(make_user("reviewer", "province", 520000_000000))
    assert reviewer.client.post(api.base, {"files": upload("a.pdf", make.pdf())}).status_code == 403


def test_a_file_is_fetched_under_its_own_record_only(world, api):
    [other] = write(world.a.user, "settlements", [{"name": "二号点", "division": world.a.settlement.region}])
    [found] = attach(world.a, upload("a.pdf", make.pdf()))
    assert api.client.get(f"{api.base}{found.pk}/").status_code == 200
    assert api.client.get(f"/api/v1/settlements/{other.code}/attachments/{found.pk}/").status_code == 404


def test_pages_cost_the_same_with_many_files(world, client):
    def queries() -> int:
        with CaptureQueriesContext(connection) as found:
            assert client.get(FILES).status_code == 200
        return len(found)

    attach(world.a, upload("a.pdf", make.pdf()))
    client.get(FILES)
    one = queries()
    attach(world.a, *(upload("a.pdf", make.pdf()) for _n in range(10)))
    assert queries() == one


@pytest.mark.django_db(transaction=True)
def test_opening_a_personal_file_is_put_on_record(world, settlements):
    [found] = attach(world.a, upload("全家.jpg", make.jpeg()))
    client = client_of(world.a.user)
    client.get(found.url)
    with scope.whole():
        assert not Disclosure.objects.exists()
    settlements.personal_attachments = True
    client.head(found.url)
    client.get(f"{found.url}thumbnail/")
    client.get(HOME)
    client.get(found.url)
    Api(world.a.user).client.get(f"/api/v1/settlements/522326A0001/attachments/{found.pk}/")
    with scope.whole():
        told = list(Disclosure.objects.values_list("user", "ledger", "subject", "columns", "region"))
        assert "全家.jpg" in Disclosure.objects.first().reason
    row = (world.a.user.pk, "settlements", "522326A0001", f"attachment {found.pk}", world.a.settlement.region)
    assert told == [row, row]
