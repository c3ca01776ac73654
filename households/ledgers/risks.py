"""The ledgers of risk: monitored households 返贫风险监测台账, signals 风险线索; and the level of every household."""

from __future__ import annotations

from django.db.models import Q

from common import clock
from common.codes import choices
from common.ledger import Column, Filter, Ledger, Privacy, registry
from common.models import STANDING
from common.terms import term
from households.actions import risks as actions
from households.actions.risk_steps import LEDGER
from households.ledgers import subjects
from households.ledgers.shared import division, head_name, household, settlement_name
from households.models import RiskCase, RiskSignal
from households.models.risks import OPEN_STATES
from households.queries.income import with_latest_income

RISK = term("Risk", "风险情况")
HELP = term("Measures", "帮扶情况")
END = term("End", "风险消除")
YES_NO = [("1", term("yes", "是")), ("0", term("no", "否"))]


def _late() -> Q:
    return Q(due_on__isnull=False, due_on__lt=clock.today())


risk_cases = registry.add(
    Ledger(
        key=LEDGER,
        subject=subjects.INCOME,
        title=term("Risk monitoring ledger", "返贫风险监测台账"),
        model=RiskCase,
        natural_key=("household", "found_on"),
        standing=STANDING,
        annotate=with_latest_income,
        save=actions.save_cases,
        void=actions.void_cases,
        check_rows=actions.check_cases,
        address=lambda row: f"/risks/{row['id']}/",
        paper="A3",
        attachments=True,
        columns=(
            household(),
            head_name(),
            settlement_name(),
            Column("state", Privacy.INTERNAL, computed=True, group=RISK, width=14, filter="choice"),
            Column("monitor_type", Privacy.INTERNAL, group=RISK, width=14, filter="choice"),
            Column("cause", Privacy.PERSONAL, group=RISK, width=12, filter="choice"),
            Column("second_cause", Privacy.PERSONAL, group=RISK, width=12, listed=False),
            Column(
                "level",
                Privacy.INTERNAL,
                heading=term("Colour", "风险等级（红黄绿）"),
                source="household__risk_level__level",
                kind="code",
                code_list="risk_color",
                computed=True,
                group=RISK,
                width=8,
                filter="choice",
            ),
            Column("found_by", Privacy.INTERNAL, group=RISK, width=12, listed=False),
            Column("found_on", Privacy.INTERNAL, group=RISK, width=12, filter="date"),
            Column("verified_on", Privacy.INTERNAL, group=RISK, width=12),
            Column(
                "per_head",
                Privacy.PERSONAL,
                heading=term("Net per head", "人均纯收入（元）"),
                source="latest_per_head",
                kind="decimal",
                computed=True,
                group=RISK,
                width=12,
            ),
            Column("measures", Privacy.PERSONAL, group=HELP, width=30, listed=False),
            Column("first_measure_on", Privacy.INTERNAL, group=HELP, width=12),
            Column("cadre", Privacy.INTERNAL, group=HELP, width=10, filter="text"),
            Column("due_on", Privacy.INTERNAL, computed=True, group=HELP, width=12, filter="date"),
            Column("above_since", Privacy.INTERNAL, group=END, width=12, listed=False),
            Column("removed_on", Privacy.INTERNAL, group=END, width=12, filter="date"),
            Column("end_way", Privacy.INTERNAL, group=END, width=12, filter="choice", listed=False),
            Column(
                "stable_months",
                Privacy.INTERNAL,
                heading=term("Stable months", "稳定期（月）"),
                kind="int",
                computed=True,
                group=END,
                width=8,
                listed=False,
            ),
            Column("observed_on", Privacy.INTERNAL, group=END, width=12, listed=False),
            Column("remark", Privacy.PERSONAL, width=16, listed=False),
            division(),
        ),
        filters=(
            Filter(
                "open",
                term("risk open", "风险未消除"),
                "choice",
                lambda rows, value: (rows.filter if value == "1" else rows.exclude)(state__in=OPEN_STATES),
                YES_NO,
            ),
            Filter(
                "overdue",
                term("step overdue", "环节超期"),
                "choice",
                lambda rows, value: rows.filter(_late() if value == "1" else ~_late()),
                YES_NO,
            ),
            Filter(
                "settlement",
                term("settlement", "安置点"),
                "exact",
                lambda rows, value: rows.filter(household__settlement__code=value),
                shown=False,
            ),
        ),
    )
)

risk_signals = registry.add(
    Ledger(
        key="risk-signals",
        subject=subjects.INCOME,
        title=term("Signals of risk", "风险线索台账"),
        model=RiskSignal,
        natural_key=("household", "kind", "opened_on"),
        standing=STANDING,
        save=actions.save_signals,
        void=actions.void_signals,
        columns=(
            household(),
            head_name(),
            settlement_name(listed=False),
            Column("kind", Privacy.PERSONAL, width=20, filter="choice"),
            Column("opened_on", Privacy.INTERNAL, width=12, filter="date"),
            Column("note", Privacy.PERSONAL, width=30),
            Column("value", Privacy.PERSONAL, computed=True, width=12),
            Column("before", Privacy.PERSONAL, computed=True, width=12),
            Column("ended_on", Privacy.INTERNAL, computed=True, width=12, filter="date"),
            division(),
        ),
        filters=(
            Filter(
                "standing",
                term("standing", "未解除"),
                "choice",
                lambda rows, value: rows.filter(ended_on__isnull=value == "1"),
                YES_NO,
            ),
        ),
    )
)

registry["households"].extend(
    columns=[
        Column(
            "risk_level",
            Privacy.INTERNAL,
            heading=term("risk level", "风险等级（红黄绿）"),
            source="risk_level__level",
            field="risk_level__level",
            kind="code",
            code_list="risk_color",
            computed=True,
            group=RISK,
            width=8,
            filter="choice",
            listed=False,
            ledger="risk-cases",
        ),
        Column(
            "risk_reason",
            Privacy.INTERNAL,
            heading=term("reason of the level", "风险等级依据"),
            source="risk_level__reason",
            field="risk_level__reason",
            kind="code",
            code_list="risk_reason",
            computed=True,
            group=RISK,
            width=16,
            listed=False,
            ledger="risk-cases",
        ),
    ],
    filters=[
        Filter(
            "monitored",
            term("monitored kind", "监测对象类型"),
            "choice",
            lambda rows, value: rows.filter(
                pk__in=RiskCase.objects.filter(voided_at=None, state__in=OPEN_STATES, monitor_type=value).values(
                    "household"
                )
            ),
            lambda: choices("monitor_type"),
            shown=False,
            ledger="risk-cases",
        )
    ],
)
