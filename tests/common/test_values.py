"""Text, numbers, names, telephones as offices type them."""

import datetime as dt
from decimal import Decimal

import pytest
from django.core.exceptions import ValidationError
from hypothesis import given
from hypothesis import strategies as st

from common import values


def code_of(call, *arguments, **options) -> str:
    with pytest.raises(ValidationError) as caught:
        call(*arguments, **options)
    assert str(caught.value.messages[0])
    return caught.value.code


@pytest.mark.parametrize(
    ("raw", "clean"),
    [
        (None, ""),
        ("", ""),
        (" \u3000\t", ""),
        ("  新屯村 ", "新屯村"),
        ("新\u200b屯\ufeff村", "新屯村"),
        ("'522326", "522326"),
        ("Ａ栋１２０１", "A栋1201"),
        ("电子厂（宁波）：二车间", "电子厂（宁波）：二车间"),
        ("两  格", "两 格"),
        ("一\n二", "一 二"),
        ("空\x00字\x07符", "空字符"),
        ("\ud800坏", "坏"),
        (12.0, "12"),
        (12.5, "12.5"),
        (7, "7"),
        (True, "是"),
        (dt.date(2018, 5, 3), "2018-05-03"),
        (dt.datetime(2018, 5, 3), "2018-05-03"),
        ("‘十三五’规划", "‘十三五’规划"),
    ],
)
def test_tidy(raw, clean):
    assert values.tidy(raw) == clean


def test_tidy_keeps_lines_where_asked():
    assert values.tidy(" 一 \r\n\t二  三 ", multiline=True) == "一\n二 三"


@pytest.mark.parametrize(
    ("raw", "clean"),
    [
        ("田  娜", "田娜"),
        ("卢\u3000发", "卢发"),
        (" 罗老伟 ", "罗老伟"),
        ("Anna   Li", "Anna Li"),
        ("阿依古丽·买买提", "阿依古丽·买买提"),
        ("阿依古丽•买买提", "阿依古丽·买买提"),
        ("阿依古丽 . 买买提", "阿依古丽·买买提"),
        ("", ""),
        (None, ""),
        ("𠮷田", "𠮷田"),
    ],
)
def test_person_name(raw, clean):
    assert values.person_name(raw) == clean


@pytest.mark.parametrize("raw", ["123", "—", "138 1234 1234", 5.0])
def test_what_is_no_name(raw):
    assert code_of(values.person_name, raw) == "bad_name"


@pytest.mark.parametrize(
    ("raw", "unit", "number"),
    [
        ("3500元", "yuan", 3500),
        ("3,500", "yuan", 3500),
        ("4０００", None, 4000),
        ("４０００", "yuan", 4000),
        ("3500元/月", "yuan", 3500),
        ("￥3500", "yuan", 3500),
        ("40㎡", "m2", 40),
        ("40平方米", "m2", 40),
        ("40.5 平方米", "m2", Decimal("40.5")),
        ("3500.0", None, 3500),
        (3500.0, None, 3500),
        (3500, None, 3500),
        (0.1, None, Decimal("0.1")),
        ("1,234,567.89", None, Decimal("1234567.89")),
        ("3，500", None, 3500),
        ("'3500", None, 3500),
        (" 3 500 ", None, 3500),
        ("-5", None, -5),
        ("", None, None),
        (None, None, None),
        ("12个月", None, 12),
        ("3人", "person", 3),
    ],
)
def test_number(raw, unit, number):
    assert values.number(raw, unit) == number


@pytest.mark.parametrize(
    ("raw", "unit"),
    [
        ("三千左右", "yuan"),
        ("3500左右", None),
        ("40㎡", "yuan"),
        ("3500元", "m2"),
        ("35,00", None),
        ("1.2.3", None),
        ("元", None),
        ("3500-4000", None),
        ("1e5", None),
        (float("nan"), None),
        (float("inf"), None),
        ("٣", None),
        (True, None),
        ("9" * 50, None),
        ("3.5万", "yuan"),
    ],
)
def test_what_is_no_number(raw, unit):
    assert code_of(values.number, raw, unit) == "bad_number"


def test_words_for_a_wage_have_their_own_code_and_are_quoted():
    with pytest.raises(ValidationError) as caught:
        values.number("三千左右", "yuan", "wage_text")
    assert caught.value.code == "wage_text"
    assert "三千左右" in caught.value.messages[0]


@pytest.mark.parametrize(
    ("raw", "truth"),
    [
        *((word, True) for word in ("是", "√", "1", 1, 1.0, "有", "Y", "ｙ", "yes", True)),
        *((word, False) for word in ("否", "×", "0", 0, "无", "N", "no", False)),
        *((word, None) for word in ("", " ", None)),
    ],
)
def test_yes_no(raw, truth):
    assert values.yes_no(raw) is truth


def test_neither_yes_nor_no():
    assert code_of(values.yes_no, "也许") == "bad_boolean"


@pytest.mark.parametrize(
    ("raw", "clean"),
    [
        (17129804604.0, "17129804604"),
        (13800138000, "13800138000"),
        ("170 7464 1570", "17074641570"),
        ("182-2873-9002", "18228739002"),
        ("＋86 138 0013 8000", "13800138000"),
        ("8613800138000", "13800138000"),
        ("0859-4612345", "0859-4612345"),
        ("08594612345", "0859-4612345"),
        ("（0859）4612345", "0859-4612345"),
        ("010-12345678", "010-12345678"),
        ("", ""),
        (None, ""),
    ],
)
def test_phone(raw, clean):
    assert values.phone(raw) == clean


@pytest.mark.parametrize(
    "raw", ["1234567", "12345678901", "1380013800", "138001380001", "13800138000/13900139000", "无", 8594612345.0]
)
def test_what_is_no_phone(raw):
    assert code_of(values.phone, raw) == "bad_phone"


def test_a_masked_phone_is_told_apart():
    assert values.mask_phone("13812341234") == "138****1234"
    assert values.mask_phone("0859-4612345") == "****2345"
    assert values.mask_phone("") == ""
    assert code_of(values.phone, "138****1234") == "masked"


def test_long_values_are_shortened_in_messages():
    assert len(values.shown("长" * 1000)) == 40


@given(st.text())
def test_tidy_text_stays_tidy_and_can_be_stored(raw):
    clean = values.tidy(raw)
    assert values.tidy(clean) == clean
    assert "\x00" not in clean
    clean.encode()


@given(st.text())
def test_every_refusal_is_a_validation_error(raw):
    for parse in (values.number, values.yes_no, values.phone, values.person_name):
        try:
            parse(raw)
        except ValidationError as refusal:
            assert refusal.code and refusal.messages


@given(st.decimals(min_value=-(10**12), max_value=10**12, places=2))
def test_numbers_come_back(number):
    assert values.number(f"{number:,f}") == number
    assert values.number(f"{number}元", "yuan") == number
