"""The only writers of field checks and their lines."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from django.core.exceptions import ValidationError
from django.db.models import Max
from django.utils.translation import gettext as _

from accounts.roles import check
from common import bulk, clock
from common.changes import writing
from common.problems import Problem, Refused
from common.scope import ancestor, code_range, contains, reachable
from rectification.actions.inspections import Fault, cover, refuse, unknown_rows
from rectification.actions.inspections_checklists import questions_of
from rectification.models import CheckLine, Inspection, InspectionCheck
from rectification.models.inspections_checklists import clean_answer, outcome_of
from rectification.queries.inspections_rights import CHECKS, RESULTS_LEDGER, why_not_recording

NOT_APPLICABLE = "not_applicable"


@dataclass(frozen=True)
class Answer:
    """What was filled in at a line; an `outcome` that is told goes before the one that follows from the answer."""

    answer: str = ""
    outcome: str = ""
    note: str = ""


def place_of(row: Mapping) -> int | None:
    """The township in which the settlement or household of a row lies."""
    subject = row.get("household") or row.get("settlement")
    return None if subject is None else subject.region


def check_checks(rows: Sequence[dict], user) -> Iterator[Fault]:
    """Who may record what where."""
    ids = [row["id"] for row in rows if row.get("id")]
    stored = InspectionCheck.objects.visible_to(user).select_related("inspection__unit").in_bulk(ids)
    reasons: dict[int, str] = {}
    for index, row in enumerate(rows):
        before = stored.get(row.get("id"))
        inspection = row.get("inspection") or (before and before.inspection)
        if inspection is None:
            continue
        if inspection.pk not in reasons:
            reasons[inspection.pk] = why_not_recording(inspection, user)
        if reasons[inspection.pk]:
            yield index, "inspection", inspection, "not_now", reasons[inspection.pk]
            continue
        if before is not None and before.inspection_id != inspection.pk:
            message = _("A field check stays with its inspection. Void it and enter it under the other one.")
            yield index, "inspection", inspection, "no_change", message
        place = place_of(row)
        if place is not None and not contains([code_range(inspection.region)], place):
            field = "household" if row.get("household") else "settlement"
            yield index, field, row[field], "out_of_area", _("This place lies outside the area of the inspection.")
        visited = row.get("visited_on")
        if visited and visited > clock.today():
            yield index, "visited_on", visited, "future_date", _("This day lies in the future. Check it.")


def save_checks(rows: Sequence[dict], *, by, on=None, source="") -> bulk.Saved:
    """Create or change field checks, found by `id` or by inspection and number. New ones get their checklist's lines."""
    check(by, "write", CHECKS)
    with writing(by=by, on=on, source=source) as work:
        rows = [dict(row) for row in rows]
        stored = reachable(InspectionCheck).in_bulk([row["id"] for row in rows if row.get("id")])
        refuse(unknown_rows(rows, stored))
        wanted = {row["inspection"].pk for row in rows if row.get("inspection")}
        wanted |= {found.inspection_id for found in stored.values()}
        # The inspections are locked, so that numbers are given one after the other and none is published meanwhile; what
        # they are like is asked of the locked ones.
        locked = Inspection.objects.select_related("unit").filter(pk__in=wanted).order_by("pk")
        inspections = {i.pk: i for i in locked.select_for_update(no_key=True, of=("self",))}
        for row in rows:
            if row.get("inspection"):
                row["inspection"] = inspections.get(row["inspection"].pk, row["inspection"])
        refuse(check_checks(rows, by))
        known = {
            (c.inspection_id, c.number): c
            for c in reachable(InspectionCheck).filter(voided_at=None, inspection__in=wanted)
        }
        _give_numbers(rows, stored, wanted)
        merged = bulk.merge(InspectionCheck, rows, lambda row: _stored_of(row, stored, known))
        for record in merged.objects:
            record.inspection = inspections[record.inspection_id]
            if _put_in_place(record):
                merged.fields |= {"place_region", "region", "veiled"}
        for record in merged.new:
            record.author = by
        saved = bulk.write(merged)
        bulk.insert([line for record in saved.created for line in lines_of(record)])
        _follow_place(saved.altered)
        for record in saved.touched:
            cover(record.inspection, ancestor(record.place_region, 3))
        work.publish(CHECKS, [record.pk for record in saved.touched])
        return saved


def _stored_of(row: dict, stored: dict, known: dict) -> InspectionCheck | None:
    inspection = row.get("inspection")
    return stored.get(row.get("id")) or (known.get((inspection.pk, row.get("number"))) if inspection else None)


def _give_numbers(rows: list[dict], stored: dict, inspections: Iterable[int]) -> None:
    last: defaultdict[int, int] = defaultdict(int)
    found = InspectionCheck.objects.filter(inspection__in=list(inspections)).order_by().values("inspection")
    last.update(found.annotate(last=Max("number")).values_list("inspection", "last"))
    for row in rows:
        if row.get("id") in stored:
            if row.get("number") is None:
                row["number"] = stored[row["id"]].number
        elif row.get("number") is None:
            last[row["inspection"].pk] += 1
            row["number"] = last[row["inspection"].pk]
        else:
            last[row["inspection"].pk] = max(last[row["inspection"].pk], row["number"])


def _put_in_place(record: InspectionCheck) -> bool:
    """The check lies where its subject lies, and is seen from there unless the inspection is secret."""
    place = place_of({"household": record.household, "settlement": record.settlement})
    region = record.inspection.region if record.inspection.veiled else place
    told = (place, region, record.inspection.veiled)
    changed = (record.place_region, record.region, record.veiled) != told
    record.place_region, record.region, record.veiled = told
    return changed


def _follow_place(records: Iterable[InspectionCheck]) -> None:
    for record in records:
        told = {"place_region": record.place_region, "region": record.region, "veiled": record.veiled}
        record.lines.update(**told)


def lines_of(record: InspectionCheck) -> list[CheckLine]:
    """The lines that a check's checklist gives it, not yet answered."""
    return [
        CheckLine(
            inspection_id=record.inspection_id,
            record=record,
            region=record.region,
            place_region=record.place_region,
            veiled=record.veiled,
            position=question.position,
            question=question.question,
            kind=question.kind,
            expected=question.expected,
            problem_class_id=question.problem_class_id,
        )
        for question in questions_of(record.checklist)
    ]


def void_checks(ids: Iterable[int], *, reason: str, by, on=None) -> int:
    """Void checks entered by mistake; one of whose lines stands on the ledger of problems is refused."""
    with writing(by=by, on=on) as work:
        visible = InspectionCheck.objects.visible_to(by).filter(pk__in=list(ids), voided_at=None)
        rows = list(visible.select_related("inspection__unit").order_by("pk"))
        faults: list[Fault] = []
        for index, record in enumerate(rows):
            if stands := why_not_recording(record.inspection, by):
                faults.append((index, "inspection", record.inspection, "not_now", stands))
            elif record.lines.filter(voided_at=None, item__isnull=False, item__voided_at=None).exists():
                message = _("A problem from this check stands on the ledger. Void that first.")
                faults.append((index, "number", record.number, "in_use", message))
        refuse(faults)
        now = clock.now()
        told = {"voided_at": now, "voided_by": by, "void_reason": reason}
        InspectionCheck.objects.filter(pk__in=[record.pk for record in rows]).update(**told)
        CheckLine.objects.filter(record__in=rows, voided_at=None).update(**told)
        work.publish(CHECKS, [record.pk for record in rows])
        return len(rows)


# --- Lines ---


def check_lines(rows: Sequence[dict], user) -> Iterator[Fault]:
    ids = [row["id"] for row in rows if row.get("id")]
    stored = CheckLine.objects.visible_to(user).select_related("record__inspection__unit", "item").in_bulk(ids)
    reasons: dict[int, str] = {}
    for index, row in enumerate(rows):
        line = stored.get(row.get("id"))
        record = row.get("record") or (line and line.record)
        if record is None:
            continue
        inspection = record.inspection
        if inspection.pk not in reasons:
            reasons[inspection.pk] = why_not_recording(inspection, user)
        if reasons[inspection.pk]:
            yield index, "record", record.pk, "not_now", reasons[inspection.pk]
        elif line is not None and line.record_id != record.pk:
            yield index, "record", record.pk, "no_change", _("A line stays with its field check.")
        elif line is not None and line.item_id and line.item.voided_at is None and _told_anew(row, line):
            message = _("This line stands on the ledger of problems as %(number)s. Correct it there.")
            yield index, "answer", row.get("answer"), "on_ledger", message % {"number": line.item.number}


def _told_anew(row: dict, line: CheckLine) -> bool:
    return any(name in row and row[name] != getattr(line, name) for name in ("answer", "outcome", "expected", "kind"))


def save_lines(rows: Sequence[dict], *, by, on=None, source="") -> bulk.Saved:
    """Create or change lines, found by `id` or by check and number: answers as they come from a sheet or a third party."""
    check(by, "write", RESULTS_LEDGER)
    with writing(by=by, on=on, source=source) as work:
        rows = [dict(row) for row in rows]
        stored = reachable(CheckLine).in_bulk([row["id"] for row in rows if row.get("id")])
        refuse(unknown_rows(rows, stored))
        refuse(check_lines(rows, by))
        records = {row["record"].pk for row in rows if row.get("record")}
        known = {
            (line.record_id, line.position): line
            for line in reachable(CheckLine).filter(voided_at=None, record__in=records)
        }

        def find(row: dict) -> CheckLine | None:
            record = row.get("record")
            return stored.get(row.get("id")) or (known.get((record.pk, row.get("position"))) if record else None)

        before = {line.pk: (line.answer, line.expected, line.kind) for line in [*stored.values(), *known.values()]}
        merged = bulk.merge(CheckLine, rows, find)
        for line, row in zip(merged.objects, rows, strict=True):
            changed = before.get(line.pk) != (line.answer, line.expected, line.kind)
            if not row.get("outcome") and changed:
                line.outcome = outcome_of(line.kind, line.expected, line.answer)
                merged.fields.add("outcome")
        for line in merged.new:
            record = line.record
            line.inspection_id, line.region, line.veiled = record.inspection_id, record.region, record.veiled
            line.place_region = record.place_region
        saved = bulk.write(merged)
        work.publish(RESULTS_LEDGER, [line.pk for line in saved.touched])
        return saved


def fill_in(
    record: InspectionCheck,
    answers: Mapping[int, Answer],
    *,
    by,
    complete: bool,
    values: Mapping[str, object] | None = None,
    on=None,
) -> InspectionCheck:
    """Store what stands in the form at the place: answers by line id, the check's own `values`, and whether it is done.

    All faults are told at once, each at its line (`field` is `line-<id>`).
    """
    check(by, "write", CHECKS)
    with writing(by=by, on=on) as work:
        record = save_checks([{"id": record.pk, **(values or {})}], by=by, on=on).objects[0]
        lines = list(record.lines.filter(voided_at=None).select_related("item").select_for_update(of=("self",)))
        problems, rows = [], []
        for line in lines:
            told = answers.get(line.pk, Answer(line.answer, line.outcome, line.note))
            try:
                answer = clean_answer(line.kind, told.answer.strip())
            except ValidationError as error:
                problems.append(Problem(0, f"line-{line.pk}", told.answer, error.code, error.messages[0]))
                continue
            if complete and not answer and told.outcome != NOT_APPLICABLE:
                message = _("Not answered yet. Answer it, or say that it does not apply.")
                problems.append(Problem(0, f"line-{line.pk}", "", "required", message))
            outcome = told.outcome or outcome_of(line.kind, line.expected, answer)
            rows.append({"id": line.pk, "answer": answer, "outcome": outcome, "note": told.note.strip()})
        if problems:
            raise Refused(problems)
        save_lines(rows, by=by, on=on)
        if complete and record.state != "complete":
            record.state = "complete"
            record.save(update_fields=["state"])
        work.publish(CHECKS, [record.pk])
        return record
