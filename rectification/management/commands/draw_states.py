"""Draw the states of rectification items into docs/rectification-states.md."""

from __future__ import annotations

from django.conf import settings
from django.core.management.base import BaseCommand

from rectification.states import drawing

DRAWING = settings.BASE_DIR / "docs" / "rectification-states.md"


class Command(BaseCommand):
    help = "Draw the table of states and acts into docs/rectification-states.md; a test compares both."

    def handle(self, *args, **options):
        DRAWING.write_text(drawing(), encoding="utf-8")
        self.stdout.write(str(DRAWING.name))
