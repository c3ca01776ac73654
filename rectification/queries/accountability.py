"""Who may call whom to account over a problem, and who has not yet read what was addressed to them."""

from __future__ import annotations

import datetime as dt

from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from accounts.roles import can
from common import clock
from common.models import STANDING
from common.scope import contains, level_of
from divisions.models import Unit
from divisions.queries import parameter_at
from rectification.models import AccountabilityAddressee, AccountabilityRecord, RectificationItem
from rectification.models.accountability import REFERRAL
from rectification.queries.lateness import is_overdue
from rectification.queries.rights import level_over

LEDGER = "accountability-records"
READING_DAYS = 5  # by parameter rectification_reading_days; no document names a number
ISSUING_ROLES = ("county", "city", "province", "drc")


def cause_of(item: RectificationItem, on: dt.date) -> str:
    """Over what somebody can be called to account: the gravest that holds; '' where nothing does."""
    if item.false_on:
        return "false"
    if item.times_returned:
        return "returned"
    return "overdue" if is_overdue(item, on) else ""


def why_not_issue(item: RectificationItem, user, on: dt.date) -> str:
    """Why the user may not call anybody to account over the item; '' where nothing stands against it."""
    if user.role not in ISSUING_ROLES or not can(user, "write", LEDGER):
        return _("Only a level above the responsible unit calls it to account.")
    if not contains(user.ranges, item.region):
        return _("The item lies outside your area.")
    if user.unit_id is None:
        return _("Your account has no unit in whose name this could be issued. Ask your administrator.")
    if item.voided_at or item.lead_unit_id is None:
        return _("The item has no responsible unit.")
    if not cause_of(item, on):
        return _("The problem is neither overdue, nor was it returned, nor was its rectification found false.")
    if not addressable(item, user):
        return _("Only a level above the responsible unit calls it to account.")
    return ""


def addressable(item: RectificationItem, user) -> list[Unit]:
    """The item's units over which the user stands: the lead unit first, then the co-responsible ones."""
    units = [item.lead_unit, *(one.unit for one in item.co_units.select_related("unit"))]
    level = level_over(user, item.region)
    return [unit for unit in units if unit is not None and level < level_of(unit.region) and unit.pk != user.unit_id]


def referral_missing(item: RectificationItem) -> bool:
    """Whether a false rectification was found and has not been referred since."""
    if not item.false_on:
        return False
    rows = AccountabilityRecord.objects.filter(STANDING, item=item, kind=REFERRAL, on__gte=item.false_on)
    return not rows.exists()


def unread_of(user) -> QuerySet[AccountabilityAddressee]:
    """What is addressed to the user's unit and nobody of it has confirmed to have read."""
    if not user.unit_id:
        return AccountabilityAddressee.objects.none()
    return _standing().filter(unit=user.unit_id, read_at=None).within(user.ranges)


def unread_by_others(user) -> QuerySet[AccountabilityAddressee]:
    """What the user's unit has issued and others have not read."""
    if not user.unit_id:
        return AccountabilityAddressee.objects.none()
    return _standing().filter(record__issuing_unit=user.unit_id, read_at=None).within(user.ranges)


def _standing():
    return AccountabilityAddressee.objects.filter(record__voided_at=None).select_related("record__item", "unit")


def reading_days(region: int, on: dt.date) -> int:
    return parameter_at("rectification_reading_days", region, on, READING_DAYS)


def unread_days(addressee: AccountabilityAddressee, on: dt.date) -> int:
    """For how many days it lies unread; 0 once it is read."""
    return 0 if addressee.read_at else max((on - addressee.record.on).days, 0)


def late_reading(rows: QuerySet[AccountabilityRecord]) -> QuerySet[AccountabilityRecord]:
    """Records that somebody addressed has not read for longer than is usual."""
    since = clock.today() - dt.timedelta(READING_DAYS)
    unread = AccountabilityAddressee.objects.filter(read_at=None).values("record")
    return rows.filter(Q(pk__in=unread), on__lt=since)
