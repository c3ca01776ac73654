"""Households: made, changed, moved to another settlement."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

from django.db import connection

from common import bulk
from common.changes import writing
from common.scope import reachable
from divisions.models import Division
from households.actions.locking import lock_households
from households.models import Household, Placement, Visit


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
            # Their photographs lie where they lie.
            unit.publish("visits", Visit.objects.filter(household__in=moved).values_list("pk", flat=True))
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


# Tables whose rows belong to the household that `household_id` names, and follow it to another region.
FOLLOWING = [
    "households_householdplan",
    "households_planmeasure",
    "households_visit",
    "households_visitstep",
    "households_confirmation",
]


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
            *(
                f"UPDATE {table} t SET region = h.region FROM households_household h"
                " WHERE t.household_id = h.id AND h.id = ANY(%s) AND t.region <> h.region"
                for table in FOLLOWING
            ),
        ):
            cursor.execute(statement, [ids])
