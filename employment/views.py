"""Entry of households with members and jobs; members leaving."""

from __future__ import annotations

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache

from accounts.roles import check
from common import clock
from common.changes import writing
from common.fields import DayField
from common.ledger import registry
from common.problems import Conflict, Refused
from employment.actions import save_roster
from employment.entry import Entry, with_another_row
from households.actions import leave_household, save_persons, void_persons
from households.models import HEAD, Household, Person
from households.queries import household_at, members_of


def _stored(request: HttpRequest, code: str) -> Household:
    try:
        found = household_at(request.user, code)
    except Household.DoesNotExist:
        raise Http404(_("There is no household %(code)s in your area.") % {"code": code}) from None
    if found.voided_at:
        raise Http404(_("The household %(code)s is voided.") % {"code": code})
    return found


def _figures(household: Household) -> list[tuple[str, str]]:
    return [(str(label), text) for tell in registry["households"].consequences for label, text in tell(household)]


@login_required
@never_cache
def entry(request: HttpRequest, code: str = "") -> HttpResponse:
    """Enter a household, or change one; the answer tells what the change did to verdict, counts and rate."""
    check(request.user, "write", "households")
    stored = _stored(request, code) if code else None
    if request.method != "POST":
        return _form(request, Entry(request.user, stored, settlement=request.GET.get("settlement", "")))
    if "add_row" in request.POST:  # the button of a browser without scripts
        return _form(request, Entry(request.user, stored, with_another_row(request.POST)))
    form = Entry(request.user, stored, request.POST)
    block = form.read()
    if block is None:
        return _form(request, form, status=422)
    before = _figures(stored) if stored else []
    try:
        saved = save_roster([block], by=request.user)
    except Refused as refused:
        form.errors += [{"message": problem.message, "field_id": ""} for problem in refused.problems]
        return _form(request, form, status=422)
    except Conflict:
        form.errors.append(
            {
                "field_id": "",
                "message": _(
                    "Somebody else has saved this household meanwhile. Open it again in another window, compare, and save."
                ),
            }
        )
        return _form(request, form, status=409)
    household = saved.households.objects[0]
    _tell_effect(request, before, _figures(household))
    if request.POST.get("next"):
        return redirect(f"/households/new/?settlement={household.settlement.code}")
    return redirect("household", code=household.code)


def _tell_effect(request: HttpRequest, before: list[tuple[str, str]], after: list[tuple[str, str]]) -> None:
    earlier = dict(before)
    changes = [
        _("%(label)s: %(old)s → %(new)s") % {"label": label, "old": earlier.get(label, "—"), "new": text}
        for label, text in after
        if earlier.get(label) != text
    ]
    messages.success(request, _("Saved."))
    for change in changes:
        messages.info(request, change)


def _form(request: HttpRequest, form: Entry, status: int = 200) -> HttpResponse:
    return render(
        request,
        "employment/entry.html",
        {
            "entry": form,
            "form": form.form,
            "formset": form.members,
            "errors": form.errors,
            "household": form.household,
        },
        status=status,
    )


class LeavingForm(forms.Form):
    """Why a member no longer belongs: gone, dead, or never was one."""

    kind = forms.ChoiceField(
        label=gettext_lazy("What happened"),
        choices=[
            ("moved", gettext_lazy("moved out")),
            ("marriage", gettext_lazy("married into another family")),
            ("died", gettext_lazy("died")),
            ("other", gettext_lazy("left for another reason")),
            ("mistake", gettext_lazy("was entered by mistake")),
        ],
    )
    day = forms.CharField(
        label=gettext_lazy("On"),
        required=False,
        help_text=gettext_lazy("The day of death, or the first day on which the person no longer belongs here."),
    )
    reason = forms.CharField(
        label=gettext_lazy("Reason"),
        max_length=200,
        required=False,
        help_text=gettext_lazy("Needed for an entry by mistake."),
    )

    successor = forms.TypedChoiceField(
        label=gettext_lazy("New head of the household"), required=False, coerce=int, empty_value=None
    )

    def __init__(self, *args, others=(), **options):
        super().__init__(*args, **options)
        if others:
            self.fields["successor"].choices = [("", ""), *((other.pk, other.name) for other in others)]
            self.fields["successor"].help_text = gettext_lazy("The head leaves: say who is head from now on.")
        else:
            del self.fields["successor"]

    def clean_day(self):
        return DayField(blank=True, null=True).clean(self.cleaned_data["day"], None)

    def clean(self):
        data = super().clean()
        kind, day = data.get("kind"), data.get("day")
        if kind == "mistake" and not data.get("reason", "").strip():
            self.add_error("reason", gettext_lazy("Say why the entry was a mistake."))
        if kind != "mistake" and "day" in data and day is None:
            self.add_error("day", gettext_lazy("The day is missing. Fill it in."))
        if day and day > clock.today():
            self.add_error("day", gettext_lazy("The day lies in the future. Enter it when it has come."))
        return data


def _end_membership(person: Person, household: Household, data: dict, by) -> None:
    if data["kind"] == "mistake":
        void_persons([person.pk], reason=data["reason"], by=by)
    elif data["kind"] == "died":
        save_persons([{"id": person.pk, "household": household, "died_on": data["day"]}], by=by)
    else:
        leave_household([person.pk], left_on=data["day"], reason=data["kind"], by=by)


@login_required
@never_cache
def leave(request: HttpRequest, code: str, pk: int) -> HttpResponse:
    """A member leaves the household or dies; or the entry was a mistake and is voided."""
    check(request.user, "write", "persons")
    household = _stored(request, code)
    person = get_object_or_404(Person, pk=pk, household=household, voided_at=None)
    others = [other for other in members_of(household) if other.pk != person.pk and not other.died_on]
    form = LeavingForm(request.POST or None, others=others if person.relation == HEAD else ())
    if request.method == "POST" and form.is_valid():
        before = _figures(household)
        data = form.cleaned_data
        try:
            with writing(by=request.user):
                _end_membership(person, household, data, request.user)
                if data.get("successor"):
                    save_persons([{"id": data["successor"], "relation": HEAD}], by=request.user)
        except Refused as refused:
            for problem in refused.problems:
                form.add_error(None, problem.message)
        else:
            _tell_effect(request, before, _figures(household))
            return redirect("household", code=code)
    errors = [
        {"message": error, "field_id": form[name].id_for_label if name in form.fields else ""}
        for name, found in form.errors.items()
        for error in found
    ]
    return render(
        request,
        "employment/leave.html",
        {"form": form, "household": household, "person": person, "errors": errors},
        status=422 if errors else 200,
    )
