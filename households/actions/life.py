"""Events of members: born, dead, come, gone, returned; another head; another flat.

Each is recorded with day, reason and document, touches no earlier day's figures, and can be undone (life_undoing).
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import replace

from django.utils.translation import gettext as _

from common.ledger import registry
from common.problems import Problem, Refused
from common.scope import reachable
from common.values import shown
from households.actions.life_rows import Happening, Told, chosen, happening, living, related
from households.checks.households import blind
from households.codes import life as codes
from households.models import HEAD, Home, Household, HouseholdEvent, Membership, Person, Placement
from households.models.homes import PRESENT
from ledgers.checking import clean_rows

# How a membership ends, by the event.
LEAVING = {codes.MARRIED_OUT: "marriage", codes.LEFT: "moved", codes.LEFT_OTHERWISE: "other"}
COMING = {codes.MARRIED_IN: "marriage", codes.JOINED: "moved"}
LEAVES_WHEN_COMING = {codes.MARRIED_IN: codes.MARRIED_OUT, codes.JOINED: codes.LEFT}


def born(household: Household, raw: dict, told: Told, *, by, on=None, version=None) -> HouseholdEvent:
    """A child is born into the household; `raw` are the values of a new member. The day is that of birth."""
    with happening(told, household, by=by, on=on, version=version) as found:
        home = found.households[household.pk]
        row = _clean_member(found, home, raw)
        found.told = replace(found.told, day=row.get("birth_date") or found.told.day)
        found.check_told()
        if row.get("relation") == HEAD:
            found.fault("relation", "two_heads", _("A newborn child is not head of a household. Correct the relation."))
        found.refuse()
        person = _make_person(found, home, row, joined_on=None, reason="birth")
        return found.record(codes.BIRTH, home, person=person)


def joined(
    household: Household,
    raw: dict,
    told: Told,
    *,
    by,
    kind: str = codes.MARRIED_IN,
    head_left: int | None = None,
    on=None,
    version=None,
) -> HouseholdEvent:
    """Somebody marries in or moves in: a new person, or one known by ID number who belongs to another household of the
    area, leaves it on the day and joins this one. Whom another county holds is asked for by a transfer request."""
    stored = known_person(raw, by)
    former = home_of(stored) if stored is not None else None
    if former is not None and former.pk == household.pk:
        message = _("%(name)s belongs to this household already.") % {"name": stored.name}
        raise Refused([Problem(0, "id_number", "", "duplicate_person", message)])
    with happening(told, household, former, by=by, on=on, version=version) as found:
        home = found.households[household.pk]
        found.check_told()
        if stored is None:
            row = _clean_member(found, home, raw)
            if found.day and row.get("birth_date") and found.day < row["birth_date"]:
                found.fault("day", "before_birth", _("The day lies before the birth date. Correct one of the two."))
            found.refuse()
            person = _make_person(found, home, row, joined_on=found.day, reason=COMING[kind])
            return found.record(kind, home, person=person)
        relation = _relation_of(found, raw)
        if former is not None:
            former = found.households[former.pk]
            person = _leaver(found, former, stored.pk)
            rest = _without(living(former), person)
            relations = _successor(found, person, rest, head_left, "head_left", None)
        else:
            person, rest, relations = reachable(Person).get(pk=stored.pk), [], {}
            _check_since(found, person)
        found.refuse()
        if former is not None:
            found.end_spell(person, LEAVING[LEAVES_WHEN_COMING[kind]])
            found.relate(rest, relations)
        found.begin_spell(person, home, relation, COMING[kind])
        return found.record(kind, home, other=former, person=person)


def returned(
    household: Household, person: int, told: Told, *, by, relation: str = "", on=None, version=None
) -> HouseholdEvent:
    """Somebody who has left the household comes back to it."""
    with happening(told, household, by=by, on=on, version=version) as found:
        home = found.households[household.pk]
        found.check_told()
        left = Membership.objects.filter(household=home, person=person, left_on__isnull=False).exists()
        stored = reachable(Person).filter(pk=person, voided_at=None).first() if left else None
        if stored is None:
            message = _("Choose who comes back: somebody who belonged to this household and has left it.")
            found.fault("person", "required", message)
            found.refuse()
        if Membership.objects.filter(person=stored, left_on=None).exists():
            message = _("%(name)s belongs to the household %(code)s now and must leave it first.")
            found.fault("person", "other_household", message % {"name": stored.name, "code": stored.household.code})
        _check_since(found, stored)
        relation = relation or stored.relation
        if relation == HEAD and living(home):
            message = _("The household has a head already. Choose the relation to the head.")
            found.fault("relation", "two_heads", message)
        found.refuse()
        found.begin_spell(stored, home, relation, "moved")
        return found.record(codes.RETURNED, home, person=stored)


def left(
    household: Household,
    person: int,
    told: Told,
    *,
    by,
    kind: str = codes.LEFT,
    head: int | None = None,
    relations: dict[int, str] | None = None,
    on=None,
    version=None,
) -> HouseholdEvent:
    """A member leaves: married out, moved out, or gone for another reason. The day is the first on which the person no
    longer belongs. Where the head leaves, another becomes it."""
    with happening(told, household, by=by, on=on, version=version) as found:
        home = found.households[household.pk]
        found.check_told()
        who = _leaver(found, home, person)
        rest = _without(living(home), who)
        told_relations = _successor(found, who, rest, head, "head", relations)
        found.refuse()
        found.end_spell(who, LEAVING[kind])
        found.relate(rest, told_relations)
        return found.record(kind, home, person=who)


def died(
    household: Household,
    person: int,
    told: Told,
    *,
    by,
    head: int | None = None,
    relations: dict[int, str] | None = None,
    on=None,
    version=None,
) -> HouseholdEvent:
    """A member dies; where it was the head and others live, another becomes it."""
    with happening(told, household, by=by, on=on, version=version) as found:
        home = found.households[household.pk]
        found.check_told()
        who = _leaver(found, home, person)
        rest = _without(living(home), who)
        told_relations = _successor(found, who, rest, head, "head", relations)
        found.refuse()
        found.change(who, died_on=found.day)
        found.relate(rest, told_relations)
        return found.record(codes.DEATH, home, person=who)


def change_head(
    household: Household,
    head: int,
    told: Told,
    *,
    by,
    relations: dict[int, str] | None = None,
    on=None,
    version=None,
) -> HouseholdEvent:
    """Another member becomes head, and every member has another relation to the head."""
    with happening(told, household, by=by, on=on, version=version) as found:
        home = found.households[household.pk]
        found.check_told()
        people = living(home)
        person = chosen(found, people, head, "head", _("Choose which living member becomes head."))
        if person is not None and person.relation == HEAD:
            message = _("%(name)s is the head already. Choose another member.") % {"name": person.name}
            found.fault("head", "same_head", message)
        if person is not None:
            found.check_member(person)
            wanted = related(found, people, person, relations)
        found.refuse()
        found.relate(people, wanted)
        return found.record(codes.HEAD_CHANGED, home, person=person)


def change_flat(household: Household, address: str, area, told: Told, *, by, on=None, version=None) -> HouseholdEvent:
    """The household lives in another flat of its settlement from the day on. `area` None: it stays as it is."""
    with happening(told, household, by=by, on=on, version=version) as found:
        home = found.households[household.pk]
        found.check_told()
        raw = {"address": address} if area in (None, "") else {"address": address, "housing_area": area}
        [row], problems = clean_rows(registry["households"], [raw], by, stored=[home], partial=True, set_checks=False)
        found.problems += problems
        if not str(address or "").strip():
            found.fault("address", "required", _("Write building and flat of the new home."))
        elif row.get("address") == home.address:
            message = _("The household lives there already. Write building and flat of the new home.")
            found.fault("address", "same", message)
        check_stay(found, home)
        found.refuse()
        found.change(home, **{name: row[name] for name in raw})
        found.rehouse(home)
        return found.record(codes.FLAT, home)


def check_stay(found: Happening, home: Household) -> None:
    """The day lies in the household's stay at its settlement."""
    since = Placement.objects.filter(household=home, to_on=None).values_list("from_on", flat=True).first()
    if found.day and since and found.day < since:
        message = _("The household has lived at its settlement since %(day)s. What happens here comes after it.")
        found.fault("day", "order", message % {"day": since}, found.day)
    taken = Home.objects.filter(PRESENT, household=home).values_list("from_on", flat=True).first()
    if found.day and taken and found.day < taken and taken != since:
        message = _("The present flat was taken on %(day)s: the change comes after it.")
        found.fault("day", "order", message % {"day": taken}, found.day)


def leave_household(ids: Iterable[int], *, left_on: dt.date, reason: str, by, on: dt.date | None = None) -> int:
    """Members leave on a day, for a reason as memberships know it; what was counted before stays counted. The number of
    those who did."""
    kinds = {reason: kind for kind, reason in LEAVING.items()}
    number = 0
    people = reachable(Person).filter(pk__in=list(ids), voided_at=None).select_related("household")
    for person in sorted(
        people, key=lambda person: person.relation == HEAD
    ):  # a head goes last, and leaves nobody behind
        left(person.household, person.pk, Told(left_on), kind=kinds.get(reason, codes.LEFT_OTHERWISE), by=by, on=on)
        number += 1
    return number


def _leaver(found: Happening, home: Household, pk: int) -> Person:
    """The living member who goes, with `spell`. Raises Refused where there is none: somebody may have been faster."""
    person = next((person for person in living(home) if person.pk == pk), None)
    if person is None:
        found.fault(
            "person", "no_member", _("This person no longer belongs to the household, or has died. Look at its page.")
        )
        found.refuse()
    found.check_member(person)
    return person


def _without(people: list[Person], person: Person) -> list[Person]:
    return [one for one in people if one.pk != person.pk]


def _successor(found: Happening, goes: Person, rest: list[Person], head: int | None, name: str, relations) -> dict:
    """The relations of those who stay, if the head goes and somebody stays."""
    if goes.relation != HEAD or not rest:
        return {}
    missing = _("The head leaves the others without one. Choose who of them is head from then on.")
    person = chosen(found, rest, head, name, missing)
    return {} if person is None else related(found, rest, person, relations, former=[goes])


def _clean_member(found: Happening, home: Household, raw: dict) -> dict:
    """The values of a new member, checked as a form's, a sheet's and a payload's are."""
    [row], problems = clean_rows(registry["persons"], [raw], found.by, given=[{"household": home}])
    found.problems += problems
    if "id" in row:
        found.fault(
            "name",
            "duplicate_person",
            _("This person is entered already. Look among the members."),
            shown(raw.get("name")),
        )
    return row


def _make_person(found: Happening, home: Household, row: dict, *, joined_on, reason: str) -> Person:
    person = Person(region=home.region, **row)
    person.clean()
    found.make(person)
    found.make(Membership(person=person, household=home, region=home.region, joined_on=joined_on, reason=reason))
    return person


def _relation_of(found: Happening, raw: dict) -> str:
    """The relation of somebody who is known already."""
    [row], problems = clean_rows(
        registry["persons"],
        [{"relation": raw.get("relation", "")}],
        found.by,
        partial=True,
        stored=[None],
        set_checks=False,
    )
    found.problems += [problem for problem in problems if problem.field == "relation"]
    if not row.get("relation") and not found.problems:
        found.fault("relation", "required", _("Choose the relation to the head."))
    if row.get("relation") == HEAD:
        found.fault("relation", "two_heads", _("The household has a head already. Choose the relation to the head."))
    return row.get("relation", "")


def known_person(raw: dict, by) -> Person | None:
    """The person with this ID number in the area; one without is new. An ill number is told by the checks of new ones."""
    [row], _problems = clean_rows(
        registry["persons"],
        [{"id_number": raw.get("id_number", "")}],
        by,
        partial=True,
        stored=[None],
        set_checks=False,
    )
    key = blind(row)
    if key is None:
        return None
    return Person.objects.visible_to(by).filter(id_index=key, voided_at=None).select_related("household").first()


def home_of(person: Person) -> Household | None:
    """Where the person belongs now; None for one who has left everywhere."""
    spell = Membership.objects.filter(person=person, left_on=None).select_related("household").first()
    return spell.household if spell else None


def _check_since(found: Happening, person: Person) -> None:
    """Who comes again does so after having left."""
    person.spell = None
    found.check_member(person)
    last = Membership.objects.filter(person=person).order_by("-left_on").values_list("left_on", flat=True).first()
    if last and found.day and found.day < last:
        message = _("%(name)s left the last household on %(day)s. Correct the day.") % {
            "name": person.name,
            "day": last,
        }
        found.fault("day", "order", message, found.day)
