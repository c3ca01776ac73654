"""Old houses, quota projects and land: steps in order, exemptions, and the two sides of a relocation across counties."""

import datetime as dt
import re
from decimal import Decimal

import pytest
from django.test import Client

from alerts.models import Deadline
from common.ledger import registry
from common.problems import Refused
from common.scope import acting_as
from households.actions import save_households, save_persons, void_households
from households.actions.homes import save_homes
from households.actions.origin import save_incomes, save_lands, save_old_houses
from households.models import Household, LandIncome, LandRight, OldHouse, Person, QuotaUse
from households.queries.origin import land_incomes_of, land_progress, old_house_of, progress
from ledgers.actions import save
from ledgers.attachments.actions import attach
from ledgers.checking import clean_rows
from tests import world
from tests.ledgers import attachment_files as make

pytestmark = pytest.mark.django_db
DAY = dt.date(2021, 6, 1)
AGREED, VACATED, BACK, DOWN, CLEARED = (dt.date(2019, month, 1) for month in (3, 5, 6, 7, 9))
HOUSE = {"kind": "1", "area": Decimal(120), "homestead_area": Decimal("0.3"), "agreed_on": AGREED}
STEPS = {"vacated_on": VACATED, "taken_back_on": BACK, "demolished_on": DOWN}
TITLE = {
    "applied_on": CLEARED,
    "first_registered_on": CLEARED,
    "issued_on": CLEARED,
    "certificate_number": "黔（2020）册亨县不动产权第0000001号",
}
DONE = {**STEPS, "reclaimed_on": CLEARED, "reclaimed_area": Decimal("0.3"), "reclaim_use": "1"}


@pytest.fixture
def wangmo(clock):
    clock(DAY)
    return world.user("wangmo", "county", world.WANGMO)


@pytest.fixture
def ceheng():
    return world.user("ceheng", "county", world.CEHENG)


def own(wangmo) -> Household:
    return world.household(wangmo, world.settlement(wangmo), origin_division=522326103000)


@pytest.fixture
def far(wangmo, ceheng) -> Household:
    """Lives in Ceheng, came from Wangmo."""
    home = world.settlement(ceheng, world.CEHENG_TOWNSHIP)
    return world.household(ceheng, home, [world.member("田娜")], origin_division=522326103000, address="1栋101室")


def problems_of(key: str, user, raw: dict) -> list[tuple]:
    with acting_as(user):
        _rows, problems = clean_rows(registry[key], [raw], user)
    return [(p.field, p.code) for p in problems if not p.warning]


@pytest.mark.parametrize(
    ("told", "faults"),
    [
        ({}, []),
        (STEPS, []),
        (DONE, []),
        ({**DONE, "accepted_on": CLEARED}, []),
        ({"vacated_on": AGREED, "taken_back_on": AGREED, "demolished_on": AGREED}, []),  # all on one day
        ({"taken_back_on": BACK}, [("taken_back_on", "step_missing")]),
        ({"demolished_on": DOWN}, [("demolished_on", "step_missing")]),
        ({"vacated_on": VACATED, "demolished_on": DOWN}, [("demolished_on", "step_missing")]),
        ({**STEPS, "taken_back_on": dt.date(2019, 4, 30)}, [("taken_back_on", "step_order")]),
        ({"vacated_on": dt.date(2019, 2, 28)}, [("vacated_on", "before_agreement")]),
        ({"vacated_on": DAY}, []),
        ({"vacated_on": dt.date(2021, 6, 2)}, [("vacated_on", "future_date")]),
        ({**DONE, "reclaimed_area": None}, [("reclaimed_area", "required")]),
        ({**DONE, "reclaimed_area": "0"}, [("reclaimed_area", "bad_area")]),
        ({**DONE, "reclaimed_area": "10.001"}, [("reclaimed_area", "bad_area")]),
        ({**DONE, "accepted_on": dt.date(2019, 8, 31)}, [("accepted_on", "step_order")]),
        ({"area": "0"}, [("area", "bad_area")]),
        ({"area": "1000"}, [("area", "bad_area")]),
        ({"area": "999.99"}, []),
        ({"agreed_on": None, "transition_until": "2021-1-1"}, [("agreed_on", "required")]),
        ({"transition_until": "2019-2-28"}, [("transition_until", "order")]),
        ({"kind": "4", "area": None, **STEPS}, [(name, "no_house") for name in STEPS]),
        ({"kind": "3", "keep_reason": "传统村落"}, [("protection_kind", "required"), ("keep_document", "required")]),
        ({"kind": "3", "keep_reason": "传统村落", "protection_kind": "1", "keep_document": "望府〔2019〕1号"}, []),
        ({"kind": "2", "keep_reason": "连体房", "keep_document": "望府〔2019〕1号"}, []),
        (
            {"kind": "2", "keep_reason": "连体房", "keep_document": "望府〔2019〕1号", **STEPS},
            [("demolished_on", "kept")],
        ),
        ({"disposal": "保留"}, [("keep_ground", "required")]),
        ({**DONE, "disposal": "保留"}, [("disposal", "kept")]),
        ({**DONE, "disposal": "拆除"}, []),
    ],
)
def test_the_steps_go_in_order_and_what_cannot_be_is_refused(wangmo, told, faults):
    found = own(wangmo)
    assert problems_of("old-houses", wangmo, {"household": found.code, **HOUSE, **told}) == faults
    if not faults:
        with acting_as(wangmo):
            rows, _problems = clean_rows(registry["old-houses"], [{"household": found.code, **HOUSE, **told}], wangmo)
            save_old_houses(rows, by=wangmo)
            stored = OldHouse.objects.get()
        client = Client()
        client.force_login(wangmo)
        page = client.get(f"/households/{found.code}/").content.decode()
        assert f"<dt>旧房处置方式</dt><dd>{stored.get_disposal_display() or '—'}</dd>" in page or stored.kind == "4"
        steps = ("vacated_on", "taken_back_on", "demolished_on", "reclaimed_on")
        assert stored.step == str(sum(1 for name in steps if told.get(name)))
        assert (stored.region, stored.owner_name) == (522326103000, "甲一")


def test_what_is_implausible_is_told_after_the_save_too(wangmo):
    found = own(wangmo)
    client = Client()
    client.force_login(wangmo)
    told = {name: str(value) for name, value in {**HOUSE, **DONE, "area": "480", "reclaimed_area": "5"}.items()}
    sent = {"household": found.code, "form_id": "5a7c9d3e-0000-4000-8000-000000000001", **told}
    page = client.post("/ledgers/old-houses/new/", sent, follow=True).content.decode()
    notices = re.findall(r'class="notice tone-(\w+)"><strong>[^<]*</strong><span>([^<]*)<', page)
    assert [tone for tone, _words in notices] == ["good", "warn", "warn"]
    assert "旧房面积" in notices[1][1] and "480" in notices[1][1] and "复垦复绿面积" in notices[2][1]


def test_a_house_is_due_at_the_end_of_the_transition_until_it_is_gone_or_kept(wangmo):
    found = own(wangmo)
    with acting_as(wangmo):
        save_old_houses([{"household": found.code, **HOUSE, "transition_until": dt.date(2021, 5, 31)}], by=wangmo)
        due = Deadline.objects.get(kind="old-house-transition", cleared_on=None)
        assert (due.due_on, due.region) == (dt.date(2021, 5, 31), 522326103000)
        assert progress(world.WANGMO, wangmo, DAY)[0].counts["overdue"] == 1
        save_old_houses([{"household": found.code, **STEPS}], by=wangmo)
        assert not Deadline.objects.filter(kind="old-house-transition", cleared_on=None).exists()
        counts = progress(world.WANGMO, wangmo, DAY)[0].counts
    assert (counts["due"], counts["demolished"], counts["reclaimed"], counts["overdue"]) == (1, 1, 0, 0)


def test_each_side_edits_its_own_and_reads_the_other(wangmo, ceheng, far):
    assert problems_of("old-houses", ceheng, {"household": far.code, **HOUSE}) == [("household", "out_of_scope")]
    with acting_as(ceheng), pytest.raises(Refused):
        save_old_houses([{"household": far.code, **HOUSE}], by=ceheng)
    assert problems_of("homes", wangmo, {"household": far.code, "area": "20"}) == [("household", "unknown_reference")]
    with acting_as(wangmo):
        save_old_houses([{"household": far.code, **HOUSE, **STEPS}], by=wangmo)
        save_lands([{"household": far.code, "kind": "1", "area": Decimal(3)}], by=wangmo)
        save_incomes([{"household": far.code, "year": 2020, "kind": "rent", "amount": Decimal(900)}], by=wangmo)
    other = world.user("zhenfeng", "county", 522325000000)
    for user, sees, rows in ((ceheng, True, 0), (wangmo, True, 1), (other, False, 0)):
        with acting_as(user):
            assert OldHouse.objects.count() == rows, user
            assert (old_house_of(far.pk) is not None) is sees, user
            assert len(land_incomes_of(far.pk)) == sees, user
        client = Client()
        client.force_login(user)
        answer = client.get(f"/households/{far.code}/")
        assert (answer.status_code == 200) is sees, user
        if sees:
            page = answer.content.decode()
            assert "2019-07-01" in page and "1栋101室" in page and "900" in page, user
            assert ("/ledgers/old-houses/" in page) is (user == wangmo), user
        listed = far.code in client.get("/old-houses/outgoing/").content.decode()
        assert listed is (user == wangmo), user  # to Ceheng it is one of its own
    with acting_as(wangmo):
        assert not Household.objects.filter(pk=far.pk).exists()


def test_what_the_origin_keeps_follows_the_household(wangmo, ceheng, far):
    with acting_as(wangmo):
        save_old_houses([{"household": far.code, **HOUSE, "transition_until": dt.date(2022, 1, 1)}], by=wangmo)
    with acting_as(ceheng):
        head = Person.objects.get(household=far)
        save_persons([{"id": head.pk, "name": "田小娜"}], by=ceheng)
        save_households([{"id": far.pk, "origin_division": 522326102000}], by=ceheng)
        with pytest.raises(Refused) as refused:
            save_households([{"id": far.pk, "origin_division": 522325001000}], by=ceheng)
        assert refused.value.problems[0].code == "origin_kept" and "望谟县" in refused.value.problems[0].message
    with acting_as(wangmo):
        stored = OldHouse.objects.get()
        assert (stored.owner_name, stored.region) == ("田小娜", 522326102000)
    with acting_as(ceheng):
        void_households([far.pk], reason="重复录入", by=ceheng)
    with acting_as(wangmo):
        assert OldHouse.objects.get().void_reason == "重复录入"
        assert not Deadline.objects.filter(kind="old-house-transition", cleared_on=None).exists()


def test_income_of_a_quota_project_is_used_in_order(wangmo):
    with acting_as(wangmo):
        row = {"number": "GZ-1", "name": "一期", "division": world.WANGMO, "approved_area": Decimal(100)}
        row |= {"income": Decimal(1000), "traded_on": dt.date(2020, 1, 1), "due_compensation": Decimal(600)}
        [project] = save(registry["quota-projects"], [row], by=wangmo).objects
        raw = {"project": "GZ-1", "kind": "support", "amount": "400", "paid_on": "2020-2-1", "document": "凭证1"}
        rows, problems = clean_rows(registry["quota-uses"], [raw], wangmo)
        assert [(p.code, p.warning) for p in problems] == [("use_order", True)]
        first = {**raw, "kind": "compensation", "amount": "600", "document": "凭证2"}
        rows, problems = clean_rows(registry["quota-uses"], [first, raw], wangmo)
        assert problems == []
        save(registry["quota-uses"], rows, by=wangmo)
        assert set(QuotaUse.objects.values_list("region", "project")) == {(world.WANGMO, project.pk)}
        more = {**raw, "kind": "other", "amount": "0.01", "document": "凭证3"}
        assert [p.code for p in clean_rows(registry["quota-uses"], [more], wangmo)[1]] == ["out_of_range"]
        found = own(wangmo)
        rows, _problems = clean_rows(
            registry["old-houses"], [{"household": found.code, **HOUSE, **DONE, "project": "一期"}], wangmo
        )
        save_old_houses(rows, by=wangmo)
        assert progress(world.WANGMO, wangmo, DAY)[0].counts["in_project"] == 1


@pytest.mark.parametrize(
    ("told", "faults"),
    [
        ({"area": "2.5", "way": "流转", "way_from": "2019-1-1"}, []),
        ({"area": "0"}, [("area", "bad_area")]),
        ({"area": "2", "state": "依法征收"}, [("changed_on", "required"), ("change_reason", "required")]),
        ({"area": "2", "change_reason": "修路"}, [("state", "order")]),
        ({"area": "2", "way_from": "2019-1-1"}, [("way", "required")]),
        ({"area": "2", "way": "入股", "way_from": "2019-1-1", "way_to": "2018-1-1"}, [("way_to", "order")]),
    ],
)
def test_rights_to_land_stay_unless_there_is_a_reason(wangmo, told, faults):
    assert problems_of("land-rights", wangmo, {"household": own(wangmo).code, "kind": "承包地", **told}) == faults


def test_land_in_use_and_its_yearly_income(wangmo):
    first, second = own(wangmo), own(wangmo)
    with acting_as(wangmo):
        save_lands(
            [
                {"household": first.code, "kind": "1", "area": Decimal(3), "way": "1"},
                {"household": first.code, "kind": "2", "area": Decimal(8)},
                {"household": second.code, "kind": "1", "area": Decimal(2)},
            ],
            by=wangmo,
        )
        assert land_progress(LandRight.objects.all()) == {"holding": 2, "used": 1}
        row = {"household": first.code, "year": 2020, "land": "1", "kind": "rent", "amount": Decimal(500)}
        save_incomes([row], by=wangmo)
        save_incomes([{**row, "amount": Decimal(600)}], by=wangmo)
        assert LandIncome.objects.get().amount == 600
    assert problems_of("land-incomes", wangmo, {**row, "year": 2022}) == [("year", "future_date")]


def test_files_and_quota_project_are_read_by_both_sides_and_by_nobody_else(wangmo, ceheng, far, settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path

    def photograph(by, key: str, subject, group: str):
        with acting_as(by):
            return attach(registry[key], subject, [make.upload("a.jpg", make.jpeg())], by=by, group=group)[0]

    with acting_as(wangmo):
        row = {"number": "GZ-1", "name": "一期挂钩", "division": world.WANGMO, "approved_area": Decimal(100)}
        row |= {"income": Decimal(1000), "traded_on": dt.date(2020, 1, 1), "due_compensation": Decimal(600)}
        [project] = save(registry["quota-projects"], [row], by=wangmo).objects
        use = {"project": project, "kind": "compensation", "amount": Decimal("600"), "paid_on": dt.date(2020, 2, 1)}
        save(registry["quota-uses"], [{**use, "document": "凭证七"}], by=wangmo)
        [house] = save_old_houses([{"household": far.code, **HOUSE, **DONE, "project": project}], by=wangmo).objects
    with acting_as(ceheng):
        [home] = save_homes([{"household": far, "area": Decimal(75), **TITLE}], by=ceheng).objects
    files = {
        "step": photograph(wangmo, "old-houses", house, "demolished"),
        "home": photograph(ceheng, "homes", home, "home"),
        "new": photograph(ceheng, "households", far, "new-home"),
        "family": photograph(ceheng, "households", far, "family"),
    }
    both = {"step", "home", "new"}
    stranger = world.user("zhenfeng", "county", 522325000000)
    # Its hull holds both counties, its scope neither.
    between = world.user("apart", "county", 522325000000, 522328000000)
    for user, through_the_file, kept in (
        (wangmo, both, {"step"}),
        (ceheng, both, {"home", "new", "family"}),
        (stranger, set(), set()),
        (between, set(), set()),
    ):
        client = Client()
        client.force_login(user)
        for name, file in files.items():
            for tail in ("", "thumbnail/"):
                through = client.get(f"/households/{far.code}/files/{file.pk}/{tail}").status_code
                assert (through == 200) is (name in through_the_file), (user, name)
                assert through in (200, 404)
                assert (client.get(f"{file.url}{tail}").status_code == 200) is (name in kept), (user, name)
            assert (client.get(f"{file.url}withdraw/").status_code == 200) is (name in kept), (user, name)
        page = client.get(f"/households/{far.code}/")
        assert page.status_code == (200 if through_the_file else 404), user
        if through_the_file:
            text = page.content.decode()
            assert "一期挂钩" in text and "凭证七" in text and "1,000" in text, user
            assert "黔（2020）册亨县不动产权第0000001号" in text, user
            assert f"/households/{far.code}/files/{files['step'].pk}/" in text, user
            assert (f"/ledgers/quota-projects/{project.pk}/" in text) is (user == wangmo)
    client = Client()
    client.force_login(wangmo)
    assert client.get(f"/households/{own(wangmo).code}/files/{files['step'].pk}/").status_code == 404
