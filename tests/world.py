"""A small world for tests: two counties of one city, one of another province, and their people. All generated."""

from __future__ import annotations

import datetime as dt
import itertools

from accounts.models import User, UserScope
from common import citizen_id
from common.scope import acting_as
from employment.actions import Block, save_roster
from settlements.actions import save_settlements

WANGMO, CEHENG, XIANYANG = 522326000000, 522327000000, 610400000000
WANGMO_TOWNSHIP, CEHENG_TOWNSHIP = 522326001000, 522327001000
_numbers = itertools.count(1)


def user(username: str, role: str, *regions: int) -> User:
    """An account of a role with the given scopes."""
    made = User.objects.create(username=username, display_name=username, role=role)
    for region in regions:
        UserScope.objects.create(user=made, region=region)
    return User.objects.get(pk=made.pk)


def id_number(birth: dt.date, sex: str = "1", area: str = "529999") -> str:
    """A valid number of nobody: the area code was never given out."""
    order = next(_numbers) % 500 * 2 + (1 if sex == "1" else 0)
    first = f"{area}{birth:%Y%m%d}{order:03d}"
    return first + citizen_id.check_character(first)


def member(name: str = "甲一", relation: str = "01", birth: dt.date = dt.date(1985, 3, 2), **values) -> dict:
    """A clean row of a person; ordinary labour unless told otherwise."""
    return {
        "name": name,
        "relation": relation,
        "labour_capability": "1",
        "id_number": id_number(birth, values.pop("sex", "1")),
        **values,
    }


def job(start: dt.date = dt.date(2019, 1, 1), end: dt.date | None = None, **values) -> dict:
    return {"channel": "12", "employer": f"某厂{next(_numbers)}", "start_date": start, "end_date": end, **values}


def settlement(by: User, township: int = WANGMO_TOWNSHIP, name: str = "", **values):
    """A concentrated urban settlement in a township."""
    row = {
        "name": name or f"测试社区{next(_numbers)}",
        "division": township,
        "placement": "concentrated",
        "location": "urban",
        **values,
    }
    with acting_as(by):
        return save_settlements([row], by=by).objects[0]


def household(
    by: User, home, members: list[dict] | None = None, jobs: list[list[dict]] | None = None, on=None, **values
):
    """A household with its members and each member's jobs, saved through the action."""
    members = members if members is not None else [member()]
    code = values.pop("code", f"{home.region // 10**6}8{next(_numbers):05d}")
    block = Block({"code": code, "settlement": home, **values}, members, jobs or [[] for _ in members])
    with acting_as(by):
        return save_roster([block], by=by, on=on).households.objects[0]
