"""Files that are no such workbook: each its own message, nothing stored, file and report kept."""

from __future__ import annotations

import pytest

from jobs import actions, runner
from tests.imports.test_import_pages import county, upload  # noqa: F401 - a fixture
from tests.imports.workbooks import roster

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def asleep(monkeypatch):
    monkeypatch.setattr(actions, "wake", lambda job_id: None)


def files(tmp_path) -> dict:
    from openpyxl import Workbook

    other = Workbook()
    other.active.append(["编号", "资产名称", "数量"])
    other.active.append(["1", "电脑", 3])
    other.save(tmp_path / "other.xlsx")
    (tmp_path / "damaged.xlsx").write_bytes(roster(tmp_path / "good.xlsx", []).read_bytes()[:3000])
    (tmp_path / "text.xlsx").write_bytes("户编号,姓名\n1,甲\n".encode())
    (tmp_path / "page.xlsx").write_bytes(b"<html><table></table></html>")
    (tmp_path / "picture.xlsx").write_bytes(b"\x89PNG\r\n\x1a\n" + bytes(100))
    (tmp_path / "locked.xlsx").write_bytes(
        b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600) + "EncryptionInfo".encode("utf-16-le") + bytes(600))
    return {name: tmp_path / f"{name}.xlsx" for name in ("other", "damaged", "text", "page", "picture", "locked")}


def test_each_has_its_own_message_and_is_kept(county, client, tmp_path):  # noqa: F811
    told = set()
    for name, path in files(tmp_path).items():
        job = upload(client, path, f"{name}.xlsx")
        assert (job.state, bool(job.error)) == ("failed", True), name
        told.add(job.error)
        assert job.file("source").full_path.read_bytes() == path.read_bytes()
        page = client.get(f"/jobs/{job.pk}/")
        assert job.error.split("。")[0][:20] in page.content.decode() or page.status_code == 200
        runner.sweep()
    assert len(told) == 6
