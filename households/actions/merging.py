"""What hangs on an entry that is given up for another of the same person or household: it goes to the entry that stays, except
what that one has of its own. The rest is voided with the entry given up, and stays readable with it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable

from django.db import models

from common import bulk
from common.changes import Changes
from households.actions.homes import HUKOU, close_states
from households.models import (
    Disability,
    DoctorContract,
    Household,
    HukouState,
    Income,
    Insurance,
    MinimumLiving,
    Person,
    Schooling,
    TemporaryRelief,
)
from households.models.safety import MEDICAL

Collides = Callable[[models.Model, models.Model], bool]


def _span(begin: str, end: str, *same: str) -> Collides:
    def collides(one: models.Model, other: models.Model) -> bool:
        ends = [getattr(row, end) or dt.date.max for row in (one, other)]
        overlap = getattr(one, begin) <= ends[1] and getattr(other, begin) <= ends[0]
        return overlap and all(getattr(one, name) == getattr(other, name) for name in same)

    return collides


def _same(*names: str) -> Collides:
    return lambda one, other: all(getattr(one, name) == getattr(other, name) for name in names)


def _one_insurance(one: Insurance, other: Insurance) -> bool:
    return one.year == other.year and (one.kind == other.kind or {one.kind, other.kind} <= set(MEDICAL))


# When a row of the one entry and a row of the other cannot stand side by side.
OF_PERSON: dict[type[models.Model], Collides] = {
    Insurance: _one_insurance,
    Disability: _span("issued_on", "valid_to"),
    Schooling: _span("from_on", "to_on"),
    DoctorContract: _span("from_on", "to_on"),
    # Where the person is registered tells the entry that stays, if it tells it at all.
    HukouState: _same(),
}
OF_HOUSEHOLD: dict[type[models.Model], Collides] = {
    MinimumLiving: _span("from_on", "to_on"),
    TemporaryRelief: _same("day", "reason"),
    DoctorContract: _span("from_on", "to_on", "person_id"),
    Income: _same("year", "period"),
}


def take_over(lost: Person | Household, kept: Person | Household, unit: Changes) -> None:
    """Give the rows of the entry that goes to the one that stays."""
    whole = isinstance(kept, Household)
    owner, home = ("household", kept) if whole else ("person", kept.household)
    for model, collides in (OF_HOUSEHOLD if whole else OF_PERSON).items():
        there = list(model.objects.filter(**{owner: kept}, voided_at=None))
        given = [
            row
            for row in model.objects.filter(**{owner: lost}, voided_at=None).order_by("pk")
            if not any(collides(row, other) for other in there)
        ]
        names = {owner, "region", "version"}
        for row in given:
            setattr(row, owner, kept)
            if model is DoctorContract:  # of a household, and perhaps of one person in it
                row.household = home
                names.add("household")
            row.region = home.region
            row.version += 1
        bulk.update(given, sorted(names))
        if model is HukouState and given:
            close_states([kept.pk])
            unit.publish(HUKOU, [row.pk for row in given])
    unit.publish("safety", [home.pk])
    if whole:
        unit.publish("incomes", [home.pk])
