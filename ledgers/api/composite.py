"""Payloads with rows that hang on them (a household with persons with employments): checked whole, saved as one unit.

Which ledger hangs on which follows from the levels of the composite sheets; nothing here knows households.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from itertools import chain

from django.db import models
from django.utils.translation import gettext as _

from common.bulk import Saved
from common.changes import writing
from common.ledger import Ledger
from common.problems import Conflict, Problem, Refused
from ledgers import actions
from ledgers.api.held import left_behind, set_by_nobody
from ledgers.api.representation import children_of
from ledgers.checking import clean_rows

MOST_ROWS = 20_000


@dataclass
class Place:
    """Where a row stands in the payload: its top-level object, and the way down to it (`persons.0.`)."""

    row: int
    path: str = ""


@dataclass
class Plan:
    """Clean rows of one ledger, and the plans of what hangs on them: (parent's column, owner of each row, plan)."""

    ledger: Ledger
    rows: list[dict]
    children: list[tuple[str, list[int], Plan]] = field(default_factory=list)


@dataclass
class _Found:
    """What is wrong with a payload, all levels together. `changes`: it changes a row that was read, so that a value which
    nobody sets is a mistake; a payload that makes rows may be sent twice, and passes them over."""

    user: object
    changes: bool
    problems: list[Problem] = field(default_factory=list)
    conflicts: list[Conflict] = field(default_factory=list)


def check_payload(
    ledger: Ledger,
    payloads: Sequence[dict],
    user,
    *,
    stored: Sequence[models.Model] | None = None,
    partial: bool = False,
) -> Plan:
    """The plan for a list of JSON objects. Raises Refused, or Conflict where a version is not the stored one, with every
    problem at once."""
    found = _Found(user, changes=partial)
    places = [Place(index) for index in range(len(payloads))]
    plan = _check(ledger, payloads, places, found, stored=stored, partial=partial)
    problems = sorted(chain(found.problems, *(c.problems for c in found.conflicts)), key=lambda problem: problem.row)
    if found.conflicts:
        raise Conflict(found.conflicts[0].current, found.conflicts[0].version, problems)
    if problems:
        raise Refused(problems)
    return plan


def _check(ledger, payloads, places, all_found: _Found, *, stored=None, partial=False, given=None) -> Plan:
    user = all_found.user
    actions.permit(user, "write", ledger)
    families = children_of(ledger)
    keys = {child.key for child, _parent in families}
    own = [{name: value for name, value in payload.items() if name not in keys} for payload in payloads]
    rows, found = clean_rows(ledger, own, user, stored=stored, partial=partial, given=given)
    if all_found.changes:
        found += set_by_nobody(ledger, own, rows, user)
    all_found.problems += [_placed(problem, places[problem.row]) for problem in found if not problem.warning]
    for index, conflict in left_behind(ledger, own, rows, user):
        conflict.problems = [_placed(problem, places[index]) for problem in conflict.problems]
        all_found.conflicts.append(conflict)
    plan = Plan(ledger, rows)
    parents: list[models.Model] | None = None
    for child, parent_column in families:
        owners, below, where = _unfold(child, payloads, places, all_found.problems)
        if not below:
            continue
        parents = parents or _instances(ledger, rows, user)
        known = [{parent_column: parents[owner]} for owner in owners]
        beneath = _check(child, below, where, all_found, given=known)
        plan.children.append((parent_column, owners, beneath))
    return plan


def _placed(problem: Problem, place: Place) -> Problem:
    return replace(problem, row=place.row, field=place.path + problem.field)


def _unfold(child: Ledger, payloads, places, problems) -> tuple[list[int], list[dict], list[Place]]:
    """The child rows of all payloads: their owners, the rows, and where they stand."""
    owners: list[int] = []
    below: list[dict] = []
    where: list[Place] = []
    for index, payload in enumerate(payloads):
        rows = payload.get(child.key)
        if rows is None:
            continue
        place = places[index]
        if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
            problems.append(
                Problem(place.row, place.path + child.key, "", "bad_type", _("A list of objects is needed here."))
            )
            continue
        owners += [index] * len(rows)
        below += rows
        where += [Place(place.row, f"{place.path}{child.key}.{number}.") for number in range(len(rows))]
    if len(below) > MOST_ROWS:
        raise Refused(
            [
                Problem(
                    0,
                    child.key,
                    str(len(below)),
                    "too_many",
                    _("Too many rows at once: at most %(limit)s.") % {"limit": MOST_ROWS},
                )
            ]
        )
    return owners, below, where


def _instances(ledger: Ledger, rows: Sequence[dict], user) -> list[models.Model]:
    """What the rows will be, for checks of what hangs on them: the stored row, or a new one that is not stored."""
    stored = ledger.within(user).in_bulk([row["id"] for row in rows if row.get("id")])
    made = []
    for row in rows:
        instance = stored.get(row.get("id")) or ledger.model()
        for column in ledger.written:
            if column.name in row:
                setattr(instance, column.field or column.name, row[column.name])
        made.append(instance)
    return made


def save_plan(plan: Plan, *, by, on: dt.date | None = None, source: str = "api") -> Saved:
    """Save the rows and then what hangs on them, in one unit of work."""
    with writing(by=by, on=on, source=source):
        saved = actions.save(plan.ledger, plan.rows, by=by, on=on, source=source)
        for parent_column, owners, beneath in plan.children:
            for owner, row in zip(owners, beneath.rows, strict=True):
                row[parent_column] = saved.objects[owner]
            save_plan(beneath, by=by, on=on, source=source)
        return saved
