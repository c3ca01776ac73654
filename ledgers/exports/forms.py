"""What an export asks: the area, the columns, whether sensitive columns are wanted in the clear, and what for."""

from __future__ import annotations

from django import forms
from django.utils.translation import gettext_lazy as _

from ledgers.masking import is_sensitive, sees_clear
from ledgers.shapes import Shape


class ExportForm(forms.Form):
    region = forms.CharField(
        label=_("Area"),
        required=False,
        max_length=60,
        help_text=_("Nothing means your whole area."),
        widget=forms.TextInput(attrs={"data-divisions": "/divisions/search", "autocomplete": "off"}),
    )
    columns = forms.MultipleChoiceField(label=_("Columns"), required=False, widget=forms.CheckboxSelectMultiple)
    clear = forms.BooleanField(label=_("With whole ID and telephone numbers (this is recorded)"), required=False)
    purpose = forms.CharField(
        label=_("Purpose"),
        required=False,
        max_length=200,
        help_text=_("Needed for whole ID and telephone numbers; stands in the file's properties."),
    )

    def __init__(self, *args, shape: Shape, user, **options):
        super().__init__(*args, **options)
        if not getattr(shape.outer.model, "scope_path", ""):
            del self.fields["region"]
        if len(shape.levels) > 1:
            del self.fields["columns"]
        else:
            self.fields["columns"].choices = [(c.column.name, shape.outer.heading(c.column)) for c in shape.columns]
            self.fields["columns"].initial = [c.column.name for c in shape.columns]
        if not sees_clear(user) or not any(is_sensitive(c.column) for c in shape.columns):
            del self.fields["clear"]

    def clean(self):
        cleaned = super().clean()
        if cleaned.get("clear") and not cleaned.get("purpose", "").strip():
            self.add_error("purpose", _("Say what the whole numbers are needed for."))
        return cleaned
