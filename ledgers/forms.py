"""Entry forms made from a ledger's declaration: they only show; what is right or wrong is said by ledgers.checking."""

from __future__ import annotations

import uuid
from collections.abc import Container, Iterable

from django import forms
from django.db import models
from django.utils.translation import gettext_lazy as _

from common import codes
from common.ledger import Column, Ledger, Reference
from common.problems import Problem
from common.terms import labelled
from ledgers.masking import shown_as
from ledgers.presenting import values_of
from ledgers.references import key_of, standing_rows

FEW_CHOICES = 200  # references up to this number are offered as a list
LONG_TEXT = 100


class RawField(forms.Field):
    """A field that hands on what was typed. `required` is for the reader's eye."""

    def clean(self, value):
        return value

    def has_changed(self, initial, data) -> bool:
        return str(initial or "") != str(data or "")


def named_by(reference: Reference, value, user) -> str:
    """What the key in a box names, for who typed it to see; "" for none and for a key of nothing."""
    key = key_of(reference, value) if value not in (None, "") else None
    found = standing_rows(reference.model, user).filter(**{reference.by: key}).first() if key is not None else None
    return "" if found is None else str(found)


class EntryForm(forms.Form):
    """One record of a ledger. `form_id` tells this opened form from every other."""

    use_required_attribute = False
    form_id = forms.UUIDField(widget=forms.HiddenInput, required=False)
    version = forms.CharField(widget=forms.HiddenInput, required=False)

    def __init__(self, ledger: Ledger, user, stored: models.Model | None = None, data=None, initial=None):
        self.ledger = ledger
        self.user = user
        self.stored = stored
        start = {"form_id": uuid.uuid4(), **_defaults(ledger), **(initial or {})}
        if stored is not None:
            start |= shown_values(ledger, stored) | {"version": getattr(stored, "version", "")}
        super().__init__(data, initial=start)
        for column in ledger.written:
            field = self.fields[column.name] = field_of(ledger, column, user)
            if column.reference is not None and isinstance(field.widget, forms.TextInput):
                field.picked = named_by(column.reference, self[column.name].value(), user)

    @property
    def sections(self) -> list[tuple[object, list]]:
        """(heading group, bound fields), in the ledger's order."""
        found: dict[object, list] = {}
        for column in self.ledger.written:
            found.setdefault(column.group or "", []).append(self[column.name])
        return list(found.items())

    def raw_row(self) -> dict:
        """What was typed, as a raw row; a column that was not sent is not told."""
        names = [column.name for column in self.ledger.written if column.name in self.data]
        row = {name: self.data[name] for name in names}
        if self.stored is not None:
            row["version"] = self.data.get("version", "")
        return row

    def add_problems(self, problems: Iterable[Problem]) -> None:
        self.full_clean()
        for problem in problems:
            self.add_error(problem.field if problem.field in self.fields else None, problem.message)

    @property
    def summary(self) -> list[dict]:
        """[{message, field_id}] for the error summary, in the words that stand at the fields."""
        found = []
        for name, errors in self.errors.items():
            known = name in self.fields
            field_id = self[name].id_for_label if known else ""
            found += [
                {"message": labelled(self.fields[name].label, message) if known else message, "field_id": field_id}
                for message in errors
            ]
        return found


def _defaults(ledger: Ledger) -> dict:
    return {
        column.name: model_field.get_default()
        for column in ledger.written
        if (model_field := ledger.model_field(column)) is not None and model_field.has_default()
    }


def shown_values(ledger: Ledger, stored: models.Model, names: Container[str] | None = None) -> dict:
    """Stored values as a form shows them: references by their key, sensitive ones masked (masked back: unchanged)."""
    values = values_of(ledger, stored, names)
    return {name: _in_form(ledger, ledger.by_name[name], value) for name, value in values.items()}


def _in_form(ledger: Ledger, column: Column, value):
    if value is None:
        return ""
    if ledger.kind(column) == "division":
        return f"{value:012d}"
    return shown_as(ledger, column, value)


def field_of(ledger: Ledger, column: Column, user) -> RawField:
    """The form field of a column, as entry forms show it."""
    kind = ledger.kind(column)
    model_field = ledger.model_field(column)
    options = {
        "label": ledger.heading(column),
        "required": ledger.required(column),
        "help_text": model_field.help_text,
        "widget": forms.TextInput(),
    }
    needs_choice = not model_field.blank
    if kind == "code" or model_field.choices:
        list_id = ledger.list_of(column)
        choices = codes.choices(list_id) if list_id else list(model_field.choices)
        empty = [] if needs_choice and model_field.has_default() else [("", "")]
        options["widget"] = forms.Select(choices=[*empty, *choices])
    elif kind == "bool":
        options["widget"] = forms.Select(choices=[("", ""), ("True", _("yes")), ("False", _("no"))])
    elif kind == "reference":
        options["widget"] = _reference_widget(column, user)
    elif kind == "division":
        options["widget"] = forms.TextInput({"data-divisions": "", "autocomplete": "off"})
    elif kind == "date":
        options["widget"] = forms.TextInput({"inputmode": "numeric", "data-date": "", "autocomplete": "off"})
    elif kind in ("int", "decimal"):
        options["widget"] = forms.TextInput({"inputmode": "decimal", "autocomplete": "off"})
    elif (getattr(model_field, "max_length", 0) or 0) > LONG_TEXT:
        options["widget"] = forms.Textarea({"rows": 2})
    else:
        options["widget"] = forms.TextInput({"autocomplete": "off"})
    return RawField(**options)


def _reference_widget(column: Column, user) -> forms.Widget:
    """A list to choose from where the user's area has few of them, else a box for the key."""
    rows = standing_rows(column.reference.model, user)
    if column.reference.also:
        choices = [
            (getattr(row, column.reference.by), str(row))
            for row in rows.order_by(*column.reference.also)[: FEW_CHOICES + 1]
        ]
        if len(choices) <= FEW_CHOICES:
            return forms.Select(choices=[("", ""), *choices])
    return forms.TextInput({"autocomplete": "off"})
