"""Pages of attachments: those of a row with the form that sends more, one file, its thumbnail, its withdrawal."""

from __future__ import annotations

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import FileResponse, Http404, HttpRequest, HttpResponse, HttpResponseRedirect, QueryDict
from django.shortcuts import render
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from common.problems import Refused
from ledgers.access import member_name
from ledgers.attachments import actions
from ledgers.attachments.forms import UploadForm
from ledgers.attachments.presenting import shown, url_of
from ledgers.attachments.queries import attachment_of, same_elsewhere, subject_of, why_not_attach
from ledgers.attachments.serving import file_answer, log_opening, thumbnail_answer


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def collection(request: HttpRequest, key: str, member: str) -> HttpResponse:
    """All files of a row. What is sent is kept whole or not at all; then the page from which it was sent comes again."""
    ledger, subject = subject_of(request.user, key, member)
    form = None
    if request.method == "POST":
        form = UploadForm(ledger, subject, request.POST, request.FILES)
        files = request.FILES.getlist("files")
        captions = [request.POST.get("caption", "")] * len(files)
        group = request.POST.get("group", "")
        try:
            found = actions.attach_sent(ledger, subject, files, by=request.user, group=group, captions=captions)
        except Refused as refusal:
            form.tell(refusal.problems)
        else:
            messages.success(request, _("Files attached: %(n)s.") % {"n": len(found)})
            return HttpResponseRedirect(_back(request.POST, url_of(ledger, subject)))
    context = shown(ledger, subject, request.user, form) | {
        "ledger": ledger,
        "record": subject,
        "next": request.POST.get("next", ""),
        "breadcrumb": _crumbs(ledger, subject, {"label": _("Photographs and documents")}),
    }
    return render(request, "ledgers/attachments.html", context, status=422 if form else 200)


def _back(told: QueryDict, usual: str) -> str:
    """The page from which somebody came, if it is one of ours."""
    told = told.get("next", "")
    ours = told.startswith("/") and url_has_allowed_host_and_scheme(told, allowed_hosts=None)
    return told if ours else usual


def _crumbs(ledger, subject, last: dict) -> list[dict]:
    return [
        {"label": _("Ledgers"), "url": "/ledgers/"},
        {"label": ledger.title, "url": f"/ledgers/{ledger.key}/"},
        {"label": subject, "url": f"/ledgers/{ledger.key}/{member_name(ledger, subject)}/"},
        last,
    ]


@login_required
@require_safe
def show(request: HttpRequest, pk: int) -> FileResponse:
    attachment, ledger, subject = attachment_of(request.user, pk)
    answer = file_answer(attachment)
    if request.method == "GET":
        log_opening(attachment, ledger, subject, request.user)
    return answer


@login_required
@require_safe
def thumbnail(request: HttpRequest, pk: int) -> FileResponse:
    return thumbnail_answer(attachment_of(request.user, pk)[0])


@login_required
@require_safe
def elsewhere(request: HttpRequest, pk: int) -> HttpResponse:
    """Where the same content stands: the records that the user may read, and the number of all others."""
    attachment, ledger, subject = attachment_of(request.user, pk)
    context = {
        "attachment": attachment,
        "elsewhere": same_elsewhere(attachment, request.user),
        "breadcrumb": _crumbs(ledger, subject, {"label": attachment}),
    }
    return render(request, "ledgers/attachment_elsewhere.html", context)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def withdraw(request: HttpRequest, pk: int) -> HttpResponse:
    """A page that asks for the reason; the file stays, greyed, and readable."""
    attachment, ledger, subject = attachment_of(request.user, pk)
    if reason := why_not_attach(ledger, subject, request.user):
        raise PermissionDenied(reason)
    if attachment.withdrawn_at:
        raise Http404(_("This file has been withdrawn already."))
    back = _back(request.POST if request.method == "POST" else request.GET, url_of(ledger, subject))
    error, status = "", 200
    if request.method == "POST":
        try:
            actions.withdraw(attachment, request.POST.get("reason", ""), request.user)
        except Refused as refusal:
            error, status = refusal.problems[0].message, 422
        else:
            messages.success(request, _("Withdrawn: %(file)s.") % {"file": attachment})
            return HttpResponseRedirect(back)
    context = {
        "attachment": attachment,
        "back": back,
        "error": error,
        "reason": request.POST.get("reason", ""),
        "errors": [{"message": error, "field_id": "reason"}] if error else [],
        "breadcrumb": _crumbs(ledger, subject, {"label": _("Withdraw")}),
    }
    return render(request, "ledgers/attachment_withdraw.html", context, status=status)
