"""Each boundary of the definitions, one household a line: what it is on the day, by the statement and by the oracle."""

import datetime as dt

import pytest

from compliance.actions import recompute
from compliance.models import Verdict
from tests.compliance.oracle import Home, Job, Member, judge
from tests.compliance.store import store

D = dt.date
ON = D(2020, 6, 30)
ADULT = D(1990, 1, 1)


def worker(*jobs: Job, **values) -> Member:
    return Member(**{"birth": ADULT, "jobs": list(jobs), **values})


OPEN = Job(D(2018, 1, 1))
FRESH = Job(D(2020, 6, 1))

CASES = [
    # Age by year, month and day.
    ("16 today", Home([Member(D(2004, 6, 30))]), ON, "zero"),
    ("16 tomorrow", Home([Member(D(2004, 7, 1))]), ON, "no_labour"),
    ("60 tomorrow", Home([Member(D(1960, 7, 1))]), ON, "zero"),
    ("60 today", Home([Member(D(1960, 6, 30))]), ON, "no_labour"),
    ("born on 29 February, the day before", Home([Member(D(2004, 2, 29))]), D(2021, 2, 28), "zero"),
    ("16 on 29 February", Home([Member(D(2008, 2, 29))]), D(2024, 2, 29), "zero"),
    ("16 only on 1 March", Home([Member(D(2007, 3, 1))]), D(2023, 2, 28), "no_labour"),
    ("born on 29 February, 60 in a leap year", Home([Member(D(1960, 2, 29))]), D(2020, 2, 29), "no_labour"),
    ("born on 29 February, not yet 60", Home([Member(D(1964, 2, 29))]), D(2024, 2, 28), "zero"),
    # Ability and school.
    ("weak labour", Home([worker(ability="3")]), ON, "no_labour"),
    ("weak labour that works", Home([worker(OPEN, ability="3")]), ON, "no_labour"),
    ("skilled labour", Home([worker(ability="2")]), ON, "zero"),
    ("ability lost", Home([worker(ability="4")]), ON, "no_labour"),
    ("ability not told", Home([worker(ability="")]), ON, "no_labour"),
    ("student", Home([worker(school="07")]), ON, "no_labour"),
    ("student that works", Home([worker(OPEN, school="99")]), ON, "no_labour"),
    ("a working grandmother beside an idle son", Home([worker(OPEN, birth=D(1950, 1, 1)), worker()]), ON, "zero"),
    # Wish.
    ("says no", Home([worker(intention="2")]), ON, "unwilling"),
    ("not surveyed", Home([worker(intention="")]), ON, "zero"),
    ("one says no, one was not asked", Home([worker(intention="2"), worker(intention="")]), ON, "zero"),
    ("says no but works", Home([worker(OPEN, intention="2")]), ON, "stable"),
    (
        "a student's wish does not count",
        Home([worker(intention="2"), worker(intention="1", school="07")]),
        ON,
        "unwilling",
    ),
    # The day of a job's beginning and end.
    ("begins today", Home([worker(Job(ON))]), ON, "employed"),
    ("begins tomorrow", Home([worker(Job(D(2020, 7, 1)))]), ON, "zero"),
    ("ends today", Home([worker(Job(D(2018, 1, 1), ON))]), ON, "expiring"),
    ("ended yesterday", Home([worker(Job(D(2018, 1, 1), D(2020, 6, 29)))]), ON, "zero"),
    ("one day's job", Home([worker(Job(ON, ON))]), ON, "expiring"),
    ("voided job", Home([worker(Job(D(2018, 1, 1), voided=True))]), ON, "zero"),
    # Day 30 after.
    ("ends on day 30", Home([worker(Job(D(2018, 1, 1), D(2020, 7, 30)))]), ON, "stable"),
    ("ends on day 29", Home([worker(Job(D(2018, 1, 1), D(2020, 7, 29)))]), ON, "expiring"),
    ("followed by another job", Home([worker(Job(D(2018, 1, 1), D(2020, 7, 5)), Job(D(2020, 7, 30)))]), ON, "stable"),
    ("followed too late", Home([worker(Job(D(2018, 1, 1), D(2020, 7, 5)), Job(D(2020, 7, 31)))]), ON, "expiring"),
    ("another member's job goes on", Home([worker(Job(D(2020, 6, 1), ON)), worker(FRESH)]), ON, "employed"),
    ("an idle member's coming job", Home([worker(Job(D(2020, 6, 1), ON)), worker(Job(D(2020, 7, 9)))]), ON, "employed"),
    # Stability: the last six calendar months are 1 January to 30 June, 182 days.
    ("exactly stable", Home([worker(Job(D(2020, 1, 1)))]), ON, "stable"),
    ("a day less", Home([worker(Job(D(2020, 1, 2)))]), ON, "employed"),
    ("two jobs on the same days", Home([worker(Job(D(2020, 3, 1)), Job(D(2020, 3, 1)))]), ON, "employed"),
    (
        "two jobs that overlap, together enough",
        Home([worker(Job(D(2019, 11, 1), D(2020, 3, 31)), Job(D(2020, 3, 1)))]),
        ON,
        "stable",
    ),
    (
        "three jobs, two overlap, together just enough",
        Home([worker(Job(D(2019, 11, 1), D(2019, 11, 30)), Job(D(2019, 11, 15), D(2019, 12, 31)), Job(D(2020, 3, 2)))]),
        ON,
        "stable",
    ),
    (
        "three jobs, two overlap, a day less",
        Home([worker(Job(D(2019, 11, 1), D(2019, 11, 30)), Job(D(2019, 11, 15), D(2019, 12, 31)), Job(D(2020, 3, 3)))]),
        ON,
        "employed",
    ),
    (
        "days long ago, outside the twelve months",
        Home([worker(Job(D(2019, 1, 1), D(2019, 6, 30)), Job(D(2020, 6, 1)))]),
        ON,
        "employed",
    ),
    (
        "days at the edge of the twelve months",
        Home([worker(Job(D(2019, 1, 1), D(2019, 11, 30)), Job(D(2020, 6, 1)))]),
        ON,
        "stable",
    ),
    ("six months after 29 February", Home([worker(Job(D(2020, 3, 1)))]), D(2020, 8, 31), "stable"),
    ("month end without counterpart", Home([worker(Job(D(2019, 2, 28)))]), D(2019, 8, 30), "stable"),
    ("month end without counterpart, a day later", Home([worker(Job(D(2019, 3, 1)))]), D(2019, 8, 30), "employed"),
    ("was stable, does not work today", Home([worker(Job(D(2019, 1, 1), D(2020, 6, 29)))]), ON, "zero"),
    # Members who come and go.
    ("joins today", Home([worker(OPEN, spells=[(ON, None)])]), ON, "stable"),
    ("joins tomorrow", Home([worker(OPEN, spells=[(D(2020, 7, 1), None)]), Member(D(1950, 1, 1))]), ON, "no_labour"),
    ("leaves tomorrow", Home([worker(OPEN, spells=[(None, D(2020, 7, 1))])]), ON, "stable"),
    ("left today", Home([worker(OPEN, spells=[(None, ON)]), Member(D(1950, 1, 1))]), ON, "no_labour"),
    ("left and came back", Home([worker(OPEN, spells=[(None, D(2019, 1, 1)), (D(2020, 6, 30), None)])]), ON, "stable"),
    ("dies tomorrow", Home([worker(OPEN, died=D(2020, 7, 1))]), ON, "stable"),
    ("died today", Home([worker(OPEN, died=ON), Member(D(1950, 1, 1))]), ON, "no_labour"),
    ("voided member", Home([worker(OPEN, voided=True), Member(D(1950, 1, 1))]), ON, "no_labour"),
    ("born today", Home([Member(ON)]), ON, "no_labour"),
    # No verdict.
    ("born tomorrow", Home([Member(D(2020, 7, 1))]), ON, None),
    ("the last member died", Home([worker(OPEN, died=ON)]), ON, None),
    ("nobody", Home([]), ON, None),
    ("voided household", Home([worker(OPEN)], voided=True), ON, None),
]


@pytest.mark.parametrize(("home", "on", "code"), [case[1:] for case in CASES], ids=[case[0] for case in CASES])
def test_boundary(home, on, code, place, official):
    expected = judge(home, on)
    assert (expected and expected["code"]) == code, "the oracle"
    [household] = store([home], place, official)
    recompute([household.pk], on=on)
    stored = Verdict.objects.filter(pk=household.pk).values().first()
    assert (stored and {name: stored[name] for name in expected}) == expected


ORIGINS = [
    (None, False),
    (522326000000, False),
    (522326104000, False),
    (522327000000, True),
    (522300000000, False),
    (522400000000, True),
    (520000000000, False),
    (610000000000, True),
]


@pytest.mark.parametrize(("origin", "crosses"), ORIGINS)
def test_from_another_county(origin, crosses, place, official):
    """An origin told only as the city or province of the home does not say that it is another county."""
    [household] = store([Home([worker()], origin=origin)], place, official)
    recompute([household.pk], on=ON)
    assert Verdict.objects.get(pk=household.pk).cross_county is crosses
