"""What happened to a row: its event table read back as changes, in the reader's words and masked as everywhere."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field

from django.db import connection, models
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.models import User
from common import scope
from common.database import event_table
from common.ledger import Column, Ledger
from ledgers.attachments.models import Attachment
from ledgers.attachments.queries import visible
from ledgers.presenting import Presenter

MOST_EVENTS = 500
SYSTEM = gettext_lazy("the system")
PLACES = ("region", "partner")  # a row of two places is read from both


@dataclass
class Change:
    """One column from `old` to `new`, both in words."""

    column: str
    label: object
    old: str
    new: str


@dataclass
class Event:
    """One writing of the row: when, by whom, from which source, and what it changed."""

    id: int
    when: dt.datetime
    who: str
    act: str
    source: str
    changes: list[Change] = field(default_factory=list)
    said: str = ""
    tone: str = "info"
    files: list[dict] = field(default_factory=list)

    @property
    def unit(self) -> str:
        """The timeline prints the source beside the name."""
        return self.source


def states_of(ledger: Ledger, pk: int) -> list[dict]:
    """The row's recorded states, oldest first: its attributes and event_id, event_op, event_at, event_by, event_source."""
    fields = ledger.model._meta.local_concrete_fields
    columns = ", ".join(f'"{f.column}"' for f in fields)
    key = ledger.model._meta.pk.column
    with connection.cursor() as cursor:
        cursor.execute(
            f'SELECT event_id, event_op, event_at, event_by, event_source, {columns} FROM "{event_table(ledger.model)}"'
            f' WHERE "{key}" = %s{_reachable(fields)} ORDER BY event_id DESC LIMIT %s',
            [pk, MOST_EVENTS],
        )
        rows = cursor.fetchall()
    names = ["event_id", "event_op", "event_at", "event_by", "event_source", *(f.attname for f in fields)]
    return [_read(fields, dict(zip(names, row, strict=True))) for row in reversed(rows)]


def _reachable(fields) -> str:
    """The exact ranges of the reader: the policy holds their hull, and a row may have lain in between."""
    places = [f.column for f in fields if f.column in PLACES]
    if not places:
        return ""
    ranges = " OR ".join(f"{place} >= {lo} AND {place} < {hi}" for lo, hi in scope.current().ranges for place in places)
    return f" AND ({ranges or 'false'})"


def _read(fields, state: dict) -> dict:
    """Values as the model's fields read them from a column (decrypted, above all)."""
    for model_field in fields:
        for read in model_field.get_db_converters(connection):
            state[model_field.attname] = read(state[model_field.attname], None, connection)
    return state


def state_at(ledger: Ledger, pk: int, version: int) -> dict | None:
    """The recorded state in which the row had this version."""
    return next((state for state in reversed(states_of(ledger, pk)) if state.get("version") == version), None)


def history_of(ledger: Ledger, pk: int, user) -> list[Event]:
    """The row's events and those of its files, newest first; one that changed nothing a reader sees is left out."""
    states = states_of(ledger, pk)
    people = User.objects.in_bulk({state["event_by"] for state in states if state["event_by"]})
    words = _Words(ledger, user, states)
    events = []
    before: dict = {}
    for state in states:
        event = Event(
            state["event_id"],
            state["event_at"],
            str(people.get(state["event_by"]) or SYSTEM),
            _act(state, before),
            _source(state["event_source"]),
            said=_said(state, before),
        )
        event.changes = [
            Change(column.name, ledger.heading(column), words.of(column, before), words.of(column, state))
            for column in words.columns
            if before.get(words.attributes[column.name]) != state[words.attributes[column.name]]
            and (words.of(column, before) or words.of(column, state))
        ]
        if event.changes or event.said or state["event_op"] != "U":
            events.append(event)
        before = state
    events = [*reversed(events), *attachment_events(ledger, pk, user)]
    return sorted(events, key=lambda event: event.when, reverse=True)


def attachment_events(ledger: Ledger, pk: int, user) -> list[Event]:
    """Files that came to the row, those of one sending together, and files that were withdrawn."""
    subject = ledger.within(user).filter(pk=pk).first() if ledger.attachments else None
    if subject is None or not visible(ledger, subject, user):
        return []
    rows = Attachment.objects.visible_to(user).filter(ledger=ledger.key, subject_id=pk)
    come: dict[tuple, Event] = {}
    gone = []
    for row in rows.select_related("uploaded_by", "unit", "withdrawn_by"):
        file = {"name": str(row), "url": row.url, "size": row.size}
        sending = row.uploaded_at, row.uploaded_by_id
        unit = row.unit.name if row.unit else ""
        event = come.setdefault(sending, Event(0, row.uploaded_at, str(row.uploaded_by), _("files attached"), unit))
        event.files.append(file)
        if row.withdrawn_at:
            act, said = _("file withdrawn"), row.withdrawal_reason
            who = str(row.withdrawn_by)
            gone.append(Event(0, row.withdrawn_at, who, act, "", said=said, tone="warn", files=[file]))
    return [*come.values(), *gone]


def _act(state: dict, before: dict) -> str:
    if state["event_op"] == "I":
        return _("entered")
    if state["event_op"] == "D":
        return _("deleted")
    if state.get("voided_at") and not before.get("voided_at"):
        return _("voided")
    return _("changed")


def _said(state: dict, before: dict) -> str:
    return state.get("void_reason", "") if state.get("voided_at") and not before.get("voided_at") else ""


def _source(source: str | None) -> str:
    kind, _colon, number = (source or "").partition(":")
    words = {"job": _("import"), "import": _("import"), "form": _("form"), "api": _("API"), "tick": _("nightly work")}
    return f"{words.get(kind, kind)} {number}".strip()


class _Words:
    """Old and new values in words, what rows refer to being fetched once for the whole history."""

    def __init__(self, ledger: Ledger, user, states: list[dict]):
        self.columns: list[Column] = [
            column
            for column in ledger.columns
            if (model_field := ledger.model_field(column)) is not None
            and model_field in ledger.model._meta.local_concrete_fields
            and (not column.computed or column.path == model_field.name)
        ]
        self.attributes = {column.name: ledger.model_field(column).attname for column in self.columns}
        self._present = Presenter(ledger, user, self.columns)
        self._present.prepare(
            [{column.name: state[self.attributes[column.name]] for column in self.columns} for state in states]
        )
        self._named = {
            column.name: _names(ledger.model_field(column), {state[self.attributes[column.name]] for state in states})
            for column in self.columns
            if column.reference
        }

    def of(self, column: Column, state: dict) -> str:
        value = state.get(self.attributes[column.name])
        if value is not None and column.name in self._named:
            return self._named[column.name].get(value, str(value))
        return self._present.text(column, value)


def _names(model_field: models.ForeignKey, keys: set) -> dict:
    related = model_field.related_model
    return {
        row.pk: str(row) for row in related._default_manager.filter(pk__in=[key for key in keys if key is not None])
    }
