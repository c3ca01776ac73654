"""The divisions that a text names: counties covered by an inspection, the area of a sample."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from common.fields import DivisionCodeField
from common.scope import code_range, level_of
from common.values import shown
from divisions.models import Division

COUNTY = 3
_PARTING = re.compile(r"[、，,;；\s]+")
_code = DivisionCodeField()
_code.set_attributes_from_name("division")


@dataclass
class Named:
    """What a text names: `codes` of the divisions, their `names` as they are called now, and what was not understood."""

    codes: list[int] = field(default_factory=list)
    names: list[str] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)

    @property
    def text(self) -> str:
        return "、".join(self.names)


def words_of(text: str) -> list[str]:
    return list(dict.fromkeys(word for word in _PARTING.split(text or "") if word))


def divisions_named(text: str, within: int) -> Named:
    """The divisions in force that a text names by code or name, all of them within one division (0: the nation)."""
    found = Named()
    lo, hi = code_range(within)
    inside = Division.objects.filter(valid_to=None, code__gte=lo, code__lt=hi)
    words = words_of(text)
    by_name: dict[str, list[Division]] = {}
    for division in inside.filter(name__in=words):
        by_name.setdefault(division.name, []).append(division)
    told = [code for word in words if (code := _code_in(word)) is not None]
    by_code = {division.code: division for division in inside.filter(code__in=told)}
    for word in words:
        code = _code_in(word)
        fitting = [by_code[code]] if code in by_code else by_name.get(word, [])
        # A county is meant where a township has the same name.
        highest = min((division.level for division in fitting), default=0)
        fitting = [division for division in fitting if division.level == highest]
        if len(fitting) == 1:
            found.codes.append(fitting[0].code)
            found.names.append(fitting[0].name)
        elif fitting:
            found.faults.append(
                _("“%(value)s” names more than one division. Write its code instead.") % {"value": word}
            )
        else:
            message = _("“%(value)s” is no division of this area. Write the name or the 12 digits of one.")
            found.faults.append(message % {"value": shown(word)})
    return found


def _code_in(word: str) -> int | None:
    if not word.isdecimal():
        return None
    try:
        return _code.clean(word, None)
    except ValidationError:
        return None


def counties_of(codes: Iterable[int], within: int) -> list[int]:
    """The counties that these divisions stand for: a county or what lies in it is itself, a city or province all its
    counties; nothing told stands for all of `within`."""
    codes = list(codes) or [within]
    wide = [code for code in codes if code == 0 or level_of(code) < COUNTY]
    found = {code for code in codes if code not in wide}
    for code in wide:
        lo, hi = code_range(code)
        counties = Division.objects.filter(valid_to=None, level=COUNTY, code__gte=lo, code__lt=hi)
        found |= set(counties.values_list("code", flat=True))
    return sorted(found)


def own_levels(user) -> Sequence[int]:
    """The divisions that the user answers for as a whole: at their level the user keeps records of supervision."""
    return [lo for lo, _hi in user.ranges]
