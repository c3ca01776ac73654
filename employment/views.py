"""Entry of households with members and jobs."""

from __future__ import annotations

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from accounts.roles import check
from common import clock
from common.problems import Conflict, Refused
from employment.actions import save_roster
from employment.conflicts import Reconciliation
from employment.entry import Entry, with_another_row
from employment.sections import states_of
from households.models import Household
from households.queries.households import household_at, why_closed
from households.telling import differences, figures
from ledgers import drafts


def _stored(request: HttpRequest, code: str) -> Household:
    try:
        found = household_at(request.user, code)
    except Household.DoesNotExist:
        raise Http404(_("There is no household %(code)s in your area.") % {"code": code}) from None
    if found.voided_at:
        raise Http404(_("The household %(code)s is voided.") % {"code": code})
    return found


FORM = "household"  # what drafts of the household form are kept under
# Said when the form is sent, not while it is still being filled in.
AT_THE_END = frozenset({"no_head", "no_members"})


def _draft_place(stored: Household | None) -> str:
    return stored.code if stored else ""


@login_required
@never_cache
def entry(request: HttpRequest, code: str = "") -> HttpResponse:
    """Enter a household, or change one; the answer tells what the change did to verdict, counts and rate."""
    check(request.user, "write", "households")
    stored = _stored(request, code) if code else None
    ended = stored is not None and why_closed(stored)
    if request.method != "POST":
        if ended:
            messages.warning(request, ended)
            return redirect("household", code=code)  # it tells where its members live now
        return _opened(request, stored)
    if "add_row" in request.POST:  # the button of a browser without scripts
        return _form(request, Entry(request.user, stored, with_another_row(request.POST)))
    if ended:  # while the form was open: what was typed stays readable
        form = Entry(request.user, stored, request.POST)
        form.errors.append({"message": ended, "field_id": ""})
        return _form(request, form, status=409)
    return _save(request, stored)


def _opened(request: HttpRequest, stored: Household | None) -> HttpResponse:
    """The form as it is first shown. A draft is offered, and put into the form where that is asked for."""
    user = request.user
    draft = drafts.latest(user, FORM, _draft_place(stored))
    if draft is None:
        return _form(request, Entry(user, stored, settlement=request.GET.get("settlement", "")))
    data = QueryDict(mutable=True)
    data.update(drafts.content(draft))
    data["form_id"], data["version"] = str(draft.form_id), "" if draft.base_version is None else str(draft.base_version)
    changed = Reconciliation(user, stored, data).open if stored else []
    if "restore" in request.GET:
        return _form(request, Entry(user, stored, data), changed=changed)
    form = Entry(user, stored, settlement=request.GET.get("settlement", ""))
    return _form(request, form, draft=draft, changed=changed)


def _save(request: HttpRequest, stored: Household | None) -> HttpResponse:
    user, data = request.user, request.POST
    form_id = drafts.form_id_of(data)
    if address := drafts.begin_saving(user, FORM, _draft_place(stored), form_id, data.dict()):
        return redirect(address)
    added: list[str] = []
    if stored is not None:
        others = Reconciliation(user, stored, data)
        data, added = others.data, others.added
        if others.open:
            return _show_conflicts(request, Entry(user, stored, data), others)
    form = Entry(user, stored, data)
    block = form.read()
    if block is None:
        return _form(request, form, status=422)
    concerned = (stored and stored.settlement, block.household.get("settlement"))
    before = figures(stored, *concerned)
    try:
        saved = save_roster([block], by=user, source="form")
    except Refused as refused:
        form.errors += [{"message": problem.message, "field_id": ""} for problem in refused.problems]
        return _form(request, form, status=422)
    except Conflict:  # at the very same moment
        stored.refresh_from_db()
        return _show_conflicts(request, form, Reconciliation(user, stored, data))
    household = saved.households.objects[0]
    household.refresh_from_db()
    onwards = reverse("household", args=[household.code])
    if request.POST.get("next"):
        onwards = f"{reverse('household-new')}?settlement={household.settlement.code}"
    drafts.saved(user, form_id, onwards)
    kept = f"kept:{FORM}:{_draft_place(stored)}"  # what the device kept of this form can go
    messages.success(request, _("Saved: %(record)s.") % {"record": household}, extra_tags=kept)
    for text in (*added, *differences(before, figures(household, *concerned))):
        messages.info(request, text)
    for text in form.warnings:
        messages.warning(request, text)
    return redirect(onwards)


def _show_conflicts(request: HttpRequest, form: Entry, others: Reconciliation) -> HttpResponse:
    message = _(
        "Somebody else changed this household while your form was open. Choose below what holds, then save again."
    )
    form.errors.append({"field_id": "conflicts", "message": message})
    return _form(request, form, status=409, parts=others.open, added=others.added)


@login_required
@require_POST
def check_field(request: HttpRequest, code: str = "") -> HttpResponse:
    """The verdict on one field (`check` names it) of the form as it stands: a fragment for the field, and for the others
    of the same record in which something stands."""
    check(request.user, "write", "households")
    stored = _stored(request, code) if code else None
    form = Entry(request.user, stored, request.POST)
    name = request.POST.get("check", "")
    if name not in request.POST:
        raise Http404(_("There is no such field."))
    form.read(leave_out=AT_THE_END)
    found = form.messages_for(name)
    others = [(field, messages_) for field, messages_ in found.items() if field != name]
    return render(request, "employment/_checked.html", {"messages": found.get(name, []), "others": others})


@login_required
@require_POST
def keep_draft(request: HttpRequest, code: str = "") -> HttpResponse:
    """Keep what stands in the form; a fragment that says when. `discard` forgets it."""
    check(request.user, "write", "households")
    stored = _stored(request, code) if code else None
    if "discard" in request.POST:
        if form_id := drafts.form_id_of(request.POST):
            drafts.drop(request.user, form_id)
        return redirect("household-edit", code=code) if code else redirect("household-new")
    draft = drafts.keep(request.user, FORM, _draft_place(stored), request.POST.dict())
    return render(request, "ledgers/_draft_state.html", {"draft": draft})


def _form(request: HttpRequest, form: Entry, status: int = 200, **more) -> HttpResponse:
    household = form.household
    at = reverse("household-edit", args=[household.code]) if household else reverse("household-new")
    context = {
        "entry": form,
        "form": form.form,
        "formset": form.members,
        "errors": form.errors,
        "household": household,
        "keep": f"{FORM}:{_draft_place(household)}",
        "check_url": f"{at}check/",
        "draft_url": f"{at}draft/",
        "sections": states_of(household.pk, clock.today(), request.user) if household else [],
        **more,
    }
    return render(request, "employment/entry.html", context, status=status)
