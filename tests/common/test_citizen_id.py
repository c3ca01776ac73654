"""Identity numbers: generated ones are accepted, one wrong character is not. Area code 529999 belongs to nobody."""

import datetime as dt
import json

import pytest
from django.core.exceptions import ValidationError
from hypothesis import given
from hypothesis import strategies as st

from common import citizen_id
from common.codes import REFERENCE

ON = dt.date(2020, 6, 30)
GOOD = "529999199001011230"
WITH_X = "52999919651213604X"

births = st.dates(dt.date(1900, 7, 1), ON)
orders = st.integers(0, 999)


def number_for(birth: dt.date, order: int, area: str = "529999") -> str:
    first17 = f"{area}{birth:%Y%m%d}{order:03d}"
    return first17 + citizen_id.check_character(first17)


def refusal(raw, on=ON) -> ValidationError:
    with pytest.raises(ValidationError) as caught:
        citizen_id.parse(raw, on)
    assert str(caught.value.messages[0])
    return caught.value


@pytest.mark.parametrize(
    "raw",
    [
        GOOD,
        " 529999 19900101 1230 ",
        "'" + GOOD,
        "５２９９９９１９９００１０１１２３０",
        "529999-19900101-1230",
        "5299991990\u200b01011230",
    ],
)
def test_ways_of_writing_a_number(raw):
    assert citizen_id.parse(raw, ON) == citizen_id.CitizenId(GOOD, dt.date(1990, 1, 1), "1", "529999")


@pytest.mark.parametrize("last", "xXｘＸ×Ⅹ")
def test_ways_of_writing_x(last):
    assert citizen_id.parse(WITH_X[:-1] + last, ON).number == WITH_X


def test_published_test_numbers_are_accepted():
    rules = json.loads((REFERENCE / "code_lists.json").read_text("utf-8"))["validators"]["citizen_id"]
    for number in rules["test_values"]:
        assert citizen_id.parse(number, ON).number == number
    assert tuple(rules["weights"]) == citizen_id.WEIGHTS
    assert rules["check_table"] == citizen_id.CHECK_CHARACTERS


@given(births, orders)
def test_valid_numbers_are_accepted_and_read(birth, order):
    identity = citizen_id.parse(number_for(birth, order), ON)
    assert identity.birth_date == birth
    assert identity.sex == ("1" if order % 2 else "2")
    assert citizen_id.read(identity.number) == identity


@given(births, orders, st.integers(0, 17), st.integers(1, 9))
def test_one_wrong_digit_is_refused(birth, order, place, shift):
    number = number_for(birth, order)
    digit = number[place]
    other = "0" if digit == "X" else str((int(digit) + shift) % 10)
    assert refusal(number[:place] + other + number[place + 1 :]).code == "check_digit"


@pytest.mark.parametrize(
    ("raw", "code"),
    [
        (5.29999201207242e17, "float_id"),
        (529999199001011230, "float_id"),
        (529999199001011230.0, "float_id"),
        ("5.29999E+17", "float_id"),
        (52999919900101123, "float_id"),
        ("529999900101123", "old_id"),
        (529999900101123.0, "old_id"),
        ("52999919900101123", "bad_id"),
        ("52999919900101123Y", "bad_id"),
        ("无", "bad_id"),
        ("", "bad_id"),
        ("529999********1230", "masked"),
        ("529999＊＊＊＊＊＊＊＊1230", "masked"),
        (GOOD + "9", "bad_id"),
        (GOOD + "81", "bad_id"),
        (GOOD + "45", "bad_id"),
        (GOOD + "44B", "bad_id"),
    ],
)
def test_wrong_shapes(raw, code):
    assert refusal(raw).code == code


def test_birth_dates():
    assert refusal(number_for(dt.date(2020, 7, 1), 1)).code == "birth_in_future"
    assert citizen_id.parse(number_for(ON, 1), ON).birth_date == ON
    assert citizen_id.parse(number_for(dt.date(1900, 6, 30), 1), ON)
    assert citizen_id.parse(number_for(dt.date(1899, 7, 1), 1), ON)
    assert refusal(number_for(dt.date(1899, 6, 30), 1)).code == "age_over_limit"
    first17 = "52999920190230001"
    assert refusal(first17 + citizen_id.check_character(first17)).code == "impossible_date"


def test_messages_do_not_show_the_whole_number():
    wrong = GOOD[:-1] + "1"
    assert wrong not in refusal(wrong).messages[0]


@pytest.mark.parametrize("tail", ["44", "44B1", "71B2"])
def test_disability_certificates_count_by_their_first_18_characters(tail):
    identity = citizen_id.parse(GOOD + tail.lower(), ON)
    assert identity.number == GOOD + tail
    assert citizen_id.core(identity.number) == GOOD
    assert (identity.birth_date, identity.sex) == (dt.date(1990, 1, 1), "1")


def test_the_columns_beside_the_number_must_agree():
    identity = citizen_id.parse(GOOD, ON)
    for sex in ("", "0", "1", "9"):
        citizen_id.check_agreement(identity, sex, dt.date(1990, 1, 1))
    with pytest.raises(ValidationError) as caught:
        citizen_id.check_agreement(identity, "2")
    assert caught.value.code == "sex_mismatch"
    with pytest.raises(ValidationError) as caught:
        citizen_id.check_agreement(identity, birth_date=dt.date(1990, 1, 2))
    assert caught.value.code == "birth_mismatch"


def test_an_unknown_area_only_warns():
    identity = citizen_id.parse(GOOD, ON)
    assert citizen_id.area_warning(identity, {"522326"}) == "unknown_area"
    assert citizen_id.area_warning(identity, {"529999"}) == ""


def test_masks():
    assert citizen_id.mask(GOOD) == "529999********1230"
    assert citizen_id.mask(WITH_X) == "529999********604X"
    assert citizen_id.mask("") == ""
    assert "1990" not in citizen_id.mask("1990")
    assert citizen_id.fits_mask("529999********604x ", WITH_X)
    assert not citizen_id.fits_mask("529999********6041", WITH_X)


@given(births, orders)
def test_a_mask_is_recognised_and_a_number_is_not(birth, order):
    number = number_for(birth, order)
    assert citizen_id.is_masked(citizen_id.mask(number))
    assert not citizen_id.is_masked(number)
    assert f"{birth:%Y%m%d}" not in citizen_id.mask(number)


@given(st.one_of(st.text(), st.integers(), st.floats()))
def test_every_refusal_is_a_validation_error(raw):
    try:
        citizen_id.parse(raw, ON)
    except ValidationError as error:
        assert error.code and error.messages
