"""Forms of an import: the file, the decision, and what completes a settlement that the file names and nobody knows."""

from __future__ import annotations

from django import forms
from django.core.exceptions import ValidationError
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from common.excel.limits import MEBIBYTE, MESSAGES, Limits
from common.ledger import Column, Ledger
from common.problems import Refused
from common.scope import level_of
from ledgers.forms import field_of
from ledgers.imports.checking import clean_told
from ledgers.imports.sessions import ALL, VALID
from ledgers.references import reference_cleaner
from ledgers.shapes import Shape

ASKED_KINDS = ("division", "code")


class UploadForm(forms.Form):
    file = forms.FileField(
        label=_("Workbook"),
        help_text=format_lazy(
            _("An Excel workbook (.xlsx) of at most {limit} MB, as it is."), limit=Limits.file_bytes // MEBIBYTE
        ),
        error_messages={"required": _("Choose a file."), "empty": MESSAGES["empty_file"]},
        widget=forms.ClearableFileInput(attrs={"accept": ".xlsx,.xlsm"}),
        max_length=150,
    )

    def __init__(self, *args, shape: Shape, user, **options):
        super().__init__(*args, **options)
        self.shape, self.user = shape, user
        for column in shape.of_file:
            field = field_of(shape.outer, column, user)
            field.required = False
            field.help_text = _("For the whole workbook: where its own column is missing or blank.")
            self.fields[column.name] = field

    @property
    def told(self) -> dict[str, str]:
        """What holds for the whole file, as it was typed."""
        values = {column.name: self.data.get(column.name, "").strip() for column in self.shape.of_file}
        return {name: value for name, value in values.items() if value}

    def clean(self):
        try:
            clean_told(self.shape, self.told, self.user)
        except Refused as refused:
            for problem in refused.problems:
                self.add_error(problem.field if problem.field in self.fields else None, problem.message)
        return super().clean()

    def clean_file(self):
        file = self.cleaned_data["file"]
        if file.size > Limits.file_bytes:
            sizes = {"size": file.size // MEBIBYTE + 1, "limit": Limits.file_bytes // MEBIBYTE}
            raise ValidationError(MESSAGES["file_too_large"], "file_too_large", sizes)
        return file


class DecisionForm(forms.Form):
    mode = forms.ChoiceField(label=_("What to import"), widget=forms.RadioSelect)

    def __init__(self, *args, errors: int, importable: int, **options):
        super().__init__(*args, **options)
        valid = (VALID, format_lazy(_("Only what is without errors: {n}"), n=f"{importable:,}"))
        everything = (ALL, _("Everything or nothing"))
        self.fields["mode"].choices = [valid] if errors else [everything, valid]
        self.fields["mode"].initial = VALID if errors else ALL


class DivisionBox(forms.CharField):
    """A division by its code, or by its name where that names one, those of the user's own area first."""

    def __init__(self, ledger: Ledger, column: Column, user, **options):
        self.ledger, self.column, self.user = ledger, column, user
        widget = forms.TextInput(attrs={"data-divisions": "/divisions/search", "autocomplete": "off"})
        super().__init__(widget=widget, **options)

    def clean(self, value):
        raw = super().clean(value)
        code, error = reference_cleaner(self.ledger, self.column, [raw], self.user).outcome(raw)
        if error is not None:
            raise error
        return code


class OwnerForm(forms.Form):
    """What must be told of a new settlement beside its name: its township and its codes."""

    def __init__(self, *args, ledger: Ledger, name: str, user, **options):
        super().__init__(*args, **options)
        self.name, self.title = name, ledger.model._meta.verbose_name
        for column in ledger.written:
            kind = ledger.kind(column)
            if kind not in ASKED_KINDS or column.computed:
                continue
            if kind == "division":
                field = DivisionBox(ledger, column, user, label=ledger.heading(column))
                if level_of(user.home_region) > 3:
                    field.initial = user.home_region
            else:
                field = ledger.model_field(column).formfield(label=ledger.heading(column))
                field.required = True
            self.fields[column.name] = field

    @property
    def told(self) -> dict[str, str]:
        return {name: str(value) for name, value in self.cleaned_data.items()}
