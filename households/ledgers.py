"""Ledgers of households 搬迁户台账 and their members 家庭成员台账."""

from django.db.models import Exists, F, OuterRef, Q, QuerySet

from common import clock
from common.ledger import Column, Ledger, Privacy, Reference, registry
from common.models import STANDING
from common.terms import term
from households import actions
from households.models import Household, Membership, Person
from settlements.models import Settlement

HOUSEHOLD = term("Household", "户基本情况")
MEMBERS = term("Members", "家庭成员情况")
ORIGIN = term("Origin", "迁出地")
HOME = term("Home", "安置住房")


def _who_belong(persons: QuerySet) -> QuerySet:
    """Without those who have left their household; they stand on its page as former members."""
    today = clock.today()
    again = Membership.objects.filter(person=OuterRef("person"), household=OuterRef("household"))
    left = Membership.objects.filter(left_on__lte=today, household=F("person__household")).exclude(
        Exists(again.filter(Q(left_on=None) | Q(left_on__gt=today)))
    )
    # They are few: as a list of ids the database finds them once and looks each person up in it.
    return persons.exclude(pk__in=left.values("person"))


households = registry.add(
    Ledger(
        key="households",
        title=term("Households", "搬迁户台账"),
        model=Household,
        natural_key=("code",),
        member_by="code",
        standing=STANDING,
        save=actions.save_households,
        void=actions.void_households,
        check_rows=actions.check_households,
        address=lambda row: f"/households/{row['code']}/",
        paper="A3",
        columns=(
            Column("code", Privacy.INTERNAL, width=15, filter="exact", sort=True),
            Column("head_name", Privacy.PERSONAL, computed=True, width=10, filter="text", sort=True, total="count"),
            Column("relocation_kind", Privacy.INTERNAL, width=14, filter="choice", listed=False),
            Column(
                "settlement",
                Privacy.INTERNAL,
                source="settlement__code",
                group=HOME,
                width=18,
                filter="exact",
                reference=Reference(Settlement, "code", ("name",)),
                listed=False,
            ),
            Column(
                "settlement_name",
                Privacy.INTERNAL,
                heading=term("settlement name", "安置点名称"),
                source="settlement__name",
                computed=True,
                group=HOME,
                width=20,
            ),
            Column(
                "division",
                Privacy.INTERNAL,
                heading=term("township", "所在乡镇"),
                source="region",
                kind="division",
                computed=True,
                group=HOME,
                width=14,
                filter="division",
            ),
            Column(
                "placement",
                Privacy.INTERNAL,
                heading=term("placement", "安置方式"),
                source="settlement__placement",
                kind="code",
                code_list="placement",
                computed=True,
                group=HOME,
                width=10,
                filter="choice",
                listed=False,
            ),
            Column("address", Privacy.PERSONAL, group=HOME, width=16),
            Column("housing_area", Privacy.INTERNAL, group=HOME, width=10, total="sum"),
            Column("moved_in_on", Privacy.INTERNAL, group=HOME, width=12, filter="date"),
            Column("origin_division", Privacy.INTERNAL, group=ORIGIN, width=14, filter="division"),
            Column("origin_township", Privacy.INTERNAL, group=ORIGIN, width=14, listed=False),
            Column("origin_village", Privacy.INTERNAL, group=ORIGIN, width=14, listed=False),
            Column("phone", Privacy.SENSITIVE, width=14, listed=False),
            Column("registry_number", Privacy.INTERNAL, width=14, listed=False),
            Column("remark", Privacy.INTERNAL, width=16, listed=False),
        ),
    )
)

persons = registry.add(
    Ledger(
        key="persons",
        title=term("Persons", "家庭成员台账"),
        model=Person,
        natural_key=("id_number",),
        second_key=("household", "name", "birth_date"),
        standing=STANDING,
        base=_who_belong,
        save=actions.save_persons,
        void=actions.void_persons,
        check_rows=actions.check_persons,
        address=lambda row: f"/households/{row['household']}/",
        paper="A3",
        columns=(
            Column(
                "household",
                Privacy.INTERNAL,
                source="household__code",
                group=HOUSEHOLD,
                width=15,
                filter="exact",
                reference=Reference(Household, "code"),
            ),
            Column(
                "head_name",
                Privacy.PERSONAL,
                heading=term("head of household", "户主姓名"),
                source="household__head_name",
                computed=True,
                group=HOUSEHOLD,
                width=10,
            ),
            Column("name", Privacy.PERSONAL, group=MEMBERS, width=10, filter="text", sort=True, total="count"),
            Column("relation", Privacy.INTERNAL, group=MEMBERS, width=10, filter="choice"),
            Column("id_number", Privacy.SENSITIVE, group=MEMBERS, width=21),
            Column("sex", Privacy.INTERNAL, group=MEMBERS, width=6, filter="choice"),
            Column("birth_date", Privacy.PERSONAL, group=MEMBERS, width=12, filter="date"),
            Column("ethnic_group", Privacy.SENSITIVE, group=MEMBERS, width=10, listed=False),
            Column("school", Privacy.PERSONAL, group=MEMBERS, width=12, filter="choice", listed=False),
            Column("labour_capability", Privacy.PERSONAL, group=MEMBERS, width=14, filter="choice"),
            Column("job_intention", Privacy.PERSONAL, group=MEMBERS, width=10, filter="choice"),
            Column("phone", Privacy.SENSITIVE, group=MEMBERS, width=14, listed=False),
            Column("died_on", Privacy.PERSONAL, group=MEMBERS, width=12, listed=False),
            Column("remark", Privacy.PERSONAL, width=16, listed=False),
        ),
    )
)
