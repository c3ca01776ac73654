"""List the policy's named systems and where each is served."""

from __future__ import annotations

import json

from django.core.management.base import BaseCommand

from dashboards.systems import systems


class Command(BaseCommand):
    help = "List every named system of the policy with the addresses that serve it; --json for programs."

    def add_arguments(self, parser):
        parser.add_argument("--json", action="store_true", help="print a JSON list of {id, name, served_by}")

    def handle(self, *args, **options):
        if options["json"]:
            self.stdout.write(json.dumps(systems(), ensure_ascii=False))
            return
        for system in systems():
            self.stdout.write(f"{system['id']}  {system['name']}: {', '.join(system['served_by']) or '—'}")
