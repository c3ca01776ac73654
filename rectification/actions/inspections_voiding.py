"""Voiding records of supervision: only by those who keep them, where their ledger has nothing of its own to say."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from django.db.models import F
from django.utils.translation import gettext as _

from common import clock
from common.changes import writing
from common.problems import Problem, Refused
from rectification.actions.inspections_checklists import kept_by_others
from rectification.models import (
    CheckLine,
    Checklist,
    ChecklistQuestion,
    InspectionPlan,
    SampleAnswer,
    SampleHousehold,
)
from rectification.queries.inspections_places import own_levels
from rectification.queries.inspections_rights import why_not_recording
from rectification.queries.sampling_rights import why_not_recording as why_not_sampling


def _voider(model, key: str, why: Callable[[object, object], str]):
    """The `void` of a ledger: `why(row, user)` says what stands against it."""

    def void(ids: Iterable[int], *, reason: str, by, on=None) -> int:
        with writing(by=by, on=on) as work:
            rows = list(model.objects.visible_to(by).filter(pk__in=list(ids), voided_at=None).order_by("pk"))
            problems = [
                Problem(index, "", str(row), "in_use", stands)
                for index, row in enumerate(rows)
                if (stands := why(row, by))
            ]
            if problems:
                raise Refused(problems)
            told = {"voided_at": clock.now(), "voided_by": by, "void_reason": reason, "version": F("version") + 1}
            model.objects.filter(pk__in=[row.pk for row in rows]).update(**told)
            work.publish(key, [row.pk for row in rows])
            return len(rows)

    return void


def _plan_stands(plan: InspectionPlan, user) -> str:
    if plan.unit_id != user.unit_id and plan.region not in own_levels(user):
        return _("The plan is kept by %(unit)s. Only those who work there may change it.") % {"unit": plan.unit}
    if plan.inspections.filter(voided_at=None).exists():
        return _("Inspections belong to this plan. Void or cancel them first.")
    return ""


def _line_stands(line: CheckLine, user) -> str:
    if reason := why_not_recording(line.inspection, user):
        return reason
    if line.item_id and line.item.voided_at is None:
        return _("This line stands on the ledger of problems as %(number)s. Correct it there.") % {
            "number": line.item.number
        }
    return ""


def _drawn(visit: SampleHousehold, user) -> str:
    return _("A drawn household is part of its sample and is not voided. Enter the result of the visit.")


void_plans = _voider(InspectionPlan, "inspection-plans", _plan_stands)
void_checklists = _voider(Checklist, "checklists", kept_by_others)
void_questions = _voider(ChecklistQuestion, "checklist-questions", lambda q, user: kept_by_others(q.checklist, user))
void_lines = _voider(CheckLine, "inspection-results", _line_stands)
void_visits = _voider(SampleHousehold, "sample-households", _drawn)
void_answers = _voider(
    SampleAnswer, "sample-answers", lambda answer, user: why_not_sampling(answer.sample, user, "sample-answers")
)
