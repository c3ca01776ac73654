"""Two neighbouring counties with a settlement, two households and a job each; nobody in it is real."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field

from accounts.models import User, UserScope
from common import scope
from common.citizen_id import check_character
from common.ledger import registry
from divisions.models import Division
from ledgers.actions import save

COUNTY_A, COUNTY_B, CITY, PROVINCE = 522326_000000, 522327_000000, 522300_000000, 520000_000000


def id_number(born: str, sequence: int, area: str = "529901") -> str:
    """An ID number that belongs to nobody: born `19800101`, sequence odd for men."""
    first = f"{area}{born}{sequence:03d}"
    return first + check_character(first)


def make_user(name: str, role: str, *codes: int) -> User:
    user = User.objects.create_user(name) if hasattr(User.objects, "create_user") else User(username=name)
    user.role, user.display_name = role, name
    user.set_password("a-password-for-tests")
    user.save()
    UserScope.objects.bulk_create([UserScope(user=user, region=code) for code in codes])
    return User.objects.get(pk=user.pk)


def township_of(county: int) -> int:
    lo, hi = scope.code_range(county)
    return Division.objects.filter(code__gt=lo, code__lt=hi, level=4).order_by("code").values_list("code", flat=True)[0]


@dataclass
class County:
    user: User
    code: int
    settlement: object = None
    households: list = field(default_factory=list)
    persons: list = field(default_factory=list)
    employments: list = field(default_factory=list)


@dataclass
class World:
    a: County
    b: County

    def user(self, role: str, *codes: int) -> User:
        return make_user(f"{role}-{'-'.join(map(str, codes))}", role, *codes)


def write(user: User, key: str, rows: list[dict]) -> list:
    """Save clean rows as the user, with everything that follows from it."""
    with scope.acting_as(user):
        return save(registry[key], rows, by=user, on=dt.date(2020, 6, 30)).objects


def make_county(name: str, code: int, sequence: int) -> County:
    user = make_user(name, "county", code)
    county = County(user, code)
    prefix = f"{code // 10**6}"
    [county.settlement] = write(
        user,
        "settlements",
        [
            {
                "code": f"{prefix}A0001",
                "name": f"安置点{prefix}",
                "division": township_of(code),
                "placement": "concentrated",
                "location": "urban",
            }
        ],
    )
    county.households = write(
        user,
        "households",
        [
            {
                "code": f"{prefix}9{number:04d}",
                "settlement": county.settlement,
                "phone": f"1390859{number:04d}",
                "moved_in_on": dt.date(2018, 5, 1),
            }
            for number in (1, 2)
        ],
    )
    county.persons = write(
        user,
        "persons",
        [
            {
                "household": household,
                "name": f"张{'一二'[number]}{'甲乙'[sequence % 2]}",
                "relation": "01",
                "id_number": id_number("19800101", sequence * 10 + number * 2 + 1),
                "sex": "1",
                "birth_date": dt.date(1980, 1, 1),
                "labour_capability": "1",
                "job_intention": "1",
            }
            for number, household in enumerate(county.households)
        ],
    )
    county.employments = write(
        user,
        "employments",
        [{"person": county.persons[0], "channel": "10", "employer": "某厂", "start_date": dt.date(2020, 1, 1)}],
    )
    return county


def make_world() -> World:
    return World(make_county("county-a", COUNTY_A, 1), make_county("county-b", COUNTY_B, 2))
