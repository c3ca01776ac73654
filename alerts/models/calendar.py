"""The administrator's own table of working days and holidays 工作日历."""

from __future__ import annotations

from django.conf import settings
from django.db import models

from common.fields import CleanTextField, DayField, YesNoField
from common.models import Recorded
from common.terms import term


class CalendarDay(models.Model):
    """A day as the State Council's notice (or a province's) has it. It leads over what the installed package knows, and
    over plain weekends. A day entered by mistake is voided."""

    day = DayField(term("day", "日期"))
    working = YesNoField(term("working day", "是否上班"))
    name = CleanTextField(term("name", "名称"), max_length=40, blank=True)
    source = CleanTextField(term("source", "依据"), max_length=200)
    version = models.PositiveIntegerField(term("version", "版本"), default=1, editable=False)
    voided_at = models.DateTimeField(term("voided at", "作废时间"), null=True, editable=False)
    voided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        editable=False,
        related_name="+",
        verbose_name=term("voided by", "作废人"),
    )
    void_reason = models.CharField(term("reason of voiding", "作废原因"), max_length=200, blank=True, editable=False)

    class Meta:
        verbose_name = term("day of the work calendar", "工作日历")
        verbose_name_plural = term("days of the work calendar", "工作日历")
        ordering = ["day"]
        constraints = [
            models.UniqueConstraint("day", condition=models.Q(voided_at__isnull=True), name="calendar_day_once"),
            Recorded.void_constraint("calendar_day"),
        ]

    def __str__(self) -> str:
        return f"{self.day} {self.name}".strip()
