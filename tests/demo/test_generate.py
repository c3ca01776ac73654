"""Generated rows: valid, consistent with each other and with their settlement's quotas."""

import datetime as dt
from collections import Counter, defaultdict

import pytest
from django.apps import apps

from common import citizen_id, crypto
from common.dates import full_age
from relocation.demo.generate import COLUMNS, NULL, generate
from relocation.demo.plan import GUIZHOU, batches, make_plan
from tests.demo.places import guizhou

ON = dt.date(2024, 2, 29)


def read(text: bytes, columns) -> list[dict]:
    """Rows of a COPY text as dicts; NULL as None."""
    lines = text.decode().splitlines()
    rows = [dict(zip(columns, line.split("\t"), strict=True)) for line in lines]
    return [{name: None if value == NULL else value for name, value in row.items()} for row in rows]


@pytest.fixture(scope="module")
def plans():
    return make_plan(guizhou(), GUIZHOU.scaled(200), seed=4)


@pytest.fixture(scope="module")
def rows(plans):
    tables = defaultdict(list)
    for batch in batches(plans, people_each=3_000):
        for table, text in generate(batch, ON, 4).items():
            tables[table.split("_", 1)[1]] += read(text, COLUMNS[table])
    return tables


@pytest.fixture(scope="module")
def numbers(rows):
    context = "households_person|id_number"
    return {
        row["id"]: crypto.decrypt(bytes.fromhex(row["id_number"].removeprefix("\\\\x")), context)
        for row in rows["person"]
        if row["id_number"]
    }


def test_id_numbers_are_valid_unique_and_nobodys(rows, numbers):
    assert len(set(numbers.values())) == len(numbers) > 9_000
    for row in rows["person"]:
        if row["id"] not in numbers:
            assert full_age(dt.date.fromisoformat(row["birth_date"]), ON) == 0
            continue
        told = citizen_id.parse(numbers[row["id"]], ON)
        assert 529900 <= int(told.area) <= 529998
        assert (told.sex, told.birth_date.isoformat()) == (row["sex"], row["birth_date"])
        assert crypto.blind_index(told.number, "id_number").hex == row["id_index"]


def test_every_value_is_one_that_its_field_accepts(rows):
    for table in COLUMNS:
        app, name = table.split("_", 1)
        model = apps.get_model(app, name)
        for column in COLUMNS[table]:
            field = next(field for field in model._meta.concrete_fields if field.column == column)
            if field.is_relation or column in ("id_number", "id_index") or not field.editable:
                continue
            for value in {row[column] for row in rows[name]} - {None}:
                assert str(field.clean(value, None)) == value, (table, column, value)


def test_columns_left_out_may_be_null_or_have_a_value_of_their_own(rows):
    for table, columns in COLUMNS.items():
        model = apps.get_model(*table.split("_", 1))
        left_out = [field for field in model._meta.concrete_fields if field.column not in columns]
        assert all(field.null or field.primary_key or field.has_db_default() for field in left_out)


def test_families_have_one_head_and_believable_ages(rows):
    families = defaultdict(list)
    for row in rows["person"]:
        if not row["died_on"]:
            families[row["household_id"]].append(row)
    names = {row["id"]: row["head_name"] for row in rows["household"]}
    for household, members in families.items():
        relations = Counter(row["relation"] for row in members)
        assert relations["01"] == 1 and relations["02"] <= 1
        by_relation = {row["relation"]: row for row in members}
        assert by_relation["01"]["name"] == names[household]
        if "02" in by_relation:
            assert by_relation["02"]["sex"] != by_relation["01"]["sex"]
        born = {relation: int(row["birth_date"][:4]) for relation, row in by_relation.items()}
        assert all(born[child] - born["01"] >= 17 for child in ("03", "04") if child in born)
        assert all(born["01"] - born[parent] >= 17 for parent in ("11", "12") if parent in born)


def test_settlements_fill_their_quotas(rows, plans):
    """An independent count in plain Python: labourers, at work or not, by settlement."""
    jobs = defaultdict(list)
    for job in rows["employment"]:
        jobs[job["person_id"]].append(job)
    day = ON.isoformat()
    left = {row["person_id"] for row in rows["membership"] if row["left_on"]}
    homes = {row["id"]: row for row in rows["household"]}
    labour, at_work, persons, people = set(), set(), Counter(), Counter()
    for row in rows["person"]:
        if row["died_on"] or row["id"] in left:
            continue
        settlement = homes[row["household_id"]]["settlement_id"]
        people[settlement] += 1
        age = full_age(dt.date.fromisoformat(row["birth_date"]), ON)
        if not (16 <= age < 60 and row["labour_capability"] in "12" and not row["school"]):
            assert row["id"] not in jobs
            continue
        labour.add(row["household_id"])
        if any(job["start_date"] <= day and (job["end_date"] or day) >= day for job in jobs[row["id"]]):
            at_work.add(row["household_id"])
            persons[settlement] += 1
    by_home = (
        Counter(homes[key]["settlement_id"] for key in labour),
        Counter(homes[key]["settlement_id"] for key in at_work),
    )
    for row, plan in zip(rows["settlement"], plans, strict=True):
        key = row["id"]
        assert (people[key], by_home[0][key], by_home[1][key], persons[key]) == (
            plan.people,
            plan.labour_households,
            plan.employed_households,
            plan.employed_persons,
        )


def test_nothing_happens_before_it_can(rows):
    born = {row["id"]: dt.date.fromisoformat(row["birth_date"]) for row in rows["person"]}
    for job in rows["employment"]:
        start = dt.date.fromisoformat(job["start_date"])
        assert full_age(born[job["person_id"]], start) >= 16
        assert job["end_date"] is None or job["end_date"] >= job["start_date"]
    seen = [(job["person_id"], job["employer"], job["start_date"]) for job in rows["employment"]]
    assert len(seen) == len(set(seen))
    moved_in = {row["moved_in_on"] for row in rows["household"]}
    assert all("2016-06-01" <= day <= "2020-10-31" for day in moved_in)
    assert all(row["died_on"] is None or row["died_on"] < ON.isoformat() for row in rows["person"])


def test_equal_seeds_give_equal_people(plans):
    batch = batches(plans, people_each=2_000)[0]

    def told(seed, on=ON):
        tables = generate(batch, on, seed)
        persons = read(tables.pop("households_person"), COLUMNS["households_person"])
        for row in persons:
            row.pop("id_number")  # begins with a random nonce
        return tables, persons

    assert told(1) == told(1)
    assert told(1) != told(2)
