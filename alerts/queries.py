"""Readings of alerts: the inbox of those who act, counts for those who look on."""

from __future__ import annotations

from django.db.models import Count, Exists, F, FilteredRelation, OuterRef, Q, QuerySet

from alerts.kinds import KINDS
from alerts.models import Alert, AlertReceipt


def open_alerts(user) -> QuerySet[Alert]:
    """Alerts in the user's scope whose reason stands, whatever the user's role."""
    return Alert.objects.visible_to(user).filter(ended_on=None)


def inbox(user) -> QuerySet[Alert]:
    """Open alerts that the user's role acts on, the most pressing first; each with `read_at` and `acknowledged_at`."""
    kinds = [kind.key for kind in KINDS.values() if user.role in kind.roles]
    return (
        open_alerts(user)
        .filter(kind__in=kinds)
        .annotate(receipt=FilteredRelation("receipts", condition=Q(receipts__user=user)))
        .annotate(read_at=F("receipt__read_at"), acknowledged_at=F("receipt__acknowledged_at"))
        .order_by("due_on", "id")
    )


def inbox_count(user) -> int:
    """How many alerts of the inbox the user has not yet seen."""
    kinds = [kind.key for kind in KINDS.values() if user.role in kind.roles]
    if not kinds:
        return 0
    seen = AlertReceipt.objects.filter(alert=OuterRef("pk"), user=user)
    return open_alerts(user).filter(~Exists(seen), kind__in=kinds).count()


def counts(user) -> dict[str, int]:
    """Open alerts in the user's scope by kind."""
    found = open_alerts(user).values("kind").annotate(number=Count("id")).order_by("kind")
    return {row["kind"]: row["number"] for row in found}
