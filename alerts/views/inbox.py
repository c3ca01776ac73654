"""The inbox of a person, sorted by lateness, and the acknowledging of alerts."""

from __future__ import annotations

from urllib.parse import urlencode

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.db.models import Q
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from accounts.roles import can
from alerts import actions
from alerts.inbox import SOURCES, keep_count, lateness
from alerts.queries import AREA, MINE, MOST_COUNTED, UNIT, alerts_of
from common import clock

LINES = 50  # of a page


@login_required
@never_cache
@require_safe
def inbox(request: HttpRequest) -> HttpResponse:
    user, on = request.user, clock.today()
    show = request.GET.get("show", "")
    if show and show not in {source.key for source in SOURCES}:
        raise Http404(_("There is no such part of the inbox."))
    number = page_of(request.GET.get("page", ""))
    shown = [source.key for source in SOURCES if show == source.key or not show and source.mine]
    # The most pressing of each source as far as this page reaches hold the page; of what is not shown the number does.
    reach = number * LINES
    found = {source.key: source.find(user, on, reach if source.key in shown else 0) for source in SOURCES}
    tasks = sorted((task for key in shown for task in found[key][1]), key=lambda task: task.urgency(on))
    tasks = tasks[reach - LINES : reach]
    if number > 1 and not tasks:
        raise Http404(_("There is no such page."))
    actions.mark_read([task.alert for task in tasks if task.alert and not task.alert.read_at], by=user)
    counts = {source.key: found[source.key][0] for source in SOURCES}
    total = sum(counts[key] for key in shown)
    keep_count(user, on, sum(counts[source.key] for source in SOURCES if source.mine))
    return render(
        request,
        "alerts/inbox.html",
        {
            "lines": [{"task": task, "late": task.days_late(on) > 0, "lateness": lateness(task, on)} for task in tasks],
            "tabs": _tabs(counts, show),
            "show": show,
            "empty": _empty(user, show),
            "acknowledging": any(task.alert and not task.alert.acknowledged_at for task in tasks),
            "page": number,
            "pager": {
                "shown": len(tasks),
                "count": total,
                "first_url": address(show) if number > 2 else "",
                "previous_url": address(show, number - 1) if number > 1 else "",
                "next_url": address(show, number + 1) if total > reach else "",
            },
            "on": on,
        },
    )


def page_of(text: str) -> int:
    """The number of a page as an address names it; the first where it names none. Raises Http404."""
    if not text:
        return 1
    if not text.isdecimal() or not 0 < int(text[:5]) <= MOST_COUNTED // LINES + 1:
        raise Http404(_("There is no such page."))
    return int(text[:5])


def address(show: str, page: int = 1) -> str:
    parts = {"show": show, "page": page if page > 1 else ""}
    query = urlencode({name: value for name, value in parts.items() if value})
    return f"/inbox/?{query}" if query else "/inbox/"


def _tabs(counts: dict[str, int], show: str) -> list[dict]:
    """Whose it is: mine, my unit's, my area's; then what mine is made of, as far as there is any."""
    total = sum(counts[source.key] for source in SOURCES if source.mine)
    parts = [source for source in SOURCES if source.mine and (counts[source.key] or source.key == show)]
    return [{"label": _("To me"), "url": "/inbox/", "active": not show, "count": total}] + [
        {
            "label": source.title,
            "url": address(source.key),
            "active": show == source.key,
            "count": counts[source.key],
        }
        for source in [*(source for source in SOURCES if not source.mine), *parts]
    ]


def _empty(user, show: str) -> dict:
    """What an empty part says, and what can be done from there."""
    empty = {
        "title": _("There is nothing to do"),
        "text": _("Alerts of your area, what is assigned to you and jobs that have ended appear here."),
        "action_url": "/calendar/",
        "action_label": _("See what is coming in the calendar"),
    }
    if show == UNIT and not user.unit_id:
        return {
            "title": _("Your account belongs to no unit"),
            "text": _("Ask your administrator to enter your unit; what is due to it appears here then."),
        }
    if show == UNIT:
        return empty | {"title": _("Nothing is due to your unit"), "text": _("What is near or late appears here.")}
    if show == AREA:
        return empty | {"title": _("Nothing is due in your area"), "text": _("What is near or late appears here.")}
    if can(user, "write", "households"):
        return empty | {"action_url": "/households/new/", "action_label": _("Enter a household")}
    return empty


@login_required
@require_POST
def acknowledge(request: HttpRequest) -> HttpResponse:
    """Note that the user takes care of the alerts chosen: one by its own button, several by their boxes."""
    one = request.POST.get("alert", "")
    keys = [key for key in ([one] if one else request.POST.getlist("selected")) if key.isdecimal() and len(key) < 19]
    user, on, chosen = request.user, clock.today(), Q(pk__in=keys)
    alerts = {alert.pk: alert for whose in (MINE, UNIT) for alert in alerts_of(user, on, whose, chosen)} if keys else {}
    for alert in alerts.values():
        actions.acknowledge(alert, by=user)
    if alerts:
        messages.success(request, _("Acknowledged: %(n)s") % {"n": len(alerts)})
    else:
        messages.warning(request, _("Nothing was chosen, or it has been dealt with meanwhile."))
    show = request.POST.get("show", "")
    return redirect(
        address(show if show in {source.key for source in SOURCES} else "", page_of(request.POST.get("page", "")))
    )
