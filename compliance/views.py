"""Giving a household of the zero-employment list to somebody, with the next step and its day."""

from __future__ import annotations

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache

from accounts.models import User
from accounts.roles import can, check
from common import clock
from common.fields import DayField
from common.problems import Refused
from common.scope import ancestor
from compliance.actions import assign_zero_case
from compliance.models import ZeroCase

# Those who can visit the household: of its township or county, in a role that works there.
LOCAL_LEVELS = (3, 4)
LOCAL_ROLES = ("county", "township", "department")
LIST = "/ledgers/zero-households/"


def locals_of(region: int):
    """Active users who work in the county or township that holds `region`."""
    places = [ancestor(region, level) for level in LOCAL_LEVELS]
    users = User.objects.filter(scopes__region__in=places, role__in=LOCAL_ROLES, is_active=True)
    return users.order_by("display_name", "pk").distinct()


class AssignForm(forms.Form):
    """Who, what next, by when. Whether the values hold together is the action's to say."""

    assigned_to = forms.ModelChoiceField(
        User.objects.none(),
        label=gettext_lazy("Responsible person"),
        empty_label=gettext_lazy("choose"),
        required=False,
    )
    next_step = forms.CharField(label=gettext_lazy("Next step"), max_length=200, required=False)
    next_step_on = forms.CharField(
        label=gettext_lazy("By"), required=False, widget=forms.TextInput({"inputmode": "numeric", "data-date": True})
    )

    def __init__(self, case: ZeroCase, *arguments, **named):
        super().__init__(*arguments, **named)
        self.fields["assigned_to"].queryset = locals_of(case.region)
        self.fields["assigned_to"].label_from_instance = lambda user: f"{user.display_name} ({user.role_label})"

    def clean_next_step_on(self):
        return DayField(null=True, blank=True).clean(self.cleaned_data["next_step_on"], None)


def _open_case(user, pk: int) -> ZeroCase:
    case = (
        ZeroCase.objects.visible_to(user)
        .filter(pk=pk, closed_on=None)
        .select_related("household__settlement", "assigned_to")
        .first()
    )
    if case is None:
        raise Http404(_("This household is not on the zero-employment list of your area, or has left it."))
    return case


@login_required
@never_cache
def assign(request: HttpRequest, pk: int) -> HttpResponse:
    """The case with its form; those who only look on see what has been agreed."""
    check(request.user, "write" if request.method == "POST" else "read", "zero-households")
    case = _open_case(request.user, pk)
    stored = {
        "assigned_to": case.assigned_to_id,
        "next_step": case.next_step,
        "next_step_on": case.next_step_on and case.next_step_on.isoformat(),
    }
    form = AssignForm(case, request.POST or None, initial=stored)
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data
        try:
            assign_zero_case(case, data["assigned_to"], data["next_step"], data["next_step_on"], by=request.user)
        except Refused as refused:
            for problem in refused.problems:
                form.add_error(problem.field if problem.field in form.fields else None, problem.message)
        else:
            messages.success(
                request,
                _("Household %(code)s: %(person)s takes care of it by %(day)s.")
                % {"code": case.household.code, "person": data["assigned_to"], "day": data["next_step_on"]},
            )
            return redirect(LIST)
    errors = [
        {"message": error, "field_id": form[name].id_for_label if name in form.fields else ""}
        for name, found in form.errors.items()
        for error in found
    ]
    context = {
        "case": case,
        "form": form,
        "writes": can(request.user, "write", "zero-households"),
        "errors": errors,
        "days": (clock.today() - case.opened_on).days,
        "breadcrumb": [
            {"label": _("Zero-employment list"), "url": LIST},
            {"label": f"{case.household.head_name} {case.household.code}", "url": ""},
        ],
    }
    return render(request, "compliance/assign.html", context, status=422 if errors else 200)
