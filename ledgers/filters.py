"""Filters in the address: `name=value`, the same for list page, export and API; what cannot be understood is refused."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from common import clock, codes, scope
from common.dates import parse_day
from common.fields import DivisionCodeField
from common.ledger import Column, Filter, Ledger, Privacy
from common.problems import Problem
from common.terms import term
from common.values import number, shown, tidy
from divisions.models import Division
from divisions.queries import names_of
from ledgers.references import key_of, standing_rows

RANGES = ("date", "number")
# How a column that declares no filter is narrowed all the same: it stands in no query area, but its name works.
UNDECLARED = {
    "code": "choice",
    "bool": "choice",
    "date": "date",
    "int": "number",
    "decimal": "number",
    "division": "division",
}
REGION = "region"
LONGEST_VALUE = 200
_code_field = DivisionCodeField()
_code_field.set_attributes_from_name(REGION)


@dataclass
class Chosen:
    """One filter in use: its raw value (or pair), what it means in words, and the parameters that hold it."""

    filter: Filter
    value: object
    words: str
    parameters: tuple[str, ...]
    understood: object = None


@dataclass
class Selection:
    """The filters of an address, understood: `apply` narrows a queryset; `problems` says what was not understood."""

    chosen: list[Chosen] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    _steps: list[Callable] = field(default_factory=list)

    def apply(self, queryset: models.QuerySet) -> models.QuerySet:
        for step in self._steps:
            queryset = step(queryset)
        return queryset

    @property
    def parameters(self) -> dict[str, str]:
        """The filters as parameters of an address."""
        found: dict[str, str] = {}
        for chosen in self.chosen:
            values = chosen.value if isinstance(chosen.value, tuple) else (chosen.value,)
            found |= {name: raw for name, raw in zip(chosen.parameters, values, strict=True) if raw}
        return found


def filters_of(ledger: Ledger) -> dict[str, Filter]:
    """All filters of a ledger by name: those of its columns, those that were added, and `region` where rows have one."""
    found: dict[str, Filter] = {}
    for column in ledger.columns:
        if column.privacy is not Privacy.SENSITIVE:
            found[column.name] = _column_filter(ledger, column)
    path = getattr(ledger.model, "scope_path", "")
    if path:
        has_own = any(column.filter == "division" for column in ledger.columns)
        found.setdefault(
            REGION,
            Filter(
                REGION,
                term("area", "所属地区"),
                "division",
                lambda rows, code: _under(rows, path, code),
                shown=not has_own,
            ),
        )
    return found | {added.name: added for added in ledger.filters}


def _column_filter(ledger: Ledger, column: Column) -> Filter:
    path, kind = column.path, column.filter or UNDECLARED.get(ledger.kind(column), "exact")
    applies = {
        "choice": lambda rows, value: rows.filter(**{path: value}),
        "exact": lambda rows, value: rows.filter(**{path: value}),
        "text": lambda rows, value: rows.filter(prefix(path, value)),
        "division": lambda rows, code: _under(rows, path, code),
        "date": lambda rows, pair: _between(rows, path, pair),
        "number": lambda rows, pair: _between(rows, path, pair),
    }
    return Filter(
        column.name,
        ledger.heading(column),
        kind,
        applies[kind],
        _choices_of(ledger, column, kind),
        shown=bool(column.filter),
    )


def _choices_of(ledger: Ledger, column: Column, kind: str):
    if list_id := ledger.list_of(column):
        return lambda: codes.choices(list_id)
    if kind == "choice" and ledger.kind(column) == "bool":
        return (("1", term("yes", "是")), ("0", term("no", "否")))
    return getattr(ledger.model_field(column), "choices", None) or ()


def prefix(path: str, text: str) -> Q:
    """`path` begins with `text`, as a range: LIKE is no leakproof operator and finds no index under a policy."""
    last = ord(text[-1])
    # Surrogates are no characters: the one after U+D7FF is U+E000.
    following = chr(0xE000 if last == 0xD7FF else min(last + 1, 0x10FFFF))
    return Q(**{f"{path}__gte": text, f"{path}__lt": text[:-1] + following})


def _under(rows: models.QuerySet, path: str, code: int) -> models.QuerySet:
    return rows.filter(scope.in_ranges([scope.code_range(code)], path))


def _between(rows: models.QuerySet, path: str, pair: tuple) -> models.QuerySet:
    low, high = pair
    if low is not None:
        rows = rows.filter(**{f"{path}__gte": low})
    return rows if high is None else rows.filter(**{f"{path}__lte": high})


def choices_of(chosen: Filter) -> list[tuple[str, object]]:
    return list(chosen.choices() if callable(chosen.choices) else chosen.choices)


def parameter_names(chosen: Filter) -> tuple[str, ...]:
    return (f"{chosen.name}_from", f"{chosen.name}_to") if chosen.kind in RANGES else (chosen.name,)


def select(ledger: Ledger, parameters: Mapping[str, str], user, *, ignore: frozenset[str] = frozenset()) -> Selection:
    """Understand the filters among the parameters of an address; `ignore` are parameters that are none.

    A range also takes its bare name for a single day or number. Filters apply in the order of the declaration, so that
    the order of the address says nothing and one filter may build on an earlier one.
    """
    selection = Selection()
    filters = filters_of(ledger)
    known: dict[str, Filter] = {}
    for added in filters.values():
        known |= dict.fromkeys((*parameter_names(added), added.name), added)
    told: set[str] = set()
    for name in parameters:
        if name in ignore:
            continue
        if name not in known:
            message = _("There is no filter “%(name)s”. The filters are: %(known)s.")
            listed = ", ".join(sorted({part for added in filters.values() for part in parameter_names(added)}))
            selection.problems.append(
                Problem(0, shown(name), "", "unknown_filter", message % {"name": shown(name), "known": listed})
            )
        elif parameters[name].strip():
            told.add(known[name].name)
    for added in (filters[name] for name in filters if name in told):
        _choose(selection, ledger, added, parameters, user)
    return selection


def _choose(selection: Selection, ledger: Ledger, added: Filter, parameters: Mapping[str, str], user) -> None:
    names = parameter_names(added)
    if added.kind in RANGES and added.name in parameters:
        raws = (parameters[added.name],) * 2
    else:
        raws = tuple(parameters.get(name, "") for name in names)
    try:
        if any(len(raw) > LONGEST_VALUE for raw in raws):
            raise ValidationError(gettext_lazy("This value is too long."), "too_long")
        value, words = _understood(ledger, added, raws, user)
        step = _step(ledger, added, value, user)
    except ValidationError as error:
        raw = next(raw for raw in raws if raw)
        for single in error.error_list:
            selection.problems.append(Problem(0, added.name, shown(raw), single.code or "invalid", single.messages[0]))
        return
    selection.chosen.append(Chosen(added, raws if added.kind in RANGES else raws[0], words, names, value))
    selection._steps.append(step)


def _step(ledger: Ledger, added: Filter, value, user) -> Callable:
    column = ledger.by_name.get(added.name)
    if added.kind == "exact" and column is not None and column.reference and added not in ledger.filters:
        return _reference_step(ledger, column, value, user)
    return lambda rows: added.apply(rows, value)


def _reference_step(ledger: Ledger, column: Column, text: str, user) -> Callable:
    """By the key of the row that is referred to, or by its name; looked up first, since an OR over a join finds no index."""
    reference = column.reference
    rows = standing_rows(reference.model, user)
    key = key_of(reference, text)
    found = list(rows.filter(**{reference.by: key}).values_list("pk", flat=True)) if key is not None else []
    for name in reference.also:
        found = found or list(rows.filter(**{name: tidy(text)}).values_list("pk", flat=True)[:1000])
    attribute = ledger.model._meta.get_field(column.field or column.name).attname
    return lambda queryset: queryset.filter(**{f"{attribute}__in": found})


def _understood(ledger: Ledger, added: Filter, raws: tuple[str, ...], user) -> tuple[object, str]:
    """The clean value for `apply`, and its words."""
    if added.kind == "date":
        pair = tuple(parse_day(raw) for raw in raws)
        return pair, _range_words(pair)
    if added.kind == "number":
        pair = tuple(number(raw) for raw in raws)
        return pair, _range_words(pair)
    raw = raws[0].strip()
    if added.kind == "choice":
        labels = {str(code): str(label) for code, label in choices_of(added)}
        if raw not in labels:
            message = gettext_lazy("“%(value)s” is not one of: %(allowed)s.")
            raise ValidationError(message, "unknown_code", {"value": shown(raw), "allowed": ", ".join(labels)})
        return raw, labels[raw]
    if added.kind == "division":
        code = _division(raw, user)
        return code, division_words(code)
    column = ledger.by_name.get(added.name)
    if added.kind == "exact" and column is not None and not column.reference and added not in ledger.filters:
        model_field = ledger.model_field(column)
        return (model_field.clean(raw, None) if model_field is not None else raw), raw
    return tidy(raw) or raw, raw


def _range_words(pair: tuple) -> str:
    low, high = ("" if part is None else str(part) for part in pair)
    if not low or not high:
        return f"≥ {low}" if low else f"≤ {high}"
    return low if low == high else f"{low} – {high}"


def _division(raw: str, user) -> int:
    """A code, or the exact name of one division, those of the user's own area first."""
    try:
        code = _code_field.clean(raw, None)
        scope.code_range(code)
        return code
    except ValidationError:
        if raw.isdecimal():
            raise
    except ValueError as error:
        raise ValidationError(gettext_lazy("This is not a division code."), "bad_division") from error
    found = set(Division.objects.filter(name=tidy(raw), valid_to=None).values_list("code", flat=True))
    fitting = {code for code in found if scope.contains(user.ranges, code)} or found
    if len(fitting) != 1:
        message = gettext_lazy("“%(value)s” names no single division. Write its code.")
        raise ValidationError(message, "unknown_division", {"value": shown(raw)})
    return fitting.pop()


def division_words(code: int) -> str:
    if code == 0:
        return _("the whole nation")
    return names_of([code], clock.today()).get(code) or str(code)
