"""Who lives together: families of a given size with a given number of labourers, on the day.

Relations are codes of the registry's list: 01 head, 02 spouse, 03/04 son and daughter, 05/06 their spouses, 07/08
grandchildren, 11/12 parents, 21 brother or sister. Ages are full years.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from random import Random
from typing import NamedTuple

MALE, FEMALE = "1", "2"
LABOUR_FROM, LABOUR_TO = 18, 59  # the youngest are 16, the generated ones have left school for good
OLD = 60
LONGEST_LIFE = 96


class Member(NamedTuple):
    """Somebody of a family; `works` means a labourer: able, of age, not in school."""

    relation: str
    sex: str
    age: int
    works: bool


Draw = Callable[[], float]

# Sizes of households with and without labour, as shares.
LABOUR_SIZES = {1: 3, 2: 9, 3: 16, 4: 27, 5: 22, 6: 14, 7: 6, 8: 2, 9: 1}
OTHER_SIZES = {1: 46, 2: 38, 3: 11, 4: 5}
MOST_LABOURERS = 6


def draw_sizes(rng: Random, count: int, total: int, shares: dict[int, int]) -> list[int]:
    """`count` sizes that add up to `total`, distributed about as the shares say."""
    low, high = min(shares), max(shares)
    if not low * count <= total <= high * count:
        raise ValueError(f"{total} people do not fit into {count} households of {low} to {high}")
    sizes = rng.choices(list(shares), list(shares.values()), k=count)
    missing = total - sum(sizes)
    step = 1 if missing > 0 else -1
    while missing:
        i = int(rng.random() * count)
        if low <= sizes[i] + step <= high:
            sizes[i] += step
            missing -= step
    return sizes


def draw_labourers(rng: Random, sizes: Sequence[int]) -> list[int]:
    """Labourers of each household: at least one, two or three for most, never more than members."""
    draw = rng.random
    return [min(size, MOST_LABOURERS, 1 + (draw() < 0.93) + (draw() < 0.55) + (draw() < 0.38)) for size in sizes]


def share_out(rng: Random, total: int, capacities: list[int], sizes: Sequence[int]) -> list[int]:
    """`total` employed persons over households of so many labourers, at least one each.

    Where the labourers do not suffice, further members become labourers (`capacities` grows).
    """
    lacking = total - sum(capacities)
    while lacking > 0:
        open_to_more = [i for i, size in enumerate(sizes) if capacities[i] < min(size, MOST_LABOURERS)]
        if not open_to_more:
            raise ValueError(f"{total} employed persons do not fit into households of {sum(sizes)} people")
        for i in rng.sample(open_to_more, min(lacking, len(open_to_more))):
            capacities[i] += 1
            lacking -= 1
    employed = [1] * len(capacities)
    further = [i for i, capacity in enumerate(capacities) for _seat in range(capacity - 1)]
    for i in rng.sample(further, total - len(employed)):
        employed[i] += 1
    return employed


def labour_family(draw: Draw, size: int, labourers: int) -> list[Member]:
    """A household with labour. `draw` gives random numbers from 0 to 1."""
    if size > labourers and draw() < 0.26:
        return _under_an_old_head(draw, size, labourers)
    return _under_a_working_head(draw, size, labourers)


def _other(sex: str) -> str:
    return FEMALE if sex == MALE else MALE


def _between(draw: Draw, low: int, high: int) -> int:
    return low + int(draw() * (high - low + 1)) if high > low else low


def _child(draw: Draw, low: int, high: int, works: bool) -> Member:
    sex = MALE if draw() < 0.52 else FEMALE
    return Member("03" if sex == MALE else "04", sex, _between(draw, low, high), works)


def _grandchild(draw: Draw, high: int, low: int = 0, works: bool = False) -> Member:
    sex = MALE if draw() < 0.52 else FEMALE
    return Member("07" if sex == MALE else "08", sex, _between(draw, low, max(low, high)), works)


def _under_a_working_head(draw: Draw, size: int, labourers: int) -> list[Member]:
    sex = MALE if draw() < 0.82 else FEMALE
    age = _between(draw, 43, 58) if labourers > 2 else _between(draw, 24, 58)
    members = [Member("01", sex, age, True)]
    working, others = labourers - 1, size - labourers
    spouse_age = min(LABOUR_TO, max(20, age + _between(draw, -5, 3)))
    if working and (labourers > 2 or age < 43 or draw() < 0.9):
        members.append(Member("02", _other(sex), spouse_age, True))
        working -= 1
    elif others and not working and draw() < 0.6:
        members.append(Member("02", _other(sex), spouse_age, False))
        others -= 1
    eldest = 0
    single_sons = 0
    for _labourer in range(working):
        if single_sons and draw() < 0.4:
            members.append(Member("05", FEMALE, _between(draw, 21, max(21, eldest)), True))
            single_sons -= 1
            continue
        child = _child(draw, LABOUR_FROM, max(LABOUR_FROM, age - 21), True)
        members.append(child)
        eldest = max(eldest, child.age)
        single_sons += child.sex == MALE and child.age >= 23
    parents = [FEMALE, MALE]
    for _member in range(others):
        luck = draw()
        if parents and luck < 0.2:
            parent = parents.pop() if draw() < 0.4 else parents.pop(0)
            relation = "11" if parent == MALE else "12"
            members.append(Member(relation, parent, min(LONGEST_LIFE, max(OLD, age + _between(draw, 19, 31))), False))
        elif eldest >= 24 and luck < 0.5:
            members.append(_grandchild(draw, min(12, eldest - 21)))
        elif luck > 0.95:
            members.append(Member("21", MALE if draw() < 0.5 else FEMALE, _between(draw, 20, LABOUR_TO), False))
        else:
            members.append(_child(draw, 0, min(21, age - 20), False))
    return members


def _under_an_old_head(draw: Draw, size: int, labourers: int) -> list[Member]:
    sex = MALE if draw() < 0.8 else FEMALE
    age = _between(draw, OLD, 82)
    members = [Member("01", sex, age, False)]
    others = size - labourers - 1
    if others and draw() < 0.55:
        members.append(Member("02", _other(sex), max(OLD, age + _between(draw, -6, 3)), False))
        others -= 1
    heir_sex = MALE if draw() < 0.88 else FEMALE
    heir_age = min(58, max(23, age - _between(draw, 21, 36)))
    members.append(Member("03" if heir_sex == MALE else "04", heir_sex, heir_age, True))
    working = labourers - 1
    if working and draw() < 0.88:
        relation = "05" if heir_sex == MALE else "06"
        members.append(Member(relation, _other(heir_sex), min(58, max(21, heir_age + _between(draw, -4, 2))), True))
        working -= 1
    for _labourer in range(working):
        if heir_age >= 42 and draw() < 0.7:
            members.append(_grandchild(draw, heir_age - 21, LABOUR_FROM, True))
        else:
            members.append(_child(draw, LABOUR_FROM, min(58, age - 21), True))
    members += [_grandchild(draw, min(20, heir_age - 20)) for _member in range(others)]
    return members


def other_family(draw: Draw, size: int) -> list[Member]:
    """A household without labour: old people, people who cannot work, and children with them."""
    sex = MALE if draw() < 0.62 else FEMALE
    if draw() < 0.74:
        age = _between(draw, OLD, 88)
        members = [Member("01", sex, age, False)]
        if size > 1 and draw() < 0.8:
            members.append(Member("02", _other(sex), max(OLD, age + _between(draw, -6, 3)), False))
        return members + [_grandchild(draw, 19) for _member in range(size - len(members))]
    age = _between(draw, 32, LABOUR_TO)
    members = [Member("01", sex, age, False)]
    if size > 1 and draw() < 0.4:
        members.append(Member("02", _other(sex), min(LABOUR_TO, max(22, age + _between(draw, -5, 3))), False))
    return members + [_child(draw, 0, min(19, age - 20), False) for _member in range(size - len(members))]
