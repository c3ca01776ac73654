"""A household moves to another settlement."""

from __future__ import annotations

from collections.abc import Iterable

from django.utils.translation import gettext as _

from common.ledger import registry
from common.scope import contains, current
from households.actions.homes import HUKOU
from households.actions.households import follow_home
from households.actions.life import check_stay
from households.actions.life_rows import EVENTS, Happening, Told, happening, living
from households.codes import life as codes
from households.models import Household, HouseholdEvent, HukouState, Person, Placement
from households.places import parts_of
from households.queries.homes import MOVED, NOT_MOVED, RESIDENCE
from ledgers.checking import clean_rows
from settlements.models import Settlement


def move_to_settlement(
    household: Household,
    settlement: Settlement | None,
    told: Told,
    *,
    by,
    address: str = "",
    area=None,
    on=None,
    version=None,
) -> HouseholdEvent:
    """The household moves to another settlement within the reach of whoever acts, into a flat there if that is told; into
    another county it goes by a transfer request."""
    with happening(told, household, by=by, on=on, version=version) as found:
        home = found.households[household.pk]
        found.check_told()
        raw = {"address": address} if area in (None, "") else {"address": address, "housing_area": area}
        [row], problems = clean_rows(registry["households"], [raw], by, stored=[home], partial=True, set_checks=False)
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
        resettle(found, home, settlement, row.get("address", ""), row.get("housing_area"))
        return found.record(codes.SETTLEMENT, home)


def resettle(found: Happening, home: Household, settlement: Settlement, address: str = "", area=None) -> None:
    """The stay in the former settlement ends on the day, one in the new begins; members, jobs and all else follow.

    What was true of the former flat is not carried into the new place: flat, area, grid and the day of moving in are those
    that are told now, or unknown, so that the sections of the file ask for them. The former home keeps its area and title
    as a former one, the event keeps the rest.
    """
    found.settlements |= {home.settlement_id, settlement.pk}
    for stay in Placement.objects.filter(household=home, to_on=None):
        found.change(stay, to_on=found.day)
    found.make(Placement(household=home, settlement=settlement, region=settlement.region, from_on=found.day))
    found.change(
        home,
        settlement=settlement,
        address=address,
        **parts_of(address),
        housing_area=area,
        grid=None,
        planned_move_in_on=None,
        # Who is told a flat there lives in it from the day on.
        moved_in_on=found.day if address else None,
    )
    from_region, home.region = home.region, settlement.region
    home.save(update_fields=["region"])
    found.rehouse(home)
    reset_hukou(found, living(home), from_region, home.region)
    follow_home([home.pk])
    found.moved.add(home.pk)
    found.unit.publish(EVENTS, HouseholdEvent.objects.filter(household=home).values_list("pk", flat=True))


def reset_hukou(found: Happening, people: Iterable[Person], from_region: int, to_region: int) -> None:
    """In another county nobody's hukou has been moved, and no residence there is registered, before that county says so.

    Within a county the states stay as they are: they are about the county, not about the flat.
    """
    if from_region // 10**6 == to_region // 10**6:
        return
    claims = [MOVED, *RESIDENCE]
    for state in HukouState.objects.filter(person__in=people, state__in=claims, to_on=None, voided_at=None):
        if state.from_on >= found.day:  # told for a later day than that of the move, of the former county all the same
            found.change(state, state=NOT_MOVED, permit_number="", permit_until=None)
            continue
        found.change(state, to_on=found.day)
        found.make(HukouState(person_id=state.person_id, region=to_region, state=NOT_MOVED, from_on=found.day))
        found.unit.publish(HUKOU, [state.pk])
