"""Entry of responsibility tasks and reports, by form, sheet or API."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from django.utils.translation import gettext as _

from accounts.models import Post
from common import bulk
from common.changes import writing
from common.problems import Problem, Refused
from common.scope import contains, current, reachable
from divisions.models import Unit
from rectification.actions.tasks import Told, arm, move, settle_long_term
from rectification.actions.tasks_rows import in_row, refuse_all, refused, standing, stored_rows, void_rows
from rectification.models.tasks import ResponsibilityTask, TaskMove
from rectification.queries.tasks import TASKS


def next_number(region: int, year: int, taken: Iterable[str] = ()) -> str:
    """A free number of a task that stands in no list: county or city code, year, running number (610400-2026-001)."""
    head = f"{region // 10**6:06d}-{year}-"
    used = set(
        ResponsibilityTask.objects.filter(region=region, number__startswith=head).values_list("number", flat=True)
    ) | set(taken)
    number = 1
    while f"{head}{number:03d}" in used:
        number += 1
    return f"{head}{number:03d}"


def post_of(unit: Unit) -> Post | None:
    """The post that the unit's tasks are bound to where none is told: its first."""
    return Post.objects.filter(unit=unit, voided_at=None).order_by("pk").first()


def save_tasks(rows: Sequence[dict], *, by, on=None, source="") -> bulk.Saved:
    """Create or change tasks; the region is the unit's. Days of a task that is submitted or done stay."""
    with writing(by=by, on=on, source=source) as work:
        # Numbers run through a place: two that are given at once would be the same.
        list(
            Unit.objects.filter(pk__in=[row["unit"].pk for row in rows if row.get("unit")])
            .order_by("pk")
            .select_for_update()
        )
        stored = stored_rows(ResponsibilityTask, rows, "unit", "post", "duty")
        refuse_all(_outside(rows))
        before = {pk: (task.deadline_on, task.long_term, task.interim_on) for pk, task in stored.items()}
        for row in rows:
            task = stored.get(row.get("id"))
            if task and "post" not in row and row.get("unit", task.unit) != task.unit:
                row["post"] = post_of(row["unit"])
        merged = bulk.merge(ResponsibilityTask, rows, lambda row: stored.get(row.get("id")))
        _refuse_days_of_the_settled(merged.objects, before)
        given: list[str] = []
        for task in merged.new:
            task.region = task.unit.region
            task.counts_from = work.on
            task.post = task.post or post_of(task.unit)
            if not task.number:
                task.number = next_number(task.region, work.on.year, given)
                given.append(task.number)
            settle_long_term(task, work.on)
        for task in merged.changed:
            task.region = task.unit.region
            settle_long_term(task, work.on)
        if merged.changed:
            merged.fields |= {"region", "state", "next_review_on"}
        saved = bulk.write(merged)
        arm(saved.touched, work.on)
        work.publish(TASKS, [task.pk for task in saved.touched])
        return saved


def _outside(rows: Sequence[dict]) -> list[Problem]:
    """Units above the area can be named, but not be given tasks from below."""
    return [
        Problem(
            index, "unit", row["unit"].name, "out_of_scope", _("This unit lies outside the area that you may enter.")
        )
        for index, row in enumerate(rows)
        if row.get("unit") and not contains(current().ranges, row["unit"].region)
    ]


def _refuse_days_of_the_settled(tasks: Sequence[ResponsibilityTask], before: dict[int, tuple]) -> None:
    problems = [
        Problem(
            index,
            "deadline_on",
            str(task.deadline_on or ""),
            "settled",
            _("Task %(number)s is submitted or done; its days stay. Return it or open it again first.")
            % {"number": task.number},
        )
        for index, task in enumerate(tasks)
        if task.pk in before
        and task.state in ("submitted", "done")
        and before[task.pk] != (task.deadline_on, task.long_term, task.interim_on)
    ]
    refuse_all(problems)


def void_tasks(ids: Iterable[int], *, reason: str, by, on=None) -> int:
    """Void tasks entered by mistake; their deadlines end."""
    with writing(by=by, on=on) as work:
        rows = standing(ResponsibilityTask, ids, "unit")
        void_rows(rows, by, reason)
        arm(rows, work.on)
        work.publish(TASKS, [task.pk for task in rows])
        return len(rows)


def save_reports(rows: Sequence[dict], *, by, on=None, source="") -> bulk.Saved:
    """Reports by form, sheet or API: each is an act. One that is stored stays as it was made."""
    saved = bulk.Saved()
    with writing(by=by, on=on, source=source):
        stored = reachable(TaskMove).in_bulk([row["id"] for row in rows if row.get("id")])
        for index, row in enumerate(rows):
            if kept := stored.get(row.get("id")):
                if any(
                    name in row and getattr(kept, name) != row[name] for name in ("text", "percent", "evidence", "day")
                ):
                    message = _("A report stays as it was made. Make another one that says what is right.")
                    raise refused("stays", message, "text", row=index)
                saved.objects.append(kept)
                continue
            try:
                made = move(row["task"].pk, "report", _told(row), by=by)
            except Refused as refusal:
                raise in_row(refusal, index, "task") from refusal
            saved.objects.append(made)
            saved.created.append(made)
        return saved


def void_reports(ids: Iterable[int], *, reason: str, by, on=None) -> int:
    """Take reports back that were a mistake; what was submitted is returned by whoever reviews it, not voided."""
    with writing(by=by, on=on) as work:
        rows = standing(TaskMove, ids)
        problems = [
            Problem(
                index,
                "text",
                "",
                "stays",
                _("Only a report of your own can be taken back; a submission is returned by its reviewer."),
            )
            for index, row in enumerate(rows)
            if row.act != "report" or row.by_id != by.pk
        ]
        refuse_all(problems)
        void_rows(rows, by, reason)
        work.publish("task-reports", [row.pk for row in rows])
        return len(rows)


def _told(row: dict) -> Told:
    return Told(text=row.get("text", ""), percent=row.get("percent"), evidence=row.get("evidence", ""))
