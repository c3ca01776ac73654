"""What is corrected before a problem is given out: what is due follows, its record goes along, nothing is left half told."""

import datetime as dt

import pytest
from django.core.exceptions import PermissionDenied

from common.problems import Refused
from common.scope import acting_as, whole
from ledgers.checking import clean_rows
from rectification.actions.items import save_items, save_problem_classes, set_co_units, void_items
from rectification.ledgers.items import items as ledger
from rectification.models import ItemMove, ItemUnit, ProblemClass
from tests import world
from tests.rectification.conftest import DEADLINE, NOTICE_ENDS, NOW, act, again, asked, bring_to, problem
from tests.rectification.offices import client_of
from tests.rectification.test_items import codes, open_deadlines, refusal

pytestmark = pytest.mark.django_db


def correct(item, by, **values):
    with acting_as(by):
        save_items([{"id": item.pk, **values}], by=by, on=NOW)
    again(item)


def test_what_is_due_follows_a_correction(people):
    item = bring_to(people, "registered")
    later = DEADLINE + dt.timedelta(30)
    correct(item, people.county, deadline_on=later, lead_unit=people.county.unit)
    assert open_deadlines(item) == {"rectification-due": later}
    assert item.first_deadline_on == later  # nobody had been given it: this is no extension


def test_a_voided_problem_is_due_no_more(people):
    item = bring_to(people, "registered")
    with acting_as(people.bureau), pytest.raises(PermissionDenied):
        void_items([item.pk], reason="不是我局的", by=people.bureau)
    with acting_as(people.auditor), pytest.raises(PermissionDenied):
        void_items([item.pk], reason="x", by=people.auditor)
    assert open_deadlines(item) == {"rectification-due": DEADLINE}
    with acting_as(people.county):
        void_items([item.pk], reason="重复录入", by=people.county)
    assert open_deadlines(item) == {}
    assert "重复录入" in asked(again(item), "assign", people.county)


def test_what_is_registered_is_not_emptied(people):
    item, draft = bring_to(people, "registered"), problem(people)
    with acting_as(people.county):
        for one, expected in ((item, {("target", "required"), ("measures", "required")}), (draft, set())):
            row = {"id": str(one.pk), "target": "", "measures": ""}
            _rows, problems = clean_rows(ledger, [row], people.county, partial=True)
            assert {(found.field, found.code) for found in problems} == expected


def test_another_division_takes_the_record_along(people):
    world.settlement(people.county, name="平洞社区")
    far = world.settlement(people.other, world.CEHENG_TOWNSHIP, name="高洛社区")
    item = bring_to(people, "registered", by=people.drc, place_names="平洞社区", lead_unit=people.drc.unit)
    with acting_as(people.drc):
        set_co_units(item, [(people.city.unit, "")], by=people.drc)
        named = {"id": item.pk, "division": world.CEHENG}
        assert ("place_names", "unknown_settlement") in codes(refusal(save_items, [named], by=people.drc))
        save_items([{**named, "place_names": far.name}], by=people.drc)
    with acting_as(people.other):
        assert {one.region for one in ItemMove.objects.filter(item=item)} == {world.CEHENG}
        assert [one.region for one in ItemUnit.objects.filter(item=item)] == [world.CEHENG]
        assert [one.settlement_id for one in again(item).places.all()] == [far.pk]
    assert item.number.startswith("522326-")  # the number that was given stays


def test_a_row_out_of_reach_is_refused_not_entered(people):
    item = problem(people)
    for user in (people.other, people.township):
        with acting_as(user):
            assert codes(refusal(save_items, [{"id": item.pk, "remark": "x"}], by=user)) == {("number", "out_of_scope")}
            assert codes(refusal(set_co_units, item, [], by=user)) == {("", "not_allowed")}


def test_a_closing_number_is_given_once(people):
    first = bring_to(people, "closed")
    given = first.closing_number
    act(first, "reopen", people.city, on=NOTICE_ENDS)
    second = bring_to(people, "closed")
    assert (given, second.closing_number) == ("XH522326-2026-0001", "XH522326-2026-0002")


def test_a_false_rectification_is_not_merged_away(people):
    item, into = bring_to(people, "false_found"), problem(people)
    act(item, "assign", people.county, on=NOTICE_ENDS, deadline_on=DEADLINE)
    assert "522326" not in (reason := asked(item, "merge", people.county)) and reason
    assert codes(refusal(act, item, "merge", people.county, into=into, opinion="重复")) == {("", "not_allowed")}
    act(into, "register", people.county)
    act(into, "merge", people.county, into=item, opinion="重复")
    assert "rectification-referral" in open_deadlines(item)


def test_a_class_list_is_the_provinces(people):
    """Its province edits it, at two levels; below and elsewhere it is read."""
    with acting_as(people.province):
        [top] = save_problem_classes([{"code": "GZ1", "name": "住房安全"}], by=people.province).objects
        [aspect] = save_problem_classes(
            [{"code": "GZ1-1", "name": "外墙渗漏", "parent": top}], by=people.province
        ).objects
        assert (top.region, aspect.region) == (520000000000, 520000000000)
        with pytest.raises(Refused):
            save_problem_classes([{"id": ProblemClass.objects.get(code="N1").pk, "name": "改名"}], by=people.province)
    for user in (people.county, people.township, people.city):
        with acting_as(user), pytest.raises((PermissionDenied, Refused)):
            save_problem_classes([{"code": "GZ2", "name": "县里的"}], by=user)
    with whole():
        assert set(ProblemClass.objects.exclude(region=0).values_list("code", flat=True)) == {"GZ1", "GZ1-1"}
    shaanxi = world.user("shaanxi", "province", 610000000000)
    with acting_as(shaanxi):
        assert not ProblemClass.objects.visible_to(shaanxi).filter(code__startswith="GZ").exists()
    assert problem(people, problem_class=aspect).problem_class.parent_id == top.pk


def test_a_relapse_is_linked_to_the_first_problem(people):
    """Also one of a relapse; a far county's, a later one or its own relapse is none."""
    first = bring_to(people, "closed")
    second = problem(people, relapse_of=first, found_on=NOW)
    third = problem(people, relapse_of=second, found_on=NOW)
    assert (second.relapse_of_id, third.relapse_of_id) == (first.pk, first.pk)
    far = problem(people, by=people.other, division=world.CEHENG, lead_unit=people.other.unit)
    later = problem(people, found_on=NOW)
    with acting_as(people.drc):
        for wrong, day in ((far, NOW), (later, NOW - dt.timedelta(5))):
            row = {
                "source": "04", "problem_class": "N1", "found_on": day.isoformat(), "division": str(world.WANGMO),
                "description": "渗水", "relapse_of": wrong.number,
            }  # fmt: skip
            _rows, problems = clean_rows(ledger, [row], people.drc)
            assert {(one.field, one.code) for one in problems} == {("relapse_of", "bad_relapse")}
    page = client_of(people.county).get(first.address).content.decode()
    assert second.number in page and third.number in page
