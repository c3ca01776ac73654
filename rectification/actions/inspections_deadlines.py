"""What inspections are due by, and whom their results are told to.

What is secret has no deadline row and raises no alert: both are seen by everybody of an area. Those who carry it out have it
in their inboxes (rectification.queries.inspections_inbox), which asks for what they may see.
"""

from __future__ import annotations

import datetime as dt

from django.utils.translation import gettext_lazy

from alerts.actions import Due, clear_deadlines, set_deadline, settle
from alerts.kinds import DeadlineKind, Kind, declare, declare_deadline
from common.terms import term
from rectification.models import Inspection

LEDGER = "inspections"
PLACES = "inspection-places"
WATCHING = frozenset({"county", "city", "province", "drc"})

PLANNED = declare_deadline(
    DeadlineKind(
        "inspection-planned",
        term("planned inspection to be carried out", "计划检查应开展"),
        gettext_lazy("“%(title)s” is planned to be carried out by %(due_on)s. Start it or change the plan."),
        WATCHING,
    )
)
FEEDBACK = declare_deadline(
    DeadlineKind(
        "inspection-feedback",
        term("results of an inspection to be fed back", "检查结果应反馈"),
        gettext_lazy("The results of “%(title)s” are to be fed back by %(due_on)s."),
        WATCHING,
    )
)
FED_BACK = declare(
    Kind(
        "inspection-fed-back",
        term("results of an inspection", "检查结果反馈"),
        gettext_lazy("The results of “%(title)s” were fed back on %(due_on)s. Read them and put right what was found."),
        frozenset({"county"}),
    )
)


def settle_deadlines(inspection: Inspection, *, on: dt.date) -> None:
    """Its deadlines are those of its state: to be carried out while planned, to be fed back until it is."""
    stands = inspection.voided_at is None and not inspection.veiled
    wanted = {
        PLANNED.key: inspection.due_on if inspection.state == "planned" else None,
        FEEDBACK.key: inspection.feed_back_by if inspection.state in ("planned", "under_way") else None,
    }
    for kind, due_on in wanted.items():
        if not stands or due_on is None:
            clear_deadlines(kind, LEDGER, [inspection.pk], on=on)
            continue
        set_deadline(
            kind,
            LEDGER,
            inspection.pk,
            region=inspection.region,
            address=inspection.address,
            due_on=due_on,
            unit=inspection.unit,
            params={"title": inspection.title},
            on=on,
        )


def tell_counties(inspection: Inspection, *, on: dt.date) -> None:
    """Each county covered is told of the results once they are fed back, until the inspection is closed."""
    if inspection.fed_back_on is None or inspection.kind == "self_check":
        return
    places = list(inspection.places.all())
    due = [
        Due(place.pk, place.division, inspection.fed_back_on, inspection.address, {"title": inspection.title})
        for place in places
    ]
    told = due if inspection.state == "fed_back" else []
    settle(FED_BACK.key, PLACES, [place.pk for place in places], told, on=on)
