"""What stands in a person's inbox 待办: alerts, jobs that ended, and what higher apps add as sources."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass

from django.db.models import Q
from django.utils.translation import gettext as _

from alerts.models import Alert
from alerts.queries import inbox
from common import clock
from common.terms import Term, term
from jobs.models import Job
from jobs.runner import kinds

JOB_DAYS = 3  # for so long a finished job stays in the inbox; its files are kept longer and stand under jobs
ENDED_JOBS = (Job.State.WAITING, Job.State.DONE, Job.State.FAILED)


@dataclass(frozen=True)
class Task:
    """One line: what it is about, where it is done, by when (None: no day), and the alert that may be acknowledged."""

    kind: str
    text: str
    url: str
    due_on: dt.date | None = None
    alert: Alert | None = None
    tone: str = ""

    def days_late(self, on: dt.date) -> int:
        """Days since the due date; negative while it is ahead."""
        return (on - self.due_on).days if self.due_on else 0

    def urgency(self, on: dt.date) -> tuple[int, dt.date]:
        """Sorts the latest first, then what has no day and waits, then what is ahead."""
        if self.due_on is None:
            return 1, on
        return (0 if self.due_on < on else 2), self.due_on


@dataclass(frozen=True)
class Source:
    """Where tasks come from: `find(user, on, limit)` gives the number of all and the most pressing ones."""

    key: str
    title: Term
    find: Callable[[object, dt.date, int], tuple[int, list[Task]]]


def _alerts(user, on: dt.date, limit: int) -> tuple[int, list[Task]]:
    found = inbox(user)
    tasks = [Task(alert.title, alert.message, alert.address, alert.due_on, alert) for alert in found[:limit]]
    return found.count() if len(tasks) == limit else len(tasks), tasks


def _jobs(user, on: dt.date, limit: int) -> tuple[int, list[Task]]:
    since = clock.now() - dt.timedelta(JOB_DAYS)
    found = Job.objects.filter(Q(state=Job.State.WAITING) | Q(finished_at__gte=since), owner=user, state__in=ENDED_JOBS)
    tones = {Job.State.DONE: "good", Job.State.FAILED: "bad", Job.State.WAITING: "warn"}
    tasks = [
        Task(
            str(job.get_state_display()),
            kinds[job.kind].title(job),
            kinds[job.kind].address(job),
            tone=tones[job.state],
        )
        for job in found.order_by("-created_at")[:limit]
    ]
    return len(tasks), tasks


SOURCES: list[Source] = [
    Source("alerts", term("Alerts", "预警"), _alerts),
    Source("jobs", term("Jobs", "后台任务"), _jobs),
]


def lateness(task: Task, on: dt.date) -> str:
    """How a task's day stands to today, in words; '' without a day."""
    if task.due_on is None:
        return ""
    days = task.days_late(on)
    if days > 0:
        return _("%(n)s days late") % {"n": days}
    return _("%(n)s days left") % {"n": -days} if days else _("due today")
