"""The export page, its job, the file and the template."""

from __future__ import annotations

import io

import pytest
from openpyxl import load_workbook

from accounts.models import Disclosure
from common.scope import whole
from jobs import actions, runner
from jobs.models import Job
from tests.world import WANGMO, household, settlement, user

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def county(client, clock, monkeypatch):
    monkeypatch.setattr(actions, "wake", lambda job_id: None)
    clock("2020-06-30")
    made = user("county", "county", WANGMO)
    client.force_login(made)
    household(made, settlement(made, name="幸福社区"))
    return made


def run_export(client, key: str, told: dict) -> Job:
    answer = client.post(f"/ledgers/{key}/export/", told)
    assert answer.status_code == 302, answer.content.decode()
    job = Job.objects.get(kind="export", state="queued")
    runner.run(job.pk)
    job.refresh_from_db()
    assert (job.state, job.error) == ("done", "")
    return job


def book_of(client, job: Job):
    answer = client.get(f"/jobs/{job.pk}/files/result/")
    assert answer.status_code == 200
    return load_workbook(io.BytesIO(b"".join(answer.streaming_content)))


def test_chosen_columns_masked_unless_a_purpose_is_told(county, client):
    assert client.get("/ledgers/persons/export/?relation=01").status_code == 200
    job = run_export(client, "persons", {"columns": ["name", "id_number"], "relation": "01"})
    sheet = book_of(client, job).worksheets[0]
    headings = [cell.value for row in sheet.iter_rows(max_row=4) for cell in row]
    assert "身份证号" in headings and "民族" not in headings
    assert any("*" in str(cell.value) for row in sheet.iter_rows() for cell in row)
    told = {"columns": ["name", "id_number"], "clear": "on", "purpose": ""}
    assert client.post("/ledgers/persons/export/", told).status_code == 422
    job = run_export(client, "persons", told | {"purpose": "入户核查"})
    assert not any("****" in str(cell.value) for row in book_of(client, job).worksheets[0].iter_rows() for cell in row)
    with whole():
        assert Disclosure.objects.order_by("-id").first().reason == "入户核查"


def test_a_filter_that_is_none_is_told(county, client):
    assert client.post("/ledgers/county-roster/export/", {"region": "不存在的地方"}).status_code == 422


def test_the_file_is_the_owners(county, client):
    job = run_export(client, "county-roster", {})
    client.force_login(user("colleague", "county", WANGMO))
    assert client.get(f"/jobs/{job.pk}/files/result/").status_code == 404
    client.force_login(user("auditor", "auditor", WANGMO))
    assert client.get("/ledgers/persons/export/").status_code == 403


@pytest.mark.parametrize("key", ["county-roster", "households", "persons", "employments", "settlements"])
def test_an_empty_template_is_understood_by_the_import(county, client, tmp_path, key):
    from common.excel.headings import find_headings
    from common.excel.reading import read_workbook
    from ledgers.shapes import shape_of

    answer = client.get(f"/ledgers/{key}/template/")
    assert answer.status_code == 200
    path = tmp_path / "template.xlsx"
    path.write_bytes(answer.content)
    sheet = read_workbook(path).visible[0]
    found = find_headings(sheet, shape_of(key).expected())
    assert found.missing == [] and found.unknown == []
