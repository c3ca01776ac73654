"""The ledger of households 搬迁户台账."""

from common import clock
from common.ledger import Column, Filter, Ledger, Privacy, Reference, registry
from common.models import STANDING
from common.terms import term
from households import actions
from households.ledgers import subjects
from households.models import Grid, Household
from households.queries.households import why_closed
from households.queries.people import below, lived_two_years, people_now
from settlements.models import Settlement

ORIGIN = term("Origin", "迁出地")
HOME = term("Home", "安置住房")
REGISTRY = term("Registry", "建档立卡信息")
PHOTOGRAPHS = [
    ("old-home", term("The old home", "旧房照片")),
    ("new-home", term("The new home", "新房照片")),
    ("family", term("The family", "家庭照片")),
]


households = registry.add(
    Ledger(
        key="households",
        subject=subjects.PEOPLE,
        title=term("Households", "搬迁户台账"),
        model=Household,
        natural_key=("code",),
        member_by="code",
        standing=STANDING,
        save=actions.save_households,
        void=actions.void_households,
        check_rows=actions.check_households,
        address=lambda row: f"/households/{row['code']}/",
        filters=(
            Filter(
                "under_grid",
                term("in the grid", "所属网格（含下级）"),
                "exact",
                lambda rows, code: rows.filter(grid__in=below(code)),
                shown=False,
            ),
        ),
        closed=why_closed,
        attachments=True,
        attachment_groups=lambda household: PHOTOGRAPHS,
        annotate=lambda rows: rows.annotate(people=people_now(), lived_two_years=lived_two_years(clock.today())),
        paper="A3",
        columns=(
            Column("code", Privacy.INTERNAL, width=15, filter="exact", sort=True, synonyms=("家庭编号",)),
            Column("head_name", Privacy.PERSONAL, computed=True, width=10, filter="text", sort=True, total="count"),
            Column("relocation_kind", Privacy.INTERNAL, width=14, filter="choice", listed=False),
            Column("household_kind", Privacy.INTERNAL, width=16, filter="choice", listed=False),
            Column("task_year", Privacy.INTERNAL, width=10, filter="number", listed=False, grouped=False),
            Column(
                "people",
                Privacy.INTERNAL,
                heading=term("people", "家庭受益户人口"),
                kind="int",
                computed=True,
                width=8,
                listed=False,
                total="sum",
            ),
            Column(
                "settlement",
                Privacy.INTERNAL,
                source="settlement__code",
                group=HOME,
                width=18,
                filter="exact",
                reference=Reference(Settlement, "code", ("name",)),
                synonyms=("安置点编号",),
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
            Column(
                "grid",
                Privacy.INTERNAL,
                source="grid__code",
                group=HOME,
                width=14,
                filter="exact",
                reference=Reference(Grid, "code", ("name",)),
                listed=False,
            ),
            Column("building", Privacy.PERSONAL, group=HOME, width=10, filter="text", listed=False),
            Column("unit", Privacy.PERSONAL, group=HOME, width=8, listed=False),
            Column("room", Privacy.PERSONAL, group=HOME, width=8, listed=False),
            Column("housing_area", Privacy.INTERNAL, group=HOME, width=10, total="sum"),
            Column("self_paid", Privacy.INTERNAL, group=HOME, width=10, total="sum", listed=False),
            Column(
                "planned_move_in_on",
                Privacy.INTERNAL,
                group=HOME,
                width=12,
                filter="date",
                listed=False,
                synonyms=("搬迁入住时间",),
            ),
            Column("moved_in_on", Privacy.INTERNAL, group=HOME, width=12, filter="date", synonyms=("实际入住时间",)),
            Column(
                "lived_two_years",
                Privacy.INTERNAL,
                heading=term("lived there two full years", "是否实际入住满两年"),
                kind="bool",
                computed=True,
                group=HOME,
                width=10,
                listed=False,
            ),
            Column("origin_division", Privacy.INTERNAL, group=ORIGIN, width=14, filter="division"),
            Column("origin_city", Privacy.INTERNAL, group=ORIGIN, width=14, listed=False),
            Column("origin_county", Privacy.INTERNAL, group=ORIGIN, width=14, filter="text", listed=False),
            Column("origin_township", Privacy.INTERNAL, group=ORIGIN, width=14, listed=False),
            Column("origin_village", Privacy.INTERNAL, group=ORIGIN, width=14, listed=False),
            Column("origin_address", Privacy.PERSONAL, group=ORIGIN, width=24, listed=False),
            Column("origin_area_kind", Privacy.INTERNAL, group=ORIGIN, width=18, filter="choice", listed=False),
            Column("phone", Privacy.SENSITIVE, width=14, listed=False),
            Column("registry_number", Privacy.INTERNAL, group=REGISTRY, width=14, filter="exact", listed=False),
            Column("registry_year", Privacy.INTERNAL, group=REGISTRY, width=8, listed=False, grouped=False),
            Column("recognition_standard", Privacy.INTERNAL, group=REGISTRY, width=10, filter="choice", listed=False),
            Column("poverty_exit", Privacy.INTERNAL, group=REGISTRY, width=10, filter="choice", listed=False),
            Column(
                "poverty_exit_year",
                Privacy.INTERNAL,
                group=REGISTRY,
                width=8,
                filter="number",
                listed=False,
                grouped=False,
            ),
            Column("remark", Privacy.INTERNAL, width=16, listed=False),
        ),
    )
)
