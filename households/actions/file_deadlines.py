"""What is due by the plans of households and by what was agreed at visits: deadlines follow the rows themselves."""

from __future__ import annotations

from collections.abc import Iterable

from django.utils.translation import gettext_lazy

from alerts.actions import Limit, clear_deadlines, set_deadlines
from alerts.kinds import DeadlineKind, declare_deadline
from common.changes import Changes
from common.models import STANDING
from common.terms import term
from households.actions.plans import MEASURES
from households.actions.visits import STEPS
from households.models import PlanMeasure, VisitStep
from households.models.plans import OPEN_MEASURES

ROLES = frozenset({"county", "township"})
STEP_DUE = declare_deadline(
    DeadlineKind(
        "visit-step-due",
        term("agreed step", "走访约定事项"),
        gettext_lazy("%(head)s (%(code)s): %(what)s; %(owner)s does this by %(due_on)s."),
        ROLES,
    )
)
MEASURE_DUE = declare_deadline(
    DeadlineKind(
        "plan-measure-due",
        term("measure of a household plan", "一户一策措施"),
        gettext_lazy("%(head)s (%(code)s): %(what)s; %(owner)s does this by %(due_on)s."),
        ROLES,
    )
)


def settle_file_deadlines(changes: Changes) -> None:
    """A step of what follows a change: steps and measures that were touched, or whose households moved, have exactly
    the deadlines that they need."""
    moved = changes.touched["moved"]
    steps, measures = changes.touched[STEPS], changes.touched[MEASURES]
    if not (moved or steps or measures):
        return
    if moved:
        steps = steps | set(VisitStep.objects.filter(STANDING, household__in=moved).values_list("pk", flat=True))
        measures = measures | set(
            PlanMeasure.objects.filter(STANDING, household__in=moved).values_list("pk", flat=True)
        )
    if steps:
        _settle(STEP_DUE.key, STEPS, steps, VisitStep.objects.filter(STANDING, done_on=None), "step", changes)
    if measures:
        still_open = PlanMeasure.objects.filter(STANDING, state__in=OPEN_MEASURES, plan__ended_on=None)
        _settle(MEASURE_DUE.key, MEASURES, measures, still_open, "measure", changes)


def _settle(kind: str, ledger: str, ids: Iterable[int], still_open, field: str, changes: Changes) -> None:
    still_open = still_open.filter(household__voided_at=None)
    rows = list(still_open.filter(pk__in=list(ids)).select_related("household", "unit").order_by("pk"))
    over = sorted(set(ids) - {row.pk for row in rows})
    if over:
        clear_deadlines(kind, ledger, over, on=changes.on)
    if rows:
        set_deadlines(kind, ledger, [_limit(row, field) for row in rows], on=changes.on)


def _limit(row, field: str) -> Limit:
    household = row.household
    return Limit(
        row.pk,
        row.region,
        f"/households/{household.code}/",
        row.due_on,
        unit=row.unit,
        params={
            "head": household.head_name,
            "code": household.code,
            "what": getattr(row, field)[:80],
            "owner": row.owner or row.unit.name,
        },
    )
