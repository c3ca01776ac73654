"""Entering problems: drafts and corrections, their places and co-responsible units, voiding.

The state of an item moves by rectification.actions.moves alone.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence

from django.core.exceptions import PermissionDenied
from django.db import connection
from django.utils.translation import gettext as _

from accounts.roles import check
from common import bulk, clock
from common.changes import writing
from common.problems import Problem, Refused
from common.scope import ancestor, code_range, contains, reachable
from rectification.models import ItemMove, ItemPlace, ItemUnit, ProblemClass, RectificationItem
from rectification.queries.rights import LEDGER
from settlements.models import Settlement

# What may still be corrected once the unit has the item; everything else moves by acts.
OPEN_TO_CORRECTION = frozenset({"remark", "responsible_name", "responsible_phone", "document_no", "batch"})
BEFORE_ASSIGNMENT = ("draft", "registered")
_PARTING = re.compile(r"[、，,;；\n]+")


def names_in(text: str) -> list[str]:
    """The settlements that a cell names, each once."""
    return list(dict.fromkeys(name.strip() for name in _PARTING.split(text or "") if name.strip()))


def county_prefix(region: int) -> str:
    """The six digits that numbers of a place begin with: of its county, or of what lies above it."""
    return f"{region // 10**6:06d}"


def next_numbers(prefix: str, count: int) -> list[str]:
    """So many free numbers PREFIX-0001 ...; held until commit, since a user may not see all that are taken."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtext(%s))", [prefix])
        cursor.execute("SELECT rectification_last_number(%s)", [prefix])
        last = cursor.fetchone()[0] or 0
    return [f"{prefix}-{last + step:04d}" for step in range(1, count + 1)]


def check_items(rows: Sequence[dict], user) -> Iterator[tuple[int, str, object, str, str]]:
    """Places that are not known in the row's division, and settlements of several counties in one row."""
    for index, row in enumerate(rows):
        region = row.get("division")
        if region is None:
            continue
        if not contains(user.ranges, region):
            yield index, "division", region, "out_of_scope", _("This place lies outside the area that you may enter.")
            continue
        names = names_in(row.get("place_names") or "")
        found = _settlements_named(names, region)
        for name in names:
            if name not in found:
                message = _("There is no settlement “%(name)s” in this division. Correct the name or the division.")
                yield index, "place_names", name, "unknown_settlement", message % {"name": name}


def _settlements_named(names: Sequence[str], region: int) -> dict[str, Settlement]:
    rows = Settlement.objects.within([code_range(region)]).filter(name__in=names, voided_at=None) if names else ()
    return {settlement.name: settlement for settlement in rows}


def save_items(rows: Sequence[dict], *, by, on=None, source="") -> bulk.Saved:
    """Create drafts or correct items. `settlements` (a list) may stand for `place_names`."""
    check(by, "write", LEDGER)
    if by.role == "department":
        raise PermissionDenied(_("A department works on the problems that it is given; it enters none."))
    with writing(by=by, on=on, source=source) as unit:
        rows = [_with_names(row) for row in rows]
        stored = _stored(rows)
        _refuse_late_changes(rows, stored)
        merged = bulk.merge(RectificationItem, rows, lambda row: _stored_of(row, stored), {"division": "region"})
        _complete(merged, rows, by, unit.on)
        saved = bulk.write(merged)
        places = [(item, row) for item, row in zip(saved.objects, rows, strict=True) if "place_names" in row]
        for item, row in places:
            _set_places(item, row.get("settlements") or ())
        bulk.insert(
            [
                ItemMove(item=item, region=item.region, act="enter", to_state="draft", on=unit.on, by=by, unit=by.unit)
                for item in saved.created
            ]
        )
        unit.publish(LEDGER, [item.pk for item in saved.touched])
        return saved


def _with_names(row: dict) -> dict:
    if row.get("settlements"):
        return {**row, "place_names": "、".join(s.name for s in row["settlements"])}
    return row


def _stored(rows: Sequence[dict]) -> dict[object, RectificationItem]:
    """The items that rows name by id or number, locked in id order."""
    ids = [row["id"] for row in rows if row.get("id")]
    numbers = [row["number"] for row in rows if row.get("number")]
    found = reachable(RectificationItem).order_by("pk").select_for_update(no_key=True, of=("self",))
    by_id = {item.pk: item for item in found.filter(pk__in=ids)}
    return by_id | {item.number: item for item in found.filter(number__in=numbers)}


def _stored_of(row: dict, stored: dict) -> RectificationItem | None:
    return stored.get(row.get("id")) or stored.get(row.get("number"))


def _refuse_late_changes(rows: Sequence[dict], stored: dict) -> None:
    problems = []
    for index, row in enumerate(rows):
        item = _stored_of(row, stored)
        if item is None or item.state in BEFORE_ASSIGNMENT:
            continue
        for name, value in row.items():
            attribute = "region" if name == "division" else name
            if name in OPEN_TO_CORRECTION or not hasattr(item, attribute) or name in ("id", "version", "number"):
                continue
            if getattr(item, attribute) != value:
                message = _("The item has been given to its unit. Only remarks and contacts can be corrected now.")
                problems.append(Problem(index, name, str(value)[:60], "no_longer_draft", message))
    if problems:
        raise Refused(problems)


def _complete(merged: bulk.Merged, rows: Sequence[dict], by, on) -> None:
    """Give new items their number, author and state; keep the red line in step with the class."""
    fresh = {id(item) for item in merged.new}
    wanted: dict[str, list[RectificationItem]] = {}
    for item in merged.objects:
        red_line = item.problem_class.red_line or bool(
            item.problem_class.parent_id and item.problem_class.parent.red_line
        )
        if item.red_line != red_line:
            item.red_line = red_line
            merged.fields.add("red_line")
        if id(item) in fresh:
            item.state, item.state_on, item.author, item.author_unit = "draft", on, by, by.unit
            wanted.setdefault(f"{county_prefix(item.region)}-{on.year}", []).append(item)
    for prefix, items in sorted(wanted.items()):
        for item, number in zip(items, next_numbers(prefix, len(items)), strict=True):
            item.number = number


def _set_places(item: RectificationItem, settlements: Iterable[Settlement]) -> None:
    """The item's places are those settlements that it names."""
    names = names_in(item.place_names)
    found = {s.name: s for s in settlements} or _settlements_named(names, item.region)
    _refuse_far_places(item, names, found)
    wanted = {found[name].pk: found[name] for name in names}
    item.places.exclude(settlement__in=wanted).filter(state="open").delete()
    present = set(item.places.values_list("settlement", flat=True))
    bulk.insert(
        [
            ItemPlace(item=item, settlement=settlement, region=settlement.region)
            for key, settlement in wanted.items()
            if key not in present
        ]
    )


def _refuse_far_places(item: RectificationItem, names: Sequence[str], found: dict[str, Settlement]) -> None:
    problems = []
    lo, hi = code_range(item.region)
    for name in names:
        if name not in found or not lo <= found[name].region < hi:
            message = _("There is no settlement “%(name)s” in this division. Correct the name or the division.")
            problems.append(Problem(0, "place_names", name, "unknown_settlement", message % {"name": name}))
    if len({ancestor(s.region, 3) for s in found.values()}) > 1:
        message = _("These settlements lie in several counties. Enter one item for each county, in one batch.")
        problems.append(Problem(0, "place_names", item.place_names, "several_counties", message))
    if problems:
        raise Refused(problems)


def void_items(ids: Iterable[int], *, reason: str, by, on=None) -> int:
    """Void items entered by mistake, as long as nobody has been given them."""
    with writing(by=by, on=on) as unit:
        rows = list(
            reachable(RectificationItem).filter(pk__in=list(ids), voided_at=None).order_by("pk").select_for_update()
        )
        problems = [
            Problem(
                index,
                "number",
                item.number,
                "no_longer_draft",
                _("%(number)s has been given to its unit. Merge it or close it instead.") % {"number": item.number},
            )
            for index, item in enumerate(rows)
            if item.state not in BEFORE_ASSIGNMENT
        ]
        if problems:
            raise Refused(problems)
        for item in rows:
            item.voided_at, item.voided_by_id, item.void_reason = clock.now(), by.pk, reason
            item.version += 1
        bulk.update(rows, ["voided_at", "voided_by", "void_reason", "version"])
        unit.publish(LEDGER, [item.pk for item in rows])
        return len(rows)


def set_co_units(item: RectificationItem, units: Sequence[tuple[object, str]], *, by, on=None) -> None:
    """The co-responsible units with their persons, as a whole; the lead unit is none of them."""
    check(by, "write", LEDGER)
    with writing(by=by, on=on) as work:
        item = reachable(RectificationItem).select_for_update(no_key=True, of=("self",)).get(pk=item.pk)
        wanted = {unit.pk: (unit, name) for unit, name in units if unit.pk != item.lead_unit_id}
        item.co_units.exclude(unit__in=wanted).delete()
        for unit, name in wanted.values():
            ItemUnit.objects.update_or_create(
                item=item, unit=unit, defaults={"region": item.region, "person_name": name}
            )
        work.publish(LEDGER, [item.pk])


def save_problem_classes(rows: Sequence[dict], *, by, on=None, source="") -> bulk.Saved:
    """Classes and aspects of a province; the national ones are the administrator's."""
    check(by, "write", "problem-classes")
    with writing(by=by, on=on, source=source):
        stored = {row.pk: row for row in ProblemClass.objects.filter(pk__in=[r["id"] for r in rows if r.get("id")])}
        province = ancestor(by.home_region, 1) if by.home_region else 0
        known = {(row.region, row.code): row for row in ProblemClass.objects.filter(region=province)}
        foreign = [row for row in stored.values() if row.region != province]
        if foreign:
            message = _("“%(name)s” is not a class of your province and is not changed here.") % {"name": foreign[0]}
            raise Refused([Problem(0, "code", foreign[0].code, "out_of_scope", message)])
        merged = bulk.merge(
            ProblemClass, rows, lambda row: stored.get(row.get("id")) or known.get((province, row.get("code")))
        )
        for item in merged.new:
            item.region = province
        return bulk.write(merged)
