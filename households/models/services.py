"""What schools and family doctors do for a household: schooling and contracts, each with its time."""

from __future__ import annotations

from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from common import clock
from common.codes import declare
from common.fields import CleanTextField, CodeField, DayField, PersonNameField
from common.models import STANDING, Recorded
from common.terms import term
from households.models.persons import Person
from households.models.safety import (
    OPEN_WORDS,
    check_life,
    check_span,
    of_household,
    of_person,
    remark,
    span_condition,
)

declare(
    "dropout_reason",
    term("Reason not in school", "失学或辍学原因"),
    {
        "illness": term("illness", "因病"),
        "disability": term("disability", "因残"),
        "unwilling": term("does not want to learn", "厌学"),
        "poverty": term("means of the family", "家庭经济困难"),
        "work": term("left for work", "外出务工"),
        "marriage": term("early marriage", "早婚早育"),
        "other": term("other", "其他"),
    },
)


class Schooling(Recorded):
    """A spell in one grade of a school 就学. What the person does now stands in `Person.school` as well, which the verdict
    reads: saving the spell that is running, or ending it, sets it."""

    person = of_person("schoolings")
    grade = CodeField(term("grade", "年级"), list_id="in_school")
    school = CleanTextField(term("school", "就读学校"), max_length=60)
    from_on = DayField(term("from", "入学时间"), month_only=True)
    to_on = DayField(term("to", "离校时间"), month_only=True, null=True, blank=True, open_words=OPEN_WORDS)
    dropout_reason = CodeField(term("reason not in school", "失学或辍学原因"), list_id="dropout_reason", blank=True)
    remark = remark()

    class Meta:
        verbose_name = term("schooling", "就学记录")
        verbose_name_plural = term("schooling", "就学记录")
        ordering = ["region", "id"]
        constraints = [
            models.UniqueConstraint("person", condition=STANDING & Q(to_on__isnull=True), name="schooling_open_once"),
            models.CheckConstraint(name="schooling_span", condition=span_condition("from_on", "to_on")),
            models.CheckConstraint(
                name="schooling_dropout_has_ended", condition=Q(dropout_reason="") | Q(to_on__isnull=False)
            ),
            Recorded.void_constraint("schooling"),
        ]
        indexes = [
            models.Index("region", "id", name="schooling_place"),
            models.Index("person", "from_on", name="schooling_person"),
        ]

    def __str__(self) -> str:
        return f"{self.school} {self.get_grade_display()}"

    def clean(self):
        faults = check_span(self, "from_on", "to_on") or check_life(self.person, self.from_on, "from_on")
        if self.to_on and self.to_on > clock.today():
            message = _("Leave this open until the person has left school.")
            faults["to_on"] = ValidationError(message, "future")
        if self.dropout_reason and not self.to_on:
            message = _("Say when the person left school.")
            faults["to_on"] = ValidationError(message, "required")
        if faults:
            raise ValidationError(faults)


class DoctorContract(Recorded):
    """A contract with a family doctor 家庭医生签约, of one person or, without one, of the whole household."""

    household = of_household("doctor_contracts")
    person = models.ForeignKey(
        Person,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="doctor_contracts",
        verbose_name=term("person number", "人员编号"),
        help_text=gettext_lazy("Blank: for the whole household."),
    )
    doctor = PersonNameField(term("family doctor", "家庭医生"))
    institution = CleanTextField(term("institution", "签约机构"), max_length=60, blank=True)
    from_on = DayField(term("from", "签约时间"))
    to_on = DayField(term("to", "到期时间"), null=True, blank=True, open_words=OPEN_WORDS)
    remark = remark()

    class Meta:
        verbose_name = term("contract with a family doctor", "家庭医生签约")
        verbose_name_plural = term("contracts with family doctors", "家庭医生签约")
        ordering = ["region", "id"]
        constraints = [
            models.UniqueConstraint(
                "household",
                "person",
                condition=STANDING & Q(to_on__isnull=True),
                name="doctor_contract_open_once",
                nulls_distinct=False,
            ),
            models.CheckConstraint(name="doctor_contract_span", condition=span_condition("from_on", "to_on")),
            Recorded.void_constraint("doctor_contract"),
        ]
        indexes = [
            models.Index("region", "id", name="doctor_contract_place"),
            models.Index("household", "from_on", name="doctor_contract_household"),
        ]

    def __str__(self) -> str:
        return f"{self.doctor} {self.from_on}"

    def clean(self):
        faults = check_span(self, "from_on", "to_on")
        if self.person_id:
            faults = faults or check_life(self.person, self.from_on, "from_on")
            if self.household_id and self.person.household_id != self.household_id:
                message = _("%(name)s belongs to another household. Choose a member, or leave this blank.")
                faults["person"] = ValidationError(message, "other_household", {"name": self.person.name})
        if faults:
            raise ValidationError(faults)
