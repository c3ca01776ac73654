"""Problems are entered, corrected and moved: who may, what is needed, what follows."""

import datetime as dt

import pytest
from django.core.exceptions import PermissionDenied
from django.core.management import call_command
from django.db import IntegrityError, connection, transaction

from alerts.models import Deadline
from common.problems import Refused
from common.scope import acting_as, whole
from divisions.models import Unit
from rectification.actions.items import save_items, set_co_units, void_items
from rectification.actions.moves import mark_places, move, move_many
from rectification.models import ItemMove, ItemPlace, ProblemClass, RectificationItem
from rectification.queries.rights import acts_for, why_not
from rectification.states import ACTS, OPEN, STATES, WITH_UNIT, Actor, drawing
from tests import world
from tests.rectification.conftest import (
    DEADLINE,
    NOTICE_ENDS,
    NOW,
    TOLD,
    act,
    again,
    asked,
    bring_to,
    evidence,
    problem,
)

pytestmark = pytest.mark.django_db


def refusal(call, *arguments, **named) -> Refused:
    with pytest.raises(Refused) as caught, transaction.atomic():
        call(*arguments, **named)
    return caught.value


def codes(refused: Refused) -> set[tuple[str, str]]:
    return {(found.field, found.code) for found in refused.problems}


def open_deadlines(item) -> dict[str, dt.date]:
    with whole():
        rows = Deadline.objects.filter(subject_id=item.pk, ledger="rectification-items", cleared_on=None)
        return {row.kind: row.due_on if row.paused_on is None else None for row in rows}


# --- Entering ---------------------------------------------------------------------------------------------------------


def test_numbers_run_through_the_county_and_year(people):
    first, second = problem(people), problem(people, by=people.township, division=world.WANGMO_TOWNSHIP)
    third = problem(people, by=people.other, division=world.CEHENG, lead_unit=people.other.unit)
    assert [one.number for one in (first, second, third)] == [
        "522326-2026-0001",
        "522326-2026-0002",
        "522327-2026-0001",
    ]


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ({"deadline_on": dt.date(2026, 3, 1)}, ("deadline_on", "deadline_too_early")),
        ({"found_on": dt.date(2026, 3, 11)}, ("found_on", "future_date")),
        ({"lead_unit": "other"}, ("lead_unit", "unit_outside")),
        ({"place_names": "没有的社区"}, ("place_names", "unknown_settlement")),
    ],
)
def test_what_does_not_fit_is_refused_and_nothing_is_written(people, values, expected):
    from common.ledger import registry
    from ledgers.checking import clean_rows

    if values.get("lead_unit") == "other":
        values = {"lead_unit": Unit.objects.get(name="册亨县生态移民局").pk}
    row = {
        "source": "04", "problem_class": "N1", "found_on": "2026-03-02", "division": "522326000000",
        "description": "渗水", "deadline_on": "2026-06-30", "lead_unit": people.bureau_unit.name,
        **{name: str(value) for name, value in values.items()},
    }  # fmt: skip
    user = people.drc if expected[0] == "lead_unit" else people.county
    with acting_as(user):
        _rows, problems = clean_rows(registry["rectification-items"], [row], user)
    assert expected in {(found.field, found.code) for found in problems}
    assert not RectificationItem.objects.exists()


def test_a_red_line_follows_the_class_and_its_aspects(people):
    red = ProblemClass.objects.get(code="R3")
    with whole():
        aspect = ProblemClass.objects.create(region=520000000000, code="R3-1", name="外墙渗漏", parent=red)
    assert problem(people, kind="R1").red_line
    assert not problem(people, kind="N2").red_line
    assert problem(people, problem_class=aspect).red_line


def test_places_follow_the_names_and_lie_in_one_county(people):
    one = world.settlement(people.county, name="平洞社区")
    two = world.settlement(people.county, name="蟠桃社区")
    far = world.settlement(people.other, world.CEHENG_TOWNSHIP, name="高洛社区")
    item = problem(people, place_names="平洞社区、蟠桃社区")
    with acting_as(people.county):
        assert {place.settlement_id for place in item.places.all()} == {one.pk, two.pk}
        save_items([{"id": item.pk, "place_names": "平洞社区"}], by=people.county)
        assert [place.settlement_id for place in item.places.all()] == [one.pk]
    with acting_as(people.drc):
        refused = refusal(save_items, [{
            "source": "04", "problem_class": item.problem_class, "found_on": NOW, "division": 522300000000,
            "description": "渗水", "settlements": [one, far],
        }], by=people.drc)  # fmt: skip
    assert codes(refused) == {("place_names", "several_counties")}


def test_a_department_enters_nothing_and_sees_its_own(people):
    mine, other = problem(people), problem(people, lead_unit=people.county.unit)
    with pytest.raises(PermissionDenied):
        problem(people, by=people.bureau)
    with acting_as(people.bureau):
        assert list(RectificationItem.objects.visible_to(people.bureau)) == [mine]
    with acting_as(people.county):
        set_co_units(other, [(people.bureau_unit, "王工"), (people.county.unit, "")], by=people.county)
        assert [one.unit_id for one in other.co_units.all()] == [people.bureau_unit.pk]
    with acting_as(people.bureau):
        assert set(RectificationItem.objects.visible_to(people.bureau)) == {mine, other}


def test_once_the_unit_has_it_only_contacts_can_be_corrected(people):
    item = bring_to(people, "accepted")
    with acting_as(people.county):
        refused = refusal(save_items, [{"id": item.pk, "target": "别的目标", "remark": "补充"}], by=people.county)
        assert codes(refused) == {("target", "no_longer_draft")}
        save_items([{"id": item.pk, "target": item.target, "remark": "补充"}], by=people.county)
        assert codes(refusal(void_items, [item.pk], reason="误填", by=people.county)) == {("number", "no_longer_draft")}
    again(item)
    assert (item.remark, item.target) == ("补充", "外墙不再渗水")


# --- The table --------------------------------------------------------------------------------------------------------


def test_the_table_is_whole():
    """Every state can be reached and left for closed; every act starts and ends in states of the table."""
    for key in ACTS.values():
        assert set(key.sources) <= set(STATES) and (key.to in STATES or key.to in ("", "previous"))
    reached, grown = {"draft"}, True
    while grown:
        grown = False
        for key in ACTS.values():
            if reached & set(key.sources) and key.to in STATES and key.to not in reached:
                reached.add(key.to)
                grown = True
    assert reached == set(STATES)
    leads = {"closed"}
    for _round in STATES:
        leads |= {s for key in ACTS.values() for s in key.sources if key.to in leads or key.to == "previous"}
    assert set(OPEN) <= leads


def test_the_drawing_is_that_of_the_table(settings):
    assert (settings.BASE_DIR / "docs" / "rectification-states.md").read_text("utf-8") == drawing(), (
        "run: python manage.py draw_states"
    )


# Who may do each act to an item of the county whose lead unit is the county's bureau; entered by the county, applied for by
# the bureau. The auditor and the other county may do nothing anywhere.
MAY = {
    "register": {"county", "drc"},
    "assign": {"county", "city", "province", "drc"},
    "accept": {"bureau"},
    "hand_back": {"bureau"},
    "start": {"bureau"},
    "report": {"bureau"},
    "submit": {"bureau"},
    "verify": {"city", "province", "drc"},
    "return": {"city", "province", "drc"},
    "close": {"city", "province", "drc"},
    "ask_extension": {"bureau"},
    "grant_extension": {"city", "province", "drc"},
    "refuse_extension": {"city", "province", "drc"},
    "pause": {"city", "province", "drc"},
    "resume": {"city", "province", "drc"},
    "reopen": {"city", "province", "drc"},
    "find_false": {"city", "province", "drc"},
    "look_back": {"city", "province", "drc"},
    "merge": {"county", "city", "province", "drc"},
}


@pytest.mark.parametrize("state", STATES)
def test_who_may_do_what_in_which_state(people, state):
    """The permission matrix role x state x act, asked and tried."""
    if state == "merged":
        item, into = problem(people), problem(people)
        act(item, "merge", people.county, into=into, opinion="重复")
    else:
        item = bring_to(people, state)
    target = problem(people)
    on = NOTICE_ENDS
    with acting_as(people.county):
        evidence(item)
    if state in WITH_UNIT:
        act(item, "ask_extension", people.bureau)
    for key, one in ACTS.items():
        for name in ("county", "township", "bureau", "city", "province", "drc", "auditor", "other"):
            user = getattr(people, name)
            told = {**TOLD.get(key, {}), "into": target, "opinion": "意见", "deadline_on": dt.date(2026, 9, 30)}
            told = {k: v for k, v in told.items() if v is not None}
            if key == "verify":
                told |= {"notice_from": on, "notice_to": on + dt.timedelta(6)}
            ready = state in one.sources and name in MAY[key]
            if key == "look_back" or (key == "ask_extension" and ready):
                ready = False  # no red line; asked for already
            with acting_as(user), transaction.atomic():
                free = why_not(item, one, user, on) == ""
                try:
                    with transaction.atomic():
                        move(item, key, by=user, on=on, **told)
                    done = True
                except Refused:
                    done = False
                transaction.set_rollback(True)
            assert (free, done) == (ready, ready), (state, key, name)


def test_red_lines_are_the_provinces(people):
    item = bring_to(people, "submitted", kind="R3")
    assert asked(item, "verify", people.city)
    assert asked(item, "return", people.city) == ""
    assert asked(item, "verify", people.province) == ""


def test_a_red_line_without_a_provincial_account_goes_to_the_unit_named_beforehand(people):
    item = bring_to(people, "submitted", kind="R3", supervising_unit=people.city.unit)
    assert asked(item, "verify", people.city)
    for user in (people.province, people.drc):
        user.is_active = False
        user.save()
    assert asked(item, "verify", people.city) == ""


def test_where_no_level_is_above_only_the_named_unit_decides(people):
    item = problem(
        people, by=people.drc, division=520000000000, lead_unit=people.drc.unit, supervising_unit=people.auditor.unit
    )
    act(item, "register", people.drc)
    act(item, "assign", people.drc)
    act(item, "accept", people.drc)
    act(item, "start", people.drc)
    with acting_as(people.drc):
        evidence(item, people.drc)
    act(item, "submit", people.drc)
    assert asked(item, "verify", people.province)
    people.province.unit = people.auditor.unit
    people.province.save()
    assert asked(item, "verify", people.province) == ""


def test_four_eyes(people):
    """Neither the author nor anybody of the units concerned verifies; nor can the database be told otherwise."""
    item = bring_to(people, "submitted", by=people.drc)
    assert asked(item, "verify", people.drc)
    people.province.unit = people.drc.unit
    people.province.save()
    assert asked(item, "verify", people.province)
    people.city.unit = None
    people.city.save()
    assert asked(item, "verify", people.city)
    with acting_as(people.drc), pytest.raises(IntegrityError), transaction.atomic():
        RectificationItem.objects.filter(pk=item.pk).update(verified_by=people.bureau)


def test_nothing_closes_without_evidence(people):
    item = bring_to(people, "in_progress")
    assert codes(refusal(act, item, "submit", people.bureau)) == {("", "not_allowed")}
    with acting_as(people.bureau):
        evidence(item)
    act(item, "submit", people.bureau)


def test_all_places_are_done_before_closing_is_applied_for(people):
    world.settlement(people.county, name="平洞社区")
    world.settlement(people.county, name="蟠桃社区")
    item = bring_to(people, "in_progress", place_names="平洞社区、蟠桃社区")
    with acting_as(people.bureau):
        evidence(item)
        first, second = item.places.all()
        assert mark_places(item, {first.pk: "已修"}, by=people.bureau, on=NOW) == 1
        assert "1" in asked(item, "submit", people.bureau)
        mark_places(item, {second.pk: ""}, by=people.bureau, on=NOW)
    act(item, "submit", people.bureau)
    act(item, "verify", people.drc)
    with acting_as(people.county):
        assert {place.state for place in ItemPlace.objects.filter(item=item)} == {"confirmed"}


@pytest.mark.parametrize(
    ("key", "state", "told", "expected"),
    [
        ("return", "submitted", {"opinion": ""}, {("opinion", "required")}),
        (
            "submit",
            "in_progress",
            {"effect": "", "completed_on": None},
            {("effect", "required"), ("completed_on", "required")},
        ),
        ("submit", "in_progress", {"completed_on": NOW + dt.timedelta(1)}, {("completed_on", "out_of_range")}),
        ("submit", "in_progress", {"completed_on": dt.date(2026, 3, 1)}, {("completed_on", "out_of_range")}),
        (
            "verify",
            "submitted",
            {"notice_from": None, "notice_to": None},
            {("notice_from", "required"), ("notice_to", "required")},
        ),
        ("verify", "submitted", {"notice_to": NOW + dt.timedelta(3)}, {("notice_to", "too_short")}),
        ("verify", "submitted", {"notice_from": NOW - dt.timedelta(1)}, {("notice_from", "past_date")}),
        ("ask_extension", "in_progress", {"extension_to": DEADLINE}, {("extension_to", "deadline_too_early")}),
        ("return", "submitted", {"deadline_on": NOW - dt.timedelta(1)}, {("deadline_on", "past_date")}),
        ("assign", "reopened", {}, {("deadline_on", "required")}),
    ],
)
def test_what_an_act_must_be_told(people, key, state, told, expected):
    item = bring_to(people, state)
    if key == "submit":
        with acting_as(people.bureau):
            evidence(item)
    by = {"submit": people.bureau, "ask_extension": people.bureau, "assign": people.county}.get(key, people.drc)
    moves = ItemMove.objects.count
    with acting_as(by):
        before = moves()
    assert codes(refusal(act, item, key, by, **told)) == expected
    with acting_as(by):
        assert moves() == before


def test_registering_needs_target_deadline_measures_and_unit(people):
    item = problem(people, target="", measures="", deadline_on=None, lead_unit=None)
    refused = refusal(act, item, "register", people.county)
    assert codes(refused) == {(name, "required") for name in ("target", "measures", "deadline_on", "lead_unit")}


# --- What follows -----------------------------------------------------------------------------------------------------


def test_deadlines_follow_the_state(people):
    item = problem(people)
    assert open_deadlines(item) == {}
    act(item, "register", people.county)
    act(item, "assign", people.county)
    act(item, "accept", people.bureau)
    act(item, "start", people.bureau)
    assert open_deadlines(item) == {"rectification-due": DEADLINE}
    act(item, "pause", people.city)
    assert open_deadlines(item) == {"rectification-due": None}
    act(item, "resume", people.city, on=NOW + dt.timedelta(10))
    assert item.state == "in_progress" and open_deadlines(item) == {"rectification-due": dt.date(2026, 7, 10)}
    act(item, "ask_extension", people.bureau)
    act(item, "grant_extension", people.city)
    assert item.extension_to is None and item.first_deadline_on == DEADLINE
    with acting_as(people.bureau):
        evidence(item)
    act(item, "submit", people.bureau)
    assert open_deadlines(item) == {"rectification-check": NOW + dt.timedelta(15)}
    act(item, "return", people.city)
    assert set(open_deadlines(item)) == {"rectification-due"} and item.times_returned == 1
    act(item, "submit", people.bureau)
    act(item, "verify", people.drc)
    assert codes(refusal(act, item, "close", people.drc)) == {("", "not_allowed")}  # the notice still runs
    act(item, "close", people.drc, on=NOTICE_ENDS)
    assert open_deadlines(item) == {} and item.closing_number == "XH522326-2026-0001"


def test_a_late_return_rearms_the_deadline(people):
    late = dt.date(2026, 9, 1)
    item = bring_to(people, "submitted")
    act(item, "return", people.city, on=late)
    assert item.deadline_on == late + dt.timedelta(15)


def test_the_deadline_is_extended_to_what_was_asked(people):
    item = bring_to(people, "in_progress")
    act(item, "ask_extension", people.bureau)
    act(item, "grant_extension", people.city)
    assert item.deadline_on == dt.date(2026, 8, 31)
    with acting_as(people.county):
        told = item.moves.get(act="grant_extension").told
    assert told == {"from": "2026-06-30", "deadline_on": "2026-08-31"}


def test_a_red_line_is_looked_back_at(people):
    item = bring_to(people, "closed", kind="R1")
    assert open_deadlines(item) == {"rectification-look-back": dt.date(2026, 9, 17)}
    act(item, "look_back", people.province, on=dt.date(2026, 9, 10))
    assert open_deadlines(item) == {}
    assert codes(refusal(act, item, "look_back", people.province)) == {("", "not_allowed")}


def test_a_double_click_and_a_second_reviewer_do_nothing(people):
    item = bring_to(people, "submitted")
    seen = item.version
    act(item, "verify", people.drc, version=seen)
    refused = refusal(act, item, "return", people.province, version=seen)
    assert codes(refused) == {("", "changed_meanwhile")} and "drc" in refused.problems[0].message
    assert codes(refusal(act, item, "verify", people.drc)) == {("", "not_allowed")}
    again(item)
    assert item.state == "verified"


def test_merged_items_keep_both_numbers(people):
    first, second = bring_to(people, "in_progress"), bring_to(people, "assigned")
    act(second, "merge", people.county, into=first, opinion="同一问题")
    assert second.state == "merged" and second.merged_into_id == first.pk and open_deadlines(second) == {}
    with acting_as(people.county):
        taken = first.moves.get(act="take_in")
    assert taken.told == {"number": second.number}
    third = problem(people)
    assert codes(refusal(act, third, "merge", people.county, into=second, opinion="x")) == {("into", "bad_target")}
    assert codes(refusal(act, third, "merge", people.county, into=third, opinion="x")) == {("into", "bad_target")}


def test_reopening_forgets_the_closing_and_keeps_it_on_record(people):
    item = bring_to(people, "closed")
    number = item.closing_number
    act(item, "reopen", people.city, on=NOTICE_ENDS)
    assert (item.state, item.closing_number, item.closed_by, item.times_reopened) == ("reopened", None, None, 1)
    with acting_as(people.county):
        assert item.moves.get(act="reopen").told == {"closing_number": number}
    act(item, "assign", people.county, on=NOTICE_ENDS, deadline_on=dt.date(2026, 10, 1))
    assert item.state == "assigned"


def test_many_at_once_says_who_stays_behind(people):
    ready, not_yet = bring_to(people, "submitted"), bring_to(people, "in_progress")
    with acting_as(people.city):
        done, refused = move_many([ready, not_yet], "return", by=people.city, on=NOW, opinion="资料不全")
    assert [one.item_id for one in done] == [ready.pk] and list(refused) == [not_yet.number]
    again(ready)
    assert ready.state == "returned"


def test_an_item_goes_on_when_its_settlement_is_voided(people):
    from settlements.actions import void_settlements

    home = world.settlement(people.county, name="平洞社区")
    item = bring_to(people, "in_progress", place_names="平洞社区")
    with acting_as(people.county):
        void_settlements([home.pk], reason="并入蟠桃社区", by=people.county)
    with acting_as(people.bureau):
        evidence(item)
        mark_places(item, {place.pk: "已并入" for place in item.places.all()}, by=people.bureau, on=NOW)
    act(item, "submit", people.bureau)
    assert item.state == "submitted"


def test_every_change_has_its_author(people):
    item = bring_to(people, "submitted")
    with acting_as(people.county), connection.cursor() as cursor:
        cursor.execute(
            "SELECT state, event_by FROM rectification_rectificationitem_event WHERE id = %s ORDER BY event_id",
            [item.pk],
        )
        states = cursor.fetchall()
    assert states[-1] == ("submitted", people.bureau.pk) and states[0] == ("draft", people.county.pk)


def test_another_county_sees_nothing(people):
    item = bring_to(people, "in_progress")
    with acting_as(people.other):
        assert not RectificationItem.objects.filter(pk=item.pk).exists()  # the second wall alone
        assert not ItemMove.objects.exists()


def test_acts_come_with_their_reasons(people):
    item = bring_to(people, "in_progress")
    with acting_as(people.county):
        found = {one.key: reason for one, reason in acts_for(item, people.county, NOW)}
    assert found["submit"] and found["merge"] == "" and "verify" not in found


def test_the_command_draws(tmp_path, settings, capsys):
    call_command("draw_states")
    assert Actor.VERIFIES.value.en in (settings.BASE_DIR / "docs" / "rectification-states.md").read_text("utf-8")
