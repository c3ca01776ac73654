"""Income, risk and safety net of the generated households: set statements, the same for the same seed."""

from __future__ import annotations

import datetime as dt

from django.db.models import F, IntegerField
from django.db.models.functions import Cast, Mod

from accounts.models import User
from common import bulk, scope
from households.actions.risks import save_cases
from households.models import Disability, Household, Person, RiskCase
from relocation.demo.chance import DEMO_COUNTY, GENERATED, luck

# Shares in thousandths. F-12: 1,071,700 of 1,880,000 people had their medical insurance moved.
MOVED, UNINSURED, EMPLOYEE, ASSISTED, SIGNED = 570, 12, 45, 90, 780
POORER, BURDENED, DISABLED = 12, 8, 32
HELPED = 30  # cases that are carried on by steps

TABLES = ("households_income", "households_insurance")  # with over ten thousand rows
_BLANK = "version, void_reason"
_HOMES = "households_household h WHERE h.voided_at IS NULL AND h.code ~ %(generated)s"
_PEOPLE = (
    "households_person p JOIN households_household h ON h.id = p.household_id WHERE p.voided_at IS NULL AND p.died_on IS NULL"
    " AND h.code ~ %(generated)s AND NOT EXISTS (SELECT FROM households_membership m WHERE m.person_id = p.id AND m.left_on IS NOT NULL)"
)

_LINES = """
INSERT INTO households_threshold (division, upto, year, amount, source, version)
SELECT 520000000000, 530000000000, y, 7600 + 400 * (y - %(year)s + 2), '演示数据', 1
FROM generate_series(%(year)s - 2, %(year)s) y ON CONFLICT DO NOTHING"""


def _lives_there(day: str) -> str:
    """SQL for whether a membership `m` of a person `p` counts on a day."""
    return (
        f"p.birth_date <= {day} AND (m.joined_on IS NULL OR m.joined_on <= {day})"
        f" AND (m.left_on IS NULL OR m.left_on > {day}) AND (p.died_on IS NULL OR p.died_on > {day})"
    )


# What is computed from a row is stored with it: `settle_incomes` finds nothing to correct.
_INCOMES = f"""
INSERT INTO households_income (region, {_BLANK}, household_id, year, period, wages, business, property, transfers,
  minimum_living, business_outlay, rigid_medical, rigid_education, rigid_other, rigid_total, net_income, worked_by, worked_on,
  confirmed, remark, begins_on, ends_on, members, per_head, previous_per_head, change)
SELECT c.region, 1, '', c.id, c.year, '0', c.wages, c.business, c.property, c.transfers, 0, c.outlay, c.medical, c.education,
  200, c.medical + c.education + 200, c.net, '王干部', least(make_date(c.year, 12, 10), %(on)s), {luck("c.id", "ok")} > 60, '',
  make_date(c.year, 1, 1), make_date(c.year, 12, 31), c.people, c.per_head, c.before,
  round((c.per_head - c.before) * 100 / CASE WHEN c.before > 0 THEN c.before END, 2)
FROM (
  SELECT t.*, lag(t.per_head) OVER (PARTITION BY t.id ORDER BY t.year) AS before
  FROM (
    SELECT b.*, n.net, round(n.net / NULLIF(b.people, 0), 2) AS per_head
    FROM (
      SELECT h.id, h.region, y.year, y.people,
        (h.heads * (9000 + 9 * {luck("h.id", "wages")}) * CASE WHEN y.year = %(year)s - 2 THEN 1
           WHEN {luck("h.id", "fate")} < {POORER} THEN 0.4 ELSE 1.04 + {luck("h.id", "rise")} / 12000.0 END)::int AS wages,
        CASE WHEN {luck("h.id", "shop")} < 150 THEN 6000 ELSE 0 END AS business,
        CASE WHEN {luck("h.id", "shop")} < 150 THEN 2000 ELSE 0 END AS outlay,
        300 + {luck("h.id", "property")} AS property,
        h.heads * (400 + {luck("h.id", "transfers")}) AS transfers,
        (h.heads * (200 + {luck("h.id", "medical")} / 2)
           * CASE WHEN y.year = %(year)s - 1 AND {luck("h.id", "burden")} < {BURDENED} THEN 3 ELSE 1 END)::int AS medical,
        h.pupils * (300 + {luck("h.id", "education")}) AS education
      FROM (
        SELECT h.id, h.region, greatest(count(*) FILTER (WHERE p.died_on IS NULL), 1) AS heads,
          count(*) FILTER (WHERE p.died_on IS NULL AND p.school <> '') AS pupils,
          count(*) FILTER (WHERE {_lives_there("make_date(%(year)s - 2, 12, 31)")}) AS earlier,
          count(*) FILTER (WHERE {_lives_there("make_date(%(year)s - 1, 12, 31)")}) AS later
        FROM households_household h JOIN households_membership m ON m.household_id = h.id
          JOIN households_person p ON p.id = m.person_id
        WHERE h.voided_at IS NULL AND h.code ~ %(generated)s AND p.voided_at IS NULL GROUP BY h.id, h.region
      ) h CROSS JOIN LATERAL (VALUES (%(year)s - 2, h.earlier), (%(year)s - 1, h.later)) y(year, people)
    ) b, LATERAL (SELECT (b.wages + b.business + b.property + b.transfers - b.outlay)::numeric AS net) n
  ) t
) c"""

_INSURANCES = f"""
INSERT INTO households_insurance (region, {_BLANK}, person_id, year, kind, payer, subsidy, moved_on, remark)
SELECT p.region, 1, '', p.id, %(year)s, k.kind,
  CASE WHEN k.kind IN ('2', '6') THEN 'employer' WHEN k.kind IN ('3', '4') OR f.old THEN 'government' ELSE 'subsidised' END,
  CASE WHEN k.kind = '1' AND NOT f.old THEN 380 END,
  CASE WHEN k.kind = '1' AND {luck("p.id", "moved")} < {MOVED} THEN make_date(2019, 1 + p.id::int %% 12, 15) END, ''
FROM (SELECT p.*, {luck("p.id", "insured")} AS insured, {luck("p.id", "employee")} AS at_firm FROM {_PEOPLE}) p
CROSS JOIN LATERAL (SELECT p.birth_date < (%(on)s - interval '60 years')::date AS old,
  p.birth_date < (%(on)s - interval '16 years')::date AND p.school = '' AS grown OFFSET 0) f
CROSS JOIN LATERAL (SELECT f.grown AND NOT f.old AND p.at_firm < {EMPLOYEE} AS employee OFFSET 0) e
CROSS JOIN LATERAL (VALUES ('1', p.insured >= {UNINSURED} AND NOT e.employee), ('2', p.insured >= {UNINSURED} AND e.employee),
  ('3', p.insured >= {UNINSURED} + 10), ('4', {luck("p.id", "assisted")} < {ASSISTED}),
  ('5', f.grown AND p.at_firm BETWEEN {EMPLOYEE} AND 940), ('6', e.employee)) k(kind, has)
WHERE k.has"""

_AID = f"""
INSERT INTO households_minimumliving (region, {_BLANK}, household_id, kind, from_on, to_on, amount, people, remark)
SELECT h.region, 1, '', h.id, CASE WHEN {luck("h.id", "aid")} < 12 THEN 'extreme' ELSE 'minimum' END,
  make_date(%(year)s - 3, 1 + h.id::int %% 12, 1),
  CASE WHEN {luck("h.id", "aid")} > 90 THEN make_date(%(year)s - 1, 6, 30) END, 260 + {luck("h.id", "amount")}, NULL, ''
FROM {_HOMES} AND {luck("h.id", "aid")} < 110"""

_RELIEF = f"""
INSERT INTO households_temporaryrelief (region, {_BLANK}, household_id, day, reason, amount, remark)
SELECT h.region, 1, '', h.id, %(on)s - (10 + {luck("h.id", "when")} %% 300)::int,
  (ARRAY['illness', 'accident', 'disaster', 'education', 'job_loss'])[1 + {luck("h.id", "why")} %% 5],
  500 + 10 * {luck("h.id", "sum")} %% 4000, ''
FROM {_HOMES} AND {luck("h.id", "relief")} < 25"""

_SCHOOLING = f"""
INSERT INTO households_schooling (region, {_BLANK}, person_id, grade, school, from_on, to_on, dropout_reason, remark)
SELECT p.region, 1, '', p.id, p.school,
  CASE WHEN p.school IN ('01', '02') THEN '安置区幼儿园' WHEN p.school = '03' THEN '安置区小学'
       WHEN p.school IN ('04', '05', '06') THEN '县第五中学' WHEN p.school IN ('07', '08', '09') THEN '县民族中学'
       ELSE '职业技术学院' END,
  greatest(make_date(extract(year FROM %(on)s::date - 243)::int, 9, 1), p.birth_date), NULL, '', ''
FROM {_PEOPLE} AND p.school <> ''"""

_DOCTORS = f"""
INSERT INTO households_doctorcontract (region, {_BLANK}, household_id, person_id, doctor, institution, from_on, to_on, remark)
SELECT h.region, 1, '', h.id, NULL, (ARRAY['韦医生', '罗医生', '黄医生', '岑医生'])[1 + h.settlement_id %% 4],
  '社区卫生服务站', make_date(%(year)s, 1, 1), make_date(%(year)s, 12, 31), ''
FROM {_HOMES} AND {luck("h.id", "doctor")} < {SIGNED}"""


STATEMENTS = [_LINES, _INCOMES, _INSURANCES, _AID, _RELIEF, _SCHOOLING, _DOCTORS]


def follow(on: dt.date) -> None:
    """Disability certificates, and monitored households some way along the steps; nothing where there are some already."""
    by = User.objects.get(username="county")
    with scope.acting_as(by, source="load_demo"):
        if not Disability.objects.exists():
            _certify(on)
            save_cases(_cases(on), by=by, on=on, source="load_demo")


def _certify(on: dt.date) -> None:
    people = Person.objects.under(DEMO_COUNTY).filter(
        voided_at=None, id_number__isnull=False, memberships__left_on=None
    )
    found = []
    for person in (
        people.annotate(luck=Cast(Mod(F("pk") * 7919, 1000), IntegerField())).filter(luck__lt=DISABLED).order_by("pk")
    ):
        kind, grade = str(1 + person.luck % 7), str(1 + person.luck % 4)
        issued = max(dt.date(2018 + person.luck % 5, 1 + person.luck % 12, 1), person.birth_date)
        found.append(
            Disability(
                person=person,
                region=person.region,
                certificate=f"{person.id_number[:18]}{kind}{grade}",
                kind=kind,
                grade=grade,
                issued_on=min(issued, on),
            )
        )
    bulk.insert(found)


def _cases(on: dt.date) -> list[dict]:
    """Rows as the county's own sheet would have them: found months ago, each a step or more along the way."""
    taken = RiskCase.objects.values("household")
    homes = Household.objects.under(DEMO_COUNTY).filter(voided_at=None, code__regex=GENERATED).exclude(pk__in=taken)
    homes = [home for home in homes.order_by("pk") if home.pk * 31 % 97 == 0][:HELPED]
    rows = []
    for index, home in enumerate(homes):
        found = on - dt.timedelta(40 + index * 3)
        row = {
            "household": home,
            "found_on": found,
            "found_by": ("visit", "application", "department")[index % 3],
            "remark": ("走访发现就医支出较大", "农户申报家中劳动力务工不稳", "医保部门推送大额自付")[index % 3],
        }
        if index % 6:
            row |= {
                "monitor_type": str(1 + index % 3),
                "cause": ("01", "07", "02", "03")[index % 4],
                "cadre": "王干部",
                "verified_on": found + dt.timedelta(4 + index % 10),
            }
        if index % 6 > 1:
            row |= {
                "measures": ("落实医疗救助并安排护林员岗位", "推荐就近务工，跟踪稳岗", "落实教育资助")[index % 3],
                "first_measure_on": found + dt.timedelta(16 + index % 6),
            }
        rows.append(row)
    return rows
