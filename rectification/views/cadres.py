"""Pages of cadres: the acts on a secondment, and training by year."""

from __future__ import annotations

from urllib.parse import urlencode

from django import forms
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from accounts.roles import check
from common import clock
from common.models import STANDING
from divisions.queries import names_of
from ledgers.guarded import GuardedForm, asked_for, carry_out, clean_day, day_field
from rectification.actions import cadres as actions
from rectification.models.cadres import CadreTraining, Secondment, longest_end
from rectification.queries.cadres import LEVELS, by_year
from rectification.views.tasks import region_asked


class TermForm(GuardedForm):
    """A day, where the act has one, and the reason."""

    day = day_field(gettext_lazy("Day"))
    reason = forms.CharField(label=gettext_lazy("Reason"), max_length=200, widget=forms.Textarea({"rows": 3}))

    def __init__(self, labels: dict, *args, **options):
        super().__init__(*args, **options)
        for name in ("day", "reason"):
            if name not in labels:
                del self.fields[name]
                continue
            self.fields[name].label = labels[name]
            asked_for(self.fields[name])

    def clean_day(self):
        return clean_day(self, "day")

    def add_problems(self, problems) -> None:
        for problem in problems:
            name = "day" if problem.field == "to_on" else problem.field
            self.add_error(name if name in self.fields else None, problem.message)


def _extend(secondment: Secondment, user, data: dict) -> None:
    actions.extend(secondment.pk, data["day"], data["reason"], by=user)


def _settle(secondment: Secondment, user, data: dict) -> None:
    actions.settle_end(secondment.pk, data["reason"], by=user)


def _end(secondment: Secondment, user, data: dict) -> None:
    actions.end(secondment.pk, data["day"], data["reason"], by=user)


# By key: the button, the labels of the form, the sentence after it, and what it does.
ACTS = {
    "extend": (
        gettext_lazy("Extend"),
        {"day": gettext_lazy("New end"), "reason": gettext_lazy("Why it is extended")},
        gettext_lazy("The secondment is extended."),
        _extend,
    ),
    "settle": (
        gettext_lazy("Store what follows"),
        {"reason": gettext_lazy("What follows when the term ends")},
        gettext_lazy("What follows is stored."),
        _settle,
    ),
    "end": (
        gettext_lazy("End the secondment"),
        {"day": gettext_lazy("Last day"), "reason": gettext_lazy("How it ended")},
        gettext_lazy("The secondment has ended."),
        _end,
    ),
}


@login_required
@never_cache
def act(request: HttpRequest, pk: int, key: str) -> HttpResponse:
    """Extend a secondment, put down what follows, or end it."""
    user = request.user
    check(user, "write", actions.SECONDMENTS)
    secondment = Secondment.objects.visible_to(user).filter(STANDING, pk=pk).select_related("unit").first()
    if secondment is None or key not in ACTS:
        raise Http404(_("There is no such record, or it lies outside your area."))
    verb, labels, done, do = ACTS[key]
    form = TermForm(labels, request.POST if request.method == "POST" else None)
    back = f"/ledgers/{actions.SECONDMENTS}/{pk}/"
    return carry_out(
        request,
        form,
        name="secondment-act",
        member=f"{pk}-{key}",
        back=back,
        done=done,
        do=lambda: do(secondment, user, form.cleaned_data),
        template="rectification/cadres/act.html",
        context={
            "secondment": secondment,
            "verb": verb,
            "latest": longest_end(secondment.from_on) if key == "extend" else None,
            "breadcrumb": [
                {"label": _("Secondments"), "url": f"/ledgers/{actions.SECONDMENTS}/"},
                {"label": str(secondment), "url": back},
                {"label": verb, "url": ""},
            ],
        },
    )


@login_required
@require_safe
def years(request: HttpRequest) -> HttpResponse:
    """Classes and people trained by year; each number opens into its classes."""
    user, on = request.user, clock.today()
    check(user, "read", actions.TRAININGS)
    region = region_asked(request)
    rows = by_year(CadreTraining.objects.visible_to(user).under(region).filter(STANDING))
    headings = [CadreTraining._meta.get_field(level).verbose_name for level in LEVELS]
    code = f"{region:012d}" if region else "0"

    def address(year: int) -> str:
        told = {"division": code, "starts_on_from": f"{year}-01-01", "starts_on_to": f"{year}-12-31"}
        return f"/ledgers/{actions.TRAININGS}/?{urlencode(told)}"

    table = {
        "caption": _("Cadre training by year"),
        "columns": [
            {"label": _("Year")},
            {"label": _("Classes"), "align": "num"},
            *({"label": heading, "align": "num"} for heading in headings),
            {"label": _("People"), "align": "num"},
        ],
        "groups": None,
        "rows": [
            {
                "url": address(row["year"]),
                "cells": [
                    {"text": str(row["year"])},
                    *(
                        {"text": f"{row[name]:,}"}
                        for name in ("classes", *(f"sum_{level}" for level in LEVELS), "people")
                    ),
                ],
            }
            for row in rows
        ],
        "empty": {
            "title": _("No training is recorded in this area yet"),
            "text": _("Enter classes in the ledger of cadre training, or import them."),
            "action_url": f"/ledgers/{actions.TRAININGS}/",
            "action_label": _("Cadre training"),
        },
    }
    place = names_of([region], on).get(region) or _("The whole nation")
    return render(
        request,
        "rectification/cadres/years.html",
        {
            "table": table,
            "place": place,
            "on": on,
            "breadcrumb": [
                {"label": _("Cadre training"), "url": f"/ledgers/{actions.TRAININGS}/"},
                {"label": _("By year"), "url": ""},
            ],
        },
    )
