"""What stands in a person's inbox 待办: alerts, jobs that ended, and what higher apps add as sources.

What comes of a deadline is shown here by its alert: a source adds only what no alert tells.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass

from django.core.cache import cache
from django.db.models import Q
from django.utils.translation import gettext as _
from redis.exceptions import RedisError

from accounts.roles import can
from alerts import workdays
from alerts.engine.ladder import level_of
from alerts.models import Alert, Deadline
from alerts.queries import AREA, MINE, MOST_COUNTED, UNIT, alerts_of, count_alerts, orphans
from common import clock
from common.codes import code_list
from common.terms import Term, term
from jobs.models import Job
from jobs.runner import kinds

JOB_DAYS = 3  # for so long a finished job stays in the inbox; its files are kept longer and stand under jobs
COUNT_SECONDS = 60
ENDED_JOBS = (Job.State.WAITING, Job.State.DONE, Job.State.FAILED)
ORPHANS = "/ledgers/deadlines/?orphan=1"
CALENDAR = "/ledgers/calendar-days/"


@dataclass(frozen=True)
class Task:
    """One line: what it is about, where it is done, by when (None: no day), how loud, and the alert that may be
    acknowledged."""

    kind: str
    text: str
    url: str
    due_on: dt.date | None = None
    alert: Alert | None = None
    tone: str = ""
    level: str = ""

    def days_late(self, on: dt.date) -> int:
        """Days since the due date; negative while it is ahead."""
        return (on - self.due_on).days if self.due_on else 0

    def urgency(self, on: dt.date) -> tuple[int, dt.date]:
        """Sorts the latest first, then what has no day and waits, then what is ahead."""
        if self.due_on is None:
            return 1, on
        return (0 if self.due_on < on else 2), self.due_on

    @property
    def level_words(self) -> str:
        return code_list("alert_level").label(self.level) if self.level else ""


@dataclass(frozen=True)
class Source:
    """Where tasks come from: `find(user, on, limit)` gives the number of all, whatever the limit, and the most pressing
    ones. What is not `mine` (my unit's, my area's) has a tab of its own and does not count among what is to be done."""

    key: str
    title: Term
    find: Callable[[object, dt.date, int], tuple[int, list[Task]]]
    mine: bool = True


def _alerts(whose: str) -> Callable[[object, dt.date, int], tuple[int, list[Task]]]:
    def find(user, on: dt.date, limit: int) -> tuple[int, list[Task]]:
        tasks = [_task(alert, on, acknowledging=whose != AREA) for alert in alerts_of(user, on, whose)[:limit]]
        return count_alerts(user, on, whose, most=MOST_COUNTED) if len(tasks) == limit else len(tasks), tasks

    return find


def _task(alert: Alert, on: dt.date, *, acknowledging: bool) -> Task:
    level = alert.level or level_of((on - alert.due_on).days)
    shown = alert if acknowledging else None
    return Task(alert.title, alert.message, alert.address, alert.due_on, shown, level=level)


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
    return found.count() if len(tasks) == limit else len(tasks), tasks


def _upkeep(user, on: dt.date, limit: int) -> tuple[int, list[Task]]:
    """What keeps reminders working: deadlines that nobody holds, to those who fill posts there; a year without holidays,
    to the administrator."""
    tasks = []
    if can(user, "write", "post-holdings") and (number := orphans(Deadline.objects.visible_to(user), on).count()):
        text = _("Deadlines held by nobody: %(n)s. Fill the posts, or name somebody else")
        tasks.append(Task(str(term("Posts", "岗位")), text % {"n": f"{number:,}"}, ORPHANS, tone="warn"))
    if can(user, "write", "calendar-days") and (year := workdays.unknown_year(on)):
        text = _("The holidays of %(year)s are not known: enter them as the State Council has announced them")
        tasks.append(Task(str(term("Work calendar", "工作日历")), text % {"year": year}, CALENDAR, tone="warn"))
    return len(tasks), tasks[:limit]


SOURCES: list[Source] = [
    Source("alerts", term("Alerts", "预警"), _alerts(MINE)),
    Source("jobs", term("Jobs", "后台任务"), _jobs),
    Source("upkeep", term("Upkeep", "基础维护"), _upkeep),
    Source(UNIT, term("My unit", "本单位"), _alerts(UNIT), mine=False),
    Source(AREA, term("My area", "本地区"), _alerts(AREA), mine=False),
]


def count_mine(user, on: dt.date) -> int:
    """How many lines the user's inbox holds as their own."""
    return sum(source.find(user, on, 0)[0] for source in SOURCES if source.mine)


def count_shown(user, on: dt.date) -> int:
    """`count_mine` as every page shows it beside the word inbox, at most a minute old: counting asks each source and takes
    as long as a page. What users do themselves shows at once, as it forgets the count. Without a cache each page counts."""
    try:
        count = cache.get(_count_key(user, on))
    except RedisError:
        return count_mine(user, on)
    if count is None:
        count = count_mine(user, on)
        keep_count(user, on, count)
    return count


def keep_count(user, on: dt.date, count: int) -> None:
    try:
        cache.set(_count_key(user, on), count, COUNT_SECONDS)
    except RedisError:
        pass  # then the next page counts too


def forget_count(user, on: dt.date) -> None:
    try:
        cache.delete(_count_key(user, on))
    except RedisError:
        pass  # what was done is done; a count that outlives the outage is a minute old at most


def _count_key(user, on: dt.date) -> str:
    return f"inbox-count:{user.pk}:{on}"


def lateness(task: Task, on: dt.date) -> str:
    """How a task's day stands to today, in words; '' without a day."""
    return days_in_words(task.days_late(on)) if task.due_on else ""


def days_in_words(late: int) -> str:
    if late > 0:
        return _("%(n)s days late") % {"n": late}
    return _("%(n)s days left") % {"n": -late} if late else _("due today")
