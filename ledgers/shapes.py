"""The shape of a workbook: a plain ledger is a sheet of one level, a composite sheet has several.

Import, export and template see shapes only, so that what holds for the county roster holds for every ledger.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass
from functools import cached_property, partial

from django.http import Http404
from django.utils.translation import gettext as _

from accounts import roles
from common import codes
from common.excel.headings import ExpectedColumn
from common.ledger import Column, CompositeSheet, Ledger, registry
from common.terms import Term, official
from ledgers.access import known_to

NUMBER_HEADING = "序号"
MOST_CHOICES = 60


@dataclass(frozen=True)
class ShapeColumn:
    """A column of the sheet: `column` of the ledger at depth `depth`. One that is read only is shown and never stored."""

    depth: int
    ledger: Ledger
    column: Column
    heading: str
    group: str
    width: int
    synonyms: tuple[str, ...]
    required: bool
    read_only: bool

    @property
    def key(self) -> str:
        return f"{self.ledger.key}.{self.column.name}"


@dataclass
class Shape:
    """Levels from the outermost to the innermost: (ledger, name of the column that refers to the level above).

    `sheet_column` is the outermost ledger's reference that the name of each sheet tells, or None.
    """

    key: str
    title: object
    levels: tuple[tuple[Ledger, str], ...]
    columns: tuple[ShapeColumn, ...]
    sheet_column: Column | None = None
    declared: CompositeSheet | None = None

    @property
    def outer(self) -> Ledger:
        return self.levels[0][0]

    @cached_property
    def by_key(self) -> dict[str, ShapeColumn]:
        return {column.key: column for column in self.columns}

    def at(self, depth: int) -> list[ShapeColumn]:
        return [column for column in self.columns if column.depth == depth]

    def expected(self, told: Collection[str] = ()) -> list[ExpectedColumn]:
        """What a sheet of this shape is known by; outermost columns that are `told` for the whole file may lack."""
        found = [ExpectedColumn(c.key, c.heading, c.group, c.synonyms, self._must_stand(c, told)) for c in self.columns]
        return [ExpectedColumn(None, NUMBER_HEADING, synonyms=("编号序号", "No", "No.")), *found]

    @staticmethod
    def _must_stand(column: ShapeColumn, told: Collection[str]) -> bool:
        return column.required and not column.read_only and not (column.depth == 0 and column.column.name in told)

    @property
    def of_file(self) -> list[Column]:
        """What may be told for a whole file when it is uploaded."""
        return [self.outer.by_name[name] for name in self.outer.of_file] if self.declared is None else []


def shape_of(key: str, known: Callable[[Ledger], Ledger] = lambda ledger: ledger) -> Shape:
    """The shape of a ledger, as far as it is `known`, or of a composite sheet. Raises Http404 for an unknown key."""
    if key in registry.sheets:
        return _composite(registry.sheets[key])
    if key in registry:
        return _plain(known(registry[key]))
    raise Http404(_("There is no ledger “%(key)s”.") % {"key": key})


def shape_for(user, key: str, act: str) -> Shape:
    """The shape, if the user may do `act` (import, export) on it. Raises Http404 or PermissionDenied."""
    shape = shape_of(key, partial(known_to, user))
    for name in {key, *(ledger.key for ledger, _parent in shape.levels)}:
        roles.check(user, act, name)
    return shape


def _plain(ledger: Ledger) -> Shape:
    columns = tuple(
        ShapeColumn(
            0,
            ledger,
            column,
            official(ledger.heading(column)),
            official(column.group or ""),
            column.width,
            _synonyms(ledger, column),
            column.name in ledger.natural_key or ledger.required(column),
            column.computed,
        )
        for column in ledger.columns
        if column.in_sheet
    )
    return Shape(ledger.key, ledger.title, ((ledger, ""),), columns)


def _composite(sheet: CompositeSheet) -> Shape:
    depth_of = {level.ledger: depth for depth, level in enumerate(sheet.levels)}
    columns = []
    for told in sheet.columns:
        ledger = registry[told.ledger]
        column = ledger.by_name[told.column]
        columns.append(
            ShapeColumn(
                depth_of[told.ledger],
                ledger,
                column,
                official(told.heading),
                official(told.group or ""),
                told.width,
                (*told.synonyms, *_synonyms(ledger, column), *_english(told.heading)),
                told.required,
                told.read_only or column.computed,
            )
        )
    levels = tuple((registry[level.ledger], level.parent) for level in sheet.levels)
    told_by_sheet = levels[0][0].by_name[sheet.sheet_reference] if sheet.sheet_reference else None
    return Shape(sheet.key, sheet.title, levels, tuple(columns), told_by_sheet, sheet)


def _synonyms(ledger: Ledger, column: Column) -> tuple[str, ...]:
    heading = ledger.heading(column)
    return tuple(dict.fromkeys((*column.synonyms, official(heading), *_english(heading))))


def _english(heading) -> tuple[str, ...]:
    return (heading.en,) if isinstance(heading, Term) else ()


def choices_of(shape_column: ShapeColumn) -> tuple[str, ...]:
    """What the drop-down of a column offers: the official words of its code list, if they are few."""
    list_id = shape_column.ledger.list_of(shape_column.column)
    if not list_id or shape_column.read_only:
        return ()
    words = tuple(item.zh for item in codes.code_list(list_id).items.values())
    return words if len(words) <= MOST_CHOICES else ()
