"""Model fields that hold the checks: forms, Excel rows and the API all call `field.clean(raw, None)`.

`clean` takes a value of any shape (text as typed, an Excel cell, JSON) and returns the value to store, or raises a
ValidationError with a stable code; None, '' and white space are empty. A field object is reused over a whole file, so
the way of a good value costs a few microseconds. `to_copy` gives the same value as a cell of PostgreSQL's COPY in its
text format (columns parted by a tab, `\\N` for NULL).
"""

from __future__ import annotations

import datetime as dt
import re
from functools import partial

from django.core.exceptions import ValidationError
from django.db import models
from django.utils.translation import gettext_lazy as _

from common import citizen_id, clock, codes, crypto, values
from common.copying import copy_text
from common.dates import parse_day
from common.field_base import CleanField, LimitedText
from common.terms import term

_INTEGER_LIMIT = 2**31 - 1
_OWN_NUMBER = re.compile(r"(?:1[1-5]|2[1-3]|3[1-7]|4[1-6]|5[0-4]|6[1-5]|71|8[12])\d{4}[0-9A-Z-]{1,14}", re.ASCII)


class CleanTextField(LimitedText, models.CharField):
    """One line of free text, tidied; with `multiline` line breaks stay."""

    def __init__(self, *args, multiline: bool = False, **options):
        self.multiline = multiline
        super().__init__(*args, **options)

    def deconstruct(self):
        name, path, args, options = super().deconstruct()
        if self.multiline:
            options["multiline"] = True
        return name, path, args, options

    def parse(self, raw) -> str:
        return values.tidy(raw, self.multiline)


class PersonNameField(CleanTextField):
    """A person's name; spaces inside a Chinese name go."""

    required_code = "missing_name"
    required_message = _("The name is missing. Write the person's name.")

    def __init__(self, *args, max_length: int = 60, **options):
        super().__init__(*args, max_length=max_length, **options)

    def parse(self, raw) -> str:
        return values.person_name(raw)


class PhoneField(CleanTextField):
    """A mobile number of 11 digits or a landline with its area code."""

    def __init__(self, *args, max_length: int = 20, **options):
        super().__init__(*args, max_length=max_length, **options)

    def parse(self, raw) -> str:
        return values.phone(raw)


MobileField = PhoneField


class HouseholdCodeField(CleanTextField):
    """The household's code: six digits of the county, then the county's own number; at most 20 characters."""

    def __init__(self, *args, max_length: int = 20, **options):
        super().__init__(*args, max_length=max_length, **options)

    def parse(self, raw) -> str:
        if isinstance(raw, float) and abs(raw) >= values.EXACT_FLOAT:
            raise ValidationError(
                _(
                    "The household code %(value)s has lost digits, because the cell is a number. "
                    "Format the cell as text and type it again."
                ),
                "bad_household_code",
                {"value": values.shown(raw)},
            )
        text = values.squeeze(raw).upper()
        if text and not _OWN_NUMBER.fullmatch(text):
            raise ValidationError(
                _(
                    "“%(value)s” is not a household code. It begins with the six digits of the county "
                    "and has at most 20 digits or letters."
                ),
                "bad_household_code",
                {"value": values.shown(raw)},
            )
        return text


class CodeField(CleanField, models.CharField):
    """A code of one list; codes, labels in both languages and the usual other ways of writing are understood."""

    def __init__(self, verbose_name=None, list_id: str = "", max_length: int = 16, **options):
        self.list_id = list_id
        options["choices"] = partial(codes.choices, list_id)
        super().__init__(verbose_name, max_length=max_length, **options)

    def deconstruct(self):
        name, path, args, options = super().deconstruct()
        options.pop("choices", None)
        return name, path, args, options | {"list_id": self.list_id}

    @property
    def code_list(self) -> codes.CodeList:
        return codes.code_list(self.list_id)

    def to_python(self, value):
        return self.code_list.resolve(value) or self.empty

    def label(self, code, language: str | None = None) -> str:
        """Words for a stored code."""
        return self.code_list.label(code, language)


class SchoolField(CodeField):
    """The column 在校情况: '' for not in school, else the listed grade, or 99 for any other text."""

    def __init__(self, verbose_name=None, list_id: str = "in_school", **options):
        options["blank"] = True  # an empty cell says: not in school
        options.setdefault("default", "")
        super().__init__(verbose_name, list_id, **options)

    def to_python(self, value):
        return codes.school_status(value)


class DayField(CleanField, models.DateField):
    """A day. With `month_only` a month alone is its first day; `open_words` (至今 …) mean that there is none."""

    def __init__(self, verbose_name=None, month_only: bool = False, open_words=(), **options):
        self.month_only = month_only
        self.open_words = frozenset(open_words)
        super().__init__(verbose_name, **options)

    def deconstruct(self):
        name, path, args, options = super().deconstruct()
        if self.month_only:
            options["month_only"] = True
        if self.open_words:
            options["open_words"] = sorted(self.open_words)
        return name, path, args, options

    empty = None

    def is_open(self, raw) -> bool:
        """Whether the raw value says in words that there is no end (other than an empty cell, which says nothing)."""
        return isinstance(raw, str) and values.squeeze(raw) in self.open_words

    def to_python(self, value):
        if self.open_words and self.is_open(value):
            return None
        return parse_day(value, self.month_only)

    def get_prep_value(self, value):
        return parse_day(value, True) if isinstance(value, str) else super().get_prep_value(value)


class LongTermDayField(DayField):
    """The last day on which a document is valid; 长期 is a day that nobody will see."""

    LONG_TERM = dt.date(9999, 12, 31)
    _WORDS = ("长期", "长期有效", "永久", "99991231", LONG_TERM.isoformat())

    def to_python(self, value):
        if values.squeeze(values.as_text(value)) in self._WORDS:
            return self.LONG_TERM
        return super().to_python(value)

    def get_prep_value(self, value):
        return self.to_python(value) if isinstance(value, str) else super().get_prep_value(value)

    def in_words(self, value):
        """What people read: the day, or that there is no end."""
        return term("long term", "长期") if value == self.LONG_TERM else value


class YesNoField(CleanField, models.BooleanField):
    """Yes or no, as forms, sheets and programs write it; an empty value is no where it may be empty."""

    empty = False
    _WORDS = {
        **dict.fromkeys(("true", "1", "是", "有", "对", "√", "✓", "y", "yes"), True),
        **dict.fromkeys(("false", "0", "否", "无", "不是", "×", "/", "-", "n", "no"), False),
    }

    def to_python(self, value):
        if isinstance(value, bool):
            return value
        text = values.squeeze(values.as_text(value)).casefold() if value is not None else ""
        if not text:
            return None
        if text not in self._WORDS:
            raise ValidationError(
                _("“%(value)s” is neither yes nor no. Write 是 or 否."), "bad_yes_no", {"value": values.shown(value)}
            )
        return self._WORDS[text]


class _NumberField(CleanField):
    """Numbers with their units; `refusal` is the code for words in their place."""

    empty = None

    def __init__(
        self, *args, unit: str | None = None, min_value=0, max_value=None, refusal: str = "bad_number", **options
    ):
        self.unit, self.min_value, self.max_value, self.refusal = unit, min_value, max_value, refusal
        super().__init__(*args, **options)

    def deconstruct(self):
        name, path, args, options = super().deconstruct()
        for key, usual in (("unit", None), ("min_value", 0), ("max_value", None), ("refusal", "bad_number")):
            if getattr(self, key) != usual:
                options[key] = getattr(self, key)
        return name, path, args, options

    def get_prep_value(self, value):
        return values.number(value) if isinstance(value, str) else super().get_prep_value(value)

    def _check_range(self, number, raw, highest) -> None:
        lowest = self.min_value
        if lowest is not None and number < lowest:
            raise ValidationError(
                _("%(value)s is too small: at least %(limit)s. Check the number."),
                "out_of_range",
                {"value": values.shown(raw), "limit": lowest},
            )
        if number > highest:
            raise ValidationError(
                _("%(value)s is too large: at most %(limit)s. Check the number."),
                "out_of_range",
                {"value": values.shown(raw), "limit": highest},
            )


class WholeNumberField(_NumberField, models.IntegerField):
    """A whole number; 3500.0 and `3500元` are 3500."""

    def to_python(self, value):
        number = values.number(value, self.unit, self.refusal)
        if number is None:
            return None
        self._check_range(number, value, _INTEGER_LIMIT if self.max_value is None else self.max_value)
        if number < -_INTEGER_LIMIT or number != int(number):
            raise ValidationError(
                _("%(value)s is not a whole number. Write it without decimals."),
                "not_whole",
                {"value": values.shown(value)},
            )
        return int(number)


class DecimalAmountField(_NumberField, models.DecimalField):
    """An amount or a measure. Typed decimals beyond `decimal_places` are refused, computed ones (floats) rounded."""

    def __init__(self, *args, max_digits: int = 12, decimal_places: int = 2, **options):
        super().__init__(*args, max_digits=max_digits, decimal_places=decimal_places, **options)

    def to_python(self, value):
        number = values.number(value, self.unit, self.refusal)
        if number is None:
            return None
        limit = 10 ** (self.max_digits - self.decimal_places) - 1
        self._check_range(number, value, limit if self.max_value is None else self.max_value)
        if number < -limit:
            self._check_range(-number, value, limit)
        exact = values.rounded(number, self.decimal_places)
        if exact != number and not isinstance(value, float):
            raise ValidationError(
                _("%(value)s has too many decimals: at most %(limit)s. Round it."),
                "too_many_decimals",
                {"value": values.shown(value), "limit": self.decimal_places},
            )
        return exact


class DivisionCodeField(CleanField, models.BigIntegerField):
    """A 12-digit division code; 0 is the nation. Six or nine digits are filled up with zeros."""

    empty = None
    get_prep_value = models.BigIntegerField.get_prep_value

    def to_python(self, value):
        text = values.squeeze(value)
        if not text:
            return None
        if text == "0":
            return 0
        if not (text.isdigit() and text.isascii() and len(text) in (6, 9, 12) and "11" <= text[:2] <= "82"):
            raise ValidationError(
                _("“%(value)s” is not a division code. Write its 12 digits, for example 522326000000."),
                "bad_division",
                {"value": values.shown(value)},
            )
        return int(text.ljust(12, "0"))


class EncryptedField(LimitedText, models.Field):
    """Text stored encrypted (bytea). It cannot be searched; a BlindIndexField beside it can.

    `context` binds the ciphertext to its place, by default `table|column`; a copy of the column elsewhere (an event
    table) names the original's.
    """

    description = _("Encrypted text")

    def __init__(self, *args, max_length: int = 200, context: str = "", **options):
        self.context = context
        super().__init__(*args, max_length=max_length, **options)

    def deconstruct(self):
        name, path, args, options = super().deconstruct()
        if self.context:
            options["context"] = self.context
        return name, path, args, options

    def get_internal_type(self):
        return "BinaryField"

    def get_placeholder(self, value, compiler, connection):
        return connection.ops.binary_placeholder_sql(value)

    def get_lookup(self, lookup_name):
        """Only NULL can be asked for: equal texts have different ciphertexts."""
        return super().get_lookup(lookup_name) if lookup_name == "isnull" else None

    def aad(self) -> str:
        return self.context or f"{self.model._meta.db_table}|{self.column}"

    def encrypted(self, value: str | None) -> bytes | None:
        """The bytes to store; an empty text stays empty."""
        return crypto.encrypt(value, self.aad()) if value else value if value is None else b""

    def get_db_prep_value(self, value, connection, prepared=False):
        return connection.Database.Binary(self.encrypted(value)) if isinstance(value, str) else value

    def from_db_value(self, value, expression, connection):
        if value is None:
            return None
        stored = bytes(value)
        return crypto.decrypt(stored, self.aad()) if stored else ""

    def to_copy(self, value) -> str:
        return copy_text(self.encrypted(value))


class CitizenIdField(EncryptedField):
    """An ID number (or a disability certificate that begins with one), checked and encrypted."""

    def __init__(self, *args, max_length: int = 22, **options):
        super().__init__(*args, max_length=max_length, **options)

    def parse(self, raw) -> str:
        text = citizen_id.normalise(raw)
        return citizen_id.parse(text, clock.today()).number if text else ""


class DocumentNumberField(CitizenIdField):
    """The number of the document by which a person is known: an ID number or, where the row says of which document, that
    of another one. Whether number and document fit is for the model to say."""

    def parse(self, raw) -> str:
        text = citizen_id.normalise(raw)
        return text if citizen_id.is_other_document(text) else super().parse(text)


class BlindIndexField(models.UUIDField):
    """Keyed index of the encrypted field `source` (with `tail`: of its last four characters), to search and be unique.

    Set by full_clean() and save(); a save with `update_fields` names both. Writers that pass save() by (COPY, update)
    store `value_for(plain)` themselves. A search is `filter(id_index=field.value_for(text))`.
    """

    def __init__(self, *args, source: str = "", tail: bool = False, **options):
        self.source, self.tail = source, tail
        options.setdefault("editable", False)
        options.setdefault("null", True)
        super().__init__(*args, **options)

    def deconstruct(self):
        name, path, args, options = super().deconstruct()
        if self.tail:
            options["tail"] = True
        return name, path, args, options | {"source": self.source, "editable": self.editable, "null": self.null}

    def value_for(self, plain: str | None):
        """The index of a cleaned text, None for an empty one. Documents are compared by their first 18 characters."""
        if not plain:
            return None
        index = crypto.tail_index if self.tail else crypto.blind_index
        return index(citizen_id.core(plain) if self.source == "id_number" else plain, self.source)

    def clean(self, value, model_instance):
        """Before constraints are checked the index follows its source."""
        return self.value_for(getattr(model_instance, self.source))

    def pre_save(self, model_instance, add):
        value = self.value_for(getattr(model_instance, self.source))
        setattr(model_instance, self.attname, value)
        return value

    def to_copy(self, value) -> str:
        return copy_text(value)
