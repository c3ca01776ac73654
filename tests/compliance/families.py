"""Households at random, with dates that crowd around the boundaries of a day."""

from __future__ import annotations

import datetime as dt
from random import Random

from tests.compliance.oracle import Home, Job, Member

DAY = dt.timedelta(days=1)
NEAR = [-2, -1, 0, 1, 2]
# Days from a day that matter to a job: expiring, six months, twelve months.
EDGES = [0, 29, 30, 31, -181, -182, -183, -184, -185, -364, -365, -366]


def near(random: Random, day: dt.date) -> dt.date:
    return day + DAY * random.choice(NEAR)


def years_before(day: dt.date, years: int) -> dt.date:
    try:
        return day.replace(year=day.year - years)
    except ValueError:
        return day.replace(year=day.year - years, day=28)


def birth(random: Random, on: dt.date) -> dt.date:
    kind = random.random()
    if kind < 0.3:
        return near(random, years_before(on, random.choice([16, 60])))
    if kind < 0.4:
        return dt.date(random.choice([1960, 1964, 1988, 2000, 2004, 2008]), 2, 29)
    if kind < 0.45:
        return near(random, on)
    return on - DAY * random.randrange(0, 80 * 365)


def job(random: Random, on: dt.date) -> Job:
    def day() -> dt.date:
        if random.random() < 0.6:
            return near(random, on + DAY * random.choice(EDGES))
        return on + DAY * random.randrange(-500, 120)

    start, end = day(), day()
    if random.random() < 0.3:
        return Job(start, None, random.random() < 0.05)
    return Job(min(start, end), max(start, end), random.random() < 0.05)


def spells(random: Random, on: dt.date) -> list:
    kind = random.random()
    if kind < 0.8:
        return [(None, None)]
    if kind < 0.88:
        return [(near(random, on), None)]
    if kind < 0.96:
        return [(None, near(random, on))]
    left = on - DAY * random.randrange(1, 30)
    return [(None, left), (near(random, on) + DAY * 3, None)]


def member(random: Random, on: dt.date) -> Member:
    return Member(
        birth=birth(random, on),
        ability=random.choice(["1", "1", "1", "2", "3", "4", ""]),
        school=random.choice(["", "", "", "", "07"]),
        intention=random.choice(["1", "2", "2", ""]),
        died=near(random, on) if random.random() < 0.05 else None,
        spells=spells(random, on),
        jobs=[job(random, on) for _ in range(random.choice([0, 0, 1, 1, 1, 2, 3]))],
        voided=random.random() < 0.03,
    )


def alive_when_dead(member: Member) -> Member:
    """Nobody dies before birth: the table refuses it."""
    if member.died and member.died < member.birth:
        member.died = member.birth
    return member


def homes(seed: int, number: int, on: dt.date, *, coming_moves: bool = True) -> list[Home]:
    """`number` households; the same for the same seed and day. People move and leave, some only after the day."""
    random = Random(seed)
    found = []
    for _ in range(number):
        people = [alive_when_dead(member(random, on)) for _ in range(random.choice([0, 1, 1, 2, 2, 3, 4, 6]))]
        found.append(
            Home(
                people,
                kind=random.choice(["1", "1", "2"]),
                origin=random.choice([None, 522326104000, 522327000000]),
                voided=random.random() < 0.03,
            )
        )
    if not coming_moves:
        for person in (person for home in found for person in home.members):
            person.spells = [(joined, left and min(left, on)) for joined, left in person.spells]
    for home in found:
        other = random.choice(found)
        if home is not other and home.members and random.random() < 0.2:
            mover = home.members[0]
            moved_on = near(random, on) if coming_moves else on - DAY * random.randrange(3)
            mover.spells = [(moved_on, None)]
            other.former.append((mover, moved_on))
    return found
