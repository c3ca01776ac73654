"""The panel about what was left behind: old house and land; the same for both sides of a relocation."""

from __future__ import annotations

from accounts.roles import can
from common import clock
from common.ledger import Panel, registry
from common.scope import ancestor, contains
from common.terms import term
from divisions.queries import names_of
from households.ledgers.homes import GROUPS as OF_HOMES
from households.ledgers.households import PHOTOGRAPHS
from households.ledgers.old_houses import GROUPS as OF_STEPS
from households.models import Household
from households.models.old_houses import NO_HOUSE, STEPS
from households.panels.homes import steps_of
from households.queries.origin import (
    Outgoing,
    files_of_both_sides,
    land_incomes_of,
    land_rights_of,
    missing_origin,
    old_house_of,
    quota_project_of,
    quota_uses_of,
)
from households.sections import SECTIONS, Section

TITLE = term("Old house and land", "旧房和三块地")
GROUPS = {"old-houses": dict(OF_STEPS), "homes": dict(OF_HOMES), "households": dict(PHOTOGRAPHS)}


def files_shown(household: int, user, *ledgers: str) -> list[dict]:
    """Files of these ledgers for either side, each with the step or place that it shows, in the order of those."""
    found = files_of_both_sides(household, user)
    return [
        {"file": file, "label": label}
        for ledger in ledgers
        for group, label in [("", ""), *GROUPS[ledger].items()]
        for file in found
        if (file.ledger, file.group if file.group in GROUPS[ledger] else "") == (ledger, group)
    ]


def origin_panel(household: Household | Outgoing, user) -> dict:
    """Household (of the destination's side) or what the county of origin knows of it."""
    origin = household.origin_division if isinstance(household, Household) else household.origin
    keeper, on = origin or household.region, clock.today()
    house = old_house_of(household.id)
    project = quota_project_of(household.id) if house and house.project_id else None
    kept_up = household.kept_up if isinstance(household, Household) else not household.voided
    county = ancestor(keeper, 3)
    mine = contains(user.ranges, keeper)
    incomes = land_incomes_of(household.id)
    return {
        "code": household.code,
        "house": house,
        "no_house": house is not None and house.kind == NO_HOUSE,
        "project": project if can(user, "read", "quota-projects") else None,
        "uses": quota_uses_of(household.id) if project and can(user, "read", "quota-uses") else [],
        "opens_project": project is not None and contains(user.ranges, project.region),
        "files": files_shown(household.id, user, "old-houses") if house else [],
        "steps": steps_of(house, STEPS) if house and not house.kept and house.kind != NO_HOUSE else [],
        "late": bool(
            house
            and not house.kept
            and not house.demolished_on
            and house.transition_until
            and house.transition_until < on
        ),
        "lands": land_rights_of(household.id),
        "incomes": sorted(incomes, key=lambda income: (-income.year, income.kind)),
        "income": sum(income.amount for income in incomes),
        "elsewhere": "" if mine else names_of([county], on).get(county, f"{county // 10**6:06d}"),
        "writes": mine and kept_up and can(user, "write", "old-houses"),
    }


registry["households"].extend(panels=[Panel("origin", TITLE, "households/_origin.html", origin_panel, "old-houses")])
SECTIONS.append(Section("origin", TITLE, missing_origin, "old-houses"))
