"""The one validator: what it accepts, what it refuses, in which words."""

import pytest

from common import scope
from common.ledger import registry
from ledgers.checking import clean_rows
from tests.ledgers.world import id_number

households, persons, employments = (registry[key] for key in ("households", "persons", "employments"))


def codes(problems):
    return [(problem.row, problem.field, problem.code) for problem in problems]


@pytest.fixture
def county(world):
    with scope.acting_as(world.a.user):
        yield world.a


def test_clean_values_and_references(county):
    rows, problems = clean_rows(
        households,
        [
            {
                "code": "522326 90009",
                "settlement": county.settlement.name,
                "housing_area": "80㎡",
                "moved_in_on": "2018年5月",
            },
        ],
        county.user,
    )
    assert not problems
    assert rows[0]["settlement"] == county.settlement
    assert rows[0]["code"] == "52232690009"
    assert str(rows[0]["moved_in_on"]) == "2018-05-01"


def test_every_problem_at_once(county):
    _rows, problems = clean_rows(
        persons,
        [
            {
                "household": county.households[0].code,
                "name": "",
                "relation": "没有这种",
                "id_number": "529901198001010011",
                "colour": "red",
            },
            {"household": "522326999999", "name": "李四", "relation": "01", "id_number": 5.2990119800101e17},
        ],
        county.user,
    )
    found = codes(problems)
    assert (0, "name", "missing_name") in found
    assert (0, "relation", "unknown_code") in found
    assert (0, "id_number", "check_digit") in found
    assert (0, "colour", "unknown_column") in found
    assert (1, "household", "unknown_reference") in found
    assert (1, "id_number", "float_id") in found


def test_required_only_of_new_rows(county):
    assert codes(clean_rows(employments, [{"employer": "某厂"}], county.user)[1]) == [
        (0, "person", "required"),
        (0, "channel", "required"),
        (0, "start_date", "required"),
    ]
    known = [{"id": county.employments[0].pk, "employer": "另一厂"}]
    rows, problems = clean_rows(employments, known, county.user)
    assert not problems and rows == [{"id": county.employments[0].pk, "employer": "另一厂"}]


def test_blank_keeps_or_clears(county):
    raw = [{"code": county.households[0].code, "phone": ""}]
    assert clean_rows(households, raw, county.user, blank="keep")[0] == [
        {"code": county.households[0].code, "id": county.households[0].pk}
    ]
    assert clean_rows(households, raw, county.user)[0][0]["phone"] == ""


def test_masked_means_unchanged(county):
    person = county.persons[0]
    number = person.id_number
    masked = number[:6] + "*" * 8 + number[-4:]
    rows, problems = clean_rows(persons, [{"id": person.pk, "id_number": masked}], county.user)
    assert not problems and rows == [{"id": person.pk}]
    _rows, problems = clean_rows(persons, [{"id": person.pk, "id_number": masked[:-1] + "0"}], county.user)
    assert codes(problems) == [(0, "id_number", "masked_value")]


def test_model_fills_in_and_disagrees(county):
    number = id_number("19901231", 12)
    raw = {"household": county.households[0].code, "name": "王五", "relation": "03", "id_number": number}
    rows, problems = clean_rows(
        persons, [raw, {**raw, "id_number": id_number("19901231", 14), "sex": "男"}], county.user
    )
    assert (str(rows[0]["birth_date"]), rows[0]["sex"]) == ("1990-12-31", "2")
    assert codes(problems) == [(1, "sex", "sex_mismatch")]


def test_a_failed_value_causes_no_second_fault(county):
    raw = {"household": county.households[0].code, "name": "王五", "relation": "03", "id_number": "123"}
    assert codes(clean_rows(persons, [raw], county.user)[1]) == [(0, "id_number", "bad_id")]


def test_no_lists_where_single_values_belong(county):
    _rows, problems = clean_rows(households, [{"code": ["a"], "settlement": {"x": 1}}], county.user)
    assert codes(problems) == [(0, "code", "bad_type"), (0, "settlement", "unknown_reference")]


def test_the_other_county_is_no_reference(county, world):
    _rows, problems = clean_rows(
        persons,
        [
            {
                "household": world.b.households[0].code,
                "name": "李四",
                "relation": "03",
                "id_number": id_number("19901231", 12),
            },
        ],
        county.user,
    )
    assert codes(problems) == [(0, "household", "unknown_reference")]


def test_a_place_outside_the_area(county, world):
    raw = {"code": "522327A0009", "name": "新点", "division": str(world.b.settlement.region)}
    assert (0, "division", "out_of_scope") in codes(clean_rows(registry["settlements"], [raw], county.user)[1])


def test_a_key_that_another_row_has(county):
    first, second = county.households
    _rows, problems = clean_rows(households, [{"code": second.code}], county.user, partial=True, stored=[first])
    assert (0, "code", "duplicate") in codes(problems)


def test_twenty_thousand_rows_ask_the_store_no_more_than_one(county, django_assert_max_num_queries):
    household = county.households[0].code
    raw = [
        {
            "household": household,
            "name": f"张{number}",
            "relation": "儿子",
            "sex": "男",
            "ethnic_group": "布依",
            "id_number": id_number(f"{1950 + number // 500}0101", number % 500 * 2 + 1),
            "labour_capability": "普通劳力",
            "job_intention": "是",
            "school": "",
            "phone": "139 0000 0000",
            "birth_date": f"{1950 + number // 500}-1-1",
            "remark": "",
            "died_on": "",
        }
        for number in range(20_000)
    ]
    with django_assert_max_num_queries(10):
        rows, problems = clean_rows(persons, raw, county.user, set_checks=False)
    assert not problems[:3] and len(rows) == 20_000
