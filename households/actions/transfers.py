"""Transfers between counties 跨县转移: one county asks, the other accepts or refuses within its time, silence accepts
nothing. On acceptance the person, or the whole household, moves on the agreed day.

Neither side reads the other's households: what it is about is looked up by a function of the database that tells a name
and a household code, and the move is the system's own work in the name of whoever accepted.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from django.core.exceptions import ValidationError
from django.db import IntegrityError, connection, transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.roles import check
from alerts.actions import clear_deadlines, set_deadline
from alerts.kinds import DeadlineKind, declare_deadline
from common import citizen_id, clock, scope
from common.changes import Changes, writing
from common.ledger import registry
from common.problems import Problem, Refused
from common.scope import contains, reachable
from common.terms import term
from divisions.models import Division
from divisions.queries import parameter_at, path_of
from households import life_codes as codes
from households.actions.life_rows import Told, tidied
from households.actions.life_undoing import check_untouched
from households.actions.transfer_moves import carry_out
from households.models import HEAD, Household, HouseholdEvent, Membership, Person, TransferRequest
from ledgers.attachments.actions import attach
from settlements.models import Settlement

TRANSFERS = "transfers"
ANSWER_DAYS = 15
LONGEST_AHEAD = dt.timedelta(366)

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


@dataclass(frozen=True)
class Subject:
    """What a request would be about, as far as the other county lets it be known."""

    household: int
    code: str
    head_name: str
    region: int
    person: int | None
    name: str
    belongs: bool


def subject_of(*, code: str = "", number: str = "") -> Subject | None:
    """The household of a code, or the person of an ID number, wherever in the nation."""
    key = str(Person._meta.get_field("id_index").value_for(number)) if number else None
    with connection.cursor() as cursor:
        cursor.execute("SELECT * FROM transfer_subject(%s, %s)", [code or None, key])
        row = cursor.fetchone()
    if row is None:
        return None
    household, code, head_name, region, person, name, belongs = row
    return Subject(household, code, head_name, region, person, name or head_name, belongs)


@dataclass
class _Asking:
    """A request on its way: what is wrong with it, all at once."""

    told: Told
    by: object
    unit: Changes
    problems: list[Problem]

    def fault(self, name: str, code: str, message: object, value: object = "") -> None:
        self.problems.append(Problem(0, name, str(value), code, str(message)))

    def refuse(self) -> None:
        if self.problems:
            raise Refused(self.problems)


@contextmanager
def _asking(told: Told, by, on) -> Iterator[_Asking]:
    check(by, "write", TRANSFERS)
    with writing(by=by, on=on) as unit:
        found = _Asking(told, by, unit, [])
        if told.day is None:
            found.fault("day", "required", _("The day is missing. Fill it in."))
        elif told.day > unit.on + LONGEST_AHEAD:
            found.fault("day", "future_date", _("The agreed day lies more than a year ahead. Correct the day."))
        if not told.reason.strip():
            found.fault("reason", "required", _("Say why."))
        for name in ("reason", "document"):
            try:
                HouseholdEvent._meta.get_field(name).clean(getattr(told, name), None)
            except ValidationError as error:
                found.fault(name, error.error_list[0].code or "invalid", error.messages[0])
        yield found


def ask_for_person(household: Household, number: str, relation: str, told: Told, *, by, on=None) -> TransferRequest:
    """Ask the county that holds a person to let the person go to this household."""
    with _asking(told, by, on) as found:
        home = reachable(Household).filter(pk=household.pk, voided_at=None).first()
        if home is None:
            found.fault("household", "unknown_row", _("There is no such household in your area, or it is voided."))
            found.refuse()
        number = _number(found, number)
        subject = subject_of(number=number) if number else None
        if number and subject is None:
            message = _("Nobody in the nation's register has this ID number: enter the person as a new member.")
            found.fault("number", "unknown_person", message)
        _check_subject(found, subject, "number")
        if not relation or relation == HEAD:
            message = _("Choose the relation to the head of the household that the person comes to.")
            found.fault("relation", "required", message)
        found.refuse()
        return _ask(
            found,
            codes.CLAIM,
            subject,
            region=home.region,
            partner=subject.region,
            number_masked=citizen_id.mask(number),
            to_household=home,
            to_code=home.code,
            to_name=home.settlement.name,
            relation=relation,
        )


def ask_for_household(code: str, settlement: Settlement | None, told: Told, *, by, on=None) -> TransferRequest:
    """Ask the county that holds a household to let it come to one of the own settlements."""
    with _asking(told, by, on) as found:
        if settlement is None or not contains(by.ranges, settlement.region):
            found.fault("settlement", "required", _("Choose the settlement to which the household comes."))
        subject = subject_of(code=code.strip().upper()) if code.strip() else None
        if subject is None:
            found.fault("code", "unknown_row", _("There is no household with this code. Correct it."), code)
        _check_subject(found, subject, "code")
        found.refuse()
        return _ask(
            found,
            codes.CLAIM,
            subject,
            region=settlement.region,
            partner=subject.region,
            to_settlement=settlement,
            to_name=settlement.name,
        )


def offer_household(household: Household, county: int | None, told: Told, *, by, on=None) -> TransferRequest:
    """Offer a household to another county, which chooses the settlement when it accepts."""
    with _asking(told, by, on) as found:
        home = reachable(Household).filter(pk=household.pk, voided_at=None).first()
        if home is None:
            found.fault("household", "unknown_row", _("There is no such household in your area, or it is voided."))
            found.refuse()
        place = Division.objects.in_force(found.unit.on).filter(code=county or -1, level__gte=3).first()
        if place is None:
            found.fault("division", "required", _("Choose the county, or the township in it, to which it goes."))
        elif contains(by.ranges, place.code):
            message = _("%(name)s lies in your own area: move the household to a settlement there.")
            found.fault("division", "own_area", message % {"name": place.name})
        found.refuse()
        subject = subject_of(code=home.code)
        _check_living(found, subject, "household")
        found.refuse()
        name = "".join(division.name for division in path_of(place.code, found.unit.on)[2:])
        return _ask(found, codes.OFFER, subject, region=home.region, partner=place.code, to_name=name)


def ask_back(event: HouseholdEvent, told: Told, *, by, on=None) -> TransferRequest:
    """Ask the other county to take an accepted transfer back: it never happened."""
    with _asking(told, by, on) as found:
        stored = reachable(HouseholdEvent).select_related("transfer").get(pk=event.pk)
        request = stored.transfer
        if request is None or stored.undone_on or stored.kind == codes.UNDONE:
            found.fault("", "undone", _("There is no standing transfer here to be taken back."))
            found.refuse()
        with scope.acting(scope.WHOLE, actor=by.pk, source=scope.current().source):
            check_untouched(found, main_event(request))
        found.refuse()
        mine_first = contains(by.ranges, request.region)
        return _ask(
            found,
            request.direction,
            None,
            region=request.region if mine_first else request.partner,
            partner=request.partner if mine_first else request.region,
            household_id=request.household_id,
            person_id=request.person_id,
            household_code=request.household_code,
            name=request.name,
            number_masked=request.number_masked,
            to_code=request.to_code,
            to_name=request.to_name,
            undoes=request,
        )


def main_event(request: TransferRequest) -> HouseholdEvent:
    """The event that a transfer became, on the side to which it went."""
    return HouseholdEvent.objects.get(transfer=request, kind=codes.TRANSFERRED)


def _number(found: _Asking, number: str) -> str:
    try:
        clean = Person._meta.get_field("id_number").clean(number, None)
    except ValidationError as error:
        found.fault("number", error.error_list[0].code or "invalid", error.messages[0])
        return ""
    if not clean:
        found.fault("number", "required", _("Write the ID number of the person."))
    return clean or ""


def _check_subject(found: _Asking, subject: Subject | None, name: str) -> None:
    if subject is None:
        return
    if contains(found.by.ranges, subject.region):
        message = (
            _("This person is registered in your own area (household %(code)s). Record the move there.")
            if subject.person
            else _("The household %(code)s is in your own area. Move it on its page.")
        )
        found.fault(name, "own_area", message % {"code": subject.code})
    _check_living(found, subject, name)


def _check_living(found: _Asking, subject: Subject, name: str) -> None:
    if not subject.belongs:
        message = _("Nobody lives there any more.") if subject.person is None else _("This person has died.")
        found.fault(name, "dead", message)


def _ask(found: _Asking, direction: str, subject: Subject | None, **values) -> TransferRequest:
    if subject is not None:
        values = {
            "household_id": subject.household,
            "household_code": subject.code,
            "person_id": subject.person,
            "name": subject.name,
            **values,
        }
    days = parameter_at("transfer_answer_days", values["partner"], found.unit.on, ANSWER_DAYS)
    request = TransferRequest(
        direction=direction,
        move_on=found.told.day,
        reason=tidied("reason", found.told.reason),
        document=tidied("document", found.told.document),
        asked_on=found.unit.on,
        asked_by=found.by,
        due_on=found.unit.on + dt.timedelta(days),
        **values,
    )
    try:
        with transaction.atomic():
            request.save(force_insert=True)
    except IntegrityError:
        message = _("A request for this is open already. Wait for its answer, or withdraw it.")
        raise Refused([Problem(0, "", "", "open_already", message)]) from None
    if found.told.files:
        attach(registry[TRANSFERS], request, found.told.files, by=found.by)
    _set_deadlines(request, found.unit.on)
    found.unit.publish(TRANSFERS, [request.pk])
    return request


def _set_deadlines(request: TransferRequest, on: dt.date) -> None:
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
