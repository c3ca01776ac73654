"""The only writers of grids, their managers and the links of cadres with households."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Sequence

from django.core.exceptions import ValidationError
from django.db import connection
from django.utils.translation import gettext as _

from accounts.roles import check
from common import bulk, clock
from common.changes import Changes, writing
from common.problems import Problem, Refused, of_error
from common.scope import code_range, reachable
from households.actions.locking import lock_households
from households.models import CadreLink, Grid, GridManager, Household
from households.places import PARTS, parts_of

GRIDS, MANAGERS, LINKS = "grids", "grid-managers", "cadre-links"


def save_grids(rows: Sequence[dict], *, by, on: dt.date | None = None, source: str = "") -> bulk.Saved:
    """Create or change grids; a row is found by `id` or `code`. What lies below a grid goes with it."""
    with writing(by=by, on=on, source=source) as unit:
        ids = [row["id"] for row in rows if row.get("id")]
        codes = [row["code"] for row in rows if row.get("code")]
        by_id = reachable(Grid).select_related("parent").in_bulk(ids)
        by_code = reachable(Grid).select_related("parent").in_bulk(codes, field_name="code")
        merged = _merged(
            Grid, rows, lambda row: by_id.get(row.get("id")) or by_code.get(row.get("code")), {"division": "region"}
        )
        _give_codes(merged.new)
        if merged.changed:
            merged.fields.add("region")
        saved = bulk.write(merged)
        moved = _regions_follow([grid.pk for grid in merged.changed])
        unit.publish(GRIDS, {*(grid.pk for grid in saved.touched), *moved})
        return saved


def _merged(model, rows: Sequence[dict], find, attribute_of=None) -> bulk.Merged:
    try:
        return bulk.merge(model, rows, find, attribute_of)
    except ValidationError as error:
        raise Refused(list(of_error(error))) from error


def _give_codes(grids: list[Grid]) -> None:
    """Grids without a code get the next free number of their county: its six digits, a W and four digits."""
    open_grids = [grid for grid in grids if not grid.code]
    if not open_grids:
        return
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtext('grid codes'))")
        for county in sorted({grid.region // 10**6 for grid in open_grids}):
            prefix = f"{county:06d}W"
            cursor.execute(
                "SELECT max(substr(code, 8)::int) FROM households_grid WHERE code >= %s AND code < %s"
                " AND code ~ '^[0-9]{6}W[0-9]{4,}$'",
                [prefix, prefix[:-1] + "X"],
            )
            last = cursor.fetchone()[0] or 0
            mine = [grid for grid in open_grids if grid.region // 10**6 == county]
            for number, grid in enumerate(mine, last + 1):
                grid.code = f"{prefix}{number:04d}"


def _regions_follow(ids: Iterable[int]) -> list[int]:
    """Grids and managers below the changed ones lie where these lie."""
    with connection.cursor() as cursor:
        cursor.execute(
            "WITH RECURSIVE below AS (SELECT id, region FROM households_grid WHERE id = ANY(%s)"
            " UNION ALL SELECT g.id, b.region FROM households_grid g JOIN below b ON g.parent_id = b.id)"
            " UPDATE households_grid g SET region = b.region, version = version + 1 FROM below b"
            " WHERE b.id = g.id AND g.region <> b.region RETURNING g.id",
            [list(ids)],
        )
        moved = [row[0] for row in cursor.fetchall()]
        cursor.execute(
            "UPDATE households_gridmanager m SET region = g.region FROM households_grid g"
            " WHERE g.id = m.grid_id AND g.id = ANY(%s) AND m.region <> g.region",
            [[*ids, *moved]],
        )
    return moved


def void_grids(ids: Iterable[int], *, reason: str, by, on: dt.date | None = None) -> int:
    """Void grids entered by mistake. Raises Refused while something lies in one of them."""
    with writing(by=by, on=on) as unit:
        grids = list(reachable(Grid).filter(pk__in=ids, voided_at=None).order_by("pk").select_for_update(no_key=True))
        for grid in grids:
            if Grid.objects.filter(parent=grid, voided_at=None).exclude(pk__in=ids).exists():
                raise Refused([Problem(0, "", grid.code, "in_use", _("Grids lie below it. Void or move them first."))])
            if Household.objects.filter(grid=grid, voided_at=None).exists():
                message = _("Households belong to it. Put them into another grid first.")
                raise Refused([Problem(0, "", grid.code, "in_use", message)])
        _void(grids, reason, by)
        unit.publish(GRIDS, [grid.pk for grid in grids])
        return len(grids)


def _void(rows: list, reason: str, by) -> None:
    for row in rows:
        row.voided_at, row.voided_by_id, row.void_reason = clock.now(), by.pk, reason
        row.version += 1
    bulk.update(rows, ["voided_at", "voided_by", "void_reason", "version"])


def save_links(rows: Sequence[dict], *, by, on: dt.date | None = None, source: str = "") -> bulk.Saved:
    """Create or change links; a row is found by `id`, or household and first day. The link before ends where a new one
    begins."""
    with writing(by=by, on=on, source=source) as unit:
        by_id = reachable(CadreLink).in_bulk([row["id"] for row in rows if row.get("id")])
        homes = {row["household"].pk for row in rows if row.get("household")} | {
            link.household_id for link in by_id.values()
        }
        lock_households(homes)
        standing = list(reachable(CadreLink).filter(household__in=homes, voided_at=None).order_by("from_on"))
        by_day = {(link.household_id, link.from_on): link for link in standing}

        def find(row: dict) -> CadreLink | None:
            if row.get("id"):
                return by_id.get(row["id"])
            return by_day.get((row["household"].pk, row.get("from_on")))

        merged = _merged(CadreLink, rows, find)
        for link in merged.new:
            link.region = link.household.region
        ended = _in_line(merged, standing)
        bulk.update(ended, ["to_on", "version"])
        if merged.changed:
            merged.fields.add("to_on")
        saved = bulk.write(merged)
        unit.publish(LINKS, [link.pk for link in (*saved.touched, *ended)])
        return saved


def _in_line(merged: bulk.Merged, standing: list[CadreLink]) -> list[CadreLink]:
    """Links of a household follow each other: an open one ends where the next begins. Gives the stored ones that do so;
    raises Refused where two would overlap."""
    place = {id(link): index for index, link in enumerate(merged.objects)}
    told = {link.pk for link in merged.objects if link.pk}
    lines: dict[int, list[CadreLink]] = defaultdict(list)
    for link in [*merged.objects, *(link for link in standing if link.pk not in told)]:
        lines[link.household_id].append(link)
    ended, problems = [], []
    for links in lines.values():
        links.sort(key=lambda link: link.from_on)
        for earlier, later in zip(links, links[1:], strict=False):
            if earlier.from_on == later.from_on or (earlier.to_on and earlier.to_on > later.from_on):
                index = place.get(id(later), place.get(id(earlier), 0))
                message = _("%(name)s is linked with this household from %(day)s on. Two links may not overlap.") % {
                    "name": earlier.name if id(later) in place else later.name,
                    "day": earlier.from_on if id(later) in place else later.from_on,
                }
                problems.append(Problem(index, "from_on", str(later.from_on), "overlap", message))
            elif earlier.to_on is None:
                earlier.to_on = later.from_on
                if id(earlier) not in place:
                    earlier.version += 1
                    ended.append(earlier)
    if problems:
        raise Refused(problems)
    return ended


def hand_over(
    links: Iterable[int],
    *,
    to: dict,
    day: dt.date,
    reason: str,
    by,
    nobody: bool = False,
    on: dt.date | None = None,
) -> int:
    """Another cadre takes over households from the day on; gives how many. `to` names the new one (name, employer, post,
    phone, user); with `nobody` the links end and nobody follows for now. Raises Refused."""
    check(by, "write", LINKS)
    with writing(by=by, on=on) as unit:
        homes = list(reachable(CadreLink).filter(pk__in=links).values_list("household_id", flat=True))
        lock_households(homes)
        current = list(
            reachable(CadreLink).filter(pk__in=links, voided_at=None, to_on=None).select_related("household")
        )
        problems = []
        if not current:
            problems.append(Problem(0, "", "", "nothing", _("No current link was chosen. Choose at least one.")))
        if day > unit.on:
            message = _("The day lies in the future. Enter the change when it has come.")
            problems.append(Problem(0, "day", str(day), "future_date", message))
        if not reason:
            problems.append(Problem(0, "reason", "", "required", _("Say why the cadre leaves.")))
        if not to.get("name") and not nobody:
            message = _("Name the cadre who takes over, or tick that nobody does for now.")
            problems.append(Problem(0, "name", "", "required", message))
        if to.get("name") and nobody:
            message = _("A cadre who takes over is named: delete the name, or do not tick that nobody does.")
            problems.append(Problem(0, "nobody", "", "disagrees", message))
        late = [link for link in current if link.from_on >= day]
        if late:
            message = _(
                "%(name)s has been linked with %(household)s only since %(day)s: the change comes after it."
            ) % {
                "name": late[0].name,
                "household": late[0].household.code,
                "day": late[0].from_on,
            }
            problems.append(Problem(0, "day", str(day), "order", message))
        if problems:
            raise Refused(problems)
        for link in current:
            link.to_on, link.end_reason = day, reason
            link.version += 1
        bulk.update(current, ["to_on", "end_reason", "version"])
        new = []
        if to.get("name"):
            new = [CadreLink(household=link.household, region=link.region, from_on=day, **to) for link in current]
            bulk.insert(new)
        unit.publish(LINKS, [link.pk for link in (*current, *new)])
        return len(current)


def follow_places(changes: Changes) -> None:
    """A step of what follows a change: the parts of a flat follow an address that was written past the action; a
    grid of another township is none of theirs who moved."""
    follow_addresses(changes.touched["households"] - changes.touched["recomputed"])
    ids = sorted(changes.touched["moved"])
    if not ids:
        return
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE households_duplicate d SET region = p.region FROM households_person p"
            " WHERE p.id = d.person_id AND p.household_id = ANY(%s) AND d.region <> p.region",
            [ids],
        )
        # The grid of another county is hidden from who moves the household: what is not seen here is not here.
        cursor.execute(
            "UPDATE households_household h SET grid_id = NULL, version = version + 1 WHERE h.id = ANY(%s)"
            " AND h.grid_id IS NOT NULL"
            " AND NOT EXISTS (SELECT FROM households_grid g WHERE g.id = h.grid_id AND g.region = h.region)",
            [ids],
        )


def follow_addresses(ids: Iterable[int]) -> None:
    """Building, stairwell and room that no longer stand in the address are read from it anew."""
    ids = sorted(ids)
    if not ids:
        return
    gone = " OR ".join(f"{name} <> '' AND position({name} IN address) = 0" for name in PARTS)
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT id, address FROM households_household WHERE id = ANY(%s) AND address <> '' AND ({gone})",
            [ids],
        )
        for key, address in cursor.fetchall():
            parts = parts_of(address)
            cursor.execute(
                "UPDATE households_household SET building = %s, unit = %s, room = %s, version = version + 1 WHERE id = %s",
                [*parts.values(), key],
            )


def grids_of(region: int) -> Iterable[Grid]:
    """Standing grids of a division, from the top down: what a household there may be put into."""
    lo, hi = code_range(region)
    return Grid.objects.filter(region__gte=lo, region__lt=hi, voided_at=None).order_by("level", "name", "id")


def save_managers(rows: Sequence[dict], *, by, on: dt.date | None = None, source: str = "") -> bulk.Saved:
    """Create or change managers of grids; a row is found by `id`, or grid, name and first day."""
    with writing(by=by, on=on, source=source) as unit:
        by_id = reachable(GridManager).in_bulk([row["id"] for row in rows if row.get("id")])
        grids = {row["grid"].pk for row in rows if row.get("grid")}
        standing = reachable(GridManager).filter(grid__in=grids, voided_at=None)
        by_key = {(row.grid_id, row.name, row.from_on): row for row in standing}

        def find(row: dict) -> GridManager | None:
            if row.get("id"):
                return by_id.get(row["id"])
            return by_key.get((row["grid"].pk, row.get("name"), row.get("from_on")))

        merged = _merged(GridManager, rows, find)
        for manager in (*merged.new, *merged.changed):
            manager.region = manager.grid.region
        if merged.changed:
            merged.fields.add("region")
        saved = bulk.write(merged)
        unit.publish(MANAGERS, [manager.pk for manager in saved.touched])
        return saved
