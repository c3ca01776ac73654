"""A block of cells as Excel and WPS put it on the clipboard: rows by line breaks, cells by tabs, a cell that holds either in
quotation marks."""

from __future__ import annotations

LONGEST = 400_000  # characters; a page of fifty people is a hundredth of it


def parse_block(text: str) -> list[list[str]]:
    """The cells of a block, row by row; rows may be of different length. Quotation marks that open no quoted cell are text."""
    rows: list[list[str]] = [[]]
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    at, end = 0, len(text)
    while at <= end:
        cell, at = _cell(text, at)
        rows[-1].append(cell)
        if at >= end:
            break
        if text[at] == "\n":
            rows.append([])
        at += 1
    while len(rows) > 1 and not any(cell.strip() for cell in rows[-1]):
        rows.pop()  # empty rows below a selection mean nothing
    return rows


def _cell(text: str, at: int) -> tuple[str, int]:
    """The cell that begins at a place, and the place of the tab or line break after it."""
    if text[at : at + 1] == '"':
        quoted = _quoted(text, at + 1)
        if quoted is not None:
            return quoted
    ends = [place for mark in "\t\n" if (place := text.find(mark, at)) >= 0]
    stop = min(ends, default=len(text))
    return text[at:stop], stop


def _quoted(text: str, at: int) -> tuple[str, int] | None:
    """The inside of a quoted cell, two marks standing for one; None where nothing closes it before a tab or line break."""
    parts = []
    while (close := text.find('"', at)) >= 0:
        parts.append(text[at:close])
        following = text[close + 1 : close + 2]
        if following == '"':
            parts.append('"')
            at = close + 2
        elif following in ("", "\t", "\n"):
            return "".join(parts), close + 1
        else:
            return None
    return None
