"""Finding a table in a sheet as officials lay it out: title rows, a heading of one to three rows with merged groups,
data, and among and below the data rows that are none (totals, notes, signatures, repeated headings)."""

import re
import unicodedata
from dataclasses import dataclass, field

from .limits import WorkbookError

MARKS_HEADING = "核对结果"
DEEPEST_HEADING = 3
ROWS_SEARCHED = 40
TOTALS_SEARCHED = 4  # cells of a row: sums may stand before the word
LEAST_SHARE = 0.5  # of the required headings, for a sheet to be taken as one of this table

BRACKETS = re.compile(r"\([^()]*\)|\[[^\[\]]*\]")
NOISE = re.compile(r"[\s*:、,.·\-_/]")
TOTALS = re.compile(r"(本页|本表|本村|全村|全镇|全县|全区)?(合计|总计|小计|累计|共计)([:(\d].*)?")
NOTES = re.compile(r"(备?注|说明|填表说明|填报说明)\d?[:.、].*|备?注")
SIGNATURES = re.compile(
    r"(填表|填报|制表|审核|审批|复核|经办|校对|负责|联系|单位负责|分管领导|主要领导|签字|签章|盖章)[^:]{0,8}:.*"
)
PAGES = re.compile(r"-?第\d+页.*|-\d+-")
SAMPLES = re.compile(r"(示例|例)([: ].*)?|示例.*")

# kind, its first text, and how many cells such a row fills at most: a person's row fills more
NO_DATA = (
    ("sample", SAMPLES, 1000),
    ("note", NOTES, 6),
    ("signature", SIGNATURES, 6),
    ("page", PAGES, 3),
)


@dataclass(frozen=True)
class ExpectedColumn:
    """A column that a table may have. Without a key it is known and left out (序号). `group` tells apart equal headings."""

    key: str | None
    heading: str
    group: str = ""
    synonyms: tuple = ()
    required: bool = False


@dataclass
class Headings:
    """Where a table stands in its sheet. Rows are Excel row numbers, columns indexes from 0."""

    first_row: int
    last_row: int
    last_column: int
    columns: dict  # column index -> key
    texts: dict  # column index -> lowest heading as in the file
    unknown: list = field(default_factory=list)  # (column index, heading)
    duplicates: list = field(default_factory=list)  # (column index, heading): a column is there for the second time
    missing: list = field(default_factory=list)  # required ExpectedColumns that are not there
    marks_column: int | None = None
    preamble: list = field(default_factory=list)  # texts above the heading: title, unit and date
    lines: list = field(default_factory=list)  # normalised {column index: text} of the rows down to the heading

    def index(self, key):
        """The column index of a key, None where the sheet lacks it."""
        return next((column for column, found in self.columns.items() if found == key), None)


def normalise(text):
    """Brackets, digits and letters to half width, no spaces, line breaks, asterisks and punctuation."""
    text = unicodedata.normalize("NFKC", str(text)).casefold()
    return NOISE.sub("", text)


def plain(text):
    """Half width and without spaces, punctuation kept."""
    return re.sub(r"\s", "", unicodedata.normalize("NFKC", text))


def without_unit(text):
    return normalise(BRACKETS.sub("", unicodedata.normalize("NFKC", str(text))))


def find_headings(sheet, columns):
    """The heading of `sheet` (SheetRows) that fits most of `columns` (ExpectedColumns), or None where fewer than half of
    the required ones, or fewer than two at all, are there."""
    lexicon = Lexicon(columns)
    top = [(number, values) for number, values in sheet.rows[:ROWS_SEARCHED]]
    best, best_score = None, (1, 0)
    for last in range(len(top)):
        if not lexicon.hits(top[last][1]):
            continue
        for depth in range(1, min(DEEPEST_HEADING, last + 1) + 1):
            band = top[last - depth + 1 : last + 1]
            if band[-1][0] - band[0][0] >= DEEPEST_HEADING:
                continue
            found, groups_met = lexicon.read(band, sheet.merges)
            score = len(found.columns), groups_met
            if score > best_score:
                best, best_score = found, score
    required = [column for column in columns if column.required]
    if best is None or len(required) - len(best.missing) < LEAST_SHARE * len(required):
        return None
    best.lines = [normal_row(values) for number, values in top if number <= best.last_row]
    best.preamble = [
        str(value) for number, values in top if number < best.first_row for value in values if value is not None
    ]
    return best


class Lexicon:
    """The expected headings under every form in which they are looked up."""

    def __init__(self, columns):
        self.columns = columns
        self.exact, self.loose = {}, {}
        for column in columns:
            for name in (column.heading, *column.synonyms):
                self.exact.setdefault(normalise(name), []).append(column)
                self.loose.setdefault(without_unit(name), []).append(column)

    def hits(self, values):
        return any(
            isinstance(value, str) and (normalise(value) in self.exact or without_unit(value) in self.loose)
            for value in values
        )

    def read(self, band, merges):
        """Headings of the rows `band`, whether or not they are headings, and how many stand under their declared group."""
        first_row, last_row = band[0][0], band[-1][0]
        found = Headings(first_row, last_row, -1, {}, {})
        taken, groups_met = set(), 0
        groups = self.groups(band, merges)
        width = max(len(values) for _, values in band)
        for index in range(width):
            texts = [values[index] for _, values in band if index < len(values) and isinstance(values[index], str)]
            if not texts:
                continue
            heading = texts[-1]
            found.texts[index], found.last_column = heading.strip(), index
            if normalise(heading) == normalise(MARKS_HEADING):
                found.marks_column = index
                continue
            candidates = self.candidates(heading)
            column = choose(candidates, groups.get(index, ""), taken)
            if column is not None:
                taken.add(column)
                groups_met += same(column.group, groups.get(index))
                if column.key is not None:
                    found.columns[index] = column.key
            elif candidates:
                found.duplicates.append((index, heading.strip()))
            else:
                found.unknown.append((index, heading.strip()))
        found.missing = [column for column in self.columns if column.required and column not in taken]
        return found, groups_met

    def candidates(self, heading):
        """Columns of this heading; failing those, of this heading but for a unit in brackets, if that leaves no doubt."""
        exact = self.exact.get(normalise(heading))
        if exact:
            return exact
        loose = self.loose.get(without_unit(heading), [])
        return loose if len({column.heading for column in loose}) == 1 else []

    def groups(self, band, merges):
        """The group over each column: the text to its left in an upper row, as far as its merged cell reaches, or, where
        it is not merged, up to the next text."""
        groups = {}
        for number, values in band[:-1]:
            reach = {left: right for top, left, bottom, right in merges if top == number and right > left}
            current, until = "", -1
            for index, value in enumerate(values):
                if isinstance(value, str):
                    current, until = value, reach.get(index, len(values) if not reach else index)
                if current and index <= until:
                    groups[index] = current
        return groups


def choose(candidates, group, taken):
    """The free candidate of that group, failing that the first free one."""
    free = [column for column in candidates if column not in taken]
    return next((column for column in free if same(column.group, group)), free[0] if free else None)


def same(group, text):
    return bool(group and text) and normalise(group) == normalise(text)


def normal_row(values):
    return {index: normalise(value) for index, value in enumerate(values) if value is not None}


def row_kind(values, headings):
    """`data`, or why a row is none: `blank`, `total`, `note`, `signature`, `page`, `heading`, `sample`."""
    filled = [
        (index, value) for index, value in enumerate(values) if value is not None and index != headings.marks_column
    ]
    if not filled:
        return "blank"
    if any(
        isinstance(value, str) and "计" in value and TOTALS.fullmatch(plain(value))
        for _, value in filled[:TOTALS_SEARCHED]
    ):
        return "total"
    first = filled[0][1]
    if isinstance(first, str):
        text = plain(first)
        for kind, pattern, most_cells in NO_DATA:
            if len(filled) <= most_cells and pattern.fullmatch(text):
                return kind
        if any(line.get(filled[0][0]) == normalise(first) for line in headings.lines):
            row = {index: normalise(value) for index, value in filled}
            if any(row.items() <= line.items() for line in headings.lines):
                return "heading"
    if not any(index in headings.columns for index, _ in filled):
        return "blank"
    return "data"


def data_rows(sheet, headings):
    """(Excel row number, {key: value}) of each data row below the headings; every key of the table, blanks as None."""
    columns = list(headings.columns.items())
    for number, values in sheet.rows:
        if number > headings.last_row and row_kind(values, headings) == "data":
            width = len(values)
            yield number, {key: values[index] if index < width else None for index, key in columns}


def match_sheets(workbook, columns):
    """[(sheet, headings)] of the visible sheets that hold the table; those that hold something else are left out.

    Raises WorkbookError `wrong_kind` where none does.
    """
    found = [(sheet, find_headings(sheet, columns)) for sheet in workbook.visible]
    matches = [(sheet, headings) for sheet, headings in found if headings]
    if not matches:
        expected = [column for column in columns if column.required] or columns
        raise WorkbookError("wrong_kind", headings="、".join(column.heading for column in expected[:8]))
    return matches
