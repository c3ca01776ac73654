"""What problems add to the pages of others: a settlement's open problems, the inbox's share of accountability."""

from __future__ import annotations

import datetime as dt

from django.utils.translation import gettext as _

from accounts.roles import can
from alerts.inbox import SOURCES, Source, Task
from common import clock
from common.ledger import Panel, registry
from common.terms import term
from rectification.models import RectificationItem
from rectification.queries.accountability import (
    LEDGER as ACCOUNTABILITY,
)
from rectification.queries.accountability import (
    reading_days,
    unread_by_others,
    unread_days,
    unread_of,
)
from rectification.queries.rights import LEDGER
from rectification.states import OPEN, STATES
from rectification.views.item_presenting import due_in_words, tone_of

MOST = 20


def _settlement_panel(settlement, user) -> dict:
    """The problems at a settlement that are not closed, the most pressing first."""
    if not can(user, "read", LEDGER):
        return {"items": [], "count": 0}
    on = clock.today()
    rows = RectificationItem.objects.visible_to(user).filter(
        state__in=OPEN, voided_at=None, places__settlement=settlement
    )
    found = list(rows.order_by("deadline_on", "pk")[: MOST + 1])
    return {
        "settlement": settlement,
        "items": [
            {
                "item": item,
                "state": STATES[item.state].label,
                "tone": tone_of(item.state),
                "due": due_in_words(item.deadline_on, on) if item.deadline_on else "",
                "late": bool(item.deadline_on and item.deadline_on < on),
            }
            for item in found[:MOST]
        ],
        "more": len(found) > MOST,
    }


def _accountability(user, on: dt.date, limit: int) -> tuple[int, list[Task]]:
    """What is addressed to the user's unit and not read; what others have not read of what it issued for too long."""
    if not can(user, "read", ACCOUNTABILITY) or not user.unit_id:
        return 0, []
    mine = unread_of(user)
    tasks = [
        Task(str(one.record), _("Confirm that you have read it"), one.record.address, one.record.on, tone="warn")
        for one in mine
    ]
    late = [one for one in unread_by_others(user) if unread_days(one, on) > reading_days(one.region, on)]
    tasks += [
        Task(
            str(one.record),
            _("%(unit)s has not read it for %(n)s days") % {"unit": one.unit, "n": unread_days(one, on)},
            one.record.address,
            tone="bad",
        )
        for one in late
    ]
    return len(tasks), tasks[:limit]


SOURCES.append(Source("accountability", term("Accountability", "问责签收"), _accountability))
registry["settlements"].extend(
    panels=[
        Panel(
            "problems", term("Open problems", "未销号问题"), "rectification/items/_settlement.html", _settlement_panel
        )
    ]
)
