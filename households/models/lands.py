"""The three lands 三块地 left behind: what the household holds, how it is used, and what it brings a year."""

from __future__ import annotations

from collections.abc import Iterator

from django.db import models
from django.utils.translation import gettext_lazy as _

from common import clock
from common.fields import CleanTextField, CodeField, DayField, DecimalAmountField, WholeNumberField
from common.models import STANDING, Recorded
from common.terms import term
from households.models.faults import Fault, in_future, refuse
from households.models.old_houses import OriginKept

LARGEST_LAND = 1000  # mu
FIRST_YEAR = 2016


class LandRight(OriginKept):
    """A plot of one of the three lands, from the first or `way_from` on in one way of use until `way_to`."""

    kind = CodeField(term("land", "地类"), list_id="land_kind")
    plot = CleanTextField(term("plot", "地块"), max_length=40, blank=True)
    area = DecimalAmountField(
        term("area (mu)", "面积（亩）"), max_digits=8, decimal_places=3, min_value=None, unit="亩"
    )
    certificate = CleanTextField(term("certificate of the right", "权证编号"), max_length=40, blank=True)
    state = CodeField(term("right", "权益状态"), list_id="land_right_state", default="kept")
    changed_on = DayField(term("right changed on", "权益变动日期"), null=True, blank=True)
    change_reason = CleanTextField(term("why the right changed", "权益变动原因"), max_length=100, blank=True)
    way = CodeField(term("way of use", "盘活途径"), list_id="land_way", blank=True)
    way_from = DayField(term("used so from", "盘活起始"), null=True, blank=True)
    way_to = DayField(term("used so until", "盘活截止"), null=True, blank=True)
    partner = CleanTextField(term("used by", "经营主体"), max_length=60, blank=True)
    remark = CleanTextField(term("remark", "备注"), max_length=200, blank=True)

    class Meta:
        verbose_name = term("land right", "土地权益")
        verbose_name_plural = term("land rights", "土地权益")
        ordering = ["region", "id"]
        constraints = [
            models.UniqueConstraint("household", "kind", "plot", condition=STANDING, name="land_right_plot_once"),
            Recorded.void_constraint("land_right"),
        ]
        indexes = [
            models.Index("region", "id", name="land_right_place"),
            models.Index("household_code", name="land_right_household"),
        ]

    def __str__(self) -> str:
        return f"{self.owner_name} {self._meta.get_field('kind').label(self.kind)} {self.plot}".strip()

    def clean(self):
        refuse(self._faults())

    def _faults(self) -> Iterator[Fault]:
        yield from in_future(self, ("changed_on", "way_from"))
        if self.area is not None and not 0 < self.area < LARGEST_LAND:
            yield "area", "bad_area", _("A plot has more than 0 and less than 1,000 mu. Check the unit.")
        if self.state != "kept":
            if not self.changed_on:
                yield "changed_on", "required", _("The right has changed: write since when.")
            if not self.change_reason:
                yield "change_reason", "required", _("Rights stay unless there is a reason: write it.")
        elif self.changed_on or self.change_reason:
            yield (
                "state",
                "order",
                _("A right that is kept has not changed. Choose how it changed, or delete day and reason."),
            )
        if self.way_from and not self.way:
            yield "way", "required", _("Choose the way of use that begins on this day.")
        if self.way_to and (not self.way_from or self.way_to < self.way_from):
            yield "way_to", "order", _("The use ends after it began. Write both days in order.")


class LandIncome(OriginKept):
    """What a household's land and membership in the collective brought in a year 土地收益."""

    year = WholeNumberField(term("year", "年度"), min_value=FIRST_YEAR, max_value=2100)
    land = CodeField(term("land", "地类"), list_id="land_kind", blank=True)
    kind = CodeField(term("kind of income", "收益类别"), list_id="land_income_kind")
    amount = DecimalAmountField(term("amount (yuan)", "金额（元）"))
    paid_on = DayField(term("paid on", "兑现日期"), null=True, blank=True)
    payer = CleanTextField(term("paid by", "支付主体"), max_length=60, blank=True)
    remark = CleanTextField(term("remark", "备注"), max_length=200, blank=True)

    class Meta:
        verbose_name = term("land income", "土地收益")
        verbose_name_plural = term("land incomes", "土地收益")
        ordering = ["region", "id"]
        constraints = [
            models.UniqueConstraint(
                "household", "year", "land", "kind", condition=STANDING, name="land_income_once_a_year"
            ),
            Recorded.void_constraint("land_income"),
        ]
        indexes = [
            models.Index("region", "id", name="land_income_place"),
            models.Index("household_code", name="land_income_household"),
        ]

    def __str__(self) -> str:
        return f"{self.owner_name} {self.year} {self._meta.get_field('kind').label(self.kind)}".strip()

    def clean(self):
        refuse(self._faults())

    def _faults(self) -> Iterator[Fault]:
        yield from in_future(self, ("paid_on",))
        if self.year and self.year > clock.today().year:
            yield "year", "future_date", _("This year has not come yet. Enter what was received.")
        if self.paid_on and self.year and self.paid_on.year < self.year:
            yield "paid_on", "order", _("It was paid before the year that it is for. Correct the day or the year.")
