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
