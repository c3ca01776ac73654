"""The kinds of alerts, told by the apps that raise them."""

from __future__ import annotations

from dataclasses import dataclass

from django.core.exceptions import ImproperlyConfigured

from common.terms import Term


@dataclass(frozen=True)
class Kind:
    """`message` is a lazy sentence that `params` and `due_on` fill; `roles` are those in whose inboxes it appears."""

    key: str
    title: Term
    message: object
    roles: frozenset[str]


KINDS: dict[str, Kind] = {}


def declare(kind: Kind) -> Kind:
    if kind.key in KINDS:
        raise ImproperlyConfigured(f"alert kind {kind.key} is declared twice")
    KINDS[kind.key] = kind
    return kind


@dataclass(frozen=True)
class DeadlineKind:
    """What is due 时限类别. `message` is a lazy sentence filled by the deadline's `params` and `due_on`; reminders go to
    whom the deadline names, and from the stage on at which they concern the area to those of `roles` there."""

    key: str
    title: Term
    message: object
    roles: frozenset[str]


DEADLINE_KINDS: dict[str, DeadlineKind] = {}


def declare_deadline(kind: DeadlineKind) -> DeadlineKind:
    if kind.key in DEADLINE_KINDS:
        raise ImproperlyConfigured(f"deadline kind {kind.key} is declared twice")
    DEADLINE_KINDS[kind.key] = kind
    return kind
