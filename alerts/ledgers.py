"""The ledgers of alerts 预警, of deadlines 时限, of the work calendar and of webhooks."""

from __future__ import annotations

import datetime as dt

from django.db.models import Exists, Min, OuterRef, Q, QuerySet, Subquery

from accounts.models import Post
from alerts.kinds import DEADLINE_KINDS, all_kinds
from alerts.models import Alert, AlertReceipt, CalendarDay, Deadline, Webhook
from alerts.panels import deliveries_panel
from alerts.queries import orphans, with_level
from alerts.words import sentences, titles
from common import clock, codes
from common.ledger import Column, Filter, Ledger, Panel, Privacy, registry
from common.models import STANDING
from common.terms import term
from divisions.models import Unit

ALERT_STATES = [("open", term("open", "未解除")), ("ended", term("ended", "已解除"))]
TIMES = [
    ("overdue", term("overdue", "已逾期")),
    *((str(n), term(f"within {n} days", f"{n}天内")) for n in (7, 15, 30, 90)),
]
NOBODY = term("held by nobody", "无人负责")
RECEIVER = term("Receiver", "接收情况")
WHAT = Column("what", Privacy.INTERNAL, heading=term("what", "事项"), computed=True, width=40)


def _kinds(kinds) -> list[tuple[str, object]]:
    return [(kind.key, kind.title) for kind in kinds]


def _with_alert_words(rows: QuerySet[Alert]) -> QuerySet[Alert]:
    receipts = AlertReceipt.objects.filter(alert=OuterRef("pk")).order_by().values("alert")
    return rows.annotate(
        words=titles(all_kinds()),
        what=sentences(all_kinds()),
        received_at=Subquery(receipts.annotate(first=Min("read_at")).values("first")),
        acknowledged_at=Subquery(receipts.annotate(first=Min("acknowledged_at")).values("first")),
    )


def _with_deadline_words(rows: QuerySet[Deadline]) -> QuerySet[Deadline]:
    return with_level(rows).annotate(words=titles(DEADLINE_KINDS.values()), what=sentences(DEADLINE_KINDS.values()))


def _by_time(rows: QuerySet[Deadline], value: str) -> QuerySet[Deadline]:
    on = clock.today()
    rows = rows.filter(paused_on=None)
    if value == "overdue":
        return rows.filter(due_on__lt=on)
    return rows.filter(due_on__range=(on, on + dt.timedelta(int(value))))


def _by_unit(path: str):
    """By the unit's id, else by its name; looked up first, since an OR over a join finds no index."""

    def apply(rows: QuerySet, value: str) -> QuerySet:
        units = Unit.objects.filter(pk=int(value)) if value.isdecimal() and len(value) < 19 else None
        found = units or Unit.objects.filter(name=value)
        return rows.filter(**{f"{path}__in": list(found.values_list("pk", flat=True))})

    return apply


def _orphan(rows: QuerySet[Deadline], value: str) -> QuerySet[Deadline]:
    found = orphans(rows, clock.today())
    return found if value == "1" else rows.exclude(pk__in=found.order_by().values("pk"))


def _paused(rows: QuerySet[Deadline], value: str) -> QuerySet[Deadline]:
    return rows.filter(paused_on__isnull=value != "1")


def _columns_of_place() -> Column:
    return Column(
        "division",
        Privacy.INTERNAL,
        heading=term("township", "所在乡镇"),
        source="region",
        field="region",
        computed=True,
        width=14,
        filter="division",
    )


def _level(**options) -> Column:
    return Column(
        "level",
        Privacy.INTERNAL,
        heading=term("level", "预警等级"),
        kind="code",
        code_list="alert_level",
        computed=True,
        width=10,
        **options,
    )


alerts = registry.add(
    Ledger(
        key="alerts",
        title=term("Alerts", "预警台账"),
        model=Alert,
        natural_key=("id",),
        sort=("due_on", "id"),
        entry=False,
        paper="A3",
        annotate=_with_alert_words,
        address=lambda row: row["address"],
        columns=(
            Column("kind", Privacy.INTERNAL, source="words", computed=True, width=20),
            WHAT,
            _columns_of_place(),
            _level(filter="choice"),
            Column(
                "opened_on",
                Privacy.INTERNAL,
                heading=term("raised on", "触发时间"),
                computed=True,
                width=12,
                filter="date",
            ),
            Column(
                "stage", Privacy.INTERNAL, heading=term("days from the due day", "距到期天数"), computed=True, width=8
            ),
            Column(
                "due_on",
                Privacy.INTERNAL,
                heading=term("reply by", "处置时限"),
                computed=True,
                width=12,
                filter="date",
                sort=True,
            ),
            Column(
                "unit",
                Privacy.INTERNAL,
                heading=term("unit", "接收单位"),
                source="unit__name",
                kind="text",
                computed=True,
                group=RECEIVER,
                width=20,
            ),
            Column(
                "receiver",
                Privacy.INTERNAL,
                heading=term("receiver", "接收人"),
                computed=True,
                group=RECEIVER,
                width=14,
                filter="text",
            ),
            Column(
                "received_at",
                Privacy.INTERNAL,
                heading=term("received on", "签收时间"),
                kind="datetime",
                computed=True,
                group=RECEIVER,
                width=16,
            ),
            Column(
                "acknowledged_at",
                Privacy.INTERNAL,
                heading=term("acknowledged on", "确认时间"),
                kind="datetime",
                computed=True,
                group=RECEIVER,
                width=16,
            ),
            Column("ended_on", Privacy.INTERNAL, heading=term("done on", "办结时间"), computed=True, width=12),
            Column(
                "escalated",
                Privacy.INTERNAL,
                heading=term("told up to", "上报层级"),
                kind="code",
                code_list="division_level",
                computed=True,
                width=8,
                listed=False,
            ),
            Column("address", Privacy.INTERNAL, computed=True, width=30, listed=False),
        ),
        filters=(
            Filter(
                "state",
                term("state", "状态"),
                "choice",
                lambda rows, value: rows.filter(ended_on__isnull=value == "open"),
                ALERT_STATES,
            ),
            Filter(
                "kind",
                term("kind", "类别"),
                "choice",
                lambda rows, value: rows.filter(kind=value),
                lambda: _kinds(all_kinds()),
            ),
            Filter("unit", term("unit", "接收单位"), "text", _by_unit("unit")),
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
        paper="A3",
        annotate=_with_deadline_words,
        address=lambda row: row["address"],
        columns=(
            Column("kind", Privacy.INTERNAL, source="words", computed=True, width=20),
            WHAT,
            Column("address", Privacy.INTERNAL, computed=True, width=30, listed=False),
            _columns_of_place(),
            Column("due_on", Privacy.INTERNAL, computed=True, width=12, filter="date", sort=True),
            _level(),
            Column(
                "responsible",
                Privacy.INTERNAL,
                source="responsible__display_name",
                kind="text",
                computed=True,
                width=12,
                filter="text",
            ),
            Column("post", Privacy.INTERNAL, source="post__title", kind="text", computed=True, width=24),
            Column("unit", Privacy.INTERNAL, source="unit__name", kind="text", computed=True, width=20),
            Column("reach", Privacy.INTERNAL, computed=True, width=14),
            Column("set_on", Privacy.INTERNAL, computed=True, width=12),
            Column("paused_on", Privacy.INTERNAL, computed=True, width=12),
        ),
        filters=(
            Filter(
                "kind",
                term("kind", "类别"),
                "choice",
                lambda rows, value: rows.filter(kind=value),
                lambda: _kinds(DEADLINE_KINDS.values()),
            ),
            Filter("time", term("due", "到期情况"), "choice", _by_time, TIMES),
            Filter(
                "level",
                term("level", "预警等级"),
                "choice",
                lambda rows, value: rows.filter(alerts__ended_on=None, alerts__level=value),
                lambda: codes.choices("alert_level"),
            ),
            Filter("unit", term("responsible unit", "责任单位"), "text", _by_unit("unit")),
            Filter(
                "paused",
                term("paused", "是否暂停"),
                "choice",
                _paused,
                [("1", term("yes", "是")), ("0", term("no", "否"))],
            ),
            Filter(
                "orphan",
                term("held by", "负责情况"),
                "choice",
                _orphan,
                [("1", NOBODY), ("0", term("somebody", "有人负责"))],
            ),
            Filter(
                "post",
                term("post", "岗位"),
                "exact",
                lambda rows, value: (
                    rows.filter(post=int(value)) if value.isdecimal() and len(value) < 19 else rows.none()
                ),
                shown=False,
            ),
        ),
    )
)

calendar_days = registry.add(
    Ledger(
        key="calendar-days",
        title=term("Work calendar", "工作日历"),
        model=CalendarDay,
        natural_key=("day",),
        sort=("day", "id"),
        standing=STANDING,
        columns=(
            Column("day", Privacy.PUBLIC, width=12, filter="date", sort=True),
            Column("working", Privacy.PUBLIC, width=10, filter="choice"),
            Column("name", Privacy.PUBLIC, width=16, filter="text"),
            Column("source", Privacy.PUBLIC, width=40),
        ),
    )
)

webhooks = registry.add(
    Ledger(
        key="webhooks",
        title=term("Webhooks", "推送接口"),
        model=Webhook,
        natural_key=("division", "name"),
        standing=STANDING,
        columns=(
            Column("name", Privacy.INTERNAL, width=20, filter="text"),
            Column(
                "division",
                Privacy.INTERNAL,
                heading=term("division", "所属区划"),
                source="region",
                field="region",
                width=16,
                filter="division",
            ),
            Column("address", Privacy.INTERNAL, width=40),
            Column("secret", Privacy.SENSITIVE, width=20, listed=False),
            Column("active", Privacy.INTERNAL, width=8, filter="choice"),
        ),
        panels=[Panel("deliveries", term("Deliveries", "推送记录"), "alerts/_deliveries.html", deliveries_panel)],
    )
)


def _idle(rows: QuerySet[Post], value: str) -> QuerySet[Post]:
    bound = Exists(Deadline.objects.filter(post=OuterRef("pk"), cleared_on=None))
    return rows.filter(bound if value == "1" else ~bound)


registry["posts"].extend(
    filters=[
        Filter(
            "bound",
            term("open deadlines", "未办结时限"),
            "choice",
            _idle,
            [("1", term("some", "有")), ("0", term("none", "无"))],
        )
    ]
)
