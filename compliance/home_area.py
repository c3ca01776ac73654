"""Homes larger than the standard 面积超标: a finding of a kind of its own, since no document that we hold has its number.

The documents name the control (R-169, R-210); 25 m2 a person stands in the dated parameters of the division. Findings are
right at commit: a step of what follows a change judges the homes of the households touched.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable

from django.db import connection

from common import bulk, scope
from common.changes import Changes, writing
from common.terms import term
from compliance.models import Finding
from households.models import Household
from households.queries.homes import over_area_sql

KIND, LEDGER = "home-area", "households"
TITLE = term("home over the standard area", "安置住房面积超标")


def settle_over_area(changes: Changes) -> None:
    """Open, keep and close the findings about the homes of the households touched."""
    ids = sorted(changes.touched["households"] - changes.touched["recomputed"] | changes.touched["home-areas"])
    if not ids:
        return
    codes = dict(Household.objects.filter(pk__in=ids).values_list("code", "region"))
    found = _over("t.household_id = ANY(%s)", [ids], changes.on)
    standing = Finding.objects.filter(rule=KIND, ledger=LEDGER, closed_on=None, subject__in=codes)
    _lay(found, list(standing.order_by("pk")), changes.on)


def settle_all(on: dt.date) -> tuple[int, int, int]:
    """The same over all homes of the nation, after parameters or time have moved: (opened, kept, closed)."""
    with scope.whole(source=f"check:{KIND}"), writing(on=on):
        standing = list(Finding.objects.filter(rule=KIND, ledger=LEDGER, closed_on=None).order_by("pk"))
        return _lay(_over("true", [], on), standing, on)


def _over(where: str, parameters: list, on: dt.date) -> dict[str, tuple[int, dict]]:
    """Code -> (region, evidence) of households whose home is too large."""
    with connection.cursor() as cursor:
        cursor.execute(over_area_sql(on, where), parameters or None)
        return {
            code: (region, {"area": str(area), "people": people, "standard": standard})
            for _household, code, region, area, people, standard in cursor.fetchall()
        }


def _lay(found: dict[str, tuple[int, dict]], standing: Iterable[Finding], on: dt.date) -> tuple[int, int, int]:
    known: set[str] = set()
    met, changed = [], []
    for finding in standing:
        if finding.subject not in found:
            finding.closed_on = max(on, finding.opened_on)
            met.append(finding)
            continue
        known.add(finding.subject)
        region, evidence = found[finding.subject]
        if (finding.region, finding.evidence) != (region, evidence):
            finding.region, finding.evidence = region, evidence
            changed.append(finding)
    bulk.update(met, ["closed_on"])
    bulk.update(changed, ["region", "evidence"])
    fresh = [
        Finding(rule=KIND, ledger=LEDGER, subject=code, region=region, opened_on=on, evidence=evidence)
        for code, (region, evidence) in found.items()
        if code not in known
    ]
    bulk.insert(fresh)
    return len(fresh), len(known), len(met)
