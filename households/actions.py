"""The only writers of households and their members."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence

from django.db import connection
from django.utils.translation import gettext as _

from common import bulk, clock
from common.changes import Changes, writing
from common.problems import Problem, Refused
from common.scope import reachable
from divisions.models import Division
from households.checks import blind, check_households, check_persons
from households.models import HEAD, SPOUSE, Household, Membership, Person, Placement

__all__ = [
    "check_families",
    "check_households",
    "check_persons",
    "leave_household",
    "lock_households",
    "save_households",
    "save_persons",
    "void_households",
    "void_persons",
]


def lock_households(ids: Iterable[int]) -> None:
    """Lock in id order whatever will be written, so that concurrent edits queue and never block each other in a ring."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT id FROM households_household WHERE id = ANY(%s) ORDER BY id FOR NO KEY UPDATE", [sorted(set(ids))]
        )


def save_households(rows: Sequence[dict], *, by, on: dt.date | None = None, source: str = "") -> bulk.Saved:
    """Create or change households; a row is found by `id` or `code`. A new settlement moves its members along."""
    with writing(by=by, on=on, source=source) as unit:
        codes = [row["code"] for row in rows if row.get("code")]
        ids = [row["id"] for row in rows if row.get("id")]
        lock_households([*reachable(Household).filter(code__in=codes).values_list("id", flat=True), *ids])
        stored = reachable(Household).in_bulk(codes, field_name="code")
        by_id = reachable(Household).in_bulk(ids)
        before = {h.pk: h.settlement_id for h in (*stored.values(), *by_id.values())}
        _complete_origins(rows)
        merged = bulk.merge(Household, rows, lambda row: by_id.get(row.get("id")) or stored.get(row.get("code")))
        moved = [h for h in merged.changed if before[h.pk] != h.settlement_id]
        for household in (*merged.new, *moved):
            household.region = household.settlement.region
        if moved:
            merged.fields.add("region")
        saved = bulk.write(merged)
        bulk.insert(
            [
                Placement(household=h, settlement_id=h.settlement_id, region=h.region, from_on=h.moved_in_on)
                for h in merged.new
            ]
        )
        if moved:
            _move(moved, unit.on)
            unit.publish("moved", [h.pk for h in moved])
        unit.publish("households", [h.pk for h in (*merged.new, *merged.changed)])
        unit.publish(
            "settlements",
            {*(h.settlement_id for h in merged.new), *(h.settlement_id for h in moved), *(before[h.pk] for h in moved)},
        )
        return saved


def _complete_origins(rows: Sequence[dict]) -> None:
    """A township of origin told by name gives the origin division where the household's own county has that name."""
    open_rows = [
        row for row in rows if row.get("origin_township") and not row.get("origin_division") and row.get("code")
    ]
    if not open_rows:
        return
    counties = {int(row["code"][:6]) * 10**6 for row in open_rows}
    names = {
        (parent, name): code
        for parent, name, code in Division.objects.filter(parent__code__in=counties, valid_to=None).values_list(
            "parent__code", "name", "code"
        )
    }
    for row in open_rows:
        code = names.get((int(row["code"][:6]) * 10**6, row["origin_township"]))
        if code:
            row["origin_division"] = code


def _move(households: list[Household], on: dt.date) -> None:
    """Members, jobs and spells carry the region of the household; the stay in the former settlement ends on the day."""
    ids = [h.pk for h in households]
    Placement.objects.filter(household__in=ids, to_on=None).update(to_on=on)
    bulk.insert(
        [Placement(household=h, settlement_id=h.settlement_id, region=h.region, from_on=on) for h in households]
    )
    with connection.cursor() as cursor:
        for statement in (
            "UPDATE households_person p SET region = h.region FROM households_household h"
            " WHERE p.household_id = h.id AND h.id = ANY(%s) AND p.region <> h.region",
            "UPDATE households_membership m SET region = h.region FROM households_household h"
            " WHERE m.household_id = h.id AND h.id = ANY(%s) AND m.left_on IS NULL AND m.region <> h.region",
        ):
            cursor.execute(statement, [ids])


def save_persons(rows: Sequence[dict], *, by, on: dt.date | None = None, source: str = "") -> bulk.Saved:
    """Create or change members; a row is found by `id`, ID number, or household, name and birth date.

    `joined_on` (optional) is the day from which a new member belongs; without it, from birth.
    """
    with writing(by=by, on=on, source=source) as unit:
        by_id = reachable(Person).in_bulk([row["id"] for row in rows if row.get("id")])
        homes = {row["household"].pk for row in rows if row.get("household")} | {p.household_id for p in by_id.values()}
        lock_households(homes)
        by_id = reachable(Person).in_bulk([row["id"] for row in rows if row.get("id")])
        find = _finder(rows, by_id)
        merged = bulk.merge(Person, rows, find)
        joining = _joining(rows, merged)
        for person in joining:
            person.region = person.household.region
        if joining:
            merged.fields.add("region")
        if "id_number" in merged.fields:
            merged.fields.add("id_index")
        # clean() may have taken sex and birth date from a new number.
        merged.fields |= {"sex", "birth_date"} if merged.changed else set()
        saved = bulk.write(merged)
        bulk.insert(
            [
                Membership(person=p, household_id=p.household_id, region=p.region, joined_on=joined_on)
                for p, joined_on in zip(joining, _join_dates(rows, merged, joining, unit.on), strict=True)
            ]
        )
        touched = {p.household_id for p in (*merged.new, *merged.changed)}
        _follow_heads(touched)
        unit.publish("families", touched)
        unit.publish("households", touched)
        unit.publish("settlements", Household.objects.filter(pk__in=touched).values_list("settlement_id", flat=True))
        return saved


def _joining(rows: Sequence[dict], merged: bulk.Merged) -> list[Person]:
    """Who begins a membership: new members, and stored ones who have left and are told a household."""
    new = {id(person) for person in merged.new}
    stored = [person for person in merged.objects if id(person) not in new]
    homes = dict(Membership.objects.filter(person__in=stored, left_on=None).values_list("person_id", "household_id"))
    joining = list(merged.new)
    for index, (row, person) in enumerate(zip(rows, merged.objects, strict=True)):
        if id(person) in new or not row.get("household"):
            continue
        if person.pk not in homes:
            joining.append(person)
            if person not in merged.changed:
                merged.changed.append(person)
        elif homes[person.pk] != person.household_id:
            message = _("%(name)s belongs to another household and must leave it first.") % {"name": person.name}
            raise Refused([Problem(index, "household", row["household"].code, "other_household", message)])
    return joining


def _join_dates(rows: Sequence[dict], merged: bulk.Merged, joining: list[Person], on: dt.date) -> list[dt.date | None]:
    """A new member without a date belongs from birth, one who comes again from the day on which it is told."""
    new = {id(person) for person in merged.new}
    told = {id(person): row.get("joined_on") for row, person in zip(rows, merged.objects, strict=True)}
    return [told[id(p)] if id(p) in new else told[id(p)] or on for p in joining]


def _finder(rows: Sequence[dict], by_id: dict[int, Person]):
    """How a row finds its stored person."""
    blinds = [blind(row) for row in rows]
    by_index = {
        str(p.id_index): p
        for p in reachable(Person).filter(id_index__in=[key for key in blinds if key], voided_at=None)
    }
    nameless = [row for row in rows if not row.get("id_number") and row.get("household") and not row.get("id")]
    by_name = (
        {
            (p.household_id, p.name, p.birth_date): p
            for p in Person.objects.filter(
                household__in={row["household"].pk for row in nameless}, id_index=None, voided_at=None
            )
        }
        if nameless
        else {}
    )

    def find(row: dict) -> Person | None:
        if row.get("id"):
            return by_id.get(row["id"])
        if row.get("id_number"):
            return by_index.get(blind(row))
        return by_name.get((row["household"].pk, row.get("name"), row.get("birth_date")))

    return find


def _follow_heads(ids: Iterable[int]) -> None:
    """A household is called by its head's name."""
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE households_household h SET head_name = p.name, version = h.version + 1 FROM households_person p"
            " WHERE p.household_id = h.id AND p.relation = %s AND p.voided_at IS NULL AND p.died_on IS NULL"
            " AND h.id = ANY(%s) AND h.head_name <> p.name",
            [HEAD, sorted(ids)],
        )


def check_families(changes: Changes) -> None:
    """One head and at most one spouse of the head among the living members, when all of a change has been written: a
    head may die or leave in the same unit in which another takes the place."""
    ids = changes.touched["families"]
    if not ids:
        return
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT h.code, count(*) FILTER (WHERE p.relation = %s), count(*) FILTER (WHERE p.relation = %s)"
            " FROM households_household h JOIN households_person p ON p.household_id = h.id"
            " JOIN households_membership m ON m.person_id = p.id AND m.left_on IS NULL"
            " WHERE h.id = ANY(%s) AND p.voided_at IS NULL AND p.died_on IS NULL GROUP BY h.id"
            " HAVING count(*) FILTER (WHERE p.relation = %s) <> 1 OR count(*) FILTER (WHERE p.relation = %s) > 1",
            [HEAD, SPOUSE, sorted(ids), HEAD, SPOUSE],
        )
        found = cursor.fetchall()
    problems = []
    for index, (code, heads, _spouses) in enumerate(found):
        kind = "no_head" if heads == 0 else "two_heads" if heads > 1 else "two_spouses"
        problems.append(
            Problem(
                index,
                "relation",
                code,
                kind,
                {
                    "no_head": _("Nobody in the household %(code)s is its head (户主). Say which member is."),
                    "two_heads": _("The household %(code)s has more than one head. Only one member may be head."),
                    "two_spouses": _(
                        "The head of the household %(code)s has more than one spouse. Correct the relation."
                    ),
                }[kind]
                % {"code": code},
            )
        )
    if problems:
        raise Refused(problems)


def leave_household(ids: Iterable[int], *, left_on: dt.date, reason: str, by, on: dt.date | None = None) -> int:
    """Members leave on a day (the first on which they no longer belong); what was counted before stays counted."""
    with writing(by=by, on=on) as unit:
        people = list(reachable(Person).filter(pk__in=ids, voided_at=None))
        homes = {p.household_id for p in people}
        lock_households(homes)
        spells = list(Membership.objects.filter(person__in=people, left_on=None))
        for spell in spells:
            if spell.joined_on and left_on < spell.joined_on:
                raise Refused(
                    [
                        Problem(
                            0,
                            "left_on",
                            str(left_on),
                            "left_before_joined",
                            _("The day of leaving lies before the day of joining (%(day)s).")
                            % {"day": spell.joined_on},
                        )
                    ]
                )
            spell.left_on, spell.reason = left_on, reason
        bulk.update(spells, ["left_on", "reason"])
        unit.publish("families", homes)
        unit.publish("households", homes)
        unit.publish("settlements", Household.objects.filter(pk__in=homes).values_list("settlement_id", flat=True))
        return len(spells)


def void_persons(ids: Iterable[int], *, reason: str, by, on: dt.date | None = None) -> int:
    """Void members entered by mistake."""
    with writing(by=by, on=on) as unit:
        homes = set(reachable(Person).filter(pk__in=ids).values_list("household_id", flat=True))
        lock_households(homes)
        people = list(reachable(Person).filter(pk__in=ids, voided_at=None))
        _void(people, reason, by)
        unit.publish("families", homes)
        unit.publish("households", homes)
        unit.publish("settlements", Household.objects.filter(pk__in=homes).values_list("settlement_id", flat=True))
        return len(people)


def void_households(ids: Iterable[int], *, reason: str, by, on: dt.date | None = None) -> int:
    """Void households entered by mistake, with their members, whose ID numbers are free again."""
    with writing(by=by, on=on) as unit:
        lock_households(ids)
        households = list(reachable(Household).filter(pk__in=ids, voided_at=None))
        _void(households, reason, by)
        _void(list(Person.objects.filter(household__in=households, voided_at=None)), reason, by)
        unit.publish("households", [h.pk for h in households])
        unit.publish("settlements", {h.settlement_id for h in households})
        return len(households)


def _void(objects: list, reason: str, by) -> None:
    for obj in objects:
        obj.voided_at, obj.voided_by_id, obj.void_reason = clock.now(), by.pk, reason
        obj.version += 1
    bulk.update(objects, ["voided_at", "voided_by", "void_reason", "version"])
