"""The ledgers of the responsibility list 责任清单 (its headings are the annex's own) and of the units' reports."""

from __future__ import annotations

from django.db.models import OuterRef, Q, QuerySet, Subquery

from accounts.models import Post
from common import clock
from common.ledger import Act, Column, Filter, Ledger, Privacy, Reference, registry
from common.models import STANDING
from common.terms import term
from divisions.models import Unit
from rectification.actions import tasks_entry
from rectification.models.tasks import Duty, ResponsibilityList, ResponsibilityTask, TaskMove
from rectification.queries.tasks import NEEDS_DEADLINE, PAST, WORKING, late, orphans, overdue, why_not_attach

YES = [("1", term("yes", "是")), ("0", term("no", "否"))]
TIME = term("Time limit", "时限")
WORK = term("Progress", "办理情况")
FILE_GROUPS = (
    ("report", term("evidence of progress", "进展佐证")),
    ("submit", term("evidence of completion", "完成佐证")),
)
REPORTED, REVIEWED = ("report", "submit"), ("accept", "return", "stage", "review", "confirm")


def place(name: str = "division", heading=None, field: str = "region", filter: str = "division", **told) -> Column:
    """The place of a row."""
    heading = heading or term("division", "所属区划")
    return Column(name, Privacy.PUBLIC, heading=heading, source=field, field=field, width=14, filter=filter, **told)


def division(**told) -> Column:
    """The place of a row, read only: it follows from the unit."""
    return place(computed=True, **told)


def unit_column(heading=None, name: str = "unit", **told) -> Column:
    return Column(
        name,
        Privacy.PUBLIC,
        heading=heading,
        source=f"{name}__name",
        width=18,
        filter="exact",
        reference=Reference(Unit, "id", ("name",)),
        **told,
    )


def post_column(**told) -> Column:
    """The post, chosen in the form; sheets leave it to the unit's own."""
    return Column(
        "post",
        Privacy.PUBLIC,
        source="post__name",
        width=10,
        in_sheet=False,
        reference=Reference(Post, "id", ("name",)),
        **told,
    )


def _yes(name: str, label, condition, *, shown: bool = True) -> Filter:
    """A filter by a condition that depends on the day."""

    def apply(rows: QuerySet, value: str) -> QuerySet:
        holds = condition(clock.today())
        return rows.filter(holds if value == "1" else ~holds)

    return Filter(name, label, "choice", apply, YES, shown)


def _orphan(rows: QuerySet, value: str) -> QuerySet:
    found = orphans(rows, clock.today())
    return found if value == "1" else rows.exclude(pk__in=found.values("pk"))


def _latest(acts: tuple[str, ...], column: str, **more) -> Subquery:
    moves = TaskMove.objects.filter(task=OuterRef("pk"), act__in=acts, voided_at=None, **more)
    return Subquery(moves.order_by("-pk").values(column)[:1])


def _with_latest(rows: QuerySet[ResponsibilityTask]) -> QuerySet[ResponsibilityTask]:
    """What the unit said last, with which evidence, and what was last said to it."""
    return rows.annotate(
        latest=_latest(REPORTED, "text"),
        proof=Subquery(
            TaskMove.objects.filter(task=OuterRef("pk"), act__in=REPORTED, voided_at=None)
            .exclude(evidence="")
            .order_by("-pk")
            .values("evidence")[:1]
        ),
        opinion=_latest(REVIEWED, "text"),
    )


responsibility_lists = registry.add(
    Ledger(
        key="responsibility-lists",
        title=term("Responsibility lists", "责任清单目录"),
        model=ResponsibilityList,
        natural_key=("division", "title"),
        standing=STANDING,
        columns=(
            place(),
            Column("title", Privacy.PUBLIC, width=36, filter="text"),
            Column("document", Privacy.PUBLIC, width=36),
            Column("valid_from", Privacy.PUBLIC, width=12),
            Column("counts_from", Privacy.PUBLIC, width=12),
            Column("shifted_years", Privacy.PUBLIC, width=8, computed=True),
        ),
    )
)

duties = registry.add(
    Ledger(
        key="duties",
        title=term("Duties of departments", "部门职责"),
        model=Duty,
        natural_key=("list", "position"),
        standing=STANDING,
        sort=("region", "id"),
        columns=(
            Column(
                "list",
                Privacy.PUBLIC,
                source="list__title",
                width=30,
                filter="exact",
                reference=Reference(ResponsibilityList, "id", ("title",)),
            ),
            Column("position", Privacy.PUBLIC, width=6),
            unit_column(term("department", "部门")),
            Column("department", Privacy.PUBLIC, width=18),
            Column("text", Privacy.PUBLIC, width=40),
            Column("deadline_text", Privacy.PUBLIC, width=30),
        ),
    )
)

responsibility_tasks = registry.add(
    Ledger(
        key="responsibility-tasks",
        title=term("Responsibility list", "责任清单任务"),
        model=ResponsibilityTask,
        natural_key=("unit", "number"),
        standing=STANDING,
        save=tasks_entry.save_tasks,
        void=tasks_entry.void_tasks,
        annotate=_with_latest,
        address=lambda row: f"/responsibility/{row['id']}/",
        paper="A3",
        attachments=True,
        attach_check=why_not_attach,
        attachment_groups=lambda task: FILE_GROUPS,
        columns=(
            Column("number", Privacy.PUBLIC, width=12, filter="exact", sort=True),
            unit_column(term("department", "部门")),
            Column(
                "duty",
                Privacy.PUBLIC,
                source="duty__text",
                width=30,
                listed=False,
                reference=Reference(Duty, "id", ("text",)),
            ),
            Column("text", Privacy.PUBLIC, width=44),
            Column("deadline_text", Privacy.PUBLIC, group=TIME, width=24, listed=False),
            Column("deadline_on", Privacy.PUBLIC, group=TIME, width=12, filter="date"),
            Column("milestone", Privacy.PUBLIC, group=TIME, width=12, listed=False, filter="choice"),
            Column("stage_target", Privacy.PUBLIC, group=TIME, width=18, listed=False),
            Column("interim_on", Privacy.PUBLIC, group=TIME, width=12),
            Column("interim_milestone", Privacy.PUBLIC, group=TIME, width=12, listed=False),
            Column("strict_on", Privacy.PUBLIC, group=TIME, width=12, listed=False),
            Column("long_term", Privacy.PUBLIC, group=TIME, width=8, listed=False, filter="choice"),
            Column("next_review_on", Privacy.PUBLIC, group=TIME, width=12, listed=False),
            post_column(listed=False),
            Column(
                "latest",
                Privacy.INTERNAL,
                heading=term("progress so far", "进展情况"),
                kind="text",
                computed=True,
                group=WORK,
                width=30,
                listed=False,
            ),
            Column("progress", Privacy.PUBLIC, computed=True, group=WORK, width=8),
            Column("state", Privacy.PUBLIC, computed=True, group=WORK, width=10, filter="choice"),
            Column(
                "proof",
                Privacy.INTERNAL,
                heading=term("evidence", "佐证材料"),
                kind="text",
                computed=True,
                group=WORK,
                width=18,
                listed=False,
            ),
            Column(
                "opinion",
                Privacy.INTERNAL,
                heading=term("finding of the review", "审核意见"),
                kind="text",
                computed=True,
                group=WORK,
                width=18,
                listed=False,
            ),
            Column("completed_on", Privacy.PUBLIC, computed=True, group=WORK, width=12, listed=False, filter="date"),
            Column("origin", Privacy.PUBLIC, width=20, listed=False),
            Column("note", Privacy.PUBLIC, width=20, listed=False),
            division(listed=False),
        ),
        filters=(
            _yes("overdue", term("overdue", "是否超期"), overdue),
            _yes("late", term("itself past its day", "任务本身超期"), late, shown=False),
            _yes("past", term("past, to be confirmed", "往期待确认"), lambda on: PAST),
            _yes("needs_deadline", term("needs a deadline", "未定时限"), lambda on: NEEDS_DEADLINE),
            _yes("open", term("being worked on", "办理中"), lambda on: WORKING, shown=False),
            Filter("orphan", term("nobody holds its post", "无人负责"), "choice", _orphan, YES),
            Filter(
                "department",
                term("department", "部门"),
                "choice",
                lambda rows, value: rows.filter(unit=value),
                lambda: Unit.objects.values_list("pk", "name"),
                shown=False,
            ),
            Filter(
                "list",
                term("list", "责任清单"),
                "exact",
                lambda rows, value: rows.filter(duty__list__title=value),
                shown=False,
            ),
        ),
        acts=[
            Act(
                "board",
                term("Board by department", "按部门查看"),
                lambda filters: (
                    "/responsibility/"
                    + (f"?region={filters['division']}" if filters.get("division", "").isdecimal() else "")
                ),
            )
        ],
    )
)

task_reports = registry.add(
    Ledger(
        key="task-reports",
        title=term("Reports on tasks", "任务进展报送"),
        model=TaskMove,
        natural_key=("task", "text"),
        standing=STANDING & Q(act__in=REPORTED),
        sort=("region", "id"),
        save=tasks_entry.save_reports,
        void=tasks_entry.void_reports,
        address=lambda row: f"/ledgers/task-reports/{row['id']}/",
        columns=(
            Column(
                "task",
                Privacy.PUBLIC,
                heading=term("task no.", "任务编号"),
                source="task__number",
                width=14,
                filter="exact",
                reference=Reference(ResponsibilityTask, "id", ("number",)),
            ),
            Column(
                "task_text",
                Privacy.PUBLIC,
                heading=term("task", "重点任务"),
                source="task__text",
                computed=True,
                width=36,
            ),
            Column(
                "unit",
                Privacy.PUBLIC,
                heading=term("department", "部门"),
                source="task__unit__name",
                kind="text",
                computed=True,
                width=18,
                filter="text",
            ),
            Column("text", Privacy.INTERNAL, width=44),
            Column("percent", Privacy.PUBLIC, width=8),
            Column("evidence", Privacy.INTERNAL, width=24),
            Column("day", Privacy.PUBLIC, computed=True, width=12, filter="date"),
            Column(
                "by",
                Privacy.INTERNAL,
                heading=term("reported by", "报送人"),
                source="by__display_name",
                kind="text",
                computed=True,
                width=12,
            ),
            Column("act", Privacy.PUBLIC, computed=True, width=8, listed=False, in_sheet=False),
            division(listed=False),
        ),
    )
)
