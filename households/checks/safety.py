"""Checks of the safety net that need more than one row: nothing twice, no two spells at once; as sets, for any number of rows."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from django.db import models
from django.utils.translation import gettext as _

from common.problems import Problem
from households.checks.households import Found
from households.models import (
    Disability,
    DoctorContract,
    Insurance,
    Membership,
    MinimumLiving,
    Schooling,
    TemporaryRelief,
)
from households.models.safety import MEDICAL


@dataclass(frozen=True)
class _Spell:
    """A row's time; `index` is the row that tells it, None for a stored one that no row tells of."""

    begins: dt.date
    ends: dt.date
    index: int | None
    of: object


def _value(row: dict, stored: models.Model | None, name: str):
    """A column as the row tells it, else as it is stored; of a reference its key."""
    if name in row:
        return getattr(row[name], "pk", row[name])
    field = stored._meta.get_field(name) if stored is not None else None
    return getattr(stored, field.attname) if field is not None else None


def _stored(model, rows: Sequence[dict], user) -> dict[int, models.Model]:
    return model.objects.visible_to(user).in_bulk([row["id"] for row in rows if row.get("id")])


def _others(model, keys: set, name: str, told: set[int]) -> models.QuerySet:
    """Standing rows of the same persons or households that no row tells of."""
    return model.objects.filter(**{f"{name}__in": keys}, voided_at=None).exclude(pk__in=told)


def _overlapping(model, rows, user, subject: Sequence[str], begin: str, end: str, message) -> Iterator[Found]:
    """Rows whose time runs into that of another row of the same subject."""
    by_id = _stored(model, rows, user)
    spells: dict[tuple, list[_Spell]] = defaultdict(list)
    for index, row in enumerate(rows):
        stored = by_id.get(row.get("id"))
        key = tuple(_value(row, stored, name) for name in subject)
        begins, ends = _value(row, stored, begin), _value(row, stored, end)
        if key[0] is not None and begins is not None:
            spells[key].append(_Spell(begins, ends or dt.date.max, index, row))
    attributes = [model._meta.get_field(name).attname for name in subject]
    others = _others(model, {key[0] for key in spells}, attributes[0], set(by_id))
    for row in others.values(*attributes, begin, end):
        key = tuple(row[name] for name in attributes)
        if key in spells:
            spells[key].append(_Spell(row[begin], row[end] or dt.date.max, None, None))
    for found in spells.values():
        found.sort(key=lambda spell: (spell.begins, spell.ends))
        for earlier, later in zip(found, found[1:], strict=False):
            if later.begins > earlier.ends:
                continue
            told, other = (later, earlier) if later.index is not None else (earlier, later)
            if told.index is not None:
                span = f"{other.begins} – {_('until now') if other.ends == dt.date.max else other.ends}"
                yield told.index, begin, str(told.begins), "overlap", message % {"span": span}


def _twice(rows: Sequence[dict], by_id: dict, names: Sequence[str], message: str) -> Iterator[Found]:
    """The same key twice among the rows."""
    first: dict[tuple, int] = {}
    for index, row in enumerate(rows):
        key = tuple(_value(row, by_id.get(row.get("id")), name) for name in names)
        if None in key or "" in key:
            continue
        if first.setdefault(key, index) != index:
            yield index, names[-1], str(row.get(names[-1], "")), "duplicate", message


def check_insurances(rows: Sequence[dict], user) -> Iterator[Found]:
    """Of resident and employee medical insurance one a person and year."""
    by_id = _stored(Insurance, rows, user)
    twice = _("This insurance of the person stands here for the second time in the year. Delete one of the rows.")
    yield from _twice(rows, by_id, ("person", "year", "kind"), twice)
    medical: dict[tuple, tuple[int, str]] = {}
    message = _(
        "The person has %(other)s in %(year)s already. Of resident and employee medical insurance everybody has exactly one"
        " a year: void the other one, or correct the kind."
    )
    field = Insurance._meta.get_field("kind")
    told: list[tuple[int, tuple, str]] = []
    for index, row in enumerate(rows):
        stored = by_id.get(row.get("id"))
        person, year, kind = (_value(row, stored, name) for name in ("person", "year", "kind"))
        if person is not None and year is not None and kind in MEDICAL:
            told.append((index, (person, year), kind))
    stored_rows = _others(Insurance, {key[0] for _i, key, _k in told}, "person_id", set(by_id)).filter(kind__in=MEDICAL)
    held = {(row[0], row[1]): row[2] for row in stored_rows.values_list("person_id", "year", "kind")}
    for index, key, kind in told:
        other = held.get(key) or medical.get(key, (0, ""))[1]
        if other and other != kind:
            yield index, "kind", kind, "two_medical", message % {"other": field.label(other), "year": key[1]}
        medical.setdefault(key, (index, kind))


def check_minimum_livings(rows: Sequence[dict], user) -> Iterator[Found]:
    message = _(
        "The household has aid from %(span)s already, and a household has one kind at a time. End that one first."
    )
    yield from _overlapping(MinimumLiving, rows, user, ("household",), "from_on", "to_on", message)
    yield from _more_than_live_there(rows, user)


def _more_than_live_there(rows: Sequence[dict], user) -> Iterator[Problem]:
    """More people are covered than have belonged to the household since the first day: told, not refused."""
    by_id = _stored(MinimumLiving, rows, user)
    told = []
    for index, row in enumerate(rows):
        household, people, begins = (
            _value(row, by_id.get(row.get("id")), name) for name in ("household", "people", "from_on")
        )
        if household and people and begins:
            told.append((index, household, people, begins))
    spells = Membership.objects.filter(household__in={one[1] for one in told}, person__voided_at=None)
    ends: dict[int, list[dt.date]] = defaultdict(list)
    for household, left, died in spells.values_list("household_id", "left_on", "person__died_on"):
        ends[household].append(min(left or dt.date.max, died or dt.date.max))
    for index, household, people, begins in told:
        members = sum(end > begins for end in ends[household])
        if people > members:
            message = _("%(people)s people are covered, and the household has %(members)s. Check the number.")
            words = message % {"people": people, "members": members}
            yield Problem(index, "people", str(people), "implausible", words, warning=True)


def check_schoolings(rows: Sequence[dict], user) -> Iterator[Found]:
    message = _("The person is in another grade or school from %(span)s. End that one first.")
    yield from _overlapping(Schooling, rows, user, ("person",), "from_on", "to_on", message)


def check_doctor_contracts(rows: Sequence[dict], user) -> Iterator[Found]:
    message = _("There is a contract from %(span)s already. End that one first.")
    yield from _overlapping(DoctorContract, rows, user, ("household", "person"), "from_on", "to_on", message)


def check_disabilities(rows: Sequence[dict], user) -> Iterator[Found]:
    """A certificate once, and one running certificate a person."""
    by_id = _stored(Disability, rows, user)
    twice = _("This certificate stands here for the second time. Delete one of the rows.")
    yield from _twice(rows, by_id, ("certificate",), twice)
    index_of = Disability._meta.get_field("certificate_index").value_for
    blinds = {index_of(row["certificate"]): index for index, row in enumerate(rows) if row.get("certificate")}
    told = {row.get("id") for row in rows if row.get("id")}
    held = Disability.objects.filter(certificate_index__in=blinds, voided_at=None).exclude(pk__in=told)
    for blind, name in held.values_list("certificate_index", "person__name"):
        message = _("This certificate is entered already, for %(name)s. Open that record and change it there.")
        yield blinds[blind], "certificate", "", "duplicate", message % {"name": name}
    message = _("The person has a certificate that is valid %(span)s. End that one on the day before the new one.")
    yield from _overlapping(Disability, rows, user, ("person",), "issued_on", "valid_to", message)


def check_reliefs(rows: Sequence[dict], user) -> Iterator[Found]:
    twice = _("The same relief stands here for the second time. Delete one of the rows.")
    yield from _twice(rows, _stored(TemporaryRelief, rows, user), ("household", "day", "reason"), twice)
