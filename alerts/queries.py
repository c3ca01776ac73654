"""Readings of deadlines and alerts: what concerns whom, for inbox, calendar, feed and digests.

Whose a thing is has three readings. Mine: what reaches me, as the person named, the holder of the post or a substitute,
one of the unit, one in charge of the area, or because it has gone up to the level that I work at. My unit: all that is
bound to the unit, its posts or its people. My area: all within my scope.
"""

from __future__ import annotations

import datetime as dt

from django.db.models import Count, F, FilteredRelation, Q, QuerySet

from accounts.models import Post
from accounts.posts import holdings_on, posts_reaching, vacant
from alerts.kinds import DEADLINE_KINDS, KINDS, kinds_of_role
from alerts.models import Alert, Deadline
from common import clock
from common.scope import code_range, in_ranges, level_of

MINE, UNIT, AREA = "mine", "unit", "area"
MOST_COUNTED = 10_000
COUNTY = 3  # the highest level of divisions whose people are in charge of what lies below


def open_alerts(user) -> QuerySet[Alert]:
    """Alerts in the user's scope whose reason stands, whatever the user's role."""
    return Alert.objects.visible_to(user).filter(ended_on=None)


def open_deadlines(user) -> QuerySet[Deadline]:
    """Deadlines in the user's scope that are not met and not paused."""
    return Deadline.objects.visible_to(user).filter(cleared_on=None, paused_on=None)


def _in_charge(user, path: str = "region") -> Q:
    """Places for which the user is in charge when nobody is named: a township or county with all below it; of a city
    or province what lies in itself."""
    places = [(lo, hi) if level_of(lo) >= COUNTY else (lo, lo + 1) for lo, hi in user.ranges]
    return in_ranges(places, path)


def _told_of(user) -> Q:
    """Alerts that have gone up to a level at which the user works."""
    told = Q(pk__in=[])
    for lo, _hi in user.ranges:
        if 1 <= (level := level_of(lo)) <= COUNTY:
            told |= Q(in_ranges([code_range(lo)]), escalated__lte=level)
    return told


def _reaching(user, on: dt.date, to: str) -> list[Q]:
    """The ways in which a deadline (at the path `to`) reaches the user before anything goes up: by name, by post, by
    unit, by area."""

    def way(reach: str, *conditions: Q, **told) -> Q:
        return Q(*conditions, **{f"{to}reach": reach}, **{f"{to}{name}": value for name, value in told.items()})

    ways = [way(Deadline.Reach.PERSON, responsible=user)]
    # Asked first, as most hold no post: a way costs more to plan than to go, on each page with a count in its head.
    if holdings_on(on).filter(user=user).exists():
        ways.append(way(Deadline.Reach.POST, post__in=posts_reaching(user, on)))
    if user.unit_id:
        ways.append(way(Deadline.Reach.UNIT, unit=user.unit_id))
    if kinds := kinds_of_role(DEADLINE_KINDS, user.role):
        ways.append(way(Deadline.Reach.AREA, _in_charge(user, f"{to}region"), kind__in=kinds))
    return ways


def _of_unit(user, to: str) -> list[Q]:
    """What is bound to the user's unit, to a post of it, or to somebody in it."""
    if not user.unit_id:
        return [Q(pk__in=[])]
    return [Q(**{f"{to}{path}": user.unit_id}) for path in ("unit", "post__unit", "responsible__unit")]


def _any_of(rows: QuerySet, ways: list[Q]) -> QuerySet:
    """The rows that fit one of the ways, each once. As a union, each way finds its own index; one condition with OR
    would be tried on all that is open in a province."""
    first, *others = (rows.filter(way) for way in ways)
    return first.union(*others) if others else first


def alerts_of(user, on: dt.date, whose: str, *conditions) -> QuerySet[Alert]:
    """The user's open alerts in one of the three readings, as far as they fulfil the conditions, the most pressing
    first; each with the user's receipt."""
    return _alerts(_with_receipt(open_alerts(user), user).filter(*conditions), user, on, whose).order_by("due_on", "id")


def count_alerts(user, on: dt.date, whose: str, *, most: int = MOST_COUNTED) -> int:
    """How many alerts_of would give; not counted beyond `most`."""
    return _alerts(open_alerts(user).values("pk"), user, on, whose)[: most + 1].count()


def _with_receipt(rows: QuerySet[Alert], user) -> QuerySet[Alert]:
    return rows.annotate(receipt=FilteredRelation("receipts", condition=Q(receipts__user=user))).annotate(
        read_at=F("receipt__read_at"), acknowledged_at=F("receipt__acknowledged_at"), told_on=F("receipt__told_on")
    )


def _alerts(rows: QuerySet[Alert], user, on: dt.date, whose: str) -> QuerySet[Alert]:
    rows = rows.order_by()
    if whose == UNIT:
        return _any_of(rows, _of_unit(user, "deadline__"))
    if whose != MINE:
        return rows
    ways = _reaching(user, on, "deadline__")
    if kinds := kinds_of_role(DEADLINE_KINDS, user.role):
        ways.append(Q(_told_of(user), kind__in=kinds))
    if plain := kinds_of_role(KINDS, user.role):
        ways.append(Q(deadline=None, kind__in=plain))
    return _any_of(rows, ways)


def deadlines_of(user, on: dt.date, whose: str, *conditions) -> QuerySet[Deadline]:
    """The user's open deadlines in one of the three readings, as far as they fulfil the conditions, the most pressing
    first; with the level of the open alert, if there is one."""
    rows = with_level(open_deadlines(user)).filter(*conditions)
    if whose == UNIT:
        rows = _any_of(rows.order_by(), _of_unit(user, ""))
    elif whose == MINE:
        rows = _any_of(rows.order_by(), _reaching(user, on, ""))
    return rows.order_by("due_on", "id")


def with_level(rows: QuerySet[Deadline]) -> QuerySet[Deadline]:
    """Deadlines with the level and stage of their open alert; none while nothing is near."""
    told = FilteredRelation("alerts", condition=Q(alerts__ended_on=None))
    return rows.annotate(told=told).annotate(level=F("told__level"), stage=F("told__stage"))


def inbox(user, on: dt.date | None = None, *conditions) -> QuerySet[Alert]:
    """What the user acts on today, the most pressing first; each with `read_at` and `acknowledged_at`."""
    return alerts_of(user, on or clock.today(), MINE, *conditions)


def counts(user) -> dict[str, int]:
    """Open alerts in the user's scope by kind."""
    found = open_alerts(user).values("kind").annotate(number=Count("id")).order_by("kind")
    return {row["kind"]: row["number"] for row in found}


def orphans(rows: QuerySet[Deadline], on: dt.date) -> QuerySet[Deadline]:
    """Deadlines that nobody holds: bound to a post without anybody on the day, or told to nobody at all."""
    empty = Post.objects.filter(vacant(on)).values("pk")
    return rows.filter(Q(reach=Deadline.Reach.NOBODY) | Q(post__in=empty), cleared_on=None)
