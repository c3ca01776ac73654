"""Households that change their flat: the home that they leave ends, one without a title begins. The event in which they do so
keeps what became of the homes, so that undoing it gives back the former one with its title."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence

from common import bulk
from common.changes import Changes
from common.values import plain
from households.actions.homes import HOMES, watch_titles
from households.models import Home, Household
from households.models.faults import LARGEST_AREA
from households.models.homes import PRESENT

_REASON = Home._meta.get_field("end_reason").max_length
Step = list


def rehouse(
    households: Sequence[Household], day: dt.date, reason: str, unit: Changes, *, begins: bool = True
) -> dict[int, list[Step]]:
    """End the present homes of these households and, if `begins`, start new ones where their rows tell of a flat and a
    possible area. {household id: steps of the event}"""
    steps: dict[int, list[Step]] = {household.pk: [] for household in households}
    ended = list(Home.objects.filter(PRESENT, household__in=households))
    for home in ended:
        before = {"to_on": None, "end_reason": home.end_reason}
        home.to_on, home.end_reason = max(day, home.from_on or day), reason[:_REASON]
        home.version += 1
        after = {"to_on": plain(home.to_on), "end_reason": home.end_reason}
        steps[home.household_id].append(["home", home.pk, before, after])
    bulk.update(ended, ["to_on", "end_reason", "version"])
    begun = [
        Home(household=h, region=h.region, address=h.address, area=h.housing_area, from_on=day, occupied_on=day)
        for h in households
        if begins and h.address and h.housing_area and 0 < h.housing_area < LARGEST_AREA
    ]
    bulk.insert(begun)
    for home in begun:
        steps[home.household_id].append(["home", home.pk, None, {}])
    watch_titles([home.pk for home in ended], unit.on)
    unit.publish(HOMES, [home.pk for home in (*ended, *begun)])
    return steps


def moved_out(households: Iterable[Household]) -> list[Household]:
    """Of households whose settlement was changed, those that told another flat too. The same flat in another settlement
    puts the settlement right: the home is the same."""
    homes = {home.household_id: home for home in Home.objects.filter(PRESENT, household__in=households)}
    return [
        household
        for household in households
        if (home := homes.get(household.pk))
        and home.region != household.region
        and household.address
        and home.address
        and household.address != home.address
    ]
