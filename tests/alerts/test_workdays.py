"""The work calendar at its edges: make-up Sundays, leap days, ends of years and quarters, and who leads over whom."""

from __future__ import annotations

import datetime as dt

import pytest
from django.core.exceptions import ValidationError
from django.test import Client
from hypothesis import given, settings
from hypothesis import strategies as st

from alerts import workdays
from alerts.models import CalendarDay
from common.scope import whole
from tests import world

pytestmark = pytest.mark.django_db
D = dt.date


def own(day: dt.date, working: bool, name: str = "") -> CalendarDay:
    return CalendarDay.objects.create(day=day, working=working, name=name, source="国办通知")


@pytest.mark.parametrize(
    ("day", "works"),
    [
        (D(2025, 1, 26), True),  # Sunday, made up before Spring Festival
        (D(2025, 2, 8), True),  # Saturday after it
        (D(2025, 9, 28), True),  # Sunday before the Golden Week of eight days
        (D(2025, 9, 30), True),
        (D(2025, 10, 1), False),
        (D(2025, 10, 8), False),
        (D(2025, 10, 9), True),
        (D(2025, 10, 11), True),  # Saturday, made up
        (D(2025, 10, 12), False),
        (D(2025, 12, 31), True),
        (D(2026, 1, 1), False),
        (D(2026, 1, 2), False),
        (D(2026, 1, 4), True),  # Sunday, made up
        (D(2026, 2, 14), True),
        (D(2026, 2, 28), True),
        (D(2026, 9, 20), True),  # Sunday, made up before the Golden Week of 2026
        (D(2026, 10, 7), False),
        (D(2026, 10, 8), True),
        (D(2026, 10, 10), True),  # Saturday, made up
        (D(2024, 2, 29), True),
        (D(2027, 10, 1), True),  # a Friday of a year that nobody knows: plain weekends
        (D(2027, 10, 2), False),
    ],
)
def test_days_are_worked_or_not(day, works):
    assert workdays.is_workday(day) is works


def test_the_administrators_table_leads_over_the_package_and_over_weekends():
    own(D(2026, 10, 8), False, "调休")
    own(D(2026, 9, 20), False)
    own(D(2027, 10, 1), False, "国庆节")
    own(D(2027, 10, 2), True)
    assert [workdays.is_workday(day) for day in (D(2026, 10, 8), D(2026, 9, 20), D(2027, 10, 1), D(2027, 10, 2))] == [
        False, False, False, True,
    ]  # fmt: skip
    row = CalendarDay.objects.get(day=D(2026, 10, 8))
    row.voided_at, row.voided_by, row.void_reason = row.day, world.user("root", "admin", 0), "误录"
    row.voided_at = dt.datetime(2026, 9, 1, tzinfo=dt.UTC)
    row.save()
    assert workdays.is_workday(D(2026, 10, 8))


@pytest.mark.parametrize(
    ("day", "number", "expected"),
    [
        (D(2025, 9, 30), 1, D(2025, 10, 9)),  # over the Golden Week
        (D(2025, 9, 26), 1, D(2025, 9, 28)),  # to the make-up Sunday
        (D(2025, 9, 26), 4, D(2025, 10, 9)),
        (D(2026, 9, 30), 3, D(2026, 10, 10)),
        (D(2025, 12, 31), 1, D(2026, 1, 4)),  # over the end of the year, to a Sunday that is worked
        (D(2026, 1, 4), -1, D(2025, 12, 31)),
        (D(2026, 10, 8), -1, D(2026, 9, 30)),
        (D(2024, 2, 28), 1, D(2024, 2, 29)),
        (D(2024, 2, 29), 1, D(2024, 3, 1)),
        (D(2026, 10, 1), 0, D(2026, 10, 8)),
        (D(2026, 9, 30), 0, D(2026, 9, 30)),
        (D(2026, 1, 1), 250, D(2027, 1, 4)),
    ],
)
def test_working_days_are_added(day, number, expected):
    assert workdays.add_workdays(day, number) == expected
    assert workdays.limit(day, number, working=True) == expected


def test_natural_days_are_added():
    assert workdays.add_days(D(2024, 2, 28), 1) == workdays.limit(D(2024, 2, 28), 1) == D(2024, 2, 29)
    assert workdays.limit(D(2025, 12, 17), 15) == D(2026, 1, 1)


@settings(max_examples=60, deadline=None)
@given(st.dates(D(2023, 1, 1), D(2028, 12, 31)), st.integers(-60, 60).filter(bool))
def test_adding_agrees_with_counting(day, number):
    reached = workdays.add_workdays(day, number)
    assert workdays.is_workday(reached)
    if number > 0:
        assert workdays.workdays_between(day, reached) == number
    else:
        assert sum(one.working for one in workdays.days(reached, day - dt.timedelta(1))) == -number


@pytest.mark.parametrize(
    ("on", "month_end", "quarter"),
    [
        (D(2024, 2, 10), D(2024, 2, 29), (D(2024, 1, 1), D(2024, 3, 31))),
        (D(2025, 2, 28), D(2025, 2, 28), (D(2025, 1, 1), D(2025, 3, 31))),
        (D(2025, 6, 30), D(2025, 6, 30), (D(2025, 4, 1), D(2025, 6, 30))),
        (D(2025, 12, 31), D(2025, 12, 31), (D(2025, 10, 1), D(2025, 12, 31))),
        (D(2026, 1, 1), D(2026, 1, 31), (D(2026, 1, 1), D(2026, 3, 31))),
    ],
)
def test_windows_end_on_their_last_day(on, month_end, quarter):
    assert workdays.month_of(on).last == month_end
    window = workdays.quarter_of(on)
    assert (window.first, window.last) == quarter
    assert on in window and window.last in window and window.last + dt.timedelta(1) not in window


@pytest.mark.parametrize(
    ("number", "on", "expected"),
    [(5, D(2026, 2, 1), D(2026, 2, 5)), (31, D(2026, 2, 1), D(2026, 2, 28)), (31, D(2024, 2, 9), D(2024, 2, 29))],
)
def test_by_the_nth_of_the_month(number, on, expected):
    assert workdays.nth_of_month(on, number) == expected


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("一季度", D(2020, 3, 31)),
        ("第一季度", D(2020, 3, 31)),
        ("第 四 季度末", D(2020, 12, 31)),
        ("上半年", D(2020, 6, 30)),
        ("全年", D(2020, 12, 31)),
        ("年底", D(2020, 12, 31)),
        ("2月底", D(2020, 2, 29)),
        ("3月份", D(2020, 3, 31)),
    ],
)
def test_named_windows(words, expected):
    assert workdays.last_day_of(words, D(2020, 7, 1)) == expected


@pytest.mark.parametrize("words", ["", "五季度", "13月", "0月", "长期"])
def test_other_words_are_no_window(words):
    with pytest.raises(ValidationError) as refused:
        workdays.last_day_of(words, D(2020, 7, 1))
    assert refused.value.code == "bad_window"


@pytest.mark.parametrize(
    ("on", "entered", "expected"),
    [
        (D(2026, 11, 30), False, None),
        (D(2026, 12, 1), False, 2027),
        (D(2026, 12, 1), True, None),
        (D(2025, 12, 31), False, None),  # the package knows 2026
        (D(2027, 5, 1), False, 2027),
    ],
)
def test_a_year_that_nobody_knows_is_told_from_december_on(on, entered, expected):
    if entered:
        own(D(2027, 1, 1), False, "元旦")
    assert workdays.unknown_year(on) == expected


def test_the_administrator_is_told_in_the_inbox_and_nobody_else(clock, client):
    clock("2026-12-01")
    for role, told in (("admin", True), ("province", False)):
        client.force_login(world.user(role, role, 0 if role == "admin" else 520000000000))
        assert ("/ledgers/calendar-days/" in client.get("/inbox/").content.decode().split("<main")[1]) is told, role


def test_days_are_entered_and_voided_by_the_administrator_alone(client):
    admin, county = world.user("root", "admin", 0), world.user("county", "county", world.WANGMO)
    row = {"day": "2027年1月1日", "working": "False", "name": "元旦", "source": "国办发明电〔2026〕8号"}
    client.force_login(county)
    assert client.post("/ledgers/calendar-days/new/", row).status_code == 403
    assert client.get("/ledgers/calendar-days/").status_code == 200
    client.force_login(admin)
    assert client.post("/ledgers/calendar-days/new/", row).status_code == 302
    assert not workdays.is_workday(D(2027, 1, 1))
    assert client.post("/ledgers/calendar-days/new/", row).status_code == 422  # that day is stored already
    assert client.post("/ledgers/calendar-days/new/", {**row, "day": "", "source": ""}).status_code == 422
    [stored] = CalendarDay.objects.all()
    assert client.post(f"/ledgers/calendar-days/{stored.pk}/void/", {"reason": "误录"}).status_code == 302
    assert workdays.is_workday(D(2027, 1, 1)) and not workdays.knows(2027)
    with whole():
        history = client.get(f"/ledgers/calendar-days/{stored.pk}/history/").content.decode()
    assert "误录" in history


def test_the_template_comes_back(client):
    """The table of a year is imported as it is announced: a sheet of days."""
    client.force_login(world.user("root", "admin", 0))
    assert client.get("/ledgers/calendar-days/template/").status_code == 200
    assert Client().get("/ledgers/calendar-days/").status_code == 302


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("words", "expected"),
    [
        # From Wednesday 30 September 2026: the holiday runs to 7 October, and Saturday the 10th is worked.
        ("3个工作日", dt.date(2026, 10, 10)),
        ("3工作日内", dt.date(2026, 10, 10)),
        ("3 天", dt.date(2026, 10, 3)),
        ("１５日内", dt.date(2026, 10, 15)),
        ("30个自然日", dt.date(2026, 10, 30)),
        ("四季度", dt.date(2026, 12, 31)),
        ("11月底", dt.date(2026, 11, 30)),
        ("2026-10-20", None),
        ("尽快", None),
        ("", None),
    ],
)
def test_a_limit_told_in_words(words, expected):
    assert workdays.day_of_limit(words, dt.date(2026, 9, 30)) == expected
