"""Readings about households and people that their ledgers, pages and sections share."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable

from django.db import connection
from django.db.models import BooleanField, Case, Count, Func, IntegerField, OuterRef, Q, QuerySet, Subquery, Value, When
from django.db.models.functions import Coalesce

from common.dates import add_months
from households.models import HEAD, CadreLink, Duplicate, Grid, Household, Membership, Person
from households.models.duplicates import OPEN


def people_now() -> Coalesce:
    """Living members of a household, for annotating households."""
    living = Membership.objects.filter(
        household=OuterRef("pk"), left_on=None, person__voided_at=None, person__died_on=None
    )
    counted = living.order_by().values("household").annotate(n=Count("pk")).values("n")
    return Coalesce(Subquery(counted, output_field=IntegerField()), 0)


def lived_two_years(on: dt.date) -> Case:
    """Whether a household has lived in its home for two full years on the day; unknown without the day of moving in."""
    return Case(
        When(moved_in_on__isnull=True, then=Value(None)),
        When(moved_in_on__lte=add_months(on, -24), then=Value(True)),
        default=Value(False),
        output_field=BooleanField(null=True),
    )


class HouseholdsBelow(Func):
    """How many households a grid and all below it have, for annotating grids."""

    template = (
        "(WITH RECURSIVE below AS (SELECT %(expressions)s AS id UNION ALL SELECT g.id FROM households_grid g"
        " JOIN below b ON g.parent_id = b.id WHERE g.voided_at IS NULL)"
        " SELECT count(*) FROM households_household h JOIN below b ON h.grid_id = b.id WHERE h.voided_at IS NULL)"
    )
    output_field = IntegerField()


def below(code: str) -> list[int]:
    """The ids of a grid and of all grids below it, within the session's scope."""
    with connection.cursor() as cursor:
        cursor.execute(
            "WITH RECURSIVE below AS (SELECT id FROM households_grid WHERE code = %s UNION ALL"
            " SELECT g.id FROM households_grid g JOIN below b ON g.parent_id = b.id WHERE g.voided_at IS NULL)"
            " SELECT id FROM below",
            [code],
        )
        return [row[0] for row in cursor.fetchall()]


def path_of(grid: Grid) -> list[Grid]:
    """From the top down to the grid itself; the tree has five levels."""
    path = [grid]
    while path[0].parent_id:
        path.insert(0, path[0].parent)
    return path


def links_on(ids: Iterable[int], on: dt.date) -> QuerySet[CadreLink]:
    """The cadres linked with these households on the day."""
    on_the_day = Q(from_on__lte=on) & (Q(to_on=None) | Q(to_on__gt=on))
    return CadreLink.objects.filter(on_the_day, household__in=ids, voided_at=None)


def linked_cadre(household: Household, on: dt.date) -> CadreLink | None:
    return links_on([household.pk], on).first()


def duplicates_of(household: Household, people: Iterable[Person]) -> dict:
    """What the page tells of double entries: which were merged into this one, into which this one was, what is open."""
    return {
        "merged_from": list(household.merged_from.values_list("code", flat=True)),
        "merged_into": Household.objects.filter(pk=household.merged_into_id).values_list("code", flat=True).first()
        if household.merged_into_id
        else "",
        "alike": list(
            Duplicate.objects.filter(person__in=[person.pk for person in people], decision=OPEN, voided_at=None)
            .order_by("pk")
            .values("pk", "person__name", "other_code")
        ),
    }


def head_numbers() -> Subquery:
    """The ID number of a household's head, for annotating households."""
    heads = Person.objects.filter(
        household=OuterRef("pk"), relation=HEAD, voided_at=None, died_on=None, memberships__left_on=None
    )
    return Subquery(heads.order_by("pk").values("id_number")[:1])
