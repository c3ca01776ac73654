"""Saving and voiding rows of any ledger: by the action that its declaration names, else by the generic one here.

Every way in (form, sheet, API) comes through `save` and `void`; the right to do so is asked in `permit` alone.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator, Sequence

from django.db import IntegrityError, models, transaction
from django.utils.translation import gettext as _

from accounts import roles
from common import bulk, clock
from common.changes import writing
from common.ledger import Ledger
from common.problems import Problem, Refused
from common.scope import contains
from common.values import shown
from divisions.models import Division


def permit(user, act: str, ledger: Ledger) -> None:
    """Raise PermissionDenied unless the user's role may do `act` (read, write, import, export) on the ledger."""
    roles.check(user, act, ledger.key)


def save(
    ledger: Ledger, rows: Sequence[dict], *, by, on: dt.date | None = None, source: str = "", act: str = "write"
) -> bulk.Saved:
    """Create or change rows (clean ones, see checking.clean_rows) in one unit of work.

    A row is found by `id` or natural key; a `version` that is no longer the stored one raises Conflict, a broken rule
    of the database Refused. What is absent from a row keeps its stored value.
    """
    permit(by, act, ledger)
    write = ledger.save or _writer_of(ledger)
    try:
        with transaction.atomic():
            return write(rows, by=by, on=on, source=source)
    except IntegrityError as error:
        raise Refused([_broken_rule(ledger, error)]) from error


def void(ledger: Ledger, ids: Iterable[int], reason: str, by, on: dt.date | None = None) -> int:
    """Void rows entered by mistake, with a reason; they stay readable by address. Gives their number."""
    permit(by, "write", ledger)
    if not hasattr(ledger.model, "void_reason"):
        message = _("The records of this ledger are not voided. Correct the record instead.")
        raise Refused([Problem(0, "", "", "not_voidable", message)])
    reason = reason.strip()
    if not reason:
        raise Refused([Problem(0, "reason", "", "required", _("Say why this record is voided."))])
    limit = ledger.model._meta.get_field("void_reason").max_length
    if len(reason) > limit:
        message = _("The reason is too long: at most %(limit)s characters.")
        raise Refused([Problem(0, "reason", shown(reason), "too_long", message % {"limit": limit})])
    if ledger.void:
        return ledger.void(ids, reason=reason, by=by, on=on)
    with writing(by=by, on=on) as unit:
        found = ledger.within(by).filter(ledger.standing, pk__in=list(ids)).order_by("pk")
        rows = list(found.select_for_update(no_key=True, of=("self",)))
        for row in rows:
            row.voided_at, row.voided_by_id, row.void_reason = clock.now(), by.pk, reason
            row.version += 1
        bulk.update(rows, ["voided_at", "voided_by", "void_reason", "version"])
        unit.publish(ledger.key, [row.pk for row in rows])
        return len(rows)


def check_rows(ledger: Ledger, rows: Sequence[dict]) -> Iterator[tuple[int, str, object, str, str]]:
    """The default check over several rows: the same natural key twice among them."""
    first: dict[tuple, int] = {}
    for index, row in enumerate(rows):
        key = tuple(getattr(value, "pk", value) for value in map(row.get, ledger.natural_key))
        if None in key or "" in key:
            continue
        if first.setdefault(key, index) != index:
            name = ledger.natural_key[-1]
            yield (
                index,
                name,
                row[name],
                "duplicate",
                _("The same record stands here for the second time. Delete one of the rows."),
            )


def check_regions(ledger: Ledger, rows: Sequence[dict], user) -> Iterator[tuple[int, str, object, str, str]]:
    """A place that the user sets for a row lies in the user's area and is known (the database would refuse it too)."""
    path = getattr(ledger.model, "scope_path", "")
    column = next((c for c in ledger.written if (c.field or c.name) == path), None)
    if column is None:
        return
    told = {index: row[column.name] for index, row in enumerate(rows) if row.get(column.name) is not None}
    known = set(Division.objects.filter(code__in=set(told.values()), valid_to=None).values_list("code", flat=True))
    for index, code in told.items():
        if not contains(user.ranges, code):
            yield index, column.name, code, "out_of_scope", _("This place lies outside the area that you may enter.")
        elif code not in known:
            yield index, column.name, code, "unknown_division", _("There is no division with this code. Check it.")


def _writer_of(ledger: Ledger):
    """The generic action of a ledger that declares none."""

    def write(rows: Sequence[dict], *, by, on, source) -> bulk.Saved:
        with writing(by=by, on=on, source=source) as unit:
            attribute_of = {column.name: column.field for column in ledger.columns if column.field}
            ids = sorted({row["id"] for row in rows if row.get("id")})
            locked = ledger.within(by).filter(pk__in=ids).order_by("pk").select_for_update(no_key=True, of=("self",))
            stored = {row.pk: row for row in locked}
            merged = bulk.merge(ledger.model, rows, lambda row: stored.get(row.get("id")), attribute_of)
            for row, saved_object in zip(rows, merged.objects, strict=True):
                if follow_region(saved_object, row):
                    merged.fields.add("region")
            saved = bulk.write(merged)
            unit.publish(ledger.key, [obj.pk for obj in saved.touched])
            return saved

    return write


def follow_region(obj: models.Model, row: dict) -> bool:
    """Give a scoped row the region of what it refers to, unless a column tells it; whether that changed it."""
    if getattr(type(obj), "scope_path", "") != "region":
        return False
    place = next(
        (value.region for value in row.values() if isinstance(value, models.Model) and hasattr(value, "region")), None
    )
    if place is None or obj.region == place:
        return False
    obj.region = place
    return True


def _broken_rule(ledger: Ledger, error: IntegrityError) -> Problem:
    """The problem for a constraint that somebody else's simultaneous write has made true."""
    name = getattr(getattr(error.__cause__, "diag", None), "constraint_name", None) or ""
    constraint = next((c for c in ledger.model._meta.constraints if c.name == name), None)
    told = [e.name for e in getattr(constraint, "expressions", ()) if isinstance(e, models.F)]
    attributes = [*getattr(constraint, "fields", ()), *told] or [
        f.name for f in ledger.model._meta.concrete_fields if f.unique and f.column in name
    ]
    field = next((c.name for c in ledger.written if (c.field or c.name) in attributes), ledger.natural_key[0])
    if isinstance(constraint, models.CheckConstraint):
        return Problem(0, "", "", "invalid", _("The values do not agree with each other. Check them."))
    message = _("Another record has this value already. Use a different one, or change that record.")
    return Problem(0, field, "", "duplicate", message)
