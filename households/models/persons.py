"""Members 家庭成员 of households, and to which household they belonged when."""

from __future__ import annotations

from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from common import citizen_id
from common.fields import (
    BlindIndexField,
    CitizenIdField,
    CleanTextField,
    CodeField,
    DayField,
    MobileField,
    PersonNameField,
    SchoolField,
)
from common.models import STANDING, Recorded, Scoped
from common.terms import term
from households.models.households import Household

HEAD = "01"
SPOUSE = "02"


class Person(Recorded):
    """A member 家庭成员. `household` is where the person is now (or was last); Membership has the spells."""

    household = models.ForeignKey(
        Household, models.PROTECT, related_name="persons", verbose_name=term("household", "户")
    )
    name = PersonNameField(term("name", "姓名"), max_length=60)
    relation = CodeField(term("relation to head", "与户主关系"), list_id="registry_relation")
    id_number = CitizenIdField(term("ID number", "身份证号"), null=True, blank=True)
    id_index = BlindIndexField(source="id_number", null=True, editable=False)
    sex = CodeField(term("sex", "性别"), list_id="sex", blank=True)
    birth_date = DayField(term("birth date", "出生日期"), blank=True)
    ethnic_group = CodeField(term("ethnic group", "民族"), list_id="ethnic_group", blank=True)
    school = SchoolField(term("schooling", "在校情况"), blank=True)
    labour_capability = CodeField(term("ability to work", "劳动能力"), list_id="registry_labour", blank=True)
    job_intention = CodeField(term("wish to work", "就业意愿"), list_id="job_intention", blank=True)
    phone = MobileField(term("telephone", "联系电话"), blank=True)
    died_on = DayField(term("died on", "死亡日期"), null=True, blank=True)
    remark = CleanTextField(term("remark", "备注"), max_length=200, blank=True)

    class Meta:
        verbose_name = term("person", "家庭成员")
        verbose_name_plural = term("persons", "家庭成员")
        ordering = ["region", "id"]
        constraints = [
            models.UniqueConstraint("id_index", condition=STANDING, name="person_once_in_the_nation"),
            models.UniqueConstraint(
                "household",
                "name",
                "birth_date",
                condition=STANDING & Q(id_index__isnull=True),
                name="person_without_number_once_a_household",
            ),
            models.CheckConstraint(
                name="person_dies_after_birth", condition=Q(died_on__isnull=True) | Q(died_on__gte=F("birth_date"))
            ),
            Recorded.void_constraint("person"),
        ]
        indexes = [
            models.Index("region", "id", name="person_place"),
            models.Index("household", "id", name="person_household"),
            models.Index("name", "id", name="person_name"),
        ]

    def __str__(self) -> str:
        return self.name

    def clean(self):
        """What one person's values must say together; the ID number leads, the sheet's sex and birth date follow."""
        self.agree_with_number()
        if self.died_on and self.birth_date and self.died_on < self.birth_date:
            raise ValidationError(
                {
                    "died_on": ValidationError(
                        _("The day of death lies before the birth date. Correct one of the two."),
                        code="death_before_birth",
                    )
                }
            )

    def agree_with_number(self):
        if not self.id_number:
            missing = [name for name in ("birth_date", "sex") if not getattr(self, name)]
            if missing:
                message = _("Without an ID number the birth date and the sex are needed.")
                raise ValidationError({name: ValidationError(message, code="required") for name in missing})
            return
        told = citizen_id.read(self.id_number)
        if self.sex and self.sex != told.sex:
            raise ValidationError(
                {
                    "sex": ValidationError(
                        _(
                            "The sex does not agree with the ID number, whose 17th digit tells the other. Correct one of the two."
                        ),
                        code="sex_mismatch",
                    )
                }
            )
        if self.birth_date and self.birth_date != told.birth_date:
            raise ValidationError(
                {
                    "birth_date": ValidationError(
                        _("The birth date does not agree with the ID number (%(told)s). Correct one of the two."),
                        code="birth_mismatch",
                        params={"told": told.birth_date},
                    )
                }
            )
        self.sex = told.sex
        self.birth_date = told.birth_date


class Membership(Scoped):
    """A spell of a person in a household: from `joined_on` (None: from birth) up to, but not on, `left_on`."""

    person = models.ForeignKey(
        Person, models.PROTECT, related_name="memberships", verbose_name=term("person", "家庭成员")
    )
    household = models.ForeignKey(
        Household, models.PROTECT, related_name="memberships", verbose_name=term("household", "户")
    )
    joined_on = models.DateField(term("joined on", "加入日期"), null=True)
    left_on = models.DateField(term("left on", "离开日期"), null=True)
    reason = models.CharField(
        term("reason", "变动原因"),
        max_length=20,
        blank=True,
        choices=[
            ("birth", term("birth", "出生")),
            ("marriage", term("marriage", "婚嫁")),
            ("moved", term("moved", "迁移")),
            ("split", term("split of household", "分户")),
            ("merge", term("merge of households", "并户")),
            ("transfer", term("transfer to another county", "跨县转移")),
            ("other", term("other", "其他")),
        ],
    )

    class Meta:
        verbose_name = term("membership", "家庭成员关系")
        verbose_name_plural = term("memberships", "家庭成员关系")
        constraints = [
            models.UniqueConstraint("person", condition=Q(left_on__isnull=True), name="membership_one_at_a_time"),
            models.CheckConstraint(
                name="membership_ends_after_it_begins",
                condition=Q(left_on__isnull=True) | Q(joined_on__isnull=True) | Q(left_on__gte=F("joined_on")),
            ),
        ]
        indexes = [
            # The verdict asks who of a household has a dated spell: one in twenty-five.
            models.Index(
                "household",
                "person",
                condition=Q(joined_on__isnull=False) | Q(left_on__isnull=False),
                name="membership_dated",
            ),
            # Lists leave out who has left: one in a thousand.
            models.Index("person", "household", condition=Q(left_on__isnull=False), name="membership_ended"),
            models.Index("region", condition=Q(left_on__isnull=False), name="membership_ended_place"),
        ]
