"""Generated plans, visits, agreed steps and confirmations of the county's generated households.

Rows come from the households by SQL, each value from a number that household and seed give, so that a second load of the
same seed is the same. The owner writes them; history and row-level security are the tables' own.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable

from django.db import connections

from accounts.models import User
from common import scope
from common.changes import Changes
from households.actions import settle_file_deadlines
from households.actions.plans import MEASURES
from households.actions.visits import STEPS
from households.models import PlanMeasure, VisitStep
from households.models.plans import OPEN_MEASURES

COUNTY = 522326000000
GENERATED = "^[0-9]{6}9[0-9]{6}$"
Say = Callable[[str], None]

# `dice(h, salt)`: a number from 0 to 999 that depends on the household and the seed alone.
DICE = """
CREATE FUNCTION pg_temp.dice(code text, salt text) RETURNS int LANGUAGE sql IMMUTABLE AS
  $$ SELECT ('x' || substr(md5(code || salt), 1, 7))::bit(28)::int % 1000 $$
"""
HOMES = """
CREATE TEMP TABLE visited_homes ON COMMIT DROP AS
  SELECT h.id, h.code, h.region, h.head_name, s.placement, p.name AS cadre, p.phone
  FROM households_household h JOIN settlements_settlement s ON s.id = h.settlement_id,
  LATERAL (SELECT (%(cadres)s::text[])[1 + pg_temp.dice(h.code, 'cadre' || %(seed)s) %% %(number)s] AS name,
                  '1388590' || lpad((pg_temp.dice(h.code, 'phone' || %(seed)s) %% 40 + 1000)::text, 4, '0') AS phone) p
  WHERE h.region >= %(lo)s AND h.region < %(hi)s AND h.code ~ %(generated)s AND h.voided_at IS NULL
"""
PLANS = """
INSERT INTO households_householdplan (region, version, void_reason, household_id, made_on, cadre, cadre_phone, difficulty,
    follow_up, effect)
  SELECT region, 1, '', id, %(on)s::date - 100 - pg_temp.dice(code, 'made' || %(seed)s) %% 400, cadre, phone,
    (ARRAY['缺技术，务工收入不稳定', '家中老人需长期照料', '子女就学支出较大', '因病支出较多', '缺发展资金'])[1 + pg_temp.dice(code, 'why') %% 5],
    '按季走访跟踪', ''
  FROM visited_homes WHERE placement = 'dispersed' AND pg_temp.dice(code, 'plan' || %(seed)s) < 940
"""
MEASURES_OF_PLANS = """
INSERT INTO households_planmeasure (region, version, void_reason, household_id, plan_id, measure, unit_id, owner, due_on,
    state, done_on, effect)
  SELECT p.region, 1, '', p.household_id, p.id, m.text, NULL, p.cadre, m.due,
    CASE WHEN m.done THEN 'done' WHEN m.due < %(on)s::date + 60 THEN 'under_way' ELSE 'planned' END,
    CASE WHEN m.done THEN m.due - 10 END, CASE WHEN m.done THEN '已落实，家庭反映良好' ELSE '' END
  FROM households_householdplan p JOIN visited_homes h ON h.id = p.household_id,
  LATERAL (SELECT k, (ARRAY['推荐县内就业岗位', '安排公益性岗位', '落实教育资助', '办理慢病门诊待遇', '发展庭院种养'])
             [1 + (pg_temp.dice(h.code, 'what') + k) %% 5] AS text,
             p.made_on + 60 + k * 120 + pg_temp.dice(h.code, 'due' || k) %% 60 AS due
           FROM generate_series(0, 2) k WHERE k = 0 OR pg_temp.dice(h.code, 'k' || k || %(seed)s) < 600) t,
  LATERAL (SELECT t.text, t.due, t.due < %(on)s::date AND pg_temp.dice(h.code, 'done' || t.k) < 930 AS done) m
"""
# Cycles of 180 days: most households were visited within the last one, some are late, a few never met.
VISITS = """
INSERT INTO households_visit (region, version, void_reason, household_id, visited_on, visited_at, manner, visitors, met,
    found, agreed, author_id)
  SELECT region, 1, '', id, %(on)s::date - 5 - k * 170 - pg_temp.dice(code, 'day' || k || %(seed)s) %% 168,
    lpad((9 + pg_temp.dice(code, 'hour' || k) %% 8)::text, 2, '0') || ':' || (ARRAY['05', '20', '40'])[1 + pg_temp.dice(code, 'min') %% 3],
    CASE WHEN pg_temp.dice(code, 'manner' || k) < 880 THEN 'home' ELSE 'phone' END, cadre, head_name,
    (ARRAY['住房安全，水电正常，家中人员身体状况良好', '主要劳动力在外务工，收入较上年增加', '老人慢病用药有保障，希望就近取药',
           '孩子在安置点学校就读，成绩稳定', '务工合同即将到期，希望推荐新岗位'])[1 + pg_temp.dice(code, 'found' || k) %% 5],
    '', %(author)s
  FROM visited_homes, generate_series(0, 2) k
  WHERE pg_temp.dice(code, 'never' || %(seed)s) >= 15 AND (k > 0 OR pg_temp.dice(code, 'late' || %(seed)s) >= 80)
"""
AGREED = """
INSERT INTO households_visitstep (region, version, void_reason, household_id, agreed_on, visit_id, step, owner, unit_id,
    due_on, done_on, outcome)
  SELECT v.region, 1, '', v.household_id, v.visited_on, v.id,
    (ARRAY['联系社保站补办养老保险参保登记', '推荐就近就业岗位', '帮助办理慢病门诊待遇', '协调维修漏水管道', '核对产权证信息'])
      [1 + pg_temp.dice(h.code, 'step' || v.visited_on) %% 5],
    v.visitors, NULL, d.due, CASE WHEN d.done THEN least(d.due - 3, %(on)s::date) END, CASE WHEN d.done THEN '已办结并回访' ELSE '' END
  FROM households_visit v JOIN visited_homes h ON h.id = v.household_id,
  LATERAL (SELECT v.visited_on + 20 + pg_temp.dice(h.code, 'by' || v.visited_on) %% 40 AS due) t,
  LATERAL (SELECT t.due, t.due < %(on)s::date AND pg_temp.dice(h.code, 'kept' || v.visited_on) < 990 AS done) d
  WHERE pg_temp.dice(h.code, 'agreed' || v.visited_on) < 350
"""
CONFIRMATIONS = """
INSERT INTO households_confirmation (region, version, void_reason, household_id, confirmed_on, remark, level, author_id,
    state, decided_on, decided_by_id, decision_reason, current, changed_in)
  SELECT region, 1, '', id, d.day, '', '4', %(township)s, d.state,
    CASE WHEN d.state <> 'confirmed' THEN d.day + 5 END, CASE WHEN d.state <> 'confirmed' THEN %(author)s END,
    CASE WHEN d.state = 'returned' THEN '住房面积与产权证不符，请重新核对' ELSE '' END, true, '[]'
  FROM visited_homes,
  LATERAL (SELECT %(on)s::date - 20 - pg_temp.dice(code, 'confirmed' || %(seed)s) %% 90 AS day,
    CASE WHEN pg_temp.dice(code, 'decided' || %(seed)s) < 780 THEN 'accepted'
         WHEN pg_temp.dice(code, 'decided' || %(seed)s) < 810 THEN 'returned' ELSE 'confirmed' END AS state) d
  WHERE pg_temp.dice(code, 'checked' || %(seed)s) < 870
"""
CADRES = ["罗家明", "王凤英", "韦国强", "岑秀兰", "黄德忠", "杨小红", "陆启文", "蒙正华", "李文静", "覃海燕"]


def _set_deadlines(on: dt.date) -> None:
    """What is agreed and planned and not done yet is due, as if it had been entered."""
    with scope.whole(source="load_demo"):
        unit = Changes(on)
        unit.publish(STEPS, VisitStep.objects.filter(done_on=None).values_list("pk", flat=True))
        unit.publish(MEASURES, PlanMeasure.objects.filter(state__in=OPEN_MEASURES).values_list("pk", flat=True))
        settle_file_deadlines(unit)


def load(on: dt.date, seed: int, say: Say, using: str = "owner") -> int:
    """Fill what is done at the files of the county's generated households; nothing where there are visits already."""
    with scope.whole(source="load_demo", using=using), connections[using].cursor() as cursor:
        cursor.execute("SELECT EXISTS (SELECT FROM households_visit)")
        if cursor.fetchone()[0]:
            return 0
        users = dict(User.objects.filter(username__in=("county", "township")).values_list("username", "pk"))
        lo, hi = scope.code_range(COUNTY)
        told = {
            "on": on,
            "seed": str(seed),
            "lo": lo,
            "hi": hi,
            "generated": GENERATED,
            "cadres": CADRES,
            "number": len(CADRES),
            "author": users["county"],
            "township": users["township"],
        }
        cursor.execute(DICE)
        number = 0
        for statement in (HOMES, PLANS, MEASURES_OF_PLANS, VISITS, AGREED, CONFIRMATIONS):
            cursor.execute(statement, told)
            number += cursor.rowcount if statement is not HOMES else 0
    _set_deadlines(on)
    say(f"{number:,} generated plans, measures, visits, agreed steps and confirmations")
    return number
