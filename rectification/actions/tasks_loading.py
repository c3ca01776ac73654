"""Loading a responsibility list from a file: departments, duties, tasks with their days, counted from a day on.

A list is laid down once and then worked with, so a second run adds what is new in the file and leaves the stored tasks as
they are; only an explicit moving of the dates touches them, and of these only what nobody has settled or dated otherwise.
"""

from __future__ import annotations

import csv
import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from django.utils.translation import gettext as _

from accounts.models import Post
from common import bulk, codes
from common.changes import writing
from common.dates import add_months
from common.problems import Problem, Refused
from divisions.models import Unit
from divisions.queries import names_of
from rectification.actions.tasks import WORKING, arm, year_end
from rectification.models.tasks import Duty, ResponsibilityList, ResponsibilityTask
from rectification.queries.tasks import NEEDS_DEADLINE, PAST

COLUMNS = (
    "no",
    "department",
    "duty",
    "task_no",
    "task_id",
    "task",
    "deadline_text",
    "deadline_normalised",
    "milestone",
    "interim_deadline",
    "interim_milestone",
    "strict_reading_deadline",
    "note",
)
LONG_TERM, NOT_STATED, TARGET = "long-term", "not stated", "target"
MILESTONES = {
    "complete": "complete",
    "basically complete": "basic",
    "notable results": "notable",
    LONG_TERM: "long_term",
    TARGET: "",  # a target to be met; its words stand in the time limit
    NOT_STATED: "",
    "": "",
}
# The list's first deadline is the first quarter of 2020; the document itself bears no date.
VALID_FROM = dt.date(2020, 1, 1)
DOCUMENT = "关于推进易地扶贫搬迁后续扶持工作指导意见"
TITLE = "{place}易地扶贫搬迁后续扶持责任清单"
# Slips of the document: it prints the one, and the office is called the other.
CALLED = {"国电、地电咸阳分公司": "国网、地电咸阳分公司"}
KINDS = {"发改委": "drc", "人社局": "human_resources", "审计局": "audit", "人民政府": "government"}
POST = "责任人"


@dataclass(frozen=True)
class Row:
    """A line of the file, understood."""

    line: int
    position: int
    department: str
    duty: str
    task_position: int
    number: str
    text: str
    deadline_text: str
    deadline_on: dt.date | None
    long_term: bool
    milestone: str
    interim_on: dt.date | None
    interim_milestone: str
    stage_target: str
    strict_on: dt.date | None
    note: str


@dataclass(frozen=True)
class Loaded:
    """What a run did and what the list now holds."""

    list: ResponsibilityList
    new: int
    moved: int
    unchanged: int
    departments: int
    past: int
    needs_deadline: int
    long_term: int


def read_list(path: Path | str) -> list[Row]:
    """The file's rows. Raises Refused with every problem at once."""
    problems: list[Problem] = []
    rows: list[Row] = []
    with Path(path).open(encoding="utf-8-sig", newline="") as file:
        reader = csv.DictReader(file)
        for column in [column for column in COLUMNS if column not in (reader.fieldnames or ())]:
            message = _("The column %(column)s is missing.") % {"column": column}
            problems.append(Problem(1, column, "", "missing_column", message))
        if problems:
            raise Refused(problems)
        for number, line in enumerate(reader, start=2):
            cells = {column: (line[column] or "").strip() for column in COLUMNS}
            if (row := _understood(number, cells, problems)) is not None:
                rows.append(row)
    first: dict[str, int] = {}
    for row in rows:
        if first.setdefault(row.number, row.line) != row.line:
            message = _("The task number stands in row %(row)s as well.") % {"row": first[row.number]}
            problems.append(Problem(row.line, "task_id", row.number, "duplicate", message))
    if problems:
        raise Refused(problems)
    return rows


def _understood(number: int, cells: dict[str, str], problems: list[Problem]) -> Row | None:
    found = len(problems)

    def refuse(column: str, code: str, message: str) -> None:
        problems.append(Problem(number, column, cells[column], code, message))

    def day(column: str) -> dt.date | None:
        if not cells[column] or column == "deadline_normalised" and cells[column] == LONG_TERM:
            return None
        try:
            return dt.date.fromisoformat(cells[column])
        except ValueError:
            refuse(column, "bad_date", _("A day is written like 2020-12-31."))
            return None

    for column in ("department", "duty", "task_id", "task"):
        if not cells[column]:
            refuse(column, "required", _("This value is missing. Fill it in."))
    for column in ("no", "task_no"):
        if not cells[column].isdecimal():
            refuse(column, "bad_number", _("A whole number is needed here."))
    for column in ("milestone", "interim_milestone"):
        if cells[column] not in MILESTONES:
            message = _("There is no such milestone. Known are: %(known)s.")
            refuse(column, "unknown_code", message % {"known": ", ".join(key for key in MILESTONES if key)})
    days = {column: day(column) for column in ("deadline_normalised", "interim_deadline", "strict_reading_deadline")}
    if len(problems) > found:
        return None
    return Row(
        number,
        int(cells["no"]),
        cells["department"],
        cells["duty"],
        int(cells["task_no"]),
        cells["task_id"],
        cells["task"],
        cells["deadline_text"],
        days["deadline_normalised"],
        cells["deadline_normalised"] == LONG_TERM,
        MILESTONES[cells["milestone"]],
        days["interim_deadline"],
        MILESTONES[cells["interim_milestone"]],
        _stage_target(cells),
        days["strict_reading_deadline"],
        _note(cells),
    )


def _stage_target(cells: dict[str, str]) -> str:
    """The stage target in words: the milestone's, or the first sentence of the time limit where it states a target."""
    if cells["interim_milestone"] == TARGET:
        return cells["deadline_text"].split("。")[0]
    return codes.label("task_milestone", MILESTONES[cells["interim_milestone"]], "zh-hans")


def _note(cells: dict[str, str]) -> str:
    return "文件未写明完成时限" if cells["milestone"] == NOT_STATED else ""


def years_until(rows: Sequence[Row], first: dt.date) -> int:
    """The fewest whole years by which the list must be moved for every day of it to lie on `first` or later."""
    earliest = min(
        (day for row in rows for day in (row.deadline_on, row.interim_on, row.strict_on) if day), default=first
    )
    years = 0
    while add_months(earliest, 12 * years) < first:
        years += 1
    return years


def load_list(
    path: Path | str,
    *,
    region: int,
    as_of: dt.date,
    shift: int | None = None,
    shift_to: dt.date | None = None,
    title: str = "",
    source: str = "load_responsibility_list",
) -> Loaded:
    """Load a file as the list of a region, in the scope already set. `shift` moves all days by years, `shift_to` by the
    fewest years that put all of them on that day or later. What was due before `as_of` reminds of nothing."""
    rows = read_list(path)
    if shift_to is not None:
        shift = years_until(rows, shift_to)
    with writing(on=as_of, source=source):
        laid = _list_of(region, title, as_of, shift or 0)
        moved = _move_days(laid, rows, laid.shifted_years if shift is None else shift, as_of)
        stored = set(ResponsibilityTask.objects.filter(region=region, voided_at=None).values_list("number", flat=True))
        duties = _duties(laid, rows)
        tasks = [_task(row, laid, duties[row.position, row.duty]) for row in rows if row.number not in stored]
        bulk.insert(tasks)
        arm(tasks, as_of)
        of_list = ResponsibilityTask.objects.filter(duty__list=laid, voided_at=None)
        return Loaded(
            laid,
            len(tasks),
            moved,
            len(rows) - len(tasks) - moved,
            len({row.department for row in rows}),
            of_list.filter(PAST).count(),
            of_list.filter(NEEDS_DEADLINE).count(),
            of_list.filter(long_term=True).count(),
        )


def _list_of(region: int, title: str, as_of: dt.date, shift: int) -> ResponsibilityList:
    place = names_of([region], as_of).get(region, str(region))
    title = title or TITLE.format(place=place)
    stored = ResponsibilityList.objects.select_for_update().filter(region=region, title=title, voided_at=None).first()
    return stored or ResponsibilityList.objects.create(
        region=region,
        title=title,
        document=DOCUMENT if title == TITLE.format(place=place) else "",
        valid_from=VALID_FROM,
        counts_from=as_of,
        shifted_years=shift,
    )


def _duties(laid: ResponsibilityList, rows: Sequence[Row]) -> dict[tuple[int, str], Duty]:
    """The duties of the list by position and text, those that are missing made with their units and posts."""
    stored = {
        (duty.position, duty.text): duty
        for duty in Duty.objects.filter(list=laid, voided_at=None).select_related("unit")
    }
    for row in rows:
        if (row.position, row.duty) not in stored:
            stored[row.position, row.duty] = Duty.objects.create(
                list=laid,
                region=laid.region,
                position=row.position,
                unit=_unit_of(row.department, laid.region),
                department=row.department,
                text=row.duty,
                deadline_text=row.deadline_text,
            )
    return stored


def _unit_of(department: str, region: int) -> Unit:
    """The unit of a department; the lead department is the place's own where it is known already."""
    kind = next((kind for word, kind in KINDS.items() if word in department), "other")
    known = list(Unit.objects.filter(region=region, kind=kind)[:2]) if kind == "drc" else []
    if len(known) == 1:
        unit = known[0]
    else:
        name = CALLED.get(department, department)
        unit, _made = Unit.objects.get_or_create(region=region, name=name, defaults={"kind": kind})
    Post.objects.get_or_create(unit=unit, name=POST, voided_at=None, defaults={"region": unit.region})
    return unit


def _task(row: Row, laid: ResponsibilityList, duty: Duty) -> ResponsibilityTask:
    days = _days(row, laid.shifted_years)
    return ResponsibilityTask(
        region=laid.region,
        number=row.number,
        duty=duty,
        position=row.task_position,
        unit=duty.unit,
        post=Post.objects.get(unit=duty.unit, name=POST, voided_at=None),
        text=row.text,
        stage_target=row.stage_target,
        deadline_text=row.deadline_text,
        milestone=row.milestone,
        interim_milestone=row.interim_milestone,
        long_term=row.long_term,
        next_review_on=year_end(laid.counts_from) if row.long_term else None,
        counts_from=laid.counts_from,
        state="long_term" if row.long_term else "open",
        origin=laid.title,
        note=row.note,
        **days,
    )


def _days(row: Row, years: int) -> dict[str, dt.date | None]:
    return {
        name: day and add_months(day, 12 * years)
        for name, day in (
            ("deadline_on", row.deadline_on),
            ("interim_on", row.interim_on),
            ("strict_on", row.strict_on),
        )
    }


def _move_days(laid: ResponsibilityList, rows: Sequence[Row], years: int, on: dt.date) -> int:
    """Move the days of stored tasks that nobody has settled or dated otherwise; says how many moved."""
    if years == laid.shifted_years:
        return 0
    before, laid.shifted_years = laid.shifted_years, years
    laid.version += 1
    laid.save(update_fields=["shifted_years", "version"])
    by_number = {row.number: row for row in rows}
    moved = []
    tasks = ResponsibilityTask.objects.filter(duty__list=laid, voided_at=None, state__in=WORKING)
    for task in tasks.select_related("unit", "post").order_by("pk").select_for_update(of=("self",)):
        row = by_number.get(task.number)
        if row is None or not row.deadline_on:
            continue
        was, becomes = _days(row, before), _days(row, years)
        if all(getattr(task, name) == day for name, day in was.items()):
            for name, day in becomes.items():
                setattr(task, name, day)
            task.version += 1
            moved.append(task)
    bulk.update(moved, ["deadline_on", "interim_on", "strict_on", "version"])
    arm(moved, on)
    return len(moved)
