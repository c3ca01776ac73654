"""The only writers of jobs; and the writer of the county roster, which feeds three ledgers at once."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from django.db import connection

from common import bulk, clock
from common.changes import Changes, writing
from common.scope import reachable
from employment.checks import check_employments
from employment.models import Employment
from households.actions import lock_households, save_households, save_persons
from households.models import Household

__all__ = ["Block", "check_employments", "save_employments", "save_roster", "void_employments"]


def save_employments(rows: Sequence[dict], *, by, on: dt.date | None = None, source: str = "") -> bulk.Saved:
    """Create or change jobs; a row is found by `id`, or by person, employer and first day."""
    with writing(by=by, on=on, source=source) as unit:
        by_id = reachable(Employment).select_related("person").in_bulk([row["id"] for row in rows if row.get("id")])
        people = {row["person"].pk: row["person"] for row in rows if row.get("person")}
        people |= {job.person_id: job.person for job in by_id.values()}
        homes = {person.household_id for person in people.values()}
        lock_households(homes)
        by_id = reachable(Employment).in_bulk(by_id)
        stored = {
            (job.person_id, job.employer, job.start_date): job
            for job in Employment.objects.filter(person__in=people, voided_at=None)
        }

        def find(row):
            if row.get("id"):
                return by_id.get(row["id"])
            return stored.get((row["person"].pk, row.get("employer", ""), row.get("start_date")))

        merged = bulk.merge(Employment, rows, find)
        for job in merged.new:
            job.region = people[job.person_id].region
        saved = bulk.write(merged)
        touched = {people[job.person_id].household_id for job in (*merged.new, *merged.changed)}
        unit.publish("households", touched)
        unit.publish("settlements", Household.objects.filter(pk__in=touched).values_list("settlement_id", flat=True))
        return saved


def void_employments(ids: Iterable[int], *, reason: str, by, on: dt.date | None = None) -> int:
    """Void jobs entered by mistake (a job that is over is ended, not voided)."""
    with writing(by=by, on=on) as unit:
        homes = set(reachable(Employment).filter(pk__in=ids).values_list("person__household_id", flat=True))
        lock_households(homes)
        jobs = list(reachable(Employment).filter(pk__in=ids, voided_at=None))
        for job in jobs:
            job.voided_at, job.voided_by_id, job.void_reason = clock.now(), by.pk, reason
            job.version += 1
        bulk.update(jobs, ["voided_at", "voided_by", "void_reason", "version"])
        unit.publish("households", homes)
        return len(jobs)


def follow_households(changes: Changes) -> None:
    """Jobs carry the region of their holder's household: those of households that moved follow them."""
    moved = changes.touched.get("moved")
    if not moved:
        return
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE employment_employment e SET region = p.region FROM households_person p"
            " WHERE e.person_id = p.id AND p.household_id = ANY(%s) AND e.region <> p.region",
            [sorted(moved)],
        )


def follow_merged(changes: Changes) -> None:
    """Jobs of an entry that was given up for another of the same person go to the one that stays, except those that stand
    there already."""
    merged = changes.touched.get("merged")
    if not merged:
        return
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE employment_employment e SET person_id = k.id, region = k.region, version = e.version + 1"
            " FROM households_person p JOIN households_person k ON k.id = p.merged_into_id"
            " WHERE p.id = ANY(%s) AND e.person_id = p.id AND e.voided_at IS NULL"
            " AND NOT EXISTS (SELECT FROM employment_employment o WHERE o.person_id = k.id AND o.employer = e.employer"
            "   AND o.start_date = e.start_date AND o.voided_at IS NULL)",
            [sorted(merged)],
        )


@dataclass
class Block:
    """One household of a roster: its row, its members' rows, and each member's jobs in the members' order."""

    household: dict
    persons: list[dict] = field(default_factory=list)
    employments: list[list[dict]] = field(default_factory=list)


@dataclass
class SavedRoster:
    households: bulk.Saved
    persons: bulk.Saved
    employments: bulk.Saved
    new: int = 0
    changed: int = 0
    unchanged: int = 0


def save_roster(blocks: Sequence[Block], *, by, on: dt.date | None = None, source: str = "") -> SavedRoster:
    """Write whole households with members and jobs in one unit; counts are of households.

    A household counts as changed when its own row, a member or a job is new or differs.
    """
    with writing(by=by, on=on, source=source):
        homes = save_households([block.household for block in blocks], by=by, on=on, source=source)
        people_rows = [
            {**row, "household": household}
            for block, household in zip(blocks, homes.objects, strict=True)
            for row in block.persons
        ]
        people = save_persons(people_rows, by=by, on=on, source=source)
        jobs_of = [jobs for block in blocks for jobs in block.employments]
        job_rows = [
            {**row, "person": person} for person, jobs in zip(people.objects, jobs_of, strict=True) for row in jobs
        ]
        jobs = save_employments(job_rows, by=by, on=on, source=source)
        saved = SavedRoster(homes, people, jobs, new=homes.new)
        saved.changed, saved.unchanged = _count_changed(homes, people, jobs)
        return saved


def _count_changed(homes: bulk.Saved, people: bulk.Saved, jobs: bulk.Saved) -> tuple[int, int]:
    touched = set()
    for saved, home_of in (
        (homes, lambda h: h.pk),
        (people, lambda p: p.household_id),
        (jobs, lambda j: j.person.household_id),
    ):
        touched |= {home_of(obj) for obj in saved.touched}
    new = {obj.pk for obj in homes.created}
    changed = len(touched - new)
    return changed, len(homes.objects) - len(new) - changed
