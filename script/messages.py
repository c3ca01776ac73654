#!/usr/bin/env python3
"""Words of the interface: find every English msgid in code and templates, and hold it against the Chinese catalogue.

`script/messages.py` adds what is missing to locale/zh_Hans/LC_MESSAGES/django.po (with an empty translation) and drops
what is no longer used; `--check` only says what is missing or untranslated, and exits 1 if anything is.
"""

from __future__ import annotations

import ast
import re
import sys
from pathlib import Path

Message = str | tuple[str, str]  # a sentence, or its singular and plural
ROOT = Path(__file__).resolve().parent.parent
CATALOGUE = ROOT / "locale" / "zh_Hans" / "LC_MESSAGES" / "django.po"
APPS = (
    "common",
    "divisions",
    "accounts",
    "jobs",
    "ledgers",
    "alerts",
    "settlements",
    "households",
    "employment",
    "compliance",
    "dashboards",
    "relocation",
)
CALLS = {"_", "gettext", "gettext_lazy", "gettext_noop", "ngettext", "ngettext_lazy"}
# What Django's templatize leaves of a template: gettext calls among x'es.
TEMPLATE_CALL = re.compile(
    r"\bgettext\(u?('(?:[^'\\]|\\.)*'|\"(?:[^\"\\]|\\.)*\")\)|\b_\(('(?:[^'\\]|\\.)*'|\"(?:[^\"\\]|\\.)*\")\)"
)


def of_python(path: Path) -> set[Message]:
    """Literal first arguments of the gettext calls of a module; of a counting call both forms together."""
    found: set[Message] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Call):
            name = node.func.id if isinstance(node.func, ast.Name) else getattr(node.func, "attr", "")
            if name in CALLS:
                counting = name.startswith("ngettext")
                texts = node.args[:2] if counting else node.args[:1]
                if all(isinstance(text, ast.Constant) and isinstance(text.value, str) for text in texts):
                    words = tuple(text.value for text in texts)
                    found.add(words if counting else words[0])
    return found


def of_template(path: Path) -> set[str]:
    """msgids of `translate`, `blocktranslate` and `_()` in a template."""
    from django.utils.translation.template import templatize

    text = templatize(path.read_text(encoding="utf-8"), origin=str(path))
    return {ast.literal_eval(first or second) for first, second in TEMPLATE_CALL.findall(text)}


def used() -> dict[Message, str]:
    """Every msgid in use and one file that uses it."""
    found: dict[Message, str] = {}
    for app in APPS:
        for path in sorted((ROOT / app).rglob("*.py")):
            if "migrations" not in path.parts:
                found |= dict.fromkeys(of_python(path), str(path.relative_to(ROOT)))
    for path in sorted((ROOT / "templates").rglob("*.html")):
        found |= dict.fromkeys(of_template(path), str(path.relative_to(ROOT)))
    found.pop("", None)
    return found


def read_catalogue():
    from babel.messages.pofile import read_po

    with open(CATALOGUE, "rb") as file:
        return read_po(file, locale="zh_Hans", domain="django")


def missing() -> list[str]:
    """What is used and not translated, as `msgid (file)`."""
    catalogue = read_catalogue()
    lacking = []
    for text, place in sorted(used().items(), key=_singular):
        message = catalogue.get(singular(text))
        # What counts is looked up by both forms: a plain message of the same words is never found.
        if message is None or message.id != text or not all(_strings(message)):
            lacking.append(f"{singular(text)} ({place})")
    return lacking


def singular(text: Message) -> str:
    return text if isinstance(text, str) else text[0]


def _singular(item: tuple[Message, str]) -> str:
    return singular(item[0])


def _strings(message) -> tuple[str, ...]:
    """The translations of a message; Chinese has one form for all numbers."""
    return message.string if isinstance(message.string, tuple) else (message.string,)


def update(extra: dict[str, str] | None = None) -> None:
    """Bring the catalogue up to date; `extra` holds new translations."""
    from babel.messages.catalog import Catalog
    from babel.messages.pofile import write_po

    known = (
        {singular(message.id): _strings(message)[0] for message in read_catalogue() if message.id}
        if CATALOGUE.exists()
        else {}
    )
    known |= extra or {}
    fresh = Catalog(locale="zh_Hans", domain="django", fuzzy=False, header_comment="# Chinese words of the interface.")
    for text in sorted(used(), key=singular):
        words = known.get(singular(text)) or ""
        flags = ["python-format"] if "%(" in singular(text) else []
        fresh.add(text, words if isinstance(text, str) else (words,), flags=flags)
    CATALOGUE.parent.mkdir(parents=True, exist_ok=True)
    with open(CATALOGUE, "wb") as file:
        write_po(file, fresh, width=0, no_location=True, omit_header=False, sort_output=True)


def main(arguments: list[str]) -> int:
    if arguments == ["--check"]:
        lacking = missing()
        for line in lacking:
            print(f"not translated: {line}")
        return 1 if lacking else 0
    update(
        dict(
            line.rstrip("\n").split("\t", 1)
            for name in arguments
            for line in Path(name).read_text(encoding="utf-8").splitlines()
            if "\t" in line
        )
    )
    print(f"{len(used())} messages, {len(missing())} not translated")
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
