"""Readings of settlements."""

from __future__ import annotations

from common.values import fold
from ledgers.filters import prefix
from settlements.models import Settlement


def settlement_at(user, code: str) -> Settlement:
    """The settlement of an address within the user's scope. Raises Settlement.DoesNotExist."""
    return Settlement.objects.visible_to(user).get(code=code)


def found_by(user, text: str, most: int) -> list[Settlement]:
    """Standing settlements of the user's area whose code or name begins with the text, by name."""
    text = fold(text)[:60]
    rows = Settlement.objects.visible_to(user).filter(voided_at=None)
    if text:
        rows = rows.filter(prefix("code", text.upper()) | prefix("name", text))
    return list(rows.order_by("name", "code")[:most])
