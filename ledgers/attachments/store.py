"""Files of attachments on the disk: written beside and renamed, readable by the application alone, and gone again
where the database does not know them."""

from __future__ import annotations

import logging
import os
import time
from collections.abc import Iterable
from pathlib import Path
from uuid import uuid4

from django.conf import settings
from django.db import Error

from common import scope
from ledgers.attachments.checking import Checked
from ledgers.attachments.models import FOLDER, Attachment

logger = logging.getLogger(__name__)
GRACE = 24 * 3600  # seconds: no transaction is open for so long


def root() -> Path:
    return Path(settings.MEDIA_ROOT) / FOLDER


def keep(checked: Checked) -> str:
    """Write a file and its thumbnail; the path under the folder of attachments. They go again when the running
    transaction ends without a row for them."""
    path = f"{checked.sha256[:2]}/{checked.sha256}-{uuid4().hex[:12]}"
    scope.when_ended(lambda: drop_unknown([path]))
    checked.file.seek(0)
    _write(root() / path, checked.file.chunks())
    if checked.picture is not None:
        _write(root() / f"{path}.jpg", [checked.picture.thumbnail])
    return path


def _write(path: Path, chunks: Iterable[bytes]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    partial = path.with_name(f"{path.name}.partial")
    try:
        with open(os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as target:
            target.writelines(chunks)
            target.flush()
            os.fsync(target.fileno())
        partial.rename(path)
    finally:
        partial.unlink(missing_ok=True)
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)  # the name outlives a power cut as well as the row does
    finally:
        os.close(folder)


def drop_unknown(paths: Iterable[str]) -> int:
    """Remove those of the files that no row names; how many. If the database does not answer, the sweep comes later."""
    paths = set(paths)
    try:
        with scope.whole(source="sweep"):
            known = set(Attachment.objects.filter(path__in=paths).values_list("path", flat=True))
    except Error as error:
        logger.warning("Files of attachments could not be checked (%s); the sweep will do it.", error)
        return 0
    for path in paths - known:
        for name in (path, f"{path}.jpg", f"{path}.partial", f"{path}.jpg.partial"):
            (root() / name).unlink(missing_ok=True)
    return len(paths - known)


def sweep(grace: float = GRACE) -> int:
    """Remove files that no row names and that are older than `grace` seconds: left by a process that was killed."""
    if not root().is_dir():
        return 0
    before = time.time() - grace
    return sum(drop_unknown(paths) for folder in root().iterdir() if (paths := _older(folder, before)))


def _older(folder: Path, before: float) -> set[str]:
    """What was written in a folder before then, as rows name it."""
    found = set()
    for file in os.scandir(folder):
        try:
            if file.stat().st_mtime < before:
                found.add(f"{folder.name}/{file.name.removesuffix('.partial').removesuffix('.jpg')}")
        except FileNotFoundError:
            pass  # renamed or removed meanwhile
    return found
