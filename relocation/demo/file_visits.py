"""Plans, visits, agreed steps and confirmations of the generated households: one statement a table."""

from __future__ import annotations

import datetime as dt

from common import scope
from common.changes import Changes
from households.actions import settle_file_deadlines
from households.actions.plans import MEASURES
from households.actions.visits import STEPS
from households.models import PlanMeasure, VisitStep
from households.models.plans import OPEN_MEASURES
from relocation.demo.chance import luck, pick

TABLES = ("households_visit",)  # with over ten thousand rows
CADRES = ["罗家明", "王凤英", "韦国强", "岑秀兰", "黄德忠", "杨小红", "陆启文", "蒙正华", "李文静", "覃海燕"]
VISITS_EACH = 2

HOMES = f"""
CREATE TEMP TABLE visited_homes ON COMMIT DROP AS
  SELECT h.id, h.region, h.head_name, s.placement, {pick(CADRES, "h.id", "cadre")} AS cadre,
    '1388590' || {luck("h.id", "phone")} %% 40 + 1000 AS phone
  FROM households_household h JOIN settlements_settlement s ON s.id = h.settlement_id
  WHERE h.code ~ %(generated)s AND h.voided_at IS NULL
"""
PLANS = f"""
INSERT INTO households_householdplan (region, version, void_reason, household_id, made_on, cadre, cadre_phone, difficulty,
    follow_up, effect)
  SELECT region, 1, '', id, %(on)s::date - 100 - {luck("id", "made")} %% 400, cadre, phone,
    (ARRAY['缺技术，务工收入不稳定', '家中老人需长期照料', '子女就学支出较大', '因病支出较多', '缺发展资金'])[1 + {luck("id", "why")} %% 5],
    '按季走访跟踪', ''
  FROM visited_homes WHERE placement = 'dispersed' AND {luck("id", "plan")} < 940
"""
MEASURES_OF_PLANS = f"""
INSERT INTO households_planmeasure (region, version, void_reason, household_id, plan_id, measure, unit_id, owner, due_on,
    state, done_on, effect)
  SELECT p.region, 1, '', p.household_id, p.id, m.text, NULL, p.cadre, m.due,
    CASE WHEN m.done THEN 'done' WHEN m.due < %(on)s::date + 60 THEN 'under_way' ELSE 'planned' END,
    CASE WHEN m.done THEN m.due - 10 END, CASE WHEN m.done THEN '已落实，家庭反映良好' ELSE '' END
  FROM households_householdplan p JOIN visited_homes h ON h.id = p.household_id,
  LATERAL (SELECT k, (ARRAY['推荐县内就业岗位', '安排公益性岗位', '落实教育资助', '办理慢病门诊待遇', '发展庭院种养'])
             [1 + ({luck("h.id", "what")} + k) %% 5] AS text,
             p.made_on + 60 + k * 120 + {luck("concat(h.id, '-', k)", "due")} %% 60 AS due
           FROM generate_series(0, 2) k WHERE k = 0 OR {luck("concat(h.id, '-', k)", "k")} < 600) t,
  LATERAL (SELECT t.text, t.due, t.due < %(on)s::date AND {luck("concat(h.id, '-', t.k)", "done")} < 930 AS done) m
"""
# Cycles of 180 days: most households were visited within the last one, some are late, a few never met.
VISITS = f"""
INSERT INTO households_visit (region, version, void_reason, household_id, visited_on, visited_at, manner, visitors, met,
    found, agreed, author_id)
  SELECT region, 1, '', id, %(on)s::date - 5 - k * 170 - {luck("concat(id, '-', k)", "day")} %% 168,
    lpad((9 + {luck("concat(id, '-', k)", "hour")} %% 8)::text, 2, '0') || ':' || (ARRAY['05', '20', '40'])[1 + {luck("id", "min")} %% 3],
    CASE WHEN {luck("concat(id, '-', k)", "manner")} < 880 THEN 'home' ELSE 'phone' END, cadre, head_name,
    (ARRAY['住房安全，水电正常，家中人员身体状况良好', '主要劳动力在外务工，收入较上年增加', '老人慢病用药有保障，希望就近取药',
           '孩子在安置点学校就读，成绩稳定', '务工合同即将到期，希望推荐新岗位'])[1 + {luck("concat(id, '-', k)", "found")} %% 5],
    '', %(county)s
  FROM visited_homes, generate_series(0, {VISITS_EACH - 1}) k
  WHERE {luck("id", "never")} >= 15 AND (k > 0 OR {luck("id", "late")} >= 80)
"""
AGREED = f"""
INSERT INTO households_visitstep (region, version, void_reason, household_id, agreed_on, visit_id, step, owner, unit_id,
    due_on, done_on, outcome)
  SELECT v.region, 1, '', v.household_id, v.visited_on, v.id,
    (ARRAY['联系社保站补办养老保险参保登记', '推荐就近就业岗位', '帮助办理慢病门诊待遇', '协调维修漏水管道', '核对产权证信息'])
      [1 + {luck("concat(h.id, '-', v.visited_on)", "step")} %% 5],
    v.visitors, NULL, d.due, CASE WHEN d.done THEN least(d.due - 3, %(on)s::date) END, CASE WHEN d.done THEN '已办结并回访' ELSE '' END
  FROM households_visit v JOIN visited_homes h ON h.id = v.household_id,
  LATERAL (SELECT v.visited_on + 20 + {luck("concat(h.id, '-', v.visited_on)", "by")} %% 40 AS due) t,
  LATERAL (SELECT t.due, t.due < %(on)s::date AND {luck("concat(h.id, '-', v.visited_on)", "kept")} < 990 AS done) d
  WHERE {luck("concat(h.id, '-', v.visited_on)", "agreed")} < 350
"""
CONFIRMATIONS = f"""
INSERT INTO households_confirmation (region, version, void_reason, household_id, confirmed_on, remark, level, author_id,
    state, decided_on, decided_by_id, decision_reason, current, changed_in)
  SELECT region, 1, '', id, d.day, '', '4', %(township)s, d.state,
    CASE WHEN d.state <> 'confirmed' THEN d.day + 5 END, CASE WHEN d.state <> 'confirmed' THEN %(county)s END,
    CASE WHEN d.state = 'returned' THEN '住房面积与产权证不符，请重新核对' ELSE '' END, true, '[]'
  FROM visited_homes,
  LATERAL (SELECT %(on)s::date - 20 - {luck("id", "confirmed")} %% 90 AS day,
    CASE WHEN {luck("id", "decided")} < 780 THEN 'accepted'
         WHEN {luck("id", "decided")} < 810 THEN 'returned' ELSE 'confirmed' END AS state) d
  WHERE {luck("id", "checked")} < 870
"""
STATEMENTS = [HOMES, PLANS, MEASURES_OF_PLANS, VISITS, AGREED, CONFIRMATIONS]


def follow(on: dt.date) -> None:
    """What is agreed and planned and not done yet is due, as if it had been entered."""
    with scope.whole(source="load_demo"):
        unit = Changes(on)
        unit.publish(STEPS, VisitStep.objects.filter(done_on=None).values_list("pk", flat=True))
        unit.publish(MEASURES, PlanMeasure.objects.filter(state__in=OPEN_MEASURES).values_list("pk", flat=True))
        settle_file_deadlines(unit)
