"""What an accepted transfer does to rows of both counties; called in the whole nation's scope."""

from __future__ import annotations

from django.utils.translation import gettext as _

from households.actions.life import check_stay
from households.actions.life_moving import reset_hukou, resettle
from households.actions.life_rows import Happening, Told, happening, living, related
from households.actions.life_undoing import check_untouched, take_back
from households.codes import life as codes
from households.models import HEAD, HouseholdEvent, Membership, Person, TransferRequest


def carry_out(request: TransferRequest, *, by) -> None:
    """Move the person or the household on the agreed day, with jobs and spells. Raises Refused where that is no longer
    possible."""
    if request.undoes_id:
        _take_back(request, by)
        return
    told = Told(request.move_on, request.reason, request.document)
    target = request.to_household if request.person_id else None
    with happening(told, request.household, target, by=by) as found:
        found.check_told()
        if request.person_id:
            _move_person(found, request)
        else:
            _move_household(found, request)
    request.moved_on = found.unit.on
    request.save(update_fields=["moved_on"])


def _move_household(found: Happening, request: TransferRequest) -> None:
    home = found.households[request.household_id]
    if home.region // 10**6 == request.to_settlement.region // 10**6:
        found.fault("", "moved_already", _("The household lives in that county already."))
    check_stay(found, home)
    if not living(home):
        found.fault("", "dead", _("Nobody lives there any more."))
    found.refuse()
    resettle(found, home, request.to_settlement)
    found.record(codes.TRANSFERRED, home, transfer=request)


def _move_person(found: Happening, request: TransferRequest) -> None:
    former, home = found.households[request.household_id], found.households[request.to_household_id]
    spell = Membership.objects.filter(person=request.person_id, left_on=None).first()
    if spell is not None and spell.household_id != former.pk:
        found.fault("", "other_household", _("The person belongs to another household meanwhile. Ask again."))
        found.refuse()
    person = Person.objects.get(pk=request.person_id)
    person.spell = spell
    found.check_member(person)
    if not living(home):
        found.fault("", "no_head", _("Nobody lives in the household to which the person was to come."))
    last = Membership.objects.filter(person=person, left_on__isnull=False).order_by("-left_on").first()
    if last and found.day < last.left_on:
        message = _("%(name)s left the last household on %(day)s. Correct the day.")
        found.fault("day", "order", message % {"name": person.name, "day": last.left_on})
    rest = [one for one in living(former) if one.pk != person.pk] if spell else []
    relations = {}
    if spell and person.relation == HEAD and rest:
        successor = next((one for one in rest if one.pk == request.successor_id), None)
        if successor is None:
            message = _("The head leaves the others without one. Choose who of them is head from then on.")
            found.fault("successor", "no_head", message)
        else:
            relations = related(found, rest, successor, None, former=[person])
    found.refuse()
    if spell:
        found.end_spell(person, "transfer")
    found.relate(rest, relations)
    found.begin_spell(person, home, request.relation, "transfer")
    reset_hukou(found, [person], former.region, home.region)
    found.record(codes.TRANSFERRED, home, person=person, transfer=request)
    # The county that the person left has an event of its own, in its household.
    HouseholdEvent.objects.create(
        region=former.region,
        household=former,
        person=person,
        kind=codes.TRANSFERRED_AWAY,
        day=found.day,
        reason=request.reason,
        document=request.document,
        recorded_on=found.unit.on,
        recorded_by=found.by,
        transfer=request,
    )


def _take_back(request: TransferRequest, by) -> None:
    events = list(HouseholdEvent.objects.filter(transfer=request.undoes_id, undone_on=None).exclude(kind=codes.UNDONE))
    event = next((event for event in events if event.kind == codes.TRANSFERRED), None)
    former = request.undoes.household
    target = None if event is None or event.household_id == former.pk else event.household
    told = Told(request.asked_on, request.reason, request.document)
    with happening(told, former, target, by=by) as found:
        found.told = Told(found.unit.on, request.reason, request.document)
        if event is None:
            found.fault("", "undone", _("There is no standing transfer here to be taken back."))
            found.refuse()
        check_untouched(found, event)
        found.refuse()
        take_back(found, event, transfer=request)
        for twin in events:
            if twin.pk == event.pk:
                continue
            twin.undone_on = found.unit.on
            twin.save(update_fields=["undone_on"])
            HouseholdEvent.objects.create(
                region=former.region,
                household=former,
                person=twin.person,
                kind=codes.UNDONE,
                day=found.unit.on,
                reason=request.reason,
                recorded_on=found.unit.on,
                recorded_by=found.by,
                undoes=twin,
                transfer=request,
            )
    request.moved_on = found.unit.on
    request.save(update_fields=["moved_on"])
