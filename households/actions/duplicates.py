"""Possible duplicates: found as sets, looked through one by one, merged so that both histories and both codes stay."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterator

from django.db import connection
from django.utils.translation import gettext as _

from accounts.roles import check
from common import bulk, citizen_id, scope
from common.changes import writing
from common.problems import Problem, Refused
from common.scope import reachable
from households.actions.households import save_households
from households.actions.life import leave_household
from households.actions.locking import lock_households
from households.actions.merging import take_over
from households.actions.persons import save_persons
from households.actions.voiding import void_households, void_persons
from households.documents import differ
from households.models import Duplicate, Household, Membership, Person
from households.models.duplicates import DIFFERENT, OPEN, SAME

DUPLICATES = "duplicates"
# An ID number typed wrongly differs in one character, and in the last one that is computed from the others.
MOST_SLIPS = 2
# What a row that is kept takes over where it has nothing itself.
PERSON_FACTS = [
    "document_type", "id_number", "id_issued_by", "id_valid_from", "id_valid_to", "registry_number", "ethnic_group",
    "political_status", "education", "health", "putonghua", "serving_soldier", "works_abroad", "labour_capability",
    "job_intention", "school", "phone",
]  # fmt: skip
HOUSEHOLD_FACTS = [
    "household_kind", "task_year", "origin_division", "origin_city", "origin_county", "origin_township",
    "origin_village", "origin_address", "origin_area_kind", "phone", "registry_number", "registry_year",
    "recognition_standard", "poverty_exit", "poverty_exit_year", "self_paid", "planned_move_in_on", "moved_in_on",
]  # fmt: skip

FOUND = """
INSERT INTO households_duplicate AS d (region, version, void_reason, person_id, other_person, other_region, other_code,
  reasons, found_on, decision, reason)
SELECT f.region, 1, '', f.person_id, f.other_person, f.other_region, f.other_code, f.reasons, %s, 'open', ''
FROM duplicates_possible() f
ON CONFLICT (person_id, other_person) DO UPDATE SET reasons = excluded.reasons, other_region = excluded.other_region,
  other_code = excluded.other_code, region = excluded.region, version = d.version + 1,
  decision = CASE WHEN d.decision = 'gone' THEN 'open' ELSE d.decision END,
  decided_on = CASE WHEN d.decision = 'gone' THEN NULL ELSE d.decided_on END
WHERE d.voided_at IS NULL AND (d.decision = 'gone' OR d.decision = 'open' AND d.reasons <> 'document'
  AND (d.reasons, d.other_region, d.other_code, d.region)
    IS DISTINCT FROM (excluded.reasons, excluded.other_region, excluded.other_code, excluded.region))
RETURNING (xmax = 0)"""
_GONE = """
UPDATE households_duplicate d SET decision = 'gone', decided_on = %s, version = version + 1
WHERE d.decision = 'open' AND d.voided_at IS NULL AND d.region >= %s AND d.region < %s
  AND CASE WHEN d.reasons = 'document' THEN EXISTS (
    SELECT FROM households_person p WHERE p.id IN (d.person_id, d.other_person) AND p.voided_at IS NOT NULL)
  ELSE (d.person_id, d.other_person) NOT IN (SELECT f.person_id, f.other_person FROM duplicates_possible() f) END"""


def find_duplicates(*, by=None, on: dt.date | None = None, source: str = "") -> int:
    """Look for pairs with a side in the running work's scope; gives how many are new. Can be repeated at will."""
    with writing(by=by, on=on, source=source) as unit:
        lo, hi = scope.current().hull()
        with connection.cursor() as cursor:
            cursor.execute(FOUND, [unit.on])
            found = sum(row[0] for row in cursor.fetchall())
            cursor.execute(_GONE, [unit.on, lo, hi])
        return found


def find_similar_documents(*, by, on: dt.date | None = None) -> int:
    """People of the user's area, born on one day, whose ID numbers differ by a slip of the pen."""
    with writing(by=by, on=on) as unit:
        rows = (
            reachable(Person)
            .filter(voided_at=None, died_on=None, id_index__isnull=False, household__voided_at=None)
            .values_list("birth_date", "pk", "region", "id_number", "household__region", "household__code")
        )
        born = defaultdict(list)
        for day, *person in rows.iterator(chunk_size=5000):
            born[day].append(person)
        pairs = [pair for people in born.values() for pair in _alike(people)]
        known = set(
            Duplicate.objects.filter(person__in=[one[0] for one, _other in pairs]).values_list(
                "person_id", "other_person"
            )
        )
        new = [
            Duplicate(
                region=one[1],
                person_id=one[0],
                other_person=other[0],
                other_region=other[3],
                other_code=other[4],
                reasons="document",
                found_on=unit.on,
            )
            for one, other in pairs
            if (one[0], other[0]) not in known
        ]
        bulk.insert(new)
        return len(new)


def _alike(people: list) -> Iterator[tuple[list, list]]:
    people.sort(key=lambda person: person[0])
    for index, one in enumerate(people):
        number = citizen_id.core(one[2])
        for other in people[index + 1 :]:
            told = citizen_id.core(other[2])
            slips = sum(a != b for a, b in zip(number, told, strict=False))
            if len(told) == len(number) and slips <= MOST_SLIPS and number[17:] != told[17:]:
                yield one, other


def decide(
    pair: Duplicate, *, decision: str, reason: str, by, keep: str = "", whole: bool = False, on: dt.date | None = None
) -> str:
    """Say of a pair that it is one person or two, and why; gives what was merged, in words.

    Of one person, `keep` is the row that stays: "this" (the pair's own person) or "other"; the row that goes is voided and
    says into which it was merged. With `whole` the two households are one and the same, and go together.
    """
    check(by, "write", DUPLICATES)
    with writing(by=by, on=on) as unit:
        pair = reachable(Duplicate).select_for_update(of=("self",)).select_related("person__household").get(pk=pair.pk)
        other = reachable(Person).filter(pk=pair.other_person).select_related("household").first()
        _refuse_bad(pair, decision, reason, keep, other, whole)
        told = ""
        if decision == SAME:
            mine = pair.person
            kept, lost = (mine, other) if keep == "this" else (other, mine)
            code = kept.household.code if kept else pair.other_code
            names = {"name": lost.name, "code": lost.household.code, "kept": code}
            if whole:
                merge_households(kept.household, lost.household, reason=reason, by=by)
                told = _("Household %(code)s was merged into household %(kept)s and is voided.") % names
            else:
                merge_persons(lost, kept, kept_id=pair.other_person if keep == "other" else mine.pk, code=code, by=by)
                told = _(
                    "%(name)s of household %(code)s was merged into the entry in household %(kept)s: the entry in household"
                    " %(code)s is voided."
                )
                told %= names
        pair.decision, pair.reason, pair.decided_on, pair.decided_by_id = decision, reason, unit.on, by.pk
        pair.version += 1
        pair.save(update_fields=["decision", "reason", "decided_on", "decided_by", "version"])
        with connection.cursor() as cursor:
            cursor.execute("SELECT duplicate_settle(%s)", [pair.pk])
        unit.publish(DUPLICATES, [pair.pk])
        return told


def _refuse_bad(pair: Duplicate, decision: str, reason: str, keep: str, other: Person | None, whole: bool) -> None:
    problems = []
    if pair.decision != OPEN:
        problems.append(
            Problem(0, "", "", "decided", _("This pair has been decided already. Open it again to see by whom."))
        )
    if decision not in (SAME, DIFFERENT):
        problems.append(Problem(0, "decision", decision, "required", _("Say whether it is the same person.")))
    if not reason:
        problems.append(Problem(0, "reason", "", "required", _("Say what the decision rests on.")))
    if decision == SAME and keep not in ("this", "other"):
        problems.append(Problem(0, "keep", keep, "required", _("Choose which of the two entries stays.")))
    if decision == SAME and other is None and (keep == "this" or whole):
        message = _(
            "The other entry (household %(code)s) lies outside your area, and only its county may give it up. Ask that county,"
            " or keep the other entry and give up yours."
        )
        problems.append(Problem(0, "keep", keep, "out_of_scope", message % {"code": pair.other_code}))
    if decision == SAME and _two_people(pair, other):
        message = _(
            "%(name)s and %(other)s have different ID numbers, so they are two people. If they are one, first delete the"
            " wrong number from its entry, then decide."
        )
        names = {"name": pair.person.name, "other": other.name if other else pair.other_code}
        problems.append(Problem(0, "decision", decision, "documents_differ", message % names))
    if whole and other is not None and other.household_id == pair.person.household_id:
        message = _("Both stand in the same household: merge the two people alone.")
        problems.append(Problem(0, "whole", "", "same_household", message))
    if problems:
        raise Refused(problems)


def _two_people(pair: Duplicate, other: Person | None) -> bool:
    """Whether the documents say so. Of the entry of another county (`other` is None) nothing is told but that."""
    if other is not None:
        return differ(pair.person, other)
    with scope.whole(source=scope.current().source):
        there = Person.objects.filter(pk=pair.other_person, voided_at=None).first()
    return there is not None and differ(pair.person, there)


def merge_persons(lost: Person, kept: Person | None, *, kept_id: int, code: str, by) -> None:
    """One entry of a person is given up for the other; it stays readable with its history and names the one that stays.
    What the kept one lacks it takes over; jobs follow in a later step. Into the rows of another county nothing is written:
    what was known here stays with the entry that goes."""
    with writing(by=by) as unit:
        lock_households({lost.household_id, *([kept.household_id] if kept else [])})
        facts = {}
        if kept is not None:
            facts = {
                name: getattr(lost, name) for name in PERSON_FACTS if not getattr(kept, name) and getattr(lost, name)
            }
            if "id_number" not in facts:
                facts.pop("document_type", None)
            take_over(lost, kept, unit)
        void_persons([lost.pk], reason=_("merged into household %(code)s") % {"code": code}, by=by)
        reachable(Person).filter(pk=lost.pk).update(merged_into=kept_id)
        if facts:
            save_persons([{"id": kept.pk, **facts}], by=by)
        unit.publish("merged", [lost.pk])
        unit.publish("households", [kept.household_id] if kept else [])


def merge_households(kept: Household, lost: Household, *, reason: str, by) -> None:
    """Two entries of one household become one: members who stand in both are merged, the others move over, and the entry
    that goes is voided; its code still leads to it, and from there to the one that stays."""
    with writing(by=by) as unit:
        lock_households([kept.pk, lost.pk])
        there = {(person.name, person.birth_date): person for person in _members(kept)}
        coming = []
        for person in _members(lost):
            twin = there.get((person.name, person.birth_date))
            if twin is None or differ(person, twin):
                coming.append(person)
            else:
                merge_persons(person, twin, kept_id=twin.pk, code=kept.code, by=by)
        if coming:
            leave_household([person.pk for person in coming], left_on=unit.on, reason="other", by=by)
            save_persons([{"id": person.pk, "household": kept, "joined_on": unit.on} for person in coming], by=by)
        facts = {
            name: getattr(lost, name) for name in HOUSEHOLD_FACTS if not getattr(kept, name) and getattr(lost, name)
        }
        take_over(lost, kept, unit)
        told = _("merged into household %(code)s: %(reason)s") % {"code": kept.code, "reason": reason}
        void_households([lost.pk], reason=told[:200], by=by)
        reachable(Household).filter(pk=lost.pk).update(merged_into=kept)
        if facts:
            save_households([{"id": kept.pk, "code": kept.code, **facts}], by=by)


def _members(household: Household) -> list[Person]:
    spells = Membership.objects.filter(household=household, left_on=None, person__voided_at=None)
    return [spell.person for spell in spells.select_related("person__household").order_by("pk")]
