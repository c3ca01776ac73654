"""Making the digests of a day: what has become near or late and the receiver has neither read nor been told."""

from __future__ import annotations

import datetime as dt
from collections import Counter

from django.conf import settings
from django.db.models import Q
from django.utils import translation

from accounts.models import User
from accounts.posts import receivers_of
from alerts.models import Alert, AlertReceipt, Digest, Webhook, WebhookDelivery
from alerts.queries import inbox
from common import clock, codes, scope
from common.models import STANDING

MOST_PARTS = 1000
SOURCE = "deadlines"


def compose(on: dt.date) -> tuple[list[Digest], list[WebhookDelivery]]:
    """The digests of the day that are not made yet. What nights have missed is told in one."""
    with scope.whole(source=SOURCE):
        wanting = User.objects.filter(is_active=True, wants_digest=True).exclude(email="").exclude(digests__day=on)
        users = list(wanting.order_by("username"))
        hooks = list(Webhook.objects.filter(STANDING, active=True).exclude(deliveries__day=on).order_by("pk"))
    digests = [digest for user in users if (digest := _for_user(user, on))]
    return digests, [delivery for hook in hooks if (delivery := _for_webhook(hook, on))]


def _for_user(user: User, on: dt.date) -> Digest | None:
    with scope.whole(source=SOURCE):
        alerts = list(inbox(user, on, Q(told_on=None, read_at=None))[:MOST_PARTS])
        if not alerts:
            return None
        parts = [{"alert": alert.pk, "stage": alert.stage, "level": alert.level} for alert in alerts]
        digest, made = Digest.objects.get_or_create(
            user=user, day=on, defaults={"parts": parts, "next_try": clock.now()}
        )
        if not made:
            return None
        AlertReceipt.objects.bulk_create(
            [AlertReceipt(alert=alert, user=user, told_on=on) for alert in alerts], ignore_conflicts=True
        )
        AlertReceipt.objects.filter(alert__in=alerts, user=user, told_on=None).update(told_on=on)
        return digest


def _for_webhook(hook: Webhook, on: dt.date) -> WebhookDelivery | None:
    with scope.whole(source=SOURCE):
        found = Alert.objects.under(hook.region).filter(ended_on=None)
        levels = Counter(found.values_list("level", flat=True))
        if not levels:
            return None
        delivery, made = WebhookDelivery.objects.get_or_create(
            webhook=hook,
            day=on,
            defaults={"region": hook.region, "payload": _payload(hook, found, levels, on), "next_try": clock.now()},
        )
        return delivery if made else None


def _payload(hook: Webhook, found, levels: Counter, on: dt.date) -> dict:
    """All that is open in the division: how much, and the most pressing in full. No personal data: people are told by
    their account."""
    chosen = found.select_related("deadline__responsible", "deadline__unit").order_by("due_on", "id")
    alerts = list(chosen[:MOST_PARTS])
    posts = {alert.deadline.post_id for alert in alerts if alert.deadline and alert.deadline.post_id}
    holders = receivers_of(posts, on)
    with translation.override(settings.LANGUAGE_CODE):
        return {
            "day": on.isoformat(),
            "division": f"{hook.region:012d}",
            "open": levels.total(),
            "levels": {code: levels[code] for code, _words in codes.choices("alert_level")},
            "left_out": levels.total() - len(alerts),
            "alerts": [_told(alert, holders, on) for alert in alerts],
        }


def _told(alert: Alert, holders: dict[int, list[User]], on: dt.date) -> dict:
    deadline = alert.deadline
    people = []
    if deadline and deadline.reach == deadline.Reach.PERSON:
        people = [deadline.responsible.username]
    elif deadline and deadline.reach == deadline.Reach.POST:
        people = [user.username for user in holders.get(deadline.post_id, ())]
    return {
        "id": alert.pk,
        "kind": alert.kind,
        "title": alert.title,
        "message": alert.message,
        "level": alert.level,
        "stage": alert.stage,
        "due_on": alert.due_on.isoformat(),
        "days_late": (on - alert.due_on).days,
        "opened_on": alert.opened_on.isoformat(),
        "division": f"{alert.region:012d}",
        "address": f"{settings.SITE_URL}{alert.address}",
        "receivers": people,
        "unit": deadline.unit.name if deadline and deadline.unit_id else "",
    }
