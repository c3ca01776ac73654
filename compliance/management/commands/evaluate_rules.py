"""Evaluate the executable rules and keep their findings."""

from __future__ import annotations

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError

from common import clock
from common.dates import parse_day
from common.rule import rules
from compliance import home_area, rule_engine, tick


class Command(BaseCommand):
    help = "Open, keep and close the findings of all executable rules, or of one. Repeatable."

    def add_arguments(self, parser):
        parser.add_argument("--on", metavar="DATE", help="the day; today unless told otherwise")
        parser.add_argument("--rule", metavar="R-nnn", help="one rule only")

    def handle(self, *args, **options):
        if options["rule"] and options["rule"] not in rules:
            raise CommandError(f"{options['rule']} is not among the executable rules: see list_rules.")
        try:
            on = parse_day(options["on"]) if options["on"] else clock.today()
        except ValidationError as error:
            raise CommandError(" ".join(error.messages)) from error
        tick.ensure(clock.today())
        for rule in rules:
            if options["rule"] in (None, rule.id):
                try:
                    opened, kept, closed = rule_engine.evaluate(rule, on=on)
                except ValueError as error:
                    raise CommandError(str(error)) from error
                self.stdout.write(f"{rule.id}: {opened} opened, {kept} kept, {closed} closed")
        if not options["rule"]:
            opened, kept, closed = home_area.settle_all(on)
            self.stdout.write(f"{home_area.KIND}: {opened} opened, {kept} kept, {closed} closed")
