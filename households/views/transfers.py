"""Pages of transfers between counties: asking, offering, answering, taking back."""

from __future__ import annotations

from collections.abc import Callable

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache

from accounts.roles import check
from common import clock
from common.ledger import registry
from households.actions import transfers as actions
from households.actions import transfers_asking as asking
from households.actions.life_rows import Told
from households.codes import life as codes
from households.forms.life import FilesField, code_field, person_choice
from households.models import HEAD, Household, HouseholdEvent, Person, TransferRequest
from households.queries.households import members_of
from households.queries.transfers import answers, asked, county_names, goes_back
from households.telling import differences, figures
from households.views.life import breadcrumb, stored
from ledgers.attachments.presenting import shown as attachments_of
from ledgers.guarded import GuardedForm, asked_for, carry_out, clean_day, day_field
from settlements.models import Settlement

LIST = "/ledgers/transfers/"


class AskForm(GuardedForm):
    """What every request tells: the agreed day, why, by which document."""

    day = day_field(
        gettext_lazy("Day of the move"), help_text=gettext_lazy("A day to come is one on which both agree.")
    )
    reason = forms.CharField(label=gettext_lazy("Reason"), required=False, max_length=200)
    document = forms.CharField(label=gettext_lazy("Document"), required=False, max_length=80)
    files = FilesField()

    def __init__(self, *args, **options):
        options["initial"] = {"day": f"{clock.today():%Y-%m-%d}", **(options.get("initial") or {})}
        super().__init__(*args, **options)
        for name in ("day", "reason"):
            asked_for(self.fields[name])

    def clean_day(self):
        return clean_day(self, "day")

    @property
    def told(self) -> Told:
        data = self.cleaned_data
        return Told(data.get("day"), data["reason"], data["document"], data.get("files") or [])


class ClaimPersonForm(AskForm):
    number = forms.CharField(
        label=gettext_lazy("ID number"), required=False, widget=forms.TextInput({"autocomplete": "off"})
    )
    relation = code_field(gettext_lazy("Relation to head"), "registry_relation", without=(HEAD,))
    field_order = ("number", "relation")

    def __init__(self, *args, **options):
        super().__init__(*args, **options)
        asked_for(self.fields["number"])


class ClaimHouseholdForm(AskForm):
    code = forms.CharField(
        label=gettext_lazy("Household code"), required=False, widget=forms.TextInput({"autocomplete": "off"})
    )
    settlement = forms.ModelChoiceField(
        Settlement.objects.none(), label=gettext_lazy("Settlement here"), required=False, empty_label="—"
    )
    field_order = ("code", "settlement")

    def __init__(self, user, *args, **options):
        super().__init__(*args, **options)
        asked_for(self.fields["code"])
        _settlements(self.fields["settlement"], user)


class OfferForm(AskForm):
    division = forms.CharField(
        label=gettext_lazy("County to which it goes"),
        required=False,
        widget=forms.TextInput({"autocomplete": "off", "data-divisions": ""}),
    )
    field_order = ("division",)

    def __init__(self, *args, **options):
        super().__init__(*args, **options)
        asked_for(self.fields["division"])

    def clean_division(self):
        raw = self.cleaned_data["division"]
        return TransferRequest._meta.get_field("partner").clean(raw, None) if raw.strip() else None


def _settlements(field: forms.ModelChoiceField, user) -> None:
    field.queryset = Settlement.objects.visible_to(user).filter(voided_at=None).order_by("region", "name")
    field.label_from_instance = lambda row: row.name
    asked_for(field)


def _posted(request: HttpRequest) -> tuple:
    return (request.POST, request.FILES) if request.method == "POST" and "form_id" in request.POST else ()


@login_required
@never_cache
def ask(request: HttpRequest) -> HttpResponse:
    """Ask another county for a person (with ?household=CODE, who is to come to it) or for a whole household.

    The form of a household leads here where it refuses somebody whom another county holds: the number is posted along.
    """
    user = request.user
    check(user, "write", actions.TRANSFERS)
    told = request.POST if request.method == "POST" else request.GET
    code = told.get("household", "")
    if code:
        household = stored(request, code)
        initial = {} if _posted(request) else {"number": request.POST.get("number", "")}
        form = ClaimPersonForm(*_posted(request), initial=initial)
        heading, crumbs = _("Ask for a person of another county"), breadcrumb(household, _("Transfer"))
        context = {"household": household}

        def do():
            return asking.ask_for_person(
                household, form.cleaned_data["number"], form.cleaned_data["relation"], form.told, by=user
            )
    else:
        form = ClaimHouseholdForm(user, *_posted(request))
        heading, crumbs = _("Ask for a household of another county"), _crumbs(_("Ask"))
        context = {}

        def do():
            return asking.ask_for_household(
                form.cleaned_data["code"], form.cleaned_data.get("settlement"), form.told, by=user
            )

    return _asking(request, form, do, heading, crumbs, f"ask-{code}", context)


@login_required
@never_cache
def offer(request: HttpRequest, code: str) -> HttpResponse:
    """Offer the household to another county."""
    user = request.user
    check(user, "write", actions.TRANSFERS)
    household = stored(request, code)
    form = OfferForm(*_posted(request))
    return _asking(
        request,
        form,
        lambda: asking.offer_household(household, form.cleaned_data.get("division"), form.told, by=user),
        _("Transfer to another county"),
        breadcrumb(household, _("Transfer")),
        f"offer-{code}",
        {"household": household},
    )


def _crumbs(last: object) -> list[dict]:
    return [{"label": _("Transfers between counties"), "url": LIST}, {"label": last, "url": ""}]


def _asking(
    request: HttpRequest, form: AskForm, do: Callable, heading: str, crumbs: list, member: str, context: dict
) -> HttpResponse:
    """The form of a request; the other side is told, and has its time."""
    back = f"/households/{context['household'].code}/" if "household" in context else LIST
    if request.method == "POST" and not form.is_bound:
        return render(
            request,
            "households/transfers/ask.html",
            {"form": form, "heading": heading, "breadcrumb": crumbs, "back": back, **context},
        )
    return carry_out(
        request,
        form,
        name="transfer",
        member=member,
        back=back,
        done=_("The request has gone to the other county."),
        do=lambda: f"/transfers/{do().pk}/",
        template="households/transfers/ask.html",
        context={"heading": heading, "breadcrumb": crumbs, **context},
    )


def _found(request: HttpRequest, pk: int) -> TransferRequest:
    check(request.user, "read", actions.TRANSFERS)
    rows = TransferRequest.objects.visible_to(request.user).select_related("asked_by", "answered_by", "undoes")
    found = rows.filter(pk=pk, voided_at=None).first()
    if found is None:
        raise Http404(_("There is no such record, or it lies outside your area."))
    return found


@login_required
@never_cache
def show(request: HttpRequest, pk: int) -> HttpResponse:
    """What is asked, of whom, until when; and who may do what about it."""
    return render(request, "households/transfers/transfer.html", _context(request, _found(request, pk)))


def _context(request: HttpRequest, found: TransferRequest) -> dict:
    user, on = request.user, clock.today()
    names = county_names([found.region, found.partner], on)
    open_ = found.state == codes.ASKED
    mine = Household.objects.visible_to(user).filter(pk__in=[found.household_id, found.to_household_id or 0])
    return {
        "transfer": found,
        "asking": names[found.region - found.region % 10**6],
        "answering": names[found.partner - found.partner % 10**6],
        "late": open_ and found.due_on < on,
        "answers": open_ and answers(found, user),
        "asked": open_ and asked(found, user),
        "goes_back": goes_back(found, user),
        "mine": {household.pk for household in mine},
        "events": HouseholdEvent.objects.visible_to(user).filter(transfer=found),
        "breadcrumb": _crumbs(str(found)),
        **attachments_of(registry[actions.TRANSFERS], found, user),
    }


class AnswerForm(GuardedForm):
    """The other side's answer: yes or no as a choice, never two buttons side by side."""

    decision = forms.ChoiceField(
        label=gettext_lazy("Your answer"),
        choices=[("accept", gettext_lazy("accept")), ("refuse", gettext_lazy("refuse"))],
        widget=forms.RadioSelect,
        required=False,
    )
    answer = forms.CharField(
        label=gettext_lazy("Opinion"),
        required=False,
        max_length=200,
        help_text=gettext_lazy("Needed for a refusal."),
    )

    def __init__(self, request: TransferRequest, user, *args, **options):
        super().__init__(*args, **options)
        asked_for(self.fields["decision"])
        if request.undoes_id:
            return
        if request.person_id and request.direction == codes.CLAIM:
            person = Person.objects.visible_to(user).filter(pk=request.person_id).select_related("household").first()
            rest = [p for p in members_of(person.household) if p.pk != person.pk and not p.died_on] if person else []
            if person and person.relation == HEAD and rest:
                self.fields["successor"] = person_choice(
                    gettext_lazy("Head of those who stay"),
                    [("", "—"), *((one.pk, one.name) for one in rest)],
                    help_text=gettext_lazy("The person is head of the household."),
                )
        if request.person_id is None and request.direction == codes.OFFER:
            self.fields["settlement"] = forms.ModelChoiceField(
                Settlement.objects.none(), label=gettext_lazy("Settlement here"), required=False, empty_label="—"
            )
            _settlements(self.fields["settlement"], user)

    def clean(self):
        data = super().clean()
        if not data.get("decision"):
            self.add_error("decision", gettext_lazy("Say whether the request is accepted."))
        return data


class WithdrawForm(GuardedForm):
    answer = forms.CharField(label=gettext_lazy("Reason"), required=False, max_length=200)

    def __init__(self, *args, **options):
        super().__init__(*args, **options)
        asked_for(self.fields["answer"])


def _answer(request: HttpRequest, found: TransferRequest) -> HttpResponse:
    check(request.user, "decide", actions.TRANSFERS)
    form = AnswerForm(found, request.user, *_posted(request)[:1])
    told: list[str] = []

    def mine() -> Household | None:
        rows = Household.objects.visible_to(request.user).select_related("settlement")
        return rows.filter(pk=found.household_id).first()

    def do():
        data = form.cleaned_data
        if data["decision"] == "refuse":
            actions.refuse(found.pk, data["answer"], by=request.user)
            return
        home = mine()
        concerned = (home and home.settlement, data.get("settlement"))
        before = figures(home, *concerned)
        actions.accept(
            found.pk,
            answer=data["answer"],
            successor=data.get("successor"),
            settlement=data.get("settlement"),
            by=request.user,
        )
        told.extend(differences(before, figures(mine() if home else None, *concerned)))

    answer = _acting(request, found, form, do, _("Answer the request"), _("The answer has gone to the other county."))
    for line in told:
        messages.info(request, line)
    return answer


def _withdraw(request: HttpRequest, found: TransferRequest) -> HttpResponse:
    form = WithdrawForm(*_posted(request)[:1])
    return _acting(
        request,
        found,
        form,
        lambda: actions.withdraw(found.pk, form.cleaned_data["answer"], by=request.user) and None,
        _("Withdraw"),
        _("The request is withdrawn."),
    )


def _back(request: HttpRequest, found: TransferRequest) -> HttpResponse:
    check(request.user, "write", actions.TRANSFERS)
    if found.moved_on is None or found.undoes_id:
        raise Http404(_("There is no standing transfer here to be taken back."))
    form = AskForm(*_posted(request))
    form.fields.pop("day")
    return _asking(
        request,
        form,
        lambda: asking.ask_back(
            found, Told(clock.today(), form.told.reason, form.told.document, form.told.files), by=request.user
        ),
        _("Ask the other county to take the transfer back"),
        _crumbs(str(found)),
        f"back-{found.pk}",
        {},
    )


PAGES = {"answer": _answer, "withdraw": _withdraw, "back": _back}


@login_required
@never_cache
def act(request: HttpRequest, pk: int, key: str) -> HttpResponse:
    """Answer a request, withdraw it, or ask for what was done to be taken back."""
    if key not in PAGES:
        raise Http404(_("There is no such page."))
    found = _found(request, pk)
    if key != "back" and found.state != codes.ASKED and request.method != "POST":
        return redirect(f"/transfers/{pk}/")
    return PAGES[key](request, found)


def _acting(request: HttpRequest, found: TransferRequest, form, do: Callable, verb: str, done: str) -> HttpResponse:
    return carry_out(
        request,
        form,
        name="transfer-act",
        member=f"{found.pk}-{verb}",
        back=f"/transfers/{found.pk}/",
        done=done,
        do=do,
        template="households/transfers/act.html",
        context={**_context(request, found), "verb": verb},
    )
