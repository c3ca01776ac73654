"""The frame of a sample: every household of its population as of a day, made and parted into strata in SQL.

For today the stored verdicts are read. For a past day the verdict's own statement is run, with homes and tiers as they were
then. 450,000 households take seconds either way (see tests/rectification/test_sampling_bench.py).
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from django.db import connection

from common.scope import Range, code_range
from compliance import statement
from compliance.actions import CHUNK
from compliance.running import rows_of
from households.models import Household, Placement
from rectification.models import Sample
from rectification.queries.inspections_places import divisions_named

FRAME = "sample_frame"
_COLUMNS = (
    "household_id bigint, code text, region bigint, county bigint, tier text, placement text, verdict text,"
    " employed boolean, persons integer"
)
NO_TIER = "none"  # in a stratum's text, where it is parted by tier: dispersed households
_COUNTY = "region / 1000000 * 1000000"
# The text that a stratum is known by; `-` where something does not part the strata.
_PARTS = {
    "county": "to_char({a}.county, 'FM000000000000')",
    "tier": f"COALESCE(NULLIF({{a}}.tier, ''), '{NO_TIER}')",
    "placement": "{a}.placement",
}


@dataclass(frozen=True)
class StratumCount:
    """A stratum of the frame, as it is counted before anything is drawn."""

    key: str
    county: int
    tier: str
    placement: str
    population: int
    employed: int
    persons: int


def areas_of(sample: Sample) -> list[Range]:
    """The stretches of codes that the sample is drawn from, each once."""
    codes = divisions_named(sample.divisions, sample.region).codes or [sample.region]
    ranges = sorted(code_range(code) for code in codes)
    found: list[Range] = []
    for lo, hi in ranges:
        if found and lo < found[-1][1]:
            continue  # a division within one that is named too
        found.append((lo, hi))
    return found


def key_sql(parts: Sequence[str], alias: str) -> str:
    """The stratum's key over a row of the frame: county|tier|placement."""
    told = [_PARTS[part].format(a=alias) if part in parts else "'-'" for part in _PARTS]
    return " || '/' || ".join(told)


def make_frame(sample: Sample, on: dt.date) -> int:
    """Fill the transaction's temporary table `sample_frame`; gives the number of households."""
    with connection.cursor() as cursor:
        cursor.execute(f"DROP TABLE IF EXISTS pg_temp.{FRAME}")
        cursor.execute(f"CREATE TEMP TABLE {FRAME} ({_COLUMNS}) ON COMMIT DROP")
    areas = areas_of(sample)
    if sample.frame_on == on:
        _from_verdicts(sample, areas)
    else:
        _from_statement(sample, areas)
    with connection.cursor() as cursor:
        cursor.execute(f"ANALYZE {FRAME}")
        cursor.execute(f"SELECT count(*) FROM {FRAME}")
        return cursor.fetchone()[0]


def _conditions(sample: Sample, row: str, tier: str, placement: str) -> tuple[str, dict]:
    """What the population is narrowed to, over the alias of a verdict."""
    wanted = {
        f"{tier} = %(tier)s": sample.tier,
        f"{placement} = %(placement)s": sample.placement,
        f"{row}.code = %(verdict)s": sample.verdict,
        f"{row}.registered = (%(registration)s = 'registered')": sample.registration,
    }
    values = {
        "tier": sample.tier,
        "placement": sample.placement,
        "verdict": sample.verdict,
        "registration": sample.registration,
    }
    return " AND ".join(condition for condition, told in wanted.items() if told) or "true", values


def _within(areas: Iterable[Range], column: str) -> str:
    return "(" + " OR ".join(f"{column} >= {lo:d} AND {column} < {hi:d}" for lo, hi in areas) + ")"


def _from_verdicts(sample: Sample, areas: Sequence[Range]) -> None:
    narrowed, values = _conditions(sample, "v", "s.tier", "s.placement")
    with connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO {FRAME} SELECT h.id, h.code, v.region, v.{_COUNTY}, s.tier, s.placement, v.code, v.employed,"
            " v.employed_persons FROM compliance_verdict v JOIN households_household h ON h.id = v.household_id"
            " JOIN settlements_settlement s ON s.id = v.settlement_id"
            f" WHERE {_within(areas, 'v.region')} AND {narrowed}",
            values,
        )


# A settlement as it was at the end of a day; before its first record, as it was first recorded.
_SETTLEMENT_THEN = """(
    SELECT DISTINCT ON (e.id) e.id, e.tier, e.placement FROM settlements_settlement_event e
    WHERE e.event_op <> 'D'
    ORDER BY e.id, (e.event_at AT TIME ZONE 'Asia/Shanghai')::date <= %(on)s DESC,
      CASE WHEN (e.event_at AT TIME ZONE 'Asia/Shanghai')::date <= %(on)s THEN -e.event_id ELSE e.event_id END)"""


def _from_statement(sample: Sample, areas: Sequence[Range]) -> None:
    """The verdicts of another day, some thousand households at a time, as compliance.queries.figures_on computes them."""
    narrowed, values = _conditions(sample, "c", "s.tier", "s.placement")
    ids: set[int] = set()
    for lo, hi in areas:
        here = {"region__gte": lo, "region__lt": hi}
        ids |= set(Household.objects.filter(**here).values_list("pk", flat=True))
        left = Placement.objects.filter(**here, to_on__gt=sample.frame_on)
        ids |= set(left.values_list("household_id", flat=True))
    ordered = sorted(ids)
    for start in range(0, len(ordered), CHUNK):
        _judged(
            statement.chosen(ordered[start : start + CHUNK]),
            sample.frame_on,
            f"INSERT INTO {FRAME} SELECT h.id, h.code, c.region, c.{_COUNTY}, s.tier, s.placement, c.code, c.employed,"
            " c.employed_persons FROM computed c JOIN households_household h ON h.id = c.household_id"
            f" JOIN {_SETTLEMENT_THEN} s ON s.id = c.settlement_id"
            f" WHERE c.people > 0 AND {_within(areas, 'c.region')} AND {narrowed} RETURNING 1",
            values,
        )


def _judged(selection: statement.Selection, on: dt.date, then: str, values: dict) -> list[tuple]:
    """What a statement over `computed`, the verdicts of a day, answers."""
    chosen = statement.Selection(selection.condition, {**selection.values, **values})
    return [
        row
        for policy in statement.policies(on)
        for row in rows_of(statement.computed(policy, selection, then=True) + " " + then, policy, chosen)
    ]


def reported_on(household: int, on: dt.date) -> tuple[str, bool, int, int]:
    """Verdict, whether somebody is employed, how many, and the township of one household as of a day."""
    told = "SELECT c.code, c.employed, c.employed_persons, c.region FROM computed c"
    return _judged(statement.chosen([household]), on, told, {})[0]


def count_strata(parts: Sequence[str]) -> list[StratumCount]:
    """The strata of the frame with their households and what is reported of them, in the order of their keys."""
    nothing = {"county": "NULL::bigint", "tier": "NULL::text", "placement": "NULL::text"}
    told = {part: f"f.{part}" if part in parts else nothing[part] for part in _PARTS}
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT {key_sql(parts, 'f')} AS key, COALESCE(min({told['county']}), 0), COALESCE(min({told['tier']}), ''),"
            f" COALESCE(min({told['placement']}), ''), count(*), count(*) FILTER (WHERE f.employed), sum(f.persons)"
            f" FROM {FRAME} f GROUP BY 1 ORDER BY 1"
        )
        return [StratumCount(*row[:4], int(row[4]), int(row[5]), int(row[6])) for row in cursor.fetchall()]


KEEP_FRAME = f"""
INSERT INTO rectification_sampleframe (sample_id, stratum_id, region, veiled, codes)
SELECT %(sample)s, s.id, %(region)s, %(veiled)s, string_agg(f.code, E'\\n' ORDER BY f.code COLLATE "C")
FROM {FRAME} f JOIN rectification_samplestratum s ON s.sample_id = %(sample)s AND s.key = {{key}}
GROUP BY s.id"""

_INTO = """INSERT INTO rectification_samplehousehold (region, version, void_reason, veiled, sample_id, stratum_id, household_id,
  code, place_region, rank, reserve, reported_verdict, reported_employed, reported_persons, result, checkers, living,
  living_note, employed_note, satisfaction, note, living_agrees, employed_agrees)
"""
_ROWS = """SELECT %(region)s, 1, '', %(veiled)s, %(sample)s, r.stratum_id, r.household_id, r.code, r.region, r.rank,
  {reserve}, r.verdict, r.employed, r.persons, '', '', '', '', '', '', '', '', ''"""

# In each stratum by SHA-256 of `seed|code`: first the sample, then the replacements.
DRAW = f"""
{_INTO}{_ROWS.format(reserve="r.rank > r.size")}
FROM (
  SELECT f.*, s.id AS stratum_id, s.size, s.size + s.reserves AS most,
    row_number() OVER (PARTITION BY s.id ORDER BY sha256(convert_to(%(seed)s || '|' || f.code, 'UTF8'))) AS rank
  FROM {FRAME} f JOIN rectification_samplestratum s ON s.sample_id = %(sample)s AND s.key = {{key}}
  WHERE s.size > 0
) r WHERE r.rank <= r.most"""


def keep_and_draw(sample: Sample, parts: Sequence[str]) -> int:
    """Keep the frame by strata and draw the households; the strata are stored with their sizes. Gives the number drawn."""
    values = {"sample": sample.pk, "region": sample.region, "veiled": sample.veiled, "seed": sample.seed}
    key = key_sql(parts, "f")
    with connection.cursor() as cursor:
        cursor.execute(KEEP_FRAME.format(key=key), values)
        cursor.execute(DRAW.format(key=key), values)
        return cursor.rowcount


# A list made elsewhere: in the order of the list, after those that are there.
LIST = f"""
{_INTO}{_ROWS.format(reserve="false")}
FROM (
  SELECT f.*, s.id AS stratum_id, COALESCE((SELECT max(h.rank) FROM rectification_samplehousehold h
      WHERE h.stratum_id = s.id), 0)
    + row_number() OVER (PARTITION BY s.id ORDER BY array_position(%(codes)s::text[], f.code)) AS rank
  FROM {FRAME} f JOIN rectification_samplestratum s ON s.sample_id = %(sample)s AND s.key = {{key}}
  WHERE f.code = ANY(%(codes)s::text[])
    AND NOT EXISTS (SELECT FROM rectification_samplehousehold h WHERE h.sample_id = s.sample_id AND h.code = f.code)
) r"""


def list_households(sample: Sample, parts: Sequence[str], codes: Sequence[str]) -> int:
    """Put these households of the frame into the sample, unless they are there. Gives how many."""
    values = {"sample": sample.pk, "region": sample.region, "veiled": sample.veiled, "codes": list(codes)}
    with connection.cursor() as cursor:
        cursor.execute(LIST.format(key=key_sql(parts, "f")), values)
        return cursor.rowcount
