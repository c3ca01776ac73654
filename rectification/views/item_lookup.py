"""The problem that an address names."""

from __future__ import annotations

from django.http import Http404
from django.utils.translation import gettext as _

from accounts.roles import check
from rectification.models import RectificationItem
from rectification.queries.rights import LEDGER


def item_of(user, number: str) -> RectificationItem:
    """The item of an address within the user's reach. Raises Http404 or PermissionDenied."""
    check(user, "read", LEDGER)
    rows = RectificationItem.objects.visible_to(user).select_related(
        "problem_class__parent", "lead_unit", "supervising_unit", "responsible", "author", "author_unit", "submitted_by",
        "submitted_unit", "verified_by", "closed_by", "relapse_of", "merged_into",
    )  # fmt: skip
    found = rows.filter(number=number).first()
    if found is None:
        raise Http404(_("There is no problem %(number)s in your area.") % {"number": number})
    return found
