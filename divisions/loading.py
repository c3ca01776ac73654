"""Writers of divisions and code lists from the files that the product ships, or that an office brings."""

from __future__ import annotations

import csv
import datetime as dt
from collections.abc import Iterable
from copy import copy
from dataclasses import dataclass
from pathlib import Path

from django.utils.translation import gettext as _

from common import bulk, clock, codes, pinyin, scope
from common.problems import Problem, Refused
from divisions.models import CodeItem, Division

COLUMNS = ("code", "name", "parent", "level")
# The codes of the shipped file were in force throughout the years that the policy covers.
DEFAULT_VALID_FROM = dt.date(2020, 1, 1)


@dataclass(frozen=True)
class Loaded:
    """How many rows of a file were new, changed (renamed, moved to another parent) and as stored."""

    new: int
    changed: int
    unchanged: int


@dataclass(frozen=True)
class _Row:
    number: int
    code: int
    name: str
    parent: int | None
    level: int


def load_divisions(path: Path | str, valid_from: dt.date = DEFAULT_VALID_FROM, using: str = "default") -> Loaded:
    """Load a CSV file with the columns code, name, parent, level as the divisions in force from a day on.

    Divisions that the file does not name stay as they are. A division called otherwise until then gets an end on
    `valid_from` and a row of its new name from that day; one that began on that very day is corrected. Raises Refused
    with every problem of the file, and then nothing is stored.
    """
    with scope.whole(source="load_divisions", using=using):
        divisions = Division.objects.using(using)
        stored = {division.code: division for division in divisions.in_force(valid_from).select_related("parent")}
        rows = _read(Path(path), stored)
        begins = dict(
            divisions.filter(valid_from__gt=valid_from).order_by("-valid_from").values_list("code", "valid_from")
        )
        new = [row for row in rows if row.code not in stored]
        changed = [row for row in rows if row.code in stored and _differs(row, stored[row.code])]
        for level in sorted(scope.LEVEL_DIGITS):
            added = [_opened(row, stored, valid_from, begins.get(row.code)) for row in new if row.level == level]
            bulk.insert(added, using)
            stored |= {division.code: division for division in added}
        _change(changed, stored, valid_from, using)
        return Loaded(len(new), len(changed), len(rows) - len(new) - len(changed))


def _read(path: Path, stored: dict[int, Division]) -> list[_Row]:
    """The file's rows. Raises Refused with all problems at once."""
    problems: list[Problem] = []

    def refuse(number: int, field: str, value: str, code: str, message: str) -> None:
        problems.append(Problem(number, field, value, code, message))

    rows: dict[int, _Row] = {}
    with path.open(encoding="utf-8-sig", newline="") as file:
        reader = csv.DictReader(file)
        missing = [column for column in COLUMNS if column not in (reader.fieldnames or ())]
        if missing:
            raise Refused(
                [
                    Problem(
                        1, column, "", "missing_column", _("The column %(column)s is missing.") % {"column": column}
                    )
                    for column in missing
                ]
            )
        for number, cells in enumerate(reader, start=2):
            code, name, parent, level = ((cells[column] or "").strip() for column in COLUMNS)
            if not _is_code(code):
                refuse(number, "code", code, "bad_division", _("A division code has 12 digits, zeros at its end."))
                continue
            if int(code) in rows:
                refuse(
                    number,
                    "code",
                    code,
                    "duplicate",
                    _("The code stands in row %(row)s as well.") % {"row": rows[int(code)].number},
                )
                continue
            if not 0 < len(name) <= 60:
                refuse(number, "name", name, "bad_name", _("A name has 1 to 60 characters."))
            if level != str(scope.level_of(int(code))):
                refuse(
                    number,
                    "level",
                    level,
                    "bad_level",
                    _("By its code the division is of level %(level)s.") % {"level": scope.level_of(int(code))},
                )
            rows[int(code)] = _Row(
                number, int(code), name, int(parent) if _is_code(parent) else None, scope.level_of(int(code))
            )
            if parent and not _is_code(parent):
                refuse(number, "parent", parent, "bad_division", _("A division code has 12 digits, zeros at its end."))
    for row in rows.values():
        if row.level == 1 and row.parent is None:
            continue
        text = "" if row.parent is None else str(row.parent)
        if row.parent not in rows and row.parent not in stored:
            refuse(row.number, "parent", text, "unknown_parent", _("The parent is neither in the file nor stored."))
        elif row.parent == row.code or not scope.contains([scope.code_range(row.parent)], row.code):
            refuse(row.number, "parent", text, "bad_parent", _("The code does not lie within its parent's."))
    if problems:
        raise Refused(sorted(problems, key=lambda problem: problem.row))
    return list(rows.values())


def _is_code(text: str) -> bool:
    return len(text) == 12 and text.isascii() and text.isdigit() and "11" <= text[:2] <= "82"


def _differs(row: _Row, division: Division) -> bool:
    return (division.name, division.parent.code if division.parent else None) != (row.name, row.parent)


def _opened(row: _Row, stored: dict[int, Division], valid_from: dt.date, valid_to: dt.date | None) -> Division:
    lo, hi = scope.code_range(row.code)
    return Division(
        code=row.code,
        name=row.name,
        level=row.level,
        lo=lo,
        hi=hi,
        valid_from=valid_from,
        valid_to=valid_to,
        parent=stored.get(row.parent),
        initials=pinyin.place_initials(row.name)[:30],
    )


def _change(rows: Iterable[_Row], stored: dict[int, Division], valid_from: dt.date, using: str) -> None:
    """The stored row takes the new name from the day on, so that its children keep their parent; a row with an end
    keeps the former name."""
    former = []
    changed = []
    for row in rows:
        division = stored[row.code]
        if division.valid_from < valid_from:
            past = copy(division)
            past.pk, past.valid_to = None, valid_from
            past._state = copy(division._state)
            past._state.adding = True
            former.append(past)
        division.name, division.parent, division.valid_from = row.name, stored.get(row.parent), valid_from
        division.initials = pinyin.place_initials(row.name)[:30]
        changed.append(division)
    bulk.update(changed, ["name", "parent", "initials", "valid_from"], using)
    bulk.insert(former, using)


def load_code_items(using: str = "default") -> Loaded:
    """Bring the stored code items in line with the shipped lists; a code that is no longer listed is disabled."""
    with scope.whole(source="load_code_items", using=using):
        items = CodeItem.objects.using(using)
        stored = {(item.list_id, item.code): item for item in items.all()}
        listed = {
            (code_list.id, item.code): CodeItem(
                list_id=code_list.id, code=item.code, name_zh=item.zh, name_en=item.en, position=position
            )
            for code_list in codes.code_lists().values()
            for position, item in enumerate(code_list.items.values(), start=1)
        }
        fields = ("name_zh", "name_en", "position", "disabled_on")
        changed = []
        for key, item in stored.items():
            wanted = listed.get(key)
            if wanted is None and item.disabled_on is None:
                item.disabled_on = clock.today()
            elif wanted is not None and any(getattr(item, name) != getattr(wanted, name) for name in fields):
                for name in fields:
                    setattr(item, name, getattr(wanted, name))
            else:
                continue
            changed.append(item)
        new = [item for key, item in listed.items() if key not in stored]
        bulk.insert(new, using)
        bulk.update(changed, fields, using)
        return Loaded(len(new), len(changed), len(stored) - len(changed))
