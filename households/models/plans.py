"""One household, one plan 一户一策: what is difficult for a household, what is done about it, by whom and until when."""

from __future__ import annotations

from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from common import codes
from common.fields import CleanTextField, CodeField, DayField, PersonNameField, PhoneField
from common.models import STANDING, Recorded
from common.terms import term
from divisions.models import Unit
from households.models.households import Household

codes.declare(
    "measure_state",
    term("State of a measure", "措施状态"),
    {
        "planned": term("Planned", "未开始"),
        "under_way": term("Under way", "实施中"),
        "done": term("Done", "已完成"),
        "dropped": term("Dropped", "已终止"),
    },
)
OPEN_MEASURES = ("planned", "under_way")


class HouseholdPlan(Recorded):
    """The plan of one household; a household has one at a time, an ended one stays."""

    household = models.ForeignKey(
        Household, models.PROTECT, related_name="plans", verbose_name=term("household code", "户编号")
    )
    made_on = DayField(term("made on", "制定时间"))
    cadre = PersonNameField(term("cadre", "帮扶责任人"), max_length=60)
    cadre_phone = PhoneField(term("cadre's telephone", "责任人电话"), blank=True)
    difficulty = CleanTextField(term("difficulty", "主要困难"), max_length=500, multiline=True)
    follow_up = CleanTextField(term("follow-up", "跟踪情况"), max_length=1000, multiline=True, blank=True)
    effect = CleanTextField(term("effect", "成效"), max_length=500, multiline=True, blank=True)
    ended_on = DayField(term("ended on", "结束时间"), null=True, blank=True)

    class Meta:
        verbose_name = term("household plan", "一户一策")
        verbose_name_plural = term("household plans", "一户一策")
        ordering = ["region", "id"]
        constraints = [
            models.UniqueConstraint(
                "household", condition=STANDING & Q(ended_on__isnull=True), name="household_plan_one_at_a_time"
            ),
            models.UniqueConstraint("household", "made_on", condition=STANDING, name="household_plan_once_a_day"),
            models.CheckConstraint(
                name="household_plan_ends_after_it_begins",
                condition=Q(ended_on__isnull=True) | Q(ended_on__gte=F("made_on")),
            ),
            Recorded.void_constraint("household_plan"),
        ]
        indexes = [models.Index("region", "id", name="household_plan_place")]

    def __str__(self) -> str:
        return f"{self.household.head_name} {self.made_on}"

    def clean(self):
        if self.made_on and self.ended_on and self.ended_on < self.made_on:
            message = _("The plan ends before it was made. Correct one of the two days.")
            raise ValidationError({"ended_on": ValidationError(message, "end_before_start")})


class PlanMeasure(Recorded):
    """One measure of a plan: who does it until when, how it stands, what came of it."""

    household = models.ForeignKey(
        Household, models.PROTECT, related_name="plan_measures", verbose_name=term("household code", "户编号")
    )
    plan = models.ForeignKey(
        HouseholdPlan,
        models.PROTECT,
        editable=False,
        related_name="measures",
        verbose_name=term("household plan", "一户一策"),
    )
    measure = CleanTextField(term("measure", "帮扶措施"), max_length=300)
    unit = models.ForeignKey(
        Unit, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=term("department", "责任部门")
    )
    owner = PersonNameField(term("owner", "责任人"), max_length=60, blank=True)
    due_on = DayField(term("by", "时限"))
    state = CodeField(term("state", "状态"), list_id="measure_state", default="planned")
    done_on = DayField(term("done on", "完成时间"), null=True, blank=True)
    effect = CleanTextField(term("effect", "成效"), max_length=500, multiline=True, blank=True)

    class Meta:
        verbose_name = term("measure of a plan", "帮扶措施")
        verbose_name_plural = term("measures of plans", "帮扶措施")
        ordering = ["due_on", "id"]
        constraints = [
            models.UniqueConstraint("plan", "measure", condition=STANDING, name="plan_measure_once"),
            models.CheckConstraint(
                name="plan_measure_has_an_owner", condition=Q(unit__isnull=False) | ~Q(owner="") | ~STANDING
            ),
            models.CheckConstraint(
                name="plan_measure_done_told_whole",
                condition=Q(state="done", done_on__isnull=False) | ~Q(state="done") & Q(done_on__isnull=True),
            ),
            Recorded.void_constraint("plan_measure"),
        ]
        indexes = [
            models.Index("region", "id", name="plan_measure_place"),
            models.Index("household", "due_on", name="plan_measure_household"),
        ]

    def __str__(self) -> str:
        return self.measure

    def clean(self):
        faults = {}
        if not self.unit_id and not self.owner:
            message = _("Say which department or which person does this: a measure without an owner is not done.")
            faults["owner"] = ValidationError(message, "no_owner")
        if self.done_on and self.state in OPEN_MEASURES:
            self.state = "done"
        if self.state == "done" and not self.done_on:
            message = _("Say on which day the measure was done.")
            faults["done_on"] = ValidationError(message, "no_day")
        elif self.state == "dropped" and self.done_on:
            message = _("A dropped measure was not done: clear the day, or set the state to done.")
            faults["done_on"] = ValidationError(message, "not_done")
        if faults:
            raise ValidationError(faults)
