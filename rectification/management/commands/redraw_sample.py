"""Draw a sample again from its stored frame and seed, and say whether it is the same."""

from __future__ import annotations

import json

from django.core.management.base import BaseCommand, CommandError

from common import scope
from rectification.actions.sampling_lists import LISTED
from rectification.models import Sample
from rectification.queries.sampling_results import redraw_of


class Command(BaseCommand):
    help = "Redraw a sample from its published frame; exits 1 and says what differs if it is not the stored one."

    def add_arguments(self, parser):
        parser.add_argument("sample", type=int, metavar="ID")
        parser.add_argument("--json", action="store_true", help="print the outcome as JSON")

    def handle(self, *args, **options):
        with scope.whole(source="redraw_sample"):
            sample = Sample.objects.filter(pk=options["sample"]).first()
            if sample is None:
                raise CommandError(f"There is no sample {options['sample']}.")
            if sample.drawn_at is None:
                raise CommandError(f"Sample {sample.pk} is not drawn yet.")
            if sample.seed_source == LISTED:
                raise CommandError(f"The households of sample {sample.pk} were named by a third party: it has no seed.")
            found = redraw_of(sample)
        if options["json"]:
            told = {
                "sample": sample.pk,
                "equal": found.equal,
                "checked": found.checked,
                "commitment": found.commitment,
                "frame": found.frame,
                "counties": found.counties,
                "differing": [
                    {"stratum": key, "rank": rank, "stored": stored, "redrawn": again}
                    for key, rank, stored, again in found.differing
                ],
            }
            self.stdout.write(json.dumps(told, ensure_ascii=False))
        else:
            for line in _said(found):
                self.stdout.write(line)
        if not found.equal:
            raise CommandError(f"Sample {sample.pk} is not the one that its seed and frame give.")


def _said(found) -> list[str]:
    lines = [f"{found.checked} households checked: {'equal' if found.equal else 'not equal'}"]
    if not found.commitment:
        lines.append("The seed is not the committed one.")
    if not found.frame:
        lines.append("The frame is not the one whose digest is kept.")
    lines += [f"County {county:012d} was drawn in one draw and not in the other." for county in found.counties]
    lines += [
        f"Stratum {key}, rank {rank}: stored {stored or 'nobody'}, redrawn {again or 'nobody'}."
        for key, rank, stored, again in found.differing
    ]
    return lines
