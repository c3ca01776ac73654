"""Forms that do one thing to a record, once however often they are sent: the part that every such form shares."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterable

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from common.fields import DayField
from common.problems import Problem, Refused
from ledgers import drafts

_DAY = {"inputmode": "numeric", "data-date": "", "autocomplete": "off"}


def summary_of(form: forms.BaseForm) -> list[dict]:
    """[{message, field_id}] for the error summary, which stands apart from the fields and so names them."""
    found = []
    for name, faults in form.errors.items():
        field = form.fields.get(name)
        for message in faults:
            told = {"field": field.label, "message": message} if field and field.label else {}
            words = _("%(field)s: %(message)s") % told if told else message
            found.append({"message": words, "field_id": form[name].id_for_label if field else ""})
    return found


class GuardedForm(forms.Form):
    """A form that is carried out once however often it is sent: `form_id` tells this opened form from every other."""

    use_required_attribute = False
    form_id = forms.UUIDField(widget=forms.HiddenInput, required=False)

    def __init__(self, *args, **options):
        options["initial"] = {"form_id": uuid.uuid4(), **(options.get("initial") or {})}
        super().__init__(*args, **options)

    def add_problems(self, problems: Iterable[Problem]) -> None:
        for problem in problems:
            self.add_error(problem.field if problem.field in self.fields else None, problem.message)

    @property
    def summary(self) -> list[dict]:
        return summary_of(self)


def asked_for(field: forms.Field) -> None:
    """Mark the field as required for the reader's eye; that it is missing is told by the action, in its own words."""
    field.required = True
    field.validate = lambda value: None


def day_field(label, **options) -> forms.CharField:
    return forms.CharField(**{"label": label, "required": False, "widget": forms.TextInput(_DAY), **options})


def clean_day(form: forms.Form, name: str):
    return DayField(null=True, blank=True).clean(form.cleaned_data.get(name, ""), None)


def carry_out(
    request: HttpRequest,
    form: GuardedForm,
    *,
    name: str,
    member: str,
    back: str,
    done: object,
    do: Callable[[], object],
    template: str,
    context: dict,
) -> HttpResponse:
    """Show the form, or do what it says once and go back. `do` may refuse."""
    if request.method == "POST":
        form_id = drafts.form_id_of(request.POST)
        if address := drafts.begin_saving(request.user, name, member, form_id):
            return redirect(address)
        if form.is_valid():
            try:
                outcome = do()
            except Refused as refusal:
                form.add_problems(refusal.problems)
            else:
                address = outcome if isinstance(outcome, str) else back
                drafts.saved(request.user, form_id, address)
                messages.success(request, done)
                return redirect(address)
    errors = form.summary if form.is_bound else []
    return render(
        request, template, {"form": form, "back": back, "errors": errors, **context}, status=422 if errors else 200
    )
