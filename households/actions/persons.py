"""Members: entered and changed. What happens to them later is in `life`."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

from django.utils.translation import gettext as _

from common import bulk
from common.changes import writing
from common.problems import Problem, Refused
from common.scope import reachable
from households.actions.families import follow_heads
from households.actions.life_notes import note_deaths, note_returns
from households.actions.locking import lock_households
from households.checks.households import blind
from households.models import Household, Membership, Person


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
        before: dict[int, tuple] = {}

        def found(row: dict) -> Person | None:
            person = find(row)
            if person is not None:
                before.setdefault(person.pk, (person.household_id, person.relation, person.died_on))
            return person

        merged = bulk.merge(Person, rows, found)
        joining = _joining(rows, merged)
        for person in joining:
            person.region = person.household.region
        if joining:
            merged.fields.add("region")
        if "id_number" in merged.fields:
            merged.fields.add("id_index")
        # clean() may have taken sex, birth date and kind of document from a new number.
        merged.fields |= {"sex", "birth_date", "document_type"} if merged.changed else set()
        saved = bulk.write(merged)
        spells = [
            Membership(person=p, household_id=p.household_id, region=p.region, joined_on=joined_on)
            for p, joined_on in zip(joining, _join_dates(rows, merged, joining, unit.on), strict=True)
        ]
        bulk.insert(spells)
        note_returns([spell for spell in spells if spell.person_id in before], before, unit, by)
        note_deaths([p for p in merged.changed if p.died_on and before[p.pk][2] is None], unit, by)
        touched = {p.household_id for p in (*merged.new, *merged.changed)}
        follow_heads(touched)
        # What is known of somebody who comes again lies where the person is now.
        unit.publish("moved", {p.household_id for p in joining} - {p.household_id for p in merged.new})
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
