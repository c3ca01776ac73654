"""Generated problems in every state, put right by the demo accounts over the last half year.

They go through the real acts on their days, so that timelines, deadlines and reminders are those of use.
"""

from __future__ import annotations

import datetime as dt
import io
from collections.abc import Callable
from dataclasses import dataclass

from django.core.files.base import ContentFile
from PIL import Image, ImageDraw

from accounts.models import User
from common import scope
from common.ledger import registry
from divisions.models import Unit
from ledgers.attachments.actions import attach
from rectification.actions.items import save_items
from rectification.actions.moves import move
from rectification.models import ProblemClass, RectificationItem
from rectification.queries.rights import LEDGER
from settlements.models import Settlement

COUNTY = 522326000000
Say = Callable[[str], None]
BUREAUS = {
    "housing": "望谟县住房和城乡建设局",
    "education": "望谟县教育局",
    "health": "望谟县卫生健康局",
    "land": "望谟县自然资源局",
    "jobs": "望谟县人力资源和社会保障局",
}


@dataclass(frozen=True)
class Problem:
    """A generated problem: its class, its words, who puts it right, found so many days ago, with so many days to do it."""

    kind: str
    bureau: str
    text: str
    target: str
    measures: str
    found: int
    term: int
    way: str
    source: str = "12"


PROBLEMS = [
    Problem("R3", "housing", "三号楼外墙渗水，雨季影响十二户", "外墙不再渗水", "重做防水层，逐户复查", 180, 60, "closed", "05"),
    Problem("R1", "housing", "两户住房面积超过人均标准", "核减超标面积并备案", "按规定核减，公示结果", 170, 60, "looked_back", "04"),
    Problem("N1", "jobs", "就业台账未按月更新，外出务工信息缺失", "台账按月更新", "逐户摸排，补录信息", 165, 30, "closed", "01"),
    Problem("N1", "education", "安置点学前学位缺口，部分儿童就近入园困难", "适龄儿童就近入园", "增设班级，统筹调剂学位", 140, 120, "verified", "07"),
    Problem("N1", "health", "卫生室夜间无人值守", "夜间有医护值班", "调配人员，公布值班表", 120, 60, "submitted", "10"),
    Problem("R4", "housing", "配套设施资金支付依据不全", "补齐支付依据", "清理凭证，整改归档", 110, 90, "returned", "06"),
    Problem("N1", "jobs", "零就业户帮扶措施未落实到人", "零就业户动态清零", "一户一策，落实帮扶责任人", 80, 60, "late", "02"),
    Problem("N2", "housing", "楼栋长未配齐，群众诉求登记不全", "楼栋长配齐到位", "选聘楼栋长，建立诉求台账", 75, 85, "in_progress", "03"),
    Problem("N1", "land", "不动产登记证书发放滞后", "符合条件的全部发证", "倒排工期，批量办理", 70, 100, "extension", "04"),
    Problem("N1", "education", "校车线路未覆盖新安置小区", "校车线路全覆盖", "调整线路，增加站点", 60, 90, "paused"),
    Problem("N1", "jobs", "公益性岗位补贴发放不及时", "补贴按月足额发放", "核对名册，限期补发", 45, 60, "accepted", "11"),
    Problem("N2", "health", "家庭医生签约服务流于形式", "签约对象应访尽访", "制定走访计划，按季回访", 30, 60, "assigned", "08"),
    Problem("R2", "housing", "安置区配套项目形成超预算债务", "制定化债方案", "核定债务，落实偿还来源", 20, 90, "registered", "04"),
    Problem("N1", "jobs", "扶贫车间用工合同未备案", "合同全部备案", "逐企核查，集中备案", 10, 45, "draft"),
    Problem("N1", "land", "迁出地耕地流转收益未兑现", "收益按协议兑现", "督促经营主体支付", 130, 60, "false_found", "10"),
    Problem("N2", "housing", "消防通道被占用", "通道保持畅通", "清理杂物，划线管理", 160, 30, "reopened", "05"),
]  # fmt: skip

# The acts that bring a problem to where it stands: (act, who, days after it was found, what is told).
_TO_UNIT = [("register", "county", 1, {}), ("assign", "county", 2, {})]
_AT_WORK = [*_TO_UNIT, ("accept", "unit", 3, {}), ("start", "unit", 5, {"opinion": "已组织现场勘查"})]
_APPLIED = [*_AT_WORK, ("submit", "unit", 25, {"effect": "问题已按措施整改到位，经自查无反弹"})]
_CHECKED = [*_APPLIED, ("verify", "drc", 32, {"opinion": "现场核查属实，同意销号"})]
_CLOSED = [*_CHECKED, ("close", "drc", 40, {})]
WAYS: dict[str, list[tuple[str, str, int, dict]]] = {
    "draft": [],
    "registered": _TO_UNIT[:1],
    "assigned": _TO_UNIT,
    "accepted": _AT_WORK[:3],
    "in_progress": [*_AT_WORK, ("report", "unit", 20, {"opinion": "已完成过半，下一步组织验收"})],
    "late": [*_AT_WORK, ("report", "unit", 40, {"opinion": "受雨季影响，进度滞后"})],
    "extension": [*_AT_WORK, ("ask_extension", "unit", 50, {"opinion": "资料补正需要时间"})],
    "paused": [*_AT_WORK, ("pause", "city", 30, {"opinion": "等待学校布局规划批复"})],
    "submitted": _APPLIED,
    "returned": [*_APPLIED, ("return", "city", 35, {"opinion": "佐证材料不能说明资金已补齐，请补充"})],
    "verified": _CHECKED,
    "closed": _CLOSED,
    "looked_back": [*_CLOSED, ("look_back", "province", 165, {"opinion": "成效保持，未发现反弹"})],
    "reopened": [*_CLOSED, ("reopen", "city", 80, {"opinion": "回访发现通道再次被占用"})],
    "false_found": [*_CLOSED, ("find_false", "province", 90, {"opinion": "附件照片为往年照片，收益并未兑现"})],
}


def make_bureaus() -> dict[str, Unit]:
    """Those who put problems right. HR is the unit of the account `department`; for the others the county acts."""
    return {key: Unit.objects.get_or_create(region=COUNTY, name=name)[0] for key, name in BUREAUS.items()}


def load(on: dt.date, say: Say) -> int:
    """Enter the problems and do their acts; nothing where there are problems already. Gives how many."""
    with scope.whole():
        users = {user.username: user for user in User.objects.select_related("unit")}
        if RectificationItem.objects.exists():
            return 0
        homes = list(Settlement.objects.under(COUNTY).filter(placement="concentrated", voided_at=None).order_by("pk"))
        units = make_bureaus()
        kinds = {kind.code: kind for kind in ProblemClass.objects.filter(region=0)}
    for index, problem in enumerate(PROBLEMS):
        home = homes[index % len(homes)] if homes else None
        found_on = on - dt.timedelta(problem.found)
        with scope.acting_as(users["county"], source="load_demo"):
            [item] = save_items(
                [
                    {
                        "source": problem.source,
                        "problem_class": kinds[problem.kind],
                        "found_on": found_on,
                        "division": COUNTY,
                        "settlements": [home] if home else [],
                        "description": problem.text,
                        "target": problem.target,
                        "measures": problem.measures,
                        "deadline_on": found_on + dt.timedelta(problem.term),
                        "lead_unit": units[problem.bureau],
                        "supervising_unit": users["province"].unit,
                        "batch": "2026年上半年" if found_on < dt.date(2026, 7, 1) else "",
                    }
                ],
                by=users["county"],
                on=found_on,
            ).objects
        for act, who, days, told in WAYS[problem.way]:
            by = users["department" if problem.bureau == "jobs" else "county"] if who == "unit" else users[who]
            _do(item, act, by, found_on + dt.timedelta(days), on, told)
    say(f"{len(PROBLEMS)} generated problems, put right by the demo accounts")
    return len(PROBLEMS)


def _do(item: RectificationItem, act: str, by: User, day: dt.date, on: dt.date, told: dict) -> None:
    day = min(day, on)
    told = dict(told)
    with scope.acting_as(by, source="load_demo"):
        if act == "submit":
            for place in item.places.all():
                place.state, place.done_on = "done", day
                place.save()
            attach(registry[LEDGER], item, [photograph(item.number)], by=by, group="submit", captions=["整改后现场"])
            told["completed_on"] = day
        if act == "verify":
            told |= {"notice_from": day, "notice_to": day + dt.timedelta(6)}
        if act == "ask_extension":
            told["extension_to"] = item.deadline_on + dt.timedelta(45)
        move(item, act, by=by, on=day, **told)


def photograph(number: str) -> ContentFile:
    """A drawn picture in the place of a photograph: nobody and nothing real is on it."""
    picture = Image.new("RGB", (960, 640), (214, 226, 232))
    draw = ImageDraw.Draw(picture)
    seed = sum(map(ord, number))
    for index in range(5):
        left, height = 60 + index * 170, 220 + (seed * (index + 3)) % 180
        draw.rectangle((left, 560 - height, left + 130, 560), fill=(176 - index * 9, 120 + index * 8, 96))
        for row in range(height // 50):
            draw.rectangle(
                (left + 20, 580 - height + row * 50, left + 110, 600 - height + row * 50), fill=(240, 236, 214)
            )
    draw.rectangle((0, 560, 960, 640), fill=(120, 132, 112))
    draw.text((24, 24), number, fill=(40, 48, 56), font_size=36)
    buffer = io.BytesIO()
    picture.save(buffer, "JPEG", quality=80)
    return ContentFile(buffer.getvalue(), f"{number}.jpg")
