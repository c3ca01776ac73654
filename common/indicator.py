"""The declaration of an indicator 指标: one catalogue for dashboards, API, assessment and statistical tables.

A figure shown twice comes from one place, and opens into the rows behind it with the same filters.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal

from django.core.exceptions import ImproperlyConfigured
from django.utils.http import urlencode

from common.terms import Term


@dataclass(frozen=True)
class Indicator:
    """`value` names the counted column; with `over`, the figure is value / over (None where there is nothing under).

    `ledger` and `filters` say which list holds exactly the rows that are counted (of a ratio: its numerator), `source`
    the rule id or published figure that the wording comes from, `breakdowns` the ways in which it may be split.
    """

    id: str
    title: Term
    unit: Term
    value: str
    ledger: str
    filters: Mapping[str, str] = field(default_factory=dict)
    over: str = ""
    good: str = ""  # "up" or "down": the direction in which the figure should go
    source: str = ""
    wording: Term | None = None
    breakdowns: tuple[str, ...] = ("region", "tier")

    def of(self, counts: Mapping[str, int]) -> int | Decimal | None:
        """The figure for one set of counts: a whole number, or a fraction of one; None on an empty denominator."""
        if not self.over:
            return counts[self.value]
        if not counts[self.over]:
            return None
        return Decimal(counts[self.value]) / Decimal(counts[self.over])

    def address(self, **more: str) -> str:
        """Where the rows behind the figure are listed, narrowed further by `more` (for example the division)."""
        query = urlencode({**self.filters, **{name: value for name, value in more.items() if value}})
        return f"/ledgers/{self.ledger}/" + (f"?{query}" if query else "")


class Catalogue:
    """All indicators by id, in the order in which they are declared."""

    def __init__(self):
        self._by_id: dict[str, Indicator] = {}

    def add(self, indicator: Indicator) -> Indicator:
        if indicator.id in self._by_id:
            raise ImproperlyConfigured(f"indicator {indicator.id} is declared twice")
        self._by_id[indicator.id] = indicator
        return indicator

    def __getitem__(self, key: str) -> Indicator:
        return self._by_id[key]

    def __iter__(self):
        return iter(self._by_id.values())


catalogue = Catalogue()
