"""What stands on the page of a webhook."""

from __future__ import annotations

from alerts.models import Webhook

SHOWN = 30


def deliveries_panel(webhook: Webhook, user) -> dict:
    """The last deliveries, with what became of them."""
    return {"deliveries": list(webhook.deliveries.order_by("-day")[:SHOWN])}
