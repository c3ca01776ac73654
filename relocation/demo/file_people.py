"""Households and people in full, the grid and the linked cadres: set statements over the rows that generation staged.

Households and persons are stored here, once and in full, instead of being stored and changed: half the rows of history.
"""

from __future__ import annotations

import datetime as dt

from common import scope
from households.actions.duplicates import find_duplicates
from relocation.demo.chance import luck, pick
from relocation.demo.generate import COLUMNS

STAGED = {table: f"staged_{table}" for table in ("households_household", "households_person")}
HOUSEHOLDS, PERSONS = STAGED.values()
TABLES = ()
# Shares in thousandths.
PARTY, PROBATION, LEAGUE = 31, 3, 60
CHRONIC, SERIOUS, DISABLED = 92, 14, 32
MINIMUM_LIVING, EXTREME = 185, 8
UNLINKED, WITHOUT_GRID, SOLDIER, ABROAD = 12, 15, 2, 1
HOMES_A_CADRE = 12
SUPPORTED = 220

EMPLOYERS = [
    "县发展和改革局",
    "县人力资源和社会保障局",
    "县自然资源局",
    "县教育局",
    "县民政局",
    "县农业农村局",
    "县税务局",
    "街道办事处",
]
PROJECTS = ["食用菌种植", "肉牛养殖入股", "油茶种植", "林下养鸡", "小微商铺", "蔬菜大棚分红"]

_BLANK = "version, void_reason, remark"
_STAGE = [
    f"CREATE TEMP TABLE {staged} ON COMMIT DROP AS SELECT {', '.join(COLUMNS[table])} FROM {table} WITH NO DATA"
    for table, staged in STAGED.items()
]

_STREETS = f"""
INSERT INTO households_grid (region, {_BLANK}, code, name, level, parent_id)
SELECT d.code, 1, '', '', c.code, d.name, '1', NULL
FROM divisions_division d, LATERAL (SELECT format('%%sW9%%s', d.code / 1000000, lpad((d.code / 1000 %% 1000)::text, 3, '0')) AS code) c
WHERE d.valid_to IS NULL AND d.level = 4 AND d.code IN (SELECT region FROM {HOUSEHOLDS})
  AND NOT EXISTS (SELECT FROM households_grid g WHERE g.code = c.code)"""
_COMMUNITIES = f"""
INSERT INTO households_grid (region, {_BLANK}, code, name, level, parent_id)
SELECT s.region, 1, '', '', 'W' || s.code, s.name, '2', g.id
FROM settlements_settlement s JOIN households_grid g ON g.region = s.region AND g.level = '1' AND g.voided_at IS NULL
WHERE s.id IN (SELECT settlement_id FROM {HOUSEHOLDS})"""
# A part of a community has eight buildings; below it a building, below that the households of a stairwell.
_FLATS = f"""
CREATE TEMP TABLE demo_flats ON COMMIT DROP AS
SELECT h.id, h.region, 'W' || s.code AS community, f.building::int AS building, f.unit::int AS unit, f.room,
  'W' || s.code || '-' || (f.building::int - 1) / 8 + 1 AS part_code
FROM {HOUSEHOLDS} h JOIN settlements_settlement s ON s.id = h.settlement_id,
  LATERAL (SELECT substring(h.address FROM '^([0-9]+)栋') AS building, substring(h.address FROM '([0-9]+)单元') AS unit,
    substring(h.address FROM '单元(.+)$') AS room) f"""
_HOUSE = "d.part_code || '-' || d.building"
_STAIR = f"{_HOUSE} || '-' || d.unit"


def _level(level: str, code: str, name: str, parent: str) -> str:
    return f"""
INSERT INTO households_grid (region, {_BLANK}, code, name, level, parent_id)
SELECT DISTINCT d.region, 1, '', '', {code}, {name}, '{level}', g.id
FROM demo_flats d JOIN households_grid g ON g.code = {parent}"""


def _in_full(table: str, key: str, facts: dict[str, str], source: str) -> str:
    """A statement that stores the staged rows of a table with further columns."""
    columns = COLUMNS[table]
    return (
        f"INSERT INTO {table} ({', '.join((*columns, *facts))})"
        f" SELECT {', '.join(f'{key}.{column}' for column in columns)}, {', '.join(facts.values())} FROM {source}"
    )


_REGISTERED = "h.relocation_kind = '1'"
_HOUSEHOLD_FACTS = {
    "household_kind": f"CASE WHEN NOT {_REGISTERED} THEN '4' WHEN {luck('h.id', 'kind')} < {EXTREME} THEN '3'"
    f" WHEN {luck('h.id', 'kind')} < {EXTREME + MINIMUM_LIVING} THEN '2' ELSE '1' END",
    "task_year": "least(extract(year FROM h.moved_in_on) - 1, 2020)",
    "planned_move_in_on": f"(h.moved_in_on - make_interval(months => {luck('h.id', 'planned')} %% 6))::date",
    "origin_city": "coalesce(city.name, '')",
    "origin_county": "coalesce(county.name, '')",
    "origin_address": f"h.origin_township || h.origin_village || (1 + {luck('h.id', 'group')} %% 9) || '组'",
    "origin_area_kind": pick(["1", "1", "3", "3", "5", "2", "9"], "h.id", "area"),
    "self_paid": f"CASE WHEN {_REGISTERED} THEN 2000 ELSE 10000 END * (2 + {luck('h.id', 'paid')} %% 4)",
    "building": "coalesce(d.building || '栋', '')",
    "unit": "coalesce(d.unit || '单元', '')",
    "room": "coalesce(d.room, '')",
    "registry_year": "CASE WHEN h.registry_number <> '' THEN %(year)s - 1 END",
    "recognition_standard": "CASE WHEN h.registry_number <> '' THEN '1' ELSE '' END",
    "poverty_exit": f"CASE WHEN {_REGISTERED} THEN '1' ELSE '' END",
    "poverty_exit_year": f"CASE WHEN {_REGISTERED} THEN 2017 + {luck('h.id', 'exit')} %% 4 END",
    "grid_id": f"CASE WHEN {luck('h.id', 'grid')} >= {WITHOUT_GRID} THEN g.id END",
}
_DIVISION = "divisions_division {0} ON {0}.code = h.origin_division - h.origin_division %% {1} AND {0}.valid_to IS NULL"
_HOUSEHOLDS = _in_full(
    "households_household",
    "h",
    _HOUSEHOLD_FACTS,
    f"{HOUSEHOLDS} h LEFT JOIN demo_flats d ON d.id = h.id LEFT JOIN households_grid g ON g.code = {_STAIR}"
    f" LEFT JOIN {_DIVISION.format('city', 10**8)} LEFT JOIN {_DIVISION.format('county', 10**6)}",
)
_WITH_NUMBER = "p.id_index IS NOT NULL"
_PERSON_FACTS = {
    "political_status": f"CASE WHEN a.age >= 18 AND l.party < {PARTY} THEN '1'"
    f" WHEN a.age >= 18 AND l.party < {PARTY + PROBATION} THEN '2'"
    f" WHEN a.age BETWEEN 14 AND 28 AND l.party < {PARTY + PROBATION + LEAGUE * 4} THEN '3' ELSE '4' END",
    "education": "CASE WHEN a.age < 7 THEN '' WHEN a.age < 13 THEN '2' WHEN a.age < 16 THEN '3' WHEN a.age < 19 THEN '4'"
    " WHEN a.age >= 60 THEN (ARRAY['1', '1', '2', '2', '3'])[1 + l.school %% 5]"
    " ELSE (ARRAY['2', '3', '3', '3', '4', '5', '2', '3', '4', '6'])[1 + l.school %% 10] END",
    "health": f"CASE WHEN l.health < {DISABLED} THEN '4' WHEN l.health < {DISABLED + SERIOUS} THEN '3'"
    f" WHEN l.health < {DISABLED + SERIOUS} + {CHRONIC} * (1 + a.age / 30) / 2 THEN '2' ELSE '1' END",
    "putonghua": "CASE WHEN a.age < 3 THEN '' WHEN l.speech < CASE WHEN a.age >= 60 THEN 450 ELSE 40 END THEN '0' ELSE '1' END",
    "serving_soldier": f"CASE WHEN a.age BETWEEN 18 AND 25 AND l.army < {SOLDIER * 10} THEN '1' ELSE '0' END",
    "works_abroad": f"CASE WHEN a.age BETWEEN 20 AND 50 AND l.abroad < {ABROAD} THEN '1' ELSE '0' END",
    "id_issued_by": f"CASE WHEN {_WITH_NUMBER} THEN coalesce(c.name, '') || '公安局' ELSE '' END",
    "id_valid_from": f"CASE WHEN {_WITH_NUMBER} THEN i.issued END",
    "id_valid_to": f"CASE WHEN NOT {_WITH_NUMBER} THEN NULL WHEN a.age >= 56 THEN DATE '9999-12-31'"
    " ELSE (i.issued + make_interval(years => CASE WHEN a.age >= 26 THEN 20 WHEN a.age >= 16 THEN 10 ELSE 5 END))::date END",
    "registry_number": "CASE WHEN length(h.registry_number) = 10 THEN h.registry_number || lpad(p.place::text, 2, '0') ELSE '' END",
}
_PERSON_LUCK = ", ".join(
    f"{luck('p.id', word)} AS {word}" for word in ("party", "school", "health", "speech", "army", "abroad")
)
_PERSONS = _in_full(
    "households_person",
    "p",
    _PERSON_FACTS,
    f"(SELECT p.*, row_number() OVER (PARTITION BY p.household_id ORDER BY p.id) AS place FROM {PERSONS} p) p"
    f" JOIN {HOUSEHOLDS} h ON h.id = p.household_id"
    " LEFT JOIN divisions_division c ON c.code = h.region - h.region %% 1000000 AND c.valid_to IS NULL,"
    f" LATERAL (SELECT {_PERSON_LUCK} OFFSET 0) l,"
    " LATERAL (SELECT extract(year FROM age(%(on)s, p.birth_date))::int AS age OFFSET 0) a,"
    f" LATERAL (SELECT greatest(p.birth_date, %(on)s - 30 - {luck('p.id', 'issued')}) AS issued OFFSET 0) i",
)

SURNAMES = ["王", "李", "张", "罗", "韦", "岑", "陆", "杨", "黄", "陈", "吴", "蒙"]
GIVEN = ["建国", "春梅", "志强", "丽华", "文斌", "秀英", "海涛", "玉兰", "国庆", "小燕", "永福", "云"]


def _name(key: str) -> str:
    return f"({pick(SURNAMES, key, 'surname')} || {pick(GIVEN, key, 'given')})"


_PHONE = "('139' || lpad((abs(hashtextextended({key}::text || 'phone', %(seed)s)) %% 100000000)::text, 8, '0'))"

_MANAGERS = f"""
INSERT INTO households_gridmanager (region, {_BLANK}, grid_id, duty, name, phone, from_on)
SELECT g.region, 1, '', '', g.id, CASE g.level WHEN '1' THEN 'chief' WHEN '2' THEN 'chief' WHEN '3' THEN 'worker'
  WHEN '4' THEN 'building' ELSE 'contact' END, {_name("g.id")}, {_PHONE.format(key="g.id")},
  (%(on)s - 100 - {luck("g.id", "from")})
FROM households_grid g WHERE g.region IN (SELECT region FROM {HOUSEHOLDS})
  AND NOT EXISTS (SELECT FROM households_gridmanager m WHERE m.grid_id = g.id)"""
_LINKS = f"""
INSERT INTO households_cadrelink (region, {_BLANK}, household_id, name, employer, post, phone, from_on, end_reason)
SELECT h.region, 1, '', '', h.id, {_name("h.cadre")}, {pick(EMPLOYERS, "h.cadre", "employer")},
  {pick(["科员", "副股长", "股长", "副局长"], "h.cadre", "post")}, {_PHONE.format(key="h.cadre")},
  least(greatest(h.moved_in_on, %(on)s - 1500) + {luck("h.cadre", "from")} %% 300, %(on)s), ''
FROM (SELECT h.*, 'cadre' || row_number() OVER (ORDER BY h.region, h.id) / {HOMES_A_CADRE} AS cadre FROM {HOUSEHOLDS} h) h
WHERE {luck("h.id", "linked")} >= {UNLINKED}"""
_SUPPORTS = f"""
INSERT INTO households_industrysupport (region, {_BLANK}, household_id, year, project, amount)
SELECT h.region, 1, '', '', h.id, y, {pick(PROJECTS, "h.id", "project")}, 800 + 4 * {luck("h.id", "money")}
FROM {HOUSEHOLDS} h CROSS JOIN generate_series(%(year)s - 2, %(year)s - 1) y
WHERE {luck("h.id", "industry")} < {SUPPORTED} AND extract(year FROM h.moved_in_on) <= y"""
# A slip of the pen: two people of different households with one number, to be looked through.
_TWICE = f"""
UPDATE households_person p SET registry_number = t.number FROM (
  SELECT o.id, lag(o.registry_number, 3) OVER (ORDER BY o.id) AS number FROM households_person o
  WHERE o.id IN (SELECT id FROM {PERSONS} WHERE relation = '03' AND {luck("id", "twice")} < 6) AND o.registry_number <> '') t
WHERE t.id = p.id AND t.number IS NOT NULL AND {luck("p.id", "slip")} < 250"""

STATEMENTS = [
    _STREETS,
    _COMMUNITIES,
    _FLATS,
    _level("3", "d.part_code", "'第' || (d.building - 1) / 8 + 1 || '片区'", "d.community"),
    _level("4", _HOUSE, "d.building || '栋'", "d.part_code"),
    _level("5", _STAIR, "d.building || '栋' || d.unit || '单元'", _HOUSE),
    _HOUSEHOLDS,
    _PERSONS,
    _MANAGERS,
    _LINKS,
    _SUPPORTS,
    _TWICE,
]


def stage(cursor) -> None:
    """Make the tables that stand in for those in STAGED until STATEMENTS store their rows."""
    for statement in _STAGE:
        cursor.execute(statement)


def follow(on: dt.date) -> None:
    """Possible duplicates, as the nightly search finds them."""
    with scope.whole(source="load_demo"):
        find_duplicates(on=on)
