"""The safety net: insurances, minimum living, disability, relief, schooling and family doctors; each a row with its time."""

from __future__ import annotations

import datetime as dt

from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from common import citizen_id, clock
from common.codes import declare
from common.fields import (
    BlindIndexField,
    CitizenIdField,
    CleanTextField,
    CodeField,
    DayField,
    DecimalAmountField,
    WholeNumberField,
)
from common.models import STANDING, Recorded
from common.terms import term
from households.models.households import Household
from households.models.persons import Person

RESIDENT_MEDICAL, EMPLOYEE_MEDICAL, CRITICAL, ASSISTANCE = "1", "2", "3", "4"
MEDICAL = (RESIDENT_MEDICAL, EMPLOYEE_MEDICAL)
PENSION = ("5", "6")
FIRST_YEAR = 2010
OPEN_WORDS = ("至今", "长期", "现在", "目前", "在享", "有效")
declare(
    "insurance_payer",
    term("Who pays", "缴费主体"),
    {
        "self": term("the insured", "个人缴费"),
        "subsidised": term("the insured, subsidised", "个人缴费（财政补贴）"),
        "government": term("government", "政府代缴"),
        "employer": term("employer and insured", "单位和个人缴费"),
        "other": term("other", "其他"),
    },
)
declare(
    "aid_kind",
    term("Kind of aid", "救助类型"),
    {"minimum": term("minimum living", "最低生活保障"), "extreme": term("extreme poverty", "特困供养")},
)
declare(
    "relief_reason",
    term("Reason of relief", "救助原因"),
    {
        "illness": term("illness", "重病"),
        "accident": term("accident", "意外事故"),
        "disaster": term("natural disaster", "自然灾害"),
        "education": term("schooling", "子女就学"),
        "job_loss": term("loss of work", "失业"),
        "other": term("other", "其他"),
    },
)


def check_span(row: models.Model, begin: str, end: str) -> dict[str, ValidationError]:
    """A span begins in the past and ends after it begins; faults by field."""
    first, last = getattr(row, begin), getattr(row, end)
    if first and first > clock.today():
        return {begin: ValidationError(_("This day lies in the future. Correct it."), "future")}
    if first and last and last < first:
        return {
            end: ValidationError(
                _("It ends before it begins (%(day)s). Correct one of the two days."),
                "end_before_start",
                {"day": first},
            )
        }
    return {}


def check_life(person: Person, day: dt.date | None, field: str) -> dict[str, ValidationError]:
    """A day of somebody's life lies between birth and death."""
    if day and person.birth_date and day < person.birth_date:
        message = _("%(name)s was born on %(day)s, which is later. Correct the day.")
        return {
            field: ValidationError(message, "before_birth", {"name": person.name, "day": person.birth_date.isoformat()})
        }
    if day and person.died_on and day > person.died_on:
        message = _("%(name)s died on %(day)s, which is earlier. Correct the day.")
        return {
            field: ValidationError(message, "after_death", {"name": person.name, "day": person.died_on.isoformat()})
        }
    return {}


def span_condition(begin: str, end: str) -> Q:
    return Q(**{f"{end}__isnull": True}) | Q(**{f"{end}__gte": F(begin)})


def of_person(related: str) -> models.ForeignKey:
    return models.ForeignKey(
        Person, models.PROTECT, related_name=related, verbose_name=term("person number", "人员编号")
    )


def of_household(related: str) -> models.ForeignKey:
    return models.ForeignKey(Household, models.PROTECT, related_name=related, verbose_name=term("household", "户编号"))


def yuan(en: str, zh: str, **options) -> DecimalAmountField:
    return DecimalAmountField(term(en, zh), max_digits=9, decimal_places=2, unit="yuan", max_value=999_999, **options)


def remark() -> CleanTextField:
    return CleanTextField(term("remark", "备注"), max_length=200, blank=True)


class Insurance(Recorded):
    """A person's insurance of one kind in one year 参保. Of resident and employee medical everybody has exactly one."""

    person = of_person("insurances")
    year = WholeNumberField(term("Year", "年度"), unit="year", min_value=FIRST_YEAR, max_value=2100)
    kind = CodeField(term("insurance", "险种"), list_id="insurance")
    payer = CodeField(term("who pays", "缴费主体"), list_id="insurance_payer")
    subsidy = yuan("subsidy (yuan)", "财政补贴（元）", null=True, blank=True)
    moved_on = DayField(term("insurance moved here on", "医保转移时间"), null=True, blank=True)
    remark = remark()

    class Meta:
        verbose_name = term("insurance", "参保记录")
        verbose_name_plural = term("insurances", "参保记录")
        ordering = ["region", "id"]
        constraints = [
            models.UniqueConstraint("person", "year", "kind", condition=STANDING, name="insurance_once_a_year"),
            models.UniqueConstraint(
                "person", "year", condition=STANDING & Q(kind__in=MEDICAL), name="insurance_one_medical_a_year"
            ),
            Recorded.void_constraint("insurance"),
        ]
        indexes = [
            models.Index("region", "id", name="insurance_place"),
            models.Index("year", "kind", "region", "person", name="insurance_year"),
        ]

    def __str__(self) -> str:
        return f"{self.year} {self.get_kind_display()}"

    def clean(self):
        faults = {}
        if self.year and self.year > clock.today().year + 1:
            message = _("Premiums are paid for the next year at most. Check the year.")
            faults["year"] = ValidationError(message, "future")
        elif self.year and self.person.birth_date and self.year < self.person.birth_date.year:
            message = _("%(name)s was not born then (%(day)s). Check the year.")
            told = {"name": self.person.name, "day": self.person.birth_date.isoformat()}
            faults["year"] = ValidationError(message, "before_birth", told)
        elif self.year and self.person.died_on and self.year > self.person.died_on.year:
            message = _("%(name)s had died by then (%(day)s). Check the year.")
            told = {"name": self.person.name, "day": self.person.died_on.isoformat()}
            faults["year"] = ValidationError(message, "after_death", told)
        if self.subsidy and self.payer == "self":
            message = _("With a subsidy the insured does not pay alone. Choose another payer or clear the subsidy.")
            faults["payer"] = ValidationError(message, "contradiction")
        if self.moved_on and self.moved_on > clock.today():
            faults["moved_on"] = ValidationError(_("This day lies in the future. Correct it."), "future")
        if faults:
            raise ValidationError(faults)


class MinimumLiving(Recorded):
    """A spell of minimum living or extreme poverty support of a household 低保特困; both its days count."""

    household = of_household("minimum_livings")
    kind = CodeField(term("kind of aid", "救助类型"), list_id="aid_kind")
    from_on = DayField(term("from", "享受起始时间"))
    to_on = DayField(term("to", "享受终止时间"), null=True, blank=True, open_words=OPEN_WORDS)
    amount = yuan("amount (yuan a month)", "月保障金额（元）", min_value=1)
    people = WholeNumberField(
        term("people covered", "保障人数"), null=True, blank=True, unit="person", min_value=1, max_value=30
    )
    remark = remark()

    class Meta:
        verbose_name = term("minimum living", "低保特困")
        verbose_name_plural = term("minimum living", "低保特困")
        ordering = ["region", "id"]
        constraints = [
            models.UniqueConstraint(
                "household", condition=STANDING & Q(to_on__isnull=True), name="minimum_living_open_once"
            ),
            models.CheckConstraint(name="minimum_living_span", condition=span_condition("from_on", "to_on")),
            Recorded.void_constraint("minimum_living"),
        ]
        indexes = [
            models.Index("region", "id", name="minimum_living_place"),
            models.Index("household", "from_on", name="minimum_living_household"),
        ]

    def __str__(self) -> str:
        return f"{self.household} {self.get_kind_display()}"

    def clean(self):
        if faults := check_span(self, "from_on", "to_on"):
            raise ValidationError(faults)


class CertificateField(CitizenIdField):
    """The number of a disability certificate: 20 characters, 22 of a replacement."""

    def parse(self, raw) -> str:
        text = super().parse(raw)
        if text and len(text) == citizen_id.LENGTH:
            raise ValidationError(
                gettext_lazy(
                    "A disability certificate has 20 characters (22 if it was replaced): the ID number, kind and grade."
                ),
                "bad_certificate",
            )
        return text


class Disability(Recorded):
    """A disability certificate 残疾证: its first 18 characters are the holder's ID number, then kind and grade."""

    person = of_person("disabilities")
    certificate = CertificateField(term("certificate number", "残疾证号"))
    certificate_index = BlindIndexField(source="certificate", null=True, editable=False)
    kind = CodeField(term("kind of disability", "残疾类别"), list_id="disability_type", blank=True)
    grade = CodeField(term("grade", "残疾等级"), list_id="disability_grade", blank=True)
    issued_on = DayField(term("issued on", "发证时间"))
    valid_to = DayField(term("valid to", "有效期至"), null=True, blank=True, open_words=OPEN_WORDS)
    remark = remark()

    class Meta:
        verbose_name = term("disability", "残疾证")
        verbose_name_plural = term("disabilities", "残疾证")
        ordering = ["region", "id"]
        constraints = [
            models.UniqueConstraint("certificate_index", condition=STANDING, name="disability_certificate_once"),
            models.CheckConstraint(name="disability_span", condition=span_condition("issued_on", "valid_to")),
            Recorded.void_constraint("disability"),
        ]
        indexes = [
            models.Index("region", "id", name="disability_place"),
            models.Index("person", "issued_on", name="disability_person"),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.get_grade_display()}"

    def clean(self):
        faults = check_span(self, "issued_on", "valid_to") or check_life(self.person, self.issued_on, "issued_on")
        if self.certificate:
            faults |= self._agree_with_number()
        if faults:
            raise ValidationError(faults)

    def _agree_with_number(self) -> dict:
        """The certificate leads: kind and grade follow it, and its holder is the person."""
        faults = {}
        number = self.person.id_number
        if not number:
            message = _("%(name)s has no ID number here yet. Enter it first; the certificate begins with it.")
            faults["certificate"] = ValidationError(message, "no_id_number", {"name": self.person.name})
        elif citizen_id.core(number) != citizen_id.core(self.certificate):
            message = _(
                "The first 18 characters are not the ID number of %(name)s. Check the certificate, or choose its holder."
            )
            faults["certificate"] = ValidationError(message, "other_person", {"name": self.person.name})
        told_kind, told_grade = self.certificate[18], self.certificate[19]
        for name, told in (("kind", told_kind), ("grade", told_grade)):
            if getattr(self, name) and getattr(self, name) != told:
                message = _(
                    "This does not agree with the certificate number, which says %(told)s. Correct one of the two."
                )
                words = self._meta.get_field(name).label(told)
                faults[name] = ValidationError(message, "contradiction", {"told": words})
        if not faults:
            self.kind, self.grade = told_kind, told_grade
        return faults


class TemporaryRelief(Recorded):
    """A payment that helps a household over a sudden need 临时救助."""

    household = of_household("reliefs")
    day = DayField(term("day of payment", "救助时间"))
    reason = CodeField(term("reason", "救助原因"), list_id="relief_reason")
    amount = yuan("amount (yuan)", "救助金额（元）", min_value=1)
    remark = remark()

    class Meta:
        verbose_name = term("temporary relief", "临时救助")
        verbose_name_plural = term("temporary relief", "临时救助")
        ordering = ["region", "id"]
        constraints = [
            models.UniqueConstraint("household", "day", "reason", condition=STANDING, name="relief_once_a_day"),
            Recorded.void_constraint("relief"),
        ]
        indexes = [
            models.Index("region", "id", name="relief_place"),
            models.Index("household", "day", name="relief_household"),
        ]

    def __str__(self) -> str:
        return f"{self.household} {self.day}"

    def clean(self):
        if self.day and self.day > clock.today():
            raise ValidationError({"day": ValidationError(_("This day lies in the future. Correct it."), "future")})
