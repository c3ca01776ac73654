"""The verdict of one household at two scales, and of a province against one hand-written statement."""

from __future__ import annotations

import datetime as dt
import itertools
from collections.abc import Iterator
from contextlib import ExitStack

from django.db import connection

from accounts.models import User
from bench import databases
from bench.measuring import Figure, Turn, compare, seconds
from common import clock, scope
from compliance.actions import recompute, recompute_all
from compliance.statement import COMPARED, policies
from employment.actions import save_employments
from employment.models import Employment
from households.models import Household

SAMPLE = 300


def one() -> Iterator[Figure]:
    """One household, at the province's scale (value) and the county's (baseline)."""
    with ExitStack() as stack:
        turns = {
            scale: stack.enter_context(databases.kept_connection(f"bench_{scale}")) for scale in ("province", "county")
        }
        work = {scale: _Sampled(turn) for scale, turn in turns.items()}
        province, county = work["province"], work["county"]
        yield compare("verdict-one", province.recompute, county.recompute, pairs=SAMPLE)
        yield compare("verdict-one-edit", province.edit, county.edit, pairs=SAMPLE // 3)


class _Sampled:
    """Households and going jobs of one database, picked evenly over all of it."""

    def __init__(self, turn):
        self.turn = turn
        with turn(), scope.whole(source="bench"):
            self.user = User.objects.get(username="integrator")
            self.user.ranges  # noqa: B018 - read once, as a request does before it acts
            self.homes = itertools.cycle(_evenly(Household.objects.filter(voided_at=None)))
            going = Employment.objects.filter(
                end_date=None, voided_at=None, start_date__lt=clock.today() - dt.timedelta(2)
            )
            self.jobs = itertools.cycle(_evenly(going))

    def recompute(self) -> float:
        """Seconds to compute and compare a verdict that has not changed."""
        home = next(self.homes)
        with self.turn():
            return seconds(lambda: _recompute(home))

    def edit(self) -> float:
        """Seconds to end a job by the action, with verdict, counters and alerts; it goes on again afterwards, untimed."""
        job = next(self.jobs)
        with self.turn():
            took = seconds(lambda: self._end(job, clock.today() - dt.timedelta(1)))
            self._end(job, None)
        return took

    def _end(self, job: int, day: dt.date | None) -> None:
        with scope.acting_as(self.user, source="bench"):
            save_employments([{"id": job, "end_date": day}], by=self.user)


def _recompute(home: int) -> None:
    with scope.whole(source="bench"):
        recompute([home], on=clock.today())


def _evenly(rows) -> list[int]:
    ids = list(rows.order_by("pk").values_list("pk", flat=True))
    return ids[:: max(1, len(ids) // SAMPLE)]


# The same columns as one plain statement, without explanation, day of rechecking, chunks or locks. It adds up the days
# of jobs that overlap, which the demo's data allow: that both sides then find nothing to change is asserted.
BY_HAND = """
UPDATE compliance_verdict v SET ({columns}) = ({values})
FROM (
  SELECT s.*, CASE WHEN NOT has_labour THEN 'no_labour' WHEN expiring THEN 'expiring' WHEN stable THEN 'stable'
    WHEN employed THEN 'employed' WHEN NOT has_wish THEN 'unwilling' ELSE 'zero' END AS code
  FROM (
    SELECT h.id, h.region, h.settlement_id, h.relocation_kind = '1' AS registered,
      COALESCE(CASE
        WHEN h.origin_division % 10000000000 = 0 THEN h.origin_division / 10000000000 <> h.region / 10000000000
        WHEN h.origin_division % 100000000 = 0 THEN h.origin_division / 100000000 <> h.region / 100000000
        ELSE h.origin_division / 1000000 <> h.region / 1000000 END, false) AS cross_county,
      f.people, f.labourers, f.employed_persons, f.stable_persons, f.labourers > 0 AS has_labour,
      COALESCE(f.has_wish, false) AS has_wish, f.employed_persons > 0 AS employed, f.stable_persons > 0 AS stable,
      f.employed_persons > 0 AND NOT COALESCE(f.ahead, false) AS expiring,
      CASE WHEN f.employed_persons > 0 THEN NULLIF(f.last_end, 'infinity') END AS last_job_end
    FROM households_household h JOIN (
      SELECT m.household_id, count(*) AS people, count(*) FILTER (WHERE m.labourer) AS labourers,
        bool_or(m.wish) FILTER (WHERE m.labourer) AS has_wish,
        count(*) FILTER (WHERE m.labourer AND j.employed) AS employed_persons,
        count(*) FILTER (WHERE m.labourer AND j.employed AND j.days >= %(need)s) AS stable_persons,
        bool_or(j.ahead) FILTER (WHERE m.labourer) AS ahead, max(j.last_end) FILTER (WHERE m.labourer) AS last_end
      FROM (
        SELECT d.household_id, d.person_id, p.job_intention <> '2' AS wish,
          p.birth_date <= %(youngest)s AND p.birth_date > %(eldest)s AND p.school = ''
            AND p.labour_capability BETWEEN '1' AND %(ability)s AS labourer
        FROM households_membership d JOIN households_person p ON p.id = d.person_id
        WHERE p.voided_at IS NULL AND p.birth_date <= %(on)s AND (p.died_on IS NULL OR p.died_on > %(on)s)
          AND (d.joined_on IS NULL OR d.joined_on <= %(on)s) AND (d.left_on IS NULL OR d.left_on > %(on)s)
      ) m LEFT JOIN (
        SELECT person_id,
          bool_or(start_date <= %(on)s AND (end_date IS NULL OR end_date >= %(on)s)) AS employed,
          bool_or(start_date <= %(ahead)s AND (end_date IS NULL OR end_date >= %(ahead)s)) AS ahead,
          max(COALESCE(end_date, 'infinity')) FILTER (
            WHERE start_date <= %(ahead)s AND (end_date IS NULL OR end_date >= %(on)s)) AS last_end,
          sum(LEAST(end_date, %(on)s) - GREATEST(start_date, %(window)s) + 1) FILTER (WHERE start_date <= %(on)s) AS days
        FROM employment_employment
        WHERE voided_at IS NULL AND (end_date IS NULL OR end_date >= %(window)s) GROUP BY person_id
      ) j ON j.person_id = m.person_id
      GROUP BY m.household_id
    ) f ON f.household_id = h.id
    WHERE h.voided_at IS NULL
  ) s
) c
WHERE v.household_id = c.id AND ({stored}) IS DISTINCT FROM ({values})"""

# Swaps ordinary labour and weak labour in every fiftieth household: doing it again undoes it.
TWO_PER_CENT = (
    "UPDATE households_person SET labour_capability = translate(labour_capability, '14', '41')"
    " WHERE household_id %% 50 = 7 AND labour_capability IN ('1', '4')"
)


def province() -> Iterator[Figure]:
    """All verdicts of the province, nothing changed and 2 % changed, against the hand-written statement with the same
    triggers on the same table."""
    with databases.using("bench_province"):
        recompute_all(on=clock.today())
        _expect(0, recompute_all(on=clock.today())[1])
        _expect(0, _by_hand())
        yield compare(
            "verdict-province-unchanged",
            lambda: seconds(lambda: recompute_all(on=clock.today())),
            lambda: seconds(_by_hand),
            pairs=5,
            unit="s",
            scale=1,
        )
        yield compare(
            "verdict-province-2-percent",
            _after_change(lambda: recompute_all(on=clock.today())),
            _after_change(_by_hand),
            pairs=4,
            unit="s",
            scale=1,
        )
        recompute_all(on=clock.today(), thoroughly=True)


def _by_hand() -> int:
    """Run the hand-written statement in the product's role; gives the number of rows changed."""
    [policy] = policies(clock.today())
    values = ", ".join(f"c.{name}" for name in COMPARED)
    stored = ", ".join(f"v.{name}" for name in COMPARED)
    sql = BY_HAND.replace("% ", "%% ").format(columns=", ".join(COMPARED), values=values, stored=stored)
    with scope.whole(source="bench"), connection.cursor() as cursor:
        cursor.execute(sql, policy.constants)
        return cursor.rowcount


def _after_change(work) -> Turn:
    """Times the work after a change. The hand-written statement must then find nothing left to do, so that both write
    the same; numbers of rows do not tell, since the product keeps days of rechecking as well."""

    def turn() -> float:
        with scope.whole(source="bench"), connection.cursor() as cursor:
            cursor.execute(TWO_PER_CENT, [])
        took = seconds(work)
        _expect(0, _by_hand())
        return took

    return turn


def _expect(wanted: int, *found: int) -> None:
    if any(number != wanted for number in found):
        raise RuntimeError(f"the two sides do not compute the same: {found} households changed instead of {wanted}")
