"""The ledger of supervision orders 督办台账."""

from __future__ import annotations

from common import clock
from common.ledger import Act, Column, Filter, Ledger, Privacy, registry
from common.models import STANDING
from common.terms import term
from rectification.actions import orders as actions
from rectification.ledgers.tasks import YES, division, post_column, unit_column
from rectification.models.orders import SupervisionOrder
from rectification.queries.orders import may_issue, overdue, why_not_attach

ABOUT = term("About", "来源事项")
ANSWER = term("Answer", "办理情况")
FILE_GROUPS = (("reply", term("evidence of the reply", "回复佐证")),)

supervision_orders = registry.add(
    Ledger(
        key="supervision-orders",
        title=term("Supervision orders", "督办台账"),
        model=SupervisionOrder,
        natural_key=("unit", "title", "limit_on"),
        standing=STANDING,
        save=actions.save_orders,
        void=actions.void_orders,
        address=lambda row: f"/orders/{row['id']}/",
        entry_address="/orders/new/",
        paper="A3",
        attachments=True,
        attach_check=why_not_attach,
        attachment_groups=lambda order: FILE_GROUPS,
        columns=(
            Column("number", Privacy.PUBLIC, computed=True, width=16, filter="exact"),
            Column("level", Privacy.PUBLIC, width=10, filter="choice"),
            Column("title", Privacy.INTERNAL, width=30, filter="text"),
            unit_column(term("to the unit", "承办单位")),
            post_column(listed=False),
            Column(
                "person",
                Privacy.INTERNAL,
                source="person__display_name",
                kind="text",
                computed=True,
                width=10,
                listed=False,
            ),
            Column("requirement", Privacy.INTERNAL, width=40, listed=False),
            Column("limit_on", Privacy.PUBLIC, width=12, filter="date"),
            Column("subject_ledger", Privacy.INTERNAL, group=ABOUT, width=14, listed=False, in_sheet=False),
            Column("subject_id", Privacy.INTERNAL, group=ABOUT, width=10, listed=False, in_sheet=False, kind="int"),
            Column("subject_title", Privacy.INTERNAL, computed=True, group=ABOUT, width=30, listed=False),
            Column("issued_on", Privacy.PUBLIC, computed=True, width=12, filter="date"),
            Column("issuer", Privacy.PUBLIC, source="issuer__name", kind="text", computed=True, width=18),
            Column("state", Privacy.PUBLIC, computed=True, group=ANSWER, width=10, filter="choice"),
            Column("received_on", Privacy.PUBLIC, computed=True, group=ANSWER, width=12, listed=False),
            Column("reply", Privacy.INTERNAL, computed=True, group=ANSWER, width=30, listed=False),
            Column("evidence", Privacy.INTERNAL, computed=True, group=ANSWER, width=20, listed=False),
            Column("replied_on", Privacy.PUBLIC, computed=True, group=ANSWER, width=12, listed=False),
            Column("closed_on", Privacy.PUBLIC, computed=True, group=ANSWER, width=12, listed=False),
            division(listed=False),
        ),
        filters=(
            Filter(
                "overdue",
                term("overdue", "是否超期"),
                "choice",
                lambda rows, value: (rows.filter if value == "1" else rows.exclude)(overdue(clock.today())),
                YES,
            ),
        ),
    )
)

registry["alerts"].extend(
    acts=[
        Act(
            "order",
            term("issue a supervision order", "下发督办单"),
            lambda filters: "/orders/from-alert/",
            of_selection=True,
            may=may_issue,
        )
    ]
)
