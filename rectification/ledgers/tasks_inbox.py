"""What the responsibility list and supervision orders put into people's inboxes, beside the reminders of deadlines."""

from __future__ import annotations

import datetime as dt

from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from accounts.models import User
from accounts.posts import posts_of
from accounts.roles import can
from alerts.inbox import SOURCES, Source, Task
from common.models import STANDING
from common.terms import term
from rectification.models.orders import SupervisionOrder
from rectification.models.tasks import ResponsibilityTask
from rectification.queries import orders as order_queries
from rectification.queries.tasks import NEEDS_DEADLINE, PAST, TASKS, why_not
from rectification.task_states import ORDER_ACTS, TASK_ACTS

LINE = 40  # characters of a task's text


def _own_places(user: User) -> list[int]:
    """The places that the user answers for, without those below: a list is kept by its own level."""
    return [lo for lo, _hi in user.ranges]


def _line(task: ResponsibilityTask, kind: str, sentence: str, due_on=None, tone: str = "warn") -> Task:
    told = {"number": task.number, "unit": task.unit.name, "text": task.text[:LINE]}
    return Task(kind, sentence % told, f"/responsibility/{task.pk}/", due_on, tone=tone)


def _tasks(user: User, on: dt.date, limit: int) -> tuple[int, list[Task]]:
    """Tasks without a day and a word on those of the past for whoever keeps the list; what waits for the user's review;
    what was returned to the user's unit."""
    if not can(user, "read", TASKS):
        return 0, []
    rows = ResponsibilityTask.objects.visible_to(user).filter(STANDING).select_related("unit", "submitted_by")
    found: list[Task] = []
    if can(user, "write", TASKS):
        kept = rows.filter(region__in=_own_places(user))
        found += [
            _line(task, _("No deadline"), _("%(number)s of %(unit)s has no deadline: set one. %(text)s"))
            for task in kept.filter(NEEDS_DEADLINE).order_by("pk")
        ]
        found += _past(kept)
    if can(user, "decide", TASKS):
        found += [
            _line(task, _("To be reviewed"), _("%(unit)s submits %(number)s as completed: %(text)s"), task.deadline_on)
            for task in rows.filter(state="submitted").order_by("submitted_on", "pk")
            if not why_not(task, TASK_ACTS["accept"], user, on)
        ]
    mine = Q(unit=user.unit_id) if user.unit_id else Q(pk__in=[])
    found += [
        _line(task, _("Returned"), _("%(number)s was returned to %(unit)s: %(text)s"), task.deadline_on, "bad")
        for task in rows.filter(mine | Q(post__in=posts_of(user, on)), state="returned").order_by("deadline_on", "pk")
    ]
    return len(found), found[:limit]


def _past(kept: QuerySet[ResponsibilityTask]) -> list[Task]:
    number = kept.filter(PAST).count()
    if not number:
        return []
    text = _("%(n)s tasks lie before the day from which the list counts: confirm them as done, or date them anew.")
    return [Task(_("Past"), text % {"n": number}, f"/ledgers/{TASKS}/?past=1", tone="warn")]


def _orders(user: User, on: dt.date, limit: int) -> tuple[int, list[Task]]:
    """Orders that wait for the user: for receipt and answer, or for the decision on an answer."""
    key = order_queries.ORDERS
    if not can(user, "write", key):
        return 0, []
    rows = SupervisionOrder.objects.visible_to(user).filter(STANDING, order_queries.OPEN).select_related("unit")
    found = []
    for order in rows.order_by("limit_on", "pk"):
        act = next(
            (
                ORDER_ACTS[name]
                for name in ("receive", "reply", "close")
                if not order_queries.why_not(order, ORDER_ACTS[name], user, on)
            ),
            None,
        )
        if act is not None:
            text = _("%(number)s to %(unit)s: %(title)s") % {
                "number": order.number,
                "unit": order.unit.name,
                "title": order.title,
            }
            found.append(Task(str(act.label), text, f"/orders/{order.pk}/", order.limit_on, tone="warn"))
    return len(found), found[:limit]


SOURCES.append(Source("tasks", term("Responsibility list", "责任清单"), _tasks))
SOURCES.append(Source("orders", term("Supervision orders", "督办单"), _orders))
