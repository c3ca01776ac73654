"""Problems 整改事项 with their places, their responsible units, and every act done to them."""

from __future__ import annotations

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import F, Q
from django.db.models.fields.json import KT
from django.utils.text import Truncator
from django.utils.translation import gettext_lazy as _

from common import clock
from common.dates import add_months
from common.fields import CleanTextField, CodeField, DayField, DivisionCodeField, PersonNameField, PhoneField
from common.models import Recorded, Scoped
from common.scope import ScopedQuerySet, ancestor, code_range
from common.terms import term
from divisions.models import Unit
from rectification.models.fields import DeadlineField, Months
from rectification.states import STATES
from settlements.models import Settlement

# a problem cannot leave draft while any of the four is empty.
REQUIRED_TO_REGISTER = ("target", "deadline_on", "measures", "lead_unit")
BEFORE_REGISTRATION = ("draft", "merged")
TO_REGISTER = term("Needed before the problem is registered", "登记建账前须填写")


class ProblemClassQuerySet(models.QuerySet):
    def within(self, ranges):
        """The national classes, and those of the provinces that the ranges touch."""
        condition = Q(region=0)
        for lo, hi in ranges:
            condition |= Q(region__gte=lo, region__lt=hi) | Q(region=ancestor(lo, 1))
        return self.filter(condition)

    def visible_to(self, user):
        return self.within(user.ranges)


class ProblemClass(models.Model):
    """A class of problems 问题类别, or an aspect 方面 of one. The national ones stand at region 0; a province edits its own."""

    region = DivisionCodeField(term("division", "适用区划"), default=0)
    code = CleanTextField(term("code", "类别代码"), max_length=16)
    name = CleanTextField(term("name", "类别名称"), max_length=60)
    parent = models.ForeignKey(
        "self", models.PROTECT, null=True, blank=True, related_name="aspects", verbose_name=term("class", "所属大类")
    )
    red_line = models.BooleanField(term("red line", "红线问题"), default=False)
    disabled_on = DayField(term("disabled on", "停用日期"), null=True, blank=True)
    version = models.PositiveIntegerField(term("version", "版本"), default=1, editable=False)

    objects = ProblemClassQuerySet.as_manager()
    scope_path = "region"

    class Meta:
        verbose_name = term("class of problems", "问题类别")
        verbose_name_plural = term("classes of problems", "问题类别")
        ordering = ["region", "code"]
        constraints = [models.UniqueConstraint("region", "code", name="problem_class_once")]

    def __str__(self) -> str:
        return f"{self.parent.name} / {self.name}" if self.parent_id else self.name

    def clean(self):
        if self.parent_id and self.parent.parent_id:
            message = _("“%(name)s” is an aspect itself. Choose a class above it.") % {"name": self.parent.name}
            raise ValidationError({"parent": ValidationError(message, "third_level")})


class RectificationItemQuerySet(ScopedQuerySet):
    def visible_to(self, user):
        """A department sees the problems that it answers for, everybody else those of the own area."""
        rows = super().visible_to(user)
        if user.role == "department":
            shared = ItemUnit.objects.filter(unit=user.unit_id).values("item")
            rows = rows.filter(Q(lead_unit=user.unit_id) | Q(pk__in=shared) | Q(responsible=user.pk))
        return rows


class RectificationItem(Recorded):
    """A problem 整改事项 on the unified ledger. `region` is where it is to be put right: a township, county or above.

    Its state moves by the acts of rectification.states alone; `version` counts them with every other change.
    """

    number = models.CharField(term("problem number", "问题编号"), max_length=24, unique=True, editable=False)
    source = CodeField(term("source", "问题来源"), list_id="inspection_source")
    problem_class = models.ForeignKey(
        ProblemClass, models.PROTECT, related_name="items", verbose_name=term("class of problem", "问题类型")
    )
    red_line = models.BooleanField(term("red line", "是否红线问题"), default=False, editable=False)
    found_on = DayField(term("found or fed back on", "检查（反馈）时间"))
    document_no = CleanTextField(term("document number", "文号"), max_length=60, blank=True)
    batch = CleanTextField(term("batch", "批次"), max_length=60, blank=True)
    source_no = CleanTextField(
        term("number at its source", "来源编号"),
        max_length=40,
        blank=True,
        help_text=term("As the inspection itself counts its problems", "检查单位自己的问题编号"),
    )
    place_names = CleanTextField(
        term("settlements", "安置点"),
        max_length=500,
        blank=True,
        help_text=term("Several are parted by 、", "多个安置点用、隔开"),
    )
    summary = CleanTextField(term("summary", "概要"), max_length=120, blank=True)
    description = CleanTextField(term("description", "问题描述"), max_length=2000, multiline=True)
    target = CleanTextField(
        term("target", "整改目标"), max_length=500, multiline=True, blank=True, help_text=TO_REGISTER
    )
    measures = CleanTextField(
        term("measures", "整改措施"), max_length=2000, multiline=True, blank=True, help_text=TO_REGISTER
    )
    deadline_on = DeadlineField(
        term("deadline", "整改时限"),
        null=True,
        blank=True,
        help_text=term(
            "A day, or months from the day of finding (3个月); needed before the problem is registered",
            "日期，或自发现之日起的月数（如“3个月”）；登记建账前须填写",
        ),
    )
    lead_unit = models.ForeignKey(
        Unit,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="items_led",
        verbose_name=term("lead unit", "责任单位"),
        help_text=TO_REGISTER,
    )
    responsible_name = PersonNameField(term("responsible person", "责任人"), blank=True)
    responsible_phone = PhoneField(term("telephone", "联系电话"), blank=True)
    responsible = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        editable=False,
        related_name="items_answered",
        verbose_name=term("account of the responsible person", "责任人账号"),
    )
    supervising_unit = models.ForeignKey(
        Unit,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="items_supervised",
        verbose_name=term("supervising unit", "省级督导单位"),
    )
    remark = CleanTextField(term("remark", "备注"), max_length=200, blank=True)
    relapse_of = models.ForeignKey(
        "self",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="relapses",
        verbose_name=term("relapse of", "反弹自"),
    )
    merged_into = models.ForeignKey(
        "self",
        models.PROTECT,
        null=True,
        editable=False,
        related_name="merged",
        verbose_name=term("merged into", "并入"),
    )

    state = CodeField(term("state", "状态"), list_id="item_state", default="draft", editable=False)
    state_on = models.DateField(term("state since", "状态起始"), editable=False)
    state_before_pause = models.CharField(max_length=16, blank=True, editable=False)
    author = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        editable=False,
        related_name="+",
        verbose_name=term("entered by", "填报人"),
    )
    author_unit = models.ForeignKey(Unit, models.PROTECT, null=True, editable=False, related_name="+")
    registered_on = models.DateField(term("registered on", "登记时间"), null=True, editable=False)
    first_deadline_on = models.DateField(term("first deadline", "原整改时限"), null=True, editable=False)
    progress = models.TextField(term("progress", "整改进展"), blank=True, editable=False)
    effect = models.TextField(term("effect", "整改成效"), blank=True, editable=False)
    completed_on = models.DateField(term("completed on", "完成时间"), null=True, editable=False)
    submitted_on = models.DateField(term("closing applied on", "申请销号时间"), null=True, editable=False)
    submitted_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, editable=False, related_name="+",
        verbose_name=term("applied by", "申请人"),
    )  # fmt: skip
    submitted_unit = models.ForeignKey(Unit, models.PROTECT, null=True, editable=False, related_name="+")
    verified_on = models.DateField(term("checked on", "核查时间"), null=True, editable=False)
    verified_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, editable=False, related_name="+",
        verbose_name=term("checked by", "核查人"),
    )  # fmt: skip
    finding = models.TextField(term("finding", "核查意见"), blank=True, editable=False)
    notice_from = models.DateField(term("public notice from", "公示开始"), null=True, editable=False)
    notice_to = models.DateField(term("public notice to", "公示结束"), null=True, editable=False)
    closing_number = models.CharField(
        term("closing number", "销号编号"), max_length=24, null=True, unique=True, editable=False
    )
    closed_on = models.DateField(term("closed on", "销号时间"), null=True, editable=False)
    closed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, editable=False, related_name="+",
        verbose_name=term("closed by", "销号人"),
    )  # fmt: skip
    extension_to = models.DateField(term("extension asked to", "申请延期至"), null=True, editable=False)
    paused_on = models.DateField(term("paused on", "暂停时间"), null=True, editable=False)
    times_returned = models.PositiveSmallIntegerField(term("times returned", "退回次数"), default=0, editable=False)
    times_reopened = models.PositiveSmallIntegerField(term("times reopened", "重启次数"), default=0, editable=False)
    false_on = models.DateField(term("false rectification found on", "认定虚假整改时间"), null=True, editable=False)
    look_back_on = models.DateField(term("look-back due on", "回头看时间"), null=True, editable=False)
    looked_back_on = models.DateField(term("looked back on", "回头看完成时间"), null=True, editable=False)

    objects = RectificationItemQuerySet.as_manager()

    class Meta:
        verbose_name = term("rectification item", "整改事项")
        verbose_name_plural = term("rectification items", "整改事项")
        ordering = ["region", "id"]
        constraints = [
            models.CheckConstraint(name="item_state_is_known", condition=Q(state__in=list(STATES))),
            models.CheckConstraint(
                name="item_registered_has_its_needs",
                condition=Q(state__in=BEFORE_REGISTRATION)
                | ~Q(target="") & ~Q(measures="") & Q(deadline_on__isnull=False, lead_unit__isnull=False),
            ),
            models.CheckConstraint(
                name="item_deadline_after_it_was_found",
                condition=Q(deadline_on__isnull=True) | Q(deadline_on__gte=F("found_on")),
            ),
            # Four eyes: whoever applied or entered never verifies or closes.
            models.CheckConstraint(
                name="item_verified_by_another",
                condition=Q(verified_by__isnull=True) | ~Q(verified_by=F("submitted_by")) & ~Q(verified_by=F("author")),
            ),
            models.CheckConstraint(
                name="item_closed_by_another",
                condition=Q(closed_by__isnull=True) | ~Q(closed_by=F("submitted_by")) & ~Q(closed_by=F("author")),
            ),
            models.CheckConstraint(
                name="item_closed_told_whole",
                condition=~Q(state="closed")
                | Q(
                    closing_number__isnull=False,
                    closed_on__isnull=False,
                    closed_by__isnull=False,
                    verified_by__isnull=False,
                    submitted_by__isnull=False,
                ),
            ),
            models.CheckConstraint(
                name="item_merged_into_another",
                condition=Q(state="merged", merged_into__isnull=False) & ~Q(merged_into=F("id"))
                | ~Q(state="merged") & Q(merged_into__isnull=True),
            ),
            models.CheckConstraint(
                name="item_notice_ends_after_it_begins",
                condition=Q(notice_to__isnull=True) | Q(notice_to__gte=F("notice_from")),
            ),
            Recorded.void_constraint("item"),
        ]
        indexes = [
            models.Index("region", "id", name="item_place"),
            models.Index("state", "region", "id", name="item_state_place"),
            models.Index("lead_unit", "id", name="item_lead_unit"),
            models.Index("region", "deadline_on", condition=~Q(state__in=["closed", "merged"]), name="item_open_due"),
        ]

    def __str__(self) -> str:
        return self.number

    @property
    def address(self) -> str:
        return f"/rectification/{self.number}/"

    @property
    def title(self) -> str:
        """A short name: the summary, or the beginning of the description."""
        return self.summary or Truncator(self.description).chars(40)

    def clean(self):
        faults = {}
        if isinstance(self.deadline_on, Months):
            self.deadline_on = self.found_on and add_months(self.found_on, self.deadline_on.number)
        if self.deadline_on and self.found_on and self.deadline_on < self.found_on:
            message = _(
                "The deadline lies before the day on which the problem was found (%(day)s). Choose a later day."
            )
            faults["deadline_on"] = ValidationError(message % {"day": self.found_on}, "deadline_too_early")
        if self.found_on and self.found_on > clock.today():
            faults["found_on"] = ValidationError(_("This day lies in the future. Check it."), "future_date")
        if self.lead_unit_id and self.region is not None and not answers_at(self.lead_unit.region, self.region):
            message = _(
                "%(unit)s does not work in all of this area. Choose a unit of the place, or of a level above it."
            )
            faults["lead_unit"] = ValidationError(message % {"unit": self.lead_unit.name}, "unit_outside")
        if self.state not in BEFORE_REGISTRATION:
            message = _("The problem is registered. This may be corrected, but not be left empty.")
            lacking = [name for name in REQUIRED_TO_REGISTER if not getattr(self, name)]
            faults |= {name: ValidationError(message, "required") for name in lacking}
        if self.relapse_of_id and (message := self._bad_relapse()):
            faults["relapse_of"] = ValidationError(message, "bad_relapse")
        if faults:
            raise ValidationError(faults)

    def _bad_relapse(self) -> str:
        """A relapse is one of another problem of the same county that was found no later."""
        first = self.relapse_of
        if self.pk and self.pk in (first.pk, first.relapse_of_id):
            return _("A problem cannot be a relapse of itself or of its own relapse.")
        if self.region is not None and self.region // 10**6 != first.region // 10**6:
            message = _("%(number)s belongs to another county. A relapse is one of a problem of the same county.")
            return message % {"number": first.number}
        if self.found_on and first.found_on > self.found_on:
            message = _("%(number)s was found later, on %(day)s. Name the problem that was there first.")
            return message % {"number": first.number, "day": first.found_on}
        return ""


def answers_at(unit_region: int, region: int) -> bool:
    """Whether a unit of one division can answer for a problem in another: it works there or above.

    A unit below would be given what its people may not see.
    """
    lo, hi = code_range(unit_region)
    return lo <= region < hi


def concerns(unit_region: int, region: int) -> bool:
    """Whether a unit of one division has to do with another: it is the same, holds it or lies in it."""
    (lo, hi), (low, high) = code_range(unit_region), code_range(region)
    return lo <= region < hi or low <= unit_region < high


class ItemPlace(Scoped):
    """One settlement that a problem concerns 问题点位, with its own state."""

    item = models.ForeignKey(RectificationItem, models.PROTECT, related_name="places")
    settlement = models.ForeignKey(Settlement, models.PROTECT, related_name="problem_places")
    state = CodeField(term("state", "状态"), list_id="place_state", default="open")
    done_on = models.DateField(term("done on", "完成时间"), null=True)
    note = CleanTextField(term("note", "说明"), max_length=200, blank=True)

    class Meta:
        verbose_name = term("place of a problem", "问题点位")
        verbose_name_plural = term("places of problems", "问题点位")
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint("item", "settlement", name="item_place_once"),
            models.CheckConstraint(
                name="item_place_done_has_a_day",
                condition=Q(state="open", done_on__isnull=True) | ~Q(state="open") & Q(done_on__isnull=False),
            ),
        ]
        indexes = [models.Index("settlement", "item", name="item_place_settlement")]


class ItemUnit(Scoped):
    """A co-responsible unit 配合单位 of a problem, with its person."""

    item = models.ForeignKey(RectificationItem, models.PROTECT, related_name="co_units")
    unit = models.ForeignKey(Unit, models.PROTECT, related_name="items_shared", verbose_name=term("unit", "配合单位"))
    person_name = PersonNameField(term("person", "责任人"), blank=True)

    class Meta:
        verbose_name = term("co-responsible unit", "配合单位")
        verbose_name_plural = term("co-responsible units", "配合单位")
        ordering = ["id"]
        constraints = [models.UniqueConstraint("item", "unit", name="item_unit_once")]


class ItemMove(Scoped):
    """One act done to an item 办理记录: who, when, from which state to which, what was said and told. Never changed."""

    item = models.ForeignKey(RectificationItem, models.PROTECT, related_name="moves")
    act = models.CharField(term("act", "动作"), max_length=20)
    from_state = CodeField(term("from", "原状态"), list_id="item_state", blank=True)
    to_state = CodeField(term("to", "新状态"), list_id="item_state")
    on = models.DateField(term("day", "日期"))
    at = models.DateTimeField(term("time", "时间"), default=clock.now)
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+", verbose_name=term("by", "办理人")
    )
    unit = models.ForeignKey(Unit, models.PROTECT, null=True, related_name="+", verbose_name=term("unit", "单位"))
    opinion = models.TextField(term("opinion", "意见"), blank=True)
    told = models.JSONField(default=dict)

    class Meta:
        verbose_name = term("act on a problem", "办理记录")
        verbose_name_plural = term("acts on problems", "办理记录")
        ordering = ["id"]
        indexes = [
            models.Index("item", "id", name="item_move_item"),
            models.Index(KT("told__closing_number"), condition=Q(act="close"), name="item_move_closing_number"),
        ]
