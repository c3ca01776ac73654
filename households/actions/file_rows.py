"""Rows that hang on a household: saved and voided in its region, under its lock."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager

from django.db import models
from django.utils.translation import gettext as _

from common import bulk, clock
from common.changes import Changes, writing
from common.problems import Problem, Refused
from common.scope import reachable
from households.actions.locking import lock_households

Complete = Callable[[bulk.Merged], Iterable[Problem]]


def save_file_rows(
    model: type[models.Model], topic: str, rows: Sequence[dict], *, by, on=None, source="", complete: Complete
) -> bulk.Saved:
    """Create or change rows of a model with a `household`; a row is found by `id`.

    `complete(merged)` fills in what the rows do not tell and yields what is wrong with them beside each other.
    """
    with writing(by=by, on=on, source=source) as unit:
        ids = [row["id"] for row in rows if row.get("id")]
        homes = set(reachable(model).filter(pk__in=ids).values_list("household", flat=True))
        lock_households(homes | {row["household"].pk for row in rows if row.get("household")})
        # Read once more under the lock, and with the household at hand.
        stored = reachable(model).select_related("household").in_bulk(ids)
        merged = bulk.merge(model, rows, lambda row: stored.get(row.get("id")))
        for obj in (*merged.new, *merged.changed):
            obj.region = obj.household.region
        if merged.changed:
            merged.fields.add("region")
        if problems := list(complete(merged)):
            raise Refused(problems)
        saved = bulk.write(merged)
        unit.publish(topic, [obj.pk for obj in saved.touched])
        unit.publish("file", {obj.household_id for obj in saved.touched})
        return saved


@contextmanager
def voiding(model: type[models.Model], topic: str, ids: Iterable[int], *, reason: str, by, on=None) -> Iterator[list]:
    """The standing rows that are to be voided, locked; they are voided when the block ends without a refusal."""
    with writing(by=by, on=on) as unit:
        found = reachable(model).filter(pk__in=list(ids), voided_at=None)
        lock_households(found.values_list("household", flat=True))
        rows = list(found.select_related("household").order_by("pk").select_for_update(no_key=True, of=("self",)))
        yield rows
        void_rows(rows, reason, by, unit, topic)


def void_rows(rows: Sequence[models.Model], reason: str, by, unit: Changes, topic: str) -> None:
    for row in rows:
        row.voided_at, row.voided_by_id, row.void_reason = clock.now(), by.pk, reason
        row.version += 1
    bulk.update(rows, ["voided_at", "voided_by", "void_reason", "version"])
    unit.publish(topic, [row.pk for row in rows])
    unit.publish("file", {row.household_id for row in rows})


def in_future(rows: Sequence[dict], field: str) -> Iterator[tuple[int, str, object, str, str]]:
    """Days that lie in the future, of what has happened."""
    today = clock.today()
    for index, row in enumerate(rows):
        if row.get(field) and row[field] > today:
            yield index, field, row[field], "future_date", _("This day lies in the future. Check it.")
