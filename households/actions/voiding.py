"""Households and members entered by mistake: voided with a reason, never deleted."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable

from django.db import models

from common import bulk, clock
from common.changes import writing
from common.scope import reachable
from households.actions.locking import lock_households
from households.actions.merging import OF_HOUSEHOLD, OF_PERSON
from households.models import Household, Person, PlanMeasure, VisitStep


def void_persons(ids: Iterable[int], *, reason: str, by, on: dt.date | None = None) -> int:
    """Void members entered by mistake."""
    with writing(by=by, on=on) as unit:
        homes = set(reachable(Person).filter(pk__in=ids).values_list("household_id", flat=True))
        lock_households(homes)
        people = list(reachable(Person).filter(pk__in=ids, voided_at=None))
        _void_people(people, reason, by)
        unit.publish("safety", homes)
        unit.publish("families", homes)
        unit.publish("households", homes)
        unit.publish("settlements", Household.objects.filter(pk__in=homes).values_list("settlement_id", flat=True))
        return len(people)


def void_households(ids: Iterable[int], *, reason: str, by, on: dt.date | None = None) -> int:
    """Void households entered by mistake, with their members, whose ID numbers are free again."""
    with writing(by=by, on=on) as unit:
        lock_households(ids)
        households = list(reachable(Household).filter(pk__in=ids, voided_at=None))
        _void(households, reason, by)
        _void_people(list(Person.objects.filter(household__in=households, voided_at=None)), reason, by)
        for model in OF_HOUSEHOLD:
            _void(list(model.objects.filter(household__in=households, voided_at=None)), reason, by)
        for topic in ("safety", "incomes"):
            unit.publish(topic, [h.pk for h in households])
        unit.publish("households", [h.pk for h in households])
        for topic, model in (("visit-steps", VisitStep), ("plan-measures", PlanMeasure)):
            unit.publish(topic, model.objects.filter(household__in=households).values_list("pk", flat=True))
        unit.publish("settlements", {h.settlement_id for h in households})
        return len(households)


def void_rows(rows: models.QuerySet, reason: str, by) -> int:
    """Void these rows of a record that hangs on households; says how many."""
    found = list(rows.order_by("pk").select_for_update(no_key=True, of=("self",)))
    _void(found, reason, by)
    return len(found)


def _void_people(people: list[Person], reason: str, by) -> None:
    """What was entered about somebody who was entered by mistake goes with them; numbers of certificates are free again."""
    _void(people, reason, by)
    for model in OF_PERSON:
        _void(list(model.objects.filter(person__in=people, voided_at=None)), reason, by)


def _void(objects: list, reason: str, by) -> None:
    for obj in objects:
        obj.voided_at, obj.voided_by_id, obj.void_reason = clock.now(), by.pk, reason
        obj.version += 1
    bulk.update(objects, ["voided_at", "voided_by", "void_reason", "version"])
