"""kill -9 of a real worker while it checks and while it stores: another one ends the job, and everything stands once."""

from __future__ import annotations

import datetime as dt
import time

import pytest
from django.db import connection

from common import citizen_id
from common.scope import whole
from jobs import actions, runner
from jobs.models import Job
from ledgers.imports.sessions import decide
from tests.imports.workbooks import home, person, roster, work
from tests.world import WANGMO, settlement, user

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.slow]

HOUSEHOLDS, MEMBERS = 5000, 4
TABLES = ("households_household", "households_person", "households_membership", "employment_employment")
WITHIN_SECONDS = runner.LEASE_SECONDS + 15


def big_roster(path):
    """20,000 persons in 5,000 households, a job in each."""
    rows = []
    for n in range(HOUSEHOLDS):
        for m in range(MEMBERS):
            born = dt.date(1960, 1, 1) + dt.timedelta(days=(n * MEMBERS + m) // 400)
            first = f"529999{born:%Y%m%d}{(n * MEMBERS + m) % 400 + 1:03d}"
            number = first + citizen_id.check_character(first)
            row = person(number, f"测{m}", "户主" if m == 0 else "之子")
            rows.append(home(f"522326{n:06d}") | row | work() if m == 0 else row)
    return roster(path, rows)


def wait_for(condition, seconds: float, what: str):
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        found = condition()
        if found:
            return found
        time.sleep(0.05)
    raise AssertionError(f"{what} did not happen within {seconds} s")


def snapshot() -> dict:
    """How many rows, events and counters there are; how often each row was written."""
    found = {}
    with whole(), connection.cursor() as cursor:
        for table in TABLES:
            cursor.execute(f"SELECT count(*) FROM {table}")
            found[table] = cursor.fetchone()[0]
            cursor.execute(f"SELECT event_op, count(*) FROM {table}_event GROUP BY 1 ORDER BY 1")
            found[f"{table}_event"] = cursor.fetchall()
        cursor.execute("SELECT * FROM compliance_counter ORDER BY 1, 2, 3")
        found["counters"] = [row[-3:] for row in cursor.fetchall()]
    return found


def phase_of(job, phase: str):
    return lambda: Job.objects.filter(pk=job.pk, state="running", phase=phase, done__gt=0).exists()


def ended(job, state: str):
    def look():
        job.refresh_from_db()
        assert job.state != "failed", job.error
        return job.state == state

    return look


def started(owner, path) -> Job:
    source = [path.read_bytes()]
    return actions.submit("import", owner, {"key": "county-roster", "name": path.name}, source=source, name=path.name)


def killed_in(phase: str, state: str, begin, workers) -> Job:
    """Kill the worker that has the job in the phase; another one ends it in time. The beat's sweep is done here."""
    pair = [workers(), workers()]
    job = begin()
    wait_for(phase_of(job, phase), 60, f"the phase {phase}")
    holder = next(worker for worker in pair if "jobs.tasks.run" in worker.log.read_text(errors="replace"))
    holder.kill()
    killed = time.monotonic()
    while not ended(job, state)():
        assert time.monotonic() - killed < WITHIN_SECONDS, (job.state, job.phase, job.attempt)
        runner.sweep()
        time.sleep(1)
    assert job.attempt == 2
    print(f"{phase}: ended {time.monotonic() - killed:.1f} s after kill -9")
    for worker in pair:
        worker.kill()
    return job


def test_killed_in_checking_and_in_storing(celery_worker_process, tmp_path, clock):
    clock("2020-06-30")
    owner = user("county", "county", WANGMO)
    settlement(owner, name="幸福社区")
    path = big_roster(tmp_path / "big.xlsx")

    job = killed_in("checking", "waiting", lambda: started(owner, path), celery_worker_process)
    assert job.result["new"] == HOUSEHOLDS

    def confirm():
        assert decide(job, "all", {})
        return job

    killed_in("storing", "done", confirm, celery_worker_process)
    assert job.result["new"] == HOUSEHOLDS
    disturbed = snapshot()
    assert disturbed["households_household"] == HOUSEHOLDS
    assert disturbed["households_person"] == HOUSEHOLDS * MEMBERS

    again = started(owner, path)
    runner.run(again.pk)
    assert Job.objects.get(pk=again.pk).result["unchanged"] == HOUSEHOLDS
    assert snapshot() == disturbed
    assert disturbed["households_person_event"] == [("I", HOUSEHOLDS * MEMBERS)]
    assert disturbed["employment_employment_event"] == [("I", HOUSEHOLDS)]
