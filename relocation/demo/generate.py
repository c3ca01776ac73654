"""Rows of generated households, as text for PostgreSQL's COPY: a batch of settlements in, one text a table out.

Works without a database, so that several processes can share the work. Equal batches give equal rows, except for the
ciphertext of ID numbers, which begins with a random nonce.
"""

from __future__ import annotations

import datetime as dt
import hmac
import os
from collections.abc import Callable
from functools import lru_cache
from random import Random

from common import crypto
from common.citizen_id import CHECK_CHARACTERS, WEIGHTS
from relocation.demo import names, work
from relocation.demo.families import (
    FEMALE,
    LABOUR_SIZES,
    MALE,
    OLD,
    OTHER_SIZES,
    Member,
    draw_labourers,
    draw_sizes,
    labour_family,
    other_family,
    share_out,
)
from relocation.demo.names import BITS, GIVEN, SURNAMES, VILLAGES, evenly, table
from relocation.demo.plan import SLOTS, Batch, SettlementPlan

# Columns in the order in which their values are written below; what is left out is NULL or the table's own key.
COLUMNS = {
    "settlements_settlement": (
        "id", "region", "version", "void_reason", "code", "name", "placement", "location", "tier",
        "declared_households", "declared_people", "address", "remark",
    ),
    "households_household": (
        "id", "region", "version", "void_reason", "code", "head_name", "settlement_id", "relocation_kind",
        "origin_division", "origin_township", "origin_village", "address", "housing_area", "moved_in_on", "phone",
        "registry_number", "remark",
    ),
    "households_placement": ("region", "household_id", "settlement_id", "from_on", "to_on"),
    "households_person": (
        "id", "region", "version", "void_reason", "household_id", "name", "relation", "id_number", "id_index", "sex",
        "birth_date", "ethnic_group", "school", "labour_capability", "job_intention", "phone", "died_on", "remark",
    ),
    "households_membership": ("region", "person_id", "household_id", "joined_on", "left_on", "reason"),
    "employment_employment": (
        "region", "version", "void_reason", "person_id", "channel", "employer", "workplace", "monthly_wage",
        "start_date", "end_date", "remark",
    ),
}  # fmt: skip
NULL = "\\N"
FIRST_AREA, AREAS = 529900, 99
# Both have no factor in common with SLOTS, so that neighbours in the count get ID numbers far apart.
SLOT_STEP, DAY_STEP = 7919, 31
ID_CONTEXT, ID_PURPOSE = "households_person|id_number", "id_number"
PHONE_SEGMENT = "154"  # not among the segments that Chinese operators give to subscribers
FIRST_DAY = dt.date(1915, 1, 1).toordinal()
EARLIEST_MOVE, LATEST_MOVE = dt.date(2016, 6, 1), dt.date(2020, 10, 31)
# School grades by age; 6 to 11 go to primary school.
GRADES = {age: evenly(grades) for age, grades in {
    0: ("",), 1: ("",), 2: ("", "01"), 3: ("01", "02"), 4: ("02",), 5: ("02",), 12: ("03", "04"), 13: ("04", "05"),
    14: ("05", "06"), 15: ("06", "07", "10"), 16: ("07", "08", "11"), 17: ("08", "09", "12"), 18: ("09", "20", "13"),
    19: ("20", "21", "14"), 20: ("21", "22", "15"), 21: ("22", "23", "15"),
    **dict.fromkeys(range(6, 12), ("03",)),
}.items()}  # fmt: skip
LAST_SCHOOL_AGE = max(GRADES)
ABLE = table({"1": 82, "2": 18})
UNABLE = table({"3": 42, "4": 33, "5": 25})
OLD_AGE = table({"5": 62, "3": 30, "1": 8})
REGISTERED = 0.82  # of households, as of people in Guizhou
UNWILLING = 0.12  # of households without work: nobody wants any
DAUGHTER, PUBLIC_POST = "04", "30"
BEAR_OWN_NAME, BEAR_FATHERS_NAME = {"01", "11", "21"}, {"03", "04", "07", "08"}
CHILDREN, MARRIED_IN = BEAR_FATHERS_NAME, {"02", "05", "06"}
WISH_AT_WORK = table({"1": 94, "": 6})
WISH_WITHOUT = table({"1": 52, "2": 34, "": 14})


def _weighted(digits: str, first: int) -> int:
    """What digits from a position on add to the check sum of an ID number."""
    return sum(int(digit) * weight for digit, weight in zip(digits, WEIGHTS[first:], strict=False))


# Parts of ID numbers as (text, share of the check sum): the sum over 17 digits for each number would cost a tenth of all.
AREA_PARTS = [(str(FIRST_AREA + i), _weighted(str(FIRST_AREA + i), 0)) for i in range(AREAS)]
SEQUENCE_PARTS = [(f"{i:03d}", _weighted(f"{i:03d}", 14)) for i in range(1000)]


@lru_cache(maxsize=2)
def calendar(on: dt.date) -> tuple[list[str], list[tuple[str, int]]]:
    """All days that occur, by the number of days after FIRST_DAY: in ISO form, and as parts of ID numbers."""
    last = on.toordinal() + work.LONGEST + 60
    days = [dt.date.fromordinal(day).isoformat() for day in range(FIRST_DAY, last)]
    # Years and days of the year apart: the sum over eight digits for each day would take a fifth of a second.
    years = {year: _weighted(year, 6) for year in {day[:4] for day in days}}
    rest = {part: _weighted(part[:2] + part[3:], 10) for part in {day[5:] for day in days}}
    return days, [(day.replace("-", ""), years[day[:4]] + rest[day[5:]]) for day in days]


def generate(batch: Batch, on: dt.date, seed: int) -> dict[str, bytes]:
    """COPY texts by table, in the order in which the tables depend on each other."""
    return _Writer(batch, on).write(seed)


def _protector() -> Callable[[str], tuple[str, str]]:
    """A function that gives the COPY texts of an ID number encrypted and of its blind index: what `crypto.encrypt` and
    `crypto.blind_index` give, with the keys looked up once for all numbers."""
    ring = crypto.keyring()
    encrypt = ring.ciphers[ring.current].encrypt
    start, context = f"\\\\x{ring.current:02x}", ID_CONTEXT.encode()
    keyed, urandom = hmac.new(ring.index_key, f"{ID_PURPOSE}|".encode(), "sha256"), os.urandom

    def protect(number: str) -> tuple[str, str]:
        plain, nonce = number.encode(), urandom(12)
        index = keyed.copy()
        index.update(plain)
        return start + (nonce + encrypt(nonce, plain, context)).hex(), index.hexdigest()[:32]

    return protect


class _Writer:
    """Writes one batch. `bits` and `draw` are the chance of the settlement being written."""

    def __init__(self, batch: Batch, on: dt.date):
        self.batch = batch
        self.on = on.toordinal() - FIRST_DAY
        self.days, self.day_parts = calendar(on)
        self.rows: dict[str, list[str]] = {table: [] for table in COLUMNS}
        self.persons, self.memberships, self.employments = (
            self.rows[table].append for table in ("households_person", "households_membership", "employment_employment")
        )
        self.person = batch.first_person
        self.household = batch.first_household
        self.first_move = EARLIEST_MOVE.toordinal() - FIRST_DAY
        self.last_move = min(LATEST_MOVE.toordinal() - FIRST_DAY, self.on - 30)
        self.slots = batch.slots
        self.taken: dict[int, int] = {}
        self.protect = _protector()

    def write(self, seed: int) -> dict[str, bytes]:
        for key, plan in enumerate(self.batch.settlements, start=self.batch.first_settlement):
            rng = Random(f"{seed}|{plan.code}")
            self.draw, self.bits = rng.random, rng.getrandbits
            self._settlement(key, plan)
            self._households(key, plan, rng)
        return {table: "".join(rows).encode() for table, rows in self.rows.items()}

    def _settlement(self, key: int, plan: SettlementPlan) -> None:
        self.rows["settlements_settlement"].append(
            f"{key}\t{plan.region}\t1\t\t{plan.code}\t{plan.name}\t{plan.placement}\t{plan.location}"
            f"\t{plan.tier}\t{plan.households}\t{plan.people}\t{plan.county_name}{plan.name}\t\n"
        )

    def _households(self, settlement: int, plan: SettlementPlan, rng: Random) -> None:
        """Fill the settlement's quotas with households in an order of chance."""
        other_sizes = rng.choices(
            list(OTHER_SIZES), list(OTHER_SIZES.values()), k=plan.households - plan.labour_households
        )
        sizes = draw_sizes(rng, plan.labour_households, plan.people - sum(other_sizes), LABOUR_SIZES)
        labourers = draw_labourers(rng, sizes)
        working = labourers[: plan.employed_households]
        employed = share_out(rng, plan.employed_persons, working, sizes[: plan.employed_households])
        labourers[: plan.employed_households] = working
        employed += [0] * (len(sizes) - len(employed))
        homes = [*zip(sizes, labourers, employed, strict=True), *((size, 0, 0) for size in other_sizes)]
        rng.shuffle(homes)
        far = _exactly([size for size, _labourers, _employed in homes], plan.cross_county_people)
        ethnic, draw = names.ethnic_groups(plan.county), self.draw
        for i, (size, able, at_work) in enumerate(homes):
            family = labour_family(draw, size, able) if able else other_family(draw, size)
            moved_in = self.first_move + int(draw() * (self.last_move - self.first_move))
            phone = self._phone()
            head_name = self._family(family, at_work, plan, ethnic, phone, moved_in, i < plan.former_members)
            origins = plan.far_origins if far[i] else plan.origins
            origin, township = origins[int(draw() * len(origins))]
            kind, registry = "2", ""
            if draw() < REGISTERED:
                kind, registry = "1", f"99{plan.county // 10**6 % 1000:03d}{(plan.first_number + i) % 100_000:05d}"
            area = min(25 * size, 18 * size + int(draw() * 16))
            key = self.household
            self.rows["households_household"].append(
                f"{key}\t{plan.region}\t1\t\t{plan.county // 10**6}9{plan.first_number + i:06d}\t{head_name}\t{settlement}"
                f"\t{kind}\t{origin}\t{township}\t{VILLAGES[self.bits(BITS)]}"
                f"\t{1 + i // 66}栋{1 + i // 22 % 3}单元{1 + i // 2 % 11}0{1 + i % 2}室\t{area}.00\t{self.days[moved_in]}"
                f"\t{phone}\t{registry}\t\n"
            )
            self.rows["households_placement"].append(
                f"{plan.region}\t{key}\t{settlement}\t{self.days[moved_in]}\t{NULL}\n"
            )
            self.household += 1

    def _phone(self) -> str:
        return f"{PHONE_SEGMENT}{int(self.draw() * 100_000_000):08d}"

    def _family(self, family, at_work, plan, ethnic, phone, moved_in, has_former) -> str:
        """Write a household's members, their memberships and jobs; gives the head's name."""
        draw, bits, days, region = self.draw, self.bits, self.days, plan.region
        head = family[0]
        own = SURNAMES[bits(BITS)]
        # The name that children bear: the father's.
        kin = own if head.sex == MALE else SURNAMES[bits(BITS)]
        group = ethnic[bits(BITS)]
        head_name = ""
        jobs = _kinds_of_work(draw, at_work)
        unwilling = not at_work and draw() < UNWILLING
        if has_former:
            family, left_on = [*family, self._former(head)], days[moved_in + int(draw() * (self.on - moved_in - 1))]
        for i, member in enumerate(family):
            relation, sex, age, works = member
            if relation in BEAR_OWN_NAME:
                surname = own
            elif relation in BEAR_FATHERS_NAME or relation == "02" and sex == MALE:
                surname = kin
            else:
                surname = SURNAMES[bits(BITS)]
            name = surname + GIVEN[sex, age <= 33][bits(BITS)]
            head_name = head_name or name
            people = ethnic[bits(BITS)] if relation in MARRIED_IN and draw() < 0.3 else group
            wish, kind, number = "", None, phone if i == 0 else ""
            if works:
                kind = jobs.pop() if jobs else None
                wish = "2" if unwilling else WISH_AT_WORK[bits(BITS)] if kind else WISH_WITHOUT[bits(BITS)]
                number = number or (self._phone() if draw() < 0.8 else "")
            joined, left, died, reason = NULL, NULL, NULL, ""
            if has_former and i == len(family) - 1:
                if relation == DAUGHTER:
                    left, reason = left_on, "marriage"
                else:
                    died = left_on
            lived = self._person(region, member, name, people, wish, number, died)
            if works:
                self._work(kind or _rest(draw, at_work), int(16 * 365.25) + 2 - lived, plan)
            if relation in ("05", "06"):
                joined, reason = days[self.on - int(draw() * min(3000, lived - 20 * 365))], "marriage"
            self.memberships(f"{region}\t{self.person}\t{self.household}\t{joined}\t{left}\t{reason}\n")
            self.person += 1
        return head_name

    def _former(self, head: Member) -> Member:
        """Somebody who no longer counts: a daughter who married into another place, or a relative who died."""
        if head.age > 44 and self.draw() < 0.5:
            return Member(DAUGHTER, FEMALE, min(36, head.age - 20), False)
        return Member("28", MALE if self.draw() < 0.5 else FEMALE, 66 + int(self.draw() * 28), False)

    def _person(self, region, member, name, group, wish, phone, died) -> int:
        """Write one person; gives the days that the person has lived."""
        relation, sex, age, works = member
        bits = self.bits
        # Between two birthdays, a day or more away from either: full years are `age` whatever the leap years.
        lived = int(age * 365.25) + 2 + int(self.draw() * 361)
        birth = self.on - lived
        school = ""
        if works:
            ability = ABLE[bits(BITS)]
        elif age <= LAST_SCHOOL_AGE and relation in CHILDREN:
            school = GRADES[age][bits(BITS)]
            ability = "5" if age < 16 else "1"
        elif age >= OLD:
            ability = OLD_AGE[bits(BITS)]
        else:
            ability = UNABLE[bits(BITS)]
        stored = index = NULL
        if age or self.draw() < 0.7:  # some newborn children have no number yet
            stored, index = self.protect(self._id_number(birth, sex))
        self.persons(
            f"{self.person}\t{region}\t1\t\t{self.household}\t{name}\t{relation}\t{stored}\t{index}\t{sex}"
            f"\t{self.days[birth]}\t{group}\t{school}\t{ability}\t{wish}\t{phone}\t{died}\t\n"
        )
        return lived

    def _id_number(self, birth: int, sex: str) -> str:
        """A number that nothing else generates: each birth date and sex is counted within the batch's own slots."""
        key = birth * 2 + (sex == MALE)
        count = self.taken[key] = self.taken.get(key, -1) + 1
        sequence, area = divmod((self.slots[count] * SLOT_STEP + key * DAY_STEP) % SLOTS, AREAS)
        area_text, area_sum = AREA_PARTS[area]
        day_text, day_sum = self.day_parts[birth]
        sequence_text, sequence_sum = SEQUENCE_PARTS[sequence * 2 + (sex == MALE)]
        return f"{area_text}{day_text}{sequence_text}{CHECK_CHARACTERS[(area_sum + day_sum + sequence_sum) % 11]}"

    def _work(self, kind: work.Kind, since: int, plan: SettlementPlan) -> None:
        draw, bits, days = self.draw, self.bits, self.days
        for begin, end in kind(draw, since):
            channel = names.CHANNEL_TABLE[bits(BITS)]
            _share, wage, spread = names.CHANNELS[channel]
            place = names.PLACES[channel][bits(BITS)] if channel in names.PLACES else plan.county_name
            firm = names.FIRM_KINDS[channel][bits(BITS)]
            if channel in names.NAMED_FIRMS:
                firm = names.FIRM_WORDS[bits(BITS)] + firm
            elif channel == PUBLIC_POST:
                firm = plan.name + firm
            pay = 50 * int((wage + spread * (draw() + draw() - 1)) / 50)
            self.employments(
                f"{plan.region}\t1\t\t{self.person}\t{channel}\t{firm}\t{place}\t{pay}\t{days[self.on + begin]}"
                f"\t{NULL if end is None else days[self.on + end]}\t\n"
            )


def _kinds_of_work(draw, at_work: int) -> list:
    """What the employed members of a household have; the kinds together decide its verdict."""
    if not at_work:
        return []
    luck = draw()
    if luck < 0.04:
        return [work.expiring] * at_work
    if luck < 0.16:
        return [work.fresh] * at_work
    further = (draw() for _member in range(at_work - 1))
    return [
        work.steady,
        *(work.steady if luck < 0.75 else work.fresh if luck < 0.9 else work.expiring for luck in further),
    ]


def _rest(draw, at_work: int):
    """A labourer without work; only where nobody works may a job wait, lest it carry a household whose jobs end."""
    return work.waiting if not at_work and draw() < 0.05 else work.idle


def _exactly(sizes: list[int], people: int) -> list[bool]:
    """Which households to take so that their people are exactly so many."""
    taken = []
    for size in sizes:
        taken.append(0 < size <= people)
        people -= size * taken[-1]
    if people:
        raise ValueError(f"no households add up to the quota of people from other counties: {people} are missing")
    return taken
