"""The engine's SQL. One statement takes thousands of deadlines or a single one; nothing is fetched but counts.

Parameters of all: `on` the day, `lo` and `hi` the stretch of codes, `ids` the deadlines or NULL for all there.
"""

from __future__ import annotations

from functools import cache

# Far below any stage: "none yet".
NONE_YET = -1_000_000

SELECTED = "d.region >= %(lo)s AND d.region < %(hi)s AND (%(ids)s::bigint[] IS NULL OR d.id = ANY(%(ids)s))"

# The scope `s` holds the place of `d`: its region is that of the place, or of a division above it.
HOLDS = """s.region = ANY(ARRAY[0, d.region, d.region - d.region %% 1000, d.region - d.region %% 1000000,
    d.region - d.region %% 100000000, d.region - d.region %% 10000000000]::bigint[])"""


BOUND = frozenset({"responsible", "post", "unit"})


def told(rows: str, key: str, bound: frozenset[str] = BOUND) -> str:
    """CTEs that end in `told(n, reach, receiver, unit_id)`: whom each of the rows reaches on its `day`, and the names.

    `rows` are deadlines, or stages of them, each with a unique `key`. The first of those named who can be told is: the
    person, whoever stands in for the holder of the post, else the holder, the unit's people; else the people in charge
    of the area (of a township or county: those of both; of a city or province: those of it alone).

    `bound` says what any of them is bound to: a way that none of them goes is not looked at, as looking at all ways
    takes four milliseconds to plan, more than all else that an act does to a deadline.
    """
    by_person = f"""
    SELECT DISTINCT d.{key} AS n FROM {rows} d JOIN accounts_user u ON u.id = d.responsible_id AND u.is_active
    JOIN accounts_userscope s ON s.user_id = u.id AND {HOLDS}"""
    by_post = f"""
    SELECT q.n, string_agg(q.name, '、' ORDER BY q.from_on, q.id) FILTER (WHERE q.substitute) AS substitutes,
      string_agg(q.name, '、' ORDER BY q.from_on, q.id) AS holders
    FROM (
      SELECT DISTINCT d.{key} AS n, h.id, h.from_on, h.substitute, u.display_name AS name
      FROM {rows} d JOIN accounts_post p ON p.id = d.post_id AND p.voided_at IS NULL
      JOIN accounts_postholding h ON h.post_id = p.id AND h.voided_at IS NULL
        AND h.from_on <= d.day AND (h.to_on IS NULL OR h.to_on >= d.day)
      JOIN accounts_user u ON u.id = h.user_id AND u.is_active JOIN accounts_userscope s ON s.user_id = u.id AND {HOLDS}
    ) q GROUP BY q.n"""
    by_unit = f"""
    SELECT DISTINCT d.{key} AS n FROM {rows} d JOIN (
      SELECT DISTINCT u.unit_id, s.region FROM accounts_user u JOIN accounts_userscope s ON s.user_id = u.id
      WHERE u.is_active AND u.unit_id IN (SELECT unit_id FROM {rows})
    ) s ON s.unit_id = d.unit_id AND {HOLDS}"""
    none, no_names = "SELECT NULL::bigint AS n WHERE false", ", NULL AS substitutes, NULL AS holders"
    return f"""area AS MATERIALIZED (
    SELECT DISTINCT k.kind, s.region FROM unnest(%(kinds)s::text[], %(roles)s::text[]) AS k(kind, role)
    JOIN accounts_user u ON u.role = k.role AND u.is_active JOIN accounts_userscope s ON s.user_id = u.id
), by_person AS (
    {by_person if "responsible" in bound else none}
), by_post AS (
    {by_post if "post" in bound else none.replace(" WHERE", f"{no_names} WHERE")}
), by_unit AS (
    {by_unit if "unit" in bound else none}
), told AS (
    SELECT d.{key} AS n, CASE WHEN by_person.n IS NOT NULL THEN 'person' WHEN by_post.n IS NOT NULL THEN 'post'
        WHEN by_unit.n IS NOT NULL THEN 'unit'
        WHEN (d.kind, d.region) IN (SELECT kind, region FROM area) OR d.region %% 100000000 <> 0 AND (
             (d.kind, d.region - d.region %% 1000) IN (SELECT kind, region FROM area)
          OR (d.kind, d.region - d.region %% 1000000) IN (SELECT kind, region FROM area)) THEN 'area'
        ELSE 'nobody' END AS reach,
      left(CASE WHEN by_person.n IS NOT NULL THEN r.display_name
        ELSE COALESCE(by_post.substitutes, by_post.holders, '') END, 200) AS receiver,
      COALESCE(d.unit_id, o.unit_id, r.unit_id) AS unit_id
    FROM {rows} d LEFT JOIN by_person ON by_person.n = d.{key} LEFT JOIN by_post ON by_post.n = d.{key}
    LEFT JOIN by_unit ON by_unit.n = d.{key}
    LEFT JOIN accounts_user r ON r.id = d.responsible_id LEFT JOIN accounts_post o ON o.id = d.post_id
)"""


# Alerts of deadlines that are met, paused or moved meanwhile end; actions see to it at once, this to whatever they missed.
END_STALE = f"""
UPDATE alerts_alert a
SET ended_on = GREATEST(a.opened_on, LEAST(%(on)s::date, COALESCE(d.cleared_on, d.paused_on, d.armed_on)))
FROM alerts_deadline d
WHERE d.id = a.deadline_id AND a.ended_on IS NULL AND {SELECTED}
  AND (d.cleared_on IS NOT NULL OR d.paused_on IS NOT NULL OR d.armed_on <> a.armed_on OR d.due_on <> a.due_on)"""

# The stages from which each deadline is to be told: after the one that was told last; and of those that had passed when
# it was armed, or when the ladder changed (`since`), the last alone.
_STANDING = f"""
WITH standing AS (
  SELECT d.*, a.opened_on AS told_on, GREATEST(d.armed_on, %(since)s::date) AS beginning, GREATEST(COALESCE(a.stage + 1, {NONE_YET}), COALESCE(
    (SELECT max(b.stage) FROM unnest(%(stages)s::int[]) AS b(stage)
     WHERE b.stage <= GREATEST(d.armed_on, %(since)s::date) - d.due_on), {NONE_YET})) AS from_stage
  FROM alerts_deadline d LEFT JOIN alerts_alert a ON a.deadline_id = d.id AND a.ended_on IS NULL
  WHERE d.cleared_on IS NULL AND d.paused_on IS NULL AND d.armed_on <= %(on)s
    AND d.due_on <= %(on)s::date - %(first)s AND {SELECTED}
)"""

# The deadlines that have something to tell, locked in order: nobody changes them until it is told.
LOCK_DUE = f"""{_STANDING}
SELECT count(*) FROM (
  SELECT d.id FROM alerts_deadline d WHERE d.id IN (
    SELECT s.id FROM standing s WHERE EXISTS (
      SELECT FROM unnest(%(stages)s::int[]) AS l(stage) WHERE l.stage BETWEEN s.from_stage AND %(on)s::date - s.due_on))
  ORDER BY d.id FOR NO KEY UPDATE OF d) due"""

# The alert before ends, then the new ones open, all but the last being ended already, each as of its own day; what ends
# keeps those whom it was for on its last day. That the new ones ask how many ended makes the database end first: a
# deadline never has two open alerts.
OPEN_DUE = f"""{_STANDING}, plan AS (
  SELECT d.*, l.stage, l.level, l.escalated, GREATEST(d.due_on + l.stage, d.beginning) AS opened_on,
    lead(GREATEST(d.due_on + l.stage, d.beginning)) OVER w AS ended_on, row_number() OVER w = 1 AS is_first
  FROM standing d JOIN unnest(%(stages)s::int[], %(levels)s::text[], %(escalated)s::int[]) AS l(stage, level, escalated)
    ON l.stage BETWEEN d.from_stage AND %(on)s::date - d.due_on
  WINDOW w AS (PARTITION BY d.id ORDER BY l.stage)
), news AS MATERIALIZED (
  SELECT p.*, o.is_old, row_number() OVER () AS n, CASE
      WHEN o.is_old THEN GREATEST(p.told_on, p.opened_on - 1)
      WHEN p.ended_on IS NULL THEN %(on)s::date ELSE GREATEST(p.opened_on, p.ended_on - 1) END AS day
  FROM plan p JOIN (VALUES (false), (true)) AS o(is_old) ON NOT o.is_old OR p.is_first AND p.told_on IS NOT NULL
), {told("news", "n")}, ended AS (
  UPDATE alerts_alert a SET ended_on = GREATEST(a.opened_on, p.opened_on), receiver = t.receiver, unit_id = t.unit_id
  FROM news p JOIN told t ON t.n = p.n
  WHERE p.is_old AND a.deadline_id = p.id AND a.ended_on IS NULL RETURNING a.deadline_id
), opened AS (
  INSERT INTO alerts_alert (region, kind, ledger, subject_id, address, params, due_on, deadline_id, armed_on, stage, level,
    escalated, opened_on, ended_on, receiver, unit_id)
  SELECT d.region, d.kind, d.ledger, d.subject_id, d.address, d.params, d.due_on, d.id, d.armed_on, d.stage, d.level,
    d.escalated, d.opened_on, d.ended_on, t.receiver, t.unit_id
  FROM news d JOIN told t ON t.n = d.n WHERE NOT d.is_old AND (SELECT count(*) FROM ended) >= 0
  ON CONFLICT (deadline_id, armed_on, due_on, stage) WHERE deadline_id IS NOT NULL DO UPDATE SET ended_on = EXCLUDED.ended_on
  RETURNING kind, level, ended_on
)
SELECT kind, level, count(*), count(ended_on), (SELECT count(*) FROM ended) FROM opened GROUP BY kind, level"""


# Whom deadlines reach changes with people and days. It is stored where it differs, so that inboxes need not work it out;
# an open alert says whom it is for now, and what its deadline says now.
@cache
def set_told(bound: frozenset[str]) -> str:
    """The statement for deadlines that are bound to nothing but what is named (`responsible`, `post`, `unit`)."""
    others = "".join(f" AND d.{name}_id IS NULL" for name in sorted(BOUND - bound))
    return f"""
WITH open AS MATERIALIZED (
  SELECT d.*, %(on)s::date AS day FROM alerts_deadline d WHERE d.cleared_on IS NULL AND {SELECTED}{others}
), {told("open", "id", bound)}, fresh AS MATERIALIZED (
  SELECT d.id, d.reach AS was, t.reach, t.receiver, t.unit_id, d.region, d.address, d.params
  FROM open d JOIN told t ON t.n = d.id
), reached AS (
  UPDATE alerts_deadline d SET reach = f.reach FROM fresh f WHERE f.id = d.id AND f.reach <> f.was RETURNING d.id
), named AS (
  UPDATE alerts_alert a SET (receiver, unit_id, region, address, params) =
    (f.receiver, f.unit_id, f.region, f.address, f.params)
  FROM fresh f WHERE f.id = a.deadline_id AND a.ended_on IS NULL
    AND (a.receiver, a.region, a.address, a.params, a.unit_id)
      IS DISTINCT FROM (f.receiver, f.region, f.address, f.params, f.unit_id)
  RETURNING a.id
)
SELECT (SELECT count(*) FROM reached), (SELECT count(*) FROM named)"""


# Alerts that no deadline stands behind keep the level of the day.
SET_LEVEL = f"""
UPDATE alerts_alert t SET level = n.level
FROM (
  SELECT d.id, COALESCE((SELECT l.level FROM unnest(%(stages)s::int[], %(levels)s::text[]) AS l(stage, level)
    WHERE l.stage <= %(on)s::date - d.due_on ORDER BY l.stage DESC LIMIT 1), 'blue') AS level
  FROM alerts_alert d WHERE d.deadline_id IS NULL AND d.ended_on IS NULL AND {SELECTED}
) n
WHERE n.id = t.id AND n.level <> t.level"""
