"""The inbox of a person, sorted by lateness, and the acknowledging of alerts."""

from __future__ import annotations

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from accounts.roles import can
from alerts import actions, queries
from alerts.inbox import SOURCES, lateness
from common import clock

MOST = 50  # lines of each source on the page; the ledger of alerts has all


@login_required
@never_cache
@require_safe
def inbox(request: HttpRequest) -> HttpResponse:
    user, on = request.user, clock.today()
    show = request.GET.get("show", "")
    if show and show not in {source.key for source in SOURCES}:
        raise Http404(_("There is no such part of the inbox."))
    found = {source.key: source.find(user, on, MOST) for source in SOURCES}
    tasks = [task for key, (_count, some) in found.items() if show in ("", key) for task in some]
    tasks.sort(key=lambda task: task.urgency(on))
    actions.mark_read([task.alert for task in tasks if task.alert and not task.alert.read_at], by=user)
    total = sum(count for count, _some in found.values())
    shown_of = sum(count for key, (count, _some) in found.items() if show in ("", key))
    return render(
        request,
        "alerts/inbox.html",
        {
            "lines": [{"task": task, "late": task.days_late(on) > 0, "lateness": lateness(task, on)} for task in tasks],
            "tabs": [
                {"label": _("All"), "url": "/inbox/", "active": not show, "count": total},
                *(
                    {
                        "label": source.title,
                        "url": f"/inbox/?show={source.key}",
                        "active": show == source.key,
                        "count": found[source.key][0],
                    }
                    for source in SOURCES
                ),
            ],
            "show": show,
            "acknowledging": any(task.alert and not task.alert.acknowledged_at for task in tasks),
            "left_out": shown_of - len(tasks),
            "may_enter": can(user, "write", "households"),
            "on": on,
        },
    )


@login_required
@require_POST
def acknowledge(request: HttpRequest) -> HttpResponse:
    """Note that the user takes care of the alerts chosen: one by its own button, several by their boxes."""
    one = request.POST.get("alert", "")
    keys = [key for key in ([one] if one else request.POST.getlist("selected")) if key.isdecimal() and len(key) < 19]
    alerts = queries.inbox(request.user).filter(pk__in=keys)
    for alert in alerts:
        actions.acknowledge(alert, by=request.user)
    if alerts:
        messages.success(request, _("Acknowledged: %(n)s") % {"n": len(alerts)})
    else:
        messages.warning(request, _("Nothing was chosen, or it has been dealt with meanwhile."))
    show = request.POST.get("show", "")
    return redirect(f"/inbox/?show={show}" if show in {source.key for source in SOURCES} else "/inbox/")
