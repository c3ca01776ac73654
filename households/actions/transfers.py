"""Transfers between counties 跨县转移: one county asks, the other accepts or refuses within its time, silence accepts
nothing. On acceptance the person, or the whole household, moves on the agreed day.

Neither side reads the other's households: what it is about is looked up by a function of the database that tells a name
and a household code, and the move is the system's own work in the name of whoever accepted.
"""

from __future__ import annotations

import datetime as dt

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.roles import check
from alerts.actions import clear_deadlines, set_deadline
from alerts.kinds import DeadlineKind, declare_deadline
from common import clock, scope
from common.changes import writing
from common.problems import Problem, Refused
from common.scope import contains, reachable
from common.terms import term
from divisions.queries import path_of
from households.actions.transfer_moves import carry_out
from households.codes import life as codes
from households.models import HEAD, Membership, Person, TransferRequest
from settlements.models import Settlement

TRANSFERS = "transfers"
ANSWER_DAYS = 15

ANSWER = declare_deadline(
    DeadlineKind(
        "transfer-answer",
        term("answer a transfer request", "跨县转移待答复"),
        gettext_lazy("%(asking)s asks for a transfer of household %(household)s: answer by %(due_on)s."),
        frozenset({"county", "city", "province"}),
    )
).key
AWAITED = declare_deadline(
    DeadlineKind(
        "transfer-awaited",
        term("transfer request without an answer", "跨县转移待对方答复"),
        gettext_lazy("%(answering)s is to answer the transfer request for household %(household)s by %(due_on)s."),
        frozenset({"township", "county", "city", "province"}),
    )
).key


def set_deadlines_of(request: TransferRequest, on: dt.date) -> None:
    """Each side has the day before its eyes: one is to answer, the other waits. Both in their own places."""
    sides = place_words(request, on)
    with scope.whole(source=scope.current().source):
        for kind, region in ((ANSWER, request.partner), (AWAITED, request.region)):
            set_deadline(
                kind,
                TRANSFERS,
                request.pk,
                region=region,
                address=f"/transfers/{request.pk}/",
                due_on=request.due_on,
                params={"household": request.household_code, **sides},
                on=on,
            )


def place_words(request: TransferRequest, on: dt.date) -> dict[str, str]:
    """The counties of both sides by name."""

    def county(code: int) -> str:
        return "".join(division.name for division in path_of(scope.ancestor(code, 3), on)[1:])

    return {"asking": county(request.region), "answering": county(request.partner)}


def _clear_deadlines(request: TransferRequest, on: dt.date) -> None:
    with scope.whole(source=scope.current().source):
        for kind in (ANSWER, AWAITED):
            clear_deadlines(kind, TRANSFERS, [request.pk], on=on)


def _open(pk: int) -> TransferRequest:
    """The request, locked and still without an answer. Raises Refused: somebody may have been faster."""
    rows = reachable(TransferRequest).select_for_update(no_key=True, of=("self",))
    request = rows.filter(pk=pk, voided_at=None).first()
    if request is None:
        message = _("There is no such record, or it lies outside your area.")
        raise Refused([Problem(0, "", "", "unknown_row", message)])
    if request.state != codes.ASKED:
        message = _("This request is answered already: %(state)s.") % {"state": request.get_state_display()}
        raise Refused([Problem(0, "", "", "answered", message)])
    return request


def _decide(request: TransferRequest, by) -> None:
    check(by, "decide", TRANSFERS)
    if not contains(by.ranges, request.partner):
        message = _("The other county answers this request. You may withdraw it.")
        raise Refused([Problem(0, "", "", "other_side", message)])


def _answered(request: TransferRequest, state: str, words: str, by, on: dt.date) -> None:
    request.state, request.answer, request.answered_on, request.answered_by = state, words, on, by
    request.version += 1
    request.save(update_fields=["state", "answer", "answered_on", "answered_by", "version"])
    _clear_deadlines(request, on)


def refuse(pk: int, reason: str, *, by, on=None) -> TransferRequest:
    """The other side says no, and why."""
    with writing(by=by, on=on) as unit:
        request = _open(pk)
        _decide(request, by)
        _answered(request, codes.REFUSED, _words(reason, _("Say why the request is refused.")), by, unit.on)
        unit.publish(TRANSFERS, [pk])
        return request


def withdraw(pk: int, reason: str, *, by, on=None) -> TransferRequest:
    """Whoever asked no longer does."""
    check(by, "write", TRANSFERS)
    with writing(by=by, on=on) as unit:
        request = _open(pk)
        if not contains(by.ranges, request.region):
            message = _("The county that asked may withdraw the request. You may refuse it.")
            raise Refused([Problem(0, "", "", "other_side", message)])
        words = _words(reason, _("Say why the request is withdrawn."))
        _answered(request, codes.WITHDRAWN, words, by, unit.on)
        unit.publish(TRANSFERS, [pk])
        return request


def _words(reason: str, missing: str) -> str:
    try:
        clean = TransferRequest._meta.get_field("answer").clean(reason, None)
    except ValidationError as error:
        raise Refused([Problem(0, "answer", "", "invalid", error.messages[0])]) from error
    if not clean:
        raise Refused([Problem(0, "answer", "", "required", missing)])
    return clean


def accept(
    pk: int,
    *,
    by,
    answer: str = "",
    successor: int | None = None,
    settlement: Settlement | None = None,
    on=None,
) -> TransferRequest:
    """The other side agrees. On the agreed day, or at once where it has come, the person or household moves.

    `successor` is who leads those who stay where their head goes, `settlement` the new home of a household that was
    offered: whoever accepts knows the one or the other.
    """
    day = on or clock.today()
    with writing(by=by, on=day):
        request = _open(pk)
        _decide(request, by)
    # Both counties' rows change: the system does it in the name of whoever accepted, who has been asked for the right.
    with (
        scope.acting(scope.WHOLE, actor=by.pk, request=scope.current().request, source=scope.current().source),
        writing(on=day) as unit,
    ):
        request = _open(pk)
        problems = _complete(request, successor, settlement, by)
        if problems:
            raise Refused(problems)
        if answer.strip():
            answer = _words(answer, "")
        _answered(request, codes.ACCEPTED, answer.strip(), by, unit.on)
        request.save(update_fields=["successor", "to_settlement", "to_name"])
        if request.move_on <= unit.on:
            carry_out(request, by=by)
        unit.publish(TRANSFERS, [pk])
    return request


def _complete(request: TransferRequest, successor: int | None, settlement: Settlement | None, by) -> list[Problem]:
    """What only the answering side can tell; what is missing of it."""
    if request.undoes_id:
        return []
    problems = []
    if request.person_id and request.direction == codes.CLAIM:
        spell = Membership.objects.filter(person=request.person_id, left_on=None).first()
        rest = Person.objects.filter(
            household=request.household_id, voided_at=None, died_on=None, memberships__left_on=None
        ).exclude(pk=request.person_id)
        if spell is not None and request.person.relation == HEAD and rest.exists():
            request.successor = rest.filter(pk=successor).first() if successor else None
            if request.successor is None:
                message = _("The head leaves the others without one. Choose who of them is head from then on.")
                problems.append(Problem(0, "successor", "", "no_head", message))
    if request.person_id is None and request.direction == codes.OFFER:
        if settlement is None or not contains(by.ranges, settlement.region) or settlement.voided_at:
            message = _("Choose the settlement to which the household comes.")
            problems.append(Problem(0, "settlement", "", "required", message))
        else:
            request.to_settlement, request.to_name = settlement, settlement.name
    return problems


def carry_out_due(on: dt.date) -> int:
    """The transfers that were agreed on for a day that has come; harmless whenever it runs. Gives their number."""
    with scope.whole(source="tick"):
        due = list(
            TransferRequest.objects.filter(state=codes.ACCEPTED, moved_on=None, move_on__lte=on)
            .order_by("move_on", "pk")
            .values_list("pk", flat=True)
        )
    number = 0
    for pk in due:
        with scope.whole(source="tick"), writing(on=on):
            request = (
                TransferRequest.objects.select_for_update(no_key=True, of=("self",))
                .filter(pk=pk, state=codes.ACCEPTED, moved_on=None)
                .first()
            )
            if request is None:
                continue
            try:
                with transaction.atomic():
                    carry_out(request, by=request.answered_by)
            except Refused as refusal:
                _fall_through(request, refusal, on)
                continue
            number += 1
    return number


def _fall_through(request: TransferRequest, refusal: Refused, on: dt.date) -> None:
    """What was agreed on cannot be done any more: it counts as refused, for the reason that stands in its way."""
    request.state, request.answered_on = codes.REFUSED, on
    request.answer = refusal.problems[0].message[:200]
    request.version += 1
    request.save(update_fields=["state", "answered_on", "answer", "version"])
