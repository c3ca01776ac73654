"""The ledgers of monthly dispatch 月调度: rounds, and what the units report in them."""

from __future__ import annotations

from common import clock
from common.ledger import Column, Filter, Ledger, Privacy, registry
from common.models import STANDING
from common.terms import term
from rectification.actions import dispatch as actions
from rectification.ledgers.tasks import division, place, unit_column
from rectification.models.dispatch import Dispatch, DispatchEntry
from rectification.queries.dispatch import states, why_not_attach

FIGURES = term("Figures", "数据")
WORDS = term("Report", "报送内容")
STATES = [
    ("entered", term("entered in time", "按时报送")),
    ("late", term("entered late", "逾期报送")),
    ("owed", term("not yet due", "待报送")),
    ("missing", term("missing", "逾期未报")),
]
KINDS = [("3", term("horizontal", "横向调度")), ("4", term("vertical", "纵向调度"))]

dispatches = registry.add(
    Ledger(
        key="dispatches",
        title=term("Dispatch rounds", "月调度台账"),
        model=Dispatch,
        natural_key=("division", "month", "kind"),
        standing=STANDING,
        save=actions.save_dispatches,
        void=actions.void_dispatches,
        address=lambda row: f"/dispatch/{row['id']}/",
        columns=(
            place(),
            Column("month", Privacy.PUBLIC, width=12, filter="date", sort=True),
            Column("kind", Privacy.PUBLIC, width=12, filter="choice"),
            Column("title", Privacy.PUBLIC, width=30, filter="text"),
            Column("due_on", Privacy.PUBLIC, width=12),
            Column("note", Privacy.INTERNAL, width=30, listed=False),
            Column("closed_on", Privacy.PUBLIC, computed=True, width=12),
        ),
        filters=(
            Filter(
                "open",
                term("open", "进行中"),
                "choice",
                lambda rows, value: rows.filter(closed_on__isnull=value == "1"),
                [("1", term("yes", "是")), ("0", term("no", "否"))],
            ),
        ),
    )
)

dispatch_entries = registry.add(
    Ledger(
        key="dispatch-entries",
        title=term("Dispatch entries", "月调度报送汇总表"),
        model=DispatchEntry,
        natural_key=("title", "unit"),
        standing=STANDING,
        save=actions.save_entries,
        address=lambda row: f"/dispatch/entries/{row['id']}/",
        entry_address="/ledgers/dispatch-entries/?state=owed",
        paper="A3",
        attachments=True,
        attach_check=why_not_attach,
        columns=(
            Column("title", Privacy.PUBLIC, width=26, filter="exact"),
            unit_column(term("unit", "报送单位")),
            Column("month", Privacy.PUBLIC, computed=True, width=12, filter="date", listed=False),
            Column("kind", Privacy.PUBLIC, computed=True, width=10, filter="choice", listed=False),
            Column("progress", Privacy.INTERNAL, group=WORDS, width=36),
            Column("problems", Privacy.INTERNAL, group=WORDS, width=30),
            Column("next_steps", Privacy.INTERNAL, group=WORDS, width=30),
            Column("open_tasks", Privacy.PUBLIC, computed=True, group=FIGURES, width=8, total="sum"),
            Column("overdue_tasks", Privacy.PUBLIC, computed=True, group=FIGURES, width=8, total="sum"),
            Column("open_items", Privacy.PUBLIC, computed=True, group=FIGURES, width=8, total="sum", listed=False),
            Column("overdue_items", Privacy.PUBLIC, computed=True, group=FIGURES, width=8, total="sum", listed=False),
            Column("rate", Privacy.PUBLIC, computed=True, group=FIGURES, width=8, listed=False),
            Column("due_on", Privacy.PUBLIC, computed=True, width=12, filter="date"),
            Column("entered_on", Privacy.PUBLIC, computed=True, width=12, filter="date"),
            Column(
                "entered_by",
                Privacy.INTERNAL,
                source="entered_by__display_name",
                kind="text",
                computed=True,
                width=12,
                listed=False,
            ),
            Column("closed_on", Privacy.PUBLIC, computed=True, width=12, listed=False),
            division(listed=False),
        ),
        filters=(
            Filter(
                "state",
                term("state", "报送情况"),
                "choice",
                lambda rows, value: rows.filter(states(clock.today())[value]),
                STATES,
            ),
            Filter(
                "dispatch",
                term("round", "调度"),
                "exact",
                lambda rows, value: (
                    rows.filter(dispatch=value) if value.isdecimal() and len(value) < 19 else rows.none()
                ),
                shown=False,
            ),
        ),
    )
)
