"""The table of states walked against the database: any act by anybody with any content, over many days.

Whatever comes: nothing closes without evidence and a second person of another unit at a higher level; no problem is
lost or in two states; each change stands in the history with its author; what is due agrees with the state.
"""

from __future__ import annotations

import datetime as dt
from collections import Counter
from dataclasses import dataclass, field

import pytest
from django.core.exceptions import PermissionDenied
from django.db import connection, transaction
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from accounts.models import User
from alerts import engine
from alerts.models import Alert, Deadline
from common.problems import Refused
from common.scope import acting_as, contains, whole
from ledgers.models import Attachment
from rectification.actions.items import save_items, set_co_units, void_items
from rectification.actions.moves import mark_places, move
from rectification.models import ItemMove, RectificationItem
from rectification.states import ACTS, PREVIOUS, STATES, WITH_UNIT, Actor, Need, acts_from
from tests import world
from tests.rectification.conftest import NOW, People, account, evidence, problem

pytestmark = pytest.mark.django_db

EVERYBODY = ("county", "township", "bureau", "jobs", "city", "province", "drc", "auditor", "other")
ABOVE = ("city", "province", "drc")
# The straight way, by whom: what any act by anybody would seldom find.
WAY = {
    "draft": ("register", "county"),
    "registered": ("assign", "county"),
    "reopened": ("assign", "county"),
    "false_found": ("assign", "county"),
    "assigned": ("accept", "bureau"),
    "accepted": ("start", "bureau"),
    "returned": ("start", "bureau"),
    "in_progress": ("submit", "bureau"),
    "submitted": ("verify", "drc"),
    "verified": ("close", "province"),
    "paused": ("resume", "city"),
}
TURNS = ("", "return", "pause", "ask_extension", "grant_extension", "find_false", "reopen", "look_back")
DUE, CHECK, LOOK_BACK, REFERRAL = (
    "rectification-due",
    "rectification-check",
    "rectification-look-back",
    "rectification-referral",
)
days_off = st.integers(-20, 120)
texts = st.sampled_from(["", " ", "现场核查属实"])


@dataclass
class Known:
    """What the walk knows of an item: its number, its state, how often it changed, and that evidence stands for it."""

    number: str
    state: str = "draft"
    changes: int = 1
    authors: list[int] = field(default_factory=list)


class Walk(RuleBasedStateMachine):
    """One county's problems on one database; everything is undone at the end."""

    def __init__(self, people: People, jobs: User, fix_clock):
        super().__init__()
        self.fix_clock = fix_clock
        self.users = {name: getattr(people, name, jobs) for name in EVERYBODY}
        self.people, self.on = people, fix_clock(NOW)
        self.known: dict[int, Known] = {}
        self.done = Counter()
        self.undone = transaction.atomic()
        self.undone.__enter__()
        self.place = world.settlement(people.county, name=f"平洞社区{next(world._numbers)}")

    def teardown(self):
        transaction.set_rollback(True)
        self.undone.__exit__(None, None, None)

    # --- What is tried ------------------------------------------------------------------------------------------------

    @initialize(steps=st.tuples(*[st.integers(2, 9)] * 2))
    def two_under_way(self, steps):
        for kind, number in zip(("R3", "N1"), steps, strict=True):
            self.enter(kind, "county", kind == "N1", "city")
            self.go_straight(max(self.known), 11 - number)

    @precondition(lambda self: len(self.known) < 4)
    @rule(
        kind=st.sampled_from(["N1", "R3"]),
        by=st.sampled_from(["county", "county", "drc"]),
        placed=st.booleans(),
        named=st.sampled_from(["", "city"]),
    )
    def enter(self, kind, by, placed, named):
        item = problem(
            self.people,
            by=self.users[by],
            kind=kind,
            deadline_on=self.on + dt.timedelta(40),
            place_names=self.place.name if placed else "",
            supervising_unit=self.users[named].unit if named else None,
        )
        self.known[item.pk] = Known(item.number, authors=[self.users[by].pk])

    @precondition(lambda self: self.known)
    @rule(data=st.data(), who=st.sampled_from(EVERYBODY), gap=days_off, text=texts, out_of_turn=st.booleans())
    def try_any(self, data, who, gap, text, out_of_turn):
        """Any act, any person; what it is told fits or does not."""
        pk = self.one(data)
        next_ones = [act.key for act in acts_from(self.known[pk].state)]
        key = data.draw(st.sampled_from(list(ACTS) if out_of_turn or not next_ones else next_ones))
        day = self.on + dt.timedelta(gap)
        said = {
            "opinion": text.strip(),
            "deadline_on": data.draw(st.sampled_from([None, day])),
            "extension_to": day,
            "effect": text.strip(),
            "completed_on": self.on + dt.timedelta(min(gap, 1)),
            "notice_from": self.on,
            "notice_to": day,
            "into": self.item(self.one(data)),
            "lead_unit": data.draw(st.sampled_from([None, self.users["jobs"].unit, self.users["other"].unit])),
        }
        act = ACTS[key]
        fields = {
            name
            for need in (*act.needs, *act.takes)
            for name in (("notice_from", "notice_to") if need is Need.NOTICE else (need.value,))
        }
        self.attempt(pk, key, who, {name: value for name, value in said.items() if name in fields})

    @precondition(lambda self: self.known)
    @rule(data=st.data(), steps=st.integers(2, 9), who=st.sampled_from(ABOVE), turn=st.sampled_from(TURNS))
    def go_on(self, data, steps, who, turn):
        """Some steps of the straight way, and one act beside it by somebody above."""
        pk = self.one(data)
        self.go_straight(pk, steps)
        if turn == "ask_extension":
            asked = {"extension_to": self.item(pk).deadline_on + dt.timedelta(20), "opinion": "雨季停工"}
            self.attempt(pk, turn, "bureau", asked)
        elif turn:
            self.attempt(pk, turn, who, self.fitting(turn))

    @precondition(lambda self: self.known)
    @rule(days=st.integers(1, 60))
    def days_pass(self, days):
        self.wait(days)

    @precondition(lambda self: self.known)
    @rule(data=st.data(), who=st.sampled_from(EVERYBODY))
    def mark_a_place(self, data, who):
        self.mark(self.one(data), who)

    @precondition(lambda self: self.known)
    @rule(
        data=st.data(), who=st.sampled_from(EVERYBODY), gap=days_off, field=st.sampled_from(["deadline_on", "remark"])
    )
    def correct(self, data, who, gap, field):
        pk = self.one(data)
        value = self.on + dt.timedelta(gap) if field == "deadline_on" else f"补充{self.done.total()}"
        before, open_to_all = self.item(pk), field == "remark"
        if self.tried(
            pk, who, lambda user: save_items([{"id": pk, field: value}], by=user, on=self.on), value, before, field
        ):
            assert open_to_all or before.state in ("draft", "registered")
            assert who in ("county", "drc")

    @precondition(lambda self: self.known)
    @rule(data=st.data(), who=st.sampled_from(EVERYBODY))
    def name_a_unit(self, data, who):
        pk = self.one(data)
        units = [(self.users["jobs"].unit, "")] if self.done.total() % 2 else []
        with acting_as(self.users[who]), transaction.atomic():
            try:
                with transaction.atomic():
                    set_co_units(self.item(pk), units, by=self.users[who], on=self.on)
            except (Refused, PermissionDenied):
                return
        assert who in ("county", "drc")

    @precondition(lambda self: any(one.state in ("draft", "registered") for one in self.known.values()))
    @rule(data=st.data(), who=st.sampled_from(EVERYBODY))
    def void(self, data, who):
        pk = self.one(data)
        before = self.item(pk)
        ok = self.tried(pk, who, lambda user: void_items([pk], reason="录错", by=user, on=self.on), None, before, "")
        if ok and before.voided_at is None and self.item(pk).voided_at is not None:
            assert before.state in ("draft", "registered") and who not in ("bureau", "jobs", "auditor", "other")

    @precondition(lambda self: self.known)
    @rule(data=st.data())
    def withdraw_evidence(self, data):
        with whole():
            Attachment.objects.filter(subject_id=self.one(data)).update(
                withdrawn_at=dt.datetime.now(dt.UTC), withdrawn_by=self.users["county"].pk, withdrawal_reason="有误"
            )

    @precondition(lambda self: any(one.state == "submitted" for one in self.known.values()))
    @rule(present=st.booleans())
    def the_province_has_accounts(self, present):
        User.objects.filter(role__in=("province", "drc")).update(is_active=present)

    # --- How it is tried ----------------------------------------------------------------------------------------------

    def one(self, data) -> int:
        return data.draw(st.sampled_from(sorted(self.known)))

    def item(self, pk: int) -> RectificationItem:
        with whole():
            return RectificationItem.objects.select_related("lead_unit").get(pk=pk)

    def wait(self, days: int) -> None:
        self.on = self.fix_clock(self.on + dt.timedelta(days))
        engine.run(self.on)

    def go_straight(self, pk: int, steps: int) -> None:
        for _step in range(steps):
            state = self.known[pk].state
            if state not in WAY:
                break
            key, by = WAY[state]
            if key == "submit":
                self.prove(pk)
                self.mark(pk, "bureau")
            if key == "close":
                self.wait(max((self.item(pk).notice_to - self.on).days + 1, 0))
            lead = self.item(pk).lead_unit_id
            by = {self.users["jobs"].unit_id: "jobs"}.get(lead, by) if by == "bureau" else by
            self.attempt(pk, key, by, self.fitting(key))

    def prove(self, pk: int) -> None:
        with acting_as(self.users["county"]):
            evidence(self.item(pk))

    def mark(self, pk: int, who: str) -> None:
        item, user = self.item(pk), self.users[who]
        with acting_as(user):
            places = list(item.places.values_list("pk", flat=True))
            try:
                with transaction.atomic():
                    marked = mark_places(item, dict.fromkeys(places, "已整改"), by=user, on=self.on)
            except Refused:
                return
        assert not marked or (item.state in ("in_progress", "returned") and self.is_of_unit(item, user))

    def fitting(self, key: str) -> dict:
        told = {
            "assign": {"deadline_on": self.on + dt.timedelta(30)},
            "submit": {"effect": "复查无渗水", "completed_on": self.on},
            "verify": {"notice_from": self.on, "notice_to": self.on + dt.timedelta(6)},
        }.get(key, {})
        return told | ({"opinion": "意见"} if Need.OPINION in (*ACTS[key].needs, *ACTS[key].takes) else {})

    def tried(self, pk, who, call, value, before, field) -> bool:
        """Whether it was done; what changed is counted."""
        user = self.users[who]
        with acting_as(user):
            try:
                with transaction.atomic():
                    call(user)
            except (Refused, PermissionDenied):
                return False
        after = self.item(pk)
        if after.version != before.version:
            self.changed(pk, user)
        return not field or getattr(before, field) != value and getattr(after, field) == value

    def changed(self, pk: int, user: User) -> None:
        self.known[pk].changes += 1
        self.known[pk].authors.append(user.pk)

    def attempt(self, pk: int, key: str, who: str, told: dict) -> None:
        act, user, before, into = ACTS[key], self.users[who], self.item(pk), told.get("into")
        proven = self.is_proven(pk)
        places = self.places_of(into) if into is not None else set()
        with acting_as(user):
            try:
                with transaction.atomic():
                    done = move(before, key, by=user, on=self.on, version=before.version, **told)
            except Refused as refused:
                assert all(problem.message and problem.code for problem in refused.problems)
                return
            again = pytest.raises(Refused, move, before, key, by=user, on=self.on, version=before.version, **told)
            assert {problem.code for problem in again.value.problems} == {"changed_meanwhile"}
        self.done[key] += 1
        self.changed(pk, user)
        self.known[pk].state = done.to_state
        if into is not None and self.places_of(into) != places:
            self.changed(into.pk, user)
        assert before.state in act.sources and before.voided_at is None
        assert done.to_state in ({before.state, *WITH_UNIT} if act.to in ("", PREVIOUS) else {act.to})
        for need in act.needs:
            assert need is Need.NOTICE or told[need.value], need
        assert contains(user.ranges, before.region) and who not in ("other", "auditor", "township")
        assert key not in ("submit", "verify", "close") or proven
        if act.by in (Actor.SUPERVISES, Actor.VERIFIES):
            assert who in ABOVE and user.unit_id != before.lead_unit_id
        if act.by is Actor.ANSWERS:
            assert self.is_of_unit(before, user)
        if act.by is Actor.VERIFIES:
            self.other_eyes(before, user, who)

    def other_eyes(self, before: RectificationItem, user: User, who: str) -> None:
        with whole():
            shared = set(before.co_units.values_list("unit", flat=True))
        assert user.pk not in (before.author_id, before.submitted_by_id)
        assert user.unit_id not in {before.author_unit_id, before.submitted_unit_id, before.lead_unit_id, *shared}
        if before.red_line and who == "city":
            assert not User.objects.filter(role__in=("province", "drc"), is_active=True).exists()
            assert before.supervising_unit_id == user.unit_id

    def is_of_unit(self, item: RectificationItem, user: User) -> bool:
        with whole():
            shared = item.co_units.filter(unit=user.unit_id).exists()
        return shared or user.unit_id == item.lead_unit_id

    def is_proven(self, pk: int) -> bool:
        """A file stands that is younger than the last doubt."""
        with whole():
            doubts = ItemMove.objects.filter(item=pk, act__in=("reopen", "find_false")).order_by("-id")
            files = Attachment.objects.filter(subject_id=pk, withdrawn_at=None)
            return (files.filter(uploaded_at__gt=doubts[0].at) if doubts else files).exists()

    def places_of(self, item: RectificationItem) -> set[int]:
        with whole():
            return set(item.places.values_list("settlement", flat=True))

    # --- What always holds --------------------------------------------------------------------------------------------

    @invariant()
    def none_is_lost_or_in_two_states(self):
        with whole():
            stored = {item.pk: item for item in RectificationItem.objects.select_related("merged_into")}
            moves: dict[int, list[ItemMove]] = {pk: [] for pk in stored}
            for one in ItemMove.objects.order_by("id"):
                moves[one.item_id].append(one)
        assert {pk: item.number for pk, item in stored.items()} == {pk: one.number for pk, one in self.known.items()}
        for pk, item in stored.items():
            assert item.state == self.known[pk].state and item.state in STATES
            trail = moves[pk]
            assert trail[0].act == "enter" and trail[-1].to_state == item.state and all(one.by_id for one in trail)
            assert all(one.to_state == two.from_state for one, two in zip(trail, trail[1:], strict=False))
            assert (item.state == "merged") == (item.merged_into_id is not None)
            assert (item.state == "closed") == (item.closing_number is not None)
            leading = item
            for _step in stored:
                leading = stored[leading.merged_into_id] if leading.merged_into_id else leading
            assert leading.state != "merged"
        given = [one.told["closing_number"] for trail in moves.values() for one in trail if one.act == "close"]
        assert len(given) == len(set(given))

    @invariant()
    def each_change_has_its_author(self):
        with whole(), connection.cursor() as cursor:
            cursor.execute("SELECT id, event_by FROM rectification_rectificationitem_event ORDER BY event_id")
            found: dict[int, list[int]] = {pk: [] for pk in self.known}
            for pk, by in cursor.fetchall():
                found[pk].append(by)
        assert found == {pk: one.authors for pk, one in self.known.items()}
        assert all(len(found[pk]) == self.known[pk].changes == self.item(pk).version for pk in found)

    @invariant()
    def what_is_due_agrees_with_the_state(self):
        with whole():
            stored = list(RectificationItem.objects.all())
            due = list(Deadline.objects.filter(ledger="rectification-items", cleared_on=None))
            told = list(Alert.objects.filter(ledger="rectification-items", ended_on=None))
        for item in stored:
            mine = {one.kind: one for one in due if one.subject_id == item.pk}
            expected = set()
            if item.voided_at is None:
                if item.state in ("registered", "reopened", "false_found", "paused", *WITH_UNIT):
                    expected.add(DUE)
                elif item.state in ("submitted", "verified"):
                    expected.add(CHECK)
                elif item.state == "closed" and item.red_line and item.looked_back_on is None:
                    expected.add(LOOK_BACK)
                expected |= {REFERRAL} if item.false_on else set()  # nobody refers anything here
            assert set(mine) == expected, (item.state, set(mine))
            if DUE in mine:
                assert mine[DUE].due_on == item.deadline_on and mine[DUE].unit_id == item.lead_unit_id
                assert (mine[DUE].paused_on is not None) == (item.state == "paused")
            running = {kind for kind, one in mine.items() if one.paused_on is None}
            assert {one.kind for one in told if one.subject_id == item.pk} <= running
        assert not [one for one in told if one.subject_id not in self.known]


def test_whatever_is_done_by_whomever(people, clock):
    jobs = account("jobs", "department", world.WANGMO, "望谟县人力资源和社会保障局")
    met = Counter()

    class Counted(Walk):
        def __init__(self):
            super().__init__(people, jobs, clock)

        def teardown(self):
            met.update(self.done)
            super().teardown()

    run_state_machine_as_test(
        Counted,
        settings=settings(
            max_examples=7,
            stateful_step_count=20,
            deadline=None,
            phases=(Phase.reuse, Phase.generate),
            report_multiple_bugs=False,
            suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
        ),
    )
    assert met["close"] and met["submit"]  # the walk got somewhere
