"""Generated inspections by the demo accounts: the year's plan, an open and a secret visit with field checks, a sample.

They go through the real acts on their days. The same day and households give the same inspections and the same sample.
"""

from __future__ import annotations

import calendar
import datetime as dt
from collections.abc import Callable, Sequence

from accounts.models import User
from common import scope
from common.ledger import registry
from ledgers.attachments.actions import attach
from rectification.actions.inspections import do_act, save_inspections, save_plans
from rectification.actions.inspections_checklists import save_checklists, save_questions
from rectification.actions.inspections_checks import Answer, fill_in, save_checks
from rectification.actions.inspections_items import items_from_lines
from rectification.actions.sampling import commit_seed, draw, publish, save_samples
from rectification.actions.sampling_visits import replace, save_visits
from rectification.models import Checklist, Inspection, InspectionCheck, InspectionPlan, ProblemClass, Sample
from relocation.demo.supervision import COUNTY, photograph
from settlements.models import Settlement

Say = Callable[[str], None]

QUESTIONS = [
    ("物业服务是否覆盖全部楼栋", "yes_no", "是", "N2"),
    ("社区专职工作者人数", "number", ">=3", "N1"),
    ("零就业户是否落实帮扶责任人", "yes_no", "是", "N1"),
    ("消防通道是否畅通", "yes_no", "是", "N2"),
    ("不动产登记证书未发放户数", "number", "=0", "N1"),
    ("群众反映的主要问题", "text", "", ""),
]
# Answers at one settlement after the other; the last form is still being filled in.
ANSWERS = [
    ["是", "4", "是", "否", "0", "停车位不足"],
    ["否", "2", "是", "是", "6", "物业费收缴率低"],
    ["是", "5", "是", "是", "0", "无"],
    ["是", "3"],
]
CAMPAIGNS = [
    (3, "survey", "第一季度后续扶持大调研"),
    (6, "supervision", "第二季度专项大督查"),
    (9, "survey", "第三季度后续扶持大调研"),
    (12, "supervision", "第四季度专项大督查"),
]


def load(on: dt.date, say: Say) -> int:
    """Enter plan, inspections and sample; nothing where there are inspections already. Gives how many inspections."""
    with scope.whole():
        if Inspection.objects.exists():
            return 0
        users = {user.username: user for user in User.objects.select_related("unit")}
        homes = list(Settlement.objects.under(COUNTY).filter(placement="concentrated", voided_at=None).order_by("pk"))
    if not homes:
        return 0
    plan = _plan(users["province"], on)
    questions = _checklist(users["province"], on)
    visit = _open_visit(users["drc"], homes, questions, on)
    _secret_visit(users["province"], homes, on)
    sample = _sample(users["drc"], visit, on)
    say(f"{len(CAMPAIGNS)} campaigns of the plan {plan.year}, an open and a secret visit, sample {sample.pk} drawn")
    return len(CAMPAIGNS) + 2


def _plan(by: User, on: dt.date) -> InspectionPlan:
    """Four campaigns in the year; those of months that are over were carried out."""
    year = on.year
    with scope.acting_as(by, source="load_demo"):
        begun = dt.date(year, 1, 1)
        title = f"{year}年易地扶贫搬迁后续扶持督查检查计划"
        [plan] = save_plans([{"year": year, "title": title}], by=by, on=begun).objects
        rows = [
            {"year": year, "title": f"{year}年{title}", "kind": kind, "plan": plan, "month": month, "aim": "problem"}
            for month, kind, title in CAMPAIGNS
        ]
        for found in save_inspections(rows, by=by, on=begun).objects:
            last = dt.date(year, found.month, calendar.monthrange(year, found.month)[1])
            if last > on:
                continue
            do_act(found, "start", by=by, day=last - dt.timedelta(12), on=last - dt.timedelta(12))
            told = "总体进展平稳，个别安置点物业服务、不动产登记和就业台账更新仍需加强。"
            do_act(found, "feed_back", by=by, day=last, findings=told, on=last)
    return plan


def _checklist(by: User, on: dt.date) -> Checklist:
    with scope.acting_as(by, source="load_demo"):
        row = {"name": "安置点后续扶持现场核查表", "subject": "settlement", "reach": "shared"}
        [asked] = save_checklists([row], by=by, on=on).objects
        kinds = {kind.code: kind for kind in ProblemClass.objects.filter(region=0)}
        save_questions(
            [
                {
                    "checklist": asked,
                    "position": number,
                    "question": question,
                    "kind": kind,
                    "expected": expected,
                    "problem_class": kinds.get(code),
                }
                for number, (question, kind, expected, code) in enumerate(QUESTIONS, start=1)
            ],
            by=by,
            on=on,
        )
    return asked


def _open_visit(by: User, homes: Sequence[Settlement], asked: Checklist, on: dt.date) -> Inspection:
    """Checks at four settlements with photographs; what failed at the first is on the ledger of problems."""
    started = on - dt.timedelta(10)
    with scope.acting_as(by, source="load_demo"):
        row = {
            "year": started.year,
            "title": f"{started.year}年望谟县安置点实地核查",
            "kind": "on_site",
            "counties": "望谟县",
            "leader": "带队领导",
            "focus": "物业服务、消防安全、零就业户帮扶、不动产登记",
            "feed_back_by": on + dt.timedelta(15),
        }
        found = do_act(save_inspections([row], by=by, on=started).objects[0], "start", by=by, day=started, on=started)
        first: InspectionCheck | None = None
        for number, (home, answers) in enumerate(zip(homes, ANSWERS, strict=False)):
            day = started + dt.timedelta(2 * number)
            record = _checked(found, home, asked, answers, by, day, at=f"{9 + number}:30")
            first = first or record
        failed = list(first.lines.filter(outcome="failed").values_list("pk", flat=True))
        items_from_lines(failed, by=by, on=on)
    return found


def _checked(found, home, asked, answers, by: User, day: dt.date, *, at: str) -> InspectionCheck:
    row = {
        "inspection": found,
        "settlement": home,
        "visited_on": day,
        "visited_at": at,
        "checkers": by.display_name,
        "checklist": asked,
    }
    record = save_checks([row], by=by, on=day).objects[0]
    if asked is not None:
        lines = record.lines.order_by("position")
        told = {line.pk: Answer(answer) for line, answer in zip(lines, answers, strict=False)}
        fill_in(record, told, by=by, complete=len(answers) == len(lines), on=day)
    if asked is None or found.checks.count() == 1:
        attach(registry["inspection-checks"], record, [photograph(home.code)], by=by, captions=["小区现场"], on=day)
    return record


def _secret_visit(by: User, homes: Sequence[Settlement], on: dt.date) -> None:
    """Kept from the county until the province publishes it."""
    started = on - dt.timedelta(4)
    with scope.acting_as(by, source="load_demo"):
        row = {
            "year": started.year,
            "title": "供水供电和夜间值守暗访",
            "kind": "visit",
            "way": "secret",
            "counties": "望谟县",
            "focus": "停水停电处置、社区夜间值守",
        }
        found = do_act(save_inspections([row], by=by, on=started).objects[0], "start", by=by, day=started, on=started)
        record = _checked(found, homes[-1], None, [], by, on - dt.timedelta(2), at="21:10")
        save_checks([{"id": record.pk, "summary": "夜间值守人员在岗，二次供水泵房门禁损坏。"}], by=by, on=on)


def _sample(by: User, found: Inspection, on: dt.date) -> Sample:
    """Drawn by a public text from the county's households; two thirds of them visited, some not as reported."""
    with scope.acting_as(by, source="load_demo"):
        row = {
            "title": f"{on.year}年望谟县随机入户抽样",
            "inspection": found,
            "divisions": "望谟县",
            "frame_on": on,
            "strata": "tier",
            "margin": "9",
            "expected_rate": "90",
        }
        sample = save_samples([row], by=by, on=on).objects[0]
        commit_seed(sample, by=by, public_text=f"公开示例文本 {on.year} 03 11 17 22 28 31+09", on=on)
        sample = draw(sample, by=by, on=on)
        drawn = list(sample.households.filter(reserve=False).order_by("stratum", "rank"))
        rows = [_found(visit, number, on, by) for number, visit in enumerate(drawn, start=1) if number % 3]
        save_visits(rows, by=by, on=on)
        for visit in sample.households.filter(result="absent").order_by("pk"):
            replace(visit, by=by, on=on)
        return publish(sample, by=by, on=on)


def _found(visit, number: int, on: dt.date, by: User) -> dict:
    told = {"id": visit.pk, "visited_on": on, "checkers": by.display_name}
    if number % 13 == 0:
        return told | {"result": "absent", "note": "外出务工，邻居代述"}
    differs = number % 11 == 0
    return told | {
        "result": "found",
        "living": "no" if number % 17 == 0 else "yes",
        "employed_seen": 0 if differs else visit.reported_persons,
        "employed_note": "原岗位已解聘" if differs and visit.reported_persons else "",
        "satisfaction": "mostly" if number % 4 == 0 else "satisfied",
    }
