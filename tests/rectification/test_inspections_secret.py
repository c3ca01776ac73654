"""Secret until published, to those outside: on every way in, and with the application's own filters switched off."""

import datetime as dt

import pytest
from django.db import DatabaseError, connection, transaction
from django.test import Client

from accounts.models import ApiToken
from alerts.models import Alert, Deadline
from common.ledger import registry
from common.problems import Refused
from common.scope import acting, acting_as, whole
from ledgers.attachments.actions import attach
from ledgers.models import Attachment
from rectification.actions.inspections import save_inspections
from rectification.actions.inspections_checks import save_checks
from rectification.actions.inspections_items import items_from_lines
from rectification.actions.inspections_members import set_members
from rectification.actions.sampling import commit_seed, draw, publish, save_samples
from rectification.models import Inspection, ProblemClass
from tests import world
from tests.ledgers.attachment_files import jpeg, upload
from tests.rectification.inspecting import NOW, PROVINCE, act, answer, checklist, field_check, inspection, team

pytestmark = pytest.mark.django_db

TITLE = "雷霆暗访行动"
TABLES = [
    "rectification_inspection",
    "rectification_inspectionplace",
    "rectification_inspectionmember",
    "rectification_inspectioncheck",
    "rectification_checkline",
    "rectification_sample",
    "rectification_samplestratum",
    "rectification_sampleframe",
    "rectification_samplehousehold",
]
EVENTS = [f"{table}_event" for table in TABLES if table != "rectification_sampleframe"]
FILES = ["ledgers_attachment", "ledgers_attachment_event"]
OUTSIDE = ["drc", "auditor", "city", "county", "township", "other", "integrator", "admin"]
INSIDE = ["province", "colleague", "member"]


@pytest.fixture
def people(db, clock):
    clock(NOW)
    found = vars(team())
    found["member"] = world.user("member", "province", PROVINCE)
    found["integrator"] = world.user("integrator", "integrator", PROVINCE)
    found["admin"] = world.user("admin", "admin", 0)
    return found


@pytest.fixture
def secret(people, settings, tmp_path):
    """A secret visit under way, with a member from elsewhere, a check with a failed line and a photograph, and a drawn
    sample."""
    settings.MEDIA_ROOT = tmp_path
    by = people["province"]
    found = inspection(by, way="secret", title=TITLE, month=6, feed_back_by=dt.date(2026, 7, 1))
    with acting_as(by):
        set_members(found, [people["member"]], by=by, on=NOW)
    act(found, "start", by)
    home = world.settlement(people["county"], name="平洞社区")
    for _n in range(4):
        world.household(people["county"], home, on=NOW)
    found.record = field_check(found, by, home, checklist(by), household=None)
    answer(found.record, by, "否", "5", "无")
    with acting_as(by):
        [found.photograph] = attach(registry["inspection-checks"], found.record, [photograph()], by=by, on=NOW)
        row = {"title": f"{TITLE}抽样", "inspection": found, "frame_on": NOW, "size": 2, "divisions": "望谟县"}
        sample = save_samples([row], by=by, on=NOW).objects[0]
        commit_seed(sample, by=by, public_text="公开文本2026", on=NOW)
        found.sample = draw(sample, by=by, on=NOW)
    return found


def photograph():
    return upload("雷霆.jpg", jpeg((64, 48)))


def counts(user, tables) -> dict[str, int]:
    """Rows that raw SQL finds in the user's hands: no filter of the application at all."""
    found = {}
    with acting_as(user), connection.cursor() as cursor:
        for table in tables:
            cursor.execute(f"SELECT count(*) FROM {table}")
            found[table] = cursor.fetchone()[0]
    return found


class TestDatabase:
    @pytest.mark.parametrize("name", OUTSIDE)
    def test_those_outside_find_no_row_and_no_trace(self, people, secret, name):
        assert set(counts(people[name], TABLES + EVENTS + FILES).values()) == {0}

    @pytest.mark.parametrize("name", INSIDE)
    def test_those_inside_find_them(self, people, secret, name):
        assert 0 not in counts(people[name], TABLES + EVENTS + FILES).values()

    def test_its_rows_carry_the_organisers_region(self, people, secret):
        with whole(), connection.cursor() as cursor:
            for table in TABLES:
                cursor.execute(f"SELECT DISTINCT region, veiled FROM {table}")
                assert cursor.fetchall() == [(PROVINCE, True)], table

    def test_a_county_with_two_scopes_is_no_nearer(self, people, secret):
        both = world.user("both", "county", world.WANGMO, world.CEHENG, world.XIANYANG)
        # The hull of the scopes holds the codes in between, the province of Shaanxi itself among them.
        assert set(counts(both, TABLES).values()) == {0}

    def test_nobody_outside_writes_there_either(self, people, secret):
        for name in ("drc", "county"):
            with acting_as(people[name]), connection.cursor() as cursor:
                for table in ("rectification_inspection", "rectification_inspectioncheck"):
                    cursor.execute(f"UPDATE {table} SET version = version + 1")
                    assert cursor.rowcount == 0, (name, table)

    def test_nobody_outside_can_forge_a_veiled_row(self, people, secret):
        with (
            acting_as(people["drc"]),
            connection.cursor() as cursor,
            pytest.raises(DatabaseError),
            transaction.atomic(),
        ):
            cursor.execute(
                "INSERT INTO rectification_inspectionmember (inspection_id, user_id, region, veiled) VALUES (%s, %s, %s, true)",
                [secret.pk, people["drc"].pk, PROVINCE],
            )

    def test_without_an_actor_a_request_is_no_system(self, people, secret):
        """Anonymous requests have no range, so that passing the veil gives them nothing."""
        with acting((), actor=None), connection.cursor() as cursor:
            cursor.execute("SELECT count(*) FROM rectification_inspection")
            assert cursor.fetchone() == (0,)

    def test_publishing_opens_each_row_to_its_place(self, people, secret):
        act(secret, "publish", people["colleague"])
        with whole(), connection.cursor() as cursor:
            for table in ("rectification_inspectioncheck", "rectification_checkline"):
                cursor.execute(f"SELECT DISTINCT region, veiled FROM {table}")
                assert cursor.fetchall() == [(world.WANGMO_TOWNSHIP, False)], table
        seen = counts(people["county"], TABLES)
        assert seen["rectification_inspection"] == seen["rectification_inspectionplace"] == 1
        assert seen["rectification_inspectioncheck"] == 1 and seen["rectification_checkline"] == 3
        # The sample is published on its own.
        assert seen["rectification_sample"] == seen["rectification_samplehousehold"] == 0
        assert counts(people["other"], TABLES)["rectification_inspectioncheck"] == 0
        auditor = counts(people["auditor"], TABLES + EVENTS)
        assert auditor["rectification_inspection_event"] >= 3  # the time behind the veil can be looked into now

    def test_the_database_holds_secret_and_published_together(self, people, secret):
        with acting_as(people["province"]), pytest.raises(DatabaseError), transaction.atomic():
            Inspection.objects.filter(pk=secret.pk).update(veiled=False)


class TestApplication:
    """Lists, counts, exports, API, search by reference, member pages, histories, inboxes, deadlines."""

    LEDGERS = [
        "inspections",
        "inspection-places",
        "inspection-checks",
        "inspection-results",
        "samples",
        "sample-strata",
        "sample-households",
    ]

    @pytest.mark.parametrize("name", OUTSIDE)
    def test_no_ledger_lists_it(self, people, secret, name):
        user = people[name]
        with acting_as(user):
            for key in self.LEDGERS:
                ledger = registry[key]
                assert ledger.rows(user).count() == 0, key
                assert list(ledger.rows(user).values_list(*(column.path for column in ledger.columns))) == []

    @pytest.mark.parametrize("name", ["drc", "county", "auditor"])
    def test_no_page_and_no_collection_shows_it(self, people, secret, name):
        client = Client(headers={"accept-language": "zh-hans"})
        client.force_login(people[name])
        for key in self.LEDGERS:
            for address in (f"/ledgers/{key}/", f"/api/v1/{key}/?limit=1000"):
                answer_ = client.get(address)
                assert answer_.status_code == 200, address
                assert "雷霆" not in answer_.content.decode(), address
        pages = [
            secret.address,
            f"{secret.address}members/",
            f"{secret.address}checks/new/",
            f"{secret.address}items/",
            secret.record.address,
            f"{secret.record.address}fill/",
            f"/ledgers/inspection-checks/{secret.record.pk}/attachments/",
            secret.photograph.url,
            f"{secret.photograph.url}thumbnail/",
            f"{secret.photograph.url}elsewhere/",
            secret.sample.address,
            f"{secret.sample.address}results/",
            f"{secret.sample.address}redraw/",
            f"{secret.sample.address}frame.txt",
            f"{secret.sample.address}sheets/",
            *(
                f"/ledgers/{key}/{pk}/{tab}"
                for key, pk in [
                    ("inspections", secret.pk),
                    ("inspection-checks", secret.record.pk),
                    ("samples", secret.sample.pk),
                ]
                for tab in ("", "history/")
            ),
            f"/api/v1/inspections/{secret.pk}/",
        ]
        for address in pages:
            assert client.get(address).status_code in (403, 404), address
        assert "雷霆" not in client.get("/inbox/").content.decode()

    def test_it_cannot_be_named_in_a_reference(self, people, secret):
        headers = {"authorization": f"Token {ApiToken.make(people['drc'], 'test')}"}
        body = {"title": "x", "inspection": secret.pk, "frame_on": "2026-06-01", "size": 1}
        answer_ = Client().post("/api/v1/samples/", body, content_type="application/json", headers=headers)
        assert answer_.status_code == 400
        assert [error["code"] for error in answer_.json()["errors"]] == ["unknown_reference"]

    def test_no_deadline_and_no_alert_is_stored(self, people, secret):
        with whole():
            assert not Deadline.objects.exists() and not Alert.objects.exists()

    def test_insiders_see_it_everywhere(self, people, secret):
        for name in INSIDE:
            client = Client(headers={"accept-language": "zh-hans"})
            client.force_login(people[name])
            assert "雷霆" in client.get("/ledgers/inspections/").content.decode(), name
            assert client.get(secret.address).status_code == 200
            assert client.get(f"/ledgers/inspections/{secret.pk}/history/").status_code == 200
            assert client.get(secret.record.address).status_code == 200

    def test_who_is_no_longer_a_member_is_outside(self, people, secret):
        with acting_as(people["province"]):
            set_members(secret, [], by=people["province"], on=NOW)
        assert set(counts(people["member"], TABLES + EVENTS).values()) == {0}

    def test_after_publishing_the_county_reads_it(self, people, secret):
        act(secret, "publish", people["province"])
        client = Client(headers={"accept-language": "zh-hans"})
        client.force_login(people["county"])
        assert "雷霆" in client.get("/ledgers/inspections/").content.decode()
        assert client.get(secret.address).status_code == 200
        assert client.get(secret.record.address).status_code == 200
        assert client.get(secret.photograph.url).status_code == 200
        with acting_as(people["county"]):
            assert Attachment.objects.get().region == world.WANGMO_TOWNSHIP
        assert client.get(secret.sample.address).status_code == 404
        assert "雷霆" in client.get("/inbox/").content.decode()


class TestWays:
    def test_unannounced_is_seen_once_it_starts(self, people):
        found = inspection(people["province"], way="unannounced")
        with acting_as(people["county"]):
            assert not Inspection.objects.exists()
        act(found, "start", people["province"])
        with acting_as(people["county"]):
            assert Inspection.objects.get() == found

    def test_announcing_an_unannounced_one_opens_it(self, people):
        found = inspection(people["province"], way="unannounced", month=7)
        with acting_as(people["province"]):
            save_inspections([{"id": found.pk, "way": "open"}], by=people["province"], on=NOW)
        with acting_as(people["county"]):
            assert Inspection.objects.get() == found
        with whole():
            assert Deadline.objects.get(cleared_on=None).due_on == dt.date(2026, 7, 31)

    @pytest.mark.parametrize(
        ("before", "after", "code"),
        [
            ("open", "secret", "seen_already"),
            ("open", "unannounced", "seen_already"),
            ("secret", "open", "publish_instead"),
            ("secret", "unannounced", "publish_instead"),
        ],
    )
    def test_ways_that_cannot_be_changed(self, people, before, after, code):
        found = inspection(people["province"], way=before)
        with acting_as(people["province"]), pytest.raises(Refused) as stands:
            save_inspections([{"id": found.pk, "way": after}], by=people["province"], on=NOW)
        assert [(p.field, p.code) for p in stands.value.problems] == [("way", code)]

    def test_only_the_organising_unit_enters_one(self, people):
        row = {"year": 2026, "title": "x", "kind": "visit", "way": "secret", "unit": people["drc"].unit}
        with acting_as(people["province"]), pytest.raises(Refused) as stands:
            save_inspections([row], by=people["province"], on=NOW)
        assert [(p.field, p.code) for p in stands.value.problems] == [("way", "not_own_unit")]

    def test_a_cancelled_one_stays_secret(self, people):
        found = inspection(people["province"], way="secret")
        act(found, "cancel", people["province"], reason="另行安排")
        with acting_as(people["county"]):
            assert not Inspection.objects.exists()

    def test_a_county_has_secret_visits_of_its_own(self, people):
        found = inspection(people["county"], way="secret", counties="")
        with acting_as(people["township"]):
            assert not Inspection.objects.exists()
        with acting_as(people["province"]):  # a level above, and outside all the same
            assert not Inspection.objects.exists()
        act(found, "start", people["county"])
        act(found, "publish", people["county"])
        with acting_as(people["province"]):
            assert Inspection.objects.get() == found


def test_a_secret_result_is_no_problem_on_the_ledger_yet(people, secret):
    with acting_as(people["province"]):
        set_members(secret, [people["member"], people["drc"]], by=people["province"], on=NOW)
    kind = ProblemClass.objects.get(region=0, code="N1")
    failed = [
        line.pk for line in answer(secret.record, people["province"], "否", "5", "无") if line.outcome == "failed"
    ]
    with acting_as(people["drc"]), pytest.raises(Refused) as stands:
        items_from_lines(failed, by=people["drc"], values={"problem_class": kind}, on=NOW)
    assert [p.code for p in stands.value.problems] == ["secret"]


def test_a_member_fills_in_checks_behind_the_veil(people, secret):
    member = people["member"]
    home = world.settlement(people["county"], name="打易新村", township=522326101000, location="rural")
    with acting_as(member):
        row = {"inspection": secret, "settlement": home, "visited_on": NOW}
        record = save_checks([row], by=member, on=NOW).objects[0]
    assert (record.region, record.place_region, record.veiled) == (PROVINCE, 522326101000, True)


def test_a_secret_sample_is_not_published_before_its_visit(people, secret):
    with acting_as(people["province"]), pytest.raises(Refused):
        publish(secret.sample, by=people["province"], on=NOW)
    act(secret, "publish", people["province"])
    with acting_as(people["province"]):
        visit = secret.sample.households.filter(reserve=False).first()
        attach(registry["sample-households"], visit, [photograph()], by=people["province"], on=NOW)
    assert counts(people["county"], FILES)["ledgers_attachment"] == 1  # that of the published check alone
    with acting_as(people["province"]):
        publish(secret.sample, by=people["province"], on=NOW)
    assert counts(people["county"], FILES)["ledgers_attachment"] == 2
    seen = counts(people["county"], TABLES)
    assert seen["rectification_sample"] == 1 and seen["rectification_samplehousehold"] == 3
    assert seen["rectification_sampleframe"] == seen["rectification_samplestratum"] == 1
    assert counts(people["other"], TABLES)["rectification_sample"] == 0
