"""A household moves to another settlement."""

from __future__ import annotations

from django.utils.translation import gettext as _

from common.ledger import registry
from common.scope import contains, current
from households.actions.households import follow_home
from households.actions.life import check_stay
from households.actions.life_rows import EVENTS, Happening, Told, happening
from households.codes import life as codes
from households.models import Household, HouseholdEvent, Placement
from ledgers.checking import clean_rows
from settlements.models import Settlement


def move_to_settlement(
    household: Household, settlement: Settlement | None, told: Told, *, by, address: str = "", on=None, version=None
) -> HouseholdEvent:
    """The household moves to another settlement within the reach of whoever acts; into another county it goes by a
    transfer request."""
    with happening(told, household, by=by, on=on, version=version) as found:
        home = found.households[household.pk]
        found.check_told()
        [row], problems = clean_rows(
            registry["households"], [{"address": address}], by, stored=[home], partial=True, set_checks=False
        )
        found.problems += problems
        if settlement is None or settlement.voided_at:
            found.fault("settlement", "required", _("Choose the settlement to which the household moves."))
        elif settlement.pk == home.settlement_id:
            message = _("The household lives at this settlement already. For another flat there, change the flat.")
            found.fault("settlement", "same", message)
        elif not contains(current().ranges, settlement.region):
            message = _("%(name)s lies outside the area that you may enter. Ask for a transfer.")
            found.fault("settlement", "out_of_scope", message % {"name": settlement.name})
        check_stay(found, home)
        found.refuse()
        resettle(found, home, settlement, row.get("address", ""))
        return found.record(codes.SETTLEMENT, home)


def resettle(found: Happening, home: Household, settlement: Settlement, address: str) -> None:
    """The stay in the former settlement ends on the day, one in the new begins; members, jobs and all else follow."""
    found.settlements |= {home.settlement_id, settlement.pk}
    for stay in Placement.objects.filter(household=home, to_on=None):
        found.change(stay, to_on=found.day)
    found.make(Placement(household=home, settlement=settlement, region=settlement.region, from_on=found.day))
    found.change(home, settlement=settlement, address=address)
    home.region = settlement.region
    home.save(update_fields=["region"])
    found.rehouse(home)
    follow_home([home.pk])
    found.moved.add(home.pk)
    found.unit.publish(EVENTS, HouseholdEvent.objects.filter(household=home).values_list("pk", flat=True))
