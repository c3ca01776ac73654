"""Looking through a possible duplicate, deciding it, and looking for more."""

from __future__ import annotations

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache

from accounts.roles import can, check
from common import citizen_id, clock
from common.ledger import registry
from common.values import mask_phone
from divisions.queries import names_of
from households.actions.duplicates import decide, find_duplicates, find_similar_documents
from households.models import Duplicate, Person
from households.models.duplicates import DIFFERENT, OPEN, SAME
from ledgers.guarded import GuardedForm, asked_for, carry_out

LEDGER = "/ledgers/duplicates/"


class DecisionForm(GuardedForm):
    """Whether it is one person, which entry stays, and what the decision rests on."""

    decision = forms.ChoiceField(
        label=gettext_lazy("Is it the same person?"),
        required=False,
        choices=[("", ""), (SAME, gettext_lazy("the same person")), (DIFFERENT, gettext_lazy("different people"))],
    )
    keep = forms.ChoiceField(
        label=gettext_lazy("If the same: the entry that stays"),
        required=False,
        choices=[("", ""), ("this", gettext_lazy("the one here")), ("other", gettext_lazy("the other one"))],
    )
    whole = forms.BooleanField(label=gettext_lazy("The two households are one and the same"), required=False)
    reason = forms.CharField(label=gettext_lazy("What the decision rests on"), required=False, max_length=200)

    def __init__(self, *args, **options):
        super().__init__(*args, **options)
        for name in ("decision", "reason"):
            asked_for(self.fields[name])


@login_required
@never_cache
def pair(request: HttpRequest, key: int) -> HttpResponse:
    """Both entries side by side, as far as they may be seen, and the decision."""
    user = request.user
    check(user, "read", "duplicates")
    found = (
        Duplicate.objects.visible_to(user)
        .select_related("person__household__settlement", "decided_by")
        .filter(pk=key)
        .first()
    )
    if found is None:
        raise Http404(_("There is no such pair in your area."))
    other = (
        Person.objects.visible_to(user).filter(pk=found.other_person).select_related("household__settlement").first()
    )
    context = {
        "pair": found,
        "rows": _side_by_side(found.person, other),
        "other": other,
        "county": names_of([found.other_region - found.other_region % 10**6], clock.today()).get(
            found.other_region - found.other_region % 10**6, ""
        ),
        "breadcrumb": [{"label": registry["duplicates"].title, "url": LEDGER}, {"label": found.person.name}],
    }
    if found.decision != OPEN or not can(user, "write", "duplicates"):
        return render(request, "households/duplicate.html", context)
    form = DecisionForm(request.POST or None)
    told: list[str] = []
    answer = carry_out(
        request,
        form,
        name="duplicates",
        member=str(found.pk),
        back=LEDGER,
        done=_("Decided."),
        do=lambda: told.append(
            decide(
                found,
                decision=form.cleaned_data["decision"],
                reason=form.cleaned_data["reason"].strip(),
                keep=form.cleaned_data["keep"],
                whole=form.cleaned_data["whole"],
                by=user,
            )
        ),
        template="households/duplicate.html",
        context=context,
    )
    for line in filter(None, told):
        messages.info(request, line)
    return answer


def _side_by_side(one: Person, other: Person | None) -> list[dict]:
    """[{label, here, there, alike}]; of somebody outside the area only what the pair itself says."""

    def told(person: Person | None) -> list[str]:
        if person is None:
            return []
        home = person.household
        return [
            person.name,
            person.get_sex_display(),
            person.birth_date.isoformat(),
            citizen_id.mask(person.id_number or ""),
            person.registry_number,
            mask_phone(person.phone or home.phone),
            person.get_relation_display(),
            f"{home.head_name} {home.code}",
            home.settlement.name,
            home.address,
        ]

    labels = [
        _("Name"), _("Sex"), _("Birth date"), _("Number of document"), _("Registry person number"), _("Telephone"),
        _("Relation to head"), _("Relocated household"), _("Settlement"), _("Address"),
    ]  # fmt: skip
    here, there = told(one), told(other) or [""] * len(labels)
    return [
        {"label": label, "here": mine, "there": theirs, "alike": bool(mine) and mine == theirs}
        for label, mine, theirs in zip(labels, here, there, strict=True)
    ]


@login_required
@never_cache
def search(request: HttpRequest) -> HttpResponse:
    """Look for duplicates now, in the user's area; asked before it is done, since it reads everybody."""
    user = request.user
    check(user, "write", "duplicates")
    if request.method == "POST":
        found = find_duplicates(by=user) + find_similar_documents(by=user)
        messages.success(request, _("%(count)s new pairs found.") % {"count": found})
        return redirect(f"{LEDGER}?decision={OPEN}")
    return render(
        request,
        "households/search_duplicates.html",
        {"breadcrumb": [{"label": registry["duplicates"].title, "url": LEDGER}, {"label": _("Look for duplicates")}]},
    )
