"""What is asked past row-level security about households of other counties; each function returns no more than its answer.

Whose household left this county, and who went with it, is answered within the session's range alone.
"""

_HEAD = "LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$"
_MINE = (
    "{0} >= NULLIF(current_setting('app.lo', true), '')::bigint"
    " AND {0} < NULLIF(current_setting('app.hi', true), '')::bigint"
)

# Whom or which household a request for a transfer would be about: by household code, or by the person's blind index.
SUBJECT = f"""
CREATE FUNCTION transfer_subject(wanted_code text, wanted_index uuid) RETURNS TABLE (
  household_id bigint, household_code text, head_name text, region bigint, person_id bigint, name text, belongs boolean)
{_HEAD}
  SELECT h.id, h.code::text, h.head_name::text, h.region, NULL::bigint, NULL::text,
    EXISTS (SELECT FROM households_person p WHERE p.household_id = h.id AND p.voided_at IS NULL AND p.died_on IS NULL)
  FROM households_household h WHERE h.code = wanted_code AND h.voided_at IS NULL
  UNION ALL
  SELECT h.id, h.code::text, h.head_name::text, p.region, p.id, p.name::text, p.died_on IS NULL
  FROM households_person p JOIN households_household h ON h.id = p.household_id
  WHERE p.id_index = wanted_index AND p.voided_at IS NULL
$$"""

# The last of a county's own numbers of so many digits, those of households that have left it included.
LAST_NUMBER = f"""
CREATE FUNCTION household_number_last(county text, digits int) RETURNS bigint
{_HEAD}
  SELECT max(CASE WHEN code ~ '^[0-9]+$' THEN substr(code, 7)::bigint END) FROM households_household
  WHERE code >= county AND code < county || ':' AND length(code) = 6 + digits
$$"""

# Households, and single persons (person_id), that left the session's range for another county.
OUTGOING = f"""
CREATE FUNCTION households_outgoing() RETURNS TABLE (
  household_id bigint, household_code text, head_name text, person_id bigint, name text, from_region bigint,
  settlement text, left_on date, to_region bigint)
{_HEAD}
  SELECT h.id, h.code::text, h.head_name::text, NULL::bigint, NULL::text, stay.region, s.name::text, stay.to_on, h.region
  FROM (
    SELECT DISTINCT ON (household_id, region / 1000000) household_id, region, settlement_id, to_on
    FROM households_placement WHERE to_on IS NOT NULL AND {_MINE.format("region")}
    ORDER BY household_id, region / 1000000, to_on DESC
  ) stay JOIN households_household h ON h.id = stay.household_id JOIN settlements_settlement s ON s.id = stay.settlement_id
  WHERE h.voided_at IS NULL AND h.region / 1000000 <> stay.region / 1000000
  UNION ALL
  SELECT h.id, h.code::text, h.head_name::text, p.id, p.name::text, spell.region, s.name::text, spell.left_on, p.region
  FROM (
    SELECT DISTINCT ON (person_id, region / 1000000) person_id, household_id, region, left_on
    FROM households_membership WHERE left_on IS NOT NULL AND {_MINE.format("region")}
    ORDER BY person_id, region / 1000000, left_on DESC
  ) spell JOIN households_person p ON p.id = spell.person_id JOIN households_household h ON h.id = spell.household_id
    JOIN settlements_settlement s ON s.id = h.settlement_id
  WHERE p.voided_at IS NULL AND p.region / 1000000 <> spell.region / 1000000
    AND h.region / 1000000 = spell.region / 1000000
$$"""

# Who belonged to a household on the day on which it left the session's range.
OUTGOING_MEMBERS = f"""
CREATE FUNCTION outgoing_members(wanted bigint) RETURNS TABLE (
  name text, relation text, sex text, birth_date date, died_on date)
{_HEAD}
  SELECT p.name::text, p.relation::text, p.sex::text, p.birth_date, p.died_on
  FROM households_outgoing() gone JOIN households_membership m ON m.household_id = gone.household_id
  JOIN households_person p ON p.id = m.person_id
  WHERE gone.household_id = wanted AND gone.person_id IS NULL AND p.voided_at IS NULL
    AND (m.joined_on IS NULL OR m.joined_on < gone.left_on) AND (m.left_on IS NULL OR m.left_on >= gone.left_on)
    AND (p.died_on IS NULL OR p.died_on >= gone.left_on) AND p.birth_date < gone.left_on
  ORDER BY p.relation, p.id
$$"""

FUNCTIONS = {
    "transfer_subject(text, uuid)": SUBJECT,
    "household_number_last(text, int)": LAST_NUMBER,
    "households_outgoing()": OUTGOING,
    "outgoing_members(bigint)": OUTGOING_MEMBERS,
}
