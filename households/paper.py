"""What stands on paper: the way back to the file as a QR code, and the card 明白卡 that a household gets."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass

import segno
from django.conf import settings
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext_lazy as _

from common.dates import full_age
from households.models import Household, Person
from households.models.households import REGISTERED

SCHOOL_AGE = range(3, 19)
RETIREMENT_AGE = 60
ON_CARD = ("household-plans", "visit-steps", "cadre-links")  # whose rows the card tells


def address_of(household: Household) -> str:
    return f"{settings.SITE_URL}/households/{household.code}/"


def qr_of(text: str) -> SafeString:
    """An SVG to stand in the page itself: attributes alone, no style and no data address."""
    code = segno.make(text, micro=False, error="m")
    return mark_safe(code.svg_inline(border=2, svgclass="qr", lineclass=None, omitsize=True))  # noqa: S308 of our own making


@dataclass(frozen=True)
class Entitlement:
    """What a household may claim by policy: `holds(household, living members, day)`; `rule` is its id in the rule library."""

    rule: str
    text: object
    holds: Callable[[Household, list[Person], dt.date], bool]


def _always(household, members, on) -> bool:
    return True


def _some_age(ages) -> Callable:
    return lambda household, members, on: any(full_age(person.birth_date, on) in ages for person in members)


# In the order of the card. An app that knows more of a household adds to it.
ENTITLEMENTS: list[Entitlement] = [
    Entitlement("R-105", _("Contracted land, forest land and collective income at the old home stay yours."), _always),
    Entitlement("R-112", _("A title certificate for the home: registration is arranged by the settlement."), _always),
    Entitlement("R-108", _("Basic medical, critical illness and pension insurance for every member."), _always),
    Entitlement(
        "R-269",
        _("A subsidy towards the contribution to medical insurance."),
        lambda household, members, on: household.relocation_kind == REGISTERED,
    ),
    Entitlement("R-077", _("School and kindergarten near the settlement."), _some_age(SCHOOL_AGE)),
    Entitlement(
        "R-081", _("A family doctor's contract and regular check-ups."), _some_age(range(RETIREMENT_AGE, 130))
    ),
    Entitlement("R-109", _("Minimum living allowance or support for the destitute, where the conditions are met."), _always),
    Entitlement("R-110", _("Temporary relief in sudden need: tell your cadre."), _always),
]  # fmt: skip


def entitlements_of(household: Household, members: list[Person], on: dt.date) -> list[Entitlement]:
    living = [person for person in members if not person.died_on or person.died_on > on]
    return [one for one in ENTITLEMENTS if one.holds(household, living, on)]
