"""The ledgers of checklists 核查表, field checks 现场核查 and their lines 核查结果."""

from django.db.models import Q, QuerySet

from common.ledger import Act, Column, Filter, Ledger, Privacy, Reference, registry
from common.models import STANDING
from common.terms import term
from households.models import Household
from rectification.actions.inspections_checklists import (
    check_checklists,
    check_questions,
    save_checklists,
    save_questions,
)
from rectification.actions.inspections_checks import check_checks, check_lines, save_checks, save_lines, void_checks
from rectification.actions.inspections_voiding import void_checklists, void_lines, void_questions
from rectification.ledgers.inspections import YES_NO, unit_column
from rectification.models import CheckLine, Checklist, ChecklistQuestion, Inspection, InspectionCheck, ProblemClass
from rectification.queries.inspections_rights import why_not_recording
from settlements.models import Settlement

QUESTION = term("Question", "核查内容")
ANSWER = term("Answer", "核查结果")
PLACE = term("Place", "核查地点")

# In words where it is yes or no; any other text is shown as it is.
YES_OR_NO = "sample_yes_no"


def problem_class_column(**more) -> Column:
    return Column(
        "problem_class",
        Privacy.INTERNAL,
        source="problem_class__name",
        reference=Reference(ProblemClass, "code", ("name",)),
        kind="reference",
        width=16,
        **more,
    )


def asked_columns() -> tuple[Column, ...]:
    """What a question is, wherever it stands."""
    return (
        Column("position", Privacy.INTERNAL, group=QUESTION, width=6),
        Column("question", Privacy.INTERNAL, group=QUESTION, width=36, filter="text"),
        Column("kind", Privacy.INTERNAL, group=QUESTION, width=8),
        Column("expected", Privacy.INTERNAL, group=QUESTION, width=12, code_list=YES_OR_NO),
    )


checklists = registry.add(
    Ledger(
        key="checklists",
        title=term("Checklists", "核查表模板"),
        model=Checklist,
        natural_key=("name",),
        standing=STANDING,
        save=save_checklists,
        void=void_checklists,
        check_rows=check_checklists,
        columns=(
            Column("name", Privacy.INTERNAL, width=30, filter="text"),
            unit_column(),
            Column("kind", Privacy.INTERNAL, width=16, filter="choice"),
            Column("subject", Privacy.INTERNAL, width=10, filter="choice"),
            Column("reach", Privacy.INTERNAL, width=12),
        ),
        acts=[
            Act(
                "questions",
                term("Questions", "核查内容"),
                lambda row: f"/ledgers/checklist-questions/?checklist={row.pk}",
                of_member=True,
            )
        ],
    )
)

questions = registry.add(
    Ledger(
        key="checklist-questions",
        title=term("Questions of checklists", "核查表内容"),
        model=ChecklistQuestion,
        natural_key=("checklist", "position"),
        standing=STANDING,
        save=save_questions,
        void=void_questions,
        check_rows=check_questions,
        columns=(
            Column(
                "checklist",
                Privacy.INTERNAL,
                source="checklist__name",
                reference=Reference(Checklist, "id", ("name",)),
                kind="reference",
                width=24,
                filter="exact",
            ),
            *asked_columns(),
            problem_class_column(),
        ),
    )
)


def _with_failures(rows: QuerySet, value: str) -> QuerySet:
    failed = CheckLine.objects.filter(STANDING, outcome="failed").values("record")
    return rows.filter(pk__in=failed) if value == "1" else rows.exclude(pk__in=failed)


checks = registry.add(
    Ledger(
        key="inspection-checks",
        title=term("Field checks", "现场核查台账"),
        model=InspectionCheck,
        natural_key=("inspection", "number"),
        standing=STANDING,
        save=save_checks,
        void=void_checks,
        check_rows=check_checks,
        address=lambda row: f"/inspections/checks/{row['id']}/",
        columns=(
            Column(
                "inspection",
                Privacy.INTERNAL,
                source="inspection__title",
                reference=Reference(Inspection, "id", ("title",)),
                kind="reference",
                width=28,
                filter="exact",
            ),
            Column("number", Privacy.INTERNAL, width=8),
            Column(
                "settlement",
                Privacy.INTERNAL,
                source="settlement__name",
                reference=Reference(Settlement, "code", ("name",)),
                kind="reference",
                group=PLACE,
                width=20,
                filter="exact",
            ),
            Column(
                "household",
                Privacy.INTERNAL,
                source="household__code",
                reference=Reference(Household, "code"),
                kind="reference",
                group=PLACE,
                width=16,
                filter="exact",
            ),
            Column(
                "division",
                Privacy.INTERNAL,
                heading=term("township", "所在乡镇"),
                source="place_region",
                kind="division",
                computed=True,
                group=PLACE,
                width=14,
                filter="division",
            ),
            Column("place", Privacy.INTERNAL, group=PLACE, width=20, listed=False),
            Column("visited_on", Privacy.INTERNAL, width=12, filter="date", sort=True),
            Column("visited_at", Privacy.INTERNAL, width=8, listed=False),
            Column("checkers", Privacy.INTERNAL, width=16),
            Column("summary", Privacy.INTERNAL, width=30, listed=False),
            Column(
                "checklist",
                Privacy.INTERNAL,
                source="checklist__name",
                reference=Reference(Checklist, "id", ("name",)),
                kind="reference",
                width=20,
                listed=False,
            ),
            Column("state", Privacy.INTERNAL, computed=True, width=10, filter="choice"),
            Column(
                "failed",
                Privacy.INTERNAL,
                heading=term("not as expected", "不符合项数"),
                source="lines_failed",
                kind="int",
                computed=True,
                width=8,
                total="sum",
            ),
        ),
        filters=(Filter("problems", term("with problems", "有不符合项"), "choice", _with_failures, YES_NO),),
        attachments=True,
        attach_check=lambda record, user: why_not_recording(record.inspection, user),
    )
)

results = registry.add(
    Ledger(
        key="inspection-results",
        title=term("Results of field checks", "现场核查结果"),
        model=CheckLine,
        natural_key=("record", "position"),
        standing=STANDING,
        save=save_lines,
        void=void_lines,
        check_rows=check_lines,
        address=lambda row: f"/inspections/checks/{row['record']}/",
        columns=(
            Column(
                "record",
                Privacy.INTERNAL,
                heading=term("no. of the field check", "核查表序号"),
                source="record_id",
                field="record",
                reference=Reference(InspectionCheck, "id"),
                kind="reference",
                group=PLACE,
                width=10,
                filter="exact",
            ),
            Column(
                "inspection",
                Privacy.INTERNAL,
                heading=term("inspection", "检查名称"),
                source="inspection__title",
                kind="text",
                computed=True,
                group=PLACE,
                width=24,
            ),
            Column(
                "settlement",
                Privacy.INTERNAL,
                heading=term("settlement", "安置点"),
                source="record__settlement__name",
                kind="text",
                computed=True,
                group=PLACE,
                width=18,
            ),
            Column(
                "household",
                Privacy.INTERNAL,
                heading=term("household", "户编号"),
                source="record__household__code",
                kind="text",
                computed=True,
                group=PLACE,
                width=16,
                filter="exact",
            ),
            Column(
                "division",
                Privacy.INTERNAL,
                heading=term("township", "所在乡镇"),
                source="place_region",
                kind="division",
                computed=True,
                group=PLACE,
                width=14,
                filter="division",
            ),
            *asked_columns(),
            Column("answer", Privacy.INTERNAL, group=ANSWER, width=12, code_list=YES_OR_NO),
            Column("outcome", Privacy.INTERNAL, group=ANSWER, width=10, filter="choice"),
            Column("note", Privacy.INTERNAL, group=ANSWER, width=30),
            problem_class_column(group=ANSWER, listed=False),
            Column(
                "item",
                Privacy.INTERNAL,
                heading=term("rectification item", "整改事项编号"),
                source="item__number",
                kind="text",
                computed=True,
                group=ANSWER,
                width=18,
                filter="exact",
            ),
        ),
        filters=(
            Filter(
                "of_inspection",
                term("no. of the inspection", "检查序号"),
                "exact",
                lambda rows, value: rows.filter(inspection=int(value)) if value.isdecimal() else rows.none(),
                shown=False,
            ),
            Filter(
                "on_ledger",
                term("on the ledger of problems", "已列入整改台账"),
                "choice",
                lambda rows, value: rows.filter(_on_ledger()) if value == "1" else rows.exclude(_on_ledger()),
                YES_NO,
            ),
        ),
    )
)


def _on_ledger() -> Q:
    return Q(item__isnull=False, item__voided_at__isnull=True)
