"""Days as they are typed, and the calendar arithmetic that policies count with."""

from __future__ import annotations

import calendar
import datetime as dt
import re
from functools import lru_cache

from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from common.clock import CHINA
from common.values import as_text, fold, shown, squeeze

FIRST_YEAR, LAST_YEAR = 1900, 2100
# Words for "no end" in a column of ends.
OPEN_WORDS = ("至今", "长期", "长期有效", "现在", "目前", "今", "仍在岗", "在岗", "无固定期限", "/", "-", "—", "——")

_EXCEL_EPOCH = dt.date(1899, 12, 30)
_DAY = re.compile(r"(\d{4})(?:年|[-/.–—])(\d{1,2})(?:月|[-/.–—])(\d{1,2})[日号]?", re.ASCII)
_COMPACT_DAY = re.compile(r"(\d{4})(\d{2})(\d{2})", re.ASCII)
_MONTH = re.compile(r"(\d{4})(?:年|[-/.–—])(\d{1,2})月?份?|(\d{4})(\d{2})", re.ASCII)
_TIME = re.compile(r"(?:T|\s+)\d{1,2}:\d{2}(?::\d{2}(?:\.\d+)?)?(Z|[+-]\d{2}:?\d{2})?$", re.ASCII)


def parse_day(raw, month_only: bool = False) -> dt.date | None:
    """A day from a date, a typed Excel date, `20180503`, `2018-5-3`, `2018/5/3`, `2018.5.3`, `2018年5月3日`.

    With `month_only` a month alone (`2018年5月`, `2018-05`, `201805`) is its first day; empty is None. A moment with a
    time zone is read in China. A bare number of five digits is Excel's count of days. Raises impossible_date, bad_date or
    out_of_range (years 1900 to 2100).
    """
    if isinstance(raw, str):
        return _parse_text(raw, month_only)
    if raw is None:
        return None
    if isinstance(raw, dt.datetime):
        day = (raw.astimezone(CHINA) if raw.tzinfo else raw).date()
    elif isinstance(raw, dt.date):
        day = raw
    elif isinstance(raw, (int, float)) and not isinstance(raw, bool) and 10_000 <= raw < 100_000:
        day = _EXCEL_EPOCH + dt.timedelta(days=int(raw))
    elif isinstance(raw, float) and as_text(raw).endswith(".1"):
        # Excel drops the last zero of a number: 2018.10 and 2018.1 look the same.
        raise ValidationError(
            _("“%(value)s” may mean January or October. Write it like 2018-10."), "bad_date", {"value": shown(raw)}
        )
    else:
        return _parse_text(as_text(raw), month_only)
    if not FIRST_YEAR <= day.year <= LAST_YEAR:
        raise _out_of_range(raw)
    return day


@lru_cache(maxsize=50_000)
def _parse_text(raw: str, month_only: bool) -> dt.date | None:
    text = fold(raw)
    if not text:
        return None
    if time := _TIME.search(text):
        if time[1]:
            return parse_day(_moment(text))
        text = text[: time.start()]
    text = squeeze(text)
    match = _DAY.fullmatch(text) or _COMPACT_DAY.fullmatch(text)
    parts = match.groups() if match else None
    if parts is None and (match := _MONTH.fullmatch(text)):
        if not month_only:
            raise ValidationError(
                _("“%(value)s” names no day. Write year, month and day, for example 2018-05-03."),
                "bad_date",
                {"value": shown(raw)},
            )
        parts = [part for part in match.groups() if part] + ["1"]
    if parts is None:
        raise _no_date(raw)
    year, month, day = map(int, parts)
    if not FIRST_YEAR <= year <= LAST_YEAR:
        raise _out_of_range(raw)
    try:
        return dt.date(year, month, day)
    except ValueError:
        raise ValidationError(
            _("There is no such day as “%(value)s”. Check month and day."), "impossible_date", {"value": shown(raw)}
        ) from None


def _moment(text: str) -> dt.datetime:
    try:
        return dt.datetime.fromisoformat(text)
    except ValueError:
        raise _no_date(text) from None


def _no_date(raw) -> ValidationError:
    return ValidationError(_("“%(value)s” is not a date. Write it like 2018-05-03."), "bad_date", {"value": shown(raw)})


def _out_of_range(raw) -> ValidationError:
    return ValidationError(
        _("“%(value)s” lies outside the years 1900 to 2100. Check the year."), "out_of_range", {"value": shown(raw)}
    )


def full_age(birth: dt.date, on: dt.date) -> int:
    """Full years of age on a day, by year, month and day; born on 29 February one is a year older on 1 March."""
    return on.year - birth.year - ((on.month, on.day) < (birth.month, birth.day))


def add_months(day: dt.date, months: int) -> dt.date:
    """`day` plus calendar months, at most the end of the month, as PostgreSQL's `date + interval 'n months'`."""
    years, month = divmod(day.month - 1 + months, 12)
    year, month = day.year + years, month + 1
    return day.replace(year=year, month=month, day=min(day.day, calendar.monthrange(year, month)[1]))
