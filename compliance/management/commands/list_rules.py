"""List the rule library."""

from __future__ import annotations

import json

from django.core.management.base import BaseCommand

from compliance.rule_engine import library


class Command(BaseCommand):
    help = "Every rule with its kind of check, whether it is executable, its last run and how many fail."

    def add_arguments(self, parser):
        parser.add_argument("--json", action="store_true", help="print the list as JSON")

    def handle(self, *args, **options):
        listed = library()
        if options["json"]:
            self.stdout.write(json.dumps(listed, ensure_ascii=False))
            return
        for rule in listed:
            state = "executable" if rule["executable"] else "not executable yet"
            self.stdout.write(
                f"{rule['id']}  {rule['check']:9} {state}  failing: {rule['failing'] if rule['failing'] is not None else '-'}"
            )
