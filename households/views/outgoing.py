"""Households and persons that left for another county 迁出: readable to the county that they left, and nothing more."""

from __future__ import annotations

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from accounts.roles import check
from common import clock
from common.ledger import registry
from common.templatetags.ui import day
from households.queries.transfers import county_names, members_when_leaving, outgoing, transfers_back


@login_required
@never_cache
@require_safe
def index(request: HttpRequest) -> HttpResponse:
    """The list: who, from which settlement, when, and to which county."""
    check(request.user, "read", "transfers")
    on = clock.today()
    rows = outgoing(request.user.ranges, on)
    names = county_names([row.to_region for row in rows], on)
    back = transfers_back(rows, request.user)
    table = {
        "caption": _("Gone to another county"),
        "columns": [
            {"label": _("Who")},
            {"label": _("Household code")},
            {"label": _("What left")},
            {"label": _("Settlement")},
            {"label": _("Left on")},
            {"label": _("Now in")},
            *([{"label": _("Transfer")}] if back else []),
        ],
        "groups": None,
        "rows": [
            {
                "url": "" if row.person else f"/outgoing/{row.code}/",
                "cells": [
                    {"text": row.who},
                    {"text": row.code},
                    {"text": _("person") if row.person else _("household")},
                    {"text": row.settlement},
                    {"text": day(row.left_on)},
                    {"text": names[row.to_region - row.to_region % 10**6]},
                    *([_back_cell(back.get((row.household, row.person)))] if back else []),
                ],
            }
            for row in rows
        ],
        "empty": {
            "title": _("Nobody has left for another county"),
            "text": _("Households and persons whose transfer was accepted stand here."),
            "action_url": "/ledgers/transfers/",
            "action_label": _("Transfers between counties"),
        },
    }
    return render(
        request,
        "households/gone.html",
        {
            "table": table,
            "breadcrumb": [
                {"label": registry["households"].title, "url": "/ledgers/households/"},
                {"label": table["caption"]},
            ],
        },
    )


def _back_cell(transfer: int | None) -> dict:
    return {"text": _("Ask to take back"), "url": f"/transfers/{transfer}/back/"} if transfer else {"text": "—"}


@login_required
@never_cache
@require_safe
def show(request: HttpRequest, code: str) -> HttpResponse:
    """A household as it was when it left."""
    check(request.user, "read", "transfers")
    on = clock.today()
    found = next(iter(outgoing(request.user.ranges, on, code)), None)
    if found is None:
        raise Http404(_("There is no such record, or it lies outside your area."))
    return render(
        request,
        "households/gone_household.html",
        {
            "gone": found,
            "transfer": transfers_back([found], request.user).get((found.household, None)),
            "members": members_when_leaving(found),
            "county": county_names([found.to_region], on)[found.to_region - found.to_region % 10**6],
            "breadcrumb": [
                {"label": _("Gone to another county"), "url": "/outgoing/"},
                {"label": f"{found.head_name} {found.code}"},
            ],
        },
    )
