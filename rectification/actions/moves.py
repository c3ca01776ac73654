"""Carrying out the acts of rectification.states: one lock, one check, one record, whoever asks.

What an act does beside moving the state stands in rectification.actions.effects.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from django.core.exceptions import ValidationError
from django.core.files import File
from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from common.changes import writing
from common.clock import CHINA
from common.ledger import registry
from common.problems import Problem, Refused, of_error
from common.scope import contains
from divisions.queries import parameter_at
from ledgers.attachments.actions import attach
from rectification.actions.effects import EFFECTS, NOTICE_DAYS, Told, follow_deadlines, growing_places
from rectification.actions.item_records import county_prefix, note
from rectification.models import ItemMove, ItemPlace, RectificationItem
from rectification.models.items import REQUIRED_TO_REGISTER, answers_at
from rectification.queries.rights import LEDGER, why_not
from rectification.states import ACTS, OPEN, PREVIOUS, Act, Need, word_of


def move(
    item: RectificationItem,
    act_key: str,
    *,
    by,
    on: dt.date | None = None,
    version: int | None = None,
    files: Sequence[File] = (),
    caption: str = "",
    **told,
) -> ItemMove:
    """Do an act to an item. Raises Refused with every reason; then nothing was written.

    `version` is that of the page that the user decided on: an item that has moved since is refused, so that a double
    click or a second reviewer does nothing. `files` come with the act, as evidence of its group.
    """
    act, said = ACTS[act_key], Told(**{name: value for name, value in told.items() if value is not None})
    with writing(by=by, on=on) as unit, transaction.atomic():
        item, into = _locked_both(item.pk, said.into)
        said = replace(said, into=into)
        _refuse_late(item, version)
        kept = _attached(item, act, files, caption, by, unit.on)
        _refuse(item, act, said, into, by, unit.on)
        before = item.state
        item.state = {"": before, PREVIOUS: item.state_before_pause}.get(act.to, act.to)
        if item.state != before:
            item.state_on = unit.on
        more = EFFECTS[act.key](item, said, by, unit.on) or {}
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
            told=said.recorded() | more | kept,
        )
        follow_deadlines(item, unit.on)
        unit.publish(LEDGER, [item.pk], in_place=True)
        return done


def move_many(
    items: Iterable[RectificationItem], act_key: str, *, by, on=None, versions: Mapping[int, int] | None = None, **told
) -> tuple[list[ItemMove], dict[str, str]]:
    """Do an act to several items in one unit of work; those against which something stands stay as they are.

    `versions` are those of the page that the user decided on, by id. Gives the moves done and the reasons of the others
    by number.
    """
    done, refused = [], {}
    with writing(by=by, on=on):
        for item in sorted(items, key=lambda one: one.pk):
            try:
                done.append(move(item, act_key, by=by, version=(versions or {}).get(item.pk), **told))
            except Refused as reason:
                refused[item.number] = "；".join(problem.message for problem in reason.problems)
    return done, refused


def _locked_both(key: int, into: RectificationItem | None) -> tuple[RectificationItem, RectificationItem | None]:
    """The item and the one that it is merged into, locked in id order, as every action locks."""
    if into is None or into.pk == key:
        return _locked(key), into
    first, second = _locked(min(key, into.pk)), _locked(max(key, into.pk))
    return (first, second) if first.pk == key else (second, first)


def _locked(key: int) -> RectificationItem:
    rows = RectificationItem.objects.select_for_update(no_key=True, of=("self",))
    item = rows.select_related("lead_unit", "supervising_unit").filter(pk=key).first()
    if item is None:
        raise Refused([Problem(0, "number", str(key), "out_of_scope", _("The item lies outside your area."))])
    return item


def _refuse_late(item: RectificationItem, version: int | None) -> None:
    if version is None or version == item.version:
        return
    last = item.moves.select_related("by").last()
    message = _("This item has been worked on since you opened it: %(who)s, %(when)s, “%(act)s”. Look at it again.")
    words = {"who": last.by or "—", "when": f"{last.at.astimezone(CHINA):%Y-%m-%d %H:%M}", "act": word_of(last.act)}
    raise Refused([Problem(0, "", item.state, "changed_meanwhile", message % words)])


def _attached(item: RectificationItem, act: Act, files: Sequence[File], caption: str, by, on: dt.date) -> dict:
    """Keep the files that come with an act; which they are is recorded with it."""
    if not files:
        return {}
    if reason := why_not(item, act, by, on, files_come=True):
        raise Refused([Problem(0, "", item.state, "not_allowed", reason)])
    kept = attach(registry[LEDGER], item, files, by=by, group=act.key, captions=[caption] * len(files), on=on)
    return {"files": [one.pk for one in kept]}


def _refuse(item: RectificationItem, act: Act, told: Told, into, by, on: dt.date) -> None:
    if reason := why_not(item, act, by, on):
        raise Refused([Problem(0, "", item.state, "not_allowed", reason)])
    problems = [
        *_lacking(item, act, told),
        *_wrong_days(item, told, on),
        *_wrong_people(item, told),
        *_wrong_target(item, act, into),
    ]
    if problems:
        raise Refused(problems)


_MESSAGES = {
    Need.OPINION: gettext_lazy("Write your opinion or reason."),
    Need.EXTENSION: gettext_lazy("Say until which day."),
    Need.EFFECT: gettext_lazy("Say what the measures have achieved."),
    Need.COMPLETED: gettext_lazy("Say on which day the work was completed."),
    Need.INTO: gettext_lazy("Name the item into which this one is merged."),
}


def lacking(act: Act, told: Mapping[str, object]) -> list[Problem]:
    """What an act must be told and was not, whatever the item."""
    found = []
    for need in act.needs:
        if need is Need.NOTICE:
            for name in ("notice_from", "notice_to"):
                if told.get(name) is None:
                    found.append(Problem(0, name, "", "required", _("Say from when to when the public notice runs.")))
        elif not told.get(need.value):
            found.append(Problem(0, need.value, "", "required", str(_MESSAGES[need])))
    return found


def _lacking(item: RectificationItem, act: Act, told: Told) -> list[Problem]:
    found = lacking(act, vars(told))
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


def _wrong_days(item: RectificationItem, told: Told, on: dt.date) -> list[Problem]:
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
    return found


def _wrong_people(item: RectificationItem, told: Told) -> list[Problem]:
    found = []
    unit, person = told.lead_unit or item.lead_unit, told.responsible
    if told.lead_unit is not None and not answers_at(unit.region, item.region):
        message = _("%(unit)s does not work in all of this area. Choose a unit of the place, or of a level above it.")
        found.append(Problem(0, "lead_unit", unit.name, "unit_outside", message % {"unit": unit.name}))
    if person is not None:
        words = {"person": person, "unit": unit}
        if unit is None or person.unit_id != unit.pk:
            message = _("%(person)s does not belong to %(unit)s. Choose somebody of the responsible unit.") % words
            found.append(Problem(0, "responsible", str(person), "person_outside", message))
        elif not contains(person.ranges, item.region):
            message = _("%(person)s does not answer for this place and could not see the problem.") % words
            found.append(Problem(0, "responsible", str(person), "person_outside", message))
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
    elif into.state in ("submitted", "verified", "paused") and growing_places(item, into):
        message = _("%(number)s is being decided and can take in no further places now. Return it first, or wait.")
        message %= {"number": into.number}
    return [Problem(0, "into", into.number, "bad_target", message)] if message else []


def mark_places(item: RectificationItem, notes: Mapping[int, str], *, by, on: dt.date | None = None) -> int:
    """The responsible unit marks places as done, each with a note, while it has the item. Gives how many."""
    with writing(by=by, on=on) as unit:
        item = _locked(item.pk)
        if reason := why_not(item, ACTS["report"], by, unit.on):
            raise Refused([Problem(0, "", item.state, "not_allowed", reason)])
        clean = _clean_notes(notes)
        places = list(item.places.filter(pk__in=clean, state="open").select_related("settlement").select_for_update())
        for place in places:
            place.state, place.done_on, place.note = "done", unit.on, clean[place.pk]
            place.save(update_fields=["state", "done_on", "note"])
        if places:
            note(item, "places", by=by, on=unit.on, told={"places": [place.settlement.name for place in places]})
        unit.publish(LEDGER, [item.pk])
        return len(places)


def _clean_notes(notes: Mapping[int, str]) -> dict[int, str]:
    field, clean, problems = ItemPlace._meta.get_field("note"), {}, []
    for key, text in notes.items():
        try:
            clean[key] = field.clean(text, None)
        except ValidationError as error:
            problems += of_error(error, prefix=f"note_{key}")
    if problems:
        raise Refused(problems)
    return clean
