"""The only writers of dispatch: opening a round with the entries that it asks for, entering, closing."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.roles import check
from alerts.actions import clear_deadlines, set_deadline
from alerts.kinds import DeadlineKind, declare_deadline
from common import bulk, codes
from common.changes import writing
from common.dates import add_months
from common.problems import Problem, Refused, of_error
from common.scope import contains, current, reachable
from common.terms import term
from divisions.models import Unit
from divisions.queries import names_of
from rectification.actions.tasks_rows import (
    in_row,
    locked,
    refuse_all,
    refused,
    standing,
    stored_rows,
    void_rows,
)
from rectification.models.dispatch import HORIZONTAL, Dispatch, DispatchEntry
from rectification.queries.dispatch import (
    DISPATCHES,
    ENTRIES,
    MONTHLY,
    MONTHLY_IN,
    due_day,
    figures_of,
    places_of,
    units_owing,
    why_not_enter,
)

ENTRY_DUE = declare_deadline(
    DeadlineKind(
        "dispatch-entry-due",
        term("dispatch entry due", "月调度报送到期"),
        gettext_lazy("%(unit)s reports for “%(title)s” by %(due_on)s."),
        frozenset({"drc", "county", "city", "province"}),
    )
)
WORDS = ("progress", "problems", "next_steps")
LONGEST_GAP = 12  # months that a missed night makes up


def address_of(entry: DispatchEntry) -> str:
    return f"/dispatch/entries/{entry.pk}/"


def save_dispatches(rows: Sequence[dict], *, by, on=None, source="") -> bulk.Saved:
    """Open rounds, or change the day and the words of open ones; the entries follow."""
    with writing(by=by, on=on, source=source) as work:
        stored = stored_rows(Dispatch, rows)
        shut = {pk for pk, dispatch in stored.items() if dispatch.closed_on}
        merged = bulk.merge(Dispatch, rows, lambda row: stored.get(row.get("id")), {"division": "region"})
        refuse_all(
            [
                Problem(index, "title", dispatch.title, "closed", _("The round is closed. Open it again to change it."))
                for index, dispatch in enumerate(merged.objects)
                if dispatch.pk in shut and dispatch in merged.changed
            ]
        )
        names = names_of([dispatch.region for dispatch in merged.objects], work.on)
        for dispatch in [*merged.new, *merged.changed]:
            dispatch.due_on = dispatch.due_on or due_day(dispatch.region, dispatch.month, work.on)
            dispatch.title = dispatch.title or _title(dispatch, names)
        merged.fields |= {"due_on", "title"} if merged.changed else set()
        saved = bulk.write(merged)
        for dispatch in saved.touched:
            _bring_up(dispatch, work.on)
        work.publish(DISPATCHES, [dispatch.pk for dispatch in saved.touched])
        return saved


def _title(dispatch: Dispatch, names: dict[int, str]) -> str:
    place = names.get(dispatch.region, "")
    kind = codes.label("meeting_kind", dispatch.kind, "zh-hans")
    return f"{place}{dispatch.month.year}年{dispatch.month.month}月{kind}"


def _bring_up(dispatch: Dispatch, on: dt.date, named: Iterable[Unit] = ()) -> list[DispatchEntry]:
    """An entry for every unit that owes one or is named, each with its deadline; what is there already stays."""
    stored = {entry.unit_id: entry for entry in DispatchEntry.objects.filter(dispatch=dispatch, voided_at=None)}
    told = {"title": dispatch.title, "month": dispatch.month, "kind": dispatch.kind, "due_on": dispatch.due_on}
    owing = {unit.pk: unit for unit in (*units_owing(dispatch.region, dispatch.kind), *named)}
    made = [
        DispatchEntry(dispatch=dispatch, unit=unit, region=unit.region, **told)
        for unit in owing.values()
        if unit.pk not in stored
    ]
    bulk.insert(made)
    changed = [entry for entry in stored.values() if any(getattr(entry, name) != value for name, value in told.items())]
    for entry in changed:
        for name, value in told.items():
            setattr(entry, name, value)
        entry.version += 1
    bulk.update(changed, [*told, "version"])
    for entry in [*made, *changed]:
        _arm(entry, on)
    return made


def _arm(entry: DispatchEntry, on: dt.date) -> None:
    if entry.entered_on or entry.closed_on or entry.voided_at:
        clear_deadlines(ENTRY_DUE.key, ENTRIES, [entry.pk], on=on)
        return
    set_deadline(
        ENTRY_DUE.key,
        ENTRIES,
        entry.pk,
        region=entry.region,
        address=address_of(entry),
        due_on=entry.due_on,
        unit=entry.unit,
        params={"unit": entry.unit.name, "title": entry.title},
        on=on,
    )


def name_units(pk: int, units: Iterable[Unit], *, by, on: dt.date | None = None) -> list[DispatchEntry]:
    """Ask further units for an entry."""
    check(by, "write", DISPATCHES)
    with writing(by=by, on=on) as work:
        dispatch = locked(Dispatch, pk)
        units = list(units)
        _refuse_closed(dispatch)
        if not units:
            raise refused("required", _("Choose at least one unit."), "units")
        for unit in units:
            if not contains(current().ranges, unit.region):
                message = _("This unit lies outside the area that you may enter.")
                raise refused("out_of_scope", message, "units", unit.name)
        return _bring_up(dispatch, work.on, units)


def _refuse_closed(dispatch: Dispatch) -> None:
    if dispatch.closed_on:
        message = _("The round was closed on %(day)s. Open it again first.") % {"day": dispatch.closed_on}
        raise refused("closed", message)


def enter(
    pk: int,
    words: dict[str, str],
    *,
    by,
    version: int | None = None,
    on: dt.date | None = None,
    source: str = "",
) -> DispatchEntry:
    """Make a unit's entry, or change it while the round is open: it writes words, the figures are computed."""
    with writing(by=by, on=on, source=source) as work:
        entry = locked(DispatchEntry, pk, "unit", voided=True)
        reason = why_not_enter(entry, by, work.on)
        if not reason and version is not None and version != entry.version:
            reason = _("Somebody else has saved this entry meanwhile. Open it again, compare, and save.")
        if reason:
            raise refused("not_allowed", reason)
        faults = {}
        for name in WORDS:
            try:
                setattr(entry, name, entry._meta.get_field(name).clean(words.get(name, getattr(entry, name)), entry))
            except ValidationError as error:
                faults[name] = error
        if "progress" not in faults and not entry.progress:
            faults["progress"] = ValidationError(_("Write what has been done this month."), "required")
        if faults:
            raise Refused(list(of_error(ValidationError(faults))))
        for column, value in figures_of(entry.unit, work.on).items():
            setattr(entry, column, value)
        if entry.entered_on is None:
            entry.entered_on, entry.entered_by = work.on, by
        entry.version += 1
        entry.save()
        _arm(entry, work.on)
        work.publish(ENTRIES, [entry.pk])
        return entry


def save_entries(rows: Sequence[dict], *, by, on=None, source="") -> bulk.Saved:
    """Entries by sheet or API: of those that are owed, none beside them."""
    saved = bulk.Saved()
    with writing(by=by, on=on, source=source):
        for index, row in enumerate(rows):
            if not row.get("id"):
                message = _(
                    "This unit owes no entry of this name. A round is opened first, or the unit is named in it."
                )
                raise refused("not_owed", message, "title", row.get("title"), index)
            stored = reachable(DispatchEntry).filter(pk=row["id"]).first()
            told = {name: row[name] for name in WORDS if name in row}
            if stored is not None and stored.entered_on and all(getattr(stored, n) == v for n, v in told.items()):
                saved.objects.append(stored)
                continue
            try:
                entry = enter(row["id"], told, by=by, version=row.get("version"))
            except Refused as refusal:
                raise in_row(refusal, index, "unit") from refusal
            saved.objects.append(entry)
            saved.altered.append(entry)
    return saved


def close(pk: int, *, by, on: dt.date | None = None) -> Dispatch:
    """End a round: what is missing stays missing, and nothing is due any more."""
    check(by, "write", DISPATCHES)
    with writing(by=by, on=on) as work:
        dispatch = locked(Dispatch, pk)
        _refuse_closed(dispatch)
        return _set_closed(dispatch, work.on, by, work)


def reopen(pk: int, *, by, on: dt.date | None = None) -> Dispatch:
    """Open a closed round again: missing entries are due as they were."""
    check(by, "write", DISPATCHES)
    with writing(by=by, on=on) as work:
        dispatch = locked(Dispatch, pk)
        if not dispatch.closed_on:
            raise refused("open", _("The round is open."))
        return _set_closed(dispatch, None, None, work)


def _set_closed(dispatch: Dispatch, day: dt.date | None, by, work) -> Dispatch:
    dispatch.closed_on, dispatch.closed_by = day, by
    dispatch.version += 1
    dispatch.save(update_fields=["closed_on", "closed_by", "version"])
    entries = list(
        DispatchEntry.objects.filter(dispatch=dispatch, voided_at=None)
        .select_related("unit")
        .order_by("pk")
        .select_for_update(no_key=True, of=("self",))
    )
    for entry in entries:
        entry.closed_on = day
        entry.version += 1
    bulk.update(entries, ["closed_on", "version"])
    for entry in entries:
        _arm(entry, work.on)
    work.publish(DISPATCHES, [dispatch.pk])
    return dispatch


def void_dispatches(ids: Iterable[int], *, reason: str, by, on=None) -> int:
    """Void rounds opened by mistake, with their entries; one in which a unit has reported is closed instead."""
    with writing(by=by, on=on) as work:
        rows = standing(Dispatch, ids)
        entries = list(
            DispatchEntry.objects.filter(dispatch__in=rows, voided_at=None).select_related("unit").order_by("pk")
        )
        reported = {entry.dispatch_id for entry in entries if entry.entered_on}
        refuse_all(
            [
                Problem(
                    index, "title", row.title, "reported", _("Units have reported in this round. Close it instead.")
                )
                for index, row in enumerate(rows)
                if row.pk in reported
            ]
        )
        void_rows(rows, by, reason)
        void_rows(entries, by, reason)
        for entry in entries:
            _arm(entry, work.on)
        work.publish(DISPATCHES, [row.pk for row in rows])
        return len(rows)


def open_rounds(on: dt.date) -> int:
    """The rounds of the month where the policy wants one each month, and of months that were missed; says how many were
    opened. A place whose units owe nothing has none. Repeating it adds the units that have come to owe one since."""
    opened = 0
    month = on.replace(day=1)
    with writing(on=on, source="tick"):
        for region in places_of(MONTHLY_IN, MONTHLY, on):
            rounds = Dispatch.objects.filter(region=region, kind=HORIZONTAL, voided_at=None)
            last = rounds.order_by("-month").first()
            if units_owing(region, HORIZONTAL):
                for missed in _months(last.month if last else add_months(month, -1), month):
                    opened += save_dispatches(
                        [{"division": region, "month": missed, "kind": HORIZONTAL}], by=None, on=on, source="tick"
                    ).new
            for dispatch in rounds.filter(closed_on=None).order_by("pk"):
                _bring_up(dispatch, on)
    return opened


def _months(after: dt.date, until: dt.date) -> list[dt.date]:
    """The months after one up to another, at most a year of them."""
    found = []
    month = add_months(after, 1)
    while month <= until:
        found.append(month)
        month = add_months(month, 1)
    return found[-LONGEST_GAP:]
