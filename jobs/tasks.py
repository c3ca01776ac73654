"""What the broker calls. Every task may come twice or late: the jobs table decides."""

from __future__ import annotations

from celery import shared_task

from jobs import runner


@shared_task(name="jobs.tasks.run", ignore_result=True)
def run(job_id: str) -> None:
    runner.run(job_id)


@shared_task(name="jobs.tasks.sweep", ignore_result=True)
def sweep() -> None:
    runner.sweep()
