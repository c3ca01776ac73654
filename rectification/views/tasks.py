"""Pages of the responsibility list: the board by department, a task with its timeline and acts, the annex as a workbook."""

from __future__ import annotations

import tempfile
from pathlib import Path
from urllib.parse import urlencode

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from accounts.models import Post
from accounts.roles import can, check
from alerts.inbox import Task as Line
from alerts.inbox import lateness
from common import clock, scope
from common.models import STANDING
from divisions.models import Division
from divisions.queries import names_of
from ledgers.guarded import carry_out
from rectification.actions.tasks import Told, move
from rectification.models.tasks import ResponsibilityList, ResponsibilityTask
from rectification.queries.tasks import (
    REPORTS,
    TASKS,
    acts_on,
    board,
    is_past,
    orphans,
    people_of,
    why_not,
)
from rectification.queries.tasks_annex import write_annex
from rectification.task_states import TASK_ACTS
from rectification.views.tasks_forms import ActForm

LEDGER = f"/ledgers/{TASKS}/"
TONES = {
    "open": "neutral",
    "in_progress": "info",
    "submitted": "warn",
    "returned": "bad",
    "done": "good",
    "long_term": "info",
}
SHEETS = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
# How the board's counts stand in the address of the list: filter and value.
COUNTS = {
    "total": {},
    "open": {"open": "1"},
    "submitted": {"state": "submitted"},
    "done": {"state": "done"},
    "overdue": {"overdue": "1"},
    "past": {"past": "1"},
    "needs_deadline": {"needs_deadline": "1"},
    "long_term": {"state": "long_term"},
}


def region_asked(request: HttpRequest) -> int:
    """The division of the address, else the user's own. Raises Http404 for one that is none, or lies outside the area."""
    asked = request.GET.get("region", "").strip()
    if not asked:
        return request.user.home_region
    code = int(asked) if asked.isdecimal() and len(asked) == 12 else 0
    known = asked == "0" or code and Division.objects.filter(code=code).exists()
    if not known or not scope.contains(request.user.ranges, code):
        raise Http404(_("There is no division “%(code)s” in your area.") % {"code": asked[:20]})
    return code


@login_required
@never_cache
@require_safe
def show_board(request: HttpRequest) -> HttpResponse:
    user, on = request.user, clock.today()
    check(user, "read", TASKS)
    region = region_asked(request)
    rows = ResponsibilityTask.objects.visible_to(user).under(region).filter(STANDING)
    departments = board(rows, on)

    def cell(key: str, number: int, **more) -> dict:
        parameters = {"division": f"{region:012d}" if region else "0", **COUNTS[key], **more}
        return {"number": number, "url": f"{LEDGER}?{urlencode(parameters)}", "bad": key == "overdue" and number > 0}

    place = names_of([region], on).get(region) or _("The whole nation")
    cards = [
        {"label": label, "value": sum(getattr(one, key) for one in departments), "tone": tone, "key": key}
        for key, label, tone in [
            ("total", _("Tasks"), ""),
            ("open", _("being worked on"), ""),
            ("submitted", _("to be reviewed"), "warn"),
            ("done", _("done"), "good"),
            ("overdue", _("overdue"), "bad"),
            ("needs_deadline", _("without a deadline"), "warn"),
        ]
    ]
    for card in cards:
        card["url"] = cell(card["key"], 0)["url"]
        if not card["value"]:
            card["tone"] = ""
    nobody = orphans(rows, on).count()
    code = f"{region:012d}" if region else "0"
    return render(
        request,
        "rectification/tasks/board.html",
        {
            "place": place,
            "on": on,
            "cards": cards,
            "departments": [
                {
                    "name": one.name,
                    "progress": one.progress,
                    "rated": one.total > one.long_term,
                    "cells": [cell(key, getattr(one, key), department=one.unit) for key in COUNTS],
                }
                for one in departments
            ],
            "orphans": {"number": nobody, "url": f"{LEDGER}?{urlencode({'division': code, 'orphan': '1'})}"},
            "lists": ResponsibilityList.objects.visible_to(user).under(region).filter(STANDING),
            "may_export": can(user, "export", TASKS),
            "may_enter": can(user, "write", TASKS),
            "code": code,
            "breadcrumb": [{"label": _("Responsibility list"), "url": ""}],
        },
    )


def _found(request: HttpRequest, pk: int) -> ResponsibilityTask:
    check(request.user, "read", TASKS)
    task = (
        ResponsibilityTask.objects.visible_to(request.user)
        .select_related("unit", "post", "duty__list", "submitted_by")
        .filter(pk=pk)
        .first()
    )
    if task is None:
        raise Http404(_("There is no such record, or it lies outside your area."))
    return task


@login_required
@never_cache
@require_safe
def show_task(request: HttpRequest, pk: int) -> HttpResponse:
    task, user, on = _found(request, pk), request.user, clock.today()
    acts = acts_on(task, user, on)
    decision = getattr(task, "decision", None)
    return render(
        request,
        "rectification/tasks/task.html",
        {
            "task": task,
            "on": on,
            "tone": TONES[task.state],
            "days": _days(task, on),
            "people": people_of(task, on),
            "allowed": [one.act for one in acts if one],
            "refused": [one for one in acts if not one and task.state in one.act.sources],
            "events": events_of(task),
            "decision": decision,
            "place": names_of([task.region], on).get(task.region, ""),
            "writes": can(user, "write", TASKS) and not task.voided_at,
            "orders": can(user, "write", "supervision-orders") and can(user, "write", "meetings"),
            "reports_url": f"/ledgers/{REPORTS}/?task={task.pk}",
            "breadcrumb": _breadcrumb(task),
        },
    )


def _breadcrumb(task: ResponsibilityTask, label: str = "") -> list[dict]:
    steps = [
        {"label": _("Responsibility list"), "url": f"/responsibility/?region={task.region:012d}"},
        {"label": task.number, "url": f"/responsibility/{task.pk}/" if label else ""},
    ]
    return [*steps, {"label": label, "url": ""}] if label else steps


def _days(task: ResponsibilityTask, on) -> list[dict]:
    """The days of a task with how they stand to today: what is met or past says so, what runs counts down."""
    found = []
    running = task.state != "done"
    if task.deadline_on:
        past = is_past(task)
        late = task.submitted_on and task.submitted_on > task.deadline_on
        word, tone = lateness(Line("", "", "", task.deadline_on), on), ""
        if not running:
            done = task.completed_on
            late = done > task.deadline_on
            word, tone = (_("done, late") if late else _("done in time")), ("warn" if late else "good")
        elif past:
            word, tone = _("past, to be confirmed or dated anew"), "warn"
        elif task.state == "submitted":
            word, tone = (_("submitted late") if late else _("submitted in time")), ("bad" if late else "good")
        elif task.deadline_on < on:
            tone = "bad"
        found.append({"label": _("Deadline"), "day": task.deadline_on, "word": word, "tone": tone})
    elif not task.long_term and running:
        found.append({"label": _("Deadline"), "day": None, "word": _("not set yet"), "tone": "warn"})
    if task.interim_on:
        word, tone = lateness(Line("", "", "", task.interim_on), on), "bad" if task.interim_on < on else ""
        if task.interim_met_on:
            word, tone = _("confirmed on %(day)s") % {"day": task.interim_met_on}, "good"
        elif not running:
            word, tone = "", ""
        elif task.counts_from and task.interim_on < task.counts_from:
            word, tone = _("past"), ""
        found.append({"label": _("Stage"), "day": task.interim_on, "word": word, "tone": tone})
    if task.state == "long_term" and task.next_review_on:
        word = lateness(Line("", "", "", task.next_review_on), on)
        tone = "bad" if task.next_review_on < on else ""
        found.append({"label": _("Yearly review"), "day": task.next_review_on, "word": word, "tone": tone})
    if task.strict_on:
        found.append({"label": _("Strict reading"), "day": task.strict_on, "word": "", "tone": ""})
    return found


def events_of(task: ResponsibilityTask) -> list[dict]:
    """The task's moves for the timeline, newest first."""
    labels = {
        "deadline_on": _("Deadline"),
        "long_term": _("Long term"),
        "post_id": _("Post"),
        "next_review_on": _("Yearly review"),
    }
    found = []
    for made in task.moves.select_related("by").order_by("-pk"):
        act = TASK_ACTS[made.act]
        said = [made.text]
        if made.percent is not None:
            said.append(_("Progress: %(n)s %%") % {"n": made.percent})
        if made.evidence:
            said.append(_("Evidence: %(words)s") % {"words": made.evidence})
        if made.voided_at:
            said.append(_("Taken back: %(reason)s") % {"reason": made.void_reason})
        found.append(
            {
                "when": made.at,
                "who": made.by.display_name,
                "unit": made.unit_name,
                "act": str(act.label),
                "said": " · ".join(part for part in said if part),
                "tone": act.tone,
                "changes": [
                    {"label": labels[name], "old": _shown(name, old), "new": _shown(name, new)}
                    for name, (old, new) in made.changes.items()
                ],
            }
        )
    return found


def _shown(name: str, value) -> str:
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    if name == "post_id" and value:
        return Post.objects.filter(pk=value).values_list("name", flat=True).first() or str(value)
    return str(value or "")


@login_required
@never_cache
def act(request: HttpRequest, pk: int, key: str) -> HttpResponse:
    """One act on a task: its form, and carrying it out."""
    task, user, on = _found(request, pk), request.user, clock.today()
    if key not in TASK_ACTS:
        raise Http404(_("There is no such act."))
    chosen, back = TASK_ACTS[key], f"/responsibility/{pk}/"
    reason = why_not(task, chosen, user, on)
    if reason and request.method != "POST":
        messages.warning(request, reason)
        return redirect(back)
    form = ActForm(
        chosen,
        task,
        request.POST if request.method == "POST" else None,
        posts=Post.objects.filter(unit=task.unit_id, voided_at=None),
        initial={"percent": task.progress, "post": task.post_id},
        labels={"day": _("Completed on")},
    )

    def do() -> None:
        move(pk, key, Told(**form.told), by=user, version=form.cleaned_data["version"])

    return carry_out(
        request,
        form,
        name="task-act",
        member=f"{pk}-{key}",
        back=back,
        done=chosen.done,
        do=do,
        template="rectification/tasks/act.html",
        context={
            "act": chosen,
            "task": task,
            "days": _days(task, on),
            "breadcrumb": _breadcrumb(task, str(chosen.label)),
        },
    )


@login_required
@require_safe
def annex(request: HttpRequest, pk: int) -> HttpResponse:
    """The list in the form of its document's annex."""
    check(request.user, "export", TASKS)
    laid = ResponsibilityList.objects.visible_to(request.user).filter(STANDING, pk=pk).first()
    if laid is None:
        raise Http404(_("There is no such record, or it lies outside your area."))
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "annex.xlsx"
        write_annex(path, laid, creator=str(request.user))
        content = path.read_bytes()
    response = HttpResponse(content, content_type=SHEETS)
    name = f"{laid.title}{clock.today():%Y%m%d}.xlsx"
    response.headers["Content-Disposition"] = content_disposition_header(True, name)
    return response
