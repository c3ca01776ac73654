"""The household file on A4, and the card that the household keeps."""

from __future__ import annotations

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from accounts.roles import check
from common import clock
from common.scope import ancestor
from divisions.queries import names_of
from households.models.plans import OPEN_MEASURES
from households.paper import ON_CARD, address_of, entitlements_of, qr_of
from households.queries.households import members_of
from households.queries.people import linked_cadre
from households.queries.plans import measures_of, plan_of
from households.queries.visits import next_visit_of, open_steps_of
from households.views.household import file_context, found_household
from households.views.visits import crumbs

MOST_STEPS = 6  # on a card: one side is all that there is


@login_required
@never_cache
@require_safe
def file(request: HttpRequest, code: str) -> HttpResponse:
    """All of the file, one panel under the other, with page numbers; personal numbers stay masked."""
    found = found_household(request, code)
    context = file_context(request, found)
    address = address_of(found)
    return render(request, "households/file.html", context | {"qr": qr_of(address), "address": address})


@login_required
@never_cache
@require_safe
def card(request: HttpRequest, code: str) -> HttpResponse:
    """One side: what the household is entitled to, its cadre, telephone numbers, next steps, the way back to the file."""
    for ledger in ON_CARD:
        check(request.user, "read", ledger)
    found, today = found_household(request, code), clock.today()
    members, plan = members_of(found), plan_of(found)
    steps = [
        *((step.due_on, step.step, step.owner) for step in open_steps_of(found)),
        *(
            (measure.due_on, measure.measure, measure.owner or measure.unit.name)
            for measure in (measures_of(plan) if plan else [])
            if measure.state in OPEN_MEASURES
        ),
    ]
    county = ancestor(found.region, 3)
    address = address_of(found)
    context = {
        "household": found,
        "county": names_of([county], today).get(county, ""),
        "people": sum(1 for person in members if not person.died_on),
        "cadre": linked_cadre(found, today),
        "plan": plan,
        "steps": sorted(steps)[:MOST_STEPS],
        "more_steps": max(len(steps) - MOST_STEPS, 0),
        "visited": next_visit_of(found, today),
        "entitlements": entitlements_of(found, members, today),
        "qr": qr_of(address),
        "address": address,
        "on": today,
        "breadcrumb": crumbs(found, _("Card for the household")),
    }
    return render(request, "households/card.html", context)
