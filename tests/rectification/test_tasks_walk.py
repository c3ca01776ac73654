"""The list of Xianyang from 2020 to 2026: what is due, done and overdue at the end of each year.

The walk knows the file alone: what must be overdue is computed here from its rows, by plain rules, and compared with
what the system lists.
"""

import csv
import datetime as dt
from collections import Counter

import pytest
from django.db.models.functions import ExtractYear

from alerts import engine
from alerts.models import Alert, Deadline
from common.scope import acting_as, whole
from ledgers.filters import select
from rectification.actions.tasks import Told, move
from rectification.ledgers.tasks import responsibility_tasks
from rectification.models.tasks import ResponsibilityTask
from rectification.queries.tasks import board, overdue
from tests.rectification import offices

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("english")]

LONG = "long-term"


def rows_of_the_file() -> dict[str, dict]:
    with offices.XIANYANG_LIST.open(encoding="utf-8-sig") as file:
        return {row["task_id"]: row for row in csv.DictReader(file)}


def day(text: str) -> dt.date | None:
    return dt.date.fromisoformat(text) if text and text != LONG else None


class Walk:
    """What has been done so far, by number of the task."""

    def __init__(self, city):
        self.city = city
        self.file = rows_of_the_file()
        self.done: dict[str, dt.date] = {}
        self.stages: set[str] = set()
        self.reviewed: dict[str, int] = {}
        with whole():
            self.pk = dict(ResponsibilityTask.objects.values_list("number", "pk"))

    def do(self, user, number, act, told, on):
        with acting_as(user):
            move(self.pk[number], act, told, by=user, on=on)

    def finish(self, number: str, on: dt.date) -> None:
        """Submitted on behalf of the unit by one officer, accepted by the province a fortnight later."""
        self.do(self.city.lead, number, "report", Told("推进中", percent=80), on)
        self.do(self.city.lead, number, "submit", Told("完成", evidence="验收报告"), on)
        self.do(self.city.province, number, "accept", Told(), on + dt.timedelta(14))
        self.done[number] = on

    def reach(self, number: str, on: dt.date) -> None:
        self.do(self.city.province, number, "stage", Told("取得显著成效"), on)
        self.stages.add(number)

    def review(self, number: str, on: dt.date) -> None:
        self.do(self.city.province, number, "review", Told("持续推进"), on)
        self.reviewed[number] = on.year

    def expected(self, on: dt.date) -> set[str]:
        """The numbers that must be overdue on the day, by the file's days and what was done."""
        found = set()
        for number, row in self.file.items():
            if self.done.get(number):
                continue
            deadline, stage = day(row["deadline_normalised"]), day(row["interim_deadline"])
            if deadline and deadline < on or stage and stage < on and number not in self.stages:
                found.add(number)
            if row["deadline_normalised"] == LONG and self.reviewed.get(number, 2019) < on.year - 1:
                found.add(number)
        return found

    def listed(self, on: dt.date) -> set[str]:
        with whole():
            return set(ResponsibilityTask.objects.filter(overdue(on)).values_list("number", flat=True))

    def look(self, on: dt.date) -> int:
        """Compare on the day; the list page, the board and the deadlines say the same as the condition."""
        expected = self.expected(on)
        assert self.listed(on) == expected, on
        with acting_as(self.city.province):
            rows = responsibility_tasks.rows(self.city.province)
            chosen = select(responsibility_tasks, {"overdue": "1"}, self.city.province)
            assert set(chosen.apply(rows).values_list("number", flat=True)) == expected
            assert sum(one.overdue for one in board(rows, on)) == len(expected)
        engine.run(on)
        with whole():
            late = Deadline.objects.filter(cleared_on=None, paused_on=None, due_on__lt=on)
            assert {deadline.params["number"] for deadline in late} == expected
            alerts = Alert.objects.filter(ended_on=None, stage__gt=0)
            assert {alert.params["number"] for alert in alerts} == expected
        return len(expected)


def test_the_list_from_2020_to_2026(city, clock):
    clock(offices.START)
    offices.load(offices.START)
    walk = Walk(city)

    def at(text: str) -> dt.date:
        return clock(text)

    assert walk.look(at("2020-03-31")) == 0  # “第一季度” counts its last day
    assert walk.look(at("2020-04-01")) == 1
    walk.finish("XY-04-1", at("2020-04-20"))
    assert walk.look(at("2020-05-10")) == 0

    # Half of what is due in 2020 is done in time, one task in the new year, the rest stays.
    due_2020 = sorted(n for n, row in walk.file.items() if row["deadline_normalised"] == "2020-12-31")
    staged = sorted(n for n, row in walk.file.items() if row["interim_deadline"])
    lasting = sorted(n for n, row in walk.file.items() if row["deadline_normalised"] == LONG)
    for number in due_2020[::2]:
        walk.finish(number, at("2020-12-10"))
    for number in staged[::2]:
        walk.reach(number, at("2020-12-30"))
    for number in lasting:
        walk.review(number, at("2020-12-28"))
    assert (len(due_2020), len(staged), len(lasting)) == (22, 19, 5)
    assert walk.look(at("2020-12-31")) == 0
    assert walk.look(at("2021-01-01")) == 11 + 9
    walk.finish(due_2020[1], at("2021-02-01"))
    for number in staged[1::2]:
        walk.reach(number, at("2021-03-01"))
    assert walk.look(at("2021-12-31")) == 10
    for number in lasting[:3]:
        walk.review(number, at("2021-12-31"))
    assert walk.look(at("2022-01-01")) == 10 + 2  # two yearly reviews are missing
    for number in lasting[3:]:
        walk.review(number, at("2022-02-10"))
        walk.reviewed[number] = 2021  # the review that was due in 2021, made late
    assert walk.look(at("2022-02-11")) == 10
    for year in (2022, 2023, 2024):
        for number in lasting:
            walk.review(number, at(f"{year}-12-20"))
        assert walk.look(at(f"{year}-12-31")) == 10
        assert walk.look(at(f"{year + 1}-01-01")) == 10
    for number in due_2020[3::2]:
        walk.finish(number, at("2025-06-30"))
    final = sorted(n for n, row in walk.file.items() if row["deadline_normalised"] == "2025-12-31")
    for number in final[:15]:
        walk.finish(number, at("2025-12-15"))
    for number in lasting:
        walk.review(number, at("2025-12-31"))
    assert len(final) == 19
    assert walk.look(at("2025-12-31")) == 0
    assert walk.look(at("2026-01-01")) == 4

    with whole():
        lacking = ResponsibilityTask.objects.get(number="XY-10-1")
        assert (lacking.state, lacking.deadline_on) == ("open", None)
        assert not Deadline.objects.filter(subject_id=lacking.pk, ledger="responsibility-tasks").exists()
        late = ResponsibilityTask.objects.get(number=due_2020[1])
        assert late.completed_on == dt.date(2021, 2, 1) > late.deadline_on
        assert set(ResponsibilityTask.objects.filter(state="long_term").values_list("next_review_on", flat=True)) == {
            dt.date(2026, 12, 31)
        }


STAGES = (-30, -15, -7, -3, -1, 0, 1, 3, 7, 15, *range(30, 3000, 30))


def alerts_by_year(as_of: dt.date, last: dt.date) -> Counter:
    """What the file alone makes of it when nobody does anything: each day from `as_of` on, by the plain ladder."""
    due = [
        day(row[name]) for row in rows_of_the_file().values() for name in ("deadline_normalised", "interim_deadline")
    ]
    due += [dt.date(as_of.year, 12, 31) for row in rows_of_the_file().values() if row["deadline_normalised"] == LONG]
    told = [one + dt.timedelta(stage) for one in due if one and one >= as_of for stage in STAGES]
    assert all(one >= as_of for one in told)  # no reminder of what is still ahead had come due before
    return Counter(one.year for one in told if one <= last)


@pytest.mark.parametrize(
    ("as_of", "first_years"),
    [
        # 22 deadlines, 19 stages and 5 reviews fall on the last day of 2020; one falls on 31 March.
        (dt.date(2020, 1, 1), {2020: 19 + 46 * 6, 2021: 12 + 46 * 16}),
        (dt.date(2023, 6, 1), {2023: 5 * 6, 2024: 5 * 16}),
    ],
)
def test_alerts_by_year_when_nothing_is_done(db, clock, as_of, first_years):
    clock(as_of)
    offices.load(as_of)
    for year in range(as_of.year, 2027):
        engine.run(clock(f"{year}-12-31"))
    with whole():
        years = Alert.objects.annotate(year=ExtractYear("opened_on")).values_list("year", flat=True)
        found = Counter(years.order_by("pk"))
        assert Alert.objects.filter(ended_on=None).count() == len(
            Deadline.objects.filter(cleared_on=None, due_on__lte=dt.date(2026, 12, 31))
        )
    assert found == alerts_by_year(as_of, dt.date(2026, 12, 31))
    assert {year: found[year] for year in first_years} == first_years
