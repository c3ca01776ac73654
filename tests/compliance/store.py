"""Rows for the oracle's households, written past the actions: these tests are about the statement alone."""

from __future__ import annotations

import itertools

from common import clock
from employment.models import Employment
from households.models import Household, Membership, Person, Placement
from settlements.models import Settlement
from tests.compliance.oracle import Home, Member

_numbers = itertools.count(1)


def void(obj, voided: bool, user) -> None:
    if voided:
        obj.voided_at, obj.voided_by, obj.void_reason = clock.now(), user, "entered by mistake"


def settlement(region: int = 522326001000, **values) -> Settlement:
    number = next(_numbers)
    return Settlement.objects.create(code=f"522326A{number:04d}", name=f"Settlement {number}", region=region, **values)


def store(homes: list[Home], place: Settlement, user) -> list[Household]:
    """One household for each home, with its members, spells and jobs."""
    households, members = [], []
    for home in homes:
        number = next(_numbers)
        household = Household(
            code=f"5223269{number:08d}",
            head_name="Head",
            settlement=place,
            region=place.region,
            relocation_kind=home.kind,
            origin_division=home.origin,
        )
        void(household, home.voided, user)
        households.append(household)
    Household.objects.bulk_create(households)
    Placement.objects.bulk_create([Placement(household=h, settlement=place, region=place.region) for h in households])
    for home, household in zip(homes, households, strict=True):
        members += [(member, person(member, household, user)) for member in home.members]
    Person.objects.bulk_create([stored for _, stored in members])
    Membership.objects.bulk_create(
        [
            Membership(person=stored, household=stored.household, region=stored.region, joined_on=joined, left_on=left)
            for member, stored in members
            for joined, left in member.spells
        ]
    )
    stored_of = {id(member): stored for member, stored in members}
    Membership.objects.bulk_create(
        [
            Membership(person=stored_of[id(member)], household=household, region=household.region, left_on=left)
            for home, household in zip(homes, households, strict=True)
            for member, left in home.former
        ]
    )
    jobs = []
    for member, stored in members:
        for number, job in enumerate(member.jobs):
            row = Employment(
                person=stored,
                region=stored.region,
                channel="01",
                employer=f"Works {number}",
                start_date=job.start,
                end_date=job.end,
            )
            void(row, job.voided, user)
            jobs.append(row)
    Employment.objects.bulk_create(jobs)
    return households


def person(member: Member, household: Household, user) -> Person:
    stored = Person(
        household=household,
        region=household.region,
        name=f"Member {next(_numbers)}",
        relation="01",
        sex="1",
        birth_date=member.birth,
        school=member.school,
        labour_capability=member.ability,
        job_intention=member.intention,
        died_on=member.died,
    )
    void(stored, member.voided, user)
    return stored
