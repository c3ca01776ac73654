"""Zero-clearing 清零: each figure is what it says, for any reader, part and cut-off date, and opens into exactly its rows."""

from __future__ import annotations

import datetime as dt
import re
from urllib.parse import parse_qsl, urlencode, urlsplit

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from common.scope import acting_as, whole
from rectification.models import ProblemClass, RectificationItem
from rectification.queries.progress import BREAKDOWNS, progress
from tests import world
from tests.dashboards.crawling import figures, rows_behind
from tests.rectification.conftest import NOTICE_ENDS, NOW, act, bring_to, problem
from tests.rectification.offices import client_of

pytestmark = pytest.mark.django_db

LATE = dt.date(2026, 7, 5)  # five days after the deadline
EARLY = dt.date(2026, 2, 1)
CITY, PROVINCE = 522300000000, 520000000000
PAGE_QUERIES = 26  # as counted; not one more for more problems


@pytest.fixture
def found(people, clock) -> dict[str, RectificationItem]:
    """One problem of every sort in the county, two in the neighbouring one; a draft and a merged one do not count."""
    with whole():
        red = ProblemClass.objects.get(region=0, code="R3")
        aspect = ProblemClass.objects.create(region=PROVINCE, code="R3-1", name="外墙渗漏", parent=red)
    bulletin = {"source": "05", "batch": "2026年第一批"}
    rows = {
        "closed": bring_to(people, "closed", kind="R3", **bulletin),
        "early": bring_to(people, "in_progress", found_on=EARLY, problem_class=aspect),
        "returned": bring_to(people, "returned", **bulletin),
        "reopened": bring_to(people, "reopened", kind="N2"),
        "false": bring_to(people, "false_found"),
        "draft": bring_to(people, "draft"),
    }
    rows["relapse"] = problem(people, relapse_of=rows["closed"], found_on=NOW, lead_unit=people.county.unit)
    act(rows["relapse"], "register", people.county)
    twin = problem(people)
    act(twin, "merge", people.county, into=rows["relapse"], opinion="重复")
    rows["far"] = problem(people, by=people.other, division=world.CEHENG, lead_unit=people.other.unit, **bulletin)
    act(rows["far"], "register", people.other)
    clock(LATE)
    return rows


def counts(user, region: int, until: dt.date, by: str = "region") -> dict:
    with acting_as(user):
        return dict(progress(region, by, until, LATE, user).total.counts)


def test_what_is_counted(people, found):
    wangmo = {"found": 6, "closed": 1, "uncleared": 5, "overdue": 5, "returned": 1, "relapsed": 2, "false": 1}
    assert counts(people.county, world.WANGMO, LATE) == wangmo
    assert counts(people.drc, PROVINCE, LATE) == wangmo | {"found": 7, "uncleared": 6, "overdue": 6}
    # By an earlier day the closing had not come, and one had been found.
    before_closing = NOTICE_ENDS - dt.timedelta(1)
    assert counts(people.county, world.WANGMO, before_closing) == wangmo | {"closed": 0, "uncleared": 6}
    assert counts(people.county, world.WANGMO, EARLY)["found"] == 1
    assert counts(people.county, world.WANGMO, EARLY - dt.timedelta(1)).get("found", 0) == 0
    # A department counts what it answers for.
    assert counts(people.bureau, world.WANGMO, LATE)["found"] == 5


@pytest.mark.parametrize(
    ("by", "expected"),
    [
        ("region", {"望谟县": 6, "册亨县": 1}),
        ("source", {"04": 4, "05": 3}),
        ("class", {"R3": 2, "N1": 4, "N2": 1}),
        ("batch", {"": 4, "2026年第一批": 3}),
        ("unit", {"望谟县住房和城乡建设局": 5, "望谟县生态移民局": 1, "册亨县生态移民局": 1}),
    ],
)
def test_the_parts_make_the_whole(people, found, by, expected):
    with acting_as(people.city):
        shown = progress(CITY, by, LATE, LATE, people.city)
        keys = {
            "source": lambda part: part.narrows["source"],
            "class": lambda part: ProblemClass.objects.get(pk=part.narrows["top_class"]).code,
        }
        assert {keys.get(by, lambda part: part.name)(part): part.counts["found"] for part in shown.parts} == expected
    for name, number in shown.total.counts.items():
        assert number == sum(part.counts[name] for part in shown.parts)
    left = [part.counts["uncleared"] for part in shown.parts]
    assert left == sorted(left, reverse=True)


def whole_of(href: str) -> str:
    """The address of the denominator behind a rate's numerator."""
    parts = urlsplit(href)
    kept = [pair for pair in parse_qsl(parts.query) if pair[0] not in ("closed_on_to", "returned", "relapsed")]
    return f"{parts.path}?{urlencode(kept)}"


@pytest.mark.parametrize("reader", ["bureau", "county", "city", "drc", "auditor"])
def test_every_figure_opens_into_its_rows(people, found, reader):
    user = getattr(people, reader)
    client, region = (
        client_of(user),
        {"bureau": world.WANGMO, "county": world.WANGMO, "city": CITY}.get(reader, PROVINCE),
    )
    checked = 0
    for by in BREAKDOWNS:
        for until in (LATE, NOW) if by == "region" else (LATE,):
            answer = client.get(f"/rectification/progress/?region={region}&by={by}&until={until}")
            assert answer.status_code == 200
            for href, text in set(figures(answer)):
                rows = rows_behind(href, user)
                if text.endswith("%"):
                    assert text == f"{100 * rows / rows_behind(whole_of(href), user):.2f}%", href
                else:
                    number = re.match(r"[\d,]+", text)[0]
                    assert int(number.replace(",", "")) == rows, href
                checked += 1
    assert checked > 60


def test_levels_lead_down_and_others_areas_are_closed(people, found):
    client = client_of(people.city)
    page = client.get(f"/rectification/progress/?region={CITY}").content.decode()
    assert f"region={world.WANGMO}" in page
    assert client.get(f"/rectification/progress/?region={world.WANGMO}").status_code == 200
    assert client.get(f"/rectification/progress/?region={PROVINCE}").status_code == 403
    assert client_of(people.other).get(f"/rectification/progress/?region={world.WANGMO}").status_code == 403
    with acting_as(people.other):
        assert dict(progress(world.CEHENG, "region", LATE, LATE, people.other).total.counts)["found"] == 1
    assert Client().get("/rectification/progress/").status_code == 302


def test_nothing_found_says_what_to_do(people, found):
    client = client_of(people.county)
    page = client.get(f"/rectification/progress/?until={EARLY - dt.timedelta(1)}").content.decode()
    assert "No problem was found by this day" in page and 'href="/ledgers/rectification-items/"' in page
    assert "—" in page and "0.00%" not in page  # a rate of nothing is no nought
    wrong = client.get("/rectification/progress/?until=2026-02-30&by=colour&region=xyz")
    page = wrong.content.decode()
    assert wrong.status_code == 422 and "Not understood" in page and "There is no such breakdown." in page


def test_more_problems_cost_no_more_queries(people, found):
    client = client_of(people.city)
    seen = []
    for _more in range(2):
        client.get(f"/rectification/progress/?region={CITY}&by=unit")
        with CaptureQueriesContext(
            connection,
        ) as caught:
            client.get(f"/rectification/progress/?region={CITY}&by=unit")
        seen.append(len(caught))
        for number in range(3):
            item = problem(people, description=f"问题{number}")
            act(item, "register", people.county)
    assert seen[0] == seen[1] <= PAGE_QUERIES
