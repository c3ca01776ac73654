"""The catalogue's first indicators: what the verdict counters give. Each opens into exactly the rows it counts.

For every policy profile there are three: `within-<profile>` (its denominator), `met-<profile>` (its numerator) and
`rate-<profile>`, which opens into its numerator.
"""

from common.indicator import Indicator, catalogue
from common.terms import term
from compliance.profiles import PROFILES

SETTLEMENTS = term("settlements", "个")
HOUSEHOLDS = term("households", "户")
PERSONS = term("persons", "人")
PERCENT = term("%", "%")

# What the denominator and the numerator of a profile are called over a column of figures.
_WITHIN = {
    (): term("All households", "全部搬迁家庭"),
    ("has_labour",): term("With labour", "有劳动力家庭"),
    ("has_labour", "has_wish"): term("With labour and wish to work", "有劳动力且有就业意愿家庭"),
    ("registered", "has_labour", "has_wish"): term(
        "Registered, with labour and wish to work", "建档立卡有劳动力且有就业意愿家庭"
    ),
}
_MET = {
    "employed": term("With somebody employed", "一人以上就业家庭"),
    "stable": term("With somebody stably employed", "一人以上稳定就业家庭"),
}

for _indicator in [
    Indicator(
        "settlements",
        term("Settlements", "集中安置点"),
        SETTLEMENTS,
        "settlements",
        "settlements",
        {"placement": "concentrated"},
        source="F-04",
    ),
    Indicator(
        "households",
        term("Relocated households", "搬迁户"),
        HOUSEHOLDS,
        "households",
        "households",
        {"living": "1"},
    ),
    Indicator(
        "people", term("People moved in", "搬迁人口"), PERSONS, "people", "persons", {"living": "1"}, source="F-01"
    ),
    Indicator(
        "cross-county-people",
        term("People from another county", "跨县区安置人口"),
        PERSONS,
        "cross_county_people",
        "persons",
        {"living": "1", "cross_county": "1"},
        source="F-07",
    ),
    Indicator("labourers", term("Labourers", "劳动力"), PERSONS, "labourers", "persons", {"labourer": "1"}),
    Indicator(
        "employed-persons",
        term("People employed", "已就业人数"),
        PERSONS,
        "employed_persons",
        "persons",
        {"employed": "1"},
        source="F-14",
        good="up",
    ),
    Indicator(
        "zero",
        term("Zero-employment households", "零就业户"),
        HOUSEHOLDS,
        "n_zero",
        "households",
        {"verdict": "zero"},
        good="down",
    ),
    Indicator(
        "unwilling",
        term("Households without wish to work", "无就业意愿户"),
        HOUSEHOLDS,
        "n_unwilling",
        "households",
        {"verdict": "unwilling"},
    ),
    Indicator(
        "expiring",
        term("Households whose job ends soon", "就业即将到期户"),
        HOUSEHOLDS,
        "n_expiring",
        "households",
        {"verdict": "expiring"},
        good="down",
    ),
    Indicator(
        "stable",
        term("Stably employed households", "稳定就业户"),
        HOUSEHOLDS,
        "n_stable",
        "households",
        {"verdict": "stable"},
        good="up",
    ),
    Indicator(
        "employed-not-stable",
        term("Employed, not yet stable", "已就业未满稳定期户"),
        HOUSEHOLDS,
        "n_employed",
        "households",
        {"verdict": "employed"},
    ),
    Indicator(
        "no-labour",
        term("Households without labour", "无劳动力户"),
        HOUSEHOLDS,
        "n_no_labour",
        "households",
        {"verdict": "no_labour"},
    ),
    *(
        Indicator(
            f"within-{profile.id}",
            _WITHIN[profile.denominator],
            HOUSEHOLDS,
            f"d_{profile.column}",
            "households",
            {"profile": profile.id},
            source=profile.rule,
        )
        for profile in PROFILES.values()
    ),
    *(
        Indicator(
            f"met-{profile.id}",
            _MET[profile.numerator],
            HOUSEHOLDS,
            f"m_{profile.column}",
            "households",
            {"profile": profile.id, "met": "1"},
            good="up",
            source=profile.rule,
        )
        for profile in PROFILES.values()
    ),
    *(
        Indicator(
            f"rate-{profile.id}",
            profile.title,
            PERCENT,
            f"m_{profile.column}",
            "households",
            {"profile": profile.id, "met": "1"},
            over=f"d_{profile.column}",
            good="up",
            source=profile.rule,
        )
        for profile in PROFILES.values()
    ),
]:
    catalogue.add(_indicator)
