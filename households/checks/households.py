"""Checks of households and members that need more than one row or the store; all as sets, for any number of rows.

Each check yields (index of the row, column, value, code, message).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from django.db import connection
from django.utils.translation import gettext as _

from common.scope import contains
from households.models import HEAD, SPOUSE, Household, Membership, Person
from households.places import check_grids, check_origins

Found = tuple[int, str, str, str, str]


def check_households(rows: Sequence[dict], user) -> Iterator[Found]:
    """Codes of voided households, of other counties' households, and of places outside the user's scope."""
    yield from check_origins(rows)
    yield from check_grids(rows, user)
    codes = [row["code"] for row in rows if row.get("code")]
    stored = Household.objects.visible_to(user).in_bulk(codes, field_name="code")
    hidden = _codes_held_elsewhere([code for code in codes if code not in stored])
    seen: dict[str, int] = {}
    for index, row in enumerate(rows):
        code = row.get("code")
        settlement = row.get("settlement")
        if settlement is not None and not contains(user.ranges, settlement.region):
            yield (
                index,
                "settlement",
                settlement.code,
                "out_of_scope",
                _("%(name)s lies outside the area that you may enter.") % {"name": settlement.name},
            )
        if not code:
            continue
        if code in seen:
            yield (
                index,
                "code",
                code,
                "duplicate_household",
                _("The household code %(code)s stands here for the second time.") % {"code": code},
            )
        seen.setdefault(code, index)
        if code in hidden:
            yield (
                index,
                "code",
                code,
                "out_of_scope",
                _(
                    "The household %(code)s is registered outside your area. Ask whoever enters there, or correct the code."
                )
                % {"code": code},
            )
        elif code not in stored and not _overlaps(user.ranges, code):
            yield (
                index,
                "code",
                code,
                "out_of_scope",
                _(
                    "The household code %(code)s belongs to another county (%(county)s). Correct the code, or let that county enter it."
                )
                % {"code": code, "county": code[:6]},
            )
        elif code in stored and stored[code].voided_at:
            yield (
                index,
                "code",
                code,
                "voided",
                _("The household %(code)s was voided (%(reason)s). Use another code.")
                % {"code": code, "reason": stored[code].void_reason},
            )


def _overlaps(ranges, code: str) -> bool:
    """Whether the county that a household code names has a part in the user's ranges."""
    lowest = int(code[:6]) * 10**6
    return any(lo < lowest + 10**6 and lowest < hi for lo, hi in ranges)


def _codes_held_elsewhere(codes: list[str]) -> set[str]:
    """Which codes belong to households that row-level security hides; the database says no more than that."""
    if not codes:
        return set()
    with connection.cursor() as cursor:
        cursor.execute("SELECT code FROM household_codes_held(%s)", [codes])
        return {row[0] for row in cursor.fetchall()}


def persons_held(indexes) -> dict:
    """Where persons are registered, nationwide: blind index -> (household code, county code, whether released there)."""
    indexes = [str(index) for index in indexes if index]
    if not indexes:
        return {}
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT id_index::text, household_code, county, released FROM persons_held(%s::uuid[])", [indexes]
        )
        return {key: (code, county, released) for key, code, county, released in cursor.fetchall()}


def blind(row: dict) -> str | None:
    """The blind index of a row's ID number, or None without one."""
    number = row.get("id_number")
    return str(Person._meta.get_field("id_index").value_for(number)) if number else None


@dataclass(frozen=True)
class _Member:
    household: str
    name: str
    relation: str
    index: int | None  # the row that tells of the member; None for a stored one who is not among the rows


def check_persons(rows: Sequence[dict], user) -> Iterator[Found]:
    """One person in one household at a time, nationwide; one head and at most one spouse of the head a household."""
    blinds = [blind(row) for row in rows]
    by_id = Person.objects.select_related("household").in_bulk([row["id"] for row in rows if row.get("id")])
    held = persons_held(blinds)
    homes = [_home_of(row, by_id) for row in rows]
    first: dict[str, int] = {}
    refused: set[int] = set()
    for index, code in _moving(rows, blinds, by_id):
        refused.add(index)
        yield (index, "household", code, "other_household", _other_household(code))
    for index, (row, key, home) in enumerate(zip(rows, blinds, homes, strict=True)):
        if key is None:
            continue
        earlier = first.setdefault(key, index)
        if earlier != index:
            refused.add(index)
            yield (
                index,
                "id_number",
                row["id_number"],
                "duplicate_person",
                _(
                    "This person stands already in the household %(code)s. A person is in one household at a time:"
                    " delete the row here or there."
                )
                % {"code": homes[earlier]},
            )
        elif key in held and held[key][0] != home and not _may_join(held[key], user):
            refused.add(index)
            yield (index, "id_number", row["id_number"], "duplicate_person", _held_message(held[key], home, user))
    yield from _check_heads(rows, homes, blinds, by_id, refused)


def _other_household(code: str) -> str:
    return _(
        "This person belongs to the household %(code)s. Let the person leave it first, on its page; then enter the person"
        " in the new household."
    ) % {"code": code}


def _moving(rows: Sequence[dict], blinds: list, by_id: dict[int, Person]) -> Iterator[tuple[int, str]]:
    """Rows that put a stored person who still belongs to one household into another: (index, code of the present one)."""
    told = {
        index: by_id[row["id"]]
        for index, row in enumerate(rows)
        if blinds[index] is None  # one who is told by number is found by it below
        and row.get("id") in by_id
        and row.get("household")
        and row["household"].pk != by_id[row["id"]].household_id
    }
    staying = (
        set(Membership.objects.filter(person__in=told.values(), left_on=None).values_list("person_id", flat=True))
        if told
        else set()
    )
    for index, person in told.items():
        if person.pk in staying:
            yield index, person.household.code


def _may_join(held: tuple[str, int, bool], user) -> bool:
    """Who has left a household within the user's area may join another one there."""
    _code, county, released = held
    return released and any(lo < county + 10**6 and county < hi for lo, hi in user.ranges)


def _home_of(row: dict, by_id: dict[int, Person]) -> str:
    household = row.get("household")
    if household is not None:
        return household.code
    return by_id[row["id"]].household.code if row.get("id") in by_id else ""


def _held_message(held: tuple[str, int, bool], home: str, user) -> str:
    code, county, _released = held
    if contains(user.ranges, county):
        return _("This person is registered in the household %(code)s. A person is in one household at a time.") % {
            "code": code
        }
    return _(
        "This person is registered in another county (%(county)s). Enter the household without the person, then ask that"
        " county for a transfer at /transfers/ask/."
    ) % {"county": f"{county // 10**6:06d}"}


def held_in_another_county(rows: Sequence[dict], user) -> list[int]:
    """Which of the rows tell of a person whom another county holds: a request for a transfer may be opened for them."""
    blinds = [blind(row) for row in rows]
    held = persons_held(blinds)
    return [
        index for index, key in enumerate(blinds) if key in held and not _overlaps(user.ranges, f"{held[key][1]:012d}")
    ]


def _check_heads(rows, homes, blinds, by_id, refused) -> Iterator[Found]:
    members: dict[str, list[_Member]] = defaultdict(list)
    told_ids, told_numbers, told_names = set(), set(), set()
    for index, (row, home, key) in enumerate(zip(rows, homes, blinds, strict=True)):
        stored = by_id.get(row.get("id"))
        relation = row.get("relation", stored.relation if stored else "")
        if not row.get("died_on", stored.died_on if stored else None):
            members[home].append(_Member(home, row.get("name", ""), relation, index))
        if stored is not None:
            told_ids.add(stored.pk)
        if key is not None:
            told_numbers.add((home, key))
        told_names.add((home, row.get("name"), row.get("birth_date")))
    for person in _standing_members([home for home in members if home]):
        known = (
            person["pk"] in told_ids
            or (person["household__code"], str(person["id_index"])) in told_numbers
            or person["id_index"] is None
            and (person["household__code"], person["name"], person["birth_date"]) in told_names
        )
        if not known:
            members[person["household__code"]].append(
                _Member(person["household__code"], person["name"], person["relation"], None)
            )
    for home, people in members.items():
        yield from _one_head(home, [p for p in people if p.index not in refused or p.relation == HEAD])


def _standing_members(codes: list[str]):
    return Person.objects.filter(
        household__code__in=codes, voided_at=None, memberships__left_on=None, died_on=None
    ).values("pk", "id_index", "name", "birth_date", "relation", "household__code")


def _one_head(home: str, people: list[_Member]) -> Iterator[Found]:
    told = [p for p in people if p.index is not None]
    heads = [p for p in people if p.relation == HEAD]
    if told and not heads:
        yield (
            told[0].index,
            "relation",
            "",
            "no_head",
            _("Nobody in the household %(code)s is its head (户主). Say which member is.") % {"code": home},
        )
    for person in heads[1:]:
        other = heads[0].name
        place = person if person.index is not None else heads[0]
        if place.index is not None:
            yield (
                place.index,
                "relation",
                "户主",
                "two_heads",
                _("The household %(code)s has a second head beside %(name)s. Only one member may be head.")
                % {"code": home, "name": other},
            )
    spouses = [p for p in people if p.relation == SPOUSE]
    for person in spouses[1:]:
        if person.index is not None:
            yield (
                person.index,
                "relation",
                "配偶",
                "two_spouses",
                _("The head of the household %(code)s has a second spouse here. Correct the relation.")
                % {"code": home},
            )
