"""Readings of jobs for their pages."""

from __future__ import annotations

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from common import clock
from jobs.models import Job
from jobs.runner import kinds

TONES = {
    "queued": "neutral",
    "running": "info",
    "waiting": "warn",
    "done": "good",
    "failed": "bad",
    "cancelled": "neutral",
}
SOON_SECONDS = 2


def of_user(user):
    """The user's own jobs, newest first; an administrator sees everybody's, but not their files."""
    jobs = Job.objects.select_related("owner").prefetch_related("files")
    return jobs if user.role_grants.administers else jobs.filter(owner=user)


def remaining(job: Job) -> str:
    """How long the phase will take, in words; "" while nobody can tell."""
    if job.state != Job.State.RUNNING or not job.done or not job.phase_started_at or job.heartbeat is None:
        return ""
    elapsed = (job.heartbeat - job.phase_started_at).total_seconds()
    seconds = round(elapsed * (job.total - job.done) / job.done)
    if elapsed < SOON_SECONDS or seconds < 0:
        return ""
    if seconds < 60:
        return ngettext("about %(n)s second left", "about %(n)s seconds left", seconds) % {"n": seconds}
    minutes = round(seconds / 60)
    return ngettext("about %(n)s minute left", "about %(n)s minutes left", minutes) % {"n": minutes}


def progress_row(job: Job, poll_url: str = "", *, detail: bool = False) -> dict:
    """What templates/_progress_row.html shows of a job; `detail` adds the link to its own page."""
    kind = kinds[job.kind]
    result = next((file for file in job.files.all() if file.role == "result"), None)
    phase = (kind.phases or {}).get(job.phase, "") if job.state == Job.State.RUNNING else ""
    ended_badly = job.state in (Job.State.FAILED, Job.State.CANCELLED)
    return {
        "id": job.pk,
        "title": kind.title(job),
        "state_label": phase or job.get_state_display(),
        "tone": TONES[job.state],
        "running": job.is_open,
        "queued": job.state == Job.State.QUEUED,
        "percent": min(100 * job.done // job.total, 100) if job.total else 0,
        "done": job.done,
        "total": job.total,
        "unit": kind.unit,
        "remaining": remaining(job),
        "poll_url": poll_url,
        "cancel_url": reverse("job-cancel", args=[job.pk]),
        "download_url": reverse("job-file", args=[job.pk, "result"]) if result else "",
        "detail_url": kind.address(job) if detail else "",
        "retry_url": reverse("job-retry", args=[job.pk]) if ended_badly and job.file_is_kept else "",
        "note": _note(job, result),
        "error": job.error,
    }


def _note(job: Job, result) -> str:
    if job.state != Job.State.DONE:
        return _("Cancelled; nothing was stored.") if job.state == Job.State.CANCELLED else ""
    if result is None:
        return ""
    days = max((job.expires_at - clock.now()).days, 0) if job.expires_at else 0
    return _("%(size)s kB, %(rows)s rows, kept for %(days)s more days") % {
        "size": f"{result.size // 1024 + 1:,}",
        "rows": f"{job.result.get('rows', 0):,}",
        "days": days,
    }
