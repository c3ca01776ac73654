"""The page of one problem 整改事项: what it is, where it stands, who answers, what has been done, and what may be done now."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from common import clock
from common.ledger import registry
from common.posting import answers_post
from common.problems import Problem, Refused
from ledgers import drafts
from ledgers.attachments.presenting import shown as attachments_shown
from rectification.actions.moves import mark_places, move
from rectification.models import RectificationItem
from rectification.queries.orders import about as orders_about
from rectification.queries.orders import may_issue
from rectification.queries.rights import LEDGER, acts_for, answers_for, why_not, why_not_enter, wrong_person
from rectification.queries.twins import twins_of
from rectification.states import ACTS, DECISIONS, OPEN, STATES, Act, Need
from rectification.views import item_presenting as presenting
from rectification.views.accountability import panel_of as accountability_panel
from rectification.views.item_forms import DRAFT, ActForm, usual_notice, writer_in
from rectification.views.item_lookup import item_of

NEW_STATES = ("draft", "registered", "assigned")  # while a twin is most likely to be found
OWN_PAGES = ("merge",)  # acts that have a page of their own


@dataclass
class Faults:
    """What a form that was sent was refused for, to be shown on the page: the form itself, texts of a form that has gone."""

    form: ActForm | None = None
    errors: list[dict] = field(default_factory=list)
    places: dict[int, str] = field(default_factory=dict)
    status: int = 422


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def item(request: HttpRequest, number: str) -> HttpResponse:
    """The page; what is sent to it is an act. Where the sign-in has run out meanwhile, what was typed is kept."""
    if not request.user.is_authenticated:
        return _keep_for_later(request, number)
    found = item_of(request.user, number)
    if request.method == "POST":
        return _act(request, found)
    if found.state == "merged" and "own" not in request.GET:
        return _lead_to(request, found)
    return page(request, found)


def _lead_to(request: HttpRequest, merged: RectificationItem) -> HttpResponse:
    """Both numbers stay, and lead to the one."""
    leading = merged
    while leading.merged_into_id:
        leading = leading.merged_into
    message = _("%(number)s was merged into %(leading)s, which you see here.")
    messages.info(request, message % {"number": merged.number, "leading": leading.number})
    return redirect(leading.address)


def _keep_for_later(request: HttpRequest, number: str) -> HttpResponse:
    """To the sign-in page, and back to what was typed."""
    if request.method == "POST" and (user := writer_in(request.POST)) is not None:
        drafts.keep(user, DRAFT, number, _texts(request.POST))
    return redirect_to_login(request.path)


def _texts(data) -> dict:
    return {name: value for name, value in data.items() if name not in ("writer", "files")}


# --- Acts -------------------------------------------------------------------------------------------------------------


def _act(request: HttpRequest, found: RectificationItem) -> HttpResponse:
    act = ACTS.get(request.POST.get("act", ""))
    form_id = drafts.form_id_of(request.POST)
    if address := drafts.begin_saving(request.user, DRAFT, found.number, form_id, _texts(request.POST)):
        messages.info(request, _("This was done already by the first click."))
        return redirect(address)
    group = next((g for g in _groups(found, request.user, clock.today()) if act in g), None)
    form = _sent(request, found, group or _group_of(request, act))
    if form is None:
        errors = [{"message": _("Choose what to do."), "field_id": ""}]
        return page(request, found, Faults(errors=errors))
    if not form.is_valid():
        return page(request, found, Faults(form, form.summary))
    version = request.POST.get("version", "")
    try:
        done = move(
            found,
            form.chosen.key,
            by=request.user,
            version=int(version) if version.isdecimal() and len(version) < 10 else -1,
            files=request.FILES.getlist("files"),
            caption=form.cleaned_data.get("caption", ""),
            **form.told,
        )
    except Refused as refused:
        form.add_problems(refused.problems)
        late = any(problem.code == "changed_meanwhile" for problem in refused.problems)
        found = item_of(request.user, found.number)
        form.renew(found)
        return page(request, found, Faults(form, form.summary, status=409 if late else 422))
    drafts.saved(request.user, form_id, found.address)
    messages.success(request, _done(found.number, form.chosen, done.to_state))
    return redirect(found.address)


def _done(number: str, act: Act, state: str) -> str:
    return _("%(number)s: “%(act)s” is done. The item is now in the state “%(state)s”.") % {
        "number": number,
        "act": act.label,
        "state": STATES[state].label,
    }


def _group_of(request: HttpRequest, act: Act | None) -> list[Act]:
    """The acts of a form that was sent and is offered no longer; for a decision not taken, those of its name."""
    if act is not None:
        return [act]
    keys = request.POST.get("acts", "").split("-")
    return [ACTS[key] for key in keys] if keys and all(key in ACTS for key in keys) else []


def _sent(request: HttpRequest, found: RectificationItem, acts: list[Act]) -> ActForm | None:
    return ActForm(found, acts, request.user, request.POST, request.FILES) if acts else None


def _groups(found: RectificationItem, user, on: dt.date) -> list[list[Act]]:
    """The acts that are open to the user, those together between which one look decides."""
    free = {act.key: act for act, reason in acts_for(found, user, on, files_come=True) if not reason}
    groups: list[list[Act]] = []
    taken: set[str] = set(OWN_PAGES)
    for key in free:
        if key in taken:
            continue
        pair = next((pair for pair in DECISIONS if key in pair and all(one in free for one in pair)), (key,))
        groups.append([free[one] for one in pair])
        taken |= {*pair}
    return groups


def _forms(found: RectificationItem, user, on: dt.date, faults: Faults, draft: dict) -> list[dict]:
    """The forms of the open acts, the first one opened; a faulty one comes as it was sent."""
    forms = []
    for acts in _groups(found, user, on):
        if faults.form is not None and faults.form.key == "-".join(act.key for act in acts):
            forms.append(faults.form)
            continue
        told = _usual(found, acts, on)
        if draft.get("acts") == "-".join(act.key for act in acts):
            told |= {name: value for name, value in draft.items() if name not in ("version", "writer", "acts")}
        forms.append(ActForm(found, acts, user, **told))
    opened = faults.form.key if faults.form is not None else draft.get("acts") or (forms[0].key if forms else "")
    return [{"form": form, "open": form.key == opened} for form in forms]


def _usual(found: RectificationItem, acts: list[Act], on: dt.date) -> dict:
    """What stands in a form at first."""
    told = usual_notice(acts, found.region, on)
    if any(Need.RESPONSIBLE in act.takes for act in acts) and found.responsible_id:
        told["responsible"] = found.responsible_id
    return told


def _closed_acts(found: RectificationItem, user, on: dt.date, *, waiting: bool) -> list[dict]:
    """Acts of this state that are not open to the user, by what stands against them: those that are the user's and
    wait for something (`waiting`), or those that are others'."""
    reasons: dict[str, list[str]] = {}
    for act, reason in acts_for(found, user, on, files_come=True):
        if reason and waiting != bool(wrong_person(found, act, user)):
            reasons.setdefault(reason, []).append(str(act.label))
    return [{"acts": "、".join(acts), "reason": reason} for reason, acts in reasons.items()]


# --- The page ---------------------------------------------------------------------------------------------------------


def page(request: HttpRequest, found: RectificationItem, faults: Faults | None = None) -> HttpResponse:
    user, on = request.user, clock.today()
    faults = faults or Faults(status=200)
    draft = drafts.latest(user, DRAFT, found.number)
    restored = drafts.content(draft) if draft and "restore" in request.GET else {}
    if restored:
        restored["form_id"] = draft.form_id
    forms = _forms(found, user, on, faults, restored)
    gone = faults.form is not None and all(one["form"] is not faults.form for one in forms)
    lost = faults.form.typed if gone else []
    if restored and all(one["form"].key != restored.get("acts") for one in forms):
        lost = [
            {"label": _("Your draft"), "text": restored[name]} for name in ("opinion", "effect") if restored.get(name)
        ]
    may_merge = not why_not(found, ACTS["merge"], user, on)
    marks = not why_not(found, ACTS["report"], user, on)
    context = {
        "item": found,
        "on": on,
        "state": STATES[found.state],
        "tone": presenting.tone_of(found.state),
        "dues": presenting.dues(found, on),
        "facts": presenting.facts(found, on),
        "people": presenting.people(found),
        "events": presenting.timeline(found, user),
        "forms": forms,
        "waiting": _closed_acts(found, user, on, waiting=True),
        "closed_acts": _closed_acts(found, user, on, waiting=False),
        "lost": lost,
        "draft": draft if draft and not restored else None,
        "places": [
            {"place": place, "note": faults.places.get(place.pk, ""), "picked": place.pk in faults.places}
            for place in found.places.select_related("settlement")
        ],
        "marks": marks and found.places.filter(state="open").exists(),
        "co_units": found.co_units.select_related("unit"),
        "names_units": found.state in OPEN and not why_not_enter(found, user),
        "edit": _edit(found, user),
        "may_merge": may_merge,
        "twins": twins_of(found, user) if may_merge and found.state in NEW_STATES else [],
        "relapses": found.relapses.filter(voided_at=None).order_by("pk"),
        "merged": found.merged.order_by("pk"),
        "may_relapse": found.state == "closed" and not why_not_enter(found, user),
        "answers": answers_for(found, user),
        "files": attachments_shown(registry[LEDGER], found, user) | {"next": found.address},
        "accountability": accountability_panel(found, user, on),
        "orders": orders_about(LEDGER, found.pk, user),
        "may_order": may_issue(user) and found.state in OPEN and not found.voided_at,
        "errors": faults.errors,
        "breadcrumb": [
            {"label": _("Rectification items"), "url": f"/ledgers/{LEDGER}/"},
            {"label": found.number, "url": ""},
        ],
    }
    return render(request, "rectification/items/item.html", context, status=faults.status)


def _edit(found: RectificationItem, user) -> dict | None:
    """The way to the entry form, where anything can still be corrected there."""
    if why_not_enter(found, user):
        return None
    whole = found.state in ("draft", "registered")
    return {
        "url": f"/ledgers/{LEDGER}/{found.pk}/edit/",
        "label": _("Change") if whole else _("Correct remark and contacts"),
    }


# --- Beside the acts --------------------------------------------------------------------------------------------------


@require_POST
def keep_draft(request: HttpRequest, number: str) -> HttpResponse:
    """Keep what stands in a form, also where the sign-in has run out since; a fragment that says when."""
    if not request.user.is_authenticated:
        return _keep_for_later(request, number)
    found = item_of(request.user, number)
    if "discard" in request.POST:
        if form_id := drafts.form_id_of(request.POST):
            drafts.drop(request.user, form_id)
        return redirect(found.address)
    draft = drafts.keep(request.user, DRAFT, found.number, _texts(request.POST))
    return render(request, "ledgers/_draft_state.html", {"draft": draft})


@login_required
@never_cache
@answers_post(
    "/rectification/{number}/",
    gettext_lazy("What was asked for was answered once; the page shows what stands now."),
)
def places(request: HttpRequest, number: str) -> HttpResponse:
    """The responsible unit marks places as done, each with a note."""
    found = item_of(request.user, number)
    picked = [int(key) for key in request.POST.getlist("place") if key.isdecimal() and len(key) < 19]
    notes = {key: request.POST.get(f"note_{key}", "") for key in picked}
    try:
        if not notes:
            raise Refused([Problem(0, "", "", "required", _("Tick the places that are done."))])
        done = mark_places(found, notes, by=request.user)
    except Refused as refused:
        errors = [{"message": one.message, "field_id": one.field} for one in refused.problems]
        return page(request, found, Faults(errors=errors, places=notes))
    text = ngettext("%(n)s place is marked as done.", "%(n)s places are marked as done.", done)
    messages.success(request, text % {"n": done})
    return redirect(f"{found.address}#places")
