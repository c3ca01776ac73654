"""Readings of supervision orders: whose side somebody is on, and which acts are open to them or why not."""

from __future__ import annotations

import datetime as dt

from django.db.models import F, Q
from django.utils.translation import gettext as _

from accounts.models import User
from accounts.posts import posts_of
from accounts.roles import can
from common import clock
from common.scope import contains
from rectification.models.orders import SupervisionOrder
from rectification.queries.tasks import Allowed, acts_for
from rectification.task_states import LEADS, ORDER_ACTS, Act

ORDERS = "supervision-orders"
# Departments have the right to write orders for the sake of receipt and reply; those who issue them are told here.
ISSUING = frozenset({"county", "city", "province", "drc"})

OPEN = ~Q(state="closed")
MOST_ABOUT = 10


def overdue(on: dt.date) -> Q:
    """Past its limit, and the receiver's side has not done its part in time."""
    return OPEN & Q(limit_on__lt=on) & (~Q(state="replied") | Q(replied_on__gt=F("limit_on")))


def may_issue(user: User) -> bool:
    return user.role in ISSUING and can(user, "write", ORDERS)


def receives(order: SupervisionOrder, user: User, on: dt.date) -> bool:
    """Whether the user is on the side of those who carry the order out."""
    if order.person_id == user.pk or order.post_id and order.post_id in posts_of(user, on):
        return True
    return acts_for(user, order.unit, on)


def issues(order: SupervisionOrder, user: User, on: dt.date) -> bool:
    """Whether the user is on the side of those who issued it: they answer for the place it was issued in."""
    return may_issue(user) and contains(user.ranges, order.issuer_region)


def acts_on(order: SupervisionOrder, user: User, on: dt.date) -> list[Allowed]:
    return [Allowed(act, why_not(order, act, user, on)) for act in ORDER_ACTS.values()]


def why_not(order: SupervisionOrder, act: Act, user: User, on: dt.date) -> str:
    """Why the user may not do the act on the order; '' where it may be done."""
    if order.voided_at:
        return _("This order was voided.")
    if order.state not in act.sources:
        return _not_now(order, act)
    if not contains(user.ranges, order.region):
        return _("The order lies outside your area.")
    if not can(user, "write", ORDERS):
        return _("Your role does not act on supervision orders.")
    if act.who == LEADS:
        if not issues(order, user, on):
            return _("Whoever issued the order decides on it.")
        if act.key in ("close", "return") and (order.replied_by_id == user.pk or receives(order, user, on)):
            return _("You are on the receiving side. Somebody else of the issuing side decides.")
        return ""
    if not receives(order, user, on):
        return _("The order is addressed to %(unit)s: its own people act on it.") % {"unit": order.unit.name}
    return ""


def why_not_attach(order: SupervisionOrder, user: User) -> str:
    """Why the user may add no files to the order and withdraw none; '' where it is allowed: the issuing side until receipt,
    the receiving side until its reply."""
    if order.state in ("replied", "closed"):
        return _("The order is “%(state)s”: its files stay as they are.") % {
            "state": order._meta.get_field("state").label(order.state)
        }
    if not contains(user.ranges, order.region) or not can(user, "write", ORDERS):
        return _("Your role does not act on supervision orders.")
    on = clock.today()
    if order.state == "issued":
        return "" if issues(order, user, on) else _("Until receipt the issuing side alone attaches files.")
    if not receives(order, user, on):
        return _("The order is addressed to %(unit)s: its own people act on it.") % {"unit": order.unit.name}
    return ""


def about(ledger: str, record: int, user: User) -> list[SupervisionOrder]:
    """The orders about a record that the user may see, the latest first."""
    if not can(user, "read", ORDERS):
        return []
    rows = SupervisionOrder.objects.visible_to(user).filter(subject_ledger=ledger, subject_id=record, voided_at=None)
    return list(rows.select_related("unit").order_by("-issued_on", "-pk")[:MOST_ABOUT])


def _not_now(order: SupervisionOrder, act: Act) -> str:
    if act.key == "close" and order.state == "issued":
        return _("Nobody has acknowledged receipt yet: an order is closed after receipt and reply.")
    if act.key in ("close", "return") and order.state in ("received", "returned"):
        return _("There is no reply yet: an order is closed after receipt and reply.")
    if act.key == "reply" and order.state == "issued":
        return _("Acknowledge receipt first.")
    return _("The order is “%(state)s”.") % {"state": order._meta.get_field("state").label(order.state)}
