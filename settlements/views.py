"""The page of one settlement 安置点档案: its facts, what higher apps add as panels, and its latest changes."""

from __future__ import annotations

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from accounts.roles import can, check
from common import clock, scope
from common.ledger import registry
from divisions.queries import names_of, path_of
from ledgers.history import history_of
from ledgers.views.panels import panels_of
from settlements.models import Settlement
from settlements.queries import found_by, settlement_at

LATEST = 8  # changes on the page; the ledger's history tab has all
MOST = 20  # that the box of a settlement offers


@login_required
@require_safe
def search(request: HttpRequest) -> JsonResponse:
    """`?q=` gives {"results": [{code, name, path}]}, at most 20 of the user's area; without a query the first of them."""
    check(request.user, "read", "settlements")
    found = found_by(request.user, request.GET.get("q", ""), MOST)
    places = names_of({one.region for one in found}, clock.today())
    results = [
        {"code": one.code, "name": one.name, "path": f"{places.get(one.region, '')} {one.name}".strip()}
        for one in found
    ]
    return JsonResponse({"results": results})


@login_required
@require_safe
def settlement(request: HttpRequest, code: str) -> HttpResponse:
    user = request.user
    check(user, "read", "settlements")
    try:
        found = settlement_at(user, code)
    except Settlement.DoesNotExist:
        raise Http404(_("There is no settlement %(code)s in your area.") % {"code": code}) from None
    ledger, today = registry["settlements"], clock.today()
    places = path_of(found.region, today)
    return render(
        request,
        "settlements/settlement.html",
        {
            "settlement": found,
            "places": places,
            "panels": panels_of(ledger, found, request),
            "events": history_of(ledger, found.pk, user)[:LATEST],
            "writes": can(user, "write", "settlements") and not found.voided_at,
            "writes_jobs": can(user, "write", "employments") and not found.voided_at,
            "reads_households": can(user, "read", "households"),
            "on": today,
            "breadcrumb": [
                *(
                    {
                        "label": place.name,
                        "url": f"/dashboard/?region={place.code:012d}"
                        if scope.contains(user.ranges, place.code)
                        else "",
                    }
                    for place in places
                ),
                {"label": found.name, "url": ""},
            ],
        },
    )
