"""Values as cell XML, a column at a time.

A cell is given without its opening `<c r="B7"`, which the row supplies: ` s="3"/>` or ` s="3"><v>7</v></c>`.
"""

import math
import re
from datetime import date, datetime
from decimal import Decimal

LONGEST_TEXT = 32_767
EPOCH = date(1899, 12, 30).toordinal()
FIRST_DATE = date(1900, 3, 1)  # before it Excel counts a day that never was
EXACT = 10**15
REMEMBERED = 20_000
FORBIDDEN = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff\ufffe\uffff]")
ESCAPE_LIKE = re.compile("_(?=x[0-9A-Fa-f]{4}_)")  # Excel would read _x0041_ as A
FORMULA_LIKE = ("=", "+", "-", "@", "\t", "\r")


def xml_text(text):
    """Text for an element or an attribute in double quotes, as Excel reads it back."""
    text = FORBIDDEN.sub("", text.replace("\r\n", "\n").replace("\r", "\n"))
    text = ESCAPE_LIKE.sub("_x005F_", text)
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;").replace('"', "&quot;")


def string_cell(text, style, quoted_style=None):
    """A cell of type string, whatever the text looks like: never a formula, never a number."""
    if quoted_style is not None and text.startswith(FORMULA_LIKE):
        style = quoted_style
    if len(text) > LONGEST_TEXT:
        text = text[: LONGEST_TEXT - 1] + "…"
    space = ' xml:space="preserve"' if text != text.strip() or "\n" in text else ""
    return f' s="{style}" t="inlineStr"><is><t{space}>{xml_text(text)}</t></is></c>'


class TextCells(dict):
    """Cells by text; texts repeat by the thousand (nationality, channel, place)."""

    def __init__(self, style, quoted_style):
        self.style, self.quoted_style = style, quoted_style
        self.blank = f' s="{style}"/>'
        self.before, self.after = f' s="{style}" t="inlineStr"><is><t>', "</t></is></c>"

    def __missing__(self, text):
        cell = string_cell(text, self.style, self.quoted_style) if text else self.blank
        if len(self) < REMEMBERED:
            self[text] = cell
        return cell

    def column(self, values):
        before, after, blank = self.before, self.after, self.blank
        return [
            blank
            if value is None
            else self.other(value)
            if type(value) is not str
            else before + value + after
            if value.isalnum() and len(value) < 100  # nothing in it to escape
            else self[value]
            for value in values
        ]

    def other(self, value):
        """A value of no text type in a text column, or one that its column's kind cannot hold."""
        if isinstance(value, datetime):
            return self[value.isoformat(" ", "minutes")]
        return self[str(value)]


class DateCells(dict):
    def __init__(self, style, texts):
        self.style, self.texts, self.blank = style, texts, f' s="{style}"/>'

    def __missing__(self, value):
        day = value.date() if isinstance(value, datetime) else value
        if isinstance(day, date) and day >= FIRST_DATE:
            cell = f' s="{self.style}"><v>{day.toordinal() - EPOCH}</v></c>'
        elif value is None or value == "":
            cell = self.blank
        else:
            cell = self.texts.other(value)
        if len(self) < REMEMBERED:
            self[value] = cell
        return cell

    def column(self, values):
        return [self[value] for value in values]


class NumberCells:
    def __init__(self, style, texts):
        self.before, self.blank, self.texts = f' s="{style}"><v>', f' s="{style}"/>', texts

    def column(self, values):
        before, blank = self.before, self.blank
        return [
            blank
            if value is None
            else f"{before}{value}</v></c>"
            if type(value) is int and -EXACT < value < EXACT
            else self.other(value)
            for value in values
        ]

    def other(self, value):
        if value == "":
            return self.blank
        if is_number(value):
            return f"{self.before}{value}</v></c>"
        return self.texts.other(value)


def is_number(value):
    """Whether Excel can hold the value as a number: finite, and a whole number of at most 15 digits."""
    return (
        isinstance(value, (int, float, Decimal))
        and not isinstance(value, bool)
        and math.isfinite(value)
        and (abs(value) < EXACT or value != int(value))
    )


def column_cells(kind, styles, sample=False):
    """What turns values of a column of that kind into cells."""
    texts = TextCells(styles.data("text", sample), styles.quoted())
    if kind == "text":
        return texts
    return (DateCells if kind == "date" else NumberCells)(styles.data(kind, sample), texts)
