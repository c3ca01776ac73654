"""The only writers of incomes and monitoring lines."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence

from django.db import connection
from django.utils.translation import gettext as _

from common import bulk
from common.changes import Changes, writing
from common.problems import Problem, Refused
from common.scope import contains, reachable
from households.actions.locking import lock_households
from households.actions.voiding import void_rows
from households.models import Income, Threshold

_COMPUTED = {"begins_on", "ends_on", "net_income", "rigid_total", "region"}


def save_incomes(rows: Sequence[dict], *, by, on: dt.date | None = None, source: str = "") -> bulk.Saved:
    """Create or change incomes; a row is found by `id`, or household, year and period. Who worked it out and when are
    filled in where they are not told."""
    with writing(by=by, on=on, source=source) as unit:
        by_id = reachable(Income).in_bulk([row["id"] for row in rows if row.get("id")])
        homes = {row["household"].pk for row in rows if row.get("household")} | {i.household_id for i in by_id.values()}
        lock_households(homes)
        by_id = reachable(Income).in_bulk(by_id)
        by_key = {
            (income.household_id, income.year, income.period): income
            for income in reachable(Income).filter(household__in=homes, voided_at=None)
        }
        for row in rows:
            if not row.get("id") and not row.get("worked_by"):
                row["worked_by"] = by.display_name
            if not row.get("id") and not row.get("worked_on"):
                row["worked_on"] = unit.on

        def find(row: dict) -> Income | None:
            if row.get("id"):
                return by_id.get(row["id"])
            return by_key.get((row["household"].pk, row.get("year"), row.get("period")))

        merged = bulk.merge(Income, rows, find)
        for income in (*merged.new, *merged.changed):
            income.region = income.household.region
        merged.fields |= _COMPUTED if merged.changed else set()
        saved = bulk.write(merged)
        touched = {income.household_id for income in saved.touched}
        settle_incomes(touched)
        unit.publish("incomes", touched)
        return saved


def void_incomes(ids: Iterable[int], *, reason: str, by, on: dt.date | None = None) -> int:
    """Void incomes entered by mistake; what was computed from them is computed anew."""
    with writing(by=by, on=on) as unit:
        homes = set(reachable(Income).filter(pk__in=ids).values_list("household_id", flat=True))
        lock_households(homes)
        number = void_rows(reachable(Income).filter(pk__in=ids, voided_at=None), reason, by)
        settle_incomes(homes)
        unit.publish("incomes", homes)
        return number


_SETTLE = """
WITH counted AS (
  SELECT i.id, i.household_id, i.year, i.period, i.net_income, count(p.id) AS people
  FROM households_income i LEFT JOIN (households_membership m JOIN households_person p ON p.id = m.person_id AND p.voided_at IS NULL)
    ON m.household_id = i.household_id AND p.birth_date <= i.ends_on
      AND (m.joined_on IS NULL OR m.joined_on <= i.ends_on) AND (m.left_on IS NULL OR m.left_on > i.ends_on)
      AND (p.died_on IS NULL OR p.died_on > i.ends_on)
  WHERE i.household_id = ANY(%s) AND i.voided_at IS NULL GROUP BY i.id
), told AS (
  SELECT c.*, round(c.net_income / NULLIF(c.people, 0), 2) AS per_head FROM counted c
), wanted AS (
  SELECT b.id, b.people, b.per_head, b.before,
    round((b.per_head - b.before) * 100 / CASE WHEN b.before > 0 THEN b.before END, 2) AS change
  FROM (
    -- No join with itself: without figures about a fresh table, thousands of rows would be held against each other.
    SELECT t.*, max(t.per_head) OVER (
      PARTITION BY t.household_id, t.period ORDER BY t.year RANGE BETWEEN 1 PRECEDING AND 1 PRECEDING) AS before
    FROM told t
  ) b
)
UPDATE households_income i SET members = w.people, per_head = w.per_head, previous_per_head = w.before, change = w.change
FROM wanted w WHERE w.id = i.id
  AND (i.members, i.per_head, i.previous_per_head, i.change) IS DISTINCT FROM (w.people, w.per_head, w.before, w.change)"""


def settle_incomes(households: Iterable[int]) -> None:
    """Members on the period's last day, net income a head, and what the same period of the year before was: one
    statement, whatever the number of households."""
    if ids := sorted(households):
        with connection.cursor() as cursor:
            cursor.execute(_SETTLE, [ids])


def follow_incomes(changes: Changes) -> None:
    """Heads are counted anew where members joined, left, died or were corrected: a step of what follows a change."""
    settle_incomes(changes.touched["households"] - changes.touched["recomputed"])


def save_thresholds(rows: Sequence[dict], *, by, on: dt.date | None = None, source: str = "") -> bulk.Saved:
    """Set or correct monitoring lines of divisions in the user's area; the night after, everybody is held against them."""
    with writing(by=by, on=on, source=source) as unit:
        ids = [row["id"] for row in rows if row.get("id")]
        stored = Threshold.objects.filter(pk__in=ids).order_by("pk").select_for_update(no_key=True).in_bulk()
        merged = bulk.merge(Threshold, rows, lambda row: stored.get(row.get("id")))
        outside = [
            Problem(
                index,
                "division",
                str(line.division),
                "out_of_scope",
                _("This line is set by a division above yours; you can set one for your own area."),
            )
            for index, line in enumerate(merged.objects)
            if not contains(by.ranges, line.division)
        ]
        if outside:
            raise Refused(outside)
        merged.fields |= {"upto"} if merged.changed else set()
        saved = bulk.write(merged)
        unit.publish("thresholds", [line.pk for line in saved.touched])
        return saved
