"""Pages of an import: upload, then look through what was understood and decide."""

from __future__ import annotations

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import Http404
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.text import capfirst
from django.utils.translation import gettext as _

from accounts import roles
from common.terms import labelled
from jobs.models import Job
from jobs.queries import of_user, progress_row
from jobs.views import job_of
from ledgers.imports.forms import DecisionForm, OwnerForm, UploadForm
from ledgers.imports.sessions import decide, report_of, start
from ledgers.imports.storing import check_owners, owner_ledger
from ledgers.shapes import Shape, shape_for

PROBLEMS_A_PAGE = 50
RECENT = 5
TABS = ("errors", "warnings", "kept")


def _crumbs(shape: Shape, *more: dict) -> list[dict]:
    if shape.declared is None:
        return [{"label": shape.title, "url": f"/ledgers/{shape.key}/"}, *more]
    return [{"label": shape.title, "url": ""}, *more]


def _steps(shape: Shape, current: int, job: Job | None = None) -> list[dict]:
    urls = [
        reverse("ledger-template", args=[shape.key]),
        reverse("import", args=[shape.key]),
        reverse("import-review", args=[shape.key, job.pk]) if job else "",
        "",
    ]
    labels = [_("Template"), _("Upload"), _("Check"), _("Done")]
    state = ["done" if i < current else "current" if i == current else "ahead" for i in range(4)]
    return [{"label": label, "url": url, "state": told} for label, url, told in zip(labels, urls, state, strict=True)]


@login_required
def upload(request, key: str):
    shape = shape_for(request.user, key, "import")
    data = (request.POST, request.FILES) if request.method == "POST" else ()
    form = UploadForm(*data, shape=shape, user=request.user)
    if request.method == "POST" and form.is_valid():
        return redirect("job", start(request.user, key, form.cleaned_data["file"], form.told).pk)
    recent = of_user(request.user).filter(kind="import", params__key=key)[:RECENT]
    return render(
        request,
        "ledgers/import_upload.html",
        {
            "shape": shape,
            "form": form,
            "steps": _steps(shape, 1),
            "columns": [c for c in shape.columns if not c.read_only],
            "template_url": reverse("ledger-template", args=[key]),
            "recent": [progress_row(job, reverse("job", args=[job.pk]), detail=True) for job in recent],
            "breadcrumb": _crumbs(shape, {"label": _("Import"), "url": ""}),
        },
        status=422 if form.is_bound and form.errors else 200,
    )


@login_required
def review(request, key: str, job_id):
    """What was understood, every fault, what is unknown; the decision. When it is done: what was stored."""
    shape = shape_for(request.user, key, "import")
    job = job_of(request.user, job_id)
    if job.kind != "import" or job.params["key"] != key:
        raise Http404
    if job.state not in (Job.State.WAITING, Job.State.DONE):
        return redirect("job", job.pk)
    result = job.result
    importable = result["new"] + result["changed"]
    data = request.POST if request.method == "POST" else None
    decision = DecisionForm(data, errors=result["errors"], importable=importable)
    owners = _owner_forms(shape, result["unknown"], request.user, data)
    problems = []
    open_to_decision = data is not None and job.state == Job.State.WAITING
    if open_to_decision and all([decision.is_valid(), *(form.is_valid() for form in owners)]):
        told = {form.name: form.told for form in owners}
        problems = check_owners(shape, told, request.user)[1] if told else []
        if not problems:
            if not decide(job, decision.cleaned_data["mode"], told):
                messages.warning(request, _("This import has been decided already."))
            return redirect("job", job.pk)
    context = _review_context(request, shape, job, result) | {
        "decision": decision,
        "owners": owners,
        "importable": importable,
        "errors": _summary([decision, *owners], problems),
    }
    return render(request, "ledgers/import_review.html", context, status=422 if context["errors"] else 200)


def _owner_forms(shape: Shape, names: list[str], user, data) -> list[OwnerForm]:
    ledger = owner_ledger(shape)
    return [
        OwnerForm(data, ledger=ledger, name=name, user=user, prefix=f"owner{index}") for index, name in enumerate(names)
    ]


def _summary(forms: list, problems: list) -> list[dict]:
    found = [
        {
            "message": labelled(f"{getattr(form, 'name', '')} {form[field].label}".strip(), message),
            "field_id": form[field].id_for_label,
        }
        for form in forms
        if form.is_bound
        for field, messages_ in form.errors.items()
        for message in messages_
    ]
    return found + [{"message": problem.message, "field_id": ""} for problem in problems]


def _review_context(request, shape: Shape, job: Job, result: dict) -> dict:
    report = report_of(job)
    rows = {
        "errors": [p for p in report["problems"] if not p["warning"]],
        "warnings": [p for p in report["problems"] if p["warning"]],
        "kept": report["kept"],
    }
    tab = request.GET.get("tab") if request.GET.get("tab") in TABS else next((t for t in TABS if rows[t]), TABS[0])
    labels = {"errors": _("Errors"), "warnings": _("Warnings"), "kept": _("Kept, though not in the file")}
    page = Paginator(rows[tab], PROBLEMS_A_PAGE).get_page(request.GET.get("page"))
    marking = Job.objects.filter(pk=result["marking"]).first() if result.get("marking") else None
    done = job.state == Job.State.DONE
    return {
        "shape": shape,
        "job": job,
        "result": result,
        "done": done,
        "steps": _steps(shape, 3 if done else 2, job),
        "counts": [
            {"label": capfirst(str(ledger.model._meta.verbose_name_plural)), "value": result["counts"][ledger.key]}
            for ledger, _parent in shape.levels
        ],
        "fates": [
            {"label": _("New"), "value": result["new"], "tone": "good" if result["new"] else ""},
            {"label": _("Changed"), "value": result["changed"], "tone": "info" if result["changed"] else ""},
            {"label": _("Unchanged"), "value": result["unchanged"]},
            {"label": _("Refused"), "value": result["refused"], "tone": "bad" if result["refused"] else ""},
        ],
        "tabs": [{"label": labels[t], "url": f"?tab={t}", "active": t == tab, "count": len(rows[t])} for t in TABS],
        "table": _kept_table(page, shape) if tab == "kept" else _problem_table(page, labels[tab]),
        "pager": {
            "shown": len(page),
            "count": page.paginator.count,
            "capped": False,
            "previous_url": f"?tab={tab}&page={page.previous_page_number()}" if page.has_previous() else "",
            "next_url": f"?tab={tab}&page={page.next_page_number()}" if page.has_next() else "",
        },
        "marking": progress_row(marking, reverse("job", args=[marking.pk])) if marking else None,
        "can_read": all(roles.can(request.user, "read", ledger.key) for ledger, _parent in shape.levels),
        "breadcrumb": _crumbs(
            shape,
            {"label": _("Import"), "url": reverse("import", args=[shape.key])},
            {"label": job.params["name"], "url": ""},
        ),
    }


def _problem_table(page, caption: str) -> dict:
    columns = [
        {"key": "sheet", "label": _("Sheet"), "width_class": "w-words"},
        {"key": "row", "label": _("Row"), "align": "num"},
        {"key": "column", "label": _("Column"), "width_class": "w-words"},
        {"key": "value", "label": _("Value"), "width_class": "w-text"},
        {"key": "message", "label": _("What is wrong, and what to do")},
    ]
    rows = [{"cells": [{"text": problem[column["key"]]} for column in columns]} for problem in page]
    return {
        "caption": caption,
        "columns": columns,
        "groups": None,
        "rows": rows,
        "wide": True,
        "empty": {"title": _("Nothing here"), "text": _("No row of the file has anything of this kind.")},
    }


def _kept_table(page, shape: Shape) -> dict:
    columns = [{"key": "key", "label": shape.outer.title}, {"key": "name", "label": shape.levels[-1][0].title}]
    if len(shape.levels) > 1:
        columns[1]["label"] = shape.levels[1][0].title
    rows = [{"cells": [{"text": key}, {"text": name}]} for key, name in page]
    return {
        "caption": _("Kept, though not in the file"),
        "columns": columns,
        "groups": None,
        "rows": rows,
        "empty": {"title": _("Nothing here"), "text": _("Everybody who is stored stands in the file too.")},
    }
