"""The only writers of risk cases and reported signals: found, then step by step, each with its day and author."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.roles import check
from alerts.actions import Limit, clear_deadlines, set_deadlines
from alerts.kinds import DeadlineKind, declare_deadline
from common import bulk, clock
from common.changes import writing
from common.problems import Conflict, Problem, Refused
from common.scope import reachable
from common.terms import term
from households.actions.locking import lock_households
from households.actions.risk_facts import facts_of
from households.actions.risk_steps import LEDGER, find, is_open, take
from households.actions.voiding import void_rows
from households.models import Household, RiskCase, RiskSignal, RiskStep
from households.models.risks import OPEN_STATES
from households.risk_states import ACTS, ORDER

_ROLES = frozenset({"township", "county", "city"})
RISK_VERIFY = declare_deadline(
    DeadlineKind(
        "risk-verify",
        term("risk to be verified", "风险核实时限"),
        gettext_lazy("The risk found at household %(household)s is verified by %(due_on)s."),
        _ROLES,
    )
).key
RISK_MEASURE = declare_deadline(
    DeadlineKind(
        "risk-measure",
        term("first measure due", "首条帮扶措施时限"),
        gettext_lazy("Household %(household)s is monitored; its first measure is due on %(due_on)s."),
        _ROLES,
    )
).key
_DUE_IN = {"found": RISK_VERIFY, "verified": RISK_MEASURE}
# What may be corrected later on without a step.
_PLAIN = ("monitor_type", "cause", "second_cause", "found_by", "cadre", "measures", "remark")
_STEPPED = [
    "state", "monitor_type", "cause", "second_cause", "cadre", "verified_on", "measures", "first_measure_on",
    "above_since", "removed_on", "end_way", "observed_on", "due_on", "version",
]  # fmt: skip


@dataclass
class Plan:
    """What rows come to: cases in their order, the steps that they take, and every problem."""

    cases: list[RiskCase] = field(default_factory=list)
    new: list[RiskCase] = field(default_factory=list)
    changed: list[RiskCase] = field(default_factory=list)
    steps: list[RiskStep] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)


def address_of(case: RiskCase) -> str:
    return f"/risks/{case.pk}/"


def _stored(rows: Sequence[dict]) -> tuple[dict[int, RiskCase], dict[int, RiskCase]]:
    """Cases by id, and each household's open one."""
    cases = reachable(RiskCase).select_related("household")
    by_id = cases.in_bulk([row["id"] for row in rows if row.get("id")])
    homes = [row["household"].pk for row in rows if row.get("household")]
    running = cases.filter(household__in=homes, voided_at=None, state__in=OPEN_STATES) if homes else ()
    return by_id, {case.household_id: by_id.get(case.pk, case) for case in running}


def plan(rows: Sequence[dict], by, on: dt.date) -> Plan:
    """Lay rows over the stored cases: a row finds its case by `id`, or by household and the day on which it was found; the
    days that it tells are the steps taken."""
    by_id, running = _stored(rows)
    facts = facts_of(
        [c.household_id for c in by_id.values()] + [row["household"].pk for row in rows if row.get("household")], on
    )
    found = Plan()
    for index, row in enumerate(rows):
        case = by_id.get(row.get("id"))
        if case is None and row.get("household") is None:
            continue
        if case is None and (other := running.get(row["household"].pk)) is not None:
            if other.found_on != row.get("found_on"):
                message = _("The household has an open case, found on %(day)s. Carry that one on.")
                told = message % {"day": other.found_on}
                found.problems.append(Problem(index, "household", row["household"].code, "open_case", told))
                continue
            case = other
        if case is not None and row.get("version") not in (None, case.version):
            raise Conflict({name: getattr(case, name, None) for name in row}, case.version)
        try:
            _lay(row, case, facts, by, found, running)
        except Refused as refusal:
            found.problems += [replace(problem, row=index) for problem in refusal.problems]
    return found


def _lay(row: dict, case: RiskCase | None, facts, by, found: Plan, running: dict) -> None:
    steps, before = [], None
    if case is None:
        case = RiskCase(household=row["household"], region=row["household"].region, found_on=row.get("found_on"))
        if case.found_on is None:
            return  # that it is missing has been said
        for name in _PLAIN:
            setattr(case, name, row.get(name) or getattr(case, name))
        steps.append(find(case, facts, by))
        found.new.append(case)
        running[case.household_id] = case
    else:
        before = {name: getattr(case, name) for name in (*_PLAIN, *_STEPPED)}
        _refuse_rewriting(row, case)
        for name in _PLAIN:
            if name in row:
                setattr(case, name, row[name])
    for key in ORDER:
        column = ACTS[key].day
        if row.get(column) and (getattr(case, column) is None or key == "above" and row[column] != case.above_since):
            steps.append(take(case, key, row[column], row, facts, by))
    if before is not None and before != {name: getattr(case, name) for name in before}:
        case.version += 1
        found.changed.append(case)
    found.cases.append(case)
    found.steps += steps
    if not is_open(case) and running.get(case.household_id) is case:
        del running[case.household_id]


def _refuse_rewriting(row: dict, case: RiskCase) -> None:
    """A step that is on record keeps its day."""
    for key in ("found_on", *(ACTS[key].day for key in ORDER if key != "above")):
        stored = getattr(case, key)
        if key in row and stored and row[key] != stored:
            message = _("This step is on record with %(day)s. Void the case and enter it again if that is wrong.")
            raise Refused([Problem(0, key, str(row[key] or ""), "recorded_step", message % {"day": stored})])


def check_cases(rows: Sequence[dict], user) -> Iterator[Problem]:
    """Every problem that saving these rows would meet."""
    try:
        yield from plan(rows, user, clock.today()).problems
    except Conflict:
        return  # told when it is saved


def save_cases(rows: Sequence[dict], *, by, on: dt.date | None = None, source: str = "") -> bulk.Saved:
    """Enter cases and carry them on by the days that the rows tell."""
    with writing(by=by, on=on, source=source) as unit:
        ids = [row["id"] for row in rows if row.get("id")]
        homes = set(reachable(RiskCase).filter(pk__in=ids).values_list("household_id", flat=True))
        lock_households(homes | {row["household"].pk for row in rows if row.get("household")})
        found = plan(rows, by, unit.on)
        if found.problems:
            raise Refused(found.problems)
        store(found, unit)
        return bulk.Saved(found.cases, found.new, found.changed)


def store(found: Plan, unit) -> None:
    """Write a plan: cases, steps, and what is due next."""
    bulk.insert(found.new)
    bulk.update(found.changed, _STEPPED + ["found_by", "remark"])
    for step in found.steps:
        step.case = step.case  # its key is known only now
    bulk.insert(found.steps)
    set_due([*found.new, *found.changed], on=unit.on)
    ended = [case.household_id for case in (*found.new, *found.changed) if not is_open(case)]
    RiskSignal.objects.filter(household__in=ended, income=None, ended_on=None).update(ended_on=unit.on)
    unit.publish("risks", [case.household_id for case in (*found.new, *found.changed)])


def set_due(cases: Iterable[RiskCase], *, on: dt.date) -> None:
    """The deadlines of cases: one for the step that is due, none of the others."""
    cases = list(cases)
    codes = dict(Household.objects.filter(pk__in={c.household_id for c in cases}).values_list("pk", "code"))
    for state, kind in _DUE_IN.items():
        due = [case for case in cases if case.state == state and not case.voided_at]
        past = [case.pk for case in cases if case.state != state or case.voided_at]
        if past:
            clear_deadlines(kind, LEDGER, past, on=on)
        if due:
            set_deadlines(
                kind,
                LEDGER,
                [
                    Limit(case.pk, case.region, address_of(case), case.due_on, params={"household": codes[case.household_id]})
                    for case in due
                ],
                on=on,
            )  # fmt: skip


def move(pk: int, key: str, day: dt.date | None, told: dict, *, by, version: int | None = None, on=None) -> RiskCase:
    """Take one step on a case. Refuses what is out of order, early or late to be true, in words for the user."""
    check(by, "write", LEDGER)
    with writing(by=by, on=on, source="form") as unit:
        home = reachable(RiskCase).filter(pk=pk).values_list("household_id", flat=True).first()
        lock_households([home] if home else [])
        case = reachable(RiskCase).select_related("household").get(pk=pk, voided_at=None)
        if version not in (None, case.version):
            message = _("Somebody else has taken a step meanwhile. Look at the case again.")
            raise Refused([Problem(0, "", "", "conflict", message)])
        step = take(case, key, day, told, facts_of([case.household_id], unit.on), by)
        case.version += 1
        store(Plan([case], [], [case], [step]), unit)
        return case


def void_cases(ids: Iterable[int], *, reason: str, by, on: dt.date | None = None) -> int:
    """Void cases entered by mistake; nothing is due of them any more."""
    with writing(by=by, on=on) as unit:
        rows = reachable(RiskCase).filter(pk__in=list(ids), voided_at=None)
        cases = list(rows)
        lock_households([case.household_id for case in cases])
        number = void_rows(rows, reason, by)
        for state_kind in _DUE_IN.values():
            clear_deadlines(state_kind, LEDGER, [case.pk for case in cases], on=unit.on)
        unit.publish("risks", [case.household_id for case in cases])
        return number


def save_signals(rows: Sequence[dict], *, by, on: dt.date | None = None, source: str = "") -> bulk.Saved:
    """Report signals: each opens a case for its household, unless one is open already."""
    with writing(by=by, on=on, source=source) as unit:
        stored = reachable(RiskSignal).in_bulk([row["id"] for row in rows if row.get("id")])
        homes = {row["household"].pk for row in rows if row.get("household")}
        lock_households(homes | {signal.household_id for signal in stored.values()})
        _refuse_computed(rows, stored)
        merged = bulk.merge(RiskSignal, rows, lambda row: stored.get(row.get("id")))
        for signal in (*merged.new, *merged.changed):
            signal.region = signal.household.region
        if merged.changed:
            merged.fields.add("region")
        saved = bulk.write(merged)
        unit.publish("signals", [signal.household_id for signal in saved.touched])
        unit.publish("reported", [signal.pk for signal in merged.new])
        return saved


def _refuse_computed(rows: Sequence[dict], stored: dict[int, RiskSignal]) -> None:
    """What the figures say is changed by changing the figures."""
    message = _("This signal is computed from the incomes. Enter the income of the period instead.")
    problems = [
        Problem(index, name, "", "computed", message)
        for index, row in enumerate(rows)
        if (signal := stored.get(row.get("id"))) is not None and signal.income_id
        for name in ("household", "kind", "opened_on")
        if name in row
        and getattr(row[name], "pk", row[name]) != getattr(signal, RiskSignal._meta.get_field(name).attname)
    ]
    if problems:
        raise Refused(problems)


def void_signals(ids: Iterable[int], *, reason: str, by, on: dt.date | None = None) -> int:
    with writing(by=by, on=on) as unit:
        rows = reachable(RiskSignal).filter(pk__in=list(ids), voided_at=None)
        homes = set(rows.values_list("household_id", flat=True))
        lock_households(homes)
        number = void_rows(rows, reason, by)
        unit.publish("signals", homes)
        return number
