"""Pages of monthly dispatch: a round with what came in and what is missing, and a unit's entry."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from django import forms
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from accounts.roles import can, check
from common import clock
from divisions.models import Unit
from divisions.queries import names_of
from ledgers.guarded import GuardedForm, asked_for, carry_out
from rectification.actions import dispatch as actions
from rectification.models.dispatch import Dispatch, DispatchEntry
from rectification.queries.dispatch import DISPATCHES, ENTRIES, before, entries_of, figures_of, summary, why_not_enter
from rectification.queries.tasks import units_of

FIGURE_COLUMNS = ("open_tasks", "overdue_tasks", "open_items", "overdue_items", "rate")


def _round(request: HttpRequest, pk: int, act: str = "read") -> Dispatch:
    check(request.user, act, DISPATCHES)
    dispatch = Dispatch.objects.visible_to(request.user).filter(pk=pk).first()
    if dispatch is None or act == "write" and dispatch.voided_at:
        raise Http404(_("There is no such record, or it lies outside your area."))
    return dispatch


@login_required
@never_cache
@require_safe
def show_round(request: HttpRequest, pk: int) -> HttpResponse:
    dispatch, user, on = _round(request, pk), request.user, clock.today()
    entries = list(entries_of(dispatch).filter(pk__in=DispatchEntry.objects.visible_to(user)))
    found = summary(entries, on)
    address = f"/ledgers/{ENTRIES}/?dispatch={pk}"
    cards = [
        {"label": label, "value": value, "tone": tone if value else "", "url": address + more}
        for label, value, tone, more in [
            (_("Units asked"), found.total, "", ""),
            (_("Entries made"), found.entered, "good", ""),
            (_("of them late"), found.late, "warn", "&state=late"),
            (_("not yet due"), found.owed, "", "&state=owed"),
            (_("not entered"), found.missing, "bad", "&state=missing"),
        ]
    ]
    cards[1]["url"] = f"/ledgers/{ENTRIES}/?dispatch={pk}&entered_on_from=2000-01-01"
    return render(
        request,
        "rectification/dispatch/round.html",
        {
            "dispatch": dispatch,
            "entries": [{"entry": entry, "state": _state(entry, on)} for entry in entries],
            "cards": cards,
            "writes": can(user, "write", DISPATCHES) and not dispatch.voided_at,
            "exports": can(user, "export", ENTRIES),
            "place": names_of([dispatch.region], on).get(dispatch.region, ""),
            "address": address,
            "breadcrumb": [
                {"label": _("Dispatch rounds"), "url": f"/ledgers/{DISPATCHES}/"},
                {"label": dispatch.title, "url": ""},
            ],
        },
    )


def _state(entry: DispatchEntry, on) -> tuple[str, str]:
    """(word, tone) of an entry on the day."""
    if entry.entered_on:
        return (_("entered late"), "warn") if entry.late else (_("entered in time"), "good")
    return (_("not entered"), "bad") if entry.due_on < on else (_("not yet due"), "neutral")


class EntryForm(GuardedForm):
    """What a unit writes; the figures beside it are computed."""

    version = forms.IntegerField(widget=forms.HiddenInput, required=False)
    progress = forms.CharField(label=gettext_lazy("Progress"), widget=forms.Textarea({"rows": 5, "maxlength": 1000}))
    problems = forms.CharField(
        label=gettext_lazy("Problems"), required=False, widget=forms.Textarea({"rows": 4, "maxlength": 1000})
    )
    next_steps = forms.CharField(
        label=gettext_lazy("Next steps"), required=False, widget=forms.Textarea({"rows": 4, "maxlength": 1000})
    )

    def __init__(self, *args, **options):
        super().__init__(*args, **options)
        asked_for(self.fields["progress"])


@login_required
@never_cache
def entry(request: HttpRequest, pk: int) -> HttpResponse:
    """A unit's entry: to be made, to be changed while the round is open, or to be read."""
    user, on = request.user, clock.today()
    check(user, "read", ENTRIES)
    found = DispatchEntry.objects.visible_to(user).select_related("unit", "entered_by").filter(pk=pk).first()
    if found is None:
        raise Http404(_("There is no such record, or it lies outside your area."))
    reason = why_not_enter(found, user, on)
    words = {name: getattr(found, name) for name in actions.WORDS}
    form = EntryForm(request.POST if request.method == "POST" else None, initial={**words, "version": found.version})
    address = f"/dispatch/entries/{pk}/"

    def do() -> None:
        actions.enter(pk, form.cleaned_data, by=user, version=form.cleaned_data["version"])

    state, tone = _state(found, on)
    return carry_out(
        request,
        form,
        name="dispatch-entry",
        member=str(pk),
        back=address,
        done=_("Your entry is stored."),
        do=do,
        template="rectification/dispatch/entry.html",
        context={
            "entry": found,
            "reason": reason,
            "state": state,
            "tone": tone,
            "figures": _figures(found, on),
            "before": before(found),
            "breadcrumb": [
                {"label": _("Dispatch entries"), "url": f"/ledgers/{ENTRIES}/"},
                {"label": f"{found.title} {found.unit.name}", "url": ""},
            ],
        },
    )


def _figures(found: DispatchEntry, on) -> list[dict]:
    """The figures as they were kept with the entry; as they are now where none has been made."""
    live = {} if found.entered_on else figures_of(found.unit, on)
    values = {column: live.get(column, getattr(found, column)) for column in FIGURE_COLUMNS}
    return [
        {"label": found._meta.get_field(column).verbose_name, "value": value}
        for column, value in values.items()
        if value is not None
    ]


class UnitsForm(GuardedForm):
    units = forms.ModelMultipleChoiceField(
        Unit.objects.none(), label=gettext_lazy("Units"), widget=forms.CheckboxSelectMultiple
    )

    def __init__(self, choices, *args, **options):
        super().__init__(*args, **options)
        self.fields["units"].queryset = choices
        asked_for(self.fields["units"])


@dataclass
class RoundAct:
    """What the page of an act on a round shows, and what its button does."""

    form: GuardedForm
    verb: str
    text: str
    effects: list[str]
    done: str
    do: Callable[[], object]


def _closing(dispatch: Dispatch, user, data) -> RoundAct:
    lacking = entries_of(dispatch).filter(entered_on=None).values_list("unit__name", flat=True)
    effects = [_("Missing: %(units)s") % {"units": "、".join(lacking)}] if lacking else [_("All units have entered.")]
    return RoundAct(
        GuardedForm(data),
        _("Close the round"),
        _("After this nobody can enter anything; what is missing stays missing."),
        effects,
        _("The round is closed."),
        partial(actions.close, dispatch.pk, by=user),
    )


def _reopening(dispatch: Dispatch, user, data) -> RoundAct:
    return RoundAct(
        GuardedForm(data),
        _("Open the round again"),
        _("Units can enter and change again; missing entries are due as they were."),
        [],
        _("The round is open again."),
        partial(actions.reopen, dispatch.pk, by=user),
    )


def _naming(dispatch: Dispatch, user, data) -> RoundAct:
    asked = DispatchEntry.objects.filter(dispatch=dispatch, voided_at=None).values("unit")
    form = UnitsForm(units_of(user).exclude(pk__in=asked), data)
    return RoundAct(
        form,
        _("Ask these units"),
        _("Each of them owes an entry by %(day)s.") % {"day": dispatch.due_on},
        [],
        _("The units are asked for an entry."),
        lambda: actions.name_units(dispatch.pk, form.cleaned_data["units"], by=user),
    )


ROUND_ACTS = {"close": _closing, "reopen": _reopening, "units": _naming}


@login_required
@never_cache
def act(request: HttpRequest, pk: int, key: str) -> HttpResponse:
    """Close a round, open it again, or name further units."""
    dispatch = _round(request, pk, "write")
    if key not in ROUND_ACTS:
        raise Http404(_("There is no such act."))
    asked = ROUND_ACTS[key](dispatch, request.user, request.POST if request.method == "POST" else None)
    back = f"/dispatch/{pk}/"
    return carry_out(
        request,
        asked.form,
        name="dispatch-act",
        member=f"{pk}-{key}",
        back=back,
        done=asked.done,
        do=asked.do,
        template="rectification/dispatch/act.html",
        context={
            "dispatch": dispatch,
            "verb": asked.verb,
            "text": asked.text,
            "effects": asked.effects,
            "breadcrumb": [
                {"label": _("Dispatch rounds"), "url": f"/ledgers/{DISPATCHES}/"},
                {"label": dispatch.title, "url": back},
                {"label": asked.verb, "url": ""},
            ],
        },
    )
