"""Pages of yearly plans and inspections: how a year stands, one inspection with its acts, who takes part."""

from __future__ import annotations

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from accounts.roles import can, check
from common import clock
from common.ledger import registry
from common.models import STANDING
from common.problems import Refused
from common.scope import contains
from divisions.queries import names_of
from ledgers.history import history_of
from rectification.actions.inspections import do_act
from rectification.actions.inspections_members import ask_self_checks, set_members
from rectification.ledgers.items import overdue
from rectification.models import Inspection, InspectionCheck, InspectionPlan, RectificationItem
from rectification.queries.inspections import accounts_for, of_plan, progress_of, settlements_visited
from rectification.queries.inspections_places import own_levels
from rectification.queries.inspections_rights import (
    INSPECTION_ACTS,
    LEDGER,
    acts_for,
    why_not_changing,
    why_not_recording,
)
from rectification.views.inspections_shared import (
    DayMixin,
    add_error,
    add_problems,
    day_field,
    files_of,
    status_of,
    summary_of,
)

PLANS = "inspection-plans"
TONES = {"planned": "info", "under_way": "warn", "fed_back": "good", "closed": "neutral", "cancelled": "neutral"}
LATEST = 8
MOST_CHECKS = 50


def inspection_at(user, pk: int) -> Inspection:
    """The inspection of an address, if the user may see it. Raises Http404."""
    found = Inspection.objects.visible_to(user).select_related("unit", "plan", "parent", "author").filter(pk=pk).first()
    if found is None:
        raise Http404(_("There is no such inspection, or it lies outside your area."))
    return found


def crumbs(*last: tuple[object, str]) -> list[dict]:
    return [
        {"label": _("Inspections"), "url": "/ledgers/inspections/"},
        *({"label": label, "url": url} for label, url in last),
    ]


# --- Plans ---


@login_required
@never_cache
@require_safe
def plan(request: HttpRequest, pk: int) -> HttpResponse:
    user, on = request.user, clock.today()
    check(user, "read", PLANS)
    found = InspectionPlan.objects.visible_to(user).select_related("unit").filter(pk=pk).first()
    if found is None:
        raise Http404(_("There is no such plan, or it lies outside your area."))
    progress = progress_of(found, user, on)
    inspections = of_plan(found, user)
    visited, settlements = settlements_visited(found.region, found.year, user)
    writes = can(user, "write", PLANS) and (found.unit_id == user.unit_id or found.region in own_levels(user))
    missing = [quarter for quarter in progress.quarters if quarter.missing]
    context = {
        "plan": found,
        "progress": progress,
        "missing": missing,
        "visited": visited,
        "settlements": settlements,
        "rows": [
            {
                "inspection": inspection,
                "tone": TONES[inspection.state],
                "late": inspection.state == "planned" and inspection.due_on is not None and inspection.due_on < on,
            }
            for inspection in inspections
        ],
        "list_url": f"/ledgers/inspections/?of_plan={found.pk}",
        "campaigns_url": f"/ledgers/inspections/?year={found.year}&campaign=1&region={found.region:012d}",
        "writes": writes and not found.voided_at,
        "on": on,
        "breadcrumb": crumbs((_("Yearly plans"), "/ledgers/inspection-plans/"), (found.title, "")),
    }
    return render(request, "rectification/inspections/plan.html", context)


# --- One inspection ---


@login_required
@never_cache
@require_safe
def inspection(request: HttpRequest, pk: int) -> HttpResponse:
    user, on = request.user, clock.today()
    check(user, "read", LEDGER)
    found = inspection_at(user, pk)
    checks = InspectionCheck.objects.visible_to(user).filter(STANDING, inspection=found)
    checks = checks.select_related("settlement", "household").order_by("-number")
    acts = acts_for(found, user)
    places = list(found.places.all())
    names = names_of([place.division for place in places], on)
    context = {
        "inspection": found,
        "tone": TONES[found.state],
        "acts": [{"act": act, "reason": reason} for act, reason in acts],
        "why_not": why_not_changing(found, user),
        "records": why_not_recording(found, user) == "",
        "places": [names.get(place.division, place.division) for place in places],
        "members": [member.user for member in found.members.select_related("user__unit").order_by("pk")],
        "checks": list(checks[:MOST_CHECKS]),
        "checks_url": f"/ledgers/inspection-checks/?inspection={found.pk}",
        "results_url": f"/ledgers/inspection-results/?of_inspection={found.pk}",
        "figures": _figures(found, user, on),
        "samples": list(found.samples.filter(STANDING).order_by("pk")),
        "self_checks": _self_checks(found, user),
        "files": files_of(LEDGER, found, user, found.address),
        "events": history_of(registry[LEDGER], found.pk, user)[:LATEST] if contains(user.ranges, found.region) else [],
        "breadcrumb": crumbs((found.title, "")),
        "on": on,
    }
    return render(request, "rectification/inspections/inspection.html", context)


def _figures(found: Inspection, user, on) -> list[dict]:
    """Problems found, closed and overdue; each opens into its rows."""
    items = RectificationItem.objects.visible_to(user).filter(origin__inspection=found, voided_at=None)
    items = items.exclude(state="merged")
    url = f"/ledgers/rectification-items/?of_inspection={found.pk}"
    reads = can(user, "read", "rectification-items")
    figures = [
        (_("Problems found"), items.count(), url, ""),
        (_("Closed"), items.filter(state="closed").count(), f"{url}&state=closed", "good"),
        (_("Overdue"), items.filter(overdue(on)).count(), f"{url}&overdue=1", "bad"),
    ]
    return [
        {"label": label, "value": number, "url": address if reads else "", "tone": tone if number else ""}
        for label, number, address, tone in figures
    ]


def _self_checks(found: Inspection, user) -> list[dict]:
    rows = Inspection.objects.visible_to(user).filter(STANDING, parent=found).select_related("unit").order_by("region")
    return [{"inspection": row, "tone": TONES[row.state]} for row in rows]


class ActForm(DayMixin, forms.Form):
    """What an act must be told; whether that holds together is the action's to say."""

    days = ("day",)
    day = day_field(gettext_lazy("Day"), help_text=gettext_lazy("Left blank: today."))
    findings = forms.CharField(
        label=gettext_lazy("What was found, in short"),
        required=False,
        max_length=4000,
        widget=forms.Textarea({"rows": 5}),
    )
    reason = forms.CharField(label=gettext_lazy("Reason"), required=False, max_length=200)

    def __init__(self, act, *arguments, **named):
        super().__init__(*arguments, **named)
        for name in {"findings", "reason"} - set(act.asks):
            del self.fields[name]


def _effects(act, found: Inspection) -> list[str]:
    """What an act does, told before it is done."""
    counties = found.places.count()
    if act.key == "publish":
        return [
            _("%(n)s counties and everybody of your area will see the visit, its field checks and photographs.")
            % {"n": counties},
            _("This cannot be taken back."),
        ]
    if act.key == "feed_back":
        return [_("%(n)s counties are told of the results.") % {"n": counties}]
    if act.key == "start" and found.veiled and found.way == "unannounced":
        return [_("From now on the counties can see this visit.")]
    if act.key == "close":
        return [_("Field checks can no longer be changed.")]
    return []


@login_required
@never_cache
def act(request: HttpRequest, pk: int, key: str) -> HttpResponse:
    check(request.user, "write", LEDGER)
    found = inspection_at(request.user, pk)
    wanted = INSPECTION_ACTS.get(key)
    if wanted is None or wanted.ways and found.way not in wanted.ways:
        raise Http404(_("There is no such act."))
    form = ActForm(wanted, request.POST if request.method == "POST" else None, initial={"findings": found.findings})
    if request.method == "POST" and form.is_valid():
        try:
            done = do_act(found, key, by=request.user, **form.cleaned_data)
        except Refused as refused:
            add_problems(form, refused.problems)
        except ValidationError as error:
            add_error(form, error)
        else:
            messages.success(
                request, _("%(title)s: %(state)s.") % {"title": done.title, "state": done.get_state_display()}
            )
            return redirect(done.address)
    return render(
        request,
        "confirm.html",
        {
            "confirm": {
                "heading": wanted.label,
                "title": _("%(act)s: %(title)s") % {"act": wanted.label, "title": found.title},
                "effects": _effects(wanted, found),
                "action_url": request.path,
                "verb": wanted.label,
                "cancel_url": found.address,
                "danger": wanted.danger,
                "form": form,
            },
            "errors": summary_of(form),
            "breadcrumb": crumbs((found.title, found.address), (wanted.label, "")),
        },
        status=status_of(form),
    )


# --- Who takes part ---


class MembersForm(forms.Form):
    members = forms.MultipleChoiceField(
        label=gettext_lazy("Accounts that take part"), required=False, widget=forms.CheckboxSelectMultiple
    )

    def __init__(self, accounts, *arguments, **named):
        super().__init__(*arguments, **named)
        self.fields["members"].choices = [(str(user.pk), _account_words(user)) for user in accounts]


def _account_words(user) -> str:
    return " · ".join(part for part in (user.display_name, user.unit_name, user.role_label) if part)


@login_required
@never_cache
def members(request: HttpRequest, pk: int) -> HttpResponse:
    found = inspection_at(request.user, pk)
    if reason := why_not_changing(found, request.user):
        raise PermissionDenied(reason)
    accounts = {str(user.pk): user for user in accounts_for(found)}
    present = [str(member.user_id) for member in found.members.all()]
    form = MembersForm(
        accounts.values(), request.POST if request.method == "POST" else None, initial={"members": present}
    )
    if request.method == "POST" and form.is_valid():
        try:
            set_members(found, [accounts[key] for key in form.cleaned_data["members"]], by=request.user)
        except Refused as refused:
            add_problems(form, refused.problems)
        else:
            messages.success(request, _("Members of “%(title)s” are stored.") % {"title": found.title})
            return redirect(found.address)
    context = {
        "inspection": found,
        "form": form,
        "errors": summary_of(form),
        "breadcrumb": crumbs((found.title, found.address), (_("Members of the team"), "")),
    }
    return render(request, "rectification/inspections/members.html", context, status=status_of(form))


class SelfCheckForm(DayMixin, forms.Form):
    days = ("feed_back_by",)
    feed_back_by = day_field(gettext_lazy("Results are wanted by"), required=True)


@login_required
@never_cache
def self_checks(request: HttpRequest, pk: int) -> HttpResponse:
    """Ask the counties covered for self-checks."""
    found = inspection_at(request.user, pk)
    if reason := why_not_changing(found, request.user):
        raise PermissionDenied(reason)
    form = SelfCheckForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        try:
            asked = ask_self_checks(found, by=request.user, feed_back_by=form.cleaned_data["feed_back_by"])
        except Refused as refused:
            add_problems(form, refused.problems)
        else:
            messages.success(request, _("Counties asked for a self-check: %(n)s") % {"n": len(asked)})
            return redirect(found.address)
    asked_already = found.self_checks.filter(STANDING).count()
    effects = [
        _("Each of the %(n)s counties covered gets a self-check of its own with this deadline.")
        % {"n": found.places.count()}
    ]
    if asked_already:
        effects.append(_("%(n)s were asked already and are left as they are.") % {"n": asked_already})
    confirm = {
        "heading": _("Ask for self-checks"),
        "title": found.title,
        "effects": effects,
        "action_url": request.path,
        "verb": _("Ask for self-checks"),
        "cancel_url": found.address,
        "form": form,
    }
    context = {
        "confirm": confirm,
        "errors": summary_of(form),
        "breadcrumb": crumbs((found.title, found.address), (_("Self-checks"), "")),
    }
    return render(request, "confirm.html", context, status=status_of(form))
