"""Terms of the field: an English and a Chinese word that stand side by side where a thing is declared."""

from __future__ import annotations

from django.utils.functional import Promise
from django.utils.translation import get_language


class Term(Promise):
    """A bilingual word, shown in the reader's language; `.zh` is what official sheets print whatever the language.

    A Promise, so that Django treats it as a lazy string (migrations keep the English word).
    """

    __slots__ = ("en", "zh")

    def __init__(self, en: str, zh: str):
        self.en = en
        self.zh = zh

    def __str__(self) -> str:
        return self.zh if (get_language() or "").startswith("zh") else self.en

    def __repr__(self) -> str:
        return f"Term({self.en!r}, {self.zh!r})"

    def __mod__(self, arguments):
        return str(self) % arguments

    def __eq__(self, other) -> bool:
        return isinstance(other, Term) and (self.en, self.zh) == (other.en, other.zh) or str(self) == other

    def __hash__(self) -> int:
        return hash((self.en, self.zh))


def term(en: str, zh: str) -> Term:
    """The term `en` of the code with its Chinese word `zh` of the field."""
    return Term(en, zh)


def labelled(label, text) -> str:
    """`label: text`, with the colon of the reader's language."""
    return f"{label}{term(': ', '：')}{text}"


def official(word) -> str:
    """`word` as official Chinese paper prints it."""
    return word.zh if isinstance(word, Term) else str(word)
