"""The work calendar: which days are worked, and days counted by it.

The administrator's table (CalendarDay) leads, then the installed package for the years that it knows, then plain
weekends. Windows end on their last day, that day included: the first quarter is over on 31 March.
"""

from __future__ import annotations

import calendar
import datetime as dt
import re
from dataclasses import dataclass

from chinese_calendar import constants
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from alerts.models import CalendarDay
from common.dates import add_months
from common.models import STANDING
from common.values import shown, squeeze

ONE_DAY = dt.timedelta(1)
PACKAGE_YEARS = frozenset(day.year for day in constants.holidays)
WARN_FROM = (12, 1)  # month and day from which the next year must be known: the notice appears in November
QUARTERS = {"一季度": 1, "二季度": 2, "三季度": 3, "四季度": 4, "上半年": 2, "下半年": 4, "全年": 4}
_LIMIT = re.compile(r"([0-9]{1,3})个?(工作日|自然日|日|天)以?内?")
# What the package calls its holidays.
HOLIDAYS = {
    "New Year's Day": gettext_lazy("New Year's Day"),
    "Spring Festival": gettext_lazy("Spring Festival"),
    "Tomb-sweeping Day": gettext_lazy("Tomb-sweeping Day"),
    "Labour Day": gettext_lazy("Labour Day"),
    "Dragon Boat Festival": gettext_lazy("Dragon Boat Festival"),
    "National Day": gettext_lazy("National Day"),
    "Mid-autumn Festival": gettext_lazy("Mid-autumn Festival"),
    "Anti-Fascist 70th Day": gettext_lazy("70th anniversary of the victory"),
}


@dataclass(frozen=True)
class Day:
    """A day of the work calendar: whether it is worked, and what it is called if it is no ordinary one."""

    day: dt.date
    working: bool
    name: str = ""

    @property
    def note(self) -> str:
        """What a calendar says of the day beside its number."""
        if self.name:
            return _("%(name)s, worked") % {"name": self.name} if self.working else self.name
        if self.working:
            return "" if self.day.weekday() < 5 else _("worked")
        return _("day off") if self.day.weekday() < 5 else ""


@dataclass(frozen=True)
class Window:
    """A stretch of days; the last one belongs to it."""

    first: dt.date
    last: dt.date

    def __contains__(self, day: dt.date) -> bool:
        return self.first <= day <= self.last


def days(first: dt.date, last: dt.date) -> list[Day]:
    """The days from `first` to `last`, both included, with one query."""
    own = {
        row.day: Day(row.day, row.working, row.name)
        for row in CalendarDay.objects.filter(STANDING, day__range=(first, last))
    }
    number = (last - first).days + 1
    return [own.get(day) or _day(day) for day in (first + dt.timedelta(n) for n in range(number))]


def _day(day: dt.date) -> Day:
    """The day without the administrator's table. For a year that the package does not know both look-ups fail."""
    if name := constants.workdays.get(day):
        return Day(day, True, str(HOLIDAYS.get(name, name)))
    if name := constants.holidays.get(day):
        return Day(day, False, str(HOLIDAYS.get(name, name)))
    return Day(day, day.weekday() < 5)


def is_workday(on: dt.date) -> bool:
    return days(on, on)[0].working


def add_days(on: dt.date, number: int) -> dt.date:
    """Natural days: the day itself does not count."""
    return on + dt.timedelta(number)


def add_workdays(on: dt.date, number: int) -> dt.date:
    """The working day that is `number` working days after (below zero: before) the day, which itself does not count.
    With 0 the day itself if it is worked, else the next one that is."""
    step = 1 if number >= 0 else -1
    left = abs(number) or 1
    start = on - ONE_DAY if number == 0 else on
    stretch = left * 2 + 20  # longer than any run of holidays; asked for again where it does not reach
    while True:
        edge = start + dt.timedelta(step * stretch)
        found = days(start + ONE_DAY, edge) if step > 0 else days(edge, start - ONE_DAY)[::-1]
        for day in found:
            left -= day.working
            if not left:
                return day.day
        start = edge


def workdays_between(first: dt.date, last: dt.date) -> int:
    """Working days after `first` up to `last`: none where `last` is not later."""
    return sum(day.working for day in days(first + ONE_DAY, last)) if last > first else 0


def limit(on: dt.date, number: int, *, working: bool = False) -> dt.date:
    """The last day of a limit of so many natural or working days from the day on, which does not count."""
    return add_workdays(on, number) if working else add_days(on, number)


def month_of(on: dt.date) -> Window:
    return month(on.year, on.month)


def month(year: int, number: int) -> Window:
    return Window(dt.date(year, number, 1), dt.date(year, number, calendar.monthrange(year, number)[1]))


def quarter_of(on: dt.date) -> Window:
    return quarter(on.year, (on.month + 2) // 3)


def quarter(year: int, number: int) -> Window:
    first = dt.date(year, 3 * number - 2, 1)
    return Window(first, add_months(first, 3) - ONE_DAY)


def nth_of_month(on: dt.date, number: int) -> dt.date:
    """The day of that number in the month, at most its last: what is due "by the 5th", "by the 31st"."""
    window = month_of(on)
    return min(window.last, window.first + dt.timedelta(number - 1))


def last_day_of(words: str, on: dt.date) -> dt.date:
    """The last day of what is called 一季度, 第一季度, 上半年, 全年, 3月, 3月底 or 年底 in the year of the day.

    Raises bad_window for other words.
    """
    text = squeeze(words).removeprefix("第").removesuffix("底").removesuffix("末")
    if text in QUARTERS or text == "年":
        return quarter(on.year, QUARTERS.get(text, 4)).last
    number = text.removesuffix("份").removesuffix("月")
    if text != number and number.isascii() and number.isdecimal() and 1 <= int(number) <= 12:
        return month(on.year, int(number)).last
    message = gettext_lazy("“%(value)s” is no month and no quarter. Write it like 一季度, 上半年 or 3月底.")
    raise ValidationError(message, "bad_window", {"value": shown(words)})


def day_of_limit(words: str, on: dt.date) -> dt.date | None:
    """The last day of a limit that is told from a day on: 5个工作日, 15天内, or as in last_day_of; None for other words."""
    text = squeeze(words)
    if match := _LIMIT.fullmatch(text):
        return limit(on, int(match[1]), working=match[2] == "工作日")
    try:
        return last_day_of(text, on)
    except ValidationError:
        return None


def knows(year: int) -> bool:
    """Whether the holidays of a year are known, to the package or from the administrator."""
    if year in PACKAGE_YEARS:
        return True
    rows = CalendarDay.objects.filter(STANDING, working=False, day__year=year)
    return rows.exists()


def unknown_year(on: dt.date) -> int | None:
    """The year whose holidays somebody must enter now: this one, or from 1 December on the next one; None if all is
    known."""
    wanted = [on.year] + ([on.year + 1] if (on.month, on.day) >= WARN_FROM else [])
    return next((year for year in wanted if not knows(year)), None)
