"""The only writers of what the county of origin keeps: old houses, quota projects, land and what it brings."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence

from django.core.exceptions import ValidationError
from django.db import connection
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from alerts.actions import Limit, clear_deadlines, set_deadlines
from alerts.kinds import DeadlineKind, declare_deadline
from common import bulk, clock, scope
from common.changes import Changes, writing
from common.problems import Problem, Refused, of_error
from common.scope import reachable
from common.terms import term
from divisions.queries import names_of
from households.models import LandIncome, LandRight, OldHouse
from households.models.old_houses import DUE, OriginKept
from households.queries.origin import households_known

OLD_HOUSES, LANDS, INCOMES = "old-houses", "land-rights", "land-incomes"
CODE = {"household": "household_code"}
TRANSITION_ENDS = declare_deadline(
    DeadlineKind(
        "old-house-transition",
        term("transition of an old house ends", "旧房拆除过渡期届满"),
        gettext_lazy("The old house of household %(household)s is demolished by %(due_on)s, as agreed."),
        frozenset({"township", "county"}),
    )
).key


def _save(model: type[OriginKept], ledger: str, key: Sequence[str], rows, *, by, on, source, filled=()) -> bulk.Saved:
    """Create or change rows of one model; a row is found by `id`, or by household and the further columns of its key.
    `filled` are the fields that the model's clean() sets from others."""
    with writing(by=by, on=on, source=source) as unit:
        by_id = {row.pk: row for row in _locked(model).filter(pk__in=[row["id"] for row in rows if row.get("id")])}
        codes = {row["household"] for row in rows if row.get("household")}
        stored = {
            tuple(getattr(row, name) for name in ("household_code", *key)): row
            for row in _locked(model).filter(household_code__in=codes, voided_at=None)
        }

        def find(row: dict):
            if row.get("id"):
                return by_id.get(row["id"])
            return stored.get((row["household"], *(row.get(name) or "" for name in key)))

        try:
            merged = bulk.merge(model, rows, find, CODE)
        except ValidationError as error:
            raise Refused(list(of_error(error))) from error
        _place(merged.new)
        if merged.changed:
            merged.fields |= set(filled)
        saved = bulk.write(merged)
        unit.publish(ledger, [row.pk for row in saved.touched])
        return saved


def _locked(model):
    return reachable(model).order_by("pk").select_for_update(no_key=True, of=("self",))


def _place(rows: Sequence[OriginKept]) -> None:
    """New rows get their household, its head's name, and the place that it came from."""
    known = households_known((row.household_code for row in rows), _Reach())
    problems = []
    for index, row in enumerate(rows):
        one = known.get(row.household_code)
        if one is None or not scope.contains(scope.current().ranges, one.keeper):
            message = _("House and land of %(code)s are not kept by your area.") % {"code": row.household_code}
            problems.append(Problem(index, "household", row.household_code, "out_of_scope", message))
        else:
            row.household_id, row.owner_name, row.region = one.id, one.head_name, one.keeper
    if problems:
        raise Refused(problems)


class _Reach:
    """The ranges in which the work is done, where a user is asked for."""

    @property
    def ranges(self):
        return scope.current().ranges


def save_old_houses(rows: Sequence[dict], *, by, on: dt.date | None = None, source: str = "") -> bulk.Saved:
    """Create or change old houses; what the model fills in (the step, a reason's ground) is stored with what was told."""
    with writing(by=by, on=on, source=source) as unit:
        filled = ("step", "reclaim_state", "reclaimed_on", "disposal", "keep_ground")
        saved = _save(OldHouse, OLD_HOUSES, (), rows, by=by, on=on, source=source, filled=filled)
        watch_old_houses([house.pk for house in saved.touched], unit.on)
        return saved


def save_lands(rows: Sequence[dict], *, by, on: dt.date | None = None, source: str = "") -> bulk.Saved:
    return _save(LandRight, LANDS, ("kind", "plot"), rows, by=by, on=on, source=source)


def save_incomes(rows: Sequence[dict], *, by, on: dt.date | None = None, source: str = "") -> bulk.Saved:
    return _save(LandIncome, INCOMES, ("year", "land", "kind"), rows, by=by, on=on, source=source)


def watch_old_houses(ids: Iterable[int], on: dt.date) -> None:
    """Houses that are to go are due at the end of the agreed transition."""
    ids = list(ids)
    due = list(
        reachable(OldHouse).filter(DUE, pk__in=ids, voided_at=None, demolished_on=None).exclude(transition_until=None)
    )
    clear_deadlines(TRANSITION_ENDS, OLD_HOUSES, set(ids) - {house.pk for house in due}, on=on)
    if due:
        limits = [
            Limit(
                house.pk,
                house.region,
                f"/households/{house.household_code}/",
                house.transition_until,
                params={"household": house.household_code},
            )
            for house in due
        ]
        set_deadlines(TRANSITION_ENDS, OLD_HOUSES, limits, on=on)


def void_old_houses(ids: Iterable[int], *, reason: str, by, on: dt.date | None = None) -> int:
    """Void old houses entered by mistake; nothing is due for them any more."""
    with writing(by=by, on=on) as unit:
        houses = list(_locked(OldHouse).filter(pk__in=ids, voided_at=None))
        for house in houses:
            house.voided_at, house.voided_by_id, house.void_reason = clock.now(), by.pk, reason
            house.version += 1
        bulk.update(houses, ["voided_at", "voided_by", "void_reason", "version"])
        watch_old_houses([house.pk for house in houses], unit.on)
        unit.publish(OLD_HOUSES, [house.pk for house in houses])
        return len(houses)


def follow_origins(changes: Changes) -> None:
    """A step of what follows a change: what the county of origin keeps bears the name of the household's head and lies in
    its place of origin. Another county of origin is refused while the former one keeps rows."""
    ids = sorted(changes.touched["households"] - changes.touched["recomputed"])
    if not ids:
        return
    with connection.cursor() as cursor:
        cursor.execute("SELECT kept, row_id, code, county FROM follow_origins(%s)", [ids])
        found = cursor.fetchall()
    if houses := [row for kept, row, _code, _county in found if kept == OldHouse._meta.db_table]:
        with scope.whole(source=scope.current().source):
            watch_old_houses(houses, changes.on)
        changes.publish(OLD_HOUSES, houses)
    elsewhere = {code: county for _kept, _row, code, county in found if code}
    if elsewhere:
        names = names_of(elsewhere.values(), changes.on)
        raise Refused(
            [
                Problem(
                    index, "origin_division", code, "origin_kept",
                    _("House and land of %(code)s are kept by %(county)s as its place of origin. Ask that county to void"
                      " them before the place of origin is changed.")
                    % {"code": code, "county": names.get(county, f"{county // 10**6:06d}")},
                )
                for index, (code, county) in enumerate(sorted(elsewhere.items()))
            ]
        )  # fmt: skip
