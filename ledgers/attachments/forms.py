"""The form that sends files, as pages draw it; what is wrong with files the action alone tells."""

from __future__ import annotations

from collections.abc import Iterable

from django import forms
from django.conf import settings
from django.db import models
from django.forms.utils import ErrorDict
from django.utils.translation import gettext_lazy as _

from common.ledger import Ledger
from common.problems import Problem
from ledgers.attachments.checking import MEBIBYTE
from ledgers.attachments.kinds import KINDS
from ledgers.attachments.models import Attachment
from ledgers.attachments.queries import groups_of

ACCEPT = ",".join(ending for kind in KINDS.values() for ending in kind.endings)


class ManyFilesInput(forms.FileInput):
    allow_multiple_selected = True


class ManyFilesField(forms.FileField):
    """Any number of files, as they came: what is wrong with one of them the action alone tells."""

    def clean(self, data, initial=None):
        return data or []


class UploadForm(forms.Form):
    files = forms.FileField(
        label=_("Files"), widget=ManyFilesInput(attrs={"multiple": True, "accept": ACCEPT}), max_length=None
    )
    caption = forms.CharField(
        label=_("What they show"), required=False, max_length=Attachment._meta.get_field("caption").max_length
    )
    group = forms.ChoiceField(label=_("Belongs to"), required=False)

    def __init__(self, ledger: Ledger, subject: models.Model, *args, **options):
        super().__init__(*args, **options)
        self.fields["files"].help_text = _(
            "Photographs (JPG, PNG, WebP) of up to %(photograph)s MB and documents (PDF, OFD, Word, Excel) of up to"
            " %(document)s MB; at most %(most)s files at a time."
        ) % {
            "photograph": settings.ATTACHMENT_PHOTOGRAPH_BYTES // MEBIBYTE,
            "document": settings.ATTACHMENT_DOCUMENT_BYTES // MEBIBYTE,
            "most": settings.ATTACHMENTS_AT_A_TIME,
        }
        if groups := groups_of(ledger, subject):
            self.fields["group"].choices = [("", "—"), *groups.items()]
        else:
            del self.fields["group"]

    def tell(self, problems: Iterable[Problem]) -> None:
        """Show the action's problems at the fields, each with the name of its file."""
        self._errors, self.cleaned_data = ErrorDict(), {}
        for problem in problems:
            words = f"{problem.value}: {problem.message}" if problem.value else problem.message
            field = {"captions": "caption"}.get(problem.field, problem.field)
            self.add_error(field if field in self.fields else None, words)

    @property
    def faults(self) -> list[dict]:
        """The error summary: each sentence with the field to go to."""
        if not self.is_bound:
            return []
        return [
            {"message": message, "field_id": self[name].id_for_label if name in self.fields else ""}
            for name, errors in self.errors.items()
            for message in errors
        ]
