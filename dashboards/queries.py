"""The figures of a division, whole and by its parts, from the counters of its settlements."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from dataclasses import dataclass, field

from django.db.models import Count, F, Q, Sum

from common import scope
from compliance.models import Counter as SettlementCounter
from compliance.profiles import COUNTED
from divisions.models import Division
from divisions.queries import names_of, path_of
from settlements.models import TIER_FLOORS, Settlement

Counts = dict[str, int]
TIERS = [tier for tier, _floor in TIER_FLOORS]
COUNTY_LEVEL = 3


@dataclass
class Part:
    """A division or settlement with its counts (COUNTED and `settlements`, concentrated ones).

    `narrows` is the ledger filter that holds exactly its rows, `url` its own page; `tier` is '' for divisions and for
    dispersed groups.
    """

    name: str
    url: str
    narrows: dict[str, str]
    counts: Counts
    tier: str = ""


@dataclass
class Picture:
    """A division on a day: its counts, its parts (divisions of the next level; settlements from a county down) and
    what each tier of settlements holds ('' are the dispersed groups)."""

    region: int
    level: int
    path: list[Division]
    total: Part
    parts: list[Part]
    tiers: dict[str, Counts] = field(default_factory=dict)

    @property
    def of_settlements(self) -> bool:
        return self.level >= COUNTY_LEVEL


def picture(region: int, user, on: dt.date) -> Picture:
    """The figures of `region` (0 is the nation) as far as the user's scope reaches, in one statement over counters."""
    level = scope.level_of(region)
    settled = level >= COUNTY_LEVEL
    rows = _by_settlement(region, user) if settled else _by_division(region, level, user)
    names = {} if settled else names_of((row["part"] for row in rows), on)
    total, tiers, parts = Counter(), {tier: Counter() for tier in (*TIERS, "")}, {}
    for row in rows:
        counts = {name: row[name] or 0 for name in ("settlements", *COUNTED)}
        total.update(counts)
        tiers[row["tier"]].update(counts)
        if row["part"] not in parts:
            parts[row["part"]] = _settlement(row, Counter()) if settled else _division(row["part"], names)
        parts[row["part"]].counts.update(counts)
    path = path_of(region, on) if region else []
    whole = _division(region, {division.code: division.name for division in path})
    whole.counts = total
    return Picture(region, level, path, whole, list(parts.values()), tiers)


def settlement_part(settlement: Settlement) -> Part:
    """The counts of one settlement as they stand now."""
    counts = SettlementCounter.objects.filter(pk=settlement.pk).values(*COUNTED).first() or dict.fromkeys(COUNTED, 0)
    return _settlement({"name": settlement.name, "part": settlement.code, "tier": settlement.tier}, counts)


def _by_division(region: int, level: int, user) -> list[dict]:
    size = 10 ** (12 - scope.LEVEL_DIGITS[level + 1])
    return _sums(region, user, "part", part=F("region") - F("region") % size)


def _by_settlement(region: int, user) -> list[dict]:
    return _sums(region, user, "region", "name", "region", part=F("code"))


def _sums(region: int, user, order: str, *fields: str, **computed) -> list[dict]:
    """Sums over standing settlements by tier and the named and computed columns."""
    return list(
        Settlement.objects.visible_to(user)
        .under(region)
        .filter(voided_at=None)
        .values("tier", *fields, **computed)
        .annotate(
            settlements=Count("id", filter=~Q(placement="dispersed")),
            **{column: Sum(f"counter__{column}") for column in COUNTED},
        )
        .order_by(order, "part")
    )


def _division(code: int, names: dict[int, str]) -> Part:
    written = f"{code:012d}" if code else ""
    return Part(
        names.get(code) or written,
        f"/dashboard/?region={written or 0}",
        {"division": written} if code else {},
        Counter(),
    )


def _settlement(row: dict, counts: Counts) -> Part:
    code = row["part"]
    return Part(row["name"], f"/settlements/{code}/", {"settlement": code}, counts, row["tier"])
