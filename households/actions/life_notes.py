"""Events that are entered another way (a form, a sheet, the API) are events all the same: noted by whoever writes the rows,
for many households at once, so that they stand in the household's life and can be undone."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from common import bulk
from common.changes import Changes
from households.codes import life as codes
from households.models import Household, HouseholdEvent, Membership, Person


def note_moves(households: Sequence[Household], steps: dict[int, list], unit: Changes, by) -> None:
    """Households that were told another settlement; `steps` are what changed, by household."""
    _keep(
        [HouseholdEvent(household=h, kind=codes.SETTLEMENT, day=unit.on, steps=steps[h.pk]) for h in households],
        unit,
        by,
    )


def note_deaths(people: Iterable[Person], unit: Changes, by) -> None:
    """Members whose day of death was told for the first time."""
    _keep(
        [
            HouseholdEvent(
                household_id=person.household_id,
                person=person,
                kind=codes.DEATH,
                day=person.died_on,
                steps=[["person", person.pk, {"died_on": None}, {"died_on": person.died_on.isoformat()}]],
                region=person.region,
            )
            for person in people
            if person.died_on <= unit.on
        ],
        unit,
        by,
    )


def note_returns(spells: Sequence[Membership], former: dict[int, tuple], unit: Changes, by) -> None:
    """People who had left and are entered again; `former` is the household and the relation that each had."""
    _keep(
        [
            HouseholdEvent(
                household_id=spell.household_id,
                person=spell.person,
                kind=codes.RETURNED if former[spell.person_id][0] == spell.household_id else codes.JOINED,
                day=spell.joined_on,
                steps=[
                    [
                        "person",
                        spell.person_id,
                        {"household_id": former[spell.person_id][0], "relation": former[spell.person_id][1]},
                        {"household_id": spell.household_id, "relation": spell.person.relation},
                    ],
                    ["membership", spell.pk, None, {}],
                ],
                region=spell.region,
            )
            for spell in spells
            if spell.joined_on and spell.joined_on <= unit.on
        ],
        unit,
        by,
    )


def _keep(events: list[HouseholdEvent], unit: Changes, by) -> None:
    for event in events:
        event.recorded_on, event.recorded_by = unit.on, by
        event.region = event.region or event.household.region
    bulk.insert(events)
    unit.publish("household-events", [event.pk for event in events])
