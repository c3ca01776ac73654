"""Readings across the two sides of a relocation: the county of origin keeps house and land, that of destination the rest.

Each side reads the other's rows through functions of the database that answer for one household in the caller's scope.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal

from django.db import connection, models
from django.db.models import Count, F, Q, QuerySet, Sum
from django.utils.translation import gettext as _

from accounts.roles import can
from common import scope
from common.scope import contains
from households.models import Home, LandIncome, LandRight, OldHouse, QuotaProject, QuotaUse
from households.models.old_houses import DUE, KEPT, NO_HOUSE, STEPS
from ledgers.attachments.models import Attachment


@dataclass(frozen=True)
class Known:
    """A household that lives in a user's area or comes from it; `keeper` is where its house and land are kept."""

    id: int
    code: str
    head_name: str
    region: int
    origin: int | None
    voided: bool

    @property
    def keeper(self) -> int:
        return self.origin or self.region


@dataclass(frozen=True)
class Outgoing:
    """What the county of origin reads of a household that lives elsewhere."""

    id: int
    code: str
    head_name: str
    region: int
    origin: int
    origin_township: str
    origin_village: str
    settlement: str
    moved_in_on: dt.date | None
    address: str | None
    area: Decimal | None
    handed_over_on: dt.date | None
    occupied_on: dt.date | None
    title_state: str | None
    voided: bool


def households_known(codes: Iterable[str], user) -> dict[str, Known]:
    """Those of the codes that the user may know of, because the household lives in the user's area or comes from it."""
    codes = sorted({code for code in codes if code})
    if not codes:
        return {}
    with connection.cursor() as cursor:
        cursor.execute("SELECT id, code, head_name, region, origin, voided FROM households_from(%s)", [codes])
        found = [Known(*row) for row in cursor.fetchall()]
    # The database knows the hull of the user's ranges alone.
    return {
        one.code: one
        for one in found
        if contains(user.ranges, one.region) or one.origin is not None and contains(user.ranges, one.origin)
    }


def outgoing_household(user, code: str) -> Outgoing | None:
    """A household that came from the user's area and lives elsewhere."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT * FROM outgoing_household(%s)", [code])
        row = cursor.fetchone()
    found = Outgoing(*row) if row else None
    return found if found and contains(user.ranges, found.origin) else None


@dataclass(frozen=True)
class Left:
    """A household in the list of those that left; whether its house and land are entered."""

    code: str
    head_name: str
    region: int
    origin: int
    settlement: str
    house: bool
    land: bool


def outgoing_households(user, after: str, size: int) -> list[Left]:
    """Households that came from the user's area and live outside it, after a code, in the order of codes."""
    found: list[Left] = []
    with connection.cursor() as cursor:
        for lo, hi in user.ranges:
            cursor.execute("SELECT * FROM outgoing_households(%s, %s, %s, %s)", [lo, hi, after, size])
            found += [Left(*row) for row in cursor.fetchall()]
    elsewhere = [one for one in found if not contains(user.ranges, one.region)]
    return sorted(elsewhere, key=lambda one: one.code)[:size]


def _rows_of(model: type[models.Model], function: str, household: int) -> list:
    return list(model.objects.raw(f"SELECT * FROM {function}(%s) ORDER BY id", [household]))


def old_house_of(household: int) -> OldHouse | None:
    """The standing old house of a household that the caller may read."""
    return next(iter(_rows_of(OldHouse, "old_houses_of", household)), None)


def land_rights_of(household: int) -> list[LandRight]:
    return _rows_of(LandRight, "land_rights_of", household)


def land_incomes_of(household: int) -> list[LandIncome]:
    return _rows_of(LandIncome, "land_incomes_of", household)


def quota_project_of(household: int) -> QuotaProject | None:
    """The linked-quota project that the plot of the old house went into."""
    return next(iter(_rows_of(QuotaProject, "quota_project_for_both_sides", household)), None)


def quota_uses_of(household: int) -> list[QuotaUse]:
    """What was paid out of that project's income, in the order of the payments."""
    uses = _rows_of(QuotaUse, "quota_uses_for_both_sides", household)
    return sorted(uses, key=lambda use: use.paid_on)


def new_home_of(household: int) -> Home | None:
    """The home that the household lives in, as the destination keeps it."""
    return next(iter(_rows_of(Home, "home_for_both_sides", household)), None)


def files_of_both_sides(household: int, user) -> list[Attachment]:
    """Photographs and documents of the old house and of the home, whichever side keeps them, as the role may read them."""
    return [file for file in _rows_of(Attachment, "files_for_both_sides", household) if can(user, "read", file.ledger)]


def origin_side_known(ids: Sequence[int]) -> dict[int, tuple[bool, bool]]:
    """Of households in the caller's scope: whether the old house, and whether land is entered by whoever keeps it."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT household, house, land FROM origin_side_known(%s)", [list(ids)])
        return {key: (house, land) for key, house, land in cursor.fetchall()}


def missing_origin(ids: Iterable[int], on: dt.date) -> dict[int, list[str]]:
    """What the section “old house and land” of these households lacks, in words."""
    words = (_("the old house, or that there was none"), _("the three lands, or a plot of them"))
    known = origin_side_known(list(ids))
    return {
        key: lacking
        for key, told in known.items()
        if (lacking := [w for w, has in zip(words, told, strict=True) if not has])
    }


def overdue(on: dt.date) -> Q:
    """Houses that still stand after the agreed transition, without a ground for keeping them (R-117, R-177)."""
    return DUE & Q(transition_until__lt=on, demolished_on__isnull=True)


# What is counted of old houses; each opens into exactly these rows.
COUNTED = {
    "houses": ~Q(kind=NO_HOUSE),
    "due": DUE,
    "kept": KEPT & ~Q(kind=NO_HOUSE),
    "agreed": ~Q(kind=NO_HOUSE) & Q(agreed_on__isnull=False),
    **{key: DUE & Q(**{f"{name}__isnull": False}) for (name, _label), key in zip(
        STEPS, ("vacated", "taken_back", "demolished", "reclaimed"), strict=True)},
    "accepted": DUE & Q(accepted_on__isnull=False),
    "in_project": DUE & Q(reclaimed_on__isnull=False, project__isnull=False),
}  # fmt: skip


@dataclass
class Part:
    """A division of origin with what its old houses add up to."""

    code: int
    counts: dict[str, int]
    area: Decimal  # mu reclaimed


def progress(region: int, user, on: dt.date) -> tuple[Part, list[Part]]:
    """Old houses of a division and of its parts (counties of a city, townships of a county), in one statement."""
    level = min(scope.level_of(region) + 1, 4) if region else 1
    size = 10 ** (12 - scope.LEVEL_DIGITS[level])
    which = {**COUNTED, "overdue": overdue(on)}
    rows = (
        OldHouse.objects.visible_to(user).under(region).filter(voided_at=None)
        .values(part=F("region") - F("region") % size)
        .annotate(
            **{name: Count("pk", filter=condition) for name, condition in which.items()},
            area=Sum("reclaimed_area", filter=COUNTED["reclaimed"]),
        ).order_by("part")
    )  # fmt: skip
    total, parts = Part(region, dict.fromkeys(which, 0), Decimal(0)), []
    for row in rows:
        part = Part(row["part"], {name: row[name] for name in which}, row["area"] or Decimal(0))
        parts.append(part)
        total.area += part.area
        for name, number in part.counts.items():
            total.counts[name] += number
    return total, parts


def land_progress(rights: QuerySet) -> dict[str, int]:
    """Households that hold any of the three lands, and those with at least one way of use (R-218)."""
    held = rights.filter(voided_at=None)
    return {
        "holding": held.values("household").distinct().count(),
        "used": held.exclude(way="").values("household").distinct().count(),
    }


def paid_by_kind(projects: Iterable[int]) -> dict[tuple[int, str], Decimal]:
    """(project, use) -> what was paid for it."""
    rows = QuotaUse.objects.filter(project__in=list(projects), voided_at=None).values_list("project", "kind")
    return {(project, kind): amount for project, kind, amount in rows.annotate(sum=Sum("amount")).order_by()}
