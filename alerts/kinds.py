"""The kinds of alerts, told by the apps that raise them."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from django.core.exceptions import ImproperlyConfigured

from common.terms import Term


class _Words(dict):
    def __missing__(self, key: str) -> str:
        return "…"


@dataclass(frozen=True)
class Told:
    """What kinds of alerts and of deadlines share."""

    key: str
    title: Term
    message: object
    roles: frozenset[str]

    def sentence(self, params: dict, due_on: dt.date) -> str:
        """The message in the reader's language; a word that an older row does not hold is left out."""
        return self.message % _Words(params, due_on=due_on)

    def check(self, params: dict) -> None:
        """Raise KeyError where the sentence needs a word that these lack."""
        _ = self.message % {**params, "due_on": ""}


@dataclass(frozen=True)
class Kind(Told):
    """`message` is a lazy sentence that `params` and `due_on` fill; `roles` are those in whose inboxes it appears."""


KINDS: dict[str, Kind] = {}


def declare(kind: Kind) -> Kind:
    if kind.key in KINDS:
        raise ImproperlyConfigured(f"alert kind {kind.key} is declared twice")
    KINDS[kind.key] = kind
    return kind


@dataclass(frozen=True)
class DeadlineKind(Told):
    """What is due 时限类别. `message` is a lazy sentence filled by the deadline's `params` and `due_on`; reminders go to
    whom the deadline names, and from the stage on at which they concern the area to those of `roles` there."""


DEADLINE_KINDS: dict[str, DeadlineKind] = {}


def declare_deadline(kind: DeadlineKind) -> DeadlineKind:
    if kind.key in DEADLINE_KINDS:
        raise ImproperlyConfigured(f"deadline kind {kind.key} is declared twice")
    DEADLINE_KINDS[kind.key] = kind
    return kind


def kind_of(key: str) -> Told:
    """The kind of an alert, whether it comes of a deadline or not."""
    return DEADLINE_KINDS.get(key) or KINDS[key]


def kinds_of_role(kinds: dict[str, Told], role: str) -> list[str]:
    """The keys of the kinds whose alerts concern a role."""
    return [kind.key for kind in kinds.values() if role in kind.roles]


def all_kinds() -> list[Told]:
    return [*KINDS.values(), *DEADLINE_KINDS.values()]
