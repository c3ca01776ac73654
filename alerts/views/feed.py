"""The feed that a user's calendar program reads at a secret address: what reaches the user, as events of whole days."""

from __future__ import annotations

import datetime as dt

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe
from icalendar import Calendar, Event

from accounts.models import CalendarFeed
from alerts.models import Deadline
from alerts.queries import MINE, deadlines_of
from common import clock, scope

MOST = 1000
REFRESH = dt.timedelta(hours=6)


@never_cache
@require_safe
def feed(request: HttpRequest, key: str) -> HttpResponse:
    """No session and no page: the address is the key. One that is unknown, revoked or of a closed account is not found."""
    found = CalendarFeed.holder_of(key)
    if found is None:
        raise Http404(_("This calendar address is unknown or was revoked."))
    scope.take_over(found.user)
    answer = HttpResponse(calendar_of(found.user, clock.today()), content_type="text/calendar; charset=utf-8")
    answer["Content-Disposition"] = 'inline; filename="calendar.ics"'
    answer["X-Robots-Tag"] = "noindex"
    answer["Referrer-Policy"] = "no-referrer"
    return answer


def calendar_of(user, on: dt.date) -> bytes:
    """The user's open deadlines in iCalendar's format: kind, sentence and address, and nothing else of a record."""
    made = Calendar()
    made.add("prodid", "-//Relocation follow-up//Deadlines//ZH")
    made.add("version", "2.0")
    made.add("method", "PUBLISH")
    made.add("x-wr-calname", _("Deadlines"))
    made.add("x-wr-timezone", settings.TIME_ZONE)
    made.add("refresh-interval", REFRESH, parameters={"VALUE": "DURATION"})
    for deadline in deadlines_of(user, on, MINE)[:MOST]:
        made.add_component(_event(deadline))
    return made.to_ical()


def _event(deadline: Deadline) -> Event:
    event = Event()
    event.add("uid", f"deadline-{deadline.pk}@{settings.SITE_URL.partition('://')[2]}")
    # When the day was set or moved: the same each time the feed is read.
    stamp = dt.datetime.combine(deadline.armed_on, dt.time(), clock.CHINA)
    event.add("dtstamp", stamp.astimezone(dt.UTC))
    event.add("dtstart", deadline.due_on)
    event.add("dtend", deadline.due_on + dt.timedelta(1))
    event.add("summary", deadline.title)
    event.add("description", f"{deadline.message}\n{settings.SITE_URL}{deadline.address}")
    event.add("url", f"{settings.SITE_URL}{deadline.address}")
    event.add("transp", "TRANSPARENT")
    event.add("class", "PRIVATE")
    return event
