"""What was left behind 旧房: the house with its four steps, and the quota projects that its land goes into.

These rows belong to the county that the household came from: `region` is the place of origin. As that county need not
see the household, each row keeps its code and the name of its head.
"""

from __future__ import annotations

from collections.abc import Iterator

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from common.fields import (
    CleanTextField,
    CodeField,
    DayField,
    DecimalAmountField,
    HouseholdCodeField,
    PersonNameField,
)
from common.models import STANDING, Recorded
from common.terms import term
from households.models.faults import Fault, bad_area, in_future, refuse
from households.models.households import Household

SHARED_WALL, PROTECTED, NO_HOUSE = "2", "3", "4"
STEPS = (
    ("vacated_on", term("Vacated", "腾空")),
    ("taken_back_on", term("Taken back", "收回")),
    ("demolished_on", term("Demolished", "拆除")),
    ("reclaimed_on", term("Reclaimed or re-greened", "复垦复绿")),
)
LARGEST_PLOT = 10  # mu
RECLAIMED, REGREENED = "1", "2"
KEEP = "keep"
CROPLAND = "1"
KEPT = ~Q(keep_ground="")
# Houses that are to go: all but kept ones, and households that had none.
DUE = ~Q(kind=NO_HOUSE) & Q(keep_ground="")


class OriginKept(Recorded):
    """A row that the county of origin keeps about a household."""

    household = models.ForeignKey(Household, models.PROTECT, related_name="+", editable=False)
    household_code = HouseholdCodeField(term("household code", "户编号"))
    owner_name = PersonNameField(term("head of household", "户主"), blank=True, editable=False)

    class Meta:
        abstract = True


class QuotaProject(Recorded):
    """A linked-quota project 城乡建设用地增减挂钩项目 of a county: its area, its income, and what is due of that."""

    number = CleanTextField(term("project number", "项目编号"), max_length=40)
    name = CleanTextField(term("project", "项目名称"), max_length=80)
    approved_on = DayField(term("approved on", "批复日期"), null=True, blank=True)
    approval = CleanTextField(term("approval document", "批复文号"), max_length=60, blank=True)
    approved_area = DecimalAmountField(
        term("approved area (mu)", "批准面积（亩）"), max_digits=9, decimal_places=3, unit="亩"
    )
    traded_area = DecimalAmountField(
        term("quota traded (mu)", "交易指标面积（亩）"),
        max_digits=9,
        decimal_places=3,
        null=True,
        blank=True,
        unit="亩",
    )
    traded_on = DayField(term("traded on", "交易日期"), null=True, blank=True)
    buyer = CleanTextField(term("buyer", "受让方"), max_length=60, blank=True)
    income = DecimalAmountField(term("income (yuan)", "收益（元）"), max_digits=14, null=True, blank=True)
    due_compensation = DecimalAmountField(
        term("due: compensation and reclaiming (yuan)", "应付补偿和拆旧复垦费用（元）"),
        max_digits=14,
        null=True,
        blank=True,
    )
    due_loan = DecimalAmountField(
        term("due: relocation loans (yuan)", "应偿还搬迁贷款（元）"), max_digits=14, null=True, blank=True
    )
    remark = CleanTextField(term("remark", "备注"), max_length=200, blank=True)

    class Meta:
        verbose_name = term("linked-quota project", "增减挂钩项目")
        verbose_name_plural = term("linked-quota projects", "增减挂钩项目")
        ordering = ["region", "id"]
        constraints = [
            models.UniqueConstraint("number", condition=STANDING, name="quota_project_number_once"),
            Recorded.void_constraint("quota_project"),
        ]
        indexes = [models.Index("region", "id", name="quota_project_place")]

    def __str__(self) -> str:
        return f"{self.name} {self.number}"

    def clean(self):
        refuse(self._faults())

    def _faults(self) -> Iterator[Fault]:
        yield from in_future(self, ("approved_on", "traded_on"))
        if self.approved_area is not None and self.approved_area <= 0:
            yield "approved_area", "bad_area", _("An area is more than 0. Write it as approved.")
        if self.traded_area and self.approved_area and self.traded_area > self.approved_area:
            yield "traded_area", "out_of_range", _("More is traded than was approved. Correct one of the two areas.")
        if self.traded_on and self.approved_on and self.traded_on < self.approved_on:
            yield "traded_on", "order", _("It was traded before it was approved. Correct one of the two days.")
        if self.income and not self.traded_on:
            yield "traded_on", "required", _("Write the day of the trade that the income comes from.")


class QuotaUse(Recorded):
    """A payment out of a project's income 收益使用; what is due first is paid first (R-148)."""

    project = models.ForeignKey(
        QuotaProject, models.PROTECT, related_name="uses", verbose_name=term("linked-quota project", "增减挂钩项目")
    )
    kind = CodeField(term("use", "用途"), list_id="quota_use")
    amount = DecimalAmountField(term("amount (yuan)", "金额（元）"), max_digits=14)
    paid_on = DayField(term("paid on", "支付日期"))
    document = CleanTextField(term("document", "支付依据"), max_length=80)

    class Meta:
        verbose_name = term("use of quota income", "增减挂钩收益使用")
        verbose_name_plural = term("uses of quota income", "增减挂钩收益使用")
        ordering = ["region", "id"]
        constraints = [Recorded.void_constraint("quota_use")]
        indexes = [
            models.Index("region", "id", name="quota_use_place"),
            models.Index("project", "id", name="quota_use_project"),
        ]

    def __str__(self) -> str:
        return f"{self._meta.get_field('kind').label(self.kind)} {self.amount}"

    def clean(self):
        refuse(self._faults())

    def _faults(self) -> Iterator[Fault]:
        yield from in_future(self, ("paid_on",))
        if self.amount is not None and self.amount <= 0:
            yield "amount", "out_of_range", _("A payment is more than 0. Write what was paid.")
        if self.paid_on and self.project.traded_on and self.paid_on < self.project.traded_on:
            yield "paid_on", "order", _("It was paid before the project had an income. Correct the day.")


class OldHouse(OriginKept):
    """A household's house left behind: agreement, four steps in strict order (R-118), or the lawful ground for keeping it.

    `step` follows from the days of the steps.
    """

    address = CleanTextField(term("old address", "迁出地址"), max_length=120, blank=True)
    kind = CodeField(term("kind of old house", "旧房类型"), list_id="old_house_kind")
    area = DecimalAmountField(
        term("house area (m2)", "旧房面积（㎡）"),
        max_digits=7, decimal_places=2, null=True, blank=True, min_value=None, unit="m2",
    )  # fmt: skip
    homestead_area = DecimalAmountField(
        term("homestead area (mu)", "宅基地面积（亩）"),
        max_digits=8, decimal_places=3, null=True, blank=True, min_value=None, unit="亩",
    )  # fmt: skip
    agreed_on = DayField(term("agreement signed", "协议签订时间"), null=True, blank=True)
    agreement_number = CleanTextField(term("agreement number", "协议编号"), max_length=40, blank=True)
    transition_until = DayField(term("transition until", "过渡期截止"), null=True, blank=True)
    vacated_on = DayField(term("vacated on", "腾空时间"), null=True, blank=True)
    taken_back_on = DayField(term("taken back on", "收回时间"), null=True, blank=True)
    demolished_on = DayField(term("demolished on", "拆除时间"), null=True, blank=True)
    demolished_area = DecimalAmountField(
        term("demolished area (m2)", "拆除面积（㎡）"),
        max_digits=7, decimal_places=2, null=True, blank=True, min_value=None, unit="m2",
    )  # fmt: skip
    demolition_accepted_on = DayField(term("demolition accepted on", "拆除验收时间"), null=True, blank=True)
    reclaimed_on = DayField(term("reclaimed on", "复垦复绿时间"), null=True, blank=True)
    reclaim_state = CodeField(term("reclaimed or re-greened", "复垦或复绿"), list_id="reclaim_state", blank=True)
    reclaim_use = CodeField(term("use of the plot", "复垦复绿方向"), list_id="reclaim_use", blank=True)
    reclaimed_area = DecimalAmountField(
        term("reclaimed area (mu)", "复垦复绿面积（亩）"),
        max_digits=8, decimal_places=3, null=True, blank=True, min_value=None, unit="亩",
    )  # fmt: skip
    regreen_reason = CleanTextField(term("why not reclaimed", "不复垦原因"), max_length=100, blank=True)
    accepted_on = DayField(term("accepted on", "验收时间"), null=True, blank=True)
    project = models.ForeignKey(
        QuotaProject,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="houses",
        verbose_name=term("linked-quota project", "增减挂钩项目"),
    )
    reward = DecimalAmountField(term("reward (yuan)", "奖补金额（元）"), null=True, blank=True)
    disposal = CodeField(term("disposal", "旧房处置方式"), list_id="old_house_disposal", blank=True)
    keep_ground = CodeField(term("ground for keeping", "不拆依据"), list_id="keep_ground", blank=True)
    protection_kind = CodeField(term("protected house kind", "保护住房种类"), list_id="protection_kind", blank=True)
    keep_reason = CleanTextField(term("reason kept", "不拆原因"), max_length=100, blank=True)
    keep_document = CleanTextField(term("county certificate number", "县级认定文号"), max_length=60, blank=True)
    step = CodeField(term("step", "腾退进度"), list_id="old_house_step", default="0", editable=False)
    remark = CleanTextField(term("remark", "备注"), max_length=200, blank=True)

    class Meta:
        verbose_name = term("old house", "旧房")
        verbose_name_plural = term("old houses", "旧房")
        ordering = ["region", "id"]
        constraints = [
            models.UniqueConstraint("household", condition=STANDING, name="old_house_one_a_household"),
            models.CheckConstraint(
                name="old_house_steps_in_order",
                condition=(
                    Q(taken_back_on__isnull=True) | Q(taken_back_on__gte=F("vacated_on"), vacated_on__isnull=False)
                )
                & (
                    Q(demolished_on__isnull=True)
                    | Q(demolished_on__gte=F("taken_back_on"), taken_back_on__isnull=False)
                )
                & (Q(reclaimed_on__isnull=True) | Q(reclaimed_on__gte=F("demolished_on"), demolished_on__isnull=False)),
            ),
            models.CheckConstraint(
                name="old_house_kept_by_certificate", condition=Q(keep_ground="") | ~Q(keep_document="")
            ),
            Recorded.void_constraint("old_house"),
        ]
        indexes = [
            models.Index("region", "id", name="old_house_place"),
            models.Index("household_code", name="old_house_household"),
        ]

    def __str__(self) -> str:
        return f"{self.owner_name} {self.household_code}".strip()

    @property
    def kept(self) -> bool:
        return bool(self.keep_ground)

    def clean(self):
        """Fills in what follows from what is told, then says all that does not agree."""
        if (self.keep_reason or self.keep_document) and not self.keep_ground:
            self.keep_ground = {SHARED_WALL: "shared_wall", PROTECTED: "protected"}.get(self.kind, "other")
        if self.accepted_on and not self.reclaimed_on and self.reclaimed_area:
            self.reclaimed_on = self.accepted_on  # the county's sheet tells the acceptance alone
        if self.reclaimed_on and self.reclaim_state in ("", "0"):
            self.reclaim_state = RECLAIMED if self.reclaim_use in ("", CROPLAND) else REGREENED
        if self.kept:
            self.disposal = self.disposal or ("shares" if self.keep_ground == "collective" else KEEP)
        elif self.demolished_on:
            self.disposal = self.disposal or "demolish"
        refuse(self._faults())
        self.step = str(sum(1 for name, _label in STEPS if getattr(self, name)))

    def _faults(self) -> Iterator[Fault]:
        yield from in_future(
            self,
            ("agreed_on", *(name for name, _label in STEPS), "demolition_accepted_on", "accepted_on"),
        )
        yield from bad_area(self, "area", "demolished_area")
        for name in ("homestead_area", "reclaimed_area"):
            area = getattr(self, name)
            if area is not None and not 0 < area <= LARGEST_PLOT:
                yield (
                    name,
                    "bad_area",
                    _("A homestead has more than 0 and at most 10 mu (1 mu is 666.67 m2). Check the unit."),
                )
        yield from self._agreement_faults()
        yield from self._step_faults()
        yield from self._keeping_faults()

    def _agreement_faults(self) -> Iterator[Fault]:
        if self.transition_until and not self.agreed_on:
            yield "agreed_on", "required", _("The transition ends as agreed: write the day of the agreement.")
        elif self.transition_until and self.transition_until < self.agreed_on:
            yield (
                "transition_until",
                "order",
                _("The transition ends before the agreement. Correct one of the two days."),
            )

    def _step_faults(self) -> Iterator[Fault]:
        before = None
        for name, label in STEPS:
            day = getattr(self, name)
            if day and self.kind == NO_HOUSE:
                yield name, "no_house", _("This household had no house. Delete the step, or correct the kind of house.")
            elif day and self.agreed_on and day < self.agreed_on:
                yield name, "before_agreement", _("This step lies before the agreement. Correct one of the two days.")
            elif day and before and not getattr(self, before[0]):
                message = _("The steps go in order: first enter when the house was: %(step)s.")
                yield name, "step_missing", message % {"step": before[1]}
            elif day and before and day < getattr(self, before[0]):
                message = _("This step lies before the one that comes first (%(step)s). Correct one of the two days.")
                yield name, "step_order", message % {"step": before[1]}
            before = (name, label)
        if self.demolished_area and not self.demolished_on:
            yield "demolished_on", "required", _("Write when the house was demolished, or delete the demolished area.")
        if self.demolished_area and self.area and self.demolished_area > self.area:
            yield (
                "demolished_area",
                "out_of_range",
                _("More was demolished than the house had. Correct one of the two areas."),
            )
        if self.demolition_accepted_on and (not self.demolished_on or self.demolition_accepted_on < self.demolished_on):
            yield (
                "demolition_accepted_on",
                "step_order",
                _("The acceptance comes after the demolition. Correct the day."),
            )
        if self.reclaimed_on and not self.reclaimed_area:
            yield "reclaimed_area", "required", _("Write the reclaimed or re-greened area in mu.")
        if self.reclaimed_area and not self.reclaimed_on:
            yield "reclaimed_on", "required", _("Write when the plot was reclaimed, or delete the area.")
        if self.accepted_on and (not self.reclaimed_on or self.accepted_on < self.reclaimed_on):
            yield "accepted_on", "step_order", _("The acceptance comes after the reclaiming. Correct the day.")

    def _keeping_faults(self) -> Iterator[Fault]:
        if not self.kept:
            if self.disposal == KEEP and self.demolished_on:
                message = _("The house is demolished: choose demolition, or delete the day of demolition.")
                yield "disposal", "kept", message
            elif self.disposal == KEEP:
                message = _("A house is kept on a legal ground only: choose the ground, or another way of disposal.")
                yield "keep_ground", "required", message
            return
        if not self.keep_document:
            yield "keep_document", "required", _("A house is kept by certificate of the county: write its number.")
        if not self.keep_reason:
            yield "keep_reason", "required", _("Say why the house is kept.")
        if self.demolished_on:
            yield (
                "demolished_on",
                "kept",
                _("A demolished house is not kept. Delete the day, or the ground for keeping it."),
            )
        if self.keep_ground == "protected" and not self.protection_kind:
            yield "protection_kind", "required", _("Say what kind of protection the house has.")
        if self.keep_ground == "shared_wall" and self.kind != SHARED_WALL:
            yield "kind", "order", _("A house is kept for a shared wall only if it has one. Correct kind or ground.")
