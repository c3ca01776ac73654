"""Readings of homes: areas against the standard, registration cases that stand still, what a settlement has."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass

from django.db import connection
from django.db.models import BooleanField, Count, DecimalField, Expression, F, Q, QuerySet
from django.utils.translation import gettext as _

from common import scope
from divisions.queries import Segment, segments
from households.models import Home, Household, HukouState
from households.models.homes import FIRST_DONE, ISSUED, NOT_POSSIBLE, PRESENT, RUNNING

# the policy names the control, its number (25 m2 a person) stands in the dated parameters.
HANDED_OVER = Q(handed_over_on__isnull=False) | Q(occupied_on__isnull=False)
# RESIDENCE: not moved, but residence registered or permitted.
MOVED, RESIDENCE, NOT_MOVED = "1", ("2", "3"), "4"
UNDER_WAY = (RUNNING, FIRST_DONE)


@dataclass(frozen=True)
class HomeParameters:
    """What a division may set for homes."""

    home_area_per_person: int = 25  # m2
    title_stale_days: int = 180


def home_segments(on: dt.date) -> list[Segment[HomeParameters]]:
    return segments(HomeParameters(), on)


def parameters_at(found: list[Segment[HomeParameters]], region: int) -> HomeParameters:
    return next(segment.parameters for segment in found if segment.lo <= region < segment.hi)


def _case(found: list[Segment[HomeParameters]], name: str) -> str:
    """SQL for the parameter in force where the home t lies."""
    *narrow, last = found
    parts = " ".join(f"WHEN t.region < {segment.hi} THEN {getattr(segment.parameters, name)}" for segment in narrow)
    return f"(CASE {parts} ELSE {getattr(last.parameters, name)} END)" if parts else str(getattr(last.parameters, name))


# Members who lived there on the day of hand-over, else of moving in, else now; at least one. OFFSET 0 keeps the planner
# on the way from the household to its people: within a first import no table has statistics yet, and by way of all
# people in the user's area the homes of a county would take the square of its people.
PEOPLE = """greatest(1, coalesce(t.allotted_people, (
  SELECT count(*) FROM households_membership m
  WHERE m.household_id = t.household_id
    AND (m.joined_on IS NULL OR m.joined_on <= d.day) AND (m.left_on IS NULL OR m.left_on > d.day)
    AND EXISTS (SELECT FROM households_person p WHERE p.id = m.person_id AND p.voided_at IS NULL
      AND p.birth_date <= d.day AND (p.died_on IS NULL OR p.died_on > d.day) OFFSET 0))))"""
_DAY = "(SELECT coalesce(t.handed_over_on, t.occupied_on, t.from_on, DATE '{on}') AS day) d"


def over_area_sql(on: dt.date, where: str) -> str:
    """Statement for present homes with more than the standard area a person: household id, code, region, area, people,
    standard. `where` is a condition on the home t."""
    limit = _case(home_segments(on), "home_area_per_person")
    return (
        "SELECT x.household_id, h.code, x.region, x.area, x.people, x.standard FROM ("
        f"SELECT t.household_id, t.region, t.area, {PEOPLE} AS people, {limit} AS standard"
        f" FROM households_home t, LATERAL {_DAY.format(on=on)}"
        f" WHERE t.to_on IS NULL AND t.voided_at IS NULL AND ({where}) OFFSET 0) x,"
        " LATERAL (SELECT code FROM households_household WHERE id = x.household_id AND voided_at IS NULL OFFSET 0) h"
        " WHERE x.area > x.people * x.standard"
    )


class AreaPerPerson(Expression):
    """Area of the home a person, rounded to the hundredth."""

    def __init__(self, on: dt.date):
        super().__init__(output_field=DecimalField(max_digits=9, decimal_places=2))
        self.on = on

    def as_sql(self, compiler, connection):
        table = compiler.query.get_initial_alias()
        people = PEOPLE.replace("t.", f'"{table}".')
        day = _DAY.format(on=self.on).replace("t.", f'"{table}".')
        return f'(SELECT round("{table}".area / {people}, 2) FROM {day})', []


class OverArea(Expression):
    """Whether the home has more than the standard area a person."""

    def __init__(self, on: dt.date):
        super().__init__(output_field=BooleanField())
        self.on = on

    def as_sql(self, compiler, connection):
        table = compiler.query.get_initial_alias()
        people = PEOPLE.replace("t.", f'"{table}".')
        day = _DAY.format(on=self.on).replace("t.", f'"{table}".')
        limit = _case(home_segments(self.on), "home_area_per_person").replace("t.", f'"{table}".')
        return f'(SELECT "{table}".area > {people} * {limit} FROM {day})', []


def standing_still(on: dt.date) -> Q:
    """Registrations under way of which no stage has moved for longer than the parameter says."""
    condition = Q(pk__in=[])
    for segment in home_segments(on):
        last = on - dt.timedelta(segment.parameters.title_stale_days)
        condition |= Q(region__gte=segment.lo, region__lt=segment.hi, title_moved_on__lt=last)
    return PRESENT & Q(title_state__in=UNDER_WAY) & condition


COUNTED = {
    "homes": Q(),
    "handed_over": HANDED_OVER,
    "accepted": Q(acceptance="passed"),
    "issued": HANDED_OVER & Q(title_state=ISSUED),
    "not_possible": HANDED_OVER & Q(title_state=NOT_POSSIBLE),
}


def _counting(on: dt.date) -> dict[str, Count]:
    which = {**COUNTED, "stale": standing_still(on), "over_area": Q(OverArea(on))}
    return {name: Count("pk", filter=condition) for name, condition in which.items()}


def counts(homes: QuerySet, on: dt.date) -> dict[str, int]:
    """What the present homes of a queryset add up to: COUNTED, `stale` and `over_area`."""
    return homes.filter(PRESENT, household__voided_at=None).aggregate(**_counting(on))


def counts_by_part(region: int, user, on: dt.date) -> list[dict]:
    """The same for each part of a division: of its settlements from a county down ({"part": code, "name"}), else of its
    divisions ({"part": code})."""
    homes = Home.objects.visible_to(user).under(region).filter(PRESENT, household__voided_at=None)
    level = scope.level_of(region)
    if level >= 3:
        rows = homes.values(part=F("household__settlement__code"), name=F("household__settlement__name"))
    else:
        size = 10 ** (12 - scope.LEVEL_DIGITS[level + 1])
        rows = homes.values(part=F("region") - F("region") % size)
    return list(rows.annotate(**_counting(on)).order_by("part"))


def home_of(household: Household) -> Home | None:
    return Home.objects.filter(PRESENT, household=household).first()


def former_homes_of(household: Household) -> list[Home]:
    return list(Home.objects.filter(household=household, voided_at=None, to_on__isnull=False).order_by("-to_on", "-pk"))


def people_and_standard(home: Home, on: dt.date) -> tuple[int, int]:
    """For how many people the home's area counts, and the standard area of each."""
    limit = _case(home_segments(on), "home_area_per_person")
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT {PEOPLE}, {limit} FROM households_home t, LATERAL {_DAY.format(on=on)} WHERE t.id = %s", [home.pk]
        )
        return cursor.fetchone()


def hukou_of(people: Iterable, on: dt.date) -> dict[int, HukouState]:
    """The state of each person on the day, where it is known."""
    rows = HukouState.objects.filter(hukou_now(on), person__in=list(people), voided_at=None)
    return {row.person_id: row for row in rows}


def hukou_now(on: dt.date) -> Q:
    """The states that hold on the day."""
    return Q(from_on__lte=on) & (Q(to_on=None) | Q(to_on__gt=on))


def hukou_counts(states: QuerySet, on: dt.date) -> dict[str, int]:
    """People by where they are registered on the day: moved, with residence registered or permitted, with neither."""
    standing = states.filter(hukou_now(on), voided_at=None, person__voided_at=None)
    return standing.aggregate(
        hukou_moved=Count("pk", filter=Q(state=MOVED)),
        hukou_residence=Count("pk", filter=Q(state__in=RESIDENCE)),
        hukou_neither=Count("pk", filter=~Q(state__in=[MOVED, *RESIDENCE])),
    )


def certificates_held(numbers: Iterable[str]) -> dict[str, tuple[int, str, int]]:
    """Where certificate numbers stand in the nation: number -> (home id, household code, county)."""
    numbers = sorted({number for number in numbers if number})
    if not numbers:
        return {}
    with connection.cursor() as cursor:
        cursor.execute("SELECT certificate, home, household_code, county FROM title_certificates_held(%s)", [numbers])
        return {number: (home, code, county) for number, home, code, county in cursor.fetchall()}


def missing_home(ids: Iterable[int], on: dt.date) -> dict[int, list[str]]:
    """What the section “home” of these households lacks, in words."""
    ids = list(ids)
    found: dict[int, list[str]] = {}
    homes = {home.household_id: home for home in Home.objects.filter(PRESENT, household__in=ids)}
    for key in ids:
        home = homes.get(key)
        if home is None:
            found[key] = [_("the home itself: building and flat, area")]
            continue
        told = [
            (home.address, _("building and flat")),
            (home.handed_over_on, _("day of hand-over")),
            (home.accepted_on, _("acceptance")),
            (home.title_state != "0" or home.obstacle, _("title registration, or why there is none")),
        ]
        if lacking := [words for value, words in told if not value]:
            found[key] = lacking
    return found
