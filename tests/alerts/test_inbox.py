"""The inbox sorted by lateness, in three readings; receipts and acknowledgements; the month; what keeps reminders alive."""

from __future__ import annotations

import datetime as dt

import pytest
from django.test import Client

from accounts.models import ApiToken, User
from accounts.roles import ROLES, can
from alerts import engine
from alerts.models import Alert, AlertReceipt
from alerts.queries import count_alerts, counts
from alerts.views import inbox as views
from alerts.views.feed import calendar_of
from common.ledger import registry
from common.scope import whole
from tests import due, world
from tests.due import DAY
from tests.rectification.offices import client_of, english  # noqa: F401  a fixture

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("english")]
ON = dt.date(2026, 9, 30)
BEFORE = ON - 60 * DAY


@pytest.fixture
def office(clock) -> dict[str, User]:
    """The chief of an office and a colleague; the county's official, the city's and the province's; another county's."""
    clock(ON)
    unit = due.unit()
    people = {
        "chief": world.user("chief", "department", world.WANGMO),
        "colleague": world.user("colleague", "department", world.WANGMO),
        "county": world.user("county", "county", world.WANGMO),
        "city": world.user("city", "city", 522300000000),
        "province": world.user("province", "province", 520000000000),
        "other": world.user("other", "county", world.CEHENG),
    }
    User.objects.filter(username__in=["chief", "colleague"]).update(unit=unit)
    people = {name: User.objects.get(pk=user.pk) for name, user in people.items()}
    post = due.post("科长", unit)
    due.holds(post, people["chief"], BEFORE)
    due.due(1, ON - 2 * DAY, on=BEFORE, responsible=people["chief"])
    due.due(2, ON - 9 * DAY, on=BEFORE, post=post)
    due.due(3, ON + 3 * DAY, on=BEFORE, unit=unit)
    due.due(4, ON - 20 * DAY, on=BEFORE, responsible=people["colleague"])
    due.due(5, ON + 60 * DAY, on=BEFORE, responsible=people["chief"])
    engine.run(ON)
    return people


def lines(user: User, show: str = "") -> list[int]:
    """The numbers of the subjects in the order in which the inbox shows them."""
    page = client_of(user).get(f"/inbox/?show={show}")
    return [line["task"].alert.subject_id for line in page.context["lines"] if line["task"].alert]


def test_due_to_me_my_unit_my_area_the_latest_first(office):
    assert lines(office["chief"]) == [2, 1, 3]
    assert lines(office["colleague"]) == [4, 3]
    assert lines(office["chief"], "unit") == [4, 2, 1, 3]
    page = client_of(office["chief"]).get("/inbox/?show=area")
    assert len(page.context["lines"]) == 4  # all in the area, for looking at alone
    # Gone up: from 3 days late to the county, 7 the city, 15 the province; never to another county.
    reached = {name: lines(office[name]) for name in ("county", "city", "province", "other")}
    assert reached == {"county": [4, 2], "city": [4, 2], "province": [4], "other": []}


def test_seen_and_acknowledged_stay_as_they_were_first(office, clock):
    chief = office["chief"]
    client = client_of(chief)
    client.get("/inbox/")
    with whole():
        alerts = {alert.subject_id: alert.pk for alert in Alert.objects.filter(ended_on=None)}
    client.post("/inbox/acknowledge/", {"alert": alerts[2]})
    with whole():
        first = AlertReceipt.objects.get(alert=alerts[2], user=chief)
    assert first.acknowledged_at and first.read_at
    # Somebody else's are not acknowledged, whatever is sent; several at once, and twice, are.
    client.post("/inbox/acknowledge/", {"selected": [alerts[1], alerts[2], 10**9]})
    client_of(office["other"]).post("/inbox/acknowledge/", {"alert": alerts[1]})
    with whole():
        done = AlertReceipt.objects.exclude(acknowledged_at=None).values_list("alert__subject_id", "user__username")
        assert sorted(done) == [(1, "chief"), (2, "chief")]
        assert AlertReceipt.objects.get(pk=first.pk).acknowledged_at == first.acknowledged_at


def test_the_number_beside_the_inbox_is_what_the_inbox_holds_and_all_of_it_is_reached(office, monkeypatch):
    client = client_of(office["chief"])
    for number in range(6, 12):
        due.due(number, ON - DAY, on=BEFORE, responsible=office["chief"])
    engine.run(ON)
    monkeypatch.setattr(views, "LINES", 4)
    seen, address = [], "/inbox/"
    while address:
        page = client.get(address)
        assert page.context["inbox_count"] == page.context["tabs"][0]["count"] == page.context["pager"]["count"] == 9
        seen.append([line["task"].alert.subject_id for line in page.context["lines"]])
        address = page.context["pager"]["next_url"]
    assert seen == [[2, 1, 6, 7], [8, 9, 10, 11], [3]]
    # Acknowledging leaves the page open that it was done on; what is acknowledged stays until it is done.
    with whole():
        alert = Alert.objects.get(subject_id=8, ended_on=None).pk
    answer = client.post("/inbox/acknowledge/", {"alert": alert, "page": 2})
    assert answer.url == "/inbox/?page=2"
    for unknown in ("0", "4", "x", "99999999999"):
        assert client.get(f"/inbox/?page={unknown}").status_code == 404, unknown


def test_the_number_beside_the_inbox_is_counted_once_a_minute_and_after_what_one_does(office):
    client = client_of(office["chief"])

    def shown() -> int:
        return client.get("/calendar/").context["inbox_count"]

    engine.run(ON)
    before = shown()
    due.due(77, ON - DAY, on=BEFORE, responsible=office["chief"])
    engine.run(ON)
    assert shown() == before  # not counted for each page
    client.post("/inbox/acknowledge/", {})
    assert shown() == before + 1
    due.due(78, ON - DAY, on=BEFORE, responsible=office["chief"])
    engine.run(ON)
    client.get("/inbox/")  # counts what it shows
    assert shown() == before + 2


def test_without_a_cache_pages_count_and_what_is_sent_is_done(office, settings):
    settings.CACHES = {"default": settings.CACHES["default"] | {"LOCATION": "unix:///nowhere/valkey.sock"}}
    client = client_of(office["chief"])
    engine.run(ON)
    page = client.get("/inbox/")
    assert page.context["inbox_count"] == page.context["tabs"][0]["count"] == 3
    with whole():
        alert = Alert.objects.filter(ended_on=None).first().pk
    assert client.post("/inbox/acknowledge/", {"alert": alert}).status_code == 302
    with whole():
        assert AlertReceipt.objects.get(alert=alert, user=office["chief"]).acknowledged_at


def test_nothing_to_do_says_so(office):
    page = client_of(office["other"]).get("/inbox/")
    assert (
        "There is nothing to do" in page.content.decode() and page.context["empty"]["action_url"] == "/households/new/"
    )
    assert "belongs to no unit" in client_of(office["county"]).get("/inbox/?show=unit").content.decode()
    assert client_of(office["county"]).get("/inbox/?show=nothing").status_code == 404


def test_the_month_counts_what_the_list_holds(office):
    client = client_of(office["chief"])
    page = client.get("/calendar/?month=2026-09&whose=unit")
    assert (page.context["total"], page.context["overdue"]) == (3, 3)
    cells = [cell for week in page.context["weeks"] for cell in week if cell.items]
    assert [(cell.day.day.day, len(cell.items)) for cell in cells] == [(10, 1), (21, 1), (28, 1)]
    assert client.get("/calendar/?month=2026-11").context["total"] == 1
    for address, status in (
        ("?month=2026-13", 404),
        ("?month=soon", 404),
        ("?whose=theirs", 404),
        ("?month=2031-1", 200),
    ):
        assert client.get(f"/calendar/{address}").status_code == status, address
    assert client.get("/calendar/?month=2031-01").context["unknown_year"] == 2031


def test_what_keeps_reminders_alive(office, clock):
    """Posts that nobody holds to those who fill them; a year without holidays to the administrator."""
    with whole():
        due.PostHolding.objects.update(to_on=ON - DAY)
        post = due.Post.objects.get()
    due.due(6, ON + 2 * DAY, on=ON, post=post)
    upkeep = client_of(office["county"]).get("/inbox/?show=upkeep")
    [line] = upkeep.context["lines"]
    assert line["task"].text.startswith("Deadlines held by nobody: 2")
    assert client_of(office["county"]).get(line["task"].url).context["pager"]["count"] == 2
    admin = world.user("admin", "admin", 0)
    assert client_of(admin).get("/inbox/?show=upkeep").context["lines"] == []
    clock("2030-12-01")
    [line] = client_of(admin).get("/inbox/?show=upkeep").context["lines"]
    assert "2030" in line["task"].text and line["task"].url == "/ledgers/calendar-days/"


TOLD_OF = ("rectification-items", "households", "risk-cases", "visit-steps", "plan-measures")


@pytest.mark.parametrize("role", list(ROLES))
def test_a_role_is_told_of_ledgers_that_it_reads_and_of_what_it_answers_for(clock, role):
    clock(ON)
    user = world.user(f"{role}-reader", role, world.WANGMO)
    unit, others = due.unit(), due.unit("民政局")
    User.objects.filter(pk=user.pk).update(unit=unit)
    user = User.objects.get(pk=user.pk)
    for number, key in enumerate(TOLD_OF, 1):
        due.due(number, ON + number * DAY, on=BEFORE, ledger=key, unit=others)
    own = len(TOLD_OF) + 1
    due.due(own, ON + DAY, on=BEFORE, ledger="plan-measures", unit=unit)
    engine.run(ON)
    read = {number for number, key in enumerate(TOLD_OF, 1) if can(user, "read", key)}
    assert len(read) == (2 if role == "department" else len(TOLD_OF))
    numbers = {*read, own}
    client = client_of(user)
    token = {"authorization": f"Token {ApiToken.make(user, 'test')}"}
    for ledger in ("alerts", "deadlines"):
        rows = Client().get(f"/api/v1/{ledger}/", headers=token).json()["results"]
        assert {int(row["address"].partition("=")[2]) for row in rows} == numbers, ledger
        for row in registry[ledger].model.objects.all() if role == "department" else ():
            status = Client().get(f"/api/v1/{ledger}/{row.pk}/", headers=token).status_code
            assert status == (200 if row.subject_id in numbers else 404), (ledger, row.subject_id)
        page = client.get(f"/ledgers/{ledger}/").content.decode()
        assert {number for number in range(1, own + 1) if f"事项 {number} 应于" in page} == numbers, ledger
    for show, shown in (("unit", {own}), ("area", numbers)):
        told = [line["task"].text for line in client.get(f"/inbox/?show={show}").context["lines"]]
        assert {
            number for number in range(1, own + 1) if any(f"事项 {number} 应于" in text for text in told)
        } == shown, show
    with whole():
        assert count_alerts(user, ON, "area") == len(numbers) == sum(counts(user).values())
        feed = calendar_of(user, ON).decode()
    listed = {number for number in range(1, own + 1) if f"?number={number}\r\n" in feed}
    assert own in listed <= numbers
