"""Recompute verdicts, or report those of another day."""

from __future__ import annotations

import json

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError

from common import clock, scope
from common.dates import parse_day
from common.fields import DivisionCodeField
from compliance import tick
from compliance.actions import recompute_all
from compliance.queries import figures, figures_on, report


class Command(BaseCommand):
    help = (
        "Bring the verdicts up to today: those that time can have changed, with --all every one. "
        "For another day nothing is stored: its figures are reported."
    )

    def add_arguments(self, parser):
        parser.add_argument("--all", action="store_true", help="compare every verdict with what it must be")
        parser.add_argument("--on", metavar="DATE", help="the day to judge; another day than today is only reported")
        parser.add_argument("--region", metavar="CODE", help="one division only, by its code (522326 or 522326000000)")
        parser.add_argument("--json", action="store_true", help="print the figures as JSON")

    def handle(self, *args, **options):
        today = clock.today()
        on, region = _understood(options["on"], parse_day) or today, _understood(options["region"], _region) or 0
        if on != today:
            with scope.whole(source="compute_verdicts"):
                self.tell(options, report(on, figures_on(on, region)))
            return
        checked, changed = tick.run(today)
        if options["all"] or region:
            checked, more = recompute_all(on=today, region=region)
            changed += more
        if not options["json"]:
            self.stdout.write(f"{checked} checked, {changed} changed")
            return
        with scope.whole():
            found = figures([scope.code_range(region)])
        self.tell(options, {**report(today, found), "checked": checked, "changed": changed})

    def tell(self, options, found: dict) -> None:
        if options["json"]:
            self.stdout.write(json.dumps(found, ensure_ascii=False))
            return
        self.stdout.write(f"{found['households']} households on {found['on']}, nothing stored")
        for key, profile in found["profiles"].items():
            percent = "-" if profile["rate"] is None else f"{profile['rate']:.2f} %"
            self.stdout.write(f"{key}: {profile['numerator']} of {profile['denominator']} ({percent})")


def _understood(raw: str | None, read):
    try:
        return read(raw) if raw else None
    except ValidationError as error:
        raise CommandError(" ".join(error.messages)) from error


def _region(raw: str) -> int:
    """A division code; the first digits alone name it too. `0` is the nation."""
    if raw == "0":
        return 0
    code = DivisionCodeField().clean(raw.ljust(12, "0"), None)
    try:
        scope.code_range(code)
    except ValueError as error:
        raise CommandError(f"{raw} is not a division code.") from error
    return code
