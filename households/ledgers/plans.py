"""The ledgers of household plans 分散安置“一户一策”台账 and of their measures; the plan on the household's page."""

from django.contrib.postgres.aggregates import StringAgg
from django.db.models import CharField, Count, DateField, IntegerField, Min, OuterRef, Q, QuerySet, Subquery, Value
from django.db.models.functions import Coalesce

from accounts.roles import can
from common import clock
from common.ledger import Column, Filter, Ledger, Panel, Privacy, Reference, registry
from common.models import STANDING
from common.terms import term
from divisions.models import Unit
from households import actions
from households.ledgers import subjects
from households.models import Household, HouseholdPlan, Person, PlanMeasure, Visit
from households.models.plans import OPEN_MEASURES
from households.queries.households import living
from households.queries.plans import DISPERSED, by_plan, measures_of, missing_plans, plan_of
from households.sections import SECTIONS, Section

HOUSEHOLD = term("Household", "搬迁户")
PLAN = term("Plan", "帮扶计划")
RESULT = term("Follow-up", "跟踪情况")
YES_NO = (("1", term("yes", "是")), ("0", term("no", "否")))


def household_columns(**more) -> tuple[Column, ...]:
    """By which household a row belongs; the same in every ledger of rows that hang on one."""
    return (
        Column(
            "household",
            Privacy.INTERNAL,
            source="household__code",
            group=HOUSEHOLD,
            width=15,
            filter="exact",
            reference=Reference(Household, "code"),
            **more,
        ),
        Column(
            "head_name",
            Privacy.PERSONAL,
            heading=term("head of household", "户主"),
            source="household__head_name",
            computed=True,
            group=HOUSEHOLD,
            width=10,
            filter="text",
        ),
        Column(
            "settlement_name",
            Privacy.INTERNAL,
            heading=term("settlement", "安置点"),
            source="household__settlement__name",
            computed=True,
            group=HOUSEHOLD,
            width=18,
            listed=False,
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
            listed=False,
        ),
    )


def unit_column(**more) -> Column:
    return Column(
        "unit",
        Privacy.INTERNAL,
        source="unit__name",
        reference=Reference(Unit, "id", ("name",)),
        kind="reference",
        width=18,
        **more,
    )


def _number(rows: QuerySet, by: str) -> Coalesce:
    counted = rows.order_by().values(by).annotate(n=Count("pk")).values("n")
    return Coalesce(Subquery(counted, output_field=IntegerField()), Value(0))


def _with_measures(rows: QuerySet) -> QuerySet:
    """Plans with what their measures, members and visits add up to."""
    measures = PlanMeasure.objects.filter(STANDING, plan=OuterRef("pk")).order_by().values("plan")
    still_open = measures.filter(state__in=OPEN_MEASURES)
    people = Person.objects.filter(living(clock.today()), STANDING, household=OuterRef("household"))
    visits = Visit.objects.filter(STANDING, household=OuterRef("household")).order_by("-visited_on")
    who = Coalesce("unit__name", "owner", output_field=CharField())
    return rows.annotate(
        people=_number(people, "household"),
        measures_text=Subquery(
            measures.annotate(all=StringAgg("measure", "；", order_by=("due_on", "id"))).values("all"),
            output_field=CharField(),
        ),
        departments=Subquery(
            measures.annotate(all=StringAgg(who, "、", distinct=True)).values("all"), output_field=CharField()
        ),
        next_due=Subquery(still_open.annotate(first=Min("due_on")).values("first"), output_field=DateField()),
        last_visit=Subquery(visits.values("visited_on")[:1], output_field=DateField()),
    )


def _late(rows: QuerySet, value: str) -> QuerySet:
    late = PlanMeasure.objects.filter(STANDING, state__in=OPEN_MEASURES, due_on__lt=clock.today()).values("plan")
    return rows.filter(pk__in=late) if value == "1" else rows.exclude(pk__in=late)


def _ended(rows: QuerySet, value: str) -> QuerySet:
    return rows.filter(ended_on__isnull=value != "1")


plans = registry.add(
    Ledger(
        key="household-plans",
        subject=subjects.FOLLOWED,
        title=term("Household plans", "分散安置“一户一策”台账"),
        model=HouseholdPlan,
        natural_key=("household", "made_on"),
        standing=STANDING,
        save=actions.save_plans,
        void=actions.void_plans,
        check_rows=actions.check_plans,
        annotate=_with_measures,
        paper="A3",
        columns=(
            *household_columns(),
            Column(
                "address",
                Privacy.PERSONAL,
                heading=term("address", "现居住地"),
                source="household__address",
                computed=True,
                group=HOUSEHOLD,
                width=18,
                listed=False,
            ),
            Column(
                "people", Privacy.INTERNAL, heading=term("members", "人口"), kind="int", computed=True, group=HOUSEHOLD,
                width=7, total="sum",
            ),
            Column("made_on", Privacy.INTERNAL, group=PLAN, width=12, filter="date"),
            Column("cadre", Privacy.INTERNAL, group=PLAN, width=12, filter="text"),
            Column("cadre_phone", Privacy.PERSONAL, group=PLAN, width=14, listed=False),
            Column("difficulty", Privacy.PERSONAL, group=PLAN, width=26),
            Column(
                "measures", Privacy.PERSONAL, heading=term("measures", "帮扶措施"), source="measures_text",
                kind="text", computed=True, group=PLAN, width=30,
            ),
            Column(
                "departments", Privacy.INTERNAL, heading=term("department", "责任部门"), kind="text", computed=True,
                group=PLAN, width=20,
            ),
            Column(
                "due_on", Privacy.INTERNAL, heading=term("by", "时限"), source="next_due", kind="date", computed=True,
                group=PLAN, width=12,
            ),
            Column(
                "visited_on", Privacy.INTERNAL, heading=term("visited on", "走访时间"), source="last_visit",
                kind="date", computed=True, group=RESULT, width=12,
            ),
            Column("follow_up", Privacy.PERSONAL, group=RESULT, width=26),
            Column("effect", Privacy.PERSONAL, group=RESULT, width=22, listed=False),
            Column("ended_on", Privacy.INTERNAL, group=RESULT, width=12, filter="date", listed=False),
        ),
        filters=(
            Filter("late", term("measures overdue", "措施逾期"), "choice", _late, YES_NO),
            Filter("ended", term("ended", "已结束"), "choice", _ended, YES_NO),
        ),
    )
)  # fmt: skip

measures = registry.add(
    Ledger(
        key="plan-measures",
        subject=subjects.FOLLOWED,
        title=term("Measures of household plans", "一户一策措施台账"),
        model=PlanMeasure,
        natural_key=("household", "measure"),
        # What an ended plan held is told on its page.
        standing=STANDING & Q(plan__ended_on__isnull=True),
        save=actions.save_measures,
        void=actions.void_measures,
        check_rows=actions.check_measures,
        columns=(
            *household_columns(),
            Column("measure", Privacy.PERSONAL, group=PLAN, width=30),
            unit_column(group=PLAN, filter="exact"),
            Column("owner", Privacy.INTERNAL, group=PLAN, width=12, filter="text"),
            Column("due_on", Privacy.INTERNAL, group=PLAN, width=12, filter="date"),
            Column("state", Privacy.INTERNAL, group=RESULT, width=10, filter="choice"),
            Column("done_on", Privacy.INTERNAL, group=RESULT, width=12),
            Column("effect", Privacy.PERSONAL, group=RESULT, width=24),
        ),
        filters=(
            Filter(
                "late",
                term("overdue", "逾期"),
                "choice",
                lambda rows, value: rows.filter(_overdue() if value == "1" else ~_overdue()),
                YES_NO,
            ),
        ),
    )
)


def _overdue() -> Q:
    return Q(state__in=OPEN_MEASURES, due_on__lt=clock.today())


def _panel(household: Household, user) -> dict:
    plan = plan_of(household)
    return {
        "household": household,
        "plan": plan,
        "needed": household.settlement.placement == DISPERSED,
        "measures": measures_of(plan) if plan else [],
        "today": clock.today(),
        "writes": can(user, "write", "household-plans") and household.kept_up,
    }


registry["households"].extend(
    panels=[Panel("plan", term("Household plan", "一户一策"), "households/_plan.html", _panel, "household-plans")],
    filters=[
        Filter(
            "plan",
            term("household plan", "一户一策"),
            "choice",
            by_plan,
            (("missing", term("dispersed without a plan", "分散安置未制定")), ("yes", term("has a plan", "已制定"))),
            ledger="household-plans",
        )
    ],
)
SECTIONS.append(Section("plan", term("Household plan", "一户一策"), missing_plans, "household-plans"))
