"""The verdict in words: who counts and why, which job qualifies, stable since when, by which profile."""

import datetime as dt

import pytest
from django.utils import translation

from common.scope import acting_as
from compliance.explain import explain, stability
from tests import world
from tests.compliance.oracle import Job, Member, Rules, is_stable

TODAY = dt.date(2026, 6, 30)
DAY = dt.timedelta(1)


@pytest.fixture
def county(db, clock):
    clock(TODAY)
    return world.user("county", "county", world.WANGMO)


def told(county, members, jobs, on=None):
    home = world.settlement(county)
    household = world.household(county, home, members, jobs)
    with acting_as(county), translation.override("en"):
        return explain(household, on)


def test_who_counts_and_why(county):
    members = [
        world.member("甲一"),
        world.member("乙二", "02", dt.date(1960, 1, 1), sex="2"),
        world.member("丙三", "04", dt.date(2012, 5, 1)),
        world.member("丁四", "04", dt.date(2008, 5, 1), school="07"),
        world.member("戊五", "04", dt.date(2000, 5, 1), labour_capability="4"),
        world.member("己六", "04", dt.date(2000, 5, 2), labour_capability=""),
        world.member("庚七", "04", dt.date(2000, 5, 3), died_on=TODAY),
    ]
    found = told(county, members, [[world.job(dt.date(2026, 1, 1))], [world.job()], *[[] for _ in range(5)]])
    assert (found.code, found.since, found.label) == ("stable", TODAY, "Stable employment")
    words = {words.person.name: words for words in found.members}
    assert [name for name, one in words.items() if one.counts] == ["甲一"]
    assert words["甲一"].text == "Counts as labour: 41 years old, Ordinary labour."
    assert words["甲一"].jobs[0].text == "Qualifies since 2026-01-01; no end on record."
    assert words["甲一"].stable_since == TODAY
    assert words["乙二"].text == "Not labour: 60 or older (born on 1960-01-01)."
    assert words["乙二"].jobs[0].text == "Does not qualify: who holds it does not count as labour."
    assert words["丙三"].text == "Not labour: under 16 (born on 2012-05-01)."
    assert words["丁四"].text == "Not labour: in school (Senior high 1)."
    assert words["戊五"].text == "Not labour: Labour ability lost."
    assert words["己六"].text == "Not labour: ability to work not recorded."
    assert words["庚七"].text == "Not counted: died on 2026-06-30."


def test_jobs_and_profiles(county):
    jobs = [
        world.job(dt.date(2026, 5, 1), dt.date(2026, 7, 10)),
        world.job(dt.date(2026, 8, 1)),
        world.job(dt.date(2025, 10, 1), dt.date(2025, 12, 31)),
    ]
    found = told(county, [world.member(job_intention="2")], [jobs])
    assert (found.code, found.last_job_end) == ("expiring", dt.date(2026, 7, 10))
    assert {words.text for words in found.members[0].jobs} == {
        "Qualifies since 2026-05-01, until 2026-07-10.",
        "Begins on 2026-08-01.",
        "Ended on 2025-12-31.",
    }
    assert found.members[0].stable_from is None
    met = {words.profile.id: words.met for words in found.profiles}
    assert met == {
        "labour-any": True,
        "labour-stable": False,
        "wish-any": None,
        "registered-wish-stable": None,
        "all-any": True,
    }
    assert found.profile.text == "households with labour, any job (R-220): met"
    assert found.next_change_on == dt.date(2026, 7, 2)  # the coming job then covers the day 30 days ahead


def test_another_day_and_an_empty_household(county):
    home = world.settlement(county)
    household = world.household(county, home, jobs=[[world.job(dt.date(2026, 1, 1))]])
    with acting_as(county):
        assert [explain(household, day).code for day in (dt.date(2025, 12, 31), dt.date(2026, 6, 29))] == [
            "zero",
            "employed",
        ]
        assert explain(household, dt.date(1980, 1, 1)) is None


@pytest.mark.parametrize(
    "jobs",
    [
        [(dt.date(2026, 1, 1), None)],
        [(dt.date(2026, 2, 1), None)],
        [(dt.date(2026, 2, 1), dt.date(2026, 7, 5))],
        [(dt.date(2020, 1, 1), None)],
        [(dt.date(2025, 1, 1), dt.date(2025, 6, 20)), (dt.date(2025, 6, 25), None)],
        [(dt.date(2025, 8, 1), dt.date(2025, 12, 31)), (dt.date(2026, 5, 1), None)],
        [(dt.date(2025, 8, 1), dt.date(2026, 3, 1)), (dt.date(2026, 2, 1), dt.date(2026, 6, 29))],
    ],
)
def test_stable_since(jobs):
    """The same as looking at every day backwards and forwards."""
    worker = Member(dt.date(1990, 1, 1), jobs=[Job(*job) for job in jobs])
    stable = {day: is_stable(worker, day, Rules()) for day in (TODAY + DAY * n for n in range(-420, 220))}
    since = begins = None
    if stable[TODAY]:
        since = TODAY
        while stable.get(since - DAY):
            since -= DAY
    elif any(job.covers(TODAY) for job in worker.jobs):
        begins = next((day for day, holds in stable.items() if day > TODAY and holds), None)
    stretches = [(start, end or dt.date(9999, 1, 1)) for start, end in sorted(jobs)]
    if len(jobs) == 2 and stretches[1][0] <= stretches[0][1]:
        stretches = [(stretches[0][0], stretches[1][1])]
    expected_since = since if since is None or since > TODAY - DAY * 420 else stability(stretches, TODAY, 6)[0]
    assert stability(stretches, TODAY, 6) == (expected_since, begins)
