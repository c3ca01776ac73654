"""Relocated households 搬迁户, and in which settlement they were placed when."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from common.fields import (
    CleanTextField,
    CodeField,
    DayField,
    DecimalAmountField,
    DivisionCodeField,
    HouseholdCodeField,
    MobileField,
    PersonNameField,
)
from common.models import Recorded, Scoped
from common.terms import term
from settlements.models import Settlement

REGISTERED = "1"


class Household(Recorded):
    """A relocated household. `region` is that of its settlement, `head_name` that of the member who is its head."""

    code = HouseholdCodeField(term("household code", "户编号"), unique=True)
    head_name = PersonNameField(term("head of household", "户主姓名"), max_length=60, blank=True, editable=False)
    settlement = models.ForeignKey(
        Settlement, models.PROTECT, related_name="households", verbose_name=term("settlement", "安置点")
    )
    relocation_kind = CodeField(term("relocation kind", "搬迁类型"), list_id="relocation_kind", default=REGISTERED)
    origin_division = DivisionCodeField(term("place of origin", "迁出地"), null=True, blank=True)
    origin_township = CleanTextField(term("township of origin", "迁出乡镇"), max_length=60, blank=True)
    origin_village = CleanTextField(term("village of origin", "迁出村"), max_length=60, blank=True)
    address = CleanTextField(term("building and flat", "楼栋房号"), max_length=60, blank=True)
    housing_area = DecimalAmountField(
        term("home area (m2)", "住房面积(㎡)"), max_digits=7, decimal_places=2, null=True, blank=True, unit="m2"
    )
    moved_in_on = DayField(term("moved in on", "入住时间"), month_only=True, null=True, blank=True)
    phone = MobileField(term("telephone", "联系电话"), blank=True)
    registry_number = CleanTextField(term("registry number", "建档立卡户编号"), max_length=10, blank=True)
    remark = CleanTextField(term("remark", "备注"), max_length=200, blank=True)

    class Meta:
        verbose_name = term("household", "搬迁户")
        verbose_name_plural = term("households", "搬迁户")
        ordering = ["region", "id"]
        constraints = [Recorded.void_constraint("household")]
        indexes = [
            models.Index("region", "id", name="household_place"),
            models.Index("settlement", "id", name="household_settlement"),
            models.Index("head_name", "id", name="household_head_name"),
        ]

    def __str__(self) -> str:
        return f"{self.head_name} {self.code}"


class Placement(Scoped):
    """A spell of a household in a settlement: from `from_on` (None: from the first) up to, but not on, `to_on`."""

    household = models.ForeignKey(Household, models.PROTECT, related_name="placements")
    settlement = models.ForeignKey(Settlement, models.PROTECT, related_name="placements")
    from_on = models.DateField(term("from", "起始日期"), null=True)
    to_on = models.DateField(term("to", "终止日期"), null=True)

    class Meta:
        verbose_name = term("placement", "安置记录")
        verbose_name_plural = term("placements", "安置记录")
        constraints = [
            models.UniqueConstraint("household", condition=Q(to_on__isnull=True), name="placement_one_at_a_time"),
        ]
        indexes = [
            models.Index("settlement", "household", name="placement_settlement"),
            models.Index("region", condition=Q(to_on__isnull=False), name="placement_ended"),
        ]
