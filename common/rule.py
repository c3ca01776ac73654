"""The declaration of a policy rule 规则: one file a rule, in the app highest among those that it reads."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field

from django.core.exceptions import ImproperlyConfigured

from common.scope import Range


@dataclass(frozen=True)
class Failure:
    """A subject that does not meet a rule, with the evidence: ids, numbers and dates, no words."""

    subject: str  # its key in the ledger's addresses
    region: int
    evidence: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True)
class Rule:
    """`id` is that of domain/rules.json, `quotation` a passage of `document` to the letter.

    `failing(on, ranges)` is one set-based query for the whole scope and gives a Failure for each subject of `ledger`
    that does not meet the rule on the day. `scope` is the division of the document (0: the nation).
    """

    id: str
    title: object
    quotation: str
    document: str
    ledger: str
    failing: Callable[[dt.date, Iterable[Range]], Iterable[Failure]]
    scope: int = 0
    valid_from: dt.date | None = None


class RuleBook:
    """All executable rules by id."""

    def __init__(self):
        self._by_id: dict[str, Rule] = {}

    def add(self, rule: Rule) -> Rule:
        if rule.id in self._by_id:
            raise ImproperlyConfigured(f"rule {rule.id} is declared twice")
        self._by_id[rule.id] = rule
        return rule

    def __getitem__(self, key: str) -> Rule:
        return self._by_id[key]

    def __contains__(self, key: str) -> bool:
        return key in self._by_id

    def __iter__(self):
        return iter(self._by_id.values())


rules = RuleBook()
