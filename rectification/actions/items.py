"""Entering problems: drafts and corrections, their places and co-responsible units, voiding.

The state of an item moves by rectification.actions.moves alone.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Sequence
from copy import copy

from django.core.exceptions import PermissionDenied
from django.db.models import Model
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.roles import check
from common import bulk, clock
from common.changes import writing
from common.problems import Problem, Refused
from common.scope import ScopedQuerySet, ancestor, code_range, contains, level_of, reachable
from divisions.models import Unit
from rectification.actions.effects import follow_deadlines, forget_deadlines
from rectification.actions.item_records import county_prefix, next_numbers, note, note_of
from rectification.models import ItemPlace, ItemUnit, ProblemClass, RectificationItem
from rectification.models.items import concerns
from rectification.queries.rights import LEDGER, why_not_enter
from rectification.states import OPEN
from settlements.models import Settlement

# What may still be corrected once the unit has the item; everything else moves by acts.
OPEN_TO_CORRECTION = frozenset({"remark", "responsible_name", "responsible_phone", "document_no", "batch"})
BEFORE_ASSIGNMENT = ("draft", "registered")
_LATE = gettext_lazy("The item has been given to its unit. Only remarks and contacts can be corrected now.")
_PARTING = re.compile(r"[、，,;；\n]+")


def names_in(text: str) -> list[str]:
    """The settlements that a cell names, each once."""
    return list(dict.fromkeys(name.strip() for name in _PARTING.split(text or "") if name.strip()))


def check_items(rows: Sequence[dict], user) -> Iterator[tuple[int, str, object, str, str]]:
    """Places that are not known in the row's division, and settlements of several counties in one row."""
    stored = reachable(RectificationItem).in_bulk([row["id"] for row in rows if row.get("id")])
    known = defaultdict(list)
    wanted = {name for row in rows for name in names_in(row.get("place_names") or "")}
    for name, place in _named(wanted).values_list("name", "region"):
        known[name].append(place)
    for index, row in enumerate(rows):
        if item := stored.get(row.get("id")):
            for name, value in _late_changes(item, row):
                yield index, name, value, "no_longer_draft", _LATE
        region = row.get("division")
        if region is None or not contains(user.ranges, region):
            continue
        lo, hi = code_range(region)
        # What it names already may have been merged into another settlement since.
        named_already = names_in(item.place_names) if item else ()
        for name in names_in(row.get("place_names") or ""):
            if name not in named_already and not any(lo <= place < hi for place in known[name]):
                message = _("There is no settlement “%(name)s” in this division. Correct the name or the division.")
                yield index, "place_names", name, "unknown_settlement", message % {"name": name}
        yield from _check_class(index, row)
    yield from _check_twins(rows)


def _check_class(index: int, row: dict) -> Iterator[tuple[int, str, object, str, str]]:
    kind = row.get("problem_class")
    if kind is not None and kind.disabled_on and row.get("found_on") and row["found_on"] >= kind.disabled_on:
        message = _("The class “%(name)s” is no longer used since %(day)s. Choose another one.")
        yield index, "problem_class", kind.name, "disabled_class", message % {"name": kind, "day": kind.disabled_on}


def _check_twins(rows: Sequence[dict]) -> Iterator[tuple[int, str, object, str, str]]:
    """Rows that stand there twice, and new ones that say word for word what is on the ledger: a file was read before."""
    fresh = {index: _words_of(row, row.get("division")) for index, row in enumerate(rows) if not row.get("id")}
    texts, places = {words[-1] for words in fresh.values()}, {words[0] for words in fresh.values()}
    stored = reachable(RectificationItem).filter(
        voided_at=None, description__in=texts - {None}, region__in=places - {None}
    )
    known = {_words_of(vars(item), item.region): item.number for item in stored.order_by("-pk")}
    met: set = set()
    for index, row in enumerate(rows):
        words = fresh.get(index)
        if words is not None and None in words:
            continue
        if number := known.get(words):
            message = _(
                "This problem is on the ledger already as %(number)s. Delete the row, or write its number there."
            )
            yield index, "description", words[-1], "duplicate", message % {"number": number}
        elif (key := words or row["id"]) in met:
            message = _("The same record stands here for the second time. Delete one of the rows.")
            yield index, "description", row.get("description"), "duplicate", message
        else:
            met.add(key)


def _words_of(row: dict, region) -> tuple:
    """All that tells a problem from another: where, from whom, when, by which paper, at which settlements, what."""
    places = frozenset(names_in(row.get("place_names") or ""))
    told = (row.get("source"), row.get("found_on"), row.get("document_no") or "", row.get("source_no") or "")
    return (region, *told, places, row.get("description"))


def _settlements_named(names: Sequence[str], region: int) -> dict[str, Settlement]:
    return {settlement.name: settlement for settlement in _named(names).within([code_range(region)])}


def _named(names: Collection[str]) -> ScopedQuerySet:
    return Settlement.objects.filter(name__in=names, voided_at=None) if names else Settlement.objects.none()


def save_items(rows: Sequence[dict], *, by, on=None, source="") -> bulk.Saved:
    """Create drafts or correct items. `settlements` (a list) may stand for `place_names`."""
    check(by, "write", LEDGER)
    _refuse_department(by)
    with writing(by=by, on=on, source=source) as unit:
        rows = [_with_names(row) for row in rows]
        stored = _stored(rows)
        _refuse_unknown(rows, stored)
        before = {item.pk: copy(item) for item in stored.values()}
        _refuse_late_changes(rows, stored)
        merged = bulk.merge(RectificationItem, rows, lambda row: _stored_of(row, stored), {"division": "region"})
        _complete(merged, rows, by, unit.on)
        saved = bulk.write(merged)
        for item, row in zip(saved.objects, rows, strict=True):
            was = before.get(item.pk)
            if item.place_names != (was.place_names if was else "") or was and was.region != item.region:
                _set_places(item, row.get("settlements") or ())
            if was and was.region != item.region:
                _take_along(item)
        for item in saved.altered:
            if item.state == "registered":
                follow_deadlines(item, unit.on)
        bulk.insert([note_of(item, "enter", by=by, on=unit.on) for item in saved.created])
        unit.publish(LEDGER, [item.pk for item in saved.touched])
        return saved


def _refuse_department(by) -> None:
    if by.role == "department":
        raise PermissionDenied(_("A department works on the problems that it is given; it enters none."))


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


def _refuse_unknown(rows: Sequence[dict], stored: dict) -> None:
    problems = [
        Problem(index, "number", str(row["id"]), "out_of_scope", _("The item lies outside your area."))
        for index, row in enumerate(rows)
        if row.get("id") and row["id"] not in stored
    ]
    if problems:
        raise Refused(problems)


def _refuse_late_changes(rows: Sequence[dict], stored: dict) -> None:
    problems = [
        Problem(index, name, str(value)[:60], "no_longer_draft", str(_LATE))
        for index, row in enumerate(rows)
        if (item := _stored_of(row, stored)) is not None
        for name, value in _late_changes(item, row)
    ]
    if problems:
        raise Refused(problems)


def _late_changes(item: RectificationItem, row: dict) -> Iterator[tuple[str, object]]:
    """What a row would change that can be corrected no longer."""
    if item.state in BEFORE_ASSIGNMENT:
        return
    for name, value in row.items():
        attribute = "region" if name == "division" else name
        if name in OPEN_TO_CORRECTION or name in ("id", "version", "number") or not hasattr(item, attribute):
            continue
        stored = getattr(item, f"{attribute}_id") if isinstance(value, Model) else getattr(item, attribute)
        if stored != (value.pk if isinstance(value, Model) else value):
            yield name, value


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
        first = _first_of(item.relapse_of)
        if first is not None and first.pk != item.relapse_of_id:
            item.relapse_of = first
            merged.fields.add("relapse_of")
        if item.state == "registered" and item.first_deadline_on != item.deadline_on:
            # Nobody has been given it yet: this is no extension.
            item.first_deadline_on = item.deadline_on
            merged.fields.add("first_deadline_on")
        if id(item) in fresh:
            item.state, item.state_on, item.author, item.author_unit = "draft", on, by, by.unit
            wanted.setdefault(f"{county_prefix(item.region)}-{on.year}", []).append(item)
    for prefix, items in sorted(wanted.items()):
        for item, number in zip(items, next_numbers(prefix, len(items)), strict=True):
            item.number = number


def _first_of(item: RectificationItem | None) -> RectificationItem | None:
    """A relapse is one of the first problem, not of an earlier relapse; what was merged leads to the other."""
    while item is not None and (item.relapse_of_id or item.merged_into_id):
        item = item.relapse_of or item.merged_into
    return item


def _set_places(item: RectificationItem, settlements: Iterable[Settlement]) -> None:
    """The item's places are those settlements that it names."""
    names = names_in(item.place_names)
    found = {s.name: s for s in settlements} or _settlements_named(names, item.region)
    # What it names already may have been merged into another settlement since, and stays.
    found = {place.settlement.name: place.settlement for place in item.places.select_related("settlement")} | found
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


def _take_along(item: RectificationItem) -> None:
    """Where an item is moved before it is given out, its record and its units are read where it is."""
    item.moves.update(region=item.region)
    item.co_units.update(region=item.region)


def _refuse_far_places(item: RectificationItem, names: Sequence[str], found: dict[str, Settlement]) -> None:
    problems = []
    lo, hi = code_range(item.region)
    for name in names:
        if name not in found or not lo <= found[name].region < hi:
            message = _("There is no settlement “%(name)s” in this division. Correct the name or the division.")
            problems.append(Problem(0, "place_names", name, "unknown_settlement", message % {"name": name}))
    if len({ancestor(found[name].region, 3) for name in names if name in found}) > 1:
        message = _("These settlements lie in several counties. Enter one item for each county, in one batch.")
        problems.append(Problem(0, "place_names", item.place_names, "several_counties", message))
    if problems:
        raise Refused(problems)


def void_items(ids: Iterable[int], *, reason: str, by, on=None) -> int:
    """Void items entered by mistake, as long as nobody has been given them."""
    check(by, "write", LEDGER)
    _refuse_department(by)
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
        forget_deadlines([item.pk for item in rows], unit.on)
        unit.publish(LEDGER, [item.pk for item in rows])
        return len(rows)


def set_co_units(item: RectificationItem, units: Sequence[tuple[Unit, str]], *, by, on=None) -> None:
    """The co-responsible units with their persons, as a whole; the lead unit is none of them."""
    check(by, "write", LEDGER)
    with writing(by=by, on=on) as work:
        known, rows = item, reachable(RectificationItem).select_for_update(no_key=True, of=("self",))
        item = rows.filter(pk=known.pk).first()
        if reason := _("The item lies outside your area.") if item is None else why_not_enter(item, by):
            raise Refused([Problem(0, "", known.number, "not_allowed", reason)])
        if item.state not in OPEN:
            message = _("The problem is closed. Its units stay as they were.")
            raise Refused([Problem(0, "", item.number, "not_allowed", message)])
        wanted = {unit.pk: (unit, name) for unit, name in units if unit.pk != item.lead_unit_id}
        problems = [
            Problem(0, "units", unit.name, "unit_outside", _("%(unit)s does not work in this area.") % {"unit": unit})
            for unit, _name in wanted.values()
            if not concerns(unit.region, item.region)
        ]
        if problems:
            raise Refused(problems)
        before = dict(item.co_units.values_list("unit", "person_name"))
        if before == {key: name for key, (_unit, name) in wanted.items()}:
            return
        item.co_units.exclude(unit__in=wanted).delete()
        for unit, name in wanted.values():
            ItemUnit.objects.update_or_create(
                item=item, unit=unit, defaults={"region": item.region, "person_name": name}
            )
        note(item, "units", by=by, on=work.on, told={"units": [unit.name for unit, _name in wanted.values()]})
        work.publish(LEDGER, [item.pk])


def edits_classes(user) -> bool:
    """Whether the user is of a province: below it the list is read."""
    return level_of(user.home_region) == 1


def save_problem_classes(rows: Sequence[dict], *, by, on=None, source="") -> bulk.Saved:
    """Classes and aspects of a province, which alone edits them; the national ones come with the code list."""
    check(by, "write", "problem-classes")
    if not edits_classes(by):
        raise PermissionDenied(
            _("The list of classes is the province's. Ask the province for a class that is missing.")
        )
    with writing(by=by, on=on, source=source):
        stored = {row.pk: row for row in ProblemClass.objects.filter(pk__in=[r["id"] for r in rows if r.get("id")])}
        province = by.home_region
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
