"""Who puts it right, by when: problems, inspections, samples, responsibilities, dispatch and supervision."""

from rectification.models.accountability import AccountabilityAddressee, AccountabilityRecord
from rectification.models.items import ItemMove, ItemPlace, ItemUnit, ProblemClass, RectificationItem

__all__ = [
    "AccountabilityAddressee",
    "AccountabilityRecord",
    "ItemMove",
    "ItemPlace",
    "ItemUnit",
    "ProblemClass",
    "RectificationItem",
]
