"""The ledgers of grids 网格, of their managers, and of cadres linked with households 结对帮扶."""

from __future__ import annotations

from django.db.models import Q, QuerySet

from accounts.models import User
from common import clock
from common.ledger import Act, Column, Filter, Ledger, Privacy, Reference, registry
from common.models import STANDING
from common.terms import term
from households.actions import grids as actions
from households.ledgers import subjects
from households.models import CadreLink, Grid, GridManager, Household
from households.queries.people import HouseholdsBelow

GRID, MANAGER = term("Grid", "网格信息"), term("Manager", "管理人员")
HOUSEHOLD, CADRE = term("Household", "户基本情况"), term("Linked cadre", "帮扶干部")


def _under_way(rows: QuerySet, value: str) -> QuerySet:
    today = clock.today()
    on_the_day = Q(from_on__lte=today) & (Q(to_on=None) | Q(to_on__gt=today))
    return rows.filter(on_the_day) if value == "1" else rows.exclude(on_the_day)


def _current(label) -> Filter:
    return Filter("current", label, "choice", _under_way, [("1", term("yes", "是")), ("0", term("no", "否"))])


def _grid(**more) -> Column:
    return Column(
        "grid", Privacy.INTERNAL, heading=term("grid code", "网格编号"), source="grid__code", group=GRID, width=14,
        filter="exact", reference=Reference(Grid, "code", ("name",)), **more,
    )  # fmt: skip


def _division(**more) -> Column:
    return Column(
        "division", Privacy.INTERNAL, heading=term("township", "所在乡镇"), source="region", kind="division", width=14,
        filter="division", **more,
    )  # fmt: skip


def _user(group) -> Column:
    return Column(
        "user", Privacy.INTERNAL, source="user__username", group=group, width=14, listed=False,
        reference=Reference(User, "username", also=("display_name",)),
    )  # fmt: skip


grids = registry.add(
    Ledger(
        key="grids",
        subject=subjects.GRID,
        title=term("Grids", "网格台账"),
        model=Grid,
        natural_key=("code",),
        member_by="code",
        standing=STANDING,
        save=actions.save_grids,
        void=actions.void_grids,
        annotate=lambda rows: rows.annotate(households_below=HouseholdsBelow("pk")),
        address=lambda row: f"/grids/{row['code']}/",
        columns=(
            Column("code", Privacy.INTERNAL, width=14, filter="exact", sort=True),
            Column("name", Privacy.INTERNAL, width=20, filter="text", sort=True),
            Column("level", Privacy.INTERNAL, width=10, filter="choice"),
            Column(
                "parent",
                Privacy.INTERNAL,
                source="parent__code",
                width=14,
                filter="exact",
                reference=Reference(Grid, "code", ("name",)),
            ),
            _division(field="region"),
            Column(
                "households",
                Privacy.INTERNAL,
                heading=term("households", "户数"),
                source="households_below",
                kind="int",
                computed=True,
                width=8,
            ),
            Column("remark", Privacy.INTERNAL, width=16, listed=False),
        ),
    )
)

grid_managers = registry.add(
    Ledger(
        key="grid-managers",
        subject=subjects.GRID,
        title=term("Grid managers", "网格员台账"),
        model=GridManager,
        natural_key=("grid", "name", "from_on"),
        standing=STANDING & Q(grid__voided_at__isnull=True),
        save=actions.save_managers,
        filters=(_current(term("in office", "在岗")),),
        columns=(
            _grid(),
            Column(
                "grid_name",
                Privacy.INTERNAL,
                heading=term("grid", "网格名称"),
                source="grid__name",
                computed=True,
                group=GRID,
                width=18,
                filter="text",
            ),
            _division(computed=True, group=GRID),
            Column("duty", Privacy.INTERNAL, group=MANAGER, width=10, filter="choice"),
            Column("name", Privacy.INTERNAL, group=MANAGER, width=10, filter="text", sort=True, total="count"),
            Column("phone", Privacy.INTERNAL, group=MANAGER, width=14),
            _user(MANAGER),
            Column("from_on", Privacy.INTERNAL, group=MANAGER, width=12, filter="date"),
            Column("to_on", Privacy.INTERNAL, group=MANAGER, width=12, filter="date"),
            Column("remark", Privacy.INTERNAL, width=16, listed=False),
        ),
    )
)

cadre_links = registry.add(
    Ledger(
        key="cadre-links",
        subject=subjects.GRID,
        title=term("Linked cadres", "结对帮扶台账"),
        model=CadreLink,
        natural_key=("household", "from_on"),
        standing=STANDING & Q(household__voided_at__isnull=True),
        save=actions.save_links,
        filters=(_current(term("current", "当前结对")),),
        acts=[
            Act("hand-over", term("A cadre leaves", "帮扶干部调整"), lambda filters: "/cadre-links/change/", "write")
        ],
        paper="A3",
        columns=(
            Column(
                "household",
                Privacy.INTERNAL,
                source="household__code",
                group=HOUSEHOLD,
                width=15,
                filter="exact",
                reference=Reference(Household, "code"),
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
                "settlement_name",
                Privacy.INTERNAL,
                heading=term("settlement", "安置点"),
                source="household__settlement__name",
                computed=True,
                group=HOUSEHOLD,
                width=18,
                filter="text",
            ),
            _division(computed=True, group=HOUSEHOLD, listed=False),
            Column("name", Privacy.INTERNAL, group=CADRE, width=10, filter="text", sort=True),
            Column("employer", Privacy.INTERNAL, group=CADRE, width=20, filter="text"),
            Column("post", Privacy.INTERNAL, group=CADRE, width=12, listed=False),
            Column("phone", Privacy.INTERNAL, group=CADRE, width=14),
            _user(CADRE),
            Column("from_on", Privacy.INTERNAL, group=CADRE, width=12, filter="date"),
            Column("to_on", Privacy.INTERNAL, group=CADRE, width=12, filter="date"),
            Column("end_reason", Privacy.INTERNAL, group=CADRE, width=16, listed=False),
            Column("remark", Privacy.INTERNAL, width=16, listed=False),
        ),
    )
)
