"""A township, its county and city, a household in a dispersed group, and one in a settlement."""

from __future__ import annotations

import datetime as dt

from common.scope import acting_as
from households.actions import save_measures, save_plans, save_visits
from tests import world

TODAY = dt.date(2026, 6, 30)
CITY = 522300000000


class Place:
    """Who and what the tests of a file need."""

    def __init__(self):
        self.township = world.user("township", "township", world.WANGMO_TOWNSHIP)
        self.county = world.user("county", "county", world.WANGMO)
        self.city = world.user("city", "city", CITY)
        self.auditor = world.user("auditor", "auditor", CITY)
        self.home = world.settlement(self.county, name="平洞社区")
        self.group = world.settlement(self.county, name="分散安置", placement="dispersed")
        self.dispersed = world.household(
            self.county,
            self.group,
            [world.member("罗平"), world.member("罗小平", "03")],
            moved_in_on=dt.date(2019, 6, 1),
        )
        self.settled = world.household(self.county, self.home, [world.member("韦秀")], moved_in_on=dt.date(2019, 6, 1))

    def plan(self, household=None, **values):
        row = {
            "household": household or self.dispersed,
            "made_on": dt.date(2026, 1, 10),
            "cadre": "王干部",
            "cadre_phone": "13800000001",
            "difficulty": "无稳定收入",
            **values,
        }
        with acting_as(self.county):
            return save_plans([row], by=self.county).objects[0]

    def measure(self, **values):
        row = {
            "household": self.dispersed,
            "measure": "安排公益岗位",
            "owner": "王干部",
            "due_on": dt.date(2026, 7, 31),
            **values,
        }
        with acting_as(self.county):
            return save_measures([row], by=self.county).objects[0]

    def visit(self, day=dt.date(2026, 6, 1), household=None, **values):
        row = {
            "household": household or self.dispersed,
            "visited_on": day,
            "visitors": "王干部",
            "found": "家中老人身体好转",
            **values,
        }
        with acting_as(self.county):
            return save_visits([row], by=self.county).objects[0]


def codes_of(refusal) -> set[tuple[str, str]]:
    return {(problem.field, problem.code) for problem in refusal.value.problems}
