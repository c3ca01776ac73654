"""The only writers of the safety net's ledgers. What several rows must say together is asked again under the locks."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Sequence

from common import bulk
from common.changes import Changes, writing
from common.problems import Problem, Refused
from common.scope import reachable
from common.values import shown
from households.actions.locking import lock_households
from households.actions.persons import save_persons
from households.actions.voiding import void_rows
from households.checks import safety as checks
from households.models import (
    Disability,
    DoctorContract,
    Insurance,
    MinimumLiving,
    Schooling,
    TemporaryRelief,
)

Save = Callable[..., bulk.Saved]


def _home(obj) -> int:
    return obj.household_id if hasattr(obj, "household_id") else obj.person.household_id


def _writer(
    model, check: Callable, key: Sequence[str], filled: Sequence[str] = (), then: Callable | None = None
) -> Save:
    """The save action of a model: a row finds its stored one by `id` or `key`; `filled` are fields that clean() fills."""
    names = {field.name for field in model._meta.concrete_fields}
    owner = "household" if "household" in names else "person"
    attributes = [model._meta.get_field(name).attname for name in key]

    def save(rows: Sequence[dict], *, by, on: dt.date | None = None, source: str = "") -> bulk.Saved:
        with writing(by=by, on=on, source=source) as unit:
            ids = [row["id"] for row in rows if row.get("id")]
            related = reachable(model).select_related(owner)
            owners = {row[owner] for row in rows if row.get(owner)} | {
                getattr(o, owner) for o in related.filter(pk__in=ids)
            }
            lock_households({o.pk if owner == "household" else o.household_id for o in owners})
            refused = [
                Problem(i, field, shown(value), code, str(text)) for i, field, value, code, text in check(rows, by)
            ]
            if refused:
                raise Refused(refused)
            by_id = related.in_bulk(ids)
            by_key = {
                tuple(getattr(obj, name) for name in attributes): obj
                for obj in related.filter(**{f"{owner}__in": owners}, voided_at=None)
            }

            def find(row: dict):
                if row.get("id"):
                    return by_id.get(row["id"])
                return by_key.get(tuple(getattr(row.get(name), "pk", row.get(name)) for name in key))

            merged = bulk.merge(model, rows, find)
            for obj in (*merged.new, *merged.changed):
                obj.region = getattr(obj, owner).region
            merged.fields |= {"region", *filled} if merged.changed else set()
            saved = bulk.write(merged)
            if then is not None:
                then(saved.touched, unit, by)
            unit.publish("safety", {_home(obj) for obj in saved.touched})
            return saved

    return save


def _voider(model, then: Callable | None = None) -> Callable[..., int]:
    def void(ids: Iterable[int], *, reason: str, by, on: dt.date | None = None) -> int:
        with writing(by=by, on=on) as unit:
            owner = "household" if hasattr(model, "household_id") else "person"
            rows = reachable(model).filter(pk__in=list(ids), voided_at=None)
            found = list(rows.select_related(owner))
            lock_households({_home(obj) for obj in found})
            number = void_rows(rows, reason, by)
            if then is not None:
                then(found, unit, by)
            unit.publish("safety", {_home(obj) for obj in found})
            return number

    return void


def _carry_over(schoolings: Sequence[Schooling], unit: Changes, by) -> None:
    """What the latest spell of a person says is what the person does now: the verdict reads it there."""
    people = {schooling.person_id: schooling.person for schooling in schoolings}
    latest: dict[int, Schooling] = {}
    for schooling in Schooling.objects.filter(person__in=people, voided_at=None).order_by("from_on"):
        latest[schooling.person_id] = schooling
    told = []
    for key, person in people.items():
        last = latest.get(key)
        if last is None:
            continue  # what the roster says stays
        grade = "" if last.to_on and last.to_on < unit.on else last.grade
        if person.school != grade:
            told.append({"id": key, "school": grade})
    if told:
        save_persons(told, by=by, on=unit.on)


save_insurances = _writer(Insurance, checks.check_insurances, ("person", "year", "kind"))
void_insurances = _voider(Insurance)
save_minimum_livings = _writer(MinimumLiving, checks.check_minimum_livings, ("household", "from_on"))
void_minimum_livings = _voider(MinimumLiving)
save_disabilities = _writer(
    Disability, checks.check_disabilities, ("person", "certificate"), ("certificate_index", "kind", "grade")
)
void_disabilities = _voider(Disability)
save_reliefs = _writer(TemporaryRelief, checks.check_reliefs, ("household", "day", "reason"))
void_reliefs = _voider(TemporaryRelief)
save_schoolings = _writer(Schooling, checks.check_schoolings, ("person", "from_on"), then=_carry_over)
void_schoolings = _voider(Schooling, _carry_over)
save_doctor_contracts = _writer(DoctorContract, checks.check_doctor_contracts, ("household", "person", "from_on"))
void_doctor_contracts = _voider(DoctorContract)
