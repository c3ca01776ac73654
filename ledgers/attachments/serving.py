"""A file as an answer: never public, never cached, never run."""

from __future__ import annotations

from pathlib import Path

from django.http import FileResponse, Http404
from django.utils.translation import gettext as _

from accounts.actions import record_disclosure
from common.ledger import Ledger
from ledgers.access import member_name
from ledgers.attachments.kinds import HEIC
from ledgers.attachments.models import Attachment

# Whatever a file holds, a browser that shows it runs and loads nothing. Its own page around a picture has styles.
SANDBOX = "default-src 'none'; img-src 'self'; style-src 'unsafe-inline'; sandbox"


def file_answer(attachment: Attachment) -> FileResponse:
    """The file itself: a photograph to look at, anything else to save."""
    looked_at = attachment.is_photograph and attachment.media_type != HEIC.media_type
    return _answer(
        attachment.full_path,
        content_type=attachment.media_type,
        as_attachment=not looked_at,
        filename=attachment.file_name,
    )


def thumbnail_answer(attachment: Attachment) -> FileResponse:
    if not attachment.is_photograph:
        raise Http404(_("A document has no small picture."))
    return _answer(attachment.thumbnail_path, content_type="image/jpeg")


def _answer(path: Path, **options) -> FileResponse:
    try:
        file = path.open("rb")
    except FileNotFoundError as error:
        raise Http404(_("The file is missing from the store. Tell the administrator its number.")) from error
    answer = FileResponse(file, **options)
    answer["Content-Security-Policy"] = SANDBOX
    answer["X-Content-Type-Options"] = "nosniff"
    answer["Cross-Origin-Resource-Policy"] = "same-origin"
    answer["Cache-Control"] = "private, no-store"
    return answer


def log_opening(attachment: Attachment, ledger: Ledger, subject, user) -> None:
    """Put on record that a file was opened, where the ledger's files show people."""
    if ledger.personal_attachments:
        record_disclosure(
            user,
            ledger=ledger.key,
            subject=member_name(ledger, subject),
            columns=[f"attachment {attachment.pk}"],
            reason=_("Opened: %(name)s") % {"name": attachment.name},
            region=attachment.region,
        )
