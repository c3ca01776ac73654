"""Readings of the labour force and its jobs."""

from __future__ import annotations

import datetime as dt

from django.db.models import Q

from common.dates import add_months
from divisions.queries import verdict_segments


def labour_force(on: dt.date) -> Q:
    """The condition of a person of working age on the day who can work and is not in school: by the parameters of the
    person's division, as the verdict has it."""
    force = Q()
    for segment in verdict_segments(on):
        told = segment.parameters
        force |= Q(
            region__gte=segment.lo,
            region__lt=segment.hi,
            birth_date__lte=add_months(on, -12 * told.labour_age_from),
            birth_date__gt=add_months(on, -12 * told.labour_age_to),
            labour_capability__in=[str(code) for code in range(1, told.labour_ability_max + 1)],
            school="",
        )
    return force


def jobs_on(on: dt.date) -> Q:
    """The condition of a job that is going on that day."""
    return Q(start_date__lte=on) & (Q(end_date=None) | Q(end_date__gte=on))
