"""The ledgers of secondments 干部委派 and of cadre training 干部培训."""

from __future__ import annotations

from django.db.models import F, QuerySet

from common import clock
from common.ledger import Act, Column, Filter, Ledger, Privacy, Reference, registry
from common.models import STANDING
from common.pairs import UNDER_EITHER
from common.terms import term
from rectification.actions import cadres as actions
from rectification.ledgers.tasks import division, place, unit_column
from rectification.models.cadres import CadreTraining, Secondment
from rectification.queries.cadres import AT_WORK, ending_within
from settlements.models import Settlement

TERM = term("Term", "委派期限")
PEOPLE = term("People trained", "培训人数")
SOON = 90  # days


def _with_total(rows: QuerySet[CadreTraining]) -> QuerySet[CadreTraining]:
    return rows.annotate(people=F("of_province") + F("of_city") + F("of_county") + F("of_township"))


secondments = registry.add(
    Ledger(
        key="secondments",
        title=term("Secondments", "干部委派台账"),
        model=Secondment,
        natural_key=("unit", "name", "from_on"),
        standing=STANDING,
        save=actions.save_secondments,
        void=actions.void_secondments,
        columns=(
            Column("name", Privacy.PERSONAL, width=10, filter="text"),
            unit_column(),
            Column("job", Privacy.INTERNAL, width=16, listed=False),
            Column(
                "settlement",
                Privacy.PUBLIC,
                source="settlement_name",
                width=20,
                filter="exact",
                reference=Reference(Settlement, "code", ("name",)),
            ),
            Column("community", Privacy.PUBLIC, width=16, listed=False),
            Column("work", Privacy.INTERNAL, width=24, listed=False),
            Column("from_on", Privacy.PUBLIC, group=TERM, width=12, filter="date"),
            Column("to_on", Privacy.PUBLIC, group=TERM, width=12, filter="date"),
            Column("agreed_to_on", Privacy.PUBLIC, computed=True, group=TERM, width=12, listed=False),
            Column("extended_on", Privacy.PUBLIC, computed=True, group=TERM, width=12, listed=False),
            Column("extension_reason", Privacy.INTERNAL, computed=True, group=TERM, width=20, listed=False),
            Column("ended_on", Privacy.PUBLIC, computed=True, group=TERM, width=12),
            Column("end_reason", Privacy.INTERNAL, computed=True, group=TERM, width=20, listed=False),
            division(filter="", listed=False),
        ),
        filters=(
            UNDER_EITHER,
            Filter(
                "at_work",
                term("at work", "在岗"),
                "choice",
                lambda rows, value: (rows.filter if value == "1" else rows.exclude)(AT_WORK),
                [("1", term("yes", "是")), ("0", term("no", "否"))],
            ),
            Filter(
                "ending",
                term("ends within 90 days", "90日内到期"),
                "choice",
                lambda rows, value: (rows.filter if value == "1" else rows.exclude)(ending_within(clock.today(), SOON)),
                [("1", term("yes", "是")), ("0", term("no", "否"))],
            ),
        ),
        acts=[
            Act(key, label, lambda row, key=key: f"/secondments/{row.pk}/{key}/", right="write", of_member=True)
            for key, label in [
                ("extend", term("Extend", "延期")),
                ("settle", term("What follows", "期满安排")),
                ("end", term("End", "结束")),
            ]
        ],
    )
)

cadre_trainings = registry.add(
    Ledger(
        key="cadre-trainings",
        title=term("Cadre training", "干部培训台账"),
        model=CadreTraining,
        natural_key=("division", "title", "starts_on"),
        standing=STANDING,
        annotate=_with_total,
        columns=(
            place(),
            Column("title", Privacy.PUBLIC, width=36, filter="text"),
            Column("starts_on", Privacy.PUBLIC, width=12, filter="date", sort=True),
            Column("ends_on", Privacy.PUBLIC, width=12),
            Column("organiser", Privacy.PUBLIC, width=24, filter="text"),
            Column("level", Privacy.PUBLIC, width=8, filter="choice"),
            Column("place", Privacy.PUBLIC, width=16, listed=False),
            Column("of_province", Privacy.PUBLIC, group=PEOPLE, width=8, total="sum"),
            Column("of_city", Privacy.PUBLIC, group=PEOPLE, width=8, total="sum"),
            Column("of_county", Privacy.PUBLIC, group=PEOPLE, width=8, total="sum"),
            Column("of_township", Privacy.PUBLIC, group=PEOPLE, width=10, total="sum"),
            Column(
                "people",
                Privacy.PUBLIC,
                heading=term("all", "合计"),
                kind="int",
                computed=True,
                group=PEOPLE,
                width=8,
                total="sum",
            ),
            Column("note", Privacy.PUBLIC, width=20, listed=False),
        ),
        acts=[
            Act(
                "years",
                term("By year", "按年度汇总"),
                lambda filters: (
                    "/cadres/" + (f"?region={filters['division']}" if filters.get("division", "").isdecimal() else "")
                ),
            )
        ],
    )
)
