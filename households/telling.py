"""What a change of a household moved: verdict, counts of its settlements, the province's rate; told in the answer to it."""

from __future__ import annotations

from collections.abc import Iterator

from django.utils.translation import gettext as _

from common.ledger import registry
from households.models import Household
from settlements.models import Settlement

Figures = list[tuple[str, str]]


def figures(household: Household | None, *settlements: Settlement | None) -> Figures:
    """The figures of a household (None: there is none here), of its settlement, and of others that a change concerns.
    Asked for with the same settlements before and after it."""
    homes = dict.fromkeys(home for home in (household and household.settlement, *settlements) if home)
    members = [("households", household)] if household else []
    members += [("settlements", home) for home in homes]
    told = {
        str(label): text
        for ledger, member in members
        for tell in registry[ledger].consequences
        for label, text in tell(member)
    }
    return list(told.items())


def differences(before: Figures, after: Figures) -> Iterator[str]:
    """Each figure that is another now, in words."""
    earlier = dict(before)
    for label, text in after:
        if earlier.get(label) != text:
            yield _("%(label)s: %(old)s → %(new)s") % {"label": label, "old": earlier.get(label, "—"), "new": text}
