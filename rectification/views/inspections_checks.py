"""Field checks: choosing the place, the form that is filled in on a phone at the place, and its record."""

from __future__ import annotations

import uuid

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from accounts.roles import can, check
from common import clock
from common.ledger import registry
from common.models import STANDING
from common.problems import Problem, Refused, of_error
from common.scope import code_range
from ledgers import drafts
from ledgers.checking import clean_rows
from ledgers.history import history_of
from rectification.actions.inspections_checks import NOT_APPLICABLE, Answer, fill_in, save_checks
from rectification.actions.inspections_items import on_ledger
from rectification.models import CheckLine, Checklist, Inspection, InspectionCheck
from rectification.models.inspections_checklists import outcome_of
from rectification.queries.inspections_rights import CHECKS, ITEMS, why_not_changing, why_not_recording
from rectification.views.inspections import crumbs, inspection_at
from rectification.views.inspections_shared import add_problems, files_of, status_of, summary_of
from settlements.models import Settlement

FORM = "inspection-checks-fill"
OWN_FIELDS = ("visited_on", "visited_at", "checkers", "place", "summary")
MOST_SETTLEMENTS = 300
LATEST = 6


def check_at(user, pk: int) -> InspectionCheck:
    found = (
        InspectionCheck.objects.visible_to(user)
        .select_related("inspection__unit", "settlement", "household__settlement", "checklist")
        .filter(pk=pk)
        .first()
    )
    if found is None:
        raise Http404(_("There is no such field check, or it lies outside your area."))
    return found


# --- A new check ---


class NewCheckForm(forms.Form):
    """Where one is: a settlement of the inspection's counties, or a household by its code."""

    settlement = forms.ChoiceField(label=gettext_lazy("Settlement"), required=False)
    household = forms.CharField(label=gettext_lazy("Household code"), required=False, max_length=20)
    checklist = forms.ChoiceField(label=gettext_lazy("Checklist"), required=False)

    def __init__(self, found: Inspection, user, *arguments, **named):
        super().__init__(*arguments, **named)
        ranges = [code_range(place.division) for place in found.places.all()] or [code_range(found.region)]
        settlements = Settlement.objects.visible_to(user).within(ranges).filter(STANDING).order_by("region", "name")
        found_homes = list(settlements[: MOST_SETTLEMENTS + 1])
        if len(found_homes) > MOST_SETTLEMENTS:
            # Too many to choose from with a thumb: written, and found as in a sheet.
            self.fields["settlement"] = forms.CharField(
                label=gettext_lazy("Settlement: name or code"), required=False, max_length=80
            )
        else:
            self.fields["settlement"].choices = [
                ("", ""),
                *((home.code, f"{home.name} {home.code}") for home in found_homes),
            ]
        checklists = Checklist.objects.visible_to(user).filter(STANDING).filter(kind__in=("", found.kind))
        self.fields["checklist"].choices = [("", ""), *((str(c.pk), c.name) for c in checklists.order_by("name", "pk"))]


@login_required
@never_cache
def new(request: HttpRequest, pk: int) -> HttpResponse:
    user = request.user
    found = inspection_at(user, pk)
    if reason := why_not_recording(found, user):
        raise PermissionDenied(reason)
    form = NewCheckForm(found, user, request.POST if request.method == "POST" else None, initial=request.GET.dict())
    if request.method == "POST" and form.is_valid():
        told = {name: value for name, value in form.cleaned_data.items() if value}
        raw = {
            "inspection": str(found.pk),
            "visited_on": clock.today().isoformat(),
            "visited_at": f"{clock.now():%H:%M}",
            "checkers": user.display_name,
            **told,
        }
        rows, problems = clean_rows(registry[CHECKS], [raw], user)
        if problems:
            add_problems(form, problems)
        else:
            record = save_checks(rows, by=user, source="form").objects[0]
            return redirect(f"{record.address}fill/")
    context = {
        "inspection": found,
        "form": form,
        "errors": summary_of(form),
        "breadcrumb": crumbs((found.title, found.address), (_("New field check"), "")),
    }
    return render(request, "rectification/inspections/check_new.html", context, status=status_of(form))


# --- The form at the place ---


class Line:
    """A line as the form shows it: its question, what was answered or typed, what is wrong with it."""

    def __init__(self, line: CheckLine, data=None):
        self.line = line
        self.id = f"line-{line.pk}"
        self.item = line.item if on_ledger(line) else None
        self.errors: list[str] = []
        self.answer, self.note = line.answer, line.note
        self.not_applicable = line.outcome == NOT_APPLICABLE
        # What fails by its answer needs no tick.
        self.failed = line.outcome == "failed" and outcome_of(line.kind, line.expected, line.answer) != "failed"
        if data is not None:
            self.answer = data.get(f"answer-{line.pk}", "")
            self.note = data.get(f"note-{line.pk}", "")
            self.not_applicable = self.answer == NOT_APPLICABLE or f"skip-{line.pk}" in data
            self.failed = f"problem-{line.pk}" in data

    @property
    def told(self) -> Answer:
        if self.not_applicable:
            return Answer("", NOT_APPLICABLE, self.note)
        return Answer(self.answer, "failed" if self.failed else "", self.note)


class OwnForm(forms.Form):
    """What the check itself says beside its lines."""

    visited_on = forms.CharField(
        label=gettext_lazy("Visited on"), widget=forms.TextInput({"inputmode": "numeric", "data-date": True})
    )
    visited_at = forms.CharField(label=gettext_lazy("At"), required=False, max_length=5)
    checkers = forms.CharField(label=gettext_lazy("Checked by"), required=False, max_length=120)
    place = forms.CharField(label=gettext_lazy("Place"), required=False, max_length=120)
    summary = forms.CharField(
        label=gettext_lazy("Summary"), required=False, max_length=2000, widget=forms.Textarea({"rows": 3})
    )


@login_required
@never_cache
def fill(request: HttpRequest, pk: int) -> HttpResponse:
    """The form, made for a thumb: one question under the other, answers kept as they are typed."""
    user = request.user
    record = check_at(user, pk)
    if reason := why_not_recording(record.inspection, user):
        raise PermissionDenied(reason)
    if record.voided_at:
        raise Http404(_("This record was voided and can no longer be changed."))
    stored = list(record.lines.filter(STANDING).select_related("item").order_by("position"))
    if request.method == "POST":
        return _save(request, record, stored)
    draft = drafts.latest(user, FORM, str(pk))
    data, offered = None, draft
    if draft is not None and "restore" in request.GET:
        data, offered = drafts.content(draft), None
    form_id = draft.form_id if data is not None else uuid.uuid4()
    initial = {name: _shown(getattr(record, name)) for name in OWN_FIELDS}
    form = OwnForm(initial={**initial, **{n: data[n] for n in OWN_FIELDS if data and n in data}})
    return _show(request, record, form, [Line(line, data) for line in stored], form_id, offered)


def _shown(value) -> str:
    return value.isoformat() if hasattr(value, "isoformat") else str(value or "")


def _save(request: HttpRequest, record: InspectionCheck, stored: list[CheckLine]) -> HttpResponse:
    user, data = request.user, request.POST
    form_id = drafts.form_id_of(data)
    if address := drafts.begin_saving(user, FORM, str(record.pk), form_id, data.dict()):
        return redirect(address)
    complete = "complete" in data
    form = OwnForm(data)
    lines = [Line(line, data) for line in stored]
    raw = {name: data[name] for name in OWN_FIELDS if name in data}
    rows, problems = clean_rows(registry[CHECKS], [raw], user, partial=True, stored=[record])
    problems = [problem for problem in problems if not problem.warning]
    if not problems:
        values = {name: value for name, value in rows[0].items() if name in OWN_FIELDS}
        try:
            fill_in(record, {line.line.pk: line.told for line in lines}, by=user, complete=complete, values=values)
        except Refused as refused:
            problems = refused.problems
        except ValidationError as error:
            problems = list(of_error(error))
    if problems:
        return _show_faults(request, record, form, lines, form_id, problems)
    onwards = record.address if complete else f"{record.address}fill/"
    drafts.saved(user, form_id, onwards)
    messages.success(request, _("The field check is complete.") if complete else _("Saved. You can go on later."))
    return redirect(onwards)


def _show_faults(request, record, form, lines: list[Line], form_id, problems: list[Problem]) -> HttpResponse:
    by_line = {line.id: line for line in lines}
    for problem in problems:
        if problem.field in by_line:
            by_line[problem.field].errors.append(problem.message)
    form.is_valid()
    add_problems(form, [problem for problem in problems if problem.field not in by_line])
    errors = summary_of(form) + [
        {"message": f"{line.line.position}. {line.line.question}: {message}", "field_id": line.id}
        for line in lines
        for message in line.errors
    ]
    return _show(request, record, form, lines, form_id or uuid.uuid4(), None, errors)


def _show(request, record, form, lines, form_id, draft, errors=()) -> HttpResponse:
    inspection = record.inspection
    context = {
        "record": record,
        "form": form,
        "lines": lines,
        "form_id": form_id,
        "draft": draft,
        "errors": errors,
        "keep": f"{FORM}-{record.pk}",
        "files": files_of(CHECKS, record, request.user, f"{record.address}fill/"),
        "breadcrumb": crumbs((inspection.title, inspection.address), (record.subject_name, record.address)),
    }
    return render(request, "rectification/inspections/check_fill.html", context, status=422 if errors else 200)


@login_required
@require_POST
def keep_draft(request: HttpRequest, pk: int) -> HttpResponse:
    """Keep what stands in the form; a fragment that says when. `discard` forgets it."""
    record = check_at(request.user, pk)
    check(request.user, "write", CHECKS)
    if "discard" in request.POST:
        if form_id := drafts.form_id_of(request.POST):
            drafts.drop(request.user, form_id)
        return redirect(f"{record.address}fill/")
    draft = drafts.keep(request.user, FORM, str(pk), request.POST.dict())
    return render(request, "ledgers/_draft_state.html", {"draft": draft})


# --- The record ---


@login_required
@never_cache
@require_safe
def show(request: HttpRequest, pk: int) -> HttpResponse:
    user = request.user
    check(user, "read", CHECKS)
    record = check_at(user, pk)
    lines = list(record.lines.filter(STANDING).select_related("item", "problem_class").order_by("position"))
    inspection = record.inspection
    failed = [line for line in lines if line.outcome == "failed" and not on_ledger(line)]
    may = why_not_changing(inspection, user, CHECKS) == "" and can(user, "write", ITEMS)
    context = {
        "record": record,
        "inspection": inspection,
        "lines": [{"line": line, "item": line.item if on_ledger(line) else None} for line in lines],
        "failed": failed,
        "may_make_items": may and not inspection.veiled,
        "records": why_not_recording(inspection, user) == "" and not record.voided_at,
        "keep": f"{FORM}-{record.pk}",
        "files": files_of(CHECKS, record, user, record.address),
        "ledger": registry[CHECKS],
        "events": history_of(registry[CHECKS], record.pk, user)[:LATEST],
        "breadcrumb": crumbs((inspection.title, inspection.address), (record.subject_name, "")),
    }
    return render(request, "rectification/inspections/check.html", context)
