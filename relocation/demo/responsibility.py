"""Responsibilities to look around in: the list of Xianyang dated anew and worked on, and a county's month of supervision.

All goes through the real acts on their days. The officers who hold the posts of Xianyang are generated and cannot sign in.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from itertools import cycle

from django.conf import settings

from accounts.models import Post, User, UserScope
from accounts.post_actions import save_holdings
from common import scope
from common.dates import add_months
from common.ledger import registry
from divisions.models import Unit
from ledgers.actions import save
from rectification.actions import cadres, dispatch, meetings, orders, tasks
from rectification.actions.tasks import Told
from rectification.actions.tasks_entry import save_tasks
from rectification.actions.tasks_loading import load_list
from rectification.models import RectificationItem
from rectification.models.tasks import ResponsibilityTask, TaskMove
from rectification.queries.meetings import quarter_days, quarter_of
from settlements.models import Settlement

WANGMO, CEHENG, XIANYANG = 522326000000, 522327000000, 610400000000
XIANYANG_LIST = settings.BASE_DIR / "reference" / "responsibility_list_xianyang.csv"
LISTED_FROM = 2020  # the year in which the list begins
VACANT = "市医保局"  # its post is held by nobody, so that the check for orphans finds something
DAY = dt.timedelta(1)
Say = Callable[[str], None]
TERMS = ("已印发方案并召开推进会", "完成摸底，正在逐点核实", "项目已开工，完成投资过半", "已建立台账，按月更新")
# Tasks of the county: (bureau, words, days from the day on to the deadline, how far it is).
TASKS = [
    ("望谟县人力资源和社会保障局", "组织安置点劳动力技能培训不少于1200人次，零就业家庭动态清零", 20, "report"),
    ("望谟县人力资源和社会保障局", "建立安置点就业服务站，配备专职人员", -12, "report"),
    ("望谟县教育局", "新增学前学位，满足安置点适龄儿童就近入园", 45, ""),
    ("望谟县住房和城乡建设局", "完成安置住房质量安全排查和维修", -5, ""),
    ("望谟县生态移民局", "完成搬迁群众信息核实，更新一户一档", 10, "report"),
    ("望谟县卫生健康局", "安置点卫生室药品和人员配备到位", 60, ""),
]


def load(on: dt.date, say: Say) -> None:
    """Load what is not there yet; nothing where anybody has worked on tasks already."""
    with scope.whole():
        if TaskMove.objects.exists():
            return
        users = {user.username: user for user in User.objects.select_related("unit")}
    _xianyang(users["xianyang"], on, say)
    _county(users, on)
    _cadres(users, on)
    say("A county's dispatch, meeting, orders, group of two counties, secondment and training")


def _xianyang(lead: User, on: dt.date, say: Say) -> None:
    """The list, moved by whole years so that its first stage ends within the year; and what its departments did since."""
    year = on.year if on.month > 2 else on.year - 1
    begin = dt.date(year, 1, 1)
    with scope.whole(source="load_demo"):
        found = load_list(XIANYANG_LIST, region=XIANYANG, as_of=begin, shift=year - LISTED_FROM)
        officers = _officers(lead)
    with scope.acting_as(lead, source="load_demo"):
        rows = [{"post": post, "user": officer, "from_on": begin} for post, officer in officers.items()]
        save_holdings(rows, by=lead, on=begin)
        due = ResponsibilityTask.objects.filter(region=XIANYANG).select_related("unit", "post").order_by("pk")
        rows = list(due)
    people = {post.pk: officer for post, officer in officers.items()}
    later = [begin + (on - begin) * share // 10 for share in (3, 6, 8, 9)]  # days on which something is done
    words = cycle(TERMS)
    with scope.acting_as(lead, source="load_demo"):
        for number, task in enumerate(rows):
            _walk(task, number, people.get(task.post_id), lead, later, next(words))
    say(f"The responsibility list of Xianyang: {found.new} tasks of {found.departments} departments, dated anew")


def _officers(lead: User) -> dict[Post, User]:
    """An officer for the post of each department but one, made with the posts' region as area."""
    posts = list(Post.objects.filter(region=XIANYANG, voided_at=None).select_related("unit").order_by("pk"))
    posts = [post for post in posts if post.unit.name != VACANT]
    made = User.objects.bulk_create(
        [
            User(
                username=f"xianyang-{number:02d}",
                display_name=f"{post.unit.name}经办人",
                role="department",
                unit=post.unit,
                password="!",  # fits none
            )
            for number, post in enumerate(posts, 1)
            if post.unit_id != lead.unit_id
        ]
    )
    UserScope.objects.bulk_create([UserScope(user=user, region=XIANYANG) for user in made])
    by_unit = {user.unit_id: user for user in made} | {lead.unit_id: lead}
    return {post: by_unit[post.unit_id] for post in posts}


def _walk(task: ResponsibilityTask, number: int, officer, lead: User, days: list[dt.date], words: str) -> None:
    """What has been done about a task: each fourth is accepted, others are under way, under review, returned or overdue."""
    first, second, third, last = days
    if officer is None:
        return
    if number == 3:  # the list itself, laid down in the first quarter
        told = Told("责任清单已印发各部门", evidence="责任清单")
        tasks.move(task.pk, "submit", told, by=officer, on=min(task.deadline_on - 10 * DAY, last))
        return
    if task.long_term:
        tasks.move(task.pk, "report", Told(words, evidence="季度工作小结"), by=officer, on=second)
        return
    if task.deadline_on is None or number % 7 == 3:
        return
    if number % 4 == 0 and officer != lead:
        tasks.move(
            task.pk, "submit", Told("任务已完成，佐证材料齐全", evidence="工作总结、台账"), by=officer, on=second
        )
        tasks.move(task.pk, "accept", Told("经核查已完成"), by=lead, on=third)
    elif number % 12 == 1:
        tasks.move(task.pk, "submit", Told("任务已完成，请审核", evidence="验收报告"), by=officer, on=last)
        if number > 30 and officer != lead:
            tasks.move(task.pk, "return", Told("佐证材料不全，请补充现场照片"), by=lead, on=last)
    elif number % 2:
        tasks.move(task.pk, "report", Told(words, percent=20 + number % 6 * 10), by=officer, on=first)
    elif number % 4 == 2 and not task.interim_on and last + 20 * DAY < task.deadline_on:
        told = Told("市级联席会议要求提前完成", deadline=last + DAY)
        tasks.move(task.pk, "redate", told, by=lead, on=last)


def _county(users: dict[str, User], on: dt.date) -> None:
    """The county's tasks, the dispatch of the month before, a joint meeting with decisions, and orders."""
    county, department, city = users["county"], users["department"], users["city"]
    with scope.whole(source="load_demo"):
        names = [name for name, *_rest in TASKS]
        units = {name: Unit.objects.get_or_create(region=WANGMO, name=name)[0] for name in names}
    month = add_months(on.replace(day=1), -1 if on.day > 8 else -2)
    due = add_months(month, 1) + 4 * DAY  # the 5th
    with scope.acting_as(county, source="load_demo"):
        for name, text, days, state in TASKS:
            row = {"unit": units[name], "text": text, "deadline_on": on + days * DAY}
            [task] = save_tasks([row], by=county, on=on - 60 * DAY).objects
            if state:
                by = department if name == department.unit.name else county
                tasks.move(task.pk, state, Told("已完成过半，按计划推进", percent=55), by=by, on=on - 20 * DAY)
        told = {"division": WANGMO, "month": month, "kind": "3", "note": "报本月进展、存在问题和下一步打算"}
        [round_] = dispatch.save_dispatches([told], by=county, on=month).objects
        meeting = _meeting(county, units, on - 15 * DAY)
    words = {
        "progress": "开展技能培训3期186人，新增就业74人；走访零就业户21户。",
        "problems": "部分劳动力因照顾老人孩子无法外出。",
        "next_steps": "开发就近公益性岗位，对接社区工厂。",
    }
    for by, day in ((department, due - 2 * DAY), (county, due + 2 * DAY)):
        with scope.acting_as(by, source="load_demo"):
            entry = round_.entries.get(unit=by.unit)
            dispatch.enter(entry.pk, words, by=by, on=min(day, on))
    _orders(county, department, city, units, on)
    assert meeting.pk


def _meeting(county: User, units: dict[str, Unit], day: dt.date):
    row = {
        "division": WANGMO,
        "kind": "1",
        "day": day,
        "chair": "县联席会议召集人",
        "unit": county.unit,
        "subject": "研究安置点就业、入学和住房维修问题",
        "minutes": "望易扶联〔2026〕纪要",
    }
    [meeting] = meetings.save_meetings([row], by=county, on=day).objects
    came = [
        (unit, "deputy" if "卫生" in name else "present", "副局长" if "卫生" in name else "")
        for name, unit in units.items()
    ]
    meetings.set_attendance(meeting.pk, came, by=county, on=day)
    decided = [
        ("就业帮扶资金优先安排安置点社区工厂", "望谟县人力资源和社会保障局", 40),
        ("寒假前完成安置点学位缺口核查", "望谟县教育局", 50),
        ("汛期前完成外墙渗水维修", "望谟县住房和城乡建设局", 8),
    ]
    meetings.save_decisions(
        [
            {"meeting": meeting, "text": text, "unit": units[name], "due_on": day + days * DAY, "next_step": "按月调度"}
            for text, name, days in decided
        ],
        by=county,
        on=day,
    )
    return meeting


def _orders(county: User, department: User, city: User, units: dict[str, Unit], on: dt.date) -> None:
    """One answered and closed, one about a late problem that waits for its receipt, one from the city to the county."""
    item = RectificationItem.objects
    with scope.acting_as(county, source="load_demo"):
        late = item.filter(state="in_progress", deadline_on__lt=on).select_related("lead_unit").order_by("pk").first()
        rows = [
            {
                "unit": department.unit,
                "title": "零就业户帮扶措施落实",
                "requirement": "逐户核实，一周内报帮扶措施。",
                "limit_on": on - 20 * DAY,
                "level": "orange",
            }
        ]
        [first] = orders.save_orders(rows, by=county, on=on - 30 * DAY).objects
        if late is not None and late.lead_unit_id != county.unit_id:
            row = {
                "unit": late.lead_unit,
                "title": orders.name_of(late)[:120],
                "requirement": "问题已超期，请说明原因并限期整改到位。",
                "limit_on": on + 5 * DAY,
                "level": "red",
                "subject_ledger": "rectification-items",
                "subject_id": late.pk,
            }
            orders.save_orders([row], by=county, on=on - 3 * DAY)
    with scope.acting_as(department, source="load_demo"):
        orders.move(first.pk, "receive", orders.Told(), by=department, on=on - 29 * DAY)
        told = orders.Told("已逐户走访，落实岗位14个，纳入培训5人", "走访台账")
        orders.move(first.pk, "reply", told, by=department, on=on - 22 * DAY)
    with scope.acting_as(county, source="load_demo"):
        orders.move(first.pk, "close", orders.Told("情况属实，同意办结"), by=county, on=on - 21 * DAY)
    with scope.acting_as(city, source="load_demo"):
        row = {
            "unit": units["望谟县生态移民局"],
            "title": "未按时报送整改进展",
            "requirement": "三个工作日内补报，并说明原因。",
            "limit_on": on + 2 * DAY,
        }
        orders.save_orders([row], by=city, on=on - DAY)


def _cadres(users: dict[str, User], on: dt.date) -> None:
    """A group of two counties with its meeting, a secondment that ends soon, classes of the year; Xianyang's meeting."""
    county, lead = users["county"], users["xianyang"]
    with scope.acting_as(county, source="load_demo"):
        row = {
            "origin": CEHENG,
            "destination": WANGMO,
            "name": "册亨县—望谟县跨区县联席领导小组",
            "origin_leader": "韦建国",
            "origin_leader_post": "册亨县副县长",
            "destination_leader": "罗正华",
            "destination_leader_post": "望谟县副县长",
            "formed_on": on - 400 * DAY,
        }
        save(registry["cross-county-groups"], [row], by=county, on=on - 400 * DAY)
        home = Settlement.objects.under(WANGMO).filter(placement="concentrated", voided_at=None).order_by("pk").first()
        if home is not None:
            start = add_months(on, -11)
            told = {"unit": county.unit, "settlement": home, "from_on": start, "to_on": add_months(start, 12)}
            told |= {"name": "王小川", "job": "一级主任科员", "work": "协助社区治理和就业服务"}
            cadres.save_secondments([told], by=county, on=start)
        rows = [
            {"title": f"安置点社区干部能力提升班（第{number}期）", "starts_on": on - days * DAY, "ends_on": on - (days - 3) * DAY,
             "organiser": "望谟县委组织部", "level": "3", "division": WANGMO, "of_county": 12, "of_township": 36 + number}
            for number, days in ((1, 200), (2, 90))
        ]  # fmt: skip
        save(registry["cadre-trainings"], rows, by=county, on=on)
    day = max(quarter_days(*quarter_of(on))[0], on - 9 * DAY)
    with scope.acting_as(lead, source="load_demo"):
        row = {"division": XIANYANG, "kind": "1", "day": day, "chair": "市发改委主任", "unit": lead.unit,
               "subject": "调度责任清单任务进展，研究年底前完成事项"}  # fmt: skip
        meetings.save_meetings([row], by=lead, on=day)
