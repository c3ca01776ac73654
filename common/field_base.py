"""What the field types of common.fields share: cleaning, form fields, COPY."""

from __future__ import annotations

from django import forms
from django.core.exceptions import ValidationError
from django.core.validators import MaxLengthValidator
from django.db import models
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy as _

from common import values
from common.copying import copy_text


class CleaningFormField(forms.Field):
    """A form field that leaves the checks to its model field."""

    def __init__(self, *, model_field, **options):
        self.model_field = model_field
        super().__init__(**options)

    def clean(self, value):
        if not self.required and value in self.empty_values:
            return self.model_field.empty
        return self.model_field.clean(value, None)

    def has_changed(self, initial, data) -> bool:
        if self.disabled:
            return False
        try:
            return self.model_field.to_python(initial) != self.model_field.to_python(data)
        except ValidationError:
            return True


class CleanField:
    """What all fields here share: `to_python` parses and checks, `clean` adds the empty value."""

    required_code = "required"
    required_message = _("This value is missing. Fill it in.")

    @property
    def empty(self):
        """How an empty value is stored."""
        return None if self.null else ""

    @cached_property
    def _further_validators(self) -> list:
        return [validator for validator in self._validators if not isinstance(validator, MaxLengthValidator)]

    def clean(self, value, model_instance):
        """The value to store. Raises ValidationError."""
        value = self.to_python(value)
        if value is None or value == "":
            if not self.blank:
                raise ValidationError(self.required_message, self.required_code)
            return self.empty
        for validator in self._further_validators:
            validator(value)
        return value

    def get_prep_value(self, value):
        """A value in a query is taken as it stands; the checks are for what is entered."""
        return models.Field.get_prep_value(self, value)

    def to_copy(self, value) -> str:
        """The cleaned value as a cell of COPY ... FROM STDIN (FORMAT text)."""
        return copy_text(value)

    def formfield(self, **options):
        own = {"required": not self.blank, "label": self.verbose_name, "help_text": self.help_text, "model_field": self}
        if self.has_default():
            own["initial"] = self.default
        if self.choices is not None:
            own["widget"] = forms.Select(choices=self.get_choices(include_blank=self.blank or not self.has_default()))
        elif getattr(self, "multiline", False):
            own["widget"] = forms.Textarea
        for key in ("form_class", "choices_form_class", "max_length"):
            options.pop(key, None)
        return CleaningFormField(**own | options)


class LimitedText(CleanField):
    """Text of at most `max_length` characters after `parse`."""

    def parse(self, raw) -> str:
        return values.tidy(raw)

    def to_python(self, value):
        text = self.parse(value)
        if len(text) > self.max_length:
            raise ValidationError(
                _("“%(value)s” is too long: %(length)s characters, at most %(limit)s. Shorten it."),
                "too_long",
                {"value": values.shown(text), "length": len(text), "limit": self.max_length},
            )
        return text or self.empty
