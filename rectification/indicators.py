"""The catalogue's figures about problems. All of them count problems found on or before a cut-off date (R-033)."""

from common.indicator import Indicator, catalogue
from common.terms import term
from rectification.queries.rights import LEDGER

PROBLEMS = term("problems", "项")
PERCENT = term("%", "%")
COUNTED = {"counted": "1"}
BREAKDOWNS = ("region", "source", "class", "batch", "unit")


def _indicator(key: str, title, unit, value: str, filters=None, **more) -> Indicator:
    told = {"breakdowns": BREAKDOWNS, "source": "R-033", **more}
    return catalogue.add(Indicator(key, title, unit, value, LEDGER, COUNTED | (filters or {}), **told))


_indicator("items-found", term("Problems found", "发现问题"), PROBLEMS, "found")
_indicator("items-closed", term("Closed", "已销号"), PROBLEMS, "closed", good="up")
_indicator(
    "items-cleared-rate",
    term("Cleared", "清零率"),
    PERCENT,
    "closed",
    over="found",
    good="up",
    wording=term(
        "Problems closed by the cut-off date over problems found on or before it",
        "截至日期已销号问题数 ÷ 截至日期（含）发现问题数",
    ),
)
_indicator("items-uncleared", term("Not closed", "未销号"), PROBLEMS, "uncleared", good="down")
_indicator(
    "items-overdue", term("Overdue", "超期未整改"), PROBLEMS, "overdue", {"overdue": "1"}, good="down", source="R-038"
)
_indicator(
    "items-returned", term("Returned", "曾被退回"), PROBLEMS, "returned", {"returned": "1"}, good="down", source="R-038"
)
_indicator(
    "items-returned-rate",
    term("Returned rate", "退回率"),
    PERCENT,
    "returned",
    {"returned": "1"},
    over="found",
    good="down",
    source="R-038",
    wording=term("Problems returned at least once over problems found", "曾被退回问题数 ÷ 发现问题数"),
)
_indicator(
    "items-relapsed", term("Relapsed", "反弹问题"), PROBLEMS, "relapsed", {"relapsed": "1"}, good="down", source="R-035"
)
_indicator(
    "items-relapse-rate",
    term("Relapse rate", "反弹率"),
    PERCENT,
    "relapsed",
    {"relapsed": "1"},
    over="found",
    good="down",
    source="R-035",
    wording=term(
        "Problems reopened after closing, and problems entered as a relapse of another, over problems found",
        "销号后重新启动的问题与登记为反弹的问题 ÷ 发现问题数",
    ),
)
_indicator(
    "items-false",
    term("False rectification", "虚假整改"),
    PROBLEMS,
    "false",
    {"false": "1"},
    good="down",
    source="R-039",
)
