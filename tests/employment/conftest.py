"""A family of three in a settlement, two officials of its county, and forms read from pages as a browser sends them."""

from __future__ import annotations

import datetime as dt
from html.parser import HTMLParser
from types import SimpleNamespace

import pytest
from django.test import Client

from common.scope import acting_as
from employment.models import Employment
from households.models import Person
from tests import world

TODAY = dt.date(2026, 6, 30)


class Fields(HTMLParser):
    """What a browser would send of the form with this id, as it stands."""

    def __init__(self, form: str):
        super().__init__()
        self.data: dict[str, str] = {}
        self._wanted, self._inside, self._select, self._template = form, False, "", 0

    def handle_starttag(self, tag, attrs):
        told = dict(attrs)
        if tag == "form":
            self._inside = told.get("id") == self._wanted
        self._template += tag == "template"
        if not self._inside or self._template:
            return
        if tag == "input" and told.get("name"):
            if told.get("type") not in ("radio", "checkbox") or "checked" in told:
                self.data[told["name"]] = told.get("value") or ""
        elif tag == "select":
            self._select = told["name"]
            self.data[self._select] = ""
        elif tag == "option" and "selected" in told:
            self.data[self._select] = told.get("value") or ""

    def handle_endtag(self, tag):
        self._template -= tag == "template"
        if tag == "form":
            self._inside = False


def form_of(answer, form: str = "entry") -> dict[str, str]:
    reader = Fields(form)
    reader.feed(answer.content.decode())
    return reader.data


def text(answer) -> str:
    return answer.content.decode()


def client(user) -> Client:
    made = Client()
    made.force_login(user)
    return made


@pytest.fixture
def place(db, clock) -> SimpleNamespace:
    clock(TODAY)
    one, two = world.user("one", "county", world.WANGMO), world.user("two", "county", world.WANGMO)
    home = world.settlement(one, name="平洞社区")
    members = [
        world.member("韦大山"),
        world.member("罗小妹", "02", dt.date(1987, 4, 5), sex="2"),
        world.member("韦小山", "03", dt.date(2012, 1, 1)),
    ]
    family = world.household(
        one,
        home,
        members,
        [[world.job(dt.date(2024, 1, 1), employer="甲厂")], [], []],
        address="1栋101",
        code="522326000001",
    )
    with acting_as(one):
        head, wife, son = Person.objects.filter(household=family).order_by("pk")
        job = Employment.objects.get(person=head)
    return SimpleNamespace(
        one=one, two=two, home=home, family=family, head=head, wife=wife, son=son, job=job, on=TODAY,
        edit=f"/households/{family.code}/edit/", quick=f"/settlements/{home.code}/quick/",
    )  # fmt: skip


@pytest.fixture
def stored(place):
    """`stored(row)`: the row as it is in the store now."""

    def read(row):
        with acting_as(place.one):
            return type(row).objects.get(pk=row.pk)

    return read
