"""What records of a household's file refuse in the same words: days that have not come, areas that no house has."""

from __future__ import annotations

from collections.abc import Iterator

from django.core.exceptions import ObjectDoesNotExist, ValidationError
from django.db import models
from django.utils.translation import gettext_lazy as _

from common import clock

LARGEST_AREA = 1000  # m2; from here on a figure is a slip of the pen, whatever the family
Fault = tuple[str, str, object]


def refuse(faults: Iterator[Fault]) -> None:
    """Raise all faults (field, code, message) of a row at once, the first of each field."""
    found: dict[str, ValidationError] = {}
    try:
        for field, code, message in faults:
            found.setdefault(field, ValidationError(message, code=code))
    except ObjectDoesNotExist:  # what the row belongs to is missing: its other faults are told all the same
        if not found:
            raise
    if found:
        raise ValidationError(found)


def in_future(row: models.Model, names: tuple[str, ...]) -> Iterator[Fault]:
    today = clock.today()
    for name in names:
        if (day := getattr(row, name)) and day > today:
            yield name, "future_date", _("The day lies in the future. Enter it when it has come, or correct the year.")


def bad_area(row: models.Model, *names: str) -> Iterator[Fault]:
    """An area of nothing, or one that no family's house has."""
    for name in names:
        area = getattr(row, name)
        if area is not None and area <= 0:
            yield name, "bad_area", _("An area is more than 0. Write it as measured, or leave the cell empty.")
        elif area is not None and area >= LARGEST_AREA:
            yield name, "bad_area", _("No family's house has 1,000 m2 or more. Check the decimal point.")
