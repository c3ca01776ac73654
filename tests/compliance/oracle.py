"""The verdict in plain Python, day by day and person by person, written from the definitions and not from the SQL."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field, replace

DAY = dt.timedelta(days=1)


@dataclass
class Job:
    start: dt.date
    end: dt.date | None = None
    voided: bool = False

    def covers(self, day: dt.date) -> bool:
        return not self.voided and self.start <= day and (self.end is None or day <= self.end)


@dataclass
class Member:
    birth: dt.date
    ability: str = "1"
    school: str = ""
    intention: str = "1"
    died: dt.date | None = None
    spells: list[tuple[dt.date | None, dt.date | None]] = field(default_factory=lambda: [(None, None)])
    jobs: list[Job] = field(default_factory=list)
    voided: bool = False


@dataclass
class Home:
    members: list[Member] = field(default_factory=list)
    # Who lived here and now belongs to another home: (that home's member, the day of moving there).
    former: list[tuple[Member, dt.date]] = field(default_factory=list)
    kind: str = "1"
    origin: int | None = None
    region: int = 522326001000
    voided: bool = False


@dataclass
class Rules:
    stable_months: int = 6
    labour_ability_max: int = 2
    labour_age_from: int = 16
    labour_age_to: int = 60
    expiring_days: int = 30


def months_before(day: dt.date, months: int) -> dt.date:
    """The same day of an earlier month, or the last day of that month where it is shorter."""
    month = day.year * 12 + day.month - 1 - months
    for last in (day.day, 30, 29, 28):
        try:
            return dt.date(month // 12, month % 12 + 1, last)
        except ValueError:
            continue
    raise AssertionError("no month is shorter than 28 days")


def age(birth: dt.date, on: dt.date) -> int:
    years = on.year - birth.year
    return years if (on.month, on.day) >= (birth.month, birth.day) else years - 1


def lives_here(member: Member, on: dt.date) -> bool:
    if member.voided or member.birth > on or (member.died and member.died <= on):
        return False
    return any((joined is None or joined <= on) and (left is None or left > on) for joined, left in member.spells)


def is_labourer(member: Member, on: dt.date, rules: Rules) -> bool:
    return (
        lives_here(member, on)
        and member.ability in [str(code) for code in range(1, rules.labour_ability_max + 1)]
        and rules.labour_age_from <= age(member.birth, on) < rules.labour_age_to
        and member.school == ""
    )


def is_employed(member: Member, on: dt.date) -> bool:
    return any(job.covers(on) for job in member.jobs)


def days(first: dt.date, last: dt.date) -> list[dt.date]:
    return [first + DAY * number for number in range((last - first).days + 1)]


def is_stable(member: Member, on: dt.date, rules: Rules) -> bool:
    needed = len(days(months_before(on + DAY, rules.stable_months), on))
    worked = sum(any(job.covers(day) for job in member.jobs) for day in days(months_before(on + DAY, 12), on))
    return is_employed(member, on) and worked >= needed


def judge(home: Home, on: dt.date, rules: Rules | None = None) -> dict | None:
    """All that the verdict says but `since` and `recheck_on`; None for a household without living members."""
    rules = rules or Rules()
    once = [replace(member, spells=[(None, left)]) for member, left in home.former]
    people = [m for m in home.members + once if lives_here(m, on)]
    if home.voided or not people:
        return None
    labourers = [m for m in people if is_labourer(m, on, rules)]
    employed = [m for m in labourers if is_employed(m, on)]
    stable = [m for m in employed if is_stable(m, on, rules)]
    ahead = on + DAY * rules.expiring_days
    jobs = [job for m in labourers for job in m.jobs if not job.voided]
    still = [job for job in jobs if job.start <= ahead and (job.end is None or job.end >= on)]
    found = {
        "people": len(people),
        "labourers": len(labourers),
        "employed_persons": len(employed),
        "stable_persons": len(stable),
        "registered": home.kind == "1",
        "has_labour": bool(labourers),
        "has_wish": any(m.intention != "2" for m in labourers),
        "employed": bool(employed),
        "stable": bool(stable),
        "expiring": bool(employed) and not any(job.covers(ahead) for job in jobs),
        "cross_county": home.origin is not None and home.origin // 10**6 != home.region // 10**6,
        "last_job_end": None,
    }
    if employed and all(job.end for job in still):
        found["last_job_end"] = max(job.end for job in still)
    if not labourers:
        found["code"] = "no_labour"
    elif found["expiring"]:
        found["code"] = "expiring"
    elif stable:
        found["code"] = "stable"
    elif employed:
        found["code"] = "employed"
    else:
        found["code"] = "zero" if found["has_wish"] else "unwilling"
    return found
