"""Sentences of alerts and deadlines as expressions of the database: for lists, which read values and no objects."""

from __future__ import annotations

import re
from collections.abc import Iterable

from django.db.models import Case, CharField, Expression, F, TextField, Value, When
from django.db.models.fields.json import KT
from django.db.models.functions import Cast, Coalesce, Concat

from alerts.kinds import Told

PARAMETER = re.compile(r"%\((\w+)\)s")


def titles(kinds: Iterable[Told]) -> Case:
    """The kind in the reader's language; kinds are declared in code, not stored."""
    words = [When(kind=kind.key, then=Value(str(kind.title))) for kind in kinds]
    return Case(*words, default=F("kind"), output_field=CharField())


def sentences(kinds: Iterable[Told]) -> Case:
    """What Told.sentence gives, for each row."""
    words = [When(kind=kind.key, then=_sentence(str(kind.message))) for kind in kinds]
    return Case(*words, default=Value(""), output_field=TextField())


def _sentence(message: str) -> Expression:
    # Every second part is the name of a parameter.
    parts = [
        _parameter(part) if place % 2 else Value(part.replace("%%", "%"), TextField())
        for place, part in enumerate(PARAMETER.split(message))
    ]
    return Concat(*parts, output_field=TextField()) if len(parts) > 1 else parts[0]


def _parameter(name: str) -> Expression:
    if name == "due_on":
        return Cast("due_on", TextField())
    return Coalesce(KT(f"params__{name}"), Value("…"), output_field=TextField())
