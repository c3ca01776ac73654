"""Writing an export: what is asked for, as one workbook at a path."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import models
from django.utils.translation import gettext as _

from accounts.actions import record_disclosure
from common import clock
from common.excel.writing import Properties, SheetSpec, write_workbook
from common.terms import official
from ledgers.exports.frame import place_name, sheet_spec
from ledgers.exports.rows import Composite, plain_rows
from ledgers.filters import Selection, select
from ledgers.imports.progress import Progress
from ledgers.masking import is_sensitive, sees_clear
from ledgers.queries import Order
from ledgers.shapes import Shape, ShapeColumn


@dataclass
class Asked:
    """What somebody wants: `filters` as in the address of the list, names of `columns` (none: all), and whether
    sensitive columns are wanted in the clear, for which `purpose` must say why."""

    shape: Shape
    filters: Mapping[str, str] = field(default_factory=dict)
    columns: tuple[str, ...] = ()
    clear: bool = False
    purpose: str = ""

    @property
    def chosen(self) -> list[ShapeColumn]:
        if not self.columns:
            return list(self.shape.columns)
        return [column for column in self.shape.columns if column.column.name in self.columns]


def selection_of(asked: Asked, user) -> Selection:
    """The filters, understood. Raises ValidationError with every problem."""
    selection = select(asked.shape.outer, asked.filters, user)
    if selection.problems:
        raise ValidationError([f"{problem.field}: {problem.message}" for problem in selection.problems])
    return selection


def export(asked: Asked, user, path: Path, progress: Progress) -> int:
    """Write the workbook; gives the number of rows. The running transaction must be in the user's hands."""
    shape, today = asked.shape, clock.today()
    selection = selection_of(asked, user)
    rows = selection.apply(shape.outer.rows(user))
    count = rows.order_by().count()
    region = region_of(selection, user)
    disclose(asked, user, region, count)
    progress.phase("writing", count if len(shape.levels) == 1 else 0)
    place, unit = place_name(region, today), user.unit_name
    described = [f"{chosen.filter.label}={chosen.words}" for chosen in selection.chosen]
    properties = Properties(
        creator=str(user),
        created=clock.now().replace(tzinfo=None),
        title=f"{place}{official(shape.title)}",
        description="；".join([*described, *([asked.purpose] if asked.purpose else [])]),
    )
    sheets = (_plain if len(shape.levels) == 1 else _composite)(asked, user, rows, place, unit or place, today)
    return write_workbook(path, sheets, properties, progress.advance)


def region_of(selection: Selection, user) -> int:
    """The division that the export is of: the one asked for, else the user's own."""
    codes = [chosen.understood for chosen in selection.chosen if chosen.filter.kind == "division"]
    return codes[0] if codes else user.home_region


def disclose(asked: Asked, user, region: int, count: int) -> None:
    """Sensitive columns in the clear need the right and a purpose, and leave a record."""
    if not asked.clear:
        return
    if not sees_clear(user):
        raise PermissionDenied(_("Your role exports ID and telephone numbers masked only."))
    columns = [column.heading for column in asked.chosen if is_sensitive(column.column)]
    if columns:
        record_disclosure(
            user,
            ledger=asked.shape.key,
            subject=_("export"),
            columns=columns,
            reason=asked.purpose,
            region=region,
            rows=count,
        )


Sheets = Iterator[tuple[SheetSpec, Iterator]]


def _plain(asked: Asked, user, rows: models.QuerySet, place: str, unit: str, on: dt.date) -> Sheets:
    columns = asked.chosen
    ordered = rows.order_by(*Order(asked.shape.outer.sort).paths)
    yield (
        sheet_spec(asked.shape, columns, place=place, unit=unit, on=on),
        plain_rows(ordered, columns, clear=asked.clear, on=on),
    )


def _composite(asked: Asked, user, rows: models.QuerySet, place: str, unit: str, on: dt.date) -> Sheets:
    """One sheet for each row that the sheets are named by, if they are; two of one name have their keys beside it."""
    shape = asked.shape
    blocks = Composite(shape, user, clear=asked.clear, on=on)
    if shape.sheet_column is None:
        yield sheet_spec(shape, shape.columns, place=place, unit=unit, on=on), blocks.blocks(rows)
        return
    link, reference = shape.sheet_column.name, shape.sheet_column.reference
    name = reference.also[0]
    owners = list(
        rows.order_by()
        .values_list(f"{link}_id", f"{link}__{name}", f"{link}__{reference.by}", f"{link}__region")
        .distinct()
        .order_by(f"{link}__region", f"{link}_id")
    )
    names = [owner[1] for owner in owners]
    for key, called, code, _region in owners:
        told = called if names.count(called) == 1 else f"{called} {code}"
        spec = sheet_spec(shape, shape.columns, place=place, unit=unit, on=on, name=told)
        yield spec, blocks.blocks(rows.filter(**{f"{link}_id": key}))
    if not owners:
        yield sheet_spec(shape, shape.columns, place=place, unit=unit, on=on), iter(())
