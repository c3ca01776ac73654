"""What both sides of a relocation read of one household past row-level security: its files, its home, its quota project.

Each answers for a household that lives in the range of whoever asks or comes from it, and for no other.
"""

from __future__ import annotations

_HEAD = "LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$"
_WITHIN = (
    "{0} >= NULLIF(current_setting('app.lo', true), '')::bigint"
    " AND {0} < NULLIF(current_setting('app.hi', true), '')::bigint"
)
_EITHER = f"({_WITHIN.format('h.region')} OR {_WITHIN.format('h.origin_division')})"

# Photographs and documents of the old house's steps, of the home, and of old and new home on the household's own page.
# Those of the family are the destination's alone.
FILES = f"""
CREATE FUNCTION files_for_both_sides(bigint) RETURNS SETOF ledgers_attachment
{_HEAD}
  SELECT a.* FROM (
    SELECT 'households' AS ledger, h.id AS subject FROM households_household h WHERE h.id = $1 AND {_EITHER}
    UNION ALL
    SELECT 'homes', t.id FROM households_home t JOIN households_household h ON h.id = t.household_id
    WHERE h.id = $1 AND t.to_on IS NULL AND t.voided_at IS NULL AND {_EITHER}
    UNION ALL
    SELECT 'old-houses', o.id FROM households_oldhouse o JOIN households_household h ON h.id = o.household_id
    WHERE h.id = $1 AND o.voided_at IS NULL AND {_EITHER}
  ) of_household JOIN ledgers_attachment a ON a.ledger = of_household.ledger AND a.subject_id = of_household.subject
  WHERE a.withdrawn_at IS NULL AND (a.ledger <> 'households' OR a."group" IN ('old-home', 'new-home'))
$$"""

HOME = f"""
CREATE FUNCTION home_for_both_sides(bigint) RETURNS SETOF households_home
{_HEAD}
  SELECT t.* FROM households_home t JOIN households_household h ON h.id = t.household_id
  WHERE h.id = $1 AND t.to_on IS NULL AND t.voided_at IS NULL AND {_EITHER}
$$"""

PROJECT = f"""
CREATE FUNCTION quota_project_for_both_sides(bigint) RETURNS SETOF households_quotaproject
{_HEAD}
  SELECT p.* FROM households_quotaproject p JOIN households_oldhouse o ON o.project_id = p.id
  JOIN households_household h ON h.id = o.household_id
  WHERE h.id = $1 AND o.voided_at IS NULL AND p.voided_at IS NULL AND {_EITHER}
$$"""

USES = f"""
CREATE FUNCTION quota_uses_for_both_sides(bigint) RETURNS SETOF households_quotause
{_HEAD}
  SELECT u.* FROM quota_project_for_both_sides($1) p JOIN households_quotause u ON u.project_id = p.id
  WHERE u.voided_at IS NULL
$$"""

FUNCTIONS = {
    "files_for_both_sides(bigint)": FILES,
    "home_for_both_sides(bigint)": HOME,
    "quota_project_for_both_sides(bigint)": PROJECT,
    "quota_uses_for_both_sides(bigint)": USES,
}
