"""R-242: four large surveys and inspections a year. The province's rule; its subject is the plan of the year.

What is still secret counts for nothing here: a finding is seen by everybody of the province, and would tell of the visit.
"""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Iterator

from common.models import STANDING
from common.rule import Failure, Rule, rules
from common.scope import Range
from common.terms import term
from rectification.models import Inspection, InspectionPlan
from rectification.models.inspections import LEAST_A_YEAR
from rectification.models.inspections_lists import CAMPAIGNS
from rectification.queries.inspections import done_on, quarter_ends


def failing(on: dt.date, ranges: Iterable[Range]) -> Iterator[Failure]:
    """The plan of each year for which fewer than four are planned, or fewer carried out than the quarters that are over ask
    for; of several units' plans for one year the first stands for all."""
    regions = [lo for lo, _hi in ranges]
    plans: dict[tuple[int, int], InspectionPlan] = {}
    for plan in InspectionPlan.objects.filter(STANDING, region__in=regions).order_by("pk"):
        plans.setdefault((plan.region, plan.year), plan)
    campaigns: defaultdict[tuple[int, int], list[Inspection]] = defaultdict(list)
    found = Inspection.objects.filter(STANDING, region__in=regions, kind__in=CAMPAIGNS, veiled=False)
    for row in found.exclude(state="cancelled"):
        campaigns[row.region, row.year].append(row)
    for key, plan in plans.items():
        rows = campaigns[key]
        done = sum(1 for row in rows if (day := done_on(row)) and day <= on)
        over = sum(1 for ends in quarter_ends(plan.year) if ends < on)
        due = -(-LEAST_A_YEAR * over // 4)
        if len(rows) < LEAST_A_YEAR or done < due:
            yield Failure(
                str(plan.pk), plan.region, {"year": plan.year, "planned": len(rows), "done": done, "due": due}
            )


rules.add(
    Rule(
        id="R-242",
        title=term("four surveys and inspections a year", "每年4次调研督查"),
        quotation="全年组织开展4次全省推进易地扶贫搬迁工作大调研和专项大督查",
        document="003-guizhou-follow-up-support-practice-2020.zh-Hans.txt",
        ledger="inspection-plans",
        scope=520000000000,
        valid_from=dt.date(2020, 2, 13),
        failing=failing,
    )
)
