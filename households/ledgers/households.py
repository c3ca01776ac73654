"""The ledger of households 搬迁户台账."""

from common.ledger import Column, Ledger, Privacy, Reference, registry
from common.models import STANDING
from common.terms import term
from households import actions
from households.models import Household
from settlements.models import Settlement

ORIGIN = term("Origin", "迁出地")
HOME = term("Home", "安置住房")


households = registry.add(
    Ledger(
        key="households",
        title=term("Households", "搬迁户台账"),
        model=Household,
        natural_key=("code",),
        member_by="code",
        standing=STANDING,
        save=actions.save_households,
        void=actions.void_households,
        check_rows=actions.check_households,
        address=lambda row: f"/households/{row['code']}/",
        paper="A3",
        columns=(
            Column("code", Privacy.INTERNAL, width=15, filter="exact", sort=True),
            Column("head_name", Privacy.PERSONAL, computed=True, width=10, filter="text", sort=True, total="count"),
            Column("relocation_kind", Privacy.INTERNAL, width=14, filter="choice", listed=False),
            Column(
                "settlement",
                Privacy.INTERNAL,
                source="settlement__code",
                group=HOME,
                width=18,
                filter="exact",
                reference=Reference(Settlement, "code", ("name",)),
                listed=False,
            ),
            Column(
                "settlement_name",
                Privacy.INTERNAL,
                heading=term("settlement name", "安置点名称"),
                source="settlement__name",
                computed=True,
                group=HOME,
                width=20,
            ),
            Column(
                "division",
                Privacy.INTERNAL,
                heading=term("township", "所在乡镇"),
                source="region",
                kind="division",
                computed=True,
                group=HOME,
                width=14,
                filter="division",
            ),
            Column(
                "placement",
                Privacy.INTERNAL,
                heading=term("placement", "安置方式"),
                source="settlement__placement",
                kind="code",
                code_list="placement",
                computed=True,
                group=HOME,
                width=10,
                filter="choice",
                listed=False,
            ),
            Column("address", Privacy.PERSONAL, group=HOME, width=16),
            Column("housing_area", Privacy.INTERNAL, group=HOME, width=10, total="sum"),
            Column("moved_in_on", Privacy.INTERNAL, group=HOME, width=12, filter="date"),
            Column("origin_division", Privacy.INTERNAL, group=ORIGIN, width=14, filter="division"),
            Column("origin_township", Privacy.INTERNAL, group=ORIGIN, width=14, listed=False),
            Column("origin_village", Privacy.INTERNAL, group=ORIGIN, width=14, listed=False),
            Column("phone", Privacy.SENSITIVE, width=14, listed=False),
            Column("registry_number", Privacy.INTERNAL, width=14, listed=False),
            Column("remark", Privacy.INTERNAL, width=16, listed=False),
        ),
    )
)
