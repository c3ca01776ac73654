"""Finding people and households by what somebody at the counter knows of them.

Each way is a `Finder`; higher apps and other parts of the file register theirs. What is searched for is
posted, never an address: nothing here may put it into a log.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from django.core.exceptions import ValidationError
from django.db.models import QuerySet

from accounts.roles import can
from common import values
from common.models import STANDING
from common.scope import in_ranges
from common.terms import Term, term
from households.models import Disability, Home, Household, Person
from ledgers.filters import prefix
from settlements.models import Settlement

MOST = 50


@dataclass(frozen=True)
class Hit:
    """Somebody or something found: the household's id, whose it is (a person, if one was found), and by what."""

    household: int
    person: int | None
    by: object


@dataclass(frozen=True)
class Finder:
    """`find(text, user)` gives hits, at most MOST + 1. Texts that cannot be such a thing give none."""

    key: str
    label: Term
    find: Callable[[str, object], Iterable[Hit]]


FINDERS: list[Finder] = []


def register(key: str, en: str, zh: str):
    """Register a function as a way of finding."""

    def registered(function):
        label = term(en, zh)
        FINDERS.append(
            Finder(key, label, lambda text, user: (Hit(home, person, label) for home, person in function(text, user)))
        )
        return function

    return registered


def _people(user) -> QuerySet:
    return Person.objects.visible_to(user).filter(STANDING)


def _homes(user) -> QuerySet:
    # Voided ones too: the code of a household that was merged into another still leads to it.
    return Household.objects.visible_to(user)


def _of_people(rows: QuerySet) -> list[tuple[int, int]]:
    return list(rows.values_list("household_id", "pk")[: MOST + 1])


def _of_homes(rows: QuerySet) -> list[tuple[int, None]]:
    return [(key, None) for key in rows.values_list("pk", flat=True)[: MOST + 1]]


@register("id_number", "ID number or document", "身份证号或证件号")
def by_document(text: str, user):
    if len(text) < 6 or not text.isascii():
        return []
    try:
        number = Person._meta.get_field("id_number").clean(text, None)
    except ValidationError:
        return []
    index = Person._meta.get_field("id_index").value_for(number)
    return _of_people(_people(user).filter(id_index=index))


@register("certificate", "certificate number", "证书编号")
def by_certificate(text: str, user):
    """The title to a home, or a disability certificate; by each for those who may read its ledger."""
    if len(text) < 6 or not any(character.isdigit() for character in text):
        return []
    found = []
    if can(user, "read", "titles"):
        number = Home.certificate_number.field.parse(text)
        titles = Home.objects.visible_to(user).filter(STANDING, certificate_number=number)
        found += [(key, None) for key in titles.values_list("household_id", flat=True)[: MOST + 1]]
    if len(text) in (20, 22) and text.isascii() and can(user, "read", "disabilities"):
        index = Disability._meta.get_field("certificate_index").value_for(text.upper())
        holders = Disability.objects.visible_to(user).filter(STANDING, certificate_index=index)
        found += holders.values_list("person__household_id", "person_id")[: MOST + 1]
    return found


@register("code", "household code", "户编号")
def by_code(text: str, user):
    wanted = text.upper()
    if len(wanted) < 6 or not wanted.isascii() or not wanted[:6].isdigit():
        return []
    return _of_homes(_homes(user).filter(prefix("code", wanted)).order_by("code"))


@register("registry_number", "registry number", "建档立卡编号")
def by_registry_number(text: str, user):
    if not (text.isascii() and text.isdigit() and len(text) in (10, 12)):
        return []
    if len(text) == 12:
        return _of_people(_people(user).filter(registry_number=text))
    return _of_homes(_homes(user).filter(registry_number=text).order_by("pk"))


@register("phone", "telephone", "联系电话")
def by_phone(text: str, user):
    try:
        phone = values.phone(text)
    except ValidationError:
        return []
    people = _of_people(_people(user).filter(phone=phone).order_by("pk"))
    return [*people, *_of_homes(_homes(user).filter(STANDING, phone=phone).order_by("pk"))]


@register("name", "name", "姓名")
def by_name(text: str, user):
    if text.isascii() and not text.isalpha() or any(character.isdigit() for character in text):
        return []
    try:
        name = values.person_name(text)
    except ValidationError:
        return []
    return _of_people(_people(user).filter(prefix("name", name)).order_by("name", "pk"))


@register("address", "address", "住址")
def by_address(text: str, user):
    """`3栋2单元501`, or the name of a settlement before it."""
    if len(text) < 2:
        return []
    settlement, _space, rest = text.partition(" ")
    homes = _homes(user).filter(STANDING)
    if rest:
        named = Settlement.objects.filter(in_ranges(user.ranges), prefix("name", settlement), STANDING)
        homes = homes.filter(settlement__in=list(named.values_list("pk", flat=True)[:MOST]))
        text = rest
    if not any(character.isdigit() for character in text):
        return []
    return _of_homes(homes.filter(prefix("address", text)).order_by("address", "pk"))


def find(text: str, user) -> list[Hit]:
    """Everything that the text may mean, within the user's scope; each household and person once."""
    text = values.tidy(text)
    found: dict[tuple[int, int | None], Hit] = {}
    if not text:
        return []
    for finder in FINDERS:
        for hit in finder.find(text, user):
            found.setdefault((hit.household, hit.person), hit)
    return list(found.values())
