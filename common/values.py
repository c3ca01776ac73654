"""Text, numbers and yes/no as they are typed in offices, brought to one form.

Everything here takes a raw value (text, an Excel cell, a JSON value) and returns the clean one, or raises a
ValidationError whose `code` is stable and whose message names the value and the remedy.
"""

from __future__ import annotations

import datetime as dt
import re
import unicodedata
from decimal import ROUND_HALF_UP, Decimal

from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

# Invisible characters: controls except white space, format characters (zero width, direction marks, byte order
# mark), lone surrogates (they cannot be stored).
_INVISIBLE = re.compile(
    "[\x00-\x08\x0e-\x1b\x7f-\x84\x86-\x9f\xad\u061c\u180e\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb"
    "\ud800-\udfff\U000e0001\U000e0020-\U000e007f]"
)
_SPACES = re.compile(r"\s+")
_LINE_SPACES = re.compile(r"[^\S\n]+")
_HAN = re.compile("[\u3400-\u9fff\uf900-\ufaff\U00020000-\U0003ffff]")
# Full-width letters and digits; Chinese punctuation stays as it is in free text.
_WIDE_ALNUM = {
    wide: wide - 0xFEE0
    for lo, hi in ((0xFF10, 0xFF19), (0xFF21, 0xFF3A), (0xFF41, 0xFF5A))
    for wide in range(lo, hi + 1)
}
_MIDDLE_DOTS = str.maketrans(dict.fromkeys("•‧∙⋅・･●．.", "·"))

# Above this a float no longer holds every whole number.
EXACT_FLOAT = 2**53


def shown(raw) -> str:
    """The raw value as error messages quote it, at most 40 characters."""
    text = _INVISIBLE.sub("", as_text(raw) if not isinstance(raw, str) else raw)
    return text if len(text) <= 40 else text[:39] + "…"


def as_text(raw) -> str:
    """Text of a cell of any type: a whole float loses its `.0`, a date is ISO, None is empty."""
    if isinstance(raw, str):
        return raw
    if raw is None:
        return ""
    if isinstance(raw, bool):
        return "是" if raw else "否"
    if isinstance(raw, float) and raw.is_integer() and abs(raw) < EXACT_FLOAT:
        return str(int(raw))
    if isinstance(raw, dt.datetime) and raw.time() == dt.time():
        return raw.date().isoformat()
    if isinstance(raw, (dt.date, dt.time)):
        return raw.isoformat()
    return str(raw)


def fold(raw) -> str:
    """For codes, numbers and dates: NFKC (full width to half, ㎡ to m2), stripped of all that is not seen."""
    text = as_text(raw)
    if not text.isprintable():
        text = _INVISIBLE.sub("", text)
    if not text.isascii():
        text = unicodedata.normalize("NFKC", text)
    text = text.strip()
    return text.lstrip("'’‘`").strip() if text[:1] in "'’‘`" else text


def squeeze(raw) -> str:
    """`fold` without any white space inside."""
    text = fold(raw)
    return text if text.isalnum() else _SPACES.sub("", text)


def tidy(raw, multiline: bool = False) -> str:
    """For free text: stripped, white space made one space, letters and digits half width, Chinese punctuation kept.

    With `multiline` line breaks stay.
    """
    text = as_text(raw)
    if not text.isprintable():
        text = _INVISIBLE.sub("", text)
    if not text.isascii():
        text = unicodedata.normalize("NFC", text).translate(_WIDE_ALNUM)
    if multiline:
        text = text.replace("\r\n", "\n").replace("\r", "\n")
        text = "\n".join(line.strip() for line in _LINE_SPACES.sub(" ", text).split("\n"))
    else:
        text = _SPACES.sub(" ", text)
    text = text.strip()
    while text.startswith("'"):
        text = text[1:].lstrip()
    return text


def person_name(raw) -> str:
    """A name: `田  娜` -> 田娜, `阿依古丽.买买提` -> 阿依古丽·买买提, `Anna  Li` -> Anna Li. Empty stays empty."""
    text = tidy(raw)
    if not text or text.isalpha():
        return text
    if _HAN.search(text):
        text = _SPACES.sub("", text).translate(_MIDDLE_DOTS)
    if not any(character.isalpha() for character in text):
        raise ValidationError(
            _("“%(value)s” is not a name. Write the person's name."), "bad_name", {"value": shown(raw)}
        )
    return text


# Words that may stand after a number, by unit.
UNITS = {
    "yuan": {"元", "元/月", "元/年", "元/人", "元/天", "元/人/月", "元每月", "元整", "/月", "块", "RMB", "CNY"},
    "m2": {"m2", "M2", "m^2", "平方米", "平米", "平方"},
    "mu": {"亩"},
    "person": {"人", "人次", "名", "位", "口"},
    "household": {"户"},
    "month": {"个月", "月"},
    "day": {"天", "日", "个工作日"},
    "year": {"周岁", "岁", "年"},
    "piece": {"个", "间", "套", "栋", "处", "项", "次", "件"},
    "percent": {"%"},
}
_ANY_UNIT = set().union(*UNITS.values())
_NUMBER = re.compile(r"[+-]?(?:\d{1,3}(?:,\d{3})+|\d+)(?:\.\d*)?", re.ASCII)


def number(raw, unit: str | None = None, code: str = "bad_number") -> Decimal | None:
    """`3500元`, `3,500`, `４０００`, `40㎡`, 3500.0 -> Decimal; empty -> None. Words are refused with `code`.

    `unit` is a key of UNITS, None accepts any of them.
    """
    if isinstance(raw, (int, float, Decimal)) and not isinstance(raw, bool):
        value = Decimal(repr(raw)) if isinstance(raw, float) else Decimal(raw)
        if value.is_finite():
            return value
        text = ""
    else:
        text = squeeze(raw)
        if not text:
            return None
    found = _NUMBER.match(text.lstrip("¥"))
    rest = found.string[found.end() :] if found else text
    if not found or len(text) > 40 or (rest and rest not in (UNITS[unit] if unit else _ANY_UNIT)):
        raise ValidationError(
            _("“%(value)s” is not a number. Write digits only, for example 3500."), code, {"value": shown(raw)}
        )
    return Decimal(found[0].replace(",", ""))


def rounded(value: Decimal, places: int) -> Decimal:
    """Half up, as accounts are rounded."""
    return value.quantize(Decimal(1).scaleb(-places), ROUND_HALF_UP)


_YES = {"是", "有", "√", "✓", "✔", "☑", "1", "y", "yes", "true", "t", "对"}
_NO = {"否", "无", "没有", "×", "✗", "✘", "x", "☐", "0", "n", "no", "false", "f", "不是"}


def yes_no(raw) -> bool | None:
    """`是 √ 1 有 Y` -> True, `否 × 0 无 N` -> False, empty -> None."""
    if isinstance(raw, bool):
        return raw
    text = squeeze(raw).lower()
    if not text:
        return None
    if text in _YES:
        return True
    if text in _NO:
        return False
    raise ValidationError(_("“%(value)s” is neither yes nor no. Write 是 or 否."), "bad_boolean", {"value": shown(raw)})


_MOBILE = re.compile(r"1[3-9]\d{9}", re.ASCII)
_LANDLINE = re.compile(r"(010|02\d|0[3-9]\d{2})(\d{7,8})", re.ASCII)
_PHONE_SIGNS = re.compile(r"[\s\-‐‑–—－()]+")
_COUNTRY = re.compile(r"^(?:\+|00)86|^86(?=1\d{10}$)")


def phone(raw) -> str:
    """A mobile number as 11 digits, or a landline as `0859-4612345`; empty stays empty."""
    text = fold(raw)
    if not text:
        return ""
    if "*" in text:
        raise masked_error(raw)
    digits = _COUNTRY.sub("", _PHONE_SIGNS.sub("", text))
    if _MOBILE.fullmatch(digits):
        return digits
    if landline := _LANDLINE.fullmatch(digits):
        return "-".join(landline.groups())
    raise ValidationError(
        _(
            "“%(value)s” is not a telephone number. "
            "Write one mobile number of 11 digits, or a landline with its area code."
        ),
        "bad_phone",
        {"value": shown(raw)},
    )


def masked_error(raw) -> ValidationError:
    """For a masked value where a plain one is needed."""
    return ValidationError(
        _("“%(value)s” is masked. Leave it as it is on an existing row, or write the whole number."),
        "masked",
        {"value": shown(raw)},
    )


def mask_phone(value: str) -> str:
    """`13812341234` -> `138****1234`; of a landline the last four digits stay."""
    if not value:
        return ""
    return (value[:3] if len(value) == 11 and value[0] == "1" else "") + "****" + value[-4:]


def plain(value):
    """A value as JSON holds it and as `to_python` reads it back."""
    return value if value is None or isinstance(value, (bool, int, str)) else str(value)
