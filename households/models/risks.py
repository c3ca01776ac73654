"""Who is at risk of falling back: signals, the cases that are followed step by step, and each household's level."""

from __future__ import annotations

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext as _

from common import clock
from common.codes import declare
from common.fields import CleanTextField, CodeField, DayField, PersonNameField
from common.models import STANDING, Recorded, Scoped
from common.terms import term
from households.models.households import Household
from households.models.income import Income

declare(
    "risk_signal",
    term("Signal of risk", "风险线索"),
    {
        "income_drop": term("income fell sharply", "收入骤减"),
        "expenditure_rise": term("rigid outlay rose sharply", "支出骤增"),
        "below_line": term("below the monitoring line after rigid outlay", "扣除刚性支出后低于监测线"),
        "illness": term("illness", "患病"),
        "disaster": term("disaster or accident", "灾害或意外事故"),
        "job_loss": term("loss of work", "失业"),
    },
)
COMPUTED_SIGNALS = ("income_drop", "expenditure_rise", "below_line")
REPORTED_SIGNALS = ("illness", "disaster", "job_loss")
declare(
    "risk_found_by",
    term("Found by", "发现渠道"),
    {
        "system": term("computed from the ledgers", "系统比对预警"),
        "application": term("told by the household", "农户自主申报"),
        "visit": term("visit by officials", "干部走访排查"),
        "department": term("told by a department", "部门筛查预警"),
        "other": term("other", "其他"),
    },
)
declare(
    "risk_state",
    term("Step of monitoring", "监测环节"),
    {
        "found": term("found", "已发现待核实"),
        "verified": term("verified", "已认定待帮扶"),
        "measures": term("measures under way", "帮扶中"),
        "removed": term("risk removed", "风险已消除"),
        "observation": term("under observation", "跟踪观察"),
        "watch": term("safety net, under watch", "兜底保障持续监测"),
        "dismissed": term("not at risk", "经核实不纳入"),
    },
)
OPEN_STATES = ("found", "verified", "measures", "watch")
HELPED_STATES = ("verified", "measures")
FALLBACK = "fallback"
declare(
    "risk_end",
    term("How the risk ended", "风险消除方式"),
    {
        "1": term("by help", "帮扶消除"),
        "2": term("by itself", "自然消除"),
        "3": term("household ceased", "自然减少"),
        FALLBACK: term("safety net (under watch)", "兜底保障（持续监测）"),
    },
)
declare(
    "risk_reason",
    term("Reason of the level", "风险等级依据"),
    {
        "helped": term("monitored household with open risk", "监测对象风险未消除"),
        "found": term("risk found, not verified yet", "发现风险待核实"),
        "signal": term("signal of risk", "有风险线索"),
        "watch": term("safety net, under watch", "兜底保障持续监测"),
        "observation": term("risk removed, under observation", "风险消除观察期"),
        "no_labour": term("household without labour", "无劳动力户"),
        "none": term("no risk known", "未发现风险"),
    },
)
declare(
    "risk_act",
    term("Step", "环节"),
    {
        "find": term("found", "发现风险"),
        "verify": term("verify", "识别认定"),
        "dismiss": term("take off: not at risk", "核实不纳入"),
        "measure": term("measure", "落实帮扶措施"),
        "above": term("income above the line", "收入稳定达标"),
        "fell": term("income below the line again", "收入再次低于监测线"),
        "remove": term("risk removed", "风险消除"),
        "observe": term("begin observation", "转入跟踪观察"),
    },
)


class RiskCase(Recorded):
    """A household followed from the day on which a risk was found 返贫风险监测. Its state moves by the acts of
    households.risk_states alone; `due_on` is the day by which the next step is due."""

    household = models.ForeignKey(
        Household, models.PROTECT, related_name="risk_cases", verbose_name=term("household", "户编号")
    )
    state = CodeField(term("step", "监测环节"), list_id="risk_state", default="found", editable=False)
    monitor_type = CodeField(term("Kind", "监测对象类型"), list_id="monitor_type", blank=True)
    cause = CodeField(term("Cause", "风险类型"), list_id="monitor_cause", blank=True)
    second_cause = CodeField(term("second cause", "其他风险类型"), list_id="monitor_cause", blank=True)
    found_by = CodeField(term("Found by", "发现渠道"), list_id="risk_found_by")
    found_on = DayField(term("Found on", "发现时间"))
    verified_on = DayField(term("Recognised on", "识别认定时间"), null=True, blank=True)
    measures = CleanTextField(term("Measures", "帮扶措施"), max_length=300, blank=True)
    first_measure_on = DayField(term("First measure on", "首条措施时间"), null=True, blank=True)
    cadre = PersonNameField(term("Cadre", "帮扶责任人"), blank=True)
    above_since = DayField(term("above the line since", "收入达标起始时间"), null=True, blank=True)
    removed_on = DayField(term("Ended on", "风险消除时间"), null=True, blank=True)
    end_way = CodeField(term("How ended", "消除方式"), list_id="risk_end", blank=True)
    observed_on = DayField(term("observed from", "观察起始时间"), null=True, blank=True)
    remark = CleanTextField(term("Remarks", "备注"), max_length=200, blank=True)
    due_on = models.DateField(term("next step due", "下一环节时限"), null=True, editable=False)

    class Meta:
        verbose_name = term("risk case", "风险监测")
        verbose_name_plural = term("risk cases", "风险监测")
        ordering = ["region", "id"]
        constraints = [
            models.UniqueConstraint(
                "household", condition=STANDING & Q(state__in=OPEN_STATES), name="risk_case_open_once"
            ),
            models.CheckConstraint(
                name="risk_case_ends_whole",
                condition=Q(removed_on__isnull=True, end_way="") | Q(removed_on__isnull=False) & ~Q(end_way=""),
            ),
            Recorded.void_constraint("risk_case"),
        ]
        indexes = [
            models.Index("region", "id", name="risk_case_place"),
            models.Index("household", "state", name="risk_case_household"),
            models.Index("due_on", condition=Q(due_on__isnull=False), name="risk_case_due"),
        ]

    def __str__(self) -> str:
        return f"{self.household} {self.get_state_display()}"


class RiskStep(Scoped):
    """One step of a case: what was done, on which day, by whom; without an author it was computed."""

    case = models.ForeignKey(RiskCase, models.PROTECT, related_name="steps")
    act = CodeField(term("step", "环节"), list_id="risk_act")
    day = models.DateField(term("day", "日期"))
    text = CleanTextField(term("what was told", "说明"), max_length=300, blank=True)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    at = models.DateTimeField(term("entered at", "录入时间"))

    class Meta:
        verbose_name = term("step of a risk case", "风险监测环节")
        verbose_name_plural = term("steps of risk cases", "风险监测环节")
        indexes = [models.Index("case", "id", name="risk_step_case")]


class RiskSignal(Recorded):
    """Something that may throw a household back 风险线索: computed from its incomes, or reported by whoever saw it.

    It stands from `opened_on` until `ended_on`. `income` is the row that a computed one comes from, `value` and `before`
    what was compared.
    """

    household = models.ForeignKey(
        Household, models.PROTECT, related_name="risk_signals", verbose_name=term("household", "户编号")
    )
    kind = CodeField(term("signal", "线索类型"), list_id="risk_signal")
    opened_on = DayField(term("happened on", "发生（发现）时间"))
    note = CleanTextField(term("what happened", "情况说明"), max_length=200, blank=True)
    ended_on = models.DateField(term("ended on", "解除时间"), null=True, editable=False)
    income = models.ForeignKey(Income, models.PROTECT, null=True, editable=False, related_name="signals")
    value = models.DecimalField(
        term("now (yuan)", "本期（元）"), max_digits=12, decimal_places=2, null=True, editable=False
    )
    before = models.DecimalField(
        term("compared with (yuan)", "对比值（元）"), max_digits=12, decimal_places=2, null=True, editable=False
    )

    class Meta:
        verbose_name = term("signal of risk", "风险线索")
        verbose_name_plural = term("signals of risk", "风险线索")
        ordering = ["region", "id"]
        constraints = [
            models.UniqueConstraint(
                "household",
                "kind",
                "income",
                condition=STANDING & Q(income__isnull=False, ended_on__isnull=True),
                name="risk_signal_once_a_period",
            ),
            models.UniqueConstraint(
                "household",
                "kind",
                "opened_on",
                condition=STANDING & Q(income__isnull=True),
                name="risk_signal_reported_once",
            ),
            Recorded.void_constraint("risk_signal"),
        ]
        indexes = [
            models.Index("region", "id", name="risk_signal_place"),
            models.Index("household", condition=Q(ended_on__isnull=True), name="risk_signal_open"),
        ]

    def __str__(self) -> str:
        return f"{self.household} {self.get_kind_display()}"

    def clean(self):
        faults = {}
        if self.income_id is None and self.kind in COMPUTED_SIGNALS:
            message = _("This signal is computed from the incomes. Enter the income of the period instead.")
            faults["kind"] = ValidationError(message, "computed")
        if self.income_id is None and self.kind in REPORTED_SIGNALS and not self.note:
            faults["note"] = ValidationError(_("Say in a few words what happened."), "required")
        if self.opened_on and self.opened_on > clock.today():
            faults["opened_on"] = ValidationError(_("This day lies in the future. Correct it."), "future")
        if faults:
            raise ValidationError(faults)


class RiskLevel(Scoped):
    """How closely a household is watched 红黄绿, why and since when; `no_labour` is what its verdict says."""

    household = models.OneToOneField(Household, models.PROTECT, primary_key=True, related_name="risk_level")
    level = CodeField(term("risk level", "风险等级（红黄绿）"), list_id="risk_color")
    reason = CodeField(term("reason", "等级依据"), list_id="risk_reason")
    since = models.DateField(term("since", "等级起始"))
    no_labour = models.BooleanField(term("without labour", "无劳动力"), default=False)

    class Meta:
        verbose_name = term("risk level", "风险等级")
        verbose_name_plural = term("risk levels", "风险等级")
        indexes = [models.Index("level", "region", "household", name="risk_level_place")]
