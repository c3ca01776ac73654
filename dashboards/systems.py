"""Which of the policy's named systems the product serves, and where: reference/systems.json has all of them.

A system appears here once somebody can do at its addresses what it is for; the rest is told as not served yet.
"""

from __future__ import annotations

import json
from functools import cache

from django.conf import settings

ITEMS = "/ledgers/rectification-items/"
SERVED_BY: dict[str, tuple[str, ...]] = {
    "S-01": ("/ledgers/settlements/",),
    "S-03": ("/ledgers/household-plans/", "/ledgers/plan-measures/", "/ledgers/households/?plan=missing"),
    "S-04": (ITEMS, "/rectification/progress/"),
    "S-05": (f"{ITEMS}?red=1",),
    "S-06": ("/ledgers/supervision-orders/", "/ledgers/deadlines/"),
    "S-11": ("/ledgers/incomes/", "/ledgers/risk-cases/", "/ledgers/risk-signals/", "/ledgers/thresholds/"),
    "S-12": ("/ledgers/inspections/", "/ledgers/inspection-checks/"),
    "S-13": ("/ledgers/accountability-records/",),
    "S-17": ("/ledgers/titles/", "/homes/"),
    "S-19": ("/ledgers/responsibility-tasks/", "/ledgers/responsibility-lists/"),
    "S-21": ("/ledgers/employments/",),
    "S-22": ("/ledgers/meetings/", "/ledgers/meeting-decisions/", "/ledgers/meeting-quarters/"),
    "S-24": ("/ledgers/alerts/", "/ledgers/deadlines/", "/ledgers/supervision-orders/"),
    "S-35": ("/ledgers/insurances/",),
    "S-36": ("/ledgers/minimum-living/", "/ledgers/temporary-relief/", "/ledgers/disabilities/"),
    "S-34": ("/ledgers/land-rights/", "/ledgers/land-incomes/"),
    "S-37": ("/ledgers/titles/?restricted_transfer=1", "/ledgers/homes/"),
    "S-39": ("/ledgers/hukou-states/",),
    "S-40": ("/ledgers/old-houses/", "/old-houses/"),
    "S-41": ("/ledgers/quota-projects/", "/ledgers/quota-uses/"),
    "S-46": ("/ledgers/inspection-plans/",),
    "S-47": (f"{ITEMS}?source=06", "/ledgers/inspections/"),
    "S-49": (ITEMS, "/rectification/progress/", "/ledgers/accountability-records/"),
    "S-50": ("/ledgers/inspections/",),
    "S-54": ("/ledgers/grids/", "/ledgers/grid-managers/"),
    "S-56": ("/ledgers/cadre-links/",),
    "S-55": ("/ledgers/households/?risk_level=red", "/ledgers/risk-cases/"),
    "S-51": ("/ledgers/old-houses/?counted=agreed", "/ledgers/old-houses/?counted=overdue"),
    "S-57": ("/ledgers/samples/", "/ledgers/sample-households/"),
    "S-62": ("/ledgers/land-rights/?used=1",),
    "S-66": ("/ledgers/meetings/", "/ledgers/dispatches/", "/ledgers/inspections/"),
    "S-67": ("/ledgers/cross-county-groups/",),
    "S-68": ("/ledgers/secondments/",),
    "S-71": ("/ledgers/responsibility-tasks/",),
    "S-72": ("/ledgers/dispatches/", "/ledgers/dispatch-entries/"),
    "S-73": ("/dashboard/", "/ledgers/households/", "/api/v1/"),
    "S-74": ("/ledgers/cadre-trainings/", "/cadres/"),
    "S-75": ("/ledgers/inspections/", "/ledgers/problem-classes/"),
    "S-81": ("/ledgers/inspections/",),
    "S-82": ("/ledgers/accountability-records/",),
    "S-83": ("/ledgers/inspections/", "/ledgers/samples/"),
    "S-84": ("/ledgers/households/?poverty_exit=1", "/ledgers/registry-households/"),
}


@cache
def _named() -> tuple[tuple[str, str], ...]:
    found = json.loads((settings.BASE_DIR / "reference" / "systems.json").read_text("utf-8"))["systems"]
    return tuple((system["id"], system["name_zh"]) for system in found)


def systems() -> list[dict]:
    """Every named system: `id`, `name`, and `served_by`, a list of addresses, empty while nothing serves it."""
    return [{"id": key, "name": name, "served_by": list(SERVED_BY.get(key, ()))} for key, name in _named()]
