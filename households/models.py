"""Who: relocated households 搬迁户 and their members, with memberships and placements as spells."""

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
    DecimalAmountField,
    DivisionCodeField,
    HouseholdCodeField,
    MobileField,
    PersonNameField,
    SchoolField,
)
from common.models import STANDING, Recorded, Scoped
from common.terms import term
from settlements.models import Settlement

HEAD = "01"
SPOUSE = "02"
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
        ]


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
        indexes = [models.Index("settlement", "household", name="placement_settlement")]
