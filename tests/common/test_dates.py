"""Days as they are typed, ages and month arithmetic at their edges."""

import datetime as dt

import pytest
from django.core.exceptions import ValidationError
from django.db import connection
from hypothesis import given
from hypothesis import strategies as st

from common.dates import add_months, full_age, parse_day

DAY = dt.date(2018, 5, 3)


def code_of(raw, month_only=False) -> str:
    with pytest.raises(ValidationError) as caught:
        parse_day(raw, month_only)
    assert str(caught.value.messages[0])
    return caught.value.code


@pytest.mark.parametrize(
    "raw",
    [
        DAY,
        dt.datetime(2018, 5, 3, 8, 30),
        20180503,
        20180503.0,
        "20180503",
        "2018-05-03",
        "2018-5-3",
        "2018/5/3",
        "2018.5.3",
        "2018.05.03",
        "2018年5月3日",
        "2018年05月03日",
        "2018年5月3号",
        "２０１８年５月３日",
        "２０１８．５．３",
        " 2018 年 5 月 3 日 ",
        "'2018-05-03",
        "2018-05-03 00:00:00",
        "2018-05-03T08:30",
        "2018年5月3日 8:30",
        43223,
        43223.0,
        "2018-05-02T16:00:00Z",
        dt.datetime(2018, 5, 2, 16, tzinfo=dt.UTC),
    ],
)
def test_ways_of_writing_a_day(raw):
    assert parse_day(raw) == DAY


@pytest.mark.parametrize("raw", ["", " ", "\u3000", None])
def test_nothing_is_no_day(raw):
    assert parse_day(raw) is None
    assert parse_day(raw, month_only=True) is None


@pytest.mark.parametrize(
    "raw",
    ["2018年5月", "2018-05", "2018.5", "2018/5", "201805", 201805, 201805.0, 2018.5, "２０１８年５月", "2018年5月份"],
)
def test_a_month_alone_is_its_first_day_where_that_is_allowed(raw):
    assert parse_day(raw, month_only=True) == dt.date(2018, 5, 1)
    assert code_of(raw) == "bad_date"


def test_a_time_of_day_does_not_run_into_the_day():
    assert parse_day("2018-5-1 12:00") == dt.date(2018, 5, 1)


@pytest.mark.parametrize("raw", ["2019-02-30", "20190230", "2019年2月29日", "2018-13-01", "2018-00-10", "2018.4.31"])
def test_impossible_days(raw):
    assert code_of(raw) == "impossible_date"


@pytest.mark.parametrize(
    "raw",
    [
        "去年",
        "18-5-3",
        "5月3日",
        "2018-05-03-04",
        "二〇一八年",
        True,
        "43223",
        3.0,
        float("nan"),
        dt.time(8),
        "2018-05-03T25:61:00Z",
    ],
)
def test_what_is_no_day(raw):
    assert code_of(raw) == "bad_date"


def test_a_number_that_may_be_two_months_is_refused():
    assert code_of(2018.1, month_only=True) == "bad_date"
    assert parse_day("2018.10", month_only=True) == dt.date(2018, 10, 1)
    assert parse_day(2018.11, month_only=True) == dt.date(2018, 11, 1)


@pytest.mark.parametrize("raw", ["1899-12-31", "2101-01-01", dt.date(1899, 12, 31), 99999])
def test_years_outside_1900_to_2100(raw):
    assert code_of(raw) == "out_of_range"


@given(st.dates(dt.date(1900, 1, 1), dt.date(2100, 12, 31)))
def test_every_day_comes_back_from_every_way_of_writing(day):
    for text in (
        f"{day:%Y-%m-%d}",
        f"{day:%Y%m%d}",
        f"{day.year}.{day.month}.{day.day}",
        f"{day.year}年{day.month}月{day.day}日",
    ):
        assert parse_day(text) == day


@given(st.one_of(st.text(), st.integers(), st.floats(), st.datetimes()))
def test_every_refusal_is_a_validation_error(raw):
    try:
        parse_day(raw, month_only=True)
    except ValidationError as refusal:
        assert refusal.code and refusal.messages


@pytest.mark.parametrize(
    ("birth", "on", "age"),
    [
        ("2004-06-30", "2020-06-30", 16),
        ("2004-07-01", "2020-06-30", 15),
        ("2004-02-29", "2020-02-28", 15),
        ("2004-02-29", "2020-02-29", 16),
        ("2003-02-28", "2019-02-28", 16),
        ("2004-02-29", "2021-02-28", 16),
        ("2004-02-29", "2021-03-01", 17),
        ("2020-06-30", "2020-06-30", 0),
        ("1960-06-30", "2020-06-30", 60),
        ("1960-07-01", "2020-06-30", 59),
    ],
)
def test_full_age(birth, on, age):
    assert full_age(dt.date.fromisoformat(birth), dt.date.fromisoformat(on)) == age


@pytest.mark.parametrize(
    ("day", "months", "then"),
    [
        ("2020-01-31", 1, "2020-02-29"),
        ("2019-01-31", 1, "2019-02-28"),
        ("2020-07-01", -6, "2020-01-01"),
        ("2020-08-31", -6, "2020-02-29"),
        ("2020-02-29", 12, "2021-02-28"),
        ("2020-02-29", -12, "2019-02-28"),
        ("2020-12-31", 2, "2021-02-28"),
        ("2020-06-30", 0, "2020-06-30"),
        ("2020-03-31", -1, "2020-02-29"),
        ("2020-01-15", -13, "2018-12-15"),
        ("2020-11-30", 1, "2020-12-30"),
    ],
)
def test_add_months_as_postgresql_does(day, months, then):
    assert add_months(dt.date.fromisoformat(day), months) == dt.date.fromisoformat(then)


@pytest.mark.django_db
def test_month_arithmetic_is_the_databases_own():
    """Every day of four years, leap day included, with every count of months from -14 to 14."""
    with connection.cursor() as cursor:
        cursor.execute("""
            SELECT day::date, months, (day::date + make_interval(months => months))::date
            FROM generate_series('2019-01-01'::date, '2022-12-31', '1 day') day, generate_series(-14, 14) months
        """)
        wrong = [row for row in cursor.fetchall() if add_months(row[0], row[1]) != row[2]]
    assert wrong == []
