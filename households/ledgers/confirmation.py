"""The ledger of confirmations 档案核实台账; how files stand on the pages of households and settlements."""

from __future__ import annotations

from django.db.models import QuerySet

from common import codes
from common.indicator import Indicator, catalogue
from common.ledger import Act, Column, Filter, Ledger, Panel, Privacy, registry
from common.models import STANDING
from common.templatetags.ui import percent
from common.terms import term
from households import actions
from households.ledgers import subjects
from households.ledgers.plans import YES_NO, household_columns
from households.models import Confirmation, Household
from households.queries.confirmation import (
    CONFIRMATIONS,
    FILE_STATES,
    STATE_NOW,
    current_of,
    in_file_state,
    may_confirm,
    state_counts,
    why_not_deciding,
    words_of,
)
from households.sections import SECTIONS, incomplete

CONFIRMED = term("Confirmation", "核实")
REVIEW = term("Review", "审核")


def _with_state(rows: QuerySet) -> QuerySet:
    return rows.annotate(now=STATE_NOW)


def _changed(rows: QuerySet, value: str) -> QuerySet:
    return rows.filter(changed_at__isnull=value != "1")


confirmations = registry.add(
    Ledger(
        key=CONFIRMATIONS,
        subject=subjects.FOLLOWED,
        title=term("Confirmations of files", "档案核实台账"),
        model=Confirmation,
        natural_key=("household", "confirmed_on"),
        standing=STANDING,
        save=actions.save_confirmations,
        void=actions.void_confirmations,
        check_rows=actions.check_confirmations,
        enters=may_confirm,
        columns=(
            *household_columns(),
            Column("confirmed_on", Privacy.INTERNAL, group=CONFIRMED, width=12, filter="date"),
            Column("remark", Privacy.INTERNAL, group=CONFIRMED, width=24),
            Column("level", Privacy.INTERNAL, computed=True, group=CONFIRMED, width=10, filter="choice"),
            Column(
                "author",
                Privacy.INTERNAL,
                source="author__display_name",
                field="author__display_name",
                heading=term("confirmed by", "核实人"),
                computed=True,
                group=CONFIRMED,
                width=12,
            ),
            Column("state", Privacy.INTERNAL, computed=True, group=REVIEW, width=14, filter="choice"),
            Column("decided_on", Privacy.INTERNAL, computed=True, group=REVIEW, width=12, filter="date"),
            Column(
                "decided_by",
                Privacy.INTERNAL,
                source="decided_by__display_name",
                field="decided_by__display_name",
                heading=term("reviewed by", "审核人"),
                computed=True,
                group=REVIEW,
                width=12,
            ),
            Column("decision_reason", Privacy.INTERNAL, computed=True, group=REVIEW, width=24),
            Column(
                "now",
                Privacy.INTERNAL,
                heading=term("stands now", "当前情况"),
                kind="code",
                code_list="file_state",
                computed=True,
                group=REVIEW,
                width=14,
            ),
        ),
        annotate=_with_state,
        filters=(
            Filter(
                "last",
                term("the last of its file", "最近一次"),
                "choice",
                lambda rows, value: rows.filter(current=value == "1"),
                YES_NO,
            ),
            Filter("changed", term("changed since", "核实后有变更"), "choice", _changed, YES_NO),
        ),
        acts=[
            Act(
                "review",
                term("Review", "审核"),
                lambda row: f"/households/{row.household.code}/confirmation/",
                right="decide",
                of_member=True,
            ),
            Act(
                "review-many",
                term("Accept or return", "审核通过或退回"),
                lambda filters: "/confirmations/decide/",
                right="decide",
                of_selection=True,
            ),
        ],
    )
)


def _panel(household: Household, user) -> dict:
    current = current_of(household)
    return {
        "household": household,
        "current": current,
        "changed_in": words_of(current.changed_in) if current else [],
        "may_confirm": may_confirm(user) and household.kept_up,
        "may_decide": current is not None and why_not_deciding(current, user) == "",
    }


def _settlement_panel(settlement, user) -> dict:
    households = Household.objects.visible_to(user).filter(STANDING, settlement=settlement)
    counts = state_counts(households, "settlement_id").get(settlement.pk)
    link = f"/ledgers/households/?settlement={settlement.code}&confirmation="
    told = [("valid", term("Confirmed", "已核实")), *((key, codes.label("file_state", key)) for key in FILE_STATES)]
    return {
        "rate": percent(counts["valid"] / counts["all"]) if counts else percent(None),
        "counts": [{"label": label, "n": counts[key] if counts else 0, "url": f"{link}{key}"} for key, label in told],
    }


def _states() -> list[tuple[str, object]]:
    return [("valid", term("confirmed (valid)", "已核实（有效）")), *codes.code_list("file_state").choices()]


registry["households"].extend(
    panels=[
        Panel(
            "confirmation", term("Confirmation", "档案核实"), "households/_confirmation.html", _panel, "confirmations"
        ),
    ],
    filters=[
        Filter(
            "confirmation",
            term("confirmation", "档案核实"),
            "choice",
            in_file_state,
            _states,
            ledger="confirmations",
        ),
        Filter(
            "incomplete",
            term("file lacks", "档案缺项"),
            "choice",
            incomplete,
            lambda: [("any", term("anything", "任一项")), *((section.key, section.title) for section in SECTIONS)],
            ledger="confirmations",
        ),
    ],
    acts=[
        Act(
            "confirm-files",
            term("Confirm as checked", "核实所选档案"),
            lambda filters: "/confirmations/confirm/",
            right="write",
            of_selection=True,
            may=may_confirm,
            ledger="confirmations",
        ),
        Act(
            "rates", term("Rates of confirmation", "核实率"), lambda filters: "/confirmations/", ledger="confirmations"
        ),
    ],
)
registry["settlements"].panels.append(
    Panel(
        "confirmation",
        term("Confirmation of files", "档案核实"),
        "households/_rates.html",
        _settlement_panel,
        "confirmations",
    )
)
HOUSEHOLDS = term("households", "户")
catalogue.add(
    Indicator(
        "files-confirmed",
        term("Files confirmed", "档案已核实户"),
        HOUSEHOLDS,
        "valid",
        "households",
        {"confirmation": "valid"},
        good="up",
        breakdowns=("region", "settlement"),
    )
)
catalogue.add(
    Indicator(
        "files-confirmed-rate",
        term("Rate of confirmation", "档案核实率"),
        term("%", "%"),
        "valid",
        "households",
        {"confirmation": "valid"},
        over="all",
        good="up",
        wording=term(
            "Files confirmed, not returned and not changed since, over all households",
            "已核实、未退回且核实后无变更的户数 ÷ 全部搬迁户数",
        ),
        breakdowns=("region", "settlement"),
    )
)
