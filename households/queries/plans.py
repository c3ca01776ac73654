"""Readings of household plans 一户一策: the plan in force, and dispersed households that have none."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable

from django.db.models import Exists, OuterRef, QuerySet
from django.utils.translation import gettext as _

from common.models import STANDING
from households.models import Household, HouseholdPlan, PlanMeasure
from households.queries.households import lived_in

DISPERSED = "dispersed"


def plan_of(household: Household) -> HouseholdPlan | None:
    return HouseholdPlan.objects.filter(STANDING, household=household, ended_on=None).first()


def measures_of(plan: HouseholdPlan) -> list[PlanMeasure]:
    return list(plan.measures.filter(STANDING).select_related("unit").order_by("due_on", "pk"))


def by_plan(rows: QuerySet, value: str) -> QuerySet:
    """Households with a plan in force, or dispersed ones without (every dispersed household needs one, R-005, R-006)."""
    plan = HouseholdPlan.objects.filter(STANDING, household=OuterRef("pk"), ended_on=None)
    if value == "yes":
        return rows.filter(Exists(plan))
    return rows.filter(~Exists(plan), lived_in(), settlement__placement=DISPERSED)


def missing_plans(ids: Iterable[int], on: dt.date) -> dict[int, list[str]]:
    """What a dispersed household's plan lacks: the plan, its measures."""
    ids = list(ids)
    found = {
        pk: [_("a household plan (every dispersed household has one)")]
        for pk in by_plan(Household.objects.filter(pk__in=ids), "missing").values_list("pk", flat=True)
    }
    measures = PlanMeasure.objects.filter(STANDING, plan=OuterRef("pk"))
    bare = HouseholdPlan.objects.filter(~Exists(measures), STANDING, household__in=ids, ended_on=None)
    for pk in bare.values_list("household", flat=True):
        found[pk] = [_("measures of its plan")]
    return found
