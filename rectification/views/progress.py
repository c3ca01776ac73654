"""Zero-clearing 清零: how many of the problems found by a day are closed, by division, source, class, batch and unit."""

from __future__ import annotations

import datetime as dt

from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from accounts.roles import check
from common import clock, scope
from common.dates import parse_day
from common.fields import DivisionCodeField
from common.indicator import Indicator, catalogue
from common.templatetags.ui import number, percent
from divisions.models import Division
from divisions.queries import path_of
from rectification.queries.progress import BREAKDOWNS, Part, Progress, address, progress
from rectification.queries.rights import LEDGER

CARDS = [
    "items-found", "items-closed", "items-cleared-rate", "items-uncleared", "items-overdue", "items-returned-rate",
    "items-relapse-rate", "items-false",
]  # fmt: skip
COLUMNS = [
    "items-found", "items-closed", "items-cleared-rate", "items-uncleared", "items-overdue", "items-returned",
    "items-returned-rate", "items-relapsed", "items-relapse-rate", "items-false",
]  # fmt: skip
MOST_BARS = 20  # that can still be told apart
_region_field = DivisionCodeField()
_region_field.set_attributes_from_name("region")


@login_required
@require_safe
def show(request: HttpRequest) -> HttpResponse:
    user, on = request.user, clock.today()
    check(user, "read", LEDGER)
    faults: list[str] = []
    region = _region(request, faults)
    by = request.GET.get("by") or "region"
    if by not in BREAKDOWNS:
        faults.append(_("There is no such breakdown."))
        by = "region"
    until = _day(request, on, faults)
    if not scope.contains(user.ranges, region):
        raise PermissionDenied(_("This division lies outside your area."))
    found = progress(region, by, until, on, user)
    _name(found)
    told = {"region": f"{region:012d}" if region else "0", "by": by, "until": until.isoformat()}
    context = {
        "found": found,
        "faults": faults,
        "on": on,
        "told": told,
        "half": dt.date(on.year, 6, 30).isoformat(),
        "cards": [_card(catalogue[key], found) for key in CARDS],
        "tabs": [
            {"label": words, "url": _url(told | {"by": key}), "active": key == by, "count": None}
            for key, words in _breakdowns().items()
        ],
        "table": _table(found, told),
        "figure": _figure(found, told),
        "look_back": f"/ledgers/{LEDGER}/?" + urlencode(found.total.narrows | {"red": "1", "look_back": "waiting"}),
        "empty": None if found.total.counts["found"] else _empty(until),
        "breadcrumb": _breadcrumb(region, user, on, told),
    }
    return render(request, "rectification/progress/progress.html", context, status=422 if faults else 200)


def _breakdowns() -> dict[str, str]:
    return {
        "region": _("Division"),
        "source": _("Source"),
        "class": _("Class"),
        "batch": _("Batch"),
        "unit": _("Lead unit"),
    }


def _region(request: HttpRequest, faults: list[str]) -> int:
    raw = request.GET.get("region", "").strip()
    if not raw:
        return request.user.home_region
    try:
        code = _region_field.clean(raw, None)
        scope.code_range(code)
    except (ValidationError, ValueError):
        code = None
    if code is None or code and not Division.objects.filter(code=code).exists():
        faults.append(_("There is no division “%(code)s”.") % {"code": raw[:20]})
        return request.user.home_region
    return code


def _day(request: HttpRequest, on: dt.date, faults: list[str]) -> dt.date:
    """The cut-off; today where none is told. Nothing is known of days to come, but their problems are found by then."""
    try:
        return parse_day(request.GET.get("until", "")) or on
    except ValidationError as error:
        faults += error.messages
        return on


def _name(found: Progress) -> None:
    """What has no name of its own."""
    if not found.region:
        found.total.name = _("The whole nation")
    for part in found.parts:
        if not part.name:
            part.name = _("At this level itself") if found.by == "region" else _("No batch")


def _url(told: dict[str, str]) -> str:
    return f"/rectification/progress/?{urlencode(told)}"


def _card(indicator: Indicator, found: Progress) -> dict:
    value = indicator.of(found.total.counts)
    tone = ""
    if indicator.good and indicator.value != "closed":
        tone = "bad" if found.total.counts[indicator.value] else ""
    card = {
        "label": indicator.title,
        "value": percent(value) if indicator.over else value,
        "unit": "" if indicator.over else indicator.unit,
        "note": indicator.wording if indicator.over else "",
        "tone": tone,
    }
    return card | ({} if value is None else {"url": address(indicator, found.total, found.until)})


def _cell(indicator: Indicator, part: Part, until: dt.date) -> dict:
    value = indicator.of(part.counts)
    if value is None:
        return {"text": number(None), "align": "num"}
    text = percent(value) if indicator.over else number(value)
    return {"text": text, "align": "num", "url": address(indicator, part, until)}


def _table(found: Progress, told: dict[str, str]) -> dict:
    """The parts, those with most left first, and the whole as the last row."""
    indicators = [catalogue[key] for key in COLUMNS]

    def row(part: Part, name: str, url: str = "") -> dict:
        return {"cells": [{"text": name, "url": url}, *(_cell(one, part, found.until) for one in indicators)]}

    rows = [row(part, part.name, _url(told | {"region": part.url}) if part.url else "") for part in found.parts]
    return {
        "caption": _("Problems by %(part)s, those with most left first") % {"part": _breakdowns()[found.by]},
        "show_caption": True,
        "columns": [
            {"label": _breakdowns()[found.by]},
            *({"label": str(one.title), "align": "num"} for one in indicators),
        ],
        "groups": None,
        "rows": [*rows, {**row(found.total, _("Total")), "class": "is-total"}] if rows else [],
    }


def _figure(found: Progress, told: dict[str, str]) -> dict | None:
    """Closed and not closed, a bar for each part."""
    parts = [part for part in found.parts if part.counts["found"]][:MOST_BARS]
    if not parts:
        return None
    title = _("Closed and not closed by %(part)s") % {"part": _breakdowns()[found.by]}
    shown = [catalogue["items-closed"], catalogue["items-uncleared"]]
    left_out = len(found.parts) - len(parts)
    return {
        "id": "cleared",
        "title": title,
        "note": _("the %(n)s with most left") % {"n": len(parts)} if left_out else "",
        "kind": "stack",
        "size": "tall" if len(parts) > 9 else "",
        "data": {
            "categories": [part.name for part in parts],
            "series": [
                {"name": str(one.title), "tone": tone, "data": [part.counts[one.value] for part in parts]}
                for one, tone in zip(shown, ("chart-3", "chart-2"), strict=True)
            ],
            "links": [
                _url(told | {"region": part.url}) if part.url else address(shown[1], part, found.until)
                for part in parts
            ],
        },
        "table": {
            "caption": title,
            "columns": [
                {"label": _breakdowns()[found.by]},
                *({"label": str(one.title), "align": "num"} for one in shown),
            ],
            "groups": None,
            "rows": [
                {"cells": [{"text": part.name}, *(_cell(one, part, found.until) for one in shown)]} for part in parts
            ],
        },
    }


def _empty(until: dt.date) -> dict:
    return {
        "title": _("No problem was found by this day"),
        "text": _("Choose a later day, or another division; drafts and merged items are not counted."),
        "action_url": f"/ledgers/{LEDGER}/",
        "action_label": _("To the ledger"),
    }


def _breadcrumb(region: int, user, on: dt.date, told: dict[str, str]) -> list[dict]:
    """From the nation down; only divisions within the reader's scope are links."""
    path = [(0, _("Nation")), *((division.code, division.name) for division in path_of(region, on))] if region else []
    items = []
    for code, name in path:
        mine = scope.contains(user.ranges, code)
        if mine or code:
            url = _url(told | {"region": f"{code:012d}" if code else "0"}) if mine and code != region else ""
            items.append({"label": name, "url": url})
    return [{"label": _("Zero-clearing"), "url": ""}, *items] if items else [{"label": _("Zero-clearing"), "url": ""}]
