"""Offices and their people for the tests of supervision; nobody in them is real."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

import pytest
from django.test import Client
from django.utils import translation

from accounts.models import Post, PostHolding, User
from common.scope import acting_as, whole
from divisions.models import Unit
from rectification.actions.tasks_entry import save_tasks
from rectification.actions.tasks_loading import Loaded, load_list
from rectification.models.tasks import ResponsibilityTask
from relocation.settings import BASE_DIR
from tests import world

CITY, SHAANXI, GUIZHOU = 610400000000, 610000000000, 520000000000
XIANYANG_LIST = BASE_DIR / "reference" / "responsibility_list_xianyang.csv"
START = dt.date(2020, 1, 1)


def unit(name: str, region: int = CITY, kind: str = "other") -> Unit:
    return Unit.objects.get_or_create(region=region, name=name, defaults={"kind": kind})[0]


def user(username: str, role: str, region: int = CITY, of: Unit | None = None) -> User:
    made = world.user(username, role, region)
    if of is not None:
        User.objects.filter(pk=made.pk).update(unit=of)
    return User.objects.get(pk=made.pk)


def post(of: Unit, name: str = "责任人") -> Post:
    with whole():
        return Post.objects.get_or_create(unit=of, name=name, voided_at=None, defaults={"region": of.region})[0]


def holds(who: User, what: Post, start: dt.date = START, end: dt.date | None = None, substitute: bool = False):
    with whole():
        return PostHolding.objects.create(
            region=what.region, post=what, user=who, from_on=start, to_on=end, substitute=substitute
        )


def load(as_of: dt.date = START, **options) -> Loaded:
    with whole(source="test"):
        return load_list(XIANYANG_LIST, region=CITY, as_of=as_of, **options)


def task(by: User, of: Unit, deadline: dt.date | None = dt.date(2026, 12, 31), on: dt.date | None = None, **values):
    row = {"unit": of, "text": f"任务{next(world._numbers)}", "deadline_on": deadline, **values}
    return save_tasks([row], by=by, on=on).objects[0]


@pytest.fixture
def english():
    """Sentences are checked in English, whichever language the interface speaks."""
    with translation.override("en"):
        yield


def client_of(who: User) -> Client:
    """A signed-in browser that reads English."""
    client = Client()
    client.force_login(who)
    client.cookies["django_language"] = "en"
    return client


@dataclass
class City:
    """Xianyang as an office: the lead department with two officers, the education bureau with two, and those above."""

    drc: Unit
    education: Unit
    lead: User
    colleague: User
    teacher: User
    deputy: User
    health: User
    reviewer: User
    province: User
    auditor: User

    @property
    def everybody(self) -> dict[str, User]:
        return {name: value for name, value in vars(self).items() if isinstance(value, User)}


@pytest.fixture
def city(db, clock) -> City:
    clock("2026-03-10")
    drc, education, health = (
        unit("市发改委", kind="drc"),
        unit("市教育局"),
        unit("市卫健委"),
    )
    post(education)
    post(drc)
    return City(
        drc,
        education,
        user("lead", "drc", of=drc),
        user("colleague", "drc", of=drc),
        user("teacher", "department", of=education),
        user("deputy", "department", of=education),
        user("health", "department", of=health),
        user("reviewer", "city"),
        user("province", "province", SHAANXI),
        user("auditor", "auditor", SHAANXI),
    )


@pytest.fixture(name="task")
def task_of_the_bureau(city) -> ResponsibilityTask:
    with acting_as(city.lead):
        return task(city.lead, city.education)
