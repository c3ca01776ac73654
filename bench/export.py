"""Export of 100,000 rows of the person ledger in the official form, against openpyxl's write-only mode; and its memory."""

from __future__ import annotations

import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from openpyxl import Workbook

from accounts.models import User
from bench import databases
from bench.measuring import Figure, compare, compare_rates, seconds
from common import clock, scope
from common.excel.writing import Properties, write_workbook
from ledgers.exports.frame import sheet_spec
from ledgers.exports.rows import plain_rows
from ledgers.queries import Order
from ledgers.shapes import shape_of

LEDGER = "persons"
MANY, FEW = 100_000, 10_000


def measure() -> Iterator[Figure]:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "export.xlsx"
        with databases.using("bench_province"):
            yield compare_rates(
                "export",
                lambda: seconds(lambda: official(path, MANY)),
                lambda: seconds(lambda: by_openpyxl(path, MANY)),
                rows=MANY,
                of_baseline=MANY,
                pairs=3,
                unit="rows/s",
            )
        yield compare(
            "export-memory",
            lambda: _memory(MANY),
            lambda: _memory(FEW),
            pairs=3,
            unit="MB of the whole process",
            scale=1,
        )


def _rows(columns, count: int) -> Iterator[list]:
    """The first rows of the ledger as the product reads and words them; both sides get them so."""
    shape = shape_of(LEDGER)
    user = User.objects.get(username="drc")
    ordered = shape.outer.rows(user).order_by(*Order(shape.outer.sort).paths)[:count]
    return plain_rows(ordered, columns, clear=False, on=clock.today())


def official(path: Path, count: int) -> None:
    """Read and write as an export does, with title, headings, widths, print set-up, totals and signature."""
    shape = shape_of(LEDGER)
    with scope.acting_as(User.objects.get(username="drc"), source="bench"):
        spec = sheet_spec(shape, shape.columns, place="贵州省", unit="贵州省发展和改革委员会", on=clock.today())
        properties = Properties("bench", clock.now().replace(tzinfo=None))
        written = write_workbook(path, [(spec, _rows(shape.columns, count))], properties)
    if written != count:
        raise RuntimeError(f"{written} rows were written instead of {count}")


def by_openpyxl(path: Path, count: int) -> None:
    """The same rows below one row of headings, without any of the official form."""
    shape = shape_of(LEDGER)
    with scope.acting_as(User.objects.get(username="drc"), source="bench"):
        book = Workbook(write_only=True)
        sheet = book.create_sheet()
        sheet.append([column.heading for column in shape.columns])
        for row in _rows(shape.columns, count):
            sheet.append(row)
        book.save(path)


def _memory(count: int) -> float:
    """Megabytes that a process of its own needs at most to write so many rows."""
    command = [sys.executable, "-m", "bench.memory", str(count)]
    answer = subprocess.run(command, cwd=databases.settings.ROOT, check=True, capture_output=True, text=True)
    return float(answer.stdout)
