"""The employment ledger 就业台账, and the county roster 花名册 that feeds three ledgers."""

from django.db.models import Q

from accounts.roles import can
from common import clock
from common.ledger import Column, CompositeSheet, Ledger, Level, Panel, Privacy, Reference, SheetColumn, registry
from common.models import STANDING
from common.terms import term
from employment import actions
from employment.models import Employment
from households.models import Person
from households.queries.households import members_of

HOUSEHOLD = term("Household", "户基本情况")
MEMBERS = term("Members", "家庭成员情况")
JOBS = term("Employment", "就业情况")

employments = registry.add(
    Ledger(
        key="employments",
        title=term("Employment", "就业台账"),
        model=Employment,
        natural_key=("person", "employer", "start_date"),
        # A job of somebody who was entered by mistake was one too.
        standing=STANDING & Q(person__voided_at__isnull=True),
        save=actions.save_employments,
        void=actions.void_employments,
        check_rows=actions.check_employments,
        address=lambda row: f"/households/{row['household']}/",
        columns=(
            Column(
                "household",
                Privacy.INTERNAL,
                heading=term("household code", "户编号"),
                source="person__household__code",
                computed=True,
                group=MEMBERS,
                width=15,
            ),
            Column(
                "person",
                Privacy.INTERNAL,
                heading=term("person number", "人员编号"),
                source="person_id",
                group=MEMBERS,
                width=10,
                filter="exact",
                reference=Reference(Person, "id"),
            ),
            Column(
                "person_name",
                Privacy.PERSONAL,
                heading=term("name", "姓名"),
                source="person__name",
                computed=True,
                group=MEMBERS,
                width=10,
                filter="text",
                total="count",
            ),
            Column("channel", Privacy.INTERNAL, group=JOBS, width=18, filter="choice"),
            Column("employer", Privacy.INTERNAL, group=JOBS, width=24, filter="text"),
            Column("workplace", Privacy.INTERNAL, group=JOBS, width=18),
            Column("monthly_wage", Privacy.PERSONAL, group=JOBS, width=10),
            Column("start_date", Privacy.INTERNAL, group=JOBS, width=12, filter="date"),
            Column("end_date", Privacy.INTERNAL, group=JOBS, width=12, filter="date"),
            Column("remark", Privacy.INTERNAL, width=16, listed=False),
        ),
    )
)

county_roster = registry.add_sheet(
    CompositeSheet(
        key="county-roster",
        title=term("Roster of relocated households", "易地扶贫搬迁户花名册"),
        levels=(
            Level("households"),
            Level("persons", "household", only=Q(died_on=None)),
            Level("employments", "person"),
        ),
        sheet_reference="settlement",
        unit_line=term("Unit: persons, m2, yuan a month", "单位：人、平方米、元/月"),
        note=term(
            "Note: an end that is blank or 至今 means still employed.",
            "注：1. 劳动能力按建档立卡系统填写；2. 就业终止时间为空或“至今”表示仍在就业。",
        ),
        signature=term(
            "Filled in by:          Reviewed by:          Head of unit:",
            "填表人：            审核人：            单位负责人：",
        ),
        columns=(
            SheetColumn("households", "code", term("household code", "户编号"), HOUSEHOLD, 15, required=True),
            SheetColumn(
                "households", "head_name", term("head of household", "户主姓名"), HOUSEHOLD, 10, read_only=True
            ),
            SheetColumn("households", "origin_township", term("township of origin", "迁出乡镇"), HOUSEHOLD, 12),
            SheetColumn("households", "origin_village", term("village of origin", "迁出村"), HOUSEHOLD, 12),
            SheetColumn("households", "address", term("building and flat", "楼栋房号"), HOUSEHOLD, 16),
            SheetColumn("households", "housing_area", term("home area (m2)", "住房面积(㎡)"), HOUSEHOLD, 10),
            SheetColumn("households", "moved_in_on", term("moved in on", "入住时间"), HOUSEHOLD, 12),
            SheetColumn("households", "phone", term("telephone", "联系电话"), HOUSEHOLD, 14),
            SheetColumn("persons", "name", term("name", "姓名"), MEMBERS, 10, required=True),
            SheetColumn("persons", "relation", term("relation to head", "与户主关系"), MEMBERS, 10, required=True),
            SheetColumn("persons", "id_number", term("ID number", "身份证号"), MEMBERS, 21, required=True),
            SheetColumn("persons", "sex", term("sex", "性别"), MEMBERS, 6),
            SheetColumn("persons", "ethnic_group", term("ethnic group", "民族"), MEMBERS, 9),
            SheetColumn("persons", "school", term("schooling", "在校情况"), MEMBERS, 13),
            SheetColumn("persons", "labour_capability", term("ability to work", "劳动能力"), MEMBERS, 16),
            SheetColumn("persons", "job_intention", term("wish to work", "就业意愿"), MEMBERS, 9),
            SheetColumn("employments", "channel", term("channel", "就业渠道"), JOBS, 20),
            SheetColumn("employments", "employer", term("employer", "就业单位"), JOBS, 20),
            SheetColumn("employments", "workplace", term("place of work", "就业地点"), JOBS, 16),
            SheetColumn("employments", "monthly_wage", term("monthly wage (yuan)", "月工资（元）"), JOBS, 12),
            SheetColumn("employments", "start_date", term("begun on", "就业起始时间"), JOBS, 13),
            SheetColumn("employments", "end_date", term("ended on", "就业终止时间"), JOBS, 13),
            SheetColumn("persons", "remark", term("remark", "备注"), None, 14),
        ),
    )
)


def _jobs(household, user) -> dict:
    people = members_of(household)
    jobs = Employment.objects.filter(person__in=people, voided_at=None).select_related("person")
    return {
        "today": clock.today(),
        "jobs": jobs.order_by("person_id", "-start_date"),
        "people": people,
        "writes": can(user, "write", "employments") and household.kept_up,
    }


registry["households"].extend(
    panels=[Panel("jobs", term("Jobs", "就业记录"), "employment/_jobs.html", _jobs, "employments")]
)
registry["households"].entry_address = "/households/new/"
