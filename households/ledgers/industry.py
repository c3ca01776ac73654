"""The ledger of industry supports 产业扶持台账."""

from django.db.models import Q

from common.ledger import Column, Ledger, Privacy, Reference, registry
from common.models import STANDING
from common.terms import term
from households.ledgers import subjects
from households.models import Household, IndustrySupport

HOUSEHOLD, SUPPORT = term("Household", "户基本情况"), term("Industry support", "产业扶持")

registry.add(
    Ledger(
        key="industry-supports",
        subject=subjects.GRID,
        title=term("Industry supports", "产业扶持台账"),
        model=IndustrySupport,
        natural_key=("household", "year", "project"),
        standing=STANDING & Q(household__voided_at__isnull=True),
        columns=(
            Column(
                "household",
                Privacy.INTERNAL,
                source="household__code",
                group=HOUSEHOLD,
                width=15,
                filter="exact",
                reference=Reference(Household, "code", ("registry_number",)),
                synonyms=("家庭编号",),
            ),
            Column(
                "head_name",
                Privacy.PERSONAL,
                heading=term("head of household", "户主姓名"),
                source="household__head_name",
                computed=True,
                group=HOUSEHOLD,
                width=10,
                filter="text",
                total="count",
            ),
            Column(
                "division",
                Privacy.INTERNAL,
                heading=term("township", "所在乡镇"),
                source="region",
                kind="division",
                computed=True,
                group=HOUSEHOLD,
                width=14,
                filter="division",
            ),
            Column("year", Privacy.INTERNAL, group=SUPPORT, width=8, filter="number", grouped=False),
            Column("project", Privacy.INTERNAL, group=SUPPORT, width=24, filter="text"),
            Column(
                "amount",
                Privacy.INTERNAL,
                group=SUPPORT,
                width=12,
                total="sum",
                synonyms=("年内获得产业扶持资金",),
            ),
            Column("remark", Privacy.INTERNAL, width=16, listed=False),
        ),
    )
)
