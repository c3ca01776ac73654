"""Undoing an event: every row that it changed is what it was, every row that it made is gone.

It is refused where something later builds on the event, in words that name what must be undone first. The undo is itself
an event, with its reason and its author.
"""

from __future__ import annotations

from collections.abc import Iterator

from django.db import models
from django.utils import formats
from django.utils.translation import gettext as _

from common import clock
from common.changes import writing
from common.scope import reachable
from common.values import plain
from households.actions.homes import close_states, watch_titles
from households.actions.households import follow_home
from households.actions.life_rows import TABLES, Happening, Told, happening
from households.codes import life as codes
from households.models import Household, HouseholdEvent, HukouState, Membership, Person
from settlements.models import Settlement

Step = list
# A grid that was given since does not build on the event: grids follow the place.
FREE = {"grid_id"}


def undo(event: HouseholdEvent, reason: str, *, by, on=None) -> HouseholdEvent:
    """Take an event back. Raises Refused with the reason in words. A transfer is taken back by a request to the other
    county (transfers.ask_back)."""
    with writing(by=by, on=on) as unit:
        told = Told(unit.on, reason)
        with happening(told, event.household, event.other, by=by, on=on) as found:
            stored = reachable(HouseholdEvent).select_for_update(no_key=True, of=("self",)).get(pk=event.pk)
            found.check_told(reason_needed=True)
            if stored.transfer_id:
                message = _("Two counties agreed on this transfer. Ask the other one to take it back.")
                found.fault("", "transfer", message)
            _check_undoable(found, stored)
            found.refuse()
            return take_back(found, stored)


def _check_undoable(found: Happening, event: HouseholdEvent) -> None:
    if event.kind == codes.UNDONE:
        found.fault("", "undo", _("An undo is not undone. Record the event again instead."))
    elif event.undone_on:
        message = _("This event was undone on %(day)s already.") % {"day": formats.date_format(event.undone_on)}
        found.fault("", "undone", message)
    else:
        check_untouched(found, event)


def check_untouched(found: Happening, event: HouseholdEvent) -> None:
    """Nothing later builds on the event: each of its rows is as it left it, and nothing hangs on those that it made."""
    for later in _later(event):
        message = _("“%(event)s” was recorded later and builds on this event. Undo that one first.")
        found.fault("", "later_event", message % {"event": later})
        return
    for table, key, before, after in event.steps:
        row = reachable(TABLES[table]).filter(pk=key).first()
        if row is None:
            message = _("What this event concerns is no longer in your area; it cannot be undone here.")
            found.fault("", "gone", message)
            continue
        if getattr(row, "voided_at", None) or any(
            plain(getattr(row, name)) != value for name, value in after.items() if name not in FREE
        ):
            message = _("%(what)s has been changed since. Put that back first, or record what is right as a new event.")
            found.fault("", "changed_since", message % {"what": _name_of(row)})
        if (
            before
            and "settlement_id" in before
            and not reachable(Settlement).filter(pk=before["settlement_id"]).exists()
        ):
            message = _("The settlement of that time lies outside your area. Ask for a transfer back.")
            found.fault("", "out_of_scope", message)
        if isinstance(row, Membership) and before is not None and after.get("left_on"):
            _check_free(found, row, event)
        if before is None:
            for what in _hanging_on(row, event):
                message = _("%(what)s has come to %(whom)s since. Void that first, then undo this event.")
                found.fault("", "built_on", message % {"what": what, "whom": _name_of(row)})


def _check_free(found: Happening, spell: Membership, event: HouseholdEvent) -> None:
    """Whose spell would go on again belongs nowhere else since."""
    person = reachable(Person).filter(pk=spell.person_id, voided_at=None).first()
    if person is None:
        message = _("Somebody whom this event concerns is no longer in your area; it cannot be undone here.")
        found.fault("", "gone", message)
        return
    made = [key for table, key, before, _after in event.steps if table == "membership" and before is None]
    present = Membership.objects.filter(person=person, left_on=None).exclude(pk__in=made).select_related("household")
    for other in present:
        message = _("%(name)s belongs to the household %(code)s since. Let the person leave it first.")
        found.fault("", "other_household", message % {"name": person.name, "code": other.household.code})


def _later(event: HouseholdEvent) -> Iterator[HouseholdEvent]:
    """Standing events recorded after it that concern the same rows."""
    homes = {key for key in (event.household_id, event.other_id) if key}
    rows = {(table, key) for table, key, _before, _after in event.steps}
    people = {key for table, key in rows if table == "person"}
    people |= set(
        Membership.objects.filter(pk__in=[key for table, key in rows if table == "membership"]).values_list(
            "person_id", flat=True
        )
    )
    made = {key for table, key, before, _after in event.steps if table == "household" and before is None}
    candidates = HouseholdEvent.objects.filter(
        models.Q(household__in=homes) | models.Q(other__in=homes) | models.Q(person__in=people),
        pk__gt=event.pk,
        undone_on=None,
    ).exclude(kind=codes.UNDONE)
    if event.transfer_id:  # the other county's half of the same transfer builds on nothing
        candidates = candidates.exclude(transfer=event.transfer_id)
    for later in candidates.order_by("-pk"):
        touched = {(table, key) for table, key, _before, _after in later.steps}
        if rows & touched or later.person_id in people or made & {later.household_id, later.other_id}:
            yield later


def _hanging_on(row: models.Model, event: HouseholdEvent) -> Iterator[str]:
    """What standing records refer to a row that the event made: by the name of their kind."""
    made = {(table, key) for table, key, before, _after in event.steps if before is None}
    for relation in row._meta.related_objects:
        model = relation.related_model
        if not any(f.name == "voided_at" for f in model._meta.concrete_fields):
            continue
        found = reachable(model).filter(**{relation.field.name: row.pk}, voided_at=None)
        if model is Person:  # those of the event itself are put back with it
            moved = [key for table, key, _before, _after in event.steps if table == "person"]
            found = found.exclude(pk__in=moved)
        found = found.exclude(pk__in=[key for table, key in made if table == model._meta.model_name])
        if found.exists():
            yield str(model._meta.verbose_name)


def _name_of(row: models.Model) -> str:
    if isinstance(row, Membership):
        return str(row.person)
    return str(getattr(row, "household", row)) if not isinstance(row, (Person, Household)) else str(row)


def take_back(found: Happening, event: HouseholdEvent, **more) -> HouseholdEvent:
    """Put every row back, newest step first; record the undo."""
    homes = {key for key in (event.household_id, event.other_id) if key}
    homes |= {
        before["household_id"] for _table, _key, before, _after in event.steps if before and "household_id" in before
    }
    for table, key, before, _after in reversed(event.steps):
        model = TABLES[table]
        row = model.objects.select_for_update(no_key=True).get(pk=key)
        if before is None:
            _unmake(row, found)
        else:
            _restore(row, before)
    found.settlements |= set(
        Household.objects.filter(pk__in=homes).values_list("settlement_id", flat=True)
    ) | _settlements_of(event)
    for home in Household.objects.filter(pk__in=homes).select_related("settlement"):
        if home.region != home.settlement.region:
            Household.objects.filter(pk=home.pk).update(region=home.settlement.region)
    follow_home(sorted(homes))
    watch_titles([key for table, key, _before, _after in event.steps if table == "home"], found.unit.on)
    states = [key for table, key, _before, _after in event.steps if table == "hukoustate"]
    close_states(HukouState.objects.filter(pk__in=states).values_list("person_id", flat=True))
    found.moved |= homes
    event.undone_on = found.unit.on
    event.save(update_fields=["undone_on"])
    found.steps = []
    return found.record(
        codes.UNDONE,
        Household.objects.get(pk=event.household_id),
        other=event.other if event.other_id else None,
        person=event.person if event.person_id else None,
        undoes=event,
        **more,
    )


def _settlements_of(event: HouseholdEvent) -> set[int]:
    """The settlements that its changes of households and stays name."""
    return {
        value
        for _table, _key, before, after in event.steps
        for values in (before or {}, after)
        for name, value in values.items()
        if name == "settlement_id"
    }


def _restore(row: models.Model, before: dict) -> None:
    fields = {f.attname: f for f in row._meta.concrete_fields}
    for name, value in before.items():
        model_field = fields[name]
        target = model_field.target_field if model_field.is_relation else model_field
        setattr(row, name, None if value is None else target.to_python(value))
    names = [fields[name].name for name in before]
    if hasattr(row, "version"):
        row.version += 1
        names.append("version")
    row.save(update_fields=names)


def _unmake(row: models.Model, found: Happening) -> None:
    """Spells are taken out (their history stays); people and households are voided, as whatever was entered by mistake."""
    if not hasattr(row, "voided_at"):
        row.delete()
        return
    row.voided_at, row.voided_by, row.void_reason = clock.now(), found.by, found.told.reason.strip()
    row.version += 1
    row.save(update_fields=["voided_at", "voided_by", "void_reason", "version"])


__all__ = ["check_untouched", "take_back", "undo"]
