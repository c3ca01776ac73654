"""Asking another county for a transfer, or offering one: what it is about is looked up past the walls, and no more of it is
kept than both sides may know."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from django.core.exceptions import ValidationError
from django.db import IntegrityError, connection, transaction
from django.utils.translation import gettext as _

from accounts.roles import check
from common import citizen_id, scope
from common.changes import Changes, writing
from common.ledger import registry
from common.problems import Problem, Refused
from common.scope import contains, reachable
from divisions.models import Division
from divisions.queries import parameter_at, path_of
from households.actions.life_rows import Told, tidied
from households.actions.life_undoing import check_untouched
from households.actions.transfers import ANSWER_DAYS, TRANSFERS, set_deadlines_of
from households.codes import life as codes
from households.models import HEAD, Household, HouseholdEvent, Person, TransferRequest
from ledgers.attachments.actions import attach
from settlements.models import Settlement

LONGEST_AHEAD = dt.timedelta(366)


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


def ask_back(request: TransferRequest, told: Told, *, by, on=None) -> TransferRequest:
    """Ask the other county to take an accepted transfer back: it never happened. Either side may ask.

    Whoever holds the household or person now is told at once what stands in the way; the side that gave them away knows
    nothing of what came since, so its request goes out, and the other side meets the same obstacles when it accepts.
    """
    with _asking(told, by, on) as found:
        stored = reachable(TransferRequest).get(pk=request.pk)
        with scope.acting(scope.WHOLE, actor=by.pk, source=scope.current().source):
            event = standing_event(stored)
            if event is None:
                found.fault("", "undone", _("There is no standing transfer here to be taken back."))
            elif event.region // 10**6 not in {stored.region // 10**6, stored.partner // 10**6}:
                message = _(
                    "They have gone on to another county since. Ask the county that holds them now for a transfer."
                )
                found.fault("", "gone", message)
            elif contains(by.ranges, event.region):
                check_untouched(found, event)
        found.refuse()
        mine_first = contains(by.ranges, stored.region)
        return _ask(
            found,
            stored.direction,
            None,
            region=stored.region if mine_first else stored.partner,
            partner=stored.partner if mine_first else stored.region,
            household_id=stored.household_id,
            person_id=stored.person_id,
            household_code=stored.household_code,
            name=stored.name,
            number_masked=stored.number_masked,
            to_code=stored.to_code,
            to_name=stored.to_name,
            undoes=stored,
        )


def standing_event(request: TransferRequest) -> HouseholdEvent | None:
    """The event that a transfer became, on the side to which it went, unless it was taken back."""
    return HouseholdEvent.objects.filter(transfer=request, kind=codes.TRANSFERRED, undone_on=None).first()


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
    set_deadlines_of(request, found.unit.on)
    found.unit.publish(TRANSFERS, [request.pk])
    return request
