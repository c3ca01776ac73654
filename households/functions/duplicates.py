"""What is asked past row-level security about people of other counties who may be the same as people here.

For the session's own people alone, and of the others no more than where they are registered: the answer that refusing a
number twice gives as well.
"""

_HEAD = "SECURITY DEFINER SET search_path = public, pg_temp AS $$"
_MINE = (
    "{0} >= NULLIF(current_setting('app.lo', true), '')::bigint"
    " AND {0} < NULLIF(current_setting('app.hi', true), '')::bigint"
)
_STANDS = "{0}.voided_at IS NULL AND {0}.died_on IS NULL"
_BOTH = f"{_STANDS.format('p')} AND {_STANDS.format('o')} AND o.id <> p.id AND {_MINE.format('p.region')}"

POSSIBLE = f"""
CREATE FUNCTION duplicates_possible() RETURNS TABLE (
  person_id bigint, region bigint, other_person bigint, other_region bigint, other_code text, reasons text)
LANGUAGE sql STABLE {_HEAD}
  SELECT a.id, a.region, a.other, o.region, h.code::text, string_agg(DISTINCT a.reason, ',' ORDER BY a.reason)
  FROM (
    SELECT p.id, p.region, o.id AS other, 'name_birth' AS reason FROM households_person p
      JOIN households_person o ON o.name = p.name AND o.birth_date = p.birth_date WHERE {_BOTH}
    UNION ALL
    SELECT p.id, p.region, o.id, 'phone' FROM households_person p
      JOIN households_person o ON o.phone = p.phone AND (o.name = p.name OR o.birth_date = p.birth_date)
      WHERE p.phone <> '' AND o.phone <> '' AND o.household_id <> p.household_id AND {_BOTH}
    UNION ALL
    SELECT p.id, p.region, o.id, 'registry' FROM households_person p
      JOIN households_person o ON o.registry_number = p.registry_number
      WHERE p.registry_number <> '' AND o.registry_number <> '' AND {_BOTH}
  ) a
  JOIN households_person o ON o.id = a.other JOIN households_household h ON h.id = o.household_id
  WHERE h.voided_at IS NULL AND (a.id < a.other OR a.region / 1000000 <> o.region / 1000000)
  GROUP BY a.id, a.region, a.other, o.region, h.code
$$"""

# What one county decided of a pair is decided for the other: only of a pair whose own side the session has decided.
SETTLE = f"""
CREATE FUNCTION duplicate_settle(mine bigint) RETURNS void LANGUAGE sql VOLATILE {_HEAD}
  UPDATE households_duplicate d SET decision = m.decision, reason = m.reason, decided_by_id = m.decided_by_id,
    decided_on = m.decided_on, version = d.version + 1
  FROM households_duplicate m WHERE m.id = mine AND {_MINE.format("m.region")} AND m.decision IN ('same', 'different')
    AND d.person_id = m.other_person AND d.other_person = m.person_id AND d.decision = 'open'
$$"""

FUNCTIONS = {"duplicates_possible()": POSSIBLE, "duplicate_settle(bigint)": SETTLE}
