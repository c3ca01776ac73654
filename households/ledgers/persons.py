"""The ledger of members 家庭成员台账."""

from django.db.models import Exists, F, OuterRef, Q, QuerySet

from common import clock
from common.ledger import Column, Ledger, Privacy, Reference, registry
from common.models import STANDING
from common.terms import term
from households import actions
from households.ledgers import subjects
from households.models import Household, Membership, Person

HOUSEHOLD = term("Household", "户基本情况")
MEMBERS = term("Members", "家庭成员情况")


def _who_belong(persons: QuerySet) -> QuerySet:
    """Without those who have left their household; they stand on its page as former members."""
    today = clock.today()
    again = Membership.objects.filter(person=OuterRef("person"), household=OuterRef("household"))
    left = Membership.objects.filter(left_on__lte=today, household=F("person__household")).exclude(
        Exists(again.filter(Q(left_on=None) | Q(left_on__gt=today)))
    )
    # They are few: as a list of ids the database finds them once and looks each person up in it.
    return persons.exclude(pk__in=left.values("person"))


persons = registry.add(
    Ledger(
        key="persons",
        subject=subjects.PEOPLE,
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
                reference=Reference(Household, "code", ("registry_number",)),
                synonyms=("家庭编号",),
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
            Column(
                "registry_number",
                Privacy.INTERNAL,
                group=MEMBERS,
                width=14,
                filter="exact",
                listed=False,
                synonyms=("人员编号",),
            ),
            Column("document_type", Privacy.INTERNAL, group=MEMBERS, width=12, filter="choice", listed=False),
            Column("id_number", Privacy.SENSITIVE, group=MEMBERS, width=21, synonyms=("身份证明号码", "证件号码")),
            Column("id_issued_by", Privacy.PERSONAL, group=MEMBERS, width=18, listed=False),
            Column("id_valid_from", Privacy.PERSONAL, group=MEMBERS, width=12, listed=False),
            Column("id_valid_to", Privacy.PERSONAL, group=MEMBERS, width=12, filter="date", listed=False),
            Column("sex", Privacy.INTERNAL, group=MEMBERS, width=6, filter="choice"),
            Column("birth_date", Privacy.PERSONAL, group=MEMBERS, width=12, filter="date"),
            Column("ethnic_group", Privacy.SENSITIVE, group=MEMBERS, width=10, listed=False),
            Column("political_status", Privacy.PERSONAL, group=MEMBERS, width=12, filter="choice", listed=False),
            Column("education", Privacy.PERSONAL, group=MEMBERS, width=12, filter="choice", listed=False),
            Column(
                "school",
                Privacy.PERSONAL,
                group=MEMBERS,
                width=12,
                filter="choice",
                listed=False,
                synonyms=("在校生情况", "在校生状况"),
            ),
            Column("health", Privacy.SENSITIVE, group=MEMBERS, width=12, listed=False, synonyms=("健康情况",)),
            Column(
                "labour_capability",
                Privacy.PERSONAL,
                group=MEMBERS,
                width=14,
                filter="choice",
                synonyms=("劳动技能情况", "劳动技能"),
            ),
            Column("putonghua", Privacy.PERSONAL, group=MEMBERS, width=10, filter="choice", listed=False),
            Column("serving_soldier", Privacy.PERSONAL, group=MEMBERS, width=10, filter="choice", listed=False),
            Column("works_abroad", Privacy.PERSONAL, group=MEMBERS, width=10, filter="choice", listed=False),
            Column("job_intention", Privacy.PERSONAL, group=MEMBERS, width=10, filter="choice"),
            Column("phone", Privacy.SENSITIVE, group=MEMBERS, width=14, listed=False, synonyms=("成员联系电话",)),
            Column("died_on", Privacy.PERSONAL, group=MEMBERS, width=12, listed=False),
            Column("remark", Privacy.PERSONAL, width=16, listed=False),
        ),
    )
)
