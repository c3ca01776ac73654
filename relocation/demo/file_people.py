"""Households and people in full, the grid and the linked cadres of the demo county: set statements, the same for one seed."""

from __future__ import annotations

import datetime as dt

from django.db import connections

from common import scope
from households.actions.duplicates import FOUND
from relocation.demo.load import GENERATED, Say

COUNTY = 522326000000
# Shares in thousandths.
PARTY, PROBATION, LEAGUE = 31, 3, 60
CHRONIC, SERIOUS, DISABLED = 92, 14, 32
MINIMUM_LIVING, EXTREME = 185, 8
UNLINKED, WITHOUT_GRID, SOLDIER, ABROAD = 12, 15, 2, 1
HOMES_A_CADRE = 12
SUPPORTED = 220

_LUCK = "abs(hashtextextended({key}::text || '{salt}', %(seed)s) %% 1000)"


def _luck(key: str, salt: str) -> str:
    """A number from 0 to 999 that a row's key and the seed give."""
    return _LUCK.format(key=key, salt=salt)


_OURS = "h.region >= %(lo)s AND h.region < %(hi)s AND h.code ~ %(ours)s"
_BLANK = "version, void_reason, remark"

_STREETS = f"""
INSERT INTO households_grid (region, {_BLANK}, code, name, level, parent_id)
SELECT d.code, 1, '', '', format('%%sW9%%s', d.code / 1000000, lpad((d.code / 1000 %% 1000)::text, 3, '0')), d.name, '1', NULL
FROM divisions_division d WHERE d.valid_to IS NULL AND d.level = 4
  AND EXISTS (SELECT FROM households_household h WHERE h.region = d.code AND {_OURS})"""
_COMMUNITIES = f"""
INSERT INTO households_grid (region, {_BLANK}, code, name, level, parent_id)
SELECT s.region, 1, '', '', 'W' || s.code, s.name, '2', g.id
FROM settlements_settlement s JOIN households_grid g ON g.region = s.region AND g.level = '1' AND g.voided_at IS NULL
WHERE EXISTS (SELECT FROM households_household h WHERE h.settlement_id = s.id AND {_OURS})"""
# A part of a community has eight buildings; below it a building, below that the households of a stairwell.
_BUILDING = "substring(h.address FROM '^([0-9]+)栋')::int"
_HOMES = f"""
CREATE TEMP TABLE demo_homes ON COMMIT DROP AS
SELECT h.id, h.region, 'W' || s.code AS community, {_BUILDING} AS building, ({_BUILDING} - 1) / 8 + 1 AS part,
  substring(h.address FROM '([0-9]+)单元')::int AS unit
FROM households_household h JOIN settlements_settlement s ON s.id = h.settlement_id WHERE {_OURS} AND h.address LIKE '%%栋%%'"""


def _level(level: str, code: str, name: str, parent: str) -> str:
    return f"""
INSERT INTO households_grid (region, {_BLANK}, code, name, level, parent_id)
SELECT DISTINCT d.region, 1, '', '', {code}, {name}, '{level}', g.id
FROM demo_homes d JOIN households_grid g ON g.code = {parent}"""


_PART = "d.community || '-' || d.part"
_HOUSE = "d.community || '-' || d.part || '-' || d.building"
_STAIR = f"{_HOUSE} || '-' || d.unit"

_HOUSEHOLDS = f"""
UPDATE households_household h SET
  household_kind = CASE WHEN h.relocation_kind <> '1' THEN '4' WHEN {_luck("h.id", "kind")} < {EXTREME} THEN '3'
    WHEN {_luck("h.id", "kind")} < {EXTREME + MINIMUM_LIVING} THEN '2' ELSE '1' END,
  task_year = least(extract(year FROM h.moved_in_on) - 1, 2020),
  planned_move_in_on = (h.moved_in_on - make_interval(months => {_luck("h.id", "planned")}::int %% 6))::date,
  origin_city = coalesce(city.name, ''), origin_county = coalesce(county.name, ''),
  origin_address = h.origin_township || h.origin_village || (1 + {_luck("h.id", "group")} %% 9) || '组',
  origin_area_kind = (ARRAY['1', '1', '3', '3', '5', '2', '9'])[1 + {_luck("h.id", "area")} %% 7],
  self_paid = CASE WHEN h.relocation_kind = '1' THEN 2000 ELSE 10000 END * (2 + {_luck("h.id", "paid")} %% 4),
  building = coalesce(substring(h.address FROM '^([0-9]+栋)'), ''),
  unit = coalesce(substring(h.address FROM '([0-9]+单元)'), ''),
  room = coalesce(substring(h.address FROM '单元(.+)$'), ''),
  registry_year = CASE WHEN h.registry_number <> '' THEN %(year)s - 1 END,
  recognition_standard = CASE WHEN h.registry_number <> '' THEN '1' ELSE '' END,
  poverty_exit = CASE WHEN h.relocation_kind = '1' THEN '1' ELSE '' END,
  poverty_exit_year = CASE WHEN h.relocation_kind = '1' THEN 2017 + {_luck("h.id", "exit")} %% 4 END,
  grid_id = CASE WHEN {_luck("h.id", "grid")} >= {WITHOUT_GRID} THEN g.id END
FROM households_household x LEFT JOIN demo_homes d ON d.id = x.id LEFT JOIN households_grid g ON g.code = {_STAIR}
  LEFT JOIN divisions_division city ON city.code = x.origin_division - x.origin_division %% 100000000
    AND city.valid_to IS NULL
  LEFT JOIN divisions_division county ON county.code = x.origin_division - x.origin_division %% 1000000
    AND county.valid_to IS NULL
WHERE x.id = h.id AND {_OURS}"""

_AGE = "extract(year FROM age(%(on)s, p.birth_date))::int"
_PEOPLE = f"""
UPDATE households_person p SET
  political_status = CASE WHEN {_AGE} >= 18 AND {_luck("p.id", "party")} < {PARTY} THEN '1'
    WHEN {_AGE} >= 18 AND {_luck("p.id", "party")} < {PARTY + PROBATION} THEN '2'
    WHEN {_AGE} BETWEEN 14 AND 28 AND {_luck("p.id", "party")} < {PARTY + PROBATION + LEAGUE * 4} THEN '3' ELSE '4' END,
  education = CASE WHEN {_AGE} < 7 THEN '' WHEN {_AGE} < 13 THEN '2' WHEN {_AGE} < 16 THEN '3'
    WHEN {_AGE} < 19 THEN '4' WHEN {_AGE} >= 60 THEN (ARRAY['1', '1', '2', '2', '3'])[1 + {_luck("p.id", "school")} %% 5]
    ELSE (ARRAY['2', '3', '3', '3', '4', '5', '2', '3', '4', '6'])[1 + {_luck("p.id", "school")} %% 10] END,
  health = CASE WHEN {_luck("p.id", "health")} < {DISABLED} THEN '4'
    WHEN {_luck("p.id", "health")} < {DISABLED + SERIOUS} THEN '3'
    WHEN {_luck("p.id", "health")} < {DISABLED + SERIOUS} + {CHRONIC} * (1 + {_AGE} / 30) / 2 THEN '2' ELSE '1' END,
  putonghua = CASE WHEN {_AGE} < 3 THEN '' WHEN {_AGE} >= 60 AND {_luck("p.id", "speech")} < 450 THEN '0'
    WHEN {_luck("p.id", "speech")} < 40 THEN '0' ELSE '1' END,
  serving_soldier = CASE WHEN {_AGE} BETWEEN 18 AND 25 AND {_luck("p.id", "army")} < {SOLDIER * 10} THEN '1' ELSE '0' END,
  works_abroad = CASE WHEN {_AGE} BETWEEN 20 AND 50 AND {_luck("p.id", "abroad")} < {ABROAD} THEN '1' ELSE '0' END,
  id_issued_by = CASE WHEN p.id_index IS NULL THEN '' ELSE '望谟县公安局' END,
  id_valid_from = CASE WHEN p.id_index IS NOT NULL THEN t.issued END,
  id_valid_to = CASE WHEN p.id_index IS NULL THEN NULL WHEN {_AGE} >= 56 THEN DATE '9999-12-31'
    WHEN {_AGE} >= 26 THEN (t.issued + INTERVAL '20 years')::date WHEN {_AGE} >= 16 THEN (t.issued + INTERVAL '10 years')::date
    ELSE (t.issued + INTERVAL '5 years')::date END,
  registry_number = CASE WHEN length(t.registry_number) = 10 THEN t.registry_number || lpad(t.place::text, 2, '0')
    ELSE '' END
FROM (
  SELECT x.id, h.registry_number, row_number() OVER (PARTITION BY h.id ORDER BY x.id) AS place,
    greatest(x.birth_date, (%(on)s - make_interval(days => 30 + {_luck("x.id", "issued")}::int))::date) AS issued
  FROM households_person x JOIN households_household h ON h.id = x.household_id WHERE {_OURS}
) t WHERE t.id = p.id"""

_SURNAMES = "ARRAY['王', '李', '张', '罗', '韦', '岑', '陆', '杨', '黄', '陈', '吴', '蒙']"
_GIVEN = "ARRAY['建国', '春梅', '志强', '丽华', '文斌', '秀英', '海涛', '玉兰', '国庆', '小燕', '永福', '云']"


def _name(key: str) -> str:
    return f"(({_SURNAMES})[1 + {_luck(key, 'surname')} %% 12] || ({_GIVEN})[1 + {_luck(key, 'given')} %% 12])"


_PHONE = "('139' || lpad((abs(hashtextextended({key}::text || 'phone', %(seed)s)) %% 100000000)::text, 8, '0'))"

_MANAGERS = f"""
INSERT INTO households_gridmanager (region, {_BLANK}, grid_id, duty, name, phone, from_on)
SELECT g.region, 1, '', '', g.id, CASE g.level WHEN '1' THEN 'chief' WHEN '2' THEN 'chief' WHEN '3' THEN 'worker'
  WHEN '4' THEN 'building' ELSE 'contact' END, {_name("g.id")}, {_PHONE.format(key="g.id")},
  (%(on)s - 100 - {_luck("g.id", "from")}::int)
FROM households_grid g WHERE g.region >= %(lo)s AND g.region < %(hi)s AND g.code LIKE '%%W%%'"""
_LINKS = f"""
INSERT INTO households_cadrelink (region, {_BLANK}, household_id, name, employer, post, phone, from_on, end_reason)
SELECT h.region, 1, '', '', h.id, {_name("h.cadre")},
  (ARRAY['县发展和改革局', '县人力资源和社会保障局', '县自然资源局', '县教育局', '县民政局', '县农业农村局', '县税务局', '街道办事处'])
    [1 + {_luck("h.cadre", "employer")} %% 8],
  (ARRAY['科员', '副股长', '股长', '副局长'])[1 + {_luck("h.cadre", "post")} %% 4], {_PHONE.format(key="h.cadre")},
  least(greatest(h.moved_in_on, %(on)s - 1500) + {_luck("h.cadre", "from")}::int %% 300, %(on)s), ''
FROM (SELECT h.*, 'cadre' || row_number() OVER (ORDER BY h.region, h.id) / {HOMES_A_CADRE} AS cadre
  FROM households_household h WHERE {_OURS}) h
WHERE {_luck("h.id", "linked")} >= {UNLINKED}"""

_SUPPORTS = f"""
INSERT INTO households_industrysupport (region, {_BLANK}, household_id, year, project, amount)
SELECT h.region, 1, '', '', h.id, y, (ARRAY['食用菌种植', '肉牛养殖入股', '油茶种植', '林下养鸡', '小微商铺', '蔬菜大棚分红'])
  [1 + {_luck("h.id", "project")} %% 6], 800 + 4 * {_luck("h.id", "money")}
FROM households_household h CROSS JOIN generate_series(%(year)s - 2, %(year)s - 1) y
WHERE {_OURS} AND {_luck("h.id", "industry")} < {SUPPORTED} AND extract(year FROM h.moved_in_on) <= y"""

# A slip of the pen: two people of different households with one number, to be looked through.
_TWICE = f"""
UPDATE households_person p SET registry_number = t.number FROM (
  SELECT o.id, lag(o.registry_number, 3) OVER (ORDER BY o.id) AS number FROM households_person o
  JOIN households_household h ON h.id = o.household_id
  WHERE {_OURS} AND o.relation = '03' AND o.registry_number <> '' AND {_luck("o.id", "twice")} < 6) t
WHERE t.id = p.id AND t.number IS NOT NULL AND {_luck("p.id", "slip")} < 250"""

STATEMENTS = [
    _STREETS,
    _COMMUNITIES,
    _HOMES,
    _level("3", _PART, "'第' || d.part || '片区'", "d.community"),
    _level("4", _HOUSE, "d.building || '栋'", _PART),
    _level("5", _STAIR, "d.building || '栋' || d.unit || '单元'", _HOUSE),
    _HOUSEHOLDS,
    _PEOPLE,
    _MANAGERS,
    _LINKS,
    _SUPPORTS,
    _TWICE,
]


def load(on: dt.date, seed: int, say: Say = print, using: str = "owner") -> None:
    """Fill the generated households of the demo county, once."""
    told = {"lo": COUNTY, "hi": COUNTY + 10**6, "ours": GENERATED, "on": on, "year": on.year, "seed": seed}
    with scope.whole(source="load_demo", using=using), connections[using].cursor() as cursor:
        cursor.execute("SELECT EXISTS (SELECT FROM households_grid WHERE region >= %(lo)s AND region < %(hi)s)", told)
        if cursor.fetchone()[0]:
            return
        for statement in STATEMENTS:
            cursor.execute(statement, told)
        cursor.execute("ANALYZE households_household, households_person, households_grid, households_cadrelink")
        cursor.execute(FOUND, [on])
    say("Grid, linked cadres and the facts of households and people filled in")
