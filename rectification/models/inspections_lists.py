"""The words of inspections and samples: kinds, ways, states, answers; and what a kind means elsewhere."""

from __future__ import annotations

from common.codes import declare
from common.terms import term

declare(
    "inspection_kind",
    term("Kind of inspection", "检查类型"),
    {
        "survey": term("large survey", "大调研"),
        "supervision": term("large inspection", "专项大督查"),
        "special_check": term("special check", "专项稽察"),
        "screening": term("dragnet screening", "拉网式大排查"),
        "quality": term("quality and safety check", "质量安全集中排查"),
        "patrol": term("regular patrol", "监管巡查"),
        "mobile": term("mobile check", "机动式核查"),
        "visit": term("open or secret visit", "明查暗访"),
        "on_site": term("on-site check", "实地核查"),
        "household_check": term("household check by sample", "抽样入户核查"),
        "third_party": term("third-party evaluation", "第三方评估"),
        "audit": term("audit", "审计"),
        "central": term("central special inspection", "中央专项巡视"),
        "assessment": term("assessment of effect", "成效考核"),
        "democratic": term("supervision by democratic parties", "民主党派监督"),
        "self_check": term("self-check", "自查"),
    },
)
# R-242 counts large surveys and inspections (大调研和专项大督查).
CAMPAIGNS = ("survey", "supervision")
# The code of inspection_source that problems found by a kind carry.
SOURCE_OF_KIND = {
    "survey": "90",
    "supervision": "90",
    "special_check": "08",
    "screening": "03",
    "quality": "05",
    "patrol": "04",
    "mobile": "09",
    "visit": "10",
    "on_site": "10",
    "household_check": "90",
    "third_party": "90",
    "audit": "06",
    "central": "01",
    "assessment": "02",
    "democratic": "07",
    "self_check": "12",
}

declare(
    "inspection_way",
    term("Way of inspecting", "检查方式"),
    {
        "open": term("open", "明查"),
        "secret": term("secret", "暗访"),
        "unannounced": term("unannounced (no notice, straight to the place)", "四不两直"),
    },
)
declare(
    "inspection_aim",
    term("Aim of an inspection", "检查导向"),
    {
        "goal": term("by goals", "目标导向"),
        "problem": term("by problems", "问题导向"),
    },
)
declare(
    "inspection_state",
    term("State of an inspection", "检查状态"),
    {
        "planned": term("planned", "计划中"),
        "under_way": term("under way", "实施中"),
        "fed_back": term("fed back", "已反馈"),
        "closed": term("closed", "已办结"),
        "cancelled": term("cancelled", "已取消"),
    },
)
declare(
    "check_state",
    term("State of a field check", "核查表状态"),
    {"begun": term("begun", "填写中"), "complete": term("complete", "已完成")},
)
declare(
    "check_subject",
    term("Subject of a checklist", "核查对象"),
    {"settlement": term("settlement", "安置点"), "household": term("household", "搬迁户")},
)
declare(
    "checklist_reach",
    term("Use of a checklist", "使用范围"),
    {"own": term("this level alone", "仅本级"), "shared": term("this level and those below", "本级和下级")},
)
declare(
    "check_question",
    term("Kind of question", "题型"),
    {"yes_no": term("yes or no", "是否"), "number": term("number", "数字"), "text": term("text", "文字")},
)
declare(
    "check_outcome",
    term("Outcome of an answer", "核查结果"),
    {
        "passed": term("as expected", "符合"),
        "failed": term("not as expected", "不符合"),
        "not_applicable": term("not applicable", "不适用"),
    },
)

STRATA = {
    "none": (),
    "county": ("county",),
    "tier": ("tier",),
    "placement": ("placement",),
    "county_tier": ("county", "tier"),
    "county_placement": ("county", "placement"),
    "tier_placement": ("tier", "placement"),
    "all": ("county", "tier", "placement"),
}
declare(
    "sample_strata",
    term("Strata", "分层方式"),
    {
        "none": term("none", "不分层"),
        "county": term("by county", "按县"),
        "tier": term("by tier", "按规模"),
        "placement": term("by placement", "按安置方式"),
        "county_tier": term("by county and tier", "按县和规模"),
        "county_placement": term("by county and placement", "按县和安置方式"),
        "tier_placement": term("by tier and placement", "按规模和安置方式"),
        "all": term("by county, tier and placement", "按县、规模和安置方式"),
    },
)
declare(
    "sample_allocation",
    term("Allocation", "样本分配方式"),
    {"proportional": term("proportional", "按比例"), "equal": term("equal", "等量")},
)
declare(
    "sample_confidence",
    term("Confidence", "置信水平"),
    {"90": term("90 %", "90%"), "95": term("95 %", "95%"), "99": term("99 %", "99%")},
)
declare(
    "sample_registration",
    term("Registration", "搬迁户类别"),
    {"registered": term("registered", "建档立卡户"), "synchronous": term("moved at the same time", "同步搬迁户")},
)
declare(
    "sample_seed",
    term("Source of the seed", "种子来源"),
    {
        "public": term("a public text", "公开文本"),
        "random": term("drawn by the system", "系统随机生成"),
        "listed": term("list of a third party", "第三方提供名单"),
    },
)
declare(
    "sample_state",
    term("State of a sample", "抽样状态"),
    {
        "design": term("being designed", "方案设计"),
        "committed": term("seed committed", "种子已锁定"),
        "drawn": term("drawn", "已抽取"),
        "published": term("published", "已公布"),
    },
)
declare(
    "sample_visit",
    term("Result of a visit", "入户结果"),
    {
        "found": term("found", "已入户"),
        "absent": term("absent", "无人在家"),
        "moved": term("moved away", "已迁走"),
        "refused": term("refused", "拒绝受访"),
    },
)
declare("sample_yes_no", term("Yes or no", "是否"), {"yes": term("yes", "是"), "no": term("no", "否")})
declare(
    "sample_satisfaction",
    term("Satisfaction", "满意度"),
    {
        "satisfied": term("satisfied", "满意"),
        "mostly": term("mostly satisfied", "基本满意"),
        "dissatisfied": term("not satisfied", "不满意"),
    },
)
declare(
    "sample_agreement",
    term("Agreement with what is reported", "与上报数据比对"),
    {"agree": term("agrees", "一致"), "differ": term("differs", "不一致")},
)
