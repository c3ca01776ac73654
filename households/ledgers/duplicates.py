"""The ledger of possible duplicates 疑似重复人员: a review list, found by the system and decided one by one."""

from __future__ import annotations

from common.ledger import Act, Column, Filter, Ledger, Privacy, registry
from common.models import STANDING
from common.terms import term
from households.ledgers import subjects
from households.models import Duplicate

HERE, THERE, DECISION = term("Here", "本地登记"), term("There", "对方登记"), term("Decision", "核查结论")
_REASONS = [
    ("name_birth", term("name and birth date", "姓名和出生日期相同")),
    ("phone", term("telephone", "联系电话相同")),
    ("registry", term("registry number", "人口编号相同")),
    ("document", term("ID number but for a slip", "身份证号仅个别位不同")),
]


def _shown(name: str, privacy: Privacy, **more) -> Column:
    return Column(name, privacy, computed=True, **more)


registry.add(
    Ledger(
        key="duplicates",
        subject=subjects.PEOPLE,
        title=term("Possible duplicates", "疑似重复人员核查"),
        model=Duplicate,
        natural_key=("person",),
        standing=STANDING,
        entry=False,
        address=lambda row: f"/duplicates/{row['id']}/",
        filters=(
            Filter(
                "alike", term("what is alike", "相似之处"), "choice",
                lambda rows, value: rows.filter(reasons__contains=value), _REASONS,
            ),
        ),
        acts=[Act("search", term("Look for duplicates now", "立即排查"), lambda filters: "/duplicates/search/", "write")],
        columns=(
            _shown("person_name", Privacy.PERSONAL, heading=term("name", "姓名"), source="person__name", group=HERE,
                   width=10, filter="text", total="count"),
            _shown("birth_date", Privacy.PERSONAL, heading=term("birth date", "出生日期"), source="person__birth_date",
                   kind="date", group=HERE, width=12),
            _shown("household", Privacy.INTERNAL, heading=term("household code", "户编号"),
                   source="person__household__code", group=HERE, width=15, filter="exact"),
            _shown("division", Privacy.INTERNAL, heading=term("township", "所在乡镇"), source="region", kind="division",
                   group=HERE, width=14, filter="division"),
            _shown("other_code", Privacy.INTERNAL, group=THERE, width=15),
            _shown("other_region", Privacy.INTERNAL, heading=term("place of the other", "对方所在地"), kind="division",
                   group=THERE, width=14),
            _shown("reasons", Privacy.INTERNAL, group=THERE, width=20),
            _shown("found_on", Privacy.INTERNAL, group=DECISION, width=12, filter="date"),
            _shown("decision", Privacy.INTERNAL, group=DECISION, width=12, filter="choice"),
            _shown("reason", Privacy.INTERNAL, group=DECISION, width=24, listed=False),
            _shown("decided_by", Privacy.INTERNAL, heading=term("decided by", "核查人"),
                   source="decided_by__display_name", kind="text", group=DECISION, width=10, listed=False),
            _shown("decided_on", Privacy.INTERNAL, group=DECISION, width=12, filter="date", listed=False),
        ),
    )
)  # fmt: skip
