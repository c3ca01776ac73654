"""Pages of homes and of what was left behind: change of flat, rates by place, and the household as its origin sees it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from accounts.roles import check
from common import clock, scope
from common.fields import DivisionCodeField
from common.indicator import Indicator, catalogue
from common.templatetags.ui import number, percent
from divisions.queries import names_of, path_of
from households.panels import origin as origin_panels
from households.panels.homes import STAGES, cell, steps_of
from households.queries.homes import counts_by_part
from households.queries.origin import Outgoing, new_home_of, outgoing_households, progress

TITLES = [
    "homes-handed-over", "titles-issued", "titles-rate", "titles-stale", "titles-not-possible", "homes-accepted",
    "homes-over-area",
]  # fmt: skip
TITLE_CARDS = ["titles-rate", "titles-issued", "titles-stale", "homes-over-area"]
HOUSES = [
    "old-houses", "agreement-rate", "old-houses-due", "old-houses-kept", "old-houses-vacated", "old-houses-taken-back",
    "old-houses-demolished", "demolition-rate", "old-houses-reclaimed", "reclaim-rate", "quota-project-rate",
    "old-houses-overdue",
]  # fmt: skip
HOUSE_CARDS = ["demolition-rate", "reclaim-rate", "agreement-rate", "old-houses-overdue"]
PAGE = 100
_region_field = DivisionCodeField()
_region_field.set_attributes_from_name("region")


def outgoing_page(request: HttpRequest, left: Outgoing) -> HttpResponse:
    """A household that came from the user's county and lives in another one: what the other side says, and one's own part."""
    county = scope.ancestor(left.region, 3)
    names = names_of([county, left.origin], clock.today())
    home = new_home_of(left.id)
    told = (names.get(left.origin, ""), left.origin_township, left.origin_village)
    return render(
        request,
        "households/outgoing.html",
        {
            "household": left,
            "origin": " ".join(dict.fromkeys(part for part in told if part)),
            "place": names.get(county, f"{county // 10**6:06d}"),
            "home": home,
            "title_steps": steps_of(home, STAGES) if home else [],
            "home_files": origin_panels.files_shown(left.id, request.user, "homes", "households"),
            "title": origin_panels.TITLE,
            "breadcrumb": [
                {"label": origin_panels.TITLE, "url": "/ledgers/old-houses/"},
                {"label": f"{left.head_name} {left.code}", "url": ""},
            ],
            **origin_panels.origin_panel(left, request.user),
        },
    )


def _region(request: HttpRequest) -> int:
    raw = request.GET.get("region", "").strip()
    try:
        region = _region_field.clean(raw, None) if raw else request.user.home_region
        scope.code_range(region or 0)
    except (ValidationError, ValueError):
        raise Http404(_("There is no division “%(code)s”.") % {"code": raw[:20]}) from None
    if not scope.contains(request.user.ranges, region or 0):
        raise PermissionDenied(_("This division lies outside your area."))
    return region or 0


@login_required
@require_safe
def titles(request: HttpRequest) -> HttpResponse:
    """Homes and titles by settlement (from a county down) or division; every number opens into its rows."""
    check(request.user, "read", "titles")
    region, on = _region(request), clock.today()
    settled = scope.level_of(region) >= 3
    found = counts_by_part(region, request.user, on)
    names = {} if settled else names_of([row["part"] for row in found], on)
    rows = []
    for row in found:
        part = row["part"]
        narrows = {"settlement_code": part} if settled else {"division": f"{part:012d}"}
        url = f"/settlements/{part}/" if settled else f"/homes/?region={part:012d}"
        rows.append((row["name"] if settled else names.get(part, f"{part:012d}"), url, narrows, row))
    total = {key: sum(row[key] for row in found) for key in (found[0] if found else {}) if key not in ("part", "name")}
    note = _("Rate: homes with a certificate issued over homes handed over. Every number opens into its rows.")
    context = _progress(region, on, rows, total, TITLES, TITLE_CARDS) | {"title": _("Homes and titles"), "note": note}
    context["table"]["columns"][0]["label"] = _("Settlement") if settled else _("Division")
    return render(request, "households/progress.html", context)


@login_required
@require_safe
def old_houses(request: HttpRequest) -> HttpResponse:
    """Old houses by place of origin: agreements, the four steps, rates; every number opens into its rows."""
    check(request.user, "read", "old-houses")
    region, on = _region(request), clock.today()
    total, parts = progress(region, request.user, on)
    names = names_of([part.code for part in parts], on)
    rows = []
    for part in parts:
        written = f"{part.code:012d}"
        deeper = scope.level_of(part.code) < 4 and part.code != region
        url = f"/old-houses/?region={written}" if deeper else f"/ledgers/old-houses/?division={written}"
        rows.append((names.get(part.code, written), url, {"division": written}, part.counts))
    note = _(
        "By place of origin. Demolition: demolished over to be demolished, without houses kept by certificate; reclaiming:"
        " reclaimed or re-greened over demolished. %(area)s mu are reclaimed. Every number opens into its rows."
    ) % {"area": number(total.area)}
    context = _progress(region, on, rows, total.counts, HOUSES, HOUSE_CARDS)
    return render(
        request, "households/progress.html", context | {"title": _("Old houses and reclaiming"), "note": note}
    )


@login_required
@never_cache
@require_safe
def outgoing(request: HttpRequest) -> HttpResponse:
    """Households that came from the user's area and live elsewhere, in the order of their codes."""
    check(request.user, "read", "old-houses")
    after = request.GET.get("after", "")
    found = outgoing_households(request.user, after, PAGE + 1)
    on = clock.today()
    names = names_of({code for one in found for code in (scope.ancestor(one.region, 3), one.origin)}, on)
    rows = [
        {
            "cells": [
                {"text": one.code, "url": f"/households/{one.code}/"},
                {"text": one.head_name},
                {"text": names.get(one.origin, f"{one.origin:012d}")},
                {"text": names.get(scope.ancestor(one.region, 3), f"{one.region // 10**6:06d}")},
                {"text": one.settlement},
                {
                    "text": _("already entered") if one.house else _("to be entered"),
                    "tag": "good" if one.house else "warn",
                },
                {
                    "text": _("already entered") if one.land else _("to be entered"),
                    "tag": "good" if one.land else "warn",
                },
            ]
        }
        for one in found[:PAGE]
    ]
    labels = [
        _("Household code"), _("Head of household"), _("Place of origin"), _("Lives in"), _("Settlement"), _("Old house"),
        _("Three lands"),
    ]  # fmt: skip
    context = {
        "table": {
            "caption": _("Moved to other counties"),
            "columns": [{"label": label} for label in labels],
            "groups": None,
            "wide": True,
            "rows": rows,
        },
        "empty": {
            "title": _("Nobody has moved to another county"),
            "text": _("A household stands here when another county names yours as its place of origin."),
        },
        "next": found[PAGE - 1].code if len(found) > PAGE else "",
        "first": not after,
    }
    return render(request, "households/outgoing_list.html", context)


def _progress(
    region: int, on: dt.date, rows: Sequence[tuple], total: dict, columns: Sequence[str], cards: Sequence[str]
) -> dict:
    told = [catalogue[key] for key in columns]
    path = path_of(region, on) if region else []
    place = path[-1].name if path else _("The whole nation")
    narrows = {"division": f"{region:012d}"} if region else {}
    return {
        "on": on,
        "place": place,
        "cards": [_card(catalogue[key], total, narrows) for key in cards] if rows else [],
        "table": {
            "caption": _("By place"),
            "columns": [
                {"label": _("Division")},
                *({"label": indicator.title, "align": "num"} for indicator in told),
            ],
            "groups": None,
            "wide": True,
            "rows": [
                {"cells": [{"text": name, "url": url}, *(cell(indicator, counted, which) for indicator in told)]}
                for name, url, which, counted in rows
            ],
        },
        "empty": {"title": _("Nothing entered yet"), "text": _("The figures appear as soon as rows are entered.")},
        "breadcrumb": [{"label": step.name, "url": ""} for step in path],
    }


def _card(indicator: Indicator, total: dict, narrows: dict) -> dict:
    value = indicator.of(total)
    return {
        "label": indicator.title,
        "value": percent(value) if indicator.over else value,
        "unit": "" if indicator.over else indicator.unit,
        "note": indicator.wording or "",
        "url": indicator.address(**narrows),
        "tone": "bad" if indicator.good == "down" and total[indicator.value] else "",
    }
