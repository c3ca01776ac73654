"""Problems that may have been entered twice: same county, same class, and a similar text or the same place and paper.

Two inspections that found the same thing stay two records until somebody has looked at both; this only lists the pairs.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import combinations

from django.db.models import Q

from common.scope import ancestor, code_range
from common.values import squeeze
from rectification.models import ItemMove, ItemPlace, RectificationItem
from rectification.states import ACTS

MERGEABLE = ACTS["merge"].sources
COUNTY = 3
LIKE = 0.45  # share of two-character pieces that texts have in common; rewordings of one finding lie above it
MOST_COMPARED = 2_000  # pairs of one county and class beyond these are left to the list's filters


@dataclass(frozen=True)
class Pair:
    """Two items that look alike: how much of their texts they share, and what else."""

    first: RectificationItem
    second: RectificationItem
    likeness: float
    same_place: bool
    same_paper: bool

    @property
    def percent(self) -> int:
        return round(100 * self.likeness)


def pieces(text: str) -> frozenset[str]:
    """The neighbouring pairs of characters of a text, punctuation left out."""
    plain = "".join(character for character in squeeze(text) if character.isalnum())
    return frozenset(plain[index : index + 2] for index in range(len(plain) - 1)) or frozenset([plain])


def likeness(one: frozenset[str], other: frozenset[str]) -> float:
    return len(one & other) / len(one | other)


def pairs_in(region: int, user, limit: int) -> list[Pair]:
    """The likeliest pairs under a division, as far as the user sees; those that somebody has told apart are left out."""
    rows = RectificationItem.objects.visible_to(user).under(region).filter(voided_at=None)
    return _pairs(rows, limit)


def twins_of(item: RectificationItem, user, limit: int = 5) -> list[Pair]:
    """The likeliest twins of one item; it stands first in each pair."""
    lo, hi = code_range(ancestor(item.region, COUNTY) if item.region else 0)
    top = item.problem_class.parent_id or item.problem_class_id
    rows = (
        RectificationItem.objects.visible_to(user)
        .filter(Q(problem_class=top) | Q(problem_class__parent=top), region__gte=lo, region__lt=hi, voided_at=None)
        .filter(Q(pk=item.pk) | Q(state__in=[*MERGEABLE, "submitted", "verified"]))
    )
    found = _pairs(rows, limit, of=item.pk)
    return [pair if pair.first.pk == item.pk else _turned(pair) for pair in found]


def _turned(pair: Pair) -> Pair:
    return Pair(pair.second, pair.first, pair.likeness, pair.same_place, pair.same_paper)


def _pairs(rows, limit: int, of: int | None = None) -> list[Pair]:
    items = list(
        rows.filter(state__in=[*MERGEABLE, "submitted", "verified"]).select_related("problem_class", "lead_unit")
    )
    groups: dict[tuple, list[RectificationItem]] = defaultdict(list)
    for item in items:
        top = item.problem_class.parent_id or item.problem_class_id
        groups[item.region // 10**6, top].append(item)
    places = _places(item.pk for group in groups.values() if len(group) > 1 for item in group)
    apart = _told_apart(item.pk for item in items)
    found = []
    for group in groups.values():
        texts = {item.pk: pieces(item.description) for item in group} if len(group) > 1 else {}
        candidates = combinations(group, 2)
        if of is not None:
            me = next((item for item in group if item.pk == of), None)
            candidates = ((me, other) for other in group if me is not None and other.pk != of)
        for number, (one, other) in enumerate(candidates):
            if number >= MOST_COMPARED:
                break
            pair = _pair(one, other, texts, places)
            if pair is not None and frozenset((one.number, other.number)) not in apart:
                found.append(pair)
    found.sort(key=lambda pair: (-pair.likeness, pair.first.pk, pair.second.pk))
    return found[:limit]


def _pair(one, other, texts: dict, places: dict) -> Pair | None:
    alike = likeness(texts[one.pk], texts[other.pk])
    same_place = bool(places[one.pk] & places[other.pk])
    same_paper = bool(one.document_no) and one.document_no == other.document_no
    if alike >= LIKE or same_place and same_paper:
        return Pair(one, other, alike, same_place, same_paper)
    return None


def _places(items: Iterable[int]) -> dict[int, set[int]]:
    found: dict[int, set[int]] = defaultdict(set)
    for item, settlement in ItemPlace.objects.filter(item__in=list(items)).values_list("item", "settlement"):
        found[item].add(settlement)
    return found


def _told_apart(items: Iterable[int]) -> set[frozenset[str]]:
    """Pairs of numbers that somebody has looked at and found to be two problems."""
    rows = ItemMove.objects.filter(item__in=list(items), act="distinct").values_list("item__number", "told__number")
    return {frozenset(pair) for pair in rows}
