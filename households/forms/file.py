"""Forms of the acts at a household's file: they show; what is right or wrong is said by the actions."""

from __future__ import annotations

from collections.abc import Iterable

from django import forms
from django.utils.translation import gettext_lazy

from common.codes import choices
from common.problems import Problem
from ledgers.attachments.forms import ManyFilesField, ManyFilesInput
from ledgers.guarded import summary_of

MORE_TEXT = forms.Textarea({"rows": 3})


def day_box(label, **options) -> forms.CharField:
    """A day as it is typed; the ledger's column understands it."""
    widget = forms.TextInput({"inputmode": "numeric", "data-date": True, "autocomplete": "off"})
    return forms.CharField(label=label, required=False, widget=widget, max_length=20, **options)


class ActForm(forms.Form):
    """Takes what an action refuses to the fields that it is about."""

    def tell(self, problems: Iterable[Problem]) -> None:
        self.is_valid()
        for problem in problems:
            self.add_error(problem.field if problem.field in self.fields else None, problem.message)

    @property
    def summary(self) -> list[dict]:
        return summary_of(self)


class VisitForm(ActForm):
    """The visit itself, as it is told at the door."""

    visited_on = day_box(gettext_lazy("Day of the visit"))
    visited_at = forms.CharField(label=gettext_lazy("At"), required=False, max_length=5)
    manner = forms.ChoiceField(label=gettext_lazy("Manner"), required=False)
    visitors = forms.CharField(label=gettext_lazy("Visited by"), required=False, max_length=120)
    met = forms.CharField(label=gettext_lazy("Spoke with"), required=False, max_length=60)
    found = forms.CharField(label=gettext_lazy("What was found"), required=False, max_length=2000, widget=MORE_TEXT)
    agreed = forms.CharField(label=gettext_lazy("What was agreed"), required=False, max_length=1000, widget=MORE_TEXT)

    def __init__(self, *arguments, **named):
        super().__init__(*arguments, **named)
        self.fields["manner"].choices = choices("visit_manner")


class PhotographsForm(ActForm):
    files = ManyFilesField(
        label=gettext_lazy("Photographs"),
        required=False,
        widget=ManyFilesInput(attrs={"multiple": True, "accept": "image/jpeg,image/png,image/webp"}),
        help_text=gettext_lazy("Place and time are taken from the picture where it holds them."),
    )


class StepForm(ActForm):
    """One agreed step. A row in which nothing stands is none."""

    step = forms.CharField(label=gettext_lazy("Agreed step"), required=False, max_length=200)
    owner = forms.CharField(label=gettext_lazy("Owner"), required=False, max_length=60)
    due_on = day_box(gettext_lazy("Done by"))

    @property
    def told(self) -> dict[str, str]:
        return {name: self.data.get(self.add_prefix(name), "").strip() for name in self.fields}


class StepDoneForm(ActForm):
    done_on = day_box(gettext_lazy("Done on"))
    outcome = forms.CharField(label=gettext_lazy("What came of it"), required=False, max_length=500, widget=MORE_TEXT)


class ConfirmForm(ActForm):
    confirmed_on = day_box(gettext_lazy("Checked on"))
    remark = forms.CharField(label=gettext_lazy("Remark"), required=False, max_length=200)


class DecideForm(ActForm):
    act = forms.ChoiceField(
        label=gettext_lazy("Decision"),
        required=False,
        widget=forms.RadioSelect,
        choices=[("accept", gettext_lazy("Accept")), ("return", gettext_lazy("Return"))],
    )
    reason = forms.CharField(
        label=gettext_lazy("Reason"),
        required=False,
        max_length=200,
        help_text=gettext_lazy("Needed where the file is returned."),
    )
