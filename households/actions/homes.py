"""The only writers of homes, titles and hukou states."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence

from django.core.exceptions import ValidationError
from django.db import connection
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from alerts.actions import Limit, clear_deadlines, set_deadlines
from alerts.kinds import DeadlineKind, declare_deadline
from common import bulk, clock
from common.changes import Changes, writing
from common.problems import Refused, of_error
from common.scope import reachable
from common.terms import term
from households.actions.locking import lock_households
from households.models import Home, HukouState
from households.models.faults import LARGEST_AREA
from households.models.homes import PRESENT
from households.queries.homes import UNDER_WAY, home_segments, parameters_at

HOMES, TITLES, HUKOU = "homes", "titles", "hukou-states"
TITLE_STALE = declare_deadline(
    DeadlineKind(
        "title-stale",
        term("title registration stands still", "不动产登记停滞"),
        gettext_lazy(
            "The title of household %(household)s has not moved since %(since)s: take the next stage by %(due_on)s."
        ),
        frozenset({"township", "county"}),
    )
).key
# The present home is that of the household: what either says of flat and area, both say.
_HOUSEHOLDS_FOLLOW = (
    "UPDATE households_household h SET housing_area = t.area, version = h.version + 1,"
    " address = CASE WHEN t.address <> '' THEN t.address ELSE h.address END FROM households_home t"
    " WHERE t.household_id = h.id AND t.id = ANY(%s) AND t.to_on IS NULL AND t.voided_at IS NULL"
    " AND (h.housing_area IS DISTINCT FROM t.area OR t.address <> '' AND h.address <> t.address)"
)
_PLAUSIBLE = f"h.housing_area > 0 AND h.housing_area < {LARGEST_AREA}"
_HOMES_FOLLOW = (
    "UPDATE households_home t SET region = h.region, version = t.version + 1,"
    " address = CASE WHEN h.address <> '' THEN h.address ELSE t.address END,"
    f" area = CASE WHEN {_PLAUSIBLE} THEN h.housing_area ELSE t.area END"
    " FROM households_household h WHERE h.id = t.household_id AND h.id = ANY(%s) AND t.to_on IS NULL"
    " AND t.voided_at IS NULL AND (t.region <> h.region OR h.address <> '' AND h.address <> t.address"
    f" OR {_PLAUSIBLE} AND h.housing_area <> t.area) RETURNING t.id"
)
# A household that tells of its flat has a home, entered once; a voided or former row says that somebody decides by hand.
_HOMES_BEGIN = (
    "INSERT INTO households_home (region, version, void_reason, household_id, address, area, from_on, occupied_on,"
    " end_reason, acceptance, title_state, certificate_number, received_by, obstacle, obstacle_note, transfer, remark)"
    " SELECT h.region, 1, '', h.id, h.address, h.housing_area, h.moved_in_on, h.moved_in_on,"
    " '', '', '0', '', '', '', '', '', '' FROM households_household h"
    f" WHERE h.id = ANY(%s) AND h.voided_at IS NULL AND {_PLAUSIBLE}"
    " AND NOT EXISTS (SELECT FROM households_home t WHERE t.household_id = h.id) RETURNING id"
)
_TITLE_DAYS = ("applied_on", "first_registered_on", "issued_on", "received_on")
_TITLE_FIELDS = (*_TITLE_DAYS, "certificate_number", "received_by", "obstacle", "obstacle_note")
_PEOPLE_FOLLOW = (
    "UPDATE households_hukoustate s SET region = p.region FROM households_person p"
    " WHERE p.id = s.person_id AND p.household_id = ANY(%s) AND s.region <> p.region"
)


def save_homes(rows: Sequence[dict], *, by, on: dt.date | None = None, source: str = "") -> bulk.Saved:
    """Create or change homes, or what is known of their titles; a row is found by `id`, else it is the household's present
    home. A household without one gets it, with what the household's own row says."""
    with writing(by=by, on=on, source=source) as unit:
        ids = [row["id"] for row in rows if row.get("id")]
        homes = {row["household"].pk: row["household"] for row in rows if row.get("household")}
        kept = {home.household_id for home in reachable(Home).filter(pk__in=ids)}
        lock_households({*homes, *kept})
        by_id = reachable(Home).in_bulk(ids)
        present = {h.household_id: h for h in reachable(Home).filter(PRESENT, household__in=homes)}

        def find(row: dict) -> Home | None:
            return by_id.get(row["id"]) if row.get("id") else present.get(row["household"].pk)

        try:
            merged = bulk.merge(Home, [_completed(row, find(row)) for row in rows], find)
        except ValidationError as error:
            raise Refused(list(of_error(error))) from error
        for home in merged.new:
            home.region = homes[home.household_id].region
        if merged.changed:
            merged.fields |= {"title_state", "title_moved_on", "obstacle", "obstacle_note"}
        saved = bulk.write(merged)
        _tell_households([home.pk for home in saved.touched])
        watch_titles([home.pk for home in saved.touched], unit.on)
        unit.publish(HOMES, [home.pk for home in saved.touched])
        unit.publish("households", {home.household_id for home in saved.touched})
        return saved


def _completed(row: dict, stored: Home | None) -> dict:
    if stored is not None:
        return row
    household = row["household"]
    known = {
        "address": household.address,
        "area": household.housing_area,
        "from_on": household.moved_in_on,
        "occupied_on": household.moved_in_on,
    }
    told = {**known, **{name: value for name, value in row.items() if value not in (None, "")}}
    # A household's own month of moving in is no news where the hand-over is told to be later.
    if told.get("handed_over_on") and not row.get("occupied_on") and told["occupied_on"]:
        told["occupied_on"] = max(told["occupied_on"], told["handed_over_on"].replace(day=1))
    return told


def _tell_households(ids: Iterable[int]) -> None:
    with connection.cursor() as cursor:
        cursor.execute(_HOUSEHOLDS_FOLLOW, [list(ids)])


def watch_titles(ids: Iterable[int], on: dt.date) -> None:
    """Cases under way are due to move within the days that the place sets; others are due for nothing."""
    ids = list(ids)
    found = home_segments(on)
    moving = list(
        Home.objects.filter(PRESENT, pk__in=ids, title_state__in=UNDER_WAY, household__voided_at=None).select_related(
            "household"
        )
    )
    clear_deadlines(TITLE_STALE, TITLES, set(ids) - {home.pk for home in moving}, on=on)
    if moving:
        limits = [
            Limit(
                home.pk,
                home.region,
                f"/households/{home.household.code}/",
                home.title_moved_on + dt.timedelta(parameters_at(found, home.region).title_stale_days),
                params={"household": home.household.code, "since": home.title_moved_on.isoformat()},
            )
            for home in moving
        ]
        set_deadlines(TITLE_STALE, TITLES, limits, on=on)


def void_homes(ids: Iterable[int], *, reason: str, by, on: dt.date | None = None) -> int:
    """Void homes entered by mistake; their certificate numbers are free again."""
    with writing(by=by, on=on) as unit:
        homes = list(reachable(Home).filter(pk__in=ids, voided_at=None).order_by("pk").select_for_update(no_key=True))
        for home in homes:
            home.voided_at, home.voided_by_id, home.void_reason = clock.now(), by.pk, reason
            home.version += 1
        bulk.update(homes, ["voided_at", "voided_by", "void_reason", "version"])
        watch_titles([home.pk for home in homes], unit.on)
        unit.publish(HOMES, [home.pk for home in homes])
        unit.publish("home-areas", [home.household_id for home in homes])
        return len(homes)


def withdraw_titles(ids: Iterable[int], *, reason: str, by, on: dt.date | None = None) -> int:
    """Take back what was entered by mistake about the titles of homes, with the reason in the remark; the homes stay."""
    with writing(by=by, on=on) as unit:
        homes = list(reachable(Home).filter(pk__in=ids, voided_at=None).order_by("pk").select_for_update(no_key=True))
        limit = Home._meta.get_field("remark").max_length
        for home in homes:
            for name in _TITLE_FIELDS:
                setattr(home, name, None if name in _TITLE_DAYS else "")
            note = _("title entered by mistake: %(reason)s") % {"reason": reason}
            home.remark = "; ".join(part for part in (home.remark, note) if part)[-limit:]
            home.clean()
            home.version += 1
        bulk.update(homes, [*_TITLE_FIELDS, "title_state", "title_moved_on", "remark", "version"])
        watch_titles([home.pk for home in homes], unit.on)
        unit.publish(HOMES, [home.pk for home in homes])
        return len(homes)


def follow_homes(changes: Changes) -> None:
    """A step of what follows a change: the present home of a household that was touched says what the household says, and
    who tells of a flat for the first time has a home."""
    ids = sorted(changes.touched["households"] - changes.touched["recomputed"])
    if not ids:
        return
    with connection.cursor() as cursor:
        cursor.execute(_PEOPLE_FOLLOW, [ids])
        cursor.execute(_HOMES_FOLLOW, [ids])
        followed = [row[0] for row in cursor.fetchall()]
        cursor.execute(_HOMES_BEGIN, [ids])
        begun = [row[0] for row in cursor.fetchall()]
    if followed:
        watch_titles(followed, changes.on)
    changes.publish(HOMES, [*followed, *begun])


def save_hukou(rows: Sequence[dict], *, by, on: dt.date | None = None, source: str = "") -> bulk.Saved:
    """Enter or change where people are registered; the state before ends where the next begins."""
    with writing(by=by, on=on, source=source) as unit:
        by_id = reachable(HukouState).in_bulk([row["id"] for row in rows if row.get("id")])
        people = {row["person"].pk: row["person"] for row in rows if row.get("person")}
        stored = {
            (row.person_id, row.from_on): row for row in reachable(HukouState).filter(person__in=people, voided_at=None)
        }

        def find(row: dict) -> HukouState | None:
            return by_id.get(row["id"]) if row.get("id") else stored.get((row["person"].pk, row.get("from_on")))

        try:
            merged = bulk.merge(HukouState, rows, find)
        except ValidationError as error:
            raise Refused(list(of_error(error))) from error
        for state in merged.new:
            state.region = people[state.person_id].region
        saved = bulk.write(merged)
        close_states({state.person_id for state in saved.touched})
        unit.publish(HUKOU, [state.pk for state in saved.touched])
        return saved


def close_states(people: Iterable[int]) -> None:
    """Each state of these people ends where their next one begins."""
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE households_hukoustate s SET to_on = x.next FROM (SELECT id, lead(from_on) OVER"
            " (PARTITION BY person_id ORDER BY from_on) AS next FROM households_hukoustate"
            " WHERE person_id = ANY(%s) AND voided_at IS NULL) x WHERE x.id = s.id AND s.to_on IS DISTINCT FROM x.next",
            [sorted(people)],
        )


def void_hukou(ids: Iterable[int], *, reason: str, by, on: dt.date | None = None) -> int:
    """Void states entered by mistake; the one before goes on to the next."""
    with writing(by=by, on=on) as unit:
        states = list(reachable(HukouState).filter(pk__in=ids, voided_at=None))
        for state in states:
            state.voided_at, state.voided_by_id, state.void_reason = clock.now(), by.pk, reason
            state.version += 1
        bulk.update(states, ["voided_at", "voided_by", "void_reason", "version"])
        close_states({state.person_id for state in states})
        unit.publish(HUKOU, [state.pk for state in states])
        return len(states)
