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
    "rectification",
    "dashboards",
    "relocation",
)
CALLS = {"_", "gettext", "gettext_lazy", "gettext_noop", "ngettext", "ngettext_lazy"}
# What Django's templatize leaves of a template: gettext calls among x'es.
TEMPLATE_CALL = re.compile(
    r"\bgettext\(u?('(?:[^'\\]|\\.)*'|\"(?:[^\"\\]|\\.)*\")\)|\b_\(('(?:[^'\\]|\\.)*'|\"(?:[^\"\\]|\\.)*\")\)"
)


Text = str | tuple[str, str]  # a msgid, or one with its plural


def of_python(path: Path) -> set[Text]:
    """Literal first arguments of the gettext calls of a module; of ngettext calls, singular and plural together."""
    found: set[Text] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Call):
            name = node.func.id if isinstance(node.func, ast.Name) else getattr(node.func, "attr", "")
            if name in CALLS:
                nodes = node.args[:2] if name.startswith("ngettext") else node.args[:1]
                texts = tuple(text.value for text in nodes if isinstance(text, ast.Constant))
                if len(texts) == len(nodes) and all(isinstance(text, str) for text in texts):
                    found.add(texts if len(texts) == 2 else texts[0])
    return found


def of_template(path: Path) -> set[str]:
    """msgids of `translate`, `blocktranslate` and `_()` in a template."""
    from django.utils.translation.template import templatize

    text = templatize(path.read_text(encoding="utf-8"), origin=str(path))
    return {ast.literal_eval(first or second) for first, second in TEMPLATE_CALL.findall(text)}


def used() -> dict[Text, str]:
    """Every msgid in use and one file that uses it."""
    found: dict[Text, str] = {}
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
    return [
        f"{text} ({place})"
        for text, place in sorted(used().items(), key=str)
        if (message := catalogue.get(text)) is None or not message.string or not any(message.string)
    ]


def update(extra: dict[str, str] | None = None) -> None:
    """Bring the catalogue up to date; `extra` holds new translations."""
    from babel.messages.catalog import Catalog
    from babel.messages.pofile import write_po

    known = {message.id: message.string for message in read_catalogue() if message.id} if CATALOGUE.exists() else {}
    known |= extra or {}
    fresh = Catalog(locale="zh_Hans", domain="django", fuzzy=False, header_comment="# Chinese words of the interface.")
    for text in sorted(used(), key=str):
        flags = ["python-format"] if "%(" in str(text) else []
        if isinstance(text, tuple):  # Chinese has one form; a tsv gives it for the plural
            told = known.get(text) or (known.get(text[1]) or known.get(text[0]) or "",)
            fresh.add(text, told, flags=flags)
        else:
            fresh.add(text, known.get(text) or "", flags=flags)
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
