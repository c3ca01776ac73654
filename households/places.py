"""What a household's row says of places, made whole: the place of origin by code and by name, the flat by its parts."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence

from django.utils.translation import gettext as _

from common.scope import ancestor
from divisions.models import Division
from households.models import Household

PARTS = ("building", "unit", "room")
# 3栋2单元501室, A区12号楼一单元302, 3-2-501.
_WORDS = re.compile(r"(?P<building>.+?(?:栋|幢|号楼|座|楼))(?:(?P<unit>.+?单元))?(?P<room>\d[\w-]*(?:室|号|房)?)?")
_NUMBERS = re.compile(r"(?P<building>\w{1,6})-(?P<unit>\w{1,3})-(?P<room>\w{1,6})")


def parts_of(address: str) -> dict[str, str]:
    """Building, stairwell and room of an address as it is usually written; all blank where it is written otherwise."""
    found = _NUMBERS.fullmatch(address) or _WORDS.fullmatch(address)
    return {name: (found[name] or "" if found else "") for name in PARTS}


def flat_of(household: Household) -> tuple[str, ...]:
    """Address and parts as they stand, to be compared with what a row makes of them."""
    return (household.address, *(getattr(household, name) for name in PARTS))


def complete_flats(households: Iterable[Household], before: Mapping[int | None, tuple[str, ...]]) -> bool:
    """The address leads: its parts follow it. Who tells the parts alone has the address made of them. Gives whether any
    address or part was completed."""
    completed = False
    for household in households:
        address, *parts = before.get(household.pk, ("", "", "", ""))
        now = [getattr(household, name) for name in PARTS]
        if household.address != address and now == parts:
            for name, value in parts_of(household.address).items():
                setattr(household, name, value)
            completed = True
        elif household.address == address and now != parts and any(now):
            household.address = _joined(now)
            completed = True
    return completed


def _joined(parts: Sequence[str]) -> str:
    return ("-" if all(value.isascii() for value in parts) else "").join(value for value in parts if value)


def complete_origins(rows: Sequence[dict]) -> None:
    """A code of origin gives the names of its city and county, and a name that fits one place alone gives the code."""
    by_county = _townships({row["code"] for row in rows if _lacks_code(row) and row.get("code")})
    for row in rows:
        if _lacks_code(row) and row.get("code"):
            code = by_county.get((int(row["code"][:6]) * 10**6, row.get("origin_township")))
            if code:
                row["origin_division"] = code
    _complete_by_county(rows)
    _name(rows)


def _lacks_code(row: dict) -> bool:
    return bool(row.get("origin_township") and not row.get("origin_division") and not row.get("origin_county"))


def _townships(codes: set[str]) -> dict[tuple[int, str], int]:
    counties = {int(code[:6]) * 10**6 for code in codes}
    if not counties:
        return {}
    found = Division.objects.filter(parent__code__in=counties, valid_to=None)
    return {(parent, name): code for parent, name, code in found.values_list("parent__code", "name", "code")}


def _complete_by_county(rows: Sequence[dict]) -> None:
    """A county of origin told by name, and a township in it, give the code where only one county has that name."""
    open_rows = [row for row in rows if row.get("origin_county") and not row.get("origin_division")]
    if not open_rows:
        return
    names = {row["origin_county"] for row in open_rows}
    counties: dict[str, list[tuple[int, str]]] = {}
    found = Division.objects.filter(name__in=names, level=3, valid_to=None)
    for name, code, city in found.values_list("name", "code", "parent__name"):
        counties.setdefault(name, []).append((code, city))
    townships = _townships({f"{code // 10**6:06d}" for places in counties.values() for code, _city in places})
    for row in open_rows:
        places = counties.get(row["origin_county"], [])
        if row.get("origin_city"):
            places = [place for place in places if place[1] == row["origin_city"]] or places
        if len(places) == 1:
            county = places[0][0]
            row["origin_division"] = townships.get((county, row.get("origin_township")), county)


def _name(rows: Sequence[dict]) -> None:
    coded = [row for row in rows if row.get("origin_division")]
    names = _names_above(coded)
    for row in coded:
        for name, level in (("origin_city", 2), ("origin_county", 3)):
            if known := names.get(ancestor(row["origin_division"], level)):
                row[name] = known


def _names_above(rows: Sequence[dict]) -> dict[int, str]:
    wanted = {ancestor(row["origin_division"], level) for row in rows for level in (2, 3)}
    found = Division.objects.filter(code__in=wanted, valid_to=None) if wanted else ()
    return {division.code: division.name for division in found}


def check_origins(rows: Sequence[dict]) -> Iterator[tuple[int, str, str, str, str]]:
    """Rows that tell a code of origin and the name of another county."""
    told = {i: row for i, row in enumerate(rows) if row.get("origin_division") and row.get("origin_county")}
    names = _names_above(list(told.values()))
    for index, row in told.items():
        county = names.get(ancestor(row["origin_division"], 3), "")
        if county and county != row["origin_county"]:
            message = _(
                "The code of the place of origin lies in %(county)s, not in %(told)s. Correct one of the two, or leave one"
                " of them out."
            ) % {"county": county, "told": row["origin_county"]}
            yield index, "origin_county", row["origin_county"], "disagrees", message


def check_grids(rows: Sequence[dict], user) -> Iterator[tuple[int, str, str, str, str]]:
    """Rows that put a household into the grid of another township."""
    told = {index: row for index, row in enumerate(rows) if row.get("grid")}
    if not told:
        return
    codes = [row["code"] for row in told.values() if row.get("code")]
    ids = [row["id"] for row in told.values() if row.get("id")]
    stored = Household.objects.visible_to(user)
    by_code = dict(stored.filter(code__in=codes).values_list("code", "region"))
    by_id = dict(stored.filter(pk__in=ids).values_list("pk", "region"))
    for index, row in told.items():
        settlement = row.get("settlement")
        region = settlement.region if settlement else by_id.get(row.get("id"), by_code.get(row.get("code")))
        if region is not None and region != row["grid"].region:
            message = _(
                "The grid %(name)s lies in another township than the settlement. Choose one of the settlement's."
            )
            yield index, "grid", row["grid"].code, "other_place", message % {"name": row["grid"].name}
