"""Income, risk and safety net of the demo county's generated households: bulk statements, the same for the same seed."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable

from django.db import connections

from accounts.models import User
from common import bulk, scope
from households.actions.risks import save_cases
from households.models import (
    Disability,
    DoctorContract,
    Household,
    Income,
    Insurance,
    MinimumLiving,
    Person,
    RiskCase,
    Schooling,
    TemporaryRelief,
)

COUNTY = 522326000000
Say = Callable[[str], None]
# Shares in thousandths. F-12: 1,071,700 of 1,880,000 people had their medical insurance moved.
MOVED, UNINSURED, EMPLOYEE, ASSISTED, SIGNED = 570, 12, 45, 330, 780
POORER, BURDENED, DISABLED = 12, 8, 32
HELPED = 60  # cases that are carried on by steps

_RANDOM = "abs(hashtextextended({key}::text || '{salt}', %(seed)s) %% 1000)"


def _luck(key: str, salt: str) -> str:
    """A number from 0 to 999 that a row's key and the seed give."""
    return _RANDOM.format(key=key, salt=salt)


_HOMES = "households_household h WHERE h.region >= %(lo)s AND h.region < %(hi)s AND h.voided_at IS NULL AND h.code ~ %(ours)s"
_PEOPLE = (
    "households_person p JOIN households_household h ON h.id = p.household_id WHERE h.region >= %(lo)s AND h.region < %(hi)s"
    " AND p.voided_at IS NULL AND p.died_on IS NULL AND h.code ~ %(ours)s"
    " AND EXISTS (SELECT FROM households_membership m WHERE m.person_id = p.id AND m.left_on IS NULL)"
)
_TABLES = [
    model._meta.db_table for model in (Income, Insurance, MinimumLiving, TemporaryRelief, Schooling, DoctorContract)
]
_BLANK = "version, void_reason"

_LINES = """
INSERT INTO households_threshold (division, upto, year, amount, source, version)
SELECT 520000000000, 530000000000, y, 7600 + 400 * (y - %(year)s + 2), '演示数据', 1
FROM generate_series(%(year)s - 2, %(year)s) y ON CONFLICT DO NOTHING"""

_INCOMES = f"""
INSERT INTO households_income (region, {_BLANK}, household_id, year, period, wages, business, property, transfers,
  minimum_living, business_outlay, rigid_medical, rigid_education, rigid_other, rigid_total, net_income, worked_by, worked_on,
  confirmed, remark, begins_on, ends_on)
SELECT b.region, 1, '', b.id, b.year, '0', b.wages, b.business, b.property, b.transfers, 0, b.outlay, b.medical, b.education,
  200, b.medical + b.education + 200, b.wages + b.business + b.property + b.transfers - b.outlay, '王干部',
  least(make_date(b.year, 12, 10), %(on)s), {_luck("b.id", "ok")} > 60, '', make_date(b.year, 1, 1), make_date(b.year, 12, 31)
FROM (
  SELECT h.id, h.region, y.year,
    (h.heads * (9000 + 9 * {_luck("h.id", "wages")}) * CASE WHEN y.year = %(year)s - 2 THEN 1
       WHEN {_luck("h.id", "fate")} < {POORER} THEN 0.4 ELSE 1.04 + {_luck("h.id", "rise")} / 12000.0 END)::int AS wages,
    CASE WHEN {_luck("h.id", "shop")} < 150 THEN 6000 ELSE 0 END AS business,
    CASE WHEN {_luck("h.id", "shop")} < 150 THEN 2000 ELSE 0 END AS outlay,
    300 + {_luck("h.id", "property")} AS property,
    h.heads * (400 + {_luck("h.id", "transfers")}) AS transfers,
    (h.heads * (200 + {_luck("h.id", "medical")} / 2)
       * CASE WHEN y.year = %(year)s - 1 AND {_luck("h.id", "burden")} < {BURDENED} THEN 3 ELSE 1 END)::int AS medical,
    h.pupils * (300 + {_luck("h.id", "education")}) AS education
  FROM (
    SELECT h.id, h.region, greatest(count(p.id), 1) AS heads, count(p.id) FILTER (WHERE p.school <> '') AS pupils
    FROM households_household h LEFT JOIN households_person p ON p.household_id = h.id AND p.voided_at IS NULL
      AND p.died_on IS NULL
    WHERE h.id IN (SELECT h.id FROM {_HOMES}) GROUP BY h.id, h.region
  ) h CROSS JOIN (VALUES (%(year)s - 2), (%(year)s - 1)) y(year)
) b"""

_INSURANCES = f"""
INSERT INTO households_insurance (region, {_BLANK}, person_id, year, kind, payer, subsidy, moved_on, remark)
SELECT p.region, 1, '', p.id, %(year)s, k.kind,
  CASE WHEN k.kind IN ('2', '6') THEN 'employer' WHEN k.kind IN ('3', '4') THEN 'government'
       WHEN p.birth_date < %(old)s THEN 'government' ELSE 'subsidised' END,
  CASE WHEN k.kind = '1' AND p.birth_date >= %(old)s THEN 380 END,
  CASE WHEN k.kind = '1' AND {_luck("p.id", "moved")} < {MOVED} THEN make_date(2019, 1 + p.id::int %% 12, 15) END, ''
FROM (SELECT p.* FROM {_PEOPLE}) p CROSS JOIN (VALUES ('1'), ('2'), ('3'), ('4'), ('5'), ('6')) k(kind)
WHERE CASE k.kind
  WHEN '1' THEN {_luck("p.id", "insured")} >= {UNINSURED} AND NOT (p.birth_date < %(young)s AND p.birth_date >= %(old)s
    AND p.school = '' AND {_luck("p.id", "employee")} < {EMPLOYEE})
  WHEN '2' THEN {_luck("p.id", "insured")} >= {UNINSURED} AND p.birth_date < %(young)s AND p.birth_date >= %(old)s
    AND p.school = '' AND {_luck("p.id", "employee")} < {EMPLOYEE}
  WHEN '3' THEN {_luck("p.id", "insured")} >= {UNINSURED} + 10
  WHEN '4' THEN {_luck("p.id", "assisted")} < {ASSISTED}
  WHEN '5' THEN p.birth_date < %(young)s AND p.school = '' AND {_luck("p.id", "employee")} BETWEEN {EMPLOYEE} AND 940
  ELSE p.birth_date < %(young)s AND p.birth_date >= %(old)s AND p.school = '' AND {_luck("p.id", "employee")} < {EMPLOYEE}
END"""

_AID = f"""
INSERT INTO households_minimumliving (region, {_BLANK}, household_id, kind, from_on, to_on, amount, people, remark)
SELECT h.region, 1, '', h.id, CASE WHEN {_luck("h.id", "aid")} < 12 THEN 'extreme' ELSE 'minimum' END,
  make_date(%(year)s - 3, 1 + h.id::int %% 12, 1),
  CASE WHEN {_luck("h.id", "aid")} > 90 THEN make_date(%(year)s - 1, 6, 30) END, 260 + {_luck("h.id", "amount")}, NULL, ''
FROM {_HOMES} AND {_luck("h.id", "aid")} < 110"""

_RELIEF = f"""
INSERT INTO households_temporaryrelief (region, {_BLANK}, household_id, day, reason, amount, remark)
SELECT h.region, 1, '', h.id, %(on)s - (10 + {_luck("h.id", "when")} %% 300)::int,
  (ARRAY['illness', 'accident', 'disaster', 'education', 'job_loss'])[1 + {_luck("h.id", "why")} %% 5],
  500 + 10 * {_luck("h.id", "sum")} %% 4000, ''
FROM {_HOMES} AND {_luck("h.id", "relief")} < 25"""

_SCHOOLING = f"""
INSERT INTO households_schooling (region, {_BLANK}, person_id, grade, school, from_on, to_on, dropout_reason, remark)
SELECT p.region, 1, '', p.id, p.school,
  CASE WHEN p.school IN ('01', '02') THEN '安置区幼儿园' WHEN p.school = '03' THEN '望谟县第六小学'
       WHEN p.school IN ('04', '05', '06') THEN '望谟县第五中学' WHEN p.school IN ('07', '08', '09') THEN '望谟民族中学'
       ELSE '黔西南民族职业技术学院' END,
  greatest(make_date(extract(year FROM %(on)s::date - 243)::int, 9, 1), p.birth_date), NULL, '', ''
FROM {_PEOPLE} AND p.school <> ''"""

_DOCTORS = f"""
INSERT INTO households_doctorcontract (region, {_BLANK}, household_id, person_id, doctor, institution, from_on, to_on, remark)
SELECT h.region, 1, '', h.id, NULL, (ARRAY['韦医生', '罗医生', '黄医生', '岑医生'])[1 + h.settlement_id %% 4],
  '社区卫生服务站', make_date(%(year)s, 1, 1), make_date(%(year)s, 12, 31), ''
FROM {_HOMES} AND {_luck("h.id", "doctor")} < {SIGNED}"""


def load(on: dt.date, seed: int, generated: str, using: str = "owner") -> None:
    """Store what households earn and what they are covered by; the county's alone, whatever the scale."""
    told = {
        "lo": COUNTY,
        "hi": COUNTY + 10**6,
        "ours": generated,
        "on": on,
        "year": on.year,
        "seed": seed,
        "young": dt.date(on.year - 16, on.month, 1),
        "old": dt.date(on.year - 60, on.month, 1),
    }
    with connections[using].cursor() as cursor:
        cursor.execute("SELECT EXISTS (SELECT FROM households_income)")
        if cursor.fetchone()[0]:
            return
        for statement in (_LINES, _INCOMES, _INSURANCES, _AID, _RELIEF, _SCHOOLING, _DOCTORS):
            cursor.execute(statement, told)
        cursor.execute(f"ANALYZE {', '.join(_TABLES)}")


def follow(on: dt.date, say: Say) -> int:
    """Disability certificates, and monitored households some way along the steps; nothing where there are some already."""
    by = User.objects.filter(username="county").first()
    if by is None:
        return 0
    with scope.acting_as(by, source="load_demo"):
        if Disability.objects.exists():
            return 0
        _certify(on)
        rows = _cases(on)
        save_cases(rows, by=by, on=on, source="load_demo")
    say(f"{len(rows)} monitored households along the steps")
    return len(rows)


def _certify(on: dt.date) -> None:
    people = Person.objects.under(COUNTY).filter(voided_at=None, id_number__isnull=False, memberships__left_on=None)
    found = []
    for person in people.order_by("pk"):
        luck = person.pk * 7919 % 1000
        if luck < DISABLED:
            kind, grade = str(1 + luck % 7), str(1 + luck % 4)
            issued = max(dt.date(2018 + luck % 5, 1 + luck % 12, 1), person.birth_date)
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
    homes = Household.objects.under(COUNTY).filter(voided_at=None, code__regex="^[0-9]{6}9").exclude(pk__in=taken)
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
