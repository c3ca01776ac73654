"""Pages of jobs: my list, one job, cancel, again, download."""

from __future__ import annotations

from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import FileResponse, Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from jobs import actions
from jobs.models import Job, JobFile
from jobs.queries import of_user, progress_row
from jobs.runner import kinds

PAGE = 25


def job_of(user, job_id) -> Job:
    """A job that the user may see. Raises Http404 for anybody else's."""
    return get_object_or_404(of_user(user), pk=job_id)


@login_required
def job_list(request):
    page = Paginator(of_user(request.user), PAGE).get_page(request.GET.get("page"))
    return render(
        request,
        "jobs/list.html",
        {
            "rows": [progress_row(job, reverse("job", args=[job.pk]), detail=True) for job in page],
            "pager": {
                "shown": len(page),
                "count": page.paginator.count,
                "capped": False,
                "previous_url": f"?page={page.previous_page_number()}" if page.has_previous() else "",
                "next_url": f"?page={page.next_page_number()}" if page.has_next() else "",
            },
        },
    )


@login_required
def job_page(request, job_id):
    """One job. Once it has ended, this leads on to the page that shows what came of it: a reader by a redirect, its own
    poll (`?poll=1`) by HX-Redirect. The poll of a list's row has neither: the row tells the new state where it stands."""
    job = job_of(request.user, job_id)
    address = kinds[job.kind].address(job)
    if not job.is_open and address != request.path:
        if "poll" in request.GET:
            return HttpResponse(headers={"HX-Redirect": address})
        if job.state in (Job.State.WAITING, Job.State.DONE) and not request.htmx:
            return redirect(address)
    return render(
        request,
        "jobs/job.html",
        {
            "job": job,
            "row": progress_row(job, f"{request.path}?poll=1"),
            "files": job.files.exclude(role="result").order_by("role") if job.file_is_kept else [],
            "breadcrumb": [
                {"label": _("Background jobs"), "url": reverse("jobs")},
                {"label": kinds[job.kind].title(job), "url": ""},
            ],
        },
    )


@login_required
@require_POST
def job_cancel(request, job_id):
    job = job_of(request.user, job_id)
    actions.cancel(job)
    return redirect("job", job.pk)


@login_required
@require_POST
def job_retry(request, job_id):
    job = job_of(request.user, job_id)
    if job.owner_id != request.user.pk:
        raise Http404
    actions.retry(job)
    return redirect("job", job.pk)


@login_required
def job_file(request, job_id, role: str):
    """A file of a job, for its owner and nobody else: it may hold personal data."""
    job = job_of(request.user, job_id)
    file: JobFile | None = job.file(role) if job.owner_id == request.user.pk else None
    if file is None or not file.full_path.is_file():
        raise Http404(_("The file is no longer kept."))
    response = FileResponse(file.full_path.open("rb"), as_attachment=True, filename=file.name)
    response["Cache-Control"] = "no-store"
    return response
