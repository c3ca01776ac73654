"""The households of a sample with their check sheets, and the answers to a sample's further questions."""

from __future__ import annotations

from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from common.fields import CleanTextField, CodeField, DayField, DivisionCodeField, HouseholdCodeField, WholeNumberField
from common.models import STANDING, Recorded
from common.scope import ScopedQuerySet
from common.terms import term
from households.models import Household
from rectification.models.inspections_checklists import Asked, clean_answer
from rectification.models.inspections_veil import Veiled
from rectification.models.items import RectificationItem
from rectification.models.sampling import Sample, SampleStratum, seen_samples

REPLACED = ("absent", "moved", "refused")


class VisitQuerySet(ScopedQuerySet):
    def visible_to(self, user):
        """Rows of the area, which is the organiser's until the sample is published."""
        mine = Sample.objects.filter(seen_samples(user)).values("pk")
        return self.within(user.ranges).filter(Q(veiled=False) | Q(sample__in=mine))


class SampleHousehold(Veiled, Recorded):
    """A drawn household and what was found there. What the system reported on the frame's day stands beside it.

    `place_region` is where it lives; `region` the same from publication on. A replacement stands in line (`reserve`) until
    it takes the place of one that could not be visited (`replaces`).
    """

    sample = models.ForeignKey(
        Sample, models.PROTECT, editable=False, related_name="households", verbose_name=term("sample", "抽样")
    )
    stratum = models.ForeignKey(
        SampleStratum, models.PROTECT, editable=False, related_name="households", verbose_name=term("stratum", "层")
    )
    household = models.ForeignKey(
        Household, models.PROTECT, editable=False, related_name="samples", verbose_name=term("household", "搬迁户")
    )
    code = HouseholdCodeField(term("household code", "户编号"), editable=False)
    place_region = DivisionCodeField(term("township", "所在乡镇"), editable=False)
    rank = models.PositiveIntegerField(term("rank in the stratum", "层内序号"), editable=False)
    reserve = models.BooleanField(term("replacement in line", "备用户"), default=False, editable=False)
    replaces = models.OneToOneField(
        "self",
        models.PROTECT,
        null=True,
        editable=False,
        related_name="replaced_by",
        verbose_name=term("in place of", "替换自"),
    )
    reported_verdict = CodeField(term("reported verdict", "上报判定结果"), list_id="verdict", editable=False)
    reported_employed = models.BooleanField(term("reported: somebody employed", "上报有人就业"), editable=False)
    reported_persons = models.PositiveSmallIntegerField(term("reported employed", "上报就业人数"), editable=False)

    result = CodeField(term("result of the visit", "入户结果"), list_id="sample_visit", blank=True)
    visited_on = DayField(term("visited on", "入户日期"), null=True, blank=True)
    checkers = CleanTextField(term("checked by", "核查人"), max_length=120, blank=True)
    living = CodeField(term("lives there", "是否实际入住"), list_id="sample_yes_no", blank=True)
    living_note = CleanTextField(term("note on living there", "入住情况说明"), max_length=200, blank=True)
    employed_seen = WholeNumberField(
        term("employed members met with", "核实就业人数"), null=True, blank=True, max_value=30
    )
    employed_note = CleanTextField(term("note on employment", "就业情况说明"), max_length=200, blank=True)
    satisfaction = CodeField(term("satisfaction", "满意度"), list_id="sample_satisfaction", blank=True)
    note = CleanTextField(term("note", "备注"), max_length=500, multiline=True, blank=True)

    living_agrees = CodeField(
        term("living there: as reported", "入住比对"), list_id="sample_agreement", blank=True, editable=False
    )
    employed_agrees = CodeField(
        term("employment: as reported", "就业比对"), list_id="sample_agreement", blank=True, editable=False
    )
    item = models.ForeignKey(
        RectificationItem,
        models.PROTECT,
        null=True,
        editable=False,
        related_name="sample_households",
        verbose_name=term("rectification item", "整改事项"),
    )

    objects = VisitQuerySet.as_manager()

    class Meta:
        verbose_name = term("sampled household", "抽样户")
        verbose_name_plural = term("sampled households", "抽样户")
        ordering = ["sample", "stratum", "rank"]
        constraints = [
            models.UniqueConstraint("sample", "household", name="sample_household_once"),
            models.UniqueConstraint("stratum", "rank", name="sample_household_rank_once"),
            models.CheckConstraint(
                name="sample_household_answers_when_found",
                condition=Q(result="found") | Q(living="", employed_seen__isnull=True, satisfaction=""),
            ),
            Recorded.void_constraint("sample_household"),
        ]
        indexes = [
            models.Index("sample", "stratum", "rank", name="sample_household_order"),
            models.Index("region", "id", name="sample_household_place"),
        ]

    def __str__(self) -> str:
        return self.code

    @property
    def address(self) -> str:
        return f"/samples/households/{self.pk}/"

    def clean(self):
        faults = {}
        answered = self.living or self.employed_seen is not None or self.satisfaction
        if answered and self.result != "found":
            message = _("Answers belong to a household that was found. Correct the result of the visit.")
            faults["result"] = ValidationError(message, "not_found")
        if self.result and self.visited_on is None:
            faults["visited_on"] = ValidationError(_("Say on which day it was visited."), "required")
        if faults:
            raise ValidationError(faults)

    def compare(self) -> None:
        """Hold what was found against what is reported: a household in the frame is reported as living there."""
        self.living_agrees = {"yes": "agree", "no": "differ"}.get(self.living, "")
        if self.employed_seen is None:
            self.employed_agrees = ""
        else:
            self.employed_agrees = "agree" if (self.employed_seen > 0) == self.reported_employed else "differ"


class SampleAnswer(Veiled, Asked, Recorded):
    """An answer of a sampled household to one of the sample's further questions."""

    sample = models.ForeignKey(
        Sample, models.PROTECT, editable=False, related_name="answers", verbose_name=term("sample", "抽样")
    )
    visit = models.ForeignKey(
        SampleHousehold, models.PROTECT, related_name="answers", verbose_name=term("sampled household", "抽样户")
    )
    answer = CleanTextField(term("answer", "核查结果"), max_length=200, blank=True)
    outcome = CodeField(term("outcome", "是否符合"), list_id="check_outcome", blank=True)
    note = CleanTextField(term("note", "说明"), max_length=200, blank=True)

    objects = VisitQuerySet.as_manager()

    class Meta:
        verbose_name = term("answer of a sampled household", "抽样户附加问题")
        verbose_name_plural = term("answers of sampled households", "抽样户附加问题")
        ordering = ["visit", "position"]
        constraints = [
            models.UniqueConstraint("visit", "position", condition=STANDING, name="sample_answer_once"),
            Recorded.void_constraint("sample_answer"),
        ]

    def __str__(self) -> str:
        return f"{self.position}. {self.question}"

    def clean(self):
        super().clean()
        try:
            self.answer = clean_answer(self.kind, self.answer)
        except ValidationError as error:
            raise ValidationError({"answer": error}) from error
