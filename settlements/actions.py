"""The only writers of settlements."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from django.db import connection
from django.utils.translation import gettext as _

from common import bulk, clock
from common.changes import writing
from common.problems import Problem, Refused
from common.scope import reachable
from settlements.models import TIER_FLOORS, Settlement, tier_of

__all__ = ["TIER_FLOORS", "next_code", "save_settlements", "void_settlements"]


def next_code(region: int, taken: Iterable[str] = ()) -> str:
    """A free settlement code in the county of a township: county code, A, running number (522326A0001)."""
    county = f"{region // 10**6:06d}"
    with connection.cursor() as cursor:
        cursor.execute("SELECT code FROM settlement_codes_from(%s)", [county])
        used = {code for (code,) in cursor.fetchall()} | set(taken)
    number = 1
    while f"{county}A{number:04d}" in used:
        number += 1
    return f"{county}A{number:04d}"


def save_settlements(rows: Sequence[dict], *, by, on=None, source="") -> bulk.Saved:
    """Create or change settlements; `division` (or `region`) is the township code. A missing code is given."""
    with writing(by=by, on=on, source=source) as unit:
        given: set[str] = set()
        for row in rows:
            if not row.get("code") and not row.get("id"):
                row["code"] = next_code(row.get("division") or row["region"], given)
                given.add(row["code"])
        stored = {
            s.code: s
            for s in reachable(Settlement)
            .filter(code__in=[row["code"] for row in rows if row.get("code")])
            .order_by("id")
            .select_for_update(no_key=True)
        }
        by_id = reachable(Settlement).in_bulk([row["id"] for row in rows if row.get("id")])
        merged = bulk.merge(
            Settlement,
            rows,
            lambda row: by_id.get(row.get("id")) or stored.get(row.get("code")),
            {"division": "region"},
        )
        for settlement in merged.new:
            settlement.tier = tier_of(0, settlement.placement)
        for settlement in merged.changed:
            if "placement" in merged.fields:
                settlement.tier = "" if settlement.placement == "dispersed" else settlement.tier or "small"
                merged.fields.add("tier")
        if "region" in merged.fields:
            _refuse_moving_inhabited(merged.changed)
        saved = bulk.write(merged)
        unit.publish("settlements", [settlement.pk for settlement in saved.objects])
        return saved


def _refuse_moving_inhabited(changed: list[Settlement]) -> None:
    """A settlement's township is its households' region: it stays while anybody is placed there."""
    before = dict(Settlement.objects.filter(pk__in=[s.pk for s in changed]).values_list("pk", "region"))
    problems = [
        Problem(
            index,
            "division",
            str(s.region),
            "inhabited",
            _("%(name)s has households; its township can be changed only while it has none.") % {"name": s.name},
        )
        for index, s in enumerate(changed)
        if before[s.pk] != s.region and s.households.filter(voided_at=None).exists()
    ]
    if problems:
        raise Refused(problems)


def void_settlements(ids: Iterable[int], *, reason: str, by, on=None) -> int:
    """Void settlements entered by mistake; one with standing households is refused."""
    with writing(by=by, on=on) as unit:
        rows = list(reachable(Settlement).filter(pk__in=ids, voided_at=None).order_by("id").select_for_update())
        problems = [
            Problem(
                index,
                "code",
                s.code,
                "inhabited",
                _("%(name)s has households. Move or void them first.") % {"name": s.name},
            )
            for index, s in enumerate(rows)
            if s.households.filter(voided_at=None).exists()
        ]
        if problems:
            raise Refused(problems)
        for settlement in rows:
            settlement.voided_at, settlement.voided_by_id, settlement.void_reason = clock.now(), by.pk, reason
            settlement.version += 1
        bulk.update(rows, ["voided_at", "voided_by", "void_reason", "version"])
        unit.publish("settlements", [s.pk for s in rows])
        return len(rows)
