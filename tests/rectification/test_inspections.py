"""Yearly plans and inspections: who keeps them, what they cover, the acts that move them, deadlines, what R-242 asks."""

import datetime as dt

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import IntegrityError, transaction

from alerts.inbox import SOURCES
from alerts.models import Alert, Deadline
from common.ledger import registry
from common.problems import Refused
from common.scope import acting_as, whole
from divisions.models import Unit
from ledgers import actions as ledger_actions
from ledgers.checking import clean_rows
from rectification.actions.inspections import save_inspections
from rectification.actions.inspections_members import ask_self_checks, set_members
from rectification.models import Inspection, InspectionPlace
from rectification.models.inspections_lists import SOURCE_OF_KIND
from rectification.queries.inspections_places import counties_of, divisions_named
from tests import world
from tests.rectification.inspecting import NOW, PROVINCE, act, checklist, field_check, inspection, refused, team

pytestmark = pytest.mark.django_db


@pytest.fixture
def people(db, clock):
    clock(NOW)
    return team()


def again(row):
    with whole():
        row.refresh_from_db()
    return row


class TestPlaces:
    @pytest.mark.parametrize(
        ("text", "codes"),
        [
            ("望谟县", [522326000000]),
            ("522326、册亨县", [522326000000, 522327000000]),
            ("黔西南布依族苗族自治州", [522300000000]),
            ("", []),
        ],
    )
    def test_names_and_codes_are_understood(self, people, text, codes):
        found = divisions_named(text, PROVINCE)
        assert (found.codes, found.faults) == (codes, [])

    def test_a_city_stands_for_its_counties_and_nothing_for_all(self, people):
        of_city = counties_of([522300000000], PROVINCE)
        assert 522326000000 in of_city and len(of_city) == 8
        assert set(of_city) < set(counties_of([], PROVINCE))
        assert counties_of([world.WANGMO_TOWNSHIP], PROVINCE) == [world.WANGMO_TOWNSHIP]
        assert counties_of([], world.WANGMO) == [world.WANGMO]

    @pytest.mark.parametrize("text", ["咸阳市", "无此县", "999999", "610400000000"])
    def test_a_place_elsewhere_is_told(self, people, text):
        with acting_as(people.province):
            assert refused(
                save_inspections,
                [{"year": 2026, "title": "检查", "kind": "visit", "counties": text}],
                by=people.province,
            ) == {("counties", "unknown_division")}

    def test_counties_get_rows_of_their_own_region(self, people):
        found = inspection(people.province)
        with whole():
            rows = list(InspectionPlace.objects.order_by("division").values_list("division", "region", "veiled"))
        assert rows == [(world.WANGMO, world.WANGMO, False), (world.CEHENG, world.CEHENG, False)]
        with acting_as(people.province):
            save_inspections([{"id": found.pk, "counties": "望谟县"}], by=people.province, on=NOW)
        with whole():
            assert [place.division for place in found.places.all()] == [world.WANGMO]


class TestKeeping:
    def test_a_blank_unit_is_ones_own(self, people):
        found = inspection(people.county, kind="self_check", counties="")
        assert (found.unit, found.region, found.author) == (people.county.unit, world.WANGMO, people.county)

    def test_a_unit_of_another_level_is_refused(self, people):
        with acting_as(people.province):
            rows = [{"year": 2026, "title": "检查", "kind": "visit", "unit": people.county.unit}]
            assert refused(save_inspections, rows, by=people.province) == {("unit", "out_of_scope")}

    def test_a_unit_outside_the_region_is_refused(self, people):
        far = Unit.objects.create(name="咸阳市发改委", region=world.XIANYANG)
        with acting_as(people.province):
            rows = [{"year": 2026, "title": "检查", "kind": "visit", "unit": far}]
            assert refused(save_inspections, rows, by=people.province) == {("unit", "out_of_scope")}

    def test_an_account_without_unit_names_one(self, people):
        nobody = world.user("nobody", "province", PROVINCE)
        with acting_as(nobody):
            rows = [{"year": 2026, "title": "检查", "kind": "visit"}]
            assert refused(save_inspections, rows, by=nobody) == {("unit", "required")}
            saved = save_inspections([{**rows[0], "unit": people.drc.unit}], by=nobody, on=NOW)
        assert saved.objects[0].unit == people.drc.unit

    def test_a_covered_county_reads_and_changes_nothing(self, people):
        found = inspection(people.province)
        with acting_as(people.county):
            assert Inspection.objects.visible_to(people.county).get() == found
            assert refused(save_inspections, [{"id": found.pk, "title": "改名"}], by=people.county) == {
                ("", "out_of_scope")
            }
            with pytest.raises(PermissionDenied):
                ledger_actions.void(registry["inspections"], [found.pk], "误", people.county)
        assert again(found).title != "改名"

    def test_a_province_does_not_write_a_countys_self_check(self, people):
        found = inspection(people.county, kind="self_check", counties="")
        with acting_as(people.drc):
            assert refused(save_inspections, [{"id": found.pk, "title": "改名"}], by=people.drc) == {
                ("", "out_of_scope")
            }

    @pytest.mark.parametrize(
        ("values", "field"),
        [
            ({"to_on": dt.date(2026, 5, 1)}, "from_on"),
            ({"from_on": dt.date(2026, 5, 2), "to_on": dt.date(2026, 5, 1)}, "to_on"),
            ({"from_on": dt.date(2025, 5, 2)}, "from_on"),
            ({"kind": "third_party"}, "outside_organiser"),
            ({"kind": "self_check", "way": "secret"}, "way"),
        ],
    )
    def test_values_that_do_not_agree(self, people, values, field):
        row = {"year": 2026, "title": "检查", "kind": "visit", **values}
        with acting_as(people.province), pytest.raises(ValidationError) as found:
            save_inspections([row], by=people.province)
        assert field in found.value.message_dict
        raw = {name: str(value) for name, value in row.items()}
        with acting_as(people.province):
            _rows, problems = clean_rows(registry["inspections"], [raw | {"unit": ""}], people.province)
        assert field in {problem.field for problem in problems}

    def test_the_same_title_twice_is_the_same_inspection(self, people):
        first = inspection(people.province, title="春季检查")
        second = inspection(people.province, title="春季检查", focus="就业")
        assert (second.pk, second.version) == (first.pk, 2)

    def test_a_voided_one_frees_its_title(self, people):
        first = inspection(people.province, title="春季检查", month=9)
        with acting_as(people.province):
            ledger_actions.void(registry["inspections"], [first.pk], "重复录入", people.province, NOW)
            assert not Deadline.objects.filter(cleared_on=None).exists()
        assert inspection(people.province, title="春季检查").pk != first.pk

    def test_every_kind_has_a_source_for_its_problems(self):
        from common.codes import code_list

        assert set(code_list("inspection_kind").items) == set(SOURCE_OF_KIND)
        assert set(SOURCE_OF_KIND.values()) <= set(code_list("inspection_source").items)


class TestActs:
    def test_from_plan_to_closing(self, people):
        found = inspection(people.province, month=6, feed_back_by=dt.date(2026, 7, 15))
        with whole():
            due = dict(Deadline.objects.filter(cleared_on=None).values_list("kind", "due_on"))
        assert due == {
            "inspection-planned": dt.date(2026, 6, 30),
            "inspection-feedback": dt.date(2026, 7, 15),
        }
        act(found, "start", people.province)
        assert (again(found).state, found.from_on) == ("under_way", NOW)
        with whole():
            assert list(Deadline.objects.filter(cleared_on=None).values_list("kind", flat=True)) == [
                "inspection-feedback"
            ]
        act(found, "feed_back", people.colleague)
        assert (again(found).state, found.fed_back_on, found.to_on) == ("fed_back", NOW, NOW)
        with whole():
            assert not Deadline.objects.filter(cleared_on=None).exists()
            told = Alert.objects.filter(ended_on=None).order_by("region")
            assert [(alert.region, alert.address) for alert in told] == [
                (world.WANGMO, found.address),
                (world.CEHENG, found.address),
            ]
        act(found, "close", people.province)
        assert (again(found).state, found.closed_on) == ("closed", NOW)
        with whole():
            assert not Alert.objects.filter(ended_on=None).exists()

    @pytest.mark.parametrize(
        ("state", "possible"),
        [
            ("planned", {"start", "cancel"}),
            ("under_way", {"feed_back", "cancel"}),
            ("fed_back", {"close"}),
            ("closed", set()),
            ("cancelled", set()),
        ],
    )
    def test_what_each_state_allows(self, people, state, possible):
        found = inspection(people.province)
        ways = {
            "under_way": ["start"],
            "fed_back": ["start", "feed_back"],
            "closed": ["start", "feed_back", "close"],
            "cancelled": ["cancel"],
        }
        for key in ways.get(state, []):
            act(found, key, people.province, reason="计划调整")
        for key in ("start", "feed_back", "close", "cancel"):
            if key not in possible:
                with pytest.raises(Refused) as stands:
                    act(again(found), key, people.province, reason="计划调整")
                assert stands.value.problems[0].code == "not_now"
                assert again(found).state == state
        assert possible == {row.key for row, reason in _acts(found, people.province) if not reason}

    def test_publishing_is_for_secret_visits(self, people):
        found = inspection(people.province)
        act(found, "start", people.province)
        with pytest.raises(Refused):
            act(found, "publish", people.province)

    @pytest.mark.parametrize(
        ("key", "told", "field"),
        [
            ("feed_back", {"findings": " "}, "findings"),
            ("feed_back", {"day": NOW + dt.timedelta(1)}, "day"),
            ("feed_back", {"day": NOW - dt.timedelta(1)}, "day"),
            ("cancel", {}, "reason"),
        ],
    )
    def test_what_an_act_must_be_told(self, people, key, told, field):
        found = inspection(people.province)
        act(found, "start", people.province)
        with pytest.raises(Refused) as stands:
            act(found, key, people.province, **told)
        assert field in {problem.field for problem in stands.value.problems}
        assert again(found).state == "under_way"

    def test_those_who_look_on_do_nothing(self, people):
        found = inspection(people.province)
        for user in (people.city, people.county, people.other):
            with pytest.raises((Refused, PermissionDenied, Inspection.DoesNotExist)):
                act(found, "start", user)
        with pytest.raises(PermissionDenied):
            act(found, "start", people.auditor)
        assert again(found).state == "planned"

    def test_field_checks_that_are_only_begun_stand_in_the_way(self, people):
        found = inspection(people.province)
        act(found, "start", people.province)
        field_check(found, people.province, world.settlement(people.county), checklist(people.province))
        with pytest.raises(Refused, match="1"):
            act(found, "feed_back", people.province)

    def test_a_closed_one_is_no_longer_changed(self, people):
        found = inspection(people.province)
        for key in ("start", "feed_back", "close"):
            act(found, key, people.province)
        with acting_as(people.province):
            assert refused(save_inspections, [{"id": found.pk, "focus": "x"}], by=people.province) == {
                ("", "no_change")
            }

    def test_the_database_knows_what_fed_back_means(self, people):
        found = inspection(people.province)
        with acting_as(people.province), pytest.raises(IntegrityError), transaction.atomic():
            Inspection.objects.filter(pk=found.pk).update(state="closed")


def _acts(found, user):
    from rectification.queries.inspections_rights import acts_for

    with acting_as(user):
        return acts_for(found, user)


class TestSelfChecks:
    def test_each_county_is_asked_once(self, people):
        found = inspection(people.province)
        by = dt.date(2026, 7, 20)
        with acting_as(people.province):
            asked = ask_self_checks(found, by=people.province, feed_back_by=by, on=NOW)
            assert ask_self_checks(found, by=people.province, feed_back_by=by, on=NOW) == []
        assert [(row.region, row.unit, row.kind) for row in asked] == [
            (world.WANGMO, people.county.unit, "self_check"),
            (world.CEHENG, people.other.unit, "self_check"),
        ]
        with whole():
            assert Deadline.objects.filter(region=world.WANGMO, due_on=by, cleared_on=None).exists()
        mine = act(asked[0], "start", people.county)
        assert act(mine, "feed_back", people.county).state == "fed_back"
        with acting_as(people.province):
            assert Inspection.objects.visible_to(people.province).filter(parent=found, state="fed_back").count() == 1

    def test_a_county_without_unit_is_told(self, people):
        found = inspection(people.province, counties="安龙县")
        with acting_as(people.province):
            assert refused(ask_self_checks, found, by=people.province, feed_back_by=NOW, on=NOW) == {
                ("counties", "no_unit")
            }

    def test_a_secret_visit_asks_nobody(self, people):
        found = inspection(people.province, way="secret")
        with acting_as(people.province):
            assert refused(ask_self_checks, found, by=people.province, feed_back_by=NOW - dt.timedelta(1), on=NOW) == {
                ("", "secret"),
                ("feed_back_by", "past_date"),
            }


class TestMembers:
    def test_a_member_must_reach_the_area(self, people):
        found = inspection(people.province)
        with acting_as(people.province):
            assert refused(set_members, found, [people.county], by=people.province) == {("members", "out_of_scope")}
            set_members(found, [people.drc], by=people.province, on=NOW)
        act(found, "start", people.drc)
        assert again(found).state == "under_way"

    def test_one_does_not_lock_oneself_out(self, people):
        found = inspection(people.province, way="secret")
        with acting_as(people.province):
            set_members(found, [people.drc], by=people.province, on=NOW)
        with acting_as(people.drc):
            assert refused(set_members, found, [], by=people.drc) == {("members", "own_membership")}


class TestInbox:
    def tasks(self, user):
        source = next(source for source in SOURCES if source.key == "inspections")
        with acting_as(user):
            return [(task.url, task.due_on) for task in source.find(user, NOW, 50)[1]]

    def test_those_who_carry_it_out_have_it_in_their_inbox(self, people):
        found = inspection(people.province, month=6, way="secret")
        inspection(people.province, month=12)
        expected = [(found.address, dt.date(2026, 6, 30))]
        assert self.tasks(people.province) == self.tasks(people.colleague) == expected
        for user in (people.drc, people.auditor, people.city, people.county):
            assert self.tasks(user) == []

    def test_a_check_that_was_begun(self, people):
        found = inspection(people.province)
        act(found, "start", people.province)
        record = field_check(found, people.province, world.settlement(people.county), checklist(people.province))
        assert self.tasks(people.province) == [(f"{record.address}fill/", None)]
        assert self.tasks(people.colleague) == []
