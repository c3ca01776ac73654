"""Readings of the responsibility list: who may act on a task and why not, which are overdue, orphans, or without a day."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from django.db.models import Avg, Count, Exists, F, Min, OuterRef, Q, QuerySet
from django.db.models.functions import Coalesce
from django.utils.translation import gettext as _

from accounts.models import User
from accounts.posts import holdings_on, posts_of, receivers_of
from accounts.roles import can
from common import clock, scope
from common.scope import Range, contains, level_of
from divisions.models import Unit
from rectification.models.tasks import ResponsibilityTask
from rectification.task_states import DECIDES, LEADS, OWN, TASK_ACTS, Act

TASKS, REPORTS = "responsibility-tasks", "task-reports"
LEAD_ROLE = "drc"  # the lead department reviews at its own level
LOCAL_ROLES = ("county", "township")
LAST = 1000  # departments whose tasks stand in no list come after those of a list

OPEN = ~Q(state="done")
SETTLED = ("submitted", "done")  # under review or decided: evidence neither comes nor goes
WORKING = Q(state__in=["open", "in_progress", "returned"])


def late(on: dt.date) -> Q:
    """Past its day on `on`, and the unit has not done its part in time. A day before the task counts is the past."""
    return (
        OPEN
        & Q(deadline_on__lt=on)
        & (Q(counts_from=None) | Q(deadline_on__gte=F("counts_from")))
        & (~Q(state="submitted") | Q(submitted_on__gt=F("deadline_on")))
    )


def late_stage(on: dt.date) -> Q:
    """Its stage ended before `on` and was not confirmed."""
    return (
        OPEN & Q(interim_on__lt=on, interim_met_on=None) & (Q(counts_from=None) | Q(interim_on__gte=F("counts_from")))
    )


def late_review(on: dt.date) -> Q:
    return Q(state="long_term", next_review_on__lt=on)


def overdue(on: dt.date) -> Q:
    """Anything of the task is overdue on the day: the task, its stage, its yearly review."""
    return late(on) | late_stage(on) | late_review(on)


PAST = WORKING & Q(deadline_on__lt=F("counts_from"))
NEEDS_DEADLINE = WORKING & Q(deadline_on=None, long_term=False)


def orphans(rows: QuerySet, on: dt.date) -> QuerySet:
    """Tasks still open whose post nobody holds on the day, or that have no post."""
    held = holdings_on(on).filter(post=OuterRef("post"), user__is_active=True, post__voided_at=None)
    return rows.filter(OPEN).exclude(Exists(held))


def level_over(user: User, region: int) -> int | None:
    """The level of the widest of the user's areas that holds the region (0 the nation); None outside all of them."""
    levels = [_level((lo, hi)) for lo, hi in user.ranges if lo <= region < hi]
    return min(levels, default=None)


def _level(area: Range) -> int:
    return 0 if area == scope.WHOLE[0] else level_of(area[0])


def acts_for(user: User, unit: Unit, on: dt.date) -> bool:
    """Whether the user speaks for the unit: belongs to it, holds one of its posts on the day, or is of the local staff of
    the people's government whose unit it is."""
    if user.unit_id == unit.pk:
        return True
    if (
        unit.kind == "government"
        and user.role in LOCAL_ROLES
        and level_over(user, unit.region) == level_of(unit.region)
    ):
        return True
    return holdings_on(on).filter(user=user, post__unit=unit, post__voided_at=None).exists()


def units_of(user: User) -> QuerySet[Unit]:
    """The units that the user may give something to do: those of the own area, without those above it."""
    return Unit.objects.filter(scope.in_ranges(user.ranges)).order_by("region", "name")


@dataclass(frozen=True)
class Allowed:
    """Whether an act may be done by somebody, and if not, why, in words."""

    act: Act
    reason: str = ""

    def __bool__(self) -> bool:
        return not self.reason


def acts_on(task: ResponsibilityTask, user: User, on: dt.date) -> list[Allowed]:
    """Every act of the table, allowed to the user or with the reason why not."""
    return [Allowed(act, why_not(task, act, user, on)) for act in TASK_ACTS.values()]


def why_not(task: ResponsibilityTask, act: Act, user: User, on: dt.date) -> str:
    """Why the user may not do the act on the task; '' where it may be done."""
    if task.voided_at:
        return _("This task was voided.")
    if task.state not in act.sources:
        return _("The task is “%(state)s”.") % {"state": _state(task)}
    return _not_fitting(task, act, on) or _not_entitled(task, act, user, on)


def _state(task: ResponsibilityTask) -> str:
    return task._meta.get_field("state").label(task.state)


def _not_fitting(task: ResponsibilityTask, act: Act, on: dt.date) -> str:
    if act.key == "submit" and not task.deadline_on:
        return _("The task has no deadline yet: the lead department sets one first.")
    if act.key == "stage" and not task.interim_on:
        return _("The task has no stage.")
    if act.key == "stage" and task.interim_met_on:
        return _("The stage was confirmed on %(day)s.") % {"day": task.interim_met_on}
    if act.key == "confirm" and not is_past(task):
        return _("Its day lies not in the past: the unit submits it, and it is reviewed.")
    if act.key == "review" and (begins := review_begins(task)) and on < begins:
        return _("This year's review is done. The next is due on %(day)s, and can be entered from %(first)s on.") % {
            "day": task.next_review_on,
            "first": begins,
        }
    return ""


def _not_entitled(task: ResponsibilityTask, act: Act, user: User, on: dt.date) -> str:
    if not contains(user.ranges, task.region):
        return _("The task lies outside your area.")
    if act.who == OWN:
        return _not_own(task, user, on)
    if act.who == LEADS:
        return "" if can(user, "write", TASKS) else _("Your role does not keep the responsibility list.")
    assert act.who == DECIDES
    return _not_deciding(task, act, user, on)


def _not_own(task: ResponsibilityTask, user: User, on: dt.date) -> str:
    if not can(user, "write", REPORTS):
        return _("Your role does not report on tasks.")
    if (
        can(user, "write", TASKS)
        or acts_for(user, task.unit, on)
        or task.post_id
        and task.post_id in posts_of(user, on)
    ):
        return ""
    return _("The task is %(unit)s's: its own people report on it.") % {"unit": task.unit.name}


def _not_deciding(task: ResponsibilityTask, act: Act, user: User, on: dt.date) -> str:
    """Four eyes: someone of a higher level, or the lead department; never the author, nor one of the same unit."""
    if not can(user, "decide", TASKS):
        return _("Your role does not review tasks.")
    if task.submitted_by_id == user.pk and act.key in ("accept", "return"):
        return _("You submitted this yourself. Somebody else reviews it.")
    above = level_over(user, task.region) < level_of(task.region)
    if above:
        return ""
    if user.role != LEAD_ROLE:
        return _("A higher level or the lead department reviews this task.")
    if user.unit_id is None:
        return _(
            "Your account has no unit, so that it cannot be shown that you are of another one. Ask your administrator."
        )
    units = {task.unit_id, task.submitted_by.unit_id if task.submitted_by_id else None}
    if user.unit_id in units or acts_for(user, task.unit, on):
        return _("This is a matter of your own unit: a higher level reviews it.")
    return ""


def why_not_attach(task: ResponsibilityTask, user: User) -> str:
    """Why the user may add no files to the task and withdraw none; '' where it is allowed: its own side, while it has it."""
    if task.state in SETTLED:
        return _("The task is “%(state)s”: its files stay as they were reviewed.") % {"state": _state(task)}
    if not contains(user.ranges, task.region):
        return _("The task lies outside your area.")
    return _not_own(task, user, clock.today())


def is_past(task: ResponsibilityTask) -> bool:
    """Its day lies before the day from which the task counts."""
    return bool(task.deadline_on and task.counts_from and task.deadline_on < task.counts_from)


def review_begins(task: ResponsibilityTask) -> dt.date | None:
    """The first day on which the review that is due next can be entered: the day after the one before was due."""
    if task.next_review_on is None:
        return None
    due = task.next_review_on
    return dt.date(due.year - 1, due.month, min(due.day, 28) if due.month == 2 else due.day) + dt.timedelta(1)


def people_of(task: ResponsibilityTask, on: dt.date) -> list[User]:
    """Whom the task reaches on the day: the substitutes of its post where there are any, else its holders."""
    return receivers_of([task.post_id], on).get(task.post_id, []) if task.post_id else []


@dataclass
class Department:
    """A department's tasks in numbers."""

    unit: int
    name: str
    total: int
    open: int
    submitted: int
    done: int
    overdue: int
    past: int
    needs_deadline: int
    long_term: int
    progress: int


def board(rows: QuerySet[ResponsibilityTask], on: dt.date) -> list[Department]:
    """The tasks by department, those of a list in its order."""
    found = (
        rows.values("unit_id", "unit__name")
        .annotate(
            place=Coalesce(Min("duty__position"), LAST),
            total=Count("pk"),
            open=Count("pk", filter=WORKING),
            submitted=Count("pk", filter=Q(state="submitted")),
            done=Count("pk", filter=Q(state="done")),
            overdue=Count("pk", filter=overdue(on)),
            past=Count("pk", filter=PAST),
            needs_deadline=Count("pk", filter=NEEDS_DEADLINE),
            long_term=Count("pk", filter=Q(state="long_term")),
            mean=Avg("progress", filter=~Q(state="long_term")),
        )
        .order_by("place", "unit_id")
    )
    return [
        Department(
            row["unit_id"],
            row["unit__name"],
            *(
                row[name]
                for name in ("total", "open", "submitted", "done", "overdue", "past", "needs_deadline", "long_term")
            ),
            progress=round(row["mean"] or 0),
        )
        for row in found
    ]
