"""The one place that finds a ledger by its key and asks whether a user may act on it."""

from __future__ import annotations

from django.core.exceptions import ValidationError
from django.db import models
from django.http import Http404
from django.utils.translation import gettext as _

from accounts import roles
from common.ledger import Ledger, registry

LONGEST_ID = 18  # digits that a bigint holds for certain


def ledger_for(user, key: str, act: str) -> Ledger:
    """The ledger `key` for `act` (read, write, import, export), as the user may know it. Raises Http404 or
    PermissionDenied."""
    if key not in registry:
        raise Http404(_("There is no ledger “%(key)s”.") % {"key": key})
    roles.check(user, act, key)
    return known_to(user, registry[key])


def known_to(user, ledger: Ledger) -> Ledger:
    """The ledger with what other ledgers tell in it, as far as the user may read those."""
    return ledger.told_by(lambda key: roles.can(user, "read", key))


def member_of(ledger: Ledger, user, member: str, *, lock: bool = False) -> models.Model:
    """The stored row that an address names, voided ones included. Raises Http404 for anything outside the scope."""
    condition = member_condition(ledger, member)
    queryset = ledger.within(user)
    if lock:
        queryset = queryset.select_for_update(no_key=True, of=("self",))
    found = queryset.filter(**condition).order_by("-id").first() if condition else None
    if found is None:
        raise Http404(_("There is no such record, or it lies outside your area."))
    return found


def why_closed(ledger: Ledger, row: models.Model) -> str:
    """Why a standing row is changed no more, in words; "" where it is."""
    return str(ledger.closed(row)) if ledger.closed else ""


def member_condition(ledger: Ledger, member: str) -> dict | None:
    """How the member of an address is looked up; None where the text cannot be a key of this ledger."""
    if ledger.member_by == "id":
        return {"pk": int(member)} if member.isdecimal() and len(member) <= LONGEST_ID else None
    try:
        return {ledger.member_by: ledger.model._meta.get_field(ledger.member_by).clean(member, None)}
    except ValidationError:
        return None


def member_name(ledger: Ledger, row: models.Model) -> str:
    """What stands for the row in addresses."""
    return str(row.pk if ledger.member_by == "id" else getattr(row, ledger.member_by))
