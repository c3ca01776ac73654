"""The unified rectification ledger 整改台账 (headings of L-18) and the classes of problems."""

from django.db.models import (
    BigIntegerField,
    BooleanField,
    Case,
    Count,
    ExpressionWrapper,
    F,
    Func,
    IntegerField,
    OuterRef,
    Q,
    QuerySet,
    Subquery,
    Value,
    When,
)
from django.db.models.functions import Coalesce

from common import clock
from common.ledger import Act, Column, Ledger, Privacy, Reference, registry
from common.models import STANDING
from common.terms import term
from divisions.models import Unit
from ledgers.models import Attachment
from rectification.actions.items import check_items, edits_classes, save_items, save_problem_classes, void_items
from rectification.ledgers.item_filters import FILTERS
from rectification.models import ProblemClass, RectificationItem
from rectification.queries.lateness import overdue, supervision_level
from rectification.queries.rights import LEDGER, may_ever, why_not_attach
from rectification.states import ACTS, Need

PROBLEM = term("Problem", "问题情况")
WORK = term("Rectification", "整改要求")
RESULT = term("Progress and closing", "整改进展与销号")
FILE_GROUPS = [(act.key, act.label) for act in ACTS.values() if Need.FILES in act.takes]
CITY, PROVINCE = 10**8, 10**10  # how many codes each covers


class DaysBetween(Func):
    """Whole days from the second date to the first."""

    template = "(%(expressions)s)"
    arg_joiner = "::date - "
    output_field = IntegerField()


def _computed(rows: QuerySet) -> QuerySet:
    on = clock.today()
    evidence = (
        Attachment.objects.filter(ledger=LEDGER, subject_id=OuterRef("pk"), withdrawn_at=None)
        .order_by()
        .values("subject_id")
        .annotate(n=Count("*"))
        .values("n")
    )
    return rows.alias(below_province=F("region") % PROVINCE).annotate(
        evidence=Coalesce(Subquery(evidence, output_field=IntegerField()), 0),
        days_late=Case(When(overdue(on), then=DaysBetween(Value(on), F("deadline_on")))),
        overdue=ExpressionWrapper(overdue(on), output_field=BooleanField()),
        level=supervision_level(on),
        # What lies above the cities has none.
        city=Case(When(~Q(below_province=0), then=F("region") - F("region") % CITY), output_field=BigIntegerField()),
    )


def _enters(user) -> bool:
    """A department works on what it is given and enters nothing."""
    return user.role != "department"


def _selection_act(key: str) -> Act:
    act = ACTS[key]
    return Act(
        key,
        act.label,
        lambda filters: "/rectification/bulk/",
        of_selection=True,
        may=lambda user: may_ever(user, act.by),
    )


items = registry.add(
    Ledger(
        key=LEDGER,
        title=term("Rectification items", "问题整改台账"),
        model=RectificationItem,
        natural_key=("number",),
        second_key=("document_no", "division", "description"),
        standing=STANDING,
        save=save_items,
        void=void_items,
        check_rows=check_items,
        annotate=_computed,
        address=lambda row: f"/rectification/{row['number']}/",
        paper="A3",
        columns=(
            Column("number", Privacy.INTERNAL, computed=True, width=18, filter="exact", sort=True),
            Column(
                "source_no",
                Privacy.INTERNAL,
                group=PROBLEM,
                width=12,
                listed=False,
                filter="text",
                synonyms=("编号", "原编号"),
            ),
            Column("source", Privacy.INTERNAL, group=PROBLEM, width=16, filter="choice", synonyms=("来源", "检查来源")),
            Column(
                "found_on",
                Privacy.INTERNAL,
                group=PROBLEM,
                width=12,
                filter="date",
                sort=True,
                synonyms=("检查时间", "反馈时间", "发现时间", "检查日期"),
            ),
            Column("document_no", Privacy.INTERNAL, group=PROBLEM, width=18, listed=False, filter="text"),
            Column("batch", Privacy.INTERNAL, group=PROBLEM, width=12, listed=False, filter="text"),
            Column(
                "city",
                Privacy.INTERNAL,
                heading=term("city", "市"),
                kind="division",
                computed=True,
                group=PROBLEM,
                width=12,
                listed=False,
            ),
            Column(
                "division",
                Privacy.INTERNAL,
                heading=term("county", "县（区）"),
                source="region",
                field="region",
                group=PROBLEM,
                width=14,
                filter="division",
                synonyms=("县区", "县（市、区）", "所属区划", "归属"),
            ),
            Column("place_names", Privacy.INTERNAL, group=PROBLEM, width=20, synonyms=("涉及安置点", "安置点名称")),
            Column(
                "problem_class",
                Privacy.INTERNAL,
                source="problem_class__name",
                reference=Reference(ProblemClass, "code", ("name",)),
                group=PROBLEM,
                width=16,
                kind="reference",
                synonyms=("问题类别", "类别"),
            ),
            Column("red_line", Privacy.INTERNAL, computed=True, group=PROBLEM, width=8),
            Column("summary", Privacy.INTERNAL, group=PROBLEM, width=20, listed=False, synonyms=("问题概要",)),
            Column(
                "description",
                Privacy.INTERNAL,
                group=PROBLEM,
                width=40,
                synonyms=("主要情况", "问题", "存在的问题", "具体问题"),
            ),
            Column("target", Privacy.INTERNAL, group=WORK, width=24, listed=False),
            Column(
                "measures", Privacy.INTERNAL, group=WORK, width=32, listed=False, synonyms=("下步措施", "下一步措施")
            ),
            Column(
                "deadline_on",
                Privacy.INTERNAL,
                group=WORK,
                width=12,
                filter="date",
                sort=True,
                synonyms=("整改时限(月)", "整改期限", "完成时限"),
            ),
            Column(
                "lead_unit",
                Privacy.INTERNAL,
                source="lead_unit__name",
                reference=Reference(Unit, "id", ("name",)),
                group=WORK,
                width=20,
                kind="reference",
                synonyms=("整改责任单位", "整改单位"),
            ),
            Column("responsible_name", Privacy.INTERNAL, group=WORK, width=10, listed=False),
            Column("responsible_phone", Privacy.SENSITIVE, group=WORK, width=14, listed=False),
            Column(
                "supervising_unit",
                Privacy.INTERNAL,
                source="supervising_unit__name",
                reference=Reference(Unit, "id", ("name",)),
                group=WORK,
                width=20,
                kind="reference",
                listed=False,
            ),
            Column("progress", Privacy.INTERNAL, computed=True, group=RESULT, width=30, listed=False),
            Column("completed_on", Privacy.INTERNAL, computed=True, group=RESULT, width=12, listed=False),
            Column(
                "evidence",
                Privacy.INTERNAL,
                heading=term("evidence", "佐证材料"),
                kind="int",
                computed=True,
                group=RESULT,
                width=8,
                listed=False,
            ),
            Column(
                "submitted_on", Privacy.INTERNAL, computed=True, group=RESULT, width=12, listed=False, filter="date"
            ),
            Column("verified_on", Privacy.INTERNAL, computed=True, group=RESULT, width=12, listed=False),
            Column(
                "verified_by",
                Privacy.INTERNAL,
                source="verified_by__display_name",
                kind="text",
                computed=True,
                group=RESULT,
                width=10,
                listed=False,
            ),
            Column("finding", Privacy.INTERNAL, computed=True, group=RESULT, width=24, listed=False),
            Column("closed_on", Privacy.INTERNAL, computed=True, group=RESULT, width=12, listed=False, filter="date"),
            Column("closing_number", Privacy.INTERNAL, computed=True, group=RESULT, width=18, listed=False),
            Column("state", Privacy.INTERNAL, computed=True, group=RESULT, width=10, filter="choice"),
            Column(
                "overdue",
                Privacy.INTERNAL,
                heading=term("overdue", "是否超期"),
                kind="bool",
                computed=True,
                group=RESULT,
                width=8,
                listed=False,
            ),
            Column(
                "days_late",
                Privacy.INTERNAL,
                heading=term("days overdue", "超期天数"),
                kind="int",
                computed=True,
                group=RESULT,
                width=8,
            ),
            Column(
                "level",
                Privacy.INTERNAL,
                heading=term("supervision level", "督办等级"),
                kind="code",
                code_list="alert_level",
                computed=True,
                group=RESULT,
                width=10,
                listed=False,
            ),
            Column(
                "relapse_of",
                Privacy.INTERNAL,
                source="relapse_of__number",
                reference=Reference(RectificationItem, "number"),
                kind="reference",
                width=18,
                listed=False,
            ),
            Column("remark", Privacy.INTERNAL, width=20, listed=False),
        ),
        of_file=("source", "found_on", "document_no", "batch", "division"),
        enters=_enters,
        attachments=True,
        attach_check=why_not_attach,
        attachment_groups=lambda item: FILE_GROUPS,
        filters=FILTERS,
        acts=[
            Act("progress", term("Zero-clearing", "清零进度"), lambda filters: "/rectification/progress/"),
            Act(
                "twins",
                term("Entered twice?", "疑似重复"),
                lambda filters: "/rectification/twins/",
                may=lambda user: may_ever(user, ACTS["merge"].by),
            ),
            *(_selection_act(key) for key, act in ACTS.items() if act.many),
        ],
    )
)

problem_classes = registry.add(
    Ledger(
        key="problem-classes",
        title=term("Classes of problems", "问题类别"),
        model=ProblemClass,
        natural_key=("code",),
        sort=("region", "code", "id"),
        save=save_problem_classes,
        enters=edits_classes,
        columns=(
            Column("code", Privacy.PUBLIC, width=10),
            Column("name", Privacy.PUBLIC, width=28, filter="text"),
            Column(
                "parent",
                Privacy.PUBLIC,
                source="parent__name",
                reference=Reference(ProblemClass, "code", ("name",)),
                kind="reference",
                width=20,
            ),
            Column("red_line", Privacy.PUBLIC, width=8),
            Column("disabled_on", Privacy.PUBLIC, width=12),
            Column(
                "division",
                Privacy.PUBLIC,
                heading=term("division", "适用区划"),
                source="region",
                kind="division",
                computed=True,
                width=14,
            ),
        ),
    )
)
