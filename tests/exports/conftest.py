from __future__ import annotations

import pytest
from django.core.management import call_command

from tests.imports.conftest import county, imported  # noqa: F401 - fixtures


@pytest.fixture
def exported(tmp_path):
    """`exported(key, *options, by=...)` runs the command and gives the path of the workbook."""

    def run(key: str, *options, by: str = "county", name: str = ""):
        path = tmp_path / f"{name or key}.xlsx"
        call_command("export_ledger", key, "--as", by, "--out", str(path), *options, verbosity=0)
        return path

    return run
