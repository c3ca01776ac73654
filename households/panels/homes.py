"""Panels about homes: on the page of a household and on that of its settlement."""

from __future__ import annotations

from accounts.roles import can
from common import clock
from common.indicator import Indicator, catalogue
from common.ledger import Panel, registry
from common.templatetags.ui import number, percent
from common.terms import term
from households.models import Home, Household, HukouState
from households.queries.homes import (
    counts,
    former_homes_of,
    home_of,
    hukou_counts,
    hukou_of,
    missing_home,
    people_and_standard,
)
from households.queries.households import members_of
from households.sections import SECTIONS, Section

SETTLEMENT = [
    "homes", "homes-handed-over", "homes-accepted", "titles-issued", "titles-rate", "titles-stale",
    "titles-not-possible", "homes-over-area", "hukou-moved", "hukou-residence", "hukou-neither",
]  # fmt: skip
STAGES = [
    ("applied_on", term("Applied for", "受理")),
    ("first_registered_on", term("First registration", "首次登记")),
    ("issued_on", term("Issued", "发证")),
    ("received_on", term("Received", "领取")),
]


def steps_of(row, stages) -> list[dict]:
    """Stages with their days as ui/steps.html shows them; one that was passed over has no day, the next to come is the
    current one."""
    days = [getattr(row, name) for name, _label in stages]
    done = max((number for number, day in enumerate(days, 1) if day), default=0)
    return [
        {
            "label": f"{label} {day:%Y-%m-%d}" if day else label,
            "url": "",
            "state": "done" if number < done else "current" if number == done else "ahead",
        }
        for number, ((_name, label), day) in enumerate(zip(stages, days, strict=True))
    ]


def cell(indicator: Indicator, told: dict, narrows: dict) -> dict:
    """A figure as a link to the rows behind it."""
    value = indicator.of(told)
    text = percent(value) if indicator.over else number(value)
    return {"text": text, "url": indicator.address(**narrows), "align": "num"}


def home_panel(household: Household, user) -> dict:
    on = clock.today()
    home, people = home_of(household), members_of(household)
    hukou = hukou_of([person.pk for person in people], on)
    told = people_and_standard(home, on) if home else (0, 0)
    return {
        "household": household,
        "home": home,
        "counted": told[0],
        "counted_on": (home.handed_over_on or home.occupied_on or home.from_on or on) if home else None,
        "standard": told[1],
        "per_person": home.area / told[0] if home else None,
        "over": bool(home) and home.area > told[0] * told[1],
        "steps": steps_of(home, STAGES) if home else [],
        "restricted": home.trade_restricted_until if home else None,
        "former": former_homes_of(household),
        "hukou": [{"person": person, "state": hukou.get(person.pk)} for person in people],
        "writes": can(user, "write", "homes") and household.kept_up,
    }


def settlement_panel(settlement, user) -> dict:
    homes = Home.objects.visible_to(user).filter(household__settlement=settlement)
    told, narrows = counts(homes, clock.today()), {"settlement_code": settlement.code}
    people = HukouState.objects.visible_to(user).filter(person__household__settlement=settlement)
    told |= hukou_counts(people, clock.today())
    return {"counts": [{"label": catalogue[key].title, **cell(catalogue[key], told, narrows)} for key in SETTLEMENT]}


registry["households"].extend(
    panels=[Panel("home", term("Home", "安置住房和产权"), "households/_home.html", home_panel, "homes")]
)
registry["settlements"].extend(
    panels=[
        Panel(
            "homes",
            term("Homes and titles", "住房和不动产登记"),
            "households/_settlement_homes.html",
            settlement_panel,
            "homes",
        )
    ]
)
SECTIONS.append(Section("home", term("Home", "安置住房和产权"), missing_home, "homes"))
