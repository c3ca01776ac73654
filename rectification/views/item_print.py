"""Papers of a problem: the application for closing 问题销号申请表, the public notice 公示, the whole dossier."""

from __future__ import annotations

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from common import clock
from common.ledger import registry
from divisions.queries import names_of
from ledgers.attachments.queries import of_subject
from rectification.models import RectificationItem
from rectification.queries.public_text import public_text
from rectification.queries.rights import LEDGER
from rectification.states import STATES
from rectification.views import item_presenting as presenting
from rectification.views.accountability import panel_of
from rectification.views.item_lookup import item_of

APPLIED = ("submitted", "verified", "closed")


def _county(item: RectificationItem) -> str:
    code = item.region - item.region % 10**6 if item.region else 0
    return names_of([code], clock.today()).get(code, "") if code else ""


def _crumbs(item: RectificationItem, title: str) -> list[dict]:
    return [{"label": item.number, "url": item.address}, {"label": title, "url": ""}]


@login_required
@never_cache
@require_safe
def closing(request: HttpRequest, number: str) -> HttpResponse:
    """The application for closing on one sheet, with the opinions as far as they are told and places to sign."""
    item = item_of(request.user, number)
    if item.state not in APPLIED:
        raise Http404(_("The closing of this problem is not applied for, so that there is no sheet yet."))
    files = of_subject(registry[LEDGER], item, request.user)
    told = presenting.opinions(item)
    levels = [("county", _("County finding")), ("city", _("City finding")), ("province", _("Provincial finding"))]
    context = {
        "item": item,
        "county": _county(item) or presenting.place_of(item, clock.today()),
        "files": presenting.evidence_list(files),
        "findings": [{"label": name, "told": told[level]} for level, name in levels],
        "breadcrumb": _crumbs(item, _("Closing sheet")),
    }
    return render(request, "rectification/items/closing.html", context)


@login_required
@never_cache
@require_safe
def notice(request: HttpRequest, number: str) -> HttpResponse:
    """What is posted in public while the closing can still be objected to; personal data are masked."""
    item = item_of(request.user, number)
    if item.notice_from is None:
        raise Http404(_("No public notice is running for this problem."))
    texts = {name: getattr(item, name) for name in ("description", "measures", "effect")}
    shown = {name: public_text(text, item) for name, text in texts.items()}
    context = {
        "item": item,
        "county": _county(item),
        "texts": [
            {"label": item._meta.get_field(name).verbose_name, "text": shown[name]} for name in texts if shown[name]
        ],
        "masked": shown != texts,
        "breadcrumb": _crumbs(item, _("Public notice")),
    }
    return render(request, "rectification/items/notice.html", context)


@login_required
@never_cache
@require_safe
def dossier(request: HttpRequest, number: str) -> HttpResponse:
    """Everything about a problem as one print: facts, places, record, evidence, accountability, what it is linked with."""
    item, user, on = item_of(request.user, number), request.user, clock.today()
    context = {
        "item": item,
        "on": on,
        "state": STATES[item.state],
        "tone": presenting.tone_of(item.state),
        "facts": presenting.facts(item, on),
        "people": presenting.people(item),
        "dues": presenting.dues(item, on),
        "places": [{"place": place} for place in item.places.select_related("settlement")],
        "co_units": item.co_units.select_related("unit"),
        "events": presenting.timeline(item, user, newest_first=False),
        "files": of_subject(registry[LEDGER], item, user),
        "accountability": panel_of(item, user, on) | {"may_issue": False},
        "relapses": item.relapses.filter(voided_at=None).order_by("pk"),
        "merged": item.merged.order_by("pk"),
        "breadcrumb": _crumbs(item, _("Dossier")),
    }
    return render(request, "rectification/items/dossier.html", context)
