"""Who: relocated households 搬迁户 and their members, with memberships and placements as spells."""

from households.models.households import REGISTERED, Household, Placement
from households.models.income import Income, Threshold
from households.models.persons import HEAD, SPOUSE, Membership, Person
from households.models.risks import RiskCase, RiskLevel, RiskSignal, RiskStep
from households.models.safety import Disability, Insurance, MinimumLiving, TemporaryRelief
from households.models.services import DoctorContract, Schooling

__all__ = [
    "HEAD",
    "REGISTERED",
    "SPOUSE",
    "Disability",
    "DoctorContract",
    "Household",
    "Income",
    "Insurance",
    "Membership",
    "MinimumLiving",
    "Person",
    "Placement",
    "RiskCase",
    "RiskLevel",
    "RiskSignal",
    "RiskStep",
    "Schooling",
    "TemporaryRelief",
    "Threshold",
]
