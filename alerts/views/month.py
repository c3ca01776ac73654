"""A month of what is due: weeks from Monday, working days and holidays as the work calendar has them."""

from __future__ import annotations

import datetime as dt
import re
from collections import Counter, defaultdict
from dataclasses import dataclass, field
from urllib.parse import urlencode

from django.contrib.auth.decorators import login_required
from django.db.models import F, Q, QuerySet, Window
from django.db.models.functions import RowNumber
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from alerts import workdays
from alerts.engine.ladder import level_of
from alerts.inbox import days_in_words
from alerts.models import Alert, Deadline
from alerts.queries import AREA, MINE, UNIT, alerts_of, deadlines_of
from common import clock
from common.codes import code_list
from common.dates import FIRST_YEAR, LAST_YEAR, add_months

PER_DAY = 5  # lines in one day's cell; the ledger of deadlines has all
MOST = 5000  # of one's own or one's unit's in a month
WHOSE = {MINE: gettext_lazy("To me"), UNIT: gettext_lazy("My unit"), AREA: gettext_lazy("My area")}
WEEKDAYS = [
    gettext_lazy("Mon"),
    gettext_lazy("Tue"),
    gettext_lazy("Wed"),
    gettext_lazy("Thu"),
    gettext_lazy("Fri"),
    gettext_lazy("Sat"),
    gettext_lazy("Sun"),
]


@dataclass(frozen=True)
class Item:
    """One thing that is due on a day."""

    title: str
    text: str
    url: str
    level: str
    level_words: str
    lateness: str


@dataclass
class Cell:
    """A day of the page; days of the months beside carry no items."""

    day: workdays.Day
    inside: bool
    today: bool
    items: list[Item] = field(default_factory=list)
    more: int = 0
    more_url: str = ""


@login_required
@never_cache
@require_safe
def month(request: HttpRequest) -> HttpResponse:
    user, on = request.user, clock.today()
    shown = _asked(request.GET.get("month", ""), on)
    whose = request.GET.get("whose", MINE)
    if whose not in WHOSE:
        raise Http404(_("There is no such part of the calendar."))
    window = workdays.month_of(shown)
    items, counts = _due(user, on, whose, window)
    weeks = _weeks(window, on, items, counts)
    overdue = sum(_counts(deadlines_of(user, on, whose, Q(due_on__lt=on))).values())
    return render(
        request,
        "alerts/month.html",
        {
            "month": f"{shown:%Y-%m}",
            "weekdays": WEEKDAYS,
            "levels": code_list("alert_level").choices(),
            "weeks": weeks,
            "total": sum(counts.values()),
            "overdue": overdue,
            "overdue_url": "/inbox/" if whose == MINE else f"/inbox/?show={whose}",
            "whose": whose,
            "tabs": [
                {"label": label, "url": _url(shown, key), "active": key == whose, "count": None}
                for key, label in WHOSE.items()
            ],
            "previous_url": _url(add_months(shown, -1), whose) if shown > dt.date(FIRST_YEAR, 1, 1) else "",
            "next_url": _url(add_months(shown, 1), whose) if shown < dt.date(LAST_YEAR, 12, 1) else "",
            "today_url": "" if shown == on.replace(day=1) else _url(on, whose),
            "unknown_year": window.first.year if not workdays.knows(window.first.year) else None,
            "on": on,
        },
    )


def _asked(text: str, on: dt.date) -> dt.date:
    """The first day of the month in the address; without one, of this month."""
    if not text:
        return on.replace(day=1)
    match = re.fullmatch(r"(\d{4})-(\d{1,2})", text.strip(), re.ASCII)
    if not match or not FIRST_YEAR <= int(match[1]) <= LAST_YEAR or not 1 <= int(match[2]) <= 12:
        raise Http404(_("There is no such month. Write it like 2026-11."))
    return dt.date(int(match[1]), int(match[2]), 1)


def _url(day: dt.date, whose: str) -> str:
    told = {"month": f"{day:%Y-%m}"} | ({"whose": whose} if whose != MINE else {})
    return f"/calendar/?{urlencode(told)}"


def _due(user, on: dt.date, whose: str, window: workdays.Window) -> tuple[dict[dt.date, list[Item]], Counter]:
    """The lines of each day, at most PER_DAY, and how many there are."""
    inside = Q(due_on__range=(window.first, window.last))
    found = deadlines_of(user, on, whose, inside)
    counts = _counts(found)
    if whose == AREA:
        place = Window(RowNumber(), partition_by=[F("due_on")], order_by=["id"])
        found = found.annotate(place=place).filter(place__lte=PER_DAY)
    lines: dict[dt.date, list[Item]] = defaultdict(list)
    plain = alerts_of(user, on, whose, inside, Q(deadline=None))
    counts.update(_counts(plain))
    for row in [*found[:MOST], *plain[:MOST]]:
        if len(lines[row.due_on]) < PER_DAY:
            lines[row.due_on].append(_item(row, on))
    return lines, counts


def _counts(rows: QuerySet) -> Counter:
    """How many there are a day. With the key: a union would take two things of one day for one."""
    return Counter(day for _key, day in rows.values_list("pk", "due_on").order_by("due_on", "pk")[:MOST])


def _item(row: Deadline | Alert, on: dt.date) -> Item:
    late = (on - row.due_on).days
    level = row.level or (level_of(late) if isinstance(row, Alert) else "")
    words = code_list("alert_level").label(level) if level else ""
    return Item(row.title, row.message, row.address, level, words, days_in_words(late) if late > 0 else "")


def _weeks(window: workdays.Window, on: dt.date, items: dict[dt.date, list[Item]], counts: Counter) -> list[list[Cell]]:
    first = window.first - dt.timedelta(window.first.weekday())
    last = window.last + dt.timedelta(6 - window.last.weekday())
    cells = []
    for day in workdays.days(first, last):
        cell = Cell(day, day.day in window, day.day == on)
        if cell.inside:
            cell.items = items.get(day.day, [])
            cell.more = counts[day.day] - len(cell.items)
            cell.more_url = f"/ledgers/deadlines/?due_on={day.day}"
        cells.append(cell)
    return [cells[start : start + 7] for start in range(0, len(cells), 7)]
