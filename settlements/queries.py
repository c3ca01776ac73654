"""Readings of settlements."""

from __future__ import annotations

from settlements.models import Settlement


def settlement_at(user, code: str) -> Settlement:
    """The settlement of an address within the user's scope. Raises Settlement.DoesNotExist."""
    return Settlement.objects.visible_to(user).get(code=code)
