"""Who may change an inspection and what hangs on it, and the acts that its state allows: one text for page and refusal."""

from __future__ import annotations

from dataclasses import dataclass

from django.utils.translation import gettext as _

from accounts.roles import can
from common.terms import Term, term
from rectification.models import Inspection, InspectionMember, RectificationItem
from rectification.queries.inspections_places import own_levels
from rectification.states import OPEN

LEDGER = "inspections"
CHECKS = "inspection-checks"
RESULTS_LEDGER = "inspection-results"
ITEMS = "rectification-items"


@dataclass(frozen=True)
class InspectionAct:
    """An act leads from one of `sources` to `to`. `ways` are those that it is for (none: all); `asks` what it must be
    told beside the day."""

    key: str
    label: Term
    sources: tuple[str, ...]
    to: str
    asks: tuple[str, ...] = ()
    ways: tuple[str, ...] = ()
    danger: bool = False


INSPECTION_ACTS: dict[str, InspectionAct] = {
    act.key: act
    for act in [
        InspectionAct("start", term("Start", "开始检查"), ("planned",), "under_way"),
        InspectionAct(
            "feed_back",
            term("Feed back", "反馈"),
            ("under_way",),
            "fed_back",
            ("findings",),
            ("open", "unannounced"),
        ),
        InspectionAct(
            "publish",
            term("Publish and feed back", "公布并反馈"),
            ("under_way",),
            "fed_back",
            ("findings",),
            ("secret",),
        ),
        InspectionAct("close", term("Close", "办结"), ("fed_back",), "closed"),
        InspectionAct(
            "cancel", term("Cancel", "取消"), ("planned", "under_way"), "cancelled", ("reason",), danger=True
        ),
    ]
}


def belongs(inspection: Inspection, user) -> bool:
    """Whether the user is of the organising unit or a member."""
    if user.unit_id and user.unit_id == inspection.unit_id:
        return True
    return InspectionMember.objects.filter(inspection=inspection, user=user).exists()


def why_not_changing(inspection: Inspection, user, key: str = LEDGER) -> str:
    """Why the user may not change the inspection or, with their ledger's `key`, the records under it; '' for nothing."""
    if not can(user, "write", key):
        return _("Your role does not enter inspections.")
    if inspection.voided_at:
        return _("This inspection was voided: %(reason)s") % {"reason": inspection.void_reason}
    if not belongs(inspection, user) and (inspection.veiled or inspection.region not in own_levels(user)):
        return _("The inspection is kept by %(unit)s. Only those who work there or take part may change it.") % {
            "unit": inspection.unit
        }
    return ""


def why_not_recording(inspection: Inspection, user) -> str:
    """Why the user may not enter or change field checks of the inspection now."""
    if reason := why_not_changing(inspection, user, CHECKS):
        return reason
    if inspection.state not in ("under_way", "fed_back"):
        return _("The inspection is “%(state)s”. Field checks are entered while it is under way.") % {
            "state": inspection.get_state_display()
        }
    return ""


def open_items(inspection: Inspection):
    return RectificationItem.objects.filter(origin__inspection=inspection, voided_at=None, state__in=OPEN)


def why_not(inspection: Inspection, act: InspectionAct, user) -> str:
    """Why the act is not to be done to the inspection as it stands; '' where nothing stands against it."""
    if reason := why_not_changing(inspection, user):
        return reason
    if inspection.state not in act.sources:
        return _("The inspection is “%(state)s” already.") % {"state": inspection.get_state_display()}
    if act.to == "fed_back" and (begun := inspection.checks.filter(voided_at=None, state="begun").count()):
        return _("%(n)s field checks are not complete. Complete or void them first.") % {"n": begun}
    if act.key == "close" and (left := open_items(inspection).count()):
        return _("%(n)s problems of this inspection are still open. Close them first.") % {"n": left}
    return ""


def acts_for(inspection: Inspection, user) -> list[tuple[InspectionAct, str]]:
    """The acts of the inspection's state and way, each with what stands against it."""
    return [
        (act, why_not(inspection, act, user))
        for act in INSPECTION_ACTS.values()
        if inspection.state in act.sources and (not act.ways or inspection.way in act.ways)
    ]
