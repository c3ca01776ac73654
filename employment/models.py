"""Earning how: jobs as spells 就业记录."""

from __future__ import annotations

from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from common import clock
from common.fields import CleanTextField, CodeField, DayField, WholeNumberField
from common.models import STANDING, Recorded
from common.terms import term
from households.models import Person

FURTHEST_AHEAD = 366  # days; a contract that is signed already may begin next month, not in some other year


class Employment(Recorded):
    """A job of a person, from `start_date` up to and including `end_date` (None: still going on)."""

    person = models.ForeignKey(
        Person, models.PROTECT, related_name="employments", verbose_name=term("person", "就业人员")
    )
    channel = CodeField(term("channel", "就业渠道"), list_id="employment_channel")
    employer = CleanTextField(term("employer", "就业单位"), max_length=80, blank=True)
    workplace = CleanTextField(term("place of work", "就业地点"), max_length=80, blank=True)
    monthly_wage = WholeNumberField(
        term("monthly wage (yuan)", "月工资（元）"),
        null=True,
        blank=True,
        unit="yuan",
        refusal="wage_text",
        max_value=1_000_000,
    )
    start_date = DayField(term("begun on", "就业起始时间"))
    end_date = DayField(
        term("ended on", "就业终止时间"),
        null=True,
        blank=True,
        open_words=("至今", "长期", "现在", "目前", "在职", "无固定期限"),
    )
    remark = CleanTextField(term("remark", "备注"), max_length=200, blank=True)

    class Meta:
        verbose_name = term("employment", "就业记录")
        verbose_name_plural = term("employments", "就业记录")
        ordering = ["region", "id"]
        constraints = [
            models.UniqueConstraint(
                "person", "employer", "start_date", condition=STANDING, name="employment_once_a_start"
            ),
            models.CheckConstraint(
                name="employment_ends_after_it_begins",
                condition=Q(end_date__isnull=True) | Q(end_date__gte=F("start_date")),
            ),
            Recorded.void_constraint("employment"),
        ]
        indexes = [models.Index("region", "id", name="employment_place")]

    def __str__(self) -> str:
        return f"{self.employer} {self.start_date}"

    def clean(self):
        if self.start_date and (self.start_date - clock.today()).days > FURTHEST_AHEAD:
            message = _(
                "The job begins more than a year from now. Correct the year, or enter the job when it has begun."
            )
            raise ValidationError({"start_date": ValidationError(message, code="future_date")})
        if self.end_date and self.start_date and self.end_date < self.start_date:
            raise ValidationError(
                {
                    "end_date": ValidationError(
                        _("The job ends before it begins (%(start)s). Correct one of the two dates."),
                        code="end_before_start",
                        params={"start": self.start_date},
                    )
                }
            )
