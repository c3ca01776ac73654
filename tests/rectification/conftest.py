"""A county, its township and department, a city, a province with two units, and a problem among them."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from uuid import uuid4

import pytest

from accounts.models import User
from common.scope import acting_as, whole
from divisions.models import Unit
from ledgers.models import Attachment
from rectification.actions.items import save_items
from rectification.actions.moves import move
from rectification.models import ProblemClass, RectificationItem
from rectification.queries.rights import why_not
from rectification.states import ACTS
from tests import world
from tests.rectification.offices import city, english, task_of_the_bureau  # noqa: F401  fixtures

FOUND, DEADLINE, NOW = dt.date(2026, 3, 2), dt.date(2026, 6, 30), dt.date(2026, 3, 10)


@dataclass
class People:
    county: User
    township: User
    bureau: User
    city: User
    province: User
    drc: User
    auditor: User
    other: User
    bureau_unit: Unit


def account(name: str, role: str, region: int, unit: str) -> User:
    """A user with a unit of its own area."""
    made = world.user(name, role, region)
    made.unit = Unit.objects.get_or_create(region=region, name=unit)[0]
    made.save()
    return User.objects.get(pk=made.pk)


@pytest.fixture
def people(db, clock) -> People:
    clock(NOW)
    bureau = account("bureau", "department", world.WANGMO, "望谟县住房和城乡建设局")
    return People(
        county=account("county", "county", world.WANGMO, "望谟县生态移民局"),
        township=account("township", "township", world.WANGMO_TOWNSHIP, "王母街道办事处"),
        bureau=bureau,
        city=account("city", "city", 522300000000, "黔西南州生态移民局"),
        province=account("province", "province", 520000000000, "贵州省生态移民局"),
        drc=account("drc", "drc", 520000000000, "贵州省发展和改革委员会"),
        auditor=account("auditor", "auditor", 520000000000, "贵州省审计厅"),
        other=account("other", "county", world.CEHENG, "册亨县生态移民局"),
        bureau_unit=bureau.unit,
    )


def problem(people: People, by: User | None = None, kind: str = "N1", **values) -> RectificationItem:
    """A draft with all that it needs to be registered."""
    by = by or people.county
    row = {
        "source": "04",
        "problem_class": ProblemClass.objects.get(region=0, code=kind),
        "found_on": FOUND,
        "division": world.WANGMO,
        "description": "安置点三号楼外墙渗水",
        "target": "外墙不再渗水",
        "measures": "重做防水层",
        "deadline_on": DEADLINE,
        "lead_unit": people.bureau_unit,
        **values,
    }
    with acting_as(by):
        return save_items([row], by=by, on=NOW).objects[0]


def evidence(item: RectificationItem, by: User | None = None) -> Attachment:
    """Something that proves, without a file; how files come in is tested with the attachments."""
    name = uuid4().hex
    return Attachment.objects.create(
        ledger="rectification-items",
        subject_id=item.pk,
        region=item.region,
        name="现场.pdf",
        kind=Attachment.Kind.DOCUMENT,
        media_type="application/pdf",
        size=1,
        sha256=name * 2,
        path=name,
        uploaded_by_id=by.pk if by else item.author_id,
    )


TOLD = {
    "hand_back": {"opinion": "不属我局职责"},
    "report": {"opinion": "已完成招标"},
    "submit": {"effect": "复查无渗水", "completed_on": NOW},
    "verify": {"opinion": "现场核查属实", "notice_from": NOW, "notice_to": NOW + dt.timedelta(6)},
    "return": {"opinion": "仍有渗水"},
    "ask_extension": {"extension_to": dt.date(2026, 8, 31), "opinion": "雨季停工"},
    "refuse_extension": {"opinion": "工期足够"},
    "pause": {"opinion": "等待设计变更"},
    "reopen": {"opinion": "渗水再次出现"},
    "find_false": {"opinion": "照片为旧照"},
    "look_back": {"opinion": "成效保持"},
}
NOTICE_ENDS = NOW + dt.timedelta(7)  # the first day after it


def act(item: RectificationItem, key: str, by: User, on: dt.date = NOW, **told):
    with acting_as(by):
        done = move(item, key, by=by, on=on, **{**TOLD.get(key, {}), **told})
    again(item)
    return done


def again(item: RectificationItem) -> RectificationItem:
    """The item as it is stored now."""
    with whole():
        item.refresh_from_db()
    return item


def asked(item: RectificationItem, key: str, user: User, on: dt.date = NOW) -> str:
    """What stands against an act in the user's eyes; '' for nothing."""
    with acting_as(user):
        return why_not(item, ACTS[key], user, on)


def bring_to(people: People, state: str, **values) -> RectificationItem:
    """A problem in a state, by the acts of those who may."""
    item = problem(people, **values)
    ways = [
        ("draft", None, None),
        ("registered", "register", people.county),
        ("assigned", "assign", people.county),
        ("accepted", "accept", people.bureau),
        ("in_progress", "start", people.bureau),
        ("submitted", "submit", people.bureau),
        ("verified", "verify", people.drc),
        ("closed", "close", people.drc),
    ]
    sides = {
        "returned": ("submitted", "return", people.city),
        "paused": ("in_progress", "pause", people.city),
        "reopened": ("closed", "reopen", people.city),
        "false_found": ("closed", "find_false", people.city),
    }
    goal, last, last_by = sides.get(state, (state, None, None))
    for name, key, by in ways:
        if key == "submit":
            with acting_as(by):
                evidence(item)
        if key:
            act(item, key, by, on=NOTICE_ENDS if key == "close" else NOW)
        if name == goal:
            break
    if last:
        act(item, last, last_by, on=NOTICE_ENDS if goal == "closed" else NOW)
    assert item.state == state
    return item
