"""Entry of households with members and jobs."""

from __future__ import annotations

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache

from accounts.roles import check
from common.problems import Conflict, Refused
from employment.actions import save_roster
from employment.entry import Entry, with_another_row
from households.models import Household
from households.queries.households import household_at
from households.telling import figures, tell_effect


def _stored(request: HttpRequest, code: str) -> Household:
    try:
        found = household_at(request.user, code)
    except Household.DoesNotExist:
        raise Http404(_("There is no household %(code)s in your area.") % {"code": code}) from None
    if found.voided_at:
        raise Http404(_("The household %(code)s is voided.") % {"code": code})
    return found


@login_required
@never_cache
def entry(request: HttpRequest, code: str = "") -> HttpResponse:
    """Enter a household, or change one; the answer tells what the change did to verdict, counts and rate."""
    check(request.user, "write", "households")
    stored = _stored(request, code) if code else None
    if request.method != "POST":
        return _form(request, Entry(request.user, stored, settlement=request.GET.get("settlement", "")))
    if "add_row" in request.POST:  # the button of a browser without scripts
        return _form(request, Entry(request.user, stored, with_another_row(request.POST)))
    form = Entry(request.user, stored, request.POST)
    block = form.read()
    if block is None:
        return _form(request, form, status=422)
    before = figures(stored) if stored else []
    try:
        saved = save_roster([block], by=request.user)
    except Refused as refused:
        form.errors += [{"message": problem.message, "field_id": ""} for problem in refused.problems]
        return _form(request, form, status=422)
    except Conflict:
        form.errors.append(
            {
                "field_id": "",
                "message": _(
                    "Somebody else has saved this household meanwhile. Open it again in another window, compare, and save."
                ),
            }
        )
        return _form(request, form, status=409)
    household = saved.households.objects[0]
    tell_effect(request, before, figures(household))
    if request.POST.get("next"):
        return redirect(f"/households/new/?settlement={household.settlement.code}")
    return redirect("household", code=household.code)


def _form(request: HttpRequest, form: Entry, status: int = 200) -> HttpResponse:
    return render(
        request,
        "employment/entry.html",
        {
            "entry": form,
            "form": form.form,
            "formset": form.members,
            "errors": form.errors,
            "household": form.household,
        },
        status=status,
    )
