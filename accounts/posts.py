"""Who holds a post on a day, and who stands in: what is bound to a post finds its people here."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable

from django.db.models import Q

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


def posts_of(user: User, on: dt.date) -> list[int]:
    """The posts whose messages reach the user on the day."""
    mine = list(holdings_on(on).filter(user=user).values_list("post", flat=True))
    return [post for post, people in receivers_of(mine, on).items() if user in people]
