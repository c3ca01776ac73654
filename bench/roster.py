"""Import of a county's roster of 20,000 people: the product's check and store against django-import-export.

The people are those of the demo province under new numbers and codes, so that none of them is in the database yet.
"""

from __future__ import annotations

import io
import itertools
import json
import tempfile
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from django.core.management import call_command
from django.db.models import Count

from accounts.models import User
from bench import databases
from bench.measuring import Figure, compare_rates, seconds
from bench.peer import PeerFiles, count
from common import citizen_id, clock, scope
from common.excel.writing import Properties, RowBlock, write_workbook
from households.models import Household
from ledgers.exports.frame import sheet_spec
from ledgers.exports.rows import Composite
from ledgers.shapes import Shape, shape_of
from settlements.actions import save_settlements
from settlements.models import Settlement

PEOPLE = 20_000
PEER_SHARE = (
    10  # the peer gets every tenth household: it takes each row by itself, so that its time grows with the rows
)
IMPORTER = "integrator"
Places = list[dict]  # rows of the settlements that the sheets are named by


def measure() -> Iterator[Figure]:
    """Rows a second, into a county that has its households already, and into an empty one."""
    with tempfile.TemporaryDirectory() as folder:
        workbook = Path(folder) / "roster.xlsx"
        with databases.using("bench_province"), scope.acting_as(_user(), source="bench"):
            places = write_roster(workbook, PEOPLE)
        databases.prepare_empty()
        for name, template in (("import-roster", "bench_county"), ("import-roster-first", databases.EMPTY)):
            with _target(template, places):
                import_roster(workbook)
                stored = Household.objects.filter(settlement__code__in=[place["code"] for place in places])
                with scope.acting_as(_user()):
                    rows, files = count(stored), PeerFiles(Path(folder), stored, PEER_SHARE)
            yield compare_rates(
                name,
                lambda template=template: _product(template, places, workbook),
                lambda template=template, files=files: _peer(template, places, files),
                rows=rows,
                of_baseline=files.rows,
                pairs=3,
                unit=f"rows/s (baseline from every {PEER_SHARE}th household)",
            )


def _user() -> User:
    return User.objects.get(username=IMPORTER)


def write_roster(path: Path, people: int) -> Places:
    """Write a roster of households with numbers and no former members, county by county until there are so many people;
    gives the rows of its settlements."""
    user, shape = _user(), shape_of("county-roster")
    chosen, total = defaultdict(list), 0
    homes = (
        Household.objects.filter(voided_at=None)
        .exclude(persons__id_index=None)
        .exclude(persons__memberships__left_on__isnull=False)
        .annotate(size=Count("persons"))
    )
    for home in homes.order_by("region", "pk").values("pk", "settlement_id", "size").iterator():
        chosen[home["settlement_id"]].append(home["pk"])
        total += home["size"]
        if total >= people:
            break
    regions = Settlement.objects.filter(pk__in=chosen).order_by("pk").values_list("region", flat=True)
    places = [
        {
            "code": f"{region // 10**6:06d}B{number:04d}",
            "name": f"基准{number}号社区",
            "division": region,
            "placement": "concentrated",
            "location": "urban",
        }
        for number, region in enumerate(regions, 1)
    ]
    blocks = Composite(shape, user, clear=True, on=clock.today())
    renamed = _renaming(shape)
    sheets = (
        (
            sheet_spec(shape, shape.columns, place="", unit="", on=clock.today(), name=place["name"]),
            map(renamed, blocks.blocks(Household.objects.filter(pk__in=chosen[key]))),
        )
        for key, place in zip(sorted(chosen), places, strict=True)
    )
    write_workbook(path, sheets, Properties("bench", clock.now().replace(tzinfo=None)))
    return places


def _renaming(shape: Shape):
    """Changes the household codes and ID numbers of a block to ones that nobody has."""
    numbered = bool(shape.declared.numbered)
    code, number = (list(shape.by_key).index(key) + numbered for key in ("households.code", "persons.id_number"))
    taken: dict[str, Iterator[int]] = defaultdict(itertools.count)

    def rename(block: RowBlock) -> RowBlock:
        for line in block.rows:
            if line[code]:
                line[code] = f"{line[code][:6]}8{line[code][7:]}"
            if line[number]:
                birth, sex = line[number][6:14], int(line[number][16]) % 2
                first = f"529999{birth}{next(taken[birth + str(sex)]) * 2 + sex:03d}"
                line[number] = first + citizen_id.check_character(first)
        return block

    return rename


@contextmanager
def _target(template: str, places: Places) -> Iterator[None]:
    """A fresh copy of a database in which the roster's settlements are known."""
    with databases.copy_of(template):
        with scope.acting_as(_user(), source="bench"):
            save_settlements([dict(place) for place in places], by=_user())
        yield


def _product(template: str, places: Places, workbook: Path) -> float:
    with _target(template, places):
        return seconds(lambda: import_roster(workbook))


def _peer(template: str, places: Places, files: PeerFiles) -> float:
    with _target(template, places):
        return seconds(lambda: files.load(_user()))


def import_roster(workbook: Path) -> None:
    """The whole of the command: read, check, store, with history, verdicts and counters, and commit."""
    answer = io.StringIO()
    call_command("import_ledger", "county-roster", str(workbook), "--as", IMPORTER, "--json", stdout=answer)
    told = json.loads(answer.getvalue())
    if told["errors"] or not told["new"]:
        raise RuntimeError(f"the roster was not taken in whole: {told['errors'][:3]}")
