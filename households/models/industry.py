"""Support of a household's own business 产业扶持: by year and project, with the money that it got."""

from __future__ import annotations

from django.db import models

from common.fields import CleanTextField, DecimalAmountField, WholeNumberField
from common.models import STANDING, Recorded
from common.terms import term
from households.models.households import Household


class IndustrySupport(Recorded):
    """What a household got in a year for one project."""

    household = models.ForeignKey(
        Household, models.PROTECT, related_name="industry_supports", verbose_name=term("household", "户")
    )
    year = WholeNumberField(term("year", "年度"), min_value=2013, max_value=2100, unit="year")
    project = CleanTextField(term("industry support project", "产业扶持项目"), max_length=80)
    amount = DecimalAmountField(
        term("money in the year (yuan)", "年内获得产业扶持资金（元）"), null=True, blank=True, unit="yuan"
    )
    remark = CleanTextField(term("remark", "备注"), max_length=200, blank=True)

    class Meta:
        verbose_name = term("industry support", "产业扶持")
        verbose_name_plural = term("industry supports", "产业扶持")
        ordering = ["region", "id"]
        constraints = [
            models.UniqueConstraint(
                "household", "year", "project", condition=STANDING, name="industry_support_once_a_year"
            ),
            Recorded.void_constraint("industry_support"),
        ]
        indexes = [
            models.Index("region", "id", name="industry_support_place"),
            models.Index("household", "id", name="industry_support_household"),
        ]

    def __str__(self) -> str:
        return f"{self.project} {self.year}"
