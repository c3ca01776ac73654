"""The one validator of form, sheet and API: raw rows in, clean rows and every problem at once out.

Values are cleaned by the model's fields, each distinct value of a column once; references, stored rows and checks over
several rows are asked of the store as sets. Twenty thousand rows take about as long as one did in a loop of forms.
"""

from __future__ import annotations

import copy
from collections.abc import Iterable, Sequence
from itertools import chain

from django.core.exceptions import ImproperlyConfigured, ObjectDoesNotExist, ValidationError
from django.db import models
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from common.ledger import Column, Ledger
from common.problems import Problem, of_error
from common.values import shown
from ledgers import actions
from ledgers.masking import fits, is_sensitive, looks_masked
from ledgers.matching import find_stored, natural_matches
from ledgers.references import LONGEST_ID, ReferenceCleaner, reference_cleaner

SYSTEM = frozenset({"id", "version", "voided_at", "void_reason"})  # what the API shows beyond the columns
BLANK_CLEARS, BLANK_KEEPS = "clear", "keep"
Outcome = tuple[object, ValidationError | None]

_NO_SCALAR = ValidationError(gettext_lazy("A single value is needed here, not a list or an object."), "bad_type")


def is_blank(raw) -> bool:
    return raw is None or isinstance(raw, str) and not raw.strip()


class ColumnCleaner:
    """Cleans the values of one column with its model field; a value met before costs a look into a dictionary."""

    def __init__(self, ledger: Ledger, column: Column):
        self.column = column
        self.field = ledger.model_field(column)
        if self.field is None:
            raise ImproperlyConfigured(f"{ledger.key}.{column.name} is written but has no model field")
        self._known: dict[object, Outcome] = {}

    def outcome(self, raw) -> Outcome:
        """(clean value, None) or (None, error)."""
        # 1, 1.0 and True are one key to a dictionary and three values to a field.
        key = raw if type(raw) is str or raw is None else (type(raw), raw)
        try:
            return self._known[key]
        except KeyError:
            pass
        except TypeError:
            return None, _NO_SCALAR
        try:
            found = (self.field.clean(raw, None), None)
        except ValidationError as error:
            found = (None, error)
        self._known[key] = found
        return found


Cleaner = ColumnCleaner | ReferenceCleaner


def cleaner_of(ledger: Ledger, column: Column, values: Iterable, user) -> Cleaner:
    """The cleaner of a column; references and named divisions are resolved for all `values` at once."""
    return reference_cleaner(ledger, column, values, user) or ColumnCleaner(ledger, column)


def clean_rows(
    ledger: Ledger,
    raw_rows: Sequence[dict],
    user,
    *,
    partial: bool = False,
    stored: Sequence[models.Model | None] | None = None,
    blank: str = BLANK_CLEARS,
    given: Sequence[dict] | None = None,
    set_checks: bool = True,
) -> tuple[list[dict], list[Problem]]:
    """Clean rows in the order of `raw_rows` (dicts of column name to raw value), and all problems, `row` being the index.

    A clean row holds the columns that were told, model instances for references, and `id` where the row is stored
    already. Rows with problems come back as far as they are clean, so that later checks see them.

    - `stored`: the stored row of each raw row, where the caller knows it; else found by `id`, natural or second key.
    - `partial`: nothing is required of what is absent.
    - `blank`: a blank value clears the stored one ("clear"), or counts as not told ("keep", sheets).
    - `given`: values that are clean already, by row (the parent of a nested row); they are taken as they are.
    - `set_checks`: whether `ledger.check_rows` runs; a composite caller runs it itself over all its rows.
    """
    batch = _Batch(ledger, raw_rows, user, given, blank)
    batch.refuse_unknown()
    for column in ledger.written:
        batch.clean_column(column)
    batch.find_stored(stored)
    batch.unmask()
    if not partial:
        batch.require()
    batch.clean_models()
    if set_checks:
        batch.check_sets()
    order = {column.name: position for position, column in enumerate(ledger.columns)}
    batch.problems.sort(key=lambda problem: (problem.row, order.get(problem.field, -1)))
    return batch.rows, batch.problems


class _Batch:
    """The rows of one call on their way from raw to clean."""

    def __init__(self, ledger: Ledger, raw_rows: Sequence[dict], user, given, blank: str):
        self.ledger = ledger
        self.raw_rows = raw_rows
        self.user = user
        self.blank = blank
        self.rows: list[dict] = [dict(row) for row in given] if given else [{} for _row in raw_rows]
        self.given = given
        self.stored: Sequence[models.Model | None] = []
        self.problems: list[Problem] = []
        self.faulty: set[tuple[int, str]] = set()
        self.masked: list[tuple[int, Column, str]] = []
        self.cleaners: dict[str, Cleaner] = {}

    def add(self, row: int, field: str, value, code: str, message) -> None:
        self.faulty.add((row, field))
        self.problems.append(Problem(row, field, shown(value), code, str(message)))

    def add_error(self, row: int, field: str, value, error: ValidationError) -> None:
        for single in error.error_list:
            self.add(row, field, value, single.code or "invalid", single.messages[0])

    def refuse_unknown(self) -> None:
        known = SYSTEM | set(self.ledger.by_name)
        for index, raw in enumerate(self.raw_rows):
            if raw.keys() <= known:
                continue
            for name in sorted(raw.keys() - known, key=str):
                message = _("There is no column “%(name)s” in %(ledger)s.")
                self.add(
                    index, str(name), "", "unknown_column", message % {"name": shown(name), "ledger": self.ledger.title}
                )

    def clean_column(self, column: Column) -> None:
        name = column.name
        told = [(index, raw[name]) for index, raw in enumerate(self.raw_rows) if name in raw]
        if self.given:
            told = [(index, value) for index, value in told if name not in self.given[index]]
        if self.blank == BLANK_KEEPS:
            told = [(index, value) for index, value in told if not is_blank(value)]
        cleaner = self.cleaners[name] = cleaner_of(self.ledger, column, (value for _index, value in told), self.user)
        may_be_masked = is_sensitive(column)
        outcome, rows = cleaner.outcome, self.rows
        for index, value in told:
            if may_be_masked and looks_masked(column, value):
                self.masked.append((index, column, value))
                continue
            clean, error = outcome(value)
            if error is None:
                rows[index][name] = clean
            else:
                self.add_error(index, name, value, error)

    def find_stored(self, stored) -> None:
        if stored is None:
            masked = {(index, column.name): raw for index, column, raw in self.masked}
            stored, unknown = find_stored(
                self.ledger, self.raw_rows, self.rows, self.user, masked, in_sheet=self.blank == BLANK_KEEPS
            )
            for index in unknown:
                message = _("There is no such record, or it lies outside your area.")
                self.add(index, "id", self.raw_rows[index].get("id"), "unknown_row", message)
        else:
            twins = natural_matches(self.ledger, self.rows, self.user)
            for index, (mine, twin) in enumerate(zip(stored, twins, strict=True)):
                if mine is not None and twin is not None and twin.pk != mine.pk:
                    key = self.ledger.natural_key[0]
                    message = _("Another record has this value already. Use a different one, or change that record.")
                    self.add(index, key, self.raw_rows[index].get(key), "duplicate", message)
        self.stored = stored
        for row, found in zip(self.rows, stored, strict=True):
            if found is not None:
                row["id"] = found.pk
        for index, raw in enumerate(self.raw_rows):
            if raw.get("version") in (None, ""):
                continue
            version = str(raw["version"])
            if version.isdecimal() and len(version) < LONGEST_ID:
                self.rows[index]["version"] = int(version)
            else:
                self.add(index, "version", version, "bad_number", _("The version is a whole number."))

    def unmask(self) -> None:
        """A masked value of a stored row means unchanged."""
        for index, column, raw in self.masked:
            found = self.stored[index]
            value = getattr(found, column.field or column.name) if found is not None else ""
            if not value or not fits(self.ledger, column, raw, value):
                message = _("“%(value)s” is masked and does not fit what is stored. Write the whole value.")
                self.add(index, column.name, raw, "masked_value", message % {"value": shown(raw)})

    def require(self) -> None:
        masked = {(index, column.name) for index, column, _raw in self.masked}
        for column in self.ledger.written:
            if not self.ledger.required(column):
                continue
            missing = self.cleaners[column.name].outcome(None)[1]
            if missing is None:
                continue
            for index, (row, found) in enumerate(zip(self.rows, self.stored, strict=True)):
                place = (index, column.name)
                if column.name not in row and found is None and place not in self.faulty and place not in masked:
                    self.add_error(index, column.name, "", missing)

    def clean_models(self) -> None:
        """`clean()` of the model on each row; what it fills in goes into the clean row."""
        model = self.ledger.model
        if model.clean is models.Model.clean:
            return
        probe = model()
        empty = {name: value for name, value in vars(probe).items() if name != "_state"}
        places = [(column.name, column.field or column.name) for column in self.ledger.written]
        plain = {name: attribute for name, attribute in places if not model._meta.get_field(attribute).is_relation}
        related = {name: attribute for name, attribute in places if name not in plain}
        column_of = {attribute: name for name, attribute in places}
        for index, (row, found) in enumerate(zip(self.rows, self.stored, strict=True)):
            if found is None:
                target = probe
                target._state.fields_cache.clear()
                target.__dict__.update(empty)
            else:
                target = copy.copy(found)
            values = target.__dict__
            for name, value in row.items():
                if name in plain:
                    values[plain[name]] = value
                elif name in related:
                    setattr(target, related[name], value)
            before = {name: values[attribute] for name, attribute in plain.items()}
            try:
                target.clean()
            except ValidationError as error:
                self._add_model_error(index, error, column_of)
                continue
            except ObjectDoesNotExist:
                continue  # clean() reads what it belongs to; that this is missing has been said
            for name, attribute in plain.items():
                if values[attribute] is not before[name] and values[attribute] != before[name]:
                    row[name] = values[attribute]

    def _add_model_error(self, index: int, error: ValidationError, column_of: dict[str, str]) -> None:
        has_faults = any((index, column.name) in self.faulty for column in self.ledger.written)
        raw = self.raw_rows[index]
        for problem in of_error(error, row=index):
            name = column_of.get(problem.field, problem.field)
            # A value that failed reads as blank to clean(): what is missing by that is no fault of its own.
            if (index, name) in self.faulty or has_faults and problem.code == "required":
                continue
            self.add(index, name, raw.get(name), problem.code, problem.message)

    def check_sets(self) -> None:
        check = self.ledger.check_rows
        found = chain(
            check(self.rows, self.user) if check else actions.check_rows(self.ledger, self.rows),
            actions.check_regions(self.ledger, self.rows, self.user),
        )
        references = [column.name for column in self.ledger.written if column.reference]
        for problem in as_problems(found):
            told = (problem.row, problem.field) in self.faulty
            # What a row is said to do wrong beside others means little while it hangs on nothing known.
            row = self.rows[problem.row]
            adrift = any((problem.row, name) in self.faulty and name not in row for name in references)
            if problem.warning or not told and not adrift:
                self.problems.append(problem)


def as_problems(found: Iterable) -> Iterable[Problem]:
    """What set checks yield, Problem or (index, field, value, code, message), as problems."""
    for item in found:
        if isinstance(item, Problem):
            yield item
        else:
            index, field, value, code, message = item
            yield Problem(index, field, shown(value), code, str(message))
