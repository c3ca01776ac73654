"""Members 家庭成员 of households, and to which household they belonged when."""

from __future__ import annotations

from collections.abc import Iterator

from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from common import values
from common.fields import (
    BlindIndexField,
    CleanTextField,
    CodeField,
    DayField,
    DocumentNumberField,
    LongTermDayField,
    MobileField,
    PersonNameField,
    SchoolField,
)
from common.models import STANDING, Recorded, Scoped
from common.terms import term
from households.codes.people import ID_CARD
from households.documents import disagreements
from households.models.faults import Fault, in_future, refuse
from households.models.households import Household

HEAD = "01"
SPOUSE = "02"


class PersonRegistryNumberField(CleanTextField):
    """The registry's number of a person: the ten digits of the household's and two more."""

    def parse(self, raw) -> str:
        text = values.squeeze(raw)
        if text and not (text.isascii() and text.isdigit() and len(text) == 12):
            raise ValidationError(
                _("“%(value)s” is not a person's number in the registry. It has 12 digits; format the cell as text."),
                "bad_registry_number",
                {"value": values.shown(raw)},
            )
        return text


class Person(Recorded):
    """A member 家庭成员. `household` is where the person is now (or was last); Membership has the spells."""

    household = models.ForeignKey(
        Household, models.PROTECT, related_name="persons", verbose_name=term("household", "户")
    )
    name = PersonNameField(term("name", "姓名"), max_length=60)
    relation = CodeField(term("relation to head", "与户主关系"), list_id="registry_relation")
    document_type = CodeField(
        term("kind of document", "证件类型"), list_id="id_document", blank=True, default="", db_default=ID_CARD
    )
    id_number = DocumentNumberField(term("ID number", "身份证号"), null=True, blank=True)
    id_index = BlindIndexField(source="id_number", null=True, editable=False)
    id_issued_by = CleanTextField(
        term("ID issued by", "身份证签发机关"), max_length=60, blank=True, default="", db_default=""
    )
    id_valid_from = DayField(term("ID valid from", "身份证有效期始"), null=True, blank=True)
    id_valid_to = LongTermDayField(term("ID valid to", "身份证有效期止"), null=True, blank=True)
    registry_number = PersonRegistryNumberField(
        term("registry person number", "人口编号"), max_length=12, blank=True, default="", db_default=""
    )
    sex = CodeField(term("sex", "性别"), list_id="sex", blank=True)
    birth_date = DayField(term("birth date", "出生日期"), blank=True)
    ethnic_group = CodeField(term("ethnic group", "民族"), list_id="ethnic_group", blank=True)
    political_status = CodeField(
        term("political status", "政治面貌"), list_id="registry_political", blank=True, default="", db_default=""
    )
    education = CodeField(
        term("education", "文化程度"), list_id="registry_education", blank=True, default="", db_default=""
    )
    health = CodeField(term("health", "健康状况"), list_id="registry_health", blank=True, default="", db_default="")
    putonghua = CodeField(
        term("speaks Putonghua", "是否会讲普通话"), list_id="yes_no", blank=True, default="", db_default=""
    )
    serving_soldier = CodeField(
        term("serving soldier", "是否现役军人"), list_id="yes_no", blank=True, default="", db_default=""
    )
    works_abroad = CodeField(
        term("works abroad", "是否国外务工"), list_id="yes_no", blank=True, default="", db_default=""
    )
    school = SchoolField(term("schooling", "在校情况"), blank=True)
    labour_capability = CodeField(term("ability to work", "劳动能力"), list_id="registry_labour", blank=True)
    job_intention = CodeField(term("wish to work", "就业意愿"), list_id="job_intention", blank=True)
    phone = MobileField(term("telephone", "联系电话"), blank=True)
    died_on = DayField(term("died on", "死亡日期"), null=True, blank=True)
    remark = CleanTextField(term("remark", "备注"), max_length=200, blank=True)
    merged_into = models.ForeignKey(
        "self", models.PROTECT, null=True, editable=False, related_name="merged_from",
        verbose_name=term("merged into", "并入"),
    )  # fmt: skip

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
            # Who may be one and the same: name and birth date agree.
            models.Index("name", "birth_date", name="person_name_birth"),
            models.Index("phone", condition=~Q(phone=""), name="person_phone"),
            models.Index("registry_number", condition=~Q(registry_number=""), name="person_registry_number"),
        ]

    def __str__(self) -> str:
        return self.name

    def clean(self):
        """What one person's values must say together; the ID number leads, the sheet's sex and birth date follow."""
        refuse(self._faults())

    def _faults(self) -> Iterator[Fault]:
        yield from disagreements(self)
        yield from in_future(self, ("birth_date", "died_on"))
        if self.died_on and self.birth_date and self.died_on < self.birth_date:
            message = _("The day of death lies before the birth date. Correct one of the two.")
            yield "died_on", "death_before_birth", message


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
