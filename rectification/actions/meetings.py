"""The only writers of meetings: what was held, who came, what was decided and so became a task, quarters without one."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.roles import check
from alerts.actions import clear_deadlines, set_deadline
from alerts.kinds import DeadlineKind, declare_deadline
from common import bulk
from common.changes import writing
from common.problems import Problem, Refused, of_error
from common.terms import term
from divisions.models import Unit
from divisions.queries import names_of
from rectification.actions.tasks_entry import save_tasks, void_tasks
from rectification.actions.tasks_rows import locked, refuse_all, refused, standing, stored_rows, void_rows
from rectification.models.meetings import JOINT, Meeting, MeetingAttendance, MeetingDecision, MeetingQuarter
from rectification.models.tasks import TaskMove
from rectification.queries.dispatch import places_of
from rectification.queries.meetings import (
    DECISIONS,
    MEETINGS,
    QUARTERLY,
    QUARTERLY_IN,
    QUARTERS,
    joint_meeting_in,
    next_quarter,
    quarter_days,
    quarter_of,
)

MEETING_DUE = declare_deadline(
    DeadlineKind(
        "joint-meeting-due",
        term("joint meeting of the quarter", "季度联席会议"),
        gettext_lazy("%(place)s: the joint meeting of %(quarter)s is held by %(due_on)s."),
        frozenset({"drc", "city", "county"}),
    )
)
TASK_FIELDS = {"text": "text", "unit": "unit", "post": "post", "due_on": "deadline_on"}


def save_meetings(rows: Sequence[dict], *, by, on=None, source="") -> bulk.Saved:
    """Enter meetings that were held, or change them. One of a cross-county group belongs to both of its counties."""
    with writing(by=by, on=on, source=source) as work:
        stored = stored_rows(Meeting, rows)
        before = {(meeting.region, *quarter_of(meeting.day)) for meeting in stored.values()}
        merged = bulk.merge(Meeting, rows, lambda row: stored.get(row.get("id")), {"division": "region"})
        problems = [
            Problem(
                index,
                "day",
                str(meeting.day),
                "future_date",
                _("The meeting lies in the future. Enter it once it has been held."),
            )
            for index, meeting in enumerate(merged.objects)
            if meeting.day > work.on
        ]
        refuse_all(problems)
        for meeting in [*merged.new, *merged.changed]:
            meeting.period = meeting.period or period_of(meeting)
            meeting.partner = meeting.group.partner if meeting.group else None
            if meeting.group:
                meeting.region = meeting.group.region
        if merged.changed:
            merged.fields |= {"period", "partner", "region"}
        saved = bulk.write(merged)
        for meeting in saved.altered:
            for model in (MeetingAttendance, MeetingDecision):
                model.objects.filter(meeting=meeting).update(region=meeting.region, partner=meeting.partner)
        touched = before | {(meeting.region, *quarter_of(meeting.day)) for meeting in saved.touched}
        settle_quarters(touched, work.on)
        work.publish(MEETINGS, [meeting.pk for meeting in saved.touched])
        return saved


def period_of(meeting: Meeting) -> str:
    year, quarter = quarter_of(meeting.day)
    return f"{year}年第{quarter}季度" if meeting.kind == JOINT else f"{year}年{meeting.day.month}月"


def void_meetings(ids: Iterable[int], *, reason: str, by, on=None) -> int:
    """Void meetings entered by mistake, with their decisions; one whose decisions are being worked on stays."""
    with writing(by=by, on=on) as work:
        rows = standing(Meeting, ids)
        decisions = list(MeetingDecision.objects.filter(meeting__in=rows, voided_at=None))
        busy = _worked_on(decisions)
        problems = [
            Problem(
                index,
                "subject",
                row.subject,
                "worked_on",
                _("Decisions of this meeting are being worked on. Void their tasks first."),
            )
            for index, row in enumerate(rows)
            if any(decision.meeting_id == row.pk and decision.pk in busy for decision in decisions)
        ]
        refuse_all(problems)
        void_decisions([decision.pk for decision in decisions], reason=reason, by=by)
        void_rows(rows, by, reason)
        settle_quarters({(row.region, *quarter_of(row.day)) for row in rows}, work.on)
        work.publish(MEETINGS, [row.pk for row in rows])
        return len(rows)


def set_attendance(
    pk: int, told: Sequence[tuple[Unit, str, str]], *, by, on: dt.date | None = None
) -> list[MeetingAttendance]:
    """Who came: (unit, attendance, in whose person) for each unit; a unit that is told once more is changed."""
    check(by, "write", MEETINGS)
    with writing(by=by, on=on) as work:
        meeting = locked(Meeting, pk)
        stored = {row.unit_id: row for row in MeetingAttendance.objects.filter(meeting=meeting, voided_at=None)}
        found = []
        for unit, state, name in told:
            row = stored.get(unit.pk) or MeetingAttendance(
                meeting=meeting, unit=unit, region=meeting.region, partner=meeting.partner
            )
            faults = {}
            for field, value in (("state", state), ("name", name)):
                try:
                    setattr(row, field, row._meta.get_field(field).clean(value, row))
                except ValidationError as error:
                    faults[field] = error
            if row.state == "deputy" and not row.name and not faults:
                faults["name"] = ValidationError(
                    _("%(unit)s sent a deputy: write who came.") % {"unit": unit.name}, "required"
                )
            if faults:
                raise Refused(list(of_error(ValidationError(faults))))
            row.version += bool(row.pk)
            row.save()
            stored[unit.pk] = row
            found.append(row)
        work.publish(MEETINGS, [meeting.pk])
        return found


def save_decisions(rows: Sequence[dict], *, by, on=None, source="") -> bulk.Saved:
    """Enter decisions: with an owner and a day each is a task of the responsibility list, without them it is refused."""
    saved = bulk.Saved()
    with writing(by=by, on=on, source=source) as work:
        stored = stored_rows(MeetingDecision, rows, "meeting")
        for index, row in enumerate(rows):
            decision = stored.get(row.get("id"))
            meeting = decision.meeting if decision else row["meeting"]
            told = {name: row[name] for name in (*TASK_FIELDS, "next_step") if name in row}
            _refuse_incomplete(index, decision, meeting, told)
            if decision is None:
                saved.created.append(decision := _decide(meeting, told, by, source))
            elif any(getattr(decision, name) != value for name, value in told.items()):
                _change(decision, told, by, source)
                saved.altered.append(decision)
            saved.objects.append(decision)
        work.publish(DECISIONS, [decision.pk for decision in saved.touched])
    return saved


def _refuse_incomplete(index: int, decision: MeetingDecision | None, meeting: Meeting, told: dict) -> None:
    """A decision has an owner and a day; the day does not lie before the meeting; the post is the owner's."""
    unit, due_on, post = (
        told.get(name, getattr(decision, name, None) if decision else None) for name in ("unit", "due_on", "post")
    )
    problems = []
    if unit is None:
        message = _("A decision needs an owner: name the responsible unit. Without one it cannot become a task.")
        problems.append(Problem(index, "unit", "", "required", message))
    if due_on is None:
        message = _("A decision needs a day by which it is done. Without one it cannot become a task.")
        problems.append(Problem(index, "due_on", "", "required", message))
    elif due_on < meeting.day:
        message = _("The deadline lies before the meeting of %(day)s. Check the day.") % {"day": meeting.day}
        problems.append(Problem(index, "due_on", str(due_on), "order", message))
    if unit is not None and post is not None and post.unit_id != unit.pk:
        message = _("This post is another unit's. Choose one of its own.")
        problems.append(Problem(index, "post", str(post), "other_unit", message))
    refuse_all(problems)


def _decide(meeting: Meeting, told: dict, by, source: str) -> MeetingDecision:
    locked(Meeting, meeting.pk)  # locked, so that two decisions do not get one position
    position = MeetingDecision.objects.filter(meeting=meeting).count() + 1
    row = {of_task: told[name] for name, of_task in TASK_FIELDS.items() if name in told}
    [task] = save_tasks([{**row, "origin": origin_of(meeting)}], by=by, source=source).objects
    return MeetingDecision.objects.create(
        meeting=meeting, region=meeting.region, partner=meeting.partner, position=position, task=task, **told
    )


def origin_of(meeting: Meeting) -> str:
    """What the task says of where it was decided."""
    kind = meeting._meta.get_field("kind").label(meeting.kind, "zh-hans")
    return f"{meeting.period}{kind}（{meeting.day}）"[:120]


def _change(decision: MeetingDecision, told: dict, by, source: str) -> None:
    for name, value in told.items():
        setattr(decision, name, value)
    decision.version += 1
    decision.save()
    row = {of_task: told[name] for name, of_task in TASK_FIELDS.items() if name in told}
    if row:
        save_tasks([{"id": decision.task_id, **row}], by=by, source=source)


def _worked_on(decisions: Sequence[MeetingDecision]) -> set[int]:
    """The decisions on whose tasks somebody has acted."""
    tasks = TaskMove.objects.filter(task__in=[decision.task_id for decision in decisions]).values_list(
        "task", flat=True
    )
    acted = set(tasks)
    return {decision.pk for decision in decisions if decision.task_id in acted}


def void_decisions(ids: Iterable[int], *, reason: str, by, on=None) -> int:
    """Void decisions entered by mistake, with their tasks, as long as nobody has acted on these."""
    with writing(by=by, on=on) as work:
        rows = standing(MeetingDecision, ids)
        busy = _worked_on(rows)
        problems = [
            Problem(
                index,
                "text",
                row.text,
                "worked_on",
                _("The task of this decision is being worked on. Void the task first."),
            )
            for index, row in enumerate(rows)
            if row.pk in busy
        ]
        refuse_all(problems)
        void_tasks([row.task_id for row in rows if row.task_id], reason=reason, by=by)
        void_rows(rows, by, reason)
        work.publish(DECISIONS, [row.pk for row in rows])
        return len(rows)


def record_reason(pk: int, reason: str, *, by, on: dt.date | None = None) -> MeetingQuarter:
    """Say why a quarter had no joint meeting (“原则上每季度召开一次”): its deadline ends."""
    check(by, "write", MEETINGS)
    with writing(by=by, on=on) as work:
        quarter = locked(MeetingQuarter, pk)
        if quarter.meeting_id:
            message = _("The meeting of this quarter was held on %(day)s.") % {"day": quarter.held_on}
            raise refused("held", message)
        try:
            quarter.reason = quarter._meta.get_field("reason").clean(reason, quarter)
        except ValidationError as error:
            raise Refused(list(of_error(ValidationError({"reason": error})))) from error
        if not quarter.reason:
            raise refused("required", _("Say why there was no meeting."), "reason")
        quarter.version += 1
        quarter.save(update_fields=["reason", "version"])
        _arm(quarter, work.on)
        return quarter


def open_quarters(on: dt.date) -> int:
    """The quarters that need a joint meeting, up to the present one; says how many were opened. Places begin with the
    quarter in which they are first looked at, not with years that are over; a missed night is made up."""
    opened = 0
    with writing(on=on, source="tick"):
        for region in places_of(QUARTERLY_IN, QUARTERLY, on):
            last = MeetingQuarter.objects.filter(region=region).order_by("-due_on").first()
            year, number = next_quarter(last.year, last.quarter) if last else quarter_of(on)
            while (year, number) <= quarter_of(on):
                MeetingQuarter.objects.create(
                    region=region, year=year, quarter=number, due_on=quarter_days(year, number)[1]
                )
                opened += 1
                settle_quarters([(region, year, number)], on)
                year, number = next_quarter(year, number)
    return opened


def settle_quarters(told: Iterable[tuple[int, int, int]], on: dt.date) -> None:
    """Bring these quarters (region, year, quarter) up to the meetings that were held; they begin and end deadlines."""
    for region, year, number in sorted(told):
        quarter = MeetingQuarter.objects.filter(region=region, year=year, quarter=number).select_for_update().first()
        if quarter is None:
            continue
        meeting = joint_meeting_in(region, year, number)
        if (quarter.meeting_id, quarter.held_on) != (meeting and meeting.pk, meeting and meeting.day):
            quarter.meeting, quarter.held_on = meeting, meeting and meeting.day
            quarter.version += 1
            quarter.save(update_fields=["meeting", "held_on", "version"])
        _arm(quarter, on)


def _arm(quarter: MeetingQuarter, on: dt.date) -> None:
    if quarter.meeting_id or quarter.reason:
        clear_deadlines(MEETING_DUE.key, QUARTERS, [quarter.pk], on=on)
        return
    place = names_of([quarter.region], on).get(quarter.region, str(quarter.region))
    set_deadline(
        MEETING_DUE.key,
        QUARTERS,
        quarter.pk,
        region=quarter.region,
        address=f"/meetings/quarters/{quarter.pk}/",
        due_on=quarter.due_on,
        params={"place": place, "quarter": str(quarter)},
        on=on,
    )
