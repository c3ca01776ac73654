"""Forms of the administrator's pages; the checks are those of the fields and of accounts.actions."""

from __future__ import annotations

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from accounts.roles import ROLE_CHOICES
from common import clock
from common.fields import DivisionCodeField
from divisions.models import Division, Unit


class UserForm(forms.Form):
    username = forms.RegexField(
        r"^[a-z0-9][a-z0-9._-]{1,59}$",
        label=_("User name"),
        error_messages={"invalid": _("Use small letters, digits, dots and hyphens; at least two characters.")},
    )
    display_name = forms.CharField(max_length=60, label=_("Name"))
    role = forms.ChoiceField(choices=ROLE_CHOICES, label=_("Role"))
    unit = forms.ModelChoiceField(Unit.objects.all(), required=False, label=_("Unit"))
    regions = forms.CharField(
        label=_("Divisions"), help_text=_("12-digit codes, separated by commas or spaces; 0 is the whole nation.")
    )
    is_active = forms.BooleanField(required=False, initial=True, label=_("Active"))

    @classmethod
    def of(cls, user: User, *args, **options) -> UserForm:
        initial = {name: getattr(user, name) for name in ("username", "display_name", "role", "unit", "is_active")}
        regions = ", ".join(f"{code:012d}" if code else "0" for code in user.scopes.values_list("region", flat=True))
        return cls(*args, initial={**initial, "regions": regions}, **options)

    def clean_regions(self) -> list[int]:
        """The codes; every one must be a division in force."""
        field = DivisionCodeField()
        text = self.cleaned_data["regions"].replace("，", ",").replace("、", ",").replace(",", " ")
        codes = [field.clean(part, None) for part in text.split()]
        known = set(Division.objects.in_force(clock.today()).filter(code__in=codes).values_list("code", flat=True))
        missing = [code for code in codes if code and code not in known]
        if missing:
            raise ValidationError(
                _("No division with the code %(code)s is in force. Look the code up in the divisions."),
                code="unknown_division",
                params={"code": missing[0]},
            )
        return sorted(set(codes))
