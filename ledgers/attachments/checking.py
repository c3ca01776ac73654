"""The look at files before any of them is kept: everything that is wrong with each is told at once."""

from __future__ import annotations

import datetime as dt
import hashlib
import unicodedata
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import PurePath

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.files import File
from django.utils.translation import gettext as _

from common import clock
from common.problems import Problem, Refused, of_error
from common.values import shown, tidy
from ledgers.attachments import kinds, pictures
from ledgers.attachments.kinds import Kind
from ledgers.attachments.models import THUMBNAIL, Attachment

LONGEST_NAME = Attachment._meta.get_field("name").max_length
MEBIBYTE = 1 << 20


@dataclass(frozen=True)
class Checked:
    """A file that may be kept."""

    file: File
    name: str
    caption: str
    kind: Kind
    size: int
    sha256: str
    picture: pictures.Picture | None


def check(
    files: Sequence[File], captions: Sequence[str], present: Iterable[Attachment], now: dt.datetime
) -> list[Checked]:
    """The files with what they are. `present` is what stands with the row already. Raises Refused."""
    _check_number(files)
    there = {attachment.sha256: _where(attachment) for attachment in present}
    checked, problems = [], []
    for index, file in enumerate(files):
        caption = captions[index] if index < len(captions) else ""
        try:
            checked.append(_look(index, file, caption, there, now))
        except Refused as refusal:
            problems += refusal.problems
    if problems:
        raise Refused(problems)
    return checked


def clean_name(raw: str) -> str:
    """The name without a path and without what is not seen; shortened in front of its ending."""
    name = tidy(unicodedata.normalize("NFC", raw.replace("\\", "/")).rpartition("/")[2]).strip(". ")
    if len(name) > LONGEST_NAME:
        ending = PurePath(name).suffix[:20]
        name = name[: LONGEST_NAME - len(ending)] + ending
    return name or str(_("file"))


def _check_number(files: Sequence[File]) -> None:
    most, together = settings.ATTACHMENTS_AT_A_TIME, settings.ATTACHMENTS_TOGETHER_BYTES
    if not files:
        raise Refused([Problem(0, "files", "", "required", _("Choose at least one file."))])
    if len(files) > most:
        message = _("At most %(most)s files can be attached at a time; you chose %(n)s. Attach them in parts.")
        raise Refused([Problem(0, "files", "", "too_many", message % {"most": most, "n": len(files)})])
    if sum(file.size for file in files) > together:
        message = _("Together the files have more than %(limit)s MB. Attach them in parts.")
        raise Refused([Problem(0, "files", "", "too_large_together", message % {"limit": together // MEBIBYTE})])


def _look(index: int, file: File, caption: str, there: dict[str, str], now: dt.datetime) -> Checked:
    """What one file is. `there` takes its content in. Raises Refused with all that is wrong with it."""
    name = clean_name(file.name or "")
    problems: list[Problem] = []

    def judged(field: str, judge: Callable, *arguments):
        """What `judge` gives; None where it refuses, which is noted."""
        try:
            return judge(*arguments)
        except ValidationError as error:
            problems.extend(of_error(error, row=index, prefix=field, values={field: shown(name)}))

    clean_caption = judged("captions", Attachment._meta.get_field("caption").clean, caption, None)
    kind = judged("files", kinds.recognise, file, name)
    size = judged("files", _check_size, file.size, kind)
    if kind is not None:
        judged("files", kinds.check_ending, kind, name)
    photograph = kind is not None and kind.photograph
    picture = judged("files", pictures.read, file, THUMBNAIL, now) if photograph and size else None
    digest = _digest(file)
    if file.size:
        judged("files", _check_new, digest, there)
        there.setdefault(digest, _("The same file was chosen twice: “%(name)s”. Choose it once.") % {"name": name})
    if problems:
        raise Refused(problems)
    return Checked(file, name, clean_caption, kind, size, digest, picture)


def _check_new(digest: str, there: dict[str, str]) -> None:
    if digest in there:
        raise ValidationError(there[digest], "duplicate")


def _check_size(size: int, kind: Kind | None) -> int:
    photograph = kind is not None and kind.photograph
    limit = settings.ATTACHMENT_PHOTOGRAPH_BYTES if photograph else settings.ATTACHMENT_DOCUMENT_BYTES
    if size <= limit:
        return size
    message = (
        _("The photograph has %(size)s MB; at most %(limit)s MB are accepted. Save it smaller.")
        if photograph
        else _(
            "The document has %(size)s MB; at most %(limit)s MB are accepted. Split it, or save it with smaller pictures."
        )
    )
    raise ValidationError(message, "too_large", {"size": f"{size / MEBIBYTE:.1f}", "limit": limit // MEBIBYTE})


def _digest(file: File) -> str:
    found = hashlib.sha256()
    file.seek(0)
    for chunk in file.chunks():
        found.update(chunk)
    return found.hexdigest()


def _where(attachment: Attachment) -> str:
    words = {
        "name": attachment.name,
        "who": attachment.uploaded_by,
        "when": f"{attachment.uploaded_at.astimezone(clock.CHINA):%Y-%m-%d %H:%M}",
    }
    return _("This file is here already: “%(name)s”, attached by %(who)s on %(when)s.") % words
