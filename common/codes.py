"""Code lists: stored codes, their words in both languages, and all the ways offices write them.

Lists come from reference/code_lists.json, other ways of writing from reference/code_synonyms.json; the project's own
lists stand here. All are read once, on first use.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from difflib import SequenceMatcher
from functools import cache
from pathlib import Path

from django.core.exceptions import ImproperlyConfigured, ValidationError
from django.utils.text import format_lazy
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from common.terms import Term, term
from common.values import as_text, shown, squeeze

REFERENCE = Path(__file__).resolve().parent.parent / "reference"
ALLOWED_SHOWN = 5
LIST_COMMA = term(", ", "、")
IN_SCHOOL_UNLISTED = "99"

# Lists in the project's own words: id -> (title, {code: words}).
_OWN_LISTS: dict[str, tuple[Term, dict[str, Term]]] = {
    "tier": (
        term("Tier", "规模"),
        {
            "mega": term("Mega", "特大型"),
            "large": term("Large", "大型"),
            "medium": term("Medium", "中型"),
            "small": term("Small", "小微型"),
        },
    ),
    "placement": (
        term("Placement", "安置方式"),
        {"concentrated": term("Concentrated", "集中"), "dispersed": term("Dispersed", "分散")},
    ),
    "location": (term("Location", "城乡类别"), {"urban": term("Urban", "城镇"), "rural": term("Rural", "农村")}),
    "verdict": (
        term("One household, one job", "一户一业判定"),
        {
            "no_labour": term("No labour", "无劳动力"),
            "expiring": term("Employment about to expire", "就业即将到期"),
            "stable": term("Stable employment", "稳定就业"),
            "employed": term("Employed, not yet stable", "已就业未满稳定期"),
            "unwilling": term("No wish to work", "无就业意愿"),
            "zero": term("Zero employment", "零就业"),
        },
    ),
    "reach": (
        term("Who is told", "接收对象"),
        {
            "person": term("The person responsible", "责任人"),
            "post": term("The holder of the post", "岗位任职人"),
            "unit": term("The unit's people", "责任单位人员"),
            "area": term("Those in charge of the area", "属地主管人员"),
            "nobody": term("Nobody", "无人接收"),
        },
    ),
}
# Words that forms and sheets print instead of the standard's longer ones.
_PLAIN_WORDS = {"sex": {"1": term("Male", "男"), "2": term("Female", "女")}}
# The code that stands for "nobody asked"; it is stored as an empty text.
_NOT_STATED = {"job_intention": "9"}


@dataclass(frozen=True, slots=True)
class CodeItem:
    code: str
    zh: str
    en: str

    @property
    def label(self) -> Term:
        return term(self.en, self.zh)


@dataclass(slots=True)
class CodeList:
    """One list: `items` by code in their order, `resolve` from any way of writing, `label` for people."""

    id: str
    title: Term
    items: dict[str, CodeItem]
    not_stated: CodeItem | None = None
    _index: dict[str, str] = field(default_factory=dict, repr=False)

    def index(self, synonyms: dict[str, str]) -> None:
        """Make codes, labels and synonyms findable; an earlier meaning wins over a later one."""
        known = list(self.items.values()) + ([self.not_stated] if self.not_stated else [])
        ways = [(item.code, item) for item in known]
        ways += [(label, item) for item in known for label in (item.zh, item.en)]
        ways += [(word, item) for word, code in synonyms.items() for item in known if item.code == code]
        # Excel drops the leading zero of a code.
        ways += [(item.code.lstrip("0"), item) for item in known]
        for word, item in ways:
            if word:
                self._index.setdefault(_key(word), "" if item is self.not_stated else item.code)
        self._index[""] = ""

    def find(self, raw) -> str | None:
        """The code for a raw value, None where the list has none; empty and "not surveyed" give ''."""
        if isinstance(raw, str) and raw in self._index:
            return self._index[raw]
        return self._index.get(_key(raw))

    def resolve(self, raw) -> str:
        """The code for a raw value; empty and "not surveyed" give ''. Raises unknown_code, naming likely values."""
        code = self.find(raw)
        if code is None:
            raise ValidationError(
                _("“%(value)s” is none of the values that may stand here. Write one of them, for example %(allowed)s."),
                "unknown_code",
                {"value": shown(raw), "allowed": self._likely(_key(raw))},
            )
        return code

    def _likely(self, key: str):
        """Up to five labels, the most similar first, in the reader's language when they are shown."""

        def unlikeness(item: CodeItem) -> float:
            return -max(SequenceMatcher(None, key, _key(word)).ratio() for word in (item.zh, item.en))

        likely = sorted(self.items.values(), key=unlikeness)[:ALLOWED_SHOWN]
        parts = [part for item in likely for part in (LIST_COMMA, item.label)][1:]
        return format_lazy("{}" * len(parts), *parts)

    def label(self, code: str | None, language: str | None = None) -> str:
        """Words for a code in `language` (the reader's by default); an unknown code is shown as it is."""
        item = self.items.get(code or "") or (self.not_stated if not code else None)
        if item is None:
            return code or ""
        return item.zh if (language or get_language() or "").startswith("zh") else item.en

    def choices(self) -> list[tuple[str, Term]]:
        return [(item.code, item.label) for item in self.items.values()]


def _key(raw) -> str:
    """What ways of writing one value have in common: width, spaces, case and 其它 for 其他 do not count."""
    return squeeze(as_text(raw)).casefold().replace("其它", "其他")


def declare(list_id: str, title: Term, words: dict[str, Term]) -> None:
    """Add a list of an app's own words; called while the apps load. The same again is no fault."""
    if _OWN_LISTS.get(list_id, (title, words)) != (title, words):
        raise ImproperlyConfigured(f"code list {list_id} is declared twice")
    _OWN_LISTS[list_id] = (title, words)
    code_lists.cache_clear()


@cache
def code_lists() -> dict[str, CodeList]:
    """All lists by id."""
    shipped = json.loads((REFERENCE / "code_lists.json").read_text("utf-8"))["lists"]
    synonyms = json.loads((REFERENCE / "code_synonyms.json").read_text("utf-8"))["lists"]
    items = {
        entry["id"]: {item["code"]: CodeItem(item["code"], item["zh"], item["en"]) for item in entry["items"]}
        for entry in shipped
    }
    titles = {entry["id"]: term(entry["title_en"], entry["title_zh"]) for entry in shipped}
    items["ethnic_group"] |= items["ethnic_group_extension"]
    items["in_school"] = items["registry_student"] | {
        IN_SCHOOL_UNLISTED: CodeItem(IN_SCHOOL_UNLISTED, "在校（年级未列）", "In school (grade not listed)")
    }
    titles["in_school"] = titles["registry_student"]
    for list_id, (title, words) in _OWN_LISTS.items():
        titles[list_id] = title
        items[list_id] = {code: CodeItem(code, word.zh, word.en) for code, word in words.items()}
    lists = {}
    for list_id, own in items.items():
        written = synonyms.get("registry_student" if list_id == "in_school" else list_id, {})
        ways = {word: code for code, words in written.items() for word in words}
        if list_id == "ethnic_group":
            ways |= {item.zh.removesuffix("族"): code for code, item in own.items()}
        for code, word in _PLAIN_WORDS.get(list_id, {}).items():
            ways |= {own[code].zh: code, own[code].en: code}
            own[code] = CodeItem(code, word.zh, word.en)
        not_stated = own.pop(_NOT_STATED[list_id]) if list_id in _NOT_STATED else None
        lists[list_id] = CodeList(list_id, titles[list_id], own, not_stated)
        lists[list_id].index(ways)
    return lists


def code_list(list_id: str) -> CodeList:
    """One list. Raises KeyError for an unknown id."""
    return code_lists()[list_id]


def resolve(list_id: str, raw) -> str:
    return code_list(list_id).resolve(raw)


def label(list_id: str, code: str | None, language: str | None = None) -> str:
    return code_list(list_id).label(code, language)


def choices(list_id: str) -> list[tuple[str, Term]]:
    """(code, words) pairs for a model field's or form's choices."""
    return code_list(list_id).choices()


# What the column 在校情况 says of somebody who is not in school.
_NOT_IN_SCHOOL = {
    _key(word)
    for word in (
        "",
        "否",
        "无",
        "0",
        "×",
        "/",
        "-",
        "n",
        "no",
        "false",
        "非在校生",
        "非在校",
        "不在校",
        "不是",
        "未在校",
        "不在学",
        "已毕业",
        "毕业",
        "not in school",
    )
}


def school_status(raw) -> str:
    """'' for not in school, else a code of `in_school`: the listed grade, or 99 for any other text."""
    key = _key(raw)
    if key in _NOT_IN_SCHOOL:
        return ""
    return code_list("in_school").find(key) or IN_SCHOOL_UNLISTED


def is_in_school(code: str) -> bool:
    """Whether a stored school status means in school; in SQL: `school_status <> ''`."""
    return code != ""
