"""The only writers of household plans and their measures."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from django.utils.translation import gettext as _

from common import bulk
from common.models import STANDING
from common.problems import Problem
from households.actions.file_rows import in_future, save_file_rows, voiding
from households.models import HouseholdPlan, PlanMeasure

PLANS, MEASURES = "household-plans", "plan-measures"
Fault = tuple[int, str, object, str, str]


def check_plans(rows: Sequence[dict], user) -> Iterator[Fault]:
    """A household has one plan at a time; a plan was made on a day that has come."""
    yield from in_future(rows, "made_on")
    yield from in_future(rows, "ended_on")
    open_plans = _open_plans({row["household"].pk for row in rows if row.get("household")})
    first: dict[int, int] = {}
    for index, row in enumerate(rows):
        household = row.get("household")
        if household is None or row.get("ended_on"):
            continue
        other = open_plans.get(household.pk)
        if first.setdefault(household.pk, index) != index:
            message = _("The household %(code)s stands here with a second plan. Enter one, or end the earlier one.")
            yield index, "household", household.code, "duplicate", message % {"code": household.code}
        elif other is not None and other.pk != row.get("id"):
            message = _("The household %(code)s has a plan of %(day)s already. Change that one, or end it first.")
            told = {"code": household.code, "day": other.made_on}
            yield index, "household", household.code, "two_plans", message % told


def _open_plans(households: Iterable[int]) -> dict[int, HouseholdPlan]:
    found = HouseholdPlan.objects.filter(STANDING, household__in=list(households), ended_on=None)
    return {plan.household_id: plan for plan in found}


def save_plans(rows: Sequence[dict], *, by, on=None, source="") -> bulk.Saved:
    """Make household plans or change them; a household has one at a time."""

    def complete(merged: bulk.Merged) -> Iterator[Problem]:
        told = [
            {"id": plan.pk, "household": plan.household, "made_on": plan.made_on, "ended_on": plan.ended_on}
            for plan in merged.objects
        ]
        for index, field, value, code, message in check_plans(told, by):
            yield Problem(index, field, str(value), code, message)

    return save_file_rows(HouseholdPlan, PLANS, rows, by=by, on=on, source=source, complete=complete)


def void_plans(ids: Iterable[int], *, reason: str, by, on=None) -> int:
    """Void plans entered by mistake, with their measures."""
    with voiding(HouseholdPlan, PLANS, ids, reason=reason, by=by, on=on) as plans:
        measures = list(PlanMeasure.objects.filter(STANDING, plan__in=plans).order_by("pk"))
        void_measures([measure.pk for measure in measures], reason=reason, by=by)
        return len(plans)


def check_measures(rows: Sequence[dict], user) -> Iterator[Fault]:
    """A measure belongs to a plan that stands."""
    yield from in_future(rows, "done_on")
    new = {row["household"].pk for row in rows if row.get("household")}
    plans = _open_plans(new)
    seen: set[tuple[int, str]] = set()
    for index, row in enumerate(rows):
        household = row.get("household")
        if household is None:
            continue
        if household.pk not in plans and not row.get("id"):
            message = _("The household %(code)s has no plan in force. Make its plan first, then add the measure.")
            yield index, "household", household.code, "no_plan", message % {"code": household.code}
        key = (household.pk, row.get("measure", ""))
        if key in seen:
            message = _("The same record stands here for the second time. Delete one of the rows.")
            yield index, "measure", key[1], "duplicate", message
        seen.add(key)


def save_measures(rows: Sequence[dict], *, by, on=None, source="") -> bulk.Saved:
    """Add measures to the plans in force, or change them. Their deadlines follow (households.actions.deadlines)."""

    def complete(merged: bulk.Merged) -> Iterator[Problem]:
        plans = _open_plans({measure.household_id for measure in merged.objects})
        for index, measure in enumerate(merged.objects):
            if measure.done_on:
                merged.fields.add("state")  # clean() has set it
            if measure.plan_id is not None and measure.plan.household_id == measure.household_id:
                continue
            plan = plans.get(measure.household_id)
            if plan is None:
                message = _("The household %(code)s has no plan in force. Make its plan first, then add the measure.")
                code = measure.household.code
                yield Problem(index, "household", code, "no_plan", message % {"code": code})
            else:
                measure.plan = plan
                merged.fields.add("plan")

    return save_file_rows(PlanMeasure, MEASURES, rows, by=by, on=on, source=source, complete=complete)


def void_measures(ids: Iterable[int], *, reason: str, by, on=None) -> int:
    with voiding(PlanMeasure, MEASURES, ids, reason=reason, by=by, on=on) as measures:
        return len(measures)
