"""Forms of the administrator's pages; the checks are those of the fields and of accounts.actions."""

from __future__ import annotations

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from accounts.models import Post, PostHolding, User
from accounts.roles import ROLE_CHOICES
from common import clock
from common.field_base import CleaningFormField
from common.fields import DivisionCodeField
from common.scope import ancestor, level_of
from divisions.models import Division, Unit

FROM, TO = (PostHolding._meta.get_field(name) for name in ("from_on", "to_on"))


def day_input() -> forms.TextInput:
    return forms.TextInput({"inputmode": "numeric", "data-date": "", "autocomplete": "off"})


class UserForm(forms.Form):
    PLAIN = ("username", "display_name", "role", "unit", "email", "is_active")

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
    email = forms.EmailField(
        required=False,
        label=_("E-mail"),
        help_text=_("The daily digest of what is due goes there, unless the user does without."),
    )
    is_active = forms.BooleanField(required=False, initial=True, label=_("Active"))

    @classmethod
    def of(cls, user: User, *args, **options) -> UserForm:
        initial = {name: getattr(user, name) for name in cls.PLAIN}
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


class SettingsForm(forms.Form):
    """What users set for themselves."""

    email = forms.EmailField(required=False, label=_("E-mail"))
    wants_digest = forms.BooleanField(required=False, label=_("Send me the daily digest"))


class HandOverForm(forms.Form):
    """The next person on a post; whether it fits is said by accounts.post_actions."""

    use_required_attribute = False

    user = forms.ModelChoiceField(User.objects.none(), label=_("Person"))
    from_on = CleaningFormField(model_field=FROM, label=FROM.verbose_name, widget=day_input())
    to_on = CleaningFormField(
        model_field=TO,
        label=TO.verbose_name,
        required=False,
        help_text=_("Empty: until further notice."),
        widget=day_input(),
    )
    substitute = forms.BooleanField(required=False, label=_("As a substitute, beside the holder"))

    def __init__(self, post: Post, by: User, *args, **options):
        super().__init__(*args, **options)
        above = [ancestor(post.region, level) for level in range(level_of(post.region) + 1)]
        fitting = User.objects.visible_to(by).filter(is_active=True, scopes__region__in=above)
        self.fields["user"].queryset = fitting.order_by("display_name", "username").distinct()
