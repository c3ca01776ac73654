"""The ledger of alerts 预警台账."""

from django.db.models import Case, CharField, Q, QuerySet, Value, When

from alerts.kinds import KINDS
from alerts.models import Alert, Deadline
from common.ledger import Column, Filter, Ledger, Privacy, registry
from common.terms import term

STATES = [("open", term("open", "未解除")), ("ended", term("ended", "已解除"))]


def _with_words(rows: QuerySet[Alert]) -> QuerySet[Alert]:
    """The kind in the reader's language; kinds are declared in code, not stored."""
    words = [When(kind=kind.key, then=Value(str(kind.title))) for kind in KINDS.values()]
    return rows.annotate(words=Case(*words, default="kind", output_field=CharField()))


alerts = registry.add(
    Ledger(
        key="alerts",
        title=term("Alerts", "预警台账"),
        model=Alert,
        natural_key=("id",),
        sort=("due_on", "id"),
        entry=False,
        base=_with_words,
        address=lambda row: row["address"],
        columns=(
            Column("kind", Privacy.INTERNAL, source="words", computed=True, width=24),
            Column(
                "division",
                Privacy.INTERNAL,
                heading=term("township", "所在乡镇"),
                source="region",
                kind="division",
                computed=True,
                width=14,
                filter="division",
            ),
            Column("due_on", Privacy.INTERNAL, computed=True, width=12, filter="date", sort=True),
            Column("opened_on", Privacy.INTERNAL, computed=True, width=12, filter="date"),
            Column("ended_on", Privacy.INTERNAL, computed=True, width=12),
            Column("address", Privacy.INTERNAL, computed=True, width=30),
        ),
        filters=(
            Filter(
                "state",
                term("state", "状态"),
                "choice",
                lambda rows, value: rows.filter(ended_on__isnull=value == "open"),
                STATES,
            ),
            Filter(
                "kind",
                term("kind", "类别"),
                "choice",
                lambda rows, value: rows.filter(kind=value),
                lambda: [(kind.key, kind.title) for kind in KINDS.values()],
            ),
        ),
    )
)

deadlines = registry.add(
    Ledger(
        key="deadlines",
        title=term("Deadlines", "时限台账"),
        model=Deadline,
        natural_key=("kind", "ledger", "subject_id", "set_on"),
        sort=("due_on", "id"),
        standing=Q(cleared_on__isnull=True),
        entry=False,
        address=lambda row: row["address"],
        columns=(
            Column("kind", Privacy.INTERNAL, computed=True, width=20, filter="exact"),
            Column("address", Privacy.INTERNAL, computed=True, width=30),
            Column(
                "division",
                Privacy.PUBLIC,
                heading=term("township", "所在乡镇"),
                source="region",
                field="region",
                computed=True,
                width=16,
                filter="division",
            ),
            Column("due_on", Privacy.INTERNAL, computed=True, width=12, filter="date"),
            Column(
                "responsible",
                Privacy.INTERNAL,
                source="responsible__display_name",
                kind="text",
                computed=True,
                width=12,
                filter="text",
            ),
            Column("unit", Privacy.INTERNAL, source="unit__name", kind="text", computed=True, width=20),
            Column("set_on", Privacy.INTERNAL, computed=True, width=12),
        ),
    )
)
