"""Check all deadlines: reminders, late stages, digests."""

from __future__ import annotations

from collections import Counter

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError

from alerts import nightwork
from alerts.delivery import deliver
from alerts.engine import Followed
from alerts.kinds import kind_of
from common import clock
from common.codes import code_list
from common.dates import parse_day


class Command(BaseCommand):
    help = (
        "Follow every open deadline up to a day: open the alerts that have come due, end those whose reason is gone, make"
        " and send the digests. May run at any time and any number of times."
    )

    def add_arguments(self, parser):
        parser.add_argument("--on", metavar="DATE", help="the day; today if not told")

    def handle(self, *args, **options):
        try:
            on = parse_day(options["on"]) or clock.today()
        except ValidationError as error:
            raise CommandError(" ".join(error.messages)) from error
        self.loud = options["verbosity"] > 0
        checked = nightwork.check(on)
        sent = deliver()
        self.tell(f"{on}: {checked.night.followed.total} alerts opened, {checked.night.followed.ended} ended")
        if checked.night.missed:
            self.tell(f"  made up: {checked.night.missed} missed days since {checked.night.before}")
        self._tell_opened(checked.night.followed)
        if checked.digests:
            self.tell("  digests for: " + ", ".join(digest.user.username for digest in checked.digests))
        if checked.deliveries:
            self.tell("  webhooks: " + ", ".join(delivery.webhook.name for delivery in checked.deliveries))
        self.tell(f"  sent: {sent.sent}, to be tried again: {sent.failed}, given up: {sent.given_up}")
        if checked.unknown_year:
            self.stderr.write(
                f"The holidays of {checked.unknown_year} are not known: enter them under /ledgers/calendar-days/."
            )

    def _tell_opened(self, followed: Followed) -> None:
        by_kind: dict[str, Counter] = {}
        for (kind, level), number in followed.opened.items():
            by_kind.setdefault(kind, Counter())[level] += number
        for kind, levels in sorted(by_kind.items()):
            told = ", ".join(f"{code_list('alert_level').label(level)} {number}" for level, number in levels.items())
            self.tell(f"  {kind_of(kind).title}: {told}")

    def tell(self, text: str) -> None:
        if self.loud:
            self.stdout.write(text)
