"""Who: relocated households 搬迁户 and their members, with memberships and placements as spells."""

from households.models.households import REGISTERED, Household, Placement
from households.models.life import HouseholdEvent, TransferRequest
from households.models.persons import HEAD, SPOUSE, Membership, Person

__all__ = ["HEAD", "REGISTERED", "SPOUSE", "Household", "Membership", "Person", "Placement"]
__all__ += ["HouseholdEvent", "TransferRequest"]
