"""Reading figures off pages and opening each into its rows, as a person would."""

from __future__ import annotations

from html.parser import HTMLParser
from urllib.parse import parse_qsl, urlsplit

from common.ledger import registry
from common.scope import acting_as
from ledgers.filters import select


class _Links(HTMLParser):
    def __init__(self):
        super().__init__()
        self.found: list[tuple[str, str]] = []
        self._href = None
        self._text: list[str] = []
        self._main = False

    def handle_starttag(self, tag, attributes):
        self._main = self._main or tag == "main"
        if tag == "a" and self._main:
            self._href, self._text = dict(attributes).get("href", ""), []

    def handle_endtag(self, tag):
        if tag == "a" and self._href is not None:
            self.found.append((self._href, "".join(self._text).strip()))
            self._href = None

    def handle_data(self, data):
        if self._href is not None:
            self._text.append(data)


def links(answer) -> list[tuple[str, str]]:
    """(address, text) of the links in the main part of a page."""
    parser = _Links()
    parser.feed(answer.content.decode())
    return parser.found


def figures(answer) -> list[tuple[str, str]]:
    """The links that are figures: they lead into a ledger and their text begins with a digit."""
    return [(href, text) for href, text in links(answer) if href.startswith("/ledgers/") and text[:1].isdigit()]


def rows_behind(href: str, user) -> int:
    """How many rows the ledger lists at an address."""
    parts = urlsplit(href)
    ledger = registry[parts.path.split("/")[2]]
    with acting_as(user):
        selection = select(ledger, dict(parse_qsl(parts.query)), user)
        assert not selection.problems, (href, selection.problems)
        return selection.apply(ledger.rows(user)).count()


def disagreements(answer, user) -> list[tuple[str, str, int]]:
    """Figures of the page that do not open into exactly their rows; a rate must open into its numerator."""
    wrong = []
    for href, text in figures(answer):
        rows = rows_behind(href, user)
        if text.endswith("%"):
            whole = rows_behind(href.replace("&met=1", ""), user)
            right = text == f"{100 * rows / whole:.2f}%"
        else:
            right = int(text.replace(",", "")) == rows
        if not right:
            wrong.append((href, text, rows))
    return wrong
