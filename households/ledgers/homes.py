"""The ledgers of homes 安置住房, of titles 不动产登记 (L-23; the same rows) and of hukou states 户籍."""

from django.db.models import BigIntegerField, F, Q, QuerySet
from django.db.models.functions import Mod

from common import clock
from common.ledger import Act, Column, Filter, Ledger, Privacy, Reference, registry
from common.models import STANDING
from common.terms import term
from households.actions import homes as actions
from households.checks.homes import check_homes, check_hukou
from households.ledgers import subjects
from households.models import Home, Household, HukouState, Person
from households.models.homes import PRESENT
from households.queries.homes import HANDED_OVER, RESIDENCE, AreaPerPerson, OverArea, hukou_now, standing_still

HOUSEHOLD = term("Household", "户基本情况")
HOME, DELIVERY, COST = term("Home", "安置住房"), term("Delivery", "交付入住"), term("Cost", "建设成本")
TITLE, RECEIPT, TRADE = term("Registration", "登记办理"), term("Certificate", "证书"), term("Trade", "交易管理")
YES_NO = [("1", term("yes", "是")), ("0", term("no", "否"))]
# A home of somebody who was entered by mistake was one too.
STANDS = PRESENT & Q(household__voided_at__isnull=True)
GROUPS = [
    ("home", term("The home", "安置住房照片")),
    ("acceptance", term("Acceptance", "验收材料")),
    ("title", term("Title", "不动产权证")),
]


def _flag(name: str, label, condition: Q) -> Filter:
    return Filter(
        name, label, "choice", lambda rows, value: (rows.filter if value == "1" else rows.exclude)(condition), YES_NO
    )


def _stale(rows: QuerySet, value: str) -> QuerySet:
    return (rows.filter if value == "1" else rows.exclude)(standing_still(clock.today()))


def _over_area(rows: QuerySet, value: str) -> QuerySet:
    return rows.alias(over=OverArea(clock.today())).filter(over=value == "1")


def _code(**more) -> Column:
    return Column(
        "household",
        Privacy.INTERNAL,
        heading=term("household code", "户编号"),
        source="household__code",
        group=HOUSEHOLD,
        width=15,
        filter="exact",
        reference=Reference(Household, "code"),
        **more,
    )


def _head(path: str = "household", **more) -> Column:
    return Column(
        "head_name", Privacy.PERSONAL, heading=term("head of household", "户主"), source=f"{path}__head_name",
        computed=True, group=HOUSEHOLD, width=10, filter="text", total="count", **more,
    )  # fmt: skip


def _settlement(path: str = "household", **more) -> Column:
    return Column(
        "settlement", Privacy.INTERNAL, heading=term("settlement", "安置点"), source=f"{path}__settlement__name",
        computed=True, group=HOUSEHOLD, width=20, filter="text", **more,
    )  # fmt: skip


def _division(**more) -> Column:
    return Column(
        "division", Privacy.INTERNAL, heading=term("township", "所在乡镇"), source="region", kind="division",
        computed=True, group=HOUSEHOLD, width=14, filter="division", **more,
    )  # fmt: skip


def in_settlement(path: str) -> Filter:
    """By the settlement's code: what the figures of its page open into."""
    return Filter(
        "settlement_code", term("settlement code", "安置点编号"), "exact",
        lambda rows, value: rows.filter(**{f"{path}__settlement__code": value}), shown=False,
    )  # fmt: skip


def by_place(address: str):
    """A link to the rates of the division that the list is narrowed to."""
    return lambda filters: (
        address + (f"?region={filters['division']}" if filters.get("division", "").isdecimal() else "")
    )


homes = registry.add(
    Ledger(
        key="homes",
        subject=subjects.HOME,
        title=term("Homes", "安置住房台账"),
        model=Home,
        natural_key=("household",),
        standing=STANDS,
        annotate=lambda rows: rows.annotate(area_per_person=AreaPerPerson(clock.today())),
        save=actions.save_homes,
        void=actions.void_homes,
        check_rows=check_homes,
        paper="A3",
        attachments=True,
        attachment_groups=lambda row: GROUPS,
        columns=(
            _code(),
            _head(),
            _settlement(),
            _division(),
            Column("address", Privacy.PERSONAL, group=HOME, width=16),
            Column("area", Privacy.INTERNAL, group=HOME, width=10, total="sum", filter="number"),
            Column("allotted_people", Privacy.INTERNAL, group=HOME, width=8, listed=False),
            Column(
                "area_per_person", Privacy.INTERNAL, heading=term("area a person (m2)", "人均面积（㎡）"), kind="decimal",
                computed=True, group=HOME, width=10,
            ),
            Column("from_on", Privacy.INTERNAL, group=HOME, width=12, listed=False),
            Column("handed_over_on", Privacy.INTERNAL, group=DELIVERY, width=12, filter="date"),
            Column("occupied_on", Privacy.INTERNAL, group=DELIVERY, width=12, filter="date"),
            Column("accepted_on", Privacy.INTERNAL, group=DELIVERY, width=12, listed=False),
            Column("acceptance", Privacy.INTERNAL, group=DELIVERY, width=10, filter="choice"),
            Column("cost_per_m2", Privacy.INTERNAL, group=COST, width=12, listed=False),
            Column("self_paid", Privacy.PERSONAL, group=COST, width=12, listed=False, total="sum"),
            Column("debt", Privacy.PERSONAL, group=COST, width=12, listed=False, total="sum"),
            Column("title_state", Privacy.INTERNAL, computed=True, group=TITLE, width=14, filter="choice"),
            Column("remark", Privacy.INTERNAL, width=16, listed=False),
        ),
        filters=(
            Filter("over_area", term("over the standard area", "面积超标"), "choice", _over_area, YES_NO),
            _flag("handed_over", term("handed over", "已交房"), HANDED_OVER),
            _flag("indebted", term("debt from relocation", "因搬迁负债"), Q(debt__gt=0)),
            in_settlement("household"),
        ),
        acts=[Act("progress", term("By place", "分地区情况"), by_place("/homes/"))],
    )
)  # fmt: skip

titles = registry.add(
    Ledger(
        key="titles",
        subject=subjects.HOME,
        title=term("Titles", "不动产登记台账"),
        model=Home,
        natural_key=("household",),
        standing=STANDS,
        annotate=lambda rows: rows.annotate(
            county=F("region") - Mod(F("region"), 1_000_000, output_field=BigIntegerField())
        ),
        save=actions.save_homes,
        void=actions.withdraw_titles,
        check_rows=check_homes,
        paper="A3",
        columns=(
            Column(
                "county", Privacy.INTERNAL, heading=term("county", "县（区）"), kind="division", computed=True, width=12,
            ),
            _settlement(),
            Column("address", Privacy.PERSONAL, computed=True, group=HOUSEHOLD, width=16),
            _head(),
            _code(),
            Column("area", Privacy.INTERNAL, computed=True, group=HOUSEHOLD, width=10, total="sum"),
            _division(listed=False, in_sheet=False),
            Column("title_state", Privacy.INTERNAL, computed=True, group=TITLE, width=14, filter="choice"),
            Column("applied_on", Privacy.INTERNAL, group=TITLE, width=12, listed=False),
            Column("first_registered_on", Privacy.INTERNAL, group=TITLE, width=12, filter="date"),
            Column("certificate_number", Privacy.PERSONAL, group=RECEIPT, width=26, filter="exact"),
            Column("issued_on", Privacy.INTERNAL, group=RECEIPT, width=12, filter="date"),
            Column("received_by", Privacy.PERSONAL, group=RECEIPT, width=10),
            Column("received_on", Privacy.INTERNAL, group=RECEIPT, width=12, filter="date"),
            Column("obstacle", Privacy.INTERNAL, group=TITLE, width=16, filter="choice"),
            Column("obstacle_note", Privacy.INTERNAL, group=TITLE, width=20, listed=False),
            Column("title_moved_on", Privacy.INTERNAL, computed=True, group=TITLE, width=12, filter="date", listed=False),
            Column("trade_restricted_until", Privacy.INTERNAL, group=TRADE, width=12, filter="date"),
            Column("transfer", Privacy.INTERNAL, group=TRADE, width=10, filter="choice", listed=False),
            Column("transferred_on", Privacy.INTERNAL, group=TRADE, width=12, listed=False),
            Column("remark", Privacy.INTERNAL, width=16, listed=False),
        ),
        filters=(
            Filter("stale", term("stands still", "停滞未办"), "choice", _stale, YES_NO),
            _flag("handed_over", term("handed over", "已交房"), HANDED_OVER),
            _flag("issued", term("certificate issued", "已发证"), ~Q(certificate_number="")),
            _flag("to_receive", term("certificate not received", "证书未领取"), ~Q(certificate_number="") & Q(received_on=None)),
            _flag(
                "restricted_transfer",
                term("transferred while restricted", "限制期内转移"),
                Q(transferred_on__isnull=False, transferred_on__lte=F("trade_restricted_until")),
            ),
            in_settlement("household"),
        ),
        acts=[Act("progress", term("By place", "分地区情况"), by_place("/homes/"))],
    )
)  # fmt: skip


def _now(rows: QuerySet, value: str) -> QuerySet:
    return (rows.filter if value == "1" else rows.exclude)(hukou_now(clock.today()))


hukou_states = registry.add(
    Ledger(
        key="hukou-states",
        subject=subjects.HOME,
        title=term("Hukou states", "户籍台账"),
        model=HukouState,
        natural_key=("person", "from_on"),
        standing=STANDING & Q(person__voided_at__isnull=True),
        save=actions.save_hukou,
        void=actions.void_hukou,
        check_rows=check_hukou,
        columns=(
            Column(
                "household", Privacy.INTERNAL, heading=term("household code", "户编号"),
                source="person__household__code", computed=True, group=HOUSEHOLD, width=15,
            ),
            _settlement("person__household"),
            Column(
                "person", Privacy.INTERNAL, heading=term("person number", "人员编号"), source="person_id",
                group=HOUSEHOLD, width=10, filter="exact", reference=Reference(Person, "id", ("name",)),
            ),
            Column(
                "person_name", Privacy.PERSONAL, heading=term("name", "姓名"), source="person__name", computed=True,
                group=HOUSEHOLD, width=10, filter="text", total="count",
            ),
            Column("state", Privacy.INTERNAL, width=16, filter="choice"),
            Column("from_on", Privacy.INTERNAL, width=12, filter="date"),
            Column("to_on", Privacy.INTERNAL, computed=True, width=12, listed=False),
            Column("permit_number", Privacy.PERSONAL, width=16, listed=False),
            Column("permit_until", Privacy.INTERNAL, width=12, filter="date"),
            Column("remark", Privacy.INTERNAL, width=16, listed=False),
        ),
        filters=(
            Filter("now", term("as of today", "当前状态"), "choice", _now, YES_NO),
            _flag("residence", term("residence registered or permitted", "已居住登记或办证"), Q(state__in=RESIDENCE)),
            in_settlement("person__household"),
        ),
    )
)  # fmt: skip
