"""The import in the browser: upload, job, review, decision, storing, the marked workbook."""

from __future__ import annotations

import datetime as dt
import io

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from common.scope import acting_as
from households.models import Household
from jobs import actions, runner
from jobs.models import Job
from settlements.models import Settlement
from tests.imports.workbooks import home, person, roster, work
from tests.world import WANGMO, id_number, settlement, user

pytestmark = pytest.mark.django_db(transaction=True)
BORN = dt.date(1980, 5, 5)
IMPORT = "/ledgers/county-roster/import/"


@pytest.fixture(autouse=True)
def asleep(monkeypatch):
    """No worker is told; the tests run jobs themselves."""
    monkeypatch.setattr(actions, "wake", lambda job_id: None)


@pytest.fixture
def county(transactional_db, client, clock):
    clock("2020-06-30")
    made = user("county", "county", WANGMO)
    client.force_login(made)
    return made


def upload(client, path, name="花名册.xlsx") -> Job:
    answer = client.post(IMPORT, {"file": SimpleUploadedFile(name, path.read_bytes())})
    assert answer.status_code == 302
    job = Job.objects.get(kind="import", state="queued")
    assert answer.url == f"/jobs/{job.pk}/"
    runner.run(job.pk)
    job.refresh_from_db()
    return job


def test_from_upload_to_stored(county, client, tmp_path):
    assert client.get(IMPORT).status_code == 200
    file = roster(
        tmp_path / "a.xlsx",
        [home() | person(id_number(BORN)) | work(), home("522326000002") | person("529999198005051230")],
    )
    job = upload(client, file)
    assert (job.state, job.result["new"], job.result["refused"]) == ("waiting", 1, 1)
    review = f"{IMPORT}{job.pk}/"
    assert client.get(f"/jobs/{job.pk}/").url == review
    poll = client.get(f"/jobs/{job.pk}/?poll=1")
    assert poll.headers["HX-Redirect"] == review
    page = client.get(review).content.decode()
    assert "529999198005051230" in page and "幸福社区" in page
    assert not Household.objects.exists()

    marking = Job.objects.get(kind="marking")
    runner.run(marking.pk)
    answer = client.get(f"/jobs/{marking.pk}/files/result/")
    assert "核对结果" in sheet_text(b"".join(answer.streaming_content))

    told = {"mode": "valid", "owner0-placement": "concentrated", "owner0-location": "urban"}
    refused = client.post(review, told)
    assert refused.status_code == 422
    for wrong in ("522327001000", "望谟", "王母镇"):
        told["owner0-division"] = wrong
        assert client.post(review, told).status_code == 422
    told["owner0-division"] = "王母街道"  # a name will do where it names one place
    page = client.post(review, told | {"owner0-location": ""})
    assert page.status_code == 422
    told["owner0-division"] = "522326001000"
    page = client.post(review, told | {"owner0-location": ""}).content.decode()
    assert ">贵州省 黔西南布依族苗族自治州 望谟县 王母街道</output>" in page
    told["owner0-division"] = "王母街道"
    assert client.post(review, told).url == f"/jobs/{job.pk}/"
    runner.run(job.pk)
    job.refresh_from_db()
    assert (job.state, job.error, job.result["new"]) == ("done", "", 1)
    assert client.get(review).status_code == 200
    with acting_as(county):
        assert Household.objects.get().settlement.name == "幸福社区"
        assert Settlement.objects.get().location == "urban"
    assert client.post(review, told).status_code in (200, 302)  # decided already: nothing happens again
    assert Job.objects.get(pk=job.pk).state == "done"


def test_an_upload_that_is_no_file_says_what_to_do(county, client):
    client.cookies["django_language"] = "en"
    page = client.post(IMPORT, {"file": SimpleUploadedFile("a.xlsx", b"")}).content.decode()
    assert "Save the workbook again and upload the new file." in page
    assert "An Excel workbook (.xlsx) of at most 64 MB, as it is." in page
    assert "Choose a file." in client.post(IMPORT, {}).content.decode()


def sheet_text(content: bytes) -> str:
    from openpyxl import load_workbook

    sheet = load_workbook(io.BytesIO(content)).worksheets[0]
    return " ".join(str(cell.value) for row in sheet.iter_rows() for cell in row if cell.value is not None)


def test_what_changed_since_the_check_is_looked_at_again(county, client, tmp_path):
    place = settlement(county, name="幸福社区")
    number = id_number(BORN)
    job = upload(client, roster(tmp_path / "a.xlsx", [home() | person(number)]))
    assert (job.state, job.result["errors"]) == ("waiting", 0)
    from tests.world import household, member

    household(county, place, [member(id_number=number)])
    client.post(f"{IMPORT}{job.pk}/", {"mode": "all"})
    runner.run(job.pk)
    job.refresh_from_db()
    assert (job.state, job.result["errors"]) == ("waiting", 1)
    assert job.result["notice"]
    with acting_as(county):
        assert Household.objects.count() == 1


def test_cancelled_while_it_is_checked_or_stored(county, client, tmp_path, monkeypatch):
    settlement(county, name="幸福社区")
    file = roster(tmp_path / "a.xlsx", [home() | person(id_number(BORN))])
    stop_in(monkeypatch, "checking")
    job = upload(client, file)
    assert job.state == "cancelled"
    monkeypatch.undo()
    monkeypatch.setattr(actions, "wake", lambda job_id: None)
    job = upload(client, file)
    client.post(f"{IMPORT}{job.pk}/", {"mode": "all"})
    stop_in(monkeypatch, "storing")
    runner.run(job.pk)
    job.refresh_from_db()
    assert job.state == "cancelled"
    with acting_as(county):
        assert not Household.objects.exists()


def stop_in(monkeypatch, phase: str) -> None:
    """Cancel the job as soon as it has begun `phase`, and let its thread see it."""
    original = runner.Run.advance

    def advance(run, done):
        if run.name == phase:
            actions.cancel(run.job)
            run.pulse()
        original(run, done)

    monkeypatch.setattr(runner.Run, "advance", advance)


def test_colleagues_do_not_see_it_and_other_roles_may_not(county, client, tmp_path):
    settlement(county, name="幸福社区")
    job = upload(client, roster(tmp_path / "a.xlsx", [home() | person(id_number(BORN))]))
    client.force_login(user("colleague", "county", WANGMO))
    assert client.get(f"{IMPORT}{job.pk}/").status_code == 404
    client.force_login(user("auditor", "auditor", WANGMO))
    assert client.get(IMPORT).status_code == 403
    assert client.get("/ledgers/nothing/import/").status_code == 404
