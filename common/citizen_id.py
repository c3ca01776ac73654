"""Citizen identity numbers (GB 11643-1999): check digit, real birth date, age, sex.

The area code tells where the number was first given out, perhaps by a county long gone, so it only warns.
"""

from __future__ import annotations

import datetime as dt
import re
from functools import lru_cache
from operator import mul
from typing import NamedTuple

from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from common.dates import full_age
from common.terms import term
from common.values import masked_error, shown, squeeze

WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
CHECK_CHARACTERS = "10X98765432"
MAX_AGE = 120
LENGTH = 18

_ZEROS = ord("0") * sum(WEIGHTS)
_NUMBER = re.compile(r"\d{17}[\dX]", re.ASCII)
# A disability certificate: the ID number, kind 1 to 7, grade 1 to 4; a replacement adds B and its count.
_CERTIFICATE = re.compile(r"(\d{17}[\dX])[1-7][1-4](?:B\d)?", re.ASCII)
# A passport, a travel or residence permit, a birth certificate: shorter than any ID number ever was.
_OTHER_DOCUMENT = re.compile(r"(?=.*\d)[A-Z0-9]{6,14}|[A-Z]{3}\d{12}", re.ASCII)
_SCIENTIFIC = re.compile(r"\d(?:\.\d+)?E\+?\d{2}", re.ASCII | re.IGNORECASE)
_MASKED = re.compile(r"[\dX]*\*{3,}[\dX]*(?:B\d)?", re.ASCII | re.IGNORECASE)
# A multiplication sign and the Cyrillic letter look like the last character X.
_LOOK_ALIKES = str.maketrans("×Ххx", "XXXX")


class CitizenId(NamedTuple):
    """A checked number. `number` is the whole document (18, 20 or 22 characters), `sex` is '1' male or '2' female."""

    number: str
    birth_date: dt.date
    sex: str
    area: str


def check_character(first17: str) -> str:
    """The 18th character that belongs to 17 digits."""
    return CHECK_CHARACTERS[(sum(map(mul, WEIGHTS, first17.encode())) - _ZEROS) % 11]


@lru_cache(maxsize=50_000)
def _birth_date(digits: str) -> dt.date | None:
    try:
        return dt.date(int(digits[:4]), int(digits[4:6]), int(digits[6:]))
    except ValueError:
        return None


def normalise(raw) -> str:
    """The number as stored: half width, no spaces or hyphens, capital X. Raises float_id where digits are lost."""
    if isinstance(raw, str):
        if _NUMBER.fullmatch(raw):
            return raw
    elif isinstance(raw, (int, float)) and not isinstance(raw, bool) and abs(raw) >= 10**15:
        raise _float_id(raw)
    text = squeeze(raw)
    if text.isdigit() and text.isascii():
        return text
    if _SCIENTIFIC.fullmatch(text):
        raise _float_id(raw)
    return text.translate(_LOOK_ALIKES).replace("-", "").upper()


def parse(raw, on: dt.date) -> CitizenId:
    """The checked number. `on` is the day that the birth date may not lie after.

    Raises float_id, old_id, masked, bad_id, check_digit, impossible_date, birth_in_future or age_over_limit.
    """
    text = normalise(raw)
    number = text
    if not _NUMBER.fullmatch(text):
        certificate = _CERTIFICATE.fullmatch(text)
        if certificate is None:
            raise _shape_error(text)
        number = certificate[1]
    if CHECK_CHARACTERS[(sum(map(mul, WEIGHTS, number[:17].encode())) - _ZEROS) % 11] != number[17]:
        raise ValidationError(
            _(
                "The last character of the ID number %(value)s does not fit the others. "
                "Compare it with the identity card."
            ),
            "check_digit",
            {"value": mask(number)},
        )
    birth_date = _birth_date(number[6:14])
    if birth_date is None:
        raise ValidationError(
            _("The birth date inside the ID number %(value)s does not exist. Compare it with the identity card."),
            "impossible_date",
            {"value": mask(number)},
        )
    if birth_date > on:
        raise ValidationError(
            _("The birth date inside the ID number %(value)s lies in the future. Compare it with the identity card."),
            "birth_in_future",
            {"value": mask(number)},
        )
    if on.year - birth_date.year >= MAX_AGE and full_age(birth_date, on) > MAX_AGE:
        raise ValidationError(
            _("By the ID number %(value)s the person is over %(limit)s years old. Compare it with the identity card."),
            "age_over_limit",
            {"value": mask(number), "limit": MAX_AGE},
        )
    return read(text)


def read(number: str) -> CitizenId:
    """What a stored, already checked number tells."""
    return CitizenId(number, _birth_date(number[6:14]), "1" if number[16] in "13579" else "2", number[:6])


def is_other_document(number: str) -> bool:
    """Whether a normalised number has the shape of a document that is no identity card and begins with none."""
    return _OTHER_DOCUMENT.fullmatch(number) is not None


def _float_id(raw) -> ValidationError:
    return ValidationError(
        _(
            "The ID number %(value)s has lost digits, because the cell is a number. "
            "Format the cell as text and type all 18 characters again."
        ),
        "float_id",
        {"value": mask(str(raw)) if isinstance(raw, int) else shown(raw)},
    )


def _shape_error(text: str) -> ValidationError:
    if is_masked(text):
        return masked_error(text)
    if len(text) == 15 and text.isdigit():
        return ValidationError(
            _("%(value)s is an old ID number of 15 digits. Write the 18 characters of the present identity card."),
            "old_id",
            {"value": mask(text)},
        )
    return ValidationError(
        _(
            "“%(value)s” is not an ID number. It has 17 digits and a last character 0 to 9 or X; "
            "here are %(length)s characters."
        ),
        "bad_id",
        {"value": mask(text), "length": len(text)},
    )


def check_agreement(identity: CitizenId, sex: str = "", birth_date: dt.date | None = None) -> None:
    """Raises sex_mismatch or birth_mismatch where the columns beside the number say otherwise; empty ones agree.

    `sex` is a code of the list `sex`; unknown and not stated agree with any number.
    """
    if sex in ("1", "2") and sex != identity.sex:
        raise ValidationError(
            _("The sex does not agree with the ID number (its 17th digit says %(sex)s). Correct whichever is wrong."),
            "sex_mismatch",
            {"sex": term("male", "男") if identity.sex == "1" else term("female", "女")},
        )
    if birth_date is not None and birth_date != identity.birth_date:
        raise ValidationError(
            _("The birth date does not agree with the ID number, which says %(day)s. Correct whichever is wrong."),
            "birth_mismatch",
            {"day": identity.birth_date.isoformat()},
        )


def area_warning(identity: CitizenId, known_areas) -> str:
    """'unknown_area' where the first six digits are no county of `known_areas` (a set of six-digit texts), else ''."""
    return "" if identity.area in known_areas else "unknown_area"


def core(number: str) -> str:
    """The 18 characters by which documents are compared."""
    return number[:LENGTH]


def mask(number: str) -> str:
    """First six and last four characters, asterisks between: `529999********1230`; a short value shows less."""
    if len(number) < 12:
        return number[:2] + "*" * max(len(number) - 2, 4) if number else ""
    return number[:6] + "*" * (len(number) - 10) + number[-4:]


def is_masked(value) -> bool:
    """Whether the value is a number as this system masks it, sent back."""
    return isinstance(value, str) and "*" in (text := squeeze(value)) and _MASKED.fullmatch(text) is not None


def fits_mask(masked, number: str) -> bool:
    """Whether `masked` (as read from a form or cell) is the mask of `number`."""
    return mask(number) == squeeze(masked).upper()
