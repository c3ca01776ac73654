"""Homes, titles, hukou states, old houses, land and its income of the generated households.

One statement a table, drawn from the keys of the rows: the same seed gives the same rows. The figures are near those that
are published or asked for: every home accepted (R-187), nine titles of ten issued (R-112), old houses of every tenth
household kept or with an open step, half the three lands put to use (R-218).
"""

from __future__ import annotations

import datetime as dt

from common import scope
from compliance import home_area
from households.actions.homes import watch_titles
from households.actions.origin import watch_old_houses
from households.models import Home, OldHouse
from households.queries.homes import UNDER_WAY
from relocation.demo.chance import luck

TABLES = ("households_hukoustate", "households_landright")  # with over ten thousand rows
PROJECTS = 2  # quota projects a county of origin


_COUNTY = "(coalesce(h.origin_division, h.region) / 1000000 * 1000000)"


def _share(key: str, word: str) -> str:
    """SQL for a number in [0, 1)."""
    return f"({luck(key, word)} / 1000.0)"


HOMES = f"""
INSERT INTO households_home (region, version, void_reason, household_id, address, area, allotted_people, from_on, handed_over_on,
  occupied_on, accepted_on, acceptance, end_reason, cost_per_m2, self_paid, debt, title_state, title_moved_on, applied_on,
  first_registered_on, certificate_number, issued_on, received_by, received_on, obstacle, obstacle_note,
  trade_restricted_until, transfer, remark)
SELECT h.region, 1, '', h.id, h.address, h.housing_area,
  greatest(1, ceil(h.housing_area / 25) - (luck > 0.997)::int),
  h.moved_in_on, handed, h.moved_in_on, handed - 20, 'passed', '', 1300 + floor({_share("h.id", "cost")} * 400), 2000 * 4, NULL,
  CASE WHEN issued THEN '3' WHEN luck < 0.945 THEN '2' WHEN luck < 0.97 THEN '1' WHEN luck < 0.985 THEN '9' ELSE '0' END,
  CASE WHEN issued THEN least(handed + 400, %(on)s) WHEN luck < 0.945 THEN %(on)s - moved WHEN luck < 0.97 THEN %(on)s - moved END,
  CASE WHEN luck < 0.97 THEN CASE WHEN issued THEN handed + 200 ELSE %(on)s - moved - 30 END END,
  CASE WHEN luck < 0.945 THEN CASE WHEN issued THEN handed + 300 ELSE %(on)s - moved END END,
  CASE WHEN issued THEN '示（' || extract(year FROM handed + 400)::int || '）' || left(h.code, 6) || '不动产权第'
    || lpad(h.id::text, 8, '0') || '号' ELSE '' END,
  CASE WHEN issued THEN least(handed + 400, %(on)s) END, CASE WHEN issued AND luck < 0.87 THEN h.head_name ELSE '' END,
  CASE WHEN issued AND luck < 0.87 THEN least(handed + 430, %(on)s) END,
  CASE WHEN luck >= 0.97 AND luck < 0.985 THEN (ARRAY['land', 'acceptance', 'survey', 'papers'])[1 + floor({_share("h.id", "obstacle")} * 4)::int]
    ELSE '' END, '', CASE WHEN issued THEN (handed + interval '10 years')::date END, '', ''
FROM (SELECT h.*, h.moved_in_on - floor({_share("h.id", "handed")} * 40)::int AS handed, {_share("h.id", "title")} AS luck,
    10 + floor({_share("h.id", "stage")} * 300)::int AS moved FROM households_household h) h,
  LATERAL (SELECT luck < 0.905 AND handed + 430 <= %(on)s AS issued) i
WHERE h.code ~ %(generated)s AND h.voided_at IS NULL AND h.moved_in_on IS NOT NULL AND h.housing_area > 0
"""
HUKOU = f"""
INSERT INTO households_hukoustate (region, version, void_reason, person_id, state, from_on, permit_number, remark)
SELECT p.region, 1, '', p.id, CASE WHEN luck < 0.62 THEN '1' WHEN luck < 0.78 THEN '3' WHEN luck < 0.985 THEN '2' ELSE '4' END,
  greatest(p.birth_date, h.moved_in_on), '', ''
FROM (SELECT p.*, {_share("p.household_id", "hukou")} AS luck FROM households_person p) p
JOIN households_household h ON h.id = p.household_id
WHERE h.code ~ %(generated)s AND p.voided_at IS NULL AND p.died_on IS NULL AND h.moved_in_on IS NOT NULL
  AND greatest(p.birth_date, h.moved_in_on) <= %(on)s
"""
PROJECT_ROWS = f"""
INSERT INTO households_quotaproject (region, version, void_reason, number, name, approved_on, approval, approved_area,
  traded_area, traded_on, buyer, income, due_compensation, due_loan, remark)
SELECT c.county, 1, '', 'ZJGG-' || c.county / 1000000 || '-' || n, '易地扶贫搬迁拆旧复垦项目' || n || '期', DATE '2019-03-01',
  '示自然资函〔2019〕' || n || '号', 1200, 900, DATE '2020-05-20', '示范城投公司', 90000000, 36000000, 40000000, ''
FROM (SELECT DISTINCT {_COUNTY} AS county FROM households_household h WHERE h.code ~ %(generated)s) c, generate_series(1, {PROJECTS}) n
WHERE NOT EXISTS (SELECT FROM households_quotaproject q WHERE q.region = c.county)
"""
USES = """
INSERT INTO households_quotause (region, version, void_reason, project_id, kind, amount, paid_on, document)
SELECT q.region, 1, '', q.id, u.kind, u.amount, q.traded_on + u.days, '示拨〔2020〕' || u.days || '号'
FROM households_quotaproject q, (VALUES ('compensation', 36000000, 60), ('loan', 40000000, 120), ('support', 9000000, 200))
  AS u (kind, amount, days)
WHERE q.number LIKE 'ZJGG-%%' AND q.traded_on + 200 <= %(on)s
"""
OLD_HOUSES = f"""
INSERT INTO households_oldhouse (region, version, void_reason, household_id, household_code, owner_name, address, kind,
  area, homestead_area, agreed_on, agreement_number, transition_until, vacated_on, taken_back_on, demolished_on,
  demolished_area, demolition_accepted_on, reclaimed_on, reclaim_state, reclaim_use, reclaimed_area, regreen_reason,
  accepted_on, reward, disposal, keep_ground, protection_kind, keep_reason, keep_document, step, remark, project_id)
SELECT coalesce(h.origin_division, h.region), 1, '', h.id, h.code, h.head_name,
  h.origin_township || h.origin_village, kind, CASE WHEN kind <> '4' THEN size END, CASE WHEN kind <> '4' THEN plot END,
  CASE WHEN kind <> '4' THEN agreed END, '', CASE WHEN kind IN ('1', '2') THEN
    CASE WHEN down IS NULL AND h.id %% 8 <> 0 THEN greatest(agreed + 730, %(on)s + 20 + {luck("h.id", "transition")}) ELSE agreed + 730 END END,
  vacated, taken, down, CASE WHEN down IS NOT NULL THEN size END, down + 15, cleared,
  CASE WHEN cleared IS NULL THEN '' WHEN use = '1' THEN '1' ELSE '2' END, CASE WHEN cleared IS NULL THEN '' ELSE use END,
  CASE WHEN cleared IS NOT NULL THEN plot END,
  CASE WHEN cleared IS NOT NULL AND use <> '1' THEN '坡度较大，不具备复垦条件' ELSE '' END, accepted,
  CASE WHEN down IS NOT NULL THEN 15000 END, CASE WHEN kept THEN 'keep' WHEN down IS NOT NULL THEN 'demolish' ELSE '' END,
  CASE WHEN NOT kept THEN '' WHEN kind = '2' THEN 'shared_wall' ELSE 'protected' END,
  CASE WHEN kept AND kind = '3' THEN (ARRAY['1', '2', '3'])[1 + floor({_share("h.id", "kept")} * 3)::int] ELSE '' END,
  CASE WHEN NOT kept THEN '' WHEN kind = '2' THEN '与邻户墙体相连，拆除影响安全' ELSE '位于保护村落' END,
  CASE WHEN kept THEN '示府〔2019〕' || 1 + h.id %% 40 || '号' ELSE '' END,
  (4 - (vacated IS NULL)::int - (taken IS NULL)::int - (down IS NULL)::int - (cleared IS NULL)::int)::text, '', q.id
FROM (SELECT h.*, {_share("h.id", "old")} AS luck, 60 + floor({_share("h.id", "size")} * 120) AS size,
    round((0.15 + {_share("h.id", "plot")} * 0.35)::numeric, 3) AS plot, h.moved_in_on - 60 AS agreed,
    (ARRAY['1', '1', '1', '2', '3'])[1 + floor({_share("h.id", "use")} * 5)::int] AS use, {_COUNTY} AS county FROM households_household h OFFSET 0) h
CROSS JOIN LATERAL (SELECT CASE WHEN luck < 0.9 THEN '1' WHEN luck < 0.94 THEN '2' WHEN luck < 0.97 THEN '3' ELSE '4' END AS kind OFFSET 0) k
CROSS JOIN LATERAL (SELECT kind = '3' OR kind = '2' AND h.id %% 2 = 0 AS kept OFFSET 0) e
CROSS JOIN LATERAL (SELECT h.moved_in_on + 10 + floor({_share("h.id", "vacated")} * 290)::int AS v,
  h.moved_in_on + 320 + floor({_share("h.id", "demolished")} * 480)::int AS d OFFSET 0) s
CROSS JOIN LATERAL (SELECT CASE WHEN kind = '1' OR kind = '2' AND NOT kept THEN CASE WHEN v <= %(on)s AND luck < 0.89 THEN v END END AS vacated OFFSET 0) a
CROSS JOIN LATERAL (SELECT CASE WHEN vacated + 10 <= %(on)s AND luck < 0.885 THEN vacated + 10 END AS taken OFFSET 0) b
CROSS JOIN LATERAL (SELECT CASE WHEN taken IS NOT NULL AND d <= %(on)s - 15 AND luck < 0.875 THEN d END AS down OFFSET 0) f
CROSS JOIN LATERAL (SELECT CASE WHEN down + 120 <= %(on)s AND luck < 0.84 THEN down + 120 END AS cleared OFFSET 0) g
CROSS JOIN LATERAL (SELECT CASE WHEN cleared + 45 <= %(on)s AND luck < 0.81 THEN cleared + 45 END AS accepted OFFSET 0) l
LEFT JOIN households_quotaproject q ON q.region = h.county AND q.number LIKE 'ZJGG-%%' AND cleared IS NOT NULL
  AND right(q.number, 1)::int = 1 + h.id %% {PROJECTS} AND h.id %% 20 <> 0
WHERE h.code ~ %(generated)s AND h.voided_at IS NULL AND h.moved_in_on IS NOT NULL
"""
LANDS = f"""
INSERT INTO households_landright (region, version, void_reason, household_id, household_code, owner_name, kind, plot, area,
  certificate, state, changed_on, change_reason, way, way_from, partner, remark)
SELECT coalesce(h.origin_division, h.region), 1, '', h.id, h.code, h.head_name, k.kind, '',
  round((k.least + {_share("h.id", "land")} * k.more)::numeric, 1), '', CASE WHEN gone THEN 'reclaimed' ELSE 'kept' END,
  CASE WHEN gone THEN o.reclaimed_on END, CASE WHEN gone THEN '旧宅基地已复垦复绿' ELSE '' END, way,
  CASE WHEN way <> '' THEN greatest(h.moved_in_on, DATE '2018-01-01') END,
  CASE WHEN way IN ('1', '2', '3') THEN '示范农民专业合作社' ELSE '' END, ''
FROM households_household h
CROSS JOIN (VALUES ('1', 0.5, 6.0, 22), ('2', 1.0, 15.0, 23), ('3', 0.2, 0.3, 24)) AS k (kind, least, more, number)
LEFT JOIN households_oldhouse o ON o.household_id = h.id AND o.voided_at IS NULL
CROSS JOIN LATERAL (SELECT k.kind = '3' AND o.reclaimed_on IS NOT NULL AS gone,
  (hashint8extended(h.id * 10 + k.number, %(seed)s) & 1023) / 1024.0 AS luck) r
CROSS JOIN LATERAL (SELECT CASE WHEN gone THEN '4' WHEN k.kind = '3' THEN '' WHEN luck < 0.30 THEN '1' WHEN luck < 0.42 THEN '2'
  WHEN luck < 0.47 THEN '3' WHEN luck < 0.56 AND k.kind = '2' THEN '5' ELSE '' END AS way) w
WHERE h.code ~ %(generated)s AND h.voided_at IS NULL AND h.moved_in_on <= %(on)s
"""
INCOMES = """
INSERT INTO households_landincome (region, version, void_reason, household_id, household_code, owner_name, year, land, kind,
  amount, paid_on, payer, remark)
SELECT l.region, 1, '', l.household_id, l.household_code, l.owner_name, y.year, l.kind,
  CASE l.way WHEN '1' THEN 'rent' WHEN '2' THEN 'dividend' WHEN '3' THEN 'produce' ELSE 'forest' END,
  round(l.area * CASE l.way WHEN '1' THEN 300 WHEN '2' THEN 180 WHEN '3' THEN 150 ELSE 125 END, 0),
  make_date(y.year, 12, 10), l.partner, ''
FROM households_landright l, (VALUES (%(year)s - 1)) AS y (year)
WHERE l.way IN ('1', '2', '3', '5') AND y.year >= extract(year FROM l.way_from) AND l.household_code ~ %(generated)s
"""
STATEMENTS = [HOMES, HUKOU, PROJECT_ROWS, USES, OLD_HOUSES, LANDS, INCOMES]


def follow(on: dt.date) -> None:
    """Stale titles, ends of transitions, and homes over the standard area."""
    with scope.whole(source="load_demo"):
        under_way = Home.objects.filter(title_state__in=UNDER_WAY, to_on=None, voided_at=None)
        watch_titles(under_way.values_list("pk", flat=True), on)
        standing = OldHouse.objects.filter(demolished_on=None, keep_ground="", voided_at=None)
        watch_old_houses(standing.values_list("pk", flat=True), on)
    home_area.settle_all(on)
