"""The form of an act: exactly the fields that the table of states asks for it, and the item's version.

Two acts between which one look decides share a form: the answer is chosen, and one button sends it.
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Iterable, Sequence

from django import forms
from django.core import signing
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.models import User
from common import scope
from common.fields import CleanTextField, DayField
from common.problems import Problem
from common.terms import term
from divisions.models import Unit
from divisions.queries import parameter_at
from ledgers.attachments.forms import ManyFilesField, ManyFilesInput, UploadForm
from ledgers.guarded import summary_of
from ledgers.models import Attachment
from rectification.actions.effects import NOTICE_DAYS
from rectification.models import RectificationItem
from rectification.states import Act, Need

DRAFT = "rectification-act"  # what drafts of these forms are kept under
WRITER_DAYS = 7
LONGEST = 2000

_DATE = {"inputmode": "numeric", "data-date": "", "autocomplete": "off"}


def _text(label, rows: int = 3, hint="") -> forms.Field:
    field = CleanTextField(label, max_length=LONGEST, multiline=True, blank=True, help_text=hint)
    return field.formfield(required=False, widget=forms.Textarea({"rows": rows}))


def _day(label, hint="") -> forms.Field:
    return DayField(label, null=True, blank=True, help_text=hint).formfield(
        required=False, widget=forms.TextInput(_DATE)
    )


FIELDS = {
    Need.OPINION: lambda: {"opinion": _text(term("opinion or reason", "意见"))},
    Need.DEADLINE: lambda: {"deadline_on": _day(term("deadline", "整改时限"))},
    Need.EXTENSION: lambda: {"extension_to": _day(term("extend to", "延期至"))},
    Need.EFFECT: lambda: {"effect": _text(term("effect", "整改成效"))},
    Need.COMPLETED: lambda: {"completed_on": _day(term("completed on", "完成时间"))},
    Need.NOTICE: lambda: {
        "notice_from": _day(term("public notice from", "公示开始")),
        "notice_to": _day(term("public notice to", "公示结束")),
    },
    Need.INTO: lambda: {"into": forms.CharField(label=term("leading item", "并入的事项编号"), required=False)},
    Need.UNIT: lambda: {
        "lead_unit": forms.ModelChoiceField(
            Unit.objects.none(), label=term("lead unit", "责任单位"), required=False, empty_label=_("as it is")
        )
    },
    Need.RESPONSIBLE: lambda: {
        "responsible": forms.ModelChoiceField(
            User.objects.none(),
            label=term("account of the responsible person", "责任人账号"),
            required=False,
            empty_label=_("nobody by name"),
        )
    },
    Need.FILES: lambda: {
        "files": ManyFilesField(
            label=gettext_lazy("Evidence"),
            required=False,
            widget=ManyFilesInput(
                attrs={"multiple": True, "accept": UploadForm.base_fields["files"].widget.attrs["accept"]}
            ),
            max_length=None,
        ),
        "caption": forms.CharField(
            label=gettext_lazy("What it shows"),
            required=False,
            max_length=Attachment._meta.get_field("caption").max_length,
        ),
    },
}
DATES = ("deadline_on", "extension_to", "completed_on", "notice_from", "notice_to")


def units_for(region: int):
    """Units that may answer for a problem there: of the place and of the levels above it."""
    above = [scope.ancestor(region, level) for level in range(scope.level_of(region) + 1)]
    return Unit.objects.filter(region__in=above).order_by("-region", "name")


def people_for(region: int):
    """Accounts that could answer for it: of such a unit, and with a scope that holds the place."""
    above = [scope.ancestor(region, level) for level in range(scope.level_of(region) + 1)]
    users = User.objects.filter(is_active=True, unit__in=units_for(region), scopes__region__in=above)
    return users.select_related("unit").order_by("unit__name", "display_name").distinct()


def usual_notice(acts: Iterable[Act], region: int, on: dt.date) -> dict:
    """The shortest public notice from today on, where one of the acts asks for a notice."""
    if all(Need.NOTICE not in act.needs for act in acts):
        return {}
    days = parameter_at("rectification_notice_days", region, on, NOTICE_DAYS)
    return {"notice_from": on.isoformat(), "notice_to": (on + dt.timedelta(days - 1)).isoformat()}


class ActForm(forms.Form):
    """One act, or two to choose from. `key` tells the form from the others of the page."""

    use_required_attribute = False
    form_id = forms.UUIDField(widget=forms.HiddenInput, required=False)
    writer = forms.CharField(widget=forms.HiddenInput, required=False)
    version = forms.CharField(widget=forms.HiddenInput, required=False)

    def __init__(
        self, item: RectificationItem | None, acts: Sequence[Act], user, data=None, files=None, *, region=None, **told
    ):
        self.item, self.acts, self.user = item, list(acts), user
        self.key = "-".join(act.key for act in acts)
        form_id = told.get("form_id") or uuid.uuid4()
        start = {"form_id": form_id, "writer": writer_of(user, form_id), "version": item.version if item else ""}
        super().__init__(data, files, initial=start | told, auto_id=f"id_{self.key}_%s")
        self.fields["acts"] = forms.CharField(widget=forms.HiddenInput, required=False, initial=self.key)
        self.fields["act"] = self._act_field()
        for need in self._needs():
            self.fields |= FIELDS[need]()
        for name in self._needed_by_all():
            self.fields[name].required = True
        if self.decides:
            self._say_whose()
        self._choices(item.region if item is not None else region)

    def _act_field(self) -> forms.Field:
        if len(self.acts) == 1:
            return forms.CharField(widget=forms.HiddenInput, initial=self.acts[0].key)
        return forms.ChoiceField(
            label=gettext_lazy("Decision"),
            choices=[(act.key, act.label) for act in self.acts],
            widget=forms.RadioSelect,
            error_messages={"required": gettext_lazy("Choose one of the two.")},
        )

    def _needs(self) -> list[Need]:
        wanted = {need for act in self.acts for need in (*act.needs, *act.takes)}
        return [need for need in FIELDS if need in wanted]

    def _needed_by_all(self) -> list[str]:
        """Names that are marked as needed; that they are told, the action sees to."""
        needs = set.intersection(*({*act.needs} for act in self.acts))
        return [name for need in FIELDS if need in needs for name in FIELDS[need]()]

    def _say_whose(self) -> None:
        """Of two acts: which field is for which of them."""
        for act in self.acts:
            others = {need for other in self.acts if other is not act for need in (*other.needs, *other.takes)}
            for need in (*act.needs, *act.takes):
                if need not in others:
                    for name in FIELDS[need]():
                        self.fields[name].help_text = _("For “%(act)s”") % {"act": act.label}

    def _choices(self, region: int) -> None:
        if "lead_unit" in self.fields:
            self.fields["lead_unit"].queryset = units_for(region)
        if "responsible" in self.fields:
            self.fields["responsible"].queryset = people_for(region)
            self.fields["responsible"].label_from_instance = lambda user: f"{user.display_name}（{user.unit_name}）"

    def full_clean(self):
        """What is missing the action says, in one go with what else is wrong."""
        required = [name for name in self.fields if self.fields[name].required and name != "act"]
        for name in required:
            self.fields[name].required = False
        super().full_clean()
        for name in required:
            self.fields[name].required = True

    def clean_act(self) -> str:
        key = self.cleaned_data["act"]
        if key not in [act.key for act in self.acts]:
            raise forms.ValidationError(_("Choose one of the two."))
        return key

    def clean_into(self) -> RectificationItem | None:
        number = self.cleaned_data["into"].strip()
        if not number:
            return None
        found = RectificationItem.objects.visible_to(self.user).filter(number=number).first()
        if found is None:
            raise forms.ValidationError(_("There is no problem %(number)s in your area.") % {"number": number[:30]})
        return found

    @property
    def chosen(self) -> Act:
        return next(act for act in self.acts if act.key == self.cleaned_data["act"])

    @property
    def told(self) -> dict:
        """What the chosen act is told; fields that belong to the other one are left aside."""
        names = [
            name
            for need in (*self.chosen.needs, *self.chosen.takes)
            if need is not Need.FILES
            for name in FIELDS[need]()
        ]
        return {name: self.cleaned_data.get(name) for name in names}

    def add_problems(self, problems: Iterable[Problem]) -> None:
        for problem in problems:
            words = f"{problem.value}: {problem.message}" if problem.field == "files" else problem.message
            field = {"captions": "caption"}.get(problem.field, problem.field)
            self.add_error(field if field in self.fields else None, words)

    def renew(self, item: RectificationItem) -> None:
        """The item as it stands now is what the next click decides on."""
        self.item = item
        self.data = self.data.copy()
        self.data["version"] = str(item.version)

    @property
    def decides(self) -> bool:
        return len(self.acts) > 1

    @property
    def title(self) -> str:
        return " / ".join(str(act.label) for act in self.acts)

    @property
    def verb(self) -> str:
        return _("Submit the decision") if self.decides else str(self.acts[0].label)

    @property
    def danger(self) -> bool:
        return not self.decides and self.acts[0].danger

    @property
    def summary(self) -> list[dict]:
        return summary_of(self)

    @property
    def typed(self) -> list[dict]:
        """Long texts as they were sent, so that none is lost with its form."""
        return [
            {"label": self.fields[name].label, "text": text}
            for name in ("opinion", "effect", "caption")
            if name in self.fields and (text := self.data.get(name, "").strip())
        ]


def writer_of(user, form_id) -> str:
    """A signed word that this form was given to this user: what is typed there may be kept for that user alone."""
    return signing.dumps([user.pk, str(form_id)], salt=DRAFT)


def writer_in(data) -> User | None:
    """The user to whom the form was given, if the word in it is ours and not old."""
    try:
        key, form_id = signing.loads(data.get("writer", ""), salt=DRAFT, max_age=WRITER_DAYS * 86400)
    except (signing.BadSignature, ValueError, TypeError):
        return None
    return User.objects.filter(pk=key, is_active=True).first() if form_id == data.get("form_id") else None
