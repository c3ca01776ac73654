"""Pinyin of names and places: syllables for the order, initials for the search.

Stored in columns of their own, because the embedded PostgreSQL has no Chinese collation.
"""

from __future__ import annotations

from functools import lru_cache

# Surnames whose reading differs from the character's usual one.
SURNAMES = {
    "曾": "zeng", "单": "shan", "仇": "qiu", "解": "xie", "查": "zha", "朴": "piao", "盖": "ge", "区": "ou", "覃": "qin",
    "翟": "zhai", "缪": "miao", "乐": "yue", "召": "shao", "种": "chong", "繁": "po", "黑": "he", "员": "yun",
    "折": "she", "冼": "xian", "晁": "chao", "逄": "pang", "宿": "su", "秘": "bi",
    "尉迟": "yu chi", "万俟": "mo qi", "长孙": "zhang sun", "澹台": "tan tai",
}  # fmt: skip


@lru_cache(maxsize=100_000)
def place_syllables(name: str) -> tuple[str, ...]:
    """Syllables of a place or a firm, read by phrase (重庆 is chong qing); other characters stay, in lower case."""
    # Imported on first use: the dictionary takes a while to load, and most processes never need it.
    from pypinyin import lazy_pinyin

    return tuple(part.lower() for part in lazy_pinyin(name))


@lru_cache(maxsize=30_000)
def _reading(character: str) -> str:
    return place_syllables(character)[0]


def name_syllables(name: str) -> tuple[str, ...]:
    """Syllables of a person's name: surname by its own table, then character by character."""
    for length in (2, 1):
        if surname := SURNAMES.get(name[:length]):
            return *surname.split(), *map(_reading, name[length:])
    return tuple(map(_reading, name))


def name_order(name: str) -> str:
    """`田娜` -> `tian na`; sorts names in pinyin order under a bytewise collation."""
    return " ".join(name_syllables(name))


def name_initials(name: str) -> str:
    """`田娜` -> `tn`."""
    return "".join(part[:1] for part in name_syllables(name) if part[:1].isalnum())


def place_order(name: str) -> str:
    """`望谟县` -> `wang mo xian`."""
    return " ".join(place_syllables(name))


def place_initials(name: str) -> str:
    """`望谟县` -> `wmx`."""
    return "".join(part[:1] for part in place_syllables(name) if part[:1].isalnum())
