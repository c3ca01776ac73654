"""The ledgers of old houses 旧房拆除复垦复绿 (L-22) and of linked-quota projects 增减挂钩; kept by the county of origin."""

from django.db.models import Count, Q, QuerySet

from common import clock
from common.ledger import Act, Column, Filter, Ledger, Privacy, Reference, registry
from common.models import STANDING
from common.terms import term
from households.actions import origin as actions
from households.checks.origin import check_old_houses, check_projects, check_uses
from households.ledgers import subjects
from households.ledgers.homes import by_place
from households.models import OldHouse, QuotaProject, QuotaUse
from households.queries.origin import COUNTED, overdue

HOUSEHOLD = term("Household", "户基本情况")
HOUSE, AGREEMENT = term("Old house", "旧房情况"), term("Agreement", "拆旧复垦协议")
STEPS, RECLAIMING = term("Steps", "腾退步骤"), term("Reclaiming", "复垦复绿")
KEEPING, AREA, MONEY = term("Kept houses", "保留旧房"), term("Area", "指标面积"), term("Income", "收益情况")
GROUPS = [
    ("agreement", term("Agreement", "拆旧复垦协议")),
    ("vacated", term("Vacated", "腾空")),
    ("taken_back", term("Taken back", "收回")),
    ("demolished", term("Demolished", "拆除")),
    ("reclaimed", term("Reclaimed or re-greened", "复垦复绿")),
    ("kept", term("Certificate of keeping", "保留认定材料")),
]
COUNTED_LABELS = {
    "houses": term("old houses", "有旧房户"),
    "due": term("to be demolished", "应拆除"),
    "kept": term("kept by certificate", "认定保留"),
    "agreed": term("agreement signed", "已签协议"),
    "vacated": term("vacated", "已腾空"),
    "taken_back": term("taken back", "已收回"),
    "demolished": term("demolished", "已拆除"),
    "reclaimed": term("reclaimed or re-greened", "已复垦复绿"),
    "accepted": term("reclaiming accepted", "复垦已验收"),
    "in_project": term("reclaimed in a quota project", "纳入增减挂钩"),
    "overdue": term("standing after the transition", "过渡期满未拆"),
}


def code_column() -> Column:
    return Column(
        "household", Privacy.INTERNAL, source="household_code", field="household_code", group=HOUSEHOLD, width=15,
        filter="exact",
    )  # fmt: skip


def owner_column() -> Column:
    return Column(
        "head_name", Privacy.PERSONAL, heading=term("head of household", "户主"), source="owner_name",
        field="owner_name", computed=True, group=HOUSEHOLD, width=10, filter="text", total="count",
    )  # fmt: skip


def origin_column(**more) -> Column:
    return Column(
        "division", Privacy.INTERNAL, heading=term("place of origin", "迁出地"), source="region", kind="division",
        computed=True, group=HOUSEHOLD, width=14, filter="division", **more,
    )  # fmt: skip


def _counted(rows: QuerySet, value: str) -> QuerySet:
    return rows.filter(overdue(clock.today()) if value == "overdue" else COUNTED[value])


old_houses = registry.add(
    Ledger(
        key="old-houses",
        subject=subjects.ORIGIN,
        title=term("Old houses", "旧房拆除复垦复绿台账"),
        model=OldHouse,
        natural_key=("household",),
        standing=STANDING,
        save=actions.save_old_houses,
        void=actions.void_old_houses,
        check_rows=check_old_houses,
        paper="A3",
        attachments=True,
        attachment_groups=lambda row: GROUPS,
        columns=(
            owner_column(),
            code_column(),
            origin_column(in_sheet=False),
            Column("address", Privacy.PERSONAL, group=HOUSE, width=20),
            Column("kind", Privacy.INTERNAL, group=HOUSE, width=10, filter="choice"),
            Column("area", Privacy.INTERNAL, group=HOUSE, width=10, total="sum"),
            Column("homestead_area", Privacy.INTERNAL, group=HOUSE, width=10, total="sum"),
            Column("agreed_on", Privacy.INTERNAL, group=AGREEMENT, width=12, filter="date"),
            Column("agreement_number", Privacy.INTERNAL, group=AGREEMENT, width=14, listed=False),
            Column("transition_until", Privacy.INTERNAL, group=AGREEMENT, width=12, filter="date"),
            Column("step", Privacy.INTERNAL, computed=True, group=STEPS, width=10, filter="choice"),
            Column("vacated_on", Privacy.INTERNAL, group=STEPS, width=12),
            Column("taken_back_on", Privacy.INTERNAL, group=STEPS, width=12),
            Column("demolished_on", Privacy.INTERNAL, group=STEPS, width=12, filter="date"),
            Column("demolished_area", Privacy.INTERNAL, group=STEPS, width=10, listed=False, total="sum"),
            Column("demolition_accepted_on", Privacy.INTERNAL, group=STEPS, width=12, listed=False),
            Column("reclaimed_on", Privacy.INTERNAL, group=RECLAIMING, width=12, filter="date"),
            Column("reclaim_state", Privacy.INTERNAL, group=RECLAIMING, width=10, listed=False, filter="choice"),
            Column("reclaim_use", Privacy.INTERNAL, group=RECLAIMING, width=10, filter="choice"),
            Column("reclaimed_area", Privacy.INTERNAL, group=RECLAIMING, width=10, total="sum"),
            Column("regreen_reason", Privacy.INTERNAL, group=RECLAIMING, width=16, listed=False),
            Column("accepted_on", Privacy.INTERNAL, group=RECLAIMING, width=12),
            Column(
                "project", Privacy.INTERNAL, heading=term("quota project number", "增减挂钩项目编号"),
                source="project__number", group=RECLAIMING, width=16, filter="exact",
                reference=Reference(QuotaProject, "number", ("name",)), listed=False,
            ),
            Column("reward", Privacy.PERSONAL, width=12, total="sum", listed=False),
            Column("disposal", Privacy.INTERNAL, group=KEEPING, width=14, listed=False, filter="choice"),
            Column("keep_ground", Privacy.INTERNAL, group=KEEPING, width=16, filter="choice"),
            Column("protection_kind", Privacy.INTERNAL, group=KEEPING, width=16, listed=False),
            Column("keep_reason", Privacy.INTERNAL, group=KEEPING, width=18, listed=False),
            Column("keep_document", Privacy.INTERNAL, group=KEEPING, width=18, listed=False),
            Column("remark", Privacy.INTERNAL, width=16, listed=False),
        ),
        filters=(Filter("counted", term("state", "工作进展"), "choice", _counted, list(COUNTED_LABELS.items())),),
        acts=[
            Act("progress", term("By place of origin", "分迁出地情况"), by_place("/old-houses/")),
            Act("outgoing", term("Moved to other counties", "迁往外县户"), lambda filters: "/old-houses/outgoing/"),
        ],
    )
)  # fmt: skip


def _with_houses(rows: QuerySet) -> QuerySet:
    return rows.annotate(house_count=Count("houses", filter=Q(houses__voided_at=None)))


quota_projects = registry.add(
    Ledger(
        key="quota-projects",
        subject=subjects.ORIGIN,
        title=term("Linked-quota projects", "增减挂钩项目台账"),
        model=QuotaProject,
        natural_key=("number",),
        standing=STANDING,
        annotate=_with_houses,
        check_rows=check_projects,
        attachments=True,
        columns=(
            Column("number", Privacy.INTERNAL, width=18, filter="exact", sort=True),
            Column("name", Privacy.INTERNAL, width=26, filter="text"),
            Column(
                "division", Privacy.INTERNAL, heading=term("county", "所属县区"), source="region", field="region",
                width=14, filter="division",
            ),
            Column("approved_on", Privacy.INTERNAL, group=AREA, width=12, filter="date"),
            Column("approval", Privacy.INTERNAL, group=AREA, width=18, listed=False),
            Column("approved_area", Privacy.INTERNAL, group=AREA, width=12, total="sum"),
            Column(
                "house_count", Privacy.INTERNAL, heading=term("houses", "涉及户数"), kind="int", computed=True,
                group=AREA, width=8, total="sum",
            ),
            Column("traded_area", Privacy.INTERNAL, group=AREA, width=12, total="sum"),
            Column("traded_on", Privacy.INTERNAL, group=MONEY, width=12, filter="date"),
            Column("buyer", Privacy.INTERNAL, group=MONEY, width=18, listed=False),
            Column("income", Privacy.INTERNAL, group=MONEY, width=14, total="sum"),
            Column("due_compensation", Privacy.INTERNAL, group=MONEY, width=14, listed=False, total="sum"),
            Column("due_loan", Privacy.INTERNAL, group=MONEY, width=14, listed=False, total="sum"),
            Column("remark", Privacy.INTERNAL, width=16, listed=False),
        ),
    )
)  # fmt: skip

quota_uses = registry.add(
    Ledger(
        key="quota-uses",
        subject=subjects.ORIGIN,
        title=term("Uses of quota income", "增减挂钩收益使用台账"),
        model=QuotaUse,
        natural_key=("project", "kind", "paid_on", "document"),
        standing=STANDING,
        check_rows=check_uses,
        columns=(
            Column(
                "project", Privacy.INTERNAL, heading=term("quota project number", "增减挂钩项目编号"),
                source="project__number", width=18, filter="exact", reference=Reference(QuotaProject, "number", ("name",)),
            ),
            Column(
                "project_name", Privacy.INTERNAL, heading=term("project", "项目名称"), source="project__name",
                computed=True, width=26,
            ),
            Column("kind", Privacy.INTERNAL, width=20, filter="choice"),
            Column("amount", Privacy.INTERNAL, width=14, total="sum"),
            Column("paid_on", Privacy.INTERNAL, width=12, filter="date"),
            Column("document", Privacy.INTERNAL, width=24),
        ),
    )
)  # fmt: skip
