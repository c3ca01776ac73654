"""How far problems are cleared 清零: counts by a cut-off date, of a whole and of its parts, each with the filters behind it.

R-033: problems closed by the date over problems found on or before it. A problem that was closed and reopened since is
open again. Drafts and merged twins are not counted.
"""

from __future__ import annotations

import datetime as dt
from collections import Counter
from dataclasses import dataclass, field

from django.db.models import Count, F, Q
from django.db.models.functions import Coalesce

from common import scope
from common.codes import label
from common.indicator import Indicator
from divisions.models import Unit
from divisions.queries import names_of
from rectification.models import ProblemClass, RectificationItem
from rectification.queries.lateness import COUNTED, RELAPSED, overdue

BREAKDOWNS = ("region", "source", "class", "batch", "unit")
COUNTS = ("found", "closed", "uncleared", "overdue", "returned", "relapsed", "false")


@dataclass
class Part:
    """A slice of the problems: its name, its counts, the filters that hold exactly its rows, and its own page, if any."""

    name: str
    narrows: dict[str, str]
    url: str = ""
    counts: Counter = field(default_factory=Counter)


@dataclass
class Progress:
    """The problems of a division as far as the user sees, found on or before `until`, whole and by parts."""

    region: int
    by: str
    until: dt.date
    total: Part
    parts: list[Part]


def progress(region: int, by: str, until: dt.date, on: dt.date, user) -> Progress:
    """The figures in one statement. `on` is the day on which it is asked: what is overdue is so on that day."""
    rows = (
        RectificationItem.objects.visible_to(user)
        .under(region)
        .filter(COUNTED, voided_at=None, found_on__lte=until)
        .annotate(part=_PARTS[by](region))
        .values("part")
        .annotate(**_sums(until, on))
        .order_by("part")
    )
    found = [(row["part"], Counter({name: row[name] for name in COUNTS})) for row in rows]
    parts = _NAMED[by](region, [key for key, _counts in found], on)
    for (_key, counts), part in zip(found, parts, strict=True):
        part.counts = counts
    name = names_of([region], on).get(region, "") if region else ""
    total = Part(name, {"division": f"{region:012d}"} if region else {})
    for part in parts:
        total.counts.update(part.counts)
        part.narrows = total.narrows | part.narrows
    parts.sort(key=lambda part: (-part.counts["uncleared"], part.name))
    return Progress(region, by, until, total, parts)


def _sums(until: dt.date, on: dt.date) -> dict:
    closed = Q(closed_on__lte=until)
    conditions = {
        "found": Q(),
        "closed": closed,
        "uncleared": ~closed | Q(closed_on__isnull=True),
        "overdue": overdue(on),
        "returned": Q(times_returned__gt=0),
        "relapsed": RELAPSED,
        "false": Q(false_on__isnull=False),
    }
    return {name: Count("id", filter=condition) if condition else Count("id") for name, condition in conditions.items()}


# --- Ways to part them: the expression that tells the part, and what the parts are called and open into ---------------


def _next_level(region: int):
    """The division of the next level that holds the place; a problem of the division itself stands for itself."""
    level = scope.level_of(region)
    if level >= 4:
        return F("region")
    return F("region") - F("region") % 10 ** (12 - scope.LEVEL_DIGITS[level + 1])


def _regions(region: int, keys: list, on: dt.date) -> list[Part]:
    names = names_of(keys, on)
    parts = []
    for key in keys:
        written = f"{key:012d}" if key else "0"
        if key == region:
            # Either problems of the division itself, or a place that has no levels below.
            parts.append(Part("", {"own_level": written}))
        else:
            parts.append(Part(names.get(key, written), {"division": written}, written))
    return parts


def _sources(region: int, keys: list, on: dt.date) -> list[Part]:
    return [Part(label("inspection_source", key), {"source": key}) for key in keys]


def _classes(region: int, keys: list, on: dt.date) -> list[Part]:
    names = dict(ProblemClass.objects.filter(pk__in=keys).values_list("pk", "name"))
    return [Part(names[key], {"top_class": str(key)}) for key in keys]


def _batches(region: int, keys: list, on: dt.date) -> list[Part]:
    return [Part(key, {"in_batch": key} if key else {"batched": "0"}) for key in keys]


def _units(region: int, keys: list, on: dt.date) -> list[Part]:
    names = dict(Unit.objects.filter(pk__in=keys).values_list("pk", "name"))
    return [Part(names[key], {"led_by": str(key)}) for key in keys]


_PARTS = {
    "region": _next_level,
    "source": lambda region: F("source"),
    "class": lambda region: Coalesce("problem_class__parent", "problem_class"),
    "batch": lambda region: F("batch"),
    "unit": lambda region: F("lead_unit"),
}
_NAMED = {"region": _regions, "source": _sources, "class": _classes, "batch": _batches, "unit": _units}


def address(indicator: Indicator, part: Part, until: dt.date) -> str:
    """Where exactly the rows behind a figure of the part are listed."""
    day = until.isoformat()
    by_day = {"closed": {"closed_on_to": day}, "uncleared": {"uncleared": day}}.get(indicator.value, {})
    return indicator.address(**part.narrows, found_on_to=day, **by_day)
