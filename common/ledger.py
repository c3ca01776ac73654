"""The declaration of a ledger 台账: a named view of a model as officials know it.

From one declaration come the list page, entry form, Excel template, import, export, REST collection with schema and
history tab (see the ledgers app). A composite sheet joins several ledgers in one workbook shape, row by row.
"""

from __future__ import annotations

import enum
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from functools import cached_property

from django.core.exceptions import FieldDoesNotExist, ImproperlyConfigured
from django.db import models
from django.db.models import Q

from common.fields import CodeField


class Privacy(enum.Enum):
    """How a column may travel. `PERSONAL` is for those who may read the ledger and never public; `SENSITIVE` is masked wherever
    it is shown and leaves in the clear only for a recorded reason."""

    PUBLIC = "public"
    INTERNAL = "internal"
    PERSONAL = "personal"
    SENSITIVE = "sensitive"


@dataclass(frozen=True)
class Reference:
    """How a cell names a row of another model: by its key `by`, or by a value of `also` that is unique in scope."""

    model: type[models.Model]
    by: str = "code"
    also: tuple[str, ...] = ()


@dataclass(frozen=True)
class Column:
    """One column. `name` is the API's member and the filter's name; `source` the path it is read by, `field` the model
    field that checks and holds it; both are `name` where not told.

    `kind` is text, code, date, int, decimal, bool, reference or division. `filter` is how lists are narrowed: choice,
    text (exact or prefix), date (range), number (range), division (all below a code), exact, or "" for none.
    `total` is what an official sheet says under the column: sum, count or nothing. `grouped` parts thousands on pages: a
    year is no amount. `ledger` names another ledger whose facts the column tells: without the right to read that one, it
    is not there.
    """

    name: str
    privacy: Privacy
    heading: object = None
    source: str = ""
    field: str = ""
    group: object = None
    width: int = 12
    computed: bool = False
    reference: Reference | None = None
    synonyms: tuple[str, ...] = ()
    filter: str = ""
    total: str = ""
    kind: str = ""
    code_list: str = ""
    listed: bool = True
    in_sheet: bool = True
    sort: bool = False
    grouped: bool = True
    ledger: str = ""

    @property
    def path(self) -> str:
        return self.source or self.name


@dataclass(frozen=True)
class Filter:
    """A way to narrow a ledger's list beyond its columns: `name=value` in the address of page, export and API.

    `apply(queryset, value)` gives the narrowed queryset. `kind` says what it receives: choice (one of the codes of
    `choices`, pairs of code and label or a function that gives them), text and exact (the text), division (int code),
    date and number (a pair from, to, either may be None). A hidden filter (`shown=False`) works and shows as a chip
    but stands in no query area. `ledger` is that of the facts it asks about, as of a column.
    """

    name: str
    label: object
    kind: str
    apply: Callable[[models.QuerySet, object], models.QuerySet]
    choices: Iterable[tuple[str, object]] | Callable[[], Iterable[tuple[str, object]]] = ()
    shown: bool = True
    ledger: str = ""


@dataclass(frozen=True)
class Panel:
    """A part of the member's page that a higher app adds: `template` is included with `context(member, user)`, for those
    who may read `ledger`, whose rows it shows; without one, for whoever sees the page."""

    key: str
    title: object
    template: str
    context: Callable[[models.Model, object], dict]
    ledger: str = ""


@dataclass(frozen=True)
class Act:
    """A link over the list (or, with `of_member`, on the member's page) to something else that can be done here.

    `url(filters)` or `url(member)` gives the address; it is shown to those who may do `right` on the ledger and, where
    told, of whom `may(user)` is true. With `of_selection` it is done to rows that are picked in the list: the list posts
    `act` (the key), the ids `selected` or `scope=all`, and its `query` to the address, which asks before it does anything.
    `ledger` is another one that the act leads to.
    """

    key: str
    label: object
    url: Callable[[object], str]
    right: str = "read"
    of_member: bool = False
    of_selection: bool = False
    may: Callable[[object], bool] | None = None
    ledger: str = ""


def _kind_of(model_field: models.Field) -> str:
    # Imported names would do, but the class says it for subclasses of other apps as well.
    name = type(model_field).__name__
    if isinstance(model_field, CodeField):
        return "code"
    if isinstance(model_field, models.ForeignKey):
        return "reference"
    if name == "DivisionCodeField":
        return "division"
    for kind, classes in {
        "date": (models.DateField,),
        "bool": (models.BooleanField,),
        "decimal": (models.DecimalField,),
        "int": (models.IntegerField,),
    }.items():
        if isinstance(model_field, classes):
            return kind
    return "text"


@dataclass
class Ledger:
    """A ledger. `natural_key` are the columns by which a row of a sheet finds its stored row.

    `save(rows, *, by, on, source)` writes clean rows through the model's action and returns the saved instances;
    `check_rows(rows, user)` yields problems that need more than one row or the store (both have a generic default in
    ledgers.actions). `second_key` are columns that tell a row whose natural key is blank or masked (a person: household,
    name, birth date). `entry_address` is the entry form of a higher app where the generic one will not do.
    `standing` is the condition for rows that count (voided ones stay readable by address). `base` narrows what lists show;
    `annotate` adds the values of columns that are no fields, wherever columns are read.
    `of_file` are columns that a whole workbook may tell at once, when it is uploaded: what an inspection's own table says
    in its title. `enters(user)` says who of those that may write enters and imports rows.

    `closed(row)` says why a standing row is changed no more, in words for the user, or "": nothing is then offered to change,
    void or attach.

    `subject` is the heading under which the page of all ledgers lists it; None: that of the application which keeps it.

    With `attachments` photographs and documents are kept with the rows (ledgers.attachments); the rows need a `region`.
    Who may write the ledger may attach to its rows, unless `attach_check(row, user)` says otherwise: it gives the reason
    why the user may not, in words for the user, or "". Who may read the row sees its files, unless
    `attachment_visible(row, user)` is false (an inspection that is still secret). `attachment_groups(row)` are the groups,
    (key, label), into which the page sorts files and users may put them. With `personal_attachments` each opened file is
    put into the log of disclosures.
    """

    key: str
    title: object
    model: type[models.Model]
    columns: tuple[Column, ...]
    natural_key: tuple[str, ...]
    subject: object = None
    member_by: str = "id"
    sort: tuple[str, ...] = ("region", "id")
    standing: Q = field(default_factory=Q)
    save: Callable | None = None
    void: Callable | None = None
    check_rows: Callable | None = None
    address: Callable[[object], str] | None = None
    base: Callable[[models.QuerySet], models.QuerySet] | None = None
    annotate: Callable[[models.QuerySet], models.QuerySet] | None = None
    entry: bool = True
    entry_address: str = ""
    closed: Callable[[models.Model], str] | None = None
    enters: Callable[[object], bool] | None = None
    of_file: tuple[str, ...] = ()
    paper: str = "A4"
    second_key: tuple[str, ...] = ()
    filters: tuple[Filter, ...] = ()
    panels: list[Panel] = field(default_factory=list)
    acts: list[Act] = field(default_factory=list)
    # Figures that follow from a member, each a function of (member) -> [(label, text)]: told before and after a save.
    consequences: list[Callable[[models.Model], list[tuple[object, str]]]] = field(default_factory=list)
    attachments: bool = False
    attach_check: Callable[[models.Model, object], str] | None = None
    attachment_visible: Callable[[models.Model, object], bool] | None = None
    attachment_groups: Callable[[models.Model], list[tuple[str, object]]] | None = None
    personal_attachments: bool = False

    def __post_init__(self):
        if self.attachments and not any(f.name == "region" for f in self.model._meta.concrete_fields):
            raise ImproperlyConfigured(f"{self.key} has attachments and no region of its own to keep them in")

    @cached_property
    def by_name(self) -> dict[str, Column]:
        return {column.name: column for column in self.columns}

    def model_field(self, column: Column) -> models.Field | None:
        """The field that checks the column's values; None for a column that is only read."""
        try:
            return self.model._meta.get_field(column.field or column.name)
        except FieldDoesNotExist:
            return None

    def heading(self, column: Column) -> object:
        model_field = self.model_field(column)
        if column.heading is None and model_field is None:
            raise ImproperlyConfigured(f"{self.key}.{column.name} has neither heading nor model field")
        return column.heading or model_field.verbose_name

    def kind(self, column: Column) -> str:
        if column.kind:
            return column.kind
        model_field = self.model_field(column)
        return _kind_of(model_field) if model_field is not None else "text"

    def list_of(self, column: Column) -> str:
        """The id of the column's code list, or ''."""
        return column.code_list or getattr(self.model_field(column), "list_id", "")

    def required(self, column: Column) -> bool:
        model_field = self.model_field(column)
        return bool(
            model_field is not None and not column.computed and not model_field.blank and not model_field.has_default()
        )

    def told_by(self, reads: Callable[[str], bool]) -> Ledger:
        """The ledger without columns, filters, panels and acts of ledgers that somebody may not read; `reads(key)` tells."""
        parts = {name: getattr(self, name) for name in ("columns", "filters", "panels", "acts")}
        kept = {
            name: type(found)(part for part in found if not part.ledger or reads(part.ledger))
            for name, found in parts.items()
        }
        return self if kept == parts else replace(self, **kept)

    @property
    def written(self) -> list[Column]:
        """Columns that a form, sheet or payload may set."""
        return [column for column in self.columns if not column.computed]

    def within(self, user) -> models.QuerySet:
        """All rows in the user's scope, voided ones included. A model without scope must be public in every column."""
        if hasattr(self.model, "scope_path"):
            return self.model.objects.visible_to(user)
        if any(column.privacy is not Privacy.PUBLIC for column in self.columns):
            raise ImproperlyConfigured(f"{self.key} has columns that are not public and no scope")
        return self.model.objects.all()

    def readable(self, user) -> models.QuerySet:
        """As `within`, with every value that the columns read."""
        queryset = self.within(user)
        return self.annotate(queryset) if self.annotate else queryset

    def rows(self, user) -> models.QuerySet:
        """Standing rows in the user's scope: what lists, counts and exports show."""
        queryset = self.readable(user).filter(self.standing)
        return self.base(queryset) if self.base else queryset

    def extend(
        self,
        columns: Iterable[Column] = (),
        filters: Iterable[Filter] = (),
        panels: Iterable[Panel] = (),
        acts: Iterable[Act] = (),
    ) -> None:
        """A higher app adds what it knows: columns (read only), filters, panels of the member's page, acts."""
        self.columns = (*self.columns, *columns)
        self.filters = (*self.filters, *filters)
        self.__dict__.pop("by_name", None)
        self.panels.extend(panels)
        self.acts.extend(acts)


@dataclass(frozen=True)
class SheetColumn:
    """A column of a composite sheet: `ledger.column` under the sheet's own heading."""

    ledger: str
    column: str
    heading: object
    group: object = None
    width: int = 12
    synonyms: tuple[str, ...] = ()
    required: bool = False
    read_only: bool = False

    @property
    def key(self) -> str:
        return f"{self.ledger}.{self.column}"


@dataclass(frozen=True)
class Level:
    """One ledger's place in a composite sheet: rows of `ledger` hang on the row of the level above by `parent`.

    Cells of an outer level stand on the first of its rows and are merged over the rest. A level whose columns are all
    blank in a row is absent there. `only` says which of the ledger's rows an export shows here.
    """

    ledger: str
    parent: str = ""
    only: Q = field(default_factory=Q)


@dataclass
class CompositeSheet:
    """A workbook shape that feeds several ledgers at once (the county roster). Declared, not coded.

    Levels run from the outermost to the innermost. `sheet_reference` names the column of the outermost ledger that the
    title of each worksheet gives (the roster: a settlement a sheet), "" where one sheet holds all. `numbered` puts a running number in front. Rows are
    checked and saved by the ledgers' own checks and actions, level by level.
    """

    key: str
    title: object
    levels: tuple[Level, ...]
    columns: tuple[SheetColumn, ...]
    sheet_reference: str
    unit_line: object = ""
    note: object = ""
    signature: object = ""
    paper: str = "A3"
    numbered: bool = True

    def of(self, ledger_key: str) -> list[SheetColumn]:
        return [column for column in self.columns if column.ledger == ledger_key]


class Registry:
    """All ledgers and composite sheets by key, in the order of their registration."""

    def __init__(self):
        self.ledgers: dict[str, Ledger] = {}
        self.sheets: dict[str, CompositeSheet] = {}

    def add(self, ledger: Ledger) -> Ledger:
        if ledger.key in self.ledgers:
            raise ImproperlyConfigured(f"ledger {ledger.key} is declared twice")
        self.ledgers[ledger.key] = ledger
        return ledger

    def add_sheet(self, sheet: CompositeSheet) -> CompositeSheet:
        if sheet.key in self.sheets:
            raise ImproperlyConfigured(f"sheet {sheet.key} is declared twice")
        self.sheets[sheet.key] = sheet
        return sheet

    def __getitem__(self, key: str) -> Ledger:
        return self.ledgers[key]

    def __contains__(self, key: str) -> bool:
        return key in self.ledgers

    def __iter__(self):
        return iter(self.ledgers.values())


registry = Registry()
