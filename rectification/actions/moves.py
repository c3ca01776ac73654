"""Carrying out the acts of rectification.states: one lock, one check, one record, whoever asks.

Deadlines follow the state: the unit's runs while it has the item, the checkers' once it has applied, the look-back's once a
red line is closed.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from alerts.actions import clear_deadlines, pause_deadlines, set_deadline
from alerts.kinds import DeadlineKind, declare_deadline
from common.changes import writing
from common.dates import add_months
from common.problems import Problem, Refused
from common.terms import term
from divisions.models import Unit
from divisions.queries import parameter_at
from rectification.actions.items import county_prefix, next_numbers
from rectification.models import ItemMove, RectificationItem
from rectification.models.items import REQUIRED_TO_REGISTER, concerns
from rectification.queries.rights import LEDGER, why_not
from rectification.states import ACTS, OPEN, PREVIOUS, WITH_UNIT, Act, Need

# Parameters of divisions; each default is a choice of ours (no document names a number), but the look-back's.
RETURN_DAYS, CHECK_DAYS, NOTICE_DAYS, LOOK_BACK_MONTHS = 15, 15, 5, 6

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
    responsible: object = None

    def recorded(self) -> dict:
        """Ids and days for the record of the move."""
        found = {}
        for name, value in vars(self).items():
            if name not in ("opinion", "effect") and value is not None:
                found[name] = value.isoformat() if isinstance(value, dt.date) else value.pk
        return found | ({"effect": self.effect} if self.effect else {})


def move(
    item: RectificationItem, act_key: str, *, by, on: dt.date | None = None, version: int | None = None, **told
) -> ItemMove:
    """Do an act to an item. Raises Refused with every reason; then nothing was written.

    `version` is that of the page that the user decided on: an item that has moved since is refused, so that a double
    click or a second reviewer does nothing.
    """
    act, said = ACTS[act_key], Told(**{name: value for name, value in told.items() if value is not None})
    with writing(by=by, on=on) as unit:
        item = _locked(item.pk)
        into = _locked(said.into.pk) if said.into is not None and said.into.pk != item.pk else said.into
        _refuse(item, act, said, into, by, unit.on, version)
        before = item.state
        item.state = {"": before, PREVIOUS: item.state_before_pause}.get(act.to, act.to)
        if item.state != before:
            item.state_on = unit.on
        more = _EFFECTS[act.key](item, said, by, unit.on) or {}
        item.version += 1
        item.save()
        done = ItemMove.objects.create(
            item=item,
            region=item.region,
            act=act.key,
            from_state=before,
            to_state=item.state,
            on=unit.on,
            by=by,
            unit=by.unit,
            opinion=said.opinion,
            told=said.recorded() | more,
        )
        _follow_deadlines(item, unit.on)
        unit.publish(LEDGER, [item.pk])
        return done


def move_many(items: Iterable[RectificationItem], act_key: str, *, by, on=None, **told) -> tuple[list[ItemMove], dict]:
    """Do an act to several items in one unit of work; those against which something stands stay as they are.

    Gives the moves done and the reasons of the others by number.
    """
    done, refused = [], {}
    with writing(by=by, on=on):
        for item in sorted(items, key=lambda one: one.pk):
            try:
                done.append(move(item, act_key, by=by, **told))
            except Refused as reason:
                refused[item.number] = "；".join(problem.message for problem in reason.problems)
    return done, refused


def _locked(key: int) -> RectificationItem:
    rows = RectificationItem.objects.select_for_update(no_key=True, of=("self",))
    item = rows.select_related("lead_unit", "supervising_unit").filter(pk=key).first()
    if item is None:
        raise Refused([Problem(0, "number", str(key), "out_of_scope", _("The item lies outside your area."))])
    return item


def _refuse(item: RectificationItem, act: Act, told: Told, into, by, on: dt.date, version: int | None) -> None:
    if version is not None and version != item.version:
        last = item.moves.select_related("by").last()
        message = _("Somebody else has worked on this item since you opened it: %(who)s, %(when)s. Look at it again.")
        words = {"who": last.by if last else "—", "when": f"{last.at:%Y-%m-%d %H:%M}" if last else "—"}
        raise Refused([Problem(0, "", item.state, "changed_meanwhile", message % words)])
    if reason := why_not(item, act, by, on):
        raise Refused([Problem(0, "", item.state, "not_allowed", reason)])
    problems = [*_lacking(item, act, told, on), *_wrong_days(item, act, told, on), *_wrong_target(item, act, into)]
    if problems:
        raise Refused(problems)


_MESSAGES = {
    Need.OPINION: gettext_lazy("Write your opinion or reason."),
    Need.EXTENSION: gettext_lazy("Say until which day."),
    Need.EFFECT: gettext_lazy("Say what the measures have achieved."),
    Need.COMPLETED: gettext_lazy("Say on which day the work was completed."),
    Need.INTO: gettext_lazy("Name the item into which this one is merged."),
}


def _lacking(item: RectificationItem, act: Act, told: Told, on: dt.date) -> list[Problem]:
    found = []
    for need in act.needs:
        if need is Need.NOTICE:
            for name in ("notice_from", "notice_to"):
                if getattr(told, name) is None:
                    found.append(Problem(0, name, "", "required", _("Say from when to when the public notice runs.")))
        elif not getattr(told, need.value):
            found.append(Problem(0, need.value, "", "required", str(_MESSAGES[need])))
    if act.key == "register":
        found += [
            Problem(
                0,
                name,
                "",
                "required",
                _("“%(field)s” must be told before the problem is registered.")
                % {"field": item._meta.get_field(name).verbose_name},
            )
            for name in REQUIRED_TO_REGISTER
            if not getattr(item, name)
        ]
    if act.key == "assign" and item.state != "registered" and told.deadline_on is None:
        found.append(Problem(0, "deadline_on", "", "required", _("A reopened problem needs a new deadline.")))
    return found


def _wrong_days(item: RectificationItem, act: Act, told: Told, on: dt.date) -> list[Problem]:
    found = []

    def fault(name: str, code: str, message: str) -> None:
        found.append(Problem(0, name, str(getattr(told, name)), code, message))

    if told.deadline_on is not None and told.deadline_on < max(on, item.found_on):
        fault("deadline_on", "past_date", _("The new deadline lies before today. Choose a later day."))
    if told.extension_to is not None and told.extension_to <= item.deadline_on:
        message = _("The deadline is %(day)s already. Ask for a later day.") % {"day": item.deadline_on}
        fault("extension_to", "deadline_too_early", message)
    if told.completed_on is not None and not item.found_on <= told.completed_on <= on:
        message = _("Completion lies between the day on which the problem was found (%(day)s) and today.")
        fault("completed_on", "out_of_range", message % {"day": item.found_on})
    if told.notice_from is not None and told.notice_to is not None:
        days = parameter_at("rectification_notice_days", item.region, on, NOTICE_DAYS)
        if told.notice_from < on:
            fault("notice_from", "past_date", _("The public notice begins today or later."))
        if (told.notice_to - told.notice_from).days + 1 < days:
            fault("notice_to", "too_short", _("The public notice runs for at least %(n)s days.") % {"n": days})
    if told.lead_unit is not None and not concerns(told.lead_unit.region, item.region):
        message = _("%(unit)s does not work in this area. Choose a unit of the place, or of a level above it.")
        fault("lead_unit", "unit_outside", message % {"unit": told.lead_unit.name})
    return found


def _wrong_target(item: RectificationItem, act: Act, into: RectificationItem | None) -> list[Problem]:
    if act.key != "merge" or into is None:
        return []
    message = ""
    if into.pk == item.pk:
        message = _("An item cannot be merged into itself.")
    elif into.voided_at or into.state not in OPEN:
        message = _("%(number)s is no longer open. Choose an open item.") % {"number": into.number}
    elif county_prefix(into.region) != county_prefix(item.region):
        message = _("%(number)s belongs to another county. Merge items of one county.") % {"number": into.number}
    return [Problem(0, "into", into.number, "bad_target", message)] if message else []


# --- What each act does beside moving the state -----------------------------------------------------------------------


def _nothing(item, told, by, on):
    return None


def _register(item, told, by, on):
    item.registered_on, item.first_deadline_on = on, item.deadline_on


def _assign(item, told, by, on):
    if told.deadline_on:
        item.deadline_on = told.deadline_on
    if told.lead_unit is not None:
        item.lead_unit = told.lead_unit
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
    return {"closing_number": number}


def _find_false(item, told, by, on):
    item.false_on = on
    number = item.closing_number
    _forget_closing(item)
    return {"closing_number": number} if number else None


def _look_back(item, told, by, on):
    item.looked_back_on = on


def _merge(item, told, by, on):
    item.merged_into = told.into
    _forget_closing(item)
    ItemMove.objects.create(
        item=told.into,
        region=told.into.region,
        act="take_in",
        from_state=told.into.state,
        to_state=told.into.state,
        on=on,
        by=by,
        unit=by.unit,
        opinion=told.opinion,
        told={"number": item.number},
    )


def _forget_closing(item: RectificationItem) -> None:
    """The application, its check and its closing no longer hold; the moves keep them."""
    for name in (
        "submitted_on", "submitted_by", "submitted_unit", "verified_on", "verified_by", "notice_from", "notice_to",
        "closing_number", "closed_on", "closed_by", "look_back_on", "looked_back_on", "extension_to",
    ):  # fmt: skip
        setattr(item, name, None)


_EFFECTS: dict[str, Callable[[RectificationItem, Told, object, dt.date], dict | None]] = {
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


def mark_places(item: RectificationItem, places: dict[int, str], *, by, on: dt.date | None = None) -> int:
    """The responsible unit marks places as done (with a note), while it has the item. Gives how many."""
    with writing(by=by, on=on) as unit:
        item = _locked(item.pk)
        if reason := why_not(item, ACTS["report"], by, unit.on):
            raise Refused([Problem(0, "", item.state, "not_allowed", reason)])
        open_places = list(item.places.filter(pk__in=places, state="open").select_for_update())
        for place in open_places:
            place.state, place.done_on, place.note = "done", unit.on, places[place.pk]
            place.save(update_fields=["state", "done_on", "note"])
        unit.publish(LEDGER, [item.pk])
        return len(open_places)


def _follow_deadlines(item: RectificationItem, on: dt.date) -> None:
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
        due = max(item.submitted_on + dt.timedelta(days), item.notice_to or item.submitted_on)
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
    for kind in KINDS:
        if kind not in running:
            clear_deadlines(kind, LEDGER, [item.pk], on=on)
