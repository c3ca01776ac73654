"""Acts done to several problems at once: first a page that names act, number and effect and who stays behind, then the deed.

What is done is what the page named: ids with the versions that were seen. The scope is asked again on the server.
"""

from __future__ import annotations

from collections.abc import Iterable
from urllib.parse import parse_qsl

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache

from accounts.roles import check
from common import clock, scope
from common.ledger import registry
from common.posting import answers_post
from ledgers import drafts
from ledgers.filters import select
from ledgers.views.lists import OWN_PARAMETERS, list_url
from rectification.actions.moves import lacking, move_many
from rectification.models import RectificationItem
from rectification.queries.rights import LEDGER, may_ever, why_not
from rectification.states import ACTS, PREVIOUS, STATES, Act
from rectification.views.item_forms import ActForm, usual_notice

MOST = 200  # in one click; a hundred take about two seconds
FORM = "rectification-bulk"
LONGEST_QUERY = 2000


def _act_of(user, key: str) -> Act:
    check(user, "read", LEDGER)
    act = ACTS.get(key)
    if act is None or not act.many:
        raise Http404(_("There is no such act for several problems at once."))
    if not may_ever(user, act.by):
        raise PermissionDenied(_("Your role does not do this."))
    return act


@login_required
@never_cache
@answers_post(
    "/ledgers/rectification-items/",
    gettext_lazy("Nothing was done. Choose the rows again."),
)
def confirm(request: HttpRequest) -> HttpResponse:
    """Name what would be done to the rows that were picked; nothing is done yet."""
    user, ledger = request.user, registry[LEDGER]
    act = _act_of(user, request.POST.get("act", ""))
    query = dict(parse_qsl(request.POST.get("query", "")[:LONGEST_QUERY]))
    back = list_url(ledger, query)
    rows = ledger.rows(user)
    if request.POST.get("scope") == "all":
        selection = select(ledger, query, user, ignore=OWN_PARAMETERS)
        rows = rows.none() if selection.problems else selection.apply(rows)
    else:
        picked = [key for key in request.POST.getlist("selected") if key.isdecimal() and len(key) < 19]
        rows = rows.filter(pk__in=picked)
    keys = list(rows.order_by("pk").values_list("pk", flat=True)[: MOST + 1])
    if not keys:
        messages.warning(request, _("Nothing was chosen. Tick the rows first."))
        return redirect(back)
    if len(keys) > MOST:
        message = _("At most %(most)s problems at once. Narrow the list with a filter, or tick the rows of a page.")
        messages.warning(request, message % {"most": MOST})
        return redirect(back)
    return _page(request, act, _items(user, keys), back)


def _items(user, keys: Iterable[int]) -> list[RectificationItem]:
    rows = RectificationItem.objects.visible_to(user).filter(pk__in=list(keys), voided_at=None)
    return list(rows.select_related("lead_unit", "supervising_unit").prefetch_related("co_units").order_by("pk"))


def _region_of_all(items: list[RectificationItem]) -> int:
    """The smallest division that holds them all."""
    for level in range(5, -1, -1):
        regions = {scope.ancestor(item.region, level) if scope.level_of(item.region) >= level else -1 for item in items}
        if len(regions) == 1 and -1 not in regions:
            return regions.pop()
    return 0


def _page(request: HttpRequest, act: Act, items: list[RectificationItem], back: str, form=None) -> HttpResponse:
    user, on = request.user, clock.today()
    reasons = [(item, why_not(item, act, user, on)) for item in items]
    ready = [item for item, reason in reasons if not reason]
    staying = [{"item": item, "reason": reason} for item, reason in reasons if reason]
    if form is None:
        region = _region_of_all(ready or items)
        form = ActForm(None, [act], user, region=region, **usual_notice([act], region, on))
    context = {
        "act": act,
        "ready": ready,
        "staying": staying,
        "effect": _effect(act, len(ready)),
        "form": form,
        "items": ",".join(f"{item.pk}:{item.version}" for item in ready),
        "back": back,
        "errors": form.summary if form.is_bound else [],
        "breadcrumb": _crumbs(act, back),
    }
    return render(request, "rectification/items/bulk.html", context, status=422 if context["errors"] else 200)


def _crumbs(act: Act, back: str) -> list[dict]:
    return [{"label": _("Rectification items"), "url": back}, {"label": act.label, "url": ""}]


def _effect(act: Act, count: int) -> str:
    words = {"n": count, "act": act.label}
    if not act.to:
        return _("“%(act)s” is done to %(n)s problems; their state stays.") % words
    if act.to == PREVIOUS:
        return _("“%(act)s” is done to %(n)s problems; they go back to the state before the pause.") % words
    words["state"] = STATES[act.to].label
    return _("“%(act)s” is done to %(n)s problems; they come into the state “%(state)s”.") % words


def _versions(text: str) -> dict[int, int]:
    """Ids with the versions that the page named; what is damaged is left out."""
    found = {}
    for part in text.split(",")[:MOST]:
        key, _colon, version = part.partition(":")
        if key.isdecimal() and version.isdecimal() and len(key) < 19 and len(version) < 10:
            found[int(key)] = int(version)
    return found


@login_required
@never_cache
@answers_post(
    "/ledgers/rectification-items/",
    gettext_lazy("What was asked for was answered once; the list shows what stands now."),
)
def do(request: HttpRequest) -> HttpResponse:
    """Do it, and say to which it was done and which stayed behind and why."""
    user = request.user
    act = _act_of(user, request.POST.get("act", ""))
    back = _back(request)
    form_id = drafts.form_id_of(request.POST)
    if address := drafts.begin_saving(user, FORM, act.key, form_id):
        messages.info(request, _("This was done already by the first click."))
        return redirect(address)
    versions = _versions(request.POST.get("items", ""))
    items = _items(user, versions)
    form = ActForm(None, [act], user, request.POST, region=_region_of_all(items) if items else 0)
    if form.is_valid():
        form.add_problems(lacking(act, form.told))
    if not form.is_valid():
        return _page(request, act, items, back, form)
    done, refused = move_many(items, act.key, by=user, versions=versions, **form.told)
    drafts.saved(user, form_id, back)
    numbers = {item.pk: item.number for item in items}
    context = {
        "act": act,
        "done": [{"number": numbers[one.item_id], "state": STATES[one.to_state].label} for one in done],
        "refused": [{"number": number, "reason": reason} for number, reason in refused.items()],
        "missing": len(versions) - len(items),
        "back": back,
        "breadcrumb": _crumbs(act, back),
    }
    return render(request, "rectification/items/bulk_done.html", context)


def _back(request: HttpRequest) -> str:
    """The list from which it was sent; nothing but that list."""
    told = request.POST.get("back", "")
    ours = f"/ledgers/{LEDGER}/"
    return told if told.startswith(ours) else ours
