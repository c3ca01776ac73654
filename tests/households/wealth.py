"""Incomes, lines and rows of the safety net for tests, entered as sheets enter them."""

from __future__ import annotations

from common.ledger import registry
from common.scope import acting_as
from households.models import Income, Threshold
from ledgers.actions import save
from ledgers.checking import clean_rows
from tests import world


def told(by, key: str, *raw: dict):
    """Save raw rows into a ledger as form, sheet and API do; gives the saved instances."""
    with acting_as(by):
        rows, problems = clean_rows(registry[key], list(raw), by)
        assert not [p for p in problems if not p.warning], problems
        return save(registry[key], rows, by=by).objects


def refusals(by, key: str, *raw: dict) -> list[tuple[int, str, str]]:
    """What checking raw rows refuses: (row, column, code)."""
    with acting_as(by):
        return [(p.row, p.field, p.code) for p in clean_rows(registry[key], list(raw), by)[1]]


def family(by, home, people: int = 2, **values):
    members = [world.member("田娜")] + [world.member(f"田强{n}", "03") for n in range(people - 1)]
    return world.household(by, home, members, **values)


def enter(by, household, year: int, period: str = "0", **amounts) -> Income:
    [income] = told(by, "incomes", {"household": household.code, "year": year, "period": period, **amounts})
    with acting_as(by):
        return Income.objects.get(pk=income.pk)


def line(by, year: int, amount: int, division: int = world.WANGMO) -> Threshold:
    [found] = told(by, "thresholds", {"division": division, "year": year, "amount": amount, "source": "黔乡振发"})
    return found
