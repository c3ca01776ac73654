"""The long work of ledgers, for the worker to know: importing the modules registers their handlers with the jobs."""

from __future__ import annotations

from celery import shared_task

from ledgers.attachments import store
from ledgers.exports import sessions as exports
from ledgers.imports import sessions as imports

__all__ = ["exports", "imports", "sweep_attachments"]


@shared_task(name="ledgers.tasks.sweep_attachments", ignore_result=True)
def sweep_attachments() -> int:
    """Once a day: remove files of attachments that a killed process left without a row."""
    return store.sweep()
