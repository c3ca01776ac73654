"""What the pages of inspections and samples share: refusals at the fields of their forms, tables, days."""

from __future__ import annotations

from collections.abc import Iterable

from django import forms
from django.core.exceptions import ValidationError

from common.fields import DayField
from common.ledger import registry
from common.problems import Problem, of_error
from ledgers.attachments.presenting import shown


def files_of(key: str, row, user, back: str) -> dict:
    """The files of a record for `ledgers/_attachments.html`; sending and withdrawing lead to `back`."""
    return shown(registry[key], row, user) | {"next": back}


def day_field(label, *, required: bool = False, help_text="") -> forms.CharField:
    """A day as it is typed; what it means says `day_of`."""
    widget = forms.TextInput({"inputmode": "numeric", "data-date": True, "autocomplete": "off"})
    return forms.CharField(label=label, required=required, help_text=help_text, widget=widget, max_length=20)


def day_of(raw: str):
    """The day that was typed, None for nothing. Raises ValidationError."""
    return DayField(null=True, blank=True).clean(raw, None)


class DayMixin:
    """Reads the fields named in `days` as days."""

    days: tuple[str, ...] = ()

    def clean(self):
        cleaned = super().clean()
        for name in self.days:
            if name in cleaned:
                try:
                    cleaned[name] = day_of(cleaned[name])
                except ValidationError as error:
                    self.add_error(name, error)
        return cleaned


def add_problems(form: forms.Form, problems: Iterable[Problem]) -> None:
    """Put what an action refuses beside the fields that it is about."""
    for problem in problems:
        form.add_error(problem.field if problem.field in form.fields else None, problem.message)


def add_error(form: forms.Form, error: ValidationError) -> None:
    add_problems(form, of_error(error))


def summary_of(form: forms.Form) -> list[dict]:
    """[{message, field_id}] for the error summary."""
    if not form.is_bound:
        return []
    return [
        {"message": message, "field_id": form[name].id_for_label if name in form.fields else ""}
        for name, found in form.errors.items()
        for message in found
    ]


def status_of(form: forms.Form) -> int:
    return 422 if form.is_bound and form.errors else 200
