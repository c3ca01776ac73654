"""A picture of a division as the page's parts want it: cards, the table of the next level, charts with their tables.

Every count carries the address of exactly the rows that it counts; a rate opens into its numerator.
"""

from __future__ import annotations

from decimal import Decimal

from django.utils.translation import gettext as _

from common import codes
from common.indicator import Indicator, catalogue
from common.templatetags.ui import number, percent
from compliance.profiles import VERDICT_CODES, Profile
from dashboards.queries import TIERS, Part, Picture

PEOPLE_CARDS = ["settlements", "households", "people", "cross-county-people", "labourers", "employed-persons"]
VERDICT_INDICATORS = {code: code.replace("_", "-") for code in VERDICT_CODES} | {"employed": "employed-not-stable"}
VERDICT_TONES = {"stable": "good", "employed": "info", "expiring": "warn", "zero": "bad", "unwilling": "neutral"}
TIER_TONES = {"mega": "chart-1", "large": "chart-3", "medium": "chart-2", "small": "chart-5"}
MOST_RANKED = 16  # bars that fit one chart and can still be told apart


def _card(indicator: Indicator, part: Part, profile: Profile, **more) -> dict:
    value = indicator.of(part.counts)
    return {
        "label": indicator.title,
        "value": percent(value) if indicator.over else value,
        "unit": "" if indicator.over else indicator.unit,
        "url": indicator.address(**part.narrows),
        **more,
    }


def cards(picture: Picture, profile: Profile) -> list[dict]:
    """Two rows of six: who lives here, and what "one household, one job" comes to under the profile."""
    part = picture.total
    rate = catalogue[f"rate-{profile.id}"]
    made_of = _("%(met)s of %(within)s") % {
        "met": number(part.counts[rate.value]),
        "within": number(part.counts[rate.over]),
    }
    return [
        *(_card(catalogue[key], part, profile) for key in PEOPLE_CARDS),
        _card(catalogue[f"within-{profile.id}"], part, profile),
        _card(catalogue[f"met-{profile.id}"], part, profile, tone="good"),
        _card(rate, part, profile, label=_("Employment rate"), note=f"{made_of} · {profile.rule}", tone="good"),
        _card(catalogue["zero"], part, profile, tone="bad" if part.counts["n_zero"] else ""),
        _card(catalogue["expiring"], part, profile, tone="warn" if part.counts["n_expiring"] else ""),
        _card(catalogue["unwilling"], part, profile),
    ]


def differences(picture: Picture, profile: Profile) -> list[tuple[Part, Decimal | None]]:
    """The parts with their distance from the mean of the whole in percentage points, the furthest below first;
    parts without a rate last."""
    rate = catalogue[f"rate-{profile.id}"]
    mean = rate.of(picture.total.counts)
    found = [(part, None if (own := rate.of(part.counts)) is None else (own - mean) * 100) for part in picture.parts]
    return sorted(found, key=lambda item: (item[1] is None, item[1] or 0))


def _points(difference: Decimal | None) -> str:
    return number(None) if difference is None else f"{difference:+.2f}"


def table_columns(picture: Picture, profile: Profile) -> list[tuple[str, Indicator | None]]:
    """(heading, indicator) of the table of the next level; no indicator: the difference from the mean."""
    keys = [
        "households",
        "people",
        f"within-{profile.id}",
        f"met-{profile.id}",
        f"rate-{profile.id}",
        "",
        "zero",
        "expiring",
    ]
    if not picture.of_settlements:
        keys.insert(0, "settlements")
    words = {f"rate-{profile.id}": _("Rate"), "": _("From the mean (points)")}
    return [(words.get(key) or str(catalogue[key].title), catalogue[key] if key else None) for key in keys]


def table(picture: Picture, profile: Profile) -> dict:
    """The table of the next level, with the whole as its last row."""
    columns = table_columns(picture, profile)
    first = [{"label": _("Settlement") if picture.of_settlements else _("Division")}]
    if picture.of_settlements:
        first.append({"label": _("Tier"), "width_class": "w-tag"})
    rows = [_row(picture, part, columns, _points(distance)) for part, distance in differences(picture, profile)]
    total = _row(picture, picture.total, columns, "")
    total["cells"][: len(first)] = [{"text": _("Total")}, {"text": ""}][: len(first)]
    return {
        "caption": _("Settlements, the furthest below the mean first")
        if picture.of_settlements
        else _("By division, the furthest below the mean first"),
        "show_caption": True,
        "columns": [*first, *({"label": label, "align": "num"} for label, _indicator in columns)],
        "groups": None,
        "rows": [*rows, {**total, "class": "is-total"}],
    }


def _row(picture: Picture, part: Part, columns, points: str) -> dict:
    cells = [{"text": part.name, "url": part.url}]
    if picture.of_settlements:
        cells.append({"text": codes.label("tier", part.tier) or number(None)})
    for _heading, indicator in columns:
        cells.append(count_cell(indicator, part) if indicator else {"text": points})
    return {"cells": cells}


def count_cell(indicator: Indicator, part: Part, **narrower: str) -> dict:
    """A figure of a part as a cell that opens into its rows; nothing to divide by is a dash without a link."""
    value = indicator.of(part.counts)
    if value is None:
        return {"text": number(None), "align": "num"}
    text = percent(value) if indicator.over else number(value)
    return {"text": text, "align": "num", "url": indicator.address(**part.narrows, **narrower)}


def composition(part: Part) -> dict:
    """How the households of a part are spread over the verdicts."""
    indicators = [catalogue[VERDICT_INDICATORS[code]] for code in VERDICT_CODES]
    labels = [codes.label("verdict", code) for code in VERDICT_CODES]
    households = part.counts["households"]
    rows = []
    for label, indicator in zip(labels, indicators, strict=True):
        share = Decimal(part.counts[indicator.value]) / households if households else None
        rows.append({"cells": [{"text": label}, count_cell(indicator, part), {"text": percent(share, 1)}]})
    title = _("Households by verdict")
    return {
        "id": "composition",
        "title": title,
        "kind": "bar",
        "data": {
            "categories": labels,
            "series": [{"name": _("households"), "data": [part.counts[one.value] for one in indicators]}],
            "links": [one.address(**part.narrows) for one in indicators],
        },
        "table": {
            "caption": title,
            "columns": [
                {"label": _("Verdict")},
                {"label": _("Households"), "align": "num"},
                {"label": _("Share"), "align": "num"},
            ],
            "groups": None,
            "rows": rows,
        },
    }


def tiers(picture: Picture) -> dict:
    """How settlements and their people are spread over the tiers; dispersed groups stand in the table alone."""
    shown = [catalogue["settlements"], catalogue["people"], catalogue["households"]]
    narrowings = [{"tier": tier} for tier in TIERS] + [{"placement": "dispersed"}]
    labels = [codes.label("tier", tier) for tier in TIERS] + [_("Dispersed")]
    rows = []
    for tier, label, narrower in zip((*TIERS, ""), labels, narrowings, strict=True):
        part = Part(label, "", picture.total.narrows, picture.tiers[tier])
        cells = [count_cell(one, part, **narrower) for one in shown]
        rows.append({"cells": [{"text": label}, *cells]})
    rows[-1]["cells"][1] = {"text": number(None), "align": "num"}  # a dispersed group is no settlement
    title = _("Settlements by tier")
    return {
        "id": "tiers",
        "title": title,
        "note": _("share of settlements and of people, %"),
        "kind": "stack",
        "size": "short",
        "data": {
            "categories": [str(shown[0].title), str(shown[1].title)],
            "series": [
                {"name": label, "tone": TIER_TONES[tier], "data": _shares(picture, tier)}
                for tier, label in zip(TIERS, labels, strict=False)
            ],
            "unit": "%",
            "decimals": 1,
        },
        "table": {
            "caption": title,
            "columns": [{"label": _("Tier")}, *({"label": str(one.title), "align": "num"} for one in shown)],
            "groups": None,
            "rows": rows,
        },
    }


def _shares(picture: Picture, tier: str) -> list[float | None]:
    """Per cent of the settlements and of the people of all tiers that this one holds."""
    found = []
    for column in ("settlements", "people"):
        whole = sum(picture.tiers[other][column] for other in TIERS)
        found.append(round(100 * picture.tiers[tier][column] / whole, 1) if whole else None)
    return found


def ranking(picture: Picture, profile: Profile) -> dict | None:
    """Distance from the mean in percentage points; of many parts those at both ends. None for fewer than two."""
    ranked = [(part, distance) for part, distance in differences(picture, profile) if distance is not None]
    if len(ranked) < 2:
        return None
    cut = len(ranked) > MOST_RANKED
    shown = ranked[: MOST_RANKED // 2] + ranked[-MOST_RANKED // 2 :] if cut else ranked
    title = _("Distance from the mean in percentage points")
    mean = percent(catalogue[f"rate-{profile.id}"].of(picture.total.counts))
    note = _("mean %(mean)s") % {"mean": mean}
    if cut:
        note += _("; the eight lowest and the eight highest of %(n)s") % {"n": number(len(ranked))}
    return {
        "id": "ranking",
        "title": title,
        "note": note,
        "kind": "difference",
        "size": "tall" if len(shown) > 9 else "",
        "data": {
            "categories": [part.name for part, _distance in shown],
            "series": [{"name": _("percentage points"), "data": [float(round(d, 2)) for _part, d in shown]}],
            "links": [part.url for part, _distance in shown],
            "decimals": 2,
        },
        "table": {
            "caption": title,
            "columns": [
                {"label": _("Division")},
                {"label": _("Rate"), "align": "num"},
                {"label": _("From the mean (points)"), "align": "num"},
            ],
            "groups": None,
            "rows": [
                {
                    "cells": [
                        {"text": part.name, "url": part.url},
                        count_cell(catalogue[f"rate-{profile.id}"], part),
                        {"text": _points(distance)},
                    ]
                }
                for part, distance in ranked
            ],
        },
    }
