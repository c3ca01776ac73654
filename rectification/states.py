"""The life of a problem 整改事项 as a table: its states, and the acts that lead from one to another.

Read by the action that carries acts out, by the pages that offer them, by the API, and by the drawing in
docs/rectification-states.md. Sources: R-031, R-037 to R-041 (发改振兴〔2020〕374号) and 按问题建账、按时限整改、按效果销号、按性质问责.
"""

from __future__ import annotations

import enum
from dataclasses import dataclass

from common.codes import declare
from common.terms import Term, term


@dataclass(frozen=True)
class State:
    """`tone` is how pages colour it. Open states have a running deadline or wait for one."""

    key: str
    label: Term
    tone: str
    open: bool = True


STATES: dict[str, State] = {
    state.key: state
    for state in [
        State("draft", term("draft", "草稿"), "neutral"),
        State("registered", term("registered", "已登记"), "info"),
        State("assigned", term("assigned", "已交办"), "info"),
        State("accepted", term("accepted by the unit", "已签收"), "info"),
        State("in_progress", term("in progress", "整改中"), "info"),
        State("submitted", term("submitted for closing", "已申请销号"), "warn"),
        State("verified", term("verified", "已核查"), "ok"),
        State("closed", term("closed", "已销号"), "ok", open=False),
        State("returned", term("returned", "已退回"), "bad"),
        State("paused", term("paused", "已暂停"), "neutral"),
        State("reopened", term("reopened", "重新启动"), "bad"),
        State("false_found", term("false rectification found", "虚假整改"), "bad"),
        State("merged", term("merged into another", "已合并"), "neutral", open=False),
    ]
}
OPEN = tuple(key for key, state in STATES.items() if state.open)
# States in which the unit has the item and its deadline runs.
WITH_UNIT = ("assigned", "accepted", "in_progress", "returned")
declare("item_state", term("State of rectification", "整改状态"), {key: state.label for key, state in STATES.items()})
declare(
    "place_state",
    term("State at a place", "点位整改状态"),
    {"open": term("open", "未完成"), "done": term("done", "已完成"), "confirmed": term("confirmed", "已核实")},
)


class Actor(enum.Enum):
    """Who may do an act; what that means for one item and one user says rectification.rights."""

    ENTERS = term("who enters for the area", "本地区填报人员")
    ASSIGNS = term("who assigns: county or above", "县级及以上交办人员")
    ANSWERS = term("the responsible unit", "责任单位")
    SUPERVISES = term("a level above the responsible unit", "责任单位的上级")
    VERIFIES = term("a level above, neither author nor of a unit concerned", "上级且非填报人、非申请单位")


class Need(enum.Enum):
    """What an act must be told, beside what the item itself must hold."""

    OPINION = "opinion"
    DEADLINE = "deadline_on"
    EXTENSION = "extension_to"
    EFFECT = "effect"
    COMPLETED = "completed_on"
    NOTICE = "notice"
    INTO = "into"
    UNIT = "lead_unit"
    RESPONSIBLE = "responsible"
    FILES = "files"


@dataclass(frozen=True)
class Act:
    """`to` is the state that it leads to; "" leaves the state, PREVIOUS leads back to the one before a pause.

    `needs` must be told, `takes` may be. `many`: it may be done to several items at once, all being told the same.
    """

    key: str
    label: Term
    sources: tuple[str, ...]
    to: str
    by: Actor
    needs: tuple[Need, ...] = ()
    takes: tuple[Need, ...] = ()
    danger: bool = False
    many: bool = False


PREVIOUS = "previous"
ACTS: dict[str, Act] = {
    act.key: act
    for act in [
        Act("register", term("Register", "登记建账"), ("draft",), "registered", Actor.ENTERS, many=True),
        Act(
            "assign",
            term("Assign", "交办"),
            ("registered", "reopened", "false_found"),
            "assigned",
            Actor.ASSIGNS,
            takes=(Need.UNIT, Need.RESPONSIBLE, Need.DEADLINE, Need.OPINION),
            many=True,
        ),
        Act(
            "accept",
            term("Accept", "签收"),
            ("assigned",),
            "accepted",
            Actor.ANSWERS,
            takes=(Need.OPINION,),
            many=True,
        ),
        Act(
            "hand_back",
            term("Hand back", "退回交办"),
            ("assigned",),
            "registered",
            Actor.ANSWERS,
            needs=(Need.OPINION,),
        ),
        Act(
            "start",
            term("Start", "开始整改"),
            ("accepted", "returned"),
            "in_progress",
            Actor.ANSWERS,
            takes=(Need.OPINION,),
            many=True,
        ),
        Act(
            "report",
            term("Report progress", "填报进展"),
            ("in_progress", "returned"),
            "",
            Actor.ANSWERS,
            needs=(Need.OPINION,),
            takes=(Need.FILES,),
        ),
        Act(
            "submit",
            term("Apply for closing", "申请销号"),
            ("in_progress", "returned"),
            "submitted",
            Actor.ANSWERS,
            needs=(Need.EFFECT, Need.COMPLETED),
            takes=(Need.FILES,),
        ),
        Act(
            "verify",
            term("Verify", "核查通过"),
            ("submitted",),
            "verified",
            Actor.VERIFIES,
            needs=(Need.OPINION, Need.NOTICE),
            takes=(Need.FILES,),
            many=True,
        ),
        Act(
            "return",
            term("Return", "退回整改"),
            ("submitted", "verified"),
            "returned",
            Actor.SUPERVISES,
            needs=(Need.OPINION,),
            takes=(Need.DEADLINE, Need.FILES),
            danger=True,
            many=True,
        ),
        Act(
            "close",
            term("Close", "销号"),
            ("verified",),
            "closed",
            Actor.VERIFIES,
            takes=(Need.OPINION,),
            many=True,
        ),
        Act(
            "ask_extension",
            term("Ask for an extension", "申请延期"),
            WITH_UNIT,
            "",
            Actor.ANSWERS,
            needs=(Need.EXTENSION, Need.OPINION),
            takes=(Need.FILES,),
        ),
        Act(
            "grant_extension",
            term("Grant the extension", "同意延期"),
            WITH_UNIT,
            "",
            Actor.SUPERVISES,
            takes=(Need.OPINION,),
            many=True,
        ),
        Act(
            "refuse_extension",
            term("Refuse the extension", "不同意延期"),
            WITH_UNIT,
            "",
            Actor.SUPERVISES,
            needs=(Need.OPINION,),
            many=True,
        ),
        Act(
            "pause",
            term("Pause", "暂停"),
            WITH_UNIT,
            "paused",
            Actor.SUPERVISES,
            needs=(Need.OPINION,),
            many=True,
        ),
        Act(
            "resume",
            term("Resume", "恢复整改"),
            ("paused",),
            PREVIOUS,
            Actor.SUPERVISES,
            takes=(Need.DEADLINE, Need.OPINION),
            many=True,
        ),
        Act(
            "reopen",
            term("Reopen", "重新启动"),
            ("closed",),
            "reopened",
            Actor.SUPERVISES,
            needs=(Need.OPINION,),
            takes=(Need.FILES,),
            danger=True,
        ),
        Act(
            "find_false",
            term("Find false rectification", "认定虚假整改"),
            ("submitted", "verified", "closed"),
            "false_found",
            Actor.SUPERVISES,
            needs=(Need.OPINION,),
            takes=(Need.FILES,),
            danger=True,
        ),
        Act(
            "look_back",
            term("Record the look-back", "记录回头看"),
            ("closed",),
            "",
            Actor.SUPERVISES,
            needs=(Need.OPINION,),
            takes=(Need.FILES,),
        ),
        Act(
            "merge",
            term("Merge into another item", "合并到其他事项"),
            ("draft", "registered", "assigned", "accepted", "in_progress", "returned"),
            "merged",
            Actor.ASSIGNS,
            needs=(Need.INTO, Need.OPINION),
            danger=True,
        ),
    ]
}

# Acts between which one and the same look decides; pages ask them together, one answer and one button.
DECISIONS = (
    ("verify", "return"),
    ("close", "return"),
    ("grant_extension", "refuse_extension"),
    ("look_back", "reopen"),
)

# What stands in an item's record beside the acts of the table.
NOTES = {
    "enter": term("Enter", "录入"),
    "take_in": term("Take in a merged item", "并入重复事项"),
    "distinct": term("Found to be another problem", "认定不是重复"),
    "places": term("Mark places as done", "标注点位完成"),
    "units": term("Name the co-responsible units", "明确配合单位"),
}


def word_of(key: str) -> Term:
    """What an act or note of the record is called."""
    return ACTS[key].label if key in ACTS else NOTES[key]


def acts_from(state: str) -> list[Act]:
    """The acts that the table has for a state, in its order."""
    return [act for act in ACTS.values() if state in act.sources]


def drawing() -> str:
    """The table as a Mermaid diagram and a list, for docs/rectification-states.md."""
    lines = ["stateDiagram-v2", "    [*] --> draft"]
    for act in ACTS.values():
        for source in act.sources:
            targets = {"": (source,), PREVIOUS: WITH_UNIT}.get(act.to, (act.to,))
            lines += [f"    {source} --> {target}: {act.key}" for target in targets]
    lines += [f"    {key} --> [*]" for key, state in STATES.items() if not state.open]
    rows = [
        f"| {act.key} | {act.label.zh} | {', '.join(act.sources)} | "
        f"{ {'': 'the same', PREVIOUS: 'the one before'}.get(act.to, act.to) } | {act.by.value.en} | "
        f"{', '.join(need.value for need in act.needs) or '—'} |"
        for act in ACTS.values()
    ]
    return "\n".join(
        [
            "# States of a rectification item",
            "",
            "Drawn from `rectification/states.py` by `manage.py draw_states`; a test compares.",
            "",
            "```mermaid",
            *lines,
            "```",
            "",
            "| act | 动作 | from | to | by | needs |",
            "|---|---|---|---|---|---|",
            *rows,
            "",
            "| state | 状态 |",
            "|---|---|",
            *(f"| {state.key} | {state.label.zh} |" for state in STATES.values()),
            "",
        ]
    )
