"""The form of an act on a task or an order, made from the act's row in the table of states."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from alerts.workdays import day_of_limit
from common import clock
from common.problems import Problem
from ledgers.attachments.forms import ManyFilesInput, UploadForm
from ledgers.guarded import GuardedForm, asked_for, clean_day, day_field
from ledgers.models import Attachment
from rectification.task_states import Act

ACCEPT = UploadForm.base_fields["files"].widget.attrs["accept"]


def when(made) -> dt.datetime | dt.date:
    """The moment of an act; of one that was entered for another day, that day."""
    return made.at if made.at.astimezone(clock.CHINA).date() == made.day else made.day


class PostChoice(forms.ModelChoiceField):
    """Posts by their own name; their unit is told beside."""

    def label_from_instance(self, post) -> str:
        return post.name


class ManyFiles(forms.FileField):
    """Files as they are sent; what is wrong with one the action alone tells."""

    widget = ManyFilesInput

    def clean(self, data, initial=None) -> list:
        return list(data or ())


def limit_field(label) -> forms.CharField:
    """A day by which something is done, also told as a limit from today on."""
    hint = gettext_lazy("A day, or a limit like 5个工作日, 15天, 6月底, 四季度.")
    return day_field(label, help_text=hint, widget=forms.TextInput({"data-date": "", "autocomplete": "off"}))


def clean_limit(form: forms.Form, name: str) -> dt.date | None:
    return day_of_limit(form.cleaned_data.get(name, ""), clock.today()) or clean_day(form, name)


class ActForm(GuardedForm):
    """What the act needs and may be told beside; whether it is enough is the action's to say."""

    version = forms.IntegerField(widget=forms.HiddenInput, required=False)

    def __init__(self, act: Act, subject, *args, posts=None, labels: dict | None = None, limits=(), **options):
        options["initial"] = {"version": subject.version, **(options.get("initial") or {})}
        super().__init__(*args, **options)
        self.act, self.limits = act, limits
        told = (*act.needs, *act.asks)
        if "text" in told:
            self.fields["text"] = forms.CharField(
                label=(labels or {}).get("text") or _text_label(act),
                required=False,
                widget=forms.Textarea({"rows": 4, "maxlength": 1000}),
            )
        if "percent" in told:
            self.fields["percent"] = forms.CharField(
                label=_("Progress (%)"), required=False, widget=forms.TextInput({"inputmode": "decimal"})
            )
        if "evidence" in told:
            self.fields["evidence"] = forms.CharField(
                label=_("Evidence"),
                required=False,
                max_length=300,
                help_text=_("Document numbers or names of papers; left blank, the names of the files stand here.")
                if "evidence" in act.asks
                else _("Name documents and papers here, or attach files below; one of the two is needed."),
            )
            self.fields["files"] = ManyFiles(
                label=_("Files of the evidence"), required=False, widget=ManyFilesInput({"accept": ACCEPT})
            )
            self.fields["caption"] = forms.CharField(
                label=_("What they show"), required=False, max_length=Attachment._meta.get_field("caption").max_length
            )
        if "deadline" in told:
            self.fields["deadline"] = limit_field(_("New deadline"))
            self.fields["long_term"] = forms.BooleanField(
                label=_("Long term, with a yearly review instead of a deadline"), required=False
            )
        if "day" in told:
            limited = "day" in limits
            self.fields["day"] = (limit_field if limited else day_field)((labels or {}).get("day") or _("Day"))
        if "post" in told:
            self.fields["post"] = PostChoice(posts, label=_("Post"), required=False, empty_label=_("choose"))
        for name in act.needs:
            if name != "evidence":  # told in words or by files
                asked_for(self.fields[name])

    def clean_day(self):
        return (clean_limit if "day" in self.limits else clean_day)(self, "day")

    def clean_deadline(self):
        return clean_limit(self, "deadline")

    @property
    def told(self) -> dict:
        names = ("text", "percent", "evidence", "files", "caption", "deadline", "long_term", "day", "post")
        return {name: self.cleaned_data[name] for name in names if name in self.cleaned_data}

    def add_problems(self, problems: Iterable[Problem]) -> None:
        """What is wrong with a file names it."""
        for problem in problems:
            words = f"{problem.value}: {problem.message}" if problem.field == "files" else problem.message
            field = {"captions": "caption"}.get(problem.field, problem.field)
            self.add_error(field if field in self.fields else None, words)


def _text_label(act: Act) -> str:
    labels = {
        "report": gettext_lazy("What has been done"),
        "submit": gettext_lazy("How the task was completed"),
        "reply": gettext_lazy("What has been done"),
        "review": gettext_lazy("Result of the yearly review"),
        "return": gettext_lazy("Why it is returned"),
        "redate": gettext_lazy("Why"),
        "extend": gettext_lazy("Why"),
        "reopen": gettext_lazy("Why"),
    }
    return str(labels.get(act.key, gettext_lazy("Opinion")))
