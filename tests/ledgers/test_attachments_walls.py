"""Attachments of another county do not exist, with and without the application's filters; files and rows stay together."""

import os
import threading
import time
from pathlib import Path

import pytest
from django.core.exceptions import PermissionDenied
from django.db import DatabaseError, connection, connections, transaction
from django.test import Client

from common import scope
from common.ledger import registry
from common.problems import Refused
from ledgers import tasks
from ledgers.attachments import actions, store
from ledgers.attachments.models import Attachment
from tests import world
from tests.ledgers import attachment_files as make
from tests.ledgers.attachment_files import upload

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def folder(settings, tmp_path) -> Path:
    settings.MEDIA_ROOT = tmp_path
    return tmp_path / "attachments"


@pytest.fixture
def mine():
    return world.user("wangmo", "county", world.WANGMO)


@pytest.fixture
def home(mine):
    return world.settlement(mine)


@pytest.fixture
def theirs():
    return world.user("ceheng", "county", world.CEHENG)


def attach(user, subject, *files) -> list[Attachment]:
    with scope.acting_as(user):
        return actions.attach(registry["settlements"], subject, files, by=user)


def files_in(folder: Path) -> list[Path]:
    return sorted(path for path in folder.rglob("*") if path.is_file())


def client_of(user) -> Client:
    client = Client()
    client.force_login(user)
    return client


def test_another_county_finds_nothing(mine, home, theirs):
    [found] = attach(mine, home, upload("a.jpg", make.jpeg()))
    stranger = client_of(theirs)
    for address in (found.url, f"{found.url}thumbnail/", f"{found.url}elsewhere/", f"{found.url}withdraw/"):
        assert stranger.get(address).status_code == 404, address
    assert stranger.post(f"{found.url}withdraw/", {"reason": "x"}).status_code == 404
    for base in ("/ledgers", "/api/v1"):
        collection = f"{base}/settlements/{home.code}/attachments/"
        assert stranger.get(collection).status_code == 404
        assert stranger.post(collection, {"files": upload("b.pdf", make.pdf())}).status_code == 404
    assert stranger.get(f"/api/v1/settlements/{home.code}/attachments/{found.pk}/").status_code == 404
    with pytest.raises(PermissionDenied):
        attach(theirs, home, upload("b.pdf", make.pdf()))
    with scope.acting_as(theirs), pytest.raises(PermissionDenied):
        actions.withdraw(found, "x", theirs)
    with scope.acting_as(mine):
        assert [one.withdrawn_at for one in Attachment.objects.all()] == [None]
    assert client_of(mine).get(found.url).status_code == 200
    between = world.user("apart", "county", 522325000000, world.CEHENG)  # the hull of these holds the county between
    assert client_of(between).get(found.url).status_code == 404


@pytest.mark.parametrize("table", ["ledgers_attachment", "ledgers_attachment_event"])
def test_the_database_alone_hides_them(mine, home, theirs, table):
    attach(mine, home, upload("a.jpg", make.jpeg()))
    for user, count in ((mine, 1), (theirs, 0)):
        with scope.acting_as(user), connection.cursor() as cursor:
            cursor.execute(f"SELECT count(*) FROM {table}")
            assert cursor.fetchone() == (count,)
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT count(*) FROM {table}")
        assert cursor.fetchone() == (0,)
    with (
        scope.acting_as(mine),
        connection.cursor() as cursor,
        pytest.raises(DatabaseError, match="row-level security"),
        transaction.atomic(),
    ):
        cursor.execute("UPDATE ledgers_attachment SET region = %s", [world.CEHENG_TOWNSHIP])


def test_a_refused_sending_leaves_no_file(mine, home, folder):
    with pytest.raises(Refused):
        attach(mine, home, upload("a.jpg", make.jpeg()), upload("b.pdf", b""))
    assert files_in(folder) == []


def test_a_transaction_that_is_undone_takes_its_files_along(mine, home, folder):
    [kept] = attach(mine, home, upload("a.jpg", make.jpeg()))
    with pytest.raises(ZeroDivisionError), scope.acting_as(mine):
        actions.attach(registry["settlements"], home, [upload("b.jpg", make.jpeg())], by=mine)
        assert len(files_in(folder)) == 4
        1 / 0  # noqa: B018
    with scope.acting_as(mine):
        actions.attach(registry["settlements"], home, [upload("c.jpg", make.jpeg())], by=mine)
        transaction.set_rollback(True)
    assert files_in(folder) == [kept.full_path, kept.thumbnail_path]


def test_a_part_that_is_undone_takes_only_its_own_files_along(mine, home, folder):
    with scope.acting_as(mine):
        [kept] = actions.attach(registry["settlements"], home, [upload("a.pdf", make.pdf())], by=mine)
        with pytest.raises(ZeroDivisionError), transaction.atomic():
            actions.attach(registry["settlements"], home, [upload("b.pdf", make.pdf())], by=mine)
            1 / 0  # noqa: B018
    assert files_in(folder) == [kept.full_path]


def test_a_request_that_fails_leaves_no_file(mine, home, folder, monkeypatch):
    def broken(*arguments, **options):
        raise RuntimeError("after the files were written")

    monkeypatch.setattr("ledgers.attachments.views.HttpResponseRedirect", broken)
    client = client_of(mine)
    client.raise_request_exception = False
    address = f"/ledgers/settlements/{home.code}/attachments/"
    assert client.post(address, {"files": upload("a.jpg", make.jpeg())}).status_code == 500
    assert files_in(folder) == []
    with scope.acting_as(mine):
        assert not Attachment.objects.exists()


def test_a_double_click_keeps_the_file_once(mine, home, folder):
    content, start, outcomes = make.jpeg(), threading.Barrier(2), []

    def send():
        start.wait()
        try:
            outcomes.append(len(attach(mine, home, upload("a.jpg", content))))
        except Refused as refusal:
            outcomes.append(refusal.problems[0].code)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=send) for _n in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(outcomes, key=str) == [1, "duplicate"]
    assert len(files_in(folder)) == 2


def test_a_full_disk_leaves_nothing(mine, home, folder, monkeypatch):
    written = []

    def fsync(number):
        written.append(number)
        if len(written) == 3:  # the file and its folder, then the thumbnail
            raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", fsync)
    with pytest.raises(OSError, match="No space"):
        attach(mine, home, upload("a.jpg", make.jpeg()))
    assert files_in(folder) == []


def test_the_sweep_removes_what_no_row_names_and_is_old(mine, home, folder):
    [kept] = attach(mine, home, upload("a.jpg", make.jpeg()))
    with scope.acting_as(mine):
        actions.withdraw(kept, "传错了", mine)
    old = time.time() - store.GRACE - 60
    left = folder / "ab" / ("ab" * 32 + "-0123456789ab")
    left.parent.mkdir(mode=0o700, exist_ok=True)
    orphans = [left, left.with_name(f"{left.name}.jpg"), left.with_name(f"{left.name[:-1]}c.partial")]
    young = left.with_name(f"{left.name[:-1]}d")
    for path in (*orphans, young):
        path.write_bytes(b"x")
    for path in (*orphans, kept.full_path, kept.thumbnail_path):
        os.utime(path, (old, old))
    assert tasks.sweep_attachments() == 2
    assert files_in(folder) == sorted([kept.full_path, kept.thumbnail_path, young])
    assert tasks.sweep_attachments() == 0


def test_the_sweep_of_an_empty_house(folder):
    assert not folder.exists()
    assert store.sweep() == 0
