"""Blocks as a spreadsheet puts them on the clipboard."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from employment.pasting import parse_block


@pytest.mark.parametrize(
    ("text", "block"),
    [
        ("县内务工\t甲厂\r\n公益岗位\t\r\n", [["县内务工", "甲厂"], ["公益岗位", ""]]),
        ("一\n\n二", [["一"], [""], ["二"]]),
        ("一\r\n\r\n\r\n", [["一"]]),  # empty rows below the selection
        ('"望谟县\n王母街道"\t3500', [["望谟县\n王母街道", "3500"]]),
        ('"他说""好"""\t乙', [['他说"好"', "乙"]]),
        ('"某厂"驻望谟办事处\t3500', [['"某厂"驻望谟办事处', "3500"]]),  # marks that open no quoted cell
        ('"没有闭合\t3500\n乙', [['"没有闭合', "3500"], ["乙"]]),
        ("\t\t", [["", "", ""]]),
        ("", [[""]]),
        ("2024/1/5\r", [["2024/1/5"]]),
    ],
)
def test_what_the_clipboard_holds(text, block):
    assert parse_block(text) == block


CELL = st.text(st.sampled_from(list('甲乙1 ,"\t\n')), max_size=6)


def written(cell: str) -> str:
    """A cell as Excel and WPS write it."""
    return '"' + cell.replace('"', '""') + '"' if set(cell) & set('"\t\n') else cell


@given(st.lists(st.lists(CELL, min_size=1, max_size=4), min_size=1, max_size=5))
@settings(max_examples=60)
def test_every_cell_comes_back_where_it_stood(block):
    read = parse_block("".join("\t".join(map(written, row)) + "\r\n" for row in block).replace("\r\n", "\n"))
    wanted = list(block)
    while len(wanted) > 1 and not any(cell.strip() for cell in wanted[-1]):
        wanted.pop()
    assert read == wanted
