"""Employment quick entry 就业快速登记: the people of one settlement as a table, a row a person with the job that is going on.

A row is checked and saved like a job's own form. A job that is over makes room for a new one; the one that is going on is
corrected, or ended by filling in its end.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from django import forms
from django.db.models import Exists, OuterRef, QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from common import clock
from common.codes import code_list
from common.ledger import registry
from common.problems import Conflict, Refused
from common.scope import reachable
from employment.actions import save_employments
from employment.entry import form_class, latest_jobs
from employment.models import Employment
from employment.queries import jobs_on, labour_force
from households.models import Person
from households.telling import differences as effects
from households.telling import figures
from ledgers.checking import clean_rows
from ledgers.conflicts import MINE, THEIRS, Change, Difference, differences, last_change
from ledgers.forms import shown_values
from settlements.models import Settlement

TYPED = ["channel", "employer", "workplace", "monthly_wage", "start_date", "end_date"]
SHOWN = {
    "unemployed": gettext_lazy("Labour force without a job"),
    "labour": gettext_lazy("Labour force"),
    "all": gettext_lazy("All members"),
}
KEYS = ["job_id", "version"]
TOLD = 5  # households whose figures before and after are told when many rows are saved at once


def people_of(settlement: Settlement, user, show: str = "all") -> QuerySet:
    """The living members of a settlement's households in the user's scope, or the part of them that `show` names."""
    people = registry["persons"].rows(user).filter(household__settlement=settlement, died_on=None)
    people = people.filter(household__voided_at=None)
    if show != "all":
        people = people.filter(labour_force(clock.today()))
    if show == "unemployed":
        people = people.exclude(Exists(_working().filter(person=OuterRef("pk"))))
    return people


def _working() -> QuerySet:
    return Employment.objects.filter(jobs_on(clock.today()), voided_at=None)


def row_form() -> type[forms.Form]:
    made = form_class([(registry["employments"], "", TYPED)], KEYS)
    for name in TYPED:
        made.base_fields[name].widget.attrs["data-cell"] = name
    return made


@dataclass
class Row:
    """One person on the page: what stands in the cells, and what became of it.

    `job` is the job that the cells show (one that is over is only named: `former`).
    """

    person: Person
    made: type[forms.Form]
    job: Employment | None = None
    former: Employment | None = None
    form: forms.Form | None = None
    state: str = ""
    said: str = ""
    differences: list[Difference] = field(default_factory=list)
    changed: Change | None = None
    seen: str = ""

    @property
    def prefix(self) -> str:
        return f"p{self.person.pk}"

    def show(self, data: Mapping[str, str] | None = None) -> None:
        """Put into the cells what is stored, or what was typed."""
        if data is not None:
            self.form = self.made(data, prefix=self.prefix)
            self.form.is_valid()
            self._keep_unknown_codes()
            return
        initial = {}
        if self.job is not None:
            initial = shown_values(registry["employments"], self.job, TYPED)
            initial |= {"job_id": self.job.pk, "version": self.job.version}
        self.form = self.made(initial=initial, prefix=self.prefix)

    def _keep_unknown_codes(self) -> None:
        """A word that no list has (a pasted one) stays to be seen until it is corrected."""
        for name, one in self.form.fields.items():
            value = self.form[name].value()
            if isinstance(one.widget, forms.Select) and value and value not in dict(one.widget.choices):
                one.widget.choices = [*one.widget.choices, (value, value)]

    @property
    def cells(self) -> list[forms.BoundField]:
        return [self.form[name] for name in TYPED]

    @property
    def keys(self) -> list[forms.BoundField]:
        return [self.form[name] for name in KEYS]

    def tell(self, state: str, said: str = "") -> None:
        self.state, self.said = state, said


def rows_of(people: Iterable[Person]) -> list[Row]:
    """The rows of people as they are stored."""
    people, today = list(people), clock.today()
    jobs, made, rows = latest_jobs(people), row_form(), []
    for person in people:
        job = jobs.get(person.pk)
        over = job is not None and job.end_date is not None and job.end_date < today
        rows.append(Row(person, made, None if over else job, job if over else None))
        rows[-1].show()
    return rows


def typed_in(data: Mapping[str, str], person: Person) -> dict[str, str] | None:
    """What was sent of a person's row; None where nothing was."""
    names = [*TYPED, *KEYS]
    found = {name: data[f"p{person.pk}-{name}"] for name in names if f"p{person.pk}-{name}" in data}
    return found or None


class Saving:
    """Rows as they were sent, on their way into the store: those that differ from what is stored are checked together,
    each is saved or told what stands against it."""

    def __init__(self, user, people: Iterable[Person], data: Mapping[str, str]):
        self.user, self.data = user, data
        self.rows = rows_of(people)
        self.effects: list[str] = []
        self._ledger = registry["employments"]
        self._raw: dict[int, dict] = {}
        told = [(row, typed) for row in self.rows if (typed := typed_in(data, row.person)) is not None]
        ids = [int(typed["job_id"]) for _row, typed in told if typed.get("job_id", "").isdecimal()]
        standing = reachable(Employment).filter(voided_at=None, person__in=[row.person for row, _t in told])
        self._jobs = standing.in_bulk(ids)
        for row, typed in told:
            self._take(row, typed)

    @property
    def saved(self) -> int:
        return sum(row.state == "saved" for row in self.rows)

    @property
    def faulty(self) -> list[Row]:
        return [row for row in self.rows if row.state in ("error", "conflict")]

    # --- What was typed, beside what is stored now ---

    def _take(self, row: Row, typed: dict[str, str]) -> None:
        raw = {name: typed[name] for name in TYPED if name in typed}
        pk, version = typed.get("job_id", ""), typed.get("version", "")
        job = self._jobs.get(int(pk)) if pk.isdecimal() else None
        if job is not None and job.person_id != row.person.pk:
            job = None
        if not pk and not any(raw.values()):
            return
        if job is not None:
            if row.job != job:
                row.job = job
                row.show()
            if version == str(job.version):
                if not fits(row, self.data):
                    self._want(row, raw, job)
                return
            found = differences(self._ledger, self.user, job, version, raw)
            if all(item.take_theirs for item in found):
                return  # nothing was typed over it: what is stored is shown
            self._decide(row, raw, found, str(job.version))
        elif pk:
            gone = reachable(Employment).filter(pk=pk, person=row.person).first()
            found = [] if gone is None else differences(self._ledger, self.user, gone, version, raw)
            if gone is None or not all(item.take_theirs for item in found):
                self._decide(row, raw, found, "gone")
        elif row.job is not None:
            found = differences(self._ledger, self.user, row.job, "", raw)
            if found:  # else the same was sent twice
                self._decide(row, raw, found, f"new-{row.job.pk}-{row.job.version}")
        else:
            self._want(row, raw, None)

    def _decide(self, row: Row, raw: dict, found: list[Difference], seen: str) -> None:
        """Somebody else was at this person's job: told in the row, until the user has chosen."""
        choice = self.data.get(f"{row.prefix}-choose")
        if self.data.get(f"{row.prefix}-seen") != seen:
            choice = None
        if choice == THEIRS:
            row.show()
            row.tell("stored")
        elif choice == MINE:
            added = not seen.isdecimal()  # a job of its own beside the other one, or in the place of a voided one
            theirs = [] if added else [item.column for item in found if item.take_theirs]
            if theirs:
                raw |= {name: str(value) for name, value in shown_values(self._ledger, row.job, theirs).items()}
            self._want(row, raw, None if added else row.job)
        else:
            row.show(self.data)
            row.differences, row.seen = found, seen
            if row.job is not None:
                row.changed = last_change(self._ledger, row.job.pk)
            row.tell("conflict", _("The job was taken out meanwhile as an entry by mistake.") if seen == "gone" else "")

    def _want(self, row: Row, raw: dict, job: Employment | None) -> None:
        sent = (typed_in(self.data, row.person) or {}) | raw
        row.show({f"{row.prefix}-{name}": value for name, value in sent.items()})
        if job is not None:
            raw |= {"id": str(job.pk), "version": str(job.version)}
        self._raw[row.person.pk] = raw

    # --- Checked and saved ---

    def save(self) -> None:
        rows = [row for row in self.rows if row.person.pk in self._raw]
        if not rows:
            return
        raw = [self._raw[row.person.pk] for row in rows]
        given = [{"person": row.person} for row in rows]
        clean, problems = clean_rows(self._ledger, raw, self.user, given=given)
        wrong = {problem.row for problem in problems if not problem.warning}
        for problem in problems:
            if not problem.warning:
                self._refuse(rows[problem.row], problem.field, problem.message)
        good = []
        for index, (row, values) in enumerate(zip(rows, clean, strict=True)):
            if index in wrong:
                continue
            if values.get("id") and "id" not in raw[index]:
                message = _("This job (employer and first day) is stored already. Correct it in the employment ledger.")
                self._refuse(row, "start_date", message)
                continue
            good.append((row, values))
        if good:
            self._write(good)

    def _refuse(self, row: Row, name: str, message: str) -> None:
        row.form.add_error(name if name in row.form.fields else None, message)
        row.tell("error", _("Correct the marked cells, then leave the row or save."))

    def _write(self, good: list[tuple[Row, dict]]) -> None:
        homes = list({row.person.household_id: row.person.household for row, _values in good}.values())[:TOLD]
        before = [figures(home) for home in homes]
        try:
            saved = save_employments([values for _row, values in good], by=self.user, source="form")
        except Refused as refused:
            for problem in refused.problems:
                self._refuse(good[problem.row][0], problem.field, problem.message)
            return
        except Conflict:
            for row, _values in good:
                row.tell("error", _("Somebody else saved at the same moment. Nothing of this was stored; save again."))
            return
        for (row, _values), job in zip(good, saved.objects, strict=True):
            row.job, row.former = job, None
            row.show()
            row.tell("saved")
        told = [change for home, old in zip(homes, before, strict=True) for change in effects(old, figures(home))]
        self.effects = list(dict.fromkeys(told))


def fits(row: Row, data: Mapping[str, str]) -> bool:
    """Whether what was typed of a row is just what its cells show."""
    typed = typed_in(data, row.person) or {}
    shown = {name: str(row.form.initial.get(name, "")) for name in TYPED}
    return all(shown[name] == value for name, value in typed.items() if name in shown)


# --- Blocks of cells ---


@dataclass
class Pasted:
    """Cells to be filled, and what is to be told of the block: faults by row and column, and what found no place."""

    cells: list[dict] = field(default_factory=list)
    faults: list[dict] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)


def paste(block: list[list[str]], people: list[Person], column: str, user, first: int = 1) -> Pasted:
    """Lay a block over the cells of these people (in the order of the table) from a column to the right, each cell checked
    as saving checks it. `first` is the number of the first of these rows in the table."""
    ledger, result = registry["employments"], Pasted()
    columns = TYPED[TYPED.index(column) :]
    headings = {name: str(ledger.heading(ledger.by_name[name])) for name in TYPED}
    if len(block) > 1 and _is_heading(block[0], columns, headings):
        result.notes.append(_("The first row holds the headings and was left aside."))
        block = block[1:]
    _tell_overhang(result, block, len(people), columns, headings)
    block = [row[: len(columns)] for row in block[: len(people)]]
    rows = rows_of(people[: len(block)])
    raw = [dict(zip(columns, cells, strict=False)) for cells in block]
    # The stored job is known, so that a pasted end is held against the start that stands in the table.
    clean, problems = clean_rows(
        ledger,
        raw,
        user,
        partial=True,
        stored=[row.job for row in rows],
        given=[{"person": row.person} for row in rows],
        set_checks=False,
    )
    wrong: dict[tuple[int, str], str] = {}
    for problem in problems:
        if not problem.warning and problem.field in raw[problem.row]:
            wrong.setdefault((problem.row, problem.field), problem.message)
    for index, (row, values) in enumerate(zip(rows, clean, strict=True)):
        for name, text in raw[index].items():
            message = wrong.get((index, name), "") if text.strip() or _says_anything(raw[index]) else ""
            value = _in_cell(ledger, name, values[name]) if name in values and not message else text.strip()
            place = f"id_{row.prefix}-{name}"
            result.cells.append({"id": place, "value": value, "error": message})
            if message:
                told = {"row": index + first, "name": row.person.name, "column": headings[name], "value": text.strip()}
                result.faults.append({**told, "message": message, "field_id": place})
    return result


def _says_anything(raw: dict[str, str]) -> bool:
    return any(text.strip() for text in raw.values())


def _is_heading(cells: list[str], columns: list[str], headings: dict[str, str]) -> bool:
    told = [cell.strip() for cell in cells[: len(columns)]]
    return any(told) and all(text == headings[name] for name, text in zip(columns, told, strict=False) if text)


def _tell_overhang(result: Pasted, block, people: int, columns: list[str], headings: dict[str, str]) -> None:
    if len(block) > people:
        result.notes.append(
            _("Rows that did not fit, as the table ends here: %(n)s, from “%(value)s” on. Paste them on the next page.")
            % {"n": len(block) - people, "value": " ".join(block[people])[:40]}
        )
    beyond = [cell for row in block[:people] for cell in row[len(columns) :] if cell.strip()]
    if beyond:
        result.notes.append(
            _("Cells right of “%(column)s” have no column here and were left out: %(n)s, the first one “%(value)s”.")
            % {"column": headings[columns[-1]], "n": len(beyond), "value": beyond[0][:40]}
        )


def _in_cell(ledger, name: str, value) -> str:
    if value is None:
        return ""
    column = ledger.by_name[name]
    if ledger.kind(column) == "code" and value not in dict(code_list(ledger.list_of(column)).choices()):
        return ""
    return str(value)
