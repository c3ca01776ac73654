"""Households: made, changed, moved to another settlement."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

from django.db import connection
from django.utils.translation import gettext as _

from common import bulk
from common.changes import Changes, writing
from common.scope import reachable
from common.values import plain
from households.actions.life_notes import note_moves
from households.actions.locking import lock_households
from households.actions.rehousing import moved_out, rehouse
from households.models import Household, Placement
from households.places import PARTS, complete_flats, complete_origins, flat_of


def save_households(rows: Sequence[dict], *, by, on: dt.date | None = None, source: str = "") -> bulk.Saved:
    """Create or change households; a row is found by `id` or `code`. A new settlement moves its members along."""
    with writing(by=by, on=on, source=source) as unit:
        codes = [row["code"] for row in rows if row.get("code")]
        ids = [row["id"] for row in rows if row.get("id")]
        lock_households([*reachable(Household).filter(code__in=codes).values_list("id", flat=True), *ids])
        stored = reachable(Household).in_bulk(codes, field_name="code")
        by_id = reachable(Household).in_bulk(ids)
        before = {
            h.pk: {name: getattr(h, name) for name in ("settlement_id", "address", *PARTS, "grid_id")}
            for h in (*stored.values(), *by_id.values())
        }
        flats = {h.pk: flat_of(h) for h in (*stored.values(), *by_id.values())}
        complete_origins(rows)
        merged = bulk.merge(Household, rows, lambda row: by_id.get(row.get("id")) or stored.get(row.get("code")))
        if complete_flats((*merged.new, *merged.changed), flats):
            merged.fields |= {"address", *PARTS}
        moved = [h for h in merged.changed if before[h.pk]["settlement_id"] != h.settlement_id]
        _leave_grids(moved, rows, merged.objects)
        for household in (*merged.new, *moved):
            household.region = household.settlement.region
        if moved:
            merged.fields |= {"region", "grid"}
        saved = bulk.write(merged)
        bulk.insert(
            [
                Placement(household=h, settlement_id=h.settlement_id, region=h.region, from_on=h.moved_in_on)
                for h in merged.new
            ]
        )
        if moved:
            _move(moved, before, unit, by)
            unit.publish("moved", [h.pk for h in moved])
        unit.publish("households", [h.pk for h in (*merged.new, *merged.changed)])
        unit.publish(
            "settlements",
            {
                *(h.settlement_id for h in merged.new),
                *(h.settlement_id for h in moved),
                *(before[h.pk]["settlement_id"] for h in moved),
            },
        )
        return saved


def _leave_grids(moved: list[Household], rows: Sequence[dict], objects: list[Household]) -> None:
    """Who moves to another settlement leaves the grid of the former one, unless the row tells the new one."""
    told = {id(household) for row, household in zip(rows, objects, strict=True) if row.get("grid")}
    for household in moved:
        if id(household) not in told:
            household.grid = None


def _move(households: list[Household], before: dict[int, dict], unit: Changes, by) -> None:
    """The stay in the former settlement ends on the day, one in the new begins, what belongs to the household follows;
    it is an event in the household's life, however it was entered."""
    ids = [h.pk for h in households]
    ended = dict(Placement.objects.filter(household__in=ids, to_on=None).values_list("household_id", "pk"))
    Placement.objects.filter(pk__in=ended.values()).update(to_on=unit.on)
    begun = {
        h.pk: Placement(household=h, settlement_id=h.settlement_id, region=h.region, from_on=unit.on)
        for h in households
    }
    bulk.insert([*begun.values()])
    steps = rehouse(moved_out(households), unit.on, _("moved to another settlement"), unit)
    for h in households:
        stays = [["placement", ended[h.pk], {"to_on": None}, {"to_on": plain(unit.on)}]] if h.pk in ended else []
        told = {name: getattr(h, name) for name in before[h.pk]}
        steps[h.pk] = [
            ["household", h.pk, before[h.pk], told],
            *stays,
            ["placement", begun[h.pk].pk, None, {}],
            *steps.get(h.pk, ()),
        ]
    note_moves(households, steps, unit, by)
    follow_home(ids)


def follow_home(ids: Sequence[int]) -> None:
    """Members, present spells and events carry the region of the household; what other parts keep follows in the pipeline."""
    with connection.cursor() as cursor:
        for statement in (
            "UPDATE households_person p SET region = h.region FROM households_household h"
            " WHERE p.household_id = h.id AND h.id = ANY(%s) AND p.region <> h.region",
            "UPDATE households_membership m SET region = h.region FROM households_household h"
            " WHERE m.household_id = h.id AND h.id = ANY(%s) AND m.left_on IS NULL AND m.region <> h.region",
            "UPDATE households_householdevent e SET region = h.region FROM households_household h"
            " WHERE e.household_id = h.id AND h.id = ANY(%s) AND e.region <> h.region",
        ):
            cursor.execute(statement, [ids])
