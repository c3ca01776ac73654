"""Telling apart problems that look as if they had been entered twice; merging itself is an act of the table."""

from __future__ import annotations

from django.utils.translation import gettext as _

from common.changes import writing
from common.problems import Problem, Refused
from rectification.actions.item_records import note
from rectification.models import ItemMove, RectificationItem
from rectification.queries.rights import LEDGER, why_not
from rectification.states import ACTS


def tell_apart(item: RectificationItem, other: RectificationItem, *, by, on=None) -> ItemMove | None:
    """Put on record that two items are two problems. Who may merge one of them may say so; None where it stands already."""
    with writing(by=by, on=on) as unit:
        reasons = [why_not(one, ACTS["merge"], by, unit.on) for one in (item, other)]
        if item.pk == other.pk or all(reasons):
            message = reasons[0] or _("An item cannot be told apart from itself.")
            raise Refused([Problem(0, "number", item.number, "not_allowed", message)])
        if item.moves.filter(act="distinct", told__number=other.number).exists():
            return None
        made = note(item, "distinct", by=by, on=unit.on, told={"number": other.number})
        unit.publish(LEDGER, [item.pk])
        return made
