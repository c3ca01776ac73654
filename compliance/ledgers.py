"""What verdicts add to the ledgers of settlements, households and persons, and the work list of zero employment 零就业户.

Every figure of a dashboard opens into the rows that it counts: households by the flags that are stored with the
verdict, persons by the conditions of the verdict's own statement.
"""

from __future__ import annotations

from collections.abc import Callable

from django.db.models import F, Q, QuerySet

from accounts.roles import can
from common import clock, scope
from common.codes import choices
from common.ledger import Column, Filter, Ledger, Panel, Privacy, registry
from common.terms import term
from compliance.explain import explain
from compliance.models import ZeroCase
from compliance.people import PersonIs
from compliance.profiles import DEFAULT_PROFILE, PROFILES
from settlements.models import Settlement

YES_NO = [("1", term("yes", "是")), ("0", term("no", "否"))]
VERDICT = term("One household, one job", "一户一业")
HOUSEHOLD = term("Household", "户基本情况")
TONES = {"stable": "good", "employed": "info", "expiring": "warn", "zero": "bad", "unwilling": "neutral"}
STEP = term("Next step", "帮扶措施")


def yes_no(name: str, label, path: str, *, shown: bool = False) -> Filter:
    """A filter on a boolean that a path reaches."""
    return Filter(name, label, "choice", lambda rows, value: rows.filter(**{path: value == "1"}), YES_NO, shown)


def of_settlement(path: str) -> list[Filter]:
    """Filters by what kind of settlement the path reaches."""
    return [
        Filter(
            name,
            label,
            "choice",
            lambda rows, value, name=name: rows.filter(**{f"{path}__{name}": value}),
            lambda name=name: choices(name),
            shown=False,
        )
        for name, label in [("tier", term("tier", "规模等级")), ("location", term("location", "城镇/农村"))]
    ]


def _living(rows: QuerySet, value: str) -> QuerySet:
    return rows.filter(verdict__isnull=value != "1")


def _within_profile(rows: QuerySet, value: str) -> QuerySet:
    """Households that the profile counts; `met`, which is declared after it, reads from the alias which of them meet it."""
    profile = PROFILES[value]
    flags = {f"verdict__{flag}": True for flag in profile.denominator}
    return rows.filter(verdict__isnull=False, **flags).alias(meets_profile=F(f"verdict__{profile.numerator}"))


def _met(rows: QuerySet, value: str) -> QuerySet:
    if "meets_profile" not in rows.query.annotations:
        rows = _within_profile(rows, DEFAULT_PROFILE)
    return rows.filter(meets_profile=value == "1")


def _person_is(condition: str) -> Callable[[QuerySet, str], QuerySet]:
    def apply(rows: QuerySet, value: str) -> QuerySet:
        holds = Q(PersonIs(condition, clock.today()))
        return rows.filter(holds if value == "1" else ~holds)

    return apply


def _in_settlement(rows: QuerySet, value: str) -> QuerySet:
    """By code, else by name; looked up first, since an OR over a join finds no index."""
    found = list(Settlement.objects.filter(code=value).values_list("pk", flat=True))
    found = found or list(Settlement.objects.filter(name=value).values_list("pk", flat=True))
    return rows.filter(household__settlement__in=found)


def _verdict_panel(household, user) -> dict:
    found = None if household.voided_at else explain(household)
    case = ZeroCase.objects.filter(household=household, closed_on=None).select_related("assigned_to").first()
    tone = TONES.get(found.code) if found else ""
    return {"verdict": found, "tone": tone, "case": case, "assigns": case and can(user, "write", "zero-households")}


registry["settlements"].extend(
    columns=[
        Column(
            "households",
            Privacy.PUBLIC,
            heading=term("households", "户数"),
            source="counter__households",
            field="counter__households",
            kind="int",
            computed=True,
            group=term("Size", "规模"),
            width=10,
            total="sum",
        ),
        Column(
            "population",
            Privacy.PUBLIC,
            heading=term("people moved in", "入住人数"),
            source="counter__people",
            field="counter__people",
            kind="int",
            computed=True,
            group=term("Size", "规模"),
            width=10,
            total="sum",
        ),
    ]
)

registry["households"].extend(
    columns=[
        Column(
            "verdict",
            Privacy.INTERNAL,
            heading=term("verdict", "判定结果"),
            source="verdict__code",
            field="verdict__code",
            kind="code",
            code_list="verdict",
            computed=True,
            group=VERDICT,
            width=16,
            filter="choice",
        ),
        Column(
            "verdict_since",
            Privacy.INTERNAL,
            heading=term("since", "判定起始"),
            source="verdict__since",
            field="verdict__since",
            kind="date",
            computed=True,
            group=VERDICT,
            width=12,
            filter="date",
            listed=False,
        ),
        Column(
            "people",
            Privacy.INTERNAL,
            heading=term("people", "人口"),
            source="verdict__people",
            field="verdict__people",
            kind="int",
            computed=True,
            group=VERDICT,
            width=8,
            total="sum",
        ),
        Column(
            "labourers",
            Privacy.INTERNAL,
            heading=term("labourers", "劳动力"),
            source="verdict__labourers",
            field="verdict__labourers",
            kind="int",
            computed=True,
            group=VERDICT,
            width=8,
            total="sum",
        ),
        Column(
            "employed_persons",
            Privacy.INTERNAL,
            heading=term("employed", "已就业人数"),
            source="verdict__employed_persons",
            field="verdict__employed_persons",
            kind="int",
            computed=True,
            group=VERDICT,
            width=8,
            total="sum",
        ),
        Column(
            "last_job_end",
            Privacy.INTERNAL,
            heading=term("last job ends on", "最后一份就业终止"),
            source="verdict__last_job_end",
            field="verdict__last_job_end",
            kind="date",
            computed=True,
            group=VERDICT,
            width=12,
            filter="date",
            listed=False,
        ),
    ],
    filters=[
        Filter(
            "profile",
            term("policy profile", "口径"),
            "choice",
            _within_profile,
            [(profile.id, profile.title) for profile in PROFILES.values()],
        ),
        Filter("met", term("profile met", "达标"), "choice", _met, YES_NO),
        Filter("living", term("inhabited", "有人居住"), "choice", _living, YES_NO, shown=False),
        yes_no("registered", term("registered", "建档立卡"), "verdict__registered", shown=True),
        yes_no("cross_county", term("from another county", "跨县搬迁"), "verdict__cross_county", shown=True),
        yes_no("has_labour", term("has labour", "有劳动力"), "verdict__has_labour"),
        yes_no("has_wish", term("has a wish to work", "有就业意愿"), "verdict__has_wish"),
        yes_no("employed", term("somebody employed", "有人就业"), "verdict__employed"),
        yes_no("stable", term("somebody stably employed", "有人稳定就业"), "verdict__stable"),
        yes_no("expiring", term("last job ends soon", "就业即将到期"), "verdict__expiring"),
        *of_settlement("settlement"),
    ],
    panels=[
        Panel("verdict", term("One household, one job", "一户一业判定"), "compliance/_verdict.html", _verdict_panel)
    ],
)

registry["persons"].extend(
    filters=[
        Filter(
            "division",
            term("township", "所在乡镇"),
            "division",
            lambda rows, code: rows.filter(scope.in_ranges([scope.code_range(code)])),
        ),
        Filter("settlement", term("settlement", "安置点"), "exact", _in_settlement),
        Filter("living", term("lives here", "在户"), "choice", _person_is("living"), YES_NO, shown=False),
        Filter("labourer", term("counts as labour", "劳动力"), "choice", _person_is("labourer"), YES_NO),
        Filter("employed", term("employed labourer", "已就业劳动力"), "choice", _person_is("employed"), YES_NO),
        Filter(
            "stable",
            term("stably employed labourer", "稳定就业劳动力"),
            "choice",
            _person_is("stable"),
            YES_NO,
            shown=False,
        ),
        yes_no("cross_county", term("from another county", "跨县搬迁"), "household__verdict__cross_county"),
        Filter(
            "placement",
            term("placement", "安置方式"),
            "choice",
            lambda rows, value: rows.filter(household__settlement__placement=value),
            lambda: choices("placement"),
            shown=False,
        ),
        *of_settlement("household__settlement"),
    ]
)


registry["household-plans"].extend(
    columns=[
        Column(
            "labourers",
            Privacy.INTERNAL,
            heading=term("labourers", "劳动力"),
            source="household__verdict__labourers",
            kind="int",
            computed=True,
            group=VERDICT,
            width=8,
            total="sum",
        )
    ]
)


def _assigned(rows: QuerySet, value: str) -> QuerySet:
    return rows.filter(assigned_to__isnull=value != "1")


zero_households = registry.add(
    Ledger(
        key="zero-households",
        title=term("Zero-employment households", "零就业户台账"),
        model=ZeroCase,
        natural_key=("household",),
        standing=Q(closed_on__isnull=True),
        entry=False,
        address=lambda row: f"/households/{row['household']}/",
        columns=(
            Column(
                "household",
                Privacy.INTERNAL,
                heading=term("household code", "户编号"),
                source="household__code",
                field="household__code",
                computed=True,
                group=HOUSEHOLD,
                width=15,
                filter="exact",
            ),
            Column(
                "head_name",
                Privacy.PERSONAL,
                heading=term("head of household", "户主姓名"),
                source="household__head_name",
                computed=True,
                group=HOUSEHOLD,
                width=10,
                filter="text",
                total="count",
            ),
            Column(
                "settlement_name",
                Privacy.INTERNAL,
                heading=term("settlement name", "安置点名称"),
                source="household__settlement__name",
                computed=True,
                group=HOUSEHOLD,
                width=20,
                filter="text",
            ),
            Column(
                "division",
                Privacy.INTERNAL,
                heading=term("township", "所在乡镇"),
                source="region",
                kind="division",
                computed=True,
                group=HOUSEHOLD,
                width=14,
                filter="division",
            ),
            Column(
                "labourers",
                Privacy.INTERNAL,
                heading=term("labourers", "劳动力"),
                source="household__verdict__labourers",
                kind="int",
                computed=True,
                group=VERDICT,
                width=8,
                total="sum",
            ),
            Column(
                "verdict",
                Privacy.INTERNAL,
                heading=term("verdict", "判定结果"),
                source="household__verdict__code",
                kind="code",
                code_list="verdict",
                computed=True,
                group=VERDICT,
                width=12,
                listed=False,
            ),
            Column("opened_on", Privacy.INTERNAL, computed=True, group=VERDICT, width=12, filter="date"),
            Column(
                "assigned_to",
                Privacy.INTERNAL,
                source="assigned_to__display_name",
                field="assigned_to__display_name",
                heading=term("assigned to", "包保责任人"),
                computed=True,
                group=STEP,
                width=12,
                filter="text",
            ),
            Column("next_step", Privacy.INTERNAL, computed=True, group=STEP, width=24),
            Column("next_step_on", Privacy.INTERNAL, computed=True, group=STEP, width=12, filter="date"),
        ),
        filters=(
            Filter("assigned", term("assigned", "已落实责任人"), "choice", _assigned, YES_NO),
            Filter(
                "late",
                term("next step overdue", "措施逾期"),
                "choice",
                lambda rows, value: rows.filter(_late() if value == "1" else ~_late()),
                YES_NO,
            ),
        ),
    )
)


def _late() -> Q:
    return Q(next_step_on__isnull=False, next_step_on__lt=clock.today())
