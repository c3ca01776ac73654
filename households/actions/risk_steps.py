"""One step of one case: what must hold, and what it writes; on objects in memory, so that sheets do thousands at once."""

from __future__ import annotations

import datetime as dt

from django.utils.translation import gettext as _

from common import clock
from common.dates import add_months
from common.problems import Problem, Refused
from households.actions.risk_facts import Facts
from households.models import RiskCase, RiskStep
from households.models.risks import FALLBACK, OPEN_STATES
from households.risk_states import ACTS, STANDING_ENDS

LEDGER = "risk-cases"


def refused(field: str, code: str, message: str, value: object = "") -> Refused:
    return Refused([Problem(0, field, str(value), code, message)])


def find(case: RiskCase, facts: Facts, by) -> RiskStep:
    """The first step: a risk was found."""
    if case.found_on > facts.on:
        raise refused("found_on", "future", _("This day lies in the future. Correct it."), case.found_on)
    case.state = "found"
    case.due_on = case.found_on + dt.timedelta(facts.parameters(case.region).risk_verify_days)
    return _step(case, "find", case.found_on, case.remark, by)


def take(case: RiskCase, key: str, day: dt.date | None, told: dict, facts: Facts, by) -> RiskStep:
    """Do the act on the case as of the day; `told` holds what it asks. Raises Refused with words that name the remedy."""
    act = ACTS[key]
    column = act.day or "day"
    if case.state not in act.states:
        message = _(
            "The case is at the step “%(state)s”; the steps are taken in their order. Take the one before first."
        )
        raise refused(column, "out_of_order", message % {"state": case.get_state_display()}, day or "")
    if day is None:
        raise refused(column, "required", _("Say on which day."))
    if day > facts.on:
        raise refused(column, "future", _("This day lies in the future. Correct it."), day)
    earlier = _before(case, key)
    if earlier and day < earlier:
        message = _("This day lies before the step before it (%(day)s). Correct it.")
        raise refused(column, "before_step", message % {"day": earlier}, day)
    text = _DO[key](case, day, told, facts)
    if act.to:
        case.state = FALLBACK_STATE if key == "remove" and case.end_way == FALLBACK else act.to
    if key == "measure" and case.end_way == FALLBACK:
        case.state = FALLBACK_STATE
    return _step(case, key, day, text, by)


FALLBACK_STATE = "watch"


def _before(case: RiskCase, key: str) -> dt.date | None:
    """The day of the latest step that must lie before this one."""
    days = {
        "verify": [case.found_on],
        "dismiss": [case.found_on],
        "measure": [case.verified_on, case.first_measure_on],
        "above": [case.found_on],
        "remove": [case.first_measure_on, case.removed_on],
        "observe": [case.removed_on],
    }[key]
    return max((day for day in days if day), default=None)


def _step(case: RiskCase, act: str, day: dt.date, text: str, by) -> RiskStep:
    return RiskStep(case=case, region=case.region, act=act, day=day, text=text[:300], by=by, at=clock.now())


def _verify(case: RiskCase, day: dt.date, told: dict, facts: Facts) -> str:
    for name, message in (
        ("monitor_type", _("Say which kind of monitored household it is.")),
        ("cause", _("Say what the risk comes from.")),
    ):
        value = told.get(name) or getattr(case, name)
        if not value:
            raise refused(name, "required", message)
        setattr(case, name, value)
    case.second_cause = told.get("second_cause") or case.second_cause
    case.cadre = told.get("cadre") or case.cadre
    case.verified_on = day
    case.due_on = day + dt.timedelta(facts.parameters(case.region).risk_measure_days)
    return f"{case.get_monitor_type_display()} · {case.get_cause_display()}"


def _dismiss(case: RiskCase, day: dt.date, told: dict, facts: Facts) -> str:
    if not told.get("text"):
        raise refused("text", "required", _("Say why the household is not at risk."))
    case.due_on = None
    return told["text"]


def _measure(case: RiskCase, day: dt.date, told: dict, facts: Facts) -> str:
    text = told.get("measures") or (case.measures if case.first_measure_on is None else "")
    if not text:
        raise refused("measures", "required", _("Say which measure has been taken."))
    cadre = told.get("cadre") or case.cadre
    if not cadre:
        raise refused("cadre", "required", _("Name who is responsible for the household."))
    case.measures, case.cadre = text, cadre
    case.first_measure_on = case.first_measure_on or day
    case.due_on = None
    return text


def _above(case: RiskCase, day: dt.date, told: dict, facts: Facts) -> str:
    _refuse_below(case, day, facts, "above_since")
    case.above_since = day
    return ""


def _refuse_below(case: RiskCase, since: dt.date, facts: Facts, column: str) -> None:
    """No income since then lies below the line, and there is one that says so."""
    known = [one for one in facts.incomes[case.household_id] if one.ends_on >= since]
    for one in known:
        if one.below:
            message = _(
                "In %(period)s %(left)s yuan a head and year were left after rigid outlay, below the line of %(line)s."
                " The half year begins after that period."
            )
            told = {"period": one.words, "left": f"{one.left:.2f}", "line": one.line}
            raise refused(column, "below_line", message % told, since)
    if not known:
        message = _(
            "No income is entered for the time from %(day)s on. Enter it first; it shows that the line is kept."
        )
        raise refused(column, "no_income", message % {"day": since}, since)
    if all(one.line is None or one.left is None for one in known):
        message = _("There is no monitoring line for this year and place. Enter it in the ledger of monitoring lines.")
        raise refused(column, "no_line", message, since)


def _remove(case: RiskCase, day: dt.date, told: dict, facts: Facts) -> str:
    way = told.get("end_way")
    if not way:
        raise refused("end_way", "required", _("Say how the risk ended."))
    no_labour = case.household_id in facts.no_labour
    if way == FALLBACK and not no_labour:
        message = _("The safety net is for households without labour; this one has labour. Choose another way.")
        raise refused("end_way", "has_labour", message, way)
    if way == FALLBACK and case.state == FALLBACK_STATE:
        raise refused("end_way", "out_of_order", _("The household is under watch already."), way)
    if way in STANDING_ENDS and way != FALLBACK:
        if no_labour:
            message = _(
                "A household without labour is not marked as removed. Choose “safety net”; it stays under watch."
            )
            raise refused("end_way", "no_labour", message, way)
        _refuse_early(case, day, facts)
    case.removed_on, case.end_way, case.due_on = day, way, None
    return case.get_end_way_display()


def _refuse_early(case: RiskCase, day: dt.date, facts: Facts) -> None:
    months = facts.parameters(case.region).risk_stable_months
    if case.above_since is None:
        message = _("Note first since when the income is above the line; the risk is removed %(n)s months later.")
        raise refused("removed_on", "not_above", message % {"n": months}, day)
    first = add_months(case.above_since, months)
    if day < first:
        message = _("The income is above the line since %(since)s. With %(n)s months the first day is %(first)s.")
        told = {"since": case.above_since, "n": months, "first": first}
        raise refused("removed_on", "too_early", message % told, day)
    _refuse_below(case, case.above_since, facts, "removed_on")


def _observe(case: RiskCase, day: dt.date, told: dict, facts: Facts) -> str:
    case.observed_on = day
    return told.get("text", "")


_DO = {
    "verify": _verify,
    "dismiss": _dismiss,
    "measure": _measure,
    "above": _above,
    "remove": _remove,
    "observe": _observe,
}


def is_open(case: RiskCase) -> bool:
    return case.state in OPEN_STATES
