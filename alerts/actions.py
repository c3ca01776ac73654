"""The only writers of alerts and receipts."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import ClassVar

from django.db.models import F, Q
from django.db.models.functions import Greatest

from accounts.models import Post, PostHolding, User
from alerts.engine import follow
from alerts.engine.ladder import level_of
from alerts.kinds import DEADLINE_KINDS
from alerts.models import Alert, AlertReceipt, Deadline
from common import bulk, clock, scope
from common.changes import Changes, writing
from divisions.models import Unit


@dataclass(frozen=True)
class Due:
    """What is due now for a subject: an alert for it is open."""

    subject_id: int
    region: int
    due_on: dt.date
    address: str
    params: dict = field(default_factory=dict, compare=False)


@dataclass(frozen=True)
class Limit:
    """What set_deadline is told of one subject."""

    FIELDS: ClassVar = ("region", "address", "due_on", "responsible", "post", "unit", "params")

    subject_id: int
    region: int
    address: str
    due_on: dt.date
    responsible: User | None = None
    post: Post | None = None
    unit: Unit | None = None
    params: dict = field(default_factory=dict)

    def told(self) -> dict:
        return {name: getattr(self, name) for name in self.FIELDS}


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
                    level=level_of((on - item.due_on).days),
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
    limit = Limit(subject_id, region, address, due_on, responsible, post, unit, params or {})
    return set_deadlines(kind, ledger, [limit], on=on)[0]


def set_deadlines(kind: str, ledger: str, limits: Sequence[Limit], *, on: dt.date | None = None) -> list[Deadline]:
    """As set_deadline, for many subjects at once, in the order of `limits`."""
    if not limits:
        return []
    for limit in limits:
        DEADLINE_KINDS[kind].check(limit.params)
    with writing(on=on) as work:
        stored = _locked(kind, ledger, [limit.subject_id for limit in limits])
        # What stays as it is, the night follows; what changes is brought up to the day first.
        follow(
            [one.pk for limit in limits if (one := stored.get(limit.subject_id)) and _differs(limit, one)],
            work.on,
            changing=True,
        )
        missing = [limit for limit in limits if limit.subject_id not in stored]
        if missing:
            fresh = [
                Deadline(
                    kind=kind,
                    ledger=ledger,
                    subject_id=limit.subject_id,
                    set_on=work.on,
                    armed_on=work.on,
                    **limit.told(),
                )
                for limit in missing
            ]
            # Where somebody else sets the same one at this moment, theirs is found and moved.
            Deadline.objects.bulk_create(fresh, ignore_conflicts=True)
            stored |= _locked(kind, ledger, [limit.subject_id for limit in missing])
        changed = [deadline for limit in limits if _lay(limit, deadline := stored[limit.subject_id], work.on)]
        bulk.update(changed, [*Limit.FIELDS, "armed_on", "paused_on"])
        touched = [stored[limit.subject_id] for limit in missing] + changed
        if touched:
            ids = [deadline.pk for deadline in touched]
            follow(ids, work.on)
            reached = dict(Deadline.objects.filter(pk__in=ids).values_list("pk", "reach"))
            for deadline in touched:
                deadline.reach = reached[deadline.pk]
        return [stored[limit.subject_id] for limit in limits]


def _locked(kind: str, ledger: str, subjects: Iterable[int]) -> dict[int, Deadline]:
    """The open deadlines of these subjects, locked in order."""
    found = Deadline.objects.filter(kind=kind, ledger=ledger, subject_id__in=list(subjects), cleared_on=None)
    return {deadline.subject_id: deadline for deadline in found.order_by("pk").select_for_update(no_key=True)}


def _lay(limit: Limit, deadline: Deadline, on: dt.date) -> bool:
    """Lay what is told over the stored deadline; whether that changed it. Another day, or the end of a pause, arms it
    anew."""
    told, different = limit.told(), _different(limit, deadline)
    if deadline.paused_on or "due_on" in different:
        deadline.armed_on = max(on, deadline.armed_on)
    elif not different:
        return False
    deadline.paused_on = None
    for name in different:
        setattr(deadline, name, told[name])
    return True


def _different(limit: Limit, deadline: Deadline) -> list[str]:
    return [name for name, value in limit.told().items() if _stored(deadline, name) != getattr(value, "pk", value)]


def _differs(limit: Limit, deadline: Deadline) -> bool:
    return bool(deadline.paused_on or _different(limit, deadline))


def _stored(deadline: Deadline, name: str):
    return getattr(deadline, Deadline._meta.get_field(name).attname)


def pause_deadlines(kind: str, ledger: str, subjects: Iterable[int], *, on: dt.date) -> int:
    """These subjects' open deadlines of the kind remind of nothing until they are set again; their alerts end."""
    return _end(kind, ledger, subjects, on, paused_on=None, then={"paused_on": Greatest(on, F("set_on"))})


def clear_deadlines(kind: str | Iterable[str], ledger: str, subjects: Iterable[int], *, on: dt.date) -> int:
    """These subjects' open deadlines of the kind, or the kinds, are met, or no longer needed; their alerts end."""
    return _end(kind, ledger, subjects, on, then={"cleared_on": Greatest(on, F("set_on"))})


def _end(kind: str | Iterable[str], ledger: str, subjects: Iterable[int], on: dt.date, *, then: dict, **which) -> int:
    """What came due before the change is told first, as it would have been had the night run in time."""
    wanted, kinds = list(subjects), [kind] if isinstance(kind, str) else list(kind)
    if not wanted or not kinds:
        return 0
    with writing(on=on):
        found = Deadline.objects.filter(
            kind__in=kinds, ledger=ledger, subject_id__in=wanted, cleared_on=None, **which
        ).order_by("pk")
        ids = list(found.select_for_update(no_key=True).values_list("pk", flat=True))
        if not ids:
            return 0
        follow(ids, on, changing="cleared_on" not in then)
        number = Deadline.objects.filter(pk__in=ids).update(**then)
        follow(ids, on)
        return number


def follow_people(changes: Changes) -> None:
    """Whoever is bound to the posts, accounts and units that were touched is found anew: a step of what follows a
    change."""
    posts, users, units = (changes.touched[topic] for topic in ("posts", "users", "units"))
    if not posts and not users and not units:
        return
    with scope.whole(source=scope.current().source):
        held = set(PostHolding.objects.filter(user__in=users).values_list("post", flat=True)) if users else set()
        bound = Q(post__in=posts | held) | Q(responsible__in=users) | Q(unit__in=units)
        ids = list(Deadline.objects.filter(bound, cleared_on=None).order_by("pk").values_list("pk", flat=True))
    follow(ids, changes.on)


def mark_read(alerts: Iterable[Alert], *, by) -> None:
    """Note that the user has seen these alerts; the first time stays."""
    now, alerts = clock.now(), list(alerts)
    AlertReceipt.objects.bulk_create(
        [AlertReceipt(alert=alert, user=by, read_at=now) for alert in alerts], ignore_conflicts=True
    )
    AlertReceipt.objects.filter(alert__in=alerts, user=by, read_at=None).update(read_at=now)


def acknowledge(alert: Alert, *, by) -> None:
    """Note that the user takes care of the alert; the first acknowledgement stays."""
    mark_read([alert], by=by)
    AlertReceipt.objects.filter(alert=alert, user=by, acknowledged_at=None).update(acknowledged_at=clock.now())
