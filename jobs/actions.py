"""What may be done to jobs: submit, resume after a decision, cancel, keep and drop files."""

from __future__ import annotations

import logging
import os
import shutil
from collections.abc import Iterable
from pathlib import Path
from uuid import uuid4

from celery import current_app
from django.conf import settings
from django.db import transaction
from django.utils.translation import get_language
from kombu.exceptions import OperationalError

from common import clock
from jobs.models import Job, JobFile, digest

logger = logging.getLogger(__name__)
State = Job.State


def submit(kind: str, owner, params: dict, *, source: Iterable[bytes] | None = None, name: str = "") -> Job:
    """Queue a job and wake a worker when the transaction commits. `source` are the bytes of the file to work on."""
    job = Job.objects.create(kind=kind, owner=owner, params=params, language=get_language() or settings.LANGUAGE_CODE)
    if source is not None:
        with write_file(job, "source", name) as path, open(path, "wb") as target:
            target.writelines(source)
    wake_on_commit(job)
    return job


def resume(job: Job, params: dict) -> bool:
    """Queue a waiting job again with the owner's decision; False if it was not waiting."""
    queued = Job.objects.filter(pk=job.pk, state=State.WAITING).update(
        state=State.QUEUED, params=job.params | params, phase="", done=0, total=0, attempt=0
    )
    if queued:
        wake_on_commit(job)
    return bool(queued)


def retry(job: Job) -> bool:
    """Queue a failed or cancelled job from its start; False if it is neither."""
    queued = Job.objects.filter(pk=job.pk, state__in=[State.FAILED, State.CANCELLED]).update(
        state=State.QUEUED, cancel_requested=False, error="", phase="", done=0, total=0, attempt=0, finished_at=None
    )
    if queued:
        wake_on_commit(job)
    return bool(queued)


def cancel(job: Job) -> None:
    """A running job ends at its next step, one that nobody works on at once."""
    ended = Job.objects.filter(pk=job.pk, state__in=[State.QUEUED, State.WAITING]).update(
        state=State.CANCELLED, finished_at=clock.now(), cancel_requested=True
    )
    if not ended:
        Job.objects.filter(pk=job.pk, state=State.RUNNING).update(cancel_requested=True)


def wake_on_commit(job: Job) -> None:
    transaction.on_commit(lambda: wake(job.pk))


def wake(job_id) -> None:
    """Tell a worker. Without a broker the sweeper finds the job as soon as there is one."""
    try:
        current_app.send_task("jobs.tasks.run", [str(job_id)])
    except OperationalError as error:
        logger.warning("The broker does not answer (%s); job %s waits for the sweeper.", error, job_id)


class write_file:  # noqa: N801 - reads as what it does: with write_file(job, "result", name) as path
    """A path to write a job's file to; on leaving, it becomes the job's one file of that role.

    Written beside and renamed, so that a killed worker leaves no half file behind a name.
    """

    def __init__(self, job: Job, role: str, name: str):
        self.job, self.role, self.name = job, role, os.path.basename(name) or role
        self.folder = Path(settings.MEDIA_ROOT) / "jobs" / str(job.pk)
        self.path = self.folder / f"{uuid4().hex}{Path(self.name).suffix[:10]}"

    def __enter__(self) -> Path:
        self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        return self.path

    def __exit__(self, kind, error, trace) -> None:
        if kind is not None:
            self.path.unlink(missing_ok=True)
            return
        self.path.chmod(0o600)
        earlier = self.job.file(self.role)
        JobFile.objects.update_or_create(
            job=self.job,
            role=self.role,
            defaults={
                "name": self.name[-200:],
                "path": str(self.path.relative_to(settings.MEDIA_ROOT)),
                "size": self.path.stat().st_size,
                "sha256": digest(self.path),
                "created_at": clock.now(),
            },
        )
        if earlier is not None:
            transaction.on_commit(lambda: earlier.full_path.unlink(missing_ok=True))


def drop_files(jobs: Iterable[Job]) -> None:
    """Delete the files of jobs whose time is over; the rows stay as the record of what was done."""
    for job in jobs:
        job.files.all().delete()
        shutil.rmtree(Path(settings.MEDIA_ROOT) / "jobs" / str(job.pk), ignore_errors=True)
