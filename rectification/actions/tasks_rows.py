"""What the writers of supervision share: finding and locking rows, voiding them, refusals in the caller's row."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from django.db import models
from django.utils.translation import gettext as _

from common import bulk, clock
from common.problems import Problem, Refused
from common.scope import reachable


def _locking(model: type[models.Model], related: Sequence[str]) -> models.QuerySet:
    rows = reachable(model).select_for_update(no_key=True, of=("self",)).order_by("pk")
    return rows.select_related(*related) if related else rows


def stored_rows(model: type[models.Model], rows: Sequence[dict], *related: str) -> dict[int, models.Model]:
    """The stored rows that clean rows name by `id`, locked in the order of their ids."""
    ids = [row["id"] for row in rows if row.get("id")]
    return {row.pk: row for row in _locking(model, related).filter(pk__in=ids)}


def standing(model: type[models.Model], ids: Iterable[int], *related: str) -> list:
    """The rows that are to be voided and are not yet, locked."""
    return list(_locking(model, related).filter(pk__in=list(ids), voided_at=None))


def locked(model: type[models.Model], pk: int, *related: str, voided: bool = False):
    """One row that is to be acted on, locked; a voided one where the caller says itself why not. Raises Refused where
    there is none in reach."""
    rows = _locking(model, related)
    found = (rows if voided else rows.filter(voided_at=None)).filter(pk=pk).first()
    if found is None:
        raise refused("unknown_row", _("There is no such record, or it lies outside your area."))
    return found


def refused(code: str, message: object, field: str = "", value: object = "", row: int = 0) -> Refused:
    """A refusal for one reason."""
    return Refused([Problem(row, field, str(value or ""), code, str(message))])


def in_row(refusal: Refused, index: int, field: str) -> Refused:
    """The refusal of an act as that of the row which asked for it; what names no field is told at `field`."""
    return Refused([Problem(index, p.field or field, p.value, p.code, p.message) for p in refusal.problems])


def void_rows(rows: Sequence[models.Model], by, reason: str) -> None:
    """Void rows of one model, with who, when and why."""
    for row in rows:
        row.voided_at, row.voided_by_id, row.void_reason = clock.now(), by.pk, reason
        row.version += 1
    bulk.update(rows, ["voided_at", "voided_by", "void_reason", "version"])


def refuse_all(problems: Sequence[Problem]) -> None:
    if problems:
        raise Refused(list(problems))
