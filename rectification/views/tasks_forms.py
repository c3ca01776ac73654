"""The form of an act on a task or an order, made from the act's row in the table of states."""

from __future__ import annotations

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from ledgers.guarded import GuardedForm, asked_for, clean_day, day_field
from rectification.task_states import Act


class PostChoice(forms.ModelChoiceField):
    """Posts by their own name; their unit is told beside."""

    def label_from_instance(self, post) -> str:
        return post.name


class ActForm(GuardedForm):
    """What the act needs and may be told beside; whether it is enough is the action's to say."""

    version = forms.IntegerField(widget=forms.HiddenInput, required=False)

    def __init__(self, act: Act, subject, *args, posts=None, labels: dict | None = None, **options):
        options["initial"] = {"version": subject.version, **(options.get("initial") or {})}
        super().__init__(*args, **options)
        self.act = act
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
                help_text=_("Document numbers, names of files, photographs; the files themselves are attached beside."),
            )
        if "deadline" in told:
            self.fields["deadline"] = day_field(_("New deadline"))
            self.fields["long_term"] = forms.BooleanField(
                label=_("Long term, with a yearly review instead of a deadline"), required=False
            )
        if "day" in told:
            self.fields["day"] = day_field((labels or {}).get("day") or _("Day"))
        if "post" in told:
            self.fields["post"] = PostChoice(posts, label=_("Post"), required=False, empty_label=_("choose"))
        for name in act.needs:
            asked_for(self.fields[name])

    def clean_day(self):
        return clean_day(self, "day")

    def clean_deadline(self):
        return clean_day(self, "deadline")

    @property
    def told(self) -> dict:
        names = ("text", "percent", "evidence", "deadline", "long_term", "day", "post")
        return {name: self.cleaned_data[name] for name in names if name in self.cleaned_data}


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
