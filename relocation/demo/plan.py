"""What will be generated, in whole numbers: totals are divided over settlements without a remainder.

Nothing here knows of single people: each settlement gets quotas, and whoever fills them keeps every total exact.
"""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, fields, replace

from common.scope import ancestor
from relocation.demo.names import settlement_name

LEAST_PEOPLE = 40  # fewer cannot hold every kind of household
SLOTS = 99 * 500  # ID numbers for one birth date and sex: 99 area codes and 500 sequence numbers


@dataclass(frozen=True)
class Totals:
    """What a whole area adds up to on the day. `people` are living members, in dispersed groups too."""

    settlements: int
    urban_settlements: int
    people: int
    urban_people: int
    households: int
    labour_households: int
    employed_households: int
    employed_persons: int
    cross_county_people: int = 0
    dispersed_groups: int = 0

    def scaled(self, divisor: int) -> Totals:
        return Totals(*(round(getattr(self, field.name) / divisor) for field in fields(self)))


# Guizhou at the end of 2019: F-01, F-04 to F-07, F-13 to F-15 of the published figures, and 453,900 homes
# (People's Daily, 24 December 2019).
GUIZHOU = Totals(946, 701, 1_880_000, 1_790_000, 453_900, 403_200, 385_419, 822_500, 230_000)
# The nation at the end of 2020: F-37, F-38, F-41, F-65 to F-68; the shares of labour and of work are Guizhou's.
NATION = Totals(35_000, 5_000, 9_600_000, 5_000_000, 2_660_000, 2_360_000, 2_255_900, 4_200_000, 700_000)
# A county to click through, and enough around it that city and province have more than one child.
COUNTY_DEMO = {
    522326000000: Totals(16, 11, 20_700, 17_300, 5_000, 4_440, 4_245, 9_060, 0, 2),
    522327000000: Totals(2, 1, 1_240, 900, 300, 266, 252, 540),
    522301000000: Totals(2, 2, 1_330, 1_330, 320, 284, 272, 580, 760),
    522728000000: Totals(3, 2, 1_180, 940, 280, 248, 236, 505),
}
# Shares of the people of Guizhou by prefecture, roughly those of the programme.
PREFECTURE_SHARES = {5201: 1, 5202: 7, 5203: 12, 5204: 5, 5205: 17, 5206: 16, 5223: 18, 5226: 14, 5227: 10}

Place = tuple[int, str]


@dataclass(frozen=True)
class County:
    """A county with its townships as (code, name); `share` is its weight among the others."""

    code: int
    name: str
    townships: tuple[Place, ...]
    share: float = 1.0


@dataclass(frozen=True)
class SettlementPlan:
    """One settlement and its quotas; `first_number` is the first running number of its households in the county."""

    code: str
    name: str
    region: int
    county: int
    county_name: str
    placement: str
    location: str
    people: int
    origins: tuple[Place, ...]
    far_origins: tuple[Place, ...]
    households: int = 0
    labour_households: int = 0
    employed_households: int = 0
    employed_persons: int = 0
    cross_county_people: int = 0
    former_members: int = 0
    first_number: int = 1
    tier: str = ""


@dataclass(frozen=True)
class Batch:
    """Settlements that one process generates at a time, with the keys and ID numbers that are theirs alone."""

    number: int
    of: int
    settlements: tuple[SettlementPlan, ...]
    first_settlement: int = 1
    first_household: int = 1
    first_person: int = 1

    @property
    def slots(self) -> range:
        size = SLOTS // self.of
        return range(self.number * size, (self.number + 1) * size)


def apportion(total: int, weights: Sequence[float], least: int = 0) -> list[int]:
    """Whole numbers that add up to `total`, in proportion to the weights (largest remainders), none under `least`."""
    if not weights:
        if total:
            raise ValueError(f"{total} cannot be divided among nobody")
        return []
    rest = total - least * len(weights)
    if rest < 0:
        raise ValueError(f"{total} is too little for {len(weights)} parts of at least {least}")
    scale = rest / sum(weights)
    shares = [weight * scale for weight in weights]
    whole = [int(share) for share in shares]
    by_remainder = sorted(range(len(shares)), key=lambda i: whole[i] - shares[i])
    for i in by_remainder[: rest - sum(whole)]:
        whole[i] += 1
    return [least + part for part in whole]


def make_plan(
    counties: Sequence[County], totals: Totals, seed: int, neighbours: Sequence[County] = ()
) -> list[SettlementPlan]:
    """Settlements in the counties' townships whose quotas add up to the totals; the same for the same arguments.

    People from other counties come from `neighbours`, or from the counties themselves where none are named.
    """
    rng = random.Random(f"{seed}|plan|{counties[0].code}")
    sites = _sites(counties, totals, rng, neighbours or counties)
    households = apportion(totals.households, [site.people * rng.uniform(0.96, 1.04) for site in sites])
    labour = apportion(totals.labour_households, households)
    employed = apportion(totals.employed_households, labour)
    persons = apportion(totals.employed_persons, [count * rng.uniform(0.93, 1.07) for count in employed])
    former = apportion(totals.households // 150, households)
    cross = _cross_county(sites, totals.cross_county_people, rng)
    numbers: dict[int, int] = defaultdict(lambda: 1)
    plans = []
    for i, site in enumerate(sites):
        plans.append(
            replace(
                site,
                households=households[i],
                labour_households=labour[i],
                employed_households=employed[i],
                employed_persons=persons[i],
                cross_county_people=cross[i],
                former_members=former[i],
                first_number=numbers[site.county],
            )
        )
        numbers[site.county] += households[i]
    return plans


def _sites(
    counties: Sequence[County], totals: Totals, rng: random.Random, neighbours: Sequence[County]
) -> list[SettlementPlan]:
    """Where the settlements lie and how many people each of them holds."""
    shares = [county.share for county in counties]
    kinds = [
        ("urban", "concentrated", totals.urban_settlements),
        ("rural", "concentrated", totals.settlements - totals.urban_settlements),
        ("rural", "dispersed", totals.dispersed_groups),
    ]
    chosen: list[tuple[County, Place, str, str]] = []
    for location, placement, count in kinds:
        for county, number in zip(counties, apportion(count, shares), strict=True):
            townships = _townships(county, location, rng)
            chosen += [(county, townships[k % len(townships)], location, placement) for k in range(number)]
    people = _people(chosen, totals, rng)
    order = sorted(range(len(chosen)), key=lambda i: (chosen[i][0].code, chosen[i][1][0], i))
    used: dict[int, int] = {}
    sites = []
    for i in order:
        county, (region, township), location, placement = chosen[i]
        number = used[county.code] = used.get(county.code, 0) + 1
        if number == 1:
            offset = rng.randrange(60)
            far = _far_origins(county, neighbours, rng)
        name = settlement_name(offset + number, location == "urban")
        sites.append(
            SettlementPlan(
                code=f"{county.code // 10**6}A9{number:03d}",
                region=region,
                county=county.code,
                county_name=county.name,
                name=name if placement == "concentrated" else f"{township}分散安置户",
                placement=placement,
                location=location,
                people=people[i],
                origins=_rural(county),
                far_origins=far,
            )
        )
    return sites


def _rural(county: County) -> tuple[Place, ...]:
    """Where people moved away from: towns and townships, in their absence streets."""
    return tuple(place for place in county.townships if not _is_street(place)) or county.townships


def _is_street(place: Place) -> bool:
    return place[0] // 1000 % 1000 < 100


def _townships(county: County, location: str, rng: random.Random) -> list[Place]:
    """Townships in the order in which they get settlements: urban ones lie in streets, rural ones do not."""
    streets = [place for place in county.townships if _is_street(place)]
    towns = [place for place in county.townships if 100 <= place[0] // 1000 % 1000 < 200]
    wanted = (streets or towns) if location == "urban" else list(_rural(county))
    wanted = wanted or list(county.townships)
    rng.shuffle(wanted)
    return wanted


def _people(chosen: list, totals: Totals, rng: random.Random) -> list[int]:
    """Sizes with many small settlements and a few of more than ten thousand people."""
    people = [0] * len(chosen)
    for location, total, spread in (
        ("urban", totals.urban_people, 1.0),
        ("rural", totals.people - totals.urban_people, 0.7),
    ):
        places = [i for i, site in enumerate(chosen) if site[2] == location]
        weights = [min(rng.lognormvariate(0, spread), 15) for _place in places]
        for i, size in zip(places, apportion(total, weights, LEAST_PEOPLE), strict=True):
            people[i] = size
    return people


def _far_origins(county: County, neighbours: Sequence[County], rng: random.Random) -> tuple[Place, ...]:
    """Townships of three other counties, of the same prefecture where it has as many."""
    others = [other for other in neighbours if other.code != county.code]
    near = [other for other in others if ancestor(other.code, 2) == ancestor(county.code, 2)]
    picked = rng.sample(near if len(near) >= 3 else others, min(3, len(others)))
    return tuple(place for other in picked for place in _rural(other))


def _cross_county(sites: Sequence[SettlementPlan], total: int, rng: random.Random) -> list[int]:
    """People from other counties live in some of the larger urban settlements, beside people of the county."""
    urban = [i for i, site in enumerate(sites) if site.location == "urban" and site.people >= 300]
    rng.shuffle(urban)
    chosen, room = [], 0
    for i in urban:
        if room >= total * 1.7:
            break
        chosen.append(i)
        room += sites[i].people
    if total and room < total * 1.2:
        raise ValueError("The urban settlements are too small for the people from other counties.")
    quotas = [0] * len(sites)
    for i, quota in zip(chosen, apportion(total, [sites[i].people for i in chosen]) if total else [], strict=False):
        quotas[i] = quota
    return quotas


def batches(plans: Iterable[SettlementPlan], people_each: int = 30_000) -> list[Batch]:
    """The plan cut into pieces of about `people_each` people, keys counted from 1."""
    groups: list[list[SettlementPlan]] = [[]]
    size = 0
    for plan in plans:
        if size >= people_each:
            groups.append([])
            size = 0
        groups[-1].append(plan)
        size += plan.people
    result, settlement, household, person = [], 1, 1, 1
    for number, group in enumerate(groups):
        result.append(Batch(number, len(groups), tuple(group), settlement, household, person))
        settlement += len(group)
        household += sum(plan.households for plan in group)
        person += sum(plan.people + plan.former_members for plan in group)
    return result
