"""Entering and changing one record in the browser: form, check of a single field, drafts, voiding."""

from __future__ import annotations

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from common.ledger import Ledger
from common.problems import Conflict, Problem, Refused
from ledgers import actions, drafts, history
from ledgers.access import ledger_for, member_name, member_of
from ledgers.checking import clean_rows
from ledgers.forms import EntryForm
from ledgers.presenting import Presenter, values_of
from ledgers.queries import Order, read_page
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
@require_http_methods(["GET", "HEAD", "POST"])
def create(request: HttpRequest, key: str) -> HttpResponse:
    ledger = _entry_ledger(request, key)
    if request.method != "POST":
        return _show(request, _opened(request, ledger))
    return _save(request, ledger, None)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def edit(request: HttpRequest, key: str, member: str) -> HttpResponse:
    ledger = _entry_ledger(request, key)
    stored = member_of(ledger, request.user, member)
    if getattr(stored, "voided_at", None):
        raise Http404(_("This record was voided and can no longer be changed."))
    if request.method != "POST":
        return _show(request, _opened(request, ledger, stored))
    return _save(request, ledger, stored)


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
    data = _with_choices(ledger, request.POST, stored)
    form_id = drafts.form_id_of(data)
    if address := drafts.begin_saving(user, ledger.key, _member(ledger, stored), form_id):
        return HttpResponseRedirect(address)
    form = EntryForm(ledger, user, stored, data)
    try:
        rows, problems = clean_rows(ledger, [form.raw_row()], user, stored=None if stored is None else [stored])
        problems = [problem for problem in problems if not problem.warning]
        if stored is None and not problems:
            problems = _already_there(ledger, rows, user)
        if problems:
            raise Refused(problems)
        saved = actions.save(ledger, rows, by=user, source=SOURCE)
    except Refused as refusal:
        form.add_problems(refusal.problems)
        return _show(request, form, status=422)
    except Conflict as conflict:
        form.add_problems(
            [Problem(0, "", "", "conflict", _("Somebody else changed this record while your form was open."))]
        )
        return _show(request, form, conflicts=_conflicts(form, conflict), status=409)
    address = _address_of(ledger, saved.objects[0], user)
    onwards = f"/ledgers/{ledger.key}/new/" if "save_next" in request.POST else address
    drafts.saved(user, form_id, onwards)
    messages.success(request, _("Saved: %(record)s.") % {"record": saved.objects[0]})
    return HttpResponseRedirect(onwards)


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
    names = {*ledger.by_name, "form_id", "version"}
    draft = drafts.keep(request.user, key, member, {k: v for k, v in request.POST.items() if k in names})
    return render(request, "ledgers/_draft_state.html", {"draft": draft})


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def void(request: HttpRequest, key: str, member: str) -> HttpResponse:
    """A page that asks for the reason; voiding keeps the record readable and takes it out of lists and figures."""
    ledger = ledger_for(request.user, key, "write")
    stored = member_of(ledger, request.user, member)
    if not ledger.entry or not hasattr(stored, "voided_at") or stored.voided_at:
        raise Http404(_("This record cannot be voided."))
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


def _conflicts(form: EntryForm, conflict: Conflict) -> list[dict]:
    """Field by field: what you typed, what is stored now; the side that did change stands chosen."""
    ledger, user = form.ledger, form.user
    stored = ledger.model.objects.get(pk=form.stored.pk)
    now = values_of(ledger, stored)
    version = form.data.get("version", "")
    base = history.state_at(ledger, stored.pk, int(version)) if version.isdecimal() else None
    rows, _problems = clean_rows(ledger, [form.raw_row()], user, partial=True, stored=[form.stored], set_checks=False)
    mine = {
        name: getattr(value, ledger.by_name[name].reference.by) if ledger.by_name[name].reference and value else value
        for name, value in rows[0].items()
        if name in now
    }
    present = Presenter(ledger, user, ledger.written)
    present.prepare([mine, now])
    found = []
    for column in ledger.written:
        name = column.name
        if name not in mine or mine[name] == now[name]:
            continue
        attribute = ledger.model_field(column).attname
        theirs_changed = base is None or base[attribute] != getattr(stored, attribute)
        found.append(
            {
                "name": name,
                "label": ledger.heading(column),
                "mine": present.text(column, mine[name]),
                "theirs": present.text(column, now[name]),
                "take_theirs": theirs_changed and not _was_touched(base, column, ledger, rows[0]),
            }
        )
    form.data = form.data.copy()
    form.data["version"] = str(conflict.version)
    return found


def _was_touched(base: dict | None, column, ledger: Ledger, row: dict) -> bool:
    """Whether the user changed this column of what the form showed at first."""
    if base is None:
        return True
    value = row[column.name]
    return getattr(value, "pk", value) != base[ledger.model_field(column).attname]


def _with_choices(ledger: Ledger, data, stored):
    """The form's data, with the stored value in each field for which the user chose it (`choose_<name>`: theirs)."""
    taken = [column.name for column in ledger.written if data.get(f"choose_{column.name}") == "theirs"]
    if not taken or stored is None:
        return data
    data = data.copy()
    for name in taken:
        del data[name]  # not told: the stored value stays
    return data


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
        "draft": getattr(form, "draft", None),
        "check_url": f"/ledgers/{ledger.key}/check/",
        "back": _address_of(ledger, stored, request.user) if stored is not None else f"/ledgers/{ledger.key}/",
        "breadcrumb": [
            {"label": _("Ledgers"), "url": "/ledgers/"},
            {"label": ledger.title, "url": f"/ledgers/{ledger.key}/"},
            {"label": title},
        ],
    }
    return render(request, "ledgers/entry.html", context, status=status)
