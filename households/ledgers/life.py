"""The ledgers of events in households 家庭变动台账 and of requests for transfers 转移申请台账. Both are only read: what
happens is recorded on the household's page, a transfer is asked for and answered on pages of its own."""

from __future__ import annotations

from django.db.models import BigIntegerField, F, Q, QuerySet
from django.db.models.expressions import CombinedExpression
from django.db.models.functions import Mod

import households.ledgers.households  # noqa: F401  to which an act is added
from common import clock
from common.ledger import Act, Column, Filter, Ledger, Privacy, registry
from common.models import STANDING
from common.terms import term
from households.ledgers import subjects
from households.models import HouseholdEvent, TransferRequest
from ledgers.pairs import UNDER_EITHER

registry["households"].acts.append(
    Act("outgoing", term("Gone to another county", "迁出户"), lambda filters: "/outgoing/")
)
UNDONE = [("0", term("standing", "有效")), ("1", term("undone", "已撤销"))]

household_events = registry.add(
    Ledger(
        key="household-events",
        subject=subjects.LIFE,
        title=term("Events in households", "家庭变动台账"),
        model=HouseholdEvent,
        natural_key=("id",),
        sort=("region", "id"),
        entry=False,
        attachments=True,
        personal_attachments=True,
        paper="A3",
        columns=(
            Column("day", Privacy.INTERNAL, computed=True, width=12, filter="date"),
            Column("kind", Privacy.INTERNAL, computed=True, width=12, filter="choice"),
            Column(
                "household",
                Privacy.INTERNAL,
                source="household__code",
                kind="text",
                computed=True,
                width=15,
                filter="exact",
            ),
            Column(
                "head_name",
                Privacy.PERSONAL,
                heading=term("head of household", "户主姓名"),
                source="household__head_name",
                computed=True,
                width=10,
            ),
            Column("person", Privacy.PERSONAL, source="person__name", kind="text", computed=True, width=10),
            Column("other", Privacy.INTERNAL, source="other__code", kind="text", computed=True, width=15),
            Column("reason", Privacy.PERSONAL, computed=True, width=24),
            Column("document", Privacy.INTERNAL, computed=True, width=18),
            Column("recorded_on", Privacy.INTERNAL, computed=True, width=12, filter="date"),
            Column(
                "recorded_by",
                Privacy.INTERNAL,
                source="recorded_by__display_name",
                kind="text",
                computed=True,
                width=12,
            ),
            Column("undone_on", Privacy.INTERNAL, computed=True, width=12),
            Column(
                "division",
                Privacy.INTERNAL,
                heading=term("township", "所在乡镇"),
                source="region",
                field="region",
                kind="division",
                computed=True,
                width=14,
                filter="division",
            ),
        ),
        filters=(
            Filter(
                "undone",
                term("undone", "是否撤销"),
                "choice",
                lambda rows, value: rows.filter(undone_on__isnull=value != "1"),
                UNDONE,
            ),
        ),
    )
)


def _late(rows, value: str):
    late = Q(state="asked", due_on__lt=clock.today())
    return rows.filter(late) if value == "1" else rows.exclude(late)


def _county(place: str) -> CombinedExpression:
    return F(place) - Mod(F(place), 10**6, output_field=BigIntegerField())


def _with_counties(rows: QuerySet) -> QuerySet:
    """Two counties deal with each other, whichever of their streets the household is in."""
    return rows.annotate(asking_county=_county("region"), answering_county=_county("partner"))


transfers = registry.add(
    Ledger(
        key="transfers",
        subject=subjects.LIFE,
        title=term("Transfers between counties", "跨县转移台账"),
        model=TransferRequest,
        natural_key=("id",),
        sort=("region", "id"),
        standing=STANDING,
        entry=False,
        attachments=True,
        personal_attachments=True,
        annotate=_with_counties,
        paper="A3",
        address=lambda row: f"/transfers/{row['id']}/",
        acts=[
            Act("ask", term("Ask for a household", "申请外县户转入"), lambda filters: "/transfers/ask/", right="write"),
            Act("outgoing", term("Gone to another county", "迁出户"), lambda filters: "/outgoing/"),
        ],
        columns=(
            Column("asked_on", Privacy.INTERNAL, computed=True, width=12, filter="date"),
            Column("direction", Privacy.INTERNAL, computed=True, width=12, filter="choice"),
            Column("name", Privacy.PERSONAL, computed=True, width=10),
            Column("number_masked", Privacy.PERSONAL, computed=True, width=21),
            Column("household_code", Privacy.INTERNAL, computed=True, width=15, filter="exact"),
            Column("to_code", Privacy.INTERNAL, computed=True, width=15),
            Column("to_name", Privacy.INTERNAL, computed=True, width=18),
            Column("move_on", Privacy.INTERNAL, computed=True, width=12, filter="date"),
            Column("reason", Privacy.PERSONAL, computed=True, width=24, listed=False),
            Column("document", Privacy.INTERNAL, computed=True, width=18, listed=False),
            Column("state", Privacy.INTERNAL, computed=True, width=12, filter="choice"),
            Column("due_on", Privacy.INTERNAL, computed=True, width=12, filter="date"),
            Column("answered_on", Privacy.INTERNAL, computed=True, width=12),
            Column("answer", Privacy.PERSONAL, computed=True, width=24, listed=False),
            Column("moved_on", Privacy.INTERNAL, computed=True, width=12),
            Column(
                "asking",
                Privacy.INTERNAL,
                heading=term("asked by", "申请地"),
                source="asking_county",
                kind="division",
                computed=True,
                width=14,
            ),
            Column(
                "answering",
                Privacy.INTERNAL,
                heading=term("answered by", "答复地"),
                source="answering_county",
                kind="division",
                computed=True,
                width=14,
            ),
        ),
        filters=(
            UNDER_EITHER,
            Filter(
                "late", term("late", "是否逾期"), "choice", _late, [("1", term("yes", "是")), ("0", term("no", "否"))]
            ),
        ),
    )
)
