"""Who: relocated households 搬迁户 and their members, with memberships and placements as spells."""

from households.models.homes import Home, HukouState
from households.models.households import REGISTERED, Household, Placement
from households.models.lands import LandIncome, LandRight
from households.models.old_houses import OldHouse, QuotaProject, QuotaUse
from households.models.persons import HEAD, SPOUSE, Membership, Person

__all__ = ["HEAD", "REGISTERED", "SPOUSE", "Household", "Membership", "Person", "Placement"]
__all__ += ["Home", "HukouState", "LandIncome", "LandRight", "OldHouse", "QuotaProject", "QuotaUse"]
