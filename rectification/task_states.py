"""The states of responsibility tasks and supervision orders, and the acts between them, as tables.

What a page offers, what an action allows, and the reason told where an act is not allowed all come from here. Whether
something is overdue is computed from its day and is no state.
"""

from __future__ import annotations

from dataclasses import dataclass

from django.utils.translation import gettext_lazy as _

from common.codes import declare
from common.terms import Term, term

declare(
    "task_state",
    term("State of a task", "任务状态"),
    {
        "open": term("Not begun", "未启动"),
        "in_progress": term("In progress", "推进中"),
        "submitted": term("Submitted for review", "待审核"),
        "returned": term("Returned", "已退回"),
        "done": term("Done", "已完成"),
        "long_term": term("Long term", "长期坚持"),
    },
)
declare(
    "order_state",
    term("State of a supervision order", "督办状态"),
    {
        "issued": term("Issued", "待签收"),
        "received": term("Received", "办理中"),
        "replied": term("Replied", "待审定"),
        "returned": term("Returned", "退回重办"),
        "closed": term("Closed", "已办结"),
    },
)
declare(
    "attendance",
    term("Attendance", "出席情况"),
    {
        "present": term("Present", "出席"),
        "deputy": term("Deputy", "代会"),
        "absent": term("Absent", "缺席"),
    },
)

# Who may act: the side that answers for it, the side that leads (lists, days, posts; issues orders), or those who decide.
OWN, LEADS, DECIDES = "own", "leads", "decides"


@dataclass(frozen=True)
class Act:
    """One act: from which states, to which ('' stays where it is), by whom, and what must be told with it."""

    key: str
    label: Term
    sources: frozenset[str]
    target: str
    who: str
    needs: tuple[str, ...] = ()
    asks: tuple[str, ...] = ()  # what may be told beside
    done: object = ""  # the sentence after it
    tone: str = "info"


def _act(key: str, label: Term, sources: str, target: str, who: str, **told) -> Act:
    return Act(key, label, frozenset(sources.split()), target, who, **told)


def _table(*acts: Act) -> dict[str, Act]:
    return {act.key: act for act in acts}


WORKING = "open in_progress returned"

TASK_ACTS = _table(
    _act(
        "report",
        term("report progress", "填报进展"),
        f"{WORKING} long_term",
        "in_progress",
        OWN,
        needs=("text",),
        asks=("percent", "evidence"),
        done=_("Your report is stored."),
    ),
    _act(
        "submit",
        term("submit as completed", "提交完成审核"),
        WORKING,
        "submitted",
        OWN,
        needs=("text", "evidence"),
        done=_("Submitted. It is reviewed by the lead department or a higher level."),
    ),
    _act(
        "accept",
        term("accept as completed", "审核通过"),
        "submitted",
        "done",
        DECIDES,
        asks=("text",),
        done=_("Accepted: the task is done."),
        tone="good",
    ),
    _act(
        "return",
        term("return", "审核退回"),
        "submitted",
        "returned",
        DECIDES,
        needs=("text",),
        done=_("Returned: its deadline runs again."),
        tone="bad",
    ),
    _act(
        "stage",
        term("confirm the stage", "确认阶段目标"),
        f"{WORKING} submitted",
        "",
        DECIDES,
        needs=("text",),
        done=_("The stage is confirmed."),
        tone="good",
    ),
    _act(
        "review",
        term("yearly review", "年度评估"),
        "long_term",
        "",
        DECIDES,
        needs=("text",),
        done=_("The yearly review is stored."),
        tone="good",
    ),
    _act(
        "confirm",
        term("confirm as done in the past", "确认往期已完成"),
        WORKING,
        "done",
        DECIDES,
        needs=("text", "day"),
        done=_("Confirmed: the task was done."),
        tone="good",
    ),
    _act(
        "redate",
        term("set the deadline", "确定或调整时限"),
        f"{WORKING} long_term",
        "",
        LEADS,
        needs=("text", "deadline"),
        done=_("The deadline is set."),
        tone="warn",
    ),
    _act(
        "assign",
        term("bind to another post", "调整责任岗位"),
        f"{WORKING} submitted long_term",
        "",
        LEADS,
        needs=("post",),
        asks=("text",),
        done=_("The task is bound to the post."),
    ),
    _act(
        "reopen",
        term("open again", "重新办理"),
        "done",
        "in_progress",
        DECIDES,
        needs=("text",),
        done=_("The task is open again."),
        tone="warn",
    ),
)

ORDER_ACTS = _table(
    _act(
        "receive",
        term("acknowledge receipt", "签收"),
        "issued",
        "received",
        OWN,
        asks=("text",),
        done=_("Receipt is acknowledged."),
    ),
    _act(
        "reply",
        term("reply", "回复办理情况"),
        "received returned",
        "replied",
        OWN,
        needs=("text", "evidence"),
        done=_("Your reply is with the issuing unit."),
    ),
    _act(
        "close",
        term("close", "同意办结"),
        "replied",
        "closed",
        LEADS,
        asks=("text",),
        done=_("The order is closed."),
        tone="good",
    ),
    _act(
        "return",
        term("return", "退回重办"),
        "replied",
        "returned",
        LEADS,
        needs=("text",),
        asks=("day",),
        done=_("Returned: its limit runs again."),
        tone="bad",
    ),
    _act(
        "extend",
        term("extend the limit", "延长时限"),
        "issued received returned",
        "",
        LEADS,
        needs=("text", "day"),
        done=_("The new limit holds."),
        tone="warn",
    ),
)
