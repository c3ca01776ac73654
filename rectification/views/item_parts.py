"""Beside the page of a problem: its co-responsible units, the search for twins, and merging."""

from __future__ import annotations

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from accounts.roles import check
from common import clock
from common.fields import PersonNameField
from common.problems import Refused
from divisions.models import Unit
from ledgers import drafts
from rectification.actions.items import set_co_units
from rectification.actions.merging import tell_apart
from rectification.actions.moves import move
from rectification.models import ItemUnit, RectificationItem
from rectification.models.items import concerns
from rectification.queries.rights import LEDGER, may_ever, why_not, why_not_enter
from rectification.queries.twins import likeness, pairs_in, pieces, twins_of
from rectification.states import ACTS, OPEN
from rectification.views import item_presenting as presenting
from rectification.views.item_forms import DRAFT, ActForm
from rectification.views.item_lookup import item_of

MORE_ROWS = 3
MOST_PAIRS = 100


class UnitRow(forms.Form):
    """One co-responsible unit with its person; a row without a unit is none."""

    unit = forms.ModelChoiceField(
        Unit.objects.none(), required=False, label=ItemUnit._meta.get_field("unit").verbose_name
    )
    person_name = PersonNameField(ItemUnit._meta.get_field("person_name").verbose_name, blank=True).formfield(
        required=False
    )


def _rows(item: RectificationItem, user, data=None):
    formset = forms.formset_factory(UnitRow, extra=MORE_ROWS)
    stored = [{"unit": one.unit_id, "person_name": one.person_name} for one in item.co_units.all()]
    rows = formset(data, initial=stored, prefix="units")
    visible = [unit.pk for unit in Unit.objects.visible_to(user) if concerns(unit.region, item.region)]
    kept = [one["unit"] for one in stored]  # of a level that this user could not name
    units = Unit.objects.filter(pk__in={*visible, *kept} - {item.lead_unit_id}).order_by("-region", "name")
    for row in rows:
        row.fields["unit"].queryset = units
    return rows


@login_required
@never_cache
def units(request: HttpRequest, number: str) -> HttpResponse:
    """The co-responsible units, as a whole."""
    item = item_of(request.user, number)
    if reason := why_not_enter(item, request.user):
        raise PermissionDenied(reason)
    if item.state not in OPEN:
        raise PermissionDenied(_("The problem is closed. Its units stay as they were."))
    rows = _rows(item, request.user, request.POST if request.method == "POST" else None)
    errors: list[dict] = []
    if request.method == "POST":
        errors = _save_units(rows, item, request.user)
        if not errors:
            messages.success(request, _("Saved."))
            return redirect(f"{item.address}#units")
    context = {
        "item": item,
        "rows": rows,
        "errors": errors,
        "breadcrumb": [{"label": item.number, "url": item.address}, {"label": _("Co-responsible units"), "url": ""}],
    }
    return render(request, "rectification/items/units.html", context, status=422 if errors else 200)


def _save_units(rows, item: RectificationItem, user) -> list[dict]:
    if not rows.is_valid():
        return [
            {"message": message, "field_id": row[name].id_for_label}
            for row in rows
            for name, found in row.errors.items()
            for message in found
        ]
    told = [
        (row.cleaned_data["unit"], row.cleaned_data.get("person_name") or "")
        for row in rows
        if row.cleaned_data.get("unit")
    ]
    try:
        set_co_units(item, told, by=user)
    except Refused as refused:
        return [{"message": problem.message, "field_id": ""} for problem in refused.problems]
    return []


# --- Twins and merging ------------------------------------------------------------------------------------------------


def _check_merging(user) -> None:
    check(user, "read", LEDGER)
    if not may_ever(user, ACTS["merge"].by):
        raise PermissionDenied(_("Only the county or a level above it merges problems."))


@login_required
@never_cache
@require_safe
def twins(request: HttpRequest) -> HttpResponse:
    """Pairs that look as if one problem had been entered twice, the likeliest first."""
    user = request.user
    _check_merging(user)
    pairs = [pair for lo, _hi in user.ranges for pair in pairs_in(lo, user, MOST_PAIRS)]
    context = {
        "pairs": pairs[:MOST_PAIRS],
        "most": MOST_PAIRS,
        "breadcrumb": [
            {"label": _("Rectification items"), "url": f"/ledgers/{LEDGER}/"},
            {"label": _("Entered twice?"), "url": ""},
        ],
    }
    return render(request, "rectification/items/twins.html", context)


@login_required
@never_cache
def merge(request: HttpRequest, number: str) -> HttpResponse:
    """Both items side by side, and the merging of the first into the other; both numbers stay."""
    item, user, on = item_of(request.user, number), request.user, clock.today()
    form_id = drafts.form_id_of(request.POST)
    if address := drafts.begin_saving(user, DRAFT, item.number, form_id):  # a second click finds it merged already
        return redirect(address)
    if reason := why_not(item, ACTS["merge"], user, on):
        raise PermissionDenied(reason)
    form = ActForm(item, [ACTS["merge"]], user, request.POST or None, into=request.GET.get("into", ""))
    errors: list[dict] = []
    if request.method == "POST":
        into = _merged(request, item, form)
        if into is not None:
            message = _("%(number)s was merged into %(leading)s, which you see here.")
            messages.success(request, message % {"number": item.number, "leading": into.number})
            return redirect(into.address)
        errors = form.summary
    wanted = form["into"].value() or ""
    other = RectificationItem.objects.visible_to(user).filter(number=wanted).exclude(pk=item.pk).first()
    context = {
        "item": item,
        "other": other,
        "form": form,
        "sides": _side_by_side(item, item_of(user, other.number), on) if other else [],
        "likeness": round(100 * likeness(pieces(item.description), pieces(other.description))) if other else None,
        "twins": twins_of(item, user),
        "errors": errors,
        "breadcrumb": [{"label": item.number, "url": item.address}, {"label": _("Merge"), "url": ""}],
    }
    return render(request, "rectification/items/merge.html", context, status=422 if errors else 200)


def _merged(request: HttpRequest, item: RectificationItem, form: ActForm) -> RectificationItem | None:
    if not form.is_valid():
        return None
    version = request.POST.get("version", "")
    told = form.told
    try:
        move(item, "merge", by=request.user, version=int(version) if version.isdecimal() else -1, **told)
    except Refused as refused:
        form.add_problems(refused.problems)
        return None
    drafts.saved(request.user, drafts.form_id_of(request.POST), told["into"].address)
    return told["into"]


def _side_by_side(item: RectificationItem, other: RectificationItem, on) -> list[dict]:
    """Fact by fact: what each says, and whether they differ."""

    def rows(one: RectificationItem) -> list[dict]:
        state = {"label": _("State"), "text": str(presenting.STATES[one.state].label)}
        due = {"label": one._meta.get_field("deadline_on").verbose_name, "text": str(one.deadline_on or "—")}
        unit = {"label": one._meta.get_field("lead_unit").verbose_name, "text": str(one.lead_unit or "—")}
        return [state, due, unit, *presenting.facts(one, on)]

    theirs = {str(row["label"]): row["text"] for row in rows(other)}
    mine = {str(row["label"]): row["text"] for row in rows(item)}
    labels = list(dict.fromkeys([*mine, *theirs]))
    return [
        {
            "label": name,
            "mine": mine.get(name, "—"),
            "theirs": theirs.get(name, "—"),
            "differ": mine.get(name, "—") != theirs.get(name, "—"),
        }
        for name in labels
    ]


@login_required
@require_POST
def apart(request: HttpRequest) -> HttpResponse:
    """Somebody has looked at both: they are two problems, and are listed together no more."""
    _check_merging(request.user)
    first = item_of(request.user, request.POST.get("first", "")[:24])
    second = item_of(request.user, request.POST.get("second", "")[:24])
    try:
        tell_apart(first, second, by=request.user)
    except Refused as refused:
        messages.error(request, refused.problems[0].message)
        return redirect("/rectification/twins/")
    words = {"first": first.number, "second": second.number}
    messages.success(request, _("%(first)s and %(second)s stay two problems.") % words)
    return redirect("/rectification/twins/")
