"""The household form: one household with its members and each member's latest job, written as one roster block.

The form only presents. Values are checked by ledgers.checking, as a sheet's and a payload's are.
"""

from __future__ import annotations

from collections.abc import Container
from dataclasses import dataclass, field

from django import forms
from django.http import QueryDict
from django.urls import reverse_lazy
from django.utils.translation import gettext_lazy as _

from common.codes import code_list
from common.ledger import Ledger, registry
from common.problems import Problem
from common.terms import labelled
from employment.actions import Block
from employment.models import Employment
from households.checks.households import held_in_another_county
from households.models import Household, Person
from households.queries.households import members_of
from ledgers.checking import clean_rows
from ledgers.drafts import new_form_id
from ledgers.forms import named_by, shown_values

HOUSEHOLD = [
    "code",
    "settlement",
    "relocation_kind",
    "address",
    "housing_area",
    "moved_in_on",
    "origin_division",
    "origin_township",
    "origin_village",
    "phone",
    "registry_number",
    "remark",
]
MEMBER = ["name", "relation", "id_number", "labour_capability", "job_intention", "school"]
MOST = 60  # rows of members that a form may send
JOB = ["channel", "employer", "monthly_wage", "start_date", "end_date"]


class TypedField(forms.CharField):
    """Hands on what was typed. `required` is for the reader's eye: what is missing is told by the checks."""

    def validate(self, value):
        pass


def _field(ledger: Ledger, name: str) -> forms.Field:
    column = ledger.by_name[name]
    kind = ledger.kind(column)
    options = {"label": ledger.heading(column), "required": ledger.required(column)}
    if kind == "code":
        blank = [] if name == "relocation_kind" else [("", "")]
        return TypedField(
            widget=forms.Select(
                choices=[
                    *blank,
                    *(
                        (code, code_list(ledger.list_of(column)).label(code))
                        for code in dict(code_list(ledger.list_of(column)).choices())
                    ),
                ]
            ),
            **options,
        )
    attributes = {"autocomplete": "off"}
    if kind == "division":
        attributes["data-divisions"] = ""
    if kind == "date":
        attributes |= {"inputmode": "numeric", "data-date": ""}
    if kind in ("int", "decimal"):
        attributes["inputmode"] = "decimal"
    if name == "settlement":
        attributes["data-lookup"] = reverse_lazy("settlement-search")
    return TypedField(widget=forms.TextInput(attributes), **options)


def form_class(parts: list[tuple[Ledger, str, list[str]]], hidden: list[str]) -> type[forms.Form]:
    """A form whose fields are columns of ledgers, each named `<prefix><column>`."""
    fields = {name: forms.CharField(widget=forms.HiddenInput, required=False) for name in hidden}
    for ledger, prefix, names in parts:
        fields |= {prefix + name: _field(ledger, name) for name in names}
    return type("EntryForm", (forms.Form,), {**fields, "use_required_attribute": False})


def household_form() -> type[forms.Form]:
    return form_class([(registry["households"], "", HOUSEHOLD)], ["version"])


def member_forms(extra: int) -> type[forms.BaseFormSet]:
    row = form_class(
        [(registry["persons"], "", MEMBER), (registry["employments"], "job_", JOB)],
        ["id", "version", "job_id", "job_version"],
    )
    for name in JOB:
        row.base_fields[f"job_{name}"].required = False  # who has no job leaves them all blank
    return forms.formset_factory(row, extra=extra, can_delete=True, max_num=40, absolute_max=MOST)


def with_another_row(data: QueryDict) -> QueryDict:
    """What was sent, with one more empty row of a member."""
    data = data.copy()
    data["members-TOTAL_FORMS"] = member_forms(0)(data, prefix="members").total_form_count() + 1
    return data


def latest_jobs(people: list[Person]) -> dict[int, Employment]:
    """Each person's job that ends last; one that is still open comes before one that has ended."""
    jobs: dict[int, Employment] = {}
    for job in Employment.objects.filter(person__in=people, voided_at=None).order_by("start_date", "id"):
        known = jobs.get(job.person_id)
        if known is None or known.end_date is not None and (job.end_date is None or job.end_date >= known.end_date):
            jobs[job.person_id] = job
    return jobs


def row_values(person: Person, job: Employment | None) -> dict:
    """A member and the job as a row of the form shows them, with their keys and versions."""
    row = {**shown_values(registry["persons"], person, MEMBER), "id": person.pk, "version": person.version}
    if job is not None:
        row |= {f"job_{name}": value for name, value in shown_values(registry["employments"], job, JOB).items()}
        row |= {"job_id": job.pk, "job_version": job.version}
    return row


@dataclass
class Entry:
    """A household form on its way: the forms, the stored household (None for a new one), and what was understood.

    `form_id` tells this opened form from every other; drafts are kept under it.
    """

    user: object
    household: Household | None
    data: QueryDict | None = None
    settlement: str = ""
    form_id: str = field(default_factory=new_form_id)
    problems: list[Problem] = field(default_factory=list)
    errors: list[dict] = field(default_factory=list)
    claimed: list[dict] = field(default_factory=list)  # people of other counties: name and number, to ask for them
    warnings: list[str] = field(default_factory=list)  # what was understood and is implausible
    leave_out: Container[str] = ()

    def __post_init__(self):
        self._open()
        settlement = registry["households"].by_name["settlement"].reference
        box = self.form["settlement"]
        box.field.picked = named_by(settlement, box.value(), self.user)

    def _open(self) -> None:
        if self.data is not None:
            self.form_id = self.data.get("form_id") or self.form_id
            self.form = household_form()(self.data)
            self.members = member_forms(0)(self.data, prefix="members")
            return
        if self.household is None:
            self.form = household_form()(initial={"relocation_kind": "1", "settlement": self.settlement})
            self.members = member_forms(2)(prefix="members")
            return
        initial = shown_values(registry["households"], self.household, HOUSEHOLD)
        self.form = household_form()(initial={**initial, "version": self.household.version})
        people = members_of(self.household)
        jobs = latest_jobs(people)
        self.members = member_forms(0)(prefix="members", initial=[row_values(p, jobs.get(p.pk)) for p in people])

    def read(self, leave_out: Container[str] = ()) -> Block | None:
        """The block to save, or None where problems stand; they are then on the forms. Those whose code is in `leave_out`
        are not told."""
        self.leave_out = leave_out
        self.form.is_valid()
        self.members.is_valid()
        told = [
            (number, form.cleaned_data)
            for number, form in enumerate(self.members.forms)
            if any(value for key, value in form.cleaned_data.items() if key != "DELETE")
            and not form.cleaned_data.get("DELETE")
        ]
        raw = {name: self.form.cleaned_data.get(name, "") for name in [*HOUSEHOLD, "version"]}
        stored = [self.household] if self.household else None
        if self.household is not None:
            raw.pop("code")
        homes, found = clean_rows(
            registry["households"], [raw], self.user, stored=stored, partial=self.household is not None
        )
        self._tell(self.form, found, "")
        if self.household is None and homes[0].get("id"):
            # A new household must not silently change a stored one that has its code.
            message = _("A household with this code is stored already. Open that one, or correct the code.")
            self._tell(self.form, [Problem(0, "code", raw["code"], "exists", str(message))], "")
        household = self.household or Household(code=homes[0].get("code", ""), settlement=homes[0].get("settlement"))
        people, jobs = self._read_members(told, household)
        if not told:
            self.problems.append(Problem(0, "", "", "no_members", str(_("A household has at least one member."))))
            self.form.add_error(None, _("A household has at least one member."))
        self._collect_errors()
        if self.problems:
            return None
        if self.household is not None:
            homes[0]["id"] = self.household.pk
        return Block(homes[0], people, jobs)

    def _read_members(self, told, household) -> tuple[list[dict], list[list[dict]]]:
        rows = [
            {name: data[name] for name in [*MEMBER, "id", "version"] if name in MEMBER or data.get(name)}
            for _number, data in told
        ]
        people, found = clean_rows(registry["persons"], rows, self.user, given=[{"household": household}] * len(rows))
        for problem in found:
            self._tell(self.members.forms[told[problem.row][0]], [problem], "")
        if self.household is not None and any(problem.code == "duplicate_person" for problem in found):
            elsewhere = [people[index] for index in held_in_another_county(people, self.user)]
            self.claimed = [{"name": row.get("name", ""), "number": row["id_number"]} for row in elsewhere]
        raw_jobs, places = [], []
        for index, (number, data) in enumerate(told):
            raw = {name: data[f"job_{name}"] for name in JOB}
            if any(raw.values()) or data.get("job_id"):
                raw |= {name: data[f"job_{name}"] for name in ("id", "version") if data.get(f"job_{name}")}
                raw_jobs.append((index, number, raw))
                places.append(index)
        holders = [
            Person(pk=people[index].get("id"), birth_date=people[index].get("birth_date"))
            for index, _number, _raw in raw_jobs
        ]
        clean, found = clean_rows(
            registry["employments"],
            [raw for _i, _n, raw in raw_jobs],
            self.user,
            given=[{"person": holder} for holder in holders],
        )
        for problem in found:
            self._tell(self.members.forms[raw_jobs[problem.row][1]], [problem], "job_")
        jobs: list[list[dict]] = [[] for _row in people]
        for (index, _number, _raw), row in zip(raw_jobs, clean, strict=True):
            jobs[index].append({key: value for key, value in row.items() if key != "person"})
        return people, jobs

    def _tell(self, form: forms.Form, problems: list[Problem], prefix: str) -> None:
        for problem in problems:
            name = prefix + problem.field
            if problem.warning:
                self.warnings.append(
                    labelled(form[name].label, problem.message) if name in form.fields else problem.message
                )
            if problem.warning or problem.code in self.leave_out:
                continue
            self.problems.append(problem)
            form.add_error(name if name in form.fields else None, problem.message)

    def messages_for(self, name: str) -> dict[str, list[str]]:
        """After `read`: what is wrong with a field, and with the others of the same record in which something stands."""
        prefix = name.rpartition("-")[0]
        form = next((row for row in self.members.forms if row.prefix == prefix), self.form) if prefix else self.form
        part = {
            key for key in form.fields if key.startswith("job_") == (name.startswith(f"{prefix}-job_") and bool(prefix))
        }
        return {
            form.add_prefix(key): list(form.errors.get(key, ()))
            for key in part
            if form.add_prefix(key) == name or form[key].data and not form[key].is_hidden
        }

    def _collect_errors(self) -> None:
        for number, form in [(0, self.form), *enumerate(self.members.forms, start=1)]:
            for name, messages in form.errors.items():
                place = form[name].label if name in form.fields else ""
                where = _("member %(n)s") % {"n": number} if number else ""
                field_id = form[name].id_for_label if name in form.fields else ""
                for message in messages:
                    text = " ".join(str(part) for part in (where, place) if part)
                    self.errors.append({"message": labelled(text, message) if text else message, "field_id": field_id})
