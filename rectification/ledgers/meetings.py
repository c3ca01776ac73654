"""The ledgers of meetings 联席会议: what was held, what was decided (the columns of the L-25 form), quarters, groups."""

from __future__ import annotations

from django.contrib.postgres.aggregates import StringAgg
from django.db.models import Case, CharField, F, OuterRef, QuerySet, Subquery, Value, When

from common import clock
from common.codes import code_list
from common.ledger import Act, Column, Filter, Ledger, Privacy, Reference, registry
from common.models import STANDING
from common.pairs import UNDER_EITHER
from common.terms import term
from rectification.actions import meetings as actions
from rectification.ledgers.tasks import division, place, post_column, unit_column
from rectification.models.meetings import (
    CrossCountyGroup,
    Meeting,
    MeetingAttendance,
    MeetingDecision,
    MeetingQuarter,
)
from rectification.models.tasks import ResponsibilityTask
from rectification.queries.meetings import EXCUSED, MET, OPEN_QUARTER, missing

MEETING = term("Meeting", "会议")
ORIGIN, DESTINATION = term("Origin", "迁出地"), term("Destination", "迁入地")
QUARTER_STATES = [
    ("held", term("held", "已召开")),
    ("excused", term("reason given", "已说明原因")),
    ("open", term("to be held", "待召开")),
    ("missing", term("missing", "逾期未召开")),
]


def _attending(meeting: str) -> Subquery:
    """The units that came to the meeting that `meeting` names, in one text."""
    came = MeetingAttendance.objects.filter(meeting=OuterRef(meeting), voided_at=None, state__in=["present", "deputy"])
    named = came.values("meeting").annotate(names=StringAgg("unit__name", Value("、"), order_by="unit__name"))
    return Subquery(named.values("names"))


def _with_units(rows: QuerySet[Meeting]) -> QuerySet[Meeting]:
    return rows.annotate(attending=_attending("pk"))


def _with_outcome(rows: QuerySet[MeetingDecision]) -> QuerySet[MeetingDecision]:
    """Each decision with who came, and how its task stands as far as the reader sees it."""
    # The task lies in its unit's place, which not every reader of the meeting sees: no inner join.
    state = Subquery(ResponsibilityTask.objects.filter(pk=OuterRef("task")).values("state")[:1])
    words = [When(outcome=item.code, then=Value(str(item.label))) for item in code_list("task_state").items.values()]
    return rows.annotate(attending=_attending("meeting"), outcome=state).annotate(
        done=Case(*words, default=F("outcome"), output_field=CharField())
    )


def _of_meeting(name: str, heading, **told) -> Column:
    return Column(
        f"meeting_{name}",
        Privacy.PUBLIC,
        heading=heading,
        source=f"meeting__{name}",
        computed=True,
        group=MEETING,
        **told,
    )


meetings = registry.add(
    Ledger(
        key="meetings",
        title=term("Meetings", "联席会议台账"),
        model=Meeting,
        natural_key=("division", "kind", "day", "subject"),
        standing=STANDING,
        save=actions.save_meetings,
        void=actions.void_meetings,
        annotate=_with_units,
        address=lambda row: f"/meetings/{row['id']}/",
        columns=(
            place(filter=""),
            Column("kind", Privacy.PUBLIC, width=14, filter="choice"),
            Column("period", Privacy.PUBLIC, width=16, filter="text"),
            Column("day", Privacy.PUBLIC, width=12, filter="date", sort=True),
            Column("chair", Privacy.INTERNAL, width=12),
            unit_column(listed=False),
            Column(
                "attending",
                Privacy.PUBLIC,
                heading=term("units attending", "参会单位"),
                kind="text",
                computed=True,
                width=36,
            ),
            Column("subject", Privacy.PUBLIC, width=40),
            Column(
                "group",
                Privacy.PUBLIC,
                source="group__name",
                width=24,
                listed=False,
                filter="exact",
                reference=Reference(CrossCountyGroup, "id", ("name",)),
            ),
            Column("minutes", Privacy.INTERNAL, width=20, listed=False),
            place("partner", term("partner", "协作区划"), "partner", computed=True, listed=False, filter=""),
        ),
        filters=(UNDER_EITHER,),
        acts=[Act("quarters", term("Quarters", "季度召开情况"), lambda filters: "/ledgers/meeting-quarters/")],
    )
)

meeting_decisions = registry.add(
    Ledger(
        key="meeting-decisions",
        title=term("Decisions of meetings", "会议议定事项台账"),
        model=MeetingDecision,
        natural_key=("meeting", "text"),
        standing=STANDING,
        sort=("meeting_id", "id"),
        save=actions.save_decisions,
        void=actions.void_decisions,
        annotate=_with_outcome,
        address=lambda row: f"/meetings/decisions/{row['id']}/",
        paper="A3",
        columns=(
            Column(
                "meeting",
                Privacy.PUBLIC,
                heading=term("meeting", "会议议题"),
                source="meeting__subject",
                group=MEETING,
                width=24,
                filter="exact",
                reference=Reference(Meeting, "id", ("subject",)),
            ),
            _of_meeting("kind", term("kind", "类型"), kind="code", code_list="meeting_kind", width=12, listed=False),
            _of_meeting("period", term("period", "期次"), width=14),
            _of_meeting("day", term("date", "时间"), kind="date", width=12, filter="date"),
            _of_meeting("chair", term("chair", "主持人"), width=10, listed=False),
            Column(
                "attending",
                Privacy.PUBLIC,
                heading=term("units attending", "参会单位"),
                kind="text",
                computed=True,
                group=MEETING,
                width=24,
                listed=False,
            ),
            Column("text", Privacy.PUBLIC, width=40),
            unit_column(term("responsible unit", "责任单位")),
            post_column(listed=False),
            Column("due_on", Privacy.PUBLIC, width=12, filter="date"),
            Column("done", Privacy.PUBLIC, heading=term("done", "落实情况"), kind="text", computed=True, width=12),
            Column("next_step", Privacy.PUBLIC, width=24),
            division(filter="", listed=False),
        ),
        filters=(UNDER_EITHER,),
    )
)

meeting_quarters = registry.add(
    Ledger(
        key="meeting-quarters",
        title=term("Quarters and their joint meetings", "季度联席会议召开情况"),
        model=MeetingQuarter,
        natural_key=("division", "year", "quarter"),
        standing=STANDING,
        entry=False,
        address=lambda row: f"/meetings/quarters/{row['id']}/",
        columns=(
            division(),
            Column("year", Privacy.PUBLIC, computed=True, kind="text", width=8, filter="exact"),
            Column("quarter", Privacy.PUBLIC, computed=True, width=8, filter="number"),
            Column("due_on", Privacy.PUBLIC, computed=True, width=12, filter="date", sort=True),
            Column("held_on", Privacy.PUBLIC, computed=True, width=12),
            Column("reason", Privacy.INTERNAL, computed=True, width=30),
        ),
        filters=(
            Filter(
                "state",
                term("state", "召开情况"),
                "choice",
                lambda rows, value: rows.filter(
                    {
                        "held": MET,
                        "excused": EXCUSED,
                        "open": OPEN_QUARTER & ~missing(clock.today()),
                        "missing": missing(clock.today()),
                    }[value]
                ),
                QUARTER_STATES,
            ),
        ),
    )
)

cross_county_groups = registry.add(
    Ledger(
        key="cross-county-groups",
        title=term("Cross-county groups", "跨区县联席领导小组台账"),
        model=CrossCountyGroup,
        natural_key=("origin", "destination", "formed_on"),
        standing=STANDING,
        columns=(
            Column("name", Privacy.PUBLIC, width=30, filter="text"),
            place("origin", term("county of origin", "迁出县区"), "region", group=ORIGIN),
            Column("origin_leader", Privacy.INTERNAL, group=ORIGIN, width=10),
            Column("origin_leader_post", Privacy.INTERNAL, group=ORIGIN, width=16),
            place("destination", term("county of destination", "迁入县区"), "partner", group=DESTINATION),
            Column("destination_leader", Privacy.INTERNAL, group=DESTINATION, width=10),
            Column("destination_leader_post", Privacy.INTERNAL, group=DESTINATION, width=16),
            Column("formed_on", Privacy.PUBLIC, width=12, filter="date"),
            Column("dissolved_on", Privacy.PUBLIC, width=12),
            Column("document", Privacy.PUBLIC, width=20, listed=False),
        ),
        filters=(
            UNDER_EITHER,
            Filter(
                "in_force",
                term("in force", "现行"),
                "choice",
                lambda rows, value: rows.filter(dissolved_on__isnull=value == "1"),
                [("1", term("yes", "是")), ("0", term("no", "否"))],
            ),
        ),
        acts=[
            Act(
                "meetings",
                term("Its meetings", "小组会议"),
                lambda group: f"/ledgers/meetings/?group={group.pk}",
                of_member=True,
            )
        ],
    )
)
