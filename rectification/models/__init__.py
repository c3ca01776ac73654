"""Who puts it right, by when: problems, inspections, samples, responsibilities, dispatch and supervision."""

from rectification.models import cadres, dispatch, meetings, orders, tasks  # noqa: F401
from rectification.models.accountability import AccountabilityAddressee, AccountabilityRecord
from rectification.models.inspections import Inspection, InspectionMember, InspectionPlace, InspectionPlan
from rectification.models.inspections_checklists import Checklist, ChecklistQuestion
from rectification.models.inspections_checks import CheckLine, InspectionCheck
from rectification.models.inspections_items import ItemOrigin
from rectification.models.items import ItemMove, ItemPlace, ItemUnit, ProblemClass, RectificationItem
from rectification.models.sampling import Sample, SampleFrame, SampleStratum
from rectification.models.sampling_households import SampleAnswer, SampleHousehold

__all__ = [
    "CheckLine",
    "Checklist",
    "ChecklistQuestion",
    "Inspection",
    "InspectionCheck",
    "InspectionMember",
    "InspectionPlace",
    "InspectionPlan",
    "AccountabilityAddressee",
    "AccountabilityRecord",
    "ItemMove",
    "ItemOrigin",
    "ItemPlace",
    "ItemUnit",
    "ProblemClass",
    "RectificationItem",
    "Sample",
    "SampleAnswer",
    "SampleFrame",
    "SampleHousehold",
    "SampleStratum",
]
