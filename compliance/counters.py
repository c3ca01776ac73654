"""Counters of verdicts by settlement: what is added up, and the triggers that keep it exact at commit.

One wide row a settlement and none for divisions above: a sum over a code range of such rows takes milliseconds, while a
hot row for the nation would make all writers wait for each other.
"""

from __future__ import annotations

from compliance.profiles import COUNTED, FLAGS, PROFILES, VERDICT_CODES


def amounts(row: str) -> dict[str, str]:
    """What one verdict adds to each counter, as SQL over the alias `row`; the keys are COUNTED, in its order."""
    found = {
        "households": "1",
        "people": f"{row}.people",
        "cross_county_people": f"CASE WHEN {row}.cross_county THEN {row}.people ELSE 0 END",
        "labourers": f"{row}.labourers",
        "employed_persons": f"{row}.employed_persons",
        "stable_persons": f"{row}.stable_persons",
        **{f"n_{code}": f"({row}.code = '{code}')::int" for code in VERDICT_CODES},
        **{f"f_{flag}": f"{row}.{flag}::int" for flag in FLAGS},
        **{f"d_{profile.column}": f"({profile.denominator_sql(row)})::int" for profile in PROFILES.values()},
        **{f"m_{profile.column}": f"({profile.numerator_sql(row)})::int" for profile in PROFILES.values()},
    }
    return {column: found[column] for column in COUNTED}


def _add(rows: str) -> str:
    """Adds `rows` (verdicts with a column `sign` of 1 or -1) to the counters, in settlement order against deadlocks."""
    sums = {column: f"sum(r.sign * {amount})" for column, amount in amounts("r").items()}
    names = ", ".join(sums)
    selected = ", ".join(f"{total} AS {column}" for column, total in sums.items())
    anything = " OR ".join(f"d.{column} <> 0" for column in sums)
    merged = ", ".join(f"{column} = c.{column} + EXCLUDED.{column}" for column in sums)
    return f"""
      INSERT INTO compliance_counter AS c (settlement_id, region, {names})
      SELECT d.settlement_id, s.region, {", ".join(f"d.{column}" for column in sums)}
      FROM (SELECT r.settlement_id, {selected} FROM ({rows}) r GROUP BY r.settlement_id) d
      JOIN settlements_settlement s ON s.id = d.settlement_id
      WHERE {anything} ORDER BY d.settlement_id
      ON CONFLICT (settlement_id) DO UPDATE SET region = EXCLUDED.region, {merged};"""


def grouped() -> str:
    """Selects what the counters must be: settlement and COUNTED, for settlements with verdicts."""
    sums = ", ".join(f"sum({amount}) AS {column}" for column, amount in amounts("v").items())
    return f"SELECT v.settlement_id, {sums} FROM compliance_verdict v GROUP BY v.settlement_id"


def triggers() -> list[str]:
    """Statements that make the counters follow the verdicts, and give every settlement its row."""
    new, old = "SELECT 1 AS sign, n.* FROM new_rows n", "SELECT -1 AS sign, o.* FROM old_rows o"
    transitions = {
        "insert": ("NEW TABLE AS new_rows", new),
        "update": ("OLD TABLE AS old_rows NEW TABLE AS new_rows", f"{new} UNION ALL {old}"),
        "delete": ("OLD TABLE AS old_rows", old),
    }
    # The owner's rights: a move between counties touches counters on both sides of a user's scope.
    head = "RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$"
    statements = ["ALTER TABLE compliance_counter SET (fillfactor = 70)"]
    for event, (tables, rows) in transitions.items():
        name = f"compliance_count_{event}"
        statements += [
            f"CREATE OR REPLACE FUNCTION {name}() {head} BEGIN {_add(rows)} RETURN NULL; END $$",
            f"DROP TRIGGER IF EXISTS {name} ON compliance_verdict",
            f"CREATE TRIGGER {name} AFTER {event.upper()} ON compliance_verdict REFERENCING {tables}"
            f" FOR EACH STATEMENT EXECUTE FUNCTION {name}()",
        ]
    zeros = ", ".join("0" for _ in COUNTED)
    return statements + [
        f"""CREATE OR REPLACE FUNCTION compliance_count_settlement() {head} BEGIN
          INSERT INTO compliance_counter (settlement_id, region, {", ".join(COUNTED)})
          SELECT s.id, s.region, {zeros} FROM new_rows s ORDER BY s.id
          ON CONFLICT (settlement_id) DO UPDATE SET region = EXCLUDED.region
          WHERE compliance_counter.region <> EXCLUDED.region;
          RETURN NULL; END $$""",
        "DROP TRIGGER IF EXISTS compliance_count_settlement_insert ON settlements_settlement",
        "DROP TRIGGER IF EXISTS compliance_count_settlement_update ON settlements_settlement",
        "CREATE TRIGGER compliance_count_settlement_insert AFTER INSERT ON settlements_settlement"
        " REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION compliance_count_settlement()",
        "CREATE TRIGGER compliance_count_settlement_update AFTER UPDATE ON settlements_settlement"
        " REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION compliance_count_settlement()",
    ]


def undo() -> list[str]:
    """Statements that take the triggers away again."""
    drops = [f"DROP FUNCTION IF EXISTS compliance_count_{event}() CASCADE" for event in ("insert", "update", "delete")]
    return [*drops, "DROP FUNCTION IF EXISTS compliance_count_settlement() CASCADE"]
