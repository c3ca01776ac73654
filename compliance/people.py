"""Which persons a figure counts, as a condition on persons made of the statement's own fragments."""

from __future__ import annotations

import datetime as dt
import re

from django.db.models import BooleanField, F, Func

from compliance.statement import GOING_ON, PRESENT, STANDING_JOB, WHY, days_covered, policies

_EMPLOYED = (
    f"({WHY}) = 0 AND EXISTS (SELECT FROM employment_employment e"
    f" WHERE e.person_id = p.id AND {STANDING_JOB} AND {GOING_ON})"
)
CONDITIONS = {
    "living": PRESENT,
    "labourer": f"({WHY}) = 0",
    "employed": _EMPLOYED,
    "stable": f"{_EMPLOYED} AND {days_covered('p.id')} >= %(need)s",
}
_NAMED = re.compile(r"%\((\w+)\)s")


class PersonIs(Func):
    """Whether a person counts on the day as one of CONDITIONS: `Person.objects.filter(PersonIs("labourer", on))`."""

    output_field = BooleanField()

    def __init__(self, condition: str, on: dt.date):
        super().__init__(*map(F, ("id", "birth_date", "died_on", "school", "labour_capability")))
        self.condition, self.on = condition, on

    def as_sql(self, compiler, connection, **context):
        columns, parameters = [], []
        for expression in self.get_source_expressions():
            sql, found = compiler.compile(expression)
            columns.append(sql)
            parameters += found
        parts = []
        for policy in policies(self.on):
            told = CONDITIONS[self.condition]
            parts.append(f"({policy.holds('here.region')}) AND ({_NAMED.sub('%s', told)})")
            parameters += [policy.constants[name] for name in _NAMED.findall(told)]
        # Step by step from the person: EXISTS and joins would be turned into a join of all persons, memberships and
        # households, for a page of fifty.
        return (
            f"COALESCE((SELECT true FROM (VALUES ({', '.join(columns)})) p (id, birth_date, died_on, school, labour_capability),"
            " LATERAL (SELECT s.household_id, s.joined_on, s.left_on FROM households_membership s"
            " WHERE s.person_id = p.id OFFSET 0) spell, LATERAL (SELECT h.region FROM households_household h"
            " WHERE h.id = spell.household_id AND h.voided_at IS NULL OFFSET 0) here"
            f" WHERE {' OR '.join(parts)} LIMIT 1), false)",
            parameters,
        )
