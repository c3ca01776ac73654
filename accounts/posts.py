"""Who holds a post on a day, and who stands in: what is bound to a post finds its people here."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable

from django.db.models import Exists, OuterRef, Q, QuerySet

from accounts.models import PostHolding, User
from common.models import STANDING


def holdings_on(on: dt.date):
    """Standing holdings that hold on the day; both days count."""
    return PostHolding.objects.filter(STANDING, Q(to_on=None) | Q(to_on__gte=on), from_on__lte=on)


def receivers_of(posts: Iterable[int], on: dt.date) -> dict[int, list[User]]:
    """For each post those whom its messages reach on the day: the substitutes where there are any, else the holders.

    A post without anybody on the day is absent: an orphan.
    """
    found: dict[int, dict[bool, list[User]]] = defaultdict(lambda: {True: [], False: []})
    rows = holdings_on(on).filter(post__in=list(posts), post__voided_at=None, user__is_active=True)
    for holding in rows.select_related("user").order_by("from_on", "pk"):
        found[holding.post_id][holding.substitute].append(holding.user)
    return {post: people[True] or people[False] for post, people in found.items()}


def posts_reaching(user: User, on: dt.date) -> QuerySet:
    """The posts whose messages reach the user on the day, as a query of their ids."""
    stands_in = holdings_on(on).filter(post=OuterRef("post"), substitute=True, user__is_active=True)
    mine = holdings_on(on).filter(user=user, user__is_active=True, post__voided_at=None)
    return mine.filter(Q(substitute=True) | ~Exists(stands_in)).values("post")


def posts_of(user: User, on: dt.date) -> list[int]:
    """The posts whose messages reach the user on the day."""
    return sorted(set(posts_reaching(user, on).values_list("post", flat=True)))


def vacant(on: dt.date, post: str = "pk") -> Exists:
    """A condition: nobody in office holds the post (named by the path `post`) on the day, nor stands in."""
    return ~Exists(holdings_on(on).filter(post=OuterRef(post), user__is_active=True))
