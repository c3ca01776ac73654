"""Random samples of households 随机入户抽样: their design, the frame as of a day, the drawn households, what was found."""

from __future__ import annotations

from decimal import Decimal

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Case, CharField, Count, Exists, F, IntegerField, OuterRef, Q, Subquery, Value, When
from django.db.models.functions import Coalesce
from django.utils.translation import gettext_lazy as _

from common.fields import CleanTextField, CodeField, DayField, DecimalAmountField, DivisionCodeField, WholeNumberField
from common.models import STANDING, Recorded, Scoped
from common.scope import ScopedQuerySet, in_ranges
from common.terms import term
from divisions.models import Unit
from rectification.models.inspections import Inspection
from rectification.models.inspections_checklists import Checklist
from rectification.models.inspections_lists import STRATA
from rectification.models.inspections_veil import Veiled, seen_inspections

LARGEST = 100_000
FILTERS = ("placement", "tier", "verdict", "registration")


def seen_samples(user) -> Q:
    """The condition, on a sample, that the user is of the unit that draws it or a member of its inspection."""
    inside = Inspection.objects.filter(seen_inspections(user)).values("pk")
    condition = Q(inspection__in=inside)
    return condition | Q(unit=user.unit_id) if user.unit_id else condition


class SampleQuerySet(ScopedQuerySet):
    def visible_to(self, user):
        """Samples of the user's area, and published ones with a household in it; not those that are secret from the user.

        Each with `shown_seed` (once it is drawn), `households_found` and `households_drawn`.
        """
        from rectification.models.sampling_households import SampleHousehold

        mine = SampleHousehold.objects.filter(in_ranges(user.ranges), sample=OuterRef("pk"))
        rows = self.filter(in_ranges(user.ranges) | Q(published_on__isnull=False) & Exists(mine))
        return rows.filter(Q(veiled=False) | seen_samples(user)).told()

    def told(self):
        from rectification.models.sampling_households import SampleHousehold

        drawn = SampleHousehold.objects.filter(STANDING, sample=OuterRef("pk"), reserve=False).order_by()
        return self.annotate(
            shown_seed=Case(
                When(Q(drawn_at__isnull=False) | Q(seed_source="public"), then="seed"),
                default=Value(""),
                output_field=CharField(),
            ),
            households_drawn=_number(drawn),
            households_found=_number(drawn.filter(result="found")),
        )


def _number(rows) -> Coalesce:
    counted = rows.values("sample").annotate(n=Count("pk")).values("n")
    return Coalesce(Subquery(counted, output_field=IntegerField()), 0)


class Sample(Veiled, Recorded):
    """A sample and how it is drawn. `region` is that of the unit that draws it.

    The seed is committed (its digest stored and shown) before the frame is made; frame and draw are one act. Everything
    that is needed to draw it again stays: seed, frame, sizes of the strata.
    """

    title = CleanTextField(term("title", "抽样名称"), max_length=120)
    inspection = models.ForeignKey(
        Inspection,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="samples",
        verbose_name=term("inspection", "督查检查"),
    )
    unit = models.ForeignKey(
        Unit,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="samples",
        verbose_name=term("drawn by", "组织单位"),
        help_text=term("Left blank: your own unit.", "留空即本单位。"),
    )
    outside_organiser = CleanTextField(term("third party", "第三方机构"), max_length=120, blank=True)
    frame_on = DayField(term("day of the frame", "抽样框日期"))
    divisions = CleanTextField(
        term("area", "抽样范围"),
        max_length=2000,
        blank=True,
        help_text=term(
            "Names or codes of divisions, parted by 、. Blank: the whole area of the unit.",
            "区划名称或代码，用、隔开；留空即本级全域。",
        ),
    )
    placement = CodeField(term("placement", "安置方式"), list_id="placement", blank=True)
    tier = CodeField(term("tier", "规模等级"), list_id="tier", blank=True)
    verdict = CodeField(term("verdict", "判定结果"), list_id="verdict", blank=True)
    registration = CodeField(term("registration", "搬迁户类别"), list_id="sample_registration", blank=True)
    strata = CodeField(term("strata", "分层方式"), list_id="sample_strata", default="county")
    allocation = CodeField(term("allocation", "样本分配方式"), list_id="sample_allocation", default="proportional")
    least = WholeNumberField(term("at least in each stratum", "每层不少于（户）"), default=2, max_value=1000)
    size = WholeNumberField(
        term("households to draw", "样本量（户）"),
        null=True,
        blank=True,
        min_value=1,
        max_value=LARGEST,
        help_text=term("Give this, or the margin from which it follows.", "直接填写，或填写允许误差由系统计算。"),
    )
    margin = DecimalAmountField(
        term("margin of error (percentage points)", "允许误差（百分点）"),
        max_digits=4,
        decimal_places=2,
        null=True,
        blank=True,
        min_value=Decimal("0.1"),
        max_value=Decimal(50),
    )
    confidence = CodeField(term("confidence", "置信水平"), list_id="sample_confidence", default="95")
    expected_rate = DecimalAmountField(
        term("expected rate (%)", "预计比率（%）"),
        max_digits=5,
        decimal_places=2,
        default=Decimal(50),
        min_value=Decimal(0),
        max_value=Decimal(100),
    )
    design_effect = DecimalAmountField(
        term("design effect", "设计效应"),
        max_digits=4,
        decimal_places=2,
        default=Decimal(1),
        min_value=Decimal("0.1"),
        max_value=Decimal(20),
    )
    counties_drawn = WholeNumberField(
        term("counties to draw first", "首阶段抽取县数"),
        null=True,
        blank=True,
        min_value=1,
        max_value=3000,
        help_text=term("Blank: households of all counties at once.", "留空即不分阶段。"),
    )
    reserve_percent = WholeNumberField(term("replacements (%)", "备用户比例（%）"), default=20, max_value=200)
    checklist = models.ForeignKey(
        Checklist,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=term("further questions", "附加核查表"),
    )
    note = CleanTextField(term("note", "说明"), max_length=500, multiline=True, blank=True)

    state = CodeField(term("state", "状态"), list_id="sample_state", default="design", editable=False)
    seed_source = CodeField(term("source of the seed", "种子来源"), list_id="sample_seed", blank=True, editable=False)
    seed = models.CharField(term("seed", "随机种子"), max_length=200, blank=True, editable=False)
    commitment = models.CharField(term("commitment", "种子承诺值"), max_length=64, blank=True, editable=False)
    committed_at = models.DateTimeField(term("committed at", "种子锁定时间"), null=True, editable=False)
    seeds_discarded = models.PositiveSmallIntegerField(term("seeds discarded", "作废种子数"), default=0, editable=False)
    drawn_at = models.DateTimeField(term("drawn at", "抽取时间"), null=True, editable=False)
    drawn_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        editable=False,
        related_name="+",
        verbose_name=term("drawn by", "抽取人"),
    )
    frame_size = models.PositiveIntegerField(term("households in the frame", "抽样框户数"), null=True, editable=False)
    frame_hash = models.CharField(term("digest of the frame", "抽样框摘要"), max_length=64, blank=True, editable=False)
    published_on = models.DateField(term("published on", "公布时间"), null=True, editable=False)
    author = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        editable=False,
        related_name="+",
        verbose_name=term("entered by", "录入人"),
    )

    objects = SampleQuerySet.as_manager()

    class Meta:
        verbose_name = term("sample", "抽样")
        verbose_name_plural = term("samples", "抽样")
        ordering = ["region", "id"]
        constraints = [
            models.UniqueConstraint("unit", "title", condition=STANDING, name="sample_once"),
            models.CheckConstraint(name="sample_has_a_unit", condition=Q(unit__isnull=False)),
            models.CheckConstraint(
                name="sample_size_told_one_way", condition=Q(size__isnull=True) ^ Q(margin__isnull=True)
            ),
            # No frame before the seed: whoever has seen the households cannot choose among seeds.
            models.CheckConstraint(
                name="sample_committed_before_it_is_drawn",
                condition=Q(drawn_at__isnull=True) | Q(committed_at__isnull=False, committed_at__lte=F("drawn_at")),
            ),
            models.CheckConstraint(
                name="sample_published_when_drawn",
                condition=Q(published_on__isnull=True) | Q(drawn_at__isnull=False, veiled=False),
            ),
            Recorded.void_constraint("sample"),
        ]

    def __str__(self) -> str:
        return self.title

    @property
    def address(self) -> str:
        return f"/samples/{self.pk}/"

    @property
    def stratified_by(self) -> tuple[str, ...]:
        """What parts the strata; in two stages the drawn counties always do."""
        parts = STRATA[self.strata]
        return parts if self.counties_drawn is None or "county" in parts else ("county", *parts)

    def clean(self):
        faults = {}
        if (self.size is None) == (self.margin is None):
            message = _("Give either the number of households or the margin of error from which it follows, not both.")
            faults["size"] = ValidationError(message, "size_or_margin")
        if self.placement == "dispersed" and self.tier:
            message = _("Dispersed households belong to no tier. Leave one of the two blank.")
            faults["tier"] = ValidationError(message, "no_tier")
        if self.inspection_id and self.unit_id and self.inspection.unit_id != self.unit_id:
            message = _("The inspection is organised by %(unit)s; its samples are drawn by that unit.")
            faults["unit"] = ValidationError(message, "other_unit", {"unit": self.inspection.unit})
        if faults:
            raise ValidationError(faults)


class OfSample(Veiled, Scoped):
    """A row of a sample: read by those who see the sample itself."""

    class Meta:
        abstract = True


class OfSampleQuerySet(ScopedQuerySet):
    def visible_to(self, user):
        return self.filter(sample__in=Sample.objects.visible_to(user).order_by().values("pk"))


class SampleStratum(OfSample):
    """A stratum: households of the frame that are alike in what the sample is stratified by.

    `county` 0, `tier` '-' and `placement` '-' where that does not part the strata. Reported figures are sums over the
    stratum as of the frame's day.
    """

    sample = models.ForeignKey(Sample, models.PROTECT, related_name="strata_rows", verbose_name=term("sample", "抽样"))
    key = models.CharField(term("stratum", "层"), max_length=60)
    county = DivisionCodeField(term("county", "县（区）"), default=0)
    tier = CodeField(term("tier", "规模等级"), list_id="tier", blank=True)
    placement = CodeField(term("placement", "安置方式"), list_id="placement", blank=True)
    population = models.PositiveIntegerField(term("households", "层内户数"))
    taken = models.BooleanField(term("in a drawn county", "首阶段抽中"), default=True)
    size = models.PositiveIntegerField(term("drawn", "抽取户数"), default=0)
    reserves = models.PositiveIntegerField(term("replacements", "备用户数"), default=0)
    reported_employed = models.PositiveIntegerField(term("reported employed households", "上报有就业户数"))
    reported_persons = models.PositiveIntegerField(term("reported employed persons", "上报就业人数"))

    objects = OfSampleQuerySet.as_manager()

    class Meta:
        verbose_name = term("stratum", "抽样层")
        verbose_name_plural = term("strata", "抽样层")
        ordering = ["sample", "key"]
        constraints = [
            models.UniqueConstraint("sample", "key", name="sample_stratum_once"),
            models.CheckConstraint(name="sample_stratum_not_overdrawn", condition=Q(size__lte=F("population"))),
        ]

    def __str__(self) -> str:
        return self.key


class SampleFrame(OfSample):
    """The household codes of a stratum on the day of the frame, in order, a line each. Written once, never changed."""

    sample = models.ForeignKey(Sample, models.PROTECT, related_name="frames")
    stratum = models.OneToOneField(SampleStratum, models.PROTECT, related_name="frame")
    codes = models.TextField()

    objects = OfSampleQuerySet.as_manager()

    class Meta:
        verbose_name = term("frame of a stratum", "抽样框")
        verbose_name_plural = term("frames of strata", "抽样框")
