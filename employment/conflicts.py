"""Two officials at one household: what was typed and what has been stored meanwhile, laid side by side for the household,
each member and each job.

Every part of the form keeps the version over which it was typed. A part that nobody else touched needs nothing; one whose
differences have all been chosen takes the choice; the rest is shown, and nothing is written until it is decided.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from django.http import QueryDict
from django.utils.translation import gettext as _

from common.ledger import Ledger, registry
from common.scope import reachable
from common.terms import labelled
from employment.entry import HOUSEHOLD, JOB, MEMBER, MOST, latest_jobs, row_values
from employment.models import Employment
from households.models import Household, Person
from households.queries.households import members_of
from ledgers.checking import clean_rows
from ledgers.conflicts import MINE, THEIRS, Change, Difference, chosen, differences, last_change
from ledgers.forms import shown_values


@dataclass
class Part:
    """A record of the household that somebody else has written since the form was opened.

    `keep` is the name of the choice between what was typed and leaving the record out, where the record is gone.
    """

    title: str
    changed: Change | None
    version_field: str
    version: str
    said: str = ""
    keep: str = ""
    differences: Sequence[Difference] = field(default=())


class Reconciliation:
    """`data`: the form with what is decided; `open`: the parts that are still to be decided; `added`: members and jobs
    that others have entered meanwhile, which stay whatever is saved."""

    def __init__(self, user, household: Household, data: QueryDict):
        self.user, self.household = user, household
        self.data = data.copy()
        self.open: list[Part] = []
        self.added: list[str] = []
        self._people = {person.pk: person for person in members_of(household)}
        self._latest = latest_jobs(list(self._people.values()))
        self._part(registry["households"], household, "", HOUSEHOLD, _("Household"), "version")
        told = self._members()
        self._jobs(told)
        self._newcomers(told)

    # --- Parts ---

    def _part(self, ledger: Ledger, stored, prefix: str, names: list[str], title: str, version_field: str) -> None:
        """A record that both sides have: nothing to do, decided, or open."""
        if self.data.get(version_field, "") == str(stored.version):
            return
        raw = self._typed(prefix, names)
        found = differences(ledger, self.user, stored, self.data.get(version_field, ""), raw, prefix)
        choices = chosen(self.data, found, version_field, stored.version)
        if choices is None:
            changed = last_change(ledger, stored.pk)
            self.open.append(Part(title, changed, version_field, str(stored.version), differences=found))
            return
        theirs = [name for name in names if choices.get(name, THEIRS) == THEIRS]
        self._put(prefix, shown_values(ledger, stored, theirs))
        self.data[version_field] = str(stored.version)

    def _gone(self, ledger: Ledger, stored, version_field: str, prefix: str, names, title: str, said: str) -> str:
        """A record that is no longer there: MINE (it comes back as typed), THEIRS (it is left out), or '' while open."""
        raw = self._typed(prefix, names)
        found = []
        if stored is not None:
            found = differences(ledger, self.user, stored, self.data.get(version_field, ""), raw, prefix)
            if all(item.take_theirs for item in found):
                self.added.append(labelled(title, said))
                return THEIRS  # nothing was typed over it
        name, version = f"choose_{version_field}", "gone"
        choice = self.data.get(name)
        typed_since = any(self.data.get(f"typed_{item.name}", item.typed) != item.typed for item in found)
        if choice in (MINE, THEIRS) and self.data.get(f"seen_{version_field}") == version and not typed_since:
            return choice
        changed = None if stored is None else last_change(ledger, stored.pk)
        self.open.append(Part(title, changed, version_field, version, said, name, found))
        return ""

    def _typed(self, prefix: str, names: list[str]) -> dict[str, str]:
        return {name: self.data[prefix + name] for name in names if prefix + name in self.data}

    def _put(self, prefix: str, values: dict) -> None:
        for name, value in values.items():
            if prefix + name in self.data:
                self.data[prefix + name] = str(value)

    # --- Members ---

    def _rows(self) -> list[str]:
        """The prefixes of the rows that say something."""
        prefixes = [f"members-{number}-" for number in range(min(self._total(), MOST))]
        names = [*MEMBER, "id", *(f"job_{name}" for name in JOB)]
        return [
            prefix
            for prefix in prefixes
            if not self.data.get(prefix + "DELETE") and any(self.data.get(prefix + name) for name in names)
        ]

    def _total(self) -> int:
        total = self.data.get("members-TOTAL_FORMS", "")
        return int(total) if total.isdecimal() and len(total) < 4 else 0

    def _members(self) -> dict[str, Person]:
        """The stored members of rows, by prefix; the parts of those that others have changed are settled or open."""
        told: dict[str, Person] = {}
        rows = self._rows()
        ids = {prefix: self.data.get(prefix + "id", "") for prefix in rows}
        twins = self._twins([prefix for prefix in rows if not ids[prefix]])
        for prefix in rows:
            person = self._people.get(int(ids[prefix])) if ids[prefix].isdecimal() else twins.get(prefix)
            name = self.data.get(prefix + "name", "")
            if person is not None:
                title = labelled(_("Member"), person.name)
                self._part(registry["persons"], person, prefix, MEMBER, title, prefix + "version")
                if self.data.get(prefix + "version") == str(person.version):
                    self.data[prefix + "id"] = str(person.pk)
                told[prefix] = person
            elif ids[prefix].isdecimal():
                self._left(prefix, int(ids[prefix]), name)
        return told

    def _twins(self, prefixes: list[str]) -> dict[str, Person]:
        """New rows whose person another has entered into this household meanwhile."""
        if not prefixes:
            return {}
        rows, _problems = clean_rows(
            registry["persons"],
            [self._typed(prefix, MEMBER) for prefix in prefixes],
            self.user,
            partial=True,
            given=[{"household": self.household}] * len(prefixes),
            set_checks=False,
        )
        return {
            prefix: self._people[row["id"]]
            for prefix, row in zip(prefixes, rows, strict=True)
            if row.get("id") in self._people
        }

    def _left(self, prefix: str, pk: int, name: str) -> None:
        """A member of the form who is in the household no longer."""
        stored = reachable(Person).filter(pk=pk).first()
        voided = stored is None or stored.voided_at is not None
        said = _("was taken out as an entry by mistake") if voided else _("no longer belongs to this household")
        title = labelled(_("Member"), stored.name if stored else name)
        choice = self._gone(registry["persons"], stored, prefix + "version", prefix, MEMBER, title, said)
        if choice == THEIRS:
            self.data[prefix + "DELETE"] = "on"
        elif choice == MINE:
            self.data[prefix + "version"] = "" if voided else str(stored.version)
            if voided:
                for field_name in ("id", "job_id", "job_version"):
                    self.data[prefix + field_name] = ""

    def _newcomers(self, told: dict[str, Person]) -> None:
        """Members whom others have entered: they stay, and stand in the form where it comes back."""
        known = {person.pk for person in told.values()}
        for person in self._people.values():
            if person.pk in known:
                continue
            self.added.append(_("%(name)s was entered into this household meanwhile.") % {"name": person.name})
            number = self._total()
            self.data["members-TOTAL_FORMS"] = str(number + 1)
            for name, value in row_values(person, self._latest.get(person.pk)).items():
                self.data[f"members-{number}-{name}"] = str(value)

    # --- Jobs ---

    def _jobs(self, told: dict[str, Person]) -> None:
        ledger = registry["employments"]
        jobs = {job.pk: job for job in Employment.objects.filter(person__in=told.values(), voided_at=None)}
        for prefix, person in told.items():
            pk, inner, version_field = self.data.get(prefix + "job_id", ""), prefix + "job_", prefix + "job_version"
            title = _("Job of %(name)s") % {"name": person.name}
            raw = self._typed(inner, JOB)
            if not pk.isdecimal():
                self._job_of_both(prefix, person, raw, [job for job in jobs.values() if job.person_id == person.pk])
            elif int(pk) in jobs:
                self._part(ledger, jobs[int(pk)], inner, JOB, title, version_field)
            else:
                self._job_gone(prefix, int(pk), title)

    def _job_of_both(self, prefix: str, person: Person, raw: dict, standing: list[Employment]) -> None:
        """A row without a job: nothing typed takes what others have entered; the same job typed by both is one job."""
        ledger, inner = registry["employments"], prefix + "job_"
        if not any(raw.values()):
            job = self._latest.get(person.pk)
            if job is not None:
                self.added.append(
                    _("A job of %(name)s was entered meanwhile: %(job)s.") % {"name": person.name, "job": job}
                )
                self._put(inner, shown_values(ledger, job, JOB))
                self.data[prefix + "job_id"], self.data[prefix + "job_version"] = str(job.pk), str(job.version)
            return
        rows, _problems = clean_rows(
            ledger, [raw], self.user, partial=True, given=[{"person": person}], set_checks=False
        )
        twin = next((job for job in standing if job.pk == rows[0].get("id")), None)
        if twin is None:
            return
        title = _("Job of %(name)s") % {"name": person.name}
        self._part(ledger, twin, inner, JOB, title, prefix + "job_version")
        if self.data.get(prefix + "job_version") == str(twin.version):
            self.data[prefix + "job_id"] = str(twin.pk)

    def _job_gone(self, prefix: str, pk: int, title: str) -> None:
        stored = reachable(Employment).filter(pk=pk).first()
        said = _("was taken out as an entry by mistake")
        choice = self._gone(registry["employments"], stored, prefix + "job_version", prefix + "job_", JOB, title, said)
        if not choice:
            return
        self.data[prefix + "job_id"] = self.data[prefix + "job_version"] = ""
        if choice == THEIRS:
            self._put(prefix + "job_", dict.fromkeys(JOB, ""))
