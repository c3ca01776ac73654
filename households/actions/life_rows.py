"""What every event in the life of a household shares: rows that change and remember it, checks of the day, the record.

An event is one unit of work on locked households. All that is wrong is told at once; then the rows change, and the event
keeps, for each of them, what it was and what it became. By that alone it is undone.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field

from django.core.exceptions import ValidationError
from django.core.files import File
from django.db import models
from django.utils.translation import gettext as _

from accounts.roles import check
from common.changes import Changes, writing
from common.ledger import registry
from common.problems import Conflict, Problem, Refused
from common.scope import reachable
from common.values import plain, shown
from households.actions.families import follow_heads
from households.actions.locking import lock_households
from households.actions.rehousing import rehouse
from households.kinship import OTHER, proposed
from households.models import HEAD, Home, Household, HouseholdEvent, HukouState, Membership, Person, Placement
from households.queries.households import members_of
from ledgers.attachments.actions import attach

EVENTS = "household-events"
TABLES: dict[str, type[models.Model]] = {
    "home": Home,
    "household": Household,
    "hukoustate": HukouState,
    "person": Person,
    "membership": Membership,
    "placement": Placement,
}
NAMES = {model: name for name, model in TABLES.items()}


@dataclass(frozen=True)
class Told:
    """When it happened, why, by which document (its number or name, and files)."""

    day: dt.date | None
    reason: str = ""
    document: str = ""
    files: Sequence[File] = ()


@dataclass
class Happening:
    """An event on its way."""

    told: Told
    by: object
    unit: Changes
    households: dict[int, Household]
    problems: list[Problem] = field(default_factory=list)
    steps: list[list] = field(default_factory=list)
    moved: set[int] = field(default_factory=set)
    settlements: set[int] = field(default_factory=set)

    @property
    def day(self) -> dt.date:
        return self.told.day

    # What is wrong.

    def fault(self, name: str, code: str, message: object, value: object = "") -> None:
        self.problems.append(Problem(0, name, shown(value), code, str(message)))

    def refuse(self) -> None:
        if self.problems:
            raise Refused(self.problems)

    def check_told(self, reason_needed: bool = False) -> None:
        """The day has come; the words fit."""
        if self.day is None:
            self.fault("day", "required", _("The day is missing. Fill it in."))
        elif self.day > self.unit.on:
            self.fault("day", "future_date", _("The day lies in the future. Enter it when it has come."), self.day)
        for name in ("reason", "document"):
            try:
                HouseholdEvent._meta.get_field(name).clean(getattr(self.told, name), None)
            except ValidationError as error:
                self.fault(name, error.error_list[0].code or "invalid", error.messages[0])
        if reason_needed and not self.told.reason.strip():
            self.fault("reason", "required", _("Say why."))

    def check_member(self, person: Person) -> None:
        """The day lies within the time in which the person belongs and lives."""
        if self.day is None:
            return
        names = {"name": person.name}
        if person.died_on:
            message = _("%(name)s died on %(day)s. Nothing more happens to this person here.")
            self.fault("person", "dead", message % {**names, "day": person.died_on})
        if self.day < person.birth_date:
            message = _("The day lies before the birth of %(name)s (%(day)s). Correct the day.")
            self.fault("day", "before_birth", message % {**names, "day": person.birth_date}, self.day)
        spell = getattr(person, "spell", None)
        if spell is not None and spell.joined_on and self.day < spell.joined_on:
            message = _("%(name)s joined the household on %(day)s. What happens here comes after it: correct the day.")
            self.fault("day", "before_joined", message % {**names, "day": spell.joined_on}, self.day)

    # What changes.

    def change(self, obj: models.Model, **values) -> None:
        """Set fields of a stored row, keeping what they were."""
        fields = {name: obj._meta.get_field(name) for name in values}
        before = {f.attname: plain(getattr(obj, f.attname)) for f in fields.values()}
        for name, value in values.items():
            setattr(obj, name, value)
        after = {f.attname: plain(getattr(obj, f.attname)) for f in fields.values()}
        if before == after:
            return
        names = list(fields)
        if hasattr(obj, "version"):
            obj.version += 1
            names.append("version")
        obj.save(update_fields=names)
        self._note(obj, before, after)

    def _note(self, obj: models.Model, before: dict, after: dict) -> None:
        place = [NAMES[type(obj)], obj.pk]
        for step in self.steps:
            if step[:2] == place:
                if step[2] is not None:
                    step[2] = before | step[2]
                step[3] |= after
                return
        self.steps.append([*place, before, after])

    def make(self, obj: models.Model) -> models.Model:
        obj.save(force_insert=True)
        self.steps.append([NAMES[type(obj)], obj.pk, None, {}])
        return obj

    def end_spell(self, person: Person, reason: str) -> None:
        self.change(person.spell, left_on=self.day, reason=reason)

    def rehouse(self, home: Household, *, begins: bool = True) -> None:
        """Another flat from the day on, as the household's row tells it."""
        reason = self.told.reason.strip()
        self.steps += rehouse([home], self.day, reason, self.unit, begins=begins)[home.pk]

    def begin_spell(self, person: Person, home: Household, relation: str, reason: str = "") -> None:
        """The person, who belongs nowhere now, belongs to the household from the day on."""
        self.change(person, household=home, relation=relation)
        if person.region != home.region:
            person.region = home.region
            person.save(update_fields=["region"])
            self.moved.add(home.pk)
        spell = Membership(person=person, household=home, region=home.region, joined_on=self.day, reason=reason)
        person.spell = self.make(spell)

    def relate(self, people: Iterable[Person], relations: dict[int, str]) -> None:
        for person in people:
            if person.pk in relations:
                self.change(person, relation=relations[person.pk])

    # What is recorded.

    def record(
        self, kind: str, household: Household, *, other: Household | None = None, person: Person | None = None, **more
    ) -> HouseholdEvent:
        """Keep the event with its files, and publish what it touched."""
        event = HouseholdEvent.objects.create(
            region=household.region,
            household=household,
            other=other,
            person=person,
            kind=kind,
            day=self.day,
            reason=tidied("reason", self.told.reason),
            document=tidied("document", self.told.document),
            steps=self.steps,
            recorded_on=self.unit.on,
            recorded_by=self.by,
            **more,
        )
        if self.told.files:
            attach(registry[EVENTS], event, self.told.files, by=self.by)
        self.publish({household.pk, *([other.pk] if other else [])}, event)
        return event

    def publish(self, homes: set[int], event: HouseholdEvent) -> None:
        """What follows: heads, verdicts, counters and sizes of the households touched. Whoever has one of them open sees
        that it has changed."""
        homes = homes | set(self.households)
        Household.objects.filter(pk__in=homes).update(version=models.F("version") + 1)
        follow_heads(homes)
        self.unit.publish("families", homes)
        self.unit.publish("households", homes)
        self.unit.publish("moved", self.moved)
        places = Household.objects.filter(pk__in=homes).values_list("settlement_id", flat=True)
        self.unit.publish("settlements", {*places, *self.settlements})
        self.unit.publish(EVENTS, [event.pk])


def tidied(name: str, value: str) -> str:
    return HouseholdEvent._meta.get_field(name).clean(value, None)


@contextmanager
def happening(
    told: Told, *households: Household | None, by, on: dt.date | None = None, version: int | None = None
) -> Iterator[Happening]:
    """A unit of work on these households, locked and read anew. `version` is that of the first as its form knew it."""
    check(by, "write", EVENTS)
    ids = [household.pk for household in households if household is not None]
    with writing(by=by, on=on) as unit:
        lock_households(ids)
        stored = reachable(Household).select_related("settlement").filter(voided_at=None).in_bulk(ids)
        for key in ids:
            if key not in stored:
                message = _("There is no such household in your area, or it is voided.")
                raise Refused([Problem(0, "household", "", "unknown_row", message)])
        if version is not None and stored[ids[0]].version != version:
            raise Conflict({}, stored[ids[0]].version)
        yield Happening(told, by, unit, stored)


def living(household: Household) -> list[Person]:
    """Who belongs to the household and lives, the head first."""
    return [person for person in members_of(household) if not person.died_on]


def chosen(found: Happening, people: Sequence[Person], pk: int | None, name: str, missing: str) -> Person | None:
    """The one of these people who becomes head; `missing` is said where there is none."""
    person = next((person for person in people if person.pk == pk), None)
    if person is None:
        found.fault(name, "no_head", missing)
    return person


def related(
    found: Happening, people: Sequence[Person], head: Person, relations: dict | None, former: Sequence[Person] = ()
) -> dict[int, str]:
    """Each member's relation to a head: as told, else as proposed by the relations to the head before (`former` are the
    members of that time)."""
    wanted = proposed({p.pk: p for p in (*former, *people)}.values(), head)
    told = {key: code for key, code in (relations or {}).items() if code}
    result = {person.pk: told.get(person.pk, wanted.get(person.pk, OTHER)) for person in people}
    result[head.pk] = HEAD
    for person in people:
        if person.pk != head.pk and result[person.pk] == HEAD:
            message = _("%(name)s cannot be head beside %(head)s. Choose another relation.")
            found.fault(f"relation_{person.pk}", "two_heads", message % {"name": person.name, "head": head.name})
    return result
