"""Rules about the verdict: which households fail a condition on a day, straight from the verdict's own statement."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Iterator

from common.rule import Failure
from common.scope import Range, contains
from compliance import statement
from compliance.actions import chunks
from compliance.running import rows_of


def households_where(condition: str) -> Callable[[dt.date, Iterable[Range]], Iterator[Failure]]:
    """A rule's `failing`: households for which `condition`, over the alias c of a judged household, holds.

    The evidence is the verdict's code and the numbers of labourers, employed and stably employed persons.
    """

    def failing(on: dt.date, ranges: Iterable[Range]) -> Iterator[Failure]:
        ranges = tuple(ranges)
        for selection in chunks(0, on):
            for policy in statement.policies(on):
                sql = statement.computed(policy, selection, then=True) + (
                    " SELECT h.code, c.region, c.code, c.labourers, c.employed_persons, c.stable_persons FROM computed c"
                    f" JOIN households_household h ON h.id = c.household_id WHERE c.people > 0 AND {condition}"
                )
                for subject, region, code, labourers, employed, stable in rows_of(sql, policy, selection):
                    if contains(ranges, region):
                        numbers = {"labourers": labourers, "employed": employed, "stable": stable}
                        yield Failure(subject, region, {"verdict": code, **numbers})

    return failing
