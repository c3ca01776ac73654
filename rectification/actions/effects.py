"""What each act of rectification.states does to an item beside moving its state, and the deadlines that follow.

The unit's deadline runs while it has the item, the checkers' once it has applied, the look-back's once a red line is
closed, and after a false rectification that of its referral.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from django.utils.translation import gettext_lazy

from accounts.models import User
from alerts.actions import clear_deadlines, pause_deadlines, set_deadline
from alerts.kinds import DeadlineKind, declare_deadline
from common.dates import add_months
from common.terms import term
from divisions.models import Unit
from divisions.queries import parameter_at
from rectification.actions.item_records import county_prefix, next_numbers, note
from rectification.models import ItemPlace, RectificationItem
from rectification.queries.accountability import referral_missing
from rectification.queries.rights import LEDGER
from rectification.states import WITH_UNIT

# Parameters of divisions; each default is a choice of ours (no document names a number), but the look-back's.
RETURN_DAYS, CHECK_DAYS, NOTICE_DAYS, REFERRAL_DAYS, LOOK_BACK_MONTHS = 15, 15, 5, 10, 6

PUT_RIGHT = declare_deadline(
    DeadlineKind(
        "rectification-due",
        term("problem to be put right", "整改时限"),
        gettext_lazy("Problem %(number)s is to be put right by %(due_on)s (%(unit)s)."),
        frozenset({"county", "township"}),
    )
)
CHECK = declare_deadline(
    DeadlineKind(
        "rectification-check",
        term("closing to be decided", "销号核查时限"),
        gettext_lazy("The closing of problem %(number)s is applied for; decide by %(due_on)s."),
        frozenset({"city", "province", "drc"}),
    )
)
LOOK_BACK = declare_deadline(
    DeadlineKind(
        "rectification-look-back",
        term("look-back due", "红线问题回头看"),
        gettext_lazy("Red-line problem %(number)s is to be looked back at by %(due_on)s."),
        frozenset({"city", "province", "drc"}),
    )
)
REFERRAL = declare_deadline(
    DeadlineKind(
        "rectification-referral",
        term("false rectification to be referred", "虚假整改移送时限"),
        gettext_lazy(
            "False rectification of problem %(number)s is to be referred to the discipline body by %(due_on)s."
        ),
        frozenset({"city", "province", "drc"}),
    )
)
KINDS = (PUT_RIGHT.key, CHECK.key, LOOK_BACK.key)


@dataclass(frozen=True)
class Told:
    """What an act is told; what it does not need stays empty."""

    opinion: str = ""
    deadline_on: dt.date | None = None
    extension_to: dt.date | None = None
    effect: str = ""
    completed_on: dt.date | None = None
    notice_from: dt.date | None = None
    notice_to: dt.date | None = None
    into: RectificationItem | None = None
    lead_unit: Unit | None = None
    responsible: User | None = None

    def recorded(self) -> dict:
        """Ids and days for the record of the move."""
        found = {}
        for name, value in vars(self).items():
            if name not in ("opinion", "effect") and value is not None:
                found[name] = value.isoformat() if isinstance(value, dt.date) else value.pk
        return found | ({"effect": self.effect} if self.effect else {})


# --- What each act does beside moving the state -----------------------------------------------------------------------


def _nothing(item, told, by, on):
    return None


def _register(item, told, by, on):
    item.registered_on, item.first_deadline_on = on, item.deadline_on


def _assign(item, told, by, on):
    if told.deadline_on:
        item.deadline_on = told.deadline_on
    if told.lead_unit is not None and told.lead_unit.pk != item.lead_unit_id:
        # The person that was named belongs to the unit before.
        item.lead_unit, item.responsible = told.lead_unit, None
    if told.responsible is not None:
        item.responsible = told.responsible


def _report(item, told, by, on):
    item.progress = told.opinion


def _submit(item, told, by, on):
    item.effect, item.completed_on = told.effect, told.completed_on
    item.submitted_on, item.submitted_by, item.submitted_unit = on, by, by.unit
    item.extension_to = None


def _verify(item, told, by, on):
    item.verified_on, item.verified_by, item.finding = on, by, told.opinion
    item.notice_from, item.notice_to = told.notice_from, told.notice_to
    item.places.filter(state="done").update(state="confirmed")


def _return(item, told, by, on):
    item.places.filter(state="confirmed").update(state="done")
    days = parameter_at("rectification_return_days", item.region, on, RETURN_DAYS)
    item.deadline_on = told.deadline_on or max(item.deadline_on, on + dt.timedelta(days))
    item.times_returned += 1
    _forget_closing(item)
    return {"deadline_on": item.deadline_on.isoformat()}


def _close(item, told, by, on):
    [number] = next_numbers(f"XH{county_prefix(item.region)}-{on.year}", 1)
    item.closing_number, item.closed_on, item.closed_by = number, on, by
    if item.red_line:
        months = parameter_at("rectification_look_back_months", item.region, on, LOOK_BACK_MONTHS)
        item.look_back_on, item.looked_back_on = add_months(on, months), None
    return {"closing_number": number}


def _ask_extension(item, told, by, on):
    item.extension_to = told.extension_to


def _grant_extension(item, told, by, on):
    before, item.deadline_on, item.extension_to = item.deadline_on, item.extension_to, None
    return {"from": before.isoformat(), "deadline_on": item.deadline_on.isoformat()}


def _refuse_extension(item, told, by, on):
    asked, item.extension_to = item.extension_to, None
    return {"extension_to": asked.isoformat()}


def _pause(item, told, by, on):
    item.state_before_pause = item.moves.exclude(to_state="paused").last().to_state
    item.paused_on = on


def _resume(item, told, by, on):
    """The deadline moves by the days that the item was paused, unless another one is told."""
    item.deadline_on = told.deadline_on or item.deadline_on + (on - item.paused_on)
    item.paused_on, item.state_before_pause = None, ""
    return {"deadline_on": item.deadline_on.isoformat()}


def _reopen(item, told, by, on):
    item.times_reopened += 1
    number = item.closing_number
    _forget_closing(item)
    _open_places(item)
    return {"closing_number": number}


def _find_false(item, told, by, on):
    item.false_on = on
    number = item.closing_number
    _forget_closing(item)
    _open_places(item)
    follow_referral(item, by=by, on=on)
    return {"closing_number": number} if number else None


def _look_back(item, told, by, on):
    item.looked_back_on = on


def _merge(item, told, by, on):
    """Both numbers stay; what the leading item lacks in places it takes over."""
    item.merged_into = told.into
    _forget_closing(item)
    if lacking := growing_places(item, told.into):
        ItemPlace.objects.bulk_create(
            [ItemPlace(item=told.into, settlement=one.settlement, region=one.region) for one in lacking]
        )
        names = [told.into.place_names, *(one.settlement.name for one in lacking)]
        told.into.place_names = "、".join(name for name in names if name)
        told.into.version += 1
        told.into.save(update_fields=["place_names", "version"])
    note(told.into, "take_in", by=by, on=on, opinion=told.opinion, told={"number": item.number})


def growing_places(item: RectificationItem, into: RectificationItem) -> list[ItemPlace]:
    """The places of an item that another one lacks."""
    known = into.places.values_list("settlement", flat=True)
    return list(item.places.exclude(settlement__in=known).select_related("settlement"))


def _open_places(item: RectificationItem) -> None:
    """What was done there is in doubt again."""
    item.places.exclude(state="open").update(state="open", done_on=None)


def _forget_closing(item: RectificationItem) -> None:
    """The application, its check and its closing no longer hold; the moves keep them."""
    for name in (
        "submitted_on", "submitted_by", "submitted_unit", "verified_on", "verified_by", "notice_from", "notice_to",
        "closing_number", "closed_on", "closed_by", "look_back_on", "looked_back_on", "extension_to",
    ):  # fmt: skip
        setattr(item, name, None)


EFFECTS: dict[str, Callable[[RectificationItem, Told, object, dt.date], dict | None]] = {
    "register": _register,
    "assign": _assign,
    "accept": _nothing,
    "hand_back": _nothing,
    "start": _nothing,
    "report": _report,
    "submit": _submit,
    "verify": _verify,
    "return": _return,
    "close": _close,
    "ask_extension": _ask_extension,
    "grant_extension": _grant_extension,
    "refuse_extension": _refuse_extension,
    "pause": _pause,
    "resume": _resume,
    "reopen": _reopen,
    "find_false": _find_false,
    "look_back": _look_back,
    "merge": _merge,
}


def follow_deadlines(item: RectificationItem, on: dt.date) -> None:
    where = {"region": item.region, "address": item.address, "on": on}
    running: set[str] = set()
    if item.state in ("registered", *WITH_UNIT, "reopened", "false_found"):
        running.add(PUT_RIGHT.key)
        set_deadline(
            PUT_RIGHT.key,
            LEDGER,
            item.pk,
            due_on=item.deadline_on,
            responsible=item.responsible,
            unit=item.lead_unit,
            params={"number": item.number, "unit": item.lead_unit.name},
            **where,
        )
    elif item.state == "paused":
        running.add(PUT_RIGHT.key)
        pause_deadlines(PUT_RIGHT.key, LEDGER, [item.pk], on=on)
    elif item.state in ("submitted", "verified"):
        running.add(CHECK.key)
        days = parameter_at("rectification_check_days", item.region, on, CHECK_DAYS)
        due = item.submitted_on + dt.timedelta(days)
        if item.notice_to is not None:  # it can be closed on the day after the notice, not before
            due = max(due, item.notice_to + dt.timedelta(1))
        set_deadline(
            CHECK.key, LEDGER, item.pk, due_on=due, unit=item.supervising_unit, params={"number": item.number}, **where
        )
    elif item.state == "closed" and item.look_back_on and not item.looked_back_on:
        running.add(LOOK_BACK.key)
        set_deadline(
            LOOK_BACK.key,
            LEDGER,
            item.pk,
            due_on=item.look_back_on,
            unit=item.supervising_unit,
            params={"number": item.number},
            **where,
        )
    clear_deadlines([kind for kind in KINDS if kind not in running], LEDGER, [item.pk], on=on)


def forget_deadlines(items: Iterable[int], on: dt.date) -> None:
    """Nothing of these items is due any more."""
    for kind in (*KINDS, REFERRAL.key):
        clear_deadlines(kind, LEDGER, items, on=on)


def follow_referral(item: RectificationItem, *, by, on: dt.date) -> None:
    """A false rectification has its deadline until a referral stands that is not older (R-039)."""
    if not referral_missing(item):
        clear_deadlines(REFERRAL.key, LEDGER, [item.pk], on=on)
        return
    days = parameter_at("rectification_referral_days", item.region, on, REFERRAL_DAYS)
    set_deadline(
        REFERRAL.key,
        LEDGER,
        item.pk,
        due_on=item.false_on + dt.timedelta(days),
        responsible=by,
        unit=by.unit,
        params={"number": item.number},
        region=item.region,
        address=item.address,
        on=on,
    )
