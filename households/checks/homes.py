"""Checks of homes and titles that need more than one row or the store; all as sets."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from django.utils.translation import gettext as _

from common import clock
from common.problems import Problem
from common.scope import contains
from common.values import shown
from households.models import Home
from households.models.homes import PRESENT
from households.queries.homes import certificates_held, home_segments, parameters_at

LARGE = 300  # m2; beyond it a home is implausible


def check_homes(rows: Sequence[dict], user) -> Iterator:
    """One present home a household, a certificate number once in the nation; what is implausible is flagged."""
    stored = Home.objects.visible_to(user).in_bulk([row["id"] for row in rows if row.get("id")])
    yield from _certificates(rows, stored, user)
    seen: set[int] = set()
    found = home_segments(clock.today())
    told = {row["household"].pk for row in rows if row.get("household") and not row.get("id")}
    present = set(Home.objects.filter(PRESENT, household__in=told).values_list("household_id", flat=True))
    for index, row in enumerate(rows):
        household, home = row.get("household"), stored.get(row.get("id"))
        if household is not None:
            if household.pk in seen:
                message = _("The household %(code)s stands here for the second time. Delete one of the rows.")
                yield index, "household", household.code, "duplicate", message % {"code": household.code}
            seen.add(household.pk)
            if home is not None and home.household_id != household.pk:
                yield (
                    index, "household", household.code, "other_household",
                    _("A home stays with its household. Void this one, and enter it where it belongs."),
                )  # fmt: skip
            area = row.get("area") or household.housing_area
            if home is None and household.pk not in present and not area:
                yield (
                    index, "household", household.code, "no_home",
                    _("Nothing is known of the home of %(code)s yet: enter its area first.") % {"code": household.code},
                )  # fmt: skip
        yield from _plausible(index, row, home, found)


def _certificates(rows: Sequence[dict], stored: dict[int, Home], user) -> Iterator:
    held = certificates_held(row.get("certificate_number") for row in rows)
    present = {home.household_id: home.pk for home in Home.objects.filter(
        PRESENT, household__in={row["household"].pk for row in rows if row.get("household")})}  # fmt: skip
    first: dict[str, int] = {}
    for index, row in enumerate(rows):
        number = row.get("certificate_number")
        if not number:
            continue
        if first.setdefault(number, index) != index:
            code = rows[first[number]].get("household")
            message = _("The certificate %(number)s stands here twice (also for %(code)s). Each home has its own.")
            yield index, "certificate_number", number, "duplicate_certificate", message % {
                "number": number, "code": getattr(code, "code", "") or "…"}  # fmt: skip
            continue
        if number not in held:
            continue
        home, code, county = held[number]
        mine = row.get("id") or present.get(getattr(row.get("household"), "pk", None))
        if home == mine:
            continue
        if contains(user.ranges, county):
            message = _(
                "The certificate %(number)s is that of household %(code)s. Compare the two papers, and correct one."
            )
        else:
            message = _(
                "The certificate %(number)s belongs to a household in another county (%(county)s). Check the number, or ask that county."
            )
        told = {"number": number, "code": code, "county": f"{county // 10**6:06d}"}
        yield index, "certificate_number", number, "duplicate_certificate", message % told


def _plausible(index: int, row: dict, home: Home | None, found) -> Iterator[Problem]:
    """What may be so and hardly is: told, not refused."""
    area = row.get("area")
    if area is not None and area > LARGE:
        yield Problem(
            index, "area", shown(area), "implausible",
            _("A home of %(area)s m2 is unusual. Check the area against the plan.") % {"area": area}, warning=True,
        )  # fmt: skip
    people = row.get("allotted_people") or getattr(home, "allotted_people", None)
    region = getattr(row.get("household"), "region", None) or getattr(home, "region", None)
    if area and people and region is not None:
        limit = parameters_at(found, region).home_area_per_person
        if area > people * limit:
            yield Problem(
                index, "area", shown(area), "over_area",
                _("More than %(limit)s m2 for each of %(people)s people: this will be a finding.")
                % {"limit": limit, "people": people}, warning=True,
            )  # fmt: skip
    until = row.get("trade_restricted_until") or getattr(home, "trade_restricted_until", None)
    day = row.get("transferred_on")
    if day and until and day <= until:
        yield Problem(
            index, "transferred_on", str(day), "restricted",
            _("The home may not be traded until %(day)s: this transfer is to be reviewed.") % {"day": until}, warning=True,
        )  # fmt: skip


def check_hukou(rows: Sequence[dict], user) -> Iterator:
    seen: set[tuple] = set()
    for index, row in enumerate(rows):
        key = (getattr(row.get("person"), "pk", None), row.get("from_on"))
        if None not in key and key in seen:
            yield (
                index,
                "from_on",
                row["from_on"],
                "duplicate",
                _("This person has another state from this day already."),
            )
        seen.add(key)
