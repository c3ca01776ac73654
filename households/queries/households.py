"""Readings of households and members."""

from __future__ import annotations

import datetime as dt

from django.db.models import Exists, OuterRef, Q
from django.utils.translation import gettext as _

from households.models import Household, Membership, Person


def household_at(user, code: str) -> Household:
    """The household of an address within the user's scope. Raises Household.DoesNotExist."""
    return Household.objects.visible_to(user).select_related("settlement").get(code=code)


def members_of(household: Household) -> list[Person]:
    """Standing members who belong to the household now, the head first; each with `spell`, the current membership."""
    spells = (
        Membership.objects.filter(household=household, left_on=None, person__voided_at=None)
        .select_related("person")
        .order_by("person__relation", "person_id")
    )
    people = []
    for spell in spells:
        spell.person.spell = spell
        spell.person.household = household
        people.append(spell.person)
    return people


def former_members_of(household: Household) -> list[Membership]:
    """Spells that are over: who left, when and why."""
    return list(
        Membership.objects.filter(household=household, left_on__isnull=False, person__voided_at=None)
        .select_related("person")
        .order_by("-left_on", "id")
    )


def why_closed(household: Household) -> str:
    """Why the file of a household is changed no more, in words; "" where it is."""
    return _("Nobody belongs to this household any more; its file is kept to be read.") if household.ended else ""


def homes_of_former_members(household: Household) -> list[Household]:
    """The other households to which its former members belong now, as far as they may be seen."""
    former = Membership.objects.filter(household=household, left_on__isnull=False).values("person")
    present = Membership.objects.filter(person__in=former, left_on=None, person__voided_at=None).values("household")
    return list(Household.objects.filter(pk__in=present, voided_at=None).exclude(pk=household.pk).order_by("code"))


def lived_in() -> Exists:
    """The condition of a household to which somebody alive belongs."""
    people = Membership.objects.filter(household=OuterRef("pk"), left_on=None)
    return Exists(people.filter(person__died_on=None, person__voided_at=None))


def living(on: dt.date) -> Q:
    """The condition of a person who belongs to a household and lives on the day."""
    spell = Q(memberships__joined_on=None) | Q(memberships__joined_on__lte=on)
    spell &= Q(memberships__left_on=None) | Q(memberships__left_on__gt=on)
    return spell & (Q(died_on=None) | Q(died_on__gt=on)) & Q(birth_date__lte=on)
