"""The ledgers of the three lands 三块地 and of what they bring a year; kept by the county of origin."""

from django.db.models import Q

from common.ledger import Column, Filter, Ledger, Privacy, registry
from common.models import STANDING
from common.terms import term
from households.actions import origin as actions
from households.checks.origin import check_incomes, check_lands
from households.ledgers import subjects
from households.ledgers.old_houses import code_column, origin_column, owner_column
from households.models import LandIncome, LandRight

RIGHT, USE = term("Right", "权益情况"), term("Use", "盘活情况")
YES_NO = [("1", term("yes", "是")), ("0", term("no", "否"))]


def _flag(name: str, label, condition: Q) -> Filter:
    return Filter(
        name, label, "choice", lambda rows, value: (rows.filter if value == "1" else rows.exclude)(condition), YES_NO
    )


land_rights = registry.add(
    Ledger(
        key="land-rights",
        subject=subjects.ORIGIN,
        title=term("Three lands", "三块地权益台账"),
        model=LandRight,
        natural_key=("household", "kind", "plot"),
        standing=STANDING,
        save=actions.save_lands,
        check_rows=check_lands,
        columns=(
            owner_column(),
            code_column(),
            origin_column(in_sheet=False),
            Column("kind", Privacy.INTERNAL, width=10, filter="choice"),
            Column("plot", Privacy.INTERNAL, width=14),
            Column("area", Privacy.INTERNAL, width=10, total="sum"),
            Column("certificate", Privacy.PERSONAL, group=RIGHT, width=18, listed=False),
            Column("state", Privacy.INTERNAL, group=RIGHT, width=14, filter="choice"),
            Column("changed_on", Privacy.INTERNAL, group=RIGHT, width=12, listed=False),
            Column("change_reason", Privacy.INTERNAL, group=RIGHT, width=16, listed=False),
            Column("way", Privacy.INTERNAL, group=USE, width=12, filter="choice"),
            Column("way_from", Privacy.INTERNAL, group=USE, width=12, filter="date"),
            Column("way_to", Privacy.INTERNAL, group=USE, width=12, filter="date"),
            Column("partner", Privacy.INTERNAL, group=USE, width=18, filter="text"),
            Column("remark", Privacy.INTERNAL, width=16, listed=False),
        ),
        filters=(_flag("used", term("put to use", "已盘活"), ~Q(way="")),),
    )
)

land_incomes = registry.add(
    Ledger(
        key="land-incomes",
        subject=subjects.ORIGIN,
        title=term("Land incomes", "土地收益台账"),
        model=LandIncome,
        natural_key=("household", "year", "land", "kind"),
        standing=STANDING,
        save=actions.save_incomes,
        check_rows=check_incomes,
        columns=(
            owner_column(),
            code_column(),
            origin_column(in_sheet=False),
            Column("year", Privacy.INTERNAL, width=8, filter="number", grouped=False),
            Column("land", Privacy.INTERNAL, width=10, filter="choice"),
            Column("kind", Privacy.INTERNAL, width=16, filter="choice"),
            Column("amount", Privacy.PERSONAL, width=12, total="sum"),
            Column("paid_on", Privacy.INTERNAL, width=12, filter="date"),
            Column("payer", Privacy.INTERNAL, width=20, filter="text"),
            Column("remark", Privacy.INTERNAL, width=16, listed=False),
        ),
    )
)
