"""R-092: in every household with labour and wish somebody works. Xianyang's rule."""

from common.rule import Rule, rules
from common.terms import term
from compliance.judged import households_where

rules.add(
    Rule(
        id="R-092",
        title=term("one household, at least one job", "一户至少一人就业"),
        quotation="确保一户至少一人实现就业",
        document="001-xianyang-guiding-opinion-and-responsibility-list.zh-Hans.txt",
        ledger="households",
        scope=610400000000,
        failing=households_where("c.has_labour AND c.has_wish AND NOT c.employed"),
    )
)
