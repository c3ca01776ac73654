"""What tests of events compare: all that an undo must give back, and the figures of a day."""

from __future__ import annotations

import datetime as dt
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

from django.db import connections

from common.problems import Refused
from common.scope import acting_as, whole
from compliance.models import Counter, Verdict
from compliance.queries import figures_on
from employment.models import Employment
from households.models import Home, Household, HukouState, Membership, Person, Placement

TODAY = dt.date(2026, 6, 30)
DAY = dt.date(2026, 6, 10)
LAST_MONTH = dt.date(2026, 5, 31)


def _rows(rows, *names: str) -> list[tuple]:
    return sorted(rows.values_list(*names), key=str)


def state() -> dict:
    """Members, spells, relations, flats with grid and title, hukou, stays, verdicts, counters of settlements with households, places of jobs."""
    with whole():
        return {
            "people": _rows(
                Person.objects.filter(voided_at=None), "name", "household", "relation", "died_on", "region"
            ),
            "spells": _rows(
                Membership.objects.filter(person__voided_at=None),
                "person",
                "household",
                "joined_on",
                "left_on",
                "region",
            ),
            "homes": _rows(
                Household.objects.filter(voided_at=None),
                "pk",
                "head_name",
                "settlement",
                "address",
                "region",
                "housing_area",
                *("building", "unit", "room", "grid", "moved_in_on", "planned_move_in_on"),
            ),
            "flats": _rows(
                Home.objects.filter(voided_at=None), "household", "region", "area", "to_on", "certificate_number"
            ),
            "hukou": _rows(HukouState.objects.filter(voided_at=None), "person", "region", "state", "from_on", "to_on"),
            "stays": _rows(
                Placement.objects.filter(household__voided_at=None), "household", "settlement", "from_on", "to_on"
            ),
            "verdicts": _rows(Verdict.objects, "household", "code", "people", "settlement", "region"),
            "counters": _rows(
                Counter.objects.filter(households__gt=0),
                "settlement",
                "households",
                "people",
                "n_stable",
                "n_zero",
                "labourers",
            ),
            "jobs": _rows(Employment.objects, "pk", "region"),
        }


def figures(on: dt.date, region: int = 0) -> tuple:
    """(households, people, labourers, stable, zero, without labour) of a day."""
    with whole():
        found = figures_on(on, region)
    return tuple(found[name] for name in ("households", "people", "labourers", "n_stable", "n_zero", "n_no_labour"))


def people() -> dict[str, Person]:
    """Everybody by name."""
    with whole():
        return {person.name: person for person in Person.objects.select_related("household").filter(voided_at=None)}


def at_once(*acts) -> list:
    """What each act gives or raises, all begun together in threads of their own."""
    gate = Barrier(len(acts))

    def run(act):
        try:
            gate.wait(10)
            return act()
        except Refused as refusal:
            return refusal
        finally:
            connections.close_all()

    with ThreadPoolExecutor(len(acts)) as pool:
        return [future.result(60) for future in [pool.submit(run, act) for act in acts]]


def acting(user, act):
    with acting_as(user):
        return act()
