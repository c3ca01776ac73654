"""The sections of a household's file 一户一档, and what each still lacks.

A section is registered by the module that keeps its rows; the page, the list of incomplete files and the rates of
confirmation read them all. Lacking something never refuses an entry: it is work that is left.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from django.db.models import QuerySet

from common import clock
from common.terms import Term


@dataclass(frozen=True)
class Section:
    """`missing(ids, on)` tells for many households at once what is still to be entered, in words for the user:
    {household id: [what, ...]}; households that lack nothing are left out. `ledger` is that of its rows: who may not read
    it is not told what it lacks; a section without one belongs to the household itself."""

    key: str
    title: Term
    missing: Callable[[Iterable[int], dt.date], dict[int, list[str]]]
    ledger: str = ""


SECTIONS: list[Section] = []


def missing_of(ids: Iterable[int], on: dt.date) -> dict[int, dict[str, list[str]]]:
    """{household id: {section key: [what is missing, ...]}}; with as many queries as the sections need, whatever the number
    of households."""
    found: dict[int, dict[str, list[str]]] = {key: {} for key in ids}
    for section in SECTIONS:
        for key, words in section.missing(list(found), on).items():
            found[key][section.key] = words
    return found


PIECE = 20_000  # households asked about at once


def incomplete(rows: QuerySet, value: str) -> QuerySet:
    """Households whose file lacks something in a section (its key), or in `any`; asked of the sections as sets."""
    sections = [section for section in SECTIONS if value in ("any", section.key)]
    ids, lacking, on = list(rows.order_by().values_list("pk", flat=True)), set(), clock.today()
    for start in range(0, len(ids), PIECE):
        piece = ids[start : start + PIECE]
        for section in sections:
            lacking.update(section.missing(piece, on))
    return rows.filter(pk__in=lacking)
