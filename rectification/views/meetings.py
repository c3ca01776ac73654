"""Pages of meetings: attendance, decisions with how their tasks stand, and quarters without a meeting."""

from __future__ import annotations

from django import forms
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from accounts.models import Post
from accounts.roles import can, check
from common import clock
from common.codes import choices
from divisions.models import Unit
from divisions.queries import names_of
from ledgers.guarded import GuardedForm, asked_for, carry_out, clean_day, day_field
from rectification.actions import meetings as actions
from rectification.models.meetings import Meeting, MeetingDecision, MeetingQuarter
from rectification.models.tasks import ResponsibilityTask
from rectification.queries.meetings import DECISIONS, MEETINGS, QUARTERS, attendance_of, decisions_of
from rectification.queries.tasks import TASKS, units_of
from rectification.views.tasks import TONES


def _found(request: HttpRequest, pk: int) -> Meeting:
    check(request.user, "read", MEETINGS)
    meeting = Meeting.objects.visible_to(request.user).select_related("unit", "group").filter(pk=pk).first()
    if meeting is None:
        raise Http404(_("There is no such record, or it lies outside your area."))
    return meeting


def _open(request: HttpRequest, pk: int, key: str) -> Meeting:
    check(request.user, "write", key)
    meeting = _found(request, pk)
    if meeting.voided_at:
        raise Http404(_("This record was voided and can no longer be changed."))
    return meeting


def _breadcrumb(meeting: Meeting, label: str = "") -> list[dict]:
    steps = [
        {"label": _("Meetings"), "url": f"/ledgers/{MEETINGS}/"},
        {"label": str(meeting), "url": f"/meetings/{meeting.pk}/" if label else ""},
    ]
    return [*steps, {"label": label, "url": ""}] if label else steps


@login_required
@never_cache
@require_safe
def show_meeting(request: HttpRequest, pk: int) -> HttpResponse:
    meeting, user, on = _found(request, pk), request.user, clock.today()
    seen = {} if not can(user, "read", TASKS) else _tasks(meeting, user)
    writes = not meeting.voided_at
    names = names_of([meeting.region, meeting.partner or meeting.region], on)
    return render(
        request,
        "rectification/meetings/meeting.html",
        {
            "meeting": meeting,
            "places": [names.get(code, "") for code in (meeting.region, meeting.partner) if code],
            "attendance": attendance_of(meeting),
            "decisions": [
                {"decision": decision, "task": (task := seen.get(decision.pk)), "tone": task and TONES[task.state]}
                for decision in decisions_of(meeting)
            ],
            "writes": writes and can(user, "write", MEETINGS),
            "decides": writes and can(user, "write", DECISIONS),
            "breadcrumb": _breadcrumb(meeting),
        },
    )


def _tasks(meeting: Meeting, user) -> dict[int, object]:
    """The tasks of the meeting's decisions that the reader sees, by decision."""
    rows = ResponsibilityTask.objects.visible_to(user).filter(decision__meeting=meeting)
    return {task.decision.pk: task for task in rows.select_related("decision")}


class AttendanceForm(GuardedForm):
    """Each unit of the area with whether it came; a unit left blank was not invited."""

    def __init__(self, units, stored, *args, **options):
        super().__init__(*args, **options)
        self.units = units
        states = [("", ""), *choices("attendance")]
        for unit in units:
            row = stored.get(unit.pk)
            self.fields[f"state_{unit.pk}"] = forms.ChoiceField(
                choices=states,
                required=False,
                initial=row.state if row else "",
                label=_("%(unit)s: attendance") % {"unit": unit.name},
            )
            self.fields[f"name_{unit.pk}"] = forms.CharField(
                max_length=60,
                required=False,
                initial=row.name if row else "",
                label=_("%(unit)s: attended by") % {"unit": unit.name},
            )

    @property
    def lines(self) -> list[dict]:
        return [
            {"unit": unit, "state": self[f"state_{unit.pk}"], "name": self[f"name_{unit.pk}"]} for unit in self.units
        ]

    @property
    def told(self) -> list[tuple]:
        return [
            (unit, self.cleaned_data[f"state_{unit.pk}"], self.cleaned_data[f"name_{unit.pk}"])
            for unit in self.units
            if self.cleaned_data[f"state_{unit.pk}"]
        ]


@login_required
@never_cache
def attendance(request: HttpRequest, pk: int) -> HttpResponse:
    meeting, user = _open(request, pk, MEETINGS), request.user
    stored = {row.unit_id: row for row in attendance_of(meeting)}
    near = Unit.objects.visible_to(user).filter(region__in=[meeting.region, meeting.partner or meeting.region])
    units = sorted(
        {*near, *Unit.objects.filter(pk__in=stored)}, key=lambda unit: (unit.pk not in stored, unit.region, unit.name)
    )
    form = AttendanceForm(units, stored, request.POST if request.method == "POST" else None)
    return carry_out(
        request,
        form,
        name="meeting-attendance",
        member=str(pk),
        back=f"/meetings/{pk}/",
        done=_("Attendance is stored."),
        do=lambda: actions.set_attendance(pk, form.told, by=user),
        template="rectification/meetings/attendance.html",
        context={"meeting": meeting, "breadcrumb": _breadcrumb(meeting, _("Attendance"))},
    )


class DecisionForm(GuardedForm):
    """A decision; without owner and day it is refused by the action, in its words."""

    text = forms.CharField(label=gettext_lazy("What was decided"), widget=forms.Textarea({"rows": 3, "maxlength": 500}))
    unit = forms.ModelChoiceField(Unit.objects.none(), label=gettext_lazy("Responsible unit"))
    due_on = day_field(gettext_lazy("Deadline"))
    post = forms.ModelChoiceField(Post.objects.none(), label=gettext_lazy("Responsible post"), required=False)
    next_step = forms.CharField(label=gettext_lazy("Next step"), max_length=300, required=False)

    def __init__(self, user, *args, **options):
        super().__init__(*args, **options)
        self.fields["unit"].queryset = units_of(user)
        posts = Post.objects.visible_to(user).filter(voided_at=None).select_related("unit")
        self.fields["post"].queryset = posts.order_by("unit__name", "name")
        for name in ("unit", "due_on"):
            asked_for(self.fields[name])

    def clean_due_on(self):
        return clean_day(self, "due_on")


@login_required
@never_cache
def decide(request: HttpRequest, pk: int) -> HttpResponse:
    meeting, user = _open(request, pk, DECISIONS), request.user
    form = DecisionForm(user, request.POST if request.method == "POST" else None)

    def do() -> None:
        told = {name: form.cleaned_data[name] for name in ("text", "unit", "due_on", "post", "next_step")}
        actions.save_decisions([{"meeting": meeting, **told}], by=user, source="form")

    return carry_out(
        request,
        form,
        name="meeting-decision",
        member=str(pk),
        back=f"/meetings/{pk}/",
        done=_("The decision is stored, and is a task of the responsible unit."),
        do=do,
        template="rectification/meetings/decide.html",
        context={
            "meeting": meeting,
            "verb": _("Store the decision"),
            "breadcrumb": _breadcrumb(meeting, _("New decision")),
        },
    )


@login_required
@require_safe
def decision(request: HttpRequest, pk: int) -> HttpResponse:
    """A decision stands on the page of its meeting."""
    check(request.user, "read", DECISIONS)
    found = MeetingDecision.objects.visible_to(request.user).filter(pk=pk).first()
    if found is None:
        raise Http404(_("There is no such record, or it lies outside your area."))
    return redirect(f"/meetings/{found.meeting_id}/#decision-{pk}")


class ReasonForm(GuardedForm):
    reason = forms.CharField(
        label=gettext_lazy("Why there was no joint meeting"), widget=forms.Textarea({"rows": 3, "maxlength": 300})
    )

    def __init__(self, *args, **options):
        super().__init__(*args, **options)
        asked_for(self.fields["reason"])


@login_required
@never_cache
def quarter(request: HttpRequest, pk: int) -> HttpResponse:
    """A quarter: the meeting that was held, or the reason why none was, or the form for it."""
    user, on = request.user, clock.today()
    check(user, "read", QUARTERS)
    found = MeetingQuarter.objects.visible_to(user).filter(pk=pk).first()
    if found is None:
        raise Http404(_("There is no such record, or it lies outside your area."))
    form = ReasonForm(request.POST if request.method == "POST" else None, initial={"reason": found.reason})
    place = names_of([found.region], on).get(found.region, "")
    return carry_out(
        request,
        form,
        name="meeting-quarter",
        member=str(pk),
        back=f"/meetings/quarters/{pk}/",
        done=_("The reason is stored."),
        do=lambda: actions.record_reason(pk, form.cleaned_data["reason"], by=user),
        template="rectification/meetings/quarter.html",
        context={
            "quarter": found,
            "place": place,
            "missing": not found.meeting_id and not found.reason and found.due_on < on,
            "writes": can(user, "write", MEETINGS) and not found.meeting_id,
            "verb": _("Store the reason"),
            "breadcrumb": [
                {"label": _("Quarters and their joint meetings"), "url": f"/ledgers/{QUARTERS}/"},
                {"label": f"{place} {found}", "url": ""},
            ],
        },
    )
