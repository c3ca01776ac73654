"""The panel of events on a household's page: what can be recorded, and what has been, with the undo."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable

from django.db.models import Q
from django.utils.translation import gettext as _

from accounts.roles import can
from common.ledger import Panel, registry
from common.terms import term
from households.actions.life_rows import EVENTS
from households.codes import life as codes
from households.models import Household, HouseholdEvent, Membership, TransferRequest
from households.sections import SECTIONS, Section
from households.views.life import ACTS, RETURN

MOST = 30


def _life(household: Household, user) -> dict:
    """The latest events, also those in which it was the other household; open requests for a transfer."""
    rows = HouseholdEvent.objects.visible_to(user).filter(Q(household=household) | Q(other=household))
    found = list(
        rows.select_related("household", "other", "person", "recorded_by", "undoes").order_by("-pk")[: MOST + 1]
    )
    writes = can(user, "write", EVENTS) and not household.voided_at
    return {
        "household": household,
        "events": [_shown(event, household, writes) for event in found[:MOST]],
        "more": len(found) > MOST,
        "acts": [(key, act.label) for key, act in ACTS.items() if writes and (key == RETURN or not household.ended)],
        "requests": TransferRequest.objects.visible_to(user).filter(
            Q(household=household) | Q(to_household=household), state=codes.ASKED
        ),
    }


def _shown(event: HouseholdEvent, household: Household, writes: bool) -> dict:
    other = event.other if event.household_id == household.pk else event.household
    standing = not event.undone_on and event.kind != codes.UNDONE
    return {
        "event": event,
        "other": other,
        "undo": standing and writes and not event.transfer_id and event.household_id == household.pk,
        "ask_back": standing and writes and bool(event.transfer_id),
    }


def _missing(ids: Iterable[int], on: dt.date) -> dict[int, list[str]]:
    """Members who left without a recorded reason."""
    spells = Membership.objects.filter(
        household__in=list(ids), left_on__lte=on, reason="", person__voided_at=None
    ).select_related("person")
    found: dict[int, list[str]] = {}
    for spell in spells.order_by("household", "left_on", "pk"):
        words = _("why %(name)s left on %(day)s") % {"name": spell.person.name, "day": spell.left_on}
        found.setdefault(spell.household_id, []).append(words)
    return found


TITLE = term("Events", "家庭变动")
SECTIONS.append(Section("life", TITLE, _missing, "household-events"))
registry["households"].extend(panels=[Panel("life", TITLE, "households/_life.html", _life, "household-events")])
