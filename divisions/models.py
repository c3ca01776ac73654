"""Where, in law: divisions with their dates of effect, government units, code lists, dated parameters."""

from __future__ import annotations

import datetime as dt

from django.db import models
from django.db.models import F, Q

from common.codes import choices
from common.fields import CleanTextField, DivisionCodeField
from common.scope import CODE_LIMIT, ancestor, level_of
from common.terms import term


class DivisionQuerySet(models.QuerySet):
    def in_force(self, on: dt.date):
        return self.filter(Q(valid_from__lte=on) & (Q(valid_to__isnull=True) | Q(valid_to__gt=on)))

    def within(self, ranges):
        """Divisions that lie in the ranges, or hold one of them (a county's official may read the province's name)."""
        condition = Q(pk__in=[])
        for lo, hi in ranges:
            condition |= Q(lo__gte=lo, hi__lte=hi) | Q(lo__lte=lo, hi__gte=hi)
        return self.filter(condition)

    def visible_to(self, user):
        """Divisions are public: everybody may look up an origin anywhere."""
        return self


class Division(models.Model):
    """A division 行政区划 as it was called from a day on; `lo` to `hi` (excluded) are the codes that it covers."""

    code = DivisionCodeField(term("code", "区划代码"))
    name = CleanTextField(term("name", "名称"), max_length=60)
    level = models.PositiveSmallIntegerField(
        term("level", "级别"), choices=[(int(code), label) for code, label in choices("division_level")]
    )
    parent = models.ForeignKey(
        "self", models.PROTECT, null=True, related_name="children", verbose_name=term("parent", "上级区划")
    )
    lo = models.BigIntegerField(editable=False)
    hi = models.BigIntegerField(editable=False)
    initials = models.CharField(term("initials", "拼音首字母"), max_length=30, blank=True, editable=False)
    valid_from = models.DateField(term("in force from", "生效日期"))
    valid_to = models.DateField(term("in force until", "失效日期"), null=True)

    objects = DivisionQuerySet.as_manager()
    scope_path = "lo"

    class Meta:
        verbose_name = term("division", "行政区划")
        verbose_name_plural = term("divisions", "行政区划")
        ordering = ["code", "id"]
        constraints = [
            models.UniqueConstraint("code", "valid_from", name="division_once_a_day"),
            models.UniqueConstraint("code", condition=Q(valid_to__isnull=True), name="division_code_in_force_once"),
            models.CheckConstraint(
                name="division_ends_after_it_begins",
                condition=Q(valid_to__isnull=True) | Q(valid_to__gt=F("valid_from")),
            ),
        ]
        indexes = [
            models.Index("lo", "hi", name="division_range"),
            # The combobox's search: initials and names by prefix.
            models.Index("initials", "code", name="division_initials"),
            models.Index("name", "code", name="division_name"),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def is_street(self) -> bool:
        """A street 街道 (township part 001 to 099) is urban."""
        return level_of(self.code) == 4 and 1 <= self.code // 1000 % 1000 <= 99


class UnitQuerySet(models.QuerySet):
    def within(self, ranges):
        """Units of these divisions, and of those that hold them."""
        condition = Q(pk__in=[])
        for lo, hi in ranges:
            above = [ancestor(lo, level) for level in range(level_of(lo))] if hi - lo < CODE_LIMIT else []
            condition |= Q(region__gte=lo, region__lt=hi) | Q(region__in=above)
        return self.filter(condition)

    def visible_to(self, user):
        """Units are public; a user names those of the own area and above it."""
        return self.within(user.ranges)


class Unit(models.Model):
    """A government department 单位 at a place: who enters, reviews and answers for things."""

    name = CleanTextField(term("name", "单位名称"), max_length=80)
    region = DivisionCodeField(term("division", "所属区划"))
    kind = models.CharField(
        term("kind", "类别"),
        max_length=20,
        choices=[
            ("government", term("government", "人民政府")),
            ("drc", term("Development and Reform Commission", "发展改革部门")),
            ("human_resources", term("human resources", "人力资源社会保障部门")),
            ("audit", term("audit", "审计部门")),
            ("other", term("other", "其他部门")),
        ],
    )

    objects = UnitQuerySet.as_manager()

    class Meta:
        verbose_name = term("unit", "单位")
        verbose_name_plural = term("units", "单位")
        ordering = ["region", "name"]
        constraints = [models.UniqueConstraint("region", "name", name="unit_name_once_a_place")]

    def __str__(self) -> str:
        return self.name


class CodeItem(models.Model):
    """One code of a code list, as shipped in reference/code_lists.json."""

    list_id = models.CharField(term("list", "代码表"), max_length=40)
    code = models.CharField(term("code", "代码"), max_length=20)
    name_zh = models.CharField(term("Chinese name", "中文名称"), max_length=60)
    name_en = models.CharField(term("English name", "英文名称"), max_length=120)
    position = models.PositiveSmallIntegerField(term("position", "序号"))
    disabled_on = models.DateField(term("disabled on", "停用日期"), null=True)

    class Meta:
        verbose_name = term("code", "代码")
        verbose_name_plural = term("codes", "代码")
        ordering = ["list_id", "position"]
        constraints = [models.UniqueConstraint("list_id", "code", name="code_once_a_list")]


class Parameter(models.Model):
    """A value that a division sets for a time; the smallest division that holds a place leads there."""

    name = models.CharField(term("parameter", "参数"), max_length=40)
    region = DivisionCodeField(term("division", "适用区划"), default=0)
    value = models.IntegerField(term("value", "取值"))
    valid_from = models.DateField(term("in force from", "生效日期"))
    valid_to = models.DateField(term("in force until", "失效日期"), null=True)
    source = CleanTextField(term("source", "依据"), max_length=200)

    class Meta:
        verbose_name = term("parameter", "参数")
        verbose_name_plural = term("parameters", "参数")
        ordering = ["name", "region", "valid_from"]
        constraints = [
            models.UniqueConstraint("name", "region", "valid_from", name="parameter_once_a_day"),
            models.CheckConstraint(
                name="parameter_ends_after_it_begins",
                condition=Q(valid_to__isnull=True) | Q(valid_to__gt=F("valid_from")),
            ),
        ]
