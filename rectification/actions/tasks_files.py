"""Files that come with an act on a task or an order: kept with its row, in the group of the act."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

from django.core.files import File
from django.db import models

from common.ledger import registry
from common.values import tidy
from ledgers.attachments.actions import attach

LONGEST = 300  # characters of the evidence in words


def evidence_in_words(words: str, files: Sequence[File]) -> str:
    """What the act says of its evidence: what was written, else the names of the files."""
    return words if words.strip() else "、".join(tidy(file.name or "") for file in files)[:LONGEST]


def keep_files(
    ledger: str, subject: models.Model, files: Sequence[File], caption: str, *, act: str, by, on: dt.date
) -> None:
    """Raises Refused with what is wrong with every file."""
    if files:
        attach(registry[ledger], subject, files, by=by, group=act, captions=[caption] * len(files), on=on)
