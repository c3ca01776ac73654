"""Set a dated parameter of a division, or say which there are."""

from __future__ import annotations

from dataclasses import asdict

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError

from alerts.engine.ladder import AlertParameters
from common import clock, scope
from common.changes import writing
from common.dates import parse_day
from common.fields import DivisionCodeField
from divisions.models import Division, Parameter
from divisions.queries import VerdictParameters
from rectification.actions import effects
from rectification.queries.accountability import READING_DAYS
from rectification.queries.dispatch import DUE_DAY, MONTHLY, MONTHLY_IN
from rectification.queries.meetings import QUARTERLY, QUARTERLY_IN

# Name and what holds where no division has set it. A rule that one place alone keeps holds there, and nowhere else.
DEFAULTS: dict[str, int | str] = {
    **asdict(VerdictParameters()),
    **asdict(AlertParameters()),
    "rectification_return_days": effects.RETURN_DAYS,
    "rectification_check_days": effects.CHECK_DAYS,
    "rectification_notice_days": effects.NOTICE_DAYS,
    "rectification_referral_days": effects.REFERRAL_DAYS,
    "rectification_look_back_months": effects.LOOK_BACK_MONTHS,
    "rectification_reading_days": READING_DAYS,
    "dispatch_due_day": DUE_DAY,
    MONTHLY: f"1 in {MONTHLY_IN}",
    QUARTERLY: f"1 in {QUARTERLY_IN}",
}
LARGEST = 3650


class Command(BaseCommand):
    help = (
        "Set a parameter for a division and all below it, from a day on: the smallest division that holds a place leads"
        " there. Without a name: which parameters there are, what holds by default, and what divisions have set."
    )

    def add_arguments(self, parser):
        parser.add_argument("name", nargs="?", metavar="NAME")
        parser.add_argument("value", nargs="?", type=int, metavar="VALUE")
        parser.add_argument("--region", default="0", metavar="CODE", help="the division, 522326; 0 is the nation")
        parser.add_argument("--from", dest="begins", metavar="DATE", help="in force from this day (today)")
        parser.add_argument("--until", metavar="DATE", help="no longer in force on this day")
        parser.add_argument("--source", default="", help="the document that lays it down")

    def handle(self, *args, **options):
        if options["name"] is None:
            self._tell()
        else:
            self._set(options)

    def _set(self, options: dict) -> None:
        name, value = options["name"], options["value"]
        if name not in DEFAULTS:
            raise CommandError(f"There is no parameter {name}. There are: {', '.join(DEFAULTS)}.")
        if value is None or not 0 <= value <= LARGEST:
            raise CommandError(f"Give a whole number from 0 to {LARGEST}.")
        if not options["source"].strip():
            raise CommandError("Name the document that lays it down: --source.")
        begins, until = _day(options["begins"]) or clock.today(), _day(options["until"])
        if until and until <= begins:
            raise CommandError("It would end before it begins.")
        told = {"value": value, "valid_to": until, "source": options["source"].strip()[:200]}
        with scope.whole(source="set_parameter"), writing():
            region = _region(options["region"])
            Parameter.objects.update_or_create(name=name, region=region, valid_from=begins, defaults=told)
        if options["verbosity"]:
            self.stdout.write(f"{name} is {value} in {options['region']} from {begins} on.")

    def _tell(self) -> None:
        stored: dict[str, list[Parameter]] = {}
        for row in Parameter.objects.order_by("name", "region", "valid_from"):
            stored.setdefault(row.name, []).append(row)
        for name, default in DEFAULTS.items():
            self.stdout.write(f"{name}: {default}")
            for row in stored.get(name, ()):
                until = f" until {row.valid_to}" if row.valid_to else ""
                self.stdout.write(f"  {row.value} in {row.region} from {row.valid_from}{until} ({row.source})")


def _region(raw: str) -> int:
    if raw == "0":
        return 0
    try:
        code = DivisionCodeField().clean(raw, None)
    except ValidationError as error:
        raise CommandError(f"{raw} is not a division code.") from error
    if not Division.objects.filter(code=code, valid_to=None).exists():
        raise CommandError(f"There is no division {raw}.")
    return code


def _day(raw: str | None):
    try:
        return parse_day(raw) if raw else None
    except ValidationError as error:
        raise CommandError(" ".join(error.messages)) from error
