"""Visits: the form that is filled in on a phone at the door, and what came of an agreed step."""

from __future__ import annotations

import uuid

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from accounts.roles import check
from common import clock
from common.changes import writing
from common.ledger import registry
from common.models import STANDING
from common.problems import Problem, Refused, of_error
from households.actions import record_visit, save_steps
from households.actions.visits import STEPS, VISITS
from households.forms.file import PhotographsForm, StepDoneForm, StepForm, VisitForm
from households.models import Household, VisitStep
from households.queries.households import household_at, members_of
from households.queries.visits import open_steps_of
from ledgers import drafts
from ledgers.attachments.actions import attach
from ledgers.checking import clean_rows
from ledgers.telling import tell_warnings

FORM = "visit"
STEP_ROWS = 3


def writable_household(request: HttpRequest, code: str, key: str, right: str = "write") -> Household:
    """The standing household of an address, for whoever may do so. Raises PermissionDenied or Http404."""
    check(request.user, right, key)
    try:
        found = household_at(request.user, code)
    except Household.DoesNotExist:
        raise Http404(_("There is no household %(code)s in your area.") % {"code": code}) from None
    if found.voided_at:
        raise Http404(_("This record was voided and can no longer be changed."))
    return found


def crumbs(household: Household, last) -> list[dict]:
    return [
        {"label": household.settlement.name, "url": f"/settlements/{household.settlement.code}/"},
        {"label": f"{household.head_name} {household.code}", "url": f"/households/{household.code}/"},
        {"label": last, "url": ""},
    ]


@login_required
@never_cache
def new(request: HttpRequest, code: str) -> HttpResponse:
    """The form, made for a thumb; what is typed is kept as a draft, on the phone too while the network is away."""
    user = request.user
    household = writable_household(request, code, VISITS)
    if request.method == "POST":
        return _save(request, household)
    draft = drafts.latest(user, FORM, code)
    data, offered = None, draft
    if draft is not None and "restore" in request.GET:
        data, offered = drafts.content(draft), None
    now = clock.now()
    initial = {
        "visited_on": clock.today().isoformat(),
        "visited_at": f"{now:%H:%M}",
        "manner": "home",
        "visitors": user.display_name,
    }
    form = VisitForm(initial={**initial, **(data or {})})
    steps = [StepForm(prefix=f"step-{index}", initial=_row(data, index)) for index in range(STEP_ROWS)]
    form_id = draft.form_id if data is not None else uuid.uuid4()
    return _show(request, household, form, steps, PhotographsForm(), form_id, offered)


def _row(data: dict | None, index: int) -> dict:
    return {name: (data or {}).get(f"step-{index}-{name}", "") for name in StepForm.base_fields}


def _save(request: HttpRequest, household: Household) -> HttpResponse:
    user, data = request.user, request.POST
    form_id = drafts.form_id_of(data)
    if address := drafts.begin_saving(user, FORM, household.code, form_id, data.dict()):
        return redirect(address)
    form, photographs = VisitForm(data), PhotographsForm(data, request.FILES)
    steps = [StepForm(data, prefix=f"step-{index}") for index in range(STEP_ROWS)]
    told = [step for step in steps if any(step.told.values())]
    raw = {name: data.get(name, "") for name in form.fields}
    rows, problems = clean_rows(registry[VISITS], [raw], user, given=[{"household": household}])
    given = [{"household": household, "agreed_on": rows[0].get("visited_on")} for _step in told]
    clean_steps, step_problems = clean_rows(
        registry[STEPS], [step.told for step in told], user, given=given, set_checks=False
    )
    form.tell(problem for problem in problems if not problem.warning)
    for problem in step_problems:
        told[problem.row].tell([problem])
    if not form.errors and not step_problems:
        try:
            with writing(by=user, source="form"):
                visit = record_visit(rows[0], clean_steps, by=user)
                if files := request.FILES.getlist("files"):
                    attach(registry[VISITS], visit, files, by=user)
        except Refused as refusal:
            _lay(refusal.problems, form, photographs)
        except ValidationError as error:
            form.tell(of_error(error))
        else:
            # The page that it leads to tells the phone to forget what it kept.
            onwards = f"/households/{household.code}/?kept={FORM}-{household.code}#panel-visits"
            drafts.saved(user, form_id, onwards)
            messages.success(request, _("The visit is on record; agreed steps: %(n)s.") % {"n": len(clean_steps)})
            tell_warnings(request, registry[VISITS], problems)
            return redirect(onwards)
    return _show(request, household, form, steps, photographs, form_id or uuid.uuid4(), None)


def _lay(problems: list[Problem], form: VisitForm, photographs: PhotographsForm) -> None:
    """Problems of files name their file; the rest concerns the visit."""
    of_files = [p for p in problems if p.field == "files"]
    photographs.tell(
        Problem(0, "files", "", p.code, f"{p.value}: {p.message}" if p.value else p.message) for p in of_files
    )
    form.tell(p for p in problems if p.field != "files")


def _show(request, household, form, steps, photographs, form_id, draft) -> HttpResponse:
    errors = [*form.summary, *photographs.summary]
    for number, step in enumerate(steps, 1):
        errors += [{**one, "message": f"{number}. {one['message']}"} for one in step.summary]
    context = {
        "household": household,
        "members": members_of(household),
        "form": form,
        "steps": steps,
        "photographs": photographs,
        "files_again": bool(errors and request.FILES),
        "form_id": form_id,
        "draft": draft,
        "draft_url": f"/households/{household.code}/visits/draft/",
        "keep": f"{FORM}-{household.code}",
        "open_steps": open_steps_of(household),
        "today": clock.today(),
        "errors": errors,
        "breadcrumb": crumbs(household, _("New visit")),
    }
    return render(request, "households/visit.html", context, status=422 if errors else 200)


@login_required
@require_POST
def keep_draft(request: HttpRequest, code: str) -> HttpResponse:
    """Keep what stands in the form; a fragment that says when. `discard` forgets it."""
    household = writable_household(request, code, VISITS)
    if "discard" in request.POST:
        if form_id := drafts.form_id_of(request.POST):
            drafts.drop(request.user, form_id)
        return redirect("visit-new", code=household.code)
    draft = drafts.keep(request.user, FORM, household.code, request.POST.dict())
    return render(request, "ledgers/_draft_state.html", {"draft": draft})


@login_required
@never_cache
def step_done(request: HttpRequest, code: str, pk: int) -> HttpResponse:
    """What came of an agreed step."""
    user = request.user
    household = writable_household(request, code, STEPS)
    step = VisitStep.objects.visible_to(user).filter(STANDING, pk=pk, household=household).first()
    if step is None:
        raise Http404(_("There is no such record, or it lies outside your area."))
    form = StepDoneForm(request.POST or None, initial={"done_on": clock.today().isoformat(), "outcome": step.outcome})
    if request.method == "POST":
        raw = {name: request.POST.get(name, "") for name in form.fields}
        rows, problems = clean_rows(registry[STEPS], [raw], user, partial=True, stored=[step])
        if not raw["done_on"].strip() and not problems:
            problems = [Problem(0, "done_on", "", "required", _("Say on which day the step was done."))]
        form.tell(problems)
        if not form.errors:
            save_steps(rows, by=user, source="form")
            messages.success(request, _("The step is done."))
            return redirect(f"/households/{code}/#panel-visits")
    context = {
        "household": household,
        "title": step.step,
        "lead": _("Agreed on %(day)s; %(owner)s does this by %(due)s.")
        % {"day": step.agreed_on, "owner": step.owner, "due": step.due_on},
        "verb": _("Save"),
        "form": form,
        "errors": form.summary,
        "breadcrumb": crumbs(household, step.step),
    }
    return render(request, "households/act.html", context, status=422 if form.errors else 200)
