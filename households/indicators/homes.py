"""The catalogue's figures about homes, titles, old houses and land. Each opens into exactly the rows that it counts."""

from common.indicator import Indicator, catalogue
from common.terms import term

HOUSEHOLDS = term("households", "户")
PERCENT = term("%", "%")
SETTLED, ORIGIN = ("region", "settlement"), ("region",)


def _home(key: str, title, value: str, ledger: str = "titles", filters=None, **more) -> Indicator:
    return catalogue.add(
        Indicator(key, title, more.pop("unit", HOUSEHOLDS), value, ledger, filters or {}, breakdowns=SETTLED, **more)
    )


def _old(key: str, title, value: str, **more) -> Indicator:
    filters = {"counted": value}
    unit = PERCENT if "over" in more else HOUSEHOLDS
    return catalogue.add(Indicator(key, title, unit, value, "old-houses", filters, breakdowns=ORIGIN, **more))


_home("homes", term("Homes", "安置住房"), "homes", "homes")
_home("homes-handed-over", term("Homes handed over", "已交房"), "handed_over", filters={"handed_over": "1"})
_home(
    "homes-accepted",
    term("Homes accepted", "已验收合格"),
    "accepted",
    "homes",
    {"acceptance": "passed"},
    source="R-187",
)
_home(
    "titles-issued",
    term("Certificates issued", "已发不动产权证"),
    "issued",
    filters={"title_state": "3", "handed_over": "1"},
    good="up",
)
_home(
    "titles-rate",
    term("Title registration rate", "不动产登记率"),
    "issued",
    filters={"title_state": "3", "handed_over": "1"},
    over="handed_over",
    good="up",
    unit=PERCENT,
    source="R-065",
    wording=term("Homes with a certificate issued over homes handed over", "已发证到户套数 ÷ 已交房套数"),
)
_home("titles-stale", term("Registrations standing still", "登记停滞"), "stale", filters={"stale": "1"}, good="down")
_home(
    "titles-not-possible",
    term("Registration not possible yet", "暂不具备登记条件"),
    "not_possible",
    filters={"title_state": "9", "handed_over": "1"},
    good="down",
)
_home(
    "homes-over-area",
    term("Homes over the standard area", "住房面积超标"),
    "over_area",
    "homes",
    {"over_area": "1"},
    good="down",
    source="R-169",
)

PERSONS = term("persons", "人")
_NOW = {"now": "1"}
_home(
    "hukou-moved", term("Hukou moved", "户籍已迁入"), "hukou_moved", "hukou-states", _NOW | {"state": "1"}, unit=PERSONS,
    source="R-115",
)  # fmt: skip
_home(
    "hukou-residence", term("Residence registered or permitted", "未迁户籍已登记或办证"), "hukou_residence", "hukou-states",
    _NOW | {"residence": "1"}, unit=PERSONS, good="up", source="R-116",
)  # fmt: skip
_home(
    "hukou-neither", term("Neither moved nor registered", "未迁且未登记"), "hukou_neither", "hukou-states",
    _NOW | {"state": "4"}, unit=PERSONS, good="down", source="R-116",
)  # fmt: skip

_old("old-houses", term("Old houses", "有旧房户"), "houses")
_old("old-houses-due", term("To be demolished", "应拆除"), "due")
_old("old-houses-kept", term("Kept by certificate", "认定保留"), "kept")
_old("old-houses-agreed", term("Agreement signed", "已签协议"), "agreed")
_old("old-houses-vacated", term("Vacated", "已腾空"), "vacated")
_old("old-houses-taken-back", term("Taken back", "已收回"), "taken_back")
_old("old-houses-demolished", term("Demolished", "已拆除"), "demolished", good="up")
_old("old-houses-reclaimed", term("Reclaimed or re-greened", "已复垦复绿"), "reclaimed", good="up", source="I-21")
_old(
    "old-houses-overdue", term("Standing after the transition", "过渡期满未拆"), "overdue", good="down", source="R-177"
)
_old(
    "agreement-rate", term("Agreement rate", "协议签订率"), "agreed", over="houses", good="up", source="R-176",
    wording=term("Households with an agreement over households with an old house", "已签协议户 ÷ 有旧房户"),
)  # fmt: skip
_old(
    "demolition-rate", term("Demolition rate", "旧房拆除率"), "demolished", over="due", good="up", source="I-22",
    wording=term("Demolished over to be demolished; lawfully kept houses are not due", "已拆除 ÷ 应拆除（依法保留的除外）"),
)  # fmt: skip
_old(
    "reclaim-rate", term("Reclaiming rate", "复垦复绿率"), "reclaimed", over="demolished", good="up", source="R-121",
    wording=term("Plots reclaimed or re-greened over houses demolished", "已复垦复绿 ÷ 已拆除"),
)  # fmt: skip
_old(
    "quota-project-rate", term("In a quota project", "纳入增减挂钩率"), "in_project", over="reclaimed", good="up",
    source="R-149", wording=term("Reclaimed plots in a quota project over plots reclaimed", "纳入增减挂钩项目 ÷ 已复垦复绿"),
)  # fmt: skip
