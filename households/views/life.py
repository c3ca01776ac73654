"""Pages of what happens to a household: one form an event, and the undo."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache

from accounts.roles import check
from common.problems import Conflict, Problem, Refused
from common.terms import Term, term
from households.actions.life_rows import EVENTS
from households.actions.life_undoing import undo as take_back
from households.forms import life as of
from households.forms import life_family as family
from households.forms.leaving import LeavingForm
from households.models import Household, HouseholdEvent, Person
from households.queries.households import household_at, why_closed
from households.telling import differences, figures
from ledgers.guarded import GuardedForm, asked_for, carry_out
from settlements.models import Settlement


@dataclass(frozen=True)
class LifeAct:
    """An event that can be recorded: its words, and its form."""

    label: Term
    form: type[of.LifeForm]
    hint: object = ""


RETURN = "return"  # all that leads back into a household which has ended
ACTS = {
    "birth": LifeAct(term("Birth", "出生"), of.BirthForm),
    "coming": LifeAct(
        term("Married in or moved in", "婚入、迁入"),
        of.ComingForm,
        gettext_lazy(
            "Somebody of another household in your area leaves it on the day. Whom another county holds is asked for by a"
            " transfer request."
        ),
    ),
    RETURN: LifeAct(term("Comes back", "返回"), of.ReturnForm),
    "leave": LifeAct(
        term("Leaves or dies", "离开、死亡"),
        LeavingForm,
        gettext_lazy("What was counted on earlier days stays as it was."),
    ),
    "head": LifeAct(
        term("Change of head", "户主变更"),
        family.HeadForm,
        gettext_lazy("Choose the new head; the relations of all members are then proposed."),
    ),
    "split": LifeAct(
        term("Split", "分户"),
        family.SplitForm,
        gettext_lazy(
            "Who splits off becomes a household of its own in the same settlement, with the county's next code."
        ),
    ),
    "merge": LifeAct(term("Merge", "并户"), family.MergeForm),
    "flat": LifeAct(term("Change of flat", "调换住房"), of.FlatForm),
    "settlement": LifeAct(term("Another settlement", "调整安置点"), of.SettlementForm),
}


def stored(request: HttpRequest, code: str) -> Household:
    try:
        found = household_at(request.user, code)
    except Household.DoesNotExist:
        raise Http404(_("There is no household %(code)s in your area.") % {"code": code}) from None
    if found.voided_at:
        raise Http404(_("The household %(code)s is voided.") % {"code": code})
    return found


def breadcrumb(household: Household, last: object) -> list[dict]:
    return [
        {"label": household.settlement.name, "url": f"/settlements/{household.settlement.code}/"},
        {"label": f"{household.head_name} {household.code}", "url": f"/households/{household.code}/"},
        {"label": last, "url": ""},
    ]


@login_required
@never_cache
def act(request: HttpRequest, code: str, key: str) -> HttpResponse:
    """The form of an event; the answer tells what it moved."""
    if key not in ACTS:
        raise Http404(_("There is no such page."))
    return _act(request, stored(request, code), key)


@login_required
@never_cache
def leave(request: HttpRequest, code: str, pk: int) -> HttpResponse:
    """A member leaves or dies; or the entry was a mistake and is voided."""
    household = stored(request, code)
    person = get_object_or_404(Person, pk=pk, household=household, voided_at=None)
    return _act(request, household, "leave", person=person)


def _act(request: HttpRequest, household: Household, key: str, **options) -> HttpResponse:
    check(request.user, "write", EVENTS)
    if key != RETURN and request.method != "POST" and (closed := why_closed(household)):
        messages.warning(request, closed)
        return redirect("household", code=household.code)  # it tells where its members live now
    chosen = ACTS[key]
    posted = (request.POST, request.FILES) if request.method == "POST" else ()
    form = chosen.form(household, request.user, *posted, **options)
    context = {
        "household": household,
        "label": chosen.label,
        "hint": chosen.hint,
        "person": options.get("person"),
        "breadcrumb": breadcrumb(household, chosen.label),
        "back": f"/households/{household.code}/",
    }
    proposal = form.proposal() if isinstance(form, family.RelatingForm) else None
    if proposal is not None:
        again = chosen.form(household, request.user, proposal, request.FILES, **options)
        return render(
            request,
            "households/life/act.html",
            {**context, "form": again, "proposing": True, "files_again": bool(request.FILES)},
        )
    told: list[str] = []
    answer = carry_out(
        request,
        form,
        name=f"life-{key}",
        member=household.code,
        back=context["back"],
        done=_("Saved."),
        do=lambda: told.extend(_done(household, form.do, form.elsewhere)),
        template="households/life/act.html",
        context=context,
    )
    for line in told:
        messages.info(request, line)
    return answer


def _done(household: Household, do, *elsewhere: Settlement | None) -> list[str]:
    """What the event moved, in words. Raises Refused, also where somebody else was faster."""
    concerned = (household.settlement, *elsewhere)
    before = figures(household, *concerned)
    try:
        event = do()
    except Conflict:
        message = _("Somebody else has changed this household meanwhile. Look at its page, then open this form again.")
        raise Refused([Problem(0, "", "", "conflict", message)]) from None
    now = Household.objects.select_related("settlement").filter(pk=household.pk).first()
    told = list(differences(before, figures(now, *concerned)))
    other = getattr(event, "other", None)
    if other is not None and event.kind == "split":
        told.insert(0, _("The new household has the code %(code)s.") % {"code": other.code})
    return told


def _settlements_of(event: HouseholdEvent, user) -> Iterable[Settlement]:
    """Settlements to which the undo of an event gives something back."""
    former = {
        before["settlement_id"] for _table, _key, before, _after in event.steps if before and "settlement_id" in before
    }
    if event.other is not None:
        former.add(event.other.settlement_id)
    return Settlement.objects.visible_to(user).filter(pk__in=former).order_by("pk")


class UndoForm(GuardedForm):
    reason = forms.CharField(label=gettext_lazy("Why it is undone"), required=False, max_length=200)

    def __init__(self, *args, **options):
        super().__init__(*args, **options)
        asked_for(self.fields["reason"])


@login_required
@never_cache
def undo(request: HttpRequest, code: str, pk: int) -> HttpResponse:
    """Ask once more, with the reason, and take the event back."""
    check(request.user, "write", EVENTS)
    household = stored(request, code)
    event = get_object_or_404(HouseholdEvent.objects.visible_to(request.user), pk=pk, household=household)
    form = UndoForm(request.POST if request.method == "POST" else None)
    told: list[str] = []
    answer = carry_out(
        request,
        form,
        name="life-undo",
        member=str(pk),
        back=f"/households/{code}/",
        done=_("The event is undone."),
        do=lambda: told.extend(
            _done(
                household,
                lambda: take_back(event, form.cleaned_data["reason"], by=request.user),
                *_settlements_of(event, request.user),
            )
        ),
        template="households/life/undo.html",
        context={
            "household": household,
            "event": event,
            "breadcrumb": breadcrumb(household, _("Undo")),
        },
    )
    for line in told:
        messages.info(request, line)
    return answer
