"""Figures on the pages of lower apps: a settlement's size and employment, and what a household's verdict weighs in."""

from __future__ import annotations

from django.utils.translation import gettext as _

from common import clock, scope
from common.indicator import catalogue
from common.ledger import Panel, registry
from common.templatetags.ui import number, percent
from common.terms import labelled, term
from compliance.profiles import DEFAULT_PROFILE, PROFILES
from compliance.queries import figures
from dashboards.presenting import composition, count_cell
from dashboards.queries import Part, settlement_part
from divisions.queries import names_of

RATE = catalogue[f"rate-{DEFAULT_PROFILE}"]
# A province's rate moves in the fourth decimal when one household does.
RATE_DECIMALS = 4


def province_part(region: int, on) -> Part:
    """The counts of the province that holds `region`. They are sums without persons, so every reader may see them,
    also one whose own scope ends at a county."""
    province = scope.ancestor(region, 1)
    with scope.whole():
        counts = figures([scope.code_range(province)])
    name = names_of([province], on).get(province, f"{province:012d}")
    return Part(name, "", {"division": f"{province:012d}"}, counts)


def _rate_text(part: Part) -> str:
    value = RATE.of(part.counts)
    if value is None:
        return percent(None)
    return f"{percent(value, RATE_DECIMALS)} ({number(part.counts[RATE.value])} / {number(part.counts[RATE.over])})"


def consequences(settlement, on) -> list[tuple[str, str]]:
    """What a change of a household there moves: the settlement's counts and the province's rate, as (label, text)."""
    home, province = settlement_part(settlement), province_part(settlement.region, on)
    told = [catalogue[key] for key in ("households", "people", "employed-persons", f"met-{DEFAULT_PROFILE}", "zero")]
    return [
        *((labelled(home.name, one.title), number(one.of(home.counts))) for one in told),
        (_("%(place)s: rate (%(profile)s)") % {"place": province.name, "profile": RATE.title}, _rate_text(province)),
    ]


def _household_panel(household, user) -> dict:
    on = clock.today()
    home, province = settlement_part(household.settlement), province_part(household.region, on)
    keys = ["households", "people", "employed-persons", f"within-{DEFAULT_PROFILE}", f"met-{DEFAULT_PROFILE}", "zero"]
    told = [catalogue[key] for key in keys]
    return {
        "home": home,
        "province": province,
        "rate": _rate_text(province),
        "profile": PROFILES[DEFAULT_PROFILE],
        "counts": [{"label": one.title, **count_cell(one, home)} for one in told],
    }


def _settlement_panel(settlement, user) -> dict:
    part = settlement_part(settlement)
    told = [catalogue[key] for key in ("households", "people", "labourers", "employed-persons")]
    return {
        "settlement": settlement,
        "counts": [{"label": one.title, **count_cell(one, part)} for one in told],
        "declared": [
            {"label": _("Declared households"), **_declared(settlement.declared_households, part.counts["households"])},
            {"label": _("Declared people"), **_declared(settlement.declared_people, part.counts["people"])},
        ],
        "rates": _rates(part),
        "composition": composition(part)["table"] | {"show_caption": True},
    }


def _declared(declared: int | None, counted: int) -> dict:
    """The declared number and how far the counted one is from it."""
    return {"text": number(declared), "difference": "" if declared in (None, counted) else f"{counted - declared:+,}"}


def _rates(part: Part) -> dict:
    """A row a policy profile: its households, those that meet it, the rate."""
    rows = []
    for profile in PROFILES.values():
        keys = (f"within-{profile.id}", f"met-{profile.id}", f"rate-{profile.id}")
        cells = [count_cell(catalogue[key], part) for key in keys]
        rows.append({"cells": [{"text": f"{profile.title} ({profile.rule})"}, *cells]})
    headings = [_("Households"), _("meeting it"), _("Rate")]
    return {
        "caption": _("Rates by policy profile"),
        "show_caption": True,
        "columns": [{"label": _("Policy profile")}, *({"label": label, "align": "num"} for label in headings)],
        "groups": None,
        "rows": rows,
    }


registry["settlements"].panels.append(
    Panel("employment", term("Size and employment", "规模与就业"), "dashboards/_settlement.html", _settlement_panel)
)
registry["settlements"].panels.sort(key=lambda panel: panel.key != "employment")
registry["households"].panels.append(
    Panel("figures", term("What it counts in", "所在安置点和全省情况"), "dashboards/_household.html", _household_panel)
)
registry["settlements"].consequences.append(lambda settlement: consequences(settlement, clock.today()))
