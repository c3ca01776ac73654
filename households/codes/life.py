"""What happens in the life of a household, and where a request for a transfer stands: the lists of this part's own."""

from common.codes import declare
from common.terms import term

# Events 变动. Of each the ledger, the timeline and the filters read the same words.
BIRTH, DEATH, MARRIED_IN, MARRIED_OUT = "birth", "death", "married_in", "married_out"
JOINED, LEFT, RETURNED, LEFT_OTHERWISE = "joined", "left", "returned", "left_otherwise"
HEAD_CHANGED, SPLIT, MERGED, FLAT, SETTLEMENT = "head", "split", "merged", "flat", "settlement"
TRANSFERRED, TRANSFERRED_AWAY, UNDONE = "transferred", "transferred_away", "undone"

declare(
    "household_event",
    term("Event", "变动类型"),
    {
        BIRTH: term("birth", "出生"),
        DEATH: term("death", "死亡"),
        MARRIED_IN: term("married in", "婚入"),
        MARRIED_OUT: term("married out", "婚出"),
        JOINED: term("moved in", "迁入"),
        LEFT: term("moved out", "迁出"),
        RETURNED: term("moved back", "返回"),
        LEFT_OTHERWISE: term("left for another reason", "其他原因离开"),
        HEAD_CHANGED: term("change of head", "户主变更"),
        SPLIT: term("split of household", "分户"),
        MERGED: term("merge of households", "并户"),
        FLAT: term("change of flat", "调换住房"),
        SETTLEMENT: term("moved to another settlement", "调整安置点"),
        TRANSFERRED: term("came from another county", "跨县转入"),
        TRANSFERRED_AWAY: term("went to another county", "跨县转出"),
        UNDONE: term("undone", "撤销变动"),
    },
)

ASKED, ACCEPTED, REFUSED, WITHDRAWN = "asked", "accepted", "refused", "withdrawn"
CLAIM, OFFER = "claim", "offer"

declare(
    "transfer_state",
    term("State", "办理状态"),
    {
        ASKED: term("waiting for an answer", "待对方答复"),
        ACCEPTED: term("accepted", "已同意"),
        REFUSED: term("refused", "已拒绝"),
        WITHDRAWN: term("withdrawn", "已撤回"),
    },
)
declare(
    "transfer_direction",
    term("Direction", "申请方向"),
    {CLAIM: term("asked to come here", "申请转入"), OFFER: term("offered to go there", "申请转出")},
)
