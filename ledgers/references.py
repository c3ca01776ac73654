"""Cells that name something else: rows of another model by their key, divisions by code or name.

All distinct values of a column are looked up at once, within the scope of whoever entered them.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable

from django.core.exceptions import ValidationError
from django.db import models
from django.utils.translation import gettext_lazy as _

from common import citizen_id, scope
from common.fields import BlindIndexField, DivisionCodeField
from common.ledger import Column, Ledger, Reference
from common.values import as_text, shown, squeeze, tidy
from divisions.models import Division

LONGEST_ID = 18


class ReferenceCleaner:
    """Answers for one column: raw value -> (value, None) or (None, error), for values known beforehand."""

    def __init__(self, column: Column, required: ValidationError | None, empty):
        self.column = column
        self._required = required
        self._empty = empty
        self._known: dict[object, tuple[object, ValidationError | None]] = {}

    def learn(self, raw, value, error: ValidationError | None = None) -> None:
        self._known[(type(raw), raw)] = (value, error)

    def outcome(self, raw) -> tuple[object, ValidationError | None]:
        if isinstance(raw, models.Model):
            return raw, None
        if raw is None or isinstance(raw, str) and not raw.strip():
            return (self._empty, None) if self._required is None else (None, self._required)
        try:
            return self._known[(type(raw), raw)]
        except (KeyError, TypeError):
            return None, _unknown(raw)


def reference_cleaner(ledger: Ledger, column: Column, values: Iterable, user) -> ReferenceCleaner | None:
    """The cleaner of a column of references or divisions, with all `values` looked up; None for other columns."""
    model_field = ledger.model_field(column)
    is_division = isinstance(model_field, DivisionCodeField)
    if column.reference is None and not is_division:
        return None
    required = None if model_field.blank else ValidationError(_("This value is missing. Fill it in."), "required")
    cleaner = ReferenceCleaner(column, required, None)
    distinct = _distinct(values)
    if is_division:
        _learn_divisions(cleaner, model_field, distinct, user)
    else:
        _learn_references(cleaner, column.reference, distinct, user)
    return cleaner


def _distinct(values: Iterable) -> list:
    seen = {}
    for raw in values:
        if isinstance(raw, str | int | float) and not (isinstance(raw, str) and not raw.strip()):
            seen[(type(raw), raw)] = raw
    return list(seen.values())


def _unknown(raw) -> ValidationError:
    message = _("“%(value)s” is not known here, or lies outside your area. Check it, or enter it first.")
    return ValidationError(
        message, "unknown_reference", {"value": shown(raw if isinstance(raw, str) else as_text(raw))}
    )


def _several(raw) -> ValidationError:
    message = _("“%(value)s” names more than one record. Write its code instead.")
    return ValidationError(message, "ambiguous_reference", {"value": shown(raw)})


def standing_rows(model: type[models.Model], user) -> models.QuerySet:
    """What a user may refer to: visible and not voided."""
    rows = model.objects.visible_to(user)
    names = {model_field.name for model_field in model._meta.concrete_fields}
    return rows.filter(voided_at=None) if "voided_at" in names else rows


def key_of(reference: Reference, raw):
    """The raw value in the form of the reference's key, or None where it cannot be one."""
    by_field = reference.model._meta.get_field(reference.by)
    if isinstance(by_field, models.AutoField):
        text = squeeze(raw)
        return int(text) if text.isdecimal() and text.isascii() and len(text) <= LONGEST_ID else None
    try:
        return by_field.clean(raw, None)
    except ValidationError:
        return None


def _learn_references(cleaner: ReferenceCleaner, reference: Reference, values: list, user) -> None:
    if not values:
        return
    rows = standing_rows(reference.model, user)
    keys = {(type(raw), raw): key_of(reference, raw) for raw in values}
    wanted = {key for key in keys.values() if key is not None}
    found = {getattr(row, reference.by): row for row in rows.filter(**{f"{reference.by}__in": wanted})}
    open_values = []
    for raw in values:
        key = keys[(type(raw), raw)]
        if key in found:
            cleaner.learn(raw, found[key])
        else:
            open_values.append(raw)
    for name in reference.also:
        if not open_values:
            return
        by_name = defaultdict(list)
        words = {raw: tidy(raw) for raw in open_values}
        for row in rows.filter(**{f"{name}__in": set(words.values())}):
            by_name[getattr(row, name)].append(row)
        for raw in open_values:
            named = by_name.get(words[raw], [])
            if len(named) == 1:
                cleaner.learn(raw, named[0])
            elif named:
                cleaner.learn(raw, None, _several(raw))
        open_values = [raw for raw in open_values if words[raw] not in by_name]
    if open_values:
        _learn_by_number(cleaner, rows, open_values)


def _learn_by_number(cleaner: ReferenceCleaner, rows: models.QuerySet, values: list) -> None:
    """People may be named by their ID number, as the sheets of other offices do; it is found by its blind index."""
    index = next((f for f in rows.model._meta.concrete_fields if isinstance(f, BlindIndexField)), None)
    if index is None:
        return
    source = rows.model._meta.get_field(index.source)
    blinds = {}
    for raw in values:
        try:
            number = source.clean(raw, None)
        except ValidationError as error:
            if len(squeeze(raw)) >= citizen_id.LENGTH:
                cleaner.learn(raw, None, error)
            continue
        blinds[raw] = index.value_for(number)
    by_blind = {getattr(row, index.attname): row for row in rows.filter(**{f"{index.name}__in": set(blinds.values())})}
    for raw, blind in blinds.items():
        if blind in by_blind:
            cleaner.learn(raw, by_blind[blind])
        else:
            cleaner.learn(raw, None, _unknown(citizen_id.mask(squeeze(raw))))


def _learn_divisions(cleaner: ReferenceCleaner, model_field: DivisionCodeField, values: list, user) -> None:
    """Codes are taken as they are; a name is looked for in the user's own area first, then in the nation."""
    names = {}
    for raw in values:
        try:
            cleaner.learn(raw, model_field.clean(raw, None))
        except ValidationError as error:
            text = tidy(raw)
            if text and not any(character.isdigit() for character in text):
                names[raw] = text
            else:
                cleaner.learn(raw, None, error)
    if not names:
        return
    by_name = defaultdict(set)
    for name, code in Division.objects.filter(name__in=set(names.values()), valid_to=None).values_list("name", "code"):
        by_name[name].add(code)
    for raw, name in names.items():
        codes = by_name[name]
        own = {code for code in codes if scope.contains(user.ranges, code)}
        fitting = own or codes
        if len(fitting) == 1:
            cleaner.learn(raw, next(iter(fitting)))
        else:
            cleaner.learn(raw, None, _several(raw) if fitting else _unknown(raw))
