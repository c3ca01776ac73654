"""Confirming files as checked, accepting or returning confirmations, and the rates by settlement."""

from __future__ import annotations

from urllib.parse import parse_qsl

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from accounts.roles import check
from common import clock, codes
from common.ledger import Ledger, registry
from common.models import STANDING
from common.posting import answers_post
from common.problems import Refused
from common.scope import code_range, contains
from common.templatetags.ui import number, percent
from households.actions import decide as decide_on
from households.actions import save_confirmations
from households.forms.file import ConfirmForm, DecideForm
from households.models import Household
from households.queries.confirmation import (
    CONFIRMATIONS,
    FILE_STATES,
    confirming_level,
    current_of,
    state_counts,
    why_not_deciding,
)
from households.sections import SECTIONS, missing_of
from households.views.visits import crumbs, writable_household
from ledgers.checking import clean_rows
from ledgers.filters import select
from ledgers.views.lists import OWN_PARAMETERS, list_url
from settlements.models import Settlement

MOST = 500  # files at once
MOST_SETTLEMENTS = 500
LONGEST_QUERY = 2000


@login_required
@never_cache
def confirm(request: HttpRequest, code: str) -> HttpResponse:
    """Confirm one file; what it still lacks is told first."""
    household = writable_household(request, code, CONFIRMATIONS)
    confirming_level(request.user)  # refuses those above a county, in words
    form = ConfirmForm(request.POST or None, initial={"confirmed_on": clock.today().isoformat()})
    if request.method == "POST" and _confirmed(request, form, [household]):
        messages.success(request, _("The file is confirmed as checked."))
        return redirect(f"/households/{code}/#panel-confirmation")
    missing = missing_of([household.pk], clock.today())[household.pk]
    titles = {section.key: section.title for section in SECTIONS}
    context = {
        "household": household,
        "title": _("Confirm the file as checked"),
        "lead": _("Whoever confirms has compared the file with what is true. Every later change shows as unconfirmed."),
        "notes": [f"{titles[key]}: {text}" for key, found in missing.items() for text in found],
        "notes_title": _("The file still lacks"),
        "verb": _("Confirm"),
        "form": form,
        "errors": form.summary,
        "breadcrumb": crumbs(household, _("Confirm")),
    }
    return render(request, "households/act.html", context, status=422 if form.errors else 200)


def _confirmed(request: HttpRequest, form: ConfirmForm, households: list[Household]) -> bool:
    """Whether the files were confirmed; what stood against it is told in the form."""
    raw = {name: request.POST.get(name, "") for name in form.fields}
    given = [{"household": household} for household in households]
    rows, problems = clean_rows(registry[CONFIRMATIONS], [raw] * len(households), request.user, given=given)
    if problems:
        form.tell({(p.field, p.message): p for p in problems}.values())
        return False
    try:
        save_confirmations(rows, by=request.user, source="form")
    except Refused as refusal:
        form.tell(refusal.problems)
        return False
    return True


@login_required
@never_cache
def decide(request: HttpRequest, code: str) -> HttpResponse:
    """Accept or return the last confirmation of one file."""
    household = writable_household(request, code, CONFIRMATIONS, "decide")
    current = current_of(household)
    if current is None:
        raise Http404(_("This file has not been confirmed."))
    if reason := why_not_deciding(current, request.user):
        raise PermissionDenied(reason)
    form = DecideForm(request.POST or None)
    if request.method == "POST" and _decided(request, form, [current.pk]):
        return redirect(f"/households/{code}/#panel-confirmation")
    context = {
        "household": household,
        "title": _("Accept or return the confirmation"),
        "lead": _("Confirmed on %(day)s by %(who)s.") % {"day": current.confirmed_on, "who": current.author},
        "verb": _("Submit the decision"),
        "form": form,
        "errors": form.summary,
        "breadcrumb": crumbs(household, _("Review")),
    }
    return render(request, "households/act.html", context, status=422 if form.errors else 200)


def _decided(request: HttpRequest, form: DecideForm, ids: list[int]) -> bool:
    told = {name: request.POST.get(name, "") for name in ("act", "reason")}
    try:
        rows = decide_on(ids, told["act"], reason=told["reason"], by=request.user)
    except Refused as refusal:
        form.tell(refusal.problems)
        return False
    if told["act"] == "accept":
        messages.success(request, _("Accepted: %(n)s.") % {"n": len(rows)})
    else:
        messages.success(request, _("Returned: %(n)s.") % {"n": len(rows)})
    return True


# --- Many at once, from the lists ---


def _picked(request: HttpRequest, ledger: Ledger) -> tuple[list[int], str]:
    """The rows that were ticked (or all of the list), and the address of the list."""
    query = dict(parse_qsl(request.POST.get("query", "")[:LONGEST_QUERY]))
    rows = ledger.rows(request.user)
    if request.POST.get("scope") == "all":
        selection = select(ledger, query, request.user, ignore=OWN_PARAMETERS)
        rows = rows.none() if selection.problems else selection.apply(rows)
    else:
        picked = [key for key in request.POST.getlist("selected") if key.isdecimal() and len(key) < 19]
        rows = rows.filter(pk__in=picked)
    return list(rows.order_by("pk").values_list("pk", flat=True)[: MOST + 1]), list_url(ledger, query)


def _many(request: HttpRequest, ledger: Ledger, form_class, title, verb, lead, do) -> HttpResponse:
    """Asks before it does anything: `do(form, ids)` says whether it was done."""
    ids, back = _picked(request, ledger)
    if not ids or len(ids) > MOST:
        nothing, many = (
            _("Nothing was chosen. Tick the rows first."),
            _("At most %(n)s at once. Narrow the list first."),
        )
        messages.warning(request, nothing if not ids else many % {"n": MOST})
        return redirect(back)
    asked = "do" in request.POST
    form = form_class(request.POST if asked else None, initial={"confirmed_on": clock.today().isoformat()})
    if asked and do(form, ids):
        return redirect(back)
    context = {
        "title": title,
        "lead": lead % {"n": number(len(ids))},
        "verb": verb,
        "form": form,
        "hidden": [("selected", key) for key in ids] + [("query", request.POST.get("query", ""))],
        "back": back,
        "errors": form.summary,
        "breadcrumb": [{"label": ledger.title, "url": back}, {"label": title, "url": ""}],
    }
    return render(request, "households/act.html", context, status=422 if form.errors else 200)


@login_required
@never_cache
@answers_post(
    "/ledgers/households/",
    gettext_lazy("Nothing was done. Choose the rows again."),
)
def confirm_many(request: HttpRequest) -> HttpResponse:
    check(request.user, "write", CONFIRMATIONS)
    confirming_level(request.user)

    def do(form: ConfirmForm, ids: list[int]) -> bool:
        households = list(Household.objects.visible_to(request.user).filter(STANDING, pk__in=ids).order_by("pk"))
        done = _confirmed(request, form, households)
        if done:
            messages.success(request, _("Files confirmed as checked: %(n)s.") % {"n": number(len(households))})
        return done

    lead = _("%(n)s files are confirmed as checked on the day. Every later change shows as unconfirmed.")
    title = _("Confirm files as checked")
    return _many(request, registry["households"], ConfirmForm, title, _("Confirm"), lead, do)


@login_required
@never_cache
@answers_post(
    "/ledgers/confirmations/",
    gettext_lazy("Nothing was done. Choose the rows again."),
)
def decide_many(request: HttpRequest) -> HttpResponse:
    check(request.user, "decide", CONFIRMATIONS)
    title, lead = _("Accept or return confirmations"), _("The decision holds for %(n)s confirmations.")
    return _many(
        request,
        registry[CONFIRMATIONS],
        DecideForm,
        title,
        _("Submit the decision"),
        lead,
        lambda form, ids: _decided(request, form, ids),
    )


# --- Rates ---


@login_required
@require_safe
def rates(request: HttpRequest) -> HttpResponse:
    """How the files of each settlement stand; every number opens into its households."""
    user = request.user
    check(user, "read", CONFIRMATIONS)
    region = _region_of(request)
    settlements = Settlement.objects.visible_to(user).filter(STANDING)
    households = Household.objects.visible_to(user).filter(STANDING)
    if region:
        settlements, households = settlements.under(region), households.under(region)
    homes = list(settlements.order_by("region", "name")[: MOST_SETTLEMENTS + 1])
    more, homes = len(homes) > MOST_SETTLEMENTS, homes[:MOST_SETTLEMENTS]
    if more:
        households = households.filter(settlement__in=homes)
    counts = state_counts(households, "settlement_id")
    rows = [_rate_row(home, counts[home.pk]) for home in homes if home.pk in counts]
    total = {key: sum(found[key] for found in counts.values()) for key in ("all", "valid", *FILE_STATES)}
    headings = [_("Households"), _("Confirmed"), _("Rate"), *(codes.label("file_state", key) for key in FILE_STATES)]
    context = {
        "table": {
            "caption": _("Confirmation by settlement"),
            "columns": [{"label": _("Settlement")}, *({"label": label, "align": "num"} for label in headings)],
            "groups": None,
            "rows": rows + ([_total_row(total)] if rows else []),
        },
        "more": more,
        "most": MOST_SETTLEMENTS,
        "on": clock.today(),
        "breadcrumb": [
            {"label": registry["households"].title, "url": "/ledgers/households/"},
            {"label": _("Rates of confirmation"), "url": ""},
        ],
    }
    return render(request, "households/rates.html", context)


def _region_of(request: HttpRequest) -> int:
    raw = request.GET.get("region", "")
    if not raw:
        return 0
    try:
        code = int(raw)
        code_range(code)
    except ValueError:
        raise Http404(_("There is no division with this code. Check it.")) from None
    if not contains(request.user.ranges, code) and code != 0:
        raise Http404(_("This place lies outside your area."))
    return code


def _cells(counts: dict, link: str = "") -> list[dict]:
    def cell(key: str) -> dict:
        query = "&living=1" if key == "all" else f"&confirmation={key}"
        return {"text": number(counts[key]), **({"url": f"{link}{query}"} if link else {})}

    rate = {"text": percent(counts["valid"] / counts["all"] if counts["all"] else None)}
    return [cell("all"), cell("valid"), rate, *(cell(key) for key in FILE_STATES)]


def _rate_row(home: Settlement, counts: dict) -> dict:
    name = {"text": home.name, "url": f"/settlements/{home.code}/"}
    return {"cells": [name, *_cells(counts, f"/ledgers/households/?settlement={home.code}")]}


def _total_row(total: dict) -> dict:
    return {"cells": [{"text": _("Total")}, *_cells(total)], "class": "is-total"}
