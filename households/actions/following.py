"""Rows of the destination's side carry the region of their household or person, and follow it when that moves."""

from __future__ import annotations

from collections.abc import Iterable

from django.db import connection

from common.changes import Changes
from households.models import (
    CadreLink,
    Confirmation,
    Disability,
    DoctorContract,
    HouseholdPlan,
    Income,
    IndustrySupport,
    Insurance,
    MinimumLiving,
    PlanMeasure,
    RiskCase,
    RiskLevel,
    RiskSignal,
    Schooling,
    TemporaryRelief,
    Visit,
    VisitStep,
)

# What follows, by what it belongs to.
OF_HOUSEHOLD = [
    CadreLink,
    Confirmation,
    DoctorContract,
    HouseholdPlan,
    Income,
    IndustrySupport,
    MinimumLiving,
    PlanMeasure,
    RiskCase,
    RiskLevel,
    RiskSignal,
    TemporaryRelief,
    Visit,
    VisitStep,
]
OF_PERSON = [Insurance, Disability, Schooling]


def follow_moved(changes: Changes) -> None:
    """Whatever hangs on the households that moved, or on their members, lies where they are now: a step of what follows
    a change."""
    if moved := sorted(changes.touched.get("moved", ())):
        _follow(moved)
        # Photographs of a visit lie where it lies.
        changes.publish("visits", Visit.objects.filter(household__in=moved).values_list("pk", flat=True))


def _follow(households: Iterable[int]) -> None:
    with connection.cursor() as cursor:
        for model in OF_HOUSEHOLD:
            cursor.execute(
                f"UPDATE {model._meta.db_table} t SET region = h.region FROM households_household h"
                " WHERE t.household_id = h.id AND h.id = ANY(%s) AND t.region <> h.region",
                [households],
            )
        for model in OF_PERSON:
            cursor.execute(
                f"UPDATE {model._meta.db_table} t SET region = p.region FROM households_person p"
                " WHERE t.person_id = p.id AND p.household_id = ANY(%s) AND t.region <> p.region",
                [households],
            )
        cursor.execute(
            "UPDATE households_riskstep t SET region = c.region FROM households_riskcase c"
            " WHERE t.case_id = c.id AND c.household_id = ANY(%s) AND t.region <> c.region",
            [households],
        )
