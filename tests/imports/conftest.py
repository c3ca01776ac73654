from __future__ import annotations

import json
from pathlib import Path

import pytest
from django.core.management import call_command

from tests.world import WANGMO, user

DATA = Path(__file__).resolve().parent.parent / "data"
ROSTER = DATA / "county-roster-a.xlsx"


@pytest.fixture
def truth() -> dict:
    return json.loads((DATA / "county-roster-a.truth.json").read_text("utf-8"))


@pytest.fixture
def county(db, clock):
    clock("2020-06-30")
    return user("county", "county", WANGMO)


@pytest.fixture
def imported(capsys):
    """`imported(file, *options, key=..., by=...)` runs the command: (exit code, its answer)."""

    def run(file, *options, key: str = "county-roster", by: str = "county") -> tuple[int, dict]:
        code = 0
        try:
            call_command("import_ledger", key, str(file), "--as", by, "--json", *options)
        except SystemExit as stop:
            code = stop.code
        return code, json.loads(capsys.readouterr().out.splitlines()[-1])

    return run
