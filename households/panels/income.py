"""Income, risk and safety net on the pages of households and settlements, and what a file still lacks of them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from decimal import Decimal

from django.utils.translation import gettext as _

import households.ledgers  # noqa: F401  panels stand on ledgers
from accounts.roles import can
from common import clock
from common.indicator import catalogue
from common.ledger import Panel, registry
from common.templatetags.ui import number, percent
from common.terms import term
from households.indicators.safety import PANEL
from households.models import Insurance, Person, RiskCase
from households.models.safety import MEDICAL
from households.queries.households import living
from households.queries.income import standing_of, without_income
from households.queries.safety import coverage, safety_of
from households.sections import SECTIONS, Section

INCOME = term("Income and risk", "收入与风险")
SAFETY = term("Safety net", "综合保障")
LEVEL_TONES = {"red": "bad", "yellow": "warn", "green": "good"}


def _income_panel(household, user) -> dict:
    found = standing_of(household, clock.today())
    return {
        "household": household,
        "found": found,
        "tone": LEVEL_TONES[found.level],
        "writes": can(user, "write", "incomes") and household.kept_up,
    }


def _safety_panel(household, user) -> dict:
    on = clock.today()
    found = safety_of(household, on)
    of_person: dict[int, list] = {}
    for insurance in found["insurances"]:
        of_person.setdefault(insurance.person_id, []).append(insurance)
    rows = []
    for person in found["people"]:
        held = of_person.get(person.pk, [])
        rows.append(
            {
                "person": person,
                "insurances": held,
                "no_medical": not any(one.kind in MEDICAL for one in held),
                "disability": next((d for d in found["disabilities"] if d.person_id == person.pk), None),
                "schooling": next((s for s in found["schoolings"] if s.person_id == person.pk), None),
                "doctor": next((c for c in found["contracts"] if c.person_id in (None, person.pk)), None),
            }
        )
    return {
        "household": household,
        "year": on.year,
        "rows": rows,
        **found,
        "writes": can(user, "write", "insurances") and household.kept_up,
    }


def _settlement_panel(settlement, user) -> dict:
    counts = coverage([settlement.pk], clock.today())[settlement.pk]
    rows = []
    for key, of in PANEL:
        one = catalogue[key]
        base = counts[of] if of else None
        share = percent(Decimal(counts[one.value]) / base, 1) if base else number(None)
        rows.append(
            {
                "cells": [
                    {"text": one.title},
                    {"text": number(counts[one.value]), "url": one.address(settlement=settlement.code)},
                    {"text": number(base)},
                    {"text": share},
                ]
            }
        )
    return {
        "table": {
            "caption": _("Coverage by number and share"),
            "columns": [
                {"label": _("What")},
                {"label": _("Number"), "align": "num"},
                {"label": _("Of"), "align": "num"},
                {"label": _("Share"), "align": "num"},
            ],
            "groups": None,
            "rows": rows,
        },
        "year": clock.today().year,
    }


registry["households"].extend(
    panels=[
        Panel("income", INCOME, "households/_income.html", _income_panel, "incomes"),
        Panel("safety", SAFETY, "households/_safety.html", _safety_panel, "insurances"),
    ]
)
registry["settlements"].extend(
    panels=[
        Panel(
            "safety",
            term("Safety net and risk", "综合保障与风险"),
            "households/_coverage.html",
            _settlement_panel,
            "insurances",
        )
    ]
)


def _income_missing(ids: Iterable[int], on: dt.date) -> dict[int, list[str]]:
    """The income of last year, and what open cases wait for."""
    ids = list(ids)
    found: dict[int, list[str]] = {}
    for household in without_income(ids, on.year - 1):
        found.setdefault(household, []).append(_("income of %(year)s") % {"year": on.year - 1})
    late = RiskCase.objects.filter(household__in=ids, voided_at=None, due_on__lt=on)
    for household, state in late.values_list("household_id", "state"):
        words = _("the risk is not verified in time") if state == "found" else _("the first measure is overdue")
        found.setdefault(household, []).append(words)
    return found


def _safety_missing(ids: Iterable[int], on: dt.date) -> dict[int, list[str]]:
    """Living members without basic medical insurance in the year."""
    insured = Insurance.objects.filter(year=on.year, kind__in=MEDICAL, voided_at=None).values("person")
    people = (
        Person.objects.filter(living(on), household__in=list(ids), voided_at=None)
        .exclude(pk__in=insured)
        .order_by("pk")
        .values_list("household_id", "name")
        .distinct()
    )
    found: dict[int, list[str]] = {}
    for household, name in people:
        words = _("%(name)s: basic medical insurance of %(year)s") % {"name": name, "year": on.year}
        found.setdefault(household, []).append(words)
    return found


SECTIONS.extend(
    [
        Section("income", INCOME, _income_missing, "incomes"),
        Section("safety", SAFETY, _safety_missing, "insurances"),
    ]
)
