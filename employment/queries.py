"""Readings of the labour force and its jobs."""

from __future__ import annotations

import datetime as dt

from django.db.models import Q

from common.dates import add_months

ABLE = ("1", "2")  # ordinary and skilled labour; the verdict's parameter for weak labour is the county's own
YOUNGEST, OLDEST = 16, 60  # full years, the second no longer


def labour_force(on: dt.date) -> Q:
    """The condition of a person of working age on the day who can work and is not in school."""
    born = Q(birth_date__lte=add_months(on, -12 * YOUNGEST), birth_date__gt=add_months(on, -12 * OLDEST))
    return born & Q(labour_capability__in=ABLE, school="")


def jobs_on(on: dt.date) -> Q:
    """The condition of a job that is going on that day."""
    return Q(start_date__lte=on) & (Q(end_date=None) | Q(end_date__gte=on))
