"""Small filters and tags of the pages. The query string is changed with Django's own `{% querystring %}`."""

from __future__ import annotations

import datetime as dt
from decimal import ROUND_HALF_UP, Decimal

from django import template
from django.utils.html import json_script
from django.utils.translation import gettext as _

from common import citizen_id
from common.clock import CHINA
from common.codes import code_list
from common.terms import labelled
from common.values import mask_phone

register = template.Library()

NOTHING = "—"


def _rounded(value, decimals: int) -> Decimal:
    # Through str, so that 0.125 as typed is rounded and not its binary neighbour; half up, as official tables do.
    return Decimal(str(value)).quantize(Decimal(1).scaleb(-decimals), ROUND_HALF_UP)


@register.filter
def number(value, decimals: int | None = None) -> str:
    """1234567.5 -> '1,234,567.5'; None -> '—'; a text stays. With `decimals`, rounded half up to that many places."""
    if value is None or value == "":
        return NOTHING
    if isinstance(value, str):
        return value
    return f"{value:,}" if decimals is None else f"{_rounded(value, decimals):,}"


@register.filter
def percent(fraction, decimals: int = 2) -> str:
    """A fraction of one as per cent: 0.955900 -> '95.59%'; None (nothing to divide by) -> '—'."""
    if fraction is None or fraction == "":
        return NOTHING
    return f"{_rounded(Decimal(str(fraction)) * 100, decimals):,}%"


@register.filter
def day(value: dt.date | dt.datetime | None) -> str:
    """A date as '2018-05-03', a moment as its day in China; None -> '—'."""
    if not value:
        return NOTHING
    if isinstance(value, dt.datetime):
        value = value.astimezone(CHINA)
    return f"{value:%Y-%m-%d}"


@register.filter
def moment(value: dt.datetime | dt.date | None) -> str:
    """A moment as '2018-05-03 08:38', China time; of a day alone the day; None -> '—'."""
    if value and not isinstance(value, dt.datetime):
        return f"{value:%Y-%m-%d}"
    return f"{value.astimezone(CHINA):%Y-%m-%d %H:%M}" if value else NOTHING


@register.filter
def code_label(code, list_id: str) -> str:
    """The word for a stored code of the code list `list_id`, in the reader's language."""
    return str(code_list(list_id).label(code))


@register.filter
def labels(label, text) -> str:
    """`label: text`, with the colon of the reader's language."""
    return labelled(label, text)


@register.filter
def mask(value, kind: str = "id") -> str:
    """Hides the middle of an ID number ('id') or telephone number ('phone'); '' for nothing."""
    return {"id": citizen_id.mask, "phone": mask_phone}[kind](value or "")


@register.filter
def paired(columns, cells) -> list[tuple]:
    """[(column, cell), ...] of a table row."""
    return list(zip(columns, cells, strict=True))


@register.filter
def top_headings(columns, groups) -> list[dict]:
    """First heading row over `columns` in `groups` [{label, span}]: [{label, span} | {column}], in order.

    A group without a label stands for columns that reach over both rows.
    """
    row, position = [], 0
    for group in groups:
        own = columns[position : position + group["span"]]
        row += [group] if group["label"] else [{"column": column} for column in own]
        position += group["span"]
    return row


@register.filter
def low_headings(columns, groups) -> list:
    """Second heading row: the columns that stand under a labelled group."""
    row, position = [], 0
    for group in groups:
        if group["label"]:
            row += columns[position : position + group["span"]]
        position += group["span"]
    return row


@register.filter
def chart_table(figure: dict) -> dict:
    """The numbers of a figure as a table (its own `table` if it has one): a row a category, a column a series."""
    if figure.get("table"):
        return figure["table"]
    data = figure["data"]
    unit, decimals = data.get("unit", ""), data.get("decimals")
    columns = [{"label": _("Item")}, *({"label": series["name"], "align": "num"} for series in data["series"])]
    rows = []
    for i, category in enumerate(data["categories"]):
        values = [number(series["data"][i], decimals) for series in data["series"]]
        cells = [{"text": value if value == NOTHING else value + unit} for value in values]
        rows.append({"url": data["links"][i] if "links" in data else "", "cells": [{"text": category}, *cells]})
    return {"caption": figure["title"], "columns": columns, "groups": None, "rows": rows}


@register.simple_tag
def script_texts() -> str:
    """The words that app.js and charts.js speak, as a JSON data block (the policy allows no inline script)."""
    return json_script(
        {
            "removed": _("Removed: %s"),
            "row": _("row %s"),
            "undo": _("Undo"),
            "restored": _("The row is back."),
            "noResult": _("No division matches."),
            "results": _("%s results; choose with the arrow keys."),
            "copied": _("Copied."),
            "selected": _("%s selected"),
            "offline": _("The network is down; trying again."),
            "failed": _("The server could not do this. Your input is still here; try again."),
            "denied": _("You have no right to do this."),
            "progress": _("%s per cent done"),
        },
        "script-texts",
    )
