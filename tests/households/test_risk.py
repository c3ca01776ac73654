"""Risk: what signals it to the last yuan, and the steps of a case to the last day."""

import datetime as dt

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from alerts.models import Deadline
from common import clock as days
from common.ledger import registry
from common.problems import Refused
from common.scope import acting_as, whole
from compliance.watching import watch_all
from divisions.models import Parameter
from households.actions import void_households
from households.actions.risk_watch import signs_of, watch
from households.actions.risks import move
from households.models import RiskCase, RiskLevel, RiskSignal
from households.queries.income import level_of
from households.queries.visits import visit_cycle
from households.risk_states import parameters_on
from ledgers.actions import void
from tests import world
from tests.households.wealth import enter, family, line, refusals, told

pytestmark = pytest.mark.django_db
TODAY = dt.date(2026, 6, 30)


@pytest.fixture
def county(clock):
    clock(TODAY)
    return world.user("wangmo", "county", world.WANGMO)


@pytest.fixture
def home(county):
    return world.settlement(county)


def states(by, household) -> list[str]:
    with acting_as(by):
        return list(RiskCase.objects.filter(household=household, voided_at=None).values_list("state", flat=True))


@pytest.mark.parametrize(
    ("before", "now", "signals"),
    [
        ({"wages": 40000}, {"wages": "28000"}, []),  # exactly 30 % less
        ({"wages": 40000}, {"wages": "27999.99"}, ["income_drop"]),
        ({"wages": 0}, {"wages": 0}, ["below_line"]),
        ({"wages": 20000, "rigid_medical": 1000}, {"wages": 20000, "rigid_medical": 1300}, []),  # exactly 30 % more
        ({"wages": 20000, "rigid_medical": 1000}, {"wages": 20000, "rigid_medical": "1300.01"}, ["expenditure_rise"]),
        ({"wages": 20000}, {"wages": 20000, "rigid_medical": 5000}, []),  # nothing to compare with
        ({"wages": 14000}, {"wages": 14000}, []),  # equal to the line of 7,000 for two heads
        ({"wages": 14000}, {"wages": "13999.99"}, ["below_line"]),
        ({"wages": 20000}, {"wages": 16000, "rigid_other": "2000.01"}, ["below_line"]),
        ({"wages": 20000}, {"wages": 9000}, ["below_line", "income_drop"]),
    ],
)
def test_what_signals_a_risk(county, home, before, now, signals):
    line(county, 2025, 7000)
    found = family(county, home)
    enter(county, found, 2024, **before)
    enter(county, found, 2025, **now)
    with acting_as(county):
        assert sorted(RiskSignal.objects.values_list("kind", flat=True)) == signals
    assert states(county, found) == (["found"] if signals else [])


def test_a_fall_in_heads_is_no_fall_in_income_and_divisions_set_their_own_share(county, home):
    found = family(county, home, 4)
    enter(county, found, 2024, wages=40000)
    now = enter(county, found, 2025, wages=28000)
    with acting_as(county):

        def signs(on):
            return signs_of([found.pk], on, parameters_on(on))

        assert signs(TODAY) == []
        Parameter.objects.create(
            name="risk_income_drop", region=world.WANGMO, value=29, valid_from=dt.date(2026, 7, 1), source="县文件"
        )
        assert signs(TODAY) == []
        [sign] = signs(dt.date(2026, 7, 1))
        assert (sign.kind, sign.income, sign.value, sign.before) == ("income_drop", now.pk, 7000, 10000)
        # A period is told of for twelve months.
        assert signs(dt.date(2026, 12, 30)) and not signs(dt.date(2026, 12, 31))


def test_a_case_opens_by_itself_and_is_taken_back_when_the_income_is_corrected(county, home):
    found = family(county, home)
    enter(county, found, 2024, wages=30000)
    wrong = enter(county, found, 2025, wages=3000)
    with acting_as(county):
        case = RiskCase.objects.get(household=found)
        assert (case.state, case.found_by, case.found_on, case.due_on) == (
            "found", "system", TODAY, TODAY + dt.timedelta(15),
        )  # fmt: skip
        due = Deadline.objects.get(ledger="risk-cases", subject_id=case.pk)
        assert (due.kind, due.due_on, due.cleared_on) == ("risk-verify", case.due_on, None)
        assert level_of([found.pk], TODAY) == {found.pk: ("yellow", "found")}
        told(county, "incomes", {"id": wrong.pk, "wages": 30000})
        computed = RiskSignal.objects.get()
        with pytest.raises(Refused):
            registry["risk-signals"].save([{"id": computed.pk, "kind": "illness"}], by=county)
        case.refresh_from_db()
        due.refresh_from_db()
        assert (case.state, case.due_on, due.cleared_on) == ("dismissed", None, TODAY)
        assert level_of([found.pk], TODAY) == {found.pk: ("green", "none")}
        assert [step.act for step in case.steps.order_by("pk")] == ["find", "dismiss"]


def test_reported_illness_opens_a_case_and_is_not_computed_away(county, home):
    found = family(county, home)
    raw = {"household": found.code, "kind": "患病", "opened_on": "2026-06-20", "note": "户主住院手术"}
    assert refusals(county, "risk-signals", {**raw, "note": ""}) == [(0, "note", "required")]
    assert refusals(county, "risk-signals", {**raw, "kind": "收入骤减"}) == [(0, "kind", "computed")]
    assert refusals(county, "risk-signals", {**raw, "opened_on": "2026-07-01"}) == [(0, "opened_on", "future")]
    [signal] = told(county, "risk-signals", raw)
    with acting_as(county):
        case = RiskCase.objects.get(household=found)
        assert (case.cause, case.found_on, case.due_on) == ("01", dt.date(2026, 6, 20), dt.date(2026, 7, 5))
        assert [(step.act, step.by) for step in case.steps.all()] == [("find", county)]
    watch_all(TODAY)
    assert states(county, found) == ["found"]
    with acting_as(county):
        move(case.pk, "dismiss", TODAY, {"text": "医保报销后自付很少"}, by=county)
        signal.refresh_from_db()
        assert signal.ended_on == TODAY
    watch_all(TODAY)
    assert states(county, found) == ["dismissed"]


# Found, verified, first measure: (act, day, code of the refusal or "" and the state after it).
@pytest.mark.parametrize(
    ("found_on", "steps"),
    [
        ("2024-02-14", [("measure", "2024-02-29", "out_of_order"), ("verify", "2024-02-13", "before_step")]),
        ("2024-02-14", [("verify", "2024-02-29", ""), ("verify", "2024-03-01", "out_of_order")]),
        ("2024-02-14", [("verify", "2024-02-29", ""), ("remove", "2024-10-01", "out_of_order")]),
        ("2024-02-14", [("verify", "2024-02-29", ""), ("measure", "2024-02-28", "before_step")]),
        ("2024-02-14", [("verify", "2024-02-29", ""), ("measure", "2026-07-01", "future"), ("measure", None, "required")]),
        ("2024-02-14", [("verify", "2024-02-29", ""), ("measure", "2024-03-10", ""), ("observe", "2024-03-11", "out_of_order")]),
    ],
)  # fmt: skip
def test_steps_are_taken_in_their_order(county, home, found_on, steps):
    household = family(county, home)
    [case] = told(county, "risk-cases", {"household": household.code, "found_on": found_on, "found_by": "visit"})
    answers = {"monitor_type": "3", "cause": "01", "measures": "落实医疗救助", "cadre": "王干部", "end_way": "1"}
    with acting_as(county):
        for act, day, code in steps:
            day = day and dt.date.fromisoformat(day)
            if code:
                with pytest.raises(Refused) as refused:
                    move(case.pk, act, day, answers, by=county)
                assert refused.value.problems[0].code == code
            else:
                move(case.pk, act, day, answers, by=county)


@pytest.mark.parametrize(
    ("found_on", "verify_by", "verified_on", "measure_by"),
    [
        (dt.date(2024, 2, 14), dt.date(2024, 2, 29), dt.date(2024, 2, 29), dt.date(2024, 3, 10)),
        (dt.date(2025, 2, 14), dt.date(2025, 3, 1), dt.date(2025, 2, 20), dt.date(2025, 3, 2)),
        (dt.date(2024, 2, 19), dt.date(2024, 3, 5), dt.date(2024, 2, 19), dt.date(2024, 2, 29)),
        (dt.date(2025, 12, 20), dt.date(2026, 1, 4), dt.date(2025, 12, 31), dt.date(2026, 1, 10)),
    ],
)
def test_fifteen_days_to_verify_and_ten_to_the_first_measure(
    county, home, clock, found_on, verify_by, verified_on, measure_by
):
    household = family(county, home)
    clock(found_on)
    [case] = told(county, "risk-cases", {"household": household.code, "found_on": found_on, "found_by": "visit"})
    late = registry["risk-cases"].filters[1].apply
    with acting_as(county):
        assert RiskCase.objects.get().due_on == verify_by
        clock(verify_by)  # the last day is in time
        assert not late(RiskCase.objects.all(), "1").exists()
        clock(verify_by + dt.timedelta(1))
        assert late(RiskCase.objects.all(), "1").exists()
        move(case.pk, "verify", verified_on, {"monitor_type": "1", "cause": "07"}, by=county)
        due = Deadline.objects.get(kind="risk-measure", cleared_on=None)
        assert (due.due_on, RiskCase.objects.get().due_on) == (measure_by, measure_by)
        assert not Deadline.objects.filter(kind="risk-verify", cleared_on=None).exists()
        told_ = {"measures": "推荐公益性岗位", "cadre": "王干部"}
        move(case.pk, "measure", max(verified_on, days.today()), told_, by=county)
        assert not Deadline.objects.filter(ledger="risk-cases", cleared_on=None).exists()
        assert RiskCase.objects.get().due_on is None


def helped(county, home, **values) -> RiskCase:
    household = values.pop("household", None) or family(county, home)
    raw = {
        "household": household.code,
        "found_on": "2025-01-02",
        "found_by": "visit",
        "monitor_type": "3",
        "cause": "01",
    }
    raw |= {"verified_on": "2025-01-05", "measures": "医疗救助", "cadre": "王干部", "first_measure_on": "2025-01-08"}
    [case] = told(county, "risk-cases", {**raw, **values})
    return case


@pytest.mark.parametrize(
    ("since", "first"),
    [
        ("2025-01-10", "2025-07-10"),
        ("2025-08-31", "2026-02-28"),  # half a year later there is no 31st
        ("2025-08-29", "2026-02-28"),
        ("2025-03-31", "2025-09-30"),
    ],
)
def test_the_risk_is_removed_half_a_year_above_the_line_and_not_a_day_before(county, home, since, first):
    line(county, 2025, 7000)
    case = helped(county, home)
    since, first = dt.date.fromisoformat(since), dt.date.fromisoformat(first)
    with acting_as(county):
        with pytest.raises(Refused) as refused:
            move(case.pk, "above", since, {}, by=county)
        assert refused.value.problems[0].code == "no_income"
    enter(county, case.household, 2025, wages=14000)  # exactly the line
    with acting_as(county):
        with pytest.raises(Refused) as refused:
            move(case.pk, "remove", first, {"end_way": "1"}, by=county)
        assert refused.value.problems[0].code == "not_above"
        move(case.pk, "above", since, {}, by=county)
        with pytest.raises(Refused) as refused:
            move(case.pk, "remove", first - dt.timedelta(1), {"end_way": "1"}, by=county)
        assert (refused.value.problems[0].code, str(first) in str(refused.value)) == ("too_early", True)
        assert level_of([case.household_id], TODAY)[case.household_id] == ("red", "helped")
        move(case.pk, "remove", first, {"end_way": "1"}, by=county)
        [months] = registry["risk-cases"].rows(county).values_list("stable_months", flat=True)
        assert months == 6
        move(case.pk, "observe", first, {}, by=county)
        assert RiskCase.objects.get(pk=case.pk).state == "observation"
        assert [(s.act, s.by) for s in case.steps.order_by("pk")][-3:] == [
            ("above", county), ("remove", county), ("observe", county),
        ]  # fmt: skip


def test_half_a_year_begins_anew_when_a_later_income_falls_below_the_line(county, home):
    line(county, 2025, 7000)
    case = helped(county, home)
    enter(county, case.household, 2025, "1", wages=3500)  # a quarter of 14,000
    with acting_as(county):
        move(case.pk, "above", dt.date(2025, 1, 10), {}, by=county)
    enter(county, case.household, 2025, "2", wages="3499.99")
    with acting_as(county):
        case.refresh_from_db()
        assert (case.above_since, case.steps.last().act, case.steps.last().by) == (None, "fell", None)
        with pytest.raises(Refused) as refused:
            move(case.pk, "above", dt.date(2025, 1, 10), {}, by=county)
        assert refused.value.problems[0].code == "below_line"


def test_a_household_entered_by_mistake_waits_for_nothing(county, home):
    case = helped(county, home, verified_on="", monitor_type="", cause="", measures="", first_measure_on="")
    with acting_as(county):
        assert RiskCase.objects.get(pk=case.pk).due_on == dt.date(2025, 1, 17)
        void_households([case.household_id], reason="误录", by=county)
        case.refresh_from_db()
        assert (case.state, case.due_on) == ("dismissed", None)
        assert not Deadline.objects.filter(ledger="risk-cases", cleared_on=None).exists()


def test_households_without_labour_stay_under_watch(county, home):
    line(county, 2025, 7000)
    old = world.household(county, home, [world.member("田老伯", birth=dt.date(1940, 1, 1), labour_capability="4")])
    case = helped(county, home, household=old)
    enter(county, old, 2025, wages=90000)
    with acting_as(county):
        assert RiskLevel.objects.get(pk=old.pk).no_labour
        move(case.pk, "above", dt.date(2025, 1, 10), {}, by=county)
        with pytest.raises(Refused) as refused:
            move(case.pk, "remove", TODAY, {"end_way": "1"}, by=county)
        assert refused.value.problems[0].code == "no_labour"
        move(case.pk, "remove", TODAY, {"end_way": "fallback"}, by=county)
        case.refresh_from_db()
        assert (case.state, case.end_way) == ("watch", "fallback")
        assert level_of([old.pk], TODAY) == {old.pk: ("yellow", "watch")}
        move(case.pk, "measure", TODAY, {"measures": "上门探访"}, by=county)
        assert RiskCase.objects.get(pk=case.pk).state == "watch"
    working = helped(county, home)
    with acting_as(county), pytest.raises(Refused) as refused:
        move(working.pk, "remove", TODAY, {"end_way": "fallback"}, by=county)
    assert refused.value.problems[0].code == "has_labour"


def test_sheet_and_api_tell_steps_in_order_or_are_refused_whole(county, home):
    household = family(county, home)
    raw = {"household": household.code, "found_on": "2026-06-01", "found_by": "农户自主申报"}
    whole_way = {**raw, "monitor_type": "突发严重困难户", "cause": "因病", "verified_on": "2026-06-05"}
    whole_way |= {"measures": "医疗救助", "cadre": "王干部", "first_measure_on": "2026-06-10"}
    assert refusals(county, "risk-cases", {**raw, "first_measure_on": "2026-06-10", "measures": "救助"}) == [
        (0, "first_measure_on", "out_of_order")
    ]
    assert refusals(county, "risk-cases", {**raw, "verified_on": "2026-06-05"}) == [(0, "monitor_type", "required")]
    assert refusals(county, "risk-cases", {**whole_way, "verified_on": "2026-05-31"}) == [
        (0, "verified_on", "before_step")
    ]
    [case] = told(county, "risk-cases", whole_way)
    [again] = told(county, "risk-cases", whole_way)  # the same sheet once more
    assert (case.state, again.pk, again.version) == ("measures", case.pk, 1)
    with acting_as(county):
        assert [step.act for step in case.steps.order_by("pk")] == ["find", "verify", "measure"]
    assert refusals(county, "risk-cases", {**whole_way, "verified_on": "2026-06-06"}) == [
        (0, "verified_on", "recorded_step")
    ]
    assert refusals(county, "risk-cases", {**raw, "found_on": "2026-06-02"}) == [(0, "household", "open_case")]
    with acting_as(county):
        void(registry["risk-cases"], [case.pk], "误录", county)
        assert level_of([household.pk], TODAY) == {household.pk: ("green", "none")}
        assert not Deadline.objects.filter(ledger="risk-cases", cleared_on=None).exists()


def test_level_and_cycle_of_many_take_as_many_queries_as_of_one(county, home):
    line(county, 2025, 7000)
    homes = [family(county, home) for _n in range(5)]
    for found in homes[:3]:
        enter(county, found, 2025, wages=100)
    with acting_as(county):
        case = RiskCase.objects.get(household=homes[0])
        move(case.pk, "verify", TODAY, {"monitor_type": "1", "cause": "07"}, by=county)
        Parameter.objects.create(
            name="visit_red_days", region=world.WANGMO, value=15, valid_from=TODAY, source="县文件"
        )
        ids = [found.pk for found in homes]
        counts = []
        for some in (ids[:2], ids):
            with CaptureQueriesContext(connection) as queries:
                cycles = visit_cycle(some, TODAY)
                watch(some, set(), on=TODAY)
            counts.append(len(queries))
        assert counts[0] == counts[1]
        assert [cycles[key] for key in ids] == [15, 90, 90, 180, 180]
        assert visit_cycle(ids[:1], TODAY - dt.timedelta(1)) == {ids[0]: 180}  # the level began today
        rows = registry["households"].rows(county).filter(risk_level__level="yellow")
        assert set(rows.values_list("pk", flat=True)) == set(ids[1:3])
    with whole():
        before = list(RiskLevel.objects.order_by("pk").values_list("pk", "level", "since"))
    watch_all(TODAY)
    watch_all(TODAY + dt.timedelta(1))
    with whole():
        assert list(RiskLevel.objects.order_by("pk").values_list("pk", "level", "since")) == before


def test_who_may_not(county, home, client):
    case = helped(county, home)
    auditor = world.user("auditor", "auditor", world.WANGMO)
    client.force_login(auditor)
    assert client.get(f"/risks/{case.pk}/").status_code == 200
    assert client.get(f"/risks/{case.pk}/above/").status_code == 403
    neighbour = world.user("ceheng", "county", world.CEHENG)
    client.force_login(neighbour)
    assert client.get(f"/risks/{case.pk}/").status_code == 404
    with acting_as(neighbour), pytest.raises(RiskCase.DoesNotExist):
        move(case.pk, "above", TODAY, {}, by=neighbour)
    department = world.user("hr", "department", world.WANGMO)
    client.force_login(department)
    assert client.get(f"/risks/{case.pk}/").status_code == 403
    page = client.get(f"/households/{case.household.code}/")
    assert page.status_code == 200 and b"/risks/" not in page.content
