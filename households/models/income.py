"""What a household earns and must spend, by quarter and year, and the line that it is held against."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from common import clock
from common.codes import declare
from common.dates import add_months
from common.fields import (
    CleanTextField,
    CodeField,
    DayField,
    DecimalAmountField,
    DivisionCodeField,
    PersonNameField,
    WholeNumberField,
    YesNoField,
)
from common.models import STANDING, Recorded
from common.scope import CODE_LIMIT, ancestor, code_range, level_of
from common.terms import term
from households.models.households import Household

declare(
    "income_period",
    term("Period of income", "收入期间"),
    {
        "0": term("whole year", "全年"),
        "1": term("1st quarter", "一季度"),
        "2": term("2nd quarter", "二季度"),
        "3": term("3rd quarter", "三季度"),
        "4": term("4th quarter", "四季度"),
    },
)
YEAR = "0"
FIRST_YEAR = 2015
EARNED = ("wages", "business", "property", "transfers")
RIGID = ("rigid_medical", "rigid_education", "rigid_housing", "rigid_disaster", "rigid_other")


def days_of(year: int, period: str) -> tuple[dt.date, dt.date]:
    """The first and the last day of a year or of a quarter of it."""
    quarter = int(period)
    begins = dt.date(year, 3 * quarter - 2 if quarter else 1, 1)
    return begins, add_months(begins, 3 if quarter else 12) - dt.timedelta(1)


class PeriodField(CodeField):
    required_message = gettext_lazy(
        "An amount says nothing without its months. Say for which quarter it is, or that it is for the whole year."
    )


def amount(en: str, zh: str) -> DecimalAmountField:
    return DecimalAmountField(
        term(en, zh), max_digits=11, decimal_places=2, null=True, blank=True, unit="yuan", max_value=99_999_999
    )


class Income(Recorded):
    """What a household earned and had to spend in a period 收入测算.

    `net_income` is what was earned less what the business cost. `members` are those who belonged on the period's last day;
    they, `per_head`, `previous_per_head` (the same period of the year before) and `change` are computed from rows
    (households.actions.income.settle_incomes) and follow every change of those.
    """

    household = models.ForeignKey(
        Household, models.PROTECT, related_name="incomes", verbose_name=term("household", "户编号")
    )
    year = WholeNumberField(term("Year", "年度"), unit="year", min_value=FIRST_YEAR, max_value=2100)
    period = PeriodField(term("period", "期间"), list_id="income_period")
    wages = amount("Wages", "工资性收入（元）")
    business = amount("Business", "生产经营性收入（元）")
    property = amount("Property", "财产性收入（元）")
    transfers = amount("Transfers", "转移性收入（元）")
    minimum_living = amount("Of them: minimum living", "其中：低保金（元）")
    business_outlay = amount("Business outlay", "生产经营性支出（元）")
    rigid_medical = amount("Medical outlay", "医疗支出（元）")
    rigid_education = amount("Education outlay", "教育支出（元）")
    rigid_housing = amount("Housing outlay", "住房支出（元）")
    rigid_disaster = amount("Outlay after accidents and disasters", "灾害事故支出（元）")
    rigid_other = amount("Other rigid outlay", "其他刚性支出（元）")
    worked_by = PersonNameField(term("Worked out by", "核算人"), blank=True)
    worked_on = DayField(term("On", "核算时间"), null=True, blank=True)
    confirmed = YesNoField(term("Confirmed", "户主确认"), default=False, blank=True)
    remark = CleanTextField(term("remark", "备注"), max_length=200, blank=True)
    begins_on = models.DateField(term("begins on", "期间起始"), editable=False)
    ends_on = models.DateField(term("ends on", "期间截止"), editable=False)
    net_income = models.DecimalField(
        term("Net income", "纯收入（元）"), max_digits=12, decimal_places=2, editable=False
    )
    rigid_total = models.DecimalField(
        term("Rigid outlay", "刚性支出合计（元）"), max_digits=12, decimal_places=2, null=True, editable=False
    )
    members = models.PositiveSmallIntegerField(term("Members", "家庭人口"), null=True, editable=False)
    per_head = models.DecimalField(
        term("Net per head", "人均纯收入（元）"), max_digits=12, decimal_places=2, null=True, editable=False
    )
    previous_per_head = models.DecimalField(
        term("Last year", "上年人均纯收入（元）"), max_digits=12, decimal_places=2, null=True, editable=False
    )
    change = models.DecimalField(
        term("Change (%)", "增幅（%）"), max_digits=12, decimal_places=2, null=True, editable=False
    )

    class Meta:
        verbose_name = term("income", "收入测算")
        verbose_name_plural = term("incomes", "收入测算")
        ordering = ["region", "id"]
        constraints = [
            models.UniqueConstraint("household", "year", "period", condition=STANDING, name="income_once_a_period"),
            models.CheckConstraint(name="income_period_has_days", condition=Q(ends_on__gt=F("begins_on"))),
            Recorded.void_constraint("income"),
        ]
        indexes = [
            models.Index("region", "id", name="income_place"),
            models.Index("household", "ends_on", name="income_household"),
        ]

    def __str__(self) -> str:
        return f"{self.household} {self.year} {self.get_period_display()}"

    def clean(self):
        """Amounts that agree with each other; what follows from them alone is filled in."""
        faults = {}
        if not any(getattr(self, name) is not None for name in (*EARNED, "business_outlay")):
            message = _("Write at least one kind of income; a household that earned nothing has 0 there.")
            faults["wages"] = ValidationError(message, "required")
        if (self.minimum_living or 0) > (self.transfers or 0):
            message = _("The minimum living allowance is part of the transfers and cannot be more than they are.")
            faults["minimum_living"] = ValidationError(message, "part_exceeds_whole")
        today = clock.today()
        if self.worked_on and self.worked_on > today:
            faults["worked_on"] = ValidationError(_("This day lies in the future. Correct it."), "future")
        if self.year and self.period:
            self.begins_on, self.ends_on = days_of(self.year, self.period)
            if self.begins_on > today:
                faults["year"] = ValidationError(_("This period has not begun yet. Check year and quarter."), "future")
        if faults:
            raise ValidationError(faults)
        self.net_income = sum((getattr(self, name) or Decimal(0) for name in EARNED), Decimal(0)) - (
            self.business_outlay or 0
        )
        told = [value for name in RIGID if (value := getattr(self, name)) is not None]
        self.rigid_total = sum(told, Decimal(0)) if told else None


class ThresholdQuerySet(models.QuerySet):
    def within(self, ranges):
        """Lines of these divisions, and of those that hold them: which line leads at a place everybody there may know."""
        condition = Q(division=0)
        for lo, hi in ranges:
            above = [ancestor(lo, level) for level in range(level_of(lo))] if hi - lo < CODE_LIMIT else []
            condition |= Q(division__gte=lo, division__lt=hi) | Q(division__in=above)
        return self.filter(condition)

    def visible_to(self, user):
        return self.within(user.ranges)


class Threshold(models.Model):
    """The monitoring line 监测线 of a year: net income a head and year below which a household is at risk.

    The latest version up to the year leads, and of one year that of the smallest division that holds the place.
    """

    division = DivisionCodeField(term("division", "适用区划"))
    upto = models.BigIntegerField(editable=False)
    year = WholeNumberField(term("Year", "年度"), unit="year", min_value=FIRST_YEAR, max_value=2100)
    amount = DecimalAmountField(
        term("monitoring line (yuan a head and year)", "监测线（元/人·年）"),
        max_digits=8,
        decimal_places=2,
        min_value=100,
        unit="yuan",
    )
    source = CleanTextField(term("source", "依据文件"), max_length=200)
    version = models.PositiveIntegerField(term("version", "版本"), default=1, editable=False)

    objects = ThresholdQuerySet.as_manager()
    scope_path = "division"

    class Meta:
        verbose_name = term("monitoring line", "监测线")
        verbose_name_plural = term("monitoring lines", "监测线")
        ordering = ["year", "division"]
        constraints = [models.UniqueConstraint("division", "year", name="threshold_once_a_year")]

    def __str__(self) -> str:
        return f"{self.year} {self.amount}"

    def clean(self):
        if self.division is None:
            return
        if self.division and level_of(self.division) > 3:
            message = _("A monitoring line is set by a county or a division above it.")
            raise ValidationError({"division": ValidationError(message, "bad_division")})
        self.upto = code_range(self.division)[1]
