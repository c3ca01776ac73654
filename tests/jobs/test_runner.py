"""The rules of jobs, in one process: one a kind and owner, leases, attempts, cancel, files, expiry."""

from __future__ import annotations

import datetime as dt
import time

import pytest
from django.core.exceptions import ValidationError
from django.db import connection, transaction

from common import clock
from jobs import actions, runner
from jobs.models import Job
from tests.world import WANGMO, user

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def owner():
    return user("owner", "county", WANGMO)


@pytest.fixture
def kind(monkeypatch):
    """`kind(work)` makes jobs of kind "trial" do that work."""
    monkeypatch.setattr(actions, "wake", lambda job_id: None)

    def register(work):
        told = runner.Kind(work, title=lambda job: "Trial", address=lambda job: f"/jobs/{job.pk}/")
        monkeypatch.setitem(runner.kinds, "trial", told)

    return register


def state_of(job) -> tuple[str, str]:
    job.refresh_from_db()
    return job.state, job.error


def expire(job) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE jobs_job SET lease_until = clock_timestamp() - interval '1 second' WHERE id = %s", [job.pk]
        )


def test_a_job_is_done_with_its_result_and_its_progress(owner, kind):
    def work(run):
        run.phase("counting", 4)
        run.advance(3)
        deadline = time.monotonic() + 5
        while time.monotonic() < deadline:
            seen = Job.objects.values_list("state", "done", "total", "phase").get(pk=run.job.pk)
            if seen == ("running", 3, 4, "counting"):
                return {"rows": 4}
            time.sleep(0.05)
        raise AssertionError(seen)

    kind(work)
    job = actions.submit("trial", owner, {})
    runner.run(job.pk)
    assert state_of(job) == ("done", "")
    assert (job.result, job.done, job.total, job.attempt) == ({"rows": 4}, 4, 4, 1)
    runner.run(job.pk)  # the message comes a second time
    assert (state_of(job), job.attempt) == (("done", ""), 1)


def test_a_phase_that_cannot_be_counted_is_not_said_to_wait(owner, kind, client):
    """What follows an import is one statement: it says what it does, with a bar that moves."""
    pages = []
    client.force_login(owner)

    def work(run):
        for phase, total in (("counted", 4), ("following", 0)):
            run.phase(phase, total)
            Job.objects.filter(pk=run.job.pk).update(phase=phase, total=total)
            pages.append(client.get(f"/jobs/{run.job.pk}/").content.decode())
        return {}

    kind(work)
    job = actions.submit("trial", owner, {})
    waiting = "正在排队"
    assert waiting in client.get(f"/jobs/{job.pk}/").content.decode()
    runner.run(job.pk)
    counted, following = pages
    assert waiting not in counted + following
    assert "0%" in counted and "0%" not in following
    assert '<progress max="100"' in following


def test_one_of_a_kind_and_owner_runs_at_a_time(owner, kind):
    kind(lambda run: {})
    first, second = (actions.submit("trial", owner, {}) for _ in range(2))
    other = actions.submit("trial", user("other", "county", WANGMO), {})
    assert runner.claim(first.pk) is not None
    assert runner.claim(second.pk) is None
    assert runner.claim(first.pk) is None
    assert runner.claim(other.pk) is not None


def test_an_expired_lease_is_taken_up_and_the_first_worker_changes_nothing_any_more(owner, kind):
    kind(lambda run: {})
    job = actions.submit("trial", owner, {})
    dead = runner.claim(job.pk)
    expire(job)
    alive = runner.claim(job.pk)
    assert alive is not None
    dead.pulse()
    assert dead.lost
    with pytest.raises(runner.Lost), transaction.atomic():
        dead.finish({"by": "dead"})
    dead.give_up("failed", "dead")
    alive.finish({"by": "alive"})
    assert (state_of(job), job.result, job.attempt) == (("done", ""), {"by": "alive"}, 2)


def test_the_sweeper_requeues_and_gives_up_in_the_end(owner, kind):
    kind(lambda run: {})
    job = actions.submit("trial", owner, {})
    for attempt in range(runner.MAX_ATTEMPTS):
        assert runner.claim(job.pk) is not None, attempt
        expire(job)
        runner.sweep()
    assert state_of(job)[0] == "failed"
    assert job.error


def test_cancel(owner, kind):
    queued = actions.submit("trial", owner, {})
    actions.cancel(queued)
    assert state_of(queued)[0] == "cancelled"

    def work(run):
        actions.cancel(run.job)
        deadline = time.monotonic() + 5
        while time.monotonic() < deadline:
            run.advance(1)
            time.sleep(0.05)

    kind(work)
    running = actions.submit("trial", owner, {})
    runner.run(running.pk)
    assert state_of(running) == ("cancelled", "")

    def late(run):
        with transaction.atomic():
            actions.submit("trial", owner, {"left": "behind"})
            Job.objects.filter(pk=run.job.pk).update(cancel_requested=True)
            run.finish({})

    kind(late)
    runner.run(actions.submit("trial", owner, {}).pk)
    assert not Job.objects.filter(params={"left": "behind"}).exists()


def test_a_refusal_is_told_and_an_error_of_ours_is_not_shown(owner, kind):
    def refuse(run):
        raise ValidationError("The file is empty.")

    kind(refuse)
    job = actions.submit("trial", owner, {})
    runner.run(job.pk)
    assert state_of(job) == ("failed", "The file is empty.")

    def break_down(run):
        raise RuntimeError("secret detail")

    kind(break_down)
    job = actions.submit("trial", owner, {})
    with pytest.raises(RuntimeError):
        runner.run(job.pk)
    assert state_of(job)[0] == "failed"
    assert "secret" not in job.error


def test_files_are_kept_until_their_time_is_over(owner, kind):
    kind(lambda run: {})
    job = actions.submit("trial", owner, {}, source=[b"some", b"thing"], name="../名册.xlsx")
    file = job.file("source")
    assert (file.name, file.size, file.full_path.read_bytes()) == ("名册.xlsx", 9, b"something")
    runner.run(job.pk)
    runner.sweep()
    assert file.full_path.exists()
    Job.objects.filter(pk=job.pk).update(expires_at=clock.now() - dt.timedelta(days=1))
    runner.sweep()
    assert not file.full_path.exists()
    assert job.file("source") is None


def test_pages_are_the_owners_alone(owner, client, kind):
    kind(lambda run: {})
    job = actions.submit("trial", owner, {}, source=[b"something"], name="a.xlsx")
    addresses = ["/jobs/", f"/jobs/{job.pk}/", f"/jobs/{job.pk}/files/source/"]
    for address in addresses:
        assert client.get(address).status_code == 302
    client.force_login(owner)
    assert [client.get(address).status_code for address in addresses] == [200] * 3
    assert b"".join(client.get(addresses[2]).streaming_content) == b"something"
    for other, status in (
        (user("other", "county", WANGMO), [404, 404]),
        (user("auditor", "auditor", WANGMO), [404, 404]),
        (user("admin", "admin", 0), [200, 404]),  # the job, not its files
    ):
        client.force_login(other)
        assert [client.get(address).status_code for address in addresses[1:]] == status
    client.force_login(user("third", "county", WANGMO))
    assert client.post(f"/jobs/{job.pk}/cancel/").status_code == 404
    assert str(job.pk) not in client.get("/jobs/").content.decode()
    client.force_login(owner)
    assert client.post(f"/jobs/{job.pk}/cancel/").status_code == 302
    assert state_of(job)[0] == "cancelled"
    assert client.post(f"/jobs/{job.pk}/again/").status_code == 302
    assert state_of(job)[0] == "queued"
