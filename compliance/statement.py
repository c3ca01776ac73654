"""The verdict 一户一就业判定 as one set-based SQL statement, for one household, a list, a stretch of ids or all, on any day.

The policy is the constants of a day (`constants`) and the fragments below; the statement is put together from them, and
so are the filters that open a figure into its persons (compliance.ledgers), so that both always agree.

How it is built, and why (measured on 450,000 households): a person with a dated spell is looked up in the spells,
everybody else belongs since birth, which saves a join of two million rows; members are not kept aside although they are
read twice, since keeping them is dearer; jobs are looked up for labourers alone; days covered by several jobs are united
only where no single one decides.

Days of rechecking do not move while time passes: with every later day before it, the statement names the same day or a
later one. A stored verdict so differs from the computed one only where something else than the calendar has moved.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from functools import cache

from common.dates import add_months
from common.scope import Range, code_range
from compliance.profiles import FLAGS
from divisions.queries import VerdictParameters, verdict_segments

# Why a member is not there, or not a labourer; the first that holds. Column names are those of person and membership.
ABSENT = {
    "unborn": "birth_date > %(on)s",
    "dead": "died_on <= %(on)s",
    "not_joined": "joined_on > %(on)s",
    "left": "left_on <= %(on)s",
}
NO_LABOURER = {
    "under_age": "birth_date > %(youngest)s",
    "over_age": "birth_date <= %(eldest)s",
    "in_school": "school <> ''",
    "no_ability": "labour_capability NOT BETWEEN '1' AND %(ability)s",
}
LABOURER = "labourer"
# The statement counts with the positions in this list: numbers compare faster than words.
REASONS = [LABOURER, *NO_LABOURER, *ABSENT]
WHY = (
    "CASE "
    + " ".join(
        f"WHEN {condition} THEN {REASONS.index(reason)}" for reason, condition in {**ABSENT, **NO_LABOURER}.items()
    )
    + " ELSE 0 END"
)
IS_LABOURER, IS_PRESENT = "why = 0", f"why <= {len(NO_LABOURER)}"
PRESENT = "NOT COALESCE(" + " OR ".join(ABSENT.values()) + ", false)"
NOT_SURVEYED_OR_YES = "job_intention <> '2'"

# A job, as alias e.
STANDING_JOB = "e.voided_at IS NULL"
GOING_ON = "e.start_date <= %(on)s AND (e.end_date IS NULL OR e.end_date >= %(on)s)"
_GOING_ON_AHEAD = "e.start_date <= %(ahead)s AND (e.end_date IS NULL OR e.end_date >= %(ahead)s)"
_NOT_OVER_BEFORE_WINDOW = "(e.end_date IS NULL OR e.end_date >= %(window)s)"
_DAYS_IN_WINDOW = "LEAST(e.end_date, %(on)s) - GREATEST(e.start_date, %(window)s) + 1"


def days_covered(person: str) -> str:
    """Days of the window that any job of the person covers, days of overlapping jobs once."""
    return f"""(
        SELECT sum(upper(stretch) - lower(stretch)) FROM (
          SELECT unnest(range_agg(daterange(GREATEST(e.start_date, %(window)s), LEAST(e.end_date, %(on)s), '[]'))) AS stretch
          FROM employment_employment e
          WHERE e.person_id = {person} AND {STANDING_JOB} AND e.start_date <= %(on)s AND {_NOT_OVER_BEFORE_WINDOW}
        ) united)"""


def constants(on: dt.date, parameters: VerdictParameters) -> dict:
    """What the fragments need on a day: all comparisons are with these constants, none computes per row."""
    window = add_months(on + dt.timedelta(1), -12)
    fewest, most = _days_of_months(parameters.stable_months)
    return {
        "on": on,
        "youngest": add_months(on, -12 * parameters.labour_age_from),
        "eldest": add_months(on, -12 * parameters.labour_age_to),
        "days_to_youngest": days_at_least(parameters.labour_age_from),
        "days_to_eldest": days_at_least(parameters.labour_age_to),
        "ability": str(parameters.labour_ability_max),
        "window": window,
        "need": days_needed(on, parameters.stable_months),
        "fewest": fewest,
        # While a job goes on, days covered can shrink only when the window gives up a 29 February; with that day in it,
        # one day more is asked for, so that whoever is safe once stays so until the job ends.
        "safe": most + (on - window).days + 1 - 365,
        "ahead": on + dt.timedelta(parameters.expiring_days),
        "expiring_days": parameters.expiring_days,
    }


def days_at_least(years: int) -> int:
    """A few days less than any span of so many years has."""
    return 365 * years + years // 4 - 1


def days_needed(on: dt.date, months: int) -> int:
    """The days of the last calendar months up to and including the day."""
    tomorrow = on + dt.timedelta(1)
    return (tomorrow - add_months(tomorrow, -months)).days


@cache
def _days_of_months(months: int) -> tuple[int, int]:
    """The fewest and the most days that so many calendar months in a row can have (six: 181 and 184)."""
    found = [days_needed(dt.date(2020, 1, 1) + dt.timedelta(number), months) for number in range(4 * 366)]
    return min(found), max(found)


@dataclass(frozen=True)
class Policy:
    """One set of parameters on a day and the code ranges where it holds."""

    parameters: VerdictParameters
    constants: dict
    ranges: tuple[Range, ...]

    def holds(self, column: str) -> str:
        return " OR ".join(f"{column} >= {lo:d} AND {column} < {hi:d}" for lo, hi in self.ranges) or "false"

    def within(self, region: int) -> Policy:
        """The same policy where it holds in one division (0: the nation)."""
        low, high = code_range(region)
        cut = ((max(lo, low), min(hi, high)) for lo, hi in self.ranges)
        return replace(self, ranges=tuple((lo, hi) for lo, hi in cut if lo < hi))


def policies(on: dt.date) -> list[Policy]:
    """The policies of a day; together they cover every code. Nearly always there is one."""
    ranges: dict[VerdictParameters, list[Range]] = {}
    for segment in verdict_segments(on):
        ranges.setdefault(segment.parameters, []).append((segment.lo, segment.hi))
    return [Policy(parameters, constants(on, parameters), tuple(found)) for parameters, found in ranges.items()]


@dataclass(frozen=True)
class Selection:
    """Which households: a condition with `{}` for the column that holds the household's id, and its values."""

    condition: str
    values: dict = field(default_factory=dict)

    def on(self, column: str) -> str:
        return self.condition.format(column)


def chosen(ids: Sequence[int]) -> Selection:
    # As one text: an ARRAY[...] of 20,000 elements costs the planner half a second.
    return Selection("{} = ANY(%(ids)s::bigint[])", {"ids": "{" + ",".join(map(str, ids)) + "}"})


def between(first: int, last: int) -> Selection:
    return Selection("{} BETWEEN %(first)s AND %(last)s", {"first": first, "last": last})


def _members(selection: Selection) -> str:
    """Members with what they are on the day and the first later day on which time alone changes that."""
    columns = "p.id AS person_id, p.birth_date, p.died_on, p.school, p.labour_capability, p.job_intention"
    dated = "(d.joined_on IS NOT NULL OR d.left_on IS NOT NULL)"
    later = ", ".join(
        f"CASE WHEN {day} > %(on)s THEN {day} END" for day in ("birth_date", "died_on", "joined_on", "left_on")
    )
    may_labour = f"NOT ({NO_LABOURER['in_school']}) AND NOT ({NO_LABOURER['no_ability']})"
    return f"""
member AS NOT MATERIALIZED (
  SELECT household_id, person_id, {NOT_SURVEYED_OR_YES} AS wish, {WHY} AS why,
    LEAST({later}, CASE WHEN birth_date > %(eldest)s AND {may_labour} THEN
      GREATEST(%(on)s + 1, birth_date + CASE WHEN birth_date > %(youngest)s THEN %(days_to_youngest)s
        ELSE %(days_to_eldest)s END) END) AS recheck_on
  FROM (
    SELECT p.household_id, {columns}, NULL::date AS joined_on, NULL::date AS left_on
    FROM households_person p
    WHERE {selection.on("p.household_id")} AND p.voided_at IS NULL AND NOT EXISTS (
      SELECT FROM households_membership d
      WHERE d.person_id = p.id AND d.household_id = p.household_id AND {dated} AND {selection.on("d.household_id")})
    UNION ALL
    SELECT d.household_id, {columns}, d.joined_on, d.left_on
    FROM households_membership d, LATERAL (
      SELECT * FROM households_person p WHERE p.id = d.person_id AND p.voided_at IS NULL OFFSET 0) p
    WHERE {selection.on("d.household_id")} AND {dated}
  ) spell
)"""


# Labourers with jobs, one a row; then members and labourers together, one household a row. They are put under each
# other and not joined: a join of what the statement itself has computed can become quadratic, because the planner does
# not know how much that is. OFFSET 0 makes it go from households to persons to jobs, and never the other way round: on
# tables that a large import has just filled it would take them for empty and read all jobs for one household.
_FAMILY = f"""
job AS (
  SELECT m.household_id, m.person_id,
    bool_or({GOING_ON}) AS employed,
    bool_or({_GOING_ON_AHEAD}) AS ahead,
    max(COALESCE(e.end_date, 'infinity')) FILTER (
      WHERE e.start_date <= %(ahead)s AND (e.end_date IS NULL OR e.end_date >= %(on)s)) AS last_end,
    count(*) FILTER (WHERE e.start_date <= %(on)s) AS jobs,
    sum({_DAYS_IN_WINDOW}) FILTER (WHERE e.start_date <= %(on)s) AS total,
    max({_DAYS_IN_WINDOW}) FILTER (WHERE e.start_date <= %(on)s) AS longest,
    min(LEAST(
      CASE WHEN e.start_date > %(ahead)s THEN e.start_date - %(expiring_days)s
           WHEN e.start_date > %(on)s THEN e.start_date END,
      CASE WHEN e.end_date >= %(ahead)s THEN e.end_date - %(expiring_days)s + 1
           WHEN e.end_date >= %(on)s THEN e.end_date + 1 END)) AS recheck_on
  FROM member m, LATERAL (
    SELECT e.start_date, e.end_date FROM employment_employment e
    WHERE e.person_id = m.person_id AND {STANDING_JOB} AND {_NOT_OVER_BEFORE_WINDOW} OFFSET 0) e
  WHERE m.{IS_LABOURER}
  GROUP BY m.household_id, m.person_id
),
worker AS (
  SELECT household_id, employed, ahead, last_end, recheck_on,
    CASE WHEN NOT employed THEN 0 WHEN jobs = 1 THEN total WHEN longest >= %(safe)s THEN longest
      ELSE {days_covered("job.person_id")} END AS days
  FROM job OFFSET 0
),
family AS (
  SELECT household_id,
    count(*) FILTER (WHERE {IS_PRESENT}) AS people,
    count(*) FILTER (WHERE {IS_LABOURER}) AS labourers,
    count(*) FILTER (WHERE employed) AS employed_persons,
    count(*) FILTER (WHERE days >= %(need)s) AS stable_persons,
    COALESCE(bool_or(wish) FILTER (WHERE {IS_LABOURER}), false) AS has_wish,
    COALESCE(bool_or(ahead), false) AS ahead,
    max(last_end) AS last_end,
    min(recheck_on) AS recheck_on
  FROM (
    SELECT household_id, why, wish, recheck_on, NULL::boolean AS employed, NULL::boolean AS ahead, NULL::date AS last_end,
      NULL::bigint AS days FROM member
    UNION ALL
    SELECT household_id, NULL::int, NULL::boolean, LEAST(recheck_on, CASE
        WHEN employed AND days < %(fewest)s THEN %(on)s + (%(fewest)s - days)::int
        WHEN employed AND days < %(safe)s THEN %(on)s + 1 END), employed, ahead, last_end, days FROM worker
  ) told
  GROUP BY household_id
)"""

# The origin is in another county: told at county level or below, or a whole city or province elsewhere.
_CROSS_COUNTY = """COALESCE(CASE
      WHEN h.origin_division %% 10000000000 = 0 THEN h.origin_division / 10000000000 <> h.region / 10000000000
      WHEN h.origin_division %% 100000000 = 0 THEN h.origin_division / 100000000 <> h.region / 100000000
      ELSE h.origin_division / 1000000 <> h.region / 1000000 END, false)"""


def _home_then(selection: Selection) -> str:
    """Where households were placed on the day: in the first stay that ended after it, else where they are."""
    return f"""(
    SELECT now.id, COALESCE(stay.region, now.region) AS region, COALESCE(stay.settlement_id, now.settlement_id) AS settlement_id,
      now.relocation_kind, now.origin_division, now.voided_at
    FROM households_household now LEFT JOIN (
      SELECT DISTINCT ON (household_id) household_id, region, settlement_id FROM households_placement
      WHERE to_on > %(on)s AND {selection.on("household_id")} ORDER BY household_id, to_on
    ) stay ON stay.household_id = now.id) h"""


COMPARED = [
    "region",
    "settlement_id",
    "code",
    "last_job_end",
    "people",
    "labourers",
    "employed_persons",
    "stable_persons",
    *FLAGS,
]


def computed(policy: Policy, selection: Selection, *, then: bool = False) -> str:
    """CTEs down to `computed`: a row for each selected household of the policy, `people` 0 for a closed or voided one.

    `then`: place households where they were on the day, for a report of another day.
    """
    return f"""
WITH {_members(selection)}, {_FAMILY},
state AS (
  SELECT h.id AS household_id, h.region, h.settlement_id,
    CASE WHEN h.voided_at IS NULL THEN COALESCE(f.people, 0) ELSE 0 END AS people,
    COALESCE(f.labourers, 0) AS labourers, COALESCE(f.employed_persons, 0) AS employed_persons,
    COALESCE(f.stable_persons, 0) AS stable_persons, f.recheck_on,
    h.relocation_kind = '1' AS registered, {_CROSS_COUNTY} AS cross_county,
    COALESCE(f.labourers > 0, false) AS has_labour, COALESCE(f.has_wish, false) AS has_wish,
    COALESCE(f.employed_persons > 0, false) AS employed, COALESCE(f.stable_persons > 0, false) AS stable,
    COALESCE(f.employed_persons > 0 AND NOT f.ahead, false) AS expiring,
    CASE WHEN f.employed_persons > 0 THEN NULLIF(f.last_end, 'infinity') END AS last_job_end
  FROM {_home_then(selection) if then else "households_household h"} LEFT JOIN family f ON f.household_id = h.id
  WHERE {selection.on("h.id")} AND ({policy.holds("h.region")})
),
computed AS (
  SELECT *, CASE WHEN NOT has_labour THEN 'no_labour' WHEN expiring THEN 'expiring' WHEN stable THEN 'stable'
    WHEN employed THEN 'employed' WHEN NOT has_wish THEN 'unwilling' ELSE 'zero' END AS code
  FROM state
)"""


def _row(alias: str, columns: Sequence[str]) -> str:
    return "ROW(" + ", ".join(f"{alias}.{column}" for column in columns) + ")"


# A stored day of rechecking stays while it is neither past nor too late; a later one only spares a look.
_DIFFERENT = f"""{_row("c", COMPARED)} IS DISTINCT FROM {_row("v", COMPARED)}
      OR v.recheck_on <= %(on)s OR c.recheck_on < COALESCE(v.recheck_on, 'infinity')"""

_NEWS = "CASE WHEN c.people = 0 THEN v.household_id IS NOT NULL WHEN v.household_id IS NULL THEN true ELSE"


def differing(policy: Policy, selection: Selection, thoroughly: bool = False) -> str:
    """Selects, in one row, how many households have a verdict, and the ids of those whose stored one is not the computed
    one (null for none). Explanations are not compared: whoever changes one publishes its household. `thoroughly` takes
    every household for different.
    """
    different = "true" if thoroughly else _DIFFERENT
    return (
        computed(policy, selection)
        + f"""
SELECT count(*) FILTER (WHERE c.people > 0), array_agg(c.household_id) FILTER (WHERE {_NEWS} {different} END)
FROM computed c
LEFT JOIN compliance_verdict v ON v.household_id = c.household_id AND {selection.on("v.household_id")}"""
    )


# [[person, why, [[job, from, to], ...]], ...]: holds from `on` until `recheck_on`. Of several spells the present one counts.
_EXPLAINED = f"""
explained AS MATERIALIZED (
  SELECT household_id, jsonb_agg(jsonb_build_array(person_id, ('{{ {", ".join(REASONS)} }}'::text[])[why + 1], (
      SELECT COALESCE(jsonb_agg(jsonb_build_array(e.id, e.start_date, e.end_date) ORDER BY e.start_date, e.id), '[]')
      FROM employment_employment e WHERE e.person_id = told.person_id AND {STANDING_JOB} AND {_NOT_OVER_BEFORE_WINDOW}
    )) ORDER BY person_id) AS explanation
  FROM (SELECT DISTINCT ON (household_id, person_id) household_id, person_id, why FROM member
        ORDER BY household_id, person_id, why) told
  GROUP BY household_id
)"""


def explaining(policy: Policy, selection: Selection) -> str:
    """Selects the verdicts of a day with their explanations, as they would be stored."""
    names = ", ".join(f"c.{name}" for name in EXPLAINED_COLUMNS)
    return (
        computed(policy, selection)
        + f""",{_EXPLAINED}
SELECT {names}, x.explanation FROM computed c JOIN explained x ON x.household_id = c.household_id WHERE c.people > 0"""
    )


EXPLAINED_COLUMNS = ["code", "recheck_on", "last_job_end", *FLAGS]
_WRITTEN = ["on", "since", "recheck_on", "explanation", *COMPARED]


def storing(policy: Policy, selection: Selection) -> str:
    """Writes what differs and returns it: I, U or D, household, old and new code, settlement, region, expiring, last end.

    Counters are locked in settlement order before any row is written, since the triggers of insert, update and delete
    would each lock in that order but one after another.
    """
    names = ", ".join(f'"{column}"' for column in _WRITTEN)
    assignments = ", ".join(f'"{column}" = f."{column}"' for column in _WRITTEN)
    watched = ("code", "settlement_id", "region", "expiring", "last_job_end")
    both = ", ".join(f"f.old_{name}, f.{name}" for name in watched)
    return (
        computed(policy, selection)
        + f""",{_EXPLAINED},
fresh AS MATERIALIZED (
  SELECT CASE WHEN c.people = 0 THEN 'D' WHEN v.household_id IS NULL THEN 'I' ELSE 'U' END AS act,
    c.*, %(on)s::date AS "on", x.explanation, CASE WHEN v.code = c.code THEN v.since ELSE %(on)s END AS since,
    {", ".join(f"v.{name} AS old_{name}" for name in watched)}
  FROM computed c LEFT JOIN explained x ON x.household_id = c.household_id
  LEFT JOIN compliance_verdict v ON v.household_id = c.household_id AND {selection.on("v.household_id")}
  WHERE {_NEWS} {_DIFFERENT} OR x.explanation <> v.explanation END
),
locked AS MATERIALIZED (
  SELECT FROM compliance_counter WHERE settlement_id IN (
    SELECT settlement_id FROM fresh UNION SELECT old_settlement_id FROM fresh) ORDER BY settlement_id FOR NO KEY UPDATE
),
gone AS (
  DELETE FROM compliance_verdict v USING fresh f
  WHERE v.household_id = f.household_id AND f.act = 'D' AND (SELECT count(*) FROM locked) >= 0
),
changed AS (
  UPDATE compliance_verdict v SET {assignments} FROM fresh f
  WHERE v.household_id = f.household_id AND f.act = 'U' AND (SELECT count(*) FROM locked) >= 0
),
added AS (
  INSERT INTO compliance_verdict (household_id, {names})
  SELECT household_id, {names} FROM fresh WHERE act = 'I' AND (SELECT count(*) FROM locked) >= 0
)
SELECT f.act, f.household_id, {both} FROM fresh f"""
    )


def reporting(policy: Policy, selection: Selection, columns: dict[str, str]) -> str:
    """Adds up `columns` (name to SQL over the alias c) over the verdicts of a day, with homes as they were then."""
    sums = ", ".join(f"COALESCE(sum({amount}), 0)" for amount in columns.values())
    return computed(policy, selection, then=True) + f" SELECT {sums} FROM computed c WHERE c.people > 0"
