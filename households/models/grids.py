"""The five-level grid 五级网格 of a place, who manages its nodes, and which cadre is linked with which household."""

from __future__ import annotations

from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from common.codes import declare
from common.fields import CleanTextField, CodeField, DayField, DivisionCodeField, MobileField, PersonNameField
from common.models import STANDING, Recorded
from common.scope import level_of
from common.terms import term
from households.models.households import Household

STREET, COMMUNITY, AREA, BUILDING, GROUP = "1", "2", "3", "4", "5"
CURRENT = STANDING & Q(to_on__isnull=True)

declare(
    "grid_duty",
    term("Duty in the grid", "网格职责"),
    {
        "chief": term("chief of the grid", "网格长"),
        "worker": term("grid worker", "网格员"),
        "building": term("head of the building", "楼栋长"),
        "contact": term("contact of the households", "联户长"),
    },
)


class Grid(Recorded):
    """A node of the grid: a street, community, area, building or group of households, below its `parent`.

    `region` is the township in which it lies; below a parent it is the parent's.
    """

    region = DivisionCodeField(term("township", "所在乡镇"), blank=True, editable=False)
    code = CleanTextField(
        term("grid code", "网格编号"),
        max_length=24,
        unique=True,
        blank=True,
        help_text=term("Left blank, the next free number of the county is given.", "留空时自动按县编号。"),
    )
    name = CleanTextField(term("grid", "网格名称"), max_length=60)
    level = CodeField(term("grid level", "网格层级"), list_id="grid_level")
    parent = models.ForeignKey(
        "self",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="children",
        verbose_name=term("above it", "上级网格"),
    )
    remark = CleanTextField(term("remark", "备注"), max_length=200, blank=True)

    class Meta:
        verbose_name = term("grid", "网格")
        verbose_name_plural = term("grids", "网格")
        ordering = ["region", "id"]
        constraints = [
            models.UniqueConstraint(
                "region", "parent", "name", condition=STANDING, nulls_distinct=False, name="grid_name_once_a_parent"
            ),
            Recorded.void_constraint("grid"),
        ]
        indexes = [models.Index("region", "id", name="grid_place"), models.Index("parent", name="grid_parent")]

    def __str__(self) -> str:
        return self.name

    def clean(self):
        """A node lies below one of a higher level; streets and communities may be the highest of a place."""
        if self.parent_id is None:
            if self.level and self.level not in (STREET, COMMUNITY):
                message = _("Only a street or a community stands at the top. Say which grid this one lies in.")
                raise ValidationError({"parent": ValidationError(message, code="required")})
            if self.region is None or level_of(self.region) < 4:
                message = _("The topmost grid lies in a township: choose a code of township level.")
                raise ValidationError({"region": ValidationError(message, code="bad_division")})
            return
        if self.level and self.level <= self.parent.level:
            message = _("“%(name)s” is no higher than this grid. Choose a grid of a higher level above it.")
            raise ValidationError(
                {"parent": ValidationError(message, code="bad_level", params={"name": self.parent.name})}
            )
        self.region = self.parent.region


def _check_spell(spell: models.Model) -> None:
    if spell.to_on and spell.from_on and spell.to_on < spell.from_on:
        message = _("The end lies before the beginning. Correct one of the two.")
        raise ValidationError({"to_on": ValidationError(message, code="order")})


def _ends_after_it_begins(name: str) -> models.CheckConstraint:
    return models.CheckConstraint(name=name, condition=Q(to_on__isnull=True) | Q(to_on__gte=F("from_on")))


class GridManager(Recorded):
    """Who manages a grid, from `from_on` up to, but not on, `to_on`. Some managers have an account, most have none."""

    grid = models.ForeignKey(Grid, models.PROTECT, related_name="managers", verbose_name=term("grid", "网格"))
    duty = CodeField(term("duty", "网格职责"), list_id="grid_duty", default="worker")
    name = PersonNameField(term("name", "姓名"))
    phone = MobileField(term("telephone", "联系电话"), blank=True)
    user = models.ForeignKey(
        User, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=term("account", "系统账号")
    )
    from_on = DayField(term("from", "起始日期"))
    to_on = DayField(term("to", "终止日期"), null=True, blank=True)
    remark = CleanTextField(term("remark", "备注"), max_length=200, blank=True)

    class Meta:
        verbose_name = term("grid manager", "网格管理人员")
        verbose_name_plural = term("grid managers", "网格管理人员")
        ordering = ["region", "id"]
        constraints = [
            models.UniqueConstraint("grid", "name", "from_on", condition=STANDING, name="grid_manager_once_a_day"),
            _ends_after_it_begins("grid_manager_ends_after_it_begins"),
            Recorded.void_constraint("grid_manager"),
        ]
        indexes = [
            models.Index("region", "id", name="grid_manager_place"),
            models.Index("grid", "id", name="grid_manager_grid"),
        ]

    def __str__(self) -> str:
        return self.name

    def clean(self):
        _check_spell(self)


class CadreLink(Recorded):
    """The cadre linked with a household 结对帮扶干部, from `from_on` up to, but not on, `to_on`; one at a time."""

    household = models.ForeignKey(
        Household, models.PROTECT, related_name="cadre_links", verbose_name=term("household", "户")
    )
    name = PersonNameField(term("linked cadre", "帮扶干部"))
    employer = CleanTextField(term("unit", "所在单位"), max_length=80, blank=True)
    post = CleanTextField(term("post", "职务"), max_length=60, blank=True)
    phone = MobileField(term("telephone", "联系电话"), blank=True)
    user = models.ForeignKey(
        User, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=term("account", "系统账号")
    )
    from_on = DayField(term("from", "结对日期"))
    to_on = DayField(term("to", "解除日期"), null=True, blank=True)
    end_reason = CleanTextField(term("why it ended", "解除原因"), max_length=100, blank=True)
    remark = CleanTextField(term("remark", "备注"), max_length=200, blank=True)

    class Meta:
        verbose_name = term("link with a cadre", "结对帮扶")
        verbose_name_plural = term("links with cadres", "结对帮扶")
        ordering = ["region", "id"]
        constraints = [
            models.UniqueConstraint("household", condition=CURRENT, name="cadre_link_one_at_a_time"),
            models.UniqueConstraint("household", "from_on", condition=STANDING, name="cadre_link_once_a_day"),
            _ends_after_it_begins("cadre_link_ends_after_it_begins"),
            Recorded.void_constraint("cadre_link"),
        ]
        indexes = [
            models.Index("region", "id", name="cadre_link_place"),
            models.Index("household", "id", name="cadre_link_household"),
            models.Index("name", "id", name="cadre_link_name"),
        ]

    def __str__(self) -> str:
        return self.name

    def clean(self):
        _check_spell(self)
