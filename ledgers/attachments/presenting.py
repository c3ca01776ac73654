"""What the include `ledgers/_attachments.html` needs, for any page that shows the files of a row."""

from __future__ import annotations

from django.db import models

from common.ledger import Ledger, Panel
from common.terms import term
from ledgers.access import member_name
from ledgers.attachments.forms import UploadForm
from ledgers.attachments.models import Attachment
from ledgers.attachments.queries import groups_of, of_subject, why_not_attach

TITLE = term("Photographs and documents", "照片和材料")
KEY = "attachments"


def url_of(ledger: Ledger, subject: models.Model) -> str:
    """The page of the row's files; files are sent there."""
    return f"/ledgers/{ledger.key}/{member_name(ledger, subject)}/attachments/"


def shown(ledger: Ledger, subject: models.Model, user, form: UploadForm | None = None) -> dict:
    """The include's context. `groups` are the sections in which the files stand, those of no group first."""
    why_not = why_not_attach(ledger, subject, user)
    found = of_subject(ledger, subject, user)
    return {
        "attachments": found,
        "groups": _sections(ledger, subject, found),
        "upload_url": url_of(ledger, subject),
        "may_attach": not why_not,
        "why_not": why_not,
        "upload": form or UploadForm(ledger, subject),
    }


def _sections(ledger: Ledger, subject: models.Model, found: list[Attachment]) -> list[dict]:
    """[{label, attachments}]; files whose group has no name of its own stand with those of none."""
    named = groups_of(ledger, subject)
    sections = [{"label": "", "attachments": [one for one in found if one.group not in named]}]
    sections += [
        {"label": label, "attachments": [one for one in found if one.group == key]} for key, label in named.items()
    ]
    return [section for section in sections if section["attachments"]]


def panel_of(ledger: Ledger) -> Panel:
    """The panel on the pages of the ledger's rows."""
    return Panel(KEY, TITLE, "ledgers/_attachments.html", lambda subject, user: shown(ledger, subject, user))
