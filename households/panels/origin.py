"""The panel about what was left behind: old house and land; the same for both sides of a relocation."""

from __future__ import annotations

from accounts.roles import can
from common import clock
from common.ledger import Panel, registry
from common.scope import ancestor, contains
from common.terms import term
from divisions.queries import names_of
from households.models import Household, QuotaProject
from households.models.old_houses import NO_HOUSE, STEPS
from households.panels.homes import steps_of
from households.queries.origin import (
    Outgoing,
    land_incomes_of,
    land_rights_of,
    missing_origin,
    old_house_of,
)
from households.sections import SECTIONS, Section

TITLE = term("Old house and land", "旧房和三块地")


def origin_panel(household: Household | Outgoing, user) -> dict:
    """Household (of the destination's side) or what the county of origin knows of it."""
    origin = household.origin_division if isinstance(household, Household) else household.origin
    keeper, on = origin or household.region, clock.today()
    house = old_house_of(household.pk if isinstance(household, Household) else household.id)
    kept_up = household.kept_up if isinstance(household, Household) else not household.voided
    county = ancestor(keeper, 3)
    mine = contains(user.ranges, keeper)
    incomes = land_incomes_of(household.pk if isinstance(household, Household) else household.id)
    return {
        "code": household.code,
        "house": house,
        "no_house": house is not None and house.kind == NO_HOUSE,
        "project": QuotaProject.objects.filter(pk=house.project_id).first() if house and house.project_id else None,
        "steps": steps_of(house, STEPS) if house and not house.kept and house.kind != NO_HOUSE else [],
        "late": bool(
            house
            and not house.kept
            and not house.demolished_on
            and house.transition_until
            and house.transition_until < on
        ),
        "lands": land_rights_of(household.pk if isinstance(household, Household) else household.id),
        "incomes": sorted(incomes, key=lambda income: (-income.year, income.kind)),
        "income": sum(income.amount for income in incomes),
        "elsewhere": "" if mine else names_of([county], on).get(county, f"{county // 10**6:06d}"),
        "writes": mine and kept_up and can(user, "write", "old-houses"),
    }


registry["households"].extend(panels=[Panel("origin", TITLE, "households/_origin.html", origin_panel, "old-houses")])
SECTIONS.append(Section("origin", TITLE, missing_origin, "old-houses"))
