"""The only writers of visits and of the steps agreed at them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from django.utils.translation import gettext as _

from common import bulk
from common.changes import writing
from common.models import STANDING
from common.problems import Problem
from households.actions.file_rows import in_future, save_file_rows, voiding
from households.models import Household, Visit, VisitStep

VISITS, STEPS = "visits", "visit-steps"
Fault = tuple[int, str, object, str, str]


def check_visits(rows: Sequence[dict], user) -> Iterator[Fault]:
    """A visit has taken place; the same one stands once."""
    yield from in_future(rows, "visited_on")
    yield from _twice(rows, ("household", "visited_on", "visitors"))


def _twice(rows: Sequence[dict], names: tuple[str, ...]) -> Iterator[Fault]:
    seen: set[tuple] = set()
    for index, row in enumerate(rows):
        key = tuple(getattr(row.get(name), "pk", row.get(name)) for name in names)
        if None not in key and key in seen:
            message = _("The same record stands here for the second time. Delete one of the rows.")
            yield index, names[-1], row[names[-1]], "duplicate", message
        seen.add(key)


def save_visits(rows: Sequence[dict], *, by, on=None, source="") -> bulk.Saved:
    """Enter visits or change them; the steps of a visit carry its day."""

    def complete(merged: bulk.Merged) -> Iterator[Problem]:
        for visit in merged.new:
            visit.author = by
        told = [{"visited_on": visit.visited_on} for visit in merged.objects]
        for index, field, value, code, message in in_future(told, "visited_on"):
            yield Problem(index, field, str(value), code, message)

    with writing(by=by, on=on, source=source):
        saved = save_file_rows(Visit, VISITS, rows, by=by, on=on, source=source, complete=complete)
        for visit in saved.altered:
            VisitStep.objects.filter(STANDING, visit=visit).exclude(agreed_on=visit.visited_on).update(
                agreed_on=visit.visited_on
            )
        return saved


def void_visits(ids: Iterable[int], *, reason: str, by, on=None) -> int:
    """Void visits entered by mistake, with the steps that were agreed at them."""
    with voiding(Visit, VISITS, ids, reason=reason, by=by, on=on) as visits:
        steps = VisitStep.objects.filter(STANDING, visit__in=visits).values_list("pk", flat=True)
        void_steps(list(steps), reason=reason, by=by)
        return len(visits)


def check_steps(rows: Sequence[dict], user) -> Iterator[Fault]:
    """A step was agreed at a visit that is on record."""
    yield from in_future(rows, "done_on")
    yield from _twice(rows, ("household", "agreed_on", "step"))
    known = _visits({row["household"].pk for row in rows if row.get("household")})
    for index, row in enumerate(rows):
        household, day = row.get("household"), row.get("agreed_on")
        if household is not None and day is not None and (household.pk, day) not in known:
            yield index, "agreed_on", day, "no_visit", _no_visit(household, day)


def _visits(households: Iterable[int]) -> dict[tuple[int, object], Visit]:
    """The visits of these households by household and day; of several on a day the last entered."""
    found = Visit.objects.filter(STANDING, household__in=list(households)).order_by("pk")
    return {(visit.household_id, visit.visited_on): visit for visit in found}


def _no_visit(household: Household, day) -> str:
    message = _(
        "No visit to the household %(code)s on %(day)s is on record. Enter the visit first, or correct the day."
    )
    return message % {"code": household.code, "day": day}


def save_steps(rows: Sequence[dict], *, by, on=None, source="") -> bulk.Saved:
    """Enter agreed steps, change them, or say what came of them. Their deadlines follow (actions.file_deadlines).

    A row may name its `visit`; else it is the household's visit on the day `agreed_on`.
    """

    def complete(merged: bulk.Merged) -> Iterator[Problem]:
        known = _visits({step.household_id for step in merged.objects})
        for index, step in enumerate(merged.objects):
            own = step.visit if step.visit_id is not None else None
            if own is not None and (own.household_id, own.visited_on) == (step.household_id, step.agreed_on):
                continue
            visit = known.get((step.household_id, step.agreed_on))
            if visit is None:
                message = _no_visit(step.household, step.agreed_on)
                yield Problem(index, "agreed_on", str(step.agreed_on), "no_visit", message)
            else:
                step.visit = visit
                merged.fields.add("visit")

    return save_file_rows(VisitStep, STEPS, rows, by=by, on=on, source=source, complete=complete)


def void_steps(ids: Iterable[int], *, reason: str, by, on=None) -> int:
    with voiding(VisitStep, STEPS, ids, reason=reason, by=by, on=on) as steps:
        return len(steps)


def record_visit(values: dict, steps: Sequence[dict], *, by, on=None, source="form") -> Visit:
    """A visit with what was agreed at it, in one unit: what the form at the door sends."""
    with writing(by=by, on=on, source=source):
        visit = save_visits([values], by=by, on=on, source=source).objects[0]
        rows = [{**step, "household": visit.household, "agreed_on": visit.visited_on, "visit": visit} for step in steps]
        if rows:
            save_steps(rows, by=by, on=on, source=source)
        return visit
