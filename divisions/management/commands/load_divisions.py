"""Load divisions from a CSV file."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

from django.core.management.base import BaseCommand, CommandError

from common.problems import Refused
from divisions.loading import DEFAULT_VALID_FROM, load_divisions


class Command(BaseCommand):
    help = (
        "Load divisions from a CSV file with the columns code, name, parent, level. Repeatable. A name that differs from"
        " the stored one holds from --valid-from on; the former name keeps its time."
    )

    def add_arguments(self, parser):
        parser.add_argument("file", type=Path)
        parser.add_argument("--valid-from", type=dt.date.fromisoformat, default=DEFAULT_VALID_FROM, metavar="DATE")

    def handle(self, *args, **options):
        try:
            loaded = load_divisions(options["file"], options["valid_from"])
        except OSError as error:
            raise CommandError(f"{options['file']} cannot be read: {error.strerror}") from error
        except Refused as refused:
            lines = [f"row {p.row}, {p.field} {p.value!r}: {p.message}" for p in refused.problems]
            raise CommandError("\n".join([f"{len(lines)} problems; nothing was loaded.", *lines])) from refused
        self.stdout.write(f"{loaded.new} new, {loaded.changed} changed, {loaded.unchanged} unchanged")
