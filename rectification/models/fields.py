"""Time limits as the ledgers of offices tell them."""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import dataclass

from common.dates import add_months, parse_day
from common.fields import DayField
from common.values import as_text, squeeze

_MONTHS = re.compile(r"([1-9]\d?)(?:个月)?(?:内|以内)?", re.ASCII)
_END_OF_MONTH = re.compile(r"(\d{4})年(\d{1,2})月底前?", re.ASCII)


@dataclass(frozen=True)
class Months:
    """A time limit told as a number of months from the day on which the problem was found."""

    number: int


class DeadlineField(DayField):
    """A day; or, as ledgers of the development and reform offices tell it, months from the day of finding (3, 3个月), or the
    end of a month (2020年6月底前). `clean()` of the model makes a day of the months."""

    def to_python(self, value):
        if isinstance(value, Months):
            return value
        text = squeeze(as_text(value)) if value is not None and not isinstance(value, dt.date) else ""
        if match := _MONTHS.fullmatch(text):
            return Months(int(match[1]))
        if match := _END_OF_MONTH.fullmatch(text):
            first = parse_day(f"{match[1]}-{match[2]}", True)
            return add_months(first, 1) - dt.timedelta(1)
        return super().to_python(value)
