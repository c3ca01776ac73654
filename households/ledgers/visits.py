"""The ledgers of visits 走访台账 and of agreed steps 走访约定事项台账; visits on the household's page."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable

from django.db.models import Q
from django.utils.translation import gettext as _

from accounts.roles import can
from common import clock
from common.ledger import Act, Column, Filter, Ledger, Panel, Privacy, registry
from common.models import STANDING
from common.templatetags.ui import day
from common.terms import term
from households import actions
from households.ledgers import subjects
from households.ledgers.plans import YES_NO, household_columns, unit_column
from households.models import Household, Visit, VisitStep
from households.queries.visits import by_visit, missing_visits, next_visit_of, visits_of
from households.sections import SECTIONS, Section

VISIT = term("Visit", "走访")
STEP = term("Agreed step", "约定事项")
SHOWN = 5


visits = registry.add(
    Ledger(
        key="visits",
        subject=subjects.FOLLOWED,
        title=term("Visits", "走访台账"),
        model=Visit,
        natural_key=("household", "visited_on", "visitors"),
        standing=STANDING,
        save=actions.save_visits,
        void=actions.void_visits,
        check_rows=actions.check_visits,
        attachments=True,
        personal_attachments=True,
        columns=(
            *household_columns(),
            Column("visited_on", Privacy.INTERNAL, group=VISIT, width=12, filter="date"),
            Column("visited_at", Privacy.INTERNAL, group=VISIT, width=8, listed=False),
            Column("manner", Privacy.INTERNAL, group=VISIT, width=10, filter="choice"),
            Column("visitors", Privacy.INTERNAL, group=VISIT, width=16, filter="text"),
            Column("met", Privacy.PERSONAL, group=VISIT, width=12),
            Column("found", Privacy.PERSONAL, group=VISIT, width=36),
            Column("agreed", Privacy.PERSONAL, group=VISIT, width=28),
            Column(
                "author",
                Privacy.INTERNAL,
                source="author__display_name",
                field="author__display_name",
                heading=term("entered by", "录入人"),
                computed=True,
                group=VISIT,
                width=12,
                listed=False,
            ),
        ),
        acts=[
            Act(
                "household",
                term("Household file", "家庭档案"),
                lambda row: f"/households/{row.household.code}/",
                of_member=True,
            )
        ],
    )
)


def _overdue() -> Q:
    return Q(done_on__isnull=True, due_on__lt=clock.today())


steps = registry.add(
    Ledger(
        key="visit-steps",
        subject=subjects.FOLLOWED,
        title=term("Agreed steps", "走访约定事项台账"),
        model=VisitStep,
        natural_key=("household", "agreed_on", "step"),
        standing=STANDING,
        save=actions.save_steps,
        void=actions.void_steps,
        check_rows=actions.check_steps,
        columns=(
            *household_columns(),
            Column("agreed_on", Privacy.INTERNAL, group=STEP, width=12, filter="date"),
            Column("step", Privacy.PERSONAL, group=STEP, width=30),
            Column("owner", Privacy.INTERNAL, group=STEP, width=12, filter="text"),
            unit_column(group=STEP, filter="exact"),
            Column("due_on", Privacy.INTERNAL, group=STEP, width=12, filter="date"),
            Column("done_on", Privacy.INTERNAL, group=STEP, width=12, filter="date"),
            Column("outcome", Privacy.PERSONAL, group=STEP, width=28),
        ),
        filters=(
            Filter(
                "open",
                term("not done yet", "未办结"),
                "choice",
                lambda rows, value: rows.filter(done_on__isnull=value == "1"),
                YES_NO,
            ),
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


def _panel(household: Household, user) -> dict:
    found, number = visits_of(household, SHOWN)
    today = clock.today()
    return {
        "household": household,
        "visits": found,
        "number": number,
        "next": next_visit_of(household, today),
        "today": today,
        "writes": can(user, "write", "visits") and household.kept_up,
    }


def _missing(ids: Iterable[int], on: dt.date) -> dict[int, list[str]]:
    """Households that are overdue for a visit."""
    return {
        pk: [
            _("a visit, due by %(day)s (last visit %(last)s)") % {"day": day(due), "last": day(last)}
            if last
            else _("the first visit, due by %(day)s") % {"day": day(due)}
        ]
        for pk, (last, due) in missing_visits(ids, on).items()
    }


registry["households"].extend(
    panels=[Panel("visits", term("Visits", "走访记录"), "households/_visits.html", _panel, "visits")],
    filters=[
        Filter(
            "visit",
            term("visit", "走访情况"),
            "choice",
            by_visit,
            (
                ("overdue", term("overdue", "超期未走访")),
                ("soon", term("due within 15 days", "15日内到期")),
                ("in_time", term("visited in time", "按期走访")),
                ("never", term("never visited", "从未走访")),
            ),
            ledger="visits",
        )
    ],
    acts=[
        Act(
            "overdue-visits",
            term("Overdue visits", "超期未走访户"),
            lambda filters: "/ledgers/households/?visit=overdue",
            ledger="visits",
        )
    ],
)
SECTIONS.append(Section("visits", term("Visits", "走访记录"), _missing, "visits"))
