"""The ledgers of income 收入测算台账 and of monitoring lines 监测线."""

from __future__ import annotations

from common.ledger import Column, Filter, Ledger, Privacy, registry
from common.models import STANDING
from common.terms import term
from households.actions import income as actions
from households.ledgers import subjects
from households.ledgers.shared import division, head_name, household, settlement_name
from households.models import Income, Threshold

EARNED = term("Income", "收入")
NET = term("Net income", "纯收入")
RIGID = term("Rigid outlay", "刚性支出")
WORKED = term("Worked out", "核算确认")


def _amount(name: str, group, **more) -> Column:
    return Column(name, Privacy.PERSONAL, group=group, **{"width": 12, "total": "sum", **more})


incomes = registry.add(
    Ledger(
        key="incomes",
        subject=subjects.INCOME,
        title=term("Income ledger", "收入测算台账"),
        model=Income,
        natural_key=("household", "year", "period"),
        standing=STANDING,
        save=actions.save_incomes,
        void=actions.void_incomes,
        address=lambda row: f"/ledgers/incomes/{row['id']}/",
        paper="A3",
        columns=(
            Column("year", Privacy.INTERNAL, width=8, filter="number", grouped=False),
            Column("period", Privacy.INTERNAL, width=10, filter="choice"),
            household(),
            head_name(),
            settlement_name(listed=False),
            Column("members", Privacy.INTERNAL, computed=True, width=8, total="sum"),
            _amount("wages", EARNED),
            _amount("business", EARNED),
            _amount("property", EARNED),
            _amount("transfers", EARNED),
            _amount("minimum_living", EARNED, listed=False),
            _amount("business_outlay", EARNED),
            _amount("net_income", NET, computed=True),
            _amount("per_head", NET, computed=True, filter="number", total=""),
            _amount("previous_per_head", NET, computed=True, total=""),
            _amount("change", NET, computed=True, filter="number", total="", width=9),
            _amount("rigid_medical", RIGID, listed=False),
            _amount("rigid_education", RIGID, listed=False),
            _amount("rigid_housing", RIGID, listed=False),
            _amount("rigid_disaster", RIGID, listed=False),
            _amount("rigid_other", RIGID, listed=False),
            _amount("rigid_total", RIGID, computed=True),
            Column("worked_by", Privacy.INTERNAL, group=WORKED, width=10, listed=False),
            Column("worked_on", Privacy.INTERNAL, group=WORKED, width=12, listed=False),
            Column("confirmed", Privacy.INTERNAL, group=WORKED, width=8, filter="choice"),
            Column("remark", Privacy.PERSONAL, width=16, listed=False),
            division(),
        ),
    )
)

thresholds = registry.add(
    Ledger(
        key="thresholds",
        subject=subjects.INCOME,
        title=term("Monitoring lines", "监测线标准"),
        model=Threshold,
        natural_key=("division", "year"),
        sort=("year", "id"),
        save=actions.save_thresholds,
        columns=(
            Column("division", Privacy.PUBLIC, width=18, filter="division"),
            Column("year", Privacy.PUBLIC, width=8, filter="number", grouped=False),
            Column("amount", Privacy.PUBLIC, width=14),
            Column("source", Privacy.PUBLIC, width=40),
        ),
    )
)


def _of_year(rows, value: str):
    has = Income.objects.filter(year=int(value), voided_at=None).values("household")
    return rows.exclude(pk__in=has)


registry["households"].extend(
    filters=[
        Filter(
            "without_income",
            term("without income of the year", "未录入该年度收入"),
            "exact",
            lambda rows, value: _of_year(rows, value) if value.isdecimal() and len(value) == 4 else rows.none(),
            shown=False,
            ledger="incomes",
        )
    ]
)
