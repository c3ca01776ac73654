"""Text that is posted in public: no ID, telephone or bank number stands in it, and of a name the surname alone (P-08).

Numbers are known by their shape, names by the people who live where the problem is. What else must not be read by
everybody (illness, disability) nobody but the reader finds.
"""

from __future__ import annotations

import re

from django.db.models import F, Value
from django.db.models.functions import StrIndex

from common.scope import code_range
from households.models import Person
from rectification.models import RectificationItem

_GAP = r"[ \-]?"
_NUMBERS = (
    # An ID number of 18 or 15 characters, a bank card of 16 to 19 digits in groups of four, a mobile, a landline.
    (re.compile(r"(?<![0-9A-Za-z])(?:\d{17}[0-9Xx]|\d{15})(?![0-9A-Za-z])"), "（证件号码隐去）"),
    (re.compile(rf"(?<![0-9A-Za-z])\d{{4}}(?:{_GAP}\d{{4}}){{3}}(?:{_GAP}\d{{1,3}})?(?![0-9A-Za-z])"), "（账号隐去）"),
    (re.compile(rf"(?<!\d)1[3-9]\d{_GAP}\d{{4}}{_GAP}\d{{4}}(?!\d)"), "（电话隐去）"),
    (re.compile(rf"(?<!\d)0\d{{2,3}}{_GAP}\d{{7,8}}(?!\d)"), "（电话隐去）"),
)


def hide_numbers(text: str) -> str:
    for pattern, words in _NUMBERS:
        text = pattern.sub(words, text)
    return text


def hide_names(text: str, names) -> str:
    """Of each of the names the surname and an asterisk for every other character; longer names first."""
    for name in sorted(names, key=len, reverse=True):
        text = text.replace(name, name[0] + "＊" * (len(name) - 1))
    return text


def names_in(text: str, item: RectificationItem) -> list[str]:
    """The people who live at the places of a problem (in its division, where it names none) and stand in the text."""
    rows = Person.objects.filter(voided_at=None)
    settlements = list(item.places.values_list("settlement", flat=True))
    rows = rows.filter(household__settlement__in=settlements) if settlements else rows.within([code_range(item.region)])
    found = rows.annotate(at=StrIndex(Value(text), F("name"))).filter(at__gt=0)
    return [name for name in found.order_by().values_list("name", flat=True).distinct() if len(name) > 1]


def public_text(text: str, item: RectificationItem) -> str:
    """The text as it may be posted."""
    return hide_names(hide_numbers(text), names_in(text, item)) if text else ""
