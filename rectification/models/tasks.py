"""The responsibility list 责任清单: department, duty, task, stage target, deadline or long term with a yearly review."""

from __future__ import annotations

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from accounts.models import Post
from common.fields import CleanTextField, CodeField, DayField, WholeNumberField
from common.models import STANDING, Recorded
from common.terms import term
from divisions.models import Unit
from rectification import task_states  # noqa: F401  declares the code lists of the states


class ResponsibilityList(Recorded):
    """A list as a document lays it down. What was due before `counts_from` is the past: it reminds of nothing.

    `shifted_years` says by how many years all dates of the document were moved.
    """

    title = CleanTextField(term("title", "清单名称"), max_length=100)
    document = CleanTextField(term("document", "依据文件"), max_length=200, blank=True)
    valid_from = DayField(term("in force from", "生效日期"))
    counts_from = DayField(term("counts from", "提醒起始日"))
    shifted_years = WholeNumberField(term("years moved", "顺延年数"), default=0, max_value=100)

    class Meta:
        verbose_name = term("responsibility list", "责任清单")
        verbose_name_plural = term("responsibility lists", "责任清单")
        ordering = ["region", "id"]
        constraints = [
            models.UniqueConstraint("region", "title", condition=STANDING, name="responsibility_list_once_a_place"),
            Recorded.void_constraint("responsibility_list"),
        ]

    def __str__(self) -> str:
        return self.title


class Duty(Recorded):
    """What a department answers for by the list; `department` and `deadline_text` as the document prints them."""

    list = models.ForeignKey(
        ResponsibilityList, models.PROTECT, related_name="duties", verbose_name=term("list", "责任清单")
    )
    position = WholeNumberField(term("no.", "序号"), min_value=1, max_value=999)
    unit = models.ForeignKey(Unit, models.PROTECT, related_name="duties", verbose_name=term("department", "部门"))
    department = CleanTextField(term("department as printed", "部门（原文）"), max_length=80)
    text = CleanTextField(term("duty", "职责"), max_length=300)
    deadline_text = CleanTextField(term("time limit as printed", "完成时限（原文）"), max_length=300, blank=True)

    class Meta:
        verbose_name = term("duty", "职责")
        verbose_name_plural = term("duties", "职责")
        ordering = ["list", "position", "id"]
        constraints = [
            models.UniqueConstraint("list", "position", condition=STANDING, name="duty_once_a_position"),
            Recorded.void_constraint("duty"),
        ]

    def __str__(self) -> str:
        return f"{self.department}：{self.text}"


class ResponsibilityTask(Recorded):
    """A task 责任清单任务 of a unit, of a list or decided elsewhere (`origin` says where). `region` is the unit's.

    It has a day, or is long term with a yearly review, or has neither yet and asks for one. `strict_on` keeps the
    stricter reading of the document's words (“2025年前”). It is bound to a post, so that it passes to the next holder.
    Whether it is overdue is computed and never stored.
    """

    number = CleanTextField(
        term("task no.", "任务编号"),
        max_length=30,
        blank=True,
        help_text=term("Left blank, the next free number is given.", "留空时自动编号。"),
    )
    duty = models.ForeignKey(
        Duty, models.PROTECT, null=True, blank=True, related_name="tasks", verbose_name=term("duty", "职责")
    )
    position = WholeNumberField(term("task", "任务序号"), default=1, min_value=1, max_value=999)
    unit = models.ForeignKey(
        Unit, models.PROTECT, related_name="responsibility_tasks", verbose_name=term("department", "部门")
    )
    post = models.ForeignKey(
        Post,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="responsibility_tasks",
        verbose_name=term("responsible post", "责任岗位"),
    )
    text = CleanTextField(term("task", "重点任务"), max_length=500)
    stage_target = CleanTextField(term("stage target", "阶段性目标"), max_length=200, blank=True)
    deadline_text = CleanTextField(term("time limit (text)", "完成时限"), max_length=300, blank=True)
    deadline_on = DayField(term("deadline", "规范时限"), null=True, blank=True)
    milestone = CodeField(term("milestone", "节点要求"), list_id="task_milestone", blank=True)
    interim_on = DayField(term("stage by", "阶段时限"), null=True, blank=True)
    interim_milestone = CodeField(term("stage", "阶段节点"), list_id="task_milestone", blank=True)
    interim_met_on = models.DateField(term("stage reached on", "阶段完成日期"), null=True, editable=False)
    strict_on = DayField(term("strict reading", "严格时限"), null=True, blank=True)
    long_term = models.BooleanField(term("long term", "长期坚持"), default=False)
    next_review_on = DayField(term("next yearly review", "下次年度评估"), null=True, blank=True)
    counts_from = models.DateField(term("counts from", "提醒起始日"), null=True, editable=False)
    state = CodeField(term("state", "完成情况"), list_id="task_state", default="open", editable=False)
    progress = WholeNumberField(term("progress (%)", "进度（%）"), default=0, max_value=100, editable=False)
    submitted_on = models.DateField(term("submitted on", "提交日期"), null=True, editable=False)
    submitted_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        editable=False,
        related_name="+",
        verbose_name=term("submitted by", "提交人"),
    )
    completed_on = models.DateField(term("completed on", "完成日期"), null=True, editable=False)
    origin = CleanTextField(term("origin", "任务来源"), max_length=120, blank=True)
    note = CleanTextField(term("remarks", "备注"), max_length=300, blank=True)

    class Meta:
        verbose_name = term("responsibility task", "责任清单任务")
        verbose_name_plural = term("responsibility tasks", "责任清单任务")
        ordering = ["region", "id"]
        constraints = [
            models.UniqueConstraint("region", "number", condition=STANDING, name="responsibility_task_number_once"),
            models.CheckConstraint(
                name="responsibility_task_done_has_a_day", condition=~Q(state="done") | Q(completed_on__isnull=False)
            ),
            models.CheckConstraint(
                name="responsibility_task_long_term_state", condition=Q(long_term=True) | ~Q(state="long_term")
            ),
            Recorded.void_constraint("responsibility_task"),
        ]
        indexes = [models.Index("region", "unit", "id", name="responsibility_task_place")]

    def __str__(self) -> str:
        return f"{self.number} {self.text[:40]}"

    def clean(self):
        faults = {}
        if self.long_term and self.deadline_on:
            faults["deadline_on"] = ValidationError(
                _("A long-term task has a yearly review and no deadline. Clear one of the two."), "conflict"
            )
        if self.interim_on and self.deadline_on and self.interim_on > self.deadline_on:
            faults["interim_on"] = ValidationError(_("The stage ends after the task itself. Check the days."), "order")
        if self.next_review_on and not self.long_term:
            faults["next_review_on"] = ValidationError(
                _("Only a long-term task has a yearly review. Mark it as long term, or clear this day."), "conflict"
            )
        if self.duty_id and self.unit_id and self.duty.unit_id != self.unit_id:
            faults["duty"] = ValidationError(_("This duty is another department's. Choose one of its own."), "conflict")
        if self.post_id and self.unit_id and self.post.unit_id != self.unit_id:
            faults["post"] = ValidationError(_("This post is another unit's. Choose one of its own."), "other_unit")
        if faults:
            raise ValidationError(faults)


class TaskMove(Recorded):
    """An act on a task: who did what on which day, in what words, and what it changed. Never altered.

    Reports of a unit (报送, with its evidence in words; files hang on the task, in the group of the act) and decisions of others are both moves.
    """

    task = models.ForeignKey(
        ResponsibilityTask, models.PROTECT, related_name="moves", verbose_name=term("task", "任务")
    )
    act = models.CharField(term("act", "办理"), max_length=20, editable=False)
    day = DayField(term("day", "日期"))
    at = models.DateTimeField(term("at", "时间"), editable=False)
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", editable=False, verbose_name=term("by", "办理人")
    )
    unit_name = models.CharField(term("unit", "单位"), max_length=80, blank=True, editable=False)
    text = CleanTextField(term("progress and opinion", "进展和意见"), max_length=1000, multiline=True)
    percent = WholeNumberField(term("progress (%)", "进度（%）"), null=True, blank=True, max_value=100)
    evidence = CleanTextField(
        term("evidence", "佐证材料"),
        max_length=300,
        blank=True,
        help_text=term("Document numbers or names of files.", "文号或材料名称。"),
    )
    before = CodeField(term("state before", "办理前状态"), list_id="task_state", editable=False)
    after = CodeField(term("state after", "办理后状态"), list_id="task_state", editable=False)
    changes = models.JSONField(term("changes", "变更内容"), default=dict, editable=False)

    class Meta:
        verbose_name = term("report", "进展报送")
        verbose_name_plural = term("reports", "进展报送")
        ordering = ["task", "id"]
        constraints = [Recorded.void_constraint("task_move")]
        indexes = [models.Index("task", "id", name="task_move_order")]

    def __str__(self) -> str:
        return f"{self.task.number} {self.day}"
