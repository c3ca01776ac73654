"""Running a job: claim it, keep its lease alive from a thread, do the work, end it exactly once.

The thread has a connection of its own, so that progress, cancel and lease never wait for the work's transaction and
are seen while it runs. The end of a job is written in the work's own transaction where the handler says `finish`: what
was stored and the word that it was stored commit together.
"""

from __future__ import annotations

import datetime as dt
import logging
import threading
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from uuid import UUID, uuid4

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import IntegrityError, OperationalError, connection, transaction
from django.utils import translation
from django.utils.translation import gettext as _

from common import clock
from common.problems import Refused
from jobs import actions
from jobs.models import Job

logger = logging.getLogger(__name__)

LEASE_SECONDS = 15
PULSE_SECONDS = 0.5
MAX_ATTEMPTS = 5
# Nobody works on a running job any more: its lease has run out, or the session that renewed it has ended. Through a
# pooler a session may outlive its worker; then the lease decides.
ABANDONED = """(lease_until < clock_timestamp() OR session IS NOT NULL AND NOT EXISTS (
    SELECT 1 FROM pg_stat_activity a WHERE a.pid = session AND a.backend_start = session_since))"""


class Lost(Exception):
    """Another worker has taken the job over; what this one did is rolled back."""


class Cancelled(Exception):
    """The owner wants the job ended; what it did is rolled back."""


@dataclass(frozen=True)
class Kind:
    """How jobs of one kind are done and shown. `title(job)` names the job for its owner, `address(job)` is the page
    that shows it, `unit` what `done` counts, `keep_days` how long its files are kept after its end."""

    work: Callable[[Run], dict | None]
    title: Callable[[Job], str]
    address: Callable[[Job], str]
    unit: object = ""
    keep_days: int = 7
    phases: dict[str, object] | None = None


kinds: dict[str, Kind] = {}
_followers: list[Callable[[Job], None]] = []


def handler(kind: str, **told):
    """Register the function that does jobs of a kind; it takes the Run and returns the result."""

    def register(work):
        kinds[kind] = Kind(work, **told)
        return work

    return register


def set_followers(followers: Iterable[Callable[[Job], None]]) -> None:
    """Who hears of jobs that have ended or wait for a decision; called once at start-up, by the project."""
    _followers[:] = followers


class Run:
    """One attempt at a job: what a handler sees of it."""

    def __init__(self, job: Job, worker: UUID):
        self.job, self.worker = job, worker
        self.user = job.owner
        self.name, self.done, self.total = job.phase, 0, 0
        self.phase_began = False
        self.lost = self.cancelled = False
        self.ended = threading.Event()

    def phase(self, name: str, total: int = 0) -> None:
        """Begin a phase of `total` steps."""
        self.name, self.done, self.total, self.phase_began = name, 0, total, True
        self.check()

    def advance(self, done: int) -> None:
        """`done` steps of the phase are done. Raises Cancelled or Lost."""
        self.done = done
        self.check()

    def check(self) -> None:
        if self.cancelled:
            raise Cancelled
        if self.lost:
            raise Lost

    def finish(self, result: dict, state: str = Job.State.DONE) -> None:
        """End the job within the running transaction. Raises Cancelled or Lost, and then nothing of it may stay."""
        ended = (
            self._mine()
            .filter(cancel_requested=False)
            .update(
                state=state, result=result, error="", phase=self.name, done=self.total, total=self.total, **self._end()
            )
        )
        if not ended:
            raise Cancelled if self._mine().exists() else Lost
        self.ended.set()

    def give_up(self, state: str, error: str) -> None:
        """End the job without a result."""
        self._mine().update(state=state, error=error, **self._end())

    def _mine(self):
        return Job.objects.filter(pk=self.job.pk, worker=self.worker, state=Job.State.RUNNING)

    def _end(self) -> dict:
        now = clock.now()
        expiry = now + dt.timedelta(days=kinds[self.job.kind].keep_days)
        return {"lease_until": None, "worker": None, "session": None, "finished_at": now, "expires_at": expiry}

    def pulse(self) -> None:
        """Renew the lease and write the progress, on the calling thread's connection."""
        began, self.phase_began = self.phase_began, False
        with connection.cursor() as cursor:
            cursor.execute(
                "UPDATE jobs_job SET heartbeat = clock_timestamp(), phase = %s, done = %s, total = %s,"
                " lease_until = clock_timestamp() + make_interval(secs => %s), session = pg_backend_pid(),"
                " session_since = (SELECT backend_start FROM pg_stat_activity WHERE pid = pg_backend_pid()),"
                " phase_started_at = CASE WHEN %s THEN clock_timestamp() ELSE phase_started_at END"
                " WHERE id = %s AND worker = %s AND state = 'running' RETURNING cancel_requested",
                [self.name, self.done, self.total, LEASE_SECONDS, began, self.job.pk, self.worker],
            )
            row = cursor.fetchone()
        if row is None:
            self.lost = not self.ended.is_set()
        else:
            self.cancelled = row[0]

    def beat(self) -> None:
        """The thread: a pulse every half second until the work ends or the job is somebody else's."""
        try:
            while not (self.ended.wait(PULSE_SECONDS) or self.lost):
                try:
                    self.pulse()
                except OperationalError:
                    logger.warning("The lease of job %s could not be renewed.", self.job.pk, exc_info=True)
                    connection.close()
        finally:
            connection.close()


def claim(job_id) -> Run | None:
    """Take a queued job, or one that its worker has left; None if it is not to be had now."""
    worker = uuid4()
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(
                "UPDATE jobs_job j SET state = 'running', worker = %s, attempt = attempt + 1,"
                " heartbeat = clock_timestamp(), lease_until = clock_timestamp() + make_interval(secs => %s),"
                " session = NULL, started_at = coalesce(started_at, clock_timestamp()),"
                " phase_started_at = clock_timestamp()"
                " WHERE id = %s AND NOT cancel_requested AND attempt < %s"
                f" AND (state = 'queued' OR state = 'running' AND {ABANDONED})"
                " AND NOT EXISTS (SELECT 1 FROM jobs_job o WHERE o.kind = j.kind AND o.owner_id = j.owner_id"
                " AND o.state = 'running' AND o.id <> j.id)",
                [worker, LEASE_SECONDS, job_id, MAX_ATTEMPTS],
            )
            if not cursor.rowcount:
                return None
    except IntegrityError:  # two jobs of one owner claimed at the same moment: the other one runs first
        return None
    return Run(Job.objects.select_related("owner").get(pk=job_id), worker)


def run(job_id) -> None:
    """Do the job if it is to be had, then wake the owner's next one."""
    current = claim(job_id)
    if current is None:
        return
    pulse = threading.Thread(target=current.beat, name=f"lease {job_id}", daemon=True)
    pulse.start()
    try:
        with translation.override(current.job.language):
            _work(current)
    finally:
        current.ended.set()
        pulse.join()
    job = Job.objects.get(pk=job_id)
    if not job.is_open:
        for follow in _followers:
            follow(job)
    following = Job.objects.filter(kind=job.kind, owner=job.owner_id, state=Job.State.QUEUED).order_by("created_at")
    for waiting in following.values_list("pk", flat=True)[:1]:
        actions.wake(waiting)


def _work(current: Run) -> None:
    try:
        result = kinds[current.job.kind].work(current)
        if not current.ended.is_set():
            current.finish(result or {})
    except Lost:
        logger.warning("Job %s was taken over by another worker.", current.job.pk)
    except Cancelled:
        current.give_up(Job.State.CANCELLED, "")
    except (ValidationError, Refused, PermissionDenied) as error:
        current.give_up(Job.State.FAILED, "\n".join(getattr(error, "messages", None) or [str(error)]))
    except OperationalError:
        # The database went away or chose us in a deadlock: the lease runs out, and the sweeper starts the job again.
        raise
    except Exception:
        current.give_up(
            Job.State.FAILED,
            _(
                "The work stopped because of an error in the system. Nothing was stored; the"
                " administrator finds the details in the log under the job's number."
            ),
        )
        raise


def sweep() -> None:
    """Requeue what nobody works on any more (give up after too many attempts), wake what is queued, drop the files whose time is over."""
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE jobs_job SET lease_until = NULL, worker = NULL,"
            " state = CASE WHEN cancel_requested THEN 'cancelled' WHEN attempt < %s THEN 'queued' ELSE 'failed' END,"
            " error = CASE WHEN NOT cancel_requested AND attempt >= %s THEN %s ELSE '' END"
            f" WHERE state = 'running' AND {ABANDONED}",
            [MAX_ATTEMPTS, MAX_ATTEMPTS, _("The worker died again and again over this work. Nothing was stored.")],
        )
    busy = set(Job.objects.filter(state=Job.State.RUNNING).values_list("kind", "owner"))
    queued = Job.objects.filter(state=Job.State.QUEUED).order_by("created_at")
    for job_id, kind, owner in queued.values_list("pk", "kind", "owner"):
        if (kind, owner) not in busy:
            busy.add((kind, owner))
            actions.wake(job_id)
    actions.drop_files(Job.objects.filter(expires_at__lt=clock.now(), files__isnull=False).distinct())
