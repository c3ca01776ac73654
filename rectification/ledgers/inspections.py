"""The ledgers of yearly plans and inspections 督查检查台账 (headings of L-26), and of the counties that they cover."""

from django.db.models import Q, QuerySet

from common import clock
from common.ledger import Act, Column, Filter, Ledger, Privacy, Reference, registry
from common.models import STANDING
from common.scope import code_range, in_ranges
from common.terms import term
from divisions.models import Unit
from rectification.actions.inspections import (
    check_inspections,
    check_plans,
    save_inspections,
    save_plans,
    void_inspections,
)
from rectification.actions.inspections_voiding import void_plans
from rectification.models import Inspection, InspectionPlace, InspectionPlan
from rectification.models.inspections import OPEN_STATES
from rectification.models.inspections_lists import CAMPAIGNS
from rectification.queries.inspections_rights import why_not_changing

WHAT = term("Inspection", "检查安排")
WHO = term("Who", "组织实施")
WHERE = term("When and where", "时间与范围")
RESULT = term("Result", "检查结果")
YES_NO = [("1", term("yes", "是")), ("0", term("no", "否"))]


def unit_column(**more) -> Column:
    """The unit that keeps a record."""
    return Column(
        "unit",
        Privacy.INTERNAL,
        source="unit__name",
        reference=Reference(Unit, "id", ("name",)),
        kind="reference",
        width=22,
        **more,
    )


def _covering(rows: QuerySet, code: int) -> QuerySet:
    places = InspectionPlace.objects.filter(in_ranges([code_range(code)], "division"))
    return rows.filter(pk__in=places.values("inspection"))


def _overdue(rows: QuerySet, value: str) -> QuerySet:
    """Planned for a month that is over, or its results not fed back in time."""
    today = clock.today()
    months = Q(year__lt=today.year) | Q(year=today.year, month__lt=today.month)
    late = Q(state="planned", month__isnull=False) & months
    late |= Q(state__in=("planned", "under_way"), feed_back_by__lt=today)
    return rows.filter(late) if value == "1" else rows.exclude(late)


plans = registry.add(
    Ledger(
        key="inspection-plans",
        title=term("Inspection plans", "年度督查检查计划"),
        model=InspectionPlan,
        natural_key=("year", "unit"),
        standing=STANDING,
        save=save_plans,
        void=void_plans,
        check_rows=check_plans,
        address=lambda row: f"/inspections/plans/{row['id']}/",
        columns=(
            Column("year", Privacy.INTERNAL, width=8, filter="number", sort=True, grouped=False),
            Column("title", Privacy.INTERNAL, width=36, filter="text"),
            unit_column(),
            Column("document_no", Privacy.INTERNAL, width=20),
            Column("least", Privacy.INTERNAL, width=12),
            Column("note", Privacy.INTERNAL, width=30, listed=False),
        ),
    )
)

inspections = registry.add(
    Ledger(
        key="inspections",
        title=term("Inspections", "督查检查台账"),
        model=Inspection,
        natural_key=("year", "unit", "title"),
        standing=STANDING,
        save=save_inspections,
        void=void_inspections,
        check_rows=check_inspections,
        address=lambda row: f"/inspections/{row['id']}/",
        paper="A3",
        columns=(
            Column("title", Privacy.INTERNAL, group=WHAT, width=30, filter="text"),
            Column("year", Privacy.INTERNAL, group=WHAT, width=8, filter="number", sort=True, grouped=False),
            Column("batch", Privacy.INTERNAL, group=WHAT, width=12, listed=False),
            Column("kind", Privacy.INTERNAL, group=WHAT, width=14, filter="choice"),
            Column("way", Privacy.INTERNAL, group=WHAT, width=10, filter="choice"),
            Column("aim", Privacy.INTERNAL, group=WHAT, width=10, filter="choice", listed=False),
            Column(
                "plan",
                Privacy.INTERNAL,
                source="plan__title",
                reference=Reference(InspectionPlan, "id", ("title",)),
                kind="reference",
                group=WHAT,
                width=24,
                listed=False,
            ),
            unit_column(group=WHO),
            Column("outside_organiser", Privacy.INTERNAL, group=WHO, width=20, listed=False),
            Column("leader", Privacy.INTERNAL, group=WHO, width=10, listed=False),
            Column("team", Privacy.INTERNAL, group=WHO, width=20, listed=False),
            Column("month", Privacy.INTERNAL, group=WHERE, width=8, filter="number"),
            Column("from_on", Privacy.INTERNAL, group=WHERE, width=12, filter="date"),
            Column("to_on", Privacy.INTERNAL, group=WHERE, width=12),
            Column("counties", Privacy.INTERNAL, group=WHERE, width=24, synonyms=("覆盖县区",)),
            Column("focus", Privacy.INTERNAL, group=WHERE, width=30, listed=False),
            Column("state", Privacy.INTERNAL, computed=True, group=RESULT, width=10, filter="choice"),
            Column(
                "checks",
                Privacy.INTERNAL,
                heading=term("field checks", "现场核查数"),
                source="checks_made",
                kind="int",
                computed=True,
                group=RESULT,
                width=8,
                total="sum",
                listed=False,
            ),
            Column(
                "problems",
                Privacy.INTERNAL,
                heading=term("problems found", "发现问题数"),
                source="problems_found",
                kind="int",
                computed=True,
                group=RESULT,
                width=8,
                total="sum",
            ),
            Column("fed_back_on", Privacy.INTERNAL, computed=True, group=RESULT, width=12, filter="date"),
            Column(
                "closed",
                Privacy.INTERNAL,
                heading=term("closed", "整改销号数"),
                source="problems_closed",
                kind="int",
                computed=True,
                group=RESULT,
                width=8,
                total="sum",
            ),
            Column("feed_back_by", Privacy.INTERNAL, group=RESULT, width=12, listed=False),
            Column("findings", Privacy.INTERNAL, group=RESULT, width=40, listed=False),
            Column("report", Privacy.INTERNAL, group=RESULT, width=24),
        ),
        filters=(
            Filter("county", term("county covered", "覆盖县"), "division", _covering),
            Filter("overdue", term("overdue", "是否逾期"), "choice", _overdue, YES_NO),
            Filter(
                "open",
                term("not closed", "未办结"),
                "choice",
                lambda rows, value: (
                    rows.filter(state__in=OPEN_STATES) if value == "1" else rows.exclude(state__in=OPEN_STATES)
                ),
                YES_NO,
                shown=False,
            ),
            Filter(
                "campaign",
                term("large survey or inspection", "大调研大督查"),
                "choice",
                lambda rows, value: (
                    rows.filter(kind__in=CAMPAIGNS) if value == "1" else rows.exclude(kind__in=CAMPAIGNS)
                ),
                YES_NO,
                shown=False,
            ),
            Filter(
                "of_plan",
                term("yearly plan no.", "年度计划编号"),
                "exact",
                lambda rows, value: rows.filter(plan=int(value)) if value.isdecimal() else rows.none(),
                shown=False,
            ),
        ),
        attachments=True,
        attach_check=why_not_changing,
        acts=[
            Act("plans", term("Yearly plans", "年度计划"), lambda filters: "/ledgers/inspection-plans/"),
            Act("page", term("Inspection page", "检查办理页"), lambda row: f"/inspections/{row.pk}/", of_member=True),
        ],
    )
)

places = registry.add(
    Ledger(
        key="inspection-places",
        title=term("Counties inspected", "督查检查覆盖县"),
        model=InspectionPlace,
        natural_key=("inspection", "division"),
        sort=("region", "id"),
        standing=Q(inspection__voided_at__isnull=True),
        entry=False,
        address=lambda row: f"/inspections/{row['inspection_id']}/",
        columns=(
            Column("division", Privacy.INTERNAL, computed=True, width=16, filter="division"),
            Column(
                "inspection",
                Privacy.INTERNAL,
                heading=term("inspection", "检查名称"),
                source="inspection__title",
                kind="text",
                computed=True,
                width=30,
            ),
            Column(
                "inspection_id",
                Privacy.INTERNAL,
                heading=term("no. of the inspection", "检查序号"),
                source="inspection_id",
                kind="int",
                computed=True,
                width=8,
                listed=False,
                in_sheet=False,
            ),
            *(
                Column(
                    name,
                    Privacy.INTERNAL,
                    heading=heading,
                    source=f"inspection__{name}",
                    kind=kind,
                    code_list=code_list,
                    computed=True,
                    width=12,
                    filter=filter_,
                    grouped=name != "year",
                )
                for name, heading, kind, code_list, filter_ in [
                    ("year", term("year", "年度"), "int", "", "number"),
                    ("kind", term("kind", "检查类型"), "code", "inspection_kind", "choice"),
                    ("state", term("state", "状态"), "code", "inspection_state", "choice"),
                    ("from_on", term("from", "开始时间"), "date", "", "date"),
                    ("fed_back_on", term("fed back on", "反馈时间"), "date", "", "date"),
                ]
            ),
        ),
    )
)
