"""Relocated households 搬迁户, and in which settlement they were placed when."""

from __future__ import annotations

from collections.abc import Iterator

from django.db import models
from django.db.models import Q
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy as _

from common.fields import (
    CleanTextField,
    CodeField,
    DayField,
    DecimalAmountField,
    DivisionCodeField,
    HouseholdCodeField,
    MobileField,
    PersonNameField,
    WholeNumberField,
)
from common.models import Recorded, Scoped
from common.terms import term
from households.codes.people import EXITED, NOT_EXITED
from households.models.faults import Fault, bad_area, in_future, refuse
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
    household_kind = CodeField(
        term("category of registration", "户属性"), list_id="household_kind", blank=True, default="", db_default=""
    )
    task_year = WholeNumberField(
        term("year of relocation task", "年度搬迁任务"),
        null=True,
        blank=True,
        min_value=2000,
        max_value=2100,
        unit="year",
    )
    origin_division = DivisionCodeField(term("place of origin", "迁出地"), null=True, blank=True)
    origin_township = CleanTextField(term("township of origin", "迁出乡镇"), max_length=60, blank=True)
    origin_village = CleanTextField(term("village of origin", "迁出村"), max_length=60, blank=True)
    origin_city = CleanTextField(
        term("city of origin", "迁出地市级"), max_length=60, blank=True, default="", db_default=""
    )
    origin_county = CleanTextField(
        term("county of origin", "迁出地县级"), max_length=60, blank=True, default="", db_default=""
    )
    origin_address = CleanTextField(
        term("address of origin", "迁出地详细地址"), max_length=120, blank=True, default="", db_default=""
    )
    origin_area_kind = CodeField(
        term("kind of area of origin", "迁出地类型"), list_id="origin_area_kind", blank=True, default="", db_default=""
    )
    address = CleanTextField(term("building and flat", "楼栋房号"), max_length=60, blank=True)
    building = CleanTextField(term("building", "楼栋"), max_length=20, blank=True, default="", db_default="")
    unit = CleanTextField(term("stairwell", "单元"), max_length=20, blank=True, default="", db_default="")
    room = CleanTextField(term("room", "房号"), max_length=20, blank=True, default="", db_default="")
    grid = models.ForeignKey(
        "Grid", models.PROTECT, null=True, blank=True, related_name="households", verbose_name=term("grid", "所属网格")
    )
    housing_area = DecimalAmountField(
        term("home area (m2)", "住房面积(㎡)"), max_digits=7, decimal_places=2, null=True, blank=True, unit="m2"
    )
    self_paid = DecimalAmountField(
        term("paid by household (yuan)", "自筹资金（元）"), null=True, blank=True, unit="yuan"
    )
    planned_move_in_on = DayField(term("move-in planned for", "计划入住时间"), month_only=True, null=True, blank=True)
    moved_in_on = DayField(term("moved in on", "入住时间"), month_only=True, null=True, blank=True)
    phone = MobileField(term("telephone", "联系电话"), blank=True)
    registry_number = CleanTextField(term("registry number", "建档立卡户编号"), max_length=10, blank=True)
    registry_year = WholeNumberField(
        term("year of the registry's data", "年度"), null=True, blank=True, min_value=2013, max_value=2100, unit="year"
    )
    recognition_standard = CodeField(
        term("standard of recognition", "识别标准"),
        list_id="recognition_standard",
        blank=True,
        default="",
        db_default="",
    )
    poverty_exit = CodeField(
        term("out of poverty", "脱贫情况"), list_id="poverty_exit", blank=True, default="", db_default=""
    )
    poverty_exit_year = WholeNumberField(
        term("year of poverty exit", "脱贫年度"), null=True, blank=True, min_value=2014, max_value=2100, unit="year"
    )
    remark = CleanTextField(term("remark", "备注"), max_length=200, blank=True)
    merged_into = models.ForeignKey(
        "self", models.PROTECT, null=True, editable=False, related_name="merged_from",
        verbose_name=term("merged into", "并入"),
    )  # fmt: skip

    class Meta:
        verbose_name = term("household", "搬迁户")
        verbose_name_plural = term("households", "搬迁户")
        ordering = ["region", "id"]
        constraints = [Recorded.void_constraint("household")]
        indexes = [
            models.Index("region", "id", name="household_place"),
            models.Index("settlement", "id", name="household_settlement"),
            models.Index("head_name", "id", name="household_head_name"),
            # Finding people: by telephone, registry number and address.
            models.Index("phone", condition=~Q(phone=""), name="household_phone"),
            models.Index("registry_number", condition=~Q(registry_number=""), name="household_registry_number"),
            models.Index("address", "id", condition=~Q(address=""), name="household_address"),
            models.Index("origin_division", name="household_origin"),
        ]

    def __str__(self) -> str:
        return f"{self.head_name} {self.code}"

    @cached_property
    def ended(self) -> bool:
        """Whether people have belonged to it and nobody alive does any more. One that was never told its members has not
        ended."""
        here = self.memberships.filter(left_on=None, person__voided_at=None)
        if here.filter(person__died_on=None).exists():
            return False
        return here.exists() or self.memberships.filter(left_on__isnull=False).exists()

    @property
    def kept_up(self) -> bool:
        """Whether its file is still changed; that of a household which has ended is only read."""
        return not self.voided_at and not self.ended

    def clean(self):
        """What one household's values must say together, and what the flat of a family cannot be."""
        refuse(self._faults())
        if self.poverty_exit_year and not self.poverty_exit:
            self.poverty_exit = EXITED

    def _faults(self) -> Iterator[Fault]:
        if self.poverty_exit_year and self.poverty_exit == NOT_EXITED:
            message = _("A household that is not out of poverty has no year of it. Correct one of the two.")
            yield "poverty_exit_year", "disagrees", message
        yield from in_future(self, ("moved_in_on",))
        yield from bad_area(self, "housing_area")


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
