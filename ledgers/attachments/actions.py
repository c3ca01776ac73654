"""The only writers of attachments: attach, withdraw, follow the row where it moves."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterable, Sequence

from django.core.exceptions import PermissionDenied
from django.core.files import File
from django.db import connection, models
from django.utils.translation import gettext as _

from common import clock
from common.changes import Changes, writing
from common.ledger import Ledger, registry
from common.problems import Problem, Refused
from common.scope import reachable
from common.values import shown, tidy
from ledgers.attachments import store
from ledgers.attachments.checking import Checked, check
from ledgers.attachments.models import Attachment
from ledgers.attachments.queries import groups_of, why_not_attach

GROUP = re.compile(r"[a-z0-9][a-z0-9_:-]{0,39}|", re.ASCII)


def attach(
    ledger: Ledger,
    subject: models.Model,
    files: Sequence[File],
    *,
    by,
    group: str = "",
    captions: Sequence[str] = (),
    on: dt.date | None = None,
) -> list[Attachment]:
    """Keep files with a row of the ledger; `captions` go with the files in their order.

    Raises Refused with everything that is wrong with every file, and PermissionDenied; then nothing is kept.
    """
    if not GROUP.fullmatch(group):
        raise Refused([_bad_group(group)])
    with writing(by=by, on=on) as unit:
        # Locked, so that the same file sent twice at once is seen, and a row that moves takes its files along.
        subject = _locked(ledger, subject.pk, by)
        _permit(ledger, subject, by)
        present = Attachment.objects.filter(ledger=ledger.key, subject_id=subject.pk, withdrawn_at=None)
        now = clock.now()
        checked = check(files, captions, present.select_related("uploaded_by"), now)
        found = [
            Attachment.objects.create(
                region=subject.region,
                ledger=ledger.key,
                subject_id=subject.pk,
                group=group,
                uploaded_by=by,
                unit_id=by.unit_id,
                uploaded_at=now,
                path=store.keep(one),
                **_told(one),
            )
            for one in checked
        ]
        unit.publish("attachments", [attachment.pk for attachment in found])
        return found


def attach_sent(
    ledger: Ledger, subject: models.Model, files: Sequence[File], *, by, group: str, captions: Sequence[str]
):
    """As `attach`, for files that somebody sends on a page or through the API: the group is one of those to choose from."""
    if group and group not in groups_of(ledger, subject):
        raise Refused([_bad_group(group)])
    return attach(ledger, subject, files, by=by, group=group, captions=captions)


def _bad_group(group: str) -> Problem:
    return Problem(0, "group", shown(group), "bad_group", _("There is no such group of files. Choose one of the list."))


def _locked(ledger: Ledger, pk: int, by) -> models.Model:
    found = ledger.within(by).select_for_update(no_key=True, of=("self",)).filter(pk=pk).first()
    if found is None:
        raise PermissionDenied(_("There is no such record, or it lies outside your area."))
    return found


def _permit(ledger: Ledger, subject: models.Model, by) -> None:
    if not ledger.attachments:
        raise PermissionDenied(_("Nothing is attached to the records of this ledger."))
    if reason := why_not_attach(ledger, subject, by):
        raise PermissionDenied(reason)


def _told(checked: Checked) -> dict:
    """What the file itself tells."""
    told = {
        "name": checked.name,
        "caption": checked.caption,
        "kind": Attachment.Kind.PHOTOGRAPH if checked.picture else Attachment.Kind.DOCUMENT,
        "media_type": checked.kind.media_type,
        "size": checked.size,
        "sha256": checked.sha256,
    }
    if checked.picture:
        names = ("width", "height", "taken_at", "latitude", "longitude")
        told |= {name: getattr(checked.picture, name) for name in names}
    return told


def withdraw(attachment: Attachment, reason: str, by, on: dt.date | None = None) -> Attachment:
    """Say why a file no longer holds. It stays, with the reason; nobody deletes what was shown to others."""
    ledger = registry[attachment.ledger]
    limit = Attachment._meta.get_field("withdrawal_reason").max_length
    reason = tidy(reason)
    if not reason:
        raise Refused([Problem(0, "reason", "", "required", _("Say why this file is withdrawn."))])
    if len(reason) > limit:
        message = _("The reason is too long: at most %(limit)s characters.")
        raise Refused([Problem(0, "reason", shown(reason), "too_long", message % {"limit": limit})])
    with writing(by=by, on=on) as unit:
        _permit(ledger, _locked(ledger, attachment.subject_id, by), by)
        found = reachable(Attachment).select_for_update(no_key=True).get(pk=attachment.pk)
        if found.withdrawn_at:
            raise Refused([Problem(0, "", "", "withdrawn", _("This file has been withdrawn already."))])
        found.withdrawn_at, found.withdrawn_by, found.withdrawal_reason = clock.now(), by, reason
        found.save(update_fields=["withdrawn_at", "withdrawn_by", "withdrawal_reason"])
        unit.publish("attachments", [found.pk])
        return found


def move_attachments(ledger: Ledger, ids: Iterable[int]) -> int:
    """Give the files of these rows the rows' region, where it has changed; how many moved."""
    ids = list(ids)
    if not ids:
        return 0
    table, key = ledger.model._meta.db_table, ledger.model._meta.pk.column
    with connection.cursor() as cursor:
        # Most rows have no file, and asking costs a tenth of what planning the change does.
        cursor.execute(
            "SELECT EXISTS (SELECT FROM ledgers_attachment WHERE ledger = %s AND subject_id = ANY(%s))",
            [ledger.key, ids],
        )
        if not cursor.fetchone()[0]:
            return 0
        cursor.execute(
            f'UPDATE ledgers_attachment a SET region = s.region FROM "{table}" s WHERE a.ledger = %s'
            f' AND a.subject_id = ANY(%s) AND s."{key}" = a.subject_id AND a.region <> s.region',
            [ledger.key, ids],
        )
        return cursor.rowcount


def follow_rows(changes: Changes) -> None:
    """A step of the pipeline: rows that were touched, and may have moved, take their files along."""
    for key, ids in changes.displaced.items():
        if key in registry and registry[key].attachments:
            move_attachments(registry[key], sorted(ids))
