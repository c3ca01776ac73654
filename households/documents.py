"""The document by which a person is known: what its kind and number, sex, birth date and validity must say together."""

from __future__ import annotations

from collections.abc import Iterator

from django.utils.translation import gettext_lazy as _

from common import citizen_id, clock
from households.codes.people import DISABILITY_CERTIFICATE, FOREIGNERS_CARD, ID_CARD, OTHER_DOCUMENT, RESIDENCE_PERMIT
from households.models.faults import Fault

# Whose numbers are ID numbers or begin with one.
OF_CITIZENS = (ID_CARD, DISABILITY_CERTIFICATE)
# Newer permits of residence carry a number of the same form.
MAY_HAVE_ONE = (RESIDENCE_PERMIT, FOREIGNERS_CARD, OTHER_DOCUMENT)


def disagreements(person) -> Iterator[Fault]:
    """What contradicts itself, as faults; an ID number gives sex and birth date, and its kind where none is told."""
    yield from _validity(person)
    number = person.id_number
    if not number or citizen_id.is_other_document(number):
        if number and person.document_type in ("", *OF_CITIZENS):
            message = _(
                "“%(value)s” is not an ID number. If it is the number of a passport, permit or birth certificate, choose the"
                " kind of document; else compare it with the identity card."
            )
            yield "id_number", "bad_id", message % {"value": citizen_id.mask(number)}
        for name in ("birth_date", "sex"):
            if not getattr(person, name):
                yield name, "required", _("Without an ID number the birth date and the sex are needed.")
        return
    if person.document_type in ("", *OF_CITIZENS):
        person.document_type = DISABILITY_CERTIFICATE if len(number) > citizen_id.LENGTH else ID_CARD
    elif person.document_type not in MAY_HAVE_ONE:
        message = _("This is the number of an identity card. Choose it as the kind of document, or correct the number.")
        yield "document_type", "document_mismatch", message
    told = citizen_id.read(number)
    if person.sex and person.sex != told.sex:
        message = _(
            "The sex does not agree with the ID number, whose 17th digit tells the other. Correct one of the two."
        )
        yield "sex", "sex_mismatch", message
    if person.birth_date and person.birth_date != told.birth_date:
        message = _("The birth date does not agree with the ID number (%(told)s). Correct one of the two.")
        yield "birth_date", "birth_mismatch", message % {"told": told.birth_date}
    person.sex = person.sex or told.sex
    person.birth_date = person.birth_date or told.birth_date


def differ(one, other) -> bool:
    """Whether two people's documents of one kind carry different numbers, so that these are two people."""
    if not one.id_number or not other.id_number:
        return False
    of_citizens = [not citizen_id.is_other_document(person.id_number) for person in (one, other)]
    if all(of_citizens):
        return citizen_id.core(one.id_number) != citizen_id.core(other.id_number)
    return one.document_type == other.document_type and one.id_number != other.id_number


def _validity(person) -> Iterator[Fault]:
    issued, ends = person.id_valid_from, person.id_valid_to
    if issued and ends and ends <= issued:
        message = _("The document ends before it begins. Compare both days with the back of the card.")
        yield "id_valid_to", "order", message
    if issued and issued > clock.today():
        message = _("The document begins in the future. Compare the day with the back of the card.")
        yield "id_valid_from", "future_date", message
