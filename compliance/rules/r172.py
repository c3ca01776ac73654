"""R-172: registered households with labour and wish have one stable job at least."""

from common.rule import Rule, rules
from common.terms import term
from compliance.judged import households_where

rules.add(
    Rule(
        id="R-172",
        title=term("labour and wish: one stable job", "有劳动力且有意愿户至少1人稳定就业"),
        quotation="確保有勞動力且有就業意愿的建檔立卡搬遷家庭實現至少1人穩定就業",
        document="002-thirteenth-five-year-achievements-2021.zh-Hant.txt",
        ledger="households",
        failing=households_where("c.registered AND c.has_labour AND c.has_wish AND NOT c.stable"),
    )
)
