"""Policy profiles 口径 of "one household, one job" and the columns that are counted, as data."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from common.terms import Term, term

# In the order in which the first that holds is the verdict; see DESIGN "Verdict".
VERDICT_CODES = ["no_labour", "expiring", "stable", "employed", "unwilling", "zero"]
FLAGS = ["registered", "has_labour", "has_wish", "employed", "stable", "expiring", "cross_county"]


@dataclass(frozen=True)
class Profile:
    """A denominator (flags that must all hold) and a numerator (the same and one more)."""

    id: str
    title: Term
    denominator: tuple[str, ...]
    numerator: str
    rule: str
    valid_from: dt.date

    @property
    def column(self) -> str:
        return self.id.replace("-", "_")

    def counts(self, flags: dict[str, bool]) -> tuple[bool, bool]:
        inside = all(flags[name] for name in self.denominator)
        return inside, inside and flags[self.numerator]

    def denominator_sql(self, row: str) -> str:
        return " AND ".join(f"{row}.{name}" for name in self.denominator) or "true"

    def numerator_sql(self, row: str) -> str:
        return " AND ".join(f"{row}.{name}" for name in (*self.denominator, self.numerator))


DEFAULT_PROFILE = "labour-any"
PROFILES: dict[str, Profile] = {
    profile.id: profile
    for profile in [
        Profile(
            "labour-any",
            term("households with labour, any job", "有劳动力家庭，一人以上就业"),
            ("has_labour",),
            "employed",
            "R-220",
            dt.date(2020, 2, 13),
        ),
        Profile(
            "labour-stable",
            term("households with labour, stable job", "有劳动力家庭，一人以上稳定就业"),
            ("has_labour",),
            "stable",
            "R-217",
            dt.date(2020, 2, 13),
        ),
        Profile(
            "wish-any",
            term("households with labour and wish, any job", "有劳动力且有就业意愿家庭，一人以上就业"),
            ("has_labour", "has_wish"),
            "employed",
            "R-092",
            dt.date(2020, 1, 1),
        ),
        Profile(
            "registered-wish-stable",
            term(
                "registered households with labour and wish, stable job",
                "建档立卡有劳动力且有就业意愿家庭，一人以上稳定就业",
            ),
            ("registered", "has_labour", "has_wish"),
            "stable",
            "R-172",
            dt.date(2021, 7, 5),
        ),
        Profile(
            "all-any",
            term("all households, any job", "全部搬迁家庭，一人以上就业"),
            (),
            "employed",
            "R-211",
            dt.date(2020, 2, 13),
        ),
    ]
}

COUNTED = [
    "households",
    "people",
    "cross_county_people",
    "labourers",
    "employed_persons",
    "stable_persons",
    *(f"n_{code}" for code in VERDICT_CODES),
    *(f"f_{flag}" for flag in FLAGS),
    *(f"d_{profile.column}" for profile in PROFILES.values()),
    *(f"m_{profile.column}" for profile in PROFILES.values()),
]
