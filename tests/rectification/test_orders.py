"""Supervision orders: issued, received, answered, decided; never closed without receipt and reply."""

import datetime as dt

import pytest
from django.core.exceptions import PermissionDenied
from django.db import IntegrityError, transaction

from alerts.models import Deadline
from common.ledger import registry
from common.problems import Refused
from common.scope import acting_as, whole
from ledgers.actions import save
from rectification.actions.orders import Told, move, save_orders, void_orders
from rectification.models.orders import OrderMove, SupervisionOrder
from rectification.queries.orders import overdue, why_not
from rectification.task_states import ORDER_ACTS
from tests import world
from tests.rectification import offices

pytestmark = pytest.mark.usefixtures("english")

ON, LIMIT = dt.date(2026, 3, 10), dt.date(2026, 3, 31)
TOLD = {
    "receive": Told(),
    "reply": Told("已整改到位", "咸教函〔2026〕9号"),
    "close": Told("同意办结"),
    "return": Told("佐证不足"),
    "extend": Told("汛期停工", day=dt.date(2026, 4, 30)),
}


def issue(city, by=None, on=ON, **values) -> SupervisionOrder:
    by = by or city.lead
    row = {"unit": city.education, "title": "学位缺口", "requirement": "逐点核实", "limit_on": LIMIT, **values}
    with acting_as(by):
        return save_orders([row], by=by, on=on).objects[0]


def do(user, order, key, told=None, on=ON, version=None):
    with acting_as(user):
        return move(order.pk, key, told or TOLD[key], by=user, on=on, version=version)


def now(order) -> SupervisionOrder:
    with whole():
        return SupervisionOrder.objects.get(pk=order.pk)


def deadline(order) -> tuple | None:
    with whole():
        rows = Deadline.objects.filter(ledger="supervision-orders", subject_id=order.pk, cleared_on=None)
        return rows.values_list("due_on", "paused_on").first()


def bring_to(city, order, state):
    for act, user in [("receive", city.teacher), ("reply", city.teacher), ("return", city.lead)]:
        if now(order).state == state:
            return
        if state == "closed" and now(order).state == "replied":
            do(city.lead, order, "close")
            return
        do(user, order, act)


def test_the_way_of_an_order_with_its_deadline(city):
    order = issue(city)
    assert (order.number, order.region, order.issuer_region, order.issuer) == (
        "督办〔2026〕1号",
        offices.CITY,
        offices.CITY,
        city.drc,
    )
    assert deadline(order) == (LIMIT, None)
    do(city.teacher, order, "receive", on=ON)
    do(city.teacher, order, "reply", on=dt.date(2026, 3, 20))
    assert deadline(order) == (LIMIT, dt.date(2026, 3, 20))
    do(city.lead, order, "return", Told("佐证不足", day=dt.date(2026, 4, 10)), on=dt.date(2026, 3, 22))
    assert deadline(order) == (dt.date(2026, 4, 10), None)
    do(city.deputy, order, "reply", on=dt.date(2026, 4, 1))
    do(city.lead, order, "close", on=dt.date(2026, 4, 2))
    closed = now(order)
    assert (closed.state, closed.received_by, closed.replied_by, closed.closed_on, deadline(order)) == (
        "closed",
        city.teacher,
        city.deputy,
        dt.date(2026, 4, 2),
        None,
    )
    with whole():
        acts = list(OrderMove.objects.order_by("pk").values_list("act", "before", "after"))
    assert acts == [
        ("issue", "issued", "issued"),
        ("receive", "issued", "received"),
        ("reply", "received", "replied"),
        ("return", "replied", "returned"),
        ("reply", "returned", "replied"),
        ("close", "replied", "closed"),
    ]


@pytest.mark.parametrize(
    ("state", "words"),
    [
        ("issued", "Nobody has acknowledged receipt"),
        ("received", "There is no reply yet"),
        ("returned", "There is no reply yet"),
    ],
)
def test_it_is_not_closed_without_receipt_and_reply(city, state, words):
    order = issue(city)
    bring_to(city, order, state)
    with pytest.raises(Refused, match=words):
        do(city.lead, order, "close")
    with pytest.raises(IntegrityError), acting_as(city.lead), transaction.atomic():
        # The database would not have it either.
        SupervisionOrder.objects.filter(pk=order.pk).update(state="closed", closed_on=ON, received_on=None)


PERMISSIONS = {
    "lead": "close return extend",
    "colleague": "close return extend",
    "teacher": "receive reply",
    "deputy": "receive reply",
    "health": "",
    "reviewer": "close return extend",
    "province": "",
    "auditor": "",
}
STATE_FOR = {"receive": "issued", "reply": "received", "close": "replied", "return": "replied", "extend": "received"}


@pytest.mark.parametrize("act", STATE_FOR)
@pytest.mark.parametrize("person", PERMISSIONS)
def test_who_may_do_what(city, person, act):
    """The issuer's side decides and the receiver's side answers; the province above may decide on the city's as well."""
    user, order = city.everybody[person], issue(city)
    bring_to(city, order, STATE_FOR[act])
    allowed = PERMISSIONS[person].split() + (["close", "return", "extend"] if person == "province" else [])
    with acting_as(user):
        reason = why_not(now(order), ORDER_ACTS[act], user, ON)
    assert (reason == "") is (act in allowed), reason
    before = now(order).version
    if reason:
        with pytest.raises(Refused):
            do(user, order, act)
        assert now(order).version == before
    else:
        do(user, order, act)
        assert now(order).version == before + 1


@pytest.mark.parametrize("act", ORDER_ACTS)
@pytest.mark.parametrize("state", ["issued", "received", "replied", "returned", "closed"])
def test_an_act_is_done_in_its_states_alone(city, act, state):
    order = issue(city)
    bring_to(city, order, state)
    user = city.teacher if act in ("receive", "reply") else city.lead
    with acting_as(user):
        reason = why_not(now(order), ORDER_ACTS[act], user, ON)
    assert (reason == "") is (state in ORDER_ACTS[act].sources), reason


def test_nobody_decides_on_their_own_answer(city):
    order = issue(city, by=city.province, unit=city.drc)
    do(city.lead, order, "receive")
    do(city.lead, order, "reply")
    for user in (city.lead, city.colleague):
        with pytest.raises(Refused):
            do(user, order, "close")
    do(city.province, order, "close")


def test_a_person_or_a_post_receives_it(city):
    post = offices.post(city.education)
    outsider = offices.user("outsider", "department")
    by_post, by_person = issue(city, post=post), issue(city, person=city.deputy)
    with whole():
        rows = Deadline.objects.filter(ledger="supervision-orders", cleared_on=None).order_by("subject_id")
        assert [(row.post, row.responsible, row.unit) for row in rows] == [
            (post, None, city.education),
            (None, city.deputy, city.education),
        ]
    with pytest.raises(Refused, match="addressed to 市教育局"):
        do(outsider, by_post, "receive")
    offices.holds(outsider, post, ON)
    do(outsider, by_post, "receive")
    do(city.deputy, by_person, "receive")


@pytest.mark.parametrize(
    ("values", "field", "code"),
    [
        ({"limit_on": ON - dt.timedelta(1)}, "limit_on", "past_date"),
        ({"subject_ledger": "responsibility-tasks", "subject_id": 10**9}, "subject_id", "unknown_row"),
        ({"subject_ledger": "no-such-ledger", "subject_id": 1}, "subject_id", "unknown_row"),
        ({"subject_id": 1}, "subject_ledger", "required"),
    ],
)
def test_what_does_not_hold_together_is_refused(city, values, field, code):
    with pytest.raises(Refused) as refusal:
        issue(city, **values)
    assert [(problem.field, problem.code) for problem in refusal.value.problems] == [(field, code)]
    with whole():
        assert not SupervisionOrder.objects.exists()


def test_the_receiver_is_another_unit_of_the_area(city):
    for unit, words in [
        (city.drc, "another unit than your own"),
        (offices.unit("陕西省教育厅", offices.SHAANXI), "outside the area"),
        (offices.unit("望谟县教育局", world.WANGMO), "outside the area"),
    ]:
        with pytest.raises(Refused, match=words):
            issue(city, unit=unit)
    with pytest.raises(Refused, match="another unit's"):
        issue(city, post=offices.post(city.drc))
    with pytest.raises(Refused, match="another unit"):
        issue(city, person=city.health)


def test_it_tells_what_it_is_about(city, task):
    order = issue(city, subject_ledger="responsibility-tasks", subject_id=task.pk)
    assert (order.subject_title, order.subject_address) == (str(task), f"/responsibility/{task.pk}/")


def test_numbers_run_by_place_and_year(city):
    assert [issue(city).number, issue(city).number] == ["督办〔2026〕1号", "督办〔2026〕2号"]
    assert issue(city, on=dt.date(2027, 1, 1), limit_on=dt.date(2027, 2, 1)).number == "督办〔2027〕1号"
    # The province counts for itself, and its order lies where its receiver is.
    order = issue(city, by=city.province)
    assert (order.number, order.issuer_region, order.region) == ("督办〔2026〕1号", offices.SHAANXI, offices.CITY)


@pytest.mark.parametrize(
    ("on", "state", "late"),
    [
        (LIMIT, "issued", False),
        (LIMIT + dt.timedelta(1), "issued", True),
        (LIMIT + dt.timedelta(1), "received", True),
        (LIMIT + dt.timedelta(1), "replied", False),
        (LIMIT + dt.timedelta(1), "closed", False),
    ],
)
def test_the_limit_counts_its_last_day(city, on, state, late):
    order = issue(city)
    bring_to(city, order, state)
    with whole():
        assert SupervisionOrder.objects.filter(overdue(on)).exists() is late


def test_what_is_missing_is_told_at_once(city):
    order = issue(city)
    do(city.teacher, order, "receive")
    with pytest.raises(Refused) as refusal:
        do(city.teacher, order, "reply", Told())
    assert {problem.field for problem in refusal.value.problems} == {"text", "evidence"}
    with pytest.raises(Refused, match="ends later"):
        do(city.lead, order, "extend", Told("x", day=LIMIT))
    do(city.lead, order, "extend")
    assert deadline(order) == (dt.date(2026, 4, 30), None)
    with pytest.raises(Refused, match="Somebody else has acted"):
        do(city.teacher, order, "reply", version=order.version)


def test_it_can_be_changed_until_its_receipt_and_taken_back_until_its_reply(city):
    order = issue(city)
    with acting_as(city.lead):
        save_orders([{"id": order.pk, "title": "学位缺口（更正）"}], by=city.lead, on=ON)
    do(city.teacher, order, "receive")
    with acting_as(city.lead):
        with pytest.raises(Refused, match="acknowledged"):
            save_orders([{"id": order.pk, "title": "再改"}], by=city.lead, on=ON)
        assert now(order).title == "学位缺口（更正）"
    other = issue(city)
    with acting_as(city.lead):
        assert void_orders([other.pk], reason="误签", by=city.lead) == 1
    assert deadline(other) is None
    do(city.teacher, order, "reply")
    with acting_as(city.lead), pytest.raises(Refused, match="before it is answered"):
        void_orders([order.pk], reason="误签", by=city.lead)


def test_departments_answer_and_do_not_issue(city):
    row = {"unit": city.drc, "title": "x", "requirement": "y", "limit_on": LIMIT}
    with acting_as(city.teacher), pytest.raises(PermissionDenied, match="does not issue"):
        save(registry["supervision-orders"], [row], by=city.teacher)
    client = offices.client_of(city.teacher)
    assert client.get("/orders/new/").status_code == 403
    client.force_login(city.auditor)
    assert client.get("/orders/new/").status_code == 403


class TestPages:
    def send(self, user, address, **data):
        client = offices.client_of(user)
        page = client.get(address)
        form_id = page.context["form"].initial["form_id"]
        return [client.post(address, {"form_id": form_id, **data}) for _n in range(2)]

    def test_issuing_from_a_task_twice_makes_one_order(self, city, task):
        address = f"/orders/new/?ledger=responsibility-tasks&record={task.pk}"
        first, second = self.send(
            city.lead,
            address,
            unit=city.education.pk,
            level="red",
            title="学位",
            requirement="核实",
            limit_on="20260401",
            subject_ledger="responsibility-tasks",
            subject_id=task.pk,
        )
        with whole():
            order = SupervisionOrder.objects.get()
        assert first.status_code == second.status_code == 302
        assert first.url == second.url == f"/orders/{order.pk}/"
        assert (order.level, order.limit_on, order.subject_id) == ("red", dt.date(2026, 4, 1), task.pk)

    def test_faults_stand_at_their_fields(self, city):
        first, _second = self.send(city.lead, "/orders/new/", title="", level="red")
        assert first.status_code == 422
        assert set(first.context["form"].errors) == {"unit", "title", "requirement", "limit_on"}

    def test_the_page_offers_what_is_allowed_and_tells_the_rest(self, city, task):
        order = issue(city, subject_ledger="responsibility-tasks", subject_id=task.pk)
        client = offices.client_of(city.teacher)
        page = client.get(f"/orders/{order.pk}/")
        assert [act.key for act in page.context["allowed"]] == ["receive"]
        assert page.context["subject"] == f"/responsibility/{task.pk}/"
        text = page.content.decode()
        assert "Acknowledge receipt first." in text and f"/orders/{order.pk}/receive/" in text
        assert client.get(f"/orders/{order.pk}/close/").url == f"/orders/{order.pk}/"
        assert client.get(f"/orders/{order.pk}/nonsense/").status_code == 404
        assert client.post(f"/orders/{order.pk}/close/", {"text": "x"}).status_code == 422
        assert order.number in client.get(f"/orders/{order.pk}/sheet/").content.decode()
        client.force_login(offices.user("stranger", "county", world.WANGMO))
        for way in ("", "sheet/", "receive/"):
            assert client.get(f"/orders/{order.pk}/{way}").status_code == 404
