"""Files that are no such workbook: each its own message, nothing stored, the file kept with the job."""

from __future__ import annotations

import pytest

from common.excel.limits import MESSAGES
from common.scope import acting_as
from households.models import Household
from jobs import actions, runner
from ledgers.imports.sessions import report_of
from tests.common.excel import hostile
from tests.imports.test_import_pages import county, upload  # noqa: F401 - a fixture
from tests.world import settlement

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def asleep(monkeypatch):
    monkeypatch.setattr(actions, "wake", lambda job_id: None)


def test_each_has_its_own_message_and_is_kept(county, client, tmp_path):  # noqa: F811
    for make, code in hostile.FILES.items():
        path = tmp_path / f"{make.__name__}.xlsx"
        make(path)
        job = upload(client, path, path.name) if path.stat().st_size else None
        if job is None:  # the form itself refuses an empty file
            continue
        assert job.state == "failed", make.__name__
        start = str(MESSAGES[code]).split("%(")[0]
        assert job.error.startswith(start), (make.__name__, job.error)
        assert job.file("source").full_path.read_bytes() == path.read_bytes()
        assert start[:20] in client.get(f"/jobs/{job.pk}/").content.decode()
        runner.sweep()
        assert job.file("source") is not None
    with acting_as(county):
        assert not Household.objects.exists()


def test_a_million_formatted_empty_rows_are_no_fault(county, client, tmp_path):  # noqa: F811
    settlement(county, name="蟠桃园社区")
    path = tmp_path / "long.xlsx"
    hostile.formatted_empty_rows(path)
    job = upload(client, path)
    assert (job.state, job.result["counts"]) == ("waiting", {"households": 1, "persons": 2, "employments": 1})


def test_sheets_of_another_kind_and_unknown_headings_are_told(county, client, tmp_path):  # noqa: F811
    path = tmp_path / "a.xlsx"
    hostile.wrong_kind(path)
    job = upload(client, path)
    assert job.state == "failed"
    assert "户编号" in job.error
    hostile.unknown_headings(path)
    job = upload(client, path)
    assert (job.state, job.result["errors"], job.result["new"]) == ("waiting", 1, 0)
    assert [(p["code"], p["column"]) for p in report_of(job)["problems"] if not p["warning"]] == [
        ("missing_column", "身份证号")
    ]


def test_what_looks_like_a_formula_is_text(county, client, tmp_path):  # noqa: F811
    settlement(county, name="蟠桃园社区")
    path = tmp_path / "a.xlsx"
    hostile.formula_like_texts(path)
    job = upload(client, path)
    assert job.state == "waiting"
