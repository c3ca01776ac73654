"""Readings of accounts."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable

from accounts.models import UserScope
from common.scope import Range, code_range


def ranges_of(users: Iterable[int]) -> dict[int, list[Range]]:
    """The areas of many accounts at once; one that is closed has none."""
    found: dict[int, list[Range]] = defaultdict(list)
    scopes = UserScope.objects.filter(user__in=list(users), user__is_active=True).order_by("user", "region")
    for user, region in scopes.values_list("user", "region"):
        found[user].append(code_range(region))
    return dict(found)
