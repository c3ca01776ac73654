"""The catalogue's figures about risk and safety net; each opens into the rows that it counts."""

from __future__ import annotations

from common.indicator import Indicator, catalogue
from common.terms import term

PERSONS = term("persons", "人")
HOUSEHOLDS = term("households", "户")
PERCENT = term("%", "%")

# (id, what the share is of): the order of the settlement's panel; "" has no share.
PANEL = [
    ("insured-medical", "people"),
    ("insured-critical", "people"),
    ("insured-assistance", "people"),
    ("insured-three", "people"),
    ("insured-pension", "pensionable"),
    ("family-doctor", "people"),
    ("disabled", "people"),
    ("minimum-living", "households"),
    ("extreme-poverty", "households"),
    ("risk-red", "households"),
    ("risk-yellow", "households"),
]


def _persons(key: str, title, value: str, source: str = "", **more) -> None:
    filters = {"living": "1", "covered": f"{value}:1", **more.pop("filters", {})}
    catalogue.add(Indicator(key, title, PERSONS, value, "persons", filters, source=source, good="up", **more))


def _households(key: str, title, value: str, filters: dict, **more) -> None:
    catalogue.add(Indicator(key, title, HOUSEHOLDS, value, "households", filters, **more))


_persons("insured-medical", term("Basic medical insurance", "参加基本医疗保险"), "medical", "R-108")
_persons("insured-critical", term("Critical illness insurance", "参加大病保险"), "critical", "R-108")
_persons("insured-assistance", term("Medical assistance", "纳入医疗救助"), "assistance", "R-268")
_persons("insured-three", term("All three layers of medical cover", "三重医疗保障"), "three", "R-268")
_persons(
    "insured-pension",
    term("Pension insurance", "参加基本养老保险"),
    "pension",
    "R-108",
    filters={"pensionable": "1"},
    wording=term(
        "Of those of full age 16 to 59 who are not in school",
        "年满16周岁不满60周岁、非在校人员中的参保人数",
    ),
)
_persons("family-doctor", term("Family doctor contract", "家庭医生签约"), "doctor", "R-081")
catalogue.add(
    Indicator(
        "disabled",
        term("With disability certificate", "持证残疾人"),
        PERSONS,
        "disabled",
        "persons",
        {"living": "1", "covered": "disabled:1"},
    )
)
_households("minimum-living", term("Minimum living", "低保户"), "minimum", {"aid": "minimum"}, source="R-109")
_households(
    "extreme-poverty", term("Extreme poverty support", "特困供养户"), "extreme", {"aid": "extreme"}, source="R-109"
)
for _level, _title in (
    ("red", term("Risk level red", "红色风险户")),
    ("yellow", term("Risk level yellow", "黄色风险户")),
    ("green", term("Risk level green", "绿色风险户")),
):
    _households(f"risk-{_level}", _title, _level, {"risk_level": _level}, source="R-194")
catalogue.add(
    Indicator(
        "rate-insured-medical",
        term("Basic medical insurance rate", "基本医疗保险参保率"),
        PERCENT,
        "medical",
        "persons",
        {"living": "1", "covered": "medical:1"},
        over="people",
        good="up",
        source="R-108",
    )
)
catalogue.add(
    Indicator(
        "rate-family-doctor",
        term("Family doctor rate", "家庭医生签约率"),
        PERCENT,
        "doctor",
        "persons",
        {"living": "1", "covered": "doctor:1"},
        over="people",
        good="up",
        source="R-081",
    )
)
