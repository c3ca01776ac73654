"""The safety net: rows with their time, nothing twice, nobody insured twice, and coverage that opens into its rows."""

import datetime as dt
import re

import pytest
from django.core.exceptions import PermissionDenied
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from common import citizen_id
from common.indicator import catalogue
from common.ledger import registry
from common.problems import Refused
from common.scope import acting_as
from compliance.models import Verdict
from households.actions import save_households
from households.models import Disability, Insurance, MinimumLiving, Person
from households.panels.income import PANEL
from households.queries.safety import coverage
from households.sections import missing_of
from ledgers.checking import clean_rows
from ledgers.filters import select
from tests import world
from tests.households.wealth import enter, family, refusals, told

pytestmark = pytest.mark.django_db
TODAY = dt.date(2026, 6, 30)


@pytest.fixture
def county(clock):
    clock(TODAY)
    return world.user("wangmo", "county", world.WANGMO)


@pytest.fixture
def home(county):
    return world.settlement(county)


@pytest.fixture
def household(county, home):
    return family(county, home)


def people(by, household) -> list[Person]:
    with acting_as(by):
        return list(Person.objects.filter(household=household).order_by("relation"))


def insured(person, kind, year=2026, payer="self", **more) -> dict:
    return {"person": person.pk, "year": year, "kind": kind, "payer": payer, **more}


def test_more_people_covered_than_live_there_are_told(county, household):
    raw = {"household": household.code, "kind": "minimum", "from_on": "2026-01-01", "amount": 400}
    for covered, told_of in (("2", []), ("9", [("people", "implausible", True)])):
        with acting_as(county):
            _rows, problems = clean_rows(registry["minimum-living"], [{**raw, "people": covered}], county)
        assert [(p.field, p.code, p.warning) for p in problems] == told_of


def test_of_resident_and_employee_medical_exactly_one_a_year(county, household):
    head, son = people(county, household)
    told(county, "insurances", insured(head, "1"), insured(head, "3"), insured(head, "5"), insured(head, "1", 2025))
    assert refusals(county, "insurances", insured(head, "2")) == [(0, "kind", "two_medical")]
    assert refusals(county, "insurances", insured(head, "2", 2024)) == []
    both = [insured(son, "1"), insured(son, "2")]
    assert refusals(county, "insurances", *both) == [(1, "kind", "two_medical")]
    with acting_as(county):
        with pytest.raises(Refused):
            registry["insurances"].save(
                [{"person": son, "year": 2026, "kind": k, "payer": "self"} for k in "12"], by=county
            )
        assert not Insurance.objects.filter(person=son).exists()
        # Who has none in the year is named until it is entered.
        [missing] = missing_of([household.pk], TODAY)[household.pk]["safety"]
        assert "田强0" in missing and "2026" in missing
    # Employment ended: the kind of the year is corrected on its row.
    with acting_as(county):
        row = Insurance.objects.get(person=head, year=2026, kind="1")
    told(county, "insurances", {"id": row.pk, "kind": "2", "payer": "employer"})
    told(county, "insurances", insured(son, "1", payer="subsidised", subsidy=380))
    with acting_as(county):
        assert "safety" not in missing_of([household.pk], TODAY)[household.pk]


@pytest.mark.parametrize(
    ("row", "found"),
    [
        ({"year": 2026, "kind": "1"}, [(0, "payer", "required")]),
        ({"kind": "1", "payer": "self"}, [(0, "year", "required")]),
        ({"year": 2027, "kind": "1", "payer": "self"}, []),
        ({"year": 2028, "kind": "1", "payer": "self"}, [(0, "year", "future")]),
        ({"year": 2010, "kind": "城乡居民基本医疗保险", "payer": "政府代缴"}, [(0, "year", "before_birth")]),
        ({"year": 2026, "kind": "1", "payer": "self", "subsidy": 100}, [(0, "payer", "contradiction")]),
        ({"year": 2026, "kind": "1", "payer": "self", "moved_on": "2026-07-01"}, [(0, "moved_on", "future")]),
    ],
)
def test_what_an_insurance_must_say(county, home, row, found):
    child = world.member("田小", "03", birth=dt.date(2012, 5, 1))
    household = world.household(county, home, [world.member(), child])
    assert refusals(county, "insurances", {"person": people(county, household)[1].pk, **row}) == found


def test_people_are_named_by_id_number_too_and_strangers_are_told_masked(county, household):
    head, _son = people(county, household)
    [row] = told(county, "insurances", {**insured(head, "1"), "person": head.id_number})
    assert row.person_id == head.pk
    stranger = world.id_number(dt.date(1990, 1, 1))
    with acting_as(county):
        _rows, [problem] = clean_rows(registry["insurances"], [{**insured(head, "1"), "person": stranger}], county)
    assert problem.code == "unknown_reference" and stranger not in problem.message


@pytest.mark.parametrize(
    ("first", "second", "refused"),
    [
        (("2024-01-01", "2024-12-31"), ("2025-01-01", ""), False),
        (("2024-01-01", "2024-12-31"), ("2024-12-31", ""), True),
        (("2024-01-01", "2024-02-29"), ("2024-03-01", "2024-03-01"), False),
        (("2024-01-01", ""), ("2023-01-01", "2023-12-31"), False),
        (("2024-01-01", ""), ("2023-01-01", "2024-01-01"), True),
        (("2024-01-01", "至今"), ("2026-01-01", ""), True),
        (("2024-05-01", "2024-05-31"), ("2024-01-01", "2024-12-31"), True),
    ],
)
def test_aid_does_not_overlap(county, household, first, second, refused):
    row = {"household": household.code, "kind": "低保", "amount": 450}
    one, two = ({**row, "kind": kind, "from_on": a, "to_on": b} for kind, (a, b) in zip(
        ("最低生活保障", "特困供养"), (first, second), strict=True
    ))  # fmt: skip
    expected = "overlap" if refused else ""
    in_one_sheet = [code for _row, _field, code in refusals(county, "minimum-living", one, two)]
    assert "".join(in_one_sheet) == expected
    told(county, "minimum-living", one)
    assert "".join(code for _row, _field, code in refusals(county, "minimum-living", two)) == expected
    if not refused:
        told(county, "minimum-living", two)


@pytest.mark.parametrize(
    ("row", "found"),
    [
        ({"from_on": "2026-07-01"}, [(0, "from_on", "future")]),
        ({"from_on": "2026-02-29"}, [(0, "from_on", "impossible_date")]),
        ({"from_on": "2026-02-01", "to_on": "2026-01-31"}, [(0, "to_on", "end_before_start")]),
        ({}, [(0, "from_on", "required")]),
        ({"from_on": "2026-01-01", "amount": 0}, [(0, "amount", "out_of_range")]),
    ],
)
def test_aid_has_its_days_and_amount(county, household, row, found):
    raw = {"household": household.code, "kind": "minimum", "amount": 400, **row}
    assert refusals(county, "minimum-living", raw) == found


def test_a_disability_certificate_begins_with_the_holders_number(county, household):
    head, son = people(county, household)
    whole = f"{head.id_number}43"
    row = {"person": head.pk, "issued_on": "2020-05-01", "valid_to": "2030-04-30"}
    assert refusals(county, "disabilities", {**row, "certificate": head.id_number}) == [
        (0, "certificate", "bad_certificate")
    ]
    assert refusals(county, "disabilities", {**row, "certificate": head.id_number + "83"}) == [
        (0, "certificate", "bad_id")
    ]
    assert refusals(county, "disabilities", {**row, "certificate": f"{son.id_number}43"}) == [
        (0, "certificate", "other_person")
    ]
    assert refusals(county, "disabilities", {**row, "certificate": whole, "kind": "视力残疾"}) == [
        (0, "kind", "contradiction")
    ]
    [stored] = told(county, "disabilities", {**row, "certificate": whole})
    with acting_as(county):
        stored = Disability.objects.get(pk=stored.pk)
        assert (stored.kind, stored.grade, stored.certificate) == ("4", "3", whole)
        [shown] = registry["disabilities"].rows(county).values_list("certificate", flat=True)
        assert citizen_id.mask(shown) != whole
    again = {**row, "certificate": f"{whole}B1", "issued_on": "2026-01-01", "valid_to": ""}
    assert [code for _r, _f, code in refusals(county, "disabilities", again)] == ["overlap"]
    told(county, "disabilities", {"id": stored.pk, "valid_to": "2025-12-31"})
    told(county, "disabilities", again)
    baby = {"name": "田宝", "relation": "03", "birth_date": dt.date(2025, 1, 1), "sex": "1"}
    with acting_as(county):
        registry["persons"].save([{**baby, "household": household}], by=county)
    child = people(county, household)[-1]
    row = {"person": child.pk, "certificate": whole, "issued_on": "2026-01-01"}
    assert ("certificate", "no_id_number") in {(f, c) for _r, f, c in refusals(county, "disabilities", row)}


def test_schooling_sets_what_the_verdict_reads(county, home):
    youth = world.member("田青", "03", birth=dt.date(2009, 1, 1))
    household = world.household(county, home, [world.member(birth=dt.date(1940, 1, 1), labour_capability="4"), youth])
    person = people(county, household)[1]

    def verdict():
        with acting_as(county):
            return Verdict.objects.get(pk=household.pk).code, Person.objects.get(pk=person.pk).school

    assert verdict() == ("zero", "")
    row = {"person": person.pk, "grade": "普通高中一年级", "school": "望谟民族中学", "from_on": "2025年9月"}
    [spell] = told(county, "schooling", row)
    assert verdict() == ("no_labour", "07")
    assert refusals(county, "schooling", {**row, "from_on": "2026-03-01"}) == [(0, "from_on", "overlap")]
    assert refusals(county, "schooling", {"id": spell.pk, "to_on": "2026-07-01"}) == [(0, "to_on", "future")]
    assert refusals(county, "schooling", {"id": spell.pk, "dropout_reason": "厌学"}) == [(0, "to_on", "required")]
    told(county, "schooling", {"id": spell.pk, "to_on": "2026-06-01", "dropout_reason": "厌学"})
    assert verdict() == ("zero", "")
    assert refusals(county, "schooling", {**row, "from_on": "2008-09-01", "to_on": "2009-01-01"}) == [
        (0, "from_on", "before_birth")
    ]


def test_relief_and_doctors(county, household):
    head, _son = people(county, household)
    relief = {"household": household.code, "day": "2026-06-30", "reason": "重病", "amount": 2000}
    assert refusals(county, "temporary-relief", relief, relief) == [(1, "reason", "duplicate")]
    assert refusals(county, "temporary-relief", {**relief, "day": "2026-07-01"}) == [(0, "day", "future")]
    told(county, "temporary-relief", relief)
    contract = {"household": household.code, "doctor": "韦医生", "from_on": "2026-01-01", "to_on": "2026-12-31"}
    told(county, "doctor-contracts", contract)
    assert refusals(county, "doctor-contracts", {**contract, "doctor": "罗医生"}) == [(0, "from_on", "overlap")]
    assert refusals(county, "doctor-contracts", {**contract, "person": head.pk}) == []
    other = family(county, household.settlement)
    stranger = {**contract, "household": other.code, "person": head.pk}
    assert refusals(county, "doctor-contracts", stranger) == [(0, "person", "other_household")]


def test_coverage_counts_the_rows_into_which_it_opens(county, home):
    homes = [family(county, home, size) for size in (2, 3)]
    elsewhere = family(county, world.settlement(county))
    (head, son), (mother, first, second) = people(county, homes[0]), people(county, homes[1])
    everything = [insured(head, kind) for kind in ("1", "3", "4", "5")]
    told(county, "insurances", *everything, insured(son, "2"), insured(mother, "1", 2025), insured(first, "6"))
    told(county, "insurances", *(insured(person, "1") for person in people(county, elsewhere)))
    told(county, "persons", {"id": second.pk, "school": "08"})
    told(county, "insurances", insured(second, "5"))
    told(
        county,
        "minimum-living",
        {"household": homes[0].code, "kind": "minimum", "from_on": "2025-01-01", "amount": 300},
    )
    over = {"kind": "extreme", "from_on": "2024-01-01", "to_on": "2026-06-29", "amount": 900}
    told(county, "minimum-living", {"household": homes[1].code, **over})
    told(county, "doctor-contracts", {"household": homes[1].code, "doctor": "韦医生", "from_on": "2026-06-30"})
    number = f"{mother.id_number}44"
    told(county, "disabilities", {"person": mother.pk, "certificate": number, "issued_on": "2026-01-01"})
    enter(county, homes[1], 2024, wages=90000)
    enter(county, homes[1], 2025, wages=9000)
    with acting_as(county):
        counts = coverage([home.pk], TODAY)[home.pk]
        expected = {
            "people": 5, "medical": 2, "critical": 1, "assistance": 1, "three": 1, "pensionable": 4, "pension": 2,
            "doctor": 3, "disabled": 1, "minimum": 1, "extreme": 0, "households": 2, "red": 0, "yellow": 1, "green": 1,
        }  # fmt: skip
        assert counts == expected
        for key, _of in PANEL:
            one = catalogue[key]
            ledger = registry[one.ledger]
            chosen = select(ledger, {**one.filters, "settlement": home.code}, county)
            assert not chosen.problems
            assert chosen.apply(ledger.rows(county)).count() == counts[one.value], key
        with CaptureQueriesContext(connection) as queries:
            coverage([home.pk, elsewhere.settlement_id], TODAY)
        assert len(queries) == 2


def test_rows_follow_their_household_and_stay_within_the_walls(county, household):
    head, _son = people(county, household)
    told(county, "insurances", insured(head, "1"))
    told(
        county,
        "minimum-living",
        {"household": household.code, "kind": "minimum", "from_on": "2025-01-01", "amount": 300},
    )
    with acting_as(county):
        other = world.settlement(county, 522326002000)
        save_households([{"id": household.pk, "settlement": other}], by=county)
        for model in (Insurance, MinimumLiving):
            assert set(model.objects.values_list("region", flat=True)) == {other.region}
        registry["minimum-living"].void([MinimumLiving.objects.get().pk], reason="误录", by=county)
        assert MinimumLiving.objects.get().void_reason == "误录"
        with connection.cursor() as cursor:
            cursor.execute("SELECT event_op, event_by FROM households_minimumliving_event ORDER BY event_id")
            assert cursor.fetchall() == [("I", county.pk), ("U", county.pk), ("U", county.pk)]
    neighbour = world.user("ceheng", "county", world.CEHENG)
    with acting_as(neighbour):
        assert not Insurance.objects.exists()
    for role in ("auditor", "city", "department"):
        with pytest.raises(PermissionDenied):
            told(world.user(role, role, world.WANGMO), "insurances", insured(head, "3"))


def test_forms_from_the_page_of_a_household_are_opened_with_the_person(county, household):
    """Numbers are masked on the page, so nobody could type them; the name stands beside the key."""
    client = Client(headers={"accept-language": "zh-hans"})
    client.force_login(county)
    page = client.get(f"/households/{household.code}/").content.decode()
    forms = set(re.findall(r'href="(/ledgers/[a-z-]+/new/[^"]*)"', page))
    assert not [form for form in forms if "person=" not in form and "household=" not in form]
    known = {str(person.pk): person.name for person in people(county, household)}
    of_people = {form.replace("&amp;", "&") for form in forms if "person=" in form}
    ledgers = {"insurances", "disabilities", "schooling", "doctor-contracts", "hukou-states", "employments"}
    assert {form.split("/")[2] for form in of_people} == ledgers
    for form in of_people:
        key = re.search(r"person=(\d+)", form)[1]
        opened = client.get(form)
        assert opened.context["form"]["person"].value() == key
        shown = opened.content.decode()
        chosen = rf'for="id_person">{known[key]}</output>|<option value="{key}" selected>{known[key]}</option>'
        assert re.search(chosen, shown), form  # a box, or a list where the area has few people
