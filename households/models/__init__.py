"""Who: relocated households 搬迁户 and their members, with memberships and placements as spells."""

from households.models.confirmation import Confirmation
from households.models.households import REGISTERED, Household, Placement
from households.models.persons import HEAD, SPOUSE, Membership, Person
from households.models.plans import HouseholdPlan, PlanMeasure
from households.models.visits import Visit, VisitStep

__all__ = [
    "HEAD",
    "REGISTERED",
    "SPOUSE",
    "Confirmation",
    "Household",
    "HouseholdPlan",
    "Membership",
    "Person",
    "Placement",
    "PlanMeasure",
    "Visit",
    "VisitStep",
]
