"""The verdict in words: which ids, codes and dates it rests on is stored or computed, the sentences are made on reading."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from django.db import connection
from django.utils.translation import gettext as _

from common import clock, codes
from common.dates import add_months, full_age
from common.scope import contains
from compliance import statement
from compliance.models import Verdict
from compliance.profiles import DEFAULT_PROFILE, FLAGS, PROFILES, Profile
from compliance.statement import EXPLAINED_COLUMNS, LABOURER, Policy, chosen, days_needed
from divisions.queries import VerdictParameters
from employment.models import Employment
from households.models import Household, Person

DAY = dt.timedelta(1)
# Longer than any six calendar months, whatever the parameter: from here on a job without a gap is stable.
LONGEST_MONTH = 31


@dataclass(frozen=True)
class JobWords:
    """One job: whether it qualifies on the day, and the sentence that says so or why not."""

    job: Employment
    qualifies: bool
    text: str


@dataclass(frozen=True)
class MemberWords:
    """One member: whether counted as labour and why (or why not), the jobs, and since when stably employed."""

    person: Person
    counts: bool
    text: str
    jobs: list[JobWords]
    stable_since: dt.date | None = None
    stable_from: dt.date | None = None

    @property
    def works(self) -> bool:
        return any(job.qualifies for job in self.jobs)


@dataclass(frozen=True)
class ProfileWords:
    """A policy profile: `met` is None where it does not count this household."""

    profile: Profile
    met: bool | None
    text: str


@dataclass(frozen=True)
class Explanation:
    """The verdict of a household on a day. `since` is None for a day whose verdict is not stored."""

    on: dt.date
    code: str
    label: str
    text: str
    since: dt.date | None
    last_job_end: dt.date | None
    next_change_on: dt.date | None
    profiles: list[ProfileWords]
    members: list[MemberWords]

    @property
    def profile(self) -> ProfileWords:
        return next(words for words in self.profiles if words.profile.id == DEFAULT_PROFILE)


def explain(household: Household, on: dt.date | None = None) -> Explanation | None:
    """The verdict of a household in the reader's language, today's as stored, any other day's as computed.

    None for a household without living members.
    """
    on = on or clock.today()
    policy = next(policy for policy in statement.policies(on) if contains(policy.ranges, household.region))
    stored = Verdict.objects.filter(pk=household.pk).first() if on == clock.today() else None
    if stored is not None:
        facts = {name: getattr(stored, name) for name in EXPLAINED_COLUMNS}
        told, since = stored.explanation, stored.since
    else:
        found = _computed(policy, household.pk)
        if found is None:
            return None
        facts, told, since = found[0], found[1], None
    code = facts["code"]
    return Explanation(
        on,
        code,
        codes.label("verdict", code),
        _verdict_text(code, policy.parameters),
        since,
        facts["last_job_end"],
        facts["recheck_on"],
        _profiles({flag: facts[flag] for flag in FLAGS}),
        _members(told, on, policy.parameters),
    )


def _computed(policy: Policy, household: int) -> tuple[dict, list] | None:
    selection = chosen([household])
    with connection.cursor() as cursor:
        cursor.execute(statement.explaining(policy, selection), policy.constants | selection.values)
        row = cursor.fetchone()
    return row and (dict(zip(EXPLAINED_COLUMNS, row, strict=False)), json.loads(row[-1]))


def _verdict_text(code: str, parameters: VerdictParameters) -> str:
    return {
        "no_labour": _("Nobody in the household counts as labour."),
        "expiring": _("Somebody is employed, but no job on record goes on %(days)d days from now."),
        "stable": _("Somebody is employed and has worked %(months)d months within the last twelve."),
        "employed": _("Somebody is employed, but has not yet worked %(months)d months within the last twelve."),
        "unwilling": _("There is labour, nobody is employed, and everybody who could work does not wish to."),
        "zero": _("There is labour, and nobody is employed."),
    }[code] % {"days": parameters.expiring_days, "months": parameters.stable_months}


def _profiles(flags: dict[str, bool]) -> list[ProfileWords]:
    found = []
    for profile in PROFILES.values():
        inside, met = profile.counts(flags)
        words = {"title": profile.title, "rule": profile.rule}
        if not inside:
            text = _("%(title)s (%(rule)s): does not count this household") % words
        elif met:
            text = _("%(title)s (%(rule)s): met") % words
        else:
            text = _("%(title)s (%(rule)s): not met") % words
        found.append(ProfileWords(profile, met if inside else None, text))
    return found


def _members(told: list, on: dt.date, parameters: VerdictParameters) -> list[MemberWords]:
    people = Person.objects.defer("id_number").in_bulk([person for person, _why, _jobs in told])
    jobs: dict[int, dict[int, Employment]] = {key: {} for key in people}
    for job in Employment.objects.filter(person__in=people, voided_at=None):
        jobs[job.person_id][job.pk] = job
    found = []
    for person_id, why, job_rows in told:
        if person_id not in people:  # another county has claimed them, and keeps what is known of them
            continue
        person, held, counts = people[person_id], jobs[person_id], why == LABOURER
        words = [_job(held[job], counts, on) for job, _start, _end in job_rows if job in held]
        # All jobs, also those too old to be told: they may have made a later one stable from its first day.
        since, begins = stability(_stretches(held.values()), on, parameters.stable_months) if counts else (None, None)
        found.append(MemberWords(person, counts, _WHY[why](person, on, parameters), words, since, begins))
    return found


def _job(job: Employment, counts: bool, on: dt.date) -> JobWords:
    days = {"start": job.start_date, "end": job.end_date}
    if job.start_date > on:
        return JobWords(job, False, _("Begins on %(start)s.") % days)
    if job.end_date and job.end_date < on:
        return JobWords(job, False, _("Ended on %(end)s.") % days)
    if not counts:
        return JobWords(job, False, _("Does not qualify: who holds it does not count as labour."))
    if job.end_date:
        return JobWords(job, True, _("Qualifies since %(start)s, until %(end)s.") % days)
    return JobWords(job, True, _("Qualifies since %(start)s; no end on record.") % days)


_WHY: dict[str, Callable[[Person, dt.date, VerdictParameters], str]] = {
    LABOURER: lambda person, on, rules: (
        _("Counts as labour: %(age)d years old, %(ability)s.")
        % {"age": full_age(person.birth_date, on), "ability": codes.label("registry_labour", person.labour_capability)}
    ),
    "unborn": lambda person, on, rules: _("Not counted: born on %(day)s.") % {"day": person.birth_date},
    "dead": lambda person, on, rules: _("Not counted: died on %(day)s.") % {"day": person.died_on},
    "not_joined": lambda person, on, rules: _("Not counted: joins the household later."),
    "left": lambda person, on, rules: _("Not counted: has left the household."),
    "under_age": lambda person, on, rules: (
        _("Not labour: under %(age)d (born on %(day)s).") % {"age": rules.labour_age_from, "day": person.birth_date}
    ),
    "over_age": lambda person, on, rules: (
        _("Not labour: %(age)d or older (born on %(day)s).") % {"age": rules.labour_age_to, "day": person.birth_date}
    ),
    "in_school": lambda person, on, rules: (
        _("Not labour: in school (%(grade)s).") % {"grade": codes.label("in_school", person.school)}
    ),
    "no_ability": lambda person, on, rules: (
        _("Not labour: %(ability)s.")
        % {"ability": codes.label("registry_labour", person.labour_capability) or _("ability to work not recorded")}
    ),
}


def _stretches(jobs: Iterable[Employment]) -> list[tuple[dt.date, dt.date]]:
    """The days covered by jobs as stretches without gap or overlap, in order; an open end is the last possible day."""
    found: list[tuple[dt.date, dt.date]] = []
    for start, end in sorted((job.start_date, job.end_date or dt.date.max - DAY) for job in jobs):
        if found and start <= found[-1][1] + DAY:
            found[-1] = (found[-1][0], max(found[-1][1], end))
        else:
            found.append((start, end))
    return found


def stability(
    stretches: list[tuple[dt.date, dt.date]], on: dt.date, months: int
) -> tuple[dt.date | None, dt.date | None]:
    """Since when a worker has been stably employed without a break, and, if not yet, from when; None where neither.

    Of a stretch of work only its first months can be unstable, so that at most a few hundred days are looked at.
    """
    current = next((stretch for stretch in stretches if stretch[0] <= on <= stretch[1]), None)
    if current is None:
        return None, None
    first, last = current
    settled = min(first + dt.timedelta(LONGEST_MONTH * months), last)
    unstable = [day for day in _days(first, min(settled, max(on, first))) if not _is_stable(stretches, day, months)]
    if not unstable:
        return first, None
    if unstable[-1] < on:
        return unstable[-1] + DAY, None
    return None, next((day for day in _days(on + DAY, settled) if _is_stable(stretches, day, months)), None)


def _days(first: dt.date, last: dt.date) -> Iterable[dt.date]:
    return (first + dt.timedelta(number) for number in range((last - first).days + 1))


def _is_stable(stretches: list[tuple[dt.date, dt.date]], day: dt.date, months: int) -> bool:
    window = add_months(day + DAY, -12)
    worked = sum(max(0, (min(end, day) - max(start, window)).days + 1) for start, end in stretches)
    return worked >= days_needed(day, months)
