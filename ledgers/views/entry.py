"""Entering and changing one record in the browser: form, check of a single field, drafts, voiding."""

from __future__ import annotations

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from common.ledger import Ledger
from common.problems import Conflict, Problem, Refused
from ledgers import actions, drafts
from ledgers.access import ledger_for, member_name, member_of, why_closed
from ledgers.checking import clean_rows
from ledgers.conflicts import THEIRS, Change, Difference, chosen, differences, last_change
from ledgers.forms import EntryForm, shown_values
from ledgers.queries import Order, read_page
from ledgers.telling import tell_warnings
from ledgers.views.lists import row_url

SOURCE = "form"
_BY_ID = Order(("id",))


def _entry_ledger(request: HttpRequest, key: str) -> Ledger:
    ledger = ledger_for(request.user, key, "write")
    if not ledger.entry:
        raise Http404(_("The records of this ledger are not entered by hand."))
    if ledger.enters is not None and not ledger.enters(request.user):
        raise PermissionDenied(_("Your role enters nothing here; it works on what it is given."))
    return ledger


@login_required
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def create(request: HttpRequest, key: str) -> HttpResponse:
    ledger = _entry_ledger(request, key)
    if request.method != "POST":
        return _show(request, _opened(request, ledger))
    return _save(request, ledger, None)


@login_required
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def edit(request: HttpRequest, key: str, member: str) -> HttpResponse:
    ledger = _entry_ledger(request, key)
    stored = member_of(ledger, request.user, member)
    if getattr(stored, "voided_at", None):
        raise Http404(_("This record was voided and can no longer be changed."))
    if closed := why_closed(ledger, stored):
        return _closed(request, ledger, stored, closed)
    if request.method != "POST":
        return _show(request, _opened(request, ledger, stored))
    return _save(request, ledger, stored)


def _closed(request: HttpRequest, ledger: Ledger, stored, why: str) -> HttpResponse:
    """Back to the page of a record that is changed no more, which tells what became of it."""
    messages.warning(request, why)
    return HttpResponseRedirect(_address_of(ledger, stored, request.user))


def _opened(request: HttpRequest, ledger: Ledger, stored=None) -> EntryForm:
    """The form as it is first shown; values in the address go before defaults, a draft that is asked for before both."""
    told = {name: value for name, value in request.GET.items() if name in ledger.by_name}
    form = EntryForm(ledger, request.user, stored, initial=told)
    draft = drafts.latest(request.user, ledger.key, _member(ledger, stored))
    if draft and "restore" in request.GET:
        data = drafts.content(draft)
        version = draft.base_version if stored is not None else ""
        form = EntryForm(ledger, request.user, stored, initial=told)
        form.initial |= {name: value for name, value in data.items() if name in form.fields}
        form.initial |= {"form_id": draft.form_id, "version": version}
    elif draft:
        form.draft = draft
    return form


def _member(ledger: Ledger, stored) -> str:
    return "" if stored is None else member_name(ledger, stored)


def _save(request: HttpRequest, ledger: Ledger, stored) -> HttpResponse:
    user = request.user
    form_id = drafts.form_id_of(request.POST)
    if address := drafts.begin_saving(user, ledger.key, _member(ledger, stored), form_id, _typed(request, ledger)):
        return HttpResponseRedirect(address)
    data, found = _settle(request.POST, ledger, stored, user)
    form = EntryForm(ledger, user, stored, data)
    if found:
        return _show_conflicts(request, form, found)
    try:
        rows, problems = clean_rows(ledger, [form.raw_row()], user, stored=None if stored is None else [stored])
        faults = [problem for problem in problems if not problem.warning]
        if stored is None and not faults:
            faults = _already_there(ledger, rows, user)
        if faults:
            raise Refused(faults)
        saved = actions.save(ledger, rows, by=user, source=SOURCE)
    except Refused as refusal:
        form.add_problems(refusal.problems)
        return _show(request, form, status=422)
    except Conflict:  # at the very same moment
        stored.refresh_from_db()
        _data, found = _settle(data, ledger, stored, user)
        return _show_conflicts(request, form, found)
    address = _address_of(ledger, saved.objects[0], user)
    onwards = f"/ledgers/{ledger.key}/new/" if "save_next" in request.POST else address
    drafts.saved(user, form_id, onwards)
    messages.success(request, _("Saved: %(record)s.") % {"record": saved.objects[0]})
    tell_warnings(request, ledger, problems)
    return HttpResponseRedirect(onwards)


def _changed_since(form: EntryForm) -> Change | None:
    """Who changed the record since the form, or the draft of it that is offered, was opened."""
    draft = getattr(form, "draft", None)
    if form.stored is None or draft is not None and draft.base_version in (None, form.stored.version):
        return None
    return last_change(form.ledger, form.stored.pk)


def _already_there(ledger: Ledger, rows: list[dict], user) -> list[Problem]:
    """A new record must not silently change a stored one that has its key."""
    if not rows[0].get("id"):
        return []
    message = _("This record is stored already. Open it and change it there.")
    return [Problem(0, ledger.natural_key[0], "", "exists", message)]


def _address_of(ledger: Ledger, saved, user) -> str:
    found = read_page(ledger.readable(user).filter(pk=saved.pk), ledger.columns, _BY_ID, 1).rows
    return row_url(ledger, found[0]) if found else f"/ledgers/{ledger.key}/"


@login_required
@require_POST
def check(request: HttpRequest, key: str) -> HttpResponse:
    """The verdict on one field (`check` names it) of a form that is being filled in; a fragment for the field."""
    ledger = _entry_ledger(request, key)
    name = request.POST.get("check", "")
    if name not in ledger.by_name:
        raise Http404(_("There is no such field."))
    member = request.POST.get("member", "")
    stored = member_of(ledger, request.user, member) if member else None
    raw = {column.name: request.POST[column.name] for column in ledger.written if column.name in request.POST}
    _rows, problems = clean_rows(ledger, [raw], request.user, partial=True, stored=[stored])
    mine = [problem for problem in problems if problem.field == name]
    return render(request, "ledgers/_field_check.html", {"problems": mine})


@login_required
@require_POST
def keep_draft(request: HttpRequest, key: str) -> HttpResponse:
    """Keep what stands in the form; a fragment that says when. `discard` forgets it."""
    ledger = _entry_ledger(request, key)
    member = request.POST.get("member", "")
    if "discard" in request.POST:
        form_id = drafts.form_id_of(request.POST)
        if form_id:
            drafts.drop(request.user, form_id)
        return HttpResponseRedirect(f"/ledgers/{key}/{member}/edit/" if member else f"/ledgers/{key}/new/")
    draft = drafts.keep(request.user, key, member, _typed(request, ledger))
    return render(request, "ledgers/_draft_state.html", {"draft": draft})


def _typed(request: HttpRequest, ledger: Ledger) -> dict[str, str]:
    """What a draft keeps of the form."""
    names = {*ledger.by_name, "form_id", "version"}
    return {name: value for name, value in request.POST.items() if name in names}


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def void(request: HttpRequest, key: str, member: str) -> HttpResponse:
    """A page that asks for the reason; voiding keeps the record readable and takes it out of lists and figures."""
    ledger = ledger_for(request.user, key, "write")
    stored = member_of(ledger, request.user, member)
    if not ledger.entry or not hasattr(stored, "voided_at") or stored.voided_at:
        raise Http404(_("This record cannot be voided."))
    if closed := why_closed(ledger, stored):
        return _closed(request, ledger, stored, closed)
    back = _address_of(ledger, stored, request.user)
    error, status = "", 200
    if request.method == "POST":
        try:
            actions.void(ledger, [stored.pk], request.POST.get("reason", ""), request.user)
        except Refused as refusal:
            error, status = refusal.problems[0].message, 422
        else:
            messages.success(request, _("Voided: %(record)s.") % {"record": stored})
            return HttpResponseRedirect(f"/ledgers/{key}/")
    context = {
        "ledger": ledger,
        "record": stored,
        "back": back,
        "error": error,
        "reason": request.POST.get("reason", ""),
        "errors": [{"message": error, "field_id": "reason"}] if error else [],
    }
    return render(request, "ledgers/void.html", context, status=status)


def _show_conflicts(request: HttpRequest, form: EntryForm, found: list[Difference]) -> HttpResponse:
    message = _("Somebody else changed this record while your form was open.")
    form.add_problems([Problem(0, "", "", "conflict", message)])
    return _show(request, form, conflicts=found, status=409)


def _settle(data, ledger: Ledger, stored, user):
    """Where the record has been saved since the form was opened: the form with what the user chose field by field, or
    the differences that are still to be chosen."""
    if stored is None or data.get("version", "") in ("", str(stored.version)):
        return data, []
    raw = {column.name: data[column.name] for column in ledger.written if column.name in data}
    found = differences(ledger, user, stored, data["version"], raw)
    choices = chosen(data, found, "version", stored.version)
    if choices is None:
        return data, found
    data = data.copy()
    theirs = [name for name, choice in choices.items() if choice == THEIRS]
    for name, value in shown_values(ledger, stored, theirs).items():
        data[name] = str(value)
    data["version"] = str(stored.version)
    return data, []


def _show(request: HttpRequest, form: EntryForm, *, conflicts=(), status: int = 200) -> HttpResponse:
    ledger, stored = form.ledger, form.stored
    title = _("Change: %(record)s") % {"record": stored} if stored is not None else _("New record")
    context = {
        "ledger": ledger,
        "form": form,
        "record": stored,
        "member": _member(ledger, stored),
        "title": title,
        "errors": form.summary if form.is_bound else [],
        "conflicts": conflicts,
        "changed": _changed_since(form) if conflicts or getattr(form, "draft", None) else None,
        "draft": getattr(form, "draft", None),
        "check_url": f"/ledgers/{ledger.key}/check/",
        "draft_url": f"/ledgers/{ledger.key}/draft/",
        "back": _address_of(ledger, stored, request.user) if stored is not None else f"/ledgers/{ledger.key}/",
        "breadcrumb": [
            {"label": _("Ledgers"), "url": "/ledgers/"},
            {"label": ledger.title, "url": f"/ledgers/{ledger.key}/"},
            {"label": title},
        ],
    }
    return render(request, "ledgers/entry.html", context, status=status)
