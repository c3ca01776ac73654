"""Is policy met: the verdict of every household, its counters by settlement, the zero-employment cases, the day tick."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q

from common.fields import CleanTextField, CodeField
from common.models import Scoped
from common.terms import term
from compliance.profiles import COUNTED, FLAGS, VERDICT_CODES
from households.models import Household
from settlements.models import Settlement


class Verdict(Scoped):
    """The verdict 一户一就业判定 of one household on the day `on`; a household without living members has no row.

    It holds from `on` until `recheck_on`, the first day on which time alone can change it. `explanation` is
    [[person, why, [[job, from, to], ...]], ...], ids, codes (compliance.statement) and dates only; its words are made on
    reading.
    """

    household = models.OneToOneField(
        Household, models.PROTECT, primary_key=True, related_name="verdict", verbose_name=term("household", "户")
    )
    settlement = models.ForeignKey(Settlement, models.PROTECT, related_name="verdicts")
    on = models.DateField(term("as of", "判定日期"))
    code = CodeField(term("verdict", "判定结果"), list_id="verdict")
    since = models.DateField(term("since", "判定起始"))
    recheck_on = models.DateField(term("recheck on", "复核日期"), null=True)
    last_job_end = models.DateField(term("last job ends on", "最后一份就业终止"), null=True)
    people = models.PositiveSmallIntegerField(term("people", "人口"))
    labourers = models.PositiveSmallIntegerField(term("labourers", "劳动力"))
    employed_persons = models.PositiveSmallIntegerField(term("employed", "已就业人数"))
    stable_persons = models.PositiveSmallIntegerField(term("stably employed", "稳定就业人数"))
    registered = models.BooleanField(term("registered", "建档立卡"))
    has_labour = models.BooleanField(term("has labour", "有劳动力"))
    has_wish = models.BooleanField(term("has a wish to work", "有就业意愿"))
    employed = models.BooleanField(term("employed", "有人就业"))
    stable = models.BooleanField(term("stable", "有人稳定就业"))
    expiring = models.BooleanField(term("expiring", "就业即将到期"))
    cross_county = models.BooleanField(term("from another county", "跨县搬迁"))
    explanation = models.JSONField(default=list)

    class Meta:
        verbose_name = term("verdict", "一户一就业判定")
        verbose_name_plural = term("verdicts", "一户一就业判定")
        indexes = [
            models.Index("region", "household", name="verdict_place"),
            models.Index("code", "region", "household", name="verdict_code_place"),
            # The day tick takes only what time can have changed.
            models.Index("recheck_on", name="verdict_recheck"),
        ]


class Counter(Scoped):
    """What the verdicts of one settlement add up to; exact at commit, kept by a trigger on the verdict table.

    Columns: households, people, cross_county_people, labourers, employed_persons, stable_persons, `n_<code>` for each
    verdict code, `f_<flag>` for each flag, `d_<profile>` and `m_<profile>` for denominator and numerator.
    """

    settlement = models.OneToOneField(Settlement, models.PROTECT, primary_key=True, related_name="counter")

    class Meta:
        verbose_name = term("counter", "安置点计数")
        verbose_name_plural = term("counters", "安置点计数")
        indexes = [models.Index("region", name="counter_place")]


for _column in COUNTED:
    Counter.add_to_class(_column, models.IntegerField(default=0))


class ZeroCase(Scoped):
    """A household's time on the zero-employment list 零就业户台账; opened and closed by the verdict itself."""

    household = models.ForeignKey(Household, models.PROTECT, related_name="zero_cases")
    opened_on = models.DateField(term("opened on", "列入日期"))
    closed_on = models.DateField(term("closed on", "移出日期"), null=True)
    assigned_to = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        related_name="zero_cases",
        verbose_name=term("assigned to", "包保责任人"),
    )
    next_step = CleanTextField(term("next step", "下一步措施"), max_length=200, blank=True)
    next_step_on = models.DateField(term("next step on", "措施日期"), null=True)

    class Meta:
        verbose_name = term("zero-employment case", "零就业户")
        verbose_name_plural = term("zero-employment cases", "零就业户")
        constraints = [
            models.UniqueConstraint("household", condition=Q(closed_on__isnull=True), name="zero_case_open_once"),
            models.CheckConstraint(
                name="zero_case_step_has_date",
                condition=Q(next_step="", next_step_on__isnull=True) | ~Q(next_step="") & Q(next_step_on__isnull=False),
            ),
        ]
        indexes = [models.Index("region", "household", condition=Q(closed_on__isnull=True), name="zero_case_open")]


class Finding(Scoped):
    """A subject that does not meet a rule 发现问题, from the day it was found until the day it was met.

    `evidence` stays as it was found: ids, numbers and dates.
    """

    rule = models.CharField(term("rule", "规则"), max_length=10)
    ledger = models.CharField(term("ledger", "台账"), max_length=40)
    subject = models.CharField(term("record", "记录"), max_length=40)
    opened_on = models.DateField(term("found on", "发现日期"))
    closed_on = models.DateField(term("closed on", "消除日期"), null=True)
    evidence = models.JSONField(term("evidence", "依据"), default=dict)

    class Meta:
        verbose_name = term("finding", "发现问题")
        verbose_name_plural = term("findings", "发现问题")
        ordering = ["region", "id"]
        constraints = [
            models.UniqueConstraint(
                "rule", "ledger", "subject", condition=Q(closed_on__isnull=True), name="finding_open_once"
            ),
            models.CheckConstraint(
                name="finding_closes_after_it_opens",
                condition=Q(closed_on__isnull=True) | Q(closed_on__gte=models.F("opened_on")),
            ),
        ]
        indexes = [models.Index("region", "id", condition=Q(closed_on__isnull=True), name="finding_open")]


class RuleRun(models.Model):
    """The last time a rule was evaluated over the whole nation."""

    rule = models.CharField(max_length=10, primary_key=True)
    on = models.DateField(term("day", "评估日期"))
    failing = models.PositiveIntegerField(term("failing", "未达标数"))


class DayTick(models.Model):
    """A day that has begun: changes are judged on it from then on; once finished, so are verdicts that time alone changes."""

    on = models.DateField(primary_key=True)
    checked = models.PositiveIntegerField(default=0)
    changed = models.PositiveIntegerField(default=0)
    finished_at = models.DateTimeField(null=True)


__all__ = ["FLAGS", "VERDICT_CODES", "Counter", "DayTick", "Finding", "RuleRun", "Verdict", "ZeroCase"]
