"""Pages of a risk case 返贫风险监测: where it stands, what has been done, and the next step."""

from __future__ import annotations

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from accounts.roles import can, check
from common import clock, codes
from common.ledger import registry
from households.actions import risks as actions
from households.actions.risk_facts import facts_of
from households.actions.risk_steps import LEDGER
from households.models import RiskCase, RiskLevel
from households.queries.income import level_of
from households.risk_states import ACTS, Act
from ledgers.guarded import GuardedForm, asked_for, carry_out, clean_day, day_field
from ledgers.views.panels import panels_of

STATE_TONES = {
    "found": "warn",
    "verified": "bad",
    "measures": "info",
    "removed": "good",
    "observation": "good",
    "watch": "warn",
    "dismissed": "neutral",
}
LEVEL_TONES = {"red": "bad", "yellow": "warn", "green": "good"}
_WAY = ("found", "verified", "measures", "removed", "observation")
_LABELS = {
    "verify": gettext_lazy("Verify"),
    "dismiss": gettext_lazy("Take off: not at risk"),
    "measure": gettext_lazy("Enter a measure"),
    "above": gettext_lazy("Note that the income is above the line"),
    "remove": gettext_lazy("Mark the risk as removed"),
    "observe": gettext_lazy("Begin observation"),
}
_DONE = gettext_lazy("The step is on record.")


def _found(request: HttpRequest, pk: int) -> RiskCase:
    check(request.user, "read", LEDGER)
    case = RiskCase.objects.visible_to(request.user).select_related("household__settlement").filter(pk=pk).first()
    if case is None:
        raise Http404(_("There is no such record, or it lies outside your area."))
    return case


def _breadcrumb(case: RiskCase, label: str = "") -> list[dict]:
    home = case.household
    steps = [
        {"label": registry[LEDGER].title, "url": f"/ledgers/{LEDGER}/"},
        {"label": f"{home.head_name} {home.code}", "url": actions.address_of(case) if label else ""},
    ]
    return [*steps, {"label": label, "url": ""}] if label else steps


def acts_on(case: RiskCase, user) -> list[Act]:
    """What may be done next, in the order of the steps."""
    if case.voided_at or not can(user, "write", LEDGER):
        return []
    return [act for act in ACTS.values() if case.state in act.states]


def steps_of(case: RiskCase) -> list[dict]:
    """The way of the case for the row of steps."""
    passed = {"watch": "measures", "dismissed": "found"}.get(case.state, case.state)
    place = _WAY.index(passed)
    return [
        {
            "label": codes.label("risk_state", state),
            "state": "done" if index < place else "current" if index == place else "ahead",
        }
        for index, state in enumerate(_WAY)
    ]


@login_required
@never_cache
@require_safe
def show(request: HttpRequest, pk: int) -> HttpResponse:
    case, user, on = _found(request, pk), request.user, clock.today()
    home = case.household
    level, reason = level_of([home.pk], on)[home.pk]
    incomes = facts_of([home.pk], on).incomes[home.pk]
    return render(
        request,
        "households/risks/case.html",
        {
            "case": case,
            "household": home,
            "tone": STATE_TONES[case.state],
            "level": level,
            "level_tone": LEVEL_TONES[level],
            "reason": reason,
            "steps": steps_of(case),
            "late": case.due_on is not None and case.due_on < on,
            "acts": [{"key": act.key, "label": _LABELS[act.key]} for act in acts_on(case, user)],
            "incomes": list(reversed(incomes))[:6],
            "events": [
                {
                    "when": step.at,
                    "who": step.by.display_name if step.by else _("computed"),
                    "act": f"{step.get_act_display()} {step.day}",
                    "said": step.text,
                    "tone": "info",
                }
                for step in case.steps.select_related("by").order_by("-pk")
            ],
            "panels": panels_of(registry[LEDGER], case, request),
            "edits": can(user, "write", LEDGER) and not case.voided_at,
            "breadcrumb": _breadcrumb(case),
        },
    )


def _choice(label, list_id: str, keep=None) -> forms.ChoiceField:
    choices = [(code, words) for code, words in codes.choices(list_id) if keep is None or code in keep]
    return forms.ChoiceField(label=label, choices=[("", ""), *choices], required=False)


class StepForm(GuardedForm):
    """The day of the step and what it asks; whether it is enough is the action's to say."""

    version = forms.IntegerField(widget=forms.HiddenInput, required=False)

    def __init__(self, act: Act, case: RiskCase, *args, **options):
        options["initial"] = {
            "version": case.version,
            "day": clock.today().isoformat(),
            **{name: getattr(case, name) for name in ("monitor_type", "cause", "second_cause", "cadre")},
        }
        super().__init__(*args, **options)
        fields = {
            "monitor_type": lambda: _choice(_("Kind of monitored household"), "monitor_type"),
            "cause": lambda: _choice(_("Cause of the risk"), "monitor_cause"),
            "second_cause": lambda: _choice(_("Second cause"), "monitor_cause"),
            "end_way": lambda: _choice(_("How the risk ended"), "risk_end", self._ends(case)),
            "measures": lambda: self._text(_("Measure taken")),
            "text": lambda: self._text(_("Explanation")),
            "cadre": lambda: forms.CharField(label=_("Who is responsible"), required=False, max_length=60),
        }
        self.fields["day"] = day_field(
            _("Income above the line since") if act.key == "above" else _("Day"),
        )
        asked_for(self.fields["day"])
        for name in act.asks:
            self.fields[name] = fields[name]()
            if name not in ("second_cause",) and not (act.key == "observe" or act.key == "verify" and name == "cadre"):
                asked_for(self.fields[name])

    @staticmethod
    def _text(label) -> forms.CharField:
        return forms.CharField(label=label, required=False, widget=forms.Textarea({"rows": 3, "maxlength": 300}))

    @staticmethod
    def _ends(case: RiskCase) -> tuple[str, ...]:
        no_labour = RiskLevel.objects.filter(pk=case.household_id, no_labour=True).exists()
        return ("fallback", "3") if no_labour else ("1", "2", "3")

    def clean_day(self):
        return clean_day(self, "day")

    def add_problems(self, problems) -> None:
        """The action names columns; the day of the step stands in the field `day`."""
        days = {act.day: "day" for act in ACTS.values() if act.day}
        for problem in problems:
            name = days.get(problem.field, problem.field)
            self.add_error(name if name in self.fields else None, problem.message)


@login_required
@never_cache
def act(request: HttpRequest, pk: int, key: str) -> HttpResponse:
    """One step of a case: its form, and taking it."""
    case, user = _found(request, pk), request.user
    check(user, "write", LEDGER)
    if key not in ACTS or case.voided_at:
        raise Http404(_("There is no such act."))
    chosen, back = ACTS[key], actions.address_of(case)
    if chosen not in acts_on(case, user) and request.method != "POST":
        message = _(
            "The case is at the step “%(state)s”; the steps are taken in their order. Take the one before first."
        )
        messages.warning(request, message % {"state": case.get_state_display()})
        return redirect(back)
    form = StepForm(chosen, case, request.POST if request.method == "POST" else None)

    def do() -> None:
        told = {name: form.cleaned_data[name] for name in chosen.asks}
        actions.move(pk, key, form.cleaned_data["day"], told, by=user, version=form.cleaned_data["version"])

    label = _LABELS[key]
    return carry_out(
        request,
        form,
        name="risk-act",
        member=f"{pk}-{key}",
        back=back,
        done=_DONE,
        do=do,
        template="households/risks/act.html",
        context={"act": {"label": label}, "case": case, "breadcrumb": _breadcrumb(case, str(label))},
    )
