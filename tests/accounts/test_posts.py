"""Posts and who holds them: a change of person re-binds all that hangs on the post, a substitute takes the alerts."""

from __future__ import annotations

import datetime as dt

import pytest
from django.core.exceptions import PermissionDenied

from accounts.models import User
from accounts.post_actions import put_on_post, save_holdings, void_holdings
from accounts.posts import posts_of, receivers_of
from alerts import engine
from alerts.models import Alert, Deadline
from alerts.queries import inbox, orphans
from common.problems import Refused
from common.scope import acting_as, whole
from tests import due, world
from tests.due import DAY
from tests.rectification.offices import client_of, english  # noqa: F401  a fixture

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("english")]
ON = dt.date(2026, 5, 1)


@pytest.fixture
def people(clock) -> dict[str, User]:
    clock(ON)
    made = {name: world.user(name, "county", world.WANGMO) for name in ("boss", "first", "second", "third")}
    return made | {
        "far": world.user("far", "county", world.CEHENG),
        "auditor": world.user("auditor", "auditor", world.WANGMO),
    }


@pytest.fixture
def post(people):
    made = due.post()
    due.holds(made, people["first"], ON - 90 * DAY)
    for number in (1, 2):
        due.due(number, ON + number * DAY, on=ON - 60 * DAY, post=made)
    engine.run(ON)
    return made


def put(people, post, who: str, from_on=ON, by: str = "boss", **told):
    with acting_as(people[by]):
        return put_on_post(post, people[who], from_on, by=people[by], **told)


def told(people) -> dict[str, set[int]]:
    """Whose inbox holds which subjects on the day, and whom the alerts name."""
    found = {}
    for name in ("first", "second", "third"):
        with acting_as(people[name]):
            found[name] = set(inbox(people[name]).values_list("subject_id", flat=True))
    return {name: subjects for name, subjects in found.items() if subjects}


def names() -> set[str]:
    with whole():
        return set(Alert.objects.filter(ended_on=None).values_list("receiver", flat=True))


def test_a_change_of_person_rebinds_all(people, post):
    assert told(people) == {"first": {1, 2}} and names() == {"first"}
    put(people, post, "second")
    assert told(people) == {"second": {1, 2}} and names() == {"second"}
    with whole():
        spells = post.holdings.order_by("from_on").values_list("user__username", "from_on", "to_on")
        assert list(spells) == [("first", ON - 90 * DAY, ON - DAY), ("second", ON, None)]
        assert set(Deadline.objects.values_list("post", "reach")) == {(post.pk, "post")}


def test_a_substitute_takes_the_alerts_on_his_days_and_gives_them_back(people, post, clock):
    put(people, post, "second", substitute=True, to_on=ON + 2 * DAY)
    assert told(people) == {"second": {1, 2}} and names() == {"second"}
    with whole():
        assert [user.username for user in receivers_of([post.pk], ON + 2 * DAY)[post.pk]] == [
            "second"
        ]  # both days count
        assert [user.username for user in receivers_of([post.pk], ON + 3 * DAY)[post.pk]] == ["first"]
        assert posts_of(people["first"], ON) == [] and posts_of(people["first"], ON + 3 * DAY) == [post.pk]
    engine.run(clock(ON + 3 * DAY))
    assert told(people) == {"first": {1, 2}} and names() == {"first"}


def test_a_post_that_nobody_holds_is_an_orphan(people, post, clock):
    with whole():
        assert orphans(Deadline.objects.all(), ON).count() == 0
    User.objects.filter(pk=people["first"].pk).update(is_active=False)
    engine.run(clock(ON + DAY))
    with whole():
        assert orphans(Deadline.objects.all(), ON + DAY).count() == 2
    client = client_of(people["boss"])
    assert client.get("/ledgers/deadlines/?orphan=1").context["pager"]["count"] == 2
    assert client.get("/ledgers/posts/?vacant=1").context["pager"]["count"] == 1
    put(people, post, "third", ON + DAY)
    assert told(people) == {"third": {1, 2}}
    assert client.get("/ledgers/deadlines/?orphan=1").context["pager"]["count"] == 0


def test_an_entry_by_mistake_is_voided_and_the_post_is_free_again(people, post):
    with acting_as(people["boss"]):
        holding = post.holdings.get()
        void_holdings([holding.pk], reason="误录", by=people["boss"])
    # Nobody holds it: meanwhile all in charge of the area are told, and nobody by name.
    assert told(people) == dict.fromkeys(("first", "second", "third"), {1, 2}) and names() == {""}
    put(people, post, "second", ON - 10 * DAY)  # no overlap with what is void
    assert told(people) == {"second": {1, 2}}


@pytest.mark.parametrize(
    ("rows", "code"),
    [
        ([("second", 0, None, False)], "overlap"),
        ([("second", -200, 0, False)], "overlap"),
        ([("second", -200, -91, False)], ""),  # until the day before
        ([("second", 0, 9, True), ("third", 0, 9, True)], ""),  # substitutes may be several
        ([("far", 0, 9, True)], "out_of_scope"),
    ],
)
def test_one_holder_at_a_time_of_the_own_area(people, post, rows, code):
    told = [
        {
            "post": post,
            "user": people[name],
            "from_on": ON + start * DAY,
            "to_on": None if end is None else ON + end * DAY,
            "substitute": substitute,
        }
        for name, start, end, substitute in rows
    ]
    with acting_as(people["boss"]):
        if not code:
            assert save_holdings(told, by=people["boss"]).new == len(rows)
            return
        with pytest.raises(Refused) as refusal:
            save_holdings(told, by=people["boss"])
    assert [problem.code for problem in refusal.value.problems] == [code]
    with whole():
        assert post.holdings.count() == 1


def test_who_may_hand_over(people, post):
    with pytest.raises(PermissionDenied):
        put(people, post, "second", by="auditor")
    assert client_of(people["auditor"]).get(f"/accounts/posts/{post.pk}/hand-over/").status_code == 403
    assert client_of(people["far"]).get(f"/accounts/posts/{post.pk}/hand-over/").status_code == 404
    with pytest.raises(Refused, match="before the beginning"):
        put(people, post, "second", to_on=ON - DAY)
    assert told(people) == {"first": {1, 2}}
