"""Load a responsibility list from a file."""

from __future__ import annotations

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError

from common import clock, scope
from common.dates import parse_day
from common.fields import DivisionCodeField
from common.problems import Refused
from divisions.queries import names_of
from rectification.actions.tasks_loading import load_list


class Command(BaseCommand):
    help = (
        "Load the departments, duties and tasks of a responsibility list (CSV, as reference/responsibility_list_xianyang.csv)"
        " for a division. What was due before the day of --as-of sets no deadline: it waits to be confirmed as done or"
        " dated anew. A second run adds what is new in the file and changes nothing else."
    )

    def add_arguments(self, parser):
        parser.add_argument("file")
        parser.add_argument("--region", required=True, metavar="CODE", help="the division, 610400 or 610400000000")
        parser.add_argument("--as-of", metavar="DATE", help="deadlines count from this day (today)")
        parser.add_argument("--title", default="", help="the list's title, where it is not the usual one")
        moved = parser.add_mutually_exclusive_group()
        moved.add_argument("--redate", type=int, metavar="YEARS", help="move all days of the list by so many years")
        moved.add_argument(
            "--redate-to", metavar="DATE", help="move them by the fewest years that put all on this day or later"
        )

    def handle(self, *args, **options):
        region, as_of = _region(options["region"]), _day(options["as_of"]) or clock.today()
        if options["redate"] is not None and not 0 <= options["redate"] <= 100:
            raise CommandError("--redate takes 0 to 100 years.")
        try:
            with scope.whole(source="load_responsibility_list"):
                if not names_of([region], as_of):
                    raise CommandError(f"There is no division {options['region']}: load the divisions first.")
                found = load_list(
                    options["file"],
                    region=region,
                    as_of=as_of,
                    shift=options["redate"],
                    shift_to=_day(options["redate_to"]),
                    title=options["title"],
                )
        except OSError as error:
            raise CommandError(f"{options['file']} cannot be read: {error.strerror}.") from error
        except Refused as refusal:
            lines = [f"row {p.row}, {p.field}: {p.value!r} {p.message}" for p in refusal.problems]
            raise CommandError("\n".join(["Nothing was loaded.", *lines])) from refusal
        if options["verbosity"]:
            self.tell(found, as_of)

    def tell(self, found, as_of) -> None:
        say = self.stdout.write
        say(f"{found.list.title}: {found.new + found.moved + found.unchanged} tasks of {found.departments} departments")
        say(f"{found.new} new, {found.moved} dated anew, {found.unchanged} unchanged")
        say(
            f"{found.past} past (to be confirmed or dated anew), {found.needs_deadline} without a deadline,"
            f" {found.long_term} long term"
        )
        if found.list.counts_from != as_of:
            say(f"The list counts from {found.list.counts_from}; that day stays.")


def _region(raw: str) -> int:
    try:
        code = DivisionCodeField().clean(raw, None)
        scope.code_range(code)
        return code
    except (ValidationError, ValueError) as error:
        raise CommandError(f"{raw} is not a division code.") from error


def _day(raw: str | None):
    try:
        return parse_day(raw) if raw else None
    except ValidationError as error:
        raise CommandError(" ".join(error.messages)) from error
