"""The unified rectification ledger 整改台账 (headings of L-18) and the classes of problems."""

import datetime as dt

from django.db.models import Case, CharField, Count, F, Func, IntegerField, OuterRef, Q, QuerySet, Subquery, Value, When
from django.db.models.functions import Coalesce

from common import clock
from common.ledger import Column, Filter, Ledger, Privacy, Reference, registry
from common.models import STANDING
from common.terms import term
from divisions.models import Unit
from ledgers.models import Attachment
from rectification.actions.items import check_items, save_items, save_problem_classes, void_items
from rectification.models import ItemPlace, ProblemClass, RectificationItem
from rectification.queries.rights import LEDGER
from rectification.states import OPEN

PROBLEM = term("Problem", "问题情况")
WORK = term("Rectification", "整改要求")
RESULT = term("Progress and closing", "整改进展与销号")
SEVEN_DAYS = dt.timedelta(7)
YES_NO = [("1", term("yes", "是")), ("0", term("no", "否"))]


def overdue(on) -> Q:
    """Open with the unit, and its deadline has passed: overdue is computed, never a state."""
    return Q(state__in=OPEN, deadline_on__lt=on, paused_on=None) & ~Q(state__in=["draft", "submitted", "verified"])


def supervision_level(on) -> Case:
    """The level 督办等级 that days late give: orange below a week, red from a week on; yellow in the last week before."""
    late = overdue(on)
    return Case(
        When(late & Q(deadline_on__lte=on - SEVEN_DAYS), then=Value("red")),
        When(late, then=Value("orange")),
        When(Q(state__in=OPEN, deadline_on__lte=on + SEVEN_DAYS), then=Value("yellow")),
        default=Value(""),
        output_field=CharField(),
    )


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
    return rows.annotate(
        evidence=Coalesce(Subquery(evidence, output_field=IntegerField()), 0),
        days_late=Case(When(overdue(on), then=DaysBetween(Value(on), F("deadline_on")))),
        level=supervision_level(on),
    )


def _is_overdue(rows: QuerySet, value: str) -> QuerySet:
    late = overdue(clock.today())
    return rows.filter(late) if value == "1" else rows.exclude(late)


def _is_open(rows: QuerySet, value: str) -> QuerySet:
    return rows.filter(state__in=OPEN) if value == "1" else rows.exclude(state__in=OPEN)


def _at_settlement(rows: QuerySet, code: str) -> QuerySet:
    return rows.filter(pk__in=ItemPlace.objects.filter(settlement__code=code).values("item"))


def _is(condition: Q):
    return lambda rows, value: rows.filter(condition) if value == "1" else rows.exclude(condition)


def _of_class(rows: QuerySet, code: str) -> QuerySet:
    return rows.filter(Q(problem_class__code=code) | Q(problem_class__parent__code=code))


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
        attachments=True,
        paper="A3",
        columns=(
            Column("number", Privacy.INTERNAL, computed=True, width=18, filter="exact", sort=True),
            Column("source", Privacy.INTERNAL, group=PROBLEM, width=16, filter="choice"),
            Column("found_on", Privacy.INTERNAL, group=PROBLEM, width=12, filter="date", sort=True),
            Column("document_no", Privacy.INTERNAL, group=PROBLEM, width=18, listed=False, filter="text"),
            Column("batch", Privacy.INTERNAL, group=PROBLEM, width=12, listed=False, filter="text"),
            Column(
                "division",
                Privacy.INTERNAL,
                heading=term("county", "县（区）"),
                source="region",
                field="region",
                group=PROBLEM,
                width=14,
                filter="division",
                synonyms=("县区", "县（市、区）", "所属区划"),
            ),
            Column("place_names", Privacy.INTERNAL, group=PROBLEM, width=20),
            Column(
                "problem_class",
                Privacy.INTERNAL,
                source="problem_class__name",
                reference=Reference(ProblemClass, "code", ("name",)),
                group=PROBLEM,
                width=16,
                kind="reference",
            ),
            Column("red_line", Privacy.INTERNAL, computed=True, group=PROBLEM, width=8),
            Column("description", Privacy.INTERNAL, group=PROBLEM, width=40),
            Column("target", Privacy.INTERNAL, group=WORK, width=24, listed=False),
            Column("measures", Privacy.INTERNAL, group=WORK, width=32, listed=False),
            Column("deadline_on", Privacy.INTERNAL, group=WORK, width=12, filter="date", sort=True),
            Column(
                "lead_unit",
                Privacy.INTERNAL,
                source="lead_unit__name",
                reference=Reference(Unit, "id", ("name",)),
                group=WORK,
                width=20,
                kind="reference",
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
        filters=(
            Filter("overdue", term("overdue", "是否超期"), "choice", _is_overdue, YES_NO),
            Filter("open", term("open", "未销号"), "choice", _is_open, YES_NO),
            Filter("class", term("class of problem", "问题类型"), "exact", _of_class, shown=False),
            Filter("settlement", term("settlement", "安置点"), "exact", _at_settlement, shown=False),
            Filter(
                "unit", term("lead unit", "责任单位"), "exact", lambda rows, name: rows.filter(lead_unit__name=name)
            ),
            Filter("red", term("red line", "红线问题"), "choice", _is(Q(red_line=True)), YES_NO),
            Filter(
                "returned",
                term("returned at least once", "曾被退回"),
                "choice",
                _is(Q(times_returned__gt=0)),
                YES_NO,
                shown=False,
            ),
            Filter(
                "relapsed",
                term("relapsed", "反弹"),
                "choice",
                _is(Q(times_reopened__gt=0) | Q(relapse_of__isnull=False)),
                YES_NO,
                shown=False,
            ),
            Filter(
                "false",
                term("false rectification found", "虚假整改"),
                "choice",
                _is(Q(false_on__isnull=False)),
                YES_NO,
                shown=False,
            ),
        ),
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
