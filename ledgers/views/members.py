"""The page of one record: its values by group, its history, and the panels that higher apps add."""

from __future__ import annotations

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from accounts import roles
from common.fields import BlindIndexField
from common.ledger import Ledger
from ledgers.access import ledger_for, member_name, member_of, why_closed
from ledgers.history import history_of
from ledgers.presenting import Presenter
from ledgers.queries import Order, read_page
from ledgers.views.lists import row_url
from ledgers.views.panels import panels_of

BY_ID = Order(("id",))


@login_required
@require_safe
def show(request: HttpRequest, key: str, member: str) -> HttpResponse:
    ledger = ledger_for(request.user, key, "read")
    stored = member_of(ledger, request.user, member)
    context = _frame(request, ledger, stored, "facts")
    context["groups"] = _facts(ledger, stored, request.user)
    context["panels"] = panels_of(ledger, stored, request)
    return render(request, "ledgers/member.html", context)


@login_required
@require_safe
def history(request: HttpRequest, key: str, member: str) -> HttpResponse:
    ledger = ledger_for(request.user, key, "read")
    stored = member_of(ledger, request.user, member)
    context = _frame(request, ledger, stored, "history")
    context["events"] = history_of(ledger, stored.pk, request.user)
    return render(request, "ledgers/history.html", context)


@login_required
@require_POST
def find(request: HttpRequest, key: str) -> HttpResponse:
    """Search by ID number, posted so that no number stands in an address; leads to the record's page."""
    ledger = ledger_for(request.user, key, "read")
    stored = _by_number(ledger, request.POST.get("number", ""), request)
    if stored is None:
        return HttpResponseRedirect(f"/ledgers/{key}/")
    row = read_page(ledger.readable(request.user).filter(pk=stored.pk), ledger.columns, BY_ID, 1).rows[0]
    return HttpResponseRedirect(row_url(ledger, row))


def _by_number(ledger: Ledger, number: str, request: HttpRequest):
    index = next((f for f in ledger.model._meta.concrete_fields if isinstance(f, BlindIndexField)), None)
    if index is None:
        messages.error(request, _("This ledger has no ID numbers."))
        return None
    try:
        clean = ledger.model._meta.get_field(index.source).clean(number, None)
    except ValidationError as error:
        messages.error(request, error.messages[0])
        return None
    found = ledger.rows(request.user).filter(**{index.name: index.value_for(clean)}).first() if clean else None
    if found is None:
        messages.error(request, _("Nobody in your area has this ID number."))
    return found


def _frame(request: HttpRequest, ledger: Ledger, stored, tab: str) -> dict:
    user, base = request.user, f"/ledgers/{ledger.key}/{member_name(ledger, stored)}/"
    voided = getattr(stored, "voided_at", None)
    found = []
    if ledger.entry and not voided and not why_closed(ledger, stored) and roles.can(user, "write", ledger.key):
        found.append({"label": _("Change"), "url": f"{base}edit/", "primary": True})
        if hasattr(stored, "voided_at"):
            found.append({"label": _("Void"), "url": f"{base}void/"})
    found += [
        {"label": act.label, "url": act.url(stored)}
        for act in ledger.acts
        if act.of_member and roles.can(user, act.right, ledger.key)
    ]
    return {
        "ledger": ledger,
        "record": stored,
        "voided": voided,
        "actions": found,
        "tabs": [
            {"label": _("Record"), "url": base, "active": tab == "facts"},
            {"label": _("History"), "url": f"{base}history/", "active": tab == "history"},
        ],
        "breadcrumb": [
            {"label": _("Ledgers"), "url": "/ledgers/"},
            {"label": ledger.title, "url": f"/ledgers/{ledger.key}/"},
            {"label": stored},
        ],
    }


def _facts(ledger: Ledger, stored, user) -> list[tuple[object, list[dict]]]:
    row = read_page(ledger.readable(user).filter(pk=stored.pk), ledger.columns, BY_ID, 1).rows[0]
    present = Presenter(ledger, user)
    present.prepare([row])
    groups: dict[object, list[dict]] = {}
    for column in ledger.columns:
        fact = {"label": ledger.heading(column), "text": present.text(column, row[column.name])}
        groups.setdefault(column.group or "", []).append(fact)
    return list(groups.items())
