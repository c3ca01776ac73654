"""A household splits in two, or two become one. Each is the inverse of the other: who splits off and comes back is related
to the head as before.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from django.db import connection
from django.utils.translation import gettext as _

from common.ledger import registry
from common.problems import Problem, Refused
from divisions.queries import parameter_at
from households.actions.life import check_stay
from households.actions.life_rows import Happening, Told, chosen, happening, living, related
from households.codes import life as codes
from households.models import HEAD, Household, HouseholdEvent, Person, Placement
from ledgers.checking import clean_rows

# What a household that splits off has from the one that it comes of.
INHERITED = ("settlement", "relocation_kind", "origin_division", "origin_township", "origin_village", "moved_in_on")
NUMBER_DIGITS = 6
# Held by whoever takes the next number of a county, until commit.
NUMBER_LOCK = 4_522_326


def split(
    household: Household,
    leaving: Iterable[int],
    head: int | None,
    told: Told,
    *,
    by,
    rest_head: int | None = None,
    relations: dict[int, str] | None = None,
    address: str = "",
    area=None,
    on=None,
    version=None,
) -> HouseholdEvent:
    """Some members become a household of their own, in the same settlement; `rest_head` is who leads the others where
    the head goes. The event's `other` is the new household."""
    wanted = set(leaving)
    with happening(told, household, by=by, on=on, version=version) as found:
        home = found.households[household.pk]
        found.check_told()
        people = living(home)
        go = [person for person in people if person.pk in wanted]
        stay = [person for person in people if person.pk not in wanted]
        if len(go) < len(wanted):
            message = _("Somebody who is to split off no longer belongs to the household. Open the form again.")
            found.fault("leaving", "no_member", message)
        if not go:
            found.fault("leaving", "required", _("Choose who splits off."))
        elif not stay:
            message = _(
                "A split leaves somebody in both households. Where all go, change the flat or the settlement instead."
            )
            found.fault("leaving", "no_head", message)
        for person in go:
            found.check_member(person)
        check_stay(found, home)
        new_relations = _led(found, go, stay, head, "head", relations, "")
        old_relations: dict[int, str] = {}
        if stay and not any(person.relation == HEAD for person in stay):
            old_relations = _led(found, stay, go, rest_head, "rest_head", relations, home.code)
        values = _flat(found, home, address, area)
        found.refuse()
        new = _found_household(found, home, values)
        for person in go:
            found.end_spell(person, "split")
        for person in go:
            found.begin_spell(person, new, new_relations[person.pk], "split")
        found.relate(stay, old_relations)
        return found.record(codes.SPLIT, home, other=new)


def _led(found: Happening, people: Sequence[Person], others, head: int | None, name: str, relations, code: str) -> dict:
    if not people:
        return {}
    missing = (
        _("The split leaves the household %(code)s without a head. Choose who leads those who stay.") % {"code": code}
        if code
        else _("The new household has no head. Choose who of those who split off leads it.")
    )
    person = chosen(found, people, head, name, missing)
    return {} if person is None else related(found, people, person, relations, former=others)


def _flat(found: Happening, home: Household, address: str, area) -> dict:
    raw = {"address": address, **({} if area in (None, "") else {"housing_area": area})}
    [row], problems = clean_rows(registry["households"], [raw], found.by, stored=[home], partial=True, set_checks=False)
    found.problems += problems
    return {name: row[name] for name in raw if name in row}


def _found_household(found: Happening, home: Household, values: dict) -> Household:
    inherited = {name: getattr(home, name) for name in INHERITED}
    new = Household(code=next_code(home, found.unit.on), region=home.region, **{**inherited, **values})
    found.make(new)
    found.make(Placement(household=new, settlement=new.settlement, region=new.region, from_on=found.day))
    found.rehouse(new)
    return new


def next_code(like: Household, on) -> str:
    """The county's next household code: its six digits, then its own next number, as long as the numbers that it gives
    (the parameter `household_number_digits`; else as long as this household's, if the county has given that)."""
    county = f"{like.region // 10**6:06d}"
    own = like.code.startswith(county) and like.code.isdecimal()
    digits = parameter_at("household_number_digits", like.region, on, len(like.code) - 6 if own else NUMBER_DIGITS)
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s, %s)", [NUMBER_LOCK % 2**31, int(county)])
        cursor.execute("SELECT household_number_last(%s, %s)", [county, digits])
        number = (cursor.fetchone()[0] or 0) + 1
        if len(str(number)) > digits:
            digits += 1
            cursor.execute("SELECT household_number_last(%s, %s)", [county, digits])
            number = max(number, (cursor.fetchone()[0] or 0) + 1)
    code = f"{county}{number:0{digits}d}"
    if len(code) > Household._meta.get_field("code").max_length:
        message = _("The county %(county)s has no household numbers left. Tell the administrator.")
        raise Refused([Problem(0, "code", code, "no_number", message % {"county": county})])
    return code


def merge(
    household: Household,
    other: Household,
    told: Told,
    *,
    by,
    relations: dict[int, str] | None = None,
    on=None,
    version=None,
) -> HouseholdEvent:
    """All living members of the other household join this one; the other one, with nobody left, is closed."""
    if household.pk == other.pk:
        message = _("A household is not merged with itself. Choose another one.")
        raise Refused([Problem(0, "other", other.code, "same", message)])
    with happening(told, household, other, by=by, on=on, version=version) as found:
        home, joining = found.households[household.pk], found.households[other.pk]
        found.check_told()
        hosts, people = living(home), living(joining)
        if not hosts:
            found.fault("other", "no_head", _("Nobody lives in this household any more. Merge it into the other one."))
        if not people:
            found.fault("other", "no_member", _("Nobody lives in the other household any more."))
        if home.region // 10**6 != joining.region // 10**6:
            message = _("The other household lives in another county. Ask for its transfer first.")
            found.fault("other", "other_county", message)
        for person in people:
            found.check_member(person)
        check_stay(found, home)
        check_stay(found, joining)
        wanted = proposed_when_merging(home, joining, hosts, people) | {
            key: code for key, code in (relations or {}).items() if code
        }
        for person in people:
            if wanted[person.pk] == HEAD:
                message = _("%(name)s cannot be head: the household has one. Choose another relation.")
                found.fault(f"relation_{person.pk}", "two_heads", message % {"name": person.name})
        found.refuse()
        for person in people:
            found.end_spell(person, "merge")
        for person in people:
            found.begin_spell(person, home, wanted[person.pk], "merge")
        found.rehouse(joining, begins=False)
        return found.record(codes.MERGED, home, other=joining)


def proposed_when_merging(
    home: Household, joining: Household, hosts: Sequence[Person], people: Sequence[Person]
) -> dict[int, str]:
    """Who had split off has the relation as before, if the head is the same; of others nothing is known."""
    found = dict.fromkeys((person.pk for person in people), "28")
    event = HouseholdEvent.objects.filter(household=home, other=joining, kind=codes.SPLIT, undone_on=None).first()
    head = next((person for person in hosts if person.relation == HEAD), None)
    if event is None or head is None:
        return found
    changed = {step[1]: step[2] for step in event.steps if step[0] == "person" and step[2]}
    if head.pk in changed:  # somebody else was head then
        return found
    before = {key: values["relation"] for key, values in changed.items() if "relation" in values}
    return {key: before[key] if before.get(key, HEAD) != HEAD else code for key, code in found.items()}
