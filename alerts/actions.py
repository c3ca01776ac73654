"""The only writers of alerts and receipts."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass, field

from django.db.models import F
from django.db.models.functions import Greatest

from alerts.models import Alert, AlertReceipt, Deadline
from common import bulk, clock
from common.changes import writing


@dataclass(frozen=True)
class Due:
    """What is due now for a subject: an alert for it is open."""

    subject_id: int
    region: int
    due_on: dt.date
    address: str
    params: dict = field(default_factory=dict, compare=False)


def settle(kind: str, ledger: str, subjects: Iterable[int], due: Iterable[Due], *, on: dt.date) -> None:
    """Make the open alerts of a kind about these subjects exactly those that are due; repeating it changes nothing."""
    wanted = {(item.subject_id, item.due_on): item for item in due}
    with writing(on=on):
        stored = {
            (alert.subject_id, alert.due_on): alert
            for alert in Alert.objects.filter(kind=kind, ledger=ledger, subject_id__in=list(subjects)).order_by("id")
        }
        changed = []
        for key, alert in stored.items():
            item = wanted.get(key)
            if item is None:
                if alert.ended_on is None:
                    alert.ended_on = max(on, alert.opened_on)
                    changed.append(alert)
            elif alert.ended_on is not None or (alert.region, alert.params) != (item.region, item.params):
                alert.ended_on, alert.region, alert.params, alert.address = None, item.region, item.params, item.address
                changed.append(alert)
        bulk.update(changed, ["ended_on", "region", "params", "address"])
        bulk.insert(
            [
                Alert(
                    kind=kind,
                    ledger=ledger,
                    subject_id=item.subject_id,
                    region=item.region,
                    due_on=item.due_on,
                    address=item.address,
                    params=item.params,
                    opened_on=on,
                )
                for key, item in wanted.items()
                if key not in stored
            ]
        )


def set_deadline(
    kind: str,
    ledger: str,
    subject_id: int,
    *,
    region: int,
    address: str,
    due_on: dt.date,
    responsible=None,
    post=None,
    unit=None,
    params: dict | None = None,
    on: dt.date | None = None,
) -> Deadline:
    """When a subject's next thing is due: the open deadline of the kind is moved (a paused one goes on), or a new one
    is set."""
    with writing(on=on) as work:
        told = {
            "region": region,
            "address": address,
            "due_on": due_on,
            "responsible": responsible,
            "post": post,
            "unit": unit,
            "params": params or {},
            "paused_on": None,
        }
        deadline, made = Deadline.objects.select_for_update(no_key=True).get_or_create(
            kind=kind, ledger=ledger, subject_id=subject_id, cleared_on=None, defaults={**told, "set_on": work.on}
        )
        if not made:
            for name, value in told.items():
                setattr(deadline, name, value)
            deadline.save(update_fields=list(told))
        return deadline


def pause_deadlines(kind: str, ledger: str, subjects: Iterable[int], *, on: dt.date) -> int:
    """These subjects' open deadlines of the kind remind of nothing until they are set again."""
    return Deadline.objects.filter(
        kind=kind, ledger=ledger, subject_id__in=list(subjects), cleared_on=None, paused_on=None
    ).update(paused_on=Greatest(on, F("set_on")))


def clear_deadlines(kind: str, ledger: str, subjects: Iterable[int], *, on: dt.date) -> int:
    """These subjects' open deadlines of the kind are met, or no longer needed."""
    return Deadline.objects.filter(kind=kind, ledger=ledger, subject_id__in=list(subjects), cleared_on=None).update(
        cleared_on=Greatest(on, F("set_on"))
    )


def mark_read(alerts: Iterable[Alert], *, by) -> None:
    """Note that the user has seen these alerts."""
    AlertReceipt.objects.bulk_create(
        [AlertReceipt(alert=alert, user=by, read_at=clock.now()) for alert in alerts], ignore_conflicts=True
    )


def acknowledge(alert: Alert, *, by) -> None:
    """Note that the user takes care of the alert; the first acknowledgement stays."""
    mark_read([alert], by=by)
    AlertReceipt.objects.filter(alert=alert, user=by, acknowledged_at=None).update(acknowledged_at=clock.now())
