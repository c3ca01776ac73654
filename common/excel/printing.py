"""How a table is printed: how many pages across at which scale, where they part, and how high a row of wrapped text is."""

from collections.abc import Sequence
from dataclasses import dataclass
from unicodedata import east_asian_width

PAPER = {"A3": 8, "A4": 9}
INCHES_ACROSS = {("A3", True): 16.54, ("A3", False): 11.69, ("A4", True): 11.69, ("A4", False): 8.27}
SIDE_MARGIN = 0.4
CHARACTERS_AN_INCH = 10  # of a column's width, where the fonts at hand are wide; Excel's own have up to 13.7
SMALLEST_SCALE, LARGEST_SCALE, SCALE_STEP = 60, 100, 5
LINE_HEIGHT = 17
TALLEST_ROW = 409  # what Excel allows
REMEMBERED = 20_000


@dataclass(frozen=True)
class Pages:
    """The pages that one row of a table takes: `scale` in per cent, and `starts`, the first column of each page.

    The first `repeated` columns stand again on each page after the first. One page is fitted to the paper's width."""

    scale: int
    starts: tuple[int, ...]
    repeated: int

    def page_of(self, column: int) -> int:
        return sum(start <= column for start in self.starts)

    @property
    def several(self) -> bool:
        return len(self.starts) > 1


def pages_across(widths: Sequence[float], repeated: int, paper: str, landscape: bool) -> Pages:
    """As few pages as a readable scale allows, at the largest scale that needs no more of them."""
    inches = INCHES_ACROSS[paper, landscape] - 2 * SIDE_MARGIN

    def starts(scale: int) -> tuple[int, ...]:
        room = inches * CHARACTERS_AN_INCH * 100 / scale
        again = sum(widths[:repeated])
        found, used = [0], 0.0
        for column, width in enumerate(widths):
            if used + width > room and column > repeated:
                found.append(column)
                used = again
            used += width
        return tuple(found)

    fewest = starts(SMALLEST_SCALE)
    scales = range(LARGEST_SCALE, SMALLEST_SCALE - 1, -SCALE_STEP)
    scale = next(scale for scale in scales if len(starts(scale)) == len(fewest))
    return Pages(scale, starts(scale), repeated if len(fewest) > 1 else 0)


class Lines(dict):
    """How many lines a value takes in a column of some width, by value; they repeat by the thousand."""

    def __init__(self, width: float):
        self.usable = max(int(width - 1) // 2 * 2, 2)  # a Chinese character that does not fit goes on whole

    def __missing__(self, value) -> int:
        count = 1
        if type(value) is str and (2 * len(value) > self.usable or "\n" in value):
            count = sum(max(1, -(-text_width(part) // self.usable)) for part in value.split("\n"))
        if len(self) < REMEMBERED:
            self[value] = count
        return count


def row_heights(columns: Sequence[Sequence], lines: dict[int, Lines], spans: dict[int, dict[int, int]]) -> list[str]:
    """The height of each row as its attribute: "" where one line is enough.

    `columns` hold the values column by column; `lines` are those of the columns whose text wraps; `spans` tells of a
    column over how many rows a merged cell reaches: {index of the column: {index of its first row: rows}}.
    """
    counted = []
    for index, known in lines.items():
        counts = [known[value] for value in columns[index]]
        for row, rows in spans.get(index, {}).items():
            counts[row] = -(-counts[row] // rows)
        if max(counts) > 1:
            counted.append(counts)
    if not counted:
        return [""] * len(columns[0])
    highest = counted[0] if len(counted) == 1 else map(max, *counted)
    return [height_xml(count * LINE_HEIGHT) if count > 1 else "" for count in highest]


def height_xml(height: int) -> str:
    return f' ht="{min(height, TALLEST_ROW)}" customHeight="1"'


def text_width(text: str) -> int:
    """In characters of Latin script: a Chinese one takes two."""
    if text.isascii():
        return len(text)
    return sum(2 if east_asian_width(character) in "WF" else 1 for character in text)
