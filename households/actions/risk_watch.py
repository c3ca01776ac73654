"""Watching over risk: signals from incomes, the cases that they open, and the level of each household; all as sets.

The same for the households that a change touched and for everybody in the night; repeating it changes nothing.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal

from django.db import connection

from accounts.models import User
from common import bulk, clock, scope
from common.changes import Changes, writing
from common.dates import add_months
from households.actions.risk_facts import LINE, QUARTERS, facts_of
from households.actions.risk_steps import find
from households.actions.risks import Plan, set_due, store
from households.models import Household, RiskCase, RiskSignal, RiskStep
from households.models.income import YEAR
from households.models.risks import HELPED_STATES, OPEN_STATES
from households.risk_states import Segments, parameters_at, parameters_on

CHUNK = 20_000
# What a reported signal says of the cause.
_CAUSES = {"illness": "01", "disaster": "04", "job_loss": "07"}

# The latest period of each household beside the same one a year before: what R-056 compares.
_COMPARED = f"""
SELECT i.id, i.household_id, i.region, i.ends_on, i.period, i.net_income, i.rigid_total, i.members,
  b.net_income, b.rigid_total, b.members, {LINE}
FROM households_income i
JOIN (SELECT household_id, max(ends_on) AS ends_on FROM households_income
      WHERE household_id = ANY(%s) AND voided_at IS NULL GROUP BY household_id) l
  ON l.household_id = i.household_id AND l.ends_on = i.ends_on
LEFT JOIN households_income b ON b.household_id = i.household_id AND b.year = i.year - 1 AND b.period = i.period
  AND b.voided_at IS NULL
WHERE i.voided_at IS NULL AND i.ends_on > %s AND i.members > 0"""


@dataclass(frozen=True)
class Sign:
    """A signal that the incomes give: what was compared with what."""

    household: int
    region: int
    kind: str
    income: int
    value: Decimal
    before: Decimal

    @property
    def key(self) -> tuple:
        return self.household, self.kind, self.income


def fell_sharply(now: Decimal, members: int, before: Decimal, members_before: int, percent: int) -> bool:
    """R-056: income a head below (1 - p) of the year before; exactly p per cent less is not below. Without division, so
    that the boundary is exact."""
    return before > 0 and now * members_before * 100 < (100 - percent) * before * members


def rose_sharply(now: Decimal, before: Decimal, percent: int) -> bool:
    """R-056: outlay above (1 + p) of the year before; exactly p per cent more is not above."""
    return now * 100 > (100 + percent) * before


def signs_of(households: list[int], on: dt.date, segments: Segments) -> list[Sign]:
    """What the incomes of these households signal on the day, with the parameters of their divisions."""
    found = []
    longest = max(segment.parameters.risk_window_months for segment in segments)
    with connection.cursor() as cursor:
        cursor.execute(_COMPARED, [households, add_months(on, -longest)])
        for (
            income,
            household,
            region,
            ends,
            period,
            net,
            rigid,
            members,
            was,
            was_rigid,
            was_members,
            line,
        ) in cursor.fetchall():
            told = parameters_at(region, segments)
            if ends <= add_months(on, -told.risk_window_months):
                continue
            if was_members and fell_sharply(net, members, was, was_members, told.risk_income_drop):
                found.append(Sign(household, region, "income_drop", income, net / members, was / was_members))
            if None not in (rigid, was_rigid) and rose_sharply(rigid, was_rigid, told.risk_expenditure_rise):
                found.append(Sign(household, region, "expenditure_rise", income, rigid, was_rigid))
            left = (net - (rigid or 0)) * (1 if period == YEAR else QUARTERS)
            if line is not None and left < line * members:
                found.append(Sign(household, region, "below_line", income, left / members, line))
    return found


def watch(households: Iterable[int], no_labour: set[int], *, on: dt.date) -> None:
    """Bring signals, cases and levels of these households up to the day; `no_labour` are those of them whose verdict says
    that nobody there can work."""
    ids = sorted(set(households))
    if not ids:
        return
    segments = parameters_on(on)
    _open_cases(_settle_signals(ids, on, segments), on)
    _take_back(ids, on)
    _settle_levels(ids, no_labour, on, segments)


def _settle_signals(ids: list[int], on: dt.date, segments: Segments) -> list[RiskSignal]:
    """Make the open computed signals those that the incomes give now; the reported ones stand as they are. Gives the new
    ones."""
    wanted = {sign.key: sign for sign in signs_of(ids, on, segments)}
    stored = list(RiskSignal.objects.filter(household__in=ids, ended_on=None, voided_at=None))
    computed = {(s.household_id, s.kind, s.income_id): s for s in stored if s.income_id}
    over = [signal for key, signal in computed.items() if key not in wanted]
    for signal in over:
        signal.ended_on = max(on, signal.opened_on)
    bulk.update(over, ["ended_on"])
    fresh = [
        RiskSignal(
            household_id=sign.household,
            region=sign.region,
            kind=sign.kind,
            opened_on=on,
            income_id=sign.income,
            value=round(sign.value, 2),
            before=round(sign.before, 2),
        )
        for key, sign in wanted.items()
        if key not in computed
    ]
    bulk.insert(fresh)
    return fresh


def _open_cases(signals: Iterable[RiskSignal], on: dt.date, found_by: str = "system", by=None) -> list[RiskCase]:
    """A signal that is new opens a case where the household has none."""
    first: dict[int, RiskSignal] = {}
    for signal in signals:
        first.setdefault(signal.household_id, signal)
    running = RiskCase.objects.filter(household__in=first, state__in=OPEN_STATES, voided_at=None)
    taken = set(running.values_list("household_id", flat=True))
    open_now = [signal for household, signal in first.items() if household not in taken]
    if not open_now:
        return []
    facts = facts_of([], on)
    homes = Household.objects.in_bulk([signal.household_id for signal in open_now])
    made = Plan()
    for signal in open_now:
        home = homes[signal.household_id]
        case = RiskCase(
            household=home,
            region=home.region,
            found_by=found_by,
            found_on=min(signal.opened_on, on),
            cause=_CAUSES.get(signal.kind, ""),
            remark=(signal.note or signal.get_kind_display())[:200],
        )
        made.steps.append(find(case, facts, by))
        made.new.append(case)
    with writing(on=on) as unit:
        store(made, unit)
    return made.new


def _take_back(ids: list[int], on: dt.date) -> None:
    """Cases that were opened by a signal which no longer stands, before anybody has verified them; and the day since which
    a household is above the line, where a later income says otherwise."""
    cases = list(
        RiskCase.objects.filter(household__in=ids, voided_at=None, state__in=OPEN_STATES).select_related("household")
    )
    idle = [case for case in cases if case.state == "found" and case.found_by == "system"]
    standing = idle and set(
        RiskSignal.objects.filter(
            household__in=[case.household_id for case in idle], ended_on=None, voided_at=None
        ).values_list("household_id", flat=True)
    )
    steps, changed = [], []
    for case in cases:
        if case.household.voided_at or case in idle and case.household_id not in standing:
            case.state, case.due_on = "dismissed", None
            steps.append(_computed_step(case, "dismiss", on))
            changed.append(case)
    above = [case for case in cases if case.above_since and case not in changed]
    facts = facts_of([case.household_id for case in above], on) if above else None
    for case in above:
        if any(one.below and one.ends_on >= case.above_since for one in facts.incomes[case.household_id]):
            case.above_since = None
            steps.append(_computed_step(case, "fell", on))
            changed.append(case)
    for case in changed:
        case.version += 1
    bulk.update(changed, ["state", "due_on", "above_since", "version"])
    bulk.insert(steps)
    if changed:
        set_due(changed, on=on)


def _computed_step(case: RiskCase, act: str, on: dt.date) -> RiskStep:
    return RiskStep(case=case, region=case.region, act=act, day=on, at=clock.now())


def _levels(ids: list[int], no_labour: set[int], on: dt.date, segments: Segments) -> dict[int, tuple[str, str]]:
    """Level and reason of the households that are not simply green: the highest open risk leads (R-194)."""
    found: dict[int, tuple[str, str]] = dict.fromkeys(no_labour, ("yellow", "no_labour"))
    signals = RiskSignal.objects.filter(household__in=ids, ended_on=None, voided_at=None)
    found |= dict.fromkeys(signals.values_list("household_id", flat=True), ("yellow", "signal"))
    cases = RiskCase.objects.filter(household__in=ids, voided_at=None).exclude(state="dismissed")
    ranks = {"watch": 1, "found": 2, **dict.fromkeys(HELPED_STATES, 3), "measures": 3}
    highest: dict[int, int] = {}
    for household, region, state, since in cases.values_list("household_id", "region", "state", "removed_on"):
        if state in ("removed", "observation"):
            months = parameters_at(region, segments).risk_observe_months
            if add_months(since, months) > on:
                if household not in highest:
                    found[household] = ("yellow", "observation")
                highest.setdefault(household, 0)
            continue
        if ranks[state] >= highest.get(household, 0):
            highest[household] = ranks[state]
            found[household] = ("red", "helped") if ranks[state] == 3 else ("yellow", state)
    return found


_SETTLE_LEVELS = """
INSERT INTO households_risklevel AS l (household_id, region, level, reason, since, no_labour)
SELECT h.id, h.region, coalesce(t.level, 'green'), coalesce(t.reason, 'none'), %(on)s, h.id = ANY(%(no_labour)s)
FROM households_household h LEFT JOIN unnest(%(ids)s::bigint[], %(levels)s::text[], %(reasons)s::text[])
  AS t(id, level, reason) ON t.id = h.id
WHERE h.id = ANY(%(all)s) ORDER BY h.id
ON CONFLICT (household_id) DO UPDATE SET region = EXCLUDED.region, level = EXCLUDED.level, reason = EXCLUDED.reason,
  no_labour = EXCLUDED.no_labour, since = CASE WHEN l.level = EXCLUDED.level THEN l.since ELSE EXCLUDED.since END
WHERE (l.region, l.level, l.reason, l.no_labour)
  IS DISTINCT FROM (EXCLUDED.region, EXCLUDED.level, EXCLUDED.reason, EXCLUDED.no_labour)"""


def _settle_levels(ids: list[int], no_labour: set[int], on: dt.date, segments: Segments) -> None:
    found = _levels(ids, no_labour, on, segments)
    with connection.cursor() as cursor:
        cursor.execute(
            _SETTLE_LEVELS,
            {
                "on": on,
                "all": ids,
                "no_labour": sorted(no_labour),
                "ids": list(found),
                "levels": [level for level, _reason in found.values()],
                "reasons": [reason for _level, reason in found.values()],
            },
        )


def touched_by(changes: Changes) -> set[int]:
    """The households whose risk a change may move."""
    return set().union(*(changes.touched[topic] for topic in ("households", "incomes", "risks", "signals")))


def take_up_reports(changes: Changes) -> None:
    """Reported signals open their cases: a step of what follows a change."""
    if ids := changes.touched["reported"]:
        reports = list(RiskSignal.objects.filter(pk__in=ids, voided_at=None).order_by("opened_on", "pk"))
        reporter = User.objects.filter(pk=scope.current().actor).first()
        _open_cases(reports, changes.on, found_by="visit", by=reporter)


def follow_moved_cases(changes: Changes) -> None:
    """Deadlines lie where the household of their case is now."""
    if moved := changes.touched["moved"]:
        cases = RiskCase.objects.filter(household__in=moved, state__in=("found", "verified"), voided_at=None)
        set_due(cases, on=changes.on)
