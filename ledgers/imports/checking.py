"""Checking what was read: values, references, what the store says, what rows say together; every fault at once.

Values go through ledgers.checking, the one validator, some thousand households at a time; checks over several rows run
once over the whole file. A block (an outermost row with all below it) with a fault is refused whole.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import chain

from django.db import models
from django.db.models import Q
from django.db.models.base import ModelState

from common.ledger import Ledger
from common.problems import Problem, Refused
from common.values import shown
from ledgers import actions
from ledgers.checking import BLANK_KEEPS, SYSTEM, as_problems, clean_rows
from ledgers.imports.progress import Progress, no_collection
from ledgers.imports.reading import Row, Sheet, Source
from ledgers.references import reference_cleaner
from ledgers.shapes import Shape

BLOCKS_AT_ONCE = 1000


@dataclass
class Checked:
    """What an import would do. Problems stand in the order of the file, with Excel's row numbers and the file's own
    headings; `unknown` are names of sheets that no stored row has (settlements to be completed), `kept` the stored
    members of households in the file who are not in the file: (key of the household, name)."""

    source: Source
    problems: list[Problem]
    unknown: list[str]
    new: int = 0
    changed: int = 0
    unchanged: int = 0
    refused: int = 0
    kept: list[tuple[str, str]] = field(default_factory=list)

    @property
    def errors(self) -> list[Problem]:
        return [problem for problem in self.problems if not problem.warning]

    @property
    def warnings(self) -> list[Problem]:
        return [problem for problem in self.problems if problem.warning]

    @property
    def to_write(self) -> list[Row]:
        """Blocks that are new or changed and may be stored."""
        return [block for block in self.source.blocks if not block.refused and _differs(block)]


@no_collection()
def check(source: Source, shape: Shape, user, progress: Progress, told: Mapping[str, str] | None = None) -> Checked:
    """Check everything that was read, within the user's scope. `told` holds raw values for the whole file: each stands
    for the blank cells of its column. Raises Refused where one of them is faulty."""
    return _Check(source, shape, user, progress, clean_told(shape, told or {}, user)).run()


def clean_told(shape: Shape, told: Mapping[str, str], user) -> dict:
    """What was told for the whole file, clean. Raises Refused."""
    if not told:
        return {}
    [row], problems = clean_rows(shape.outer, [dict(told)], user, partial=True, stored=[None], set_checks=False)
    if problems:
        raise Refused(problems)
    return {name: value for name, value in row.items() if value not in (None, "")}


class _Check:
    def __init__(self, source: Source, shape: Shape, user, progress: Progress, told: dict):
        self.source, self.shape, self.user, self.progress, self.told = source, shape, user, progress, told
        self.found: list[tuple[Row, Problem]] = []
        self.faulty: set[tuple[int, str]] = set()
        self.faulty_in_block: set[tuple[int, str]] = set()
        self.unknown: dict[Sheet, str] = {}
        self.owners: dict[Sheet, models.Model | None] = {}
        # Sheets without a column by which rows are known: a heading is misspelt, or it is a table of another kind.
        keys = {f"{ledger.key}.{name}" for ledger, _parent in shape.levels for name in ledger.natural_key}
        self.anonymous = {sheet for sheet in source.sheets if keys & {column.key for column in sheet.headings.missing}}
        self.kept: list[tuple[str, str]] = []

    def run(self) -> Checked:
        self.find_owners()
        self.progress.phase("checking", sum(self.source.counts))
        done = 0
        blocks = self.source.blocks
        for start in range(0, len(blocks), BLOCKS_AT_ONCE):
            rows = blocks[start : start + BLOCKS_AT_ONCE]
            for depth in range(len(self.shape.levels)):
                self.clean(depth, rows)
                done += len(rows)
                self.progress.advance(done)
                rows = list(chain.from_iterable(row.children for row in rows))
        rows = [block for block in blocks if block.sheet not in self.anonymous]
        for depth in range(len(self.shape.levels)):
            self.check_sets(depth, rows)
            self.progress.advance(done)
            rows = list(chain.from_iterable(row.children for row in rows))
        return self.outcome()

    def find_owners(self) -> None:
        """What the sheets' names refer to (the roster: settlements)."""
        column = self.shape.sheet_column
        if column is None:
            return
        names = [name for sheet in self.source.sheets for name in sheet.names]
        cleaner = reference_cleaner(self.shape.outer, column, names, self.user)
        for sheet in self.source.sheets:
            outcomes = [cleaner.outcome(name) for name in sheet.names]
            self.owners[sheet] = next((value for value, error in outcomes if error is None), None)
            if self.owners[sheet] is not None:
                continue
            doubtful = next((error for _value, error in outcomes if error.code != "unknown_reference"), None)
            if doubtful is None:
                self.unknown[sheet] = sheet.names[0]
                continue
            sheet.refused = True
            self.source.problems.append(
                Problem(
                    sheet.headings.first_row, column.name, sheet.title, doubtful.code, doubtful.messages[0], sheet.title
                )
            )

    def clean(self, depth: int, rows: Sequence[Row]) -> None:
        ledger, parent = self.shape.levels[depth]
        blanks = _blank_keys(ledger, parent)
        given = [self.given(parent, row, blanks) for row in rows]
        clean, problems = clean_rows(
            ledger, [row.raw for row in rows], self.user, blank=BLANK_KEEPS, given=given, set_checks=False
        )
        stored = ledger.model.objects.in_bulk([values["id"] for values in clean if "id" in values])
        for row, values in zip(rows, clean, strict=True):
            row.clean, row.stored = values, stored.get(values.get("id"))
        for problem in problems:
            self.add(rows[problem.row], problem)
        attributes = {column.name: column.field or column.name for column in ledger.written}
        blank = vars(ledger.model())
        for row in rows:
            row.changes = _changes(ledger, row, attributes)
            row.instance = row.stored
            if row.stored is None and row.children:
                row.instance = _unsaved(ledger, row, attributes, blank)
        if depth:
            self.find_kept(depth, rows)

    def given(self, parent: str, row: Row, blanks: dict) -> dict:
        """What the place of a row says: what it hangs on, the name of its sheet, blank parts of its key."""
        told = {name: value for name, value in blanks.items() if name not in row.raw}
        if not row.depth:
            told |= {name: value for name, value in self.told.items() if name not in row.raw}
        if parent:
            told[parent] = row.parent.instance
        elif self.shape.sheet_column is not None:
            told[self.shape.sheet_column.name] = self.owners[row.sheet]
        return told

    def add(self, row: Row, problem: Problem) -> None:
        self.found.append((row, problem))
        self.faulty.add((id(row), problem.field))
        self.faulty_in_block.add((id(row.root), problem.field))

    def find_kept(self, depth: int, rows: Sequence[Row]) -> None:
        """Stored rows below stored rows of the file that the file does not have: they stay, and are told."""
        ledger, parent = self.shape.levels[depth]
        parents = {row.parent.stored.pk: row.parent.stored for row in rows if row.parent.stored is not None}
        if not parents or depth > 1:
            return
        rows = [row for row in rows if row.sheet not in self.anonymous]
        met = {row.stored.pk for row in rows if row.stored is not None}
        # Whom an export leaves out (the roster: the dead) nobody misses in a file.
        only = self.shape.declared.levels[depth].only if self.shape.declared else Q()
        for missing in ledger.rows(self.user).filter(only, **{f"{parent}__in": parents}).exclude(pk__in=met):
            owner = parents[getattr(missing, f"{parent}_id")]
            self.kept.append((str(getattr(owner, self.shape.outer.natural_key[0])), str(missing)))

    def check_sets(self, depth: int, rows: Sequence[Row]) -> None:
        ledger = self.shape.levels[depth][0]
        clean = [row.clean for row in rows]
        check = ledger.check_rows
        found = chain(
            check(clean, self.user) if check else actions.check_rows(ledger, clean),
            actions.check_regions(ledger, clean, self.user),
        )
        # Where the key of a row is faulty, nobody knows which stored row it is, nor so what the block would be.
        doubtful = {
            id(row.parent)
            for row in rows
            if row.parent is not None
            and row.parent.stored is not None
            and any((id(row), name) in self.faulty for name in ledger.natural_key)
        }
        for problem in as_problems(found):
            row = rows[problem.row]
            # A faulty cell is told once; what is said to be missing may stand in a cell of the block that is faulty.
            told = (id(row), problem.field) in self.faulty
            told = told or not problem.value and (id(row.root), problem.field) in self.faulty_in_block
            told = told or id(row.parent) in doubtful and problem.field not in ledger.natural_key
            if problem.warning or not told:
                self.found.append((row, problem))

    def outcome(self) -> Checked:
        foreign = {id(row) for row, problem in self.found if row.parent is None and problem.code == "out_of_scope"}
        self.found = [(row, problem) for row, problem in self.found if self.says_more(row, problem, foreign)]
        wanted = {block.sheet for block in self.source.blocks if id(block) not in foreign and not block.sheet.refused}
        unknown = dict.fromkeys(name for sheet, name in self.unknown.items() if sheet in wanted)
        places = {sheet.title: position for position, sheet in enumerate(self.source.sheets)}
        order = {column.key: position for position, column in enumerate(self.shape.columns)}
        problems = [(places[p.sheet], p.row, -1, p) for p in self.source.problems]
        for row, problem in self.found:
            if not problem.warning:
                row.root.refused = True
            ledger = self.shape.levels[row.depth][0]
            key = self.key_of(ledger, problem.field)
            heading = row.sheet.heading(key, self.shape.by_key[key].heading)
            value = shown(row.raw.get(problem.field, "")) or problem.value
            told = replace(problem, row=row.number, field=key, sheet=row.sheet.title, column=heading, value=value)
            problems.append((places[row.sheet.title], row.number, order[key], told))
        problems.sort(key=lambda item: item[:3])
        checked = Checked(self.source, [item[3] for item in problems], list(unknown), kept=self.kept)
        for block in self.source.blocks:
            block.refused = block.refused or block.sheet.refused
            if block.refused:
                checked.refused += 1
            elif block.stored is None:
                checked.new += 1
            elif _differs(block):
                checked.changed += 1
            else:
                checked.unchanged += 1
        return checked

    def says_more(self, row: Row, problem: Problem, foreign: set[int]) -> bool:
        """Whether a problem says more than that a column is missing, or that the household is somebody else's."""
        if id(row.root) in foreign and problem.code == "masked_value":
            return False
        missing = {column.key for column in row.sheet.headings.missing}
        if not missing or problem.warning:
            return True
        if row.sheet in self.anonymous:
            return problem.field in row.raw and problem.code != "masked_value"
        return self.key_of(self.shape.levels[row.depth][0], problem.field) not in missing

    def key_of(self, ledger: Ledger, name: str) -> str:
        """The sheet's column for a column of a ledger; what no column shows is told at the key."""
        key = f"{ledger.key}.{name}"
        if key in self.shape.by_key:
            return key
        depth = next(depth for depth, (level, _parent) in enumerate(self.shape.levels) if level is ledger)
        own = [column for column in self.shape.at(depth) if not column.read_only]
        keyed = [column for column in own if column.column.name in ledger.natural_key]
        return (keyed or own)[0].key


def _blank_keys(ledger: Ledger, parent: str) -> dict:
    """Parts of the natural key that may be blank: a blank cell there is the key's value, not a word left out."""
    found = {}
    for name in ledger.natural_key:
        column = ledger.by_name[name]
        model_field = ledger.model_field(column)
        if name != parent and not column.computed and model_field.blank and not model_field.null:
            found[name] = model_field.get_default()
    return found


def _differs(block: Row) -> bool:
    return any(row.stored is None or row.changes for row in block.family())


def _changes(ledger: Ledger, row: Row, attributes: dict[str, str]) -> dict:
    """The told values that differ from the stored ones."""
    if row.stored is None:
        return {}
    differing = {}
    for name, value in row.clean.items():
        if name in SYSTEM:
            continue
        model_field = ledger.model._meta.get_field(attributes.get(name, name))
        told = value.pk if isinstance(value, models.Model) else value
        # A reference that no cell told (a settlement not known yet) changes nothing.
        if getattr(row.stored, model_field.attname) != told and not (model_field.is_relation and value is None):
            differing[name] = value
    return differing


def _unsaved(ledger: Ledger, row: Row, attributes: dict[str, str], blank: dict) -> models.Model:
    """An object of a new row for the rows below it to refer to while nothing is stored.

    Made from the attributes of a `blank` one: the model's own constructor takes twenty times as long.
    """
    instance = ledger.model.__new__(ledger.model)
    vars(instance).update(blank, _state=ModelState())
    for name, value in row.clean.items():
        if isinstance(value, models.Model):
            setattr(instance, attributes.get(name, name), value)
        elif name not in SYSTEM:
            vars(instance)[attributes.get(name, name)] = value
    return instance


def problem_rows(checked: Checked) -> Iterator[dict]:
    """Problems as commands and reports give them."""
    for problem in checked.problems:
        yield {
            "sheet": problem.sheet,
            "row": problem.row,
            "column": problem.column,
            "value": problem.value,
            "code": problem.code,
            "message": problem.message,
            "field": problem.field,
            "warning": problem.warning,
        }
