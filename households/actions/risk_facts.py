"""What the steps of risk cases must know of the store, read as sets for any number of households."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from decimal import Decimal

from django.db import connection

from households.models import RiskLevel
from households.models.income import YEAR
from households.risk_states import RiskParameters, parameters_at, parameters_on

QUARTERS = 4

# The line that holds for an income `i`: the latest version up to its year, of one year that of the smallest division.
LINE = (
    "(SELECT t.amount FROM households_threshold t WHERE t.year <= i.year AND i.region >= t.division AND i.region < t.upto"
    " ORDER BY t.year DESC, t.division DESC LIMIT 1)"
)


@dataclass(frozen=True)
class Measured:
    """An income held against the line of its year; `left` is what is left a head and year after rigid outlay."""

    begins_on: dt.date
    ends_on: dt.date
    words: str
    left: Decimal | None
    line: Decimal | None

    @property
    def below(self) -> bool:
        """Equal to the line is not below it."""
        return self.left is not None and self.line is not None and self.left < self.line


@dataclass
class Facts:
    on: dt.date
    segments: list
    no_labour: set[int] = field(default_factory=set)
    incomes: dict[int, list[Measured]] = field(default_factory=lambda: defaultdict(list))

    def parameters(self, region: int) -> RiskParameters:
        return parameters_at(region, self.segments)


def facts_of(households: Iterable[int], on: dt.date) -> Facts:
    """The facts about these households."""
    ids = sorted(set(households))
    found = Facts(on, parameters_on(on))
    found.no_labour = set(RiskLevel.objects.filter(pk__in=ids, no_labour=True).values_list("pk", flat=True))
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT i.household_id, i.begins_on, i.ends_on, i.year, i.period, i.net_income - coalesce(i.rigid_total, 0),"
            f" i.members, {LINE} FROM households_income i"
            " WHERE i.household_id = ANY(%s) AND i.voided_at IS NULL ORDER BY i.ends_on, i.begins_on",
            [ids],
        )
        for household, begins, ends, year, period, left, members, line in cursor.fetchall():
            yearly = left * (1 if period == YEAR else QUARTERS)
            found.incomes[household].append(
                Measured(begins, ends, f"{year}" if period == YEAR else f"{year}Q{period}",
                         yearly / members if members else None, line)
            )  # fmt: skip
    return found
