"""Deadlines for tests: a kind of their own, and people, posts and units whom they reach."""

from __future__ import annotations

import datetime as dt

from accounts.models import Post, PostHolding, User
from alerts.actions import set_deadline
from alerts.kinds import DEADLINE_KINDS, DeadlineKind, declare_deadline
from alerts.models import Alert, Deadline
from common.scope import whole
from common.terms import term
from divisions.models import Unit
from tests import world

KEY, LEDGER = "test-due", "rectification-items"
if KEY not in DEADLINE_KINDS:
    declare_deadline(
        DeadlineKind(
            KEY,
            term("test deadline", "测试时限"),
            "事项 %(number)s 应于 %(due_on)s 前办结。",
            frozenset({"township", "county", "city", "province"}),
        )
    )
DAY = dt.timedelta(1)


def due(
    number: int,
    due_on: dt.date,
    *,
    on: dt.date,
    region: int = world.WANGMO_TOWNSHIP,
    kind: str = KEY,
    ledger: str = LEDGER,
    **told,
) -> Deadline:
    """Set (or move) the deadline of a subject."""
    with whole():
        return set_deadline(
            kind,
            ledger,
            number,
            region=region,
            address=f"/inbox/?number={number}",
            due_on=due_on,
            params={"number": number},
            on=on,
            **told,
        )


def unit(name: str = "望谟县测试局", region: int = world.WANGMO) -> Unit:
    return Unit.objects.get_or_create(name=name, region=region, defaults={"kind": "other"})[0]


def post(name: str = "科长", of: Unit | None = None) -> Post:
    of = of or unit()
    with whole():
        made = Post(unit=of, name=name, region=of.region)
        made.title = made.full_title()
        made.save()
    return made


def holds(
    held: Post, user: User, from_on: dt.date, to_on: dt.date | None = None, *, substitute: bool = False
) -> PostHolding:
    with whole():
        return PostHolding.objects.create(
            post=held, user=user, from_on=from_on, to_on=to_on, substitute=substitute, region=held.region
        )


def told(**which) -> list[tuple]:
    """(stage, level, opened on, ended on) of the alerts of deadlines, in the order in which they were told."""
    with whole():
        rows = Alert.objects.filter(deadline__isnull=False, **which).order_by("deadline", "opened_on", "stage", "id")
        return list(rows.values_list("stage", "level", "opened_on", "ended_on"))
