"""Sending what is due to be sent, with growing pauses between tries; the rows are the queue.

A row is claimed in a short transaction of its own: its next try is put off first, so that two workers never send the same
one, and one that dies over it loses nothing. A receiver may get a message twice then; a delivery's number tells.
"""

from __future__ import annotations

import datetime as dt
import logging
from collections.abc import Callable
from dataclasses import dataclass

from django.db import connection

from alerts.delivery import mail, webhooks
from alerts.delivery.mail import NotSent
from alerts.models import Digest, WebhookDelivery
from alerts.models.sending import Sending
from common import clock, scope

logger = logging.getLogger(__name__)

AT_ONCE = 100
# Minutes from a failed try to the next; after the last one it is given up, some two days after the first.
PAUSES = (1, 5, 15, 60, 180, 360, 720, 1440)


@dataclass
class Sent:
    """How many messages went out, failed for now, and were given up."""

    sent: int = 0
    failed: int = 0
    given_up: int = 0


def deliver(now: dt.datetime | None = None) -> Sent:
    """Send every message whose time has come. Call it outside of any transaction."""
    if connection.in_atomic_block:
        raise RuntimeError("a receiver may be slow: nothing is sent while a transaction is open")
    now = now or clock.now()
    found = Sent()
    _send_all(Digest, ("user",), _mail, now, found)
    _send_all(WebhookDelivery, ("webhook",), _post, now, found)
    return found


def _mail(digest: Digest) -> dict:
    mail.send(digest)
    return {}


def _post(delivery: WebhookDelivery) -> dict:
    if not delivery.webhook.active or delivery.webhook.voided_at:
        return {}
    return {"answer": webhooks.send(delivery)}


def _send_all(
    model: type[Sending], related: tuple[str, ...], send: Callable[[Sending], dict], now: dt.datetime, found: Sent
) -> None:
    while rows := _claim(model, related, now):
        for row in rows:
            _try(row, send, found)


def _claim(model: type[Sending], related: tuple[str, ...], now: dt.datetime) -> list[Sending]:
    with scope.whole(source="deadlines"):
        due = model.objects.filter(next_try__lte=now, sent_at=None).order_by("next_try", "pk")
        rows = list(due.select_related(*related).select_for_update(skip_locked=True, of=("self",))[:AT_ONCE])
        for row in rows:
            row.attempts += 1
            row.next_try = now + dt.timedelta(minutes=PAUSES[min(row.attempts, len(PAUSES)) - 1])
            row.save(update_fields=["attempts", "next_try"])
    return rows


def _try(row: Sending, send: Callable[[Sending], dict], found: Sent) -> None:
    try:
        told = {"sent_at": clock.now(), "next_try": None, "error": "", **send(row)}
        found.sent += 1
    except NotSent as error:
        logger.warning("%s %s could not be sent: %s.", row._meta.object_name, row.pk, error.reason)
        told = {"error": error.reason[:200]}
        if isinstance(row, WebhookDelivery):
            told["answer"] = error.answer
        if row.attempts > len(PAUSES):
            told["next_try"] = None
            found.given_up += 1
        else:
            found.failed += 1
    with scope.whole(source="deadlines"):
        type(row).objects.filter(pk=row.pk).update(**told)
