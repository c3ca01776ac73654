"""What every action on problems needs: numbers that run on, and the record of what was done."""

from __future__ import annotations

from django.db import connection

from rectification.models import ItemMove, RectificationItem


def county_prefix(region: int) -> str:
    """The six digits that numbers of a place begin with: of its county, or of what lies above it."""
    return f"{region // 10**6:06d}"


def next_numbers(prefix: str, count: int) -> list[str]:
    """So many free numbers PREFIX-0001 ...; held until commit, since a user may not see all that are taken."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtext(%s))", [prefix])
        cursor.execute("SELECT rectification_last_number(%s)", [prefix])
        last = cursor.fetchone()[0] or 0
    return [f"{prefix}-{last + step:04d}" for step in range(1, count + 1)]


def note_of(item: RectificationItem, act: str, *, by, on, opinion: str = "", told: dict | None = None) -> ItemMove:
    return ItemMove(
        item=item,
        region=item.region,
        act=act,
        from_state="" if act == "enter" else item.state,
        to_state=item.state,
        on=on,
        by=by,
        unit=by.unit,
        opinion=opinion,
        told=told or {},
    )


def note(item: RectificationItem, act: str, *, by, on, opinion: str = "", told: dict | None = None) -> ItemMove:
    """Put on the item's record what leaves its state."""
    made = note_of(item, act, by=by, on=on, opinion=opinion, told=told)
    made.save()
    return made
