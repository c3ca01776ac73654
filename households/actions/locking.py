"""Locking what will be written."""

from __future__ import annotations

from collections.abc import Iterable

from django.db import connection


def lock_households(ids: Iterable[int]) -> None:
    """Lock in id order whatever will be written, so that concurrent edits queue and never block each other in a ring."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT id FROM households_household WHERE id = ANY(%s) ORDER BY id FOR NO KEY UPDATE", [sorted(set(ids))]
        )
