"""Acts on responsibility tasks, by the table of states, and the deadlines that follow from them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, replace

from django.core.exceptions import ValidationError
from django.core.files import File
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.models import Post
from alerts.actions import Limit, clear_deadlines, pause_deadlines, set_deadlines
from alerts.kinds import DeadlineKind, declare_deadline
from common import clock
from common.changes import writing
from common.dates import add_months
from common.problems import Refused, of_error
from common.terms import term
from rectification.actions.tasks_files import evidence_in_words, keep_files
from rectification.actions.tasks_rows import locked, refused
from rectification.models.tasks import ResponsibilityTask, TaskMove
from rectification.queries.tasks import TASKS, why_not
from rectification.task_states import TASK_ACTS, Act

# Those who lead an area; a department is told of what is bound to it, to its posts and its people alone.
ROLES = frozenset({"drc", "county", "city", "province"})
TASK_DUE = declare_deadline(
    DeadlineKind(
        "task-due",
        term("responsibility task due", "责任清单任务到期"),
        gettext_lazy("Task %(number)s of %(unit)s is due on %(due_on)s: %(text)s"),
        ROLES,
    )
)
STAGE_DUE = declare_deadline(
    DeadlineKind(
        "task-stage-due",
        term("stage of a task due", "任务阶段目标到期"),
        gettext_lazy("The stage of task %(number)s of %(unit)s ends on %(due_on)s: %(text)s"),
        ROLES,
    )
)
REVIEW_DUE = declare_deadline(
    DeadlineKind(
        "task-review-due",
        term("yearly review due", "长期任务年度评估"),
        gettext_lazy("The yearly review of task %(number)s of %(unit)s is due on %(due_on)s: %(text)s"),
        ROLES,
    )
)
KINDS = (TASK_DUE, STAGE_DUE, REVIEW_DUE)
WORKING = ("open", "in_progress", "returned")
CHANGED = [
    "state",
    "progress",
    "submitted_on",
    "submitted_by",
    "completed_on",
    "interim_met_on",
    "deadline_on",
    "long_term",
    "next_review_on",
    "post",
    "version",
]
SHOWN_TEXT = 40  # characters of the task's text in a reminder


@dataclass
class Told:
    """What comes with an act: words, and what the act needs beside them; files as evidence, with what they show."""

    text: str = ""
    percent: int | None = None
    evidence: str = ""
    day: dt.date | None = None
    deadline: dt.date | None = None
    long_term: bool = False
    post: Post | None = None
    files: Sequence[File] = ()
    caption: str = ""


def address_of(task: ResponsibilityTask) -> str:
    return f"/responsibility/{task.pk}/"


def year_end(on: dt.date) -> dt.date:
    """The day of a yearly review, unless another is told."""
    return dt.date(on.year, 12, 31)


def due_days(task: ResponsibilityTask) -> dict[str, dt.date]:
    """The days of the task that remind, by kind of deadline: none of what is done, past, or long overtaken."""
    if task.state == "done" or task.voided_at:
        return {}
    counts = task.counts_from or dt.date.min
    due: dict[str, dt.date] = {}
    if task.deadline_on and task.deadline_on >= counts:
        due[TASK_DUE.key] = task.deadline_on
    if task.interim_on and not task.interim_met_on and task.interim_on >= counts:
        due[STAGE_DUE.key] = task.interim_on
    if task.state == "long_term" and task.next_review_on:
        due[REVIEW_DUE.key] = task.next_review_on
    return due


def arm(tasks: Sequence[ResponsibilityTask], on: dt.date) -> None:
    """Set, pause and clear the deadlines of tasks as their states and days want it; repeating it changes nothing."""
    wanted = {task.pk: due_days(task) for task in tasks}
    # The unit has done its part; if the task is returned, its deadline runs again.
    waiting = [task.pk for task in tasks if task.state == "submitted" and TASK_DUE.key in wanted[task.pk]]
    settled: dict[tuple[int, ...], list[str]] = {}
    for kind in KINDS:
        settled.setdefault(tuple(pk for pk in wanted if kind.key not in wanted[pk]), []).append(kind.key)
    for subjects, kinds in settled.items():
        clear_deadlines(kinds, TASKS, subjects, on=on)
    for kind in KINDS:
        limits = [
            _limit(task, wanted[task.pk][kind.key])
            for task in tasks
            if kind.key in wanted[task.pk] and not (kind is TASK_DUE and task.pk in waiting)
        ]
        set_deadlines(kind.key, TASKS, limits, on=on)
    pause_deadlines(TASK_DUE.key, TASKS, waiting, on=on)


def _limit(task: ResponsibilityTask, due_on: dt.date) -> Limit:
    return Limit(
        task.pk,
        task.region,
        address_of(task),
        due_on,
        post=task.post,
        unit=task.unit,
        params={"number": task.number, "unit": task.unit.name, "text": task.text[:SHOWN_TEXT]},
    )


def move(
    pk: int,
    key: str,
    told: Told,
    *,
    by,
    version: int | None = None,
    on: dt.date | None = None,
    source: str = "",
) -> TaskMove:
    """Carry out an act of the table. Raises Refused with every reason; of two at once one is carried out."""
    act = TASK_ACTS[key]
    with writing(by=by, on=on, source=source) as work:
        task = locked(ResponsibilityTask, pk, "unit", "post", "submitted_by", voided=True)
        reason = why_not(task, act, by, work.on)
        if version is not None and version != task.version:
            reason = _("Somebody else has acted on this task meanwhile: it is “%(state)s” now. Look at it again.") % {
                "state": task._meta.get_field("state").label(task.state)
            }
        if reason:
            raise refused("not_allowed", reason)
        told = replace(told, evidence=evidence_in_words(told.evidence, told.files))
        made = TaskMove(
            task=task,
            region=task.region,
            act=key,
            day=work.on,
            at=clock.now(),
            by=by,
            unit_name=by.unit_name,
            before=task.state,
            text=told.text,
            percent=told.percent,
            evidence=told.evidence,
        )
        _check(act, told, made, task, work.on)
        keep_files(TASKS, task, told.files, told.caption, act=key, by=by, on=work.on)
        before = {name: getattr(task, name) for name in ("deadline_on", "long_term", "post_id", "next_review_on")}
        _EFFECTS[key](task, told, by, work.on)
        if act.target and not (act.key == "report" and task.state == "long_term"):
            task.state = act.target
        made.after = task.state
        made.changes = {
            name: [_plain(value), _plain(getattr(task, name))]
            for name, value in before.items()
            if getattr(task, name) != value
        }
        task.version += 1
        task.save(update_fields=CHANGED)
        made.save()
        arm([task], work.on)
        work.publish(TASKS, [task.pk], in_place=True)
        return made


def _plain(value):
    return value.isoformat() if isinstance(value, dt.date) else value


def _check(act: Act, told: Told, made: TaskMove, task: ResponsibilityTask, on: dt.date) -> None:
    """What the act needs is told, and told rightly. Raises Refused with all that is wrong."""
    faults: dict[str, ValidationError] = {}
    for name in ("text", "percent", "evidence"):
        try:
            setattr(made, name, TaskMove._meta.get_field(name).clean(getattr(told, name), made))
        except ValidationError as error:
            if name in act.needs or getattr(told, name) not in ("", None):
                faults[name] = error
    if "text" in act.needs and not made.text:
        faults["text"] = ValidationError(_NEEDED[act.key], "required")
    if "evidence" in act.needs and not made.evidence:
        faults["evidence"] = ValidationError(
            _("Attach the evidence, or name it: document numbers, names of papers."), "required"
        )
    if "day" in act.needs:
        if told.day is None:
            faults["day"] = ValidationError(_("Say on which day it was done."), "required")
        elif told.day > on:
            faults["day"] = ValidationError(_("The day lies in the future. Enter it when it has come."), "future_date")
    if "deadline" in act.needs:
        faults |= _faults_of_deadline(told, task, on)
    if "post" in act.needs:
        if told.post is None:
            faults["post"] = ValidationError(_("Choose a post."), "required")
        elif told.post.unit_id != task.unit_id or told.post.voided_at:
            faults["post"] = ValidationError(
                _("This post is not of %(unit)s. Choose one of its posts.") % {"unit": task.unit.name}, "other_unit"
            )
    if faults:
        raise Refused(list(of_error(ValidationError(faults))))


def _faults_of_deadline(told: Told, task: ResponsibilityTask, on: dt.date) -> dict[str, ValidationError]:
    if told.long_term == (told.deadline is not None):
        return {"deadline": ValidationError(_("Give either a day, or mark the task as long term."), "required")}
    if told.deadline and told.deadline < on:
        return {"deadline": ValidationError(_("The deadline lies in the past already."), "past_date")}
    if told.deadline and task.interim_on and not task.interim_met_on and told.deadline < task.interim_on:
        return {
            "deadline": ValidationError(
                _("The stage of the task ends on %(day)s, after this day.") % {"day": task.interim_on}, "order"
            )
        }
    return {}


_NEEDED = {
    "report": gettext_lazy("Write what has been done."),
    "submit": gettext_lazy("Write how the task was completed."),
    "return": gettext_lazy("Say why it is returned, so that the unit knows what is missing."),
    "stage": gettext_lazy("Say what the stage has reached."),
    "review": gettext_lazy("Write the result of the yearly review."),
    "confirm": gettext_lazy("Say on what basis it counts as done."),
    "redate": gettext_lazy("Say why the deadline is set or changed."),
    "reopen": gettext_lazy("Say why the task is opened again."),
}


def _report(task: ResponsibilityTask, told: Told, by, on: dt.date) -> None:
    if told.percent is not None:
        task.progress = told.percent


def _submit(task: ResponsibilityTask, told: Told, by, on: dt.date) -> None:
    task.progress, task.submitted_on, task.submitted_by = 100, on, by


def _accept(task: ResponsibilityTask, told: Told, by, on: dt.date) -> None:
    task.completed_on = task.submitted_on


def _return(task: ResponsibilityTask, told: Told, by, on: dt.date) -> None:
    task.submitted_on = None


def _stage(task: ResponsibilityTask, told: Told, by, on: dt.date) -> None:
    task.interim_met_on = on


def _review(task: ResponsibilityTask, told: Told, by, on: dt.date) -> None:
    """The next is due a year after this one was; a year that was missed altogether is not made up."""
    following = add_months(task.next_review_on, 12)
    while following < on:
        following = add_months(following, 12)
    task.next_review_on = following


def _confirm(task: ResponsibilityTask, told: Told, by, on: dt.date) -> None:
    task.completed_on, task.progress = told.day, 100


def _redate(task: ResponsibilityTask, told: Told, by, on: dt.date) -> None:
    task.deadline_on, task.long_term = told.deadline, told.long_term
    settle_long_term(task, on)


def _assign(task: ResponsibilityTask, told: Told, by, on: dt.date) -> None:
    task.post = told.post


def _reopen(task: ResponsibilityTask, told: Told, by, on: dt.date) -> None:
    task.completed_on = task.submitted_on = task.submitted_by = None


_EFFECTS = {
    "report": _report,
    "submit": _submit,
    "accept": _accept,
    "return": _return,
    "stage": _stage,
    "review": _review,
    "confirm": _confirm,
    "redate": _redate,
    "assign": _assign,
    "reopen": _reopen,
}


def settle_long_term(task: ResponsibilityTask, on: dt.date) -> None:
    """State and review day follow the mark: a long-term task has both, any other neither."""
    if task.long_term:
        if task.state in WORKING:
            task.state = "long_term"
        task.next_review_on = task.next_review_on or year_end(on)
    else:
        if task.state == "long_term":
            task.state = "in_progress" if task.progress else "open"
        task.next_review_on = None
