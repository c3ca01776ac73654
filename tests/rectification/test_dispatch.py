"""Monthly dispatch: who owes an entry by when, what is late or missing, who may write what, and closed rounds."""

import datetime as dt

import pytest
from django.core.exceptions import PermissionDenied

from alerts import nightwork
from alerts.models import Alert, Deadline
from common.ledger import registry
from common.problems import Refused
from common.scope import acting_as, whole
from divisions.models import Parameter
from ledgers.actions import save
from ledgers.checking import clean_rows
from rectification.actions import dispatch as actions
from rectification.models.dispatch import Dispatch, DispatchEntry
from rectification.models.meetings import MeetingQuarter
from rectification.models.tasks import ResponsibilityTask
from rectification.queries.dispatch import FIGURES, due_day, states, summary, units_owing
from tests import world
from tests.rectification import offices

pytestmark = pytest.mark.usefixtures("english")

ON = dt.date(2026, 3, 10)
MARCH = dt.date(2026, 3, 1)
DUE = dt.date(2026, 4, 5)
WORDS = {"progress": "完成摸底", "problems": "师资不足", "next_steps": "协调编制"}


def open_round(city, on=ON, **values) -> Dispatch:
    row = {"division": offices.CITY, "month": MARCH, "kind": "3", **values}
    with acting_as(city.lead):
        return actions.save_dispatches([row], by=city.lead, on=on).objects[0]


def entry_of(round_: Dispatch, unit) -> DispatchEntry:
    with whole():
        return DispatchEntry.objects.get(dispatch=round_, unit=unit)


def enter(user, entry, on=ON, **words):
    with acting_as(user):
        return actions.enter(entry.pk, {**WORDS, **words}, by=user, on=on)


def due(entry) -> dt.date | None:
    with whole():
        return (
            Deadline.objects.filter(ledger="dispatch-entries", subject_id=entry.pk, cleared_on=None)
            .values_list("due_on", flat=True)
            .first()
        )


@pytest.mark.parametrize(
    ("month", "day", "expected"),
    [
        (MARCH, None, DUE),
        (dt.date(2026, 12, 1), None, dt.date(2027, 1, 5)),
        (dt.date(2026, 1, 1), 31, dt.date(2026, 2, 28)),
        (dt.date(2024, 1, 1), 31, dt.date(2024, 2, 29)),
        (MARCH, 10, dt.date(2026, 4, 10)),
    ],
)
def test_when_entries_are_due(db, month, day, expected):
    if day:
        Parameter.objects.create(
            name="dispatch_due_day", region=610000000000, value=day, valid_from=dt.date(2020, 1, 1), source="试行"
        )
    assert due_day(offices.CITY, month, ON) == expected
    assert due_day(world.WANGMO, month, ON).day == 5


def test_a_round_asks_the_units_with_open_tasks(city, task):
    with acting_as(city.lead):
        done = offices.task(city.lead, city.drc)
        offices.task(city.lead, offices.unit("秦都区教育局", 610402000000))
        ResponsibilityTask.objects.filter(pk=done.pk).update(state="done", completed_on=ON)
        assert units_owing(offices.CITY, "3") == [city.education]
        assert [unit.name for unit in units_owing(offices.CITY, "4")] == ["秦都区教育局"]
    round_ = open_round(city)
    assert (round_.title, round_.due_on) == ("咸阳市2026年3月横向调度", DUE)
    entry = entry_of(round_, city.education)
    assert (entry.title, entry.due_on, entry.region, due(entry)) == (round_.title, DUE, offices.CITY, DUE)
    with acting_as(city.lead):
        named = actions.name_units(round_.pk, [city.drc, city.education], by=city.lead)
    assert [one.unit for one in named] == [city.drc]
    above = offices.unit("陕西省教育厅", offices.SHAANXI)
    for units, words in [([], "at least one unit"), ([above], "outside the area")]:
        with acting_as(city.lead), pytest.raises(Refused, match=words):
            actions.name_units(round_.pk, units, by=city.lead)


@pytest.mark.parametrize(
    ("on", "state"),
    [(ON, "entered"), (DUE, "entered"), (DUE + dt.timedelta(1), "late")],
)
def test_the_fifth_is_in_time_and_the_sixth_is_late(city, task, on, state):
    entry = enter(city.teacher, entry_of(open_round(city), city.education), on)
    assert entry.late is (state == "late") and due(entry) is None
    with whole():
        found = [name for name, condition in states(on).items() if DispatchEntry.objects.filter(condition).exists()]
        assert found == [state]


@pytest.mark.parametrize(("on", "state"), [(DUE, "owed"), (DUE + dt.timedelta(1), "missing")])
def test_a_missing_entry_is_listed_from_the_day_after(city, task, on, state):
    round_ = open_round(city)
    with whole():
        found = [name for name, condition in states(on).items() if DispatchEntry.objects.filter(condition).exists()]
        assert found == [state]
        counts = summary(DispatchEntry.objects.filter(dispatch=round_), on)
        assert (counts.total, counts.entered, counts.owed, counts.missing) == (
            1,
            0,
            state == "owed",
            state == "missing",
        )


def test_figures_come_along_and_words_are_kept(city, task):
    with acting_as(city.lead):
        offices.task(city.lead, city.education, dt.date(2026, 3, 11))
    entry = entry_of(open_round(city), city.education)
    assert entry.open_tasks is None
    entry = enter(city.teacher, entry, dt.date(2026, 3, 12))
    assert (entry.open_tasks, entry.overdue_tasks, entry.progress) == (2, 1, "完成摸底")
    again = enter(city.deputy, entry, dt.date(2026, 3, 20), progress="修改后")
    # Who changes an entry is in its history; it counts as made when it was first made.
    assert (again.entered_on, again.entered_by, again.progress) == (dt.date(2026, 3, 12), city.teacher, "修改后")
    with pytest.raises(Refused) as refusal:
        enter(city.teacher, entry, progress=" ", problems="x" * 1001)
    assert {problem.field for problem in refusal.value.problems} == {"progress", "problems"}
    assert set(FIGURES) <= {field.name for field in DispatchEntry._meta.get_fields()}


# A row a person: whether they may enter for the education bureau, close the round.
PERMISSIONS = {
    "lead": (False, True),
    "colleague": (False, True),
    "teacher": (True, False),
    "deputy": (True, False),
    "health": (False, False),
    "reviewer": (False, True),
    "province": (False, True),
    "auditor": (False, False),
}


@pytest.mark.parametrize("person", PERMISSIONS)
def test_who_may_do_what(city, task, person):
    user, (enters, closes) = city.everybody[person], PERMISSIONS[person]
    round_ = open_round(city)
    entry = entry_of(round_, city.education)
    if enters:
        assert enter(user, entry).entered_by == user
    else:
        with pytest.raises(Refused):
            enter(user, entry)
        assert entry_of(round_, city.education).entered_on is None
    with acting_as(user):
        if closes:
            assert actions.close(round_.pk, by=user, on=ON).closed_by == user
        else:
            with pytest.raises(PermissionDenied):
                actions.close(round_.pk, by=user, on=ON)


def test_a_unit_cannot_write_anothers(city, task):
    round_ = open_round(city)
    with pytest.raises(Refused, match="a unit writes its own alone"):
        enter(city.health, entry_of(round_, city.education))


def test_a_closed_round_takes_no_entry_and_says_the_way_out(city, task):
    round_ = open_round(city)
    entry = entry_of(round_, city.education)
    with acting_as(city.lead):
        actions.close(round_.pk, by=city.lead, on=ON)
    assert due(entry) is None
    with pytest.raises(Refused, match="Ask whoever opened it to open it again"):
        enter(city.teacher, entry)
    with acting_as(city.lead):
        for refused in (
            lambda: actions.close(round_.pk, by=city.lead),
            lambda: actions.name_units(round_.pk, [city.drc], by=city.lead),
            lambda: actions.save_dispatches([{"id": round_.pk, "note": "x"}], by=city.lead),
        ):
            with pytest.raises(Refused, match="closed"):
                refused()
        actions.reopen(round_.pk, by=city.lead, on=ON)
        with pytest.raises(Refused, match="is open"):
            actions.reopen(round_.pk, by=city.lead)
    assert due(entry) == DUE
    assert enter(city.teacher, entry).entered_on == ON
    with acting_as(city.lead), pytest.raises(Refused, match="have reported"):
        actions.void_dispatches([round_.pk], reason="误开", by=city.lead)


def test_another_day_moves_the_entries(city, task):
    round_ = open_round(city)
    with acting_as(city.lead):
        actions.save_dispatches([{"id": round_.pk, "due_on": dt.date(2026, 4, 8)}], by=city.lead, on=ON)
    entry = entry_of(round_, city.education)
    assert (entry.due_on, due(entry)) == (dt.date(2026, 4, 8), dt.date(2026, 4, 8))
    with acting_as(city.lead):
        assert actions.void_dispatches([round_.pk], reason="误开", by=city.lead, on=ON) == 1
    assert due(entry) is None


def test_a_lower_level_sees_its_entry_and_not_the_round(city):
    """Vertical dispatch: the county's row tells all that the county must know."""
    bureau = offices.unit("秦都区教育局", 610402000000)
    clerk = offices.user("clerk", "county", 610402000000, of=bureau)
    with acting_as(city.lead):
        offices.task(city.lead, bureau)
    round_ = open_round(city, kind="4")
    entry = entry_of(round_, bureau)
    with acting_as(clerk):
        assert not Dispatch.objects.exists()
        assert DispatchEntry.objects.get().title == "咸阳市2026年3月纵向调度"
    client = offices.client_of(clerk)
    page = client.get(f"/dispatch/entries/{entry.pk}/")
    assert page.status_code == 200 and round_.title in page.content.decode()
    assert client.get(f"/dispatch/{round_.pk}/").status_code == 404
    data = {**WORDS, "form_id": page.context["form"].initial["form_id"], "version": entry.version}
    assert client.post(f"/dispatch/entries/{entry.pk}/", data).status_code == 302
    assert entry_of(round_, bureau).progress == "完成摸底"
    with acting_as(city.lead):
        actions.close(round_.pk, by=city.lead, on=ON)
    answer = client.post(f"/dispatch/entries/{entry.pk}/", {**WORDS, "progress": "再改"})
    assert answer.status_code == 422 and "closed" in answer.content.decode()


def test_one_round_a_month_and_kind(city, task):
    open_round(city)
    with pytest.raises(Refused, match="Another record has this value"), acting_as(city.lead):
        save(registry["dispatches"], [{"division": offices.CITY, "month": MARCH, "kind": "3"}], by=city.lead)
    assert open_round(city, kind="4").pk
    with acting_as(city.lead):
        raw = {"division": "610400", "month": "2026年3月", "kind": "联席会议", "due_on": "2026-02-28"}
        _rows, problems = clean_rows(registry["dispatches"], [raw], city.lead)
    assert {(p.field, p.code) for p in problems} == {("kind", "unknown_code"), ("due_on", "order")}


def test_entries_by_sheet(city, task):
    round_ = open_round(city)
    with acting_as(city.teacher):
        raw = {"title": round_.title, "unit": "市教育局", **WORDS}
        rows, problems = clean_rows(registry["dispatch-entries"], [raw], city.teacher)
        assert not problems
        saved = save(registry["dispatch-entries"], rows, by=city.teacher, on=ON)
        assert (saved.new, saved.changed) == (0, 1)
        assert save(registry["dispatch-entries"], rows, by=city.teacher, on=ON).unchanged == 1
        foreign, _problems = clean_rows(registry["dispatch-entries"], [raw | {"title": "别的调度"}], city.teacher)
        with pytest.raises(Refused, match="owes no entry"):
            save(registry["dispatch-entries"], foreign, by=city.teacher)


class TestNightly:
    """R-238 holds in Guizhou; a round is opened each month, missed nights are made up."""

    @pytest.fixture
    def guizhou(self, db):
        province = offices.user("guizhou", "drc", offices.GUIZHOU)
        bureau = offices.unit("省教育厅", offices.GUIZHOU)
        with acting_as(province):
            offices.task(province, bureau, on=dt.date(2026, 1, 1))
        return province

    def rounds(self) -> list:
        with whole():
            return list(Dispatch.objects.order_by("month").values_list("month", flat=True))

    def run(self, *days) -> list[int]:
        with whole():
            return [actions.open_rounds(day) for day in days]

    def test_it_opens_once_a_month(self, guizhou):
        january = dt.date(2026, 1, 15)
        assert self.run(january, january, dt.date(2026, 1, 31), dt.date(2026, 2, 1)) == [1, 0, 0, 1]
        assert self.rounds() == [dt.date(2026, 1, 1), dt.date(2026, 2, 1)]

    def test_months_without_a_night_are_made_up(self, guizhou):
        assert self.run(dt.date(2026, 1, 15), dt.date(2026, 4, 2)) == [1, 3]
        with whole():
            late = DispatchEntry.objects.filter(states(dt.date(2026, 4, 2))["missing"]).values_list("month", flat=True)
            assert sorted(late) == [dt.date(2026, 1, 1), dt.date(2026, 2, 1)]

    def test_a_unit_that_gets_a_task_later_is_asked_too(self, guizhou):
        self.run(dt.date(2026, 1, 15))
        with acting_as(guizhou):
            offices.task(guizhou, offices.unit("省卫健委", offices.GUIZHOU), on=dt.date(2026, 1, 20))
        self.run(dt.date(2026, 1, 21))
        with whole():
            assert DispatchEntry.objects.count() == 2

    def test_places_take_the_rule_over_or_drop_it(self, guizhou, city, task):
        def told(region, value):
            Parameter.objects.create(
                name="monthly_dispatch", region=region, value=value, valid_from=dt.date(2020, 1, 1), source="试行"
            )

        told(offices.CITY, 1)
        told(offices.GUIZHOU, 0)
        assert self.run(ON) == [1]
        with whole():
            assert Dispatch.objects.get().region == offices.CITY

    def test_nobody_owes_anything(self, db):
        assert self.run(ON) == [0] and self.rounds() == []


def test_the_night_opens_rounds_and_quarters_whose_deadlines_remind(city, task, clock):
    """Both set deadlines before the night follows them; a doubled night and a missed one change nothing."""
    Parameter.objects.create(
        name="monthly_dispatch", region=offices.CITY, value=1, valid_from=dt.date(2020, 1, 1), source="试行"
    )
    for day in (ON, ON, DUE + dt.timedelta(1), DUE + dt.timedelta(1)):
        nightwork.check(clock(day))
    with whole():
        opened = Dispatch.objects.filter(region=offices.CITY).order_by("month").values_list("month", flat=True)
        assert list(opened) == [MARCH, dt.date(2026, 4, 1)]
        assert MeetingQuarter.objects.filter(region=offices.CITY).count() == 2
        late = Alert.objects.filter(ended_on=None, due_on__lt=DUE + dt.timedelta(1)).order_by("kind")
        assert [(alert.kind, alert.stage) for alert in late] == [("dispatch-entry-due", 1), ("joint-meeting-due", 3)]
