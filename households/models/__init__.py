"""Who: relocated households 搬迁户 and their members, with memberships and placements as spells."""

from households.models.confirmation import Confirmation
from households.models.duplicates import Duplicate
from households.models.grids import CadreLink, Grid, GridManager
from households.models.homes import Home, HukouState
from households.models.households import REGISTERED, Household, Placement
from households.models.income import Income, Threshold
from households.models.industry import IndustrySupport
from households.models.lands import LandIncome, LandRight
from households.models.life import HouseholdEvent, TransferRequest
from households.models.old_houses import OldHouse, QuotaProject, QuotaUse
from households.models.persons import HEAD, SPOUSE, Membership, Person
from households.models.plans import HouseholdPlan, PlanMeasure
from households.models.risks import RiskCase, RiskLevel, RiskSignal, RiskStep
from households.models.safety import Disability, Insurance, MinimumLiving, TemporaryRelief
from households.models.services import DoctorContract, Schooling
from households.models.visits import Visit, VisitStep

__all__ = [
    "CadreLink",
    "Confirmation",
    "Disability",
    "DoctorContract",
    "Duplicate",
    "Grid",
    "GridManager",
    "HEAD",
    "Home",
    "Household",
    "HouseholdEvent",
    "HouseholdPlan",
    "HukouState",
    "Income",
    "IndustrySupport",
    "Insurance",
    "LandIncome",
    "LandRight",
    "Membership",
    "MinimumLiving",
    "OldHouse",
    "Person",
    "Placement",
    "PlanMeasure",
    "QuotaProject",
    "QuotaUse",
    "REGISTERED",
    "RiskCase",
    "RiskLevel",
    "RiskSignal",
    "RiskStep",
    "SPOUSE",
    "Schooling",
    "TemporaryRelief",
    "Threshold",
    "TransferRequest",
    "Visit",
    "VisitStep",
]
