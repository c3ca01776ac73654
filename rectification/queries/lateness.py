"""What counts, what came back, and what is late: conditions that figures and filters share.

Overdue is computed from state and deadline, never a state of its own.
"""

from __future__ import annotations

import datetime as dt

from django.db.models import Case, CharField, Q, Value, When

from rectification.models import RectificationItem
from rectification.states import OPEN

SEVEN_DAYS = dt.timedelta(7)
# States in which no unit is late: not given out yet, or others decide.
NOT_WITH_UNIT = ("draft", "submitted", "verified")
# What counts as a problem: entered and registered, and not another one's twin.
COUNTED = ~Q(state__in=["draft", "merged"])
# Both ways in which a problem comes back: it is opened again, or entered anew as a relapse.
RELAPSED = Q(times_reopened__gt=0) | Q(relapse_of__isnull=False)


def overdue(on: dt.date) -> Q:
    """Open, not being decided and not paused, and its deadline has passed."""
    return Q(state__in=OPEN, deadline_on__lt=on, paused_on=None) & ~Q(state__in=NOT_WITH_UNIT)


def is_overdue(item: RectificationItem, on: dt.date) -> bool:
    """The same of one item."""
    with_unit = item.state in OPEN and item.state not in NOT_WITH_UNIT and item.paused_on is None
    return with_unit and item.deadline_on is not None and item.deadline_on < on


def supervision_level(on: dt.date) -> Case:
    """The level 督办等级 that days late give: orange below a week, red from a week on; yellow in the last week before."""
    late = overdue(on)
    return Case(
        When(late & Q(deadline_on__lte=on - SEVEN_DAYS), then=Value("red")),
        When(late, then=Value("orange")),
        When(
            Q(state__in=OPEN, deadline_on__range=(on, on + SEVEN_DAYS), paused_on=None) & ~Q(state__in=NOT_WITH_UNIT),
            then=Value("yellow"),
        ),
        default=Value(""),
        output_field=CharField(),
    )
