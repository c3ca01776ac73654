"""The only writers of checklists and their questions."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from django.utils.translation import gettext as _

from accounts.roles import check
from common import bulk
from common.changes import writing
from common.scope import reachable
from rectification.actions.inspections import Fault, refuse, unit_faults, unknown_rows
from rectification.models import Checklist, ChecklistQuestion
from rectification.queries.inspections_places import own_levels

CHECKLISTS = "checklists"
QUESTIONS = "checklist-questions"


def kept_by_others(checklist: Checklist, user) -> str:
    """What stands against changing a checklist: it is another unit's; '' for nothing."""
    if checklist.unit_id == user.unit_id or checklist.region in own_levels(user):
        return ""
    return _("The checklist is kept by %(unit)s. Make one of your own to ask differently.") % {"unit": checklist.unit}


def check_checklists(rows: Sequence[dict], user) -> Iterator[Fault]:
    stored = Checklist.objects.visible_to(user).in_bulk([row["id"] for row in rows if row.get("id")])
    for index, row in enumerate(rows):
        checklist = stored.get(row.get("id"))
        if checklist is None:
            yield from unit_faults(index, row, user)
        elif reason := kept_by_others(checklist, user):
            yield index, "name", checklist.name, "out_of_scope", reason


def save_checklists(rows: Sequence[dict], *, by, on=None, source="") -> bulk.Saved:
    """Create or change checklists; checks that were made with one keep what they asked."""
    check(by, "write", CHECKLISTS)
    with writing(by=by, on=on, source=source) as work:
        rows = [dict(row) for row in rows]
        refuse(check_checklists(rows, by))
        stored = reachable(Checklist).in_bulk([row["id"] for row in rows if row.get("id")])
        refuse(unknown_rows(rows, stored))
        for row in rows:
            if row.get("unit") is None:
                row["unit"] = stored[row["id"]].unit if row.get("id") in stored else by.unit
        known = {
            (c.unit_id, c.name): c
            for c in reachable(Checklist).filter(voided_at=None, name__in=[row.get("name", "") for row in rows])
        }
        merged = bulk.merge(
            Checklist, rows, lambda row: stored.get(row.get("id")) or known.get((row["unit"].pk, row.get("name")))
        )
        for checklist in merged.objects:
            if checklist.region != checklist.unit.region:
                checklist.region = checklist.unit.region
                merged.fields.add("region")
        saved = bulk.write(merged)
        for checklist in saved.altered:
            checklist.questions.exclude(region=checklist.region).update(region=checklist.region)
        work.publish(CHECKLISTS, [checklist.pk for checklist in saved.touched])
        return saved


def check_questions(rows: Sequence[dict], user) -> Iterator[Fault]:
    seen: dict[tuple, int] = {}
    for index, row in enumerate(rows):
        checklist = row.get("checklist")
        if checklist is None:
            continue
        if checklist.pk is not None and (reason := kept_by_others(checklist, user)):
            yield index, "checklist", checklist.name, "out_of_scope", reason
        key = (checklist.pk, row.get("position"))
        if None not in key and seen.setdefault(key, index) != index:
            message = _("Number %(n)s stands twice in this checklist. Give each question its own.")
            yield index, "position", row["position"], "duplicate", message % {"n": row["position"]}


def save_questions(rows: Sequence[dict], *, by, on=None, source="") -> bulk.Saved:
    """Create or change questions, found by `id` or by checklist and number."""
    check(by, "write", QUESTIONS)
    with writing(by=by, on=on, source=source) as work:
        stored = reachable(ChecklistQuestion).in_bulk([row["id"] for row in rows if row.get("id")])
        refuse(unknown_rows(rows, stored))
        rows = [{**row, "checklist": row.get("checklist") or stored[row["id"]].checklist} for row in rows]
        refuse(check_questions(rows, by))
        known = {
            (q.checklist_id, q.position): q
            for q in reachable(ChecklistQuestion).filter(
                voided_at=None, checklist__in={row["checklist"].pk for row in rows}
            )
        }
        merged = bulk.merge(
            ChecklistQuestion,
            rows,
            lambda row: stored.get(row.get("id")) or known.get((row["checklist"].pk, row.get("position"))),
        )
        for question in merged.new:
            question.region = question.checklist.region
        saved = bulk.write(merged)
        work.publish(QUESTIONS, [question.pk for question in saved.touched])
        return saved


def questions_of(checklist: Checklist | None) -> list[ChecklistQuestion]:
    """What a checklist asks now."""
    return list(checklist.questions.filter(voided_at=None).order_by("position")) if checklist else []
