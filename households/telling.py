"""What a change of a household moved: verdict, counts of its settlement, the province's rate; told in the answer to it."""

from __future__ import annotations

from collections.abc import Iterator

from django.contrib import messages
from django.http import HttpRequest
from django.utils.translation import gettext as _

from common.ledger import registry
from households.models import Household

Figures = list[tuple[str, str]]


def figures(household: Household) -> Figures:
    return [(str(label), text) for tell in registry["households"].consequences for label, text in tell(household)]


def differences(before: Figures, after: Figures) -> Iterator[str]:
    """Each figure that is another now, in words."""
    earlier = dict(before)
    for label, text in after:
        if earlier.get(label) != text:
            yield _("%(label)s: %(old)s → %(new)s") % {"label": label, "old": earlier.get(label, "—"), "new": text}


def tell_effect(request: HttpRequest, before: Figures, after: Figures) -> None:
    messages.success(request, _("Saved."))
    for change in differences(before, after):
        messages.info(request, change)
