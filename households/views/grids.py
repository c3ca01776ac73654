"""The page of a grid with what lies below it, and the change of a cadre who leaves."""

from __future__ import annotations

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.db.models import Count, Max, Q, QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from accounts.models import User
from accounts.roles import can, check
from common import clock
from common.fields import CleanTextField, MobileField, PersonNameField
from common.ledger import registry
from divisions.queries import path_of as places_of
from households.actions.grids import hand_over
from households.models import CadreLink
from households.queries.people import path_of
from ledgers.guarded import GuardedForm, asked_for, carry_out, clean_day, day_field
from ledgers.views.panels import panels_of

MOST_CADRES = 300


@login_required
@require_safe
@never_cache
def grid(request: HttpRequest, code: str) -> HttpResponse:
    """A node of the grid: where it stands, who manages it, what lies below, and its households as a number that opens."""
    user, today = request.user, clock.today()
    check(user, "read", "grids")
    ledger = registry["grids"]
    found = ledger.readable(user).filter(code=code).select_related("parent__parent__parent__parent").first()
    if found is None:
        raise Http404(_("There is no grid %(code)s in your area.") % {"code": code})
    managers = found.managers.filter(voided_at=None).order_by("to_on", "-from_on", "pk")
    in_office = Q(from_on__lte=today) & (Q(to_on=None) | Q(to_on__gt=today))
    children = ledger.rows(user).filter(parent=found).order_by("name", "pk")
    path = path_of(found)
    return render(
        request,
        "households/grid.html",
        {
            "grid": found,
            "places": places_of(found.region, today),
            "managers": managers.filter(in_office),
            "former": managers.exclude(in_office),
            "table": _below(children),
            "panels": panels_of(ledger, found, request),
            "writes": can(user, "write", "grids") and not found.voided_at,
            "reads_households": can(user, "read", "households"),
            "breadcrumb": [
                {"label": ledger.title, "url": "/ledgers/grids/"},
                *({"label": node.name, "url": f"/grids/{node.code}/"} for node in path[:-1]),
                {"label": found.name, "url": ""},
            ],
        },
    )


def _below(children: QuerySet) -> dict:
    rows = [
        {
            "url": f"/grids/{child.code}/",
            "cells": [
                {"text": child.name},
                {"text": child.get_level_display()},
                {"text": child.code},
                {
                    "text": f"{child.households_below:,}",
                    "url": f"/ledgers/households/?under_grid={child.code}",
                    "align": "num",
                },
            ],
        }
        for child in children
    ]
    labels = [_("Grid"), _("Grid level"), _("Grid code"), _("Households")]
    return {
        "caption": _("Grids and their households"),
        "columns": [
            {"key": str(index), "label": label, "align": "num" if index == 3 else ""}
            for index, label in enumerate(labels)
        ],
        "groups": None,
        "rows": rows,
        "empty": None,
    }


class HandOverForm(GuardedForm):
    """Which cadre leaves, who takes over, from which day, why."""

    leaving = forms.ChoiceField(label=gettext_lazy("Cadre who leaves"), required=False)
    name = forms.CharField(
        label=gettext_lazy("Cadre who takes over"),
        required=False,
    )
    nobody = forms.BooleanField(
        label=gettext_lazy("No successor for now"),
        required=False,
        help_text=gettext_lazy("The households have no linked cadre from the day on."),
    )
    employer = forms.CharField(label=gettext_lazy("Unit"), required=False)
    post = forms.CharField(label=gettext_lazy("Post"), required=False)
    phone = forms.CharField(label=gettext_lazy("Telephone"), required=False)
    account = forms.CharField(label=gettext_lazy("User name in this system"), required=False)
    day = day_field(gettext_lazy("From the day"))
    reason = forms.CharField(label=gettext_lazy("Reason"), required=False, max_length=100)

    def __init__(self, *args, user, choices, **options):
        super().__init__(*args, **options)
        self.user = user
        self.fields["leaving"].choices = [("", ""), *choices]
        for name in ("leaving", "reason", "day"):
            asked_for(self.fields[name])

    def clean_day(self):
        return clean_day(self, "day") or self.add_error("day", _("Enter the day."))

    def clean_leaving(self):
        told = self.cleaned_data.get("leaving")
        if not told:
            raise forms.ValidationError(_("Choose the cadre who leaves."))
        return told

    def clean_name(self):
        return PersonNameField(blank=True).clean(self.cleaned_data["name"], None)

    def clean_phone(self):
        return MobileField(blank=True).clean(self.cleaned_data["phone"], None)

    def clean_employer(self):
        return CleanTextField(max_length=80, blank=True).clean(self.cleaned_data["employer"], None)

    def clean_post(self):
        return CleanTextField(max_length=60, blank=True).clean(self.cleaned_data["post"], None)

    def clean_account(self):
        told = self.cleaned_data["account"].strip()
        if not told:
            return None
        found = User.objects.visible_to(self.user).filter(username=told).first()
        if found is None:
            raise forms.ValidationError(_("There is no account of this name in your area."))
        return found

    @property
    def successor(self) -> dict:
        data = self.cleaned_data
        return {name: data[name] for name in ("name", "employer", "post", "phone")} | {"user": data["account"]}


def _cadres(user) -> list[tuple[str, str]]:
    """Cadres who are linked with households now: (key, words); the key is the id of one of the links."""
    rows = (
        CadreLink.objects.visible_to(user)
        .filter(voided_at=None, to_on=None, household__voided_at=None)
        .values("name", "employer", "phone")
        .annotate(n=Count("pk"), key=Max("pk"))
        .order_by("name", "employer", "phone")[:MOST_CADRES]
    )
    return [
        (
            str(row["key"]),
            _("%(name)s %(unit)s (%(count)s households)")
            % {"name": row["name"], "unit": row["employer"], "count": row["n"]},
        )
        for row in rows
    ]


@login_required
@never_cache
def change_cadre(request: HttpRequest) -> HttpResponse:
    """All households of a cadre who leaves go to another one, in one act."""
    user = request.user
    check(user, "write", "cadre-links")
    form = HandOverForm(request.POST or None, user=user, choices=_cadres(user))

    def do():
        one = CadreLink.objects.visible_to(user).get(pk=form.cleaned_data["leaving"])
        links = CadreLink.objects.visible_to(user).filter(
            name=one.name, employer=one.employer, phone=one.phone, to_on=None, voided_at=None
        )
        changed = hand_over(
            list(links.values_list("pk", flat=True)),
            to=form.successor,
            day=form.cleaned_data["day"],
            reason=form.cleaned_data["reason"].strip(),
            nobody=form.cleaned_data["nobody"],
            by=user,
        )
        numbers = {"n": changed, "old": one.name, "new": form.cleaned_data["name"]}
        if form.cleaned_data["nobody"]:
            line = ngettext(
                "%(n)s household of %(old)s has no linked cadre now.",
                "%(n)s households of %(old)s have no linked cadre now.",
                changed,
            )
        else:
            line = ngettext(
                "%(n)s household went from %(old)s to %(new)s.",
                "%(n)s households went from %(old)s to %(new)s.",
                changed,
            )
        told.append(line % numbers)

    told: list[str] = []
    back = "/ledgers/cadre-links/"
    answer = carry_out(
        request,
        form,
        name="cadre-links-change",
        member="",
        back=back,
        done=_("Saved."),
        do=do,
        template="households/change_cadre.html",
        context={
            "breadcrumb": [{"label": registry["cadre-links"].title, "url": back}, {"label": _("A cadre leaves")}],
        },
    )
    for line in told:
        messages.info(request, line)
    return answer
