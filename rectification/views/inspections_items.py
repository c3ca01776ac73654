"""From failed lines to problems on the ledger: choosing them, telling what they have in common, making the items once."""

from __future__ import annotations

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache

from accounts.roles import check
from common.models import STANDING
from common.problems import Refused
from divisions.models import Unit
from rectification.actions.inspections_items import items_from_lines, on_ledger
from rectification.models import CheckLine, ProblemClass
from rectification.queries.inspections_rights import ITEMS, RESULTS_LEDGER
from rectification.views.inspections import crumbs, inspection_at
from rectification.views.inspections_shared import (
    DayMixin,
    add_error,
    add_problems,
    day_field,
    status_of,
    summary_of,
)


class ItemsForm(DayMixin, forms.Form):
    """What the new items have in common; all of it can be told later, while they are drafts, but the class."""

    days = ("deadline_on",)
    problem_class = forms.ModelChoiceField(
        ProblemClass.objects.none(),
        label=gettext_lazy("Class of problem"),
        required=False,
        empty_label="",
        help_text=gettext_lazy("Left blank: as the checklist says."),
    )
    lead_unit = forms.ModelChoiceField(
        Unit.objects.none(), label=gettext_lazy("Lead unit"), required=False, empty_label=""
    )
    deadline_on = day_field(gettext_lazy("Deadline"))
    target = forms.CharField(label=gettext_lazy("Target"), required=False, max_length=500)
    measures = forms.CharField(
        label=gettext_lazy("Measures"), required=False, max_length=2000, widget=forms.Textarea({"rows": 2})
    )

    def __init__(self, user, *arguments, **named):
        super().__init__(*arguments, **named)
        self.fields["problem_class"].queryset = ProblemClass.objects.visible_to(user).filter(disabled_on=None)
        units = Unit.objects.visible_to(user).order_by("region", "name")
        self.fields["lead_unit"].queryset = units

    @property
    def values(self) -> dict:
        return {name: value for name, value in self.cleaned_data.items() if value not in (None, "")}


def chosen(request: HttpRequest) -> list[int]:
    """The ids of the boxes that were ticked."""
    return [int(key) for key in request.POST.getlist("selected") if key.isdecimal() and len(key) < 19]


@login_required
@never_cache
def items(request: HttpRequest, pk: int) -> HttpResponse:
    """The failed lines of an inspection that are on no ledger yet; `record` narrows them to one field check."""
    user = request.user
    check(user, "write", ITEMS)
    check(user, "write", RESULTS_LEDGER)
    found = inspection_at(user, pk)
    rows = CheckLine.objects.visible_to(user).filter(STANDING, inspection=found, outcome="failed")
    rows = rows.select_related("item", "record__settlement", "record__household__settlement", "problem_class")
    record = request.GET.get("record", "")
    if record.isdecimal() and len(record) < 19:
        rows = rows.filter(record=int(record))
    lines = [line for line in rows.order_by("record__number", "position") if not on_ledger(line)]
    form = ItemsForm(user, request.POST if request.method == "POST" else None)
    selected = chosen(request)
    if request.method == "POST" and form.is_valid():
        together = "together" in request.POST
        try:
            made = items_from_lines(selected, by=user, together=together, values=form.values)
        except Refused as refused:
            add_problems(form, refused.problems)
        except ValidationError as error:
            add_error(form, error)
        else:
            messages.success(
                request,
                _("Problems on the ledger as drafts: %(n)s. Complete and register them there.") % {"n": len(made)},
            )
            return redirect(f"/ledgers/rectification-items/?of_inspection={found.pk}")
    context = {
        "inspection": found,
        "lines": lines,
        "selected": selected or [line.pk for line in lines],
        "form": form,
        "errors": summary_of(form),
        "breadcrumb": crumbs((found.title, found.address), (_("Results to problems"), "")),
    }
    return render(request, "rectification/inspections/items.html", context, status=status_of(form))
