"""Names beside division codes on pages."""

from __future__ import annotations

from django import template
from django.core.exceptions import ValidationError

from common import clock
from common.fields import DivisionCodeField
from divisions.queries import path_of

register = template.Library()


@register.filter
def division_path(field) -> str | None:
    """The names from the province down of the code in a division box, '' for none; None where it is no such box."""
    if "data-divisions" not in field.field.widget.attrs:
        return None
    try:
        code = DivisionCodeField(blank=True).clean(field.value(), None)
        return " ".join(place.name for place in path_of(code, clock.today())) if code else ""
    except (ValidationError, ValueError):
        return ""  # a name, or what is told to be wrong below the box
