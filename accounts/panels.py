"""What stands on the page of a post."""

from __future__ import annotations

from accounts.models import Post, PostHolding
from common import clock
from common.models import STANDING


def holdings_panel(post: Post, user) -> dict:
    """Who held the post, the latest first."""
    on = clock.today()
    holdings = PostHolding.objects.visible_to(user).filter(STANDING, post=post).select_related("user")
    return {
        "holdings": [
            {"holding": holding, "now": holding.holds_on(on), "ahead": holding.from_on > on}
            for holding in holdings.order_by("-from_on", "-pk")
        ]
    }
