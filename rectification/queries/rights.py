"""Who may do which act to an item, and why not: one text for the page, the API and the refusal.

A verifier is of a level above the responsible unit, and neither the author nor the applicant nor of a unit concerned
(four eyes). A red-line problem is verified by the province; by the unit named beforehand where the province has no
account or no level is above (R-034, R-041).
"""

from __future__ import annotations

import datetime as dt

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils.translation import gettext as _

from accounts.models import User, UserScope
from accounts.roles import can
from common.clock import CHINA
from common.scope import ancestor, contains, level_of
from rectification.models import RectificationItem
from rectification.queries.evidence import counting_evidence_of, evidence_of
from rectification.states import ACTS, OPEN, STATES, Act, Actor, acts_from

LEDGER = "rectification-items"
NOWHERE = 9
COUNTY, PROVINCE = 3, 1
STANDING_IN = ("county", "township", "integrator")  # act for a unit of their area that has no account


def level_over(user: User, region: int) -> int:
    """The level of the user's scope that holds the region (0 nation to 5 village); NOWHERE where none does."""
    return min((level_of(lo) if lo else 0 for lo, hi in user.ranges if lo <= region < hi), default=NOWHERE)


def why_not(item: RectificationItem, act: Act, user: User, on: dt.date, *, files_come: bool = False) -> str:
    """Why the user may not do the act to the item as it stands; '' where nothing stands against it.

    `files_come`: the act may bring the evidence with it, so that its lack is no reason yet.
    """
    if item.voided_at:
        return _("This item was voided: %(reason)s") % {"reason": item.void_reason}
    if item.state not in act.sources:
        return _wrong_state(item, act)
    return wrong_person(item, act, user) or _not_ready(item, act, on, files_come)


def acts_for(item: RectificationItem, user: User, on: dt.date, *, files_come: bool = False) -> list[tuple[Act, str]]:
    """The acts that the table has for the item's state, each with what stands against it ('' for nothing)."""
    return [(act, why_not(item, act, user, on, files_come=files_come)) for act in acts_from(item.state)]


def may_ever(user: User, by: Actor) -> bool:
    """Whether the user's role does acts of this kind at all, whatever the item: pages offer them to nobody else."""
    decides, works = can(user, "decide", LEDGER), can(user, "write", LEDGER)
    if by in (Actor.SUPERVISES, Actor.VERIFIES):
        return decides
    if by is Actor.ANSWERS:
        return works or decides
    if by is Actor.ENTERS:
        return works and user.role != "department"
    return (works or decides) and user.role not in ("department", "township")


def why_not_attach(item: RectificationItem, user: User) -> str:
    """Files are added by those who have something to do with the item as it stands: who enters it, who answers for it,
    who decides about it."""
    acts = [act for act in acts_from(item.state) if act.key != "merge"]
    if any(not wrong_person(item, act, user) for act in acts):
        return ""
    if not acts:
        return _("This item was merged into %(number)s. Add the files there.") % {"number": item.merged_into}
    return _("In the state “%(state)s” others add files here.") % {"state": STATES[item.state].label}


def why_not_enter(item: RectificationItem, user: User) -> str:
    """Whether the user may correct what was entered, and name the units concerned (as far as the state still lets them)."""
    if item.voided_at:
        return _("This item was voided: %(reason)s") % {"reason": item.void_reason}
    if item.state == "merged":
        return _("This item was merged into %(number)s.") % {"number": item.merged_into}
    if not contains(user.ranges, item.region):
        return _("The item lies outside your area.")
    return _not_entering(item, user)


def _wrong_state(item: RectificationItem, act: Act) -> str:
    last = item.moves.select_related("by").last()
    words = {
        "state": STATES[item.state].label,
        "act": act.label,
        "from": "、".join(str(STATES[s].label) for s in act.sources),
    }
    if last is not None and last.by_id:
        return _(
            "The item is in the state “%(state)s” since %(by)s's act at %(at)s. “%(act)s” is possible from: %(from)s."
        ) % {
            **words,
            "by": last.by.display_name,
            "at": f"{last.at.astimezone(CHINA):%Y-%m-%d %H:%M}",
        }
    return _("The item is in the state “%(state)s”. “%(act)s” is possible from: %(from)s.") % words


def wrong_person(item: RectificationItem, act: Act, user: User) -> str:
    """Why the act is not the user's at all, whatever the item still lacks for it; '' where it is."""
    if not contains(user.ranges, item.region):
        return _("The item lies outside your area.")
    reason = {
        Actor.ENTERS: _not_entering,
        Actor.ASSIGNS: _not_assigning,
        Actor.ANSWERS: _not_answering,
        Actor.SUPERVISES: _not_above,
        Actor.VERIFIES: _not_verifying,
    }[act.by](item, user)
    return reason or _not_alone(item, act, user)


def _not_alone(item: RectificationItem, act: Act, user: User) -> str:
    """Where a false rectification was found, one reviewer alone does not close the problem again (R-039)."""
    if act.key == "close" and item.false_on and user.pk == item.verified_by_id:
        return _("False rectification was found here before. Somebody else than who verified it closes it.")
    return ""


def _not_entering(item: RectificationItem, user: User) -> str:
    if user.role == "department" or not can(user, "write", LEDGER):
        return _("Only those who enter problems for this area may do this.")
    return ""


def _not_assigning(item: RectificationItem, user: User) -> str:
    works = can(user, "write", LEDGER) or can(user, "decide", LEDGER)
    if user.role == "department" or not works or level_over(user, item.region) > COUNTY:
        return _("Only the county or a level above it assigns problems.")
    return ""


def answers_for(item: RectificationItem, user: User) -> bool:
    """Whether the user is of the responsible units, is the responsible person, or acts for a unit without an account."""
    if not (can(user, "write", LEDGER) or can(user, "decide", LEDGER)):
        return False
    if user.pk == item.responsible_id:
        return True
    units = {item.lead_unit_id, *_co_units(item)}
    if user.unit_id and user.unit_id in units:
        return True
    has_account = User.objects.filter(unit=item.lead_unit_id, is_active=True).exists()
    return not has_account and user.role in STANDING_IN


def orphans(rows: QuerySet[RectificationItem]) -> QuerySet[RectificationItem]:
    """Open problems that nobody holds: no active account is named, the lead unit has none, and no local one stands in."""
    region = OuterRef("region")
    holding = Q(region=0) | Q(region=region)
    for part in (10**3, 10**6, 10**8, 10**10):  # the region's code with all below a level cut off
        holding |= Q(region=region - region % part)
    local = UserScope.objects.filter(holding, user__is_active=True, user__role__in=STANDING_IN)
    staffed = User.objects.filter(is_active=True, unit=OuterRef("lead_unit"))
    nobody = Q(responsible=None) | Q(responsible__is_active=False)
    return rows.filter(nobody, ~Exists(staffed), ~Exists(local), state__in=OPEN, voided_at=None).exclude(state="draft")


def _co_units(item: RectificationItem) -> list[int]:
    return [one.unit_id for one in item.co_units.all()]


def _not_answering(item: RectificationItem, user: User) -> str:
    if answers_for(item, user):
        return ""
    return _("Only the responsible unit (%(unit)s) may do this.") % {"unit": item.lead_unit}


def _is_named(item: RectificationItem, user: User) -> bool:
    return bool(user.unit_id) and user.unit_id == item.supervising_unit_id


def _not_above(item: RectificationItem, user: User) -> str:
    """A level above the responsible unit; where there is none, the unit that was named beforehand."""
    if not can(user, "decide", LEDGER):
        return _("Only those who verify and decide may do this.")
    if item.lead_unit_id is None:
        return _("The item has no responsible unit yet.")
    if user.unit_id == item.lead_unit_id:
        return _("You are of the responsible unit itself. A level above it decides.")
    level = level_of(item.lead_unit.region) if item.lead_unit.region else 0
    if level <= PROVINCE:
        if _is_named(item, user):
            return ""
        return _("No level stands above %(unit)s. Only the supervising unit named beforehand (%(named)s) decides.") % {
            "unit": item.lead_unit,
            "named": item.supervising_unit or _("none was named"),
        }
    if level_over(user, item.region) >= level:
        return _("The responsible unit is of your level. A level above it decides.")
    return ""


def _not_verifying(item: RectificationItem, user: User) -> str:
    if item.red_line and item.lead_unit_id and not _is_of_province(item, user):
        return _red_line_reason(item, user) or _not_other_eyes(item, user)
    return _not_above(item, user) or _not_other_eyes(item, user)


def _is_of_province(item: RectificationItem, user: User) -> bool:
    return level_over(user, item.region) <= PROVINCE


def _red_line_reason(item: RectificationItem, user: User) -> str:
    """A red line and somebody below the province: only the named unit, and only where the province has no account."""
    if not can(user, "decide", LEDGER):
        return _("Only those who verify and decide may do this.")
    province = ancestor(item.region, PROVINCE) if item.region else 0
    has_account = User.objects.filter(
        is_active=True, role__in=("province", "drc"), scopes__region__in=(province, 0)
    ).exists()
    if has_account or not _is_named(item, user):
        return _("A red-line problem is verified and closed by the province.")
    return ""


def _not_other_eyes(item: RectificationItem, user: User) -> str:
    if user.pk in (item.author_id, item.submitted_by_id):
        return _("You entered this problem or applied for its closing. Somebody else must look at it.")
    if user.unit_id is None:
        return _(
            "Your account has no unit, so that it cannot be shown that you are of another one. Ask your administrator."
        )
    concerned = {item.author_unit_id, item.submitted_unit_id, item.lead_unit_id, *_co_units(item)}
    if user.unit_id in concerned:
        return _(
            "You are of a unit that entered the problem, answers for it or applied for its closing."
            " Another unit must look at it."
        )
    return ""


def _not_ready(item: RectificationItem, act: Act, on: dt.date, files_come: bool) -> str:
    """What the item itself lacks for the act."""
    if act.key == "submit":
        if not files_come and not counting_evidence_of(item).exists():
            if evidence_of(item).exists():
                return _("The evidence is older than the doubt about it. Add a new photograph or document first.")
            return _("No evidence is attached. Add at least one photograph or document first.")
        if left := item.places.filter(state="open").count():
            return _("%(n)s places are not done yet. Mark each of them first.") % {"n": left}
    if act.key in ("verify", "close") and not counting_evidence_of(item).exists():
        return _("The evidence was withdrawn. Return the item, so that the unit adds new evidence.")
    if act.key == "close" and on <= item.notice_to:
        return _("The public notice runs to the end of %(day)s. Close the item after that day.") % {
            "day": item.notice_to
        }
    if act.key in ("grant_extension", "refuse_extension") and item.extension_to is None:
        return _("No extension is asked for.")
    if act.key == "ask_extension" and item.extension_to is not None:
        return _("An extension to %(day)s is asked for already.") % {"day": item.extension_to}
    if act.key == "merge" and item.false_on:
        return _(
            "False rectification was found here and is answered for under this number. Merge the other item instead."
        )
    if act.key == "look_back" and item.look_back_on is None:
        return _("Only closed red-line problems are looked back at.")
    if act.key == "look_back" and item.looked_back_on is not None:
        return _("The look-back was recorded on %(day)s.") % {"day": item.looked_back_on}
    return ""


def act_of(key: str) -> Act:
    """The act of the table. Raises KeyError."""
    return ACTS[key]
