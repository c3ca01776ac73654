"""Supervision as it is planned and carried out: yearly plans 年度督查检查计划 and inspections 督查检查."""

from __future__ import annotations

import calendar
import datetime as dt

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Count, Exists, F, IntegerField, OuterRef, Q, Subquery
from django.db.models.functions import Coalesce
from django.utils.translation import gettext_lazy as _

from common.fields import CleanTextField, CodeField, DayField, DivisionCodeField, PersonNameField, WholeNumberField
from common.models import STANDING, Recorded, Scoped
from common.scope import ScopedQuerySet, in_ranges
from common.terms import term
from divisions.models import Unit
from rectification.models.inspections_lists import CAMPAIGNS
from rectification.models.inspections_veil import Veiled, VeiledQuerySet, seen_inspections

YEARS = {"min_value": 2010, "max_value": 2100}
LEAST_A_YEAR = 4  # 全年组织开展4次 … 大调研和专项大督查
# Ways that are kept from those outside, and the state from which on they are not.
VEILED_BEFORE = {"secret": ("planned", "under_way"), "unannounced": ("planned",)}
OPEN_STATES = ("planned", "under_way", "fed_back")


class InspectionPlan(Recorded):
    """What a unit means to inspect in a year (R-146), and how many campaigns at least (R-242)."""

    year = WholeNumberField(term("year", "年度"), **YEARS)
    unit = models.ForeignKey(
        Unit,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="inspection_plans",
        verbose_name=term("organising unit", "组织单位"),
        help_text=term("Left blank: your own unit.", "留空即本单位。"),
    )
    title = CleanTextField(term("title", "计划名称"), max_length=120)
    document_no = CleanTextField(term("document number", "文号"), max_length=60, blank=True)
    least = WholeNumberField(
        term("campaigns a year, at least", "全年大调研大督查次数（不少于）"), default=LEAST_A_YEAR, max_value=50
    )
    note = CleanTextField(term("note", "说明"), max_length=500, multiline=True, blank=True)

    class Meta:
        verbose_name = term("inspection plan", "年度督查检查计划")
        verbose_name_plural = term("inspection plans", "年度督查检查计划")
        ordering = ["region", "id"]
        constraints = [
            models.UniqueConstraint("year", "unit", condition=STANDING, name="inspection_plan_once"),
            models.CheckConstraint(name="inspection_plan_has_a_unit", condition=Q(unit__isnull=False)),
            Recorded.void_constraint("inspection_plan"),
        ]

    def __str__(self) -> str:
        return self.title

    @property
    def address(self) -> str:
        return f"/inspections/plans/{self.pk}/"


class InspectionQuerySet(ScopedQuerySet):
    def visible_to(self, user):
        """Those that the user's area organises, that cover it or checked something in it, unless they are secret from the user.

        Each with `checks_made`, `problems_found` and `problems_closed`, as far as they lie in the user's area.
        """
        from rectification.models.inspections_checks import InspectionCheck

        mine = Q(in_ranges(user.ranges), inspection=OuterRef("pk"), veiled=False)
        covered, checked = InspectionPlace.objects.filter(mine), InspectionCheck.objects.filter(mine)
        rows = self.filter(in_ranges(user.ranges) | Exists(covered) | Exists(checked))
        return rows.filter(Q(veiled=False) | seen_inspections(user)).counted(user)

    def counted(self, user):
        from rectification.models.inspections_checks import InspectionCheck
        from rectification.models.inspections_items import ItemOrigin

        found = ItemOrigin.objects.within(user.ranges).filter(item__voided_at=None).exclude(item__state="merged")
        return self.annotate(
            checks_made=_number(InspectionCheck.objects.within(user.ranges).filter(STANDING)),
            problems_found=_number(found),
            problems_closed=_number(found.filter(item__state="closed")),
        )


def _number(rows) -> Coalesce:
    """How many of the rows belong to an inspection."""
    counted = rows.filter(inspection=OuterRef("pk")).order_by().values("inspection").annotate(n=Count("pk")).values("n")
    return Coalesce(Subquery(counted, output_field=IntegerField()), 0)


class Inspection(Veiled, Recorded):
    """An inspection 督查检查 of any kind. `region` is that of the organising unit; where it goes, InspectionPlace says.

    `counties` are the names of the counties that it covers. Its state moves by acts (rectification.actions.inspections).
    """

    plan = models.ForeignKey(
        InspectionPlan,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="inspections",
        verbose_name=term("yearly plan", "年度计划"),
    )
    parent = models.ForeignKey(
        "self",
        models.PROTECT,
        null=True,
        editable=False,
        related_name="self_checks",
        verbose_name=term("asked for by", "布置自查的检查"),
    )
    year = WholeNumberField(term("year", "年度"), **YEARS)
    batch = CleanTextField(term("batch", "批次"), max_length=40, blank=True)
    title = CleanTextField(term("title", "检查名称"), max_length=120)
    kind = CodeField(term("kind", "检查类型"), list_id="inspection_kind")
    way = CodeField(term("way", "检查方式"), list_id="inspection_way", default="open")
    aim = CodeField(term("aim", "检查导向"), list_id="inspection_aim", blank=True)
    unit = models.ForeignKey(
        Unit,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="inspections",
        verbose_name=term("organising unit", "组织单位"),
        help_text=term("Left blank: your own unit.", "留空即本单位。"),
    )
    outside_organiser = CleanTextField(
        term("organiser from outside", "第三方机构或上级检查组"), max_length=120, blank=True
    )
    leader = PersonNameField(term("leader", "带队负责人"), blank=True)
    team = CleanTextField(term("members", "成员"), max_length=300, blank=True)
    counties = CleanTextField(
        term("counties covered", "覆盖县"),
        max_length=2000,
        blank=True,
        help_text=term(
            "Names or codes, parted by 、; a city or province stands for all its counties. Blank: the organiser's area.",
            "名称或代码，用、隔开；填市、省表示其全部县；留空表示本级全部县。",
        ),
    )
    focus = CleanTextField(term("focus", "检查重点"), max_length=1000, multiline=True, blank=True)
    month = WholeNumberField(term("planned month", "计划月份"), null=True, blank=True, min_value=1, max_value=12)
    from_on = DayField(term("from", "开始时间"), null=True, blank=True)
    to_on = DayField(term("to", "结束时间"), null=True, blank=True)
    findings = CleanTextField(term("findings", "检查情况"), max_length=4000, multiline=True, blank=True)
    report = CleanTextField(term("report", "报告"), max_length=120, blank=True)
    feed_back_by = DayField(term("feed back by", "反馈时限"), null=True, blank=True)

    state = CodeField(term("state", "状态"), list_id="inspection_state", default="planned", editable=False)
    state_on = models.DateField(term("state since", "状态起始"), editable=False)
    fed_back_on = models.DateField(term("fed back on", "反馈时间"), null=True, editable=False)
    closed_on = models.DateField(term("closed on", "办结时间"), null=True, editable=False)
    cancel_reason = models.CharField(term("why cancelled", "取消原因"), max_length=200, blank=True, editable=False)
    author = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        editable=False,
        related_name="+",
        verbose_name=term("entered by", "录入人"),
    )

    objects = InspectionQuerySet.as_manager()

    class Meta:
        verbose_name = term("inspection", "督查检查")
        verbose_name_plural = term("inspections", "督查检查")
        ordering = ["region", "id"]
        constraints = [
            models.UniqueConstraint("unit", "year", "title", condition=STANDING, name="inspection_once"),
            models.UniqueConstraint(
                "parent", "region", condition=STANDING & Q(parent__isnull=False), name="inspection_self_check_once"
            ),
            models.CheckConstraint(
                name="inspection_ends_after_it_begins",
                condition=Q(to_on__isnull=True) | Q(from_on__isnull=False, to_on__gte=F("from_on")),
            ),
            # A blank unit means one's own: the action fills it in.
            models.CheckConstraint(name="inspection_has_a_unit", condition=Q(unit__isnull=False)),
            # A secret visit that others may see has been published.
            models.CheckConstraint(
                name="inspection_secret_until_published",
                condition=~Q(way="secret") | Q(veiled=True) | Q(fed_back_on__isnull=False),
            ),
            models.CheckConstraint(
                name="inspection_fed_back_has_a_day",
                condition=~Q(state__in=["fed_back", "closed"]) | Q(fed_back_on__isnull=False),
            ),
            Recorded.void_constraint("inspection"),
        ]
        indexes = [models.Index("region", "year", "id", name="inspection_place_year")]

    def __str__(self) -> str:
        return self.title

    @property
    def address(self) -> str:
        return f"/inspections/{self.pk}/"

    @property
    def is_campaign(self) -> bool:
        return self.kind in CAMPAIGNS

    @property
    def hides(self) -> bool:
        """Whether its way keeps it from those outside in its present state."""
        return self.state in VEILED_BEFORE.get(self.way, ()) or (self.veiled and self.state == "cancelled")

    @property
    def due_on(self) -> dt.date | None:
        """The last day of the month for which it is planned."""
        if self.month is None:
            return None
        return dt.date(self.year, self.month, calendar.monthrange(self.year, self.month)[1])

    def clean(self):
        faults = {}
        if self.to_on and not self.from_on:
            faults["from_on"] = ValidationError(_("Say when it begins."), "required")
        elif self.to_on and self.to_on < self.from_on:
            faults["to_on"] = ValidationError(
                _("The end lies before the beginning. Correct one of the two."), "ends_early"
            )
        if self.from_on and self.year and self.from_on.year != self.year:
            message = _("This day lies in another year than %(year)s. Correct one of the two.")
            faults["from_on"] = ValidationError(message, "other_year", {"year": self.year})
        if self.kind == "third_party" and not self.outside_organiser:
            faults["outside_organiser"] = ValidationError(_("Name the third party that evaluates."), "required")
        if self.kind == "self_check" and self.way != "open":
            faults["way"] = ValidationError(_("A self-check is open: nobody visits oneself in secret."), "not_open")
        if faults:
            raise ValidationError(faults)


class InspectionPlace(Veiled, Scoped):
    """A county that an inspection covers. Its row carries the county's region only once the county may know."""

    inspection = models.ForeignKey(Inspection, models.PROTECT, related_name="places")
    division = DivisionCodeField(term("county", "县（区）"))

    inspection_path = "inspection"
    objects = VeiledQuerySet.as_manager()

    class Meta:
        verbose_name = term("county covered", "覆盖县")
        verbose_name_plural = term("counties covered", "覆盖县")
        ordering = ["division"]
        constraints = [models.UniqueConstraint("inspection", "division", name="inspection_place_once")]
        indexes = [models.Index("region", "inspection", name="inspection_place_region")]


class InspectionMember(Veiled, Scoped):
    """An account that takes part in an inspection, and sees it while it is secret."""

    inspection = models.ForeignKey(Inspection, models.PROTECT, related_name="members")
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=term("member", "成员")
    )

    inspection_path = "inspection"
    objects = VeiledQuerySet.as_manager()

    class Meta:
        verbose_name = term("member of an inspection", "检查组成员")
        verbose_name_plural = term("members of inspections", "检查组成员")
        constraints = [models.UniqueConstraint("inspection", "user", name="inspection_member_once")]
