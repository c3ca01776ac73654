"""The national registry's export of people 全国建档立卡人口导出表 (L-03): its rows find the households and people here.

The registry knows households by its own ten digits; who is not here yet is entered first, since no export of the
registry says in which settlement a household lives.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from django.db.models import Count, Q
from django.utils.translation import gettext as _

from common.ledger import Column, CompositeSheet, Ledger, Level, Privacy, SheetColumn, registry
from common.models import STANDING
from common.terms import term
from households import actions
from households.checks.households import Found
from households.ledgers import subjects
from households.models import Household
from households.queries.people import head_numbers

PLACE, HOUSEHOLD = term("Place", "所在地"), term("Household", "户信息")
PERSON = term("Person", "人口信息")


def _known_alone(rows: Sequence[dict], user) -> Iterator[Found]:
    """Rows of households that are not here, or of which two have the number: which is meant only somebody can say."""
    numbers = [row["registry_number"] for row in rows if row.get("registry_number")]
    homes = Household.objects.visible_to(user).filter(STANDING, registry_number__in=numbers).order_by()
    held = dict(homes.values_list("registry_number").annotate(n=Count("pk")))
    for index, row in enumerate(rows):
        if held.get(row.get("registry_number"), 0) > 1:
            message = _(
                "Several households have the registry number %(number)s. Correct it in the ledger of households."
            )
            number = row["registry_number"]
            yield index, "registry_number", number, "ambiguous_reference", message % {"number": number}
        elif not row.get("id"):
            number = row.get("registry_number", "")
            yield (
                index,
                "registry_number",
                number,
                "unknown_reference",
                _(
                    "No household in your area has the registry number %(number)s. Enter the household with its settlement"
                    " first, or write the number into its row."
                )
                % {"number": number},
            )


def _column(name: str, **more) -> Column:
    return Column(name, Privacy.INTERNAL, **{"group": HOUSEHOLD, "width": 14, **more})


registry.add(
    Ledger(
        key="registry-households",
        subject=subjects.PEOPLE,
        title=term("Households in the national registry", "建档立卡户信息"),
        model=Household,
        natural_key=("registry_number",),
        standing=STANDING & ~Q(registry_number=""),
        annotate=lambda rows: rows.annotate(head_id_number=head_numbers()),
        entry=False,
        save=actions.save_households,
        void=actions.void_households,
        check_rows=_known_alone,
        address=lambda row: f"/households/{row['code']}/",
        columns=(
            _column("registry_number", filter="exact", synonyms=("户编号",)),
            _column("code", computed=True, heading=term("household code here", "本系统户编号")),
            Column("head_name", Privacy.PERSONAL, computed=True, group=HOUSEHOLD, width=10, filter="text"),
            Column(
                "head_id_number",
                Privacy.SENSITIVE,
                heading=term("ID number of head", "户主证件号码"),
                computed=True,
                group=HOUSEHOLD,
                width=21,
                listed=False,
            ),
            _column("origin_city", group=PLACE),
            _column("origin_county", group=PLACE),
            _column("origin_township", group=PLACE),
            _column("origin_village", group=PLACE),
            Column("phone", Privacy.SENSITIVE, group=HOUSEHOLD, width=14, listed=False),
            _column("registry_year", width=8, filter="number"),
            _column("recognition_standard", width=10, filter="choice"),
            _column("household_kind", width=16, filter="choice"),
            _column("poverty_exit", width=10, filter="choice"),
            _column("poverty_exit_year", width=8, filter="number"),
        ),
    )
)


def _household(name: str, en: str, zh: str, width: int = 12, **more) -> SheetColumn:
    return SheetColumn("registry-households", name, term(en, zh), None, width, **more)


def _person(name: str, en: str, zh: str, width: int = 12, **more) -> SheetColumn:
    return SheetColumn("persons", name, term(en, zh), PERSON, width, **more)


registry.add_sheet(
    CompositeSheet(
        key="registry-people",
        title=term("National registry export (people)", "全国建档立卡人口导出表"),
        levels=(Level("registry-households"), Level("persons", "household", only=Q(died_on=None))),
        sheet_reference="",
        numbered=False,
        columns=(
            _household("origin_city", "city", "市"),
            _household("origin_county", "county", "县"),
            _household("origin_township", "township", "乡"),
            _household("origin_village", "village", "村"),
            _household("registry_number", "household no.", "户编号", 14, required=True),
            _person("registry_number", "person no.", "人口编号", 16),
            _person("name", "name", "姓名", 10, required=True),
            _person("sex", "sex", "性别", 6),
            _person("birth_date", "birth date", "出生日期"),
            _person("document_type", "kind of document", "证件类型"),
            _person("id_number", "number of document", "证件号码", 24, required=True),
            _person("ethnic_group", "ethnic group", "民族", 9),
            _household("phone", "household's telephone", "户联系电话", 14),
            _person("phone", "member's telephone", "成员联系电话", 14),
            _household("registry_year", "year", "年度", 8),
            _person("relation", "relation to head", "与户主关系", 10, required=True),
            _person("education", "education", "文化程度"),
            _person("school", "schooling", "在校生状况"),
            _person("labour_capability", "ability to work", "劳动技能", 16),
            _person("health", "health", "健康状况"),
            _person("political_status", "political status", "政治面貌"),
            _person("putonghua", "speaks Putonghua", "是否会讲普通话"),
            _person("works_abroad", "works abroad", "是否国外务工"),
            _household("head_name", "name of head", "户主姓名", 10, read_only=True),
            _household("head_id_number", "ID number of head", "户主证件号码", 24, read_only=True),
            _household("recognition_standard", "standard of recognition", "识别标准"),
        ),
    )
)
