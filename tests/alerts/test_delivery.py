"""What leaves the house: one digest a receiver and day, sent again until it is taken; webhooks, signed; the calendar feed."""

from __future__ import annotations

import datetime as dt
import hashlib
import hmac
import io
import json
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest
from django.core import mail
from django.core.exceptions import ValidationError
from django.core.management import call_command
from django.test import Client
from icalendar import Calendar

from accounts.models import CalendarFeed, User
from alerts import engine, nightwork
from alerts.actions import clear_deadlines, mark_read
from alerts.addresses import check_address
from alerts.delivery import compose, deliver
from alerts.delivery.outgoing import PAUSES
from alerts.models import Alert, AlertReceipt, Digest, Webhook, WebhookDelivery
from common import clock as time
from common.scope import whole
from tests import due, world
from tests.due import DAY

ON = dt.date(2026, 5, 1)
SECRET = "a-secret-of-many-characters"


@pytest.fixture
def reader(clock) -> User:
    """Somebody with an address to whom things are due, nearly and late."""
    clock(ON)
    reader = world.user("reader", "county", world.WANGMO)
    User.objects.filter(pk=reader.pk).update(email="reader@example.org")
    reader = User.objects.get(pk=reader.pk)
    due.due(1, ON - 10 * DAY, on=ON - 60 * DAY, responsible=reader)
    due.due(2, ON + 3 * DAY, on=ON - 60 * DAY, responsible=reader)
    due.due(3, ON + 90 * DAY, on=ON - 60 * DAY, responsible=reader)
    return reader


def subjects(digest: Digest) -> set[int]:
    with whole():
        return set(Alert.objects.filter(pk__in=[p["alert"] for p in digest.parts]).values_list("subject_id", flat=True))


@pytest.mark.django_db
class TestDigests:
    def test_one_a_receiver_and_day_however_often_the_night_runs(self, reader):
        quiet = world.user("quiet", "county", world.WANGMO)  # no address
        due.due(9, ON, on=ON - 9 * DAY, responsible=quiet)
        engine.run(ON)
        [digest], _hooks = compose(ON)
        assert digest.user == reader and subjects(digest) == {1, 2}
        assert compose(ON) == ([], [])
        with whole():
            assert AlertReceipt.objects.filter(user=reader, told_on=ON).count() == 2

    def test_what_was_read_or_told_is_not_told_again_until_its_next_stage(self, reader):
        engine.run(ON)
        with whole():
            mark_read(Alert.objects.filter(subject_id=1, ended_on=None), by=reader)
        [digest], _hooks = compose(ON)
        assert subjects(digest) == {2}
        # The second is due on the third day: it is told a day ahead, on the day, a day late; the first 15 days late.
        for days, expected in ((1, []), (2, [{2}]), (3, [{2}]), (4, [{2}]), (5, [{1}]), (6, [{2}])):
            engine.run(ON + days * DAY)
            assert [subjects(one) for one in compose(ON + days * DAY)[0]] == expected, days

    def test_missed_days_are_told_in_one(self, reader):
        nightwork.check(ON)
        checked = nightwork.check(ON + 8 * DAY)
        assert checked.night.missed == 7
        assert [subjects(one) for one in checked.digests] == [{1, 2}]
        with whole():
            assert Digest.objects.count() == 2

    @pytest.mark.parametrize("change", [{"email": ""}, {"wants_digest": False}, {"is_active": False}])
    def test_who_gets_none(self, reader, change):
        User.objects.filter(pk=reader.pk).update(**change)
        engine.run(ON)
        assert compose(ON)[0] == []


@pytest.mark.django_db(transaction=True)
class TestSending:
    def test_a_digest_goes_out_once_in_words_with_links(self, reader, settings):
        nightwork.check(ON)
        assert (deliver().sent, deliver().sent) == (1, 0)
        [message] = mail.outbox
        assert message.to == ["reader@example.org"] and "2026-05-01" in message.subject
        late, near = message.body.index("事项 1 "), message.body.index("事项 2 ")
        assert late < near and f"{settings.SITE_URL}/inbox/?number=1" in message.body and "事项 3 " not in message.body
        with whole():
            digest = Digest.objects.get()
        assert digest.sent_at and digest.next_try is None and digest.error == ""

    def test_what_was_done_meanwhile_is_left_out(self, reader):
        nightwork.check(ON)
        with whole():
            clear_deadlines(due.KEY, due.LEDGER, [1, 2], on=ON)
        assert deliver().sent == 1 and mail.outbox == []

    def test_it_is_tried_again_with_growing_pauses_and_given_up(self, reader, settings):
        with socket.socket() as free:  # a port at which nobody listens once it is closed
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
        settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", port
        nightwork.check(ON)
        now, pauses = time.now(), []
        for _try in range(len(PAUSES)):
            assert deliver(now).failed == 1
            with whole():
                digest = Digest.objects.get()
            pauses.append(round((digest.next_try - now).total_seconds() / 60))
            assert deliver(digest.next_try - dt.timedelta(seconds=1)).failed == 0
            now = digest.next_try
        assert tuple(pauses) == PAUSES and "ConnectionRefused" in digest.error
        assert deliver(now).given_up == 1 and deliver(now + 9 * DAY).given_up == 0
        with whole():
            assert Digest.objects.get().next_try is None

    def test_the_command_says_what_it_did(self, reader, clock):
        nightwork.check(ON - 3 * DAY)
        said, complaints = io.StringIO(), io.StringIO()
        call_command("check_deadlines", on="2026-05-01", stdout=said, stderr=complaints)
        words = said.getvalue()
        assert "made up: 2 missed days since 2026-04-28" in words and "digests for: reader" in words
        assert "sent: 2, to be tried again: 0" in words and complaints.getvalue() == ""
        call_command("check_deadlines", on="2031-01-01", stdout=io.StringIO(), stderr=complaints)
        assert "The holidays of 2031 are not known" in complaints.getvalue()


class Receiver(BaseHTTPRequestHandler):
    """Another system: keeps what comes, and answers as it is told to."""

    taken: list[tuple[dict, bytes]] = []
    answers: list[int] = []

    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.taken.append((dict(self.headers), body))
        status = self.answers.pop(0) if self.answers else 200
        self.send_response(status)
        if status == 302:
            self.send_header("Location", "/elsewhere")
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *args):
        """Not to the tests' output."""


@contextmanager
def receiver(*answers: int) -> Iterator[int]:
    Receiver.taken, Receiver.answers = [], list(answers)
    server = HTTPServer(("127.0.0.1", 0), Receiver)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield server.server_port
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def hook(port: int, region: int = world.WANGMO) -> Webhook:
    with whole():
        return Webhook.objects.create(
            region=region, name="省级平台", address=f"http://127.0.0.1:{port}/hook", secret=SECRET
        )


@pytest.mark.django_db(transaction=True)
class TestWebhooks:
    def test_signed_sent_again_as_it_was_until_it_is_taken(self, reader, settings):
        settings.WEBHOOK_ADDRESSES = "any"
        with receiver(500, 302) as port:
            hook(port)
            nightwork.check(ON)
            now = time.now()
            for mails, taken, failed in ((1, 0, 1), (0, 0, 1), (0, 1, 0)):  # the first turn sends the reader's mail too
                found = deliver(now)
                assert (found.sent, found.failed) == (mails + taken, failed)
                now += dt.timedelta(hours=1)
        assert len(Receiver.taken) == 3  # the redirect was not followed
        assert len({body for _headers, body in Receiver.taken}) == 1
        assert len({headers["X-Relocation-Delivery"] for headers, _body in Receiver.taken}) == 1
        headers, body = Receiver.taken[-1]
        signed = f"{headers['X-Relocation-Timestamp']}.".encode() + body
        expected = hmac.new(SECRET.encode(), signed, hashlib.sha256).hexdigest()
        assert headers["X-Relocation-Signature"] == f"sha256={expected}"
        told = json.loads(body)
        assert (told["day"], told["open"], told["left_out"]) == ("2026-05-01", 2, 0)
        assert [one["days_late"] for one in told["alerts"]] == [10, -3]
        assert told["alerts"][0]["receivers"] == ["reader"] and told["levels"]["red"] == 1
        with whole():
            kept = WebhookDelivery.objects.get()
        assert (kept.attempts, kept.answer, kept.next_try) == (3, 200, None)

    def test_never_into_the_own_network_unless_allowed(self, reader, settings):
        with receiver() as port:
            hook(port)  # stored while it was allowed, or by a name that has changed since
            nightwork.check(ON)
            deliver()
            assert Receiver.taken == []
        with whole():
            assert "inside the own network" in WebhookDelivery.objects.get().error

    def test_a_place_gets_its_own_alerts_alone(self, reader, settings):
        settings.WEBHOOK_ADDRESSES = "any"
        with receiver() as port:
            hook(port, world.CEHENG)
            nightwork.check(ON)
            deliver()
        assert Receiver.taken == []


@pytest.mark.parametrize(
    ("address", "code"),
    [
        ("http://example.org/", "bad_address"),
        ("ftp://example.org/", "bad_address"),
        ("https://user:word@example.org/", "bad_address"),
        ("https://localhost/", "inside_address"),
        ("https://10.1.2.3/", "inside_address"),
        ("https://169.254.169.254/", "inside_address"),
        ("https://[::1]/", "inside_address"),
        ("https://[::ffff:192.168.1.1]/", "inside_address"),
        ("https://example.org:8443/hook", ""),
    ],
)
def test_addresses_of_webhooks(address, code):
    try:
        check_address(address)
    except ValidationError as error:
        assert error.code == code
    else:
        assert code == ""


@pytest.mark.django_db
class TestFeed:
    def read(self, key: str):
        return Client().get(f"/calendar/{key}.ics")

    def test_it_tells_what_is_due_and_nothing_else(self, reader, settings):
        other = world.user("other", "county", world.CEHENG)
        due.due(8, ON, on=ON, region=world.CEHENG, responsible=other)
        answer = self.read(CalendarFeed.make(reader))
        assert answer.status_code == 200 and answer["Content-Type"].startswith("text/calendar")
        assert answer["Referrer-Policy"] == "no-referrer" and "no-store" in answer["Cache-Control"]
        events = {
            str(event["description"]).split("\n")[0]: event
            for event in Calendar.from_ical(answer.content).walk("VEVENT")
        }
        assert set(events) == {
            f"事项 {n} 应于 {day} 前办结。" for n, day in ((1, "2026-04-21"), (2, "2026-05-04"), (3, "2026-07-30"))
        }
        event = events["事项 2 应于 2026-05-04 前办结。"]
        assert (event["dtstart"].dt, event["dtend"].dt) == (dt.date(2026, 5, 4), dt.date(2026, 5, 5))
        assert event["url"] == f"{settings.SITE_URL}/inbox/?number=2"
        assert b"reader" not in answer.content

    def test_the_address_is_the_key(self, reader):
        first = CalendarFeed.make(reader)
        second = CalendarFeed.make(reader)  # instead of the first
        assert [self.read(key).status_code for key in ("nonsense", first, second)] == [404, 404, 200]
        User.objects.filter(pk=reader.pk).update(is_active=False)
        assert self.read(second).status_code == 404
        assert not CalendarFeed.objects.filter(digest=second).exists()  # kept as its digest alone
