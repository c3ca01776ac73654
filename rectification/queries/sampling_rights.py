"""Who may design, draw and fill in a sample, and which of its acts its state allows."""

from __future__ import annotations

from django.utils.translation import gettext as _

from accounts.roles import can
from rectification.models import Sample, SampleHousehold
from rectification.queries.inspections_places import own_levels
from rectification.queries.inspections_rights import belongs

LEDGER = "samples"
HOUSEHOLDS = "sample-households"
ANSWERS = "sample-answers"


def why_not_changing(sample: Sample, user, key: str = LEDGER) -> str:
    """Why the user may not change the sample or, with their ledger's `key`, the sheets under it; '' for nothing."""
    if not can(user, "write", key):
        return _("Your role does not enter samples.")
    if sample.voided_at:
        return _("This sample was voided: %(reason)s") % {"reason": sample.void_reason}
    mine = user.unit_id and user.unit_id == sample.unit_id
    takes_part = sample.inspection_id is not None and belongs(sample.inspection, user)
    if not mine and not takes_part and (sample.veiled or sample.region not in own_levels(user)):
        return _("The sample is kept by %(unit)s. Only those who work there or take part may change it.") % {
            "unit": sample.unit
        }
    return ""


def why_not_designing(sample: Sample, user) -> str:
    if reason := why_not_changing(sample, user):
        return reason
    if sample.state != "design":
        return _(
            "The seed is committed, so that the design no longer changes. Discard the seed first, or void the sample."
        )
    return ""


def why_not_drawing(sample: Sample, user) -> str:
    if reason := why_not_changing(sample, user):
        return reason
    if sample.state == "design":
        return _("Commit the seed first: nobody may see the frame before.")
    if sample.state != "committed":
        return _("The sample is drawn already.")
    return ""


def why_not_publishing(sample: Sample, user) -> str:
    if reason := why_not_changing(sample, user):
        return reason
    if sample.state != "drawn":
        return _("The sample is not drawn yet.") if sample.drawn_at is None else _("The sample is published already.")
    if sample.veiled:
        return _("The inspection is secret. Publish it first.")
    return ""


def why_not_recording(sample: Sample, user, key: str = HOUSEHOLDS) -> str:
    if reason := why_not_changing(sample, user, key):
        return reason
    if sample.drawn_at is None and not takes_list(sample):
        return _("The sample is not drawn yet.")
    return ""


def takes_list(sample: Sample) -> bool:
    """Whether households are named by a third party, and further ones may come."""
    open_ = sample.state == "design" or sample.seed_source == "listed" and sample.published_on is None
    return bool(sample.outside_organiser) and open_


def why_not_attach(visit: SampleHousehold, user) -> str:
    """Why the user may not add photographs to a sampled household's sheet."""
    if reason := why_not_recording(visit.sample, user):
        return reason
    if visit.reserve:
        return _("This household is a replacement in line. Put it in the place of one that was not found first.")
    return ""
