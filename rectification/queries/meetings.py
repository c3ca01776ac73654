"""Readings of joint meetings: quarters and whether they had one, attendance, decisions with the state of their tasks."""

from __future__ import annotations

import calendar
import datetime as dt

from django.db.models import Q, QuerySet

from rectification.models.meetings import JOINT, Meeting, MeetingAttendance, MeetingDecision

MEETINGS, DECISIONS, QUARTERS, GROUPS = "meetings", "meeting-decisions", "meeting-quarters", "cross-county-groups"
# R-133 “联席会议原则上每季度召开一次” is Xianyang's; another place takes it over, or a place drops it, by the parameter.
QUARTERLY_IN, QUARTERLY = 610400000000, "quarterly_joint_meeting"


def quarter_of(day: dt.date) -> tuple[int, int]:
    return day.year, (day.month + 2) // 3


def quarter_days(year: int, quarter: int) -> tuple[dt.date, dt.date]:
    """First and last day of a quarter; both belong to it."""
    last = 3 * quarter
    return dt.date(year, last - 2, 1), dt.date(year, last, calendar.monthrange(year, last)[1])


def next_quarter(year: int, quarter: int) -> tuple[int, int]:
    return (year + 1, 1) if quarter == 4 else (year, quarter + 1)


def joint_meeting_in(region: int, year: int, quarter: int) -> Meeting | None:
    """The first joint meeting of the place itself in the quarter; those of cross-county groups do not stand for it."""
    first, last = quarter_days(year, quarter)
    rows = Meeting.objects.filter(region=region, kind=JOINT, group=None, voided_at=None, day__gte=first, day__lte=last)
    return rows.order_by("day", "pk").first()


MET = Q(meeting__isnull=False)
EXCUSED = Q(meeting=None) & ~Q(reason="")
OPEN_QUARTER = Q(meeting=None, reason="")


def missing(on: dt.date) -> Q:
    """Quarters over before the day without a meeting, and without a reason for it."""
    return OPEN_QUARTER & Q(due_on__lt=on)


def attendance_of(meeting: Meeting) -> QuerySet[MeetingAttendance]:
    return (
        MeetingAttendance.objects.filter(meeting=meeting, voided_at=None).select_related("unit").order_by("unit__name")
    )


def decisions_of(meeting: Meeting) -> QuerySet[MeetingDecision]:
    """The decisions with unit and task; a task of a place that the reader does not see is told as none."""
    return (
        MeetingDecision.objects.filter(meeting=meeting, voided_at=None)
        .select_related("unit", "task")
        .order_by("position", "pk")
    )
