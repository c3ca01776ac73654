"""Monthly dispatch 月调度: a round for a month and place, and each unit's entry in it."""

from __future__ import annotations

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from common.fields import CleanTextField, CodeField, DayField, DecimalAmountField, WholeNumberField
from common.models import STANDING, Recorded
from common.terms import term
from divisions.models import Unit

HORIZONTAL, VERTICAL = "3", "4"  # codes of meeting_kind


class Dispatch(Recorded):
    """A round of a month: horizontal over the departments of one level, or vertical down to lower divisions."""

    month = DayField(term("month", "调度月份"), month_only=True)
    kind = CodeField(term("kind", "类型"), list_id="meeting_kind", default=HORIZONTAL)
    title = CleanTextField(term("title", "调度名称"), max_length=100, blank=True)
    due_on = DayField(term("entries due on", "报送截止"), null=True, blank=True)
    note = CleanTextField(term("asked for", "调度要求"), max_length=500, blank=True, multiline=True)
    closed_on = models.DateField(term("closed on", "关闭日期"), null=True, editable=False)
    closed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        editable=False,
        related_name="+",
        verbose_name=term("closed by", "关闭人"),
    )

    class Meta:
        verbose_name = term("dispatch round", "调度")
        verbose_name_plural = term("dispatch rounds", "调度")
        ordering = ["region", "-month", "id"]
        constraints = [
            models.UniqueConstraint("region", "month", "kind", condition=STANDING, name="dispatch_once_a_month"),
            models.CheckConstraint(
                name="dispatch_closed_by_somebody",
                condition=Q(closed_on__isnull=True, closed_by__isnull=True)
                | Q(closed_on__isnull=False, closed_by__isnull=False),
            ),
            Recorded.void_constraint("dispatch"),
        ]

    def __str__(self) -> str:
        return self.title

    def clean(self):
        if self.month and self.month.day != 1:
            self.month = self.month.replace(day=1)
        faults = {}
        if self.kind not in (HORIZONTAL, VERTICAL):
            faults["kind"] = ValidationError(
                _("A dispatch is horizontal (横向调度) or vertical (纵向调度); meetings have a ledger of their own."),
                "unknown_code",
            )
        if self.due_on and self.month and self.due_on < self.month:
            faults["due_on"] = ValidationError(
                _("The entries would be due before the month begins. Check the day."), "order"
            )
        if faults:
            raise ValidationError(faults)


class DispatchEntry(Recorded):
    """What a unit reports for the month; until it is entered, a line that is owed. `region` is the unit's.

    A lower level does not see the round itself, so the entry carries what it must know of it: title, month, when it is
    due, and whether the round is closed. The figures are computed, and kept as they were when the entry was made.
    """

    dispatch = models.ForeignKey(
        Dispatch, models.PROTECT, related_name="entries", verbose_name=term("dispatch", "调度")
    )
    unit = models.ForeignKey(
        Unit, models.PROTECT, related_name="dispatch_entries", verbose_name=term("unit", "报送单位")
    )
    title = CleanTextField(term("dispatch", "调度名称"), max_length=100, editable=False)
    month = DayField(term("month", "调度月份"), month_only=True, editable=False)
    kind = CodeField(term("kind", "类型"), list_id="meeting_kind", editable=False)
    due_on = DayField(term("due on", "报送截止"), editable=False)
    closed_on = models.DateField(term("round closed on", "调度关闭日期"), null=True, editable=False)
    progress = CleanTextField(term("progress", "工作进展"), max_length=1000, blank=True, multiline=True)
    problems = CleanTextField(term("problems", "存在问题"), max_length=1000, blank=True, multiline=True)
    next_steps = CleanTextField(term("next steps", "下一步工作"), max_length=1000, blank=True, multiline=True)
    open_tasks = WholeNumberField(term("open tasks", "未完成任务"), null=True, blank=True, editable=False)
    overdue_tasks = WholeNumberField(term("overdue tasks", "超期任务"), null=True, blank=True, editable=False)
    open_items = WholeNumberField(term("open problems", "未销号问题"), null=True, blank=True, editable=False)
    overdue_items = WholeNumberField(term("overdue problems", "超期问题"), null=True, blank=True, editable=False)
    rate = DecimalAmountField(
        term("employment rate (%)", "就业率（%）"), max_digits=5, null=True, blank=True, editable=False
    )
    entered_on = models.DateField(term("entered on", "报送日期"), null=True, editable=False)
    entered_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        editable=False,
        related_name="+",
        verbose_name=term("entered by", "报送人"),
    )

    class Meta:
        verbose_name = term("dispatch entry", "调度报送")
        verbose_name_plural = term("dispatch entries", "调度报送")
        ordering = ["region", "id"]
        constraints = [
            models.UniqueConstraint("dispatch", "unit", condition=STANDING, name="dispatch_entry_once_a_unit"),
            models.CheckConstraint(
                name="dispatch_entry_entered_by_somebody",
                condition=Q(entered_on__isnull=True, entered_by__isnull=True)
                | Q(entered_on__isnull=False, entered_by__isnull=False) & ~Q(progress=""),
            ),
            models.CheckConstraint(name="dispatch_entry_due_in_time", condition=Q(due_on__gte=F("month"))),
            Recorded.void_constraint("dispatch_entry"),
        ]

    def __str__(self) -> str:
        return f"{self.title} {self.unit.name}"

    @property
    def late(self) -> bool:
        """Entered after its day."""
        return self.entered_on is not None and self.entered_on > self.due_on
