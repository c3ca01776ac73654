"""Who is covered by the safety net on a day: conditions on persons, and the coverage of settlements; all as sets."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable

from django.db import connection
from django.db.models import Exists, F, OuterRef, Q

from common.dates import add_months
from common.terms import term
from households.models import Disability, DoctorContract, Insurance, MinimumLiving, Person, Schooling
from households.models.safety import ASSISTANCE, CRITICAL, MEDICAL, PENSION

# What a person may be covered by; conditions on the year or the day. R-108: pension is for those of full age 16 and more
# who are not in school and do not draw one yet.
COVERED = {
    "medical": term("basic medical insurance", "参加基本医疗保险"),
    "critical": term("critical illness insurance", "参加大病保险"),
    "assistance": term("medical assistance", "纳入医疗救助"),
    "three": term("all three layers of medical cover", "享受三重医疗保障"),
    "pension": term("pension insurance", "参加基本养老保险"),
    "doctor": term("family doctor contract", "家庭医生签约"),
    "disabled": term("disability certificate", "持有残疾证"),
}
_KINDS = {"medical": MEDICAL, "critical": (CRITICAL,), "assistance": (ASSISTANCE,), "pension": PENSION}
PENSION_AGE, DRAWING_AGE = 16, 60


def running(begin: str, end: str, on: dt.date) -> Q:
    """Rows whose time holds the day; both ends count."""
    return Q(**{f"{begin}__lte": on}) & (Q(**{f"{end}__isnull": True}) | Q(**{f"{end}__gte": on}))


def _insured(kinds: Iterable[str], on: dt.date):
    return Exists(Insurance.objects.filter(person=OuterRef("pk"), year=on.year, kind__in=kinds, voided_at=None))


def covered(key: str, on: dt.date) -> Q:
    """The condition of a person who is covered by `key` (of COVERED) on the day, of insurances in its year."""
    if key in _KINDS:
        return Q(_insured(_KINDS[key], on))
    if key == "three":
        return Q(_insured(MEDICAL, on), _insured((CRITICAL,), on), _insured((ASSISTANCE,), on))
    if key == "disabled":
        held = Disability.objects.filter(running("issued_on", "valid_to", on), person=OuterRef("pk"), voided_at=None)
        return Q(Exists(held))
    signed = DoctorContract.objects.filter(
        Q(person=OuterRef("pk")) | Q(person=None, household=OuterRef("household")),
        running("from_on", "to_on", on),
        voided_at=None,
    )
    return Q(Exists(signed))


def pensionable(on: dt.date) -> Q:
    return Q(
        birth_date__lte=add_months(on, -12 * PENSION_AGE), birth_date__gt=add_months(on, -12 * DRAWING_AGE), school=""
    )


_COVERAGE = """
WITH people AS (
  SELECT p.id, p.household_id, h.settlement_id, p.birth_date, p.school
  FROM households_household h JOIN households_membership m ON m.household_id = h.id
  JOIN households_person p ON p.id = m.person_id
  WHERE h.settlement_id = ANY(%(settlements)s) AND h.voided_at IS NULL AND p.voided_at IS NULL
    AND p.birth_date <= %(on)s AND (p.died_on IS NULL OR p.died_on > %(on)s)
    AND (m.joined_on IS NULL OR m.joined_on <= %(on)s) AND (m.left_on IS NULL OR m.left_on > %(on)s)
), insured AS (
  SELECT i.person_id, bool_or(kind IN ('1', '2')) AS medical, bool_or(kind = '3') AS critical,
    bool_or(kind = '4') AS assistance, bool_or(kind IN ('5', '6')) AS pension
  FROM households_insurance i JOIN people ON people.id = i.person_id
  WHERE i.year = %(year)s AND i.voided_at IS NULL GROUP BY i.person_id
), disabled AS (
  SELECT DISTINCT d.person_id FROM households_disability d JOIN people ON people.id = d.person_id
  WHERE d.voided_at IS NULL AND d.issued_on <= %(on)s AND (d.valid_to IS NULL OR d.valid_to >= %(on)s)
), signed AS (
  SELECT DISTINCT people.id FROM households_doctorcontract c JOIN people
    ON people.household_id = c.household_id AND (c.person_id IS NULL OR c.person_id = people.id)
  WHERE c.voided_at IS NULL AND c.from_on <= %(on)s AND (c.to_on IS NULL OR c.to_on >= %(on)s)
)
SELECT people.settlement_id, count(*) AS people,
  count(*) FILTER (WHERE insured.medical) AS medical, count(*) FILTER (WHERE insured.critical) AS critical,
  count(*) FILTER (WHERE insured.assistance) AS assistance,
  count(*) FILTER (WHERE insured.medical AND insured.critical AND insured.assistance) AS three,
  count(*) FILTER (WHERE {pensionable}) AS pensionable,
  count(*) FILTER (WHERE insured.pension AND {pensionable}) AS pension,
  count(*) FILTER (WHERE disabled.person_id IS NOT NULL) AS disabled,
  count(*) FILTER (WHERE signed.id IS NOT NULL) AS doctor
FROM people LEFT JOIN insured ON insured.person_id = people.id LEFT JOIN disabled ON disabled.person_id = people.id
LEFT JOIN signed ON signed.id = people.id
GROUP BY people.settlement_id""".format(
    pensionable="people.birth_date <= %(young)s AND people.birth_date > %(old)s AND people.school = ''"
)
_HOMES = """
SELECT h.settlement_id, count(*) FILTER (WHERE l.level = 'red') AS red, count(*) FILTER (WHERE l.level = 'yellow') AS yellow,
  count(*) FILTER (WHERE l.level = 'green') AS green, count(*) AS households,
  count(*) FILTER (WHERE EXISTS (SELECT FROM households_minimumliving a WHERE a.household_id = h.id AND a.voided_at IS NULL
    AND a.kind = 'minimum' AND a.from_on <= %(on)s AND (a.to_on IS NULL OR a.to_on >= %(on)s))) AS minimum,
  count(*) FILTER (WHERE EXISTS (SELECT FROM households_minimumliving a WHERE a.household_id = h.id AND a.voided_at IS NULL
    AND a.kind = 'extreme' AND a.from_on <= %(on)s AND (a.to_on IS NULL OR a.to_on >= %(on)s))) AS extreme
FROM households_household h LEFT JOIN households_risklevel l ON l.household_id = h.id
WHERE h.settlement_id = ANY(%(settlements)s) AND h.voided_at IS NULL GROUP BY h.settlement_id"""
COUNTS = (
    "people", "medical", "critical", "assistance", "three", "pensionable", "pension", "disabled", "doctor",
    "households", "red", "yellow", "green", "minimum", "extreme",
)  # fmt: skip


def coverage(settlements: Iterable[int], on: dt.date) -> dict[int, dict[str, int]]:
    """{settlement id: counts of COUNTS} on the day, insurances of its year; two statements for any number of settlements."""
    found = {key: dict.fromkeys(COUNTS, 0) for key in settlements}
    told = {
        "settlements": list(found),
        "on": on,
        "year": on.year,
        "young": add_months(on, -12 * PENSION_AGE),
        "old": add_months(on, -12 * DRAWING_AGE),
    }
    with connection.cursor() as cursor:
        for statement in (_COVERAGE, _HOMES):
            cursor.execute(statement, told)
            names = [column.name for column in cursor.description][1:]
            for settlement, *numbers in cursor.fetchall():
                found[settlement] |= dict(zip(names, numbers, strict=True))
    return found


def safety_of(household, on: dt.date) -> dict[str, list]:
    """What the page of a household shows: the rows of each kind, the latest first."""
    people = list(Person.objects.filter(household=household, voided_at=None).order_by("relation", "pk"))
    of_people = {"person__in": people, "voided_at": None}
    return {
        "people": people,
        "insurances": list(Insurance.objects.filter(year=on.year, **of_people).order_by("kind")),
        "aids": list(MinimumLiving.objects.filter(household=household, voided_at=None).order_by("-from_on")[:3]),
        "disabilities": list(
            Disability.objects.filter(running("issued_on", "valid_to", on), **of_people).select_related("person")
        ),
        "reliefs": list(household.reliefs.filter(voided_at=None).order_by("-day")[:3]),
        "schoolings": list(
            Schooling.objects.filter(**of_people)
            .select_related("person")
            .order_by("person_id", F("from_on").desc())
            .distinct("person_id")
        ),
        "contracts": list(
            DoctorContract.objects.filter(running("from_on", "to_on", on), household=household, voided_at=None)
            .select_related("person")
            .order_by("pk")
        ),
    }
