"""Readings of attachments: those of a row, who may see and add any, and where else the same content stands."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from django.db import connection, models
from django.http import Http404
from django.utils.translation import gettext as _

from accounts import roles
from common.ledger import Ledger, registry
from ledgers.access import ledger_for, member_name, member_of, why_closed
from ledgers.attachments.models import Attachment


def subject_of(user, key: str, member: str) -> tuple[Ledger, models.Model]:
    """The row of an address whose attachments the user may read. Raises Http404 or PermissionDenied."""
    ledger = ledger_for(user, key, "read")
    if not ledger.attachments:
        raise Http404(_("Nothing is attached to the records of this ledger."))
    subject = member_of(ledger, user, member)
    if not visible(ledger, subject, user):
        raise Http404(_("There is no such record, or it lies outside your area."))
    return ledger, subject


def visible(ledger: Ledger, subject: models.Model, user) -> bool:
    """Whether the user, who may read the row, may see its files."""
    return ledger.attachment_visible is None or bool(ledger.attachment_visible(subject, user))


def why_not_attach(ledger: Ledger, subject: models.Model, user) -> str:
    """The reason why the user may not attach files to the row or withdraw them, in words; "" where it is allowed."""
    if getattr(subject, "voided_at", None):
        return _("This record was voided: nothing is attached to it any more.")
    if closed := why_closed(ledger, subject):
        return closed
    if ledger.attach_check is not None:
        return str(ledger.attach_check(subject, user))
    if not roles.can(user, "write", ledger.key):
        return _("Your role may look at these files, but add none.")
    return ""


def groups_of(ledger: Ledger, subject: models.Model) -> dict[str, object]:
    """The groups of the row's files that have a name of their own: key -> label."""
    return dict(ledger.attachment_groups(subject)) if ledger.attachment_groups else {}


def attachment_of(user, pk: int) -> tuple[Attachment, Ledger, models.Model]:
    """An attachment that the user may read, its ledger and its row. Raises Http404, also where the role may not."""
    found = _with_people(Attachment.objects.visible_to(user)).filter(pk=pk).first()
    if found is not None and (subject := readable_subject(found, user)) is not None:
        return found, registry[found.ledger], subject
    raise Http404(_("There is no such file, or it lies outside your area."))


def readable_subject(attachment: Attachment, user) -> models.Model | None:
    """The row that the attachment belongs to, if the user may read it and its files."""
    ledger = registry.ledgers.get(attachment.ledger)
    if ledger is None or not roles.can(user, "read", ledger.key):
        return None
    subject = ledger.within(user).filter(pk=attachment.subject_id).first()
    return subject if subject is not None and visible(ledger, subject, user) else None


def of_subject(ledger: Ledger, subject: models.Model, user) -> list[Attachment]:
    """The row's attachments in the order of their coming, withdrawn ones too, each with `also_at`."""
    if not visible(ledger, subject, user):
        return []
    mine = Attachment.objects.visible_to(user).filter(ledger=ledger.key, subject_id=subject.pk)
    found = list(_with_people(mine))
    uses = uses_elsewhere(ledger.key, subject.pk, {attachment.sha256 for attachment in found})
    for attachment in found:
        attachment.also_at = uses.get(attachment.sha256, 0)
    return found


def _with_people(attachments: models.QuerySet) -> models.QuerySet:
    return attachments.select_related("uploaded_by", "unit", "withdrawn_by")


def uses_elsewhere(key: str, subject: int, hashes: Iterable[str]) -> dict[str, int]:
    """Under how many other rows of the whole nation each content stands; which, the database does not tell."""
    hashes = list(hashes)
    if not hashes:
        return {}
    with connection.cursor() as cursor:
        cursor.execute("SELECT sha256, subjects FROM attachments_elsewhere(%s, %s, %s)", [key, subject, hashes])
        return dict(cursor.fetchall())


@dataclass(frozen=True)
class Use:
    """Another row with the same content: what it is called and its page."""

    ledger: Ledger
    subject: models.Model
    attachment: Attachment

    @property
    def url(self) -> str:
        return f"/ledgers/{self.ledger.key}/{member_name(self.ledger, self.subject)}/"


@dataclass(frozen=True)
class Elsewhere:
    """Where the same content stands: `count` rows in the whole nation, of which the user may see `seen`."""

    count: int
    seen: list[Use]

    @property
    def hidden(self) -> int:
        return self.count - len(self.seen)


def same_elsewhere(attachment: Attachment, user) -> Elsewhere:
    """The other rows under which the attachment's content stands."""
    count = uses_elsewhere(attachment.ledger, attachment.subject_id, [attachment.sha256]).get(attachment.sha256, 0)
    others = Attachment.objects.visible_to(user).filter(sha256=attachment.sha256, withdrawn_at=None)
    others = others.exclude(ledger=attachment.ledger, subject_id=attachment.subject_id)
    seen = [
        Use(registry[other.ledger], subject, other)
        for other in _with_people(others)
        if (subject := readable_subject(other, user)) is not None
    ]
    return Elsewhere(count, seen)
