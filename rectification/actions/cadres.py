"""The only writers of secondments: terms of one to two years, one extension, and what happens at the end."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.roles import check
from alerts.actions import clear_deadlines, set_deadline
from alerts.kinds import DeadlineKind, declare_deadline
from common import bulk
from common.changes import writing
from common.problems import Problem, Refused, of_error
from common.terms import term
from rectification.actions.tasks_rows import locked, refuse_all, refused, standing, stored_rows, void_rows
from rectification.models.cadres import Secondment, longest_end

SECONDMENTS, TRAININGS = "secondments", "cadre-trainings"
ROLES = frozenset({"drc", "county", "township", "city"})
ENDS = declare_deadline(
    DeadlineKind(
        "secondment-ends",
        term("secondment ends", "干部委派到期"),
        gettext_lazy("A secondment to %(settlement)s from %(unit)s ends on %(due_on)s."),
        ROLES,
    )
)
# Decided sixty days ahead, so that the first reminder, thirty days before that, comes ninety days before the end.
DECIDE = declare_deadline(
    DeadlineKind(
        "secondment-decision",
        term("extend or replace", "委派期满安排"),
        gettext_lazy(
            "A secondment to %(settlement)s from %(unit)s ends on %(end)s: extend or replace it by %(due_on)s."
        ),
        ROLES,
    )
)
DECIDED_AHEAD = dt.timedelta(60)


def save_secondments(rows: Sequence[dict], *, by, on=None, source="") -> bulk.Saved:
    """Enter secondments or change them; the place of one is its settlement's and, as partner, its unit's."""
    with writing(by=by, on=on, source=source) as work:
        stored = stored_rows(Secondment, rows, "unit")
        before = {pk: (secondment.from_on, secondment.to_on) for pk, secondment in stored.items()}
        try:
            merged = bulk.merge(Secondment, rows, lambda row: stored.get(row.get("id")))
        except ValidationError as error:
            raise Refused(list(of_error(error))) from error
        problems = [
            Problem(
                index,
                "to_on",
                str(secondment.to_on),
                "stays",
                _("This secondment was extended or has ended; its days stay as they are."),
            )
            for index, secondment in enumerate(merged.objects)
            if (secondment.extended_on or secondment.ended_on)
            and before[secondment.pk] != (secondment.from_on, secondment.to_on)
        ]
        refuse_all(problems)
        for secondment in [*merged.new, *merged.changed]:
            if secondment in merged.new or "settlement" in merged.fields:
                secondment.region, secondment.settlement_name = secondment.settlement.region, secondment.settlement.name
            secondment.partner = secondment.unit.region
        if merged.changed:
            merged.fields |= {"region", "partner", "settlement_name"}
        saved = bulk.write(merged)
        for secondment in saved.touched:
            _arm(secondment, work.on)
        work.publish(SECONDMENTS, [secondment.pk for secondment in saved.touched])
        return saved


def _arm(secondment: Secondment, on: dt.date) -> None:
    due: dict[str, dt.date] = {}
    if not secondment.ended_on and not secondment.voided_at:
        due[ENDS.key] = secondment.to_on
        if not secondment.settled_on:
            due[DECIDE.key] = secondment.to_on - DECIDED_AHEAD
    for kind in (ENDS, DECIDE):
        if kind.key not in due:
            clear_deadlines(kind.key, SECONDMENTS, [secondment.pk], on=on)
            continue
        set_deadline(
            kind.key,
            SECONDMENTS,
            secondment.pk,
            region=secondment.region,
            address=f"/ledgers/{SECONDMENTS}/{secondment.pk}/",
            due_on=due[kind.key],
            unit=secondment.unit,
            params={
                "settlement": secondment.settlement_name,
                "unit": secondment.unit.name,
                "end": secondment.to_on.isoformat(),
            },
            on=on,
        )


def _locked(pk: int) -> Secondment:
    secondment = locked(Secondment, pk, "unit")
    if secondment.ended_on:
        message = _("This secondment ended on %(day)s.") % {"day": secondment.ended_on}
        raise refused("ended", message)
    return secondment


def _words(secondment: Secondment, field: str, value: str, missing) -> ValidationError | None:
    try:
        setattr(secondment, field, secondment._meta.get_field(field).clean(value, secondment))
    except ValidationError as error:
        return error
    return None if getattr(secondment, field) else ValidationError(missing, "required")


def extend(pk: int, to_on: dt.date | None, reason: str, *, by, on: dt.date | None = None) -> Secondment:
    """Extend a secondment, once, to two years in all."""
    check(by, "write", SECONDMENTS)
    with writing(by=by, on=on) as work:
        secondment = _locked(pk)
        if secondment.extended_on:
            message = _("This secondment was extended on %(day)s; it can be extended once. Send somebody else.")
            raise refused("extended", message % {"day": secondment.extended_on})
        faults = {}
        latest = longest_end(secondment.from_on)
        if to_on is None:
            faults["to_on"] = ValidationError(_("Write the new end."), "required")
        elif to_on <= secondment.to_on:
            faults["to_on"] = ValidationError(
                _("It ends on %(day)s already; an extension ends later.") % {"day": secondment.to_on}, "order"
            )
        elif to_on > latest:
            faults["to_on"] = ValidationError(
                _("A secondment lasts at most two years: from %(start)s it ends on %(day)s at the latest.")
                % {"start": secondment.from_on, "day": latest},
                "too_long",
            )
        if error := _words(secondment, "extension_reason", reason, _("Say why it is extended.")):
            faults["reason"] = error
        if faults:
            raise Refused(list(of_error(ValidationError(faults))))
        secondment.agreed_to_on, secondment.to_on, secondment.extended_on = secondment.to_on, to_on, work.on
        secondment.settled_on = None
        return _store(secondment, work)


def settle_end(pk: int, reason: str, *, by, on: dt.date | None = None) -> Secondment:
    """Put down what follows when it ends (somebody else comes, nobody is needed): nothing is left to decide."""
    check(by, "write", SECONDMENTS)
    with writing(by=by, on=on) as work:
        secondment = _locked(pk)
        if error := _words(secondment, "end_reason", reason, _("Say what follows when the term ends.")):
            raise Refused(list(of_error(ValidationError({"reason": error}))))
        secondment.settled_on = work.on
        return _store(secondment, work)


def end(pk: int, day: dt.date | None, reason: str, *, by, on: dt.date | None = None) -> Secondment:
    """End a secondment on a day: at the end of its term, or before it with the reason."""
    check(by, "write", SECONDMENTS)
    with writing(by=by, on=on) as work:
        secondment = _locked(pk)
        faults = {}
        if day is None:
            faults["day"] = ValidationError(_("Write the last day."), "required")
        elif day > work.on:
            faults["day"] = ValidationError(_("The day lies in the future. Enter it when it has come."), "future_date")
        elif day < secondment.from_on:
            faults["day"] = ValidationError(_("The day lies before the secondment began."), "order")
        if error := _words(secondment, "end_reason", reason, _("Say how it ended.")):
            faults["reason"] = error
        if faults:
            raise Refused(list(of_error(ValidationError(faults))))
        secondment.ended_on = day
        return _store(secondment, work)


def _store(secondment: Secondment, work) -> Secondment:
    secondment.version += 1
    secondment.save()
    _arm(secondment, work.on)
    work.publish(SECONDMENTS, [secondment.pk])
    return secondment


def void_secondments(ids, *, reason: str, by, on=None) -> int:
    """Void secondments entered by mistake; their deadlines end."""
    with writing(by=by, on=on) as work:
        rows = standing(Secondment, ids, "unit")
        void_rows(rows, by, reason)
        for row in rows:
            _arm(row, work.on)
        work.publish(SECONDMENTS, [row.pk for row in rows])
        return len(rows)
