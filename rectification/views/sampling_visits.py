"""Sampled households: what was found at one, the sheet to fill in on a phone, replacements."""

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

from accounts.roles import check
from common import clock
from common.codes import choices
from common.ledger import registry
from common.problems import Problem, Refused, of_error
from divisions.queries import names_of
from ledgers import drafts
from ledgers.checking import clean_rows
from ledgers.history import history_of
from rectification.actions.inspections_checks import NOT_APPLICABLE, Answer
from rectification.actions.inspections_items import on_ledger
from rectification.actions.sampling_visits import TOLD, answer_rows, fill_in, replace
from rectification.models import SampleHousehold
from rectification.models.sampling_households import REPLACED
from rectification.queries.sampling_rights import HOUSEHOLDS, why_not_recording
from rectification.views.inspections_shared import add_problems, day_field, files_of, summary_of
from rectification.views.sampling import crumbs, stratum_words

FORM = "sample-households-fill"
LATEST = 6
LARGE_NUMBER = forms.TextInput({"inputmode": "decimal", "autocomplete": "off"})


def visit_at(user, pk: int) -> SampleHousehold:
    found = (
        SampleHousehold.objects.visible_to(user)
        .select_related(
            "sample__unit", "sample__inspection__unit", "sample__checklist", "stratum", "household__settlement"
        )
        .filter(pk=pk)
        .first()
    )
    if found is None:
        raise Http404(_("There is no such sampled household, or it lies outside your area."))
    return found


# --- One household ---


@login_required
@never_cache
@require_safe
def show(request: HttpRequest, pk: int) -> HttpResponse:
    user = request.user
    check(user, "read", HOUSEHOLDS)
    visit = visit_at(user, pk)
    records = why_not_recording(visit.sample, user) == "" and not visit.reserve
    context = {
        "visit": visit,
        "sample": visit.sample,
        "stratum": stratum_words(visit.stratum),
        "township": names_of([visit.place_region], clock.today()).get(visit.place_region, ""),
        "answers": [row for row in answer_rows(visit) if row.pk],
        "replaced_by": getattr(visit, "replaced_by", None),
        "records": records,
        "replaces": records and visit.result in REPLACED and not hasattr(visit, "replaced_by"),
        "item": visit.item if on_ledger(visit) else None,
        "keep": f"{FORM}-{visit.pk}",
        "files": files_of(HOUSEHOLDS, visit, user, visit.address),
        "ledger": registry[HOUSEHOLDS],
        "events": history_of(registry[HOUSEHOLDS], visit.pk, user)[:LATEST],
        "breadcrumb": crumbs((visit.sample.title, visit.sample.address), (visit.code, "")),
    }
    return render(request, "rectification/sampling/visit.html", context)


class VisitForm(forms.Form):
    """The sheet's own part; what is right or wrong is said by the ledger's checks."""

    result = forms.ChoiceField(label=gettext_lazy("Result of the visit"), required=False, widget=forms.RadioSelect)
    visited_on = day_field(gettext_lazy("Visited on"))
    checkers = forms.CharField(label=gettext_lazy("Checked by"), required=False, max_length=120)
    living = forms.ChoiceField(
        label=gettext_lazy("Does the household live there?"), required=False, widget=forms.RadioSelect
    )
    living_note = forms.CharField(label=gettext_lazy("Note on living there"), required=False, max_length=200)
    employed_seen = forms.CharField(
        label=gettext_lazy("How many members are employed?"), required=False, max_length=3, widget=LARGE_NUMBER
    )
    employed_note = forms.CharField(label=gettext_lazy("Note on employment"), required=False, max_length=200)
    satisfaction = forms.ChoiceField(label=gettext_lazy("Satisfaction"), required=False, widget=forms.RadioSelect)
    note = forms.CharField(
        label=gettext_lazy("Remark"), required=False, max_length=500, widget=forms.Textarea({"rows": 3})
    )

    def __init__(self, *arguments, **named):
        super().__init__(*arguments, **named)
        lists = {"result": "sample_visit", "living": "sample_yes_no", "satisfaction": "sample_satisfaction"}
        for name, list_id in lists.items():
            self.fields[name].choices = choices(list_id)


@login_required
@never_cache
def fill(request: HttpRequest, pk: int) -> HttpResponse:
    user = request.user
    visit = visit_at(user, pk)
    if reason := why_not_recording(visit.sample, user):
        raise PermissionDenied(reason)
    if visit.reserve:
        raise PermissionDenied(
            _("This household is a replacement in line. Put it in the place of one that was not found first.")
        )
    rows = answer_rows(visit)
    if request.method == "POST":
        return _save(request, visit, rows)
    draft = drafts.latest(user, FORM, str(pk))
    data = drafts.content(draft) if draft is not None and "restore" in request.GET else None
    initial = {name: _shown(getattr(visit, name)) for name in TOLD}
    initial["visited_on"] = initial["visited_on"] or clock.today().isoformat()
    initial["checkers"] = initial["checkers"] or user.display_name
    if data is not None:
        initial |= {name: data.get(name, "") for name in TOLD}
    form = VisitForm(initial=initial)
    form_id = draft.form_id if data is not None else uuid.uuid4()
    return _show(request, visit, form, rows, data, form_id, None if data is not None else draft)


def _shown(value) -> str:
    if value is None:
        return ""
    return value.isoformat() if hasattr(value, "isoformat") else str(value)


def _save(request: HttpRequest, visit: SampleHousehold, rows) -> HttpResponse:
    user, data = request.user, request.POST
    form_id = drafts.form_id_of(data)
    if address := drafts.begin_saving(user, FORM, str(visit.pk), form_id, data.dict()):
        return redirect(address)
    form = VisitForm(data)
    form.is_valid()
    # A group of radio buttons of which none is chosen is not sent.
    raw = {name: data.get(name, "") for name in TOLD}
    cleaned, problems = clean_rows(registry[HOUSEHOLDS], [raw], user, partial=True, stored=[visit])
    problems = [problem for problem in problems if not problem.warning]
    if not problems:
        values = {name: cleaned[0][name] for name in TOLD if name in cleaned[0]}
        try:
            fill_in(visit, values, _answers(rows, data), by=user)
        except Refused as refused:
            problems = refused.problems
        except ValidationError as error:
            problems = list(of_error(error))
    if problems:
        return _show_faults(request, visit, form, rows, form_id, problems)
    drafts.saved(user, form_id, visit.address)
    messages.success(request, _("Household %(code)s is recorded.") % {"code": visit.code})
    return redirect(visit.address)


def _answers(rows, data) -> dict[int, Answer]:
    found = {}
    for row in rows:
        answer = data.get(f"answer-{row.position}", "")
        skipped = answer == NOT_APPLICABLE or f"skip-{row.position}" in data
        found[row.position] = Answer(
            "" if skipped else answer, NOT_APPLICABLE if skipped else "", data.get(f"note-{row.position}", "")
        )
    return found


def _show_faults(request, visit, form, rows, form_id, problems: list[Problem]) -> HttpResponse:
    own = [problem for problem in problems if not problem.field.startswith("question-")]
    add_problems(form, own)
    of_questions = {problem.field: problem.message for problem in problems if problem not in own}
    errors = summary_of(form) + [
        {"message": message, "field_id": field} for field, message in sorted(of_questions.items())
    ]
    return _show(request, visit, form, rows, request.POST, form_id or uuid.uuid4(), None, errors, of_questions)


def _show(request, visit, form, rows, data, form_id, draft, errors=(), of_questions=None) -> HttpResponse:
    sample = visit.sample
    questions = [_question(row, data, (of_questions or {}).get(f"question-{row.position}", "")) for row in rows]
    context = {
        "visit": visit,
        "sample": sample,
        "form": form,
        "questions": questions,
        "form_id": form_id,
        "draft": draft,
        "errors": errors,
        "keep": f"{FORM}-{visit.pk}",
        "files": files_of(HOUSEHOLDS, visit, request.user, f"{visit.address}fill/"),
        "breadcrumb": crumbs((sample.title, sample.address), (visit.code, visit.address)),
    }
    return render(request, "rectification/sampling/visit_fill.html", context, status=422 if errors else 200)


def _question(row, data, error: str) -> dict:
    """A further question as the form shows it: what is stored, or what was typed."""
    stored = {"answer": row.answer, "note": row.note, "not_applicable": row.outcome == NOT_APPLICABLE}
    if data is not None:
        answer = data.get(f"answer-{row.position}", "")
        skipped = answer == NOT_APPLICABLE or f"skip-{row.position}" in data
        stored = {"answer": answer, "note": data.get(f"note-{row.position}", ""), "not_applicable": skipped}
    return {"row": row, "id": f"question-{row.position}", "errors": [error] if error else [], **stored}


@login_required
@require_POST
def keep_draft(request: HttpRequest, pk: int) -> HttpResponse:
    visit = visit_at(request.user, pk)
    check(request.user, "write", HOUSEHOLDS)
    if "discard" in request.POST:
        if form_id := drafts.form_id_of(request.POST):
            drafts.drop(request.user, form_id)
        return redirect(f"{visit.address}fill/")
    draft = drafts.keep(request.user, FORM, str(pk), request.POST.dict())
    return render(request, "ledgers/_draft_state.html", {"draft": draft})


@login_required
@require_POST
def replace_visit(request: HttpRequest, pk: int) -> HttpResponse:
    """Put the next household in line into this one's place."""
    visit = visit_at(request.user, pk)
    try:
        following = replace(visit, by=request.user)
    except Refused as refused:
        for problem in refused.problems:
            messages.error(request, problem.message)
        return redirect(visit.address)
    messages.success(
        request,
        _("Household %(other)s takes the place of %(code)s.") % {"other": following.code, "code": visit.code},
    )
    return redirect(following.address)
