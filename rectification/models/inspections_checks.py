"""What inspectors fill in at the place: field checks 现场核查 and their lines."""

from __future__ import annotations

import re

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Count, IntegerField, OuterRef, Q, Subquery
from django.db.models.functions import Coalesce
from django.utils.translation import gettext_lazy as _

from common.fields import CleanTextField, CodeField, DayField, DivisionCodeField, WholeNumberField
from common.models import STANDING, Recorded
from common.terms import term
from households.models import Household
from rectification.models.inspections import Inspection
from rectification.models.inspections_checklists import Asked, Checklist, clean_answer
from rectification.models.inspections_veil import Veiled, VeiledQuerySet
from rectification.models.items import ProblemClass, RectificationItem
from settlements.models import Settlement

TIME = re.compile(r"([01]?\d|2[0-3])[:：]([0-5]\d)")


class CheckQuerySet(VeiledQuerySet):
    def visible_to(self, user):
        """Each with `lines_failed`, the number of answers that are not as expected."""
        failed = CheckLine.objects.filter(STANDING, record=OuterRef("pk"), outcome="failed").order_by().values("record")
        number = Subquery(failed.annotate(n=Count("pk")).values("n"), output_field=IntegerField())
        return super().visible_to(user).annotate(lines_failed=Coalesce(number, 0))


class InspectionCheck(Veiled, Recorded):
    """What was met with at one settlement or household. `place_region` is where that is; `region` the same once those
    who live there may know of the visit."""

    inspection = models.ForeignKey(
        Inspection, models.PROTECT, related_name="checks", verbose_name=term("inspection", "督查检查")
    )
    number = WholeNumberField(
        term("no.", "编号"),
        null=True,
        blank=True,
        min_value=1,
        max_value=99_999,
        help_text=term("Left blank, the next one is given.", "留空自动编号。"),
    )
    settlement = models.ForeignKey(
        Settlement,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="inspection_checks",
        verbose_name=term("settlement", "安置点"),
    )
    household = models.ForeignKey(
        Household,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="inspection_checks",
        verbose_name=term("household", "搬迁户"),
    )
    place = CleanTextField(term("place", "地点"), max_length=120, blank=True)
    visited_on = DayField(term("visited on", "核查日期"))
    visited_at = CleanTextField(term("at", "时间"), max_length=5, blank=True, help_text=term("like 14:30", "如 14:30"))
    checkers = CleanTextField(term("checked by", "核查人"), max_length=120, blank=True)
    summary = CleanTextField(term("summary", "核查情况"), max_length=2000, multiline=True, blank=True)
    checklist = models.ForeignKey(
        Checklist, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=term("checklist", "核查表")
    )
    state = CodeField(term("state", "状态"), list_id="check_state", default="begun", editable=False)
    place_region = DivisionCodeField(term("place", "所在乡镇"), editable=False)
    author = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        editable=False,
        related_name="+",
        verbose_name=term("entered by", "录入人"),
    )

    inspection_path = "inspection"
    objects = CheckQuerySet.as_manager()

    class Meta:
        verbose_name = term("field check", "现场核查")
        verbose_name_plural = term("field checks", "现场核查")
        ordering = ["region", "id"]
        constraints = [
            models.UniqueConstraint("inspection", "number", condition=STANDING, name="inspection_check_once"),
            models.CheckConstraint(
                name="inspection_check_has_a_subject",
                condition=Q(settlement__isnull=False) | Q(household__isnull=False),
            ),
            models.CheckConstraint(name="inspection_check_has_a_number", condition=Q(number__isnull=False)),
            Recorded.void_constraint("inspection_check"),
        ]
        indexes = [models.Index("settlement", "visited_on", name="inspection_check_settlement")]

    def __str__(self) -> str:
        return f"{self.inspection.title} {self.number} {self.subject_name}"

    @property
    def subject_name(self) -> str:
        return f"{self.household.head_name} {self.household.code}" if self.household_id else self.settlement.name

    @property
    def address(self) -> str:
        return f"/inspections/checks/{self.pk}/"

    def clean(self):
        faults = {}
        if self.settlement_id is None and self.household_id is None:
            message = _("Say which settlement or which household was visited.")
            faults["settlement"] = ValidationError(message, "required")
        elif self.settlement_id and self.household_id and self.household.settlement_id != self.settlement_id:
            message = _("The household lives in another settlement. Leave one of the two blank.")
            faults["household"] = ValidationError(message, "other_settlement")
        if self.visited_at:
            match = TIME.fullmatch(self.visited_at)
            if match is None:
                faults["visited_at"] = ValidationError(_("Write the time like 14:30."), "bad_time")
            else:
                self.visited_at = f"{int(match[1]):02d}:{match[2]}"
        if faults:
            raise ValidationError(faults)


class CheckLine(Veiled, Asked, Recorded):
    """One question of a field check with its answer. What was asked is copied, so that a later checklist changes nothing.

    `outcome` follows from answer and expectation; the inspector may set it where nothing is expected, or another way.
    """

    inspection = models.ForeignKey(Inspection, models.PROTECT, editable=False, related_name="lines")
    record = models.ForeignKey(
        InspectionCheck, models.PROTECT, related_name="lines", verbose_name=term("field check", "现场核查")
    )
    answer = CleanTextField(term("answer", "核查结果"), max_length=200, blank=True)
    outcome = CodeField(term("outcome", "是否符合"), list_id="check_outcome", blank=True)
    note = CleanTextField(term("note", "问题说明"), max_length=500, multiline=True, blank=True)
    problem_class = models.ForeignKey(
        ProblemClass,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=term("class of problem", "问题类型"),
    )
    item = models.ForeignKey(
        RectificationItem,
        models.PROTECT,
        null=True,
        editable=False,
        related_name="check_lines",
        verbose_name=term("rectification item", "整改事项"),
    )
    place_region = DivisionCodeField(term("place", "所在乡镇"), editable=False)

    inspection_path = "inspection"
    objects = VeiledQuerySet.as_manager()

    class Meta:
        verbose_name = term("line of a field check", "核查结果")
        verbose_name_plural = term("lines of field checks", "核查结果")
        ordering = ["record", "position"]
        constraints = [
            models.UniqueConstraint("record", "position", condition=STANDING, name="check_line_once"),
            Recorded.void_constraint("check_line"),
        ]
        indexes = [models.Index("inspection", "outcome", name="check_line_outcome")]

    def __str__(self) -> str:
        return f"{self.position}. {self.question}"

    def clean(self):
        super().clean()
        try:
            self.answer = clean_answer(self.kind, self.answer)
        except ValidationError as error:
            raise ValidationError({"answer": error}) from error
